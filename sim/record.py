"""The stores of a trace: what they hold, and how it is read.

Times are whole seconds; what has not happened yet is `NOT_YET`. Sectors, kinds, tasks and sections are indices, which
:class:`Names` explains.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NOT_YET = -1

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class EventKind(IntEnum):
    """What can happen, in the order in which rows of one instant are listed."""

    TOUR_ENDS = 1
    SECTION_ARRIVES = 2
    INCIDENT_MET = 3
    INCIDENT_CONTAINED = 4
    INCIDENT_ESCALATES = 5
    INCIDENT_UNANSWERED = 6
    SECTION_RELEASED = 7
    SECTION_RETURNS = 8
    STRENGTH_CHANGES = 9
    RESERVE_CALLED = 10
    RESERVE_ARRIVES = 11
    RESERVE_LEAVES = 12
    GATE_REVIEWED = 13
    GATE_OPENS = 14
    GATE_REVERSED = 15
    SITE_HANDED_OVER = 16
    SHIFT_CHANGES = 17
    POST_UNMANNED = 18
    POST_MANNED = 19
    TOUR_DEPARTS = 20
    AREA_VISITED = 21
    INCIDENT_ARISES = 22
    SECTION_CALLED = 23


class IncidentEnd(IntEnum):
    """How an incident ended; it is open while it has not."""

    OPEN = 0
    CONTAINED = 1
    ESCALATED = 2
    UNANSWERED = 3


class Event(NamedTuple):
    """One row: when [s], what, who, where, and how much (soldiers, sections, stops)."""

    time_s: int
    kind: EventKind
    entity: str
    place: str
    value: float


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """What the headquarters saw and decided at one shift change; arrays have an entry a sector, all in sections.

    `demand` and `allocated` have a column a task, in the order of :class:`sim.scenario.schema.Task`. Sections are
    counted where they are at home, also `n_at_work`, those with a task anywhere; `allocated` counts those that work in
    a sector, lent ones too.
    """

    time_s: int
    n_sections: Ints
    n_on_duty: Ints
    n_on_leave: Ints
    n_absent: Ints
    n_in_hand_over: Ints
    n_still_out: Ints
    demand: Ints
    allocated: Ints
    n_at_work: Ints

    @property
    def n_available(self) -> Ints:
        """Sections that can be given a task: on duty, less on leave, absent, in hand-over or still out."""
        return self.n_on_duty - self.n_on_leave - self.n_absent - self.n_in_hand_over - self.n_still_out


@dataclass(slots=True)
class TourBlock:
    """The tours that one shift sends out, as columns of n rows: by sector, and in a sector in order of departure.

    Attributes
    ----------
    tour_id
        Number of the tour's slot in its shift and sector: the same in every policy.
    sector, kind, section
        Indices of sector, patrol kind and section.
    depart_s, end_s, free_s
        Planned departure, return, and end of the turn-round [s].
    area, visit_s
        Indices of the patrol areas and when each would be reached [s], n by the largest number of stops; -1 where a
        tour has no such stop. 32 bits suffice for 68 years.
    departed_s, ended_s
        What happened [s]; `NOT_YET` until it does.
    called
        Whether its section was called away to an incident: before departure, and the tour never leaves, or on tour,
        which then ends before `end_s`.
    """

    shift: int
    tour_id: Ints
    sector: Ints
    kind: Ints
    section: Ints
    depart_s: Ints
    end_s: Ints
    free_s: Ints
    area: NDArray[np.int32]
    visit_s: NDArray[np.int32]
    departed_s: Ints = field(init=False)
    ended_s: Ints = field(init=False)
    called: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.departed_s = np.full(len(self.sector), NOT_YET)
        self.ended_s = np.full(len(self.sector), NOT_YET)
        self.called = np.zeros(len(self.sector), dtype=bool)

    def __len__(self) -> int:
        return len(self.sector)


@dataclass(slots=True)
class IncidentRow:
    """One incident; one that escalates ends, and another arises.

    Attributes
    ----------
    incident_id
        The same in every policy and at every strength.
    source
        Key of the shock or dated incident, "base", or "escalation".
    kind, sector
        Indices of kind and sector.
    place
        Key of the post, or name of the patrol area, where it is.
    arises_s
        When it arises and is reported [s].
    n_needed
        Sections that must be there at once.
    met_s, ended_s
        When they were, and when it ended [s]; `NOT_YET` until then.
    end
        How it ended.
    """

    incident_id: str
    source: str
    kind: int
    sector: int
    place: str
    arises_s: int
    n_needed: int
    met_s: int = NOT_YET
    ended_s: int = NOT_YET
    end: IncidentEnd = IncidentEnd.OPEN


@dataclass(slots=True)
class CallOut:
    """One section sent to an incident.

    Attributes
    ----------
    incident_id
        Of the incident it was called to; the first one if that escalated.
    section
        Index of the section.
    sector, duty
        Where it was at work, and the index of its task, or the number of tasks if it was on standby.
    called_s, arrives_s
        When it is called, and when it would arrive [s].
    km
        Its way to the incident [km].
    arrived_s, released_s
        When it arrived and was released [s]; `NOT_YET` until then.
    home_s
        When it is back at its base or post, or called out again on its way there [s]. Written when known, so that it
        may lie ahead, and beyond the end of the run.
    back_at_post
        Whether it went back to the post that it was called from.
    """

    incident_id: str
    section: int
    sector: int
    duty: int
    called_s: int
    arrives_s: int
    km: float
    arrived_s: int = NOT_YET
    released_s: int = NOT_YET
    home_s: int = NOT_YET
    back_at_post: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What the trace's indices mean: keys of sectors, kinds of patrol, tasks, and sections, and kinds of incident."""

    sectors: tuple[str, ...]
    kinds: tuple[str, ...]
    tasks: tuple[str, ...]
    sections: tuple[str, ...]
    incident_kinds: tuple[str, ...] = ()


@dataclass(slots=True)
class Record:
    """The stores of a trace, or what was cut off from them.

    Attributes
    ----------
    events, shifts, tours, incidents, call_outs
        The five stores.
    tasked
        For each shift, sector and departure [s] of every tour that was tasked, whether or not it went out.
    """

    events: list[Event]
    shifts: list[ShiftRow]
    tours: list[TourBlock]
    tasked: list[tuple[Ints, Ints]]
    incidents: list[IncidentRow] = field(default_factory=list)
    call_outs: list[CallOut] = field(default_factory=list)


def tour_columns(tours: list[TourBlock], *columns: str) -> list[Ints]:
    """Columns of tours, each joined over shifts; `area` and `visit_s` keep a column a stop."""
    joined = []
    for column in columns:
        empty = np.empty((0, 1) if column in ("area", "visit_s") else 0, dtype=np.int64)
        parts = [getattr(block, column) for block in tours]
        joined.append(np.concatenate(parts).astype(np.int64) if parts else empty)
    return joined


def visits_of(tours: list[TourBlock], run_length_s: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Patrol area and time [s] of every visit that tours made before the end of the run.

    A visit is made when its area is reached, by a tour that had departed and had not ended.
    """
    if not tours:
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
    area, visit_s, departed_s, ended_s = (
        np.concatenate([getattr(block, column) for block in tours])
        for column in ("area", "visit_s", "departed_s", "ended_s")
    )
    until_s = np.where(ended_s == NOT_YET, run_length_s, np.minimum(ended_s + 1, run_length_s))
    until_s[departed_s == NOT_YET] = 0
    made = (visit_s >= 0) & (visit_s < until_s.astype(visit_s.dtype)[:, None])
    return area[made], visit_s[made]
