"""The headquarters: at each shift change, gives the sections of every sector to tasks.

It musters who is there, asks what each task needs, shares sections out by the policy's rule (:mod:`sim.tasks`), tells
the posts that change, and sends out the tours that sections allow. It is one process for all sectors: they may lend
each other sections, and one pass over all of them is cheaper than five.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from enum import IntEnum

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait
from sim.force import Force, Muster
from sim.policies.routing import Router
from sim.processes.post import POST_TASKS, Orders, Posts
from sim.scenario.schema import Task
from sim.streams import Streams
from sim.tasks import TASK_INDEX, Allocator, share_out
from sim.tours import TourPlanner
from sim.trace import ShiftRow, TourBlock, Trace

Ints = NDArray[np.int64]
SendOut = Callable[[TourBlock], None]


class Duty(IntEnum):
    """What a section does in a shift, in a trace that keeps rosters; a task's duty is its index in TASKS."""

    CROSSING_POINTS = 0
    RESERVE = 1
    SITES = 2
    CHECKPOINTS = 3
    PATROLS = 4
    STANDBY = 5
    NOT_ON_DUTY = 6
    NOT_IN_FORCE = 7


def headquarters(
    env: simpy.Environment,
    *,
    shift_s: int,
    force: Force,
    posts: Posts,
    orders: list[Orders],
    reserve_sections: Ints,
    allocator: Allocator,
    lends: bool,
    planner: TourPlanner,
    router: Router,
    send_out: SendOut,
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
    allocator, lends, planner, router
        The policy's rule, and whether sectors lend each other sections; who draws slots and makes tours; where tours
        go.
    send_out
        The execution: called with the tours of a shift.
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
        supply = _count_supply(muster, force)
        given = share_out(supply, demand, force.can_do, force.may_enter, allocator, lends=lends)
        allocated = given.sum(axis=(0, 2))
        for sector, n_sections in enumerate(allocated.tolist()):
            for task in POST_TASKS:
                for row, order in posts.man(sector, task, n_sections[TASK_INDEX[task]]):
                    orders[row].give(order)
        trace.shifts.append(_shift_row(now_s, muster, demand, allocated, given.sum(axis=(1, 2, 3))))
        trace.tasked.append((slots.sector, slots.depart_s))
        sections = _in_pools(muster, force)
        if trace.keeps_roster:
            trace.rosters.append(_roster(force, sections, supply, given))
        rows = np.flatnonzero(slots.rank < allocated[slots.sector, TASK_INDEX[Task.PATROLS]])
        tours = planner.make_tours(shift, slots, rows, _on_patrol(sections, supply, given, lends=lends), router)
        force.send_out(tours.section, tours.free_s)
        trace.tours.append(tours)
        send_out(tours)
        yield Wait(env, shift_s, Turn.ALLOCATION)


def _count_supply(muster: Muster, force: Force) -> Ints:
    """Sections that can be given a task, by sector and group of caveats."""
    n_groups = len(force.can_do)
    if n_groups == 1:
        return np.array([[len(sections)] for sections in muster.available])
    return np.array([np.bincount(force.caveat_group[one], minlength=n_groups) for one in muster.available])


def _in_pools(muster: Muster, force: Force) -> Ints:
    """Available sections, pool by pool: by home sector, and in it by group of caveats.

    The first sections of a pool go to its tasks in the order of TASKS, patrols last and in the order of the sectors
    that they go to; the rest stand by.
    """
    sections = np.concatenate(muster.available)
    if len(force.can_do) == 1:
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


def _roster(force: Force, sections: Ints, supply: Ints, given: Ints) -> NDArray[np.int8]:
    """Duty of every numbered section in this shift."""
    n_given = given.sum(axis=1).reshape(supply.size, -1)
    n_by_duty = np.column_stack([n_given, supply.ravel() - n_given.sum(axis=1)])
    duty = np.where(force.in_force, Duty.NOT_ON_DUTY, Duty.NOT_IN_FORCE).astype(np.int8)
    duty[sections] = np.repeat(np.tile(np.arange(Duty.STANDBY + 1), supply.size), n_by_duty.ravel())
    return duty
