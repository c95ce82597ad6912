"""Contingents: how a strength is shared out over them, what that makes in sections, and what rules each lives by.

Shares are in proportion to the contingents' strengths in the file, by the method of Sainte-Lague. A contingent that is
*withdrawn* has none, and the others share the strength. Under a *cut order* those that leave first are cut whole, one
after another, as strength falls below what the file gives all of them; the others keep theirs. *Reserves*, soldiers
from outside the force, come after the contingents wherever both are listed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.apportion import sainte_lague
from sim.scenario.schema import Contingent, ReserveForce, Scenario, Task

_EVERYONE, _BUT, _FIRST = "all", "all but ", " leave first"
_GOLDEN = (math.sqrt(5) - 1) / 2


def n_sections_of(strength: int, scenario: Scenario) -> int:
    """Sections on security tasks in the theatre, all shifts together, of a force of `strength` soldiers."""
    return _n_sections(strength * scenario.force.share_in_theatre, scenario)


def _n_sections(soldiers: float, scenario: Scenario) -> int:
    """Sections on security tasks of so many soldiers in the theatre."""
    return math.floor(soldiers * scenario.force.share_on_security_tasks / scenario.force.section_size + 1e-9)


def strength_by_contingent(
    strength: int, scenario: Scenario, withdrawn: Collection[str] = (), leaves_first: Sequence[str] = ()
) -> NDArray[np.int64]:
    """Soldiers of each contingent, in the scenario's order, when the force has `strength` soldiers.

    Shared out by Sainte-Lague over the contingents that are not `withdrawn`, in proportion to their strengths in the
    file, so that a larger force never costs a contingent a soldier. When the strength is less than theirs in the file,
    those that leave first are cut in their order, each to nothing before the next; the others are cut last of all.
    """
    return _share_out(strength, _strength_of_others(scenario, withdrawn), scenario, withdrawn, leaves_first)


def sections_by_contingent(
    strength: int, scenario: Scenario, withdrawn: Collection[str] = (), leaves_first: Sequence[str] = ()
) -> NDArray[np.int64]:
    """Sections of each contingent, shared out as :func:`strength_by_contingent` does soldiers."""
    whole = n_sections_of(_strength_of_others(scenario, withdrawn), scenario)
    return _share_out(n_sections_of(strength, scenario), whole, scenario, withdrawn, leaves_first)


def sections_by_sector(
    strength: int, scenario: Scenario, withdrawn: Collection[str] = (), leaves_first: Sequence[str] = ()
) -> NDArray[np.int64]:
    """Sections in each sector, in the theatre's order, when the force has `strength` soldiers and no reserves."""
    by_sector = np.zeros(len(scenario.theatre.sectors), dtype=np.int64)
    by_contingent = sections_by_contingent(strength, scenario, withdrawn, leaves_first)
    np.add.at(by_sector, sector_of_contingents(scenario), by_contingent)
    return by_sector


def sections_by_reserve(scenario: Scenario) -> NDArray[np.int64]:
    """Sections of each reserve while it is there, in the scenario's order; all its soldiers are in the theatre."""
    return np.array([_n_sections(one.strength, scenario) for one in scenario.reserves.values()], dtype=np.int64)


def place_of(withdrawn: Collection[str], leaves_first: Sequence[str] = ()) -> str:
    """Where a strength holds, as a trace has it: "all", or "all but" the contingents withdrawn; who leaves first.

    Examples
    --------
    >>> place_of(["first"], ["third", "second"])
    'all but first; third,second leave first'
    """
    who = _BUT + ",".join(withdrawn) if withdrawn else _EVERYONE
    return f"{who}; {','.join(leaves_first)}{_FIRST}" if leaves_first else who


def shared_at(place: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Contingents withdrawn and those that leave first, from what :func:`place_of` gave."""
    who, _, order = place.partition("; ")
    withdrawn = tuple(who.removeprefix(_BUT).split(",")) if who.startswith(_BUT) else ()
    return withdrawn, tuple(order.removesuffix(_FIRST).split(",")) if order else ()


def sector_of_contingents(scenario: Scenario) -> NDArray[np.int64]:
    """Index of each contingent's sector, in the scenario's order."""
    return _sector_of(list(scenario.contingents.values()), scenario)


def sector_of_reserves(scenario: Scenario) -> NDArray[np.int64]:
    """Index of the sector where each reserve is based, in the scenario's order."""
    return _sector_of(list(scenario.reserves.values()), scenario)


def _sector_of(some: Sequence[Contingent | ReserveForce], scenario: Scenario) -> NDArray[np.int64]:
    keys = list(scenario.theatre.sectors)
    return np.array([keys.index(one.sector) for one in some], dtype=np.int64)


def contingents_and_reserves(scenario: Scenario) -> dict[str, Contingent | ReserveForce]:
    """Whose sections there can be: contingents, then reserves, by key."""
    return {**scenario.contingents, **scenario.reserves}


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
    """The sections of a force, sector after sector, then reserve after reserve. Arrays have an entry a section.

    Attributes
    ----------
    contingent, sector
        Indices, in the scenario's and the theatre's order; contingents are followed by reserves.
    number
        Place among the sections of its contingent: a contingent of any strength has the first so many.
    shift_group
        In a sector the order in which a growing force gets them (Sainte-Lague over all contingents) deals sections
        out to shift groups, round after round and each round from the next group on.
    leave_offset
        When leave begins after that of the first section of its sector and shift group [leave cycles], in [0, 1):
        spread evenly over the cycle. This and the groups are even in a sector, where sections are pooled, and only
        roughly so in a single contingent, or in those that are left when others are withdrawn. A reserve is dealt out
        by itself; it has no leave (nan).
    """

    contingent: NDArray[np.int64]
    sector: NDArray[np.int64]
    number: NDArray[np.int64]
    shift_group: NDArray[np.int64]
    leave_offset: NDArray[np.float64]


def number_sections(strength: int, scenario: Scenario, leaves_first: Sequence[str] = ()) -> Sections:
    """Sections of a force of `strength` soldiers without reserves, cut in the order of those that leave first."""
    return number_up_to(sections_by_contingent(strength, scenario, (), leaves_first), scenario)


def number_up_to(n_sections: NDArray[np.int64], scenario: Scenario) -> Sections:
    """Sections of contingents that have so many each and, if more numbers are given, of reserves that do."""
    n = len(scenario.contingents)
    of_contingents = _number_sections(n_sections[:n], scenario)
    return _with_reserves(of_contingents, n_sections[n:], scenario) if len(n_sections) > n else of_contingents


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


def _with_reserves(sections: Sections, n_reserve: NDArray[np.int64], scenario: Scenario) -> Sections:
    """The sections of contingents, and after them those of reserves that have so many each."""
    reserve = np.repeat(np.arange(len(n_reserve)), n_reserve)
    number = np.arange(len(reserve)) - np.repeat(np.cumsum(n_reserve) - n_reserve, n_reserve)
    n_groups = scenario.force.n_shift_groups
    return Sections(
        contingent=np.append(sections.contingent, len(scenario.contingents) + reserve),
        sector=np.append(sections.sector, sector_of_reserves(scenario)[reserve]),
        number=np.append(sections.number, number),
        shift_group=np.append(sections.shift_group, (number + number // n_groups) % n_groups),
        leave_offset=np.append(sections.leave_offset, np.full(len(reserve), np.nan)),
    )


@dataclass(frozen=True, slots=True)
class CaveatGroups:
    """Who has the same caveats. Group 0 has none; the others come in the order of the first that have them.

    Attributes
    ----------
    of_contingent
        Group of each contingent, then of each reserve.
    can_do
        Shape (groups, tasks): whether a group does a task, tasks in the order of :class:`Task`.
    may_enter
        Shape (groups, sectors): whether a group may be lent to a sector.
    answers
        Shape (groups, kinds): whether a group is sent to a kind of incident, kinds in the scenario's order.
    """

    of_contingent: NDArray[np.int64]
    can_do: NDArray[np.bool_]
    may_enter: NDArray[np.bool_]
    answers: NDArray[np.bool_]


def caveat_groups(scenario: Scenario) -> CaveatGroups:
    """Groups of contingents and reserves by their caveats."""
    kinds = list(scenario.incidents.kinds) if scenario.incidents is not None else []
    tasks, sectors = list(Task), list(scenario.theatre.sectors)
    rules = [((True,) * len(tasks), (True,) * len(sectors), (True,) * len(kinds))]
    of_contingent = []
    for one in contingents_and_reserves(scenario).values():
        rule = (
            tuple(task not in one.will_not_do for task in tasks),
            tuple(sector not in one.will_not_enter for sector in sectors),
            tuple(kind not in one.will_not_answer for kind in kinds),
        )
        if rule not in rules:
            rules.append(rule)
        of_contingent.append(rules.index(rule))
    can_do, may_enter, answers = (np.array(column, dtype=bool) for column in zip(*rules, strict=True))
    return CaveatGroups(np.array(of_contingent, dtype=np.int64), can_do, may_enter, answers)


@dataclass(frozen=True, slots=True)
class ToursOfDuty:
    """When contingents are relieved. Arrays have an entry a contingent, then one a reserve: those never are.

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
    """Tours of duty of the scenario's contingents and reserves."""
    n_relieved = Counter(one.sector for one in scenario.contingents.values() if one.rotation is not None)
    n_before: Counter[str] = Counter()
    rows = []
    for one in contingents_and_reserves(scenario).values():
        if isinstance(one, ReserveForce) or one.rotation is None:
            rows.append((1.0, 0.0, 0.0, 1.0))
            continue
        rotation = scenario.rotations[one.rotation]
        share = rotation.hand_over_days / rotation.tour_days
        begins = n_before[one.sector] / n_relieved[one.sector]
        rows.append((rotation.tour_days, begins, share, rotation.hand_over_output))
        n_before[one.sector] += 1
    return ToursOfDuty(*np.array(rows, dtype=np.float64).reshape(-1, 4).T)


def _strength_of_others(scenario: Scenario, withdrawn: Collection[str]) -> int:
    """Soldiers that contingents which are not withdrawn have in the file."""
    return sum(one.strength for key, one in scenario.contingents.items() if key not in withdrawn)


def _share_out(
    n: int, whole: int, scenario: Scenario, withdrawn: Collection[str], leaves_first: Sequence[str]
) -> NDArray[np.int64]:
    """Shares of n things of the contingents that are not withdrawn, who have `whole` in the file."""
    weights = [0 if key in withdrawn else one.strength for key, one in scenario.contingents.items()]
    if n > 0 and not any(weights):
        gone = ", or it is withdrawn" if withdrawn else ""
        raise ValueError(f"{n} cannot be shared out: every contingent's strength in the scenario is 0{gone}")
    if n >= whole or not leaves_first:
        return sainte_lague(n, weights)
    shares, n_to_go = sainte_lague(whole, weights), whole - n
    leavers = [index for key in leaves_first for index, one in enumerate(scenario.contingents) if one == key]
    for index in leavers:
        n_gone = min(n_to_go, int(shares[index]))
        shares[index] -= n_gone
        n_to_go -= n_gone
    if n_to_go == 0:
        return shares
    return sainte_lague(n, [0 if index in leavers else weight for index, weight in enumerate(weights)])
