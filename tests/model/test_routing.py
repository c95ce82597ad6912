"""Routing: the five rules by hand on tiny circuits, their probabilities, and what they remember."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.model import layout_of
from sim.policies.circuits import Circuits, make_circuits
from sim.policies.routing import (
    LongestUnvisitedRouter,
    Router,
    SystematicRouter,
    UniformRouter,
    WeightedRouter,
    make_router,
)
from sim.scenario.schema import Routing
from tests.scenarios import shipped

# Two sectors by two kinds. Positions 0-3 and 4-5: sector 0, whose second kind knows areas 1 and 3 only; positions 6-8
# and 9-11: sector 1, the same three areas for both kinds.
AREA = np.array([0, 1, 2, 3, 1, 3, 4, 5, 6, 6, 5, 4])
POPULATION = np.array([10.0, 0.0, 30.0, 20.0, 5.0, 5.0, 0.0])
RISK = np.array([1.0, 1.0, 1.0, 5.0, 0.0, 0.0, 0.0])
TINY = Circuits(
    area=AREA,
    step_km=np.ones(12),
    approach_km=np.ones(12),
    offset=np.array([[0, 4], [6, 9]]),
    length=np.array([[4, 2], [3, 3]]),
    population=POPULATION[AREA],
    risk=RISK[AREA],
)
N_STOPS = np.array([2, 1])


def begin(router: Router, sector: int, kind: int, uniform: list[float], depart_s: list[int] | None = None) -> list[int]:
    """Where tours of one sector and kind begin."""
    n = len(uniform)
    times = np.array(depart_s or [0] * n)
    first = router.first_stops(np.full(n, sector), np.full(n, kind), np.array(uniform), times)
    return [int(position) for position in first]


@given(values=st.lists(st.integers(0, 9), min_size=1, max_size=7), n_stops=st.integers(1, 20))
def test_stops_and_block_sums_go_round_the_circuit(values: list[int], n_stops: int) -> None:
    """Also when a tour has more stops than its circuit, and behind another circuit."""
    n = len(values)
    circuit = np.array([99, 98, *values])
    circuits = Circuits(
        area=circuit,
        step_km=np.ones(n + 2),
        approach_km=np.ones(n + 2),
        offset=np.array([[0, 2]]),
        length=np.array([[2, n]]),
        population=circuit.astype(float),
        risk=circuit.astype(float),
    )
    first = np.arange(n) + 2
    positions = circuits.stops(np.zeros(n, dtype=int), np.ones(n, dtype=int), first, n_stops)
    expected = [[values[(start + stop) % n] for stop in range(n_stops)] for start in range(n)]
    assert circuit[positions].tolist() == expected
    sums = circuits.block_sums(circuits.population, np.array([1, n_stops]))
    assert sums.tolist() == pytest.approx([99, 98, *(sum(block) for block in expected)])


def test_random_by_hand() -> None:
    router = UniformRouter(TINY)
    assert begin(router, 0, 0, [0.0, 0.249, 0.25, 0.999]) == [0, 0, 1, 3]
    assert begin(router, 0, 1, [0.499, 0.5]) == [4, 5]
    assert begin(router, 1, 1, [0.0, 0.34, 1 - 2**-53]) == [9, 10, 11]


@pytest.mark.parametrize("kind", [0, 1])
def test_random_gives_each_area_the_same_chance(kind: int) -> None:
    """Every area is in as many blocks as a tour has stops, and blocks are equally likely: chi-square at 99.9 %."""
    scenario = shipped("lesson")
    circuits = make_circuits(scenario, layout_of(scenario))
    n_tours, n_areas, n_stops = 20_000, 12, [2, 5][kind]
    sector, kinds = np.zeros(n_tours, dtype=int), np.full(n_tours, kind)
    router = make_router(Routing.RANDOM, circuits, np.array([2, 5]))
    first = router.first_stops(sector, kinds, np.random.default_rng(88).random(n_tours), np.zeros(n_tours, dtype=int))
    assert stats.chisquare(np.bincount(circuits.area[first], minlength=n_areas)).pvalue > 0.001
    every_block = circuits.stops(
        np.zeros(12, dtype=int), np.full(12, kind), circuits.offset[0, kind] + np.arange(12), n_stops
    )
    assert np.bincount(circuits.area[every_block].ravel()).tolist() == [n_stops] * n_areas


def test_by_population_by_hand() -> None:
    """People in the blocks of two that begin at areas 0 to 3: 10, 30, 50, 30 of 120."""
    router = make_router(Routing.BY_POPULATION, TINY, N_STOPS)
    assert isinstance(router, WeightedRouter)
    assert router.start_probabilities(0, 0).tolist() == pytest.approx([10 / 120, 30 / 120, 50 / 120, 30 / 120])
    edges = [0.0, 9.9 / 120, 10.1 / 120, 39.9 / 120, 40.1 / 120, 89.9 / 120, 90.1 / 120, 1 - 2**-53]
    assert begin(router, 0, 0, edges) == [0, 0, 1, 1, 2, 2, 3, 3]
    # The second kind stops once, at area 1 where nobody lives or at area 3.
    assert begin(router, 0, 1, [0.0, 0.5, 1 - 2**-53]) == [5, 5, 5]
    assert begin(router, 1, 1, [0.0, 0.49, 0.51]) == [10, 10, 11]


def test_by_risk_by_hand() -> None:
    router = make_router(Routing.BY_RISK, TINY, N_STOPS)
    assert isinstance(router, WeightedRouter)
    assert router.start_probabilities(0, 0).tolist() == pytest.approx([2 / 16, 2 / 16, 6 / 16, 6 / 16])
    assert router.start_probabilities(0, 1).tolist() == pytest.approx([1 / 6, 5 / 6])
    # Where all risk is zero, no area is more risky than another.
    assert router.start_probabilities(1, 0).tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(("sector", "kind"), [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("routing", [Routing.BY_POPULATION, Routing.BY_RISK])
def test_weighted_probabilities_are_met(routing: Routing, sector: int, kind: int) -> None:
    router = make_router(routing, TINY, N_STOPS)
    assert isinstance(router, WeightedRouter)
    n_tours = 20_000
    first = np.array(begin(router, sector, kind, np.random.default_rng(89).random(n_tours).tolist()))
    offset, length = int(TINY.offset[sector, kind]), int(TINY.length[sector, kind])
    seen = np.bincount(first - offset, minlength=length)
    weight = {Routing.BY_POPULATION: TINY.population, Routing.BY_RISK: TINY.risk}[routing][offset : offset + length]
    block = np.sum([np.roll(weight, -stop) for stop in range(N_STOPS[kind])], axis=0)
    probability = block / block.sum() if block.sum() else np.full(length, 1 / length)
    assert len(seen) == length
    assert (seen[probability == 0] == 0).all()
    possible = probability > 0
    if possible.sum() > 1:
        assert stats.chisquare(seen[possible], n_tours * probability[possible]).pvalue > 0.001


def test_systematic_by_hand_goes_on_in_the_next_shift() -> None:
    router = SystematicRouter(TINY, np.array([3, 1]))
    assert begin(router, 0, 0, [0.5] * 3) == [0, 3, 2]
    assert begin(router, 0, 0, [0.1] * 2) == [1, 0]
    # Another kind and another sector have rounds of their own.
    assert begin(router, 0, 1, [0.9] * 3) == [4, 5, 4]
    assert begin(router, 1, 0, [0.9] * 2) == [6, 6]
    assert begin(router, 0, 1, [0.9]) == [5]
    assert begin(router, 0, 0, [0.9]) == [3]


def test_systematic_keeps_sectors_and_kinds_apart_within_a_shift() -> None:
    router = SystematicRouter(TINY, N_STOPS)
    sector, kind = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 0, 1, 1, 1])
    assert router.first_stops(sector, kind, np.zeros(6), np.arange(6)).tolist() == [0, 4, 2, 5, 9, 10]
    assert router.first_stops(sector, kind, np.zeros(6), np.arange(6)).tolist() == [0, 4, 2, 5, 11, 9]


def test_systematic_visits_every_area_before_any_again() -> None:
    router = SystematicRouter(TINY, np.array([3, 1]))
    order: list[int] = []
    for n_tours in (1, 3, 0, 4):
        first = np.array(begin(router, 0, 0, [0.0] * n_tours), dtype=int)
        positions = TINY.stops(np.zeros(n_tours, dtype=int), np.zeros(n_tours, dtype=int), first, 3)
        order.extend(TINY.area[positions].ravel().tolist())
    assert order == [0, 1, 2, 3] * 6


def test_longest_unvisited_by_hand() -> None:
    """Blocks of two. At 100 s all are as old: the first. At 200 s ages 100 100 200 200: sums 200 300 400 300."""
    router = LongestUnvisitedRouter(TINY, N_STOPS, n_areas=7)
    assert begin(router, 0, 0, [0.9, 0.9], [100, 200]) == [0, 2]
    # The other kind, one stop at area 1 or 3: area 1 was passed at 100 s, area 3 at 200 s.
    assert begin(router, 0, 1, [0.9], [250]) == [4]
    # At 300 s ages 200 50 100 100: sums 250 150 200 300, the block from area 3 round to area 0.
    assert begin(router, 0, 0, [0.9], [300]) == [3]
    # A sector of its own is still untouched: the first two, then the third with the first again.
    assert begin(router, 1, 0, [0.9, 0.9], [300, 310]) == [6, 7]


def test_longest_unvisited_sends_two_tours_of_one_instant_to_different_blocks() -> None:
    router = LongestUnvisitedRouter(TINY, N_STOPS, n_areas=7)
    assert begin(router, 0, 0, [0.0, 0.0], [500, 500]) == [0, 2]


@given(
    tours=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 50)), min_size=1, max_size=25),
    n_stops=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    cut=st.integers(0, 25),
)
def test_longest_unvisited_takes_the_oldest_block(
    tours: list[tuple[int, int, int]], n_stops: tuple[int, int], cut: int
) -> None:
    """Against a count area by area, over two shifts, with more stops than areas at times."""
    sector, kind, wait = np.array(tours).T
    depart_s = np.cumsum(wait)
    router = LongestUnvisitedRouter(TINY, np.array(n_stops), n_areas=7)
    first: list[int] = []
    for shift in (slice(0, cut), slice(cut, None)):
        now = router.first_stops(sector[shift], kind[shift], np.zeros(len(sector[shift])), depart_s[shift])
        first.extend(now.tolist())
    visited_s = [0] * 7
    for s, k, t, chosen in zip(sector.tolist(), kind.tolist(), depart_s.tolist(), first, strict=True):
        offset, length = int(TINY.offset[s, k]), int(TINY.length[s, k])
        areas = AREA[offset : offset + length].tolist()
        blocks = [[areas[(start + i) % length] for i in range(min(n_stops[k], length))] for start in range(length)]
        ages = [sum(t - visited_s[area] for area in block) for block in blocks]
        assert chosen - offset == ages.index(max(ages))
        for area in blocks[chosen - offset]:
            visited_s[area] = t


@pytest.mark.parametrize("routing", list(Routing))
def test_every_rule_stays_on_the_circuit(routing: Routing) -> None:
    """Whatever the random number, and with no tours at all."""
    router = make_router(routing, TINY, np.array([5, 7]))
    rng = np.random.default_rng(90)
    for n in (0, 1, 40):
        sector, kind = np.sort(rng.integers(0, 2, n)), rng.integers(0, 2, n)
        uniform = rng.choice([0.0, 1 - 2**-53, 0.5, 1 / 3], n)
        first = router.first_stops(sector, kind, uniform, np.arange(n))
        offset = TINY.offset[sector, kind]
        assert len(first) == n
        assert ((first >= offset) & (first < offset + TINY.length[sector, kind])).all()


def test_rules_without_memory_are_functions_of_the_tours_own_number() -> None:
    """Leaving out tours changes no other: what random policies share at every troop level."""
    rng = np.random.default_rng(91)
    sector, kind = np.sort(rng.integers(0, 2, 60)), rng.integers(0, 2, 60)
    uniform, depart_s, kept = rng.random(60), np.arange(60), rng.random(60) < 0.5
    for routing in (Routing.RANDOM, Routing.BY_POPULATION, Routing.BY_RISK):
        everything = make_router(routing, TINY, N_STOPS).first_stops(sector, kind, uniform, depart_s)
        router = make_router(routing, TINY, N_STOPS)
        some = router.first_stops(sector[kept], kind[kept], uniform[kept], depart_s[kept])
        assert some.tolist() == everything[kept].tolist()


def test_circuits_of_a_scenario() -> None:
    """Ways by hand, straight lines times the detour factor, and only areas near the outline for a boundary kind."""
    scenario = shipped("lesson", tasks__patrols__kinds__foot__within_km_of_boundary=3)
    layout = dataclasses.replace(
        layout_of(scenario),
        base_km=np.array([[0.0, 0.0]]),
        area_km=np.array([[0.0, 4.0], [3.0, 0.0], [3.0, 4.0]]),
        area_sector=np.zeros(3, dtype=int),
        area_population=np.array([7.0, 8.0, 9.0]),
        area_risk=np.array([1.0, 2.0, 3.0]),
        area_boundary_km=np.array([3.0, 3.1, 1.0]),
        circuits=(np.array([1, 0, 2]),),
    )
    circuits = make_circuits(scenario, layout)
    assert circuits.offset.tolist() == [[0, 2]]
    assert circuits.length.tolist() == [[2, 3]]
    assert circuits.area.tolist() == [0, 2, 1, 0, 2]
    assert circuits.step_km.tolist() == pytest.approx([1.3 * 3, 1.3 * 3, 1.3 * 5, 1.3 * 3, 1.3 * 4])
    assert circuits.approach_km.tolist() == pytest.approx([1.3 * 4, 1.3 * 5, 1.3 * 3, 1.3 * 4, 1.3 * 5])
    assert circuits.population.tolist() == [7, 9, 8, 7, 9]
    assert circuits.risk.tolist() == [1, 3, 2, 1, 3]
    # Where no area is near the boundary, the kind uses all.
    inland = dataclasses.replace(layout, area_boundary_km=np.full(3, 9.0))
    assert make_circuits(scenario, inland).length.tolist() == [[3, 3]]
