"""The force: how a strength becomes contingents, sections, and sections on duty.

A *contingent* is a nation's soldiers in one sector; a *section* (about nine soldiers) is the resource that tasks ask
for. Sections belong to *shift groups* that take turns, one on duty a *shift*. Of those on duty some are on *leave*
(planned: spread evenly, from a random beginning), some *absent* (at random), some *still out* on a tour of an earlier
shift; the rest are available. A section keeps its name, group, leave and luck whatever the strength: a larger force
has the same sections and more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.apportion import award_order
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
    return np.bincount(_award_order(strength, scenario), minlength=len(scenario.contingents))


def sections_by_sector(strength: int, scenario: Scenario) -> NDArray[np.int64]:
    """Sections in each sector, in the theatre's order, when the force has `strength` soldiers."""
    order = _award_order(n_sections_of(strength, scenario), scenario)
    return np.bincount(_sector_of_contingents(scenario)[order], minlength=len(scenario.theatre.sectors))


def _sector_of_contingents(scenario: Scenario) -> NDArray[np.int64]:
    keys = list(scenario.theatre.sectors)
    return np.array([keys.index(one.sector) for one in scenario.contingents.values()], dtype=np.int64)


def _award_order(n: int, scenario: Scenario) -> NDArray[np.int64]:
    """Contingent of each of n things shared out in proportion to the contingents' strengths in the file."""
    weights = [contingent.strength for contingent in scenario.contingents.values()]
    if n > 0 and not any(weights):
        raise ValueError(f"{n} cannot be shared out: every contingent's strength in the scenario is 0")
    return award_order(n, weights) if n else np.zeros(0, dtype=np.int64)


def _count_within(group: NDArray[np.int64], n_groups: int) -> NDArray[np.int64]:
    """For each element, how many of its group stand before it."""
    by_group = np.argsort(group, kind="stable")
    sizes = np.bincount(group, minlength=n_groups)
    count = np.empty(len(group), dtype=np.int64)
    count[by_group] = np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return count


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

    Sections are numbered in the order in which a growing force gets them (Sainte-Lague over contingents), so that a
    force of any strength is the first so many. In a sector that order deals them out to shift groups, round after round
    and each round from the next group on, and spreads each group's leave evenly over the cycle from a random beginning.
    Both are even in a sector, where sections are pooled, and only roughly so in a single contingent.

    Parameters
    ----------
    scenario
        The scenario.
    max_strength
        Largest strength the run will have [soldiers]; sections are numbered up to it.
    strength
        Strength when the run starts [soldiers].
    streams
        Leave begins at a point of its cycle drawn from `force/leave`, keyed by sector, one number a shift group.
    """

    def __init__(self, scenario: Scenario, *, max_strength: int, strength: int, streams: Streams) -> None:
        self._scenario = scenario
        self._n_sectors = len(scenario.theatre.sectors)
        order = _award_order(n_sections_of(max_strength, scenario), scenario)
        of_contingent = _sector_of_contingents(scenario)
        award = np.argsort(of_contingent[order], kind="stable")
        self._award = award
        self._contingent = order[award]
        self.sector = of_contingent[self._contingent]
        self._number = _count_within(order, len(of_contingent))[award]
        self._keys = list(scenario.contingents)
        self._most = np.bincount(order, minlength=len(of_contingent)).tolist()
        self.names = tuple(
            f"{self._keys[contingent]}-{number + 1:03d}"
            for contingent, number in zip(self._contingent.tolist(), self._number.tolist(), strict=True)
        )
        n_groups = scenario.force.n_shift_groups
        place = _count_within(self.sector, self._n_sectors)
        group = (place + place // n_groups) % n_groups
        self._on_duty = [np.flatnonzero(group == one) for one in range(n_groups)]
        begins = np.array(
            [streams.at("force/leave", key).random(n_groups) for key in scenario.theatre.sectors]
        ).reshape(-1, n_groups)
        self._leave_phase = begins[self.sector, group] + (place // n_groups) * _GOLDEN
        self._leave_share = min(1.0, scenario.force.leave_days / scenario.force.leave_cycle_days)
        self.free_s = np.zeros(len(order), dtype=np.int64)
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
        self._in_force = self._award < n_sections_of(strength, self._scenario)
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
        ends = np.searchsorted(self.sector[available], np.arange(1, self._n_sectors))
        return Muster(
            n_sections=self._n_sections,
            n_on_duty=self._count(duty),
            n_on_leave=self._count(duty[on_leave]),
            n_absent=self._count(duty[absent]),
            n_still_out=self._count(duty[still_out]),
            available=np.split(available, ends),
        )

    def _count(self, sections: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(self.sector[sections], minlength=self._n_sectors)

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
