"""From call-outs to the time that incidents take from tasks, and from sections beyond the end of their shift.

A *call-out* lasts from the call until the section is home. What lies within its shift is time *called out*, taken from
the task that it was on; what lies beyond is *overtime*, as a late tour's is. Its shift is the one in which it was
called, but for a section that was called from a tour of an earlier shift: its time is overtime altogether. All counts
in the sector in which it was at work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.processes.post import POST_TASKS
from sim.processes.watch import Duty
from sim.responses.integrals import Floats, Grid, Ints, StepIntegral
from sim.tasks import TASK_INDEX
from sim.trace import NOT_YET, CallOut, Record

_NEVER_S = np.iinfo(np.int64).max // 2


@dataclass(frozen=True, slots=True)
class CallOutIntegrals:
    """Integrals [section s] from 0 to each edge, by sector, shape (n_sectors, n_edges).

    `patrols_s`, `reserve_s` and `posts_s` are time called out from patrols, from the reserve and from posts;
    `standby_s` that of sections without a task, theatre-wide reserves among them, which is taken from no task.
    """

    patrols_s: Floats
    reserve_s: Floats
    posts_s: Floats
    standby_s: Floats
    overtime_s: Floats


class CallOutMeter:
    """Time of call-outs, from records that come piece by piece.

    Parameters
    ----------
    grid
        Bins of time.
    shift_s
        Length of a shift [s].
    """

    def __init__(self, grid: Grid, shift_s: int) -> None:
        self._grid = grid
        self._shift_s = shift_s
        self._call_outs: list[tuple[int, int, int, int, int]] = []
        self._shift_of_tour: dict[tuple[int, int], int] = {}

    def add(self, record: Record) -> None:
        """Take in a record; a tour may come before the call-out that ended it, or after."""
        self._call_outs += [_kept(one) for one in record.call_outs]
        for block in record.tours:
            rows = np.flatnonzero(np.asarray(block.called) & (np.asarray(block.departed_s) != NOT_YET))
            for section, ended_s in zip(block.section[rows].tolist(), block.ended_s[rows].tolist(), strict=True):
                self._shift_of_tour[section, ended_s] = block.shift

    def close(self) -> CallOutIntegrals:
        """The integrals of what was taken in."""
        columns = np.array(self._call_outs, dtype=np.int64).reshape(-1, 5).T
        section, sector, duty, called_s, home_s = columns
        shift = called_s // self._shift_s
        for row, key in enumerate(zip(section.tolist(), called_s.tolist(), strict=True)):
            shift[row] = self._shift_of_tour.get(key, shift[row])
        shift_ends_s = np.maximum((shift + 1) * self._shift_s, called_s)

        def called_out(*duties: int) -> Floats:
            mine = np.isin(duty, duties)
            return self._length(called_s[mine], np.minimum(home_s, shift_ends_s)[mine], sector[mine])

        return CallOutIntegrals(
            patrols_s=called_out(Duty.PATROLS),
            reserve_s=called_out(Duty.RESERVE),
            posts_s=called_out(*(TASK_INDEX[task] for task in POST_TASKS)),
            standby_s=called_out(Duty.STANDBY),
            overtime_s=self._length(shift_ends_s, np.maximum(home_s, shift_ends_s), sector),
        )

    def _length(self, from_s: Ints, until_s: Ints, sector: Ints) -> Floats:
        """Length of spans of time up to each edge, by sector."""
        total, end_s = StepIntegral(self._grid), self._grid.edges_s[-1]
        one = np.ones(len(sector))
        total.add(np.minimum(from_s, end_s), sector, one)
        total.add(np.minimum(until_s, end_s), sector, -one)
        return total.at_edges()


def _kept(one: CallOut) -> tuple[int, int, int, int, int]:
    home_s = _NEVER_S if one.home_s == NOT_YET else one.home_s
    return one.section, one.sector, one.duty, one.called_s, home_s
