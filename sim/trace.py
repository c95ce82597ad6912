"""The trace: everything that happened in one replication, append-only, and the one source of all responses.

Three stores, by how much of each there is. *Events* are tuples `(time_s, kind, entity, place, value)` of a closed set
of kinds: posts, strength, hand-overs. *Shifts* are columns, one row a shift change with an entry a sector. *Tours* are
columns, one row a tour that is sent out, with the times at which it would reach its areas; departure and return are
written into the row when they happen, and only they make a visit one. :meth:`Trace.rows` shows all three as one sorted
list of events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    STRENGTH_CHANGES = 2
    SITE_HANDED_OVER = 3
    SHIFT_CHANGES = 4
    POST_UNMANNED = 5
    POST_MANNED = 6
    TOUR_DEPARTS = 7
    AREA_VISITED = 8


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

    def __post_init__(self) -> None:
        self.departed_s = np.full(len(self.sector), NOT_YET)
        self.ended_s = np.full(len(self.sector), NOT_YET)

    def __len__(self) -> int:
        return len(self.sector)


@dataclass(frozen=True, slots=True)
class Names:
    """What the trace's indices mean: keys of sectors, kinds, tasks, and sections in their order."""

    sectors: tuple[str, ...]
    kinds: tuple[str, ...]
    tasks: tuple[str, ...]
    sections: tuple[str, ...]


@dataclass(slots=True)
class Record:
    """The stores of a trace, or what was cut off from them.

    Attributes
    ----------
    events, shifts, tours
        The three stores.
    tasked
        For each shift, sector and departure [s] of every tour that was tasked, whether or not it went out.
    """

    events: list[Event]
    shifts: list[ShiftRow]
    tours: list[TourBlock]
    tasked: list[tuple[Ints, Ints]]


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
    events, shifts, tours, tasked
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
        """Cut off and return what is over at `now_s` [s]: all but the tours from the first one still under way.

        A trace that is cut while it grows stays small; what was cut off is no longer part of it.
        """
        n_over = next((n for n, block in enumerate(self.tours) if (block.end_s >= now_s).any()), len(self.tours))
        record = Record(self.events, self.shifts, self.tours[:n_over], self.tasked)
        self.events, self.shifts, self.tours, self.tasked = [], [], self.tours[n_over:], []
        return record

    def tour_columns(self, *columns: str) -> list[Ints]:
        """Columns of all tours; see :func:`tour_columns`."""
        return tour_columns(self.tours, *columns)

    def visits(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Patrol area and time [s] of every visit made; see :func:`visits_of`."""
        return visits_of(self.tours, self.run_length_s)

    def rows(self) -> list[Event]:
        """All that happened as events, sorted by time, kind and entity."""
        return sorted([*self.events, *self._shift_events(), *self._tour_events()])

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
