"""Layout: what must hold in any theatre, seen in Kosovo's and in the lesson's."""

import dataclasses
import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sim.apportion import award_order, sainte_lague
from sim.theatre import Layout, lay_out
from sim.theatre.circuits import tour_length_km
from sim.theatre.geometry import inside, ring_area
from tests.theatre.places import theatre

ROOT = Path(__file__).parents[2]
BOTH = pytest.mark.parametrize("name", ["kosovo", "lesson"])


@cache
def layout(name: str) -> Layout:
    return lay_out(theatre(name))


def fingerprint(laid: Layout) -> str:
    """Hash of every bit of a layout."""
    digest = hashlib.sha256()
    for field in dataclasses.fields(laid):
        value = getattr(laid, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            digest.update(part.tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
    return digest.hexdigest()


@BOTH
def test_counts_are_exact(name: str) -> None:
    place, laid = theatre(name), layout(name)
    assert len(laid.area_km) == place.n_patrol_areas
    assert len(laid.site_keys) == len(laid.site_km) == len(set(laid.site_keys)) == place.n_sites
    assert len(laid.checkpoint_keys) == len(laid.checkpoint_km) == len(set(laid.checkpoint_keys)) == place.n_checkpoints
    assert laid.crossing_keys == tuple(place.crossing_points)
    assert laid.site_keys[: len(place.named_sites)] == tuple(place.named_sites)


@BOTH
def test_all_is_in_the_sector_of_its_municipality(name: str) -> None:
    place, laid = theatre(name), layout(name)
    sector_of = np.array([laid.sector_keys.index(town.sector) for town in place.municipalities.values()])
    assert laid.area_sector.tolist() == sector_of[laid.area_municipality].tolist()
    assert laid.site_sector.tolist() == sector_of[laid.site_municipality].tolist()
    town_of = [laid.municipality_keys.index(key.rsplit("-checkpoint-")[0]) for key in laid.checkpoint_keys]
    assert laid.checkpoint_sector.tolist() == sector_of[town_of].tolist()
    assert set(laid.area_sector.tolist()) == set(range(len(laid.sector_keys)))


@BOTH
def test_people_are_conserved_by_sector(name: str) -> None:
    place, laid = theatre(name), layout(name)
    for sector, key in enumerate(laid.sector_keys):
        people = sum(town.population for town in place.municipalities.values() if town.sector == key)
        assert laid.area_population[laid.area_sector == sector].sum() == pytest.approx(people, rel=1e-12)
    assert laid.area_population.min() > 0


def test_most_of_a_city_is_at_its_seat() -> None:
    place, laid = theatre("kosovo"), layout("kosovo")
    town = laid.municipality_keys.index("prizren")
    own = np.flatnonzero(laid.area_municipality == town)
    at_seat = own[np.argmin(np.hypot(*(laid.area_km[own] - laid.seat_km[town]).T))]
    people = place.municipalities["prizren"].population
    assert laid.area_population[at_seat] == pytest.approx(people * (0.4 + 0.6 / len(own)))


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_share_of_people_at_the_seat_is_the_theatres(share: float) -> None:
    place = theatre("lesson", share_of_people_at_seat=share)
    laid = lay_out(place)
    for town, one in enumerate(place.municipalities.values()):
        people = laid.area_population[laid.area_municipality == town]
        elsewhere = (1 - share) * one.population / len(people)
        assert len(people) > 1
        assert np.sort(people)[:-1] == pytest.approx(elsewhere)
        assert people.max() == pytest.approx(elsewhere + share * one.population)


def test_a_municipality_without_a_cell_lives_in_the_nearest_of_its_sector() -> None:
    place, laid = theatre("kosovo"), layout("kosovo")
    town = laid.municipality_keys.index("mitrovica-north")
    assert town not in laid.area_municipality
    north = np.flatnonzero(laid.area_sector == laid.sector_keys.index("north"))
    home = north[np.argmin(np.hypot(*(laid.area_km[north] - laid.seat_km[town]).T))]
    assert laid.area_population[home] > place.municipalities["mitrovica-north"].population
    posts = laid.site_km[laid.site_municipality == town]
    assert len(posts) > 0
    assert np.hypot(*(posts - laid.area_km[home]).T).max() <= laid.cell_radius_km


@BOTH
def test_all_that_is_laid_out_lies_inside_the_outline(name: str) -> None:
    laid = layout(name)
    n_named = len(theatre(name).named_sites)
    for points in (laid.area_km, laid.site_km[n_named:], laid.checkpoint_km):
        assert inside(points, laid.outline_km).all()
    posts = np.concatenate([laid.site_km, laid.checkpoint_km])
    assert len(np.unique(posts.round(6), axis=0)) == len(posts)


@BOTH
def test_each_municipality_and_sector_is_one_piece(name: str) -> None:
    laid = layout(name)
    km = np.hypot(*(laid.area_km[:, None, :] - laid.area_km).transpose(2, 0, 1))
    touches = km < laid.cell_radius_km * 3**0.5 * 1.01
    for owner in (laid.area_municipality, laid.area_sector):
        for one in np.unique(owner):
            own = owner == one
            reached = np.zeros_like(own)
            reached[np.argmax(own)] = True
            for _ in range(own.sum()):
                reached |= own & touches[reached].any(axis=0)
            assert reached.sum() == own.sum()


@BOTH
def test_circuits_are_orders_of_a_sectors_areas_and_short(name: str) -> None:
    laid = layout(name)
    rng = np.random.default_rng(1)
    spacing = laid.cell_radius_km * 3**0.5
    for sector, tour in enumerate(laid.circuits):
        areas = np.flatnonzero(laid.area_sector == sector)
        assert sorted(tour.tolist()) == areas.tolist()
        length = tour_length_km(laid.area_km, tour)
        assert length < tour_length_km(laid.area_km, rng.permutation(areas)) / 1.5
        # No closed tour through cells is shorter than one spacing a cell.
        assert len(areas) * spacing * (1 - 1e-9) <= length < 1.25 * len(areas) * spacing


@pytest.mark.parametrize("kind", ["site", "checkpoint"])
def test_posts_are_in_a_fair_order_wherever_they_are_cut(kind: str) -> None:
    place, laid = theatre("kosovo"), layout("kosovo")
    keys = laid.site_keys[len(place.named_sites) :] if kind == "site" else laid.checkpoint_keys
    people = [town.population for town in place.municipalities.values()]
    for n in (1, 10, 100, len(keys)):
        first = [laid.municipality_keys.index(key.rsplit(f"-{kind}-")[0]) for key in keys[:n]]
        assert np.bincount(first, minlength=len(people)).tolist() == sainte_lague(n, people).tolist()
    assert keys[0] == f"{laid.municipality_keys[award_order(1, people)[0]]}-{kind}-001"


def test_more_posts_move_none_that_were_there() -> None:
    laid, more = layout("kosovo"), lay_out(theatre("kosovo", n_sites=1100))
    assert more.site_keys[:550] == laid.site_keys
    assert np.array_equal(more.site_km[:550], laid.site_km)


@BOTH
def test_two_layouts_are_equal_in_another_process_too(name: str) -> None:
    code = f"from tests.theatre.test_layout import *; print(fingerprint(lay_out(theatre({name!r}))))"
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert fingerprint(layout(name)) == fingerprint(lay_out(theatre(name))) == other.stdout.strip()


def test_arrays_cannot_be_written_to() -> None:
    laid = layout("lesson")
    for array in (laid.area_km, laid.area_sector, laid.circuits[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_closed_ring_is_the_same_outline() -> None:
    place = theatre("lesson")
    closed = lay_out(theatre("lesson", outline=[*place.outline, place.outline[0]]))
    assert fingerprint(closed) == fingerprint(layout("lesson"))


@pytest.mark.parametrize("name", ["kosovo", "lesson"])
def test_outline_and_area_must_agree_within_5_percent(name: str) -> None:
    enclosed = ring_area(layout(name).outline_km)
    for ratio in (1.049, 0.951):
        lay_out(theatre(name, area_km2=enclosed / ratio))
    for ratio in (1.051, 0.949, 1000.0):
        said = rf"area of {enclosed:.6g} km2, area_km2 is {enclosed / ratio:g}; they may differ by 5%"
        with pytest.raises(ValueError, match=said):
            lay_out(theatre(name, area_km2=enclosed / ratio))


def test_what_cannot_be_laid_out_is_said() -> None:
    with pytest.raises(ValueError, match="fewer than the 10 named sites"):
        lay_out(theatre("kosovo", n_sites=9))
    with pytest.raises(ValueError, match="gets no patrol area"):
        lay_out(theatre("kosovo", n_patrol_areas=3))
    towns = theatre("lesson").model_dump()["municipalities"]
    towns["upper-town"]["sector"] = "hill"
    with pytest.raises(ValueError, match="no sector 'hill'; there are: valley"):
        lay_out(theatre("lesson", municipalities=towns))
    for town in towns.values():
        town |= {"population": 0, "sector": "valley"}
    with pytest.raises(ValueError, match="cannot share out"):
        lay_out(theatre("lesson", municipalities=towns))


def test_a_theatre_without_posts() -> None:
    laid = lay_out(theatre("lesson", n_sites=0, named_sites={}, n_checkpoints=0, crossing_points={}))
    assert laid.site_km.shape == laid.checkpoint_km.shape == laid.crossing_km.shape == (0, 2)
    assert laid.site_sector.dtype == laid.crossing_sector.dtype == np.int64
