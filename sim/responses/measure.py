"""All responses of a replication: ratios of integrals over [warm-up, end), by sector and for the theatre, and by day.

Every response is a numerator over a denominator, each kept as an integral at every full hour; the theatre's ("all") is
the ratio of the sums. A ratio without a denominator (no sites, no tours tasked) is nan: there is no demand to fill.
Denominators are the reference task list's, whatever a policy asks for, but for `site_guard_fill` and `troops_to_task`,
which leave out the sites that were handed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR, hours_to_s
from sim.force import strength_by_contingent
from sim.model import layout_of
from sim.processes.post import list_posts
from sim.responses.hourly import Floats, Ints, Steps
from sim.responses.posts import integrate_posts
from sim.responses.visits import integrate_visits
from sim.scenario.schema import Scenario, Task
from sim.tasks import TASK_INDEX
from sim.theatre import Layout
from sim.tours import tours_tasked_per_day
from sim.trace import NOT_YET, EventKind, ShiftRow, Trace

RESPONSES: dict[str, str] = {
    "coverage": "share",
    "patrol_coverage": "share",
    "patrol_coverage_population": "share",
    "revisit_age_h": "h",
    "unvisited_share": "share",
    "patrols_per_day": "1/day",
    "patrol_fill": "share",
    "site_guard_fill": "share",
    "site_protection": "share",
    "checkpoint_fill": "share",
    "crossing_fill": "share",
    "reserve_fill": "share",
    "troops_to_task": "ratio",
    "utilisation": "share",
    "duty_h_per_soldier_week": "h",
}
"""Unit of each response, in the order in which they are reported."""

_HOURS_PER_WEEK = 168
_HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class Measured:
    """Responses of one replication.

    Attributes
    ----------
    responses
        Rows (sector, response, unit, value); sector "all" is the theatre; nan where there is no demand.
    series
        Columns of the daily series, all of one length: `day` (0 is the first), `sector` (index; the last is "all"),
        then a column a response or quantity.
    """

    responses: list[tuple[str, str, str, float]]
    series: dict[str, Floats | Ints]


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Numerator and denominator, integrals at each full hour by sector, the theatre in the last row."""

    numerator: Floats
    denominator: Floats

    def between(self, begin_h: int, end_h: int) -> Floats:
        return self._divide(
            self.numerator[:, end_h] - self.numerator[:, begin_h],
            self.denominator[:, end_h] - self.denominator[:, begin_h],
        )

    def by_bins(self, edges_h: Ints) -> Floats:
        return self._divide(np.diff(self.numerator[:, edges_h]), np.diff(self.denominator[:, edges_h]))

    @staticmethod
    def _divide(numerator: Floats, denominator: Floats) -> Floats:
        safe = np.where(denominator > 0, denominator, np.nan)
        return np.asarray(numerator / safe)


def measure(scenario: Scenario, trace: Trace, *, layout: Layout | None = None) -> Measured:
    """Responses and daily series of a replication.

    Parameters
    ----------
    scenario
        The scenario that was run.
    trace
        What happened.
    layout
        The layout it was run on, if it was not that of the scenario's theatre.
    """
    ratios = _ratios(scenario, trace, layout or layout_of(scenario))
    warm_up_h = round(scenario.horizon.warm_up_h)
    end_h = next(iter(ratios.values())).numerator.shape[1] - 1
    sectors = [*scenario.theatre.sectors, "all"]
    totals = {name: ratios[name].between(warm_up_h, end_h) for name in RESPONSES if name in ratios}
    totals["coverage"] = headline(scenario, totals)
    edges_h = np.append(np.arange(0, end_h, _HOURS_PER_DAY), end_h)
    n_days = len(edges_h) - 1
    daily = {name: ratio.by_bins(edges_h) for name, ratio in ratios.items()}
    daily["coverage"] = headline(scenario, daily)
    series: dict[str, Floats | Ints] = {
        "day": np.repeat(np.arange(n_days), len(sectors)),
        "sector": np.tile(np.arange(len(sectors)), n_days),
        **{name: daily[name].T.ravel() for name in ("strength", *RESPONSES, *_DAILY_QUANTITIES)},
    }
    rows = [
        (sector, name, unit, float(totals[name][index]))
        for index, sector in enumerate(sectors)
        for name, unit in RESPONSES.items()
    ]
    return Measured(responses=rows, series=series)


def headline(scenario: Scenario, parts: dict[str, Floats]) -> Floats:
    """The headline `coverage`: weighted mean of its four parts; a part that is nan drops out, weights renormalise."""
    weights = scenario.coverage
    weighted = [
        (parts["patrol_coverage"], weights.weight_patrols),
        (parts["site_protection"], weights.weight_sites),
        (parts["checkpoint_fill"], weights.weight_checkpoints),
        (parts["crossing_fill"], weights.weight_crossing_points),
    ]
    total = sum(np.where(np.isnan(part), 0.0, part) * weight for part, weight in weighted)
    weight_sum = sum(np.where(np.isnan(part), 0.0, weight) for part, weight in weighted)
    return np.asarray(total / np.where(weight_sum > 0, weight_sum, np.nan))


_DAILY_QUANTITIES = ("patrols_tasked", "patrols_completed", "sites_kfor", "sites_police")


def _ratios(scenario: Scenario, trace: Trace, layout: Layout) -> dict[str, _Ratio]:
    n_sectors, run_length_s = len(layout.sector_keys), trace.run_length_s
    area, visit_s = trace.visits()
    visits = integrate_visits(
        area,
        visit_s,
        window_s=hours_to_s(scenario.coverage.window_h),
        area_sector=layout.area_sector,
        area_population=layout.area_population,
        n_sectors=n_sectors,
        run_length_s=run_length_s,
    )
    time_s = np.arange(visits.covered_s.shape[1]) * float(SECOND_PER_HOUR)
    n_areas = np.bincount(layout.area_sector, minlength=n_sectors)
    people = np.bincount(layout.area_sector, weights=layout.area_population, minlength=n_sectors)
    is_patrolled = tours_tasked_per_day(scenario) > 0
    areas_s, people_s = np.outer(n_areas * is_patrolled, time_s), np.outer(people * is_patrolled, time_s)
    posts = integrate_posts(list_posts(scenario, layout), scenario.police, trace)
    tours, shifts = _count_tours(trace), _integrate_shifts(trace)
    elapsed_s = np.tile(time_s, (n_sectors + 1, 1))
    days = elapsed_s / SECOND_PER_DAY
    return {
        "patrol_coverage": _ratio(visits.covered_s, areas_s),
        "patrol_coverage_population": _ratio(visits.covered_population_s, people_s),
        "revisit_age_h": _ratio(visits.age_s2 / SECOND_PER_HOUR, visits.visited_s),
        "unvisited_share": _ratio(areas_s - visits.visited_s, areas_s),
        "patrols_per_day": _Ratio(_with_all(tours["completed"]), days),
        "patrol_fill": _ratio(tours["went_out"], tours["tasked"]),
        "site_guard_fill": _ratio(posts.guarded_s, posts.kfor_sites_s),
        "site_protection": _ratio(posts.protected_s, posts.sites_s),
        "checkpoint_fill": _ratio(posts.checkpoints_manned_s, posts.checkpoints_s),
        "crossing_fill": _ratio(posts.crossings_open_s, posts.crossings_s),
        "reserve_fill": _ratio(shifts["reserve"], shifts["reserve_demand"]),
        "troops_to_task": _ratio(shifts["available"], shifts["demand"]),
        "utilisation": _ratio(shifts["allocated"], shifts["available"]),
        "duty_h_per_soldier_week": _ratio(
            (shifts["available"] + _integrate_overtime(scenario, trace)) * _HOURS_PER_WEEK, shifts["sections"]
        ),
        "strength": _Ratio(_with_all(_integrate_strength(scenario, trace)), elapsed_s),
        "patrols_tasked": _Ratio(_with_all(tours["tasked"]), days),
        "patrols_completed": _Ratio(_with_all(tours["completed"]), days),
        "sites_kfor": _Ratio(_with_all(posts.kfor_sites_s), elapsed_s),
        "sites_police": _Ratio(_with_all(posts.police_sites_s), elapsed_s),
    }


def _with_all(by_sector: Floats) -> Floats:
    return np.vstack([by_sector, by_sector.sum(axis=0)])


def _ratio(numerator: Floats, denominator: Floats) -> _Ratio:
    return _Ratio(_with_all(numerator), _with_all(denominator))


def _count_tours(trace: Trace) -> dict[str, Floats]:
    """Tours tasked to depart, tours that went out and were not cut short, and tours that came home complete."""
    n_sectors = len(trace.names.sectors)
    sector, departed_s, ended_s, end_s = trace.tour_columns("sector", "departed_s", "ended_s", "end_s")
    went_out = (departed_s != NOT_YET) & ((ended_s == NOT_YET) | (ended_s == end_s))
    completed = (departed_s != NOT_YET) & (ended_s == end_s)
    tasked_sector = np.concatenate([sectors for sectors, _ in trace.tasked])
    tasked_s = np.concatenate([departures for _, departures in trace.tasked])

    def count(time_s: Ints, sectors: Ints) -> Floats:
        return Steps(time_s, sectors, n_sectors=n_sectors, run_length_s=trace.run_length_s).count()

    return {
        "tasked": count(tasked_s, tasked_sector),
        "went_out": count(departed_s[went_out], sector[went_out]),
        "completed": count(ended_s[completed], sector[completed]),
    }


def _integrate_shifts(trace: Trace) -> dict[str, Floats]:
    """Integrals [section s] of what the headquarters saw and decided at shift changes."""
    n_sectors = len(trace.names.sectors)
    time_s = np.repeat([row.time_s for row in trace.shifts], n_sectors)
    sector = np.tile(np.arange(n_sectors), len(trace.shifts))
    reserve = TASK_INDEX[Task.RESERVE]
    steps = Steps(time_s, sector, n_sectors=n_sectors, run_length_s=trace.run_length_s)
    quantities: dict[str, Callable[[ShiftRow], Ints]] = {
        "sections": lambda row: row.n_sections,
        "available": lambda row: row.n_available,
        "demand": lambda row: row.demand.sum(axis=1),
        "allocated": lambda row: row.allocated.sum(axis=1),
        "reserve": lambda row: row.allocated[:, reserve],
        "reserve_demand": lambda row: row.demand[:, reserve],
    }
    integrals = {}
    for name, quantity in quantities.items():
        values = np.array([quantity(row) for row in trace.shifts], dtype=float)
        delta = np.diff(values, axis=0, prepend=np.zeros((1, n_sectors)))
        integrals[name] = steps.integrate(delta.ravel())
    return integrals


def _integrate_overtime(scenario: Scenario, trace: Trace) -> Floats:
    """Integral [section s] of the sections whose tour, or turn-round, goes on after their shift has ended."""
    sector, departed_s, free_s = trace.tour_columns("sector", "departed_s", "free_s")
    shift = np.repeat([block.shift for block in trace.tours], [len(block) for block in trace.tours])
    shift_ends_s = (shift + 1) * hours_to_s(scenario.force.shift_h)
    late = (departed_s != NOT_YET) & (free_s > shift_ends_s)
    size = {"n_sectors": len(trace.names.sectors), "run_length_s": trace.run_length_s}
    one = np.ones(int(late.sum()))
    begins, ends = Steps(shift_ends_s[late], sector[late], **size), Steps(free_s[late], sector[late], **size)
    return begins.integrate(one) - ends.integrate(one)


def _integrate_strength(scenario: Scenario, trace: Trace) -> Floats:
    """Integral of the strength [soldier s] of each sector's contingents."""
    keys = trace.names.sectors
    of_contingent = np.array([keys.index(one.sector) for one in scenario.contingents.values()], dtype=np.int64)
    changes = [event for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES]
    by_sector = np.array(
        [
            np.bincount(of_contingent, weights=strength_by_contingent(int(change.value), scenario), minlength=len(keys))
            for change in changes
        ]
    )
    delta = np.diff(by_sector, axis=0, prepend=np.zeros((1, len(keys))))
    time_s = np.repeat([change.time_s for change in changes], len(keys))
    sector = np.tile(np.arange(len(keys)), len(changes))
    return Steps(time_s, sector, n_sectors=len(keys), run_length_s=trace.run_length_s).integrate(delta.ravel())
