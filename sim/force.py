"""The force: how a strength becomes contingents, sections, and sections on duty.

A *contingent* is a nation's soldiers in one sector; a *section* (about nine soldiers) is the resource that tasks ask
for. Sections belong to *shift groups* that take turns, one on duty a *shift*. Of those on duty some are on *leave*
(planned: spread evenly, from a random beginning), some *absent* (at random), some *in hand-over*, some *still out* on a
tour of an earlier shift; the rest are available. A section keeps its name, group, leave and luck whatever the strength
and whoever is *withdrawn*: a larger force has the same sections and more. When contingents are withdrawn the others
share the strength.

A contingent's soldiers are relieved after a *tour of duty*. It begins with a *hand-over*: those who come and those who
go are side by side, learn and pack, and do a share of the usual. The whole contingent is relieved at once, the
contingents of a sector one after another: k of m begins its tours k/m of a tour after the sector's random beginning.
A contingent that stands for a task force is therefore one that is relieved bit by bit: then its hand-over should be
long and its output high.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY
from sim.contingents import sections_by_contingent, sector_of_contingents
from sim.scenario.schema import Scenario, Task
from sim.streams import Streams

_GOLDEN = (math.sqrt(5) - 1) / 2
_TURNS_PER_BLOCK = 32
"""Turns on duty for which a section's luck is drawn at once."""


def _place_in_sector(contingent: NDArray[np.int64], number: NDArray[np.int64], scenario: Scenario) -> NDArray[np.int64]:
    """How many sections of its sector a growing force gets before each, when nobody is withdrawn.

    By Sainte-Lague number k of a contingent of weight w has the claim w / (2k + 1); the larger claim comes first, or of
    two alike that of the contingent that stands first. Whole numbers are compared, so that ties are ties.
    """
    of_contingent = sector_of_contingents(scenario)
    weights = np.array([one.strength for one in scenario.contingents.values()], dtype=np.int64)
    place = number.copy()
    for sector in range(len(scenario.theatre.sectors)):
        mine = np.flatnonzero(of_contingent[contingent] == sector)
        own, odd = contingent[mine], 2 * number[mine] + 1
        for other in np.flatnonzero((of_contingent == sector) & (weights > 0)).tolist():
            most_odd = (weights[other] * odd - (other > own)) // weights[own]
            place[mine] += np.where(own == other, 0, (most_odd + 1) // 2)
    return place


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of a force, numbered sector after sector. Arrays have an entry a section.

    Attributes
    ----------
    contingent, sector
        Indices, in the scenario's and the theatre's order.
    number
        Place among the sections of its contingent: a contingent of any strength has the first so many.
    shift_group
        In a sector the order in which a growing force gets them (Sainte-Lague over all contingents) deals sections
        out to shift groups, round after round and each round from the next group on.
    leave_offset
        When leave begins after that of the first section of its sector and shift group [leave cycles], in [0, 1):
        spread evenly over the cycle. This and the groups are even in a sector, where sections are pooled, and only
        roughly so in a single contingent, or in those that are left when others are withdrawn.
    """

    contingent: NDArray[np.int64]
    sector: NDArray[np.int64]
    number: NDArray[np.int64]
    shift_group: NDArray[np.int64]
    leave_offset: NDArray[np.float64]


def number_sections(strength: int, scenario: Scenario) -> Sections:
    """Sections of a force of `strength` soldiers."""
    return _number_sections(sections_by_contingent(strength, scenario), scenario)


def _number_sections(n_sections: NDArray[np.int64], scenario: Scenario) -> Sections:
    """Sections of contingents that have so many each."""
    contingent = np.repeat(np.arange(len(n_sections)), n_sections)
    number = np.arange(len(contingent)) - np.repeat(np.cumsum(n_sections) - n_sections, n_sections)
    place = _place_in_sector(contingent, number, scenario)
    sector = sector_of_contingents(scenario)[contingent]
    order = np.lexsort((place, sector))
    n_groups = scenario.force.n_shift_groups
    return Sections(
        contingent=contingent[order],
        sector=sector[order],
        number=number[order],
        shift_group=((place + place // n_groups) % n_groups)[order],
        leave_offset=np.modf((place // n_groups) * _GOLDEN)[0][order],
    )


@dataclass(frozen=True, slots=True)
class CaveatGroups:
    """Contingents with the same caveats. Group 0 has none; the others come in the order of their first contingents.

    Attributes
    ----------
    of_contingent
        Group of each contingent.
    can_do
        Shape (groups, tasks): whether a group does a task, tasks in the order of :class:`Task`.
    may_enter
        Shape (groups, sectors): whether a group may be lent to a sector.
    """

    of_contingent: NDArray[np.int64]
    can_do: NDArray[np.bool_]
    may_enter: NDArray[np.bool_]


def caveat_groups(scenario: Scenario) -> CaveatGroups:
    """Groups of contingents by their caveats."""
    tasks, sectors = list(Task), list(scenario.theatre.sectors)
    rules: list[tuple[tuple[bool, ...], tuple[bool, ...]]] = [((True,) * len(tasks), (True,) * len(sectors))]
    of_contingent = []
    for one in scenario.contingents.values():
        rule = tuple(task not in one.will_not_do for task in tasks), tuple(s not in one.will_not_enter for s in sectors)
        if rule not in rules:
            rules.append(rule)
        of_contingent.append(rules.index(rule))
    return CaveatGroups(
        np.array(of_contingent, dtype=np.int64),
        can_do=np.array([can_do for can_do, _ in rules]),
        may_enter=np.array([may_enter for _, may_enter in rules]),
    )


@dataclass(frozen=True, slots=True)
class ToursOfDuty:
    """When contingents are relieved. Arrays have an entry a contingent.

    Attributes
    ----------
    tour_days
        From one relief to the next [d].
    begins
        First relief after the sector's beginning [tours]: k/m for number k of the sector's m that are relieved.
    hand_over_share
        Share of the time in hand-over; 0 for a contingent that is never relieved.
    hand_over_output
        Share of the usual output in hand-over.
    """

    tour_days: NDArray[np.float64]
    begins: NDArray[np.float64]
    hand_over_share: NDArray[np.float64]
    hand_over_output: NDArray[np.float64]


def tours_of_duty(scenario: Scenario) -> ToursOfDuty:
    """Tours of duty of the scenario's contingents."""
    n_relieved = Counter(one.sector for one in scenario.contingents.values() if one.rotation is not None)
    n_before: Counter[str] = Counter()
    rows = []
    for one in scenario.contingents.values():
        if one.rotation is None:
            rows.append((1.0, 0.0, 0.0, 1.0))
            continue
        rotation = scenario.rotations[one.rotation]
        share = rotation.hand_over_days / rotation.tour_days
        begins = n_before[one.sector] / n_relieved[one.sector]
        rows.append((rotation.tour_days, begins, share, rotation.hand_over_output))
        n_before[one.sector] += 1
    return ToursOfDuty(*np.array(rows, dtype=np.float64).reshape(-1, 4).T)


@dataclass(frozen=True, slots=True)
class Muster:
    """Who is there at a shift change. Arrays of counts have an entry a sector, all in sections.

    Those on duty are on leave, absent, in hand-over, still out or available: the first of these that holds.
    `available` holds, for each sector, the indices of the sections that can be given a task.
    """

    n_sections: NDArray[np.int64]
    n_on_duty: NDArray[np.int64]
    n_on_leave: NDArray[np.int64]
    n_absent: NDArray[np.int64]
    n_in_hand_over: NDArray[np.int64]
    n_still_out: NDArray[np.int64]
    available: list[NDArray[np.int64]]


class _State(IntEnum):
    """What a section on duty is, each state before those above it."""

    AVAILABLE = 0
    STILL_OUT = 1
    IN_HAND_OVER = 2
    ABSENT = 3
    ON_LEAVE = 4


class _Turn(NamedTuple):
    """The sections of a shift group that are in the force, and what a muster needs to know of each."""

    sections: NDArray[np.int64]
    columns: NDArray[np.int64]
    contingent: NDArray[np.int64]
    leave_phase: NDArray[np.float64]
    first_state: NDArray[np.int64]
    n_on_duty: NDArray[np.int64]


class Force:
    """The pool of sections of one replication, numbered as :func:`number_sections` does.

    Parameters
    ----------
    scenario
        The scenario.
    max_strength
        Largest strength the run will have with nobody withdrawn [soldiers]; sections are numbered up to it.
    strength
        Strength when the run starts [soldiers].
    streams
        Leave begins at a point of its cycle drawn from `force/leave`, keyed by sector, one number a shift group; tours
        of duty at one drawn from `force/rotation`, keyed by sector.
    steps
        Strengths the run will have with contingents withdrawn, each with their keys; sections are numbered up to the
        most that any of them gives a contingent.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        max_strength: int,
        strength: int,
        streams: Streams,
        steps: Iterable[tuple[int, Collection[str]]] = (),
    ) -> None:
        self._scenario = scenario
        self._keys = list(scenario.contingents)
        sectors = list(scenario.theatre.sectors)
        self._n_sectors = len(sectors)
        self._n_most = sections_by_contingent(max_strength, scenario)
        for needed, withdrawn in steps:
            self._n_most = np.maximum(self._n_most, sections_by_contingent(needed, scenario, withdrawn))
        numbered = _number_sections(self._n_most, scenario)
        self.contingent = numbered.contingent
        self.sector = numbered.sector
        self._number = numbered.number
        self.names = tuple(
            f"{self._keys[contingent]}-{number + 1:03d}"
            for contingent, number in zip(self.contingent.tolist(), self._number.tolist(), strict=True)
        )
        caveats = caveat_groups(scenario)
        self.caveat_group = caveats.of_contingent[self.contingent]
        self.can_do, self.may_enter = caveats.can_do, caveats.may_enter
        n_groups = scenario.force.n_shift_groups
        self._groups = [np.flatnonzero(numbered.shift_group == one) for one in range(n_groups)]
        begins = np.array([streams.at("force/leave", key).random(n_groups) for key in sectors]).reshape(-1, n_groups)
        self._leave_phase = begins[self.sector, numbered.shift_group] + numbered.leave_offset
        self._leave_share = min(1.0, scenario.force.leave_days / scenario.force.leave_cycle_days)
        self._tours = tours_of_duty(scenario)
        sector_begins = np.array([streams.at("force/rotation", key).random() for key in sectors])
        self._tours_begin = self._tours.begins + sector_begins[sector_of_contingents(scenario)]
        self._absence = np.float32(scenario.force.absence_share)
        present = 1 - scenario.force.absence_share
        self._gone_in_hand_over = (1 - present * self._tours.hand_over_output).astype(np.float32)
        self._rotates = bool((self._tours.hand_over_share > 0).any())
        self._luck: list[NDArray[np.float32]] = []
        self._luck_of: tuple[Streams, int] | None = None
        self.free_s = np.zeros(len(self.sector), dtype=np.int64)
        self.set_strength(strength)

    @property
    def strength(self) -> int:
        """Soldiers in the force now."""
        return self._strength

    @property
    def in_force(self) -> NDArray[np.bool_]:
        """Whether each numbered section is in the force now."""
        return self._in_force

    def set_strength(self, strength: int, withdrawn: Collection[str] = ()) -> None:
        """Change the strength [soldiers] and who is withdrawn.

        It shows at the next muster, and tours that are out come home first.
        """
        self._strength = strength
        n_sections = sections_by_contingent(strength, self._scenario, withdrawn)
        self._in_force = self._number < n_sections[self.contingent]
        self._n_sections = np.bincount(self.sector[self._in_force], minlength=self._n_sectors)
        self._turns = []
        for group in self._groups:
            columns = np.flatnonzero(self._in_force[group])
            sections = group[columns]
            self._turns.append(
                _Turn(
                    sections,
                    columns,
                    self.contingent[sections],
                    self._leave_phase[sections],
                    self.sector[sections] * len(_State),
                    np.bincount(self.sector[sections], minlength=self._n_sectors),
                )
            )

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
            A section's luck is drawn from `force/absence`, keyed by contingent, a block of numbers at a time: row by
            row a section, in it a number for each of its turns on duty. It decides both on absence and, if it was not
            absent, on hand-over, so that a rotation changes nothing else.
        """
        turn = self._turns[shift % len(self._turns)]
        day = now_s / SECOND_PER_DAY
        state = (self.free_s[turn.sections] > now_s).astype(np.int64)
        if self._absence > 0 or self._rotates:
            luck = self._luck_at(shift, streams)[turn.columns]
            if self._rotates:
                in_hand_over = (day / self._tours.tour_days - self._tours_begin) % 1 < self._tours.hand_over_share
                gone = np.where(in_hand_over, self._gone_in_hand_over, self._absence)
                state[luck < gone[turn.contingent]] = _State.IN_HAND_OVER
            state[luck < self._absence] = _State.ABSENT
        phase = turn.leave_phase + day / self._scenario.force.leave_cycle_days
        phase -= np.floor(phase)
        state[phase < self._leave_share] = _State.ON_LEAVE
        n_by_state = np.bincount(turn.first_state + state, minlength=self._n_sectors * len(_State))
        n_available, n_still_out, n_in_hand_over, n_absent, n_on_leave = n_by_state.reshape(-1, len(_State)).T
        available = turn.sections[state == _State.AVAILABLE]
        ends = np.cumsum(n_available).tolist()
        return Muster(
            n_sections=self._n_sections,
            n_on_duty=turn.n_on_duty,
            n_on_leave=n_on_leave,
            n_absent=n_absent,
            n_in_hand_over=n_in_hand_over,
            n_still_out=n_still_out,
            available=[available[begin:end] for begin, end in itertools.pairwise([0, *ends])],
        )

    def _luck_at(self, shift: int, streams: Streams) -> NDArray[np.float32]:
        """Luck of the shift group on duty, in [0, 1)."""
        turn, group = divmod(shift, len(self._groups))
        block, row = divmod(turn, _TURNS_PER_BLOCK)
        if self._luck_of is None or self._luck_of[0] is not streams or self._luck_of[1] != block:
            drawn = np.concatenate(
                [
                    streams.at("force/absence", key, block=block).random((n, _TURNS_PER_BLOCK), dtype=np.float32)
                    for key, n in zip(self._keys, self._n_most.tolist(), strict=True)
                ]
                or [np.zeros((0, _TURNS_PER_BLOCK), dtype=np.float32)]
            )
            rows = (np.cumsum(self._n_most) - self._n_most)[self.contingent] + self._number
            self._luck = [np.ascontiguousarray(drawn[rows[sections]].T) for sections in self._groups]
            self._luck_of = streams, block
        luck: NDArray[np.float32] = self._luck[group][row]
        return luck
