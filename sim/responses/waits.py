"""Waits counted by length, so that a quantile of millions of waits needs no list of them.

A wait below a day is counted in its whole second, rounded down, a longer one in its whole minute.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR

Floats = NDArray[np.float64]

_SECOND_PER_MINUTE = 60
_MINUTES = 30 * SECOND_PER_DAY // _SECOND_PER_MINUTE
"""Columns of a minute; those of an hour follow."""

# First column and shortest wait [s] of each scale, and the length of its columns [s].
_SCALES = (
    (0, 0, 1),
    (SECOND_PER_DAY, SECOND_PER_DAY, _SECOND_PER_MINUTE),
    (SECOND_PER_DAY + _MINUTES, 31 * SECOND_PER_DAY, SECOND_PER_HOUR),
)


class WaitCounts:
    """How many waits of each length there were, by sector.

    Parameters
    ----------
    n_sectors
        Number of sectors.

    Attributes
    ----------
    counts
        Number of waits, shape (n_sectors, n_lengths): a column a second for the first day, a column a minute for the
        30 days after it, then a column an hour; as many as there were so far.

    Examples
    --------
    >>> waits = WaitCounts(1)
    >>> waits.add(0, np.array([0.0, 0.0, 61.5, 90_000.0]))
    >>> waits.quantile_s(0.75).tolist(), waits.quantile_s(1.0).tolist()
    ([61.0, 61.0], [90000.0, 90000.0])
    """

    def __init__(self, n_sectors: int) -> None:
        self.counts = np.zeros((n_sectors, 1), dtype=np.int64)

    def add(self, sector: int, wait_s: Floats) -> None:
        """Count waits, each 0 s or more and finite, in a sector."""
        length = wait_s.astype(np.int64)
        if length.max(initial=0) >= SECOND_PER_DAY:
            scale = np.searchsorted([shortest_s for _, shortest_s, _ in _SCALES], length, side="right") - 1
            first, shortest_s, step_s = np.array(_SCALES)[scale].T
            length = first + (length - shortest_s) // step_s
        counted = np.bincount(length)
        self._widen(len(counted))
        self.counts[sector, : len(counted)] += counted

    def _widen(self, n_lengths: int) -> None:
        n_more = n_lengths - self.counts.shape[1]
        if n_more > 0:
            self.counts = np.pad(self.counts, ((0, 0), (0, n_more)))

    def __add__(self, other: WaitCounts) -> WaitCounts:
        both = WaitCounts(len(self.counts))
        for one in (self, other):
            both._widen(one.counts.shape[1])
            both.counts[:, : one.counts.shape[1]] += one.counts
        return both

    def quantile_s(self, share: float) -> Floats:
        """The shortest length that at least a `share` of the waits do not exceed [s], rounded down as counted.

        Returns
        -------
        array of float, shape (n_sectors + 1,)
            The sectors, then the theatre; nan where there were no waits.
        """
        counts = np.vstack([self.counts, self.counts.sum(axis=0)])
        below, total = np.cumsum(counts, axis=1), counts.sum(axis=1)
        at = np.array([np.searchsorted(row, share * n) for row, n in zip(below, total, strict=True)])
        at = np.maximum(at, np.argmax(counts > 0, axis=1))
        scale = np.searchsorted([first for first, _, _ in _SCALES], at, side="right") - 1
        first, shortest_s, step_s = np.array(_SCALES)[scale].T
        length_s = shortest_s + (at - first) * step_s
        return np.where(total > 0, length_s.astype(float), np.nan)
