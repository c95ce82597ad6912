"""Troops to task: how many sections each task asks for, and which task the next section goes to.

The rule has two parts. *Floors* are met first, in order of *priority*: a floor is the share of a task's demand that is
manned before anything else gets a section. What remains is shared by *weight*, section by section, up to each task's
demand. Written as an order (the first section goes here, the next one there), the rule never takes a section from a
task when there is one more to give: more troops never do less of anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Task

TASKS: tuple[Task, ...] = tuple(Task)
TASK_INDEX: dict[Task, int] = {task: index for index, task in enumerate(TASKS)}

_ROUNDING = 1e-9


def sections_for(crew_soldiers: float, section_size: float) -> int:
    """Whole sections for posts that together need `crew_soldiers` at a time.

    Parameters
    ----------
    crew_soldiers
        Soldiers on the posts at a time; at least 0.
    section_size
        Soldiers in a section; above 0. One section can man several small posts.

    Examples
    --------
    >>> sections_for(crew_soldiers=20, section_size=9)
    3
    """
    return math.ceil(crew_soldiers / section_size - _ROUNDING)


def posts_manned(crew_soldiers: NDArray[np.float64], n_sections: int, section_size: float) -> int:
    """How many posts, counted from the first, `n_sections` can man.

    Parameters
    ----------
    crew_soldiers
        Soldiers for each post, the most important post first.
    n_sections
        Sections given to them.
    section_size
        Soldiers in a section.
    """
    enough = n_sections * section_size + _ROUNDING
    return int(np.searchsorted(np.cumsum(crew_soldiers), enough, side="right"))


def allocation_order(
    demand: Sequence[int], floor: Mapping[Task, float], weight: Mapping[Task, float], priority: Sequence[Task]
) -> NDArray[np.int64]:
    """Task of each next section: element i is the index in :data:`TASKS` of what section i does.

    Parameters
    ----------
    demand
        Sections asked for by task, in the order of :data:`TASKS`.
    floor
        Share of its demand that a task gets first, in [0, 1]; 0 where missing.
    weight
        Share of what remains; 0 where missing: then a task gets its floor only.
    priority
        All tasks, the first to be manned first. It also settles ties between weights.

    Returns
    -------
    array of int, shape (n,)
        n is at most the sum of the demand; sections beyond it stay idle.

    Notes
    -----
    Above the floors, sections go to the largest of weight / (2 j + 1), where j counts what the task already has above
    its floor: the method of Webster and Sainte-Lague, which is house-monotone (Balinski and Young, *Fair
    Representation*, 1982).

    Examples
    --------
    >>> order = allocation_order([1, 0, 4, 0, 4], {Task.CROSSING_POINTS: 1.0}, {Task.SITES: 1, Task.PATROLS: 1},
    ...                          [Task.CROSSING_POINTS, Task.RESERVE, Task.SITES, Task.CHECKPOINTS, Task.PATROLS])
    >>> [TASKS[index].value for index in order[:4]]
    ['crossing_points', 'sites', 'patrols', 'sites']
    """
    tasks, keys = [], []
    for rank, task in enumerate(priority):
        index = TASK_INDEX[task]
        n_floor = math.ceil(floor.get(task, 0.0) * demand[index] - _ROUNDING)
        tasks.append(np.full(n_floor, index))
        keys.append(np.column_stack([np.full(n_floor, -1.0), np.full(n_floor, rank)]))
        if weight.get(task, 0.0) > 0:
            j = np.arange(demand[index] - n_floor)
            tasks.append(np.full(len(j), index))
            keys.append(np.column_stack([(2 * j + 1) / weight[task], np.full(len(j), rank)]))
    key = np.concatenate(keys)
    return np.concatenate(tasks)[np.lexsort((key[:, 1], key[:, 0]))].astype(np.int64)


class AllocationTable:
    """Allocation of every number of sections for one demand, looked up in constant time.

    Parameters
    ----------
    order
        As :func:`allocation_order` returns it.
    """

    def __init__(self, order: NDArray[np.int64]) -> None:
        given = np.zeros((len(order) + 1, len(TASKS)), dtype=np.int64)
        given[np.arange(1, len(order) + 1), order] = 1
        self._sections = np.cumsum(given, axis=0)

    def allocate(self, n_sections: int) -> NDArray[np.int64]:
        """Sections by task, in the order of :data:`TASKS`, when `n_sections` can be given."""
        allocated: NDArray[np.int64] = self._sections[min(n_sections, len(self._sections) - 1)]
        return allocated
