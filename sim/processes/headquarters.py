"""The headquarters: at each shift change, gives the sections of every sector to tasks.

It musters who is there, asks what each task needs, shares sections out by the policy's rule (:mod:`sim.tasks`), tells
the posts that change, and sends out the tours that sections allow. It is one process for all sectors: sections never
cross a sector's border, and one pass over all of them is cheaper than five.
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
from sim.processes.post import POST_TASKS, Posts
from sim.scenario.schema import Policy, Task
from sim.streams import Streams
from sim.tasks import TASK_INDEX, AllocationTable, allocation_order
from sim.tours import Slots, TourPlanner
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

    def allocate(self, demand: tuple[int, ...], n_sections: int) -> Ints:
        """Sections by task, in the order of :data:`sim.tasks.TASKS`."""
        if demand not in self._tables:
            policy = self._policy
            self._tables[demand] = AllocationTable(
                allocation_order(demand, policy.floor, policy.weight, policy.priority)
            )
        return self._tables[demand].allocate(n_sections)


def headquarters(
    env: simpy.Environment,
    *,
    shift_s: int,
    force: Force,
    posts: Posts,
    orders: list[simpy.Store],
    reserve_sections: Ints,
    allocator: Allocator,
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
        The pool of sections; the board of posts and the posts' order stores in its order.
    reserve_sections
        Sections of the quick reaction force asked for, by sector.
    allocator, planner, router
        The policy's rule; who draws slots and makes tours; where tours go.
    send_out
        The execution: called with the tours of a shift.
    streams, trace
        Randomness and record of the replication.
    """
    n_sectors = len(reserve_sections)
    slots_by_shift = planner.slots_by_shift(streams)
    yield Wait(env, 0, Turn.ALLOCATION)
    for shift in itertools.count():
        now_s = int(env.now)
        muster = force.muster(shift, now_s, streams)
        slots = next(slots_by_shift)
        demand = posts.demand.copy()
        demand[:, TASK_INDEX[Task.RESERVE]] = reserve_sections
        demand[:, TASK_INDEX[Task.PATROLS]] = np.bincount(slots.sector, minlength=n_sectors)
        allocated = np.array(
            [
                allocator.allocate(asked, len(available))
                for asked, available in zip(map(tuple, demand.tolist()), muster.available, strict=True)
            ]
        )
        for sector, sections in enumerate(allocated.tolist()):
            for task in POST_TASKS:
                for row, order in posts.man(sector, task, sections[TASK_INDEX[task]]):
                    orders[row].put(order)
        trace.shifts.append(_shift_row(now_s, muster, demand, allocated))
        trace.tasked.append((slots.sector, slots.depart_s))
        if trace.keeps_roster:
            trace.rosters.append(_roster(force, muster, allocated))
        tours = planner.make_tours(shift, slots, *_take_slots(slots, muster.available, allocated), router)
        force.send_out(tours.section, tours.free_s)
        trace.tours.append(tours)
        send_out(tours)
        yield Wait(env, shift_s, Turn.ALLOCATION)


def _take_slots(slots: Slots, available: list[Ints], allocated: Ints) -> tuple[Ints, Ints]:
    """Rows of the slots that go out, and the sections that take them: the last of those that have a task."""
    n_tours = allocated[:, TASK_INDEX[Task.PATROLS]]
    n_given = allocated.sum(axis=1).tolist()
    sections = [its[given - n : given] for its, given, n in zip(available, n_given, n_tours.tolist(), strict=True)]
    return np.flatnonzero(slots.rank < n_tours[slots.sector]), np.concatenate(sections)


def _shift_row(now_s: int, muster: Muster, demand: Ints, allocated: Ints) -> ShiftRow:
    return ShiftRow(
        time_s=now_s,
        n_sections=muster.n_sections,
        n_on_duty=muster.n_on_duty,
        n_on_leave=muster.n_on_leave,
        n_absent=muster.n_absent,
        n_still_out=muster.n_still_out,
        demand=demand,
        allocated=allocated,
    )


def _roster(force: Force, muster: Muster, allocated: Ints) -> NDArray[np.int8]:
    """Duty of every numbered section in this shift; available sections are given to tasks in the order of TASKS."""
    duty = np.where(force.in_force, Duty.NOT_ON_DUTY, Duty.NOT_IN_FORCE).astype(np.int8)
    for available, sections in zip(muster.available, allocated, strict=True):
        n_standby = len(available) - int(sections.sum())
        duty[available] = np.repeat(np.arange(Duty.STANDBY + 1), [*sections.tolist(), n_standby])
    return duty
