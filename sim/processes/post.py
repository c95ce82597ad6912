"""Posts: guarded sites, checkpoints and crossing points, each a process that sleeps until something changes.

A site is unmanned, manned, or handed over to the police. A checkpoint is unmanned (vehicles pass unchecked) or manned.
A crossing point is closed or open; while it is *blocked* it is closed whoever is there, and counts as unmanned. An
*order*, from the headquarters or from what blocks it, moves a post from state to state; the post writes what happened
into the trace. :class:`Posts` is the headquarters' board: whose each post is and who should man it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import ProcessGenerator

from sim.scenario.schema import Scenario, Task
from sim.tasks import TASK_INDEX, TASKS, posts_manned, sections_for
from sim.theatre import Layout
from sim.trace import EventKind, Trace

POST_TASKS = (Task.CROSSING_POINTS, Task.SITES, Task.CHECKPOINTS)


class PostState(IntEnum):
    """State of a post."""

    UNMANNED = auto()
    MANNED = auto()
    POLICE = auto()
    BLOCKED_UNMANNED = auto()
    BLOCKED_MANNED = auto()


class Order(IntEnum):
    """What a post can be told: by the headquarters, or by a blockade that begins or ends."""

    MAN = auto()
    LEAVE = auto()
    HAND_OVER = auto()
    BLOCK = auto()
    UNBLOCK = auto()


@dataclass(frozen=True, slots=True)
class Post:
    """A post: its key, sector, task, and crew [soldiers at a time]."""

    key: str
    sector: str
    task: Task
    crew_soldiers: float


_MANNED, _UNMANNED, _POLICE = EventKind.POST_MANNED, EventKind.POST_UNMANNED, EventKind.SITE_HANDED_OVER
_ENTERS: dict[tuple[PostState, Order], tuple[PostState, EventKind | None]] = {
    (PostState.UNMANNED, Order.MAN): (PostState.MANNED, _MANNED),
    (PostState.UNMANNED, Order.HAND_OVER): (PostState.POLICE, _POLICE),
    (PostState.UNMANNED, Order.BLOCK): (PostState.BLOCKED_UNMANNED, None),
    (PostState.MANNED, Order.LEAVE): (PostState.UNMANNED, _UNMANNED),
    (PostState.MANNED, Order.HAND_OVER): (PostState.POLICE, _POLICE),
    (PostState.MANNED, Order.BLOCK): (PostState.BLOCKED_MANNED, _UNMANNED),
    (PostState.BLOCKED_UNMANNED, Order.MAN): (PostState.BLOCKED_MANNED, None),
    (PostState.BLOCKED_UNMANNED, Order.UNBLOCK): (PostState.UNMANNED, None),
    (PostState.BLOCKED_MANNED, Order.LEAVE): (PostState.BLOCKED_UNMANNED, None),
    (PostState.BLOCKED_MANNED, Order.UNBLOCK): (PostState.MANNED, _MANNED),
}
_ONLY = {Order.HAND_OVER: Task.SITES, Order.BLOCK: Task.CROSSING_POINTS}
"""Orders that suit the posts of one task only."""


class Orders:
    """Where a post's orders arrive. A post that waits gets one at once, for one event; others are kept in their order.

    Parameters
    ----------
    env
        The environment.
    """

    __slots__ = ("_env", "_kept", "_waiting")

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._kept: list[Order] = []
        self._waiting: simpy.Event | None = None

    def __len__(self) -> int:
        """Number of orders that nobody has taken yet."""
        return len(self._kept)

    def give(self, order: Order) -> None:
        """Give an order."""
        if self._waiting is None:
            self._kept.append(order)
        else:
            self._waiting.succeed(order)
            self._waiting = None

    def next(self) -> simpy.Event:
        """Event whose value is the next order; wait for it before asking for another."""
        event = simpy.Event(self._env)
        if self._kept:
            event.succeed(self._kept.pop(0))
        else:
            self._waiting = event
        return event


def post(env: simpy.Environment, post: Post, orders: Orders, trace: Trace) -> ProcessGenerator:
    """Obey orders for ever, unmanned at first.

    Parameters
    ----------
    env
        The environment.
    post
        The post.
    orders
        Where its orders arrive.
    trace
        Gets an event whenever it is manned, unmanned or handed over, with the crew as its value [soldiers].

    Raises
    ------
    ValueError
        If an order does not suit the state, such as manning a post that is manned.
    """
    state, place = PostState.UNMANNED, f"{post.sector}/{post.task.value}"
    while True:
        order: Order = yield orders.next()
        if (state, order) not in _ENTERS or _ONLY.get(order, post.task) is not post.task:
            raise ValueError(f"{post.key} at {env.now} s: {order.name} while {state.name}")
        state, kind = _ENTERS[state, order]
        if kind is not None:
            trace.record(int(env.now), kind, post.key, place, post.crew_soldiers)


class Posts:
    """The board of posts: which are KFOR's, and which of those the headquarters has manned.

    Of the posts of a sector and task those manned are always the first so many on the list, whose crews add up to no
    more than the soldiers given to them.

    Parameters
    ----------
    posts
        All posts of the task list; within a sector and task the most important first.
    sectors
        Keys of the sectors.
    section_size
        Soldiers in a section.

    Attributes
    ----------
    demand
        Sections that posts ask for, handed-over ones left out, sectors by tasks in the order of
        :data:`sim.tasks.TASKS`.
    """

    def __init__(self, posts: list[Post], sectors: tuple[str, ...], section_size: float) -> None:
        self.posts = posts
        self.demand = np.zeros((len(sectors), len(TASKS)), dtype=np.int64)
        self._section_size = section_size
        self._row_of = {post.key: row for row, post in enumerate(posts)}
        self._lists: dict[tuple[str, Task], _PostList] = {}
        for sector, key in enumerate(sectors):
            for task in POST_TASKS:
                self._lists[key, task] = _PostList(sector, TASK_INDEX[task], section_size)
        for row, post in enumerate(posts):
            self._lists[post.sector, post.task].add(row, post.crew_soldiers)
        self._by_sector = [{task: self._lists[key, task] for task in POST_TASKS} for key in sectors]
        for one in self._lists.values():
            self._ask(one)

    def man(self, sector: int, task: Task, n_sections: int) -> list[tuple[int, Order]]:
        """Man as many posts as `n_sections` can, the most important first; return who must be told what."""
        its = self._by_sector[sector][task]
        before, its.n_manned = its.n_manned, its.n_posts_for(n_sections)
        if its.n_manned >= before:
            return [(row, Order.MAN) for row in its.rows[before : its.n_manned]]
        return [(row, Order.LEAVE) for row in its.rows[its.n_manned : before]]

    def hand_over(self, key: str) -> int:
        """Take a site off KFOR's list for good; return its row."""
        row = self._row_of[key]
        its = self._lists[self.posts[row].sector, self.posts[row].task]
        its.remove(row)
        self._ask(its)
        return row

    def row_of(self, key: str) -> int | None:
        """Row of a post; None if there is no such post."""
        return self._row_of.get(key)

    def added_by_one_more(self, sector: int, task: Task, n_sections: int) -> int | None:
        """Row of the first post that one section more than `n_sections` can man; None if it can man no more."""
        its = self._by_sector[sector][task]
        n_posts = its.n_posts_for(n_sections)
        return its.rows[n_posts] if its.n_posts_for(n_sections + 1) > n_posts else None

    def _ask(self, one: _PostList) -> None:
        self.demand[one.sector, one.task] = sections_for(sum(one.crews), self._section_size)


class _PostList:
    """KFOR's posts of a sector and task (indices): their rows and crews, and how many of the first are manned."""

    def __init__(self, sector: int, task: int, section_size: float) -> None:
        self.sector = sector
        self.task = task
        self.rows: list[int] = []
        self.crews: list[float] = []
        self.n_manned = 0
        self._section_size = section_size
        self._n_posts_for: dict[int, int] = {}

    def add(self, row: int, crew_soldiers: float) -> None:
        """Put a post at the end of the list, before any is manned."""
        self.rows.append(row)
        self.crews.append(crew_soldiers)

    def n_posts_for(self, n_sections: int) -> int:
        """How many posts `n_sections` can man; remembered, since the same numbers come again and again."""
        if n_sections not in self._n_posts_for:
            self._n_posts_for[n_sections] = posts_manned(np.array(self.crews), n_sections, self._section_size)
        return self._n_posts_for[n_sections]

    def remove(self, row: int) -> None:
        """Take a post off the list."""
        at = self.rows.index(row)
        del self.rows[at], self.crews[at]
        self.n_manned -= at < self.n_manned
        self._n_posts_for.clear()


def list_posts(scenario: Scenario, layout: Layout) -> list[Post]:
    """Posts of the scenario's task list: crossing points, then sites, then checkpoints, each in the layout's order."""
    tasks = scenario.tasks
    sectors = layout.sector_keys
    crossing_points = [
        Post(key, sectors[sector], Task.CROSSING_POINTS, tasks.crossing_points.crew)
        for key, sector in zip(layout.crossing_keys, layout.crossing_sector.tolist(), strict=True)
    ]
    sites = [
        Post(key, sectors[sector], Task.SITES, tasks.sites.crew_of.get(key, tasks.sites.crew))
        for key, sector in zip(layout.site_keys, layout.site_sector.tolist(), strict=True)
    ]
    checkpoints = [
        Post(key, sectors[sector], Task.CHECKPOINTS, tasks.checkpoints.crew)
        for key, sector in zip(layout.checkpoint_keys, layout.checkpoint_sector.tolist(), strict=True)
    ]
    return crossing_points + sites[: tasks.sites.n] + checkpoints[: tasks.checkpoints.n]


def post_positions_km(scenario: Scenario, layout: Layout) -> NDArray[np.float64]:
    """Positions [km] of the posts that :func:`list_posts` gives, in its order, shape (n, 2)."""
    tasks = scenario.tasks
    sites, checkpoints = layout.site_km[: tasks.sites.n], layout.checkpoint_km[: tasks.checkpoints.n]
    return np.concatenate([layout.crossing_km.reshape(-1, 2), sites.reshape(-1, 2), checkpoints.reshape(-1, 2)])
