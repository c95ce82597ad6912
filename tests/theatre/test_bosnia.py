"""The theatres of IFOR and SFOR against the figures of their sources."""

import tomllib
from collections import Counter

import pytest

from sim.theatre import Layout, lay_out
from sim.theatre.geometry import inside, ring_area
from tests.theatre.places import FOLDER, table, theatre

BOSNIA, NORTH_EAST = theatre("bosnia"), theatre("mnd-north-east")


@pytest.fixture(scope="module", params=["bosnia", "mnd-north-east"])
def name(request: pytest.FixtureRequest) -> str:
    """A theatre's file, without its ending."""
    return str(request.param)


@pytest.fixture(scope="module")
def laid(name: str) -> Layout:
    """The theatre laid out."""
    return lay_out(theatre(name))


def test_lead_nations_are_those_of_the_divisions() -> None:
    leads = {sector.name: sector.lead_nation for sector in BOSNIA.sectors.values()}
    assert leads == {"MND North": "United States", "MND South-East": "France", "MND South-West": "United Kingdom"}


def test_regions_add_up_to_about_the_country() -> None:
    """51,200 km2, and between the 3.5 million counted in 2013 and the 4 million that were estimated before."""
    assert sum(region.area_km2 for region in BOSNIA.municipalities.values()) == pytest.approx(51_200, rel=0.01)
    assert 3.5e6 < sum(region.population for region in BOSNIA.municipalities.values()) < 4e6


def test_the_russian_brigade_has_the_area_of_the_fact_sheet() -> None:
    towns = NORTH_EAST.municipalities.values()
    assert sum(town.area_km2 for town in towns if town.sector == "russian-brigade") == 1750
    assert sum(town.area_km2 for town in towns) == NORTH_EAST.area_km2
    patrolled = Counter(lay_out(NORTH_EAST).area_sector.tolist())
    area_km2 = NORTH_EAST.area_km2 / NORTH_EAST.n_patrol_areas
    assert patrolled[list(NORTH_EAST.sectors).index("russian-brigade")] * area_km2 == pytest.approx(1750, rel=0.01)


def test_positions_fit_the_outline(name: str, laid: Layout) -> None:
    assert ring_area(laid.outline_km) == pytest.approx(theatre(name).area_km2, rel=0.005)
    for points in (laid.base_km, laid.seat_km, laid.area_km, laid.site_km, laid.checkpoint_km):
        assert inside(points, laid.outline_km).all()


def test_every_sector_has_areas_sites_and_checkpoints(laid: Layout) -> None:
    for owner in (laid.area_sector, laid.site_sector, laid.checkpoint_sector):
        assert set(owner.tolist()) == set(range(len(laid.sector_keys)))


def test_no_figure_claims_a_source_that_it_has_not(name: str) -> None:
    """Areas and populations are from general knowledge and say so; only the outline is derived from data."""
    sources = table(name)["sources"]
    catalogue = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))
    assert {source for source in sources.values() if not source.startswith("assumption: ")} <= catalogue.keys()
    assert sources["municipalities"].startswith("assumption: approximate")
