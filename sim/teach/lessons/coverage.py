"""Checks of the notebook on coverage: how much of a sector patrols have seen lately, by law and by simulation.

An area is *covered* while its last visit is no longer ago than the *window* W; its *age* is the time since that visit.
Checks of what the model of the lesson valley says are in :mod:`sim.teach.lessons.valley`.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from sim.teach.apart import drawn_apart
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.lessons.valley import IN_THE_VALLEY, law, rate_per_h
from sim.theory import coverage_of_n_visits, mean_age_systematic, window_coverage_random, window_coverage_systematic

if TYPE_CHECKING:
    import numpy as np

_HOURS_A_DAY = 24
_EXAMPLE = {"tours_per_day": 625, "stops": 7.3, "areas": 435, "window_h": 6}
"""The notebook's own sector."""


def _one_day(luck: np.random.Generator) -> dict[str, Given]:
    """Four visits a day: two gaps shorter than the window and two longer."""
    while True:
        window = int(luck.integers(4, 9))
        short = [int(one) for one in luck.integers(1, window, size=2)]
        rest = _HOURS_A_DAY - sum(short)
        if rest > 2 * (window + 1):
            long = int(luck.integers(window + 1, rest - window))
            gaps = [int(one) for one in luck.permutation([*short, long, rest - long])]
            visits = " ".join(str(sum(gaps[:k])) for k in range(4))
            return {
                "visits": Given(visits, "h", "when the area is visited, each day"),
                "window_h": Given(window, "h", "coverage window W"),
            }


def _gaps(given: Values) -> list[float]:
    """Hours from each visit to the next, the last to the first of the next day."""
    times = [float(one) for one in str(given["visits"]).split()]
    return [later - one for one, later in zip(times, [*times[1:], times[0] + _HOURS_A_DAY], strict=True)]


def _day(given: Values, *, n_gaps: int = 4) -> tuple[float, float]:
    """Share of the day that an area is covered, and its mean age [h]."""
    gaps = _gaps(given)[:n_gaps]
    covered_h, age_h2 = sum(min(gap, float(given["window_h"])) for gap in gaps), sum(gap**2 / 2 for gap in gaps)
    return covered_h / _HOURS_A_DAY, age_h2 / _HOURS_A_DAY


def _long_gaps_alone(given: Values) -> float:
    return float(given["window_h"] * sum(gap > given["window_h"] for gap in _gaps(given)) / _HOURS_A_DAY)


def _sector(least: float, most: float, luck: np.random.Generator) -> dict[str, Given]:
    """A sector where an area is visited about `least` to `most` times in a window."""
    areas, stops, window = int(luck.integers(12, 41)), int(luck.integers(2, 6)), int(luck.integers(4, 13))
    tours = max(1, round(luck.uniform(least, most) * areas * _HOURS_A_DAY / (stops * window)))
    return {
        "tours_per_day": Given(tours, "1/day", "tours that go out"),
        "stops": Given(stops, "areas", "areas that a tour visits"),
        "areas": Given(areas, "areas", "patrol areas of the sector"),
        "window_h": Given(window, "h", "coverage window W"),
    }


def _target(luck: np.random.Generator) -> dict[str, Given]:
    given = _sector(1, 1, luck)
    del given["tours_per_day"]
    share = float(luck.choice([0.7, 0.75, 0.8, 0.85, 0.9, 0.95]))
    return {"target": Given(share, "share", "coverage that is wanted"), **given}


def _tours_for(expected_visits: float, given: Values) -> float:
    """Tours a day that visit an area so many times in a window."""
    return float(expected_visits * given["areas"] * _HOURS_A_DAY / (given["stops"] * given["window_h"]))


def _systematic(given: Values) -> tuple[float, float]:
    period_h = 1 / rate_per_h(given)
    return float(window_coverage_systematic(period_h, given["window_h"])), float(mean_age_systematic(period_h))


def _few_tours(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "tours": Given(int(luck.integers(2, 6)), "tours", "tours in a window, no more and no fewer"),
        "stops": Given(int(luck.integers(3, 7)), "areas", "areas that a tour visits, all different"),
        "areas": Given(int(luck.integers(10, 17)), "areas", "patrol areas of the sector"),
    }


def _per_window(given: Values) -> float:
    return float(given["tours"] * given["stops"] / given["areas"])


def _all_different(given: Values) -> float:
    # An area is seen by a tour as if by one visit to one of areas/stops places.
    return float(1 - (1 - given["stops"] / given["areas"]) ** given["tours"])


_FORGOT_STOPS = "Perhaps the stops are left out: how many visits to areas a day do all tours make together?"
_WRONG_UNIT = (
    "A coverage so near to 1 comes of a rate that is too large: is it that of one area, and one an hour? Or perhaps it "
    "is rW, cut off at 1, as if no two visits ever fell into one window."
)
_OLD_WINDOW = "Perhaps the window is that of the cell above: take yours."
_OLD_CELL = "Perhaps those are the numbers of the cell above: take those of your table."

_TWICE = "Perhaps hours are counted twice. Where a gap is shorter than the window, the next visit comes first."

_MISTAKES_OF_A_DAY = (
    Mistake(
        "overlap counted twice",
        lambda given: (4 * given["window_h"] / _HOURS_A_DAY, _day(given)[1]),
        _TWICE,
    ),
    Mistake(
        "overlap counted twice, and half the mean gap",
        lambda given: (4 * given["window_h"] / _HOURS_A_DAY, _HOURS_A_DAY / 4 / 2),
        _TWICE,
    ),
    Mistake(
        "long gaps alone",
        lambda given: (_long_gaps_alone(given), _day(given)[1]),
        "Perhaps the short gaps are missing: in a gap shorter than the window the area is covered all the time.",
    ),
    Mistake(
        "share not covered",
        lambda given: (1 - _day(given)[0], _day(given)[1]),
        "Perhaps the first number is the share of the day when the area is not covered.",
    ),
    Mistake(
        "no gap over midnight",
        lambda given: _day(given, n_gaps=3),
        "Perhaps a gap is missing: four visits make four gaps, the last one until the first visit of the next day.",
    ),
    Mistake(
        "half the mean gap",
        lambda given: (_day(given)[0], _HOURS_A_DAY / 4 / 2),
        "Half the mean gap is the mean age only if all gaps are equal. An instant of the day falls more often into a "
        "long gap than into a short one: add up the triangles under the age's line.",
    ),
    Mistake(
        "squares without their half",
        lambda given: (_day(given)[0], 2 * _day(given)[1]),
        "The age climbs from zero to the gap: that is a triangle, not a square.",
    ),
    Mistake(
        "divided by the number of gaps",
        lambda given: (_day(given)[0], _day(given)[1] * _HOURS_A_DAY / 4),
        "Perhaps you divided the triangles by how many there are: a mean over the day is divided by its hours.",
    ),
    Mistake(
        "the other way round",
        lambda given: _day(given)[::-1],
        "Perhaps you changed the order: first the share, then the hours.",
    ),
)
_DAY = Exact(_day)

_MISTAKES_BY_LAW = (
    Mistake("stops forgotten", lambda given: law({**given, "stops": 1}), _FORGOT_STOPS),
    Mistake(
        "rate times window",
        lambda given: rate_per_h(given) * given["window_h"],
        "Perhaps this is rW, the mean number of visits in a window. Some windows have several, some none.",
    ),
    Mistake(
        "share not covered",
        lambda given: 1 - law(given),
        "Perhaps this is the share without a visit in the window.",
    ),
    Mistake("rate per day", lambda given: law({**given, "window_h": 24 * given["window_h"]}), _WRONG_UNIT),
    Mistake("rate of all areas", lambda given: law({**given, "areas": 1}), _WRONG_UNIT),
    Mistake("window of the example", lambda given: law({**given, "window_h": _EXAMPLE["window_h"]}), _OLD_WINDOW),
    Mistake("the example", lambda given: law(_EXAMPLE), _OLD_CELL),
)
_COVERAGE_BY_LAW = Exact(law)

_MISTAKES_FOR_TARGET = (
    Mistake(
        "straight line",
        lambda given: _tours_for(given["target"], given),
        "Perhaps this is the target over W. It would do if no window had two visits: solve the law for the rate.",
    ),
    Mistake(
        "logarithm of the target",
        lambda given: _tours_for(-math.log(given["target"]), given),
        "Perhaps the logarithm is of the target. In the law exp(-rW) is the share that is not covered.",
    ),
    Mistake(
        "decimal logarithm",
        lambda given: _tours_for(-math.log10(1 - given["target"]), given),
        "Perhaps that is the logarithm to the base of ten: exp is undone by the natural one.",
    ),
    Mistake(
        "stops forgotten",
        lambda given: _tours_for(-math.log(1 - given["target"]), {**given, "stops": 1}),
        "Perhaps these are visits: a tour makes several of them.",
    ),
    Mistake(
        "areas forgotten",
        lambda given: _tours_for(-math.log(1 - given["target"]), {**given, "areas": 1}),
        "Perhaps these are for one area alone: the sector has many.",
    ),
    Mistake(
        "window forgotten",
        lambda given: _tours_for(-math.log(1 - given["target"]), {**given, "window_h": 1}),
        "Perhaps the window is left out: what the logarithm gives is rW, not r.",
    ),
    Mistake(
        "rounded up",
        lambda given: math.ceil(_tours_for(-math.log(1 - given["target"]), given)),
        "Perhaps you rounded up: here the number need not be whole.",
    ),
    Mistake(
        "window of the example",
        lambda given: _tours_for(-math.log(1 - given["target"]), {**given, "window_h": _EXAMPLE["window_h"]}),
        _OLD_WINDOW,
    ),
)
_TOURS_FOR_TARGET = Exact(lambda given: _tours_for(-math.log(1 - given["target"]), given))

_MISTAKES_IN_A_ROUND = (
    Mistake(
        "law of random visits",
        lambda given: (law(given), _systematic(given)[1]),
        "Perhaps the first number is the coverage of random patrols. In a round each gap is one period long.",
    ),
    Mistake(
        "both of random visits",
        lambda given: (law(given), 2 * _systematic(given)[1]),
        "Perhaps those are of random patrols: yours go round, at equal gaps.",
    ),
    Mistake(
        "age is the period",
        lambda given: (_systematic(given)[0], 2 * _systematic(given)[1]),
        "The age climbs from zero to the period: its mean is in the middle.",
    ),
    Mistake(
        "stops forgotten",
        lambda given: _systematic({**given, "stops": 1}),
        "Perhaps the period is too long: a tour visits several areas, and each of them counts.",
    ),
    Mistake(
        "period of a tour",
        lambda given: _systematic({**given, "stops": 1, "areas": 1}),
        "Perhaps that is the time from one tour to the next. The period is that from one visit of an area to its next: "
        "how many visits a day does one area have?",
    ),
    Mistake(
        "the other way round",
        lambda given: _systematic(given)[::-1],
        "Perhaps you changed the order: first the share, then the hours.",
    ),
    Mistake(
        "window of the example",
        lambda given: _systematic({**given, "window_h": _EXAMPLE["window_h"]}),
        _OLD_WINDOW,
    ),
)
_ROUND = Exact(_systematic)

_MISTAKES_OF_TOURS = (
    Mistake(
        "the law",
        lambda given: float(window_coverage_random(_per_window(given), 1)),
        "Perhaps this is the law of single visits at random times. Here you know the number of tours, and that a tour "
        "never visits an area twice.",
    ),
    Mistake(
        "visits one by one",
        lambda given: float(coverage_of_n_visits(given["tours"] * given["stops"], given["areas"])),
        "Perhaps each stop is a draw of its own. Then a tour could visit an area twice, and it does not.",
    ),
    Mistake(
        "shares added",
        lambda given: min(1.0, _per_window(given)),
        "Perhaps shares are added. Two tours may visit one area: multiply the chances that each misses it.",
    ),
    Mistake(
        "missed by all",
        lambda given: 1 - _all_different(given),
        "Perhaps that is the chance that all of the tours miss it.",
    ),
    Mistake(
        "visited by all",
        lambda given: (given["stops"] / given["areas"]) ** given["tours"],
        "Perhaps that is the chance that every tour visits it: one is enough.",
    ),
    Mistake(
        "a tour alone",
        lambda given: given["stops"] / given["areas"],
        "Perhaps that is the chance that one tour visits it: there are more of them.",
    ),
)
_SEEN = Exact(_all_different)

CHECKS: tuple[Check, ...] = (
    Check(
        "3a",
        "two numbers: the share of the day that the area is covered, and its mean age in hours, such as (0.5, 9.5)",
        _DAY,
        _MISTAKES_OF_A_DAY,
        drawn_apart(_one_day, _DAY, _MISTAKES_OF_A_DAY),
    ),
    Check(
        "3b",
        "one number: the coverage by the law of random visits, as a share such as 0.25",
        _COVERAGE_BY_LAW,
        _MISTAKES_BY_LAW,
        drawn_apart(functools.partial(_sector, 0.9, 1.9), _COVERAGE_BY_LAW, _MISTAKES_BY_LAW),
    ),
    Check(
        "3c",
        "one number: how many tours a day the law asks for, such as 7.25",
        _TOURS_FOR_TARGET,
        _MISTAKES_FOR_TARGET,
        drawn_apart(_target, _TOURS_FOR_TARGET, _MISTAKES_FOR_TARGET),
    ),
    Check(
        "3d",
        "two numbers: the coverage of systematic patrols as a share, and their mean age in hours, such as (0.25, 30)",
        _ROUND,
        _MISTAKES_IN_A_ROUND,
        drawn_apart(functools.partial(_sector, 0.5, 0.85), _ROUND, _MISTAKES_IN_A_ROUND),
    ),
    IN_THE_VALLEY[0],
    Check(
        "3f",
        "one number: the chance that at least one of the tours visits an area, as a share such as 0.05",
        _SEEN,
        _MISTAKES_OF_TOURS,
        drawn_apart(_few_tours, _SEEN, _MISTAKES_OF_TOURS),
    ),
    IN_THE_VALLEY[1],
)
"""In the order of the exercises."""
