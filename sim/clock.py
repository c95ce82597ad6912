"""Time in the model: whole seconds since midnight of the scenario's first day, and who acts first at one instant.

SimPy hands out events of one instant by priority, then by age. Age depends on who happened to schedule first, so every
wait here names its *turn*: tours and incidents end before strength changes, strength before gates and hand-overs, those
before the allocation of sections, that before departures, those before new incidents, and last of all sections are sent
to incidents. Two executions of one plan then see the same world at every instant.
"""

from __future__ import annotations

from enum import IntEnum

import simpy
from simpy.events import EventPriority

SECOND_PER_MINUTE = 60
SECOND_PER_HOUR = 3600
SECOND_PER_DAY = 86_400


class Turn(IntEnum):
    """Order of what happens at one instant; SimPy's own urgent and normal events keep 0 and 1."""

    TOUR_ENDS = 1
    STRENGTH = 2
    GATE = 3
    HAND_OVER = 4
    ALLOCATION = 5
    DEPARTURE = 6
    INCIDENT = 7
    DISPATCH = 8


_PRIORITY = [EventPriority(number) for number in range(max(Turn) + 1)]


class Wait(simpy.Event):
    """A timeout that takes its turn: `yield Wait(env, delay_s, Turn.ALLOCATION)`.

    Parameters
    ----------
    env
        The simulation's environment.
    delay_s
        How long to wait [s], at least 0.
    turn
        Place among the events of that instant.

    Raises
    ------
    ValueError
        If `delay_s` is negative.
    """

    def __init__(self, env: simpy.Environment, delay_s: int, turn: Turn) -> None:
        if delay_s < 0:
            raise ValueError(f"delay_s = {delay_s} s; a wait is at least 0 s long")
        self.env = env
        self.callbacks = []
        self._value = None
        self._ok = True
        env.schedule(self, _PRIORITY[turn], delay_s)


def hours_to_s(hours: float) -> int:
    """Whole seconds nearest to `hours` [h]."""
    return round(hours * SECOND_PER_HOUR)
