"""Checks of the notebook on replications that are about intervals: whether they cover, and those of a quantile.

An interval *covers* if the true value lies in it: of many intervals of 95 %, about 95 % do. The *rank* of a value is
its place in ascending order, from 1.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.statistics import interval_ranks
from sim.teach.checks import Check, Given, Mistake, Property, Rule, Values
from sim.teach.lessons.factors import normal_factor, student_factor
from sim.teach.numbers import read_numbers
from sim.theory import window_coverage_random

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

N_INTERVALS = 200
"""Intervals that a student makes, to count how many cover."""

_CONFIDENCE = 0.95
_LEAST_COVERING = 0.88
"""Of 200 intervals of which each covers with probability 0.95, fewer cover once in 50,000 times."""
_MOST_ROWS = 0.9
"""Share of intervals that have to be made in one way: the others may be cut off at 1."""
_WHOLE = 0.01
"""What a number that is found from two ends may be off by and count as whole."""
_DIGITS = 6
"""Numbers with no more digits after the point were rounded."""


# Do they cover? ----------------------------------------------------------------------------------------------------


def _watched(luck: np.random.Generator) -> dict[str, Given]:
    window, truth = int(luck.integers(6, 13)), luck.uniform(0.55, 0.75)
    return {
        "visits_per_day": Given(round(float(-math.log(1 - truth)) * 24 / window, 1), "1/day", "visits to one area"),
        "window_h": Given(window, "h", "coverage window W"),
        "areas": Given(int(luck.integers(25, 41)), "areas", "patrol areas of the sector"),
        "runs": Given(int(luck.integers(4, 7)), "runs", "runs behind one interval"),
    }


def _truth(given: Values) -> float:
    return float(window_coverage_random(given["visits_per_day"] / 24, given["window_h"]))


@functools.lru_cache(maxsize=128)
def _made(visits_per_day: float, window_h: int, areas: int, runs: int) -> tuple[NDArray[np.float64], ...]:
    """Means and half widths of the intervals of simulated runs, shape (N_INTERVALS,) each."""
    import numpy as np

    ages = np.random.default_rng(areas).exponential(24 / visits_per_day, size=(N_INTERVALS, runs, areas))
    shares = (ages <= window_h).mean(axis=2)
    return shares.mean(axis=1), _right_factor(runs) * shares.std(axis=1, ddof=1)


def _intervals(given: Values, factor: float = 1.0, *, is_covered: bool = True) -> NDArray[np.float64]:
    """Lows and highs, with `factor` times the half width that is right; of the shares covered, or not covered."""
    import numpy as np

    means, half_widths = _made(**given)
    middle = means if is_covered else 1 - means
    return np.stack((middle - factor * half_widths, middle + factor * half_widths), axis=1)


def _read_intervals(answer: Any) -> NDArray[np.float64]:
    import numpy as np

    rows = np.asarray(answer, dtype=np.float64)
    if rows.shape != (N_INTERVALS, 2) or not np.isfinite(rows).all():
        raise ValueError("another shape")
    return rows


def _is_in_order(rows: NDArray[np.float64], given: Values) -> bool:
    return bool((rows[:, 0] <= rows[:, 1]).all())


def _are_different(rows: NDArray[np.float64], given: Values) -> bool:
    import numpy as np

    return len(np.unique(rows, axis=0)) > N_INTERVALS // 2


def _is_centred(rows: NDArray[np.float64], given: Values) -> bool:
    truth = _truth(given)
    error = math.sqrt(truth * (1 - truth) / (given["areas"] * given["runs"] * N_INTERVALS))
    return bool(abs(rows.mean() - truth) < 4.5 * error)


def _is_whole(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    return abs(numbers - numbers.round()) < _WHOLE


def _areas_covered(rows: NDArray[np.float64], given: Values) -> NDArray[np.float64]:
    """How many areas are covered in all runs of an interval, whole numbers if it has the runs and areas given."""
    middles: NDArray[np.float64] = rows.mean(axis=1)
    return middles * float(given["areas"] * given["runs"])


def _have_runs_and_areas(rows: NDArray[np.float64], given: Values) -> bool:
    return bool(_is_whole(_areas_covered(rows, given)).mean() >= _MOST_ROWS)


def _are_made_by(factor: Callable[[int], float]) -> Callable[[NDArray[np.float64], Values], bool]:
    """Whether half widths have a factor in the place of t/√n.

    The runs of an interval cover k areas each, whole numbers. The sum of k is found from the middle, and that of k^2
    from the half width and the factor, as s^2 is. Both come out whole, and both even or both odd: with another factor
    hardly ever. So no luck is in it.
    """

    def is_so(rows: NDArray[np.float64], given: Values) -> bool:
        n = given["runs"]
        total = _areas_covered(rows, given).round()
        deviations = (rows[:, 1] - rows[:, 0]) / 2 / factor(n) * given["areas"]
        squares = (n - 1) * deviations**2 + total**2 / n
        fits = _is_whole(squares) & ((squares.round() - total) % 2 == 0)
        return bool(fits.mean() >= _MOST_ROWS)

    return is_so


def _otherwise(factor: Callable[[int], float]) -> Callable[[NDArray[np.float64], Values], bool]:
    is_so = _are_made_by(factor)
    return lambda rows, given: not is_so(rows, given)


def _right_factor(n: int) -> float:
    return student_factor(n) / math.sqrt(n)


def _made_by(factor: Callable[[int], float], given: Values) -> NDArray[np.float64]:
    """Intervals with a factor in the place of t/√n."""
    return _intervals(given, factor(given["runs"]) / _right_factor(given["runs"]))


def _is_not_rounded(rows: NDArray[np.float64], given: Values) -> bool:
    return bool((abs(rows - rows.round(_DIGITS)) > 1e-12).mean() > 1 - _MOST_ROWS)


def _covers(rows: NDArray[np.float64], given: Values) -> bool:
    truth = _truth(given)
    return bool(((rows[:, 0] <= truth) & (truth <= rows[:, 1])).mean() >= _LEAST_COVERING)


_NOT_IN_ORDER = "In a row the second number is below the first: perhaps it is mean, half width. It should be low, high."
_COPIED = "Many of your intervals are the same: each takes runs with random numbers that no other has."
_ELSEWHERE = (
    "On average they do not lie about the true coverage. Are all numbers those of your table? Count the areas whose "
    "age is no more than the window, in the same unit."
)
_OTHER_RUNS = (
    "The middle of an interval is no mean of as many runs over as many areas as your table has: take `runs` and "
    "`areas` from there, and leave no run out."
)
_ROUNDED = "They look rounded: hand them in as they come, with all their digits."
_MADE_OTHERWISE = (
    "The middles are right, but the half widths are not t s/√n of the runs behind them, with n - 1 in s and 95 %."
)

_NORMAL = "They are too narrow: perhaps the factor is 1.96. Of so few runs it has to be that of Student's t."
_BY_N = "They are a little too narrow: perhaps the squares are divided by n in s. It is n - 1 (`ddof=1` in NumPy)."
_WAYS: tuple[tuple[str, Callable[[int], float], str], ...] = (
    ("normal instead of t", lambda n: normal_factor() / math.sqrt(n), _NORMAL),
    ("divided by n", lambda n: _right_factor(n) * math.sqrt(1 - 1 / n), _BY_N),
    (
        "normal, and divided by n",
        lambda n: normal_factor() / math.sqrt(n) * math.sqrt(1 - 1 / n),
        "They are too narrow, and perhaps for two reasons: the factor is 1.96 and not Student's t, and the squares are "
        "divided by n in s, not by n - 1 (`ddof=1` in NumPy).",
    ),
    (
        "scatter of one run",
        student_factor,
        "They are too wide: perhaps that is the scatter of single runs. That of their mean is smaller, by the root of "
        "n.",
    ),
    (
        "no factor",
        lambda n: 1 / math.sqrt(n),
        "They are too narrow: perhaps the half width is s/√n, without the factor t.",
    ),
    (
        "degrees of freedom",
        lambda n: student_factor(n + 1) / math.sqrt(n),
        "They are a little too narrow: perhaps t has as many degrees of freedom as there are runs. It has one less.",
    ),
    (
        "one side",
        lambda n: student_factor(n, 0.1) / math.sqrt(n),
        "They are too narrow: perhaps all of the 5 % is on one side. For 95 % the quantile is 0.975, not 0.95.",
    ),
)
"""How half widths come out wrong: the name of the mistake, what is there in the place of t/√n, and the hint."""


# Ranks of a quantile -----------------------------------------------------------------------------------------------


def _quantile(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        given = {
            "n": Given(int(luck.integers(60, 131)), "runs", "runs, each with a value"),
            "q": Given(int(luck.choice([75, 80, 85, 90])), "%", "share of all values that do not exceed the quantile"),
        }
        values = {name: one.value for name, one in given.items()}
        if _is_from_zero(_from_zero(_ranks(values)), values):
            return given  # so that whoever counts from 0 is not right by luck


def _read_ranks(answer: Any) -> tuple[int, int]:
    low, high = read_numbers(answer)
    if not (low.is_integer() and high.is_integer()):
        raise ValueError("no whole numbers")
    return int(low), int(high)


def _ranks(given: Values) -> tuple[int, int]:
    return interval_ranks(given["n"], given["q"] / 100, _CONFIDENCE)


def _chance(ranks: tuple[int, int], given: Values) -> float:
    """That the quantile lies between the values of two ranks."""
    from scipy.special import bdtr

    n, q = given["n"], given["q"] / 100
    return float(bdtr(ranks[1] - 1, n, q) - bdtr(ranks[0] - 1, n, q))


def _from_zero(ranks: tuple[int, int]) -> tuple[int, int]:
    return ranks[0] - 1, ranks[1] - 1


def _is_from_zero(ranks: tuple[int, int], given: Values) -> bool:
    """Whether they do not cover, and the ranks after them do."""
    after = ranks[0] + 1, ranks[1] + 1
    is_as_near = ranks[1] - ranks[0] == _ranks(given)[1] - _ranks(given)[0]
    return is_as_near and _chance(ranks, given) < _CONFIDENCE <= _chance(after, given)


def _around(given: Values, share: float) -> tuple[int, int]:
    """Ranks a third of a standard deviation of the binomial below and above a share of n."""
    n, q = given["n"], given["q"] / 100
    away = math.sqrt(n * q * (1 - q)) / 3
    return max(1, math.floor(n * share - away)), min(n, math.ceil(n * share + away))


def _middle(given: Values) -> tuple[int, int]:
    """Ranks between which the middle 95 % of the values are."""
    n = given["n"]
    return max(1, round(0.025 * n)), round(0.975 * n)


_BEYOND = "Ranks count the values from the smallest, 1, to the largest, n, and the first of the two is the lower one."
_WRONG_SIDE = "About n q of the values lie below the quantile: its interval is around that rank, not elsewhere."
_FROM_ZERO = "Perhaps these count from 0, as Python does: ranks begin with 1."
_TOO_FEW = (
    "Between these two ranks the quantile lies less often than in 95 % of cases. The chance is "
    "F(high - 1) - F(low - 1): the upper rank does not count."
)
_TOO_MANY = (
    "These cover often enough, but two ranks with fewer between them do too: try all pairs, and take the nearest."
)


COVERING = Check(
    "5d",
    f"{N_INTERVALS} intervals of 95 % for the mean coverage, as shares",
    Property(
        f"an array or list of {N_INTERVALS} rows, each (low, high), such as [(0.1, 0.2), (0.3, 0.4), and so on]",
        _read_intervals,
        (
            Rule(_is_in_order, _NOT_IN_ORDER),
            Rule(_are_different, _COPIED),
            Rule(_is_centred, _ELSEWHERE),
            Rule(_is_not_rounded, _ROUNDED),
            Rule(_have_runs_and_areas, _OTHER_RUNS),
            *(Rule(_otherwise(factor), hint) for _, factor, hint in _WAYS),
            Rule(_are_made_by(_right_factor), _MADE_OTHERWISE),
            Rule(_covers, "Their widths are right, but too few of them cover the true coverage."),
        ),
        _intervals,
    ),
    (
        *(Mistake(name, functools.partial(_made_by, factor), hint) for name, factor, hint in _WAYS),
        Mistake("fewer areas", lambda given: _intervals({**given, "areas": given["areas"] - 5}), _OTHER_RUNS),
        Mistake("runs of the example", lambda given: _intervals({**given, "runs": 8}), _OTHER_RUNS),
        Mistake("rounded", lambda given: _intervals(given).round(3), _ROUNDED),
        Mistake("the same runs again", lambda given: _intervals(given)[:1].repeat(N_INTERVALS, axis=0), _COPIED),
        Mistake("share not covered", lambda given: _intervals(given, is_covered=False), _ELSEWHERE),
        Mistake(
            "mean and half width",
            lambda given: [(sum(row) / 2, (row[1] - row[0]) / 2) for row in _intervals(given)],
            _NOT_IN_ORDER,
        ),
    ),
    _watched,
)
"""Intervals of means, some of which cover."""

RANKS = Check(
    "5e",
    "the ranks between whose values the quantile lies with at least 95 %, with as few between as can be",
    Property(
        "two whole numbers, the lower rank and the higher, such as (3, 7)",
        _read_ranks,
        (
            Rule(lambda ranks, given: 1 <= ranks[0] < ranks[1] <= given["n"], _BEYOND),
            Rule(lambda ranks, given: ranks[0] <= given["n"] * given["q"] / 100 <= ranks[1], _WRONG_SIDE),
            Rule(lambda ranks, given: not _is_from_zero(ranks, given), _FROM_ZERO),
            Rule(lambda ranks, given: _chance(ranks, given) >= _CONFIDENCE, _TOO_FEW),
            Rule(lambda ranks, given: ranks[1] - ranks[0] <= _ranks(given)[1] - _ranks(given)[0], _TOO_MANY),
        ),
        _ranks,
    ),
    (
        Mistake("next ranks", lambda given: _around(given, given["q"] / 100), _TOO_FEW),
        Mistake("from zero", lambda given: _from_zero(_ranks(given)), _FROM_ZERO),
        Mistake("the other tail", lambda given: _around(given, 1 - given["q"] / 100), _WRONG_SIDE),
        Mistake("middle of the values", _middle, _TOO_MANY),
        Mistake("higher first", lambda given: _ranks(given)[::-1], _BEYOND),
    ),
    _quantile,
)
"""The interval of a quantile, between two values of the sample."""
