"""Places of candidates: in their sector, where their kind can be, and in the right shares."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.violence.candidates import BASE, Candidate, CandidateSource
from tests.violence.world import CONFIDENCE, SECTORS, drawn, layout, plain, source_of, world

N_SITES = plain().tasks.sites.n
CROWD, THREAT, ROADBLOCK = 0, 2, 3


@functools.cache
def many() -> tuple[Candidate, ...]:
    """Enough candidates of all sources to tell shares apart."""
    return tuple(drawn(source_of(), range(1500), seed=21))


def nearest_area(km: Sequence[float]) -> int:
    distances: NDArray[np.float64] = np.hypot(*(layout().area_km - np.asarray(km)).T)
    return int(distances.argmin())


def test_all_are_in_their_sector_and_in_the_nearest_area() -> None:
    for one in many():
        assert layout().area_sector[one.area] == one.sector or one.kind in (THREAT, ROADBLOCK)
        assert one.area == nearest_area(one.km) or one.source == "market"


def test_those_at_posts_are_exactly_there() -> None:
    ground = layout()
    for keys, sectors, places_km, kind in (
        (ground.site_keys[:N_SITES], ground.site_sector, ground.site_km, THREAT),
        (ground.crossing_keys, ground.crossing_sector, ground.crossing_km, ROADBLOCK),
    ):
        found = [one for one in many() if one.kind == kind]
        assert len(found) > 1000
        for one in found:
            index = keys.index(one.place)
            assert sectors[index] == one.sector
            assert one.km == tuple(places_km[index])


def test_those_in_areas_are_uniform_in_the_inscribed_circle() -> None:
    """Its radius is half the distance between the centres of neighbouring cells."""
    ground = layout()
    apart_km = np.hypot(*(ground.area_km[:, None] - ground.area_km).transpose(2, 0, 1))
    radius_km = float(np.min(apart_km[apart_km > 0])) / 2
    found = [one for one in many() if one.source == BASE and one.kind == CROWD]
    assert {one.place for one in found} == {f"area-{one.area:03d}" for one in found}
    from_centre = np.array([one.km for one in found]) - ground.area_km[[one.area for one in found]]
    shares = (from_centre**2).sum(axis=1) / radius_km**2
    assert shares.max() <= 1 + 1e-9
    assert stats.kstest(shares, "uniform").pvalue > 1 - CONFIDENCE
    angles = np.arctan2(*from_centre.T) / (2 * np.pi) + 0.5
    assert stats.kstest(angles, "uniform").pvalue > 1 - CONFIDENCE


def test_areas_are_drawn_by_risk() -> None:
    ground = layout()
    for sector in range(4):
        areas = np.flatnonzero(ground.area_sector == sector)
        found = Counter(one.area for one in many() if one.source == BASE and (one.kind, one.sector) == (CROWD, sector))
        risk = ground.area_risk[areas]
        counts = np.array([found[area] for area in areas.tolist()])
        assert stats.chisquare(counts, risk / risk.sum() * counts.sum()).pvalue > 1 - CONFIDENCE
        if len(set(risk.tolist())) > 1:
            assert stats.chisquare(counts).pvalue < 1 - CONFIDENCE


@pytest.mark.parametrize("kind", [THREAT, ROADBLOCK])
def test_posts_are_drawn_evenly(kind: int) -> None:
    ground = layout()
    keys, sectors = {
        THREAT: (ground.site_keys[:N_SITES], ground.site_sector[:N_SITES]),
        ROADBLOCK: (ground.crossing_keys, ground.crossing_sector),
    }[kind]
    for sector in range(4):
        mine = [key for key, of_sector in zip(keys, sectors.tolist(), strict=True) if of_sector == sector]
        found = Counter(one.place for one in many() if one.source == BASE and (one.kind, one.sector) == (kind, sector))
        assert set(found) <= set(mine)
        if len(mine) > 1:
            assert stats.chisquare([found[key] for key in mine]).pvalue > 1 - CONFIDENCE


def test_only_sites_on_the_task_list() -> None:
    """With 40 of all sites on it: incidents at sites are at those, and at each of them in a sector that has any."""
    tasks = plain().tasks
    n_listed = 40
    shorter = tasks.model_copy(update={"sites": tasks.sites.model_copy(update={"n": n_listed})})
    source = CandidateSource(world().model_copy(update={"tasks": shorter}), layout())
    found = {one.place for one in drawn(source, range(300)) if (one.source, one.kind) == (BASE, THREAT)}
    listed = layout().site_keys[:n_listed]
    assert found == {key for key, sector in zip(listed, layout().site_sector, strict=False) if sector < 4}


def test_a_shock_keeps_to_its_places_where_they_suit() -> None:
    """In the north to one crossing point; in the east, where none is named, and for other kinds, as without."""
    named = drawn(source_of({"shocks.march.places": ["jarinje", "gracanica"]}), range(10), seed=22)
    free = drawn(source_of(), range(10), seed=22)
    assert len(named) == len(free)
    n_kept = 0
    for one, other in zip(named, free, strict=True):
        if (one.source, one.sector, one.kind) == ("march", 0, ROADBLOCK):
            n_kept += 1
            assert one.place == "jarinje"
            assert dataclasses.replace(one, place="", area=0, km=(0, 0)) == dataclasses.replace(
                other, place="", area=0, km=(0, 0)
            )
        else:
            assert one == other
    assert n_kept > 1
    assert {one.place for one in free if (one.source, one.sector, one.kind) == ("march", 0, ROADBLOCK)} > {"jarinje"}


def test_where_a_sector_has_no_such_post_it_is_in_an_area() -> None:
    ground = dataclasses.replace(layout(), crossing_sector=np.zeros(len(layout().crossing_keys), dtype=np.int64))
    found = [one for one in drawn(source_of(ground=ground), range(60)) if one.kind == ROADBLOCK]
    assert {one.sector for one in found} >= {0, 1, 2, 3}
    for one in found:
        assert (one.place in ground.crossing_keys) == (one.sector == 0)
        assert one.sector == 0 or one.place == f"area-{one.area:03d}"


def test_without_any_risk_all_areas_of_a_sector_are_alike() -> None:
    ground = dataclasses.replace(layout(), area_risk=np.zeros(len(layout().area_km)))
    candidates = drawn(source_of(ground=ground), range(600))
    found = Counter(one.area for one in candidates if (one.sector, one.kind) == (0, CROWD))
    areas = np.flatnonzero(ground.area_sector == 0)
    assert stats.chisquare([found[area] for area in areas.tolist()]).pvalue > 1 - CONFIDENCE


@pytest.mark.parametrize(("kind", "place"), [("threat", "gracanica"), ("roadblock", "kulla")])
def test_dated_incident_at_a_post(kind: str, place: str) -> None:
    ground = layout()
    (one,) = (
        one
        for one in drawn(source_of({"dated.market.kind": kind, "dated.market.place": place}), [4])
        if one.source == "market"
    )
    keys = (*ground.site_keys, *ground.crossing_keys)
    index = keys.index(place)
    assert one.place == place
    assert one.km == tuple(np.concatenate([ground.site_km, ground.crossing_km])[index])
    assert one.sector == np.concatenate([ground.site_sector, ground.crossing_sector])[index]
    assert one.area == nearest_area(one.km)


@pytest.mark.parametrize("place", layout().municipality_keys)
def test_dated_incident_in_a_municipality(place: str) -> None:
    """At its seat, counted to the nearest area that is its own, or its sector's if it has none."""
    ground, index = layout(), layout().municipality_keys.index(place)
    (one,) = (one for one in drawn(source_of({"dated.market.place": place}), [4]) if one.source == "market")
    assert SECTORS[one.sector] == plain().theatre.municipalities[place].sector
    assert one.km == tuple(ground.seat_km[index])
    own = np.flatnonzero(ground.area_municipality == index)
    own = own if len(own) else np.flatnonzero(ground.area_sector == one.sector)
    assert one.area == own[np.hypot(*(ground.area_km[own] - ground.seat_km[index]).T).argmin()]
    assert one.place == f"area-{one.area:03d}"


def test_a_municipality_without_an_area_stays_in_its_sector() -> None:
    """Even where the nearest area of all is another sector's."""
    ground, place = layout(), "mitrovica-north"
    index = ground.municipality_keys.index(place)
    assert not (ground.area_municipality == index).any()
    of_sector = ground.area_sector.copy()
    of_sector[nearest_area(ground.seat_km[index].tolist())] = SECTORS.index("south")
    candidates = drawn(
        source_of({"dated.market.place": place}, dataclasses.replace(ground, area_sector=of_sector)), [4]
    )
    (one,) = (one for one in candidates if one.source == "market")
    assert SECTORS[one.sector] == "north"
    assert of_sector[one.area] == one.sector
