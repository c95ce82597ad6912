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


def integrate_steps(time_s: Ints, sector: Ints, delta: Floats, n_sectors: int, run_length_s: int) -> Floats:
    """Integral of a step function from 0 to each full hour, by sector.

    Parameters
    ----------
    time_s, sector, delta
        When [s], where (index), by how much; shape (n,), in any order. Steps at or after the end do not count.
    n_sectors, run_length_s
        Number of sectors; length of the run [s].

    Returns
    -------
    array of float, shape (n_sectors, hours + 1)
        In units of the quantity times seconds.

    Examples
    --------
    >>> integrate_steps(np.array([1800]), np.array([0]), np.array([2.0]), 1, 7200).tolist()
    [[0.0, 3600.0, 10800.0]]
    """
    hours_s = np.arange(n_hours(run_length_s) + 1) * SECOND_PER_HOUR
    sums = _sum_before_hours(time_s, sector, delta, n_sectors, run_length_s)
    moments = _sum_before_hours(time_s, sector, delta * time_s, n_sectors, run_length_s)
    return hours_s * sums - moments


def count_before_hours(time_s: Ints, sector: Ints, n_sectors: int, run_length_s: int) -> Floats:
    """Number of points before each full hour, by sector; shape (n_sectors, hours + 1)."""
    return _sum_before_hours(time_s, sector, np.ones(len(time_s)), n_sectors, run_length_s)


def _sum_before_hours(time_s: Ints, sector: Ints, weight: Floats, n_sectors: int, run_length_s: int) -> Floats:
    width = n_hours(run_length_s) + 1
    hour = np.minimum(time_s // SECOND_PER_HOUR + 1, width)
    sums = np.bincount(sector * (width + 1) + hour, weights=weight, minlength=n_sectors * (width + 1))
    return np.cumsum(sums.reshape(n_sectors, width + 1)[:, :width], axis=1)
