"""The force: how a strength becomes contingents, sections, and sections on duty.

A *contingent* is a nation's soldiers in one sector; a *section* (about nine soldiers) is the resource that tasks ask
for. Sections belong to *shift groups* that take turns, one on duty a *shift*. Of those on duty some are on *leave*
(planned, spread evenly), some *absent* (at random), some *still out* on a tour of an earlier shift; the rest are
available. A section keeps its name, group, leave and luck whatever the strength: a larger force has the same sections
and more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.apportion import sainte_lague
from sim.clock import SECOND_PER_DAY
from sim.scenario.schema import Scenario
from sim.streams import Streams

_GOLDEN = (math.sqrt(5) - 1) / 2


def n_sections_of(strength: int, scenario: Scenario) -> int:
    """Sections on security tasks in the theatre, all shifts together, of a force of `strength` soldiers."""
    force = scenario.force
    soldiers = strength * force.share_in_theatre * force.share_on_security_tasks
    return math.floor(soldiers / force.section_size + 1e-9)


def strength_by_contingent(strength: int, scenario: Scenario) -> NDArray[np.int64]:
    """Soldiers of each contingent, in the scenario's order, when the force has `strength` soldiers.

    Shared out by Sainte-Lague in proportion to the contingents' strengths in the file, so that a larger force never
    costs a contingent a soldier.
    """
    return _share_out(strength, scenario)


def sections_by_contingent(strength: int, scenario: Scenario) -> NDArray[np.int64]:
    """Sections of each contingent, in the scenario's order, when the force has `strength` soldiers."""
    return _share_out(n_sections_of(strength, scenario), scenario)


def _share_out(n: int, scenario: Scenario) -> NDArray[np.int64]:
    weights = np.array([contingent.strength for contingent in scenario.contingents.values()], dtype=float)
    if n == 0 or len(weights) == 0:
        return np.zeros(len(weights), dtype=np.int64)
    if weights.sum() == 0:
        raise ValueError(f"{n} cannot be shared out: every contingent's strength in the scenario is 0")
    return sainte_lague(n, weights)


@dataclass(frozen=True, slots=True)
class Muster:
    """Who is there at a shift change. Arrays of counts have an entry a sector, all in sections.

    `available` holds, for each sector, the indices of the sections that can be given a task.
    """

    n_sections: NDArray[np.int64]
    n_on_duty: NDArray[np.int64]
    n_on_leave: NDArray[np.int64]
    n_absent: NDArray[np.int64]
    n_still_out: NDArray[np.int64]
    available: list[NDArray[np.int64]]


class Force:
    """The pool of sections of one replication.

    Parameters
    ----------
    scenario
        The scenario.
    max_strength
        Largest strength the run will have [soldiers]; sections are numbered up to it.
    strength
        Strength when the run starts [soldiers].
    """

    def __init__(self, scenario: Scenario, *, max_strength: int, strength: int) -> None:
        self._scenario = scenario
        self._sector_index = {key: index for index, key in enumerate(scenario.theatre.sectors)}
        contingents = list(scenario.contingents.items())
        most = sections_by_contingent(max_strength, scenario).tolist()
        sectors = [self._sector_index[contingent.sector] for _, contingent in contingents]
        rows = sorted((sectors[c], number, c) for c in range(len(contingents)) for number in range(most[c]))
        self.sector = np.array([row[0] for row in rows], dtype=np.int64)
        self._number = np.array([row[1] for row in rows], dtype=np.int64)
        self._contingent = np.array([row[2] for row in rows], dtype=np.int64)
        self.names = tuple(f"{contingents[c][0]}-{number + 1:03d}" for _, number, c in rows)
        self._keys = [key for key, _ in contingents]
        self._most = most
        n_groups = scenario.force.n_shift_groups
        self._group = (self._number + self._contingent) % n_groups
        self._on_duty = [np.flatnonzero(self._group == group) for group in range(n_groups)]
        self._leave_phase = np.modf((self._number + self._contingent) * _GOLDEN)[0]
        self._leave_share = min(1.0, scenario.force.leave_days / scenario.force.leave_cycle_days)
        self.free_s = np.zeros(len(rows), dtype=np.int64)
        self.set_strength(strength)

    @property
    def strength(self) -> int:
        """Soldiers in the force now."""
        return self._strength

    @property
    def in_force(self) -> NDArray[np.bool_]:
        """Whether each numbered section is in the force now."""
        return self._in_force

    def set_strength(self, strength: int) -> None:
        """Change the strength [soldiers]; it shows at the next muster, and tours that are out come home first."""
        self._strength = strength
        self._in_force = self._number < sections_by_contingent(strength, self._scenario)[self._contingent]
        self._n_sections = self._count(np.flatnonzero(self._in_force))

    def send_out(self, sections: NDArray[np.int64], free_s: NDArray[np.int64]) -> None:
        """Note when sections on tour will be free again [s]."""
        self.free_s[sections] = free_s

    def muster(self, shift: int, now_s: int, streams: Streams) -> Muster:
        """Who is there for a shift.

        Parameters
        ----------
        shift
            Number of the shift, counted from 0.
        now_s
            When the shift starts [s].
        streams
            Absences are drawn from `force/absence`, keyed by contingent and shift, one number a section.
        """
        group = self._on_duty[shift % len(self._on_duty)]
        duty = group[self._in_force[group]]
        cycle_days = self._scenario.force.leave_cycle_days
        phase = np.modf(now_s / SECOND_PER_DAY / cycle_days + self._leave_phase[duty])[0]
        on_leave = phase < self._leave_share
        absent = ~on_leave & self._draw_absences(duty, shift, streams)
        still_out = ~on_leave & ~absent & (self.free_s[duty] > now_s)
        available = duty[~(on_leave | absent | still_out)]
        ends = np.searchsorted(self.sector[available], np.arange(1, len(self._sector_index)))
        return Muster(
            n_sections=self._n_sections,
            n_on_duty=self._count(duty),
            n_on_leave=self._count(duty[on_leave]),
            n_absent=self._count(duty[absent]),
            n_still_out=self._count(duty[still_out]),
            available=np.split(available, ends),
        )

    def _count(self, sections: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(self.sector[sections], minlength=len(self._sector_index))

    def _draw_absences(self, sections: NDArray[np.int64], shift: int, streams: Streams) -> NDArray[np.bool_]:
        share = self._scenario.force.absence_share
        if share == 0 or len(sections) == 0:
            return np.zeros(len(sections), dtype=bool)
        starts = np.cumsum([0, *self._most[:-1]])
        drawn = np.concatenate(
            [
                streams.at("force/absence", key, block=shift).random(n)
                for key, n in zip(self._keys, self._most, strict=True)
            ]
        )
        return drawn[starts[self._contingent[sections]] + self._number[sections]] < share
