"""Snapshots: what the trace's rows say by brute force, and averaged over time what the responses say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR
from sim.model import layout_of, replicate, run_length_s
from sim.processes.post import PostState
from sim.responses import measure
from sim.responses.snapshot import Snapshot, ending_after, take_snapshot
from sim.scenario.schema import Scenario, Task
from sim.trace import EventKind, Trace
from tests.scenarios import shipped

WARM_UP_H, N_DAYS = 48, 10
LESSON = shipped(
    "lesson",
    **{
        "horizon.end": dt.date(2001, 1, 1 + N_DAYS),
        "contingents.first.strength": 170,
        "contingents.second.strength": 90,
        "policy.two-stages.unfixing.old-bridge": dt.date(2001, 1, 6),
        "policy.two-stages.stages.first.effective_on": dt.date(2001, 1, 8),
        "policy.two-stages.stages.first.decided_on": dt.date(2001, 1, 2),
        "policy.two-stages.stages.first.strength": 200,
    },
)
GATES = shipped("kfor-gates", experiment__sweep_days=2, horizon__warm_up_h=24)


@pytest.fixture(scope="module")
def trace() -> Trace:
    return replicate(LESSON, "two-stages", troops=None, seed=23, replication=1)


def recount(scenario: Scenario, trace: Trace, at_s: int) -> tuple[list[float], dict[str, str], int, float]:
    """Hours since the last visit, state of every post, tours out and strength, from the trace's rows one by one."""
    last: dict[str, int] = {}
    state: dict[str, str] = {}
    n_out, strength = 0, 0.0
    for event in trace.rows():
        if event.time_s > at_s:
            break
        match event.kind:
            case EventKind.AREA_VISITED:
                last[event.place] = event.time_s
            case EventKind.TOUR_DEPARTS:
                n_out += 1
            case EventKind.TOUR_ENDS:
                n_out -= 1
            case EventKind.STRENGTH_CHANGES:
                strength = event.value
            case EventKind.POST_MANNED:
                state[event.entity] = "MANNED"
            case EventKind.POST_UNMANNED:
                state[event.entity] = "UNMANNED"
            case EventKind.SITE_HANDED_OVER:
                state[event.entity] = "POLICE"
    keys = [f"area-{area:03d}" for area in range(scenario.theatre.n_patrol_areas)]
    since_h = [(at_s - last[key]) / SECOND_PER_HOUR if key in last else float("nan") for key in keys]
    return since_h, state, n_out, strength


@pytest.mark.parametrize(
    "hour", [0, 1.7, 7.999, 8, 30, 5 * 24 - 0.001, 5 * 24, 5 * 24 + 8, 7 * 24, 7 * 24 + 8, 200.3, 239.99]
)
def test_agrees_with_the_rows_of_the_trace(trace: Trace, hour: float) -> None:
    at_s = round(hour * SECOND_PER_HOUR)
    snapshot = take_snapshot(LESSON, trace, at_s)
    since_h, state, n_out, strength = recount(LESSON, trace, at_s)
    np.testing.assert_allclose(snapshot.since_visit_h, since_h, rtol=1e-12)
    window_h = LESSON.coverage.window_h
    assert snapshot.is_covered.tolist() == [hours < window_h for hours in since_h]
    its = {post.key: one.name for post, one in zip(snapshot.posts, snapshot.states, strict=True)}
    assert its == {key: state.get(key, "UNMANNED") for key in its}
    assert snapshot.tours_out.sum() == n_out
    assert snapshot.strength.sum() == strength


def test_every_state_occurs(trace: Trace) -> None:
    """Or the comparisons above would prove little."""
    late = take_snapshot(LESSON, trace, 9 * SECOND_PER_DAY)
    assert set(late.states) == {PostState.UNMANNED, PostState.MANNED, PostState.POLICE}
    assert late.n_posts(Task.SITES, PostState.POLICE) == 1
    assert np.isnan(take_snapshot(LESSON, trace, 3600).since_visit_h).any()
    assert {int(take_snapshot(LESSON, trace, day * SECOND_PER_DAY).strength[0]) for day in range(N_DAYS)} == {260, 200}


def test_an_area_is_covered_up_to_but_not_at_the_end_of_the_window(trace: Trace) -> None:
    window_s = round(LESSON.coverage.window_h * SECOND_PER_HOUR)
    area, visit_s = trace.visits()
    visits = {one: np.sort(visit_s[area == one]) for one in range(LESSON.theatre.n_patrol_areas)}
    one, begin_s = next(
        (one, int(times[i]))
        for one, times in visits.items()
        for i in range(len(times) - 1)
        if times[i + 1] > times[i] + window_s
    )
    covered = [bool(take_snapshot(LESSON, trace, begin_s + s).is_covered[one]) for s in (0, window_s - 1, window_s)]
    assert covered == [True, True, False]


def test_time_averages_are_the_responses(trace: Trace) -> None:
    """On a grid of 2 minutes; states of posts change at full hours, so that their averages are exact."""
    step_s = 120
    grid = range(WARM_UP_H * SECOND_PER_HOUR, trace.run_length_s, step_s)
    snapshots = [take_snapshot(LESSON, trace, at_s) for at_s in grid]
    responses = {name: value for sector, name, _, value in measure(LESSON, trace).responses if sector == "all"}

    def mean(value: list[float]) -> float:
        return float(np.mean(value))

    def fill(task: Task) -> float:
        n_kfor = [sum(p.task is task for p in s.posts) - s.n_posts(task, PostState.POLICE) for s in snapshots]
        return sum(s.n_posts(task, PostState.MANNED) for s in snapshots) / sum(n_kfor)

    # A visit is seen up to a step late, and its end as much: 1/2 step each, for about 60 visits a day to 12 areas.
    assert mean([s.share_covered_in_all for s in snapshots]) == pytest.approx(responses["patrol_coverage"], abs=2e-3)
    assert mean([float(s.share_covered[0]) for s in snapshots]) == pytest.approx(responses["patrol_coverage"], abs=2e-3)
    age_h = np.array([s.since_visit_h for s in snapshots])
    assert np.nanmean(age_h) == pytest.approx(responses["revisit_age_h"], abs=0.03)
    assert np.isnan(age_h).mean() == pytest.approx(responses["unvisited_share"], abs=1e-3)
    assert fill(Task.SITES) == pytest.approx(responses["site_guard_fill"], rel=1e-12)
    assert fill(Task.CHECKPOINTS) == pytest.approx(responses["checkpoint_fill"], rel=1e-12)
    assert fill(Task.CROSSING_POINTS) == pytest.approx(responses["crossing_fill"], rel=1e-12)
    assert 0 < fill(Task.SITES) < 1 and 0 < responses["patrol_coverage"] < 1


def test_a_tour_is_out_from_its_departure_to_before_its_end(trace: Trace) -> None:
    departed_s, ended_s = trace.tour_columns("departed_s", "ended_s")
    departed_s, ended_s = departed_s[departed_s >= 0], ended_s[ended_s >= 0]
    assert min(len(departed_s), len(ended_s)) > 30
    for at_s in (*departed_s[::7].tolist(), *ended_s[::7].tolist()):
        n_out = int((departed_s <= at_s).sum() - (ended_s <= at_s).sum())
        assert take_snapshot(LESSON, trace, at_s).tours_out.sum() == n_out


@pytest.mark.parametrize("troops", [None, 300])
def test_a_run_that_ends_after_the_instant_gives_the_same(troops: int | None) -> None:
    at_s = 3 * SECOND_PER_DAY + 5 * SECOND_PER_HOUR
    whole, short = (
        take_snapshot(LESSON, replicate(one, "two-stages", troops=troops, seed=5, replication=2), at_s)
        for one in (LESSON, ending_after(LESSON, at_s))
    )
    assert_same(whole, short)
    assert run_length_s(ending_after(LESSON, at_s), troops) == 4 * SECOND_PER_DAY


def test_sectors_are_told_apart() -> None:
    at_s = 2 * SECOND_PER_DAY + 11 * SECOND_PER_HOUR
    trace = replicate(GATES, "gates", troops=6000, seed=3, replication=0)
    snapshot = take_snapshot(GATES, trace, at_s)
    out = dict.fromkeys(GATES.theatre.sectors, 0)
    for event in trace.rows():
        if event.time_s <= at_s and event.kind is EventKind.TOUR_DEPARTS:
            out[event.place.partition("/")[0]] += 1
        if event.time_s <= at_s and event.kind is EventKind.TOUR_ENDS:
            out[event.place] -= 1
    assert snapshot.tours_out.tolist() == list(out.values())
    assert snapshot.strength.sum() == 6000
    layout = layout_of(GATES)
    shares = [snapshot.is_covered[layout.area_sector == sector].mean() for sector in range(len(layout.sector_keys))]
    np.testing.assert_allclose(snapshot.share_covered, shares)
    assert len(set(shares)) > 1
    assert snapshot.share_covered_in_all == pytest.approx(snapshot.is_covered.mean())


def test_a_sector_without_patrols_has_no_share() -> None:
    weights = {key: 1 for key in GATES.theatre.sectors if key != "west"}
    scenario = shipped("kfor-gates", **{"tasks.patrols.sector_weights.west": 0, "experiment.sweep_days": 1})
    trace = replicate(ending_after(scenario, 40_000), "gates", troops=9000, seed=3, replication=0)
    snapshot = take_snapshot(scenario, trace, 40_000)
    has_share = ~np.isnan(snapshot.share_covered)
    assert [key for key, has in zip(GATES.theatre.sectors, has_share, strict=True) if has] == list(weights)
    of_others = snapshot.is_covered[has_share[snapshot.layout.area_sector]]
    assert snapshot.share_covered_in_all == pytest.approx(of_others.mean())


@pytest.mark.parametrize("at_s", [-1, N_DAYS * SECOND_PER_DAY])
def test_outside_the_run(trace: Trace, at_s: int) -> None:
    with pytest.raises(ValueError, match="outside the run"):
        take_snapshot(LESSON, trace, at_s)


def assert_same(one: Snapshot, other: Snapshot) -> None:
    np.testing.assert_array_equal(one.since_visit_h, other.since_visit_h)
    np.testing.assert_array_equal(one.tours_out, other.tours_out)
    np.testing.assert_array_equal(one.strength, other.strength)
    assert one.states == other.states
