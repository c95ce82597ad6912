"""For tests of what waits for calm or unrest: tension raised by hand, and what happened, in days."""

from __future__ import annotations

import math

import simpy
from simpy.events import ProcessGenerator

from sim.clock import SECOND_PER_DAY, Turn, Wait
from sim.trace import EventKind, Names, Trace
from sim.violence.tension import Tension

Raises = list[tuple[float, int, float]]
"""Day, sector, and what is added to its tension then."""


def days(n: float) -> int:
    """So many days [s]."""
    return round(n * SECOND_PER_DAY)


def calm_world(n_sectors: int = 1) -> Tension:
    """Tension that halves in a day, of sectors with an incident a day each and no spill."""
    return Tension([1.0] * n_sectors, half_life_days=1.0, spill_share=0.0, max_tension=1000.0)


def stir_up(env: simpy.Environment, tension: Tension, raises: Raises) -> ProcessGenerator:
    """Raise tension by hand, when incidents would: n triggered at a half-life of a day add n ln 2."""
    for day, sector, more in raises:
        yield Wait(env, days(day) - int(env.now), Turn.INCIDENT)
        tension.raise_by(sector, more / math.log(2), int(env.now))


def empty_trace() -> Trace:
    """A trace of nothing."""
    return Trace(Names((), (), (), ()), run_length_s=1, policy="", troops=None, seed=0, replication=0)


def happened(trace: Trace, *kinds: EventKind) -> list[tuple[float, str, str, float]]:
    """Day, kind, entity and value of events of these kinds, or of all, in their order."""
    return [
        (one.time_s / SECOND_PER_DAY, one.kind.name, one.entity, one.value)
        for one in trace.events
        if not kinds or one.kind in kinds
    ]
