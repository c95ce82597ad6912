"""From post events to post-hours: how long sites were guarded, checkpoints manned and crossing points open.

A site handed over leaves what KFOR must guard but not the task list: it counts at the police's protection level, as
long as the police can guard so many sites; those handed over beyond that capacity count as unprotected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.clock import SECOND_PER_HOUR
from sim.processes.post import Post
from sim.responses.hourly import Floats, Steps
from sim.scenario.schema import Police, Task
from sim.trace import EventKind, Trace

_POST_EVENTS = (EventKind.POST_MANNED, EventKind.POST_UNMANNED, EventKind.SITE_HANDED_OVER)


@dataclass(frozen=True, slots=True)
class PostIntegrals:
    """Integrals [post s] from 0 to each full hour, by sector, shape (n_sectors, hours + 1)."""

    guarded_s: Floats
    protected_s: Floats
    kfor_sites_s: Floats
    police_sites_s: Floats
    sites_s: Floats
    checkpoints_manned_s: Floats
    checkpoints_s: Floats
    crossings_open_s: Floats
    crossings_s: Floats


def integrate_posts(posts: list[Post], police: Police, trace: Trace) -> PostIntegrals:
    """Post-hours of a replication.

    Parameters
    ----------
    posts
        The posts of the task list.
    police
        What the police give a site, and how many they can guard.
    trace
        What happened.
    """
    keys = trace.names.sectors
    sector_of = {post.key: keys.index(post.sector) for post in posts}
    task_of = {post.key: post.task for post in posts}
    manned: dict[Task, list[tuple[int, int, float]]] = {task: [] for task in Task}
    handed_over: list[tuple[int, int, float]] = []
    protected: list[tuple[int, int, float]] = []
    is_manned: set[str] = set()
    for event in trace.events:
        if event.kind not in _POST_EVENTS or event.entity not in task_of:
            continue
        sector = sector_of[event.entity]
        if event.kind is EventKind.POST_MANNED:
            is_manned.add(event.entity)
            manned[task_of[event.entity]].append((event.time_s, sector, 1.0))
        elif event.entity in is_manned:
            is_manned.remove(event.entity)
            manned[task_of[event.entity]].append((event.time_s, sector, -1.0))
        if event.kind is EventKind.SITE_HANDED_OVER:
            if len(handed_over) < police.capacity_sites:
                protected.append((event.time_s, sector, police.protection_level))
            handed_over.append((event.time_s, sector, 1.0))

    def integrate(steps: list[tuple[int, int, float]]) -> Floats:
        columns = np.array(steps, dtype=float).reshape(-1, 3).T
        when_s, where, delta = columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2]
        return Steps(when_s, where, n_sectors=len(keys), run_length_s=trace.run_length_s).integrate(delta)

    def required(task: Task) -> Floats:
        sectors = np.array([sector_of[post.key] for post in posts if post.task is task], dtype=np.int64)
        n = np.bincount(sectors, minlength=len(keys))
        return np.outer(n, np.arange(guarded_s.shape[1]) * float(SECOND_PER_HOUR))

    guarded_s, police_sites_s = integrate(manned[Task.SITES]), integrate(handed_over)
    sites_s = required(Task.SITES)
    return PostIntegrals(
        guarded_s=guarded_s,
        protected_s=guarded_s + integrate(protected),
        kfor_sites_s=sites_s - police_sites_s,
        police_sites_s=police_sites_s,
        sites_s=sites_s,
        checkpoints_manned_s=integrate(manned[Task.CHECKPOINTS]),
        checkpoints_s=required(Task.CHECKPOINTS),
        crossings_open_s=integrate(manned[Task.CROSSING_POINTS]),
        crossings_s=required(Task.CROSSING_POINTS),
    )
