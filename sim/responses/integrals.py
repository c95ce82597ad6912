"""Integrals over time, kept at the edges of bins, from which the integral over any run of bins can be read.

A *step* is a change by `delta` of some quantity of a sector at a time. The integral of the quantity from 0 to an edge
is the sum over the steps before it of delta times (edge - time): two weighted histograms and a running sum, with no
sorting and no loop. The histograms can be added to, so that a run may be measured piece by piece. Warm-up is
truncation: its end is an edge, and a response is the integral at the end less that at the warm-up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def day_edges(run_length_s: int, warm_up_s: int) -> Ints:
    """Edges [s] of a run's days, of the last one though it may not be full, and of the warm-up."""
    days = np.arange(0, run_length_s, SECOND_PER_DAY)
    return np.union1d(days, [min(warm_up_s, run_length_s), run_length_s])


def to_edges(by_bin: Floats | Ints) -> Floats:
    """Sums from 0 to each edge, of what is in each bin, rows by bins."""
    return np.pad(np.cumsum(by_bin, axis=1, dtype=np.float64), ((0, 0), (1, 0)))


@dataclass(frozen=True, slots=True)
class Cells:
    """A cell a row and bin, from bin `first` on, and the cell that each of some things falls into.

    Rows are sectors, or areas. A long run has many bins, but what is taken in at a time lies in few of them.
    """

    first: int
    index: Ints
    shape: tuple[int, int]

    def sum(self, weight: NDArray[np.number] | None = None) -> Floats:
        """Sum of the weights, or number, of what is in each cell, rows by bins."""
        n_rows, n_bins = self.shape
        sums = np.bincount(self.index, weights=weight, minlength=n_rows * n_bins)
        return sums.reshape(self.shape).astype(np.float64)


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

    def cells(self, time_s: NDArray[np.integer], row: Ints, n_rows: int | None = None) -> Cells:
        """Cells of times [s] and rows, by default sectors; times from the last edge on are in a bin that no one reads.

        There must be a time.
        """
        bins = np.searchsorted(self.edges_s, time_s, side="right")
        first = int(bins.min())
        n_bins = int(bins.max()) - first + 1
        return Cells(first, row * n_bins + (bins - first), (n_rows or self.n_sectors, n_bins))

    def zeros(self) -> Floats:
        """Nothing in any bin, nor in the one after the last edge, shape (n_sectors, n_edges + 1)."""
        return np.zeros((self.n_sectors, len(self.edges_s) + 1))


def _add(sums: Floats, first: int, more: Floats) -> None:
    sums[:, first : first + more.shape[1]] += more


def _before_edges(sums: Floats) -> Floats:
    """Sum of what came before each edge, shape (n_sectors, n_edges)."""
    return np.cumsum(sums[:, :-1], axis=1)


class Count:
    """Number of things that happened, by sector, from 0 to each edge."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._n = grid.zeros()

    def add(self, time_s: NDArray[np.integer], sector: Ints) -> None:
        """Count things at times [s] in sectors, shape (n,), in any order."""
        if len(time_s):
            cells = self._grid.cells(time_s, sector)
            _add(self._n, cells.first, cells.sum())

    def at_edges(self) -> Floats:
        """Number before each edge, shape (n_sectors, n_edges)."""
        return _before_edges(self._n)


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
        self._deltas, self._moments = grid.zeros(), grid.zeros()

    def add(self, time_s: NDArray[np.integer], sector: Ints, delta: Floats) -> None:
        """Let the quantity change by `delta` at times [s] in sectors, shape (n,), in any order."""
        if len(time_s):
            cells = self._grid.cells(time_s, sector)
            self.add_bins(cells.first, cells.sum(delta), cells.sum(delta * time_s))

    def add_bins(self, first: int, deltas: Floats, moments: Floats) -> None:
        """The same where steps were added up in their bins, from number `first` on: delta, and delta times time."""
        _add(self._deltas, first, deltas)
        _add(self._moments, first, moments)

    def at_edges(self) -> Floats:
        """Integral from 0 to each edge, shape (n_sectors, n_edges), in units of the quantity times seconds."""
        return np.asarray(self._grid.edges_s * _before_edges(self._deltas) - _before_edges(self._moments))


class RampIntegral:
    """Integral of a quantity that grows by one a second from each of some times on, by sector, from 0 to each edge."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._sums = [grid.zeros() for _ in range(3)]

    def add(self, time_s: NDArray[np.integer], sector: Ints) -> None:
        """Let ramps begin at times [s] in sectors, shape (n,), in any order."""
        if len(time_s):
            cells, exact_s = self._grid.cells(time_s, sector), time_s.astype(np.float64)
            for power, sums in enumerate(self._sums):
                _add(sums, cells.first, cells.sum(exact_s**power))

    def at_edges(self) -> Floats:
        """Sum of (time since the beginning)**2 / 2 at each edge [s2], shape (n_sectors, n_edges)."""
        n, time_s, time_s2 = (_before_edges(sums) for sums in self._sums)
        edges_s = self._grid.edges_s.astype(np.float64)
        return np.asarray((edges_s**2 * n - 2 * edges_s * time_s + time_s2) / 2)
