"""Intervals for a quantile, whatever the values' distribution.

The *rank* of a value is its place in ascending order, from 1. How many of n values fall at or below the true q-quantile
is binomial (n, q), whatever their distribution; so two ranks can be chosen between whose values the quantile lies with
at least the given confidence. The chance is discrete: the true coverage is the next that ranks allow, and with ties in
the distribution it is higher still. Values may be infinite, as a response time is of an incident that nobody met.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.statistics.intervals import check_share

_ROUNDING = 1e-12  # of probabilities that are equal but for it


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """A quantile and its uncertainty.

    Attributes
    ----------
    n : int
        Values that it rests on.
    q : float
        Share of the distribution at or below the quantile, in (0, 1).
    value : float
        The smallest value that a share q of the values does not exceed, in their unit; can be infinite.
    low, high : float
        Ends of the closed confidence interval, in the values' unit: -inf, inf where n is too small to bound that side.
    confidence : float
        Least probability that the interval covers the true quantile.
    """

    n: int
    q: float
    value: float
    low: float
    high: float
    confidence: float


def quantile_interval(values: ArrayLike, q: float, confidence: float = 0.95) -> QuantileInterval:
    """Quantile of independent values with its distribution-free interval between two order statistics.

    Parameters
    ----------
    values : array_like, shape (n,)
        One value a replication, n >= 1; infinite ones are allowed.
    q : float
        Share at or below the quantile, in (0, 1).
    confidence : float
        Least probability that the interval covers the true quantile, in (0, 1).

    Returns
    -------
    QuantileInterval
        Between the values of the ranks that :func:`interval_ranks` chooses.

    Raises
    ------
    ValueError
        If there is no value, or one is nan, or q or the confidence lies outside (0, 1).

    References
    ----------
    Conover, W. J. (1999). Practical Nonparametric Statistics, 3rd ed. Wiley, New York, section 3.2.
    Hahn, G. J., Meeker, W. Q. (1991). Statistical Intervals. Wiley, New York, section 5.2.

    Examples
    --------
    >>> interval = quantile_interval(range(1, 12), 0.5)
    >>> interval.value, interval.low, interval.high
    (6.0, 2.0, 9.0)
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"values has shape {array.shape}; allowed: (n,) with n >= 1")
    if np.isnan(array).any():
        raise ValueError(f"values has {int(np.isnan(array).sum())} nan of {array.size}; allowed: numbers, inf too")
    low, high = interval_ranks(array.size, q, confidence)
    ordered = np.concatenate(([-np.inf], np.sort(array), [np.inf]))
    middle = max(1, math.ceil(array.size * q - _ROUNDING * array.size))
    return QuantileInterval(
        array.size, q, float(ordered[middle]), float(ordered[low]), float(ordered[high]), confidence
    )


def interval_ranks(n: int, q: float, confidence: float = 0.95) -> tuple[int, int]:
    """Ranks of the two values between which a quantile lies with at least the given confidence.

    Of the pairs of ranks that cover it so often, one with the fewest unbounded sides is taken; of those, one with the
    fewest ranks between; of those, the one whose two tails are most nearly equal.

    Parameters
    ----------
    n : int
        Values, >= 1.
    q : float
        Share at or below the quantile, in (0, 1).
    confidence : float
        Least probability that the interval covers the quantile, in (0, 1).

    Returns
    -------
    low, high : int
        Ranks, 0 <= low < high <= n + 1, where 0 stands for -inf and n + 1 for inf. For a continuous distribution the
        probability that the quantile lies between is P(low <= B < high) exactly, B binomial (n, q).

    Raises
    ------
    ValueError
        If n is below 1, or q or the confidence lies outside (0, 1).

    Examples
    --------
    >>> interval_ranks(11, 0.5), interval_ranks(20, 0.9), interval_ranks(40, 0.9)
    ((2, 9), (16, 21), (32, 40))
    """
    from scipy.special import bdtr, bdtrc

    check_share("q", q)
    check_share("confidence", confidence)
    if n < 1:
        raise ValueError(f"n is {n}; allowed: 1 or more")
    ranks = np.arange(n + 2)
    below = np.where(ranks > 0, bdtr(np.maximum(ranks - 1, 0), n, q), 0.0)  # P(B < rank)
    above = np.where(ranks <= n, np.where(ranks > 0, bdtrc(np.maximum(ranks - 1, 0), n, q), 1.0), 0.0)  # P(B >= rank)
    low = ranks[below <= 1 - confidence + _ROUNDING]
    # The nearest rank on the other side; P(B >= rank) falls with the rank.
    left = 1 - confidence + _ROUNDING - below[low]
    high = n + 2 - np.searchsorted(above[::-1], left, side="right")
    n_unbounded = (low == 0).astype(int) + (high == n + 1)
    imbalance = np.round(np.abs(below[low] - above[high]), 12)
    best = np.lexsort((low, imbalance, high - low, n_unbounded))[0]
    return int(low[best]), int(high[best])
