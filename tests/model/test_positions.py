"""Positions of tours by hand, against a walk along the way, and of real tours; lengths of ways on a torus."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.model import layout_of, replicate
from sim.positions import Ground, TourPositions
from sim.theatre import Layout
from sim.trace import TourBlock
from tests.model.small import road, valley
from tests.scenarios import shipped

Floats = NDArray[np.float64]
Point = tuple[float, float]
H = 3600

LESSON = shipped("lesson")
FOOT, VEHICLE = 0, 1
STEP_KM_H, APPROACH_KM_H = {FOOT: 5.0, VEHICLE: 30.0}, {FOOT: 30.0, VEHICLE: 30.0}
DETOUR = LESSON.theatre.detour_factor
WIDTH_KM, HEIGHT_KM = 60.0, 40.0


def block(sector: list[int], kind: list[int], stops: list[list[tuple[int, int]]], end_s: list[int]) -> TourBlock:
    """Tours that leave at 0, with an area and a time [s] for each stop."""
    n_most = max(map(len, stops))
    padded = np.array([row + [(-1, -1)] * (n_most - len(row)) for row in stops], dtype=np.int32)
    return TourBlock(
        shift=0,
        tour_id=np.arange(len(sector)),
        sector=np.array(sector),
        kind=np.array(kind),
        section=np.arange(len(sector)),
        depart_s=np.zeros(len(sector), dtype=np.int64),
        end_s=np.array(end_s),
        free_s=np.array(end_s),
        area=padded[..., 0],
        visit_s=padded[..., 1],
    )


def plain(area_km: Floats, base_km: Floats, period_km: Point | None = None) -> Layout:
    """The lesson valley with other areas and bases."""
    return dataclasses.replace(layout_of(LESSON), area_km=area_km, base_km=base_km, period_km=period_km)


@pytest.mark.parametrize(
    ("now_s", "road_km"),
    [
        (0, 0.0),  # at the base
        (300, 5.0),  # half of ten kilometres at 60 km/h
        (599, 9.983),
        (600, 10.0),  # at the first stop, for an hour
        (2400, 10.0),
        (4200, 10.0),
        (4800, 15.0),  # half of ten kilometres at 30 km/h
        (5400, 20.0),  # at the second, for an hour
        (9000, 20.0),
        (9600, 10.0),  # half-way home, twenty kilometres at 60 km/h, past the first stop
        (10_200, 0.0),
    ],
)
def test_a_tour_by_hand(now_s: int, road_km: float) -> None:
    scenario = valley()
    layout, factor = road(scenario), scenario.theatre.detour_factor
    positions = TourPositions(scenario, layout, Ground(layout, factor))
    tours = block([0], [0], [[(0, 600), (1, 5400)]], [10_200])
    (found,) = positions.at(tours, np.array([0]), now_s)
    assert found * factor == pytest.approx([road_km, 0.0], abs=5e-4)


def test_several_tours_at_once_by_hand() -> None:
    """Two sectors and kinds, one stop and three, asked for in another order.

    On foot from its base at (0, 8) an hour out to (0, 0), stays an hour, walks two hours to (6, 0), where two of its
    areas are, and an hour and a quarter home, 10 km instead of 8. A vehicle from (20, 0) an hour and a half to (8, 0).
    """
    area_km = np.array([[0.0, 0.0], [6.0, 0.0], [6.0, 0.0], [8.0, 0.0]])
    layout = plain(area_km, np.array([[0.0, 8.0], [20.0, 0.0]]))
    # In an hour 8 km of the straight line out and home, and 3 km of it on foot in between.
    kinds = {
        "foot": LESSON.tasks.patrols.kinds["foot"].model_copy(
            update={"speed_km_h": 3.0 * DETOUR, "approach_speed_km_h": 8.0 * DETOUR}
        ),
        "vehicle": LESSON.tasks.patrols.kinds["vehicle"].model_copy(update={"approach_speed_km_h": 8.0 * DETOUR}),
    }
    patrols = LESSON.tasks.patrols.model_copy(update={"kinds": kinds})
    scenario = LESSON.model_copy(update={"tasks": LESSON.tasks.model_copy(update={"patrols": patrols})})
    positions = TourPositions(scenario, layout, Ground(layout, DETOUR))
    on_foot = [(0, H), (1, 4 * H), (2, 4 * H + 600)]
    tours = block([0, 1], [FOOT, VEHICLE], [on_foot, [(3, 3 * H // 2)]], [8 * H, 8 * H])
    for now_s, foot, vehicle in (
        (0, (0, 8), (20, 0)),
        (H // 2, (0, 4), (16, 0)),
        (H, (0, 0), (12, 0)),
        (2 * H, (0, 0), (8, 0)),
        (3 * H, (3, 0), (8, 0)),
        (4 * H, (6, 0), (8, 0)),
        (4 * H + 300, (6, 0), (8, 0)),
        (8 * H - H * 5 // 4, (6, 0), (10, 0)),
        (8 * H - H * 5 // 8, (3, 4), (15, 0)),
        (8 * H - H // 4, (1.2, 6.4), (18, 0)),
        (8 * H, (0, 8), (20, 0)),
    ):
        found = positions.at(tours, np.array([1, 0]), now_s)
        assert found[0] == pytest.approx(vehicle, abs=1e-9), now_s
        assert found[1] == pytest.approx(foot, abs=1e-9), now_s


def images(start: Point, end: Point) -> float:
    """Shortest straight line on the torus, over all neighbouring images of the end."""
    around = itertools.product((-WIDTH_KM, 0.0, WIDTH_KM), (-HEIGHT_KM, 0.0, HEIGHT_KM))
    return min(math.hypot(end[0] + dx - start[0], end[1] + dy - start[1]) for dx, dy in around)


TORUS = Ground(plain(np.zeros((1, 2)), np.zeros((1, 2)), (WIDTH_KM, HEIGHT_KM)), DETOUR)
FLAT = Ground(plain(np.zeros((1, 2)), np.zeros((1, 2))), DETOUR)
points = st.tuples(st.floats(0, WIDTH_KM), st.floats(0, HEIGHT_KM))


def test_ways_by_hand() -> None:
    """Over the edge it is 2 km west and 3 km south, and half-way is a kilometre outside the first image."""
    start, end = np.array([[1.0, 1.0]]), np.array([[59.0, 38.0]])
    assert TORUS.way_km(start, end) == pytest.approx([math.sqrt(13) * DETOUR])
    assert FLAT.way_km(start, end) == pytest.approx([math.hypot(58, 37) * DETOUR])
    assert TORUS.between(start, end, np.array([0.5])) == pytest.approx(np.array([[0.0, -0.5]]))
    assert FLAT.between(start, end, np.array([0.5])) == pytest.approx(np.array([[30.0, 19.5]]))


def test_ways_of_many_at_once() -> None:
    ends = np.array([[[3.0, 4.0], [57.0, 36.0]], [[0.0, 0.0], [30.0, 0.0]]])
    assert TORUS.way_km(np.zeros(2), ends) == pytest.approx(np.array([[5.0, 5.0], [0.0, 30.0]]) * DETOUR)


@given(points, points, st.floats(0, 1))
def test_ways_take_the_shorter_side(start: Point, end: Point, share: float) -> None:
    """As long as over the nearest image, the same there and back, and divided by every point on them."""
    at, to = np.array([start]), np.array([end])
    way_km = float(TORUS.way_km(at, to)[0])
    assert way_km == pytest.approx(images(start, end) * DETOUR)
    assert float(TORUS.way_km(to, at)[0]) == pytest.approx(way_km)
    assert way_km <= float(FLAT.way_km(at, to)[0]) + 1e-9
    on_it = TORUS.between(at, to, np.array([share]))
    assert float(TORUS.way_km(at, on_it)[0]) == pytest.approx(way_km * share, abs=1e-9)
    assert float(TORUS.way_km(on_it, to)[0]) == pytest.approx(way_km * (1 - share), abs=1e-9)


AREAS = np.array([[3.0, 4.0], [50.0, 35.0], [58.0, 2.0], [30.0, 20.0], [3.0, 4.0], [0.0, 0.0]])
BASES = np.array([[1.0, 1.0], [30.0, 20.0]])


def walk(ground: Ground, base: Point, stops: list[tuple[int, int]], kind: int, end_s: int, now_s: int) -> Floats:
    """Position leg by leg: it sets off so late that it reaches the next place in time, and waits until then."""
    places = [base, *((float(AREAS[area, 0]), float(AREAS[area, 1])) for area, _ in stops), base]
    arrivals_s = [*(at_s for _, at_s in stops), end_s]
    for leg, ((start, end), arrives_s) in enumerate(zip(itertools.pairwise(places), arrivals_s, strict=True)):
        if now_s < arrives_s:
            speed = APPROACH_KM_H if leg in (0, len(stops)) else STEP_KM_H
            way_s = float(ground.way_km(np.array(start), np.array(end))) * 3600 / speed[kind]
            share = 0.0 if way_s == 0 else max(0.0, 1 - (arrives_s - now_s) / way_s)
            return ground.between(np.array([start]), np.array([end]), np.array([share])).reshape(2)
    return np.array(base)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.integers(0, 1),
            st.lists(st.tuples(st.integers(0, len(AREAS) - 1), st.integers(1, 20_000)), min_size=1, max_size=5),
            st.integers(0, 20_000),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 60_000),
    st.booleans(),
)
def test_against_a_walk(
    given_tours: list[tuple[int, int, list[tuple[int, int]], int]], now_s: int, on_torus: bool
) -> None:
    """Any number of stops, stays however long, areas that share a place with each other or with a base."""
    sector, kind, gaps, last_s = (list(column) for column in zip(*given_tours, strict=True))
    stops, end_s = [], []
    for row, more_s in zip(gaps, last_s, strict=True):
        at_s = list(itertools.accumulate(gap for _, gap in row))
        stops.append([(area, time_s) for (area, _), time_s in zip(row, at_s, strict=True)])
        end_s.append(at_s[-1] + more_s)
    layout = plain(AREAS, BASES, (WIDTH_KM, HEIGHT_KM) if on_torus else None)
    ground = Ground(layout, DETOUR)
    rows = [row for row in range(len(sector)) if now_s <= end_s[row]]
    found = TourPositions(LESSON, layout, ground).at(
        block(sector, kind, stops, end_s), np.array(rows, dtype=int), now_s
    )
    assert found.shape == (len(rows), 2)
    for row, position in zip(rows, found, strict=True):
        base = (float(BASES[sector[row], 0]), float(BASES[sector[row], 1]))
        assert position == pytest.approx(walk(ground, base, stops[row], kind[row], end_s[row], now_s), abs=1e-6)


def test_real_tours_drive_no_faster_than_they_can() -> None:
    """Tours of a week leave and end at their base, are where they should be at each stop, and keep to their speed."""
    layout = layout_of(LESSON)
    ground = Ground(layout, DETOUR)
    positions = TourPositions(LESSON, layout, ground)
    trace = replicate(LESSON, "two-stages", troops=450, seed=3, replication=0)
    step_s, n_seen = 60, 0
    for tours in trace.tours[:21]:
        for row in range(len(tours)):
            one, base_km = np.array([row]), layout.base_km[tours.sector[row]]
            # A visit is at a whole second, up to half of one from when the speed would have it.
            off_km = APPROACH_KM_H[VEHICLE] / 3600
            assert np.hypot(*(positions.at(tours, one, int(tours.depart_s[row]))[0] - base_km)) <= off_km
            assert positions.at(tours, one, int(tours.end_s[row]))[0] == pytest.approx(base_km)
            for area, visit_s in zip(tours.area[row].tolist(), tours.visit_s[row].tolist(), strict=True):
                if visit_s >= 0:
                    assert positions.at(tours, one, visit_s)[0] == pytest.approx(layout.area_km[area])
                    n_seen += 1
            times_s = range(int(tours.depart_s[row]), int(tours.end_s[row]), step_s)
            path_km = np.array([positions.at(tours, one, now_s)[0] for now_s in times_s])
            steps_km = ground.way_km(path_km[:-1], path_km[1:])
            assert steps_km.max() <= off_km * (step_s + 1) + 1e-9
    assert n_seen > 150
