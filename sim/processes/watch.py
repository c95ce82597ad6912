"""The watch: which section does what in the shift that lasts, and which of them could leave it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Task
from sim.tasks import TASK_INDEX
from sim.trace import TourBlock

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BUSY_S = int(np.iinfo(np.int64).max)
"""When a section will be free that answers an incident [s]: nobody knows."""


class Duty(IntEnum):
    """What a section does in a shift: a task's duty is its index in TASKS; on standby it has none but could."""

    CROSSING_POINTS = 0
    RESERVE = 1
    SITES = 2
    CHECKPOINTS = 3
    PATROLS = 4
    STANDBY = 5
    NOT_ON_DUTY = 6
    NOT_IN_FORCE = 7


class Watch:
    """Sections on duty in one shift.

    Parameters
    ----------
    shift
        Number of the shift.
    duty, at
        Of every numbered section: its :class:`Duty`, and the index of the sector it works in.
    tours
        Tours of this shift and of earlier ones that may still be out, this shift's first.
    theatre_reserve
        Sections of theatre-wide reserves that are on duty.
    """

    def __init__(
        self, shift: int, duty: NDArray[np.int8], at: NDArray[np.int16], tours: list[TourBlock], theatre_reserve: Ints
    ) -> None:
        self.shift = shift
        self.theatre_reserve = theatre_reserve
        self.tours = tours
        self._duty, self._at = duty, at
        self._bounds: dict[int, list[tuple[int, int, int]]] = {}
        self._idle: dict[tuple[int, int], Ints] = {}
        self._crews: dict[tuple[int, Task], list[int]] = {}

    def tours_of(self, sector: int, after_s: int) -> Iterator[tuple[TourBlock, int, int]]:
        """Blocks of tours that were not all over at a time [s], this shift's first, with begin and end of a sector."""
        if sector not in self._bounds:
            self._bounds[sector] = [
                (int(block.end_s.max(initial=0)), *np.searchsorted(block.sector, (sector, sector + 1)).tolist())
                for block in self.tours
            ]
        for block, (end_s, begin, end) in zip(self.tours, self._bounds[sector], strict=True):
            if end_s > after_s or block.shift == self.shift:
                yield block, begin, end

    def idle(self, sector: int, duty: int) -> Ints:
        """Sections of a sector that have a duty, in their order: reserve or standby."""
        if (sector, duty) not in self._idle:
            self._idle[sector, duty] = np.flatnonzero((self._duty == duty) & (self._at == sector))
        return self._idle[sector, duty]

    def crews(self, sector: int, task: Task) -> list[int]:
        """Sections that man a sector's posts of a task now; who leaves takes itself off the list."""
        if (sector, task) not in self._crews:
            self._crews[sector, task] = self.idle(sector, TASK_INDEX[task]).tolist()
        return self._crews[sector, task]

    def next_free_s(self, free_s: Ints, now_s: int) -> int | None:
        """When the next section of this watch will be free again [s], as far as it is known."""
        may_leave = (self._duty == TASK_INDEX[Task.RESERVE]) | (self._duty == Duty.STANDBY)
        may_leave |= self._duty == TASK_INDEX[Task.PATROLS]
        may_leave[self.theatre_reserve] = True
        later_s = free_s[may_leave]
        later_s = later_s[(later_s > now_s) & (later_s < BUSY_S)]
        return int(later_s.min()) if len(later_s) else None
