"""Apportionment: share out whole things by weight, by the method of Sainte-Lague.

A *house* of n seats is shared out among *parties* with weights. Seats are given one by one, each to the party with
the largest weight / (2 x seats it has + 1). So a larger house never costs a party a seat (*house monotonicity*): more
troops never cost a contingent one, more patrol areas never cost a municipality one. Ties go to the lower index.

Source: M. L. Balinski and H. P. Young, Fair Representation, 2nd ed., Brookings 2001 (there: Webster's method).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def sainte_lague(n: int, weights: Sequence[float] | NDArray[np.floating | np.integer]) -> NDArray[np.int64]:
    """Share out n seats in proportion to weights.

    Parameters
    ----------
    n
        Seats, 0 or more.
    weights
        Shape (k,): a weight for each party, finite, 0 or more. A party of weight 0 gets no seat.

    Returns
    -------
    Shape (k,): seats of each party; they sum to n.

    Raises
    ------
    ValueError
        If n is negative, a weight is negative or not finite, or n is above 0 and no weight is.
    """
    weight = _checked(n, weights)
    if n == 0:
        return np.zeros(weight.size, dtype=np.int64)
    # Rounding the quotas of n - k/2 seats never gives out more than n. One seat fewer each keeps clear of rounding
    # errors: every seat given here is then surely among the first n, and about 2k at most remain to be given singly.
    quota = max(n - weight.size / 2, 0.0) * (weight / weight.sum())
    seats: NDArray[np.int64] = np.maximum(np.floor(quota + 0.5).astype(np.int64) - 1, 0)
    for _ in range(n - int(seats.sum())):
        seats[np.argmax(weight / (2 * seats + 1))] += 1
    return seats


def award_order(n: int, weights: Sequence[float] | NDArray[np.floating | np.integer]) -> NDArray[np.int64]:
    """Order in which the n seats of :func:`sainte_lague` are given out.

    Any first m of them share out m seats, so that a list in this order is fair wherever it is cut.

    Parameters
    ----------
    n, weights
        As in :func:`sainte_lague`.

    Returns
    -------
    Shape (n,): the index of the party that gets the first seat, the second, and so on.

    Raises
    ------
    ValueError
        As :func:`sainte_lague`.
    """
    seats = sainte_lague(n, weights)
    party = np.repeat(np.arange(seats.size), seats)
    rank = np.arange(n) - np.repeat(np.cumsum(seats) - seats, seats)
    claim = _checked(n, weights)[party] / (2 * rank + 1)
    return party[np.lexsort((party, -claim))]


def _checked(n: int, weights: Sequence[float] | NDArray[np.floating | np.integer]) -> NDArray[np.float64]:
    """Weights as floats, or ValueError."""
    weight = np.asarray(weights, dtype=np.float64)
    if n < 0:
        raise ValueError(f"cannot share out {n} seats: must be 0 or more")
    if weight.ndim != 1 or not np.all(np.isfinite(weight)) or np.any(weight < 0):
        raise ValueError("weights must be a row of finite numbers of 0 or more")
    if n > 0 and not 0 < weight.sum() < np.inf:
        raise ValueError(f"cannot share out {n} seats: the weights must have a sum above 0 and finite")
    return weight
