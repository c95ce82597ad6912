"""The shipped theatres against the figures of their sources."""

import tomllib
from collections import Counter

import numpy as np
import pytest

from sim.theatre import lay_out
from sim.theatre.geometry import distance_to_ring, inside, ring_area
from tests.theatre.places import FOLDER, table, theatre

KOSOVO = theatre("kosovo")


def test_figures_of_the_documents() -> None:
    assert (KOSOVO.n_sites, KOSOVO.n_checkpoints, len(KOSOVO.crossing_points)) == (550, 200, 8)
    assert [site.shared_with for site in KOSOVO.named_sites.values() if site.shared_with] == [["Russia"]]
    assert sum(site.designated for site in KOSOVO.named_sites.values()) == 9


def test_figures_of_the_outside_sources() -> None:
    towns = KOSOVO.municipalities
    assert len(towns) == 38
    assert sum(town.area_km2 for town in towns.values()) == 10_896
    assert KOSOVO.area_km2 == 10_887
    # Counted in 2011: 1,739,825. The four in the north have estimates of 2014.
    in_the_north = ["leposaviq", "zvecan", "zubin-potok", "mitrovica-north"]
    assert sum(towns[key].population for key in in_the_north) == 13_515 + 7_341 + 6_537 + 12_173
    assert sum(town.population for key, town in towns.items() if key not in in_the_north) == 1_739_825
    leads = {key: sector.lead_nation for key, sector in KOSOVO.sectors.items()}
    assert leads == {
        "north": "France", "centre": "United Kingdom", "west": "Italy", "south": "Germany", "east": "United States"
    }  # fmt: skip


def test_patrol_areas_are_about_25_km2() -> None:
    assert KOSOVO.area_km2 / KOSOVO.n_patrol_areas == pytest.approx(25, rel=0.01)


@pytest.mark.parametrize("name", ["kosovo", "lesson"])
def test_positions_fit_the_outline(name: str) -> None:
    place = theatre(name)
    laid = lay_out(place)
    assert ring_area(laid.outline_km) == pytest.approx(place.area_km2, rel=0.005)
    for points in (laid.base_km, laid.seat_km, laid.site_km):
        assert inside(points, laid.outline_km).all()
    assert distance_to_ring(laid.crossing_km, laid.outline_km).max() < 0.1
    # The area nearest to a crossing point belongs to the sector that mans it.
    nearest = [int(np.argmin(np.hypot(*(laid.area_km - at).T))) for at in laid.crossing_km]
    assert laid.area_sector[nearest].tolist() == laid.crossing_sector.tolist()


def test_every_sector_has_something_of_everything() -> None:
    laid = lay_out(KOSOVO)
    for owner in (laid.area_sector, laid.site_sector, laid.checkpoint_sector, laid.crossing_sector):
        assert sorted(Counter(owner.tolist())) == list(range(5))


@pytest.mark.parametrize("name", ["kosovo", "lesson"])
def test_sources_are_in_the_catalogue_or_assumptions_with_a_reason(name: str) -> None:
    catalogue = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))
    for source in table(name)["sources"].values():
        assert source in catalogue or (source.startswith("assumption: ") and len(source) > 20)
    for entry in catalogue.values():
        assert entry.keys() <= {"title", "reference", "url", "note"}
        assert entry["title"]
        assert entry["reference"]
