"""The recursion against an event list: a heap of lanes, and SimPy; whatever the load, the lanes and the open times."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy.events import ProcessGenerator

from sim.responses.lanes import Columns, OpenTimes
from sim.responses.queues import Closing, open_until, queue_waits, run_columns
from tests.responses.by_heap import waits_by_heap

END_S = 10_000


def waits_by_simpy(
    arrival_s: Sequence[int], service_s: Sequence[int], n_lanes: int, times: OpenTimes, closing: Closing
) -> list[float]:
    """A process a vehicle, one that opens and closes; whole seconds, and at one instant it closes before all else."""
    env = simpy.Environment()
    lanes = simpy.Resource(env, n_lanes)
    waits = [math.nan if closing is Closing.WAVES_THROUGH else math.inf] * len(arrival_s)
    gate = {"open": False, "turns": env.event()}

    def turn(is_open: bool) -> None:
        gate["open"] = is_open
        turned = gate["turns"]
        gate["turns"] = env.event()
        assert isinstance(turned, simpy.Event)
        turned.succeed()

    def door() -> ProcessGenerator:
        for opens, closes in times:
            if env.now < opens:
                yield env.timeout(opens - env.now)
            turn(True)
            if closes >= END_S:
                return
            yield env.timeout(closes - env.now)
            turn(False)

    def vehicle(number: int) -> ProcessGenerator:
        # Half a second after the door at the earliest: so that it has opened or closed.
        yield env.timeout(arrival_s[number])
        if closing is Closing.WAVES_THROUGH and not gate["open"]:
            return
        with lanes.request() as lane:
            if closing is Closing.WAVES_THROUGH:
                turns = gate["turns"]
                assert isinstance(turns, simpy.Event)
                yield lane | turns
                if turns.triggered:
                    return
            else:
                yield lane
                while not gate["open"]:
                    assert isinstance(gate["turns"], simpy.Event)
                    yield gate["turns"]
            waits[number] = env.now - arrival_s[number]
            yield env.timeout(service_s[number])

    env.process(door())
    for number in range(len(arrival_s)):
        env.process(vehicle(number))
    env.run(until=END_S)
    return waits


@st.composite
def posts(
    draw: st.DrawFn, *, step_s: int = 1
) -> tuple[list[int], list[int], int, list[tuple[float, float]], list[int]]:
    """Arrivals, checks, lanes, open times, cuts: all loads from idle to far above capacity, ties, touching times."""
    n_vehicles = draw(st.integers(0, 60))
    n_lanes = draw(st.integers(1, 8))
    longest_gap = draw(st.sampled_from([0, 3, 30, 160]))
    longest_check = draw(st.sampled_from([0, 10, 300, 4000]))
    gaps = draw(st.lists(st.integers(0, longest_gap), min_size=n_vehicles, max_size=n_vehicles))
    checks = draw(st.lists(st.integers(0, longest_check), min_size=n_vehicles, max_size=n_vehicles))
    arrivals = np.cumsum([0, *gaps])[1:].tolist()
    edges = sorted(draw(st.sets(st.integers(0, END_S // step_s - 1), max_size=9)))
    times: list[tuple[float, float]] = [
        (opens * step_s, closes * step_s) for opens, closes in zip(edges[::2], edges[1::2], strict=False)
    ]
    if len(edges) % 2:
        times.append((edges[-1] * step_s, math.inf))
    cuts = sorted(draw(st.sets(st.integers(0, END_S), max_size=12)))
    return arrivals, checks, n_lanes, times, cuts


@pytest.mark.parametrize("closing", Closing)
@given(post=posts())
@settings(max_examples=400, deadline=None)
def test_as_a_heap_whatever_is_open_and_wherever_it_is_cut(
    closing: Closing, post: tuple[list[int], list[int], int, list[tuple[float, float]], list[int]]
) -> None:
    arrivals, checks, n_lanes, times, cuts = post
    found = queue_waits(arrivals, checks, n_lanes=n_lanes, open_times_s=times, closing=closing, end_s=END_S, cut_s=cuts)
    expected = waits_by_heap(arrivals, checks, n_lanes, times, closing, END_S)
    np.testing.assert_array_equal(found, expected)
    arrived, checked = len(found), int(np.isfinite(found).sum())
    assert arrived == checked + int(np.isnan(found).sum()) + int(np.isinf(found).sum())


@pytest.mark.parametrize("closing", Closing)
@given(post=posts(step_s=2))
@settings(max_examples=60, deadline=None)
def test_as_simpy(
    closing: Closing, post: tuple[list[int], list[int], int, list[tuple[float, float]], list[int]]
) -> None:
    """Vehicles at odd seconds and checks of even length, doors at even ones, so that no two meet at an instant."""
    arrivals, checks, n_lanes, times, cuts = post
    arrivals, checks = [2 * one + 1 for one in arrivals], [2 * one for one in checks]
    kept = [number for number, arrives in enumerate(arrivals) if arrives < END_S]
    arrivals, checks = [arrivals[number] for number in kept], [checks[number] for number in kept]
    found = queue_waits(arrivals, checks, n_lanes=n_lanes, open_times_s=times, closing=closing, end_s=END_S, cut_s=cuts)
    expected = np.array(waits_by_simpy(arrivals, checks, n_lanes, times, closing))
    if closing is Closing.WAVES_THROUGH:  # SimPy's vehicle cannot tell "waved through" from "still waiting"
        found = np.where(np.isinf(found), np.nan, found)
    np.testing.assert_array_equal(found, expected)


def many_posts(load: float, n_lanes: int, seed: int) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Arrivals and checks of 25 posts over 12 days of 400 vehicles, busier by day, and the cuts between days."""
    rng = np.random.default_rng(seed)
    weight = np.array([1.0] * 6 + [4.0] * 12 + [2.0] * 6)
    rate = np.tile(400 * weight / weight.sum(), 12)
    arrivals, checks = [], []
    for _ in range(25):
        n = rng.poisson(rate)
        arrivals.append(np.sort((np.repeat(np.arange(len(rate)), n) + rng.random(n.sum())) * 3600))
        checks.append(rng.standard_exponential(n.sum()) * load * n_lanes * 86400 / 400)
    return arrivals, checks, np.arange(1, 12) * 86400.0


@pytest.mark.parametrize(("load", "n_lanes"), [(0.3, 1), (0.5, 2), (0.7, 3), (0.9, 2), (0.98, 8), (1.4, 4)])
def test_many_posts_side_by_side_are_each_as_a_heap(load: float, n_lanes: int) -> None:
    """Bit by bit, over days, also where the queue never empties."""
    arrivals, checks, cuts_s = many_posts(load, n_lanes, seed=7)
    begins = np.cumsum([0, *map(len, arrivals)])
    first = np.array([
        begin + at
        for begin, arrival_s in zip(begins, arrivals, strict=False)
        for at in [0, *np.searchsorted(arrival_s, cuts_s)]
    ])  # fmt: skip
    n = np.diff(first, append=begins[-1])
    columns = Columns(np.repeat(np.arange(25), 12), first, n, np.full(25 * 12, np.inf))
    free_s = np.full((25, n_lanes), -np.inf)
    found, left_s = run_columns(np.concatenate(arrivals), np.concatenate(checks), columns, free_s)
    always = [(0.0, math.inf)]
    expected = [
        waits_by_heap(a.tolist(), c.tolist(), n_lanes, always, Closing.HOLDS, math.inf)
        for a, c in zip(arrivals, checks, strict=True)
    ]
    np.testing.assert_array_equal(found, np.concatenate(expected))
    last = np.array([(a + w + c).max() for a, w, c in zip(arrivals, expected, checks, strict=True)])
    assert left_s.max(axis=1) == pytest.approx(last)


def test_lanes_are_carried_from_one_call_to_the_next() -> None:
    """Two calls of six days each are as one of twelve."""
    arrivals, checks, cuts_s = many_posts(0.95, 3, seed=11)
    one = np.concatenate([queue_waits(a, c, n_lanes=3) for a, c in zip(arrivals, checks, strict=True)])
    parts: list[list[np.ndarray]] = [[], []]
    free_s = np.full((25, 3), -np.inf)
    for half, (begin_s, end_s) in enumerate([(0.0, cuts_s[5]), (cuts_s[5], 12 * 86400.0)]):
        here = [(a >= begin_s) & (a < end_s) for a in arrivals]
        n = np.array([one.sum() for one in here])
        columns = Columns(np.arange(25), np.cumsum(n) - n, n, np.full(25, np.inf))
        arrival_s, check_s = (
            np.concatenate([one[h] for one, h in zip(of, here, strict=True)]) for of in (arrivals, checks)
        )
        wait_s, free_s = run_columns(arrival_s, check_s, columns, free_s)
        parts[half] = np.split(wait_s, np.cumsum(n)[:-1])
    both = np.concatenate([np.concatenate(pair) for pair in zip(*parts, strict=True)])
    np.testing.assert_array_equal(both, one)


def test_a_peak_above_capacity_by_hand() -> None:
    """One lane checks a vehicle a minute. Two a minute come for an hour, then one every two minutes for two hours.

    The k-th vehicle of the peak, from 0, comes at k/2 min and starts at k min: it waits k/2 min. At the end of the
    hour 60 of 120 are left, all started by 120 min. The j-th vehicle after the peak comes at 60 + 2j min and starts
    at 120 + j min while j < 60: it waits 60 - j min, and the queue has cleared when the last one comes.
    """
    minutes = [*np.arange(120) / 2, *(60 + 2.0 * np.arange(60))]
    waits = queue_waits(60 * np.array(minutes), np.full(180, 60.0), n_lanes=1)
    by_hand_min = [*np.arange(120) / 2, *(60.0 - np.arange(60))]
    assert (waits / 60).tolist() == by_hand_min
    assert max(by_hand_min) == 60
    assert sum(by_hand_min) == 3570 + 1830


def test_closing_by_hand() -> None:
    """Two lanes and checks of 100 s: the third vehicle queues when the post closes at 50 s, until 1,000 s."""
    arrivals, checks = [0, 10, 20, 60, 1000], [100, 2000, 100, 100, 100]
    held = queue_waits(arrivals, checks, n_lanes=2, open_times_s=[(0, 50), (1000, math.inf)])
    assert held.tolist() == [0, 0, 980, 1040, 200]
    waved = queue_waits(
        arrivals, checks, n_lanes=2, open_times_s=[(0, 50), (1000, math.inf)], closing=Closing.WAVES_THROUGH
    )
    assert waved.tolist()[:2] + waved.tolist()[4:] == [0, 0, 0]
    assert np.isnan(waved[2:4]).all()


def test_never_open() -> None:
    assert np.isinf(queue_waits([1, 2], [1, 1], n_lanes=1, open_times_s=[])).all()
    assert np.isnan(
        queue_waits([1, 2], [1, 1], n_lanes=1, open_times_s=[], closing=Closing.WAVES_THROUGH, end_s=9)
    ).all()
    assert queue_waits([], [], n_lanes=1).tolist() == []


def test_open_until() -> None:
    until_s, is_open = open_until(np.array([0.0, 5, 7, 10, 12, 20]), [(5, 10), (12, math.inf)], 15)
    assert is_open.tolist() == [False, True, True, False, True, True]
    assert until_s[is_open].tolist() == [10, 10, 15, 15]


@pytest.mark.parametrize(
    "wrong",
    [
        {"arrival_s": [2, 1]},
        {"arrival_s": [1, math.nan]},
        {"arrival_s": [1]},
        {"service_s": [1, -1]},
        {"n_lanes": 0},
        {"end_s": 1.5},
        {"open_times_s": [(2, 1)]},
        {"open_times_s": [(0, 5), (5, 9)]},
    ],
)
def test_bad_arguments_are_refused(wrong: dict[str, object]) -> None:
    arguments: dict[str, object] = {"arrival_s": [1, 2], "service_s": [1, 1], "n_lanes": 1, "end_s": 10.0} | wrong
    with pytest.raises(ValueError, match="."):
        queue_waits(**arguments)  # type: ignore[arg-type]
