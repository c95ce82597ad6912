"""Checks of the notebook on replications that are about half widths: what one is, and how many runs make it small.

The interval of a mean is the mean plus or minus its *half width*: Student's t times the spread of a single run, over
the root of how many runs there are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.statistics import mean_interval
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import Count
from sim.teach.lessons.factors import normal_factor, student_factor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def as_text(values: NDArray[np.float64]) -> str:
    """Write shares as a text that is given."""
    return " ".join(f"{one:.3f}" for one in values.clip(0, 1))


def read_values(given: Values, name: str = "coverages") -> NDArray[np.float64]:
    """Values that are given as a text.

    Parameters
    ----------
    given : mapping
        Of an exercise.
    name : str
        Of the text.

    Returns
    -------
    ndarray, shape (n,)
        In the text's order.

    Examples
    --------
    >>> read_values({"coverages": "0.75 0.5"}).tolist()
    [0.75, 0.5]
    """
    import numpy as np

    return np.array(str(given[name]).split(), dtype=np.float64)


# A half width ------------------------------------------------------------------------------------------------------


def _runs(luck: np.random.Generator) -> dict[str, Given]:
    values = luck.normal(luck.uniform(0.6, 0.85), 0.04, size=int(luck.integers(5, 9)))
    return {
        "coverages": Given(as_text(values), "share", "coverage of each run"),
        "confidence": Given(int(luck.choice([80, 90, 99])), "%", "confidence of the interval"),
    }


def _half_width(given: Values) -> float:
    return mean_interval(read_values(given), given["confidence"] / 100).half_width


def _with_factor(values: NDArray[np.float64], factor: float, *, ddof: int = 1) -> float:
    """The half width with another factor in the place of t, or another divisor in s."""
    return float(factor * values.std(ddof=ddof) / math.sqrt(len(values)))


def _error(given: Values) -> float:
    """Chance with which an interval of the confidence that is given misses."""
    return float(1 - given["confidence"] / 100)


def _by_normal(given: Values, *, ddof: int = 1) -> float:
    return _with_factor(read_values(given), normal_factor(_error(given)), ddof=ddof)


def _by_student(given: Values, error: float, *, more: int = 0, ddof: int = 1) -> float:
    """The half width with the factor of so many runs more than there are, or of another error."""
    values = read_values(given)
    return _with_factor(values, student_factor(len(values) + more, error), ddof=ddof)


# How many for a half width -----------------------------------------------------------------------------------------


def _pilot(luck: np.random.Generator) -> dict[str, Given]:
    n, found = int(luck.integers(8, 13)), int(luck.integers(20, 36))
    # No goal that the formula meets with a whole number, so that rounding down is always wrong.
    goals = [one for one in range(4, 10) if n * found**2 % one**2]
    return {
        "n": Given(n, "runs", "runs that you have made"),
        "half_width": Given(found / 1000, "share", "half width that they gave"),
        "goal": Given(int(luck.choice(goals)) / 1000, "share", "half width that you want"),
    }


def _ratio(given: Values) -> float:
    return float(given["half_width"] / given["goal"])


def _n_in_all(given: Values) -> int:
    found, goal = round(given["half_width"] * 1000), round(given["goal"] * 1000)
    return int(-(-given["n"] * found**2 // goal**2))


# Copies ------------------------------------------------------------------------------------------------------------


def _copies(luck: np.random.Generator) -> dict[str, Given]:
    values = luck.normal(luck.uniform(0.6, 0.85), 0.04, size=int(luck.integers(4, 7)))
    return {
        "coverages": Given(as_text(values), "share", "coverage of each run that has random numbers of its own"),
        "copies": Given(int(luck.integers(8, 13)), "times", "how often each of them is in the table"),
    }


def _tables(given: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The runs with their copies, and without."""
    runs = read_values(given)
    return runs.repeat(given["copies"]), runs


def _claimed(given: Values) -> float:
    return mean_interval(_tables(given)[0]).half_width


def _honest(given: Values) -> float:
    return mean_interval(_tables(given)[1]).half_width


def _divided_by_n(values: NDArray[np.float64]) -> float:
    return _with_factor(values, student_factor(len(values)), ddof=0)


_NOT_NORMAL = (
    "Perhaps the factor is that of the normal law. The spread is found from few runs: take Student's t, with one "
    "degree of freedom less than there are runs."
)
_NOT_BY_N = "Perhaps the sum of squares is divided by n. For the spread s it is n - 1 (`ddof=1` in NumPy)."

HALF_WIDTHS: tuple[Check, ...] = (
    Check(
        "5a",
        "one number: the half width of the interval of the mean, as a share such as 0.25",
        Exact(_half_width),
        (
            Mistake(
                "scatter of one run",
                lambda given: _half_width(given) * math.sqrt(len(read_values(given))),
                "Perhaps this is how far a single run scatters. A mean of n runs scatters less, by the root of n.",
            ),
            Mistake(
                "normal instead of t",
                _by_normal,
                _NOT_NORMAL,
            ),
            Mistake(
                "divided by n",
                lambda given: _by_student(given, _error(given), ddof=0),
                _NOT_BY_N,
            ),
            Mistake(
                "normal, and divided by n",
                lambda given: _by_normal(given, ddof=0),
                f"Perhaps two things at once. {_NOT_NORMAL} {_NOT_BY_N}",
            ),
            Mistake(
                "1.96",
                lambda given: _with_factor(read_values(given), normal_factor()),
                "Perhaps the factor is 1.96. That is the normal law's, and for 95 %.",
            ),
            Mistake(
                "degrees of freedom",
                lambda given: _by_student(given, _error(given), more=1),
                "Perhaps t has as many degrees of freedom as there are runs. It has one less: the mean is found from "
                "them, too.",
            ),
            Mistake(
                "standard deviation",
                lambda given: float(read_values(given).std(ddof=1)),
                "Perhaps this is s, how far single runs scatter. Their mean is surer, by the root of n, and takes t.",
            ),
            Mistake(
                "standard error",
                lambda given: _with_factor(read_values(given), 1),
                "Perhaps this is s/√n, without the factor t.",
            ),
            Mistake(
                "another confidence",
                lambda given: _by_student(given, 0.05),
                "Perhaps this is the half width for 95 %: your table gives another confidence.",
            ),
            Mistake(
                "whole width", lambda given: 2 * _half_width(given), "Perhaps this is the whole width, low to high."
            ),
            Mistake(
                "one side only",
                lambda given: _by_student(given, 2 * _error(given)),
                "What the confidence leaves over lies on both sides, half on each: for 95 % the quantile is 0.975, "
                "not 0.95.",
            ),
        ),
        _runs,
    ),
    Check(
        "5b",
        "one whole number: how many runs in all should give the half width that you want, such as 5",
        Count(_n_in_all, of="runs"),
        (
            Mistake(
                "straight line",
                lambda given: math.ceil(given["n"] * _ratio(given)),
                "Perhaps n was taken times h/g, not its square. Half widths fall with the root of n: half of it "
                "takes more than twice as many runs.",
            ),
            Mistake(
                "rounded down",
                lambda given: _n_in_all(given) - 1,
                "With so many it is still a little too wide: round up.",
            ),
            Mistake(
                "further runs",
                lambda given: _n_in_all(given) - given["n"],
                "Perhaps this is how many more: the question is how many in all, with those that you have.",
            ),
            Mistake(
                "first runs forgotten",
                lambda given: math.ceil(_ratio(given) ** 2),
                "Perhaps this is how many times as many runs. The half width that you start from is that of n runs, "
                "not of one.",
            ),
        ),
        _pilot,
    ),
    Check(
        "5c",
        "two half widths, as shares: that of the table with copies, then the honest one, such as (0.25, 0.75)",
        Exact(lambda given: (_claimed(given), _honest(given))),
        (
            Mistake(
                "both claimed",
                lambda given: (_claimed(given), _claimed(given)),
                "The second number: a copy tells nothing new. The honest one knows of runs with random numbers of "
                "their own only.",
            ),
            Mistake(
                "both honest",
                lambda given: (_honest(given), _honest(given)),
                "The first number: the table does not know that rows are copies. What does the formula give for all "
                "of its rows?",
            ),
            Mistake(
                "the wrong way round",
                lambda given: (_honest(given), _claimed(given)),
                "Which of the two is smaller? Perhaps they are the wrong way round.",
            ),
            Mistake(
                "root of the copies",
                lambda given: (_claimed(given), _claimed(given) * math.sqrt(given["copies"])),
                "The second number: with fewer runs not only the root of n is another, but also the factor t and the "
                "n - 1 of s.",
            ),
            Mistake(
                "normal instead of t",
                lambda given: tuple(_with_factor(rows, normal_factor()) for rows in _tables(given)),
                "Perhaps the factor is 1.96, that of the normal law. Take Student's t, one for each number of rows.",
            ),
            Mistake(
                "normal for many rows",
                lambda given: (_with_factor(_tables(given)[0], normal_factor()), _honest(given)),
                "The first number: perhaps the factor is 1.96, as there are many rows. The formula has Student's t.",
            ),
            Mistake(
                "divided by n",
                lambda given: tuple(_divided_by_n(rows) for rows in _tables(given)),
                _NOT_BY_N,
            ),
        ),
        _copies,
    ),
)
"""Of one's own runs, of as many as it takes, and of copies."""
