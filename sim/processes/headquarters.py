"""The headquarters: at each shift change, gives the sections of every sector to tasks.

It musters who is there, asks what each task needs, shares sections out by the policy's rule (:mod:`sim.tasks`), tells
the posts that change, sends out the tours that sections allow, and tells the dispatcher who is on duty. It is one
process for all sectors: they may lend each other sections, and one pass over all of them is cheaper than five.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait
from sim.force import Force, Muster
from sim.policies.routing import Router
from sim.processes.dispatch import Dispatcher
from sim.processes.drawdown import Asked
from sim.processes.post import POST_TASKS, Orders, Posts
from sim.processes.watch import Duty
from sim.scenario.schema import Task
from sim.streams import Streams
from sim.task_list import TaskList, of_demand
from sim.tasks import TASK_INDEX, Allocator, share_out
from sim.tours import TourPlanner
from sim.trace import ShiftRow, TourBlock, Trace

Ints = NDArray[np.int64]
SendOut = Callable[[TourBlock], None]
_TASKS = np.arange(len(TASK_INDEX))


def headquarters(
    env: simpy.Environment,
    *,
    shift_s: int,
    force: Force,
    posts: Posts,
    orders: list[Orders],
    reserve_sections: Ints,
    tasks: TaskList,
    asked: Asked,
    allocator: Allocator,
    lends: bool,
    planner: TourPlanner,
    router: Router,
    send_out: SendOut,
    dispatcher: Dispatcher | None,
    streams: Streams,
    trace: Trace,
) -> ProcessGenerator:
    """Plan a shift, sleep until the next.

    Parameters
    ----------
    env
        The environment.
    shift_s
        Length of a shift [s].
    force, posts, orders
        The pool of sections; the board of posts, and where their orders arrive, in its order.
    reserve_sections
        Sections of the quick reaction force asked for, by sector.
    tasks, asked
        The reference task list, and what the policy asks for of it.
    allocator, lends, planner, router
        The policy's rule, and whether sectors lend each other sections; who draws slots and makes tours; where tours
        go.
    send_out
        The execution: called with the tours of a shift.
    dispatcher
        Who sends sections to incidents; None without them.
    streams, trace
        Randomness and record of the replication.
    """
    n_sectors = len(reserve_sections)
    slots_by_shift = planner.slots_by_shift(streams, router)
    yield Wait(env, 0, Turn.ALLOCATION)
    for shift in itertools.count():
        now_s = int(env.now)
        muster = force.muster(shift, now_s, streams)
        slots = next(slots_by_shift)
        demand = posts.demand.copy()
        demand[:, TASK_INDEX[Task.RESERVE]] = reserve_sections
        demand[:, TASK_INDEX[Task.PATROLS]] = np.bincount(slots.sector, minlength=n_sectors)
        on_list = tasks.at(now_s)
        asked_for = demand
        if (on_list < 1).any() or (asked.share < 1).any():
            demand, asked_for = of_demand(demand, on_list), of_demand(demand, on_list * asked.share)
        supply = _count_supply(muster, force)
        given = share_out(supply, asked_for, force.caveats, allocator, lends=lends)
        allocated = given.sum(axis=(0, 2))
        for sector, n_sections in enumerate(allocated.tolist()):
            for task in POST_TASKS:
                for row, order in posts.man(sector, task, n_sections[TASK_INDEX[task]]):
                    orders[row].give(order)
        trace.shifts.append(_shift_row(now_s, muster, demand, allocated, given.sum(axis=(1, 2, 3))))
        is_tasked = slots.rank < demand[slots.sector, TASK_INDEX[Task.PATROLS]]
        trace.tasked.append((slots.sector[is_tasked], slots.depart_s[is_tasked]))
        sections = _in_pools(muster, force)
        rows = np.flatnonzero(slots.rank < allocated[slots.sector, TASK_INDEX[Task.PATROLS]])
        tours = planner.make_tours(shift, slots, rows, _on_patrol(sections, supply, given, lends=lends), router)
        force.send_out(tours.section, tours.free_s)
        trace.tours.append(tours)
        send_out(tours)
        if trace.keeps_roster or dispatcher is not None:
            duty, at = _who_does_what(force, sections, supply, given)
            if trace.keeps_roster:
                trace.rosters.append(duty)
            if dispatcher is not None:
                dispatcher.begin_watch(shift, duty, at, tours, muster.theatre_reserve, now_s)
        yield Wait(env, shift_s, Turn.ALLOCATION)


def _count_supply(muster: Muster, force: Force) -> Ints:
    """Sections that can be given a task, by sector and group of caveats."""
    n_groups = len(force.caveats.can_do)
    if n_groups == 1:
        return np.array([[len(sections)] for sections in muster.available])
    return np.array([np.bincount(force.caveat_group[one], minlength=n_groups) for one in muster.available])


def _in_pools(muster: Muster, force: Force) -> Ints:
    """Available sections, pool by pool: by home sector, and in it by group of caveats.

    The first sections of a pool go to its tasks in the order of TASKS, patrols last and in the order of the sectors
    that they go to; the rest stand by.
    """
    sections = np.concatenate(muster.available)
    if len(force.caveats.can_do) == 1:
        return sections
    return sections[np.lexsort((force.caveat_group[sections], force.sector[sections]))]


def _on_patrol(sections: Ints, supply: Ints, given: Ints, *, lends: bool) -> Ints:
    """The sections on patrol, by the sector they work in."""
    n_given, size = given.sum(axis=1).reshape(supply.size, -1), supply.ravel()
    ends = np.cumsum(size) - size + n_given.sum(axis=1)
    begins = ends - n_given[:, TASK_INDEX[Task.PATROLS]]
    patrols = np.concatenate([sections[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)])
    if not lends:
        return patrols
    n_patrols = given[..., TASK_INDEX[Task.PATROLS]].transpose(0, 2, 1)
    working_in = np.repeat(np.tile(np.arange(len(given)), supply.size), n_patrols.ravel())
    return patrols[np.argsort(working_in, kind="stable")]


def _shift_row(now_s: int, muster: Muster, demand: Ints, allocated: Ints, n_at_work: Ints) -> ShiftRow:
    return ShiftRow(
        time_s=now_s,
        n_sections=muster.n_sections,
        n_on_duty=muster.n_on_duty,
        n_on_leave=muster.n_on_leave,
        n_absent=muster.n_absent,
        n_in_hand_over=muster.n_in_hand_over,
        n_still_out=muster.n_still_out,
        demand=demand,
        allocated=allocated,
        n_at_work=n_at_work,
    )


def _who_does_what(
    force: Force, sections: Ints, supply: Ints, given: Ints
) -> tuple[NDArray[np.int8], NDArray[np.int16]]:
    """Duty of every numbered section in this shift, and the sector that those on duty work in."""
    n_sectors, n_pools = len(given), supply.size
    n_given = given.transpose(0, 2, 3, 1).reshape(n_pools, -1)
    n_idle = supply.ravel() - n_given.sum(axis=1)
    n_each = np.column_stack([n_given, n_idle]).ravel()
    duty = np.where(force.in_force, Duty.NOT_ON_DUTY, Duty.NOT_IN_FORCE).astype(np.int8)
    duty[sections] = np.repeat(np.tile(np.append(np.repeat(_TASKS, n_sectors), Duty.STANDBY), n_pools), n_each)
    at = force.sector.astype(np.int16)
    works_in = np.tile(np.append(np.tile(np.arange(n_sectors), len(_TASKS)), 0), (n_pools, 1))
    works_in[:, -1] = np.repeat(np.arange(n_sectors), supply.shape[1])
    at[sections] = np.repeat(works_in.ravel(), n_each)
    return duty, at
