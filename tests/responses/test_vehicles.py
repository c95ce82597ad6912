"""Vehicles of a replication: sums against one vehicle after the other, conservation, and the same world for all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim.responses.vehicles as module
from sim.model import layout_of, replicate
from sim.processes.post import Post, list_posts
from sim.responses.queues import Closing
from sim.responses.traffic import SECOND_PER_BLOCK, Traffic
from sim.responses.vehicles import QueueSums, VehicleSums, open_times, simulate_vehicles, simulates_vehicles
from sim.responses.waits import WaitCounts
from sim.scenario.schema import Scenario, Task
from sim.statistics import within_interval
from sim.streams import Streams
from sim.trace import Event, EventKind, Names, Trace
from tests.responses.by_heap import waits_by_heap
from tests.scenarios import shipped

DAY = 86_400
MANNED, UNMANNED = EventKind.POST_MANNED, EventKind.POST_UNMANNED
BY_HOUR = [0, 0, 0, 0, 0, 1, 4, 9, 9, 6, 5, 5, 5, 5, 5, 6, 9, 9, 6, 3, 2, 1, 1, 1]
CLOSING = {Task.CHECKPOINTS: Closing.WAVES_THROUGH, Task.CROSSING_POINTS: Closing.HOLDS}


def lesson(runs: str = "all", **changes: dict[str, Any]) -> Scenario:
    """The lesson valley with vehicles: checkpoints above capacity at the peaks, a gate near it all day."""
    tables: dict[str, dict[str, Any]] = {
        "checkpoints": {
            "per_day": 400,
            "by_hour": BY_HOUR,
            "n_lanes": 2,
            "check_min": {"distribution": "exponential", "mean": 3.5},
        },
        "crossing_points": {
            "per_day": 300,
            "by_hour": [1] * 24,
            "n_lanes": 3,
            "check_min": {"distribution": "gamma", "mean": 12.0, "cv": 0.8},
        },
    }
    return shipped("lesson", vehicles={"runs": runs} | {key: its | changes.get(key, {}) for key, its in tables.items()})


def edges_of(scenario: Scenario, trace: Trace) -> np.ndarray:
    days_s = np.arange(0, trace.run_length_s, DAY)
    return np.unique([*days_s, round(scenario.warm_up_h * 3600), trace.run_length_s])


def sums_of(scenario: Scenario, trace: Trace, edges_s: np.ndarray | None = None) -> VehicleSums:
    edges_s = edges_of(scenario, trace) if edges_s is None else edges_s
    return simulate_vehicles(
        scenario, layout_of(scenario), trace.events, Streams(trace.seed, trace.replication), edges_s
    )


def trace_of(scenario: Scenario, n_days: int, *events: tuple[int, EventKind, str]) -> Trace:
    names = Names(tuple(scenario.theatre.sectors), (), (), ())
    trace = Trace(names, run_length_s=n_days * DAY, policy="two-stages", troops=None, seed=3, replication=5)
    for time_s, kind, entity in sorted(events):
        trace.record(time_s, kind, entity)
    return trace


def posts_of(scenario: Scenario, task: Task) -> list[Post]:
    return [post for post in list_posts(scenario, layout_of(scenario)) if post.task is task]


def assert_conserved(sums: QueueSums) -> None:
    np.testing.assert_array_equal(sums.arrived, sums.checked + sums.waved_through + sums.waiting)


def assert_as_one_by_one(scenario: Scenario, trace: Trace) -> None:
    """Every vehicle by itself, in a heap of lanes; then added up."""
    edges_s, warm_up_s = edges_of(scenario, trace), scenario.warm_up_h * 3600
    sums = sums_of(scenario, trace)
    assert scenario.vehicles is not None
    for task, its in ((Task.CHECKPOINTS, sums.checkpoints), (Task.CROSSING_POINTS, sums.crossing_points)):
        vehicles = getattr(scenario.vehicles, task.value)
        traffic = Traffic(vehicles, Streams(trace.seed, trace.replication), trace.run_length_s)
        posts = posts_of(scenario, task)
        arrivals, waits = [np.empty(0)], [np.empty(0)]
        for post, times in zip(posts, open_times(posts, trace.events), strict=True):
            arrival_s, check_s = traffic.draw(post.key)
            end_s, n_lanes = trace.run_length_s, vehicles.n_lanes
            found = waits_by_heap(arrival_s.tolist(), check_s.tolist(), n_lanes, times, CLOSING[task], end_s)
            arrivals.append(arrival_s)
            waits.append(np.array(found))
        arrival_s, wait_s = np.concatenate(arrivals), np.concatenate(waits)
        is_checked = np.isfinite(wait_s)
        for name, which in (
            ("arrived", np.ones(len(wait_s), dtype=bool)),
            ("checked", is_checked),
            ("waved_through", np.isnan(wait_s)),
            ("waiting", np.isinf(wait_s)),
        ):
            assert getattr(its, name)[0].tolist() == np.histogram(arrival_s[which], edges_s)[0].tolist(), name
        by_bin = np.histogram(arrival_s[is_checked], edges_s, weights=wait_s[is_checked])[0]
        np.testing.assert_allclose(its.wait_s[0], by_bin, rtol=1e-9, atol=1e-6)
        counted = np.floor(wait_s[is_checked & (arrival_s >= warm_up_s)]).astype(np.int64)
        assert (counted < DAY).all()
        expected = np.bincount(counted, minlength=its.wait_counts.counts.shape[1])
        assert its.wait_counts.counts[0].tolist() == expected.tolist()
        assert_conserved(its)


@pytest.mark.parametrize("troops", [None, 80, 150])
def test_as_vehicle_by_vehicle(troops: int | None) -> None:
    """With real manning: checkpoints come and go with absences, the gate too at the lowest level."""
    scenario = lesson()
    trace = replicate(scenario, "two-stages", troops=troops, seed=99, replication=1)
    assert_as_one_by_one(scenario, trace)
    both = sums_of(scenario, trace).both()
    assert both.wait_s.sum() > 0
    if troops is not None:
        assert both.waved_through.sum() > 0


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_conservation_whenever_posts_are_manned(data: st.DataObject) -> None:
    scenario = lesson()
    events = []
    for task in CLOSING:
        for post in posts_of(scenario, task):
            times_s = sorted(data.draw(st.sets(st.integers(0, 12 * DAY - 1), max_size=6)))
            events += [(time_s, (MANNED, UNMANNED)[at % 2], post.key) for at, time_s in enumerate(times_s)]
    trace = trace_of(scenario, 12, *events)
    sums = sums_of(scenario, trace)
    for its in (sums.checkpoints, sums.crossing_points, sums.both()):
        assert_conserved(its)
        assert (its.wait_s[its.checked == 0] == 0).all()
    assert sums.crossing_points.waved_through.sum() == 0
    assert sums.both().arrived.sum() > 10_000


def test_a_gate_closed_for_days_has_waits_of_days() -> None:
    """Closed for a week: 3.5 days on average until it opens, then half of the 14 h in which 210 checks are made."""
    scenario = lesson(crossing_points={"per_day": 30})
    (gate,) = posts_of(scenario, Task.CROSSING_POINTS)
    trace = trace_of(scenario, 20, (0, MANNED, gate.key), (4 * DAY, UNMANNED, gate.key), (11 * DAY, MANNED, gate.key))
    its = sums_of(scenario, trace).crossing_points
    assert its.waiting.sum() <= 1
    (longest_s, _) = its.wait_counts.quantile_s(1.0)
    assert 6.5 * DAY < longest_s < 7.5 * DAY
    assert its.wait_counts.counts.sum() == its.checked[0, 2:].sum()
    mean_s = its.wait_s[0, 4:11].sum() / its.checked[0, 4:11].sum()
    assert mean_s == pytest.approx(3.5 * DAY + 7 * 3600, rel=0.1)


def test_never_manned() -> None:
    scenario = lesson()
    sums = sums_of(scenario, trace_of(scenario, 12))
    assert sums.checkpoints.waved_through.tolist() == sums.checkpoints.arrived.tolist()
    assert sums.crossing_points.waiting.tolist() == sums.crossing_points.arrived.tolist()
    assert not sums.both().checked.any()
    assert np.isnan(sums.both().wait_counts.quantile_s(0.95)).all()


def test_no_posts_and_no_vehicles() -> None:
    none = lesson(checkpoints={"per_day": 0}, crossing_points={"per_day": 0.0})
    assert not sums_of(none, trace_of(none, 3)).both().arrived.any()
    without = lesson().model_copy(update={"vehicles": None})
    assert not sums_of(without, trace_of(without, 3)).both().arrived.any()
    no_checkpoints = shipped("lesson", tasks__checkpoints__n=0)
    sums = sums_of(no_checkpoints, trace_of(no_checkpoints, 3))
    assert not sums.checkpoints.arrived.any()
    assert sums.crossing_points.arrived.all()


def test_the_same_vehicles_at_every_troop_level() -> None:
    """Also in the shorter run of a sweep, up to the day on which it ends."""
    scenario = lesson()
    arrived = [
        sums_of(scenario, replicate(scenario, "two-stages", troops=troops, seed=1, replication=0)).both().arrived
        for troops in (None, 100, 600)
    ]
    n_bins = arrived[1].shape[1]
    assert n_bins == 9
    assert arrived[1].tolist() == arrived[2].tolist() == arrived[0][:, :n_bins].tolist()


def test_a_shorter_run_meets_the_first_vehicles_of_a_longer_one() -> None:
    scenario = lesson()
    assert scenario.vehicles is not None
    assert scenario.vehicles.crossing_points is not None
    long, short = (Traffic(scenario.vehicles.crossing_points, Streams(4, 2), days * DAY + 5000) for days in (25, 13))
    arrival_s, check_s = long.draw("gate")
    first_s, first_check_s = short.draw("gate")
    assert len(first_s) == np.searchsorted(arrival_s, 13 * DAY + 5000)
    np.testing.assert_array_equal(first_s, arrival_s[: len(first_s)])
    np.testing.assert_array_equal(first_check_s, check_s[: len(first_s)])


def test_arrivals_are_poisson_with_a_rate_by_the_hour() -> None:
    """Means and variances of hourly counts, hour by hour, and uniform positions in the hour, each at 99.9 %."""
    scenario = lesson()
    assert scenario.vehicles is not None
    assert scenario.vehicles.checkpoints is not None
    n_days = 400
    traffic = Traffic(scenario.vehicles.checkpoints, Streams(2024, 0), n_days * DAY)
    arrival_s, _ = traffic.draw("road")
    assert (np.diff(arrival_s) >= 0).all()
    counts = np.histogram(arrival_s, np.arange(24 * n_days + 1) * 3600)[0].reshape(n_days, 24)
    mean = 400 * np.array(BY_HOUR) / sum(BY_HOUR)
    for hour in range(24):
        if not BY_HOUR[hour]:
            assert not counts[:, hour].any()
            continue
        assert within_interval(counts[:, hour].astype(float), float(mean[hour]), 0.999)
        assert within_interval((counts[:, hour] - mean[hour]) ** 2, float(mean[hour]), 0.999)
    blocks = counts.reshape(-1, 10, 24).sum(axis=(1, 2)).astype(float)
    assert within_interval((blocks - 4000) ** 2, 4000.0, 0.99999)
    in_hour = arrival_s % 3600 / 3600
    assert np.abs(np.histogram(in_hour, 20, (0, 1))[0] / len(in_hour) - 0.05).max() < 4 * math.sqrt(0.05 / len(in_hour))


def test_own_traffic_of_a_crossing_point() -> None:
    scenario = lesson(crossing_points={"per_day_of": {"south-gate": 24}})
    its = sums_of(scenario, trace_of(scenario, 300)).crossing_points
    assert within_interval(its.arrived[0].astype(float)[3:], 24.0, 0.999)


def test_some_at_a_time_is_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = lesson()
    trace = replicate(scenario, "two-stages", troops=None, seed=5, replication=0)
    whole = sums_of(scenario, trace)
    monkeypatch.setattr(module, "_MAX_VEHICLES", 3000)
    parts = sums_of(scenario, trace)
    for one, other in ((whole.checkpoints, parts.checkpoints), (whole.crossing_points, parts.crossing_points)):
        for name in ("arrived", "checked", "waved_through", "waiting"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_allclose(one.wait_s, other.wait_s, rtol=1e-12)
        np.testing.assert_array_equal(one.wait_counts.counts, other.wait_counts.counts)


def test_bins_of_any_width_add_up() -> None:
    scenario = lesson()
    trace = replicate(scenario, "two-stages", troops=120, seed=5, replication=0)
    fine, coarse = sums_of(scenario, trace), sums_of(scenario, trace, np.array([0, trace.run_length_s]))
    hourly = sums_of(scenario, trace, np.arange(0, trace.run_length_s + 1, 3600))
    for sums in (fine, hourly):
        for name in ("arrived", "checked", "waved_through", "waiting"):
            assert getattr(sums.both(), name).sum() == getattr(coarse.both(), name).sum()
        assert sums.both().wait_s.sum() == pytest.approx(coarse.both().wait_s.sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("runs", "timeline", "sweep"), [("none", False, False), ("timelines", True, False), ("all", True, True)]
)
def test_which_runs(runs: str, timeline: bool, sweep: bool) -> None:
    scenario = lesson(runs)
    trace = trace_of(scenario, 1)
    assert simulates_vehicles(scenario, trace.troops) is timeline
    trace.troops = 300
    assert simulates_vehicles(scenario, trace.troops) is sweep


def test_no_table_no_vehicles() -> None:
    scenario = lesson().model_copy(update={"vehicles": None})
    assert not simulates_vehicles(scenario, trace_of(scenario, 1).troops)


def test_open_times() -> None:
    posts = [Post(key, "valley", Task.CHECKPOINTS, 5.0) for key in ("a", "b", "c")]
    events = [
        Event(0, MANNED, "a", "", 5.0),
        Event(50, MANNED, "b", "", 5.0),
        Event(50, UNMANNED, "other", "", 5.0),
        Event(80, UNMANNED, "b", "", 5.0),
        Event(80, MANNED, "b", "", 5.0),
        Event(90, UNMANNED, "b", "", 5.0),
        Event(100, MANNED, "b", "", 5.0),
        Event(100, UNMANNED, "b", "", 5.0),
        Event(110, MANNED, "b", "", 5.0),
    ]
    assert open_times(posts, events) == [[(0, math.inf)], [(50, 90), (110, math.inf)], []]


def test_block_begins_at_midnight() -> None:
    assert SECOND_PER_BLOCK % DAY == 0


@given(
    waits=st.lists(st.floats(0, 300_000) | st.floats(0, 7e8), min_size=1, max_size=80),
    share=st.floats(0, 1),
)
def test_quantiles_of_counted_waits(waits: list[float], share: float) -> None:
    counts = WaitCounts(2)
    for at, wait in enumerate(waits):
        counts.add(at % 2, np.array([wait]))
    first, _, all_s = counts.quantile_s(share).tolist()
    for found, exact in ((first, waits[::2]), (all_s, waits)):
        expected = sorted(exact)[max(math.ceil(share * len(exact) - 1e-12) - 1, 0)]
        resolution_s = 1 if expected < DAY else 60 if expected < 31 * DAY else 3600
        assert found <= expected < found + resolution_s
