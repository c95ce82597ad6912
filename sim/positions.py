"""Positions: how far it is from place to place, and where a tour is at an instant.

Ways are straight lines times the theatre's detour factor. A tour is at its base, at one of its stops, or on the way
between two of them, at the speed of its kind; from when it would reach the next follows when it sets off to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_HOUR
from sim.scenario.schema import Scenario
from sim.theatre import Layout
from sim.trace import TourBlock

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_INSTANT_S = 1e-9


class Ground:
    """Distances and positions on a layout.

    Parameters
    ----------
    layout
        Where areas and bases are. If it has a period, the ground is a torus and ways take the shorter side.
    detour_factor
        Length of a way over that of the straight line.
    """

    def __init__(self, layout: Layout, detour_factor: float) -> None:
        self._detour_factor = detour_factor
        self._period_km = None if layout.period_km is None else np.array(layout.period_km)

    def way_km(self, start_km: Floats, end_km: Floats) -> Floats:
        """Lengths of ways [km] between points, shapes (..., 2)."""
        line = self._line(start_km, end_km)
        return np.asarray(np.hypot(line[..., 0], line[..., 1]) * self._detour_factor)

    def between(self, start_km: Floats, end_km: Floats, share: Floats) -> Floats:
        """Points [km] so far along the ways, as shares in [0, 1]; shapes (n, 2), (n, 2), (n,)."""
        return np.asarray(start_km + self._line(start_km, end_km) * np.asarray(share)[..., None])

    def _line(self, start_km: Floats, end_km: Floats) -> Floats:
        line = np.asarray(end_km) - np.asarray(start_km)
        if self._period_km is not None:
            line = line - self._period_km * np.round(line / self._period_km)
        return line


class TourPositions:
    """Where tours are.

    Parameters
    ----------
    scenario, layout
        The scenario and where its areas and bases are.
    ground
        The ground they move on.
    """

    def __init__(self, scenario: Scenario, layout: Layout, ground: Ground) -> None:
        kinds = scenario.tasks.patrols.kinds.values()
        self._ground = ground
        self._area_km, self._base_km = layout.area_km, layout.base_km
        self._step_s_per_km = np.array([SECOND_PER_HOUR / kind.speed_km_h for kind in kinds])
        self._approach_s_per_km = np.array([SECOND_PER_HOUR / kind.approach_speed_km_h for kind in kinds])

    def at(self, tours: TourBlock, rows: Ints, now_s: int) -> Floats:
        """Positions [km] of tours that are out, shape (n, 2).

        Parameters
        ----------
        tours, rows
            Tours, and the rows asked for.
        now_s
            An instant [s] from each tour's departure up to its end.
        """
        visit_s, area, kind = tours.visit_s[rows], tours.area[rows], tours.kind[rows]
        base_km = self._base_km[tours.sector[rows]]
        n_stops = (visit_s >= 0).sum(axis=1)
        n_reached = ((visit_s >= 0) & (visit_s <= now_s)).sum(axis=1)
        row, goes_home = np.arange(len(rows)), n_reached == n_stops
        ahead = np.minimum(n_reached, visit_s.shape[1] - 1)
        start_km = np.where((n_reached > 0)[:, None], self._area_km[area[row, n_reached - 1]], base_km)
        end_km = np.where(goes_home[:, None], base_km, self._area_km[area[row, ahead]])
        arrives_s = np.where(goes_home, tours.end_s[rows], visit_s[row, ahead])
        from_or_to_base = goes_home | (n_reached == 0)
        s_per_km = np.where(from_or_to_base, self._approach_s_per_km[kind], self._step_s_per_km[kind])
        way_s = np.maximum(self._ground.way_km(start_km, end_km) * s_per_km, _INSTANT_S)
        return self._ground.between(start_km, end_km, np.clip(1 - (arrives_s - now_s) / way_s, 0, 1))
