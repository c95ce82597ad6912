"""Checks of the notebook on replications: how sure a mean is, and how many runs make it as sure as one wants.

A *run*, or *replication*, gives one value of a response. The *interval* of their mean is the mean plus or minus its
*half width*; it *covers* if the true mean lies in it. The *warm-up* is the start of a run that is cut off.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.statistics import Goal, look_ahead_size, mean_interval, replications_needed
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import Count
from sim.teach.intervals_that_cover import COVERING, RANKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

N_MIN, LOOK_AHEAD = 3, 5
"""Of the rule for a precision, as the notebook gives it."""


def _as_text(values: NDArray[np.float64]) -> str:
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
        "coverages": Given(_as_text(values), "share", "coverage of each run"),
        "confidence": Given(int(luck.choice([90, 95, 99])), "%", "confidence of the interval"),
    }


def _half_width(given: Values) -> float:
    return mean_interval(read_values(given), given["confidence"] / 100).half_width


def _with_factor(given: Values, quantile: float) -> float:
    """The half width with another factor in the place of t."""
    values = read_values(given)
    return float(quantile * values.std(ddof=1) / math.sqrt(len(values)))


def _normal_half_width(given: Values) -> float:
    from scipy.special import ndtri

    return _with_factor(given, float(ndtri((1 + given["confidence"] / 100) / 2)))


def _one_sided(given: Values) -> float:
    from scipy.special import stdtrit

    return _with_factor(given, float(stdtrit(len(read_values(given)) - 1, given["confidence"] / 100)))


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
        "coverages": Given(_as_text(values), "share", "coverage of each run that has random numbers of its own"),
        "copies": Given(int(luck.integers(8, 13)), "times", "how often each of them is in the table"),
    }


def _claimed(given: Values) -> float:
    return mean_interval(read_values(given).repeat(given["copies"])).half_width


def _honest(given: Values) -> float:
    return mean_interval(read_values(given)).half_width


# Warm-up -----------------------------------------------------------------------------------------------------------


def mser_cut(values: NDArray[np.float64]) -> int:
    """How many values to cut off at the start by MSER, the rule of the smallest marginal standard error.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In the order of time, n >= 2; each the mean over runs of one hour, say.

    Returns
    -------
    int
        The d, from 0 to n // 2, whose sum of (x - mean)^2 over the values kept, divided by (n - d)^2, is smallest.

    References
    ----------
    White, K. P. (1997). An effective truncation heuristic for bias reduction in simulation output. Simulation 69(6),
    323-334.

    Examples
    --------
    >>> import numpy as np
    >>> mser_cut(np.array([0.0, 4.0, 5.0, 6.0, 5.0, 5.0]))
    2
    """
    return _smallest(values, lambda d: float(len(values) - d) ** 2)


def _smallest(values: NDArray[np.float64], divisor: Callable[[int], float]) -> int:
    def error(d: int) -> float:
        return float(((values[d:] - values[d:].mean()) ** 2).sum()) / divisor(d)

    return min(range(len(values) // 2 + 1), key=error)


def _smallest_variance(given: Values) -> int:
    hours = read_values(given)
    return _smallest(hours, lambda d: float(len(hours) - d))


def _first_above_mean(given: Values) -> int:
    hours = read_values(given)
    return int((hours >= hours.mean()).argmax())


def _hours(luck: np.random.Generator) -> dict[str, Given]:
    import numpy as np

    while True:
        level, slowness = luck.uniform(0.6, 0.8), luck.uniform(1.5, 4)
        rise = level * (1 - np.exp(-np.arange(24) / slowness))
        given = Given(_as_text(rise + luck.normal(0, 0.012, size=24)), "share", "mean coverage, hour 0 to hour 23")
        cut = mser_cut(read_values({"coverages": given.value}))
        values = {"coverages": given.value}
        # A cut inside the range, which neither mistake finds, nor takes for the next hour.
        if 3 <= cut <= 10 and not {cut, cut + 1} & {_smallest_variance(values), _first_above_mean(values)}:
            return {"coverages": given}


# To a precision ----------------------------------------------------------------------------------------------------


def _until_precise(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        values = luck.normal(luck.uniform(0.6, 0.85), 0.04, size=45)
        given = {
            "coverages": Given(_as_text(values), "share", "coverage of each run, in the order in which they were made"),
            "goal": Given(int(luck.integers(15, 21)) / 1000, "share", "half width that you want"),
        }
        by_name = {name: one.value for name, one in given.items()}
        needed, met = _needed(by_name, LOOK_AHEAD), _needed(by_name, 0)
        # Met once by luck, and only later for good: or the look-ahead would teach nothing.
        if needed is not None and met is not None and met < needed:
            return given


def _needed(given: Values, look_ahead: int) -> int | None:
    return replications_needed(read_values(given), Goal(given["goal"]), n_min=N_MIN, look_ahead=look_ahead)


def _lasting(given: Values) -> int:
    needed = _needed(given, LOOK_AHEAD)
    assert needed is not None
    return needed


CHECKS: tuple[Check, ...] = (
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
                _normal_half_width,
                "Perhaps the factor is that of the normal law. Yours is a spread found from a few runs: take "
                "Student's t, "
                "with one degree of freedom less than there are runs.",
            ),
            Mistake(
                "divided by n",
                lambda given: _half_width(given) * math.sqrt((len(read_values(given)) - 1) / len(read_values(given))),
                "Perhaps the sum of squares is divided by n. For the spread s it is n - 1 (`ddof=1` in NumPy).",
            ),
            Mistake(
                "whole width", lambda given: 2 * _half_width(given), "Perhaps this is the whole width, low to high."
            ),
            Mistake(
                "one side only",
                _one_sided,
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
        ),
        _copies,
    ),
    COVERING,
    RANKS,
    Check(
        "5f",
        "one whole number: how many hours MSER cuts off at the start, such as 24",
        Count(lambda given: mser_cut(read_values(given)), of="hours"),
        (
            Mistake(
                "smallest variance",
                _smallest_variance,
                "Perhaps the sum is divided by n - d. A variance divides by how many hours are kept, and goes on "
                "falling as one throws hours away. MSER "
                "divides by the square of that, so that throwing away costs something.",
            ),
            Mistake(
                "first above the mean",
                _first_above_mean,
                "Perhaps this is where the mean of all hours is first reached. That mean has the early hours in it.",
            ),
            Mistake(
                "counted from one",
                lambda given: mser_cut(read_values(given)) + 1,
                "One too many. The first hour has the number 0, so the number of the first hour kept is how many are "
                "cut.",
            ),
            Mistake("nothing cut", lambda given: 0, "The first hours are far below the others: they do harm."),
        ),
        _hours,
    ),
    Check(
        "5g",
        "one whole number: the fewest runs that meet the goal, then and over the look-ahead, such as 2",
        Count(_lasting, of="runs"),
        (
            Mistake(
                "met once",
                lambda given: _needed(given, 0),
                "There the goal is met for the first time, and soon missed again: it must last.",
            ),
            Mistake(
                "look-ahead added",
                lambda given: _lasting(given) + look_ahead_size(_lasting(given), LOOK_AHEAD),
                "Perhaps the look-ahead is added. So many runs have to be made; the question is from how many on the "
                "goal is met.",
            ),
            Mistake(
                "counted from zero",
                lambda given: _lasting(given) - 1,
                "One too few: is that how many runs there are, or the number of the last one, counted from 0?",
            ),
        ),
        _until_precise,
    ),
)
"""In the order of the exercises."""
