"""Integrals over time, kept at every full hour, from which any window of whole hours can be read.

A *step* is a change by `delta` of some quantity of a sector at a time. The integral of the quantity from 0 to hour h is
h times the sum of the deltas before h, less the sum of delta times time: two weighted histograms and a running sum,
with no sorting and no loop. Warm-up is truncation: a response is the integral at the end less that at the warm-up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_HOUR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def n_hours(run_length_s: int) -> int:
    """Whole hours of a run of `run_length_s` [s], the last one rounded up."""
    return -(-run_length_s // SECOND_PER_HOUR)


class Steps:
    """Times and sectors of steps, put into hours once, for any number of quantities that change at them.

    Parameters
    ----------
    time_s, sector
        When [s] and where (index), shape (n,), in any order. Steps at or after the end do not count.
    n_sectors, run_length_s
        Number of sectors; length of the run [s].

    Examples
    --------
    >>> steps = Steps(np.array([1800]), np.array([0]), n_sectors=1, run_length_s=7200)
    >>> steps.integrate(np.array([2.0])).tolist()
    [[0.0, 3600.0, 10800.0]]
    """

    def __init__(self, time_s: Ints, sector: Ints, *, n_sectors: int, run_length_s: int) -> None:
        self._time_s = time_s
        self._shape = n_sectors, n_hours(run_length_s) + 2
        hour = np.minimum(time_s // SECOND_PER_HOUR + 1, self._shape[1] - 1)
        self._bin = sector * self._shape[1] + hour

    def integrate(self, delta: Floats) -> Floats:
        """Integral, from 0 to each full hour, of the quantity that changes by `delta` at the steps.

        Returns
        -------
        array of float, shape (n_sectors, hours + 1)
            In units of the quantity times seconds.
        """
        hours_s = np.arange(self._shape[1] - 1) * SECOND_PER_HOUR
        return np.asarray(hours_s * self._sum(delta) - self._sum(delta * self._time_s))

    def integrate_ramps(self) -> Floats:
        """Integral, from 0 to each full hour, of a quantity that grows by one a second from each step on.

        Returns
        -------
        array of float, shape (n_sectors, hours + 1)
            In seconds squared: the sum of (time since the step)**2 / 2.
        """
        hours_s = np.arange(self._shape[1] - 1) * float(SECOND_PER_HOUR)
        time_s = self._time_s.astype(float)
        sums = hours_s**2 * self._sum(None) - 2 * hours_s * self._sum(time_s) + self._sum(time_s**2)
        return np.asarray(sums / 2)

    def count(self) -> Floats:
        """Number of steps before each full hour, shape (n_sectors, hours + 1)."""
        return self._sum(None)

    def _sum(self, weight: Floats | None) -> Floats:
        n_sectors, width = self._shape
        sums = np.bincount(self._bin, weights=weight, minlength=n_sectors * width)
        return np.asarray(np.cumsum(sums.reshape(n_sectors, width)[:, :-1], axis=1), dtype=np.float64)
