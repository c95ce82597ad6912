"""A patrol as a process: one section on one tour. The execution that one reads and teaches from."""

from __future__ import annotations

from simpy import Environment
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait
from sim.trace import TourBlock


def patrol(env: Environment, depart_s: int, end_s: int, row: int, tours: TourBlock) -> ProcessGenerator:
    """Wait at the base, go on tour, come home.

    Parameters
    ----------
    env
        The environment; its time is in whole seconds.
    depart_s, end_s
        Planned departure and return [s].
    row
        The tour's row in `tours`.
    tours
        Where departure and return are written when they happen.
    """
    yield Wait(env, depart_s - int(env.now), Turn.DEPARTURE)
    tours.departed_s[row] = depart_s
    yield Wait(env, end_s - depart_s, Turn.TOUR_ENDS)
    tours.ended_s[row] = end_s


def send_patrols(env: Environment, tours: TourBlock) -> None:
    """Start a process for every tour of a shift."""
    for row, (depart_s, end_s) in enumerate(zip(tours.depart_s.tolist(), tours.end_s.tolist(), strict=True)):
        env.process(patrol(env, depart_s, end_s, row, tours))
