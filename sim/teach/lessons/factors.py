"""Factors of half widths, which lessons on intervals and on comparisons share: Student's, and the normal law's."""

from __future__ import annotations


def student_factor(n: float, error: float = 0.05) -> float:
    """Student's factor of a two-sided interval that misses with a chance of `error`, for n values.

    Examples
    --------
    >>> round(student_factor(5), 3)
    2.776
    """
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 1 - error / 2))


def normal_factor(error: float = 0.05) -> float:
    """The factor of the normal law, for a standard deviation that is known.

    Examples
    --------
    >>> round(normal_factor(), 2)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri(1 - error / 2))
