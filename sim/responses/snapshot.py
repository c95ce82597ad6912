"""Snapshot: the state of a replication at one instant, read from its trace, whose time average the responses are.

What happens at an instant has happened in its snapshot: a post manned at noon is manned at noon. An area is *covered*
from a visit on until W, the coverage window, is over, as in :mod:`sim.responses.visits`; a tour is *out* from its
departure until its end.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR, hours_to_s
from sim.contingents import shared_at, strength_by_contingent
from sim.model import layout_of
from sim.processes.post import Post, PostState, list_posts
from sim.scenario.schema import Scenario, Task
from sim.theatre import Layout
from sim.tours import tours_tasked_per_day
from sim.trace import NOT_YET, EventKind, Trace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENTERS = {
    EventKind.POST_MANNED: PostState.MANNED,
    EventKind.POST_UNMANNED: PostState.UNMANNED,
    EventKind.SITE_HANDED_OVER: PostState.POLICE,
}
"""The state that a post enters, by the event that says so."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """State at one instant; S sectors and A patrol areas in the layout's order.

    Attributes
    ----------
    at_s
        The instant [s].
    policy, troops, seed, replication
        What was run, as in the trace.
    layout
        Where areas and posts are.
    since_visit_h : shape (A,)
        Time since the last visit [h], nan before the first.
    is_covered : shape (A,)
        Whether the last visit is less than the coverage window ago.
    is_patrolled : shape (S,)
        Whether the task list asks for patrols in the sector; elsewhere there is no coverage to speak of.
    posts, states
        The posts of the task list, and the state of each.
    tours_out, strength : shape (S,)
        Tours between departure and end; soldiers of the sector's contingents.
    """

    at_s: int
    policy: str
    troops: int | None
    seed: int
    replication: int
    layout: Layout
    since_visit_h: Floats
    is_covered: NDArray[np.bool_]
    is_patrolled: NDArray[np.bool_]
    posts: tuple[Post, ...]
    states: tuple[PostState, ...]
    tours_out: Ints
    strength: Ints

    @property
    def share_covered(self) -> Floats:
        """Share of each sector's areas that are covered, shape (S,); nan where no patrols are tasked."""
        n_areas, n_covered = self._count_areas()
        return np.asarray(n_covered / np.where(self.is_patrolled, n_areas, np.nan))

    @property
    def share_covered_in_all(self) -> float:
        """Share of the patrolled sectors' areas that are covered; nan where no patrols are tasked at all."""
        n_areas, n_covered = (counts[self.is_patrolled].sum() for counts in self._count_areas())
        return float(n_covered / n_areas) if n_areas else float("nan")

    def n_posts(self, task: Task, state: PostState) -> int:
        """Posts of a task that are in a state."""
        return sum(post.task is task and its is state for post, its in zip(self.posts, self.states, strict=True))

    def _count_areas(self) -> tuple[Ints, Ints]:
        sector, n_sectors = self.layout.area_sector, len(self.layout.sector_keys)
        return np.bincount(sector, minlength=n_sectors), np.bincount(sector[self.is_covered], minlength=n_sectors)


def take_snapshot(scenario: Scenario, trace: Trace, at_s: int, *, layout: Layout | None = None) -> Snapshot:
    """State of a replication at one instant.

    Parameters
    ----------
    scenario
        The scenario that was run.
    trace
        What happened.
    at_s
        The instant [s], in the run.
    layout
        The layout it was run on, if it was not that of the scenario's theatre.

    Returns
    -------
    Snapshot
        What has happened up to and at the instant.

    Raises
    ------
    ValueError
        If the instant is outside the run.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load("scenarios/lesson.toml")
    >>> trace = sim.model.replicate(scenario, "two-stages", troops=300, seed=1, replication=0)
    >>> snapshot = take_snapshot(scenario, trace, 60 * 3600)
    >>> snapshot.strength.tolist(), snapshot.n_posts(Task.CROSSING_POINTS, PostState.MANNED)
    ([300], 1)
    """
    if not 0 <= at_s < trace.run_length_s:
        raise ValueError(f"at_s = {at_s} s is outside the run, [0, {trace.run_length_s}) s")
    layout = layout or layout_of(scenario)
    last_s = _last_visits(trace, at_s, len(layout.area_sector))
    since_s = np.where(last_s == NOT_YET, np.nan, at_s - last_s)
    posts = list_posts(scenario, layout)
    return Snapshot(
        at_s=at_s,
        policy=trace.policy,
        troops=trace.troops,
        seed=trace.seed,
        replication=trace.replication,
        layout=layout,
        since_visit_h=since_s / SECOND_PER_HOUR,
        is_covered=since_s < hours_to_s(scenario.coverage.window_h),
        is_patrolled=tours_tasked_per_day(scenario) > 0,
        posts=tuple(posts),
        states=_states(posts, trace, at_s),
        tours_out=_tours_out(trace, at_s),
        strength=_strength(scenario, trace, at_s),
    )


def ending_after(scenario: Scenario, at_s: int) -> Scenario:
    """The scenario with a run that ends at the next midnight after `at_s` [s], without warm-up.

    A replication of it is the beginning of the same replication of `scenario`, up to and at `at_s`, and costs as much
    as the days it has.
    """
    n_days = at_s // SECOND_PER_DAY + 1
    end = scenario.horizon.start + dt.timedelta(days=n_days)
    horizon = scenario.horizon.model_copy(update={"end": end, "warm_up_h": 0.0})
    experiment = scenario.experiment.model_copy(update={"sweep_days": n_days})
    return scenario.model_copy(update={"horizon": horizon, "experiment": experiment})


def _last_visits(trace: Trace, at_s: int, n_areas: int) -> Ints:
    """Time of the last visit to each area [s], NOT_YET before the first."""
    area, visit_s = trace.visits()
    is_past = visit_s <= at_s
    last_s = np.full(n_areas, NOT_YET, dtype=np.int64)
    np.maximum.at(last_s, area[is_past], visit_s[is_past])
    return last_s


def _states(posts: list[Post], trace: Trace, at_s: int) -> tuple[PostState, ...]:
    state = {post.key: PostState.UNMANNED for post in posts}
    for event in trace.events:
        if event.time_s > at_s:
            break
        if event.kind in ENTERS and event.entity in state:
            state[event.entity] = ENTERS[event.kind]
    return tuple(state[post.key] for post in posts)


def _tours_out(trace: Trace, at_s: int) -> Ints:
    sector, departed_s, ended_s = trace.tour_columns("sector", "departed_s", "ended_s")
    is_out = (departed_s != NOT_YET) & (departed_s <= at_s) & ((ended_s == NOT_YET) | (ended_s > at_s))
    return np.bincount(sector[is_out], minlength=len(trace.names.sectors))


def _strength(scenario: Scenario, trace: Trace, at_s: int) -> Ints:
    changes = [event for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES and event.time_s <= at_s]
    last = changes[-1]
    of_contingent = strength_by_contingent(int(last.value), scenario, *shared_at(last.place)).tolist()
    strength = dict.fromkeys(trace.names.sectors, 0)
    for contingent, soldiers in zip(scenario.contingents.values(), of_contingent, strict=True):
        strength[contingent.sector] += soldiers
    return np.array(list(strength.values()), dtype=np.int64)
