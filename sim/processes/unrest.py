"""Unrest: incidents happen, and each makes more of them likely for a while.

Candidates come day by day with all their luck (:mod:`sim.violence.candidates`). One process waits for the next of them
that would happen if nothing else did, and looks again whenever an escalation stirs things up: tension only falls by
itself, so that no candidate in between can have been missed. Patrols that were there lately deter.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import numpy as np
import simpy
from simpy.events import ProcessGenerator

from sim.clock import SECOND_PER_DAY, Turn, Wait
from sim.streams import Streams
from sim.trace import NOT_YET, TourBlock
from sim.violence.candidates import Candidate, CandidateSource
from sim.violence.tension import Tension


class Unrest:
    """Tension, and the process that must know when it is raised.

    Parameters
    ----------
    env
        The environment.
    tension
        The tension of all sectors.
    """

    def __init__(self, env: simpy.Environment, tension: Tension) -> None:
        self.tension = tension
        self.process: simpy.Process | None = None
        self._env = env

    def add(self, sector: int, n_triggered: float, now_s: int) -> None:
        """An incident that triggers so many more on average arises in a sector at `now_s` [s]."""
        if n_triggered > 0:
            self.tension.raise_by(sector, n_triggered, now_s)
            if self.process is not None and self._env.active_process is not self.process:
                self.process.interrupt()


def let_happen(
    env: simpy.Environment,
    *,
    source: CandidateSource,
    rate_per_day: Callable[[Candidate, int], float],
    deterrence: Callable[[Candidate, int], float],
    happens: Callable[[Candidate, int], None],
    streams: Streams,
) -> ProcessGenerator:
    """Go through the candidates day by day and let those happen whose luck is below their rate.

    Parameters
    ----------
    env
        The environment. An interrupt tells that tension was raised.
    source
        Candidates.
    rate_per_day
        Rate [1/day] of a candidate's source and sector at a time [s], deterrence apart.
    deterrence
        Share by which patrols lower it for a candidate at a time [s].
    happens
        Called with each candidate that happens, and when [s].
    streams
        Randomness of the replication.
    """
    for day in itertools.count():
        n_done, candidates = 0, source.on_day(day, streams)
        while True:
            now_s = int(env.now)
            at = n_done
            while at < len(candidates):
                one = candidates[at]
                if one.time_s >= now_s and _is_below(one, rate_per_day(one, one.time_s)):
                    break
                at += 1
            next_s = candidates[at].time_s if at < len(candidates) else (day + 1) * SECOND_PER_DAY
            try:
                yield Wait(env, next_s - now_s, Turn.INCIDENT)
            except simpy.Interrupt:
                continue
            if at == len(candidates):
                break
            n_done = at + 1
            one = candidates[at]
            if _is_below(one, rate_per_day(one, one.time_s) * (1 - deterrence(one, one.time_s))):
                happens(one, one.time_s)


def _is_below(candidate: Candidate, rate_per_day: float) -> bool:
    return candidate.luck * candidate.max_per_day <= rate_per_day


def last_visit_s(rows: Iterable[tuple[TourBlock, int, int]], area: int, now_s: int) -> int | None:
    """When a patrol area was last visited, up to now [s], by some tours; None if never by them.

    Parameters
    ----------
    rows
        Blocks of tours, each with the begin and end of the rows that matter.
    area
        Index of the area.
    now_s
        Now [s].
    """
    latest_s = NOT_YET
    for block, begin, end in rows:
        row, stop = np.nonzero(block.area[begin:end] == area)
        if len(row):
            row += begin
            visit_s = block.visit_s[row, stop]
            made = (visit_s <= now_s) & (~block.called[row] | (visit_s <= block.ended_s[row]))
            latest_s = max(latest_s, int(visit_s[made].max(initial=NOT_YET)))
    return None if latest_s == NOT_YET else latest_s
