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
from simpy.events import ProcessGenerator

from sim.scenario.schema import Scenario, Task
from sim.tasks import TASK_INDEX, TASKS, posts_manned, sections_for
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
        self._lists: dict[tuple[int, Task], _PostList] = {}
        self._row_of = {post.key: row for row, post in enumerate(posts)}
        self._list_of: dict[str, tuple[int, Task]] = {}
        index = {key: sector for sector, key in enumerate(sectors)}
        rows: dict[tuple[int, Task], list[int]] = {
            (sector, task): [] for sector in index.values() for task in POST_TASKS
        }
        for row, post in enumerate(posts):
            self._list_of[post.key] = index[post.sector], post.task
            rows[self._list_of[post.key]].append(row)
        for place, its_rows in rows.items():
            crews = [posts[row].crew_soldiers for row in its_rows]
            self._lists[place] = _PostList(its_rows, crews, section_size)
            self._ask(*place)

    def man(self, sector: int, task: Task, n_sections: int) -> list[tuple[int, Order]]:
        """Man as many posts as `n_sections` can, the most important first; return who must be told what."""
        its = self._lists[sector, task]
        before, its.n_manned = its.n_manned, its.n_posts_for(n_sections)
        if its.n_manned >= before:
            return [(row, Order.MAN) for row in its.rows[before : its.n_manned]]
        return [(row, Order.LEAVE) for row in its.rows[its.n_manned : before]]

    def hand_over(self, key: str) -> int:
        """Take a site off KFOR's list for good; return its row."""
        place, row = self._list_of[key], self._row_of[key]
        self._lists[place].remove(row)
        self._ask(*place)
        return row

    def _ask(self, sector: int, task: Task) -> None:
        crew_soldiers = sum(self._lists[sector, task].crews)
        self.demand[sector, TASK_INDEX[task]] = sections_for(crew_soldiers, self._section_size)


class _PostList:
    """KFOR's posts of a sector and task: their rows and crews, and how many of the first are manned."""

    def __init__(self, rows: list[int], crews: list[float], section_size: float) -> None:
        self.rows = rows
        self.crews = crews
        self.n_manned = 0
        self._section_size = section_size
        self._n_posts_for: dict[int, int] = {}

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
