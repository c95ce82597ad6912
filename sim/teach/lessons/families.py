"""Checks of the notebook `fair_comparison` about many comparisons: intervals that hold together, and Holm's way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.teach.checks import ROUNDED, Check, Exact, Given, Mistake, Values
from sim.teach.lessons.factors import normal_factor, student_factor
from sim.teach.numbers import read_numbers

if TYPE_CHECKING:
    import numpy as np

LETTERS = "ABCD"


def _family(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "deviation": Given(int(luck.integers(80, 300)) / 100, "points", "standard deviation of the differences"),
        "n": Given(int(luck.integers(8, 31)), "pairs", "how many there are of them"),
        "m": Given(int(luck.integers(3, 13)), "policies", "how many are compared with the baseline"),
    }


def _half_width(given: Values, error: float = 0.05, n: int | None = None) -> float:
    """By itself, or with another error; with the factor of n values where that is another number than of pairs."""
    return float(student_factor(n or given["n"], error) * given["deviation"] / math.sqrt(given["n"]))


def _by_normal(given: Values, error: float) -> float:
    return normal_factor(error) * float(given["deviation"]) / math.sqrt(given["n"])


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
        Mistake(
            "normal",
            lambda given: (_by_normal(given, 0.05), _by_normal(given, 0.05 / given["m"])),
            "Perhaps the factors are of the normal law. The deviation comes from few pairs: take student_factor.",
        ),
        Mistake(
            "degrees of freedom",
            lambda given: (_half_width(given, n=given["n"] + 1), _half_width(given, 0.05 / given["m"], given["n"] + 1)),
            "Perhaps the factors have as many degrees of freedom as there are pairs. It is one less, which "
            "student_factor(n) sees to.",
        ),
        Mistake(
            "one side of the second",
            lambda given: (_half_width(given), _half_width(given, 0.1 / given["m"])),
            "The second number: perhaps all of its error is on one side. Half of it is below, and half of it above.",
        ),
        Mistake(
            "independent",
            lambda given: (_half_width(given), _half_width(given, 1 - 0.95 ** (1 / given["m"]))),
            "The second number: perhaps the error is 1 - 0.95^(1/m), which holds if intervals miss independently of "
            "each other. Bonferroni's way needs no such thing: divide.",
        ),
        Mistake(
            "the wrong way round",
            lambda given: _alone_and_together(given)[::-1],
            "Perhaps they are the wrong way round: that by itself first. Which of the two has to be wider?",
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


def _from_the_largest(given: Values) -> list[float]:
    values = list(given.values())
    return [min(1.0, (1 + sorted(values).index(one)) * one) for one in values]


def _hochberg(given: Values) -> list[float]:
    values, steps = list(given.values()), _without_maximum(given)
    return [min(step for step, other in zip(steps, values, strict=True) if other >= one) for one in values]


@dataclass(frozen=True, slots=True)
class _Adjusted(Exact):
    """Adjusted p-values, with hints that are about chances and their order."""

    def judge(self, answer: object, given: Values) -> str | None:
        """Say of which policy the p-value is not right."""
        fault = Exact.judge(self, answer, given)
        if fault is None or fault == ROUNDED:
            return fault
        found, right, own = read_numbers(answer), read_numbers(self.solve(given)), read_numbers(list(given.values()))
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
    "four numbers: the p-values adjusted by Holm, with three digits, in the order A, B, C, D, such as "
    "[0.9, 0.8, 0.7, 0.75]",
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
        Mistake(
            "largest first",
            _from_the_largest,
            "Perhaps the largest is multiplied by 4 and the smallest by 1: it is the other way round.",
        ),
        Mistake(
            "from above",
            _hochberg,
            "Perhaps one that is larger than the next takes the next one's value. It is the later one that changes.",
        ),
    ),
    _p_values,
)

CHECKS = (_TOGETHER, _HOLM)
"""In the order of the exercises."""
