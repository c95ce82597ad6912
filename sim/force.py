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

*Reserves* come from outside and are no part of the strength. Their sections take turns and are absent like others, but
have no leave and are never relieved. One that is *theatre-wide* has no task: it stands by for incidents anywhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY
from sim.contingents import (
    CaveatGroups,
    Sections,
    ToursOfDuty,
    caveat_groups,
    contingents_and_reserves,
    number_sections,
    number_up_to,
    place_of,
    sections_by_contingent,
    sections_by_reserve,
    sector_of_contingents,
    sector_of_reserves,
    tours_of_duty,
)
from sim.scenario.schema import Scenario
from sim.streams import Streams

__all__ = [
    "CaveatGroups",
    "Force",
    "Muster",
    "Sections",
    "ToursOfDuty",
    "caveat_groups",
    "number_sections",
    "tours_of_duty",
]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_TURNS_PER_BLOCK = 32
"""Turns on duty for which a section's luck is drawn at once."""


@dataclass(frozen=True, slots=True)
class Muster:
    """Who is there at a shift change. Arrays of counts have an entry a sector, all in sections.

    Those on duty are on leave, absent, in hand-over, still out or available: the first of these that holds.
    `available` holds, for each sector, the indices of the sections that can be given a task. A theatre-wide reserve is
    in none of the counts; `theatre_reserve` holds the indices of its sections that are on duty, present and not out.
    """

    n_sections: NDArray[np.int64]
    n_on_duty: NDArray[np.int64]
    n_on_leave: NDArray[np.int64]
    n_absent: NDArray[np.int64]
    n_in_hand_over: NDArray[np.int64]
    n_still_out: NDArray[np.int64]
    available: list[NDArray[np.int64]]
    theatre_reserve: NDArray[np.int64]


class _State(IntEnum):
    """What a section on duty is, each state before those above it."""

    AVAILABLE = 0
    STILL_OUT = 1
    IN_HAND_OVER = 2
    ABSENT = 3
    ON_LEAVE = 4


class _Turn(NamedTuple):
    """The sections of a shift group that are there, sector after sector, and what a muster needs to know of each.

    Those of theatre-wide reserves are apart. A column is a section's place in its shift group.
    """

    sections: NDArray[np.int64]
    columns: NDArray[np.int64]
    contingent: NDArray[np.int64]
    leave_phase: NDArray[np.float64]
    first_state: NDArray[np.int64]
    n_on_duty: NDArray[np.int64]
    theatre_wide: NDArray[np.int64]
    theatre_wide_columns: NDArray[np.int64]


class Force:
    """The pool of sections of one replication, numbered as :func:`number_sections` does, then those of all reserves.

    No reserve is there at first.

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
    leaves_first
        Contingents that leave whole, in this order, as strength falls below what the file gives all of them.

    Attributes
    ----------
    names
        Of each section: the key of its contingent or reserve, and its number there.
    contingent, sector
        Of each section, as in :class:`Sections`.
    caveat_group, caveats
        Group of each section, and what each group does, enters and answers.
    theatre_wide
        Whether each section is of a theatre-wide reserve.
    free_s
        When each section is free again [s].
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        max_strength: int,
        strength: int,
        streams: Streams,
        steps: Iterable[tuple[int, Collection[str]]] = (),
        leaves_first: Sequence[str] = (),
    ) -> None:
        self._scenario = scenario
        self._leaves_first = tuple(leaves_first)
        self._keys, self._reserves = list(contingents_and_reserves(scenario)), list(scenario.reserves)
        sectors = list(scenario.theatre.sectors)
        self._n_sectors = len(sectors)
        n_most = sections_by_contingent(max_strength, scenario, (), leaves_first)
        for needed, withdrawn in steps:
            n_most = np.maximum(n_most, sections_by_contingent(needed, scenario, withdrawn, leaves_first))
        self._n_reserve = sections_by_reserve(scenario)
        self._n_most = np.append(n_most, self._n_reserve)
        numbered = number_up_to(self._n_most, scenario)
        self.contingent = numbered.contingent
        self.sector = numbered.sector
        self._number = numbered.number
        self.names = tuple(
            f"{self._keys[contingent]}-{number + 1:03d}"
            for contingent, number in zip(self.contingent.tolist(), self._number.tolist(), strict=True)
        )
        self.caveats = caveat_groups(scenario)
        self.caveat_group = self.caveats.of_contingent[self.contingent]
        n_groups = scenario.force.n_shift_groups
        self._groups = [np.flatnonzero(numbered.shift_group == one) for one in range(n_groups)]
        begins = np.array([streams.at("force/leave", key).random(n_groups) for key in sectors]).reshape(-1, n_groups)
        self._leave_phase = begins[self.sector, numbered.shift_group] + numbered.leave_offset
        self._leave_share = min(1.0, scenario.force.leave_days / scenario.force.leave_cycle_days)
        self._tours = tours_of_duty(scenario)
        sector_begins = np.array([streams.at("force/rotation", key).random() for key in sectors])
        of_sector = np.append(sector_of_contingents(scenario), sector_of_reserves(scenario))
        self._tours_begin = self._tours.begins + sector_begins[of_sector]
        self._absence = np.float32(scenario.force.absence_share)
        present = 1 - scenario.force.absence_share
        self._gone_in_hand_over = (1 - present * self._tours.hand_over_output).astype(np.float32)
        self._rotates = bool((self._tours.hand_over_share > 0).any())
        self._luck: list[NDArray[np.float32]] = []
        self._luck_of: tuple[Streams, int] | None = None
        self.free_s = np.zeros(len(self.sector), dtype=np.int64)
        is_wide = [key in scenario.reserves and scenario.reserves[key].theatre_wide for key in self._keys]
        self.theatre_wide: Bools = np.array(is_wide, dtype=bool)[self.contingent]
        self._is_there = np.zeros(len(self._reserves), dtype=np.int64)
        self._answers: dict[int, Bools] = {}
        self._enters: dict[int, Bools] = {}
        self.set_strength(strength)

    @property
    def strength(self) -> int:
        """Soldiers in the force now, without reserves."""
        return self._strength

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """Contingents that are withdrawn now."""
        return self._withdrawn

    @property
    def place(self) -> str:
        """Where the strength holds, as a trace has it; see :func:`sim.contingents.place_of`."""
        return place_of(self._withdrawn, self._leaves_first)

    @property
    def in_force(self) -> NDArray[np.bool_]:
        """Whether each numbered section is in the force now."""
        return self._in_force

    def set_strength(self, strength: int, withdrawn: Collection[str] = ()) -> None:
        """Change the strength [soldiers] and who is withdrawn.

        It shows at the next muster, and tours that are out come home first.
        """
        self._strength, self._withdrawn = strength, tuple(withdrawn)
        self._n_by_contingent = sections_by_contingent(strength, self._scenario, withdrawn, self._leaves_first)
        self._deploy()

    def bring(self, reserve: str) -> None:
        """A reserve arrives; it shows at the next muster."""
        self._is_there[self._reserves.index(reserve)] = 1
        self._deploy()

    def send_home(self, reserve: str) -> None:
        """A reserve leaves; it shows at the next muster, and whoever is out comes home first."""
        self._is_there[self._reserves.index(reserve)] = 0
        self._deploy()

    def _deploy(self) -> None:
        """Find who is in the force, shift group by shift group."""
        n_sections = np.append(self._n_by_contingent, self._n_reserve * self._is_there)
        self._in_force = self._number < n_sections[self.contingent]
        counted = self._in_force & ~self.theatre_wide
        self._n_sections = np.bincount(self.sector[counted], minlength=self._n_sectors)
        self._turns = []
        for group in self._groups:
            columns = np.flatnonzero(counted[group])
            if self._reserves:
                columns = columns[np.argsort(self.sector[group[columns]], kind="stable")]
            sections = group[columns]
            wide = np.flatnonzero((self._in_force & self.theatre_wide)[group])
            self._turns.append(
                _Turn(
                    sections,
                    columns,
                    self.contingent[sections],
                    self._leave_phase[sections],
                    self.sector[sections] * len(_State),
                    np.bincount(self.sector[sections], minlength=self._n_sectors),
                    group[wide],
                    wide,
                )
            )

    def answers(self, kind: int) -> Bools:
        """Whether each numbered section is sent to a kind of incident, an index in the scenario's order."""
        if kind not in self._answers:
            self._answers[kind] = self.caveats.answers[self.caveat_group, kind]
        return self._answers[kind]

    def enters(self, sector: int) -> Bools:
        """Whether each numbered section may be sent or lent to a sector: to its own it always may."""
        if sector not in self._enters:
            self._enters[sector] = self.caveats.may_enter[self.caveat_group, sector] | (self.sector == sector)
        return self._enters[sector]

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
        theatre_reserve = turn.theatre_wide
        if len(theatre_reserve):
            theatre_reserve = theatre_reserve[self._is_present(turn, shift, now_s, streams)]
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
            theatre_reserve=theatre_reserve,
        )

    def _is_present(self, turn: _Turn, shift: int, now_s: int, streams: Streams) -> Bools:
        """Whether each section of theatre-wide reserves is neither absent nor out."""
        is_free: Bools = self.free_s[turn.theatre_wide] <= now_s
        if self._absence > 0:
            is_free &= self._luck_at(shift, streams)[turn.theatre_wide_columns] >= self._absence
        return is_free

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
