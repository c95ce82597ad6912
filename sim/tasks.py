"""Troops to task: how many sections each task asks for, and which task the next section goes to.

The rule has two parts. *Floors* are met first, in order of *priority*: a floor is the share of a task's demand that is
manned before anything else gets a section. What remains is shared by *weight*, section by section, up to each task's
demand. Written as an order (the first section goes here, the next one there), the rule never takes a section from a
task when there is one more to give: more troops never do less of anything.

Sections fall in *groups*: those of one group have the same *caveats*, tasks they will not do, sectors they will not
be lent to, incidents they will not answer. With caveats a section the rule has for a task must also be one that does
it; see :func:`share_out`.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.contingents import CaveatGroups
from sim.scenario.schema import Policy, Task

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TASKS: tuple[Task, ...] = tuple(Task)
TASK_INDEX: dict[Task, int] = {task: index for index, task in enumerate(TASKS)}

_ANSWERING = (Task.RESERVE, Task.PATROLS)
"""Tasks whose sections are the first to be sent to incidents."""
_ROUNDING = 1e-9
_N_SETS = 1 << len(TASKS)
_IN_SET: Bools = (np.arange(_N_SETS)[:, None] >> np.arange(len(TASKS)) & 1).astype(bool)
"""Sets of tasks, each numbered by the sum of 2**task over its tasks: which tasks are in it, shape (sets, tasks)."""


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

    def __init__(self, order: Ints) -> None:
        given = np.zeros((len(order) + 1, len(TASKS)), dtype=np.int64)
        given[np.arange(1, len(order) + 1), order] = 1
        self._sections = np.cumsum(given, axis=0)
        self.order = order

    @property
    def wanted(self) -> Ints:
        """Sections by task when there are enough for everything the rule mans."""
        most: Ints = self._sections[-1]
        return most

    def allocate(self, n_sections: int) -> Ints:
        """Sections by task, in the order of :data:`TASKS`, when `n_sections` can be given."""
        allocated: Ints = self._sections[min(n_sections, len(self._sections) - 1)]
        return allocated

    def allocate_able(self, n_able: Ints) -> Ints:
        """Sections by task when not every section does every task.

        The order is gone through unit by unit. A unit is manned if it and all manned before it can each have a section
        of its own: by Hall's theorem, if no set of tasks has more units manned than there are sections that do a task
        of the set. The first set to reach that limit ends all tasks in it, and so on: five steps at most.

        Parameters
        ----------
        n_able
            Shape (rows, 32), from :func:`sections_able`: how many sections do some task of each set of tasks.

        Returns
        -------
        Shape (rows, tasks).
        """
        n_units = len(self.order)
        unhindered: Ints = self._sections[np.minimum(n_able[:, -1], n_units)]
        if (unhindered @ _IN_SET.T <= n_able).all():
            return unhindered
        ended = np.zeros(len(n_able), dtype=np.int64)
        final = np.zeros((len(n_able), len(TASKS)), dtype=np.int64)
        every_set = np.arange(_N_SETS)
        for _ in TASKS:
            room = np.minimum(n_able - final @ _IN_SET.T, n_units)
            end = self._unit_beyond[every_set & ~ended[:, None], room]
            first = end.min(axis=1)
            reached = end.argmin(axis=1) & ~ended
            reached[first == n_units] = ~ended[first == n_units] & (_N_SETS - 1)
            final += self._sections[first] * _IN_SET[reached]
            ended |= reached
            if (ended == _N_SETS - 1).all():
                break
        return final

    @functools.cached_property
    def _unit_beyond(self) -> Ints:
        """For each set of tasks and number n, the unit of the order that is number n, from 0, of the set's units."""
        n_units = len(self.order)
        beyond = np.full((_N_SETS, n_units + 1), n_units, dtype=np.int64)
        for tasks in range(1, _N_SETS):
            units = np.flatnonzero(_IN_SET[tasks][self.order])
            beyond[tasks, : len(units)] = units
        return beyond


class Allocator:
    """A policy's rule, remembered for every demand that came up.

    Parameters
    ----------
    policy
        The policy whose floors, weights and priority decide.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._tables: dict[tuple[int, ...], AllocationTable] = {}

    def table(self, demand: tuple[int, ...]) -> AllocationTable:
        """Allocations of every number of sections; demand by task, in the order of :data:`TASKS`."""
        if demand not in self._tables:
            policy = self._policy
            self._tables[demand] = AllocationTable(
                allocation_order(demand, policy.floor, policy.weight, policy.priority)
            )
        return self._tables[demand]

    def allocate(self, demand: tuple[int, ...], n_sections: int) -> Ints:
        """Sections by task, in the order of :data:`TASKS`, when all sections do all tasks."""
        return self.table(demand).allocate(n_sections)


def sections_able(supply: Ints, can_do: Bools) -> Ints:
    """How many sections do at least one task of each set of tasks.

    Parameters
    ----------
    supply
        Shape (..., groups): sections of each group.
    can_do
        Shape (groups, tasks): whether a group does a task.

    Returns
    -------
    Shape (..., 32): for each of the sets of tasks, numbered by the sum of 2**task.
    """
    return np.asarray(supply @ (can_do @ _IN_SET.T), dtype=np.int64)


def share_out(supply: Ints, demand: Ints, caveats: CaveatGroups, allocator: Allocator, *, lends: bool) -> Ints:
    """Give the sections of all sectors to tasks.

    Parameters
    ----------
    supply
        Shape (sectors, groups): sections that can be given a task, where they are at home.
    demand
        Shape (sectors, tasks): sections asked for.
    caveats
        What each group does, enters and answers.
    allocator
        The policy's rule.
    lends
        Whether a sector lends sections that it has no task for.

    Returns
    -------
    Shape (sectors, sectors, groups, tasks): sections by home sector, sector they work in, group and task.

    Notes
    -----
    First every sector goes through its rule's order (:func:`allocation_order`) and mans each unit for which its
    sections can still be matched. That is the lexicographically best that the caveats allow, and one more section
    never takes one from a task (a transversal matroid that grows; Oxley, *Matroid Theory*, 2nd ed. 2011, chapter 11).
    Then task by task as many sections as the other tasks can spare come from one group after another. Reserve and
    patrols, who are the first to be sent to incidents, choose first, and choose the group that answers the most kinds
    of them. The posts, and reserve and patrols among groups that answer as many, take the group that does the fewest
    tasks, may enter the fewest sectors, and stands first: the most able stay free.
    Then, if the policy lends, idle sections are lent one by one. Of the sectors with a unit that the rule mans, that
    has no section and that an idle section may come and do, the one with the largest share of such units unmanned gets
    it (ties: the first), for its first such unit, from the least able group there is, from the sector with most of them
    idle (ties: the first). Lent sections only add: nobody who works is moved for them. Without caveats one more section
    takes none from a task anywhere; with caveats that holds for what a sector's own sections do, and lending never
    lowers it.
    """
    n_sectors, n_groups = supply.shape
    given = np.zeros((n_sectors, n_sectors, n_groups, len(TASKS)), dtype=np.int64)
    tables = [allocator.table(tuple(row)) for row in demand.tolist()]
    if n_groups == 1 and caveats.can_do.all():
        for sector, (table, n_sections) in enumerate(zip(tables, supply[:, 0].tolist(), strict=True)):
            given[sector, sector, 0] = table.allocate(n_sections)
    else:
        ranked = _ranked_by_task(caveats)
        n_able = sections_able(supply, caveats.can_do)
        for sector, table in enumerate(tables):
            allocated = table.allocate_able(n_able[sector : sector + 1])[0]
            given[sector, sector] = _staff(allocated, supply[sector], caveats.can_do, ranked)
    if lends:
        _lend(given, supply, tables, caveats)
    return given


def _staff(allocated: Ints, supply: Ints, can_do: Bools, ranked: list[list[int]]) -> Ints:
    """Which group does what, shape (groups, tasks): each task takes what it can from its first group, then the next.

    A group may give to a task as much as leaves every set of other tasks enough sections that do one of them.
    """
    given = np.zeros(can_do.shape, dtype=np.int64)
    left = supply.tolist()
    present = np.flatnonzero(supply)
    if len(present) == 1:
        given[present[0]] = allocated
        return given
    slack = (sections_able(supply, can_do) - _IN_SET @ allocated).tolist()
    does = can_do.tolist()
    for task in sorted(range(len(TASKS)), key=lambda one: TASKS[one] not in _ANSWERING):
        missing = int(allocated[task])
        for group in ranked[task]:
            if missing and left[group] and does[group][task]:
                others = _other_sets(tuple(does[group]))[task]
                n = min(missing, left[group], *(slack[one] for one in others))
                given[group, task] = n
                for one in others:
                    slack[one] -= n
                left[group] -= n
                missing -= n
    return given


@functools.cache
def _other_sets(does: tuple[bool, ...]) -> list[list[int]]:
    """For each task, the sets of other tasks of which a group does at least one, given which tasks it does."""
    touches = (_IN_SET & np.array(does)).any(axis=1)
    return [np.flatnonzero(touches & ~_IN_SET[:, task]).tolist() for task in range(len(TASKS))]


def _lend(given: Ints, supply: Ints, tables: list[AllocationTable], caveats: CaveatGroups) -> None:
    """Add to `given` what idle sections do in other sectors."""
    idle = (supply - given.sum(axis=(1, 3))).T.tolist()
    manned = given.sum(axis=(0, 2)).tolist()
    short = [int(table.wanted.sum()) - sum(row) for table, row in zip(tables, manned, strict=True)]
    if not any(map(any, idle)) or not any(short):
        return
    sectors = range(len(tables))
    does, enters, ranked = caveats.can_do.tolist(), caveats.may_enter.tolist(), _least_able_first(caveats)
    units = [[np.flatnonzero(table.order == task).tolist() for task in range(len(TASKS))] for table in tables]
    claims = [(-short[sector] / len(tables[sector].order), sector) for sector in sectors if short[sector]]
    heapq.heapify(claims)
    while claims:
        # Idle sections only become fewer: a sector that none can help now is never helped again.
        _, sector = heapq.heappop(claims)
        come = [one for one in ranked if enters[one][sector] and sum(idle[one]) > idle[one][sector]]
        missing = sorted(
            (its[n], task)
            for task, (its, n) in enumerate(zip(units[sector], manned[sector], strict=True))
            if n < len(its)
        )
        helped = ((task, one) for _, task in missing for one in come if does[one][task])
        task, group = next(helped, (-1, -1))
        if task < 0:
            continue
        home = max((one for one in sectors if one != sector), key=idle[group].__getitem__)
        given[home, sector, group, task] += 1
        idle[group][home] -= 1
        manned[sector][task] += 1
        short[sector] -= 1
        if short[sector]:
            heapq.heappush(claims, (-short[sector] / len(tables[sector].order), sector))


def _least_able_first(caveats: CaveatGroups) -> list[int]:
    """Groups by how many tasks they do, then by how many sectors they may enter."""
    ranked: list[int] = np.lexsort((caveats.may_enter.sum(axis=1), caveats.can_do.sum(axis=1))).tolist()
    return ranked


def _ranked_by_task(caveats: CaveatGroups) -> list[list[int]]:
    """For each task the groups in the order in which they are given to it."""
    posts = _least_able_first(caveats)
    n_answered = caveats.answers.sum(axis=1).tolist()
    answering = sorted(posts, key=lambda group: -n_answered[group])
    return [answering if task in _ANSWERING else posts for task in TASKS]
