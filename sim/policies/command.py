"""Command: how long it takes before a section of one sector sets out to an incident in another.

Sectors coordinate before they help each other. A *separate* sector is under a command of its own, with which it takes
longer, or cannot be done at all; *liaison* soldiers there shorten the delay.
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.clock import SECOND_PER_MINUTE
from sim.scenario.schema import Command


def crossing_delays_s(command: Command | None, sectors: Sequence[str]) -> list[list[int | None]]:
    """Delay before a section of a sector (row) sets out into another (column) [s]; None if it may not.

    Parameters
    ----------
    command
        The policy's; None: sectors do not help each other.
    sectors
        Keys of the sectors.
    """
    return [[0 if to == home else _delay_s(command, home, to) for to in sectors] for home in sectors]


def _delay_s(command: Command | None, home: str, to: str) -> int | None:
    if command is None:
        return None
    separate = [sector for sector in (home, to) if sector in command.separate_sectors]
    delay_min: float | None = command.coordination_delay_min
    if separate:
        delay_min = command.separate_delay_min
        if delay_min is not None and command.liaison_halves_at is not None:
            n_liaison = sum(command.liaison_soldiers.get(sector, 0) for sector in separate)
            shortened_min = delay_min * 2 ** -(n_liaison / command.liaison_halves_at)
            delay_min = max(shortened_min, min(delay_min, command.coordination_delay_min))
    return None if delay_min is None else round(delay_min * SECOND_PER_MINUTE)
