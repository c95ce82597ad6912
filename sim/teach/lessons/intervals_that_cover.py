"""Checks of the notebook on replications that are about intervals: whether they cover, and those of a quantile.

An interval *covers* if the true value lies in it: of many intervals of 95 %, about 95 % do. The *rank* of a value is
its place in ascending order, from 1.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from sim.statistics import interval_ranks, mean_interval
from sim.teach.checks import Check, Given, Mistake, Property, Rule, Values
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
_WIDTH_TOLERANCE = 0.12
"""Four standard errors of the mean width of 200 intervals of 4 runs each."""


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
    found = [mean_interval(row, _CONFIDENCE) for row in (ages <= window_h).mean(axis=2)]
    return np.array([one.mean for one in found]), np.array([one.half_width for one in found])


def _intervals(given: Values, factor: float = 1.0, *, is_covered: bool = True) -> NDArray[np.float64]:
    """Lows and highs, with `factor` times the half width that is right; of the shares covered, or not covered."""
    import numpy as np

    means, half_widths = _made(**given)
    middle = means if is_covered else 1 - means
    return np.stack((middle - factor * half_widths, middle + factor * half_widths), axis=1)


def _normal_over_t(given: Values) -> float:
    from scipy.special import ndtri, stdtrit

    return float(ndtri(0.975) / stdtrit(given["runs"] - 1, 0.975))


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


def _width_over_expected(rows: NDArray[np.float64], given: Values) -> float:
    """Mean width over that of t intervals of normal values, whose standard deviation is found c4 times too small."""
    from scipy.special import gammaln, stdtrit

    n, truth = given["runs"], _truth(given)
    c4 = math.sqrt(2 / (n - 1)) * math.exp(gammaln(n / 2) - gammaln((n - 1) / 2))
    deviation = c4 * math.sqrt(truth * (1 - truth) / given["areas"])
    return float((rows[:, 1] - rows[:, 0]).mean() / (2 * stdtrit(n - 1, 0.975) * deviation / math.sqrt(n)))


def _covers(rows: NDArray[np.float64], given: Values) -> bool:
    truth = _truth(given)
    return bool(((rows[:, 0] <= truth) & (truth <= rows[:, 1])).mean() >= _LEAST_COVERING)


_NOT_IN_ORDER = "In a row the second number is below the first: perhaps it is mean, half width. It should be low, high."
_COPIED = "Many of your intervals are the same: each takes runs with random numbers that no other has."
_ELSEWHERE = (
    "On average they do not lie about the true coverage. Are all numbers those of your table? Count the areas whose "
    "age is no more than the window, in the same unit."
)
_TOO_NARROW = (
    "They are too narrow. Perhaps the factor is 1.96. So few runs do not know their own spread well: take the factor "
    "of Student's t, and the standard deviation with n - 1. Or are there more runs or areas behind them than your "
    "table says?"
)
_TOO_WIDE = (
    "They are too wide. Perhaps that is the scatter of single runs: that of their mean is smaller, by the root of n. "
    "Or are there fewer runs or areas behind them than your table says?"
)


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
            Rule(lambda rows, given: _width_over_expected(rows, given) > 1 - _WIDTH_TOLERANCE, _TOO_NARROW),
            Rule(lambda rows, given: _width_over_expected(rows, given) < 1 + _WIDTH_TOLERANCE, _TOO_WIDE),
            Rule(_covers, "Their widths are right on average, but too few of them cover the true coverage."),
        ),
        _intervals,
    ),
    (
        Mistake("normal instead of t", lambda given: _intervals(given, _normal_over_t(given)), _TOO_NARROW),
        Mistake("scatter of one run", lambda given: _intervals(given, math.sqrt(given["runs"])), _TOO_WIDE),
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
