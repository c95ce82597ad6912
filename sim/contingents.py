"""Contingents: how a strength is shared out over them, and what that makes in sections.

Shares are in proportion to the contingents' strengths in the file, by the method of Sainte-Lague. A contingent that is
*withdrawn* has none, and the others share the strength.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from sim.apportion import sainte_lague
from sim.scenario.schema import Scenario

_EVERYONE, _BUT = "all", "all but "


def n_sections_of(strength: int, scenario: Scenario) -> int:
    """Sections on security tasks in the theatre, all shifts together, of a force of `strength` soldiers."""
    force = scenario.force
    soldiers = strength * force.share_in_theatre * force.share_on_security_tasks
    return math.floor(soldiers / force.section_size + 1e-9)


def strength_by_contingent(strength: int, scenario: Scenario, withdrawn: Collection[str] = ()) -> NDArray[np.int64]:
    """Soldiers of each contingent, in the scenario's order, when the force has `strength` soldiers.

    Shared out by Sainte-Lague over the contingents that are not `withdrawn`, in proportion to their strengths in the
    file, so that a larger force never costs a contingent a soldier.
    """
    return _share_out(strength, scenario, withdrawn)


def sections_by_contingent(strength: int, scenario: Scenario, withdrawn: Collection[str] = ()) -> NDArray[np.int64]:
    """Sections of each contingent, shared out as :func:`strength_by_contingent` does soldiers."""
    return _share_out(n_sections_of(strength, scenario), scenario, withdrawn)


def sections_by_sector(strength: int, scenario: Scenario, withdrawn: Collection[str] = ()) -> NDArray[np.int64]:
    """Sections in each sector, in the theatre's order, when the force has `strength` soldiers."""
    by_sector = np.zeros(len(scenario.theatre.sectors), dtype=np.int64)
    np.add.at(by_sector, sector_of_contingents(scenario), sections_by_contingent(strength, scenario, withdrawn))
    return by_sector


def place_without(withdrawn: Collection[str]) -> str:
    """Where a strength holds, as a trace has it: "all", or "all but" the contingents withdrawn."""
    return _BUT + ",".join(withdrawn) if withdrawn else _EVERYONE


def withdrawn_from(place: str) -> tuple[str, ...]:
    """Contingents withdrawn, from what :func:`place_without` gave."""
    return tuple(place.removeprefix(_BUT).split(",")) if place.startswith(_BUT) else ()


def sector_of_contingents(scenario: Scenario) -> NDArray[np.int64]:
    """Index of each contingent's sector, in the scenario's order."""
    keys = list(scenario.theatre.sectors)
    return np.array([keys.index(one.sector) for one in scenario.contingents.values()], dtype=np.int64)


def _share_out(n: int, scenario: Scenario, withdrawn: Collection[str]) -> NDArray[np.int64]:
    """Contingents' shares of n things, in proportion to the strengths in the file of those not withdrawn."""
    weights = [0 if key in withdrawn else one.strength for key, one in scenario.contingents.items()]
    if n > 0 and not any(weights):
        gone = ", or it is withdrawn" if withdrawn else ""
        raise ValueError(f"{n} cannot be shared out: every contingent's strength in the scenario is 0{gone}")
    return sainte_lague(n, weights)
