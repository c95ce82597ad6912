"""From post events to post-hours: how long sites were guarded, checkpoints manned and crossing points open.

A site handed over leaves what KFOR must guard but not the task list: it counts at the police's protection level, as
long as the police can guard so many sites; those handed over beyond that capacity count as unprotected. Where the task
list changes, the posts on it are those that the headquarters would man if it had all the sections that they ask for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.processes.post import POST_TASKS, Post
from sim.responses.integrals import Floats, Grid, StepIntegral
from sim.scenario.schema import Police, Task
from sim.task_list import TaskList, of_demand
from sim.tasks import TASK_INDEX, posts_manned, sections_for
from sim.trace import Event, EventKind

_POST_EVENTS = (EventKind.POST_MANNED, EventKind.POST_UNMANNED, EventKind.SITE_HANDED_OVER)
_Step = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class PostIntegrals:
    """Integrals [post s] from 0 to each edge, by sector, shape (n_sectors, n_edges)."""

    guarded_s: Floats
    protected_s: Floats
    kfor_sites_s: Floats
    police_sites_s: Floats
    sites_s: Floats
    checkpoints_manned_s: Floats
    checkpoints_s: Floats
    crossings_open_s: Floats
    crossings_s: Floats


class PostMeter:
    """Post-hours, from events that come piece by piece.

    Parameters
    ----------
    grid
        Bins of time.
    posts
        The posts of the task list.
    police
        What the police give a site, and how many they can guard.
    sectors
        Keys of the sectors.
    changes
        How the task list changes, if it does.
    """

    def __init__(
        self,
        grid: Grid,
        posts: list[Post],
        police: Police,
        sectors: tuple[str, ...],
        changes: ListChanges | None = None,
    ) -> None:
        self._grid = grid
        self._changes = changes
        self._crew_of = {post.key: post.crew_soldiers for post in posts}
        self._passes_s: dict[str, int] = {}
        self._police = police
        self._place_of = {post.key: (post.task, sectors.index(post.sector)) for post in posts}
        self._n_posts = {task: np.zeros(len(sectors)) for task in POST_TASKS}
        for task, sector in self._place_of.values():
            self._n_posts[task][sector] += 1
        self._manned = {task: StepIntegral(grid) for task in POST_TASKS}
        self._handed_over, self._protected = StepIntegral(grid), StepIntegral(grid)
        self._n_handed_over = 0
        self._is_manned: set[str] = set()

    def add(self, events: list[Event]) -> None:
        """Take in events, in order of time; those that are about no post of the list do not count."""
        manned: dict[Task, list[_Step]] = {task: [] for task in POST_TASKS}
        handed_over: list[_Step] = []
        protected: list[_Step] = []
        place_of, is_manned = self._place_of, self._is_manned
        for time_s, kind, key, _, _ in events:
            if kind not in _POST_EVENTS or key not in place_of:
                continue
            task, sector = place_of[key]
            if kind is EventKind.POST_MANNED:
                is_manned.add(key)
                manned[task].append((time_s, sector, 1.0))
            elif key in is_manned:
                is_manned.remove(key)
                manned[task].append((time_s, sector, -1.0))
            if kind is EventKind.SITE_HANDED_OVER:
                if self._n_handed_over < self._police.capacity_sites:
                    protected.append((time_s, sector, self._police.protection_level))
                handed_over.append((time_s, sector, 1.0))
                self._passes_s[key] = time_s
                self._n_handed_over += 1
        for task, steps in manned.items():
            _add(self._manned[task], steps)
        _add(self._handed_over, handed_over)
        _add(self._protected, protected)

    def close(self) -> PostIntegrals:
        """The integrals of what was taken in."""
        police_sites_s = self._handed_over.at_edges()
        if self._changes is None:
            required = {task: np.outer(n, self._grid.edges_s) for task, n in self._n_posts.items()}
            required[Task.SITES] -= police_sites_s
        else:
            required = {task: self._on_list_s(task, self._changes) for task in POST_TASKS}
        guarded_s = self._manned[Task.SITES].at_edges()
        return PostIntegrals(
            guarded_s=guarded_s,
            protected_s=guarded_s + self._protected.at_edges(),
            kfor_sites_s=required[Task.SITES],
            police_sites_s=police_sites_s,
            sites_s=required[Task.SITES] + police_sites_s,
            checkpoints_manned_s=self._manned[Task.CHECKPOINTS].at_edges(),
            checkpoints_s=required[Task.CHECKPOINTS],
            crossings_open_s=self._manned[Task.CROSSING_POINTS].at_edges(),
            crossings_s=required[Task.CROSSING_POINTS],
        )

    def _on_list_s(self, task: Task, changes: ListChanges) -> Floats:
        """Time of the posts on the list that are KFOR's, while the list changes and sites pass to the police."""
        integral = StepIntegral(self._grid)
        for sector in range(self._grid.n_sectors):
            keys = [key for key, place in self._place_of.items() if place == (task, sector)]
            passes_s = {key: self._passes_s[key] for key in keys if key in self._passes_s}
            times_s = sorted({0, *changes.times_s(), *passes_s.values()})
            n_posts = []
            for at_s in times_s:
                crews = [self._crew_of[key] for key in keys if passes_s.get(key, at_s + 1) > at_s]
                n_posts.append(changes.n_on_list(task, crews, at_s))
            _add(integral, [(t, sector, n) for t, n in zip(times_s, np.diff(n_posts, prepend=0).tolist(), strict=True)])
        return integral.at_edges()


@dataclass(frozen=True, slots=True)
class ListChanges:
    """How the task list changes: its shares, which hold from the next shift change on.

    Attributes
    ----------
    tasks
        Shares of the first list.
    section_size
        Soldiers in a section.
    shift_s
        Length of a shift [s].
    """

    tasks: TaskList
    section_size: float
    shift_s: int

    def times_s(self) -> list[int]:
        """When it changes [s], from 0 on."""
        return [-(-max(0, from_s) // self.shift_s) * self.shift_s for from_s in self.tasks.from_s]

    def n_on_list(self, task: Task, crews: list[float], at_s: int) -> int:
        """How many of a sector's posts with these crews are on the list at a time [s]."""
        share = self.tasks.at(at_s // self.shift_s * self.shift_s)[TASK_INDEX[task]]
        wanted = of_demand(np.array(sections_for(sum(crews), self.section_size)), share)
        return posts_manned(np.array(crews), int(wanted), self.section_size)


def _add(integral: StepIntegral, steps: list[_Step]) -> None:
    if steps:
        time_s, sector, delta = zip(*steps, strict=True)
        integral.add(np.array(time_s), np.array(sector), np.array(delta))
