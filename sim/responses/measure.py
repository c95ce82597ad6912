"""All responses of a replication: ratios of integrals over [warm-up, end), by sector and for the theatre, and by day.

Every response is a numerator over a denominator, each kept as an integral to each day's end; the theatre's ("all") is
the ratio of the sums. A ratio without a denominator (no sites, no tours tasked) is nan: there is no demand to fill.
Denominators are the reference task list's, whatever a policy asks for, but for `site_guard_fill` and `troops_to_task`,
which leave out the sites that were handed over.

Responses of incidents are no integrals over time but counts of those that arise; without incidents they are nan.
`utilisation` is the share of sections that were given a task at the shift change, whatever incidents then took from it:
`called_out_*` is beside it, not in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR, SECOND_PER_MINUTE, hours_to_s
from sim.model import layout_of
from sim.processes.post import list_posts
from sim.response_list import OF_THE_RUN, RESPONSES
from sim.responses.call_outs import CallOutIntegrals, CallOutMeter
from sim.responses.effort import EffortMeter
from sim.responses.gates import GateMeter
from sim.responses.incidents import IncidentMeter, IncidentSums, minutes_with_any
from sim.responses.integrals import Floats, Grid, Ints, day_edges, to_edges
from sim.responses.posts import ListChanges, PostMeter
from sim.responses.vehicles import QueueSums, VehicleSums, simulate_vehicles, simulates_vehicles
from sim.responses.visits import VisitMeter
from sim.scenario.schema import Scenario, Task
from sim.streams import Streams
from sim.task_list import task_list
from sim.theatre import Layout
from sim.tours import tours_tasked_per_day
from sim.trace import Event, Record, Trace, visits_of

P95 = "vehicle_wait_p95_min"
"""The response of vehicles that is no ratio, and has no daily series."""

_HOURS_PER_WEEK = 168


@dataclass(frozen=True, slots=True)
class Measured:
    """Responses of one replication.

    Attributes
    ----------
    responses
        Rows (sector, response, unit, value); sector "all" is the theatre; nan where there is no demand.
    series
        Columns of the daily series, all of one length: `day` (0 is the first), `sector` (index; the last is "all"),
        then a column a response or quantity; those of incidents, reserves and gates only if the scenario has any.
    response_times
        Rows (sector, minute, n): how many incidents were met in [minute, minute + 1) minutes, at 240 how many later
        than that, at inf how many never; only rows with any. Planned incidents, those of the warm-up, and those that
        were not due before the end are left out.
    """

    responses: list[tuple[str, str, str, float]]
    series: dict[str, Floats | Ints]
    response_times: list[tuple[str, float, int]] = field(default_factory=list)


class Meter:
    """Measures a replication piece by piece, so that its trace need never be whole.

    Parameters
    ----------
    scenario
        The scenario that is run.
    run_length_s
        Length of the run [s].
    layout
        The layout it is run on, if it is not that of the scenario's theatre.
    vehicles
        Streams of the replication, if its vehicles are to be simulated; see
        :func:`sim.responses.vehicles.simulates_vehicles`.
    holds_list
        Whether the task list is held as on the first day, as at a troop level.

    Examples
    --------
    >>> meter = Meter(scenario, run_length_s)  # doctest: +SKIP
    >>> replicate(scenario, "gates", troops=None, seed=1, replication=0, digest=meter.add)  # doctest: +SKIP
    >>> measured = meter.close()  # doctest: +SKIP
    """

    def __init__(
        self,
        scenario: Scenario,
        run_length_s: int,
        *,
        layout: Layout | None = None,
        vehicles: Streams | None = None,
        holds_list: bool = False,
    ) -> None:
        layout = layout or layout_of(scenario)
        self._scenario, self._layout, self._run_length_s = scenario, layout, run_length_s
        self._warm_up_s = hours_to_s(scenario.horizon.warm_up_h)
        self._grid = Grid(day_edges(run_length_s, self._warm_up_s), len(layout.sector_keys))
        self._visits = VisitMeter(
            self._grid,
            window_s=hours_to_s(scenario.coverage.window_h),
            area_sector=layout.area_sector,
            area_population=layout.area_population,
        )
        posts = list_posts(scenario, layout)
        shift_s = hours_to_s(scenario.force.shift_h)
        changes = ListChanges(task_list(scenario, held=holds_list), scenario.force.section_size, shift_s)
        self._posts = PostMeter(
            self._grid, posts, scenario.police, layout.sector_keys, changes if scenario.tasks.changes else None
        )
        self._streams = vehicles
        self._gates = {post.key for post in posts if post.task is not Task.SITES}
        self._gate_events: list[Event] = []
        self._effort = EffortMeter(self._grid, scenario)
        self._steps = GateMeter(scenario)
        self._incidents = (
            IncidentMeter(self._grid, scenario, scenario.incidents, layout, self._warm_up_s)
            if scenario.incidents
            else None
        )
        self._call_outs = CallOutMeter(self._grid, shift_s) if scenario.incidents else None

    def add(self, record: Record, complete_until_s: int) -> None:
        """Take in what happened; records come in order of time.

        Parameters
        ----------
        record
            Some of a trace.
        complete_until_s
            No visit before this time [s] is in a later record.
        """
        self._visits.add(*visits_of(record.tours, self._run_length_s), complete_until_s)
        self._posts.add(record.events)
        if self._streams is not None:
            self._gate_events += [event for event in record.events if event.entity in self._gates]
        self._effort.add(record)
        self._steps.add(record.events)
        if self._incidents is not None:
            self._incidents.add(record.incidents)
        if self._call_outs is not None:
            self._call_outs.add(record)

    def close(self) -> Measured:
        """Responses and daily series of all that was taken in; call it once."""
        scenario, edges_s = self._scenario, self._grid.edges_s
        waits = self._simulate_vehicles()
        incidents = self._incidents.close() if self._incidents else None
        call_outs = self._call_outs.close() if self._call_outs else None
        ratios = self._ratios(waits, call_outs)
        if incidents is not None and call_outs is not None:
            ratios |= self._ratios_of_incidents(incidents, call_outs)
        sectors = [*scenario.theatre.sectors, "all"]
        warm_up, end = int(np.searchsorted(edges_s, self._warm_up_s)), len(edges_s) - 1
        totals = {name: np.full(len(sectors), np.nan) for name in RESPONSES}
        totals |= {name: ratios[name].by_bins(np.array([warm_up, end]))[:, 0] for name in RESPONSES if name in ratios}
        totals["coverage"] = headline(scenario, totals)
        if incidents is not None:
            totals |= incidents.of_run
        totals[P95] = waits.both().wait_counts.quantile_s(0.95) / SECOND_PER_MINUTE
        days = np.flatnonzero((edges_s % SECOND_PER_DAY == 0) | (edges_s == self._run_length_s))
        daily = {name: ratio.by_bins(days) for name, ratio in ratios.items()}
        daily["coverage"] = headline(scenario, daily)
        n_days = len(days) - 1
        series: dict[str, Floats | Ints] = {
            "day": np.repeat(np.arange(n_days), len(sectors)),
            "sector": np.tile(np.arange(len(sectors)), n_days),
            **{name: daily[name].T.ravel() for name in _DAILY if name in daily},
            **self._steps.columns(edges_s[days[1:]], len(sectors) - 1),
        }
        rows = [
            (sector, name, unit, float(totals[name][index]))
            for index, sector in enumerate(sectors)
            for name, unit in RESPONSES.items()
        ]
        by_minute = [] if incidents is None else zip(sectors, incidents.by_minute, strict=True)
        times = [(sector, *row) for sector, counts in by_minute for row in minutes_with_any(counts)]
        return Measured(responses=rows, series=series, response_times=times)

    def _simulate_vehicles(self) -> VehicleSums:
        if self._streams is None:
            n_bins = len(self._grid.edges_s) - 1
            return VehicleSums(*(QueueSums.zeros(self._grid.n_sectors, n_bins) for _ in range(2)))
        edges_s = self._grid.edges_s
        return simulate_vehicles(self._scenario, self._layout, self._gate_events, self._streams, edges_s)

    def _ratios(self, waits: VehicleSums, call_outs: CallOutIntegrals | None) -> dict[str, _Ratio]:
        layout, n_sectors = self._layout, self._grid.n_sectors
        visits, posts, effort = self._visits.close(), self._posts.close(), self._effort.close()
        time_s = self._grid.edges_s.astype(np.float64)
        n_areas = np.bincount(layout.area_sector, minlength=n_sectors)
        people = np.bincount(layout.area_sector, weights=layout.area_population, minlength=n_sectors)
        is_patrolled = tours_tasked_per_day(self._scenario) > 0
        areas_s, people_s = np.outer(n_areas * is_patrolled, time_s), np.outer(people * is_patrolled, time_s)
        elapsed_s = np.tile(time_s, (n_sectors + 1, 1))
        days = elapsed_s / SECOND_PER_DAY
        duty_s, reserve_s = effort.available_s + effort.overtime_s, effort.reserve_s
        if call_outs is not None:
            duty_s, reserve_s = duty_s + call_outs.overtime_s, reserve_s - call_outs.reserve_s
        return {
            "patrol_coverage": _ratio(visits.covered_s, areas_s),
            "patrol_coverage_population": _ratio(visits.covered_population_s, people_s),
            "revisit_age_h": _ratio(visits.age_s2 / SECOND_PER_HOUR, visits.visited_s),
            "unvisited_share": _ratio(areas_s - visits.visited_s, areas_s),
            "patrols_per_day": _Ratio(_with_all(effort.completed), days),
            "patrol_fill": _ratio(effort.went_out, effort.tasked),
            "site_guard_fill": _ratio(posts.guarded_s, posts.kfor_sites_s),
            "site_protection": _ratio(posts.protected_s, posts.sites_s),
            "checkpoint_fill": _ratio(posts.checkpoints_manned_s, posts.checkpoints_s),
            "crossing_fill": _ratio(posts.crossings_open_s, posts.crossings_s),
            "reserve_fill": _ratio(reserve_s, effort.reserve_demand_s),
            "troops_to_task": _ratio(effort.available_s, effort.demand_s),
            "utilisation": _ratio(effort.at_work_s, effort.available_s),
            "duty_h_per_soldier_week": _ratio(duty_s * _HOURS_PER_WEEK, effort.sections_s),
            "vehicle_wait_min": _mean_wait(waits.both()),
            "vehicles_checked_share": _ratio(to_edges(waits.both().checked), to_edges(waits.both().arrived)),
            "checkpoint_wait_min": _mean_wait(waits.checkpoints),
            "crossing_wait_min": _mean_wait(waits.crossing_points),
            "strength": _Ratio(_with_all(effort.strength_s), elapsed_s),
            **({"reserves": _Ratio(_with_all(effort.reserves_s), elapsed_s)} if self._scenario.reserves else {}),
            "patrols_tasked": _Ratio(_with_all(effort.tasked), days),
            "patrols_completed": _Ratio(_with_all(effort.completed), days),
            "sites_kfor": _Ratio(_with_all(posts.kfor_sites_s), elapsed_s),
            "sites_police": _Ratio(_with_all(posts.police_sites_s), elapsed_s),
        }

    def _ratios_of_incidents(self, incidents: IncidentSums, call_outs: CallOutIntegrals) -> dict[str, _Ratio]:
        days = np.tile(self._grid.edges_s / SECOND_PER_DAY, (self._grid.n_sectors + 1, 1))
        return {
            "response_within_target": _ratio(incidents.in_time, incidents.judged),
            "incidents_per_day": _Ratio(_with_all(incidents.arose), days),
            "contained_share": _ratio(incidents.contained, incidents.arose),
            "escalations": _Ratio(_with_all(incidents.escalated), days),
            "unanswered_share": _ratio(incidents.unanswered, incidents.arose),
            "escorts_met": _ratio(incidents.escorts_in_time, incidents.escorts),
            "tension": _Ratio(incidents.tension_s, incidents.has_tension_s),
            "called_out_patrols_h_per_day": _Ratio(_with_all(call_outs.patrols_s / SECOND_PER_HOUR), days),
            "called_out_reserve_h_per_day": _Ratio(_with_all(call_outs.reserve_s / SECOND_PER_HOUR), days),
            "called_out_posts_h_per_day": _Ratio(_with_all(call_outs.posts_s / SECOND_PER_HOUR), days),
            "called_out_standby_h_per_day": _Ratio(_with_all(call_outs.standby_s / SECOND_PER_HOUR), days),
        }


_DAILY = (
    "strength",
    "reserves",
    *(name for name in RESPONSES if name not in OF_THE_RUN),
    "patrols_tasked",
    "patrols_completed",
    "sites_kfor",
    "sites_police",
    "tension",
)
"""Columns of the daily series, where there is anything to say."""


def measure(scenario: Scenario, trace: Trace, *, layout: Layout | None = None) -> Measured:
    """Responses and daily series of a replication from its whole trace.

    Parameters
    ----------
    scenario
        The scenario that was run.
    trace
        What happened.
    layout
        The layout it was run on, if it was not that of the scenario's theatre.
    """
    vehicles = Streams(trace.seed, trace.replication) if simulates_vehicles(scenario, trace.troops) else None
    meter = Meter(scenario, trace.run_length_s, layout=layout, vehicles=vehicles, holds_list=trace.troops is not None)
    meter.add(trace, trace.run_length_s)
    return meter.close()


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


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Numerator and denominator, integrals to each edge by sector, the theatre in the last row."""

    numerator: Floats
    denominator: Floats

    def by_bins(self, edges: Ints) -> Floats:
        """Ratio between neighbouring edges, given by their indices; nan where the denominator is 0."""
        numerator, denominator = np.diff(self.numerator[:, edges]), np.diff(self.denominator[:, edges])
        return np.asarray(numerator / np.where(denominator > 0, denominator, np.nan))


def _ratio(numerator: Floats, denominator: Floats) -> _Ratio:
    return _Ratio(_with_all(numerator), _with_all(denominator))


def _mean_wait(sums: QueueSums) -> _Ratio:
    """Mean wait of the vehicles checked [min]."""
    return _ratio(to_edges(sums.wait_s / SECOND_PER_MINUTE), to_edges(sums.checked))


def _with_all(by_sector: Floats) -> Floats:
    return np.vstack([by_sector, by_sector.sum(axis=0)])
