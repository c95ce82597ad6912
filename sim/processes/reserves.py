"""Reserves: forces outside the theatre that are called in, arrive after their lead time, stay, and leave again.

A policy calls a reserve on a day, or at any midnight at which tension is high and the reserve is neither called nor
there. A call on a day while it is called or there makes it stay longer: as long as if it arrived anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import simpy
from simpy.events import ProcessGenerator

from sim.clock import SECOND_PER_DAY, Turn, Wait
from sim.force import Force
from sim.processes.drawdown import seconds_from_start
from sim.processes.gates import next_midnight_s, sector_index, tension_of
from sim.scenario.schema import Policy, ReserveForce, Scenario
from sim.trace import EventKind, Trace
from sim.violence.tension import Tension


@dataclass(frozen=True, slots=True)
class ReserveCall:
    """A call as the model needs it: the reserve, and when it is called.

    Attributes
    ----------
    reserve
        Its key.
    called_s
        When [s]; None if by tension.
    tension_above
        Called when tension is more; None if on a day.
    sector
        Index of the sector whose tension that is; None for the theatre.
    """

    reserve: str
    called_s: int | None = None
    tension_above: float | None = None
    sector: int | None = None


def reserve_calls(scenario: Scenario, policy: Policy) -> list[ReserveCall]:
    """A policy's calls, as the model needs them."""
    return [
        ReserveCall(
            call.reserve,
            None if call.on is None else seconds_from_start(scenario, call.on),
            call.tension_above,
            sector_index(scenario, call.sector),
        )
        for call in policy.calls.values()
    ]


def call_reserves(
    env: simpy.Environment,
    calls: Iterable[ReserveCall],
    reserves: Mapping[str, ReserveForce],
    force: Force,
    tension: Tension,
    trace: Trace,
) -> None:
    """Begin a process for each call.

    Parameters
    ----------
    env
        The environment.
    calls
        When which reserve is called.
    reserves
        The scenario's.
    force
        What they reinforce.
    tension
        What brings them.
    trace
        Gets an event when a reserve is called, arrives and leaves.
    """
    called: dict[str, _Reserve] = {}
    for call in calls:
        reserve = called.setdefault(call.reserve, _Reserve(env, call.reserve, reserves[call.reserve], force, trace))
        if call.called_s is not None:
            env.process(_on_day(env, call.called_s, reserve))
        elif call.tension_above is not None:
            env.process(_by_tension(env, call.tension_above, call.sector, reserve, tension))


class _Reserve:
    """A reserve, and where it is: `stay` is the process of its coming and going, None while it is away."""

    def __init__(self, env: simpy.Environment, key: str, reserve: ReserveForce, force: Force, trace: Trace) -> None:
        self.stay: simpy.Process | None = None
        self._env, self._key, self._reserve, self._force, self._trace = env, key, reserve, force, trace
        self._lead_s = round(reserve.lead_time_days * SECOND_PER_DAY)
        self._stays_s = round(reserve.stays_days * SECOND_PER_DAY)
        self._leaves_s = 0

    def call(self) -> None:
        """Call it in or, if it is called or there, make it stay longer."""
        self._record(EventKind.RESERVE_CALLED)
        self._leaves_s = int(self._env.now) + self._lead_s + self._stays_s
        if self.stay is None:
            self.stay = self._env.process(self._come_and_go())

    def _come_and_go(self) -> ProcessGenerator:
        yield Wait(self._env, self._lead_s, Turn.STRENGTH)
        self._force.bring(self._key)
        self._record(EventKind.RESERVE_ARRIVES)
        while self._leaves_s > int(self._env.now):
            yield Wait(self._env, self._leaves_s - int(self._env.now), Turn.STRENGTH)
        self._force.send_home(self._key)
        self._record(EventKind.RESERVE_LEAVES)
        self.stay = None

    def _record(self, kind: EventKind) -> None:
        self._trace.record(int(self._env.now), kind, self._key, self._reserve.sector, float(self._reserve.strength))


def _on_day(env: simpy.Environment, called_s: int, reserve: _Reserve) -> ProcessGenerator:
    """Call a reserve at a time [s]; one of the past at once."""
    yield Wait(env, max(0, called_s), Turn.GATE)
    reserve.call()


def _by_tension(
    env: simpy.Environment, above: float, sector: int | None, reserve: _Reserve, tension: Tension
) -> ProcessGenerator:
    """Call a reserve at midnights at which tension is high and it is away."""
    next_s = next_midnight_s(int(env.now))
    while True:
        yield Wait(env, next_s - int(env.now), Turn.GATE)
        if reserve.stay is None and tension_of(tension, sector, int(env.now)) > above:
            reserve.call()
        if reserve.stay is None:
            next_s += SECOND_PER_DAY
        else:
            yield reserve.stay
            next_s = next_midnight_s(int(env.now))
