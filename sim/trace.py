"""The trace: everything that happened in one replication, append-only, and the one source of all responses.

Five stores, by how much of each there is. *Events* are tuples `(time_s, kind, entity, place, value)` of a closed set
of kinds: posts, strength, hand-overs, gates, reserves. *Shifts* are columns, one row a shift change with an entry a
sector. *Tours* are columns, one row a tour that is sent out, with the times at which it would reach its areas;
departure and return are written into the row when they happen, and only they make a visit one. *Incidents* and
*call-outs*, sections sent to them, are rows that are filled in as they go on. :meth:`Trace.rows` shows all five as one
sorted list of events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.record import (
    NOT_YET,
    CallOut,
    Event,
    EventKind,
    Floats,
    IncidentEnd,
    IncidentRow,
    Ints,
    Names,
    Record,
    ShiftRow,
    TourBlock,
    tour_columns,
    visits_of,
)

__all__ = [
    "NOT_YET",
    "CallOut",
    "Event",
    "EventKind",
    "Floats",
    "IncidentEnd",
    "IncidentRow",
    "Ints",
    "Names",
    "Record",
    "ShiftRow",
    "TourBlock",
    "Trace",
    "answer_events",
    "tour_columns",
    "visits_of",
]

_T = TypeVar("_T")


class Trace(Record):
    """What happened in one replication.

    Parameters
    ----------
    names
        The meaning of indices.
    run_length_s
        The run is [0, run_length_s) [s].
    policy, troops, seed, replication
        What was run; `troops` is None when the policy's own stages were.
    keeps_roster
        Also keep what every section did in every shift (one byte a section and shift).

    Attributes
    ----------
    events, shifts, tours, tasked, incidents, call_outs
        See :class:`Record`.
    rosters
        For each shift, the duty of every section, if kept.
    """

    def __init__(
        self,
        names: Names,
        *,
        run_length_s: int,
        policy: str,
        troops: int | None,
        seed: int,
        replication: int,
        keeps_roster: bool = False,
    ) -> None:
        super().__init__([], [], [], [])
        self.names = names
        self.run_length_s = run_length_s
        self.policy = policy
        self.troops = troops
        self.seed = seed
        self.replication = replication
        self.keeps_roster = keeps_roster
        self.rosters: list[NDArray[np.int8]] = []

    def record(self, time_s: int, kind: EventKind, entity: str, place: str = "", value: float = 0.0) -> None:
        """Append an event; `time_s` [s] may not lie before the last one's."""
        if self.events and time_s < self.events[-1].time_s:
            raise ValueError(f"{kind.name} of {entity} at {time_s} s comes before {self.events[-1].time_s} s")
        self.events.append(Event(time_s, kind, entity, place, value))

    def cut(self, now_s: float) -> Record:
        """Cut off and return what is over at `now_s` [s]; the end of the run or later: everything.

        Not over are the tours from the first one still under way, incidents still open, and sections not yet home. A
        trace that is cut while it grows stays small; what was cut off is no longer part of it.
        """
        n_over = next((n for n, block in enumerate(self.tours) if (block.end_s >= now_s).any()), len(self.tours))
        record = Record(self.events, self.shifts, self.tours[:n_over], self.tasked, self.incidents, self.call_outs)
        self.events, self.shifts, self.tours, self.tasked = [], [], self.tours[n_over:], []
        self.incidents, self.call_outs = [], []
        if now_s < self.run_length_s:
            record.incidents, self.incidents = _parted(record.incidents, lambda one: NOT_YET < one.ended_s < now_s)
            record.call_outs, self.call_outs = _parted(record.call_outs, lambda one: NOT_YET < one.home_s < now_s)
        return record

    def tour_columns(self, *columns: str) -> list[Ints]:
        """Columns of all tours; see :func:`tour_columns`."""
        return tour_columns(self.tours, *columns)

    def visits(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Patrol area and time [s] of every visit made; see :func:`visits_of`."""
        return visits_of(self.tours, self.run_length_s)

    def rows(self) -> list[Event]:
        """All that happened as events, sorted by time, kind and entity."""
        answers = answer_events(self, self.names, self.run_length_s)
        return sorted([*self.events, *self._shift_events(), *self._tour_events(), *answers])

    def _shift_events(self) -> Iterator[Event]:
        for row in self.shifts:
            for sector, name in enumerate(self.names.sectors):
                for task, task_name in enumerate(self.names.tasks):
                    value = float(row.allocated[sector, task])
                    yield Event(row.time_s, EventKind.SHIFT_CHANGES, name, task_name, value)

    def _tour_events(self) -> Iterator[Event]:
        for block in self.tours:
            columns: Sequence[list[int]] = [
                np.asarray(column).tolist()
                for column in (block.section, block.sector, block.kind, block.departed_s, block.ended_s)
            ]
            stops = zip(block.area.tolist(), block.visit_s.tolist(), strict=True)
            for section, sector, kind, departed_s, ended_s, (areas, times_s) in zip(*columns, stops, strict=True):
                if departed_s == NOT_YET:
                    continue
                name, place = self.names.sections[section], self.names.sectors[sector]
                n_visits = 0
                for area, time_s in zip(areas, times_s, strict=True):
                    if 0 <= time_s < self.run_length_s and (ended_s == NOT_YET or time_s <= ended_s):
                        yield Event(time_s, EventKind.AREA_VISITED, name, f"area-{area:03d}", 1.0)
                        n_visits += 1
                yield Event(departed_s, EventKind.TOUR_DEPARTS, name, f"{place}/{self.names.kinds[kind]}", 1.0)
                if ended_s != NOT_YET:
                    yield Event(ended_s, EventKind.TOUR_ENDS, name, place, float(n_visits))


def _parted(things: list[_T], is_over: Callable[[_T], bool]) -> tuple[list[_T], list[_T]]:
    """Those that are over, and the others, in their order."""
    return [one for one in things if is_over(one)], [one for one in things if not is_over(one)]


_ENDS = {
    IncidentEnd.CONTAINED: EventKind.INCIDENT_CONTAINED,
    IncidentEnd.ESCALATED: EventKind.INCIDENT_ESCALATES,
    IncidentEnd.UNANSWERED: EventKind.INCIDENT_UNANSWERED,
}


def answer_events(record: Record, names: Names, run_length_s: int) -> list[Event]:
    """Incidents and call-outs as events before the end of the run [s], in no order.

    An incident's place is "sector/kind/place" as it arises, then only the place, and the value the sections needed. A
    section is called at "sector/duty/incident", so many km away; later its place is the incident, and the value is 1
    where it goes back to its post.
    """
    events: list[Event] = []
    for row in record.incidents:
        where, n_needed = f"{names.sectors[row.sector]}/{names.incident_kinds[row.kind]}/{row.place}", row.n_needed
        events.append(Event(row.arises_s, EventKind.INCIDENT_ARISES, row.incident_id, where, float(n_needed)))
        if row.met_s != NOT_YET:
            events.append(Event(row.met_s, EventKind.INCIDENT_MET, row.incident_id, row.place, float(n_needed)))
        if row.ended_s != NOT_YET:
            events.append(Event(row.ended_s, _ENDS[row.end], row.incident_id, row.place, float(n_needed)))
    duties = (*names.tasks, "standby")
    for one in record.call_outs:
        name, where = names.sections[one.section], f"{names.sectors[one.sector]}/{duties[one.duty]}/{one.incident_id}"
        events.append(Event(one.called_s, EventKind.SECTION_CALLED, name, where, one.km))
        for kind, time_s, value in (
            (EventKind.SECTION_ARRIVES, one.arrived_s, 0.0),
            (EventKind.SECTION_RELEASED, one.released_s, 0.0),
            (EventKind.SECTION_RETURNS, one.home_s, float(one.back_at_post)),
        ):
            if NOT_YET < time_s < run_length_s:
                events.append(Event(time_s, kind, name, one.incident_id, value))
    return events
