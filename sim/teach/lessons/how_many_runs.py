"""Checks of the notebook on replications: how sure a mean is, and how many runs make it as sure as one wants.

A *run*, or *replication*, gives one value of a response. The *interval* of their mean is the mean plus or minus its
*half width*; it *covers* if the true mean lies in it. The *warm-up* is the start of a run that is cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.statistics import Goal, look_ahead_size, replications_needed
from sim.teach.checks import Check, Given, Mistake, Values
from sim.teach.counts import Count
from sim.teach.lessons.half_widths import HALF_WIDTHS, as_text, read_values
from sim.teach.lessons.intervals_that_cover import COVERING, RANKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_N_HOURS = 40
N_MIN, LOOK_AHEAD = 3, 5
"""Of the rule for a precision, as the notebook gives it."""


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
        level, slowness = luck.uniform(0.6, 0.8), luck.uniform(1, 6)
        rise = level * (1 - np.exp(-np.arange(_N_HOURS) / slowness))
        text = as_text(rise + luck.normal(0, 0.012, size=_N_HOURS))
        given = {"coverages": Given(text, "share", f"mean coverage, hour 0 to hour {_N_HOURS - 1}")}
        values = {"coverages": text}
        cut = mser_cut(read_values(values))
        # A cut inside the range, which no mistake finds, nor takes for an hour next to it.
        near = {cut - 1, cut, cut + 1}
        if 3 <= cut < _N_HOURS // 2 and not near & {_smallest_variance(values), _first_above_mean(values)}:
            return given


# To a precision ----------------------------------------------------------------------------------------------------


def _until_precise(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        values = luck.normal(luck.uniform(0.6, 0.85), 0.04, size=45)
        given = {
            "coverages": Given(as_text(values), "share", "coverage of each run, in the order in which they were made"),
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
    *HALF_WIDTHS,
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
            Mistake(
                "the last hour that is cut",
                lambda given: mser_cut(read_values(given)) - 1,
                "One too few: is that how many hours are cut, or the number of the last one, counted from 0?",
            ),
            Mistake(
                "down to one hour",
                lambda given: _N_HOURS - 1,
                "That leaves a single hour, which cannot differ from its own mean. The rule looks at no d beyond half "
                "of the hours.",
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
