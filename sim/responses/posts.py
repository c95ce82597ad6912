"""From post events to post-hours: how long sites were guarded, checkpoints manned and crossing points open.

A site handed over leaves what KFOR must guard but not the task list: it counts at the police's protection level, as
long as the police can guard so many sites; those handed over beyond that capacity count as unprotected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.processes.post import POST_TASKS, Post
from sim.responses.integrals import Floats, Grid, StepIntegral
from sim.scenario.schema import Police, Task
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
    """

    def __init__(self, grid: Grid, posts: list[Post], police: Police, sectors: tuple[str, ...]) -> None:
        self._grid = grid
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
                self._n_handed_over += 1
        for task, steps in manned.items():
            _add(self._manned[task], steps)
        _add(self._handed_over, handed_over)
        _add(self._protected, protected)

    def close(self) -> PostIntegrals:
        """The integrals of what was taken in."""
        required = {task: np.outer(n, self._grid.edges_s) for task, n in self._n_posts.items()}
        guarded_s, police_sites_s = self._manned[Task.SITES].at_edges(), self._handed_over.at_edges()
        return PostIntegrals(
            guarded_s=guarded_s,
            protected_s=guarded_s + self._protected.at_edges(),
            kfor_sites_s=required[Task.SITES] - police_sites_s,
            police_sites_s=police_sites_s,
            sites_s=required[Task.SITES],
            checkpoints_manned_s=self._manned[Task.CHECKPOINTS].at_edges(),
            checkpoints_s=required[Task.CHECKPOINTS],
            crossings_open_s=self._manned[Task.CROSSING_POINTS].at_edges(),
            crossings_s=required[Task.CROSSING_POINTS],
        )


def _add(integral: StepIntegral, steps: list[_Step]) -> None:
    if steps:
        time_s, sector, delta = zip(*steps, strict=True)
        integral.add(np.array(time_s), np.array(sector), np.array(delta))
