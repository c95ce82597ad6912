"""Where everything that moves is at an instant, for pictures that are drawn here; the page's script finds the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_HOUR
from sim.model import layout_of
from sim.positions import Ground, TourPositions
from sim.record import NOT_YET

if TYPE_CHECKING:
    from sim.animation.film import Film
    from sim.scenario.schema import Scenario
    from sim.trace import Trace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def rows_sent(film: Film, at_s: float) -> Ints:
    """Rows of `call` that are called and not back at an instant [s]."""
    return _lasting(film, "call.called_s", "call.home_s", at_s)


def rows_open(film: Film, at_s: float) -> Ints:
    """Rows of `incident` that are open at an instant [s]."""
    return _lasting(film, "incident.arises_s", "incident.ended_s", at_s)


class Positions:
    """Positions [km] at instants of a film.

    Parameters
    ----------
    scenario, trace
        What was run, and what happened.
    film
        What is shown of it.
    """

    def __init__(self, scenario: Scenario, trace: Trace, film: Film) -> None:
        layout = layout_of(scenario)
        self._ground = Ground(layout, scenario.theatre.detour_factor)
        self._of_tours = TourPositions(scenario, layout, self._ground)
        self._trace, self._film = trace, film
        answers = scenario.incidents
        self._s_per_km = 0.0 if answers is None else SECOND_PER_HOUR / answers.answering.speed_km_h

    def tours(self, at_s: int) -> Floats:
        """Where the sections on tour are, shape (n, 2), in the order of the trace."""
        found = [np.empty((0, 2))]
        for block in self._trace.tours:
            is_out = (block.departed_s != NOT_YET) & (block.departed_s <= at_s)
            rows = np.flatnonzero(is_out & ((block.ended_s == NOT_YET) | (block.ended_s > at_s)))
            if len(rows):
                found.append(self._of_tours.at(block, rows, at_s))
        return np.vstack(found)

    def sent(self, at_s: int) -> Floats:
        """Where the sections sent to incidents are, in the order of :func:`rows_sent`, shape (n, 2)."""
        columns = self._film.columns
        one = {name[5:]: columns[name][rows_sent(self._film, at_s)] for name in columns if name.startswith("call.")}
        is_released = (one["released_s"] != NOT_YET) & (one["released_s"] <= at_s)
        back_s = np.maximum(np.rint(self._ground.way_km(one["back_km"], one["end_km"]) * self._s_per_km), 1)
        back_km = self._along(one["back_km"], one["end_km"], (at_s - one["released_s"]) / back_s)
        takes_s = np.maximum(one["arrives_s"] - one["sets_off_s"], 1)
        way_km = self._along(one["start_km"], one["scene_km"], (at_s - one["sets_off_s"]) / takes_s)
        there_km = np.where((one["arrives_s"] <= at_s)[:, None], one["scene_km"], way_km)
        return np.where(is_released[:, None], back_km, there_km)

    def incidents(self, at_s: int) -> Floats:
        """Where the open incidents are, in the order of :func:`rows_open`, shape (n, 2)."""
        open_km: Floats = self._film.columns["incident.km"][rows_open(self._film, at_s)]
        return open_km

    def _along(self, start_km: Floats, end_km: Floats, share: Floats) -> Floats:
        return self._ground.between(start_km, end_km, np.clip(share, 0, 1))


def _lasting(film: Film, begins: str, ends: str, at_s: float) -> Ints:
    begin_s, end_s = film.columns[begins], film.columns[ends]
    return np.flatnonzero((begin_s <= at_s) & ((end_s == NOT_YET) | (end_s > at_s)))
