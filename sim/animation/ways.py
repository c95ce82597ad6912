"""Ways: where sections that are sent to incidents set off from, and where they go afterwards.

A trace says when a section is called, how far it has to go, and when it arrives, is released and is home. Where that
is follows from what else it says: a tour that is called away is where it was then; a section that is called on its way
home from another incident is on that way; a crew is at that post of its sector and task from which the way is so long;
everybody else is at the base. Scenes are drawn again, from the same random numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR
from sim.positions import Ground, TourPositions
from sim.processes.post import POST_TASKS, list_posts, post_positions_km
from sim.processes.watch import Duty
from sim.scenario.schema import Scenario
from sim.streams import Streams
from sim.tasks import TASKS
from sim.theatre import Layout
from sim.trace import NOT_YET, CallOut, IncidentRow, TourBlock, Trace
from sim.violence.candidates import CandidateSource

Floats = NDArray[np.float64]

_SAME_KM = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """The ways of one section that is sent.

    Attributes
    ----------
    sets_off_s
        When it sets off to the scene [s]; from the call until then it turns out.
    start_km, scene_km
        Where it sets off from, and the scene [km].
    back_km, end_km
        Where it is when it is released, and where it goes then [km].
    """

    sets_off_s: int
    start_km: Floats
    scene_km: Floats
    back_km: Floats
    end_km: Floats


def scenes_km(scenario: Scenario, layout: Layout, trace: Trace) -> dict[str, Floats]:
    """Position [km] of every incident of a trace, escalations included, by its name.

    Parameters
    ----------
    scenario, layout
        What was run, and where.
    trace
        What happened.
    """
    if not trace.incidents:
        return {}
    source, streams = CandidateSource(scenario, layout), Streams(trace.seed, trace.replication)
    days = {row.arises_s // SECOND_PER_DAY for row in trace.incidents if row.source != "escalation"}
    drawn = {one.incident_id: np.array(one.km) for day in sorted(days) for one in source.on_day(day, streams)}
    return {row.incident_id: drawn[_first(row)] for row in trace.incidents}


def _first(row: IncidentRow) -> str:
    """The name of what an incident was before it escalated."""
    return row.incident_id.partition("+")[0] if row.source == "escalation" else row.incident_id


class WayFinder:
    """Finds ways, for one trace.

    Parameters
    ----------
    scenario, layout
        What was run, and where; a scenario with incidents.
    trace
        What happened.
    """

    def __init__(self, scenario: Scenario, layout: Layout, trace: Trace) -> None:
        if scenario.incidents is None:
            raise ValueError(f"scenario {scenario.name} has no incidents")
        self._ground = Ground(layout, scenario.theatre.detour_factor)
        self._positions = TourPositions(scenario, layout, self._ground)
        self._s_per_km = SECOND_PER_HOUR / scenario.incidents.answering.speed_km_h
        self._base_km = layout.base_km
        self._posts: dict[tuple[str, str], list[Floats]] = {}
        for post, km in zip(list_posts(scenario, layout), post_positions_km(scenario, layout), strict=True):
            self._posts.setdefault((post.sector, post.task.value), []).append(km)
        self._sectors = trace.names.sectors
        self._scene_km = scenes_km(scenario, layout, trace)
        self._cut_tours = _cut_tours(trace.tours)

    def ways(self, call_outs: Sequence[CallOut]) -> dict[int, Way]:
        """The ways of all call-outs of a trace, by the place of each among them.

        Parameters
        ----------
        call_outs
            All of them: one may begin where an earlier one ended.
        """
        found: dict[int, Way] = {}
        last: dict[int, int] = {}
        for index in sorted(range(len(call_outs)), key=lambda at: (call_outs[at].called_s, at)):
            one = call_outs[index]
            before = last.get(one.section)
            start_km = self._start_km(one, None if before is None else (call_outs[before], found[before]))
            found[index] = self._way(one, start_km)
            last[one.section] = index
        return found

    def _start_km(self, one: CallOut, before: tuple[CallOut, Way] | None) -> Floats:
        tour = self._cut_tours.get((one.section, one.called_s))
        if tour is not None and one.duty == Duty.PATROLS:
            block, row = tour
            return np.asarray(self._positions.at(block, np.array([row]), one.called_s)[0])
        if before is not None and before[0].home_s == one.called_s and not before[0].back_at_post:
            return self._on_the_way_home_km(*before, one.called_s)
        base_km: Floats = self._base_km[one.sector]
        scene_km = self._scene_km[one.incident_id]
        if abs(self._way_km(base_km, scene_km) - one.km) < _SAME_KM:
            return base_km
        for km in self._posts_of(one):
            if abs(self._way_km(km, scene_km) - one.km) < _SAME_KM:
                return km
        return base_km

    def _on_the_way_home_km(self, one: CallOut, way: Way, now_s: int) -> Floats:
        takes_s = max(1, round(self._way_km(way.back_km, way.end_km) * self._s_per_km))
        return self._along(way.back_km, way.end_km, (now_s - one.released_s) / takes_s)

    def _way(self, one: CallOut, start_km: Floats) -> Way:
        scene_km = self._scene_km[one.incident_id]
        takes_s = round(one.km * self._s_per_km)
        sets_off_s = one.arrives_s - takes_s
        back_km = scene_km
        if one.released_s != NOT_YET and one.arrived_s == NOT_YET:
            back_km = self._along(start_km, scene_km, (one.released_s - sets_off_s) / max(1, takes_s))
        return Way(sets_off_s, start_km, scene_km, back_km, self._end_km(one, back_km))

    def _end_km(self, one: CallOut, back_km: Floats) -> Floats:
        """Where a section goes when it is released: home, or a crew back to a post that is as far as it drove."""
        base_km: Floats = self._base_km[one.sector]
        posts = self._posts_of(one)
        if one.home_s == NOT_YET or not posts:
            return base_km
        takes_s = one.home_s - one.released_s
        fit = (km for km in posts if round(self._way_km(back_km, km) * self._s_per_km) == takes_s)
        return next(fit, base_km)

    def _posts_of(self, one: CallOut) -> list[Floats]:
        if one.duty == Duty.STANDBY or TASKS[one.duty] not in POST_TASKS:
            return []
        return self._posts.get((self._sectors[one.sector], TASKS[one.duty].value), [])

    def _way_km(self, start_km: Floats, end_km: Floats) -> float:
        return float(self._ground.way_km(start_km, end_km))

    def _along(self, start_km: Floats, end_km: Floats, share: float) -> Floats:
        shares = np.array([min(1.0, max(0.0, share))])
        return np.asarray(self._ground.between(start_km[None], end_km[None], shares)[0])


def _cut_tours(tours: Sequence[TourBlock]) -> dict[tuple[int, int], tuple[TourBlock, int]]:
    """Tours that were called away when under way, by section and time [s]."""
    found: dict[tuple[int, int], tuple[TourBlock, int]] = {}
    for block in tours:
        rows = np.flatnonzero(np.asarray(block.called) & (np.asarray(block.departed_s) != NOT_YET))
        for row in rows.tolist():
            found[int(block.section[row]), int(block.ended_s[row])] = block, row
    return found
