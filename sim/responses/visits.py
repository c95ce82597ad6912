"""From visits to coverage: how long areas were covered, and how long ago the last visit was.

An area is *covered* at an instant if it was visited within the last W, the coverage window. Its *age* is the time since
its last visit. Before its first visit an area is not covered and has no age: the share of areas not visited yet is
reported beside the mean age of the others, since a mean that counted them would grow with the length of the run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.responses.integrals import Cells, Floats, Grid, Ints, RampIntegral, StepIntegral

NEVER = -1


@dataclass(frozen=True, slots=True)
class VisitIntegrals:
    """Integrals from 0 to each edge, by sector, shape (n_sectors, n_edges).

    `covered_s`: areas covered [area s]; `covered_population_s`: people in them [people s]; `visited_s`: areas that have
    been visited at all [area s]; `age_s2`: sum of those areas' ages [area s2].
    """

    covered_s: Floats
    covered_population_s: Floats
    visited_s: Floats
    age_s2: Floats


class VisitMeter:
    """Coverage and age of all areas, from visits that come piece by piece.

    Parameters
    ----------
    grid
        Bins of time; its last edge is the end of the run.
    window_s
        Coverage window W [s].
    area_sector, area_population
        Sector and people of each area.
    """

    def __init__(self, grid: Grid, *, window_s: int, area_sector: Ints, area_population: Floats) -> None:
        self._grid = grid
        self._window_s = window_s
        self._sector = area_sector
        self._population = area_population
        self._last_s = np.full(len(area_sector), NEVER)
        self._pending = np.empty(0, dtype=np.int64)
        n_areas = len(area_sector)
        self._in_sector = np.zeros((grid.n_sectors, n_areas))
        self._in_sector[area_sector, np.arange(n_areas)] = 1.0
        self._people_in_sector = self._in_sector * area_population
        self._covered, self._covered_population, self._visited, self._later = (StepIntegral(grid) for _ in range(4))
        self._aged = RampIntegral(grid)

    def add(self, area: NDArray[np.integer], visit_s: NDArray[np.integer], complete_until_s: int) -> None:
        """Take in visits.

        Parameters
        ----------
        area, visit_s
            Index of the area and time [s] of each visit, in any order, before the end of the run.
        complete_until_s
            No visit before this time [s] is still to come.
        """
        # One sort of one integer does for two columns: time is below the end of the run.
        end_s = int(self._grid.edges_s[-1])
        key = np.concatenate([self._pending, area.astype(np.int64) * end_s + visit_s])
        key.sort()
        place = key // end_s
        time_s = key - place * end_s
        is_known = time_s < complete_until_s
        if is_known.all():
            self._pending = key[:0]
        else:
            self._pending, place, time_s = key[~is_known], place[is_known], time_s[is_known]
        if not len(place):
            return
        is_first = np.empty(len(place), dtype=bool)
        is_first[0] = True
        np.not_equal(place[1:], place[:-1], out=is_first[1:])
        before_s = np.empty_like(time_s)
        before_s[1:] = time_s[:-1]
        before_s[is_first] = self._last_s[place[is_first]]
        is_last = np.append(is_first[1:], True)
        self._last_s[place[is_last]] = time_s[is_last]
        self._add_sorted(place, time_s, before_s)

    def _add_sorted(self, place: Ints, time_s: Ints, before_s: Ints) -> None:
        """Visits of areas that were last visited at `before_s`."""
        cells = self._cells(place, time_s)
        self._change_cover(cells, cells.sum(), cells.sum(time_s))
        first = np.flatnonzero(before_s == NEVER)
        if len(first):
            sector = self._sector[place[first]]
            self._visited.add(time_s[first], sector, np.ones(len(first)))
            self._aged.add(time_s[first], sector)
        age_s = time_s - before_s
        age_s[first] = 0
        self._later.add_bins(
            cells.first, self._in_sector @ cells.sum(age_s), self._in_sector @ cells.sum(age_s * time_s)
        )
        if len(first):
            later = before_s != NEVER
            place, time_s, before_s = place[later], time_s[later], before_s[later]
        self._uncover(place, np.minimum(time_s, before_s + self._window_s))

    def _uncover(self, place: Ints, time_s: Ints) -> None:
        if len(place):
            cells = self._cells(place, time_s)
            self._change_cover(cells, -cells.sum(), -cells.sum(time_s))

    def _change_cover(self, cells: Cells, deltas: Floats, moments: Floats) -> None:
        """Let areas become covered (deltas above 0) or uncovered: an area's people follow it."""
        self._covered.add_bins(cells.first, self._in_sector @ deltas, self._in_sector @ moments)
        people = self._people_in_sector
        self._covered_population.add_bins(cells.first, people @ deltas, people @ moments)

    def _cells(self, place: Ints, time_s: Ints) -> Cells:
        return self._grid.cells(time_s, place, len(self._sector))

    def close(self) -> VisitIntegrals:
        """The integrals, once all visits are in; call it once."""
        nothing = np.empty(0, dtype=np.int64)
        self.add(nothing, nothing, int(self._grid.edges_s[-1]))
        visited = np.flatnonzero(self._last_s != NEVER)
        self._uncover(visited, self._last_s[visited] + self._window_s)
        return VisitIntegrals(
            covered_s=self._covered.at_edges(),
            covered_population_s=self._covered_population.at_edges(),
            visited_s=self._visited.at_edges(),
            age_s2=self._aged.at_edges() - self._later.at_edges(),
        )
