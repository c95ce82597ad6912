"""The reference task list over time: from a day on, a share of the first list is on it, task by task.

Of posts it is the first so many on their list, of tours a random part. Whatever share a policy asks for of that is the
policy's own: it changes what is done, and never what should be.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY
from sim.scenario.schema import Scenario, Task

Floats = NDArray[np.float64]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class TaskList:
    """Shares of the first list.

    Attributes
    ----------
    from_s
        When each set of shares begins to hold [s]; the first at 0 or before.
    shares
        Shape (n, tasks), tasks in the order of :class:`Task`.
    """

    from_s: list[int]
    shares: Floats

    def at(self, now_s: int) -> Floats:
        """Share of each task that is on the list at `now_s` [s]."""
        row: Floats = self.shares[bisect.bisect_right(self.from_s, now_s) - 1]
        return row


def task_list(scenario: Scenario, *, held: bool = False) -> TaskList:
    """The reference task list of a scenario; or, `held`, as it is on the first day for ever."""
    from_s, shares = [0], [dict.fromkeys(Task, 1.0)]
    for change in scenario.tasks.changes.values():
        change_s = (change.on - scenario.horizon.start).days * SECOND_PER_DAY
        if held and change_s > 0:
            break
        from_s.append(change_s)
        shares.append({**shares[-1], **change.share})
    return TaskList(from_s, np.array([[one[task] for task in Task] for one in shares]))


def of_demand(demand: NDArray[np.int64], share: Floats) -> NDArray[np.int64]:
    """Shares of a demand in sections or tours, tasks in the last axis of both, rounded up."""
    return np.ceil(demand * share - _ROUNDING).astype(np.int64)
