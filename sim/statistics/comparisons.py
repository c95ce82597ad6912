"""Alternatives compared in pairs.

An *alternative* is one of k things compared, a *pair* the same replication of two of them, which share their random
numbers; the *baseline* is the alternative that others are compared with. A comparison looks at differences within
pairs, so that what the two have in common cancels; the *variance ratio* says how much that gave: as many times more
replications would independent random numbers take for the same interval.

A *family* is the comparisons that one error level is shared over. Intervals of a family that hold together are
Bonferroni's; decisions over a family use Holm's step-down, which decides at least as often at the same level. *Not
worse* means worse by less than *delta*. It is shown, by rejecting "worse by delta or more", or it is not shown: a
difference that is not significant shows nothing.

A pair with a nan, where there was no demand, is left out of that comparison, and ``n`` counts the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.statistics.intervals import check_share

_ROUNDING = 16 * float(np.finfo(np.float64).eps)  # of a difference, as a share of the values it is made of


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """One alternative against another, over pairs.

    Attributes
    ----------
    a, b : int
        Their rows in the values.
    n : int
        Pairs that it rests on.
    difference : float
        Mean of a - b, in the values' unit; nan without a pair.
    half_width : float
        Half the width of the interval of this difference by itself (Student t), in the values' unit; nan below two
        pairs, as are those that follow.
    simultaneous_half_width : float
        The same for intervals that cover all differences of the family at once (Bonferroni).
    variance_ratio : float
        (Var A + Var B) / Var(A - B), see :func:`variance_ratio`.
    p_not_worse : float
        One-sided p-value of "a is worse than b by delta or more", not adjusted: small shows that a is not worse.
    p_differs : float
        Two-sided p-value of "a and b have the same mean", not adjusted.
    """

    a: int
    b: int
    n: int
    difference: float
    half_width: float
    simultaneous_half_width: float
    variance_ratio: float
    p_not_worse: float
    p_differs: float


def compare_pairs(
    values: ArrayLike,
    baseline: int,
    *,
    confidence: float = 0.95,
    delta: float = 0.0,
    higher_is_better: bool = True,
) -> list[PairedDifference]:
    """Every other alternative against the baseline: a family of k - 1 comparisons.

    Parameters
    ----------
    values : array_like, shape (k, n)
        A row an alternative, a column a replication, k >= 2; nan where there was no demand.
    baseline : int
        Row that the others are compared with, in [0, k).
    confidence : float
        Of each interval by itself, and of all simultaneous ones together, in (0, 1).
    delta : float
        How much worse is still not worse, in the values' unit, >= 0. It is chosen before the values are seen.
    higher_is_better : bool
        Whether a higher value is better.

    Returns
    -------
    list of PairedDifference
        With b the baseline, in the order of rows. If differences do not vary, p-values are 0 or 1 by their sign.

    Raises
    ------
    ValueError
        If the values have another shape or one is infinite, there is no such row, delta is negative or the confidence
        lies outside (0, 1).

    References
    ----------
    Law, A. M. (2015). Simulation Modeling and Analysis, 5th ed. McGraw-Hill, New York, sections 10.2-10.3, 11.2.
    Dunn, O. J. (1961). Multiple comparisons among means. J. Am. Stat. Assoc. 56(293), 52-64: Bonferroni's intervals.
    Wellek, S. (2010). Testing Statistical Hypotheses of Equivalence and Noninferiority, 2nd ed. Chapman & Hall/CRC.
    Piaggio, G., et al. (2012). Reporting of noninferiority and equivalence randomized trials. JAMA 308(24), 2594-2604.

    Examples
    --------
    >>> hold, cut = [0.90, 0.80, 0.85, 0.95], [0.89, 0.80, 0.84, 0.93]
    >>> [found] = compare_pairs([hold, cut], 0, delta=0.02)
    >>> round(found.difference, 3), round(found.half_width, 3), round(found.p_not_worse, 3)
    (-0.01, 0.013, 0.046)
    """
    table = _table(values)
    if not 0 <= baseline < len(table):
        raise ValueError(f"baseline is {baseline}; allowed: 0 to {len(table) - 1}")
    pairs = [(row, baseline) for row in range(len(table)) if row != baseline]
    return _compare(table, pairs, confidence, delta, higher_is_better)


def all_pairs(
    values: ArrayLike, confidence: float = 0.95, *, delta: float = 0.0, higher_is_better: bool = True
) -> list[PairedDifference]:
    """Every two alternatives: a family of k (k - 1) / 2 comparisons.

    Parameters
    ----------
    values, confidence, delta, higher_is_better
        As in :func:`compare_pairs`.

    Returns
    -------
    list of PairedDifference
        With a < b, in the order (0, 1), (0, 2), ..., (1, 2), ...

    Raises
    ------
    ValueError
        As :func:`compare_pairs`.
    """
    table = _table(values)
    return _compare(table, list(combinations(range(len(table)), 2)), confidence, delta, higher_is_better)


def not_worse(differences: Sequence[PairedDifference], confidence: float = 0.95) -> NDArray[np.bool_]:
    """Decide for which comparisons of a family "not worse by delta or more" is shown.

    Parameters
    ----------
    differences : sequence of PairedDifference, length m
        The whole family.
    confidence : float
        Least probability, in (0, 1), that every one of those that are shown is so.

    Returns
    -------
    ndarray of bool, shape (m,)
        Whether Holm's adjusted one-sided p-value is at most 1 - confidence.

    Raises
    ------
    ValueError
        If the confidence lies outside (0, 1).
    """
    check_share("confidence", confidence)
    return holm([found.p_not_worse for found in differences]) <= 1 - confidence


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Adjust the p-values of a family: step down from the smallest.

    Rejecting where the adjusted value is at most a level keeps the probability of any false rejection at or below that
    level, however the tests depend on each other.

    Parameters
    ----------
    p : array_like, shape (m,)
        In [0, 1], or nan where there was no test; that one counts in the family as if its p-value were 1.

    Returns
    -------
    ndarray, shape (m,)
        In [0, 1], in the order of p and nan where that is nan: the largest of (m - j + 1) times the j-th smallest
        p-value, over all that are not greater, and at most 1.

    Raises
    ------
    ValueError
        If a value lies outside [0, 1] or the shape is another.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Stat. 6(2), 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    array = np.asarray(p, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"p has shape {array.shape}; allowed: (m,)")
    if ((array < 0) | (array > 1)).any():
        raise ValueError(f"p has {int(((array < 0) | (array > 1)).sum())} values outside [0, 1]")
    tested = np.where(np.isnan(array), 1.0, array)
    order = np.argsort(tested, kind="stable")
    stepped = np.maximum.accumulate(tested[order] * np.arange(array.size, 0, -1))
    adjusted = np.empty(array.size)
    adjusted[order] = np.minimum(stepped, 1.0)
    return np.where(np.isnan(array), np.nan, adjusted)


def variance_ratio(a: ArrayLike, b: ArrayLike) -> float:
    """Variance of a difference with independent random numbers over that with the common ones.

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Values of the same replications, in the same order; nan where there was no demand.

    Returns
    -------
    float
        (Var A + Var B) / Var(A - B) over the pairs without a nan: above 1 where common random numbers helped. inf if
        the difference does not vary and the two do; nan if neither varies or there are fewer than two pairs.

    Raises
    ------
    ValueError
        If the lengths differ or a value is infinite.

    References
    ----------
    Law, A. M. (2015). Simulation Modeling and Analysis, 5th ed. McGraw-Hill, New York, section 11.2.

    Examples
    --------
    >>> variance_ratio([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    5.0
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"a has shape {first.shape} and b {second.shape}; allowed: both (n,)")
    first, second = _pairs(_table(np.stack((first, second))))
    return _ratio(first, second, _differences(first, second))


def _compare(
    table: NDArray[np.float64], pairs: list[tuple[int, int]], confidence: float, delta: float, higher_is_better: bool
) -> list[PairedDifference]:
    from scipy.special import stdtr, stdtrit

    check_share("confidence", confidence)
    if not 0 <= delta < np.inf:
        raise ValueError(f"delta is {delta}; allowed: 0 or more")
    sign = 1.0 if higher_is_better else -1.0
    found = []
    for a, b in pairs:
        first, second = _pairs(table[[a, b]])
        differences = _differences(first, second)
        n = differences.size
        difference = float(differences[0] + np.mean(differences - differences[0])) if n else np.nan
        half_width = simultaneous = p_not_worse = p_differs = np.nan
        if n > 1:
            error = float(np.std(differences, ddof=1)) / np.sqrt(n)
            half_width = stdtrit(n - 1, (1 + confidence) / 2) * error
            simultaneous = stdtrit(n - 1, 1 - (1 - confidence) / (2 * len(pairs))) * error
            margin = sign * difference + delta
            if error > 0:
                p_not_worse = stdtr(n - 1, -margin / error)
                p_differs = 2 * stdtr(n - 1, -abs(difference) / error)
            else:
                p_not_worse = float(margin <= _rounding(first, second))
                p_differs = float(difference == 0)
        found.append(
            PairedDifference(
                a=a,
                b=b,
                n=n,
                difference=difference,
                half_width=float(half_width),
                simultaneous_half_width=float(simultaneous),
                variance_ratio=_ratio(first, second, differences),
                p_not_worse=float(p_not_worse),
                p_differs=float(p_differs),
            )
        )
    return found


def _table(values: ArrayLike) -> NDArray[np.float64]:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or len(table) < 2:
        raise ValueError(f"values has shape {table.shape}; allowed: (k, n) with k >= 2")
    if np.isinf(table).any():
        raise ValueError(f"values has {int(np.isinf(table).sum())} infinite of {table.size}; allowed: finite or nan")
    return table


def _pairs(two: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the two rows without the columns that have a nan."""
    kept = two[:, ~np.isnan(two).any(axis=0)]
    return kept[0], kept[1]


def _rounding(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return _ROUNDING * float(max(np.abs(first).max(initial=0.0), np.abs(second).max(initial=0.0)))


def _differences(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return first - second, without a spread, or a difference from 0, that rounding of the values explains."""
    differences = first - second
    rounding = _rounding(first, second)
    if differences.size and np.ptp(differences) <= rounding:
        middle = differences[0] if abs(differences[0]) > rounding else 0.0
        return np.full(differences.size, middle)
    return differences


def _ratio(first: NDArray[np.float64], second: NDArray[np.float64], differences: NDArray[np.float64]) -> float:
    if differences.size < 2:
        return np.nan
    # Shifted by a value each, so that equal values have no variance, free of rounding.
    apart = float(np.var(first - first[0], ddof=1) + np.var(second - second[0], ddof=1))
    together = float(np.var(differences - differences[0], ddof=1))
    if together == 0:
        return np.inf if apart > 0 else np.nan
    return apart / together
