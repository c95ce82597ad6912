"""A patrol as a process: one section on one tour. The execution that one reads and teaches from."""

from __future__ import annotations

import simpy
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait
from sim.processes.tour_table import cut_short
from sim.trace import TourBlock


def patrol(env: simpy.Environment, depart_s: int, end_s: int, row: int, tours: TourBlock) -> ProcessGenerator:
    """Wait at the base, go on tour, come home, unless called away before that.

    Parameters
    ----------
    env
        The environment; its time is in whole seconds. An interrupt tells that the section was called away: whoever did
        that has entered it into the row and has the section now.
    depart_s, end_s
        Planned departure and return [s].
    row
        The tour's row in `tours`.
    tours
        Where departure and return are written when they happen.
    """
    try:
        yield Wait(env, depart_s - int(env.now), Turn.DEPARTURE)
        tours.departed_s[row] = depart_s
        yield Wait(env, end_s - depart_s, Turn.TOUR_ENDS)
        tours.ended_s[row] = end_s
    except simpy.Interrupt:
        return


class Patrols:
    """The patrols that are out, each with its process.

    Parameters
    ----------
    env
        The environment.
    """

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._of_shift: dict[int, tuple[int, list[simpy.Process]]] = {}

    def send_out(self, tours: TourBlock) -> None:
        """Start a process for every tour of a shift."""
        env = self._env
        processes = [
            env.process(patrol(env, depart_s, end_s, row, tours))
            for row, (depart_s, end_s) in enumerate(zip(tours.depart_s.tolist(), tours.end_s.tolist(), strict=True))
        ]
        self._of_shift = {shift: one for shift, one in self._of_shift.items() if one[0] > env.now}
        self._of_shift[tours.shift] = int(tours.end_s.max(initial=0)), processes

    def cut_short(self, tours: TourBlock, row: int, now_s: int) -> None:
        """Call the section of a tour away now [s]: the row says so at once, and its process is told."""
        cut_short(tours, row, now_s)
        self._of_shift[tours.shift][1][row].interrupt()
