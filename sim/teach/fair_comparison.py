"""Checks of the notebook `fair_comparison`: pairs, families of comparisons, and those of :mod:`sim.teach.decisions`.

Coverage is in *points*, hundredths, so that numbers are easy to read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.teach import decisions
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import flat

if TYPE_CHECKING:
    import numpy as np

N_PAIRS = 5
LETTERS = "ABCD"


# Pairs -------------------------------------------------------------------------------------------------------------


def _coverages(luck: np.random.Generator) -> dict[str, Given]:
    level, loss = luck.integers(880, 940), luck.integers(8, 30)  # tenths of a point
    worlds = luck.permutation([-16, -7, 2, 8, 13]) + luck.integers(-1, 2, N_PAIRS)
    own = luck.permutation([-4, -2, 0, 1, 5]) * luck.integers(1, 3)
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
            lambda given: (_paired(given)[0], _paired(given)[1] * math.sqrt(1 - 1 / N_PAIRS)),
            "The half width: perhaps the squares are divided by n. It is n - 1, as in statistics.stdev.",
        ),
        Mistake(
            "normal",
            lambda given: (_paired(given)[0], _paired(given)[1] * 1.959964 / _factor(N_PAIRS)),
            "The half width: perhaps the factor is 1.96. This deviation comes from few pairs: take Student's factor.",
        ),
        Mistake(
            "not in pairs",
            lambda given: (_paired(given)[0], _unpaired(given)[0]),
            "The half width: perhaps without pairs. Take differences first, pair by pair, then their standard "
            "deviation.",
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
    ),
    _coverages,
)


# Families ----------------------------------------------------------------------------------------------------------


def _factor(n: float, error: float = 0.05) -> float:
    """Student's factor of a two-sided interval."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 1 - error / 2))


def _family(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "deviation": Given(int(luck.integers(80, 300)) / 100, "points", "standard deviation of the differences"),
        "n": Given(int(luck.integers(8, 31)), "", "pairs"),
        "m": Given(int(luck.integers(3, 13)), "", "policies that are compared with the baseline"),
    }


def _half_width(given: Values, error: float = 0.05) -> float:
    return float(_factor(given["n"], error) * given["deviation"] / math.sqrt(given["n"]))


def _alone_and_together(given: Values) -> tuple[float, float]:
    return _half_width(given), _half_width(given, 0.05 / given["m"])


_TOGETHER = Check(
    "7c",
    "two half widths in points: of one 95 % interval by itself, and of m that hold together, such as (7.5, 9.5)",
    Exact(_alone_and_together),
    (
        Mistake(
            "multiplied",
            lambda given: (_half_width(given), given["m"] * _half_width(given)),
            "The second number: perhaps the half width is multiplied by m. It is the error, 5 %, that is divided by m.",
        ),
        Mistake(
            "confidence shared",
            lambda given: (_half_width(given), _half_width(given, 1 - 0.95 / given["m"])),
            "The second number: perhaps the confidence is divided by m. It is the error: intervals must get wider.",
        ),
        Mistake(
            "one side",
            lambda given: (_half_width(given, 0.1), _half_width(given, 0.1 / given["m"])),
            "Perhaps all of the error is on one side. Half of it is below the interval, and half of it above.",
        ),
        Mistake(
            "not by the root",
            lambda given: tuple(one * math.sqrt(given["n"]) for one in _alone_and_together(given)),
            "Perhaps these are for one difference. The mean of n scatters less: by the root of n.",
        ),
    ),
    _family,
)


def _p_values(luck: np.random.Generator) -> dict[str, Given]:
    second = luck.integers(130, 200)
    ten_thousandths = [luck.integers(5, 60), second, second + luck.integers(5, 40), luck.integers(2000, 6000)]
    orders = ((3, 1, 0, 2), (2, 0, 3, 1), (1, 3, 2, 0), (2, 3, 1, 0), (3, 0, 2, 1), (1, 2, 0, 3))  # none is sorted
    order = orders[luck.integers(len(orders))]
    return {
        f"p_{letter}": Given(int(ten_thousandths[rank]) / 10_000, "", f"p-value of policy {letter}")
        for letter, rank in zip(LETTERS, order, strict=False)
    }


def _holm(given: Values) -> list[float]:
    from sim.statistics import holm

    return [float(one) for one in holm(list(given.values()))]


def _without_maximum(given: Values) -> list[float]:
    values = list(given.values())
    return [min(1.0, (len(values) - sorted(values).index(one)) * one) for one in values]


@dataclass(frozen=True, slots=True)
class _Adjusted(Exact):
    """Adjusted p-values, with hints that are about chances and their order."""

    def judge(self, answer: object, given: Values) -> str | None:
        """Say of which policy the p-value is not right."""
        if Exact.judge(self, answer, given) is None:
            return None
        found, right, own = flat(answer), flat(self.solve(given)), flat(list(given.values()))
        if not all(0 <= one <= 1 for one in found):
            return "a p-value is a chance and lies between 0 and 1; what comes out larger counts as 1"
        if any(one < unadjusted * (1 - self.relative) for one, unadjusted in zip(found, own, strict=True)):
            return "one of these is smaller than before it was adjusted, and none can be"
        wrong = next(i for i, pair in enumerate(zip(found, right, strict=True)) if not self._is_near(*pair))
        size = "large" if found[wrong] > right[wrong] else "small"
        return (
            f"that of policy {LETTERS[wrong]} is too {size}: look at its place when all are sorted, at what it is "
            "multiplied by there, and whether it is smaller than the one before"
        )


_HOLM = Check(
    "7d",
    "four numbers: the p-values adjusted by Holm, in the order A, B, C, D, such as [0.9, 0.8, 0.7, 0.75]",
    _Adjusted(_holm),
    (
        Mistake(
            "Bonferroni",
            lambda given: [min(1.0, 4 * one) for one in given.values()],
            "Perhaps all are multiplied by 4: that is Bonferroni's way. Holm's steps down, and gives away less.",
        ),
        Mistake(
            "not sorted",
            lambda given: [min(1.0, (4 - place) * one) for place, one in enumerate(given.values())],
            "Perhaps they are not sorted. The smallest takes the largest number, whatever its letter.",
        ),
        Mistake(
            "no steps",
            _without_maximum,
            "One of these is smaller than the one before it, when sorted. None may be (step 3): take the larger of "
            "the two.",
        ),
        Mistake(
            "as they are", lambda given: list(given.values()), "These are the p-values as given, not adjusted yet."
        ),
        Mistake(
            "left sorted",
            lambda given: sorted(_holm(given)),
            "Perhaps they are left in ascending order. Put them back in the order A, B, C, D.",
        ),
    ),
    _p_values,
)


CHECKS = (_PAIRED, _UNPAIRED, _TOGETHER, _HOLM, *decisions.CHECKS)
"""In the order of the exercises."""
