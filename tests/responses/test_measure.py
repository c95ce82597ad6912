"""Responses of a run, against recounts from the trace by other means, and the headline by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from sim.model import layout_of, replicate
from sim.processes.post import list_posts
from sim.responses import RESPONSES, measure
from sim.responses.measure import headline
from sim.responses.vehicles import QueueSums, simulate_vehicles
from sim.scenario.schema import Scenario, Task
from sim.streams import Streams
from sim.trace import EventKind, Trace
from tests.scenarios import shipped

H = 3600
SHIFT_S = 8 * H
OF_PATROLS = ("patrol_coverage", "patrol_coverage_population", "revisit_age_h", "unvisited_share")
WARM_UP_S, END_S = 48 * H, (48 + 12 * 24) * H

# Two weeks at 260 soldiers, before the first stage; a troop level would not hand the old bridge over. Tours are so few
# that some areas are not visited before the warm-up is over.
LESSON = shipped(
    "lesson",
    experiment__sweep_days=12,
    **{
        "tasks.patrols.per_day": 1.5,
        "horizon.end": dt.date(2001, 1, 15),
        "contingents.first.strength": 170,
        "contingents.second.strength": 90,
        "policy.two-stages.unfixing.old-bridge": dt.date(2001, 1, 6),
    },
)


def of_the_theatre(scenario: Scenario, trace: Trace) -> dict[str, float]:
    return {response: value for sector, response, _, value in measure(scenario, trace).responses if sector == "all"}


@pytest.fixture(scope="module")
def trace() -> Trace:
    return replicate(LESSON, "two-stages", troops=None, seed=17, replication=2)


@pytest.fixture(scope="module")
def values(trace: Trace) -> dict[str, float]:
    return of_the_theatre(LESSON, trace)


def clipped(intervals: Iterable[tuple[int, int]]) -> int:
    """Length [s] of the union of intervals within [warm-up, end)."""
    total, until = 0, WARM_UP_S
    for begin, end in sorted(intervals):
        begin, end = max(begin, until), min(end, END_S)
        if end > begin:
            total, until = total + end - begin, end
    return total


def visits_by_area(trace: Trace) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {area: [] for area in range(12)}
    for row in trace.rows():
        if row.kind is EventKind.AREA_VISITED:
            found[int(row.place.removeprefix("area-"))].append(row.time_s)
    return found


def post_intervals(trace: Trace, task: Task, *, by: EventKind = EventKind.POST_MANNED) -> list[tuple[int, int]]:
    """From each event `by` at a post of the task to the post's next event."""
    intervals = []
    for post in list_posts(LESSON, layout_of(LESSON)):
        if post.task is task:
            events = [event for event in trace.events if event.entity == post.key]
            ends = [*(event.time_s for event in events), END_S][1:]
            intervals += [(event.time_s, end) for event, end in zip(events, ends, strict=True) if event.kind is by]
    return intervals


def post_s(intervals: list[tuple[int, int]]) -> int:
    return sum(clipped([interval]) for interval in intervals)


def test_patrol_coverage_is_the_length_of_unions_of_windows(trace: Trace, values: dict[str, float]) -> None:
    """Computed afresh on [warm-up, end): visits before it matter only as far as their window reaches into it."""
    window_s = 12 * H
    covered = {
        area: clipped((at_s, at_s + window_s) for at_s in times) for area, times in visits_by_area(trace).items()
    }
    length_s = END_S - WARM_UP_S
    assert 0.1 < values["patrol_coverage"] < 0.95
    assert values["patrol_coverage"] == pytest.approx(sum(covered.values()) / 12 / length_s, rel=1e-12)
    people = layout_of(LESSON).area_population
    weighted = sum(people[area] * one for area, one in covered.items()) / people.sum() / length_s
    assert values["patrol_coverage_population"] == pytest.approx(weighted, rel=1e-12)


def test_age_is_the_area_under_its_saw_teeth(trace: Trace, values: dict[str, float]) -> None:
    """An area has an age from its first visit on, also if that was before the warm-up or long after it."""
    total, visited_s = 0.0, 0
    for times in visits_by_area(trace).values():
        for begin, end in itertools.pairwise([*times, END_S]):
            low, high = max(begin, WARM_UP_S) - begin, end - begin
            total += max(0, high**2 - low**2) / 2
        visited_s += clipped([(at_s, END_S) for at_s in times[:1]])
    assert 0 < visited_s < 12 * (END_S - WARM_UP_S)
    assert values["revisit_age_h"] == pytest.approx(total / visited_s / H, rel=1e-12)
    assert values["unvisited_share"] == pytest.approx(1 - visited_s / 12 / (END_S - WARM_UP_S), rel=1e-9)


def test_patrols_are_those_after_the_warm_up(trace: Trace, values: dict[str, float]) -> None:
    rows = [row for row in trace.rows() if row.time_s >= WARM_UP_S]
    tasked = sum(int((depart_s >= WARM_UP_S).sum()) for _, depart_s in trace.tasked)
    n = {kind: sum(row.kind is kind for row in rows) for kind in (EventKind.TOUR_DEPARTS, EventKind.TOUR_ENDS)}
    assert tasked == 1.5 * 12
    assert values["patrol_fill"] == pytest.approx(n[EventKind.TOUR_DEPARTS] / tasked)
    assert values["patrols_per_day"] == pytest.approx(n[EventKind.TOUR_ENDS] / 12)


def test_fills_of_posts_are_their_hours(trace: Trace, values: dict[str, float]) -> None:
    length_s = END_S - WARM_UP_S
    guarded_s = post_s(post_intervals(trace, Task.SITES))
    police_s = post_s(post_intervals(trace, Task.SITES, by=EventKind.SITE_HANDED_OVER))
    assert police_s == END_S - 5 * 24 * H
    assert values["site_guard_fill"] == pytest.approx(guarded_s / (6 * length_s - police_s))
    assert values["site_protection"] == pytest.approx((guarded_s + 0.6 * police_s) / (6 * length_s))
    manned_s = post_s(post_intervals(trace, Task.CHECKPOINTS))
    assert 0 < manned_s < 4 * length_s
    assert values["checkpoint_fill"] == pytest.approx(manned_s / (4 * length_s))
    assert values["crossing_fill"] == pytest.approx(post_s(post_intervals(trace, Task.CROSSING_POINTS)) / length_s)


def overtime_s(trace: Trace) -> int:
    """Section-time after the warm-up between the end of a shift and the freedom of those that it sent out."""
    total = 0
    for row, block in zip(trace.shifts, trace.tours, strict=True):
        shift_ends_s = row.time_s + SHIFT_S
        for depart_s, free_s in zip(block.depart_s.tolist(), block.free_s.tolist(), strict=True):
            if depart_s < END_S:
                total += clipped([(shift_ends_s, free_s)])
    return total


def test_effort_is_a_mean_over_shifts(trace: Trace, values: dict[str, float]) -> None:
    rows = [row for row in trace.shifts if row.time_s >= WARM_UP_S]
    assert len(rows) == 36
    available = sum(int((row.n_on_duty - row.n_on_leave - row.n_absent - row.n_still_out).sum()) for row in rows)
    demand = sum(int(row.demand.sum()) for row in rows)
    allocated = sum(int(row.allocated.sum()) for row in rows)
    sections = sum(int(row.n_sections.sum()) for row in rows)
    assert values["troops_to_task"] == pytest.approx(available / demand)
    assert values["utilisation"] == pytest.approx(allocated / available)
    assert values["duty_h_per_soldier_week"] == pytest.approx(
        168 * (available + overtime_s(trace) / SHIFT_S) / sections, rel=1e-12
    )
    assert values["reserve_fill"] == pytest.approx(sum(int(row.allocated[0, 1]) for row in rows) / 36)


def test_the_headline_is_the_weighted_mean_of_its_parts(trace: Trace) -> None:
    weights = {"patrols": 1.0, "sites": 2.0, "checkpoints": 0.0, "crossing_points": 5.0}
    settings = {f"coverage.weight_{name}": weight for name, weight in weights.items()}
    values = of_the_theatre(shipped("lesson", experiment__sweep_days=12, **settings), trace)
    expected = values["patrol_coverage"] + 2 * values["site_protection"] + 5 * values["crossing_fill"]
    assert values["coverage"] == pytest.approx(expected / 8)


def test_a_part_without_demand_drops_out_of_the_headline() -> None:
    nan = np.nan
    parts = {
        "patrol_coverage": np.array([0.5, nan, nan, 0.8]),
        "site_protection": np.array([0.1, 0.1, nan, nan]),
        "checkpoint_fill": np.array([0.9, 0.7, nan, nan]),
        "crossing_fill": np.array([1.0, nan, nan, 0.0]),
    }
    equal = headline(LESSON, parts)
    assert equal == pytest.approx([2.5 / 4, 0.8 / 2, nan, 0.8 / 2], nan_ok=True)
    weighted = shipped("lesson", **{"coverage.weight_patrols": 3, "coverage.weight_sites": 0})
    assert headline(weighted, parts) == pytest.approx([3.4 / 5, 0.7, nan, 2.4 / 4], nan_ok=True)


@pytest.mark.parametrize(
    ("settings", "without"),
    [
        ({"tasks.checkpoints.n": 0}, {"checkpoint_fill"}),
        ({"tasks.patrols.per_day": 0}, {"patrol_fill", *OF_PATROLS}),
        ({"tasks.reserve.n_sections": {"valley": 0}}, {"reserve_fill"}),
        ({"experiment.sweep_days": 5}, set()),
    ],
)
def test_what_has_no_demand_is_nan_and_nothing_else_is(settings: dict[str, object], without: set[str]) -> None:
    scenario = shipped("lesson", **{"experiment.sweep_days": 5, **settings})
    values = of_the_theatre(scenario, replicate(scenario, "two-stages", troops=300, seed=1, replication=0))
    # Vehicles are not simulated at a troop level, and there are no incidents.
    neither = set(list(RESPONSES)[list(RESPONSES).index("vehicle_wait_min") :])
    assert len(neither) == 5 + 15
    assert {response for response, value in values.items() if np.isnan(value)} == without | neither


def test_rows_are_in_the_order_of_sectors_and_responses_and_the_theatre_is_the_ratio_of_sums() -> None:
    scenario = shipped("kfor-2001", experiment__sweep_days=2)
    trace = replicate(scenario, "balanced", troops=9000, seed=3, replication=0)
    rows = measure(scenario, trace).responses
    sectors = [*scenario.theatre.sectors, "all"]
    assert [(sector, response, unit) for sector, response, unit, _ in rows] == [
        (sector, response, unit) for sector in sectors for response, unit in RESPONSES.items()
    ]
    value = {(sector, response): one for sector, response, _, one in rows}
    layout = layout_of(scenario)
    posts = list_posts(scenario, layout)
    n_areas = np.bincount(layout.area_sector)
    n_checkpoints = [sum(p.sector == s and p.task is Task.CHECKPOINTS for p in posts) for s in sectors[:-1]]
    assert len(set(n_checkpoints)) > 1
    for response, weight in (
        ("patrol_coverage", n_areas),
        ("unvisited_share", n_areas),
        ("revisit_age_h", n_areas * [1 - value[sector, "unvisited_share"] for sector in sectors[:-1]]),
        ("patrol_coverage_population", np.bincount(layout.area_sector, weights=layout.area_population)),
        ("checkpoint_fill", n_checkpoints),
    ):
        parts = [value[sector, response] for sector in sectors[:-1]]
        assert value["all", response] == pytest.approx(np.average(parts, weights=weight))
    total = sum(value[sector, "patrols_per_day"] for sector in sectors[:-1])
    assert value["all", "patrols_per_day"] == pytest.approx(total)


def test_a_last_day_that_is_not_full_is_measured_by_its_own_hours() -> None:
    """A warm-up of 5 h and two days are 53 h: the third day has five."""
    scenario = shipped("lesson", horizon__warm_up_h=5, experiment__sweep_days=2)
    trace = replicate(scenario, "two-stages", troops=450, seed=5, replication=0)
    series = measure(scenario, trace).series
    is_all = series["sector"] == 1
    assert series["day"][is_all].tolist() == [0, 1, 2]
    assert series["strength"][is_all].tolist() == pytest.approx([450] * 3)
    assert series["sites_kfor"][is_all].tolist() == pytest.approx([6, 6, 6])
    (ended_s,) = trace.tour_columns("ended_s")
    completed = np.bincount(ended_s[ended_s >= 0] // (24 * H), minlength=3)
    assert (series["patrols_completed"][is_all] * [1, 1, 5 / 24]).tolist() == pytest.approx(completed.tolist())
    whole = of_the_theatre(scenario.model_copy(update={"horizon": no_warm_up(scenario)}), trace)
    hours = np.array([24, 24, 5])
    visited = hours * (1 - series["unvisited_share"][is_all])
    assert 0 < visited[0] < 24
    for response, weights in (
        ("patrol_coverage", hours), ("unvisited_share", hours), ("revisit_age_h", visited), ("checkpoint_fill", hours)
    ):  # fmt: skip
        by_day = np.average(series[response][is_all], weights=weights)
        assert by_day == pytest.approx(whole[response])


def no_warm_up(scenario: Scenario) -> object:
    return scenario.horizon.model_copy(update={"warm_up_h": 0.0})


def test_a_sector_without_tours_has_no_patrol_coverage_and_the_theatre_leaves_it_out() -> None:
    """The north is not patrolled: nan there, its areas and people count nowhere, its headline is of the other parts."""
    scenario = shipped("kfor-2001", experiment__sweep_days=2)
    sectors = list(scenario.theatre.sectors)
    patrols = scenario.tasks.patrols
    weights = {**patrols.sector_weights, sectors[1]: 0.0}
    patrols = patrols.model_copy(update={"sector_weights": weights})
    scenario = scenario.model_copy(update={"tasks": scenario.tasks.model_copy(update={"patrols": patrols})})
    measured = measure(scenario, replicate(scenario, "balanced", troops=30_000, seed=3, replication=0))
    value = {(sector, response): one for sector, response, _, one in measured.responses}
    layout = layout_of(scenario)
    n_areas = np.bincount(layout.area_sector)
    people = np.bincount(layout.area_sector, weights=layout.area_population)
    patrolled = [index for index in range(5) if index != 1]
    for response in OF_PATROLS:
        assert [bool(np.isnan(value[sector, response])) for sector in sectors] == [index == 1 for index in range(5)]
        assert np.isnan(measured.series[response].reshape(-1, 6)[:, 1]).all()
    for response, weight in (
        ("patrol_coverage", n_areas), ("unvisited_share", n_areas), ("patrol_coverage_population", people)
    ):  # fmt: skip
        parts = [value[sectors[index], response] for index in patrolled]
        assert value["all", response] == pytest.approx(np.average(parts, weights=weight[patrolled]))
    coverage = scenario.coverage
    static = {
        "site_protection": coverage.weight_sites,
        "checkpoint_fill": coverage.weight_checkpoints,
        "crossing_fill": coverage.weight_crossing_points,
    }
    asked = {part: weight for part, weight in static.items() if not np.isnan(value[sectors[1], part])}
    expected = sum(value[sectors[1], part] * weight for part, weight in asked.items()) / sum(asked.values())
    assert value[sectors[1], "coverage"] == pytest.approx(expected)
    assert value[sectors[1], "patrols_per_day"] == 0


def test_before_any_visit_everything_is_unvisited_and_nothing_has_an_age() -> None:
    scenario = shipped("lesson", experiment__sweep_days=2)
    values = of_the_theatre(scenario, replicate(scenario, "two-stages", troops=0, seed=3, replication=0))
    assert values["unvisited_share"] == 1
    assert values["patrol_coverage"] == values["patrol_coverage_population"] == 0
    assert np.isnan(values["revisit_age_h"])


def test_strength_of_a_sector_is_that_of_its_contingents() -> None:
    scenario = shipped("kfor-2001", experiment__sweep_days=1)
    series = measure(scenario, replicate(scenario, "balanced", troops=10_000, seed=3, replication=0)).series
    first_day = series["strength"][:6]
    in_file = dict.fromkeys(scenario.theatre.sectors, 0)
    for contingent in scenario.contingents.values():
        in_file[contingent.sector] += contingent.strength
    expected = [10_000 * strength / scenario.strength for strength in in_file.values()]
    assert first_day[-1] == pytest.approx(10_000)
    assert first_day[:-1] == pytest.approx(expected, abs=5)


def test_waits_are_means_over_the_vehicles_checked(trace: Trace, values: dict[str, float]) -> None:
    """From sums of an hour each: a mean over the vehicles that came after the warm-up, at both kinds of posts."""
    edges_s = np.arange(0, END_S + H, H)
    streams = Streams(trace.seed, trace.replication)
    sums = simulate_vehicles(LESSON, layout_of(LESSON), trace.events, streams, edges_s)
    late = edges_s[:-1] >= WARM_UP_S

    def mean_min(*kinds: QueueSums) -> float:
        wait_s, checked = (sum(getattr(one, name)[0, late].sum() for one in kinds) for name in ("wait_s", "checked"))
        return float(wait_s / checked / 60)

    both = sums.checkpoints, sums.crossing_points
    assert values["checkpoint_wait_min"] == pytest.approx(mean_min(sums.checkpoints))
    assert values["crossing_wait_min"] == pytest.approx(mean_min(sums.crossing_points))
    assert values["vehicle_wait_min"] == pytest.approx(mean_min(*both))
    checked, arrived = (sum(getattr(one, name)[0, late].sum() for one in both) for name in ("checked", "arrived"))
    assert values["vehicles_checked_share"] == pytest.approx(checked / arrived)
    assert 0.2 < checked / arrived < 0.98
    assert values["vehicle_wait_p95_min"] == sums.both().wait_counts.quantile_s(0.95)[-1] / 60
    assert values["vehicle_wait_p95_min"] > values["vehicle_wait_min"]
    series = measure(LESSON, trace).series
    is_all, days = series["sector"] == 1, late.reshape(-1, 24)[:, 0]
    n_checked = sum(one.checked[0].reshape(-1, 24).sum(axis=1) for one in both)
    by_day = series["vehicle_wait_min"][is_all]
    assert np.average(by_day[days], weights=n_checked[days]) == pytest.approx(values["vehicle_wait_min"])
