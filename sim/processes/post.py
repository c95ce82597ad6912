"""Posts: guarded sites, checkpoints and crossing points, each a process that sleeps until something changes.

A site is unmanned, manned, or handed over to the police. A checkpoint is unmanned (vehicles pass unchecked) or manned.
A crossing point is closed or open. An *order* from the headquarters moves a post from state to state; the post writes
what happened into the trace. :class:`Posts` is the headquarters' board: whose each post is and who should man it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import ProcessGenerator

from sim.scenario.schema import Scenario, Task
from sim.tasks import posts_manned, sections_for
from sim.theatre import Layout
from sim.trace import EventKind, Trace

POST_TASKS = (Task.CROSSING_POINTS, Task.SITES, Task.CHECKPOINTS)


class PostState(Enum):
    """State of a post."""

    UNMANNED = auto()
    MANNED = auto()
    POLICE = auto()


class Order(Enum):
    """What the headquarters can tell a post."""

    MAN = auto()
    LEAVE = auto()
    HAND_OVER = auto()


@dataclass(frozen=True, slots=True)
class Post:
    """A post: its key, sector, task, and crew [soldiers at a time]."""

    key: str
    sector: str
    task: Task
    crew_soldiers: float


_ENTERS = {
    Order.MAN: (PostState.MANNED, EventKind.POST_MANNED),
    Order.LEAVE: (PostState.UNMANNED, EventKind.POST_UNMANNED),
    Order.HAND_OVER: (PostState.POLICE, EventKind.SITE_HANDED_OVER),
}
_ALLOWED = {
    PostState.UNMANNED: {Order.MAN, Order.HAND_OVER},
    PostState.MANNED: {Order.LEAVE, Order.HAND_OVER},
    PostState.POLICE: set[Order](),
}


def post(env: simpy.Environment, post: Post, orders: simpy.Store, trace: Trace) -> ProcessGenerator:
    """Obey orders for ever, unmanned at first.

    Parameters
    ----------
    env
        The environment.
    post
        The post.
    orders
        Where :class:`Order` items arrive.
    trace
        Gets one event a change of state, with the crew as its value [soldiers].

    Raises
    ------
    ValueError
        If an order does not suit the state, such as manning a post that is manned.
    """
    state = PostState.UNMANNED
    while True:
        order: Order = yield orders.get()
        if order not in _ALLOWED[state] or (order is Order.HAND_OVER and post.task is not Task.SITES):
            raise ValueError(f"{post.key} at {env.now} s: {order.name} while {state.name}")
        state, kind = _ENTERS[order]
        trace.record(int(env.now), kind, post.key, f"{post.sector}/{post.task.value}", post.crew_soldiers)


class Posts:
    """The board of posts: which are KFOR's, and which of those the headquarters has manned.

    Parameters
    ----------
    posts
        All posts of the task list; within a sector and task the most important first.
    sectors
        Keys of the sectors.
    section_size
        Soldiers in a section.
    """

    def __init__(self, posts: list[Post], sectors: tuple[str, ...], section_size: float) -> None:
        self.posts = posts
        self._section_size = section_size
        self._index = {post.key: index for index, post in enumerate(posts)}
        self._crew = np.array([post.crew_soldiers for post in posts], dtype=float)
        self._is_kfor = np.ones(len(posts), dtype=bool)
        self._is_manned = np.zeros(len(posts), dtype=bool)
        self._rows = {
            (sector, task): np.array([i for i, p in enumerate(posts) if p.sector == key and p.task is task], dtype=int)
            for sector, key in enumerate(sectors)
            for task in POST_TASKS
        }

    def demand(self, sector: int, task: Task) -> int:
        """Sections that the posts of a task ask for in a sector, handed-over ones left out."""
        return sections_for(float(self._crew[self._kfor_rows(sector, task)].sum()), self._section_size)

    def man(self, sector: int, task: Task, n_sections: int) -> list[tuple[int, Order]]:
        """Man as many posts as `n_sections` can, the most important first; return who must be told what."""
        rows = self._kfor_rows(sector, task)
        n_manned = posts_manned(self._crew[rows], n_sections, self._section_size)
        should = np.arange(len(rows)) < n_manned
        changed = rows[should != self._is_manned[rows]]
        self._is_manned[rows] = should
        return [(int(row), Order.MAN if self._is_manned[row] else Order.LEAVE) for row in changed]

    def hand_over(self, key: str) -> int:
        """Take a site off KFOR's list for good; return its row."""
        row = self._index[key]
        self._is_kfor[row] = False
        return row

    def _kfor_rows(self, sector: int, task: Task) -> NDArray[np.int64]:
        rows = self._rows[sector, task]
        kfor_rows: NDArray[np.int64] = rows[self._is_kfor[rows]]
        return kfor_rows


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
