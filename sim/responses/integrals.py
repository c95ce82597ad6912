"""Integrals over time, kept at the edges of bins, from which the integral over any run of bins can be read.

A *step* is a change by `delta` of some quantity of a sector at a time. The integral of the quantity from 0 to an edge
is the sum over the steps before it of delta times (edge - time): two weighted histograms and a running sum, with no
sorting and no loop. The histograms can be added to, so that a run may be measured piece by piece. Warm-up is
truncation: its end is an edge, and a response is the integral at the end less that at the warm-up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def day_edges(run_length_s: int, warm_up_s: int) -> Ints:
    """Edges [s] of a run's days, of the last one though it may not be full, and of the warm-up."""
    days = np.arange(0, run_length_s, SECOND_PER_DAY)
    return np.union1d(days, [min(warm_up_s, run_length_s), run_length_s])


class Grid:
    """Bins of time by sector.

    Parameters
    ----------
    edges_s
        Edges of the bins [s], increasing, the first one 0.
    n_sectors
        Number of sectors.
    """

    def __init__(self, edges_s: Ints, n_sectors: int) -> None:
        self.edges_s = edges_s
        self.n_sectors = n_sectors
        self._width = len(edges_s) + 1

    def bins(self, time_s: NDArray[np.integer], sector: Ints) -> Ints:
        """Bin of each time [s] and sector; times at or after the last edge go to a bin that no sum reads."""
        return sector * self._width + np.searchsorted(self.edges_s, time_s, side="right")

    def histogram(self, bins: Ints, weight: Floats | None = None) -> Floats:
        """Sum of the weights, or number, of what is in each bin."""
        return np.bincount(bins, weights=weight, minlength=self.n_sectors * self._width).astype(np.float64)

    def before_edges(self, histogram: Floats) -> Floats:
        """Sum of what came before each edge, shape (n_sectors, n_edges)."""
        by_sector = histogram.reshape(self.n_sectors, self._width)
        return np.cumsum(by_sector[:, :-1], axis=1)


class Count:
    """Number of things that happened, by sector, from 0 to each edge."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._n = grid.histogram(np.empty(0, dtype=np.int64))

    def add(self, time_s: NDArray[np.integer], sector: Ints) -> None:
        """Count things at times [s] in sectors, shape (n,), in any order."""
        self._n += self._grid.histogram(self._grid.bins(time_s, sector))

    def at_edges(self) -> Floats:
        """Number before each edge, shape (n_sectors, n_edges)."""
        return self._grid.before_edges(self._n)


class StepIntegral:
    """Integral of a quantity that changes in steps, by sector, from 0 to each edge.

    Examples
    --------
    >>> integral = StepIntegral(Grid(np.array([0, 3600, 7200]), n_sectors=1))
    >>> integral.add(np.array([1800]), np.array([0]), np.array([2.0]))
    >>> integral.at_edges().tolist()
    [[0.0, 3600.0, 10800.0]]
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        nothing = np.empty(0, dtype=np.int64)
        self._deltas, self._moments = grid.histogram(nothing), grid.histogram(nothing)

    def add(self, time_s: NDArray[np.integer], sector: Ints, delta: Floats) -> None:
        """Let the quantity change by `delta` at times [s] in sectors, shape (n,), in any order."""
        bins = self._grid.bins(time_s, sector)
        self._deltas += self._grid.histogram(bins, delta)
        self._moments += self._grid.histogram(bins, delta * time_s)

    def add_bins(self, first: int, deltas: Floats, moments: Floats) -> None:
        """The same where steps were added up in their bins, from number `first` on: delta, and delta times time."""
        n_sectors, n_bins = deltas.shape
        for sums, more in ((self._deltas, deltas), (self._moments, moments)):
            sums.reshape(n_sectors, -1)[:, first : first + n_bins] += more

    def at_edges(self) -> Floats:
        """Integral from 0 to each edge, shape (n_sectors, n_edges), in units of the quantity times seconds."""
        before = self._grid.before_edges
        return np.asarray(self._grid.edges_s * before(self._deltas) - before(self._moments))


class RampIntegral:
    """Integral of a quantity that grows by one a second from each of some times on, by sector, from 0 to each edge."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        nothing = np.empty(0, dtype=np.int64)
        self._sums = [grid.histogram(nothing) for _ in range(3)]

    def add(self, time_s: NDArray[np.integer], sector: Ints) -> None:
        """Let ramps begin at times [s] in sectors, shape (n,), in any order."""
        bins, exact_s = self._grid.bins(time_s, sector), time_s.astype(np.float64)
        for power, sums in enumerate(self._sums):
            sums += self._grid.histogram(bins, exact_s**power)

    def at_edges(self) -> Floats:
        """Sum of (time since the beginning)**2 / 2 at each edge [s2], shape (n_sectors, n_edges)."""
        n, time_s, time_s2 = (self._grid.before_edges(sums) for sums in self._sums)
        edges_s = self._grid.edges_s.astype(np.float64)
        return np.asarray((edges_s**2 * n - 2 * edges_s * time_s + time_s2) / 2)
