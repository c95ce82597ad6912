"""Checks of the notebook `fair_comparison`: pairs; those of families of comparisons and of decisions are beside it.

Coverage is in *points*, hundredths, so that numbers are easy to read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.lessons import decisions, families
from sim.teach.lessons.factors import normal_factor, student_factor

if TYPE_CHECKING:
    import numpy as np

N_PAIRS = 5


# Pairs -------------------------------------------------------------------------------------------------------------


def _coverages(luck: np.random.Generator) -> dict[str, Given]:
    level, loss = luck.integers(880, 940), luck.integers(8, 30)  # tenths of a point
    worlds = luck.permutation([-16, -7, 2, 8, 13]) + luck.integers(-1, 2, N_PAIRS)
    own = luck.permutation([-4, -2, -1, 2, 5]) * luck.integers(1, 3)
    tenths = {"hold": level + worlds, "cut": level + worlds - loss + own}
    return {
        f"{name}_{number}": Given(int(one) / 10, "points", f"coverage under {name!r}, replication {number}")
        for name, values in tenths.items()
        for number, one in enumerate(values, 1)
    }


def _both(given: Values) -> tuple[list[float], list[float]]:
    """Values of the cut and of holding."""
    cut, hold = ([given[f"{name}_{number}"] for number in range(1, N_PAIRS + 1)] for name in ("cut", "hold"))
    return cut, hold


def _paired(given: Values) -> tuple[float, float]:
    """Mean difference and its half width."""
    from sim.statistics import paired_difference

    found = paired_difference(*_both(given))
    return found.mean, found.half_width


def _with_factor(given: Values, factor: float) -> tuple[float, float]:
    """The mean difference, and its half width with another factor than Student's."""
    difference, half_width = _paired(given)
    return difference, half_width * factor / student_factor(N_PAIRS)


def _unpaired(given: Values) -> tuple[float, float]:
    """Half width with random numbers of their own, and the variance ratio."""
    from sim.statistics import variance_ratio

    ratio = variance_ratio(*_both(given))
    return _paired(given)[1] * math.sqrt(ratio), ratio


def _with_deviations_added(given: Values) -> tuple[float, float]:
    import numpy as np

    cut, hold = (float(np.std(one, ddof=1)) for one in _both(given))
    half_width, ratio = _unpaired(given)
    return half_width * (cut + hold) / math.hypot(cut, hold), ratio


_PAIRED = Check(
    "7a",
    "two numbers, in points: the mean of cut minus hold, and its half width from the pairs, such as (5.5, 9.5)",
    Exact(_paired),
    (
        Mistake(
            "the other way round",
            lambda given: (-_paired(given)[0], _paired(given)[1]),
            "The sign of the first number: perhaps it is hold minus cut. Cut minus hold is below 0 if the cut covers "
            "less.",
        ),
        Mistake(
            "not by the root",
            lambda given: (_paired(given)[0], _paired(given)[1] * math.sqrt(N_PAIRS)),
            "The half width: perhaps it is that of a single difference. A mean of n scatters less: by the root of n.",
        ),
        Mistake(
            "divided by n",
            lambda given: _with_factor(given, student_factor(N_PAIRS) * math.sqrt(1 - 1 / N_PAIRS)),
            "The half width: perhaps the squares are divided by n. It is n - 1, as in statistics.stdev.",
        ),
        Mistake(
            "normal",
            lambda given: _with_factor(given, normal_factor()),
            "The half width: perhaps the factor is 1.96. This deviation comes from few pairs: take Student's factor.",
        ),
        Mistake(
            "not in pairs",
            lambda given: (_paired(given)[0], _unpaired(given)[0]),
            "The half width: perhaps without pairs. Take differences first, pair by pair, then their standard "
            "deviation.",
        ),
        Mistake(
            "normal, and divided by n",
            lambda given: _with_factor(given, normal_factor() * math.sqrt(1 - 1 / N_PAIRS)),
            "The half width: perhaps the factor is 1.96, and the squares are divided by n. Take Student's factor, and "
            "n - 1 as in statistics.stdev.",
        ),
        Mistake(
            "no factor",
            lambda given: _with_factor(given, 1),
            "The half width: perhaps it is s/√n, without Student's factor.",
        ),
        Mistake(
            "standard deviation",
            lambda given: _with_factor(given, math.sqrt(N_PAIRS)),
            "The half width: perhaps it is s, the standard deviation of the differences. That is not how sure their "
            "mean is.",
        ),
        Mistake(
            "one side",
            lambda given: _with_factor(given, student_factor(N_PAIRS, 0.1)),
            "The half width: perhaps all of the error is on one side. Half of it is below, and half of it above.",
        ),
        Mistake(
            "degrees of freedom",
            lambda given: _with_factor(given, student_factor(N_PAIRS - 1)),
            "The half width: perhaps the factor is for one pair less. student_factor takes the number of pairs, and "
            "takes the 1 off by itself.",
        ),
        Mistake(
            "one more degree of freedom",
            lambda given: _with_factor(given, student_factor(N_PAIRS + 1)),
            "The half width: perhaps the factor has as many degrees of freedom as there are pairs. It has one less.",
        ),
        Mistake(
            "whole width",
            lambda given: (_paired(given)[0], 2 * _paired(given)[1]),
            "The half width: perhaps it is the whole one, from the lower end to the upper.",
        ),
        Mistake(
            "ends",
            lambda given: (_paired(given)[0] - _paired(given)[1], sum(_paired(given))),
            "Perhaps these are the ends of the interval: the mean difference and the half width are asked for.",
        ),
        Mistake(
            "the wrong way round",
            lambda given: _paired(given)[::-1],
            "Perhaps they are the wrong way round: the mean difference first.",
        ),
    ),
    _coverages,
)

_UNPAIRED = Check(
    "7b",
    "two numbers: the half width without pairs in points, and the variance ratio, such as (9.5, 77)",
    Exact(_unpaired),
    (
        Mistake(
            "deviations added",
            _with_deviations_added,
            "The half width: perhaps standard deviations are added. Of independent values the variances add up.",
        ),
        Mistake(
            "upside down",
            lambda given: (_unpaired(given)[0], 1 / _unpaired(given)[1]),
            "The ratio: perhaps upside down. It is the variance without pairs over that with pairs.",
        ),
        Mistake(
            "of half widths",
            lambda given: (_unpaired(given)[0], math.sqrt(_unpaired(given)[1])),
            "The ratio: perhaps it is that of the half widths. The one of the variances is its square.",
        ),
        Mistake(
            "in pairs",
            lambda given: (_paired(given)[1], _unpaired(given)[1]),
            "The half width: perhaps it is the one with pairs. Without them, Var(A) and Var(B) are added.",
        ),
        Mistake(
            "divided by n",
            lambda given: (_unpaired(given)[0] * math.sqrt(1 - 1 / N_PAIRS), _unpaired(given)[1]),
            "The half width: perhaps the squares are divided by n. It is n - 1, as in statistics.variance.",
        ),
        Mistake(
            "normal",
            lambda given: (_unpaired(given)[0] * normal_factor() / student_factor(N_PAIRS), _unpaired(given)[1]),
            "The half width: perhaps the factor is 1.96. Take student_factor(n), as with pairs.",
        ),
        Mistake(
            "factor of both",
            lambda given: (
                _unpaired(given)[0] * student_factor(2 * N_PAIRS - 1) / student_factor(N_PAIRS),
                _unpaired(given)[1],
            ),
            "The half width: perhaps the factor is for the degrees of freedom of both samples, as is often done. Here "
            "it is to be the one of a single sample.",
        ),
        Mistake(
            "factor of all values",
            lambda given: (
                _unpaired(given)[0] * student_factor(2 * N_PAIRS) / student_factor(N_PAIRS),
                _unpaired(given)[1],
            ),
            "The half width: perhaps n in the factor counts the values of both policies. It counts those of one.",
        ),
        Mistake(
            "not by the root",
            lambda given: (_unpaired(given)[0] * math.sqrt(N_PAIRS), _unpaired(given)[1]),
            "The half width: perhaps it is that of a single difference. A mean of n scatters less: by the root of n.",
        ),
        Mistake(
            "the wrong way round",
            lambda given: _unpaired(given)[::-1],
            "Perhaps they are the wrong way round: the half width first, then the ratio.",
        ),
    ),
    _coverages,
)


CHECKS = (_PAIRED, _UNPAIRED, *families.CHECKS, *decisions.CHECKS)
"""In the order of the exercises."""
