"""Checks of the notebook on coverage: how much of a sector patrols have seen lately, by law and by simulation.

An area is *covered* while its last visit is no longer ago than the *window* W; its *age* is the time since that visit.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from sim.teach.checks import Artefact, Check, Exact, Given, Mistake, Rule, Values, WithinError
from sim.teach.places import scenario
from sim.theory import (
    coverage_of_n_visits,
    mean_age_systematic,
    window_coverage_random,
    window_coverage_systematic,
)

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.schema import Scenario

HOURS_A_DAY = 24
N_REPLICATIONS = 10
"""Replications that a student is asked for."""

_N_OF_REFERENCE = 24
_REFERENCE_SEED = 3_141_592
"""Outside the range of the students' seeds."""

_ENOUGH_TROOPS = 2000
"""Soldiers with which every tour of the lesson valley goes out."""


def _one_day(luck: np.random.Generator) -> dict[str, Given]:
    """Four visits a day: two gaps shorter than the window and two longer."""
    window = int(luck.integers(5, 7))
    short = [int(one) for one in luck.integers(2, 5, size=2)]
    rest = HOURS_A_DAY - sum(short)
    long = int(luck.integers(7, rest - 6))
    gaps = luck.permutation([*short, long, rest - long])
    return {
        "visits": Given(" ".join(str(int(sum(gaps[:i]))) for i in range(4)), "h", "when the area is visited, each day"),
        "window_h": Given(window, "h", "coverage window W"),
    }


def _gaps(given: Values) -> list[float]:
    """Hours from each visit to the next, the last to the first of the next day."""
    times = [float(one) for one in str(given["visits"]).split()]
    return [later - one for one, later in zip(times, [*times[1:], times[0] + HOURS_A_DAY], strict=True)]


def _share_of_day(given: Values) -> float:
    return sum(min(gap, float(given["window_h"])) for gap in _gaps(given)) / HOURS_A_DAY


def _mean_age(given: Values) -> float:
    return sum(gap**2 / 2 for gap in _gaps(given)) / HOURS_A_DAY


def _sector(least: float, most: float, luck: np.random.Generator) -> dict[str, Given]:
    """A sector where an area is visited about `least` to `most` times in a window."""
    areas, stops, window = int(luck.integers(12, 41)), int(luck.integers(2, 6)), int(luck.integers(4, 13))
    tours = max(1, round(luck.uniform(least, most) * areas * HOURS_A_DAY / (stops * window)))
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


def _rate_per_h(given: Values) -> float:
    return float(given["tours_per_day"] * given["stops"] / given["areas"] / HOURS_A_DAY)


def _law(given: Values) -> float:
    return float(window_coverage_random(_rate_per_h(given), given["window_h"]))


def _tours_for(expected_visits: float, given: Values) -> float:
    """Tours a day that visit an area so many times in a window."""
    return float(expected_visits * given["areas"] * HOURS_A_DAY / (given["stops"] * given["window_h"]))


def _systematic(given: Values) -> tuple[float, float]:
    period_h = 1 / _rate_per_h(given)
    return float(window_coverage_systematic(period_h, given["window_h"])), float(mean_age_systematic(period_h))


def _own_run(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "tours_per_day": Given(int(luck.choice([9, 12, 15])), "1/day", "tours tasked in the lesson valley"),
        "window_h": Given(int(luck.choice([8, 10])), "h", "coverage window W"),
        "seed": Given(int(luck.integers(1, 1_000_000)), "", "seed of your runs"),
    }


@functools.lru_cache(maxsize=32)
def _simulated(tours_per_day: int, window_h: int, troops: int, n: int) -> tuple[float, float]:
    """Patrol coverage of the lesson valley, and the standard error of a student's mean less the reference's."""
    import numpy as np

    from sim.model import replicate
    from sim.responses import measure

    tours, window = f"tasks.patrols.per_day={tours_per_day}", f"coverage.window_h={window_h}"
    valley = scenario("lesson", [tours, window, "experiment.sweep_days=58"])
    values = []
    for replication in range(n):
        trace = replicate(valley, "two-stages", troops=troops, seed=_REFERENCE_SEED, replication=replication)
        values += [value for where, name, _, value in measure(valley, trace).responses if (where, name) == _WANTED]
    spread = float(np.std(values, ddof=1))
    return float(np.mean(values)), spread * math.sqrt(1 / N_REPLICATIONS + 1 / n)


_WANTED = ("all", "patrol_coverage")


def _reference(given: Values, troops: int = _ENOUGH_TROOPS, n: int = _N_OF_REFERENCE) -> tuple[float, float]:
    return _simulated(given["tours_per_day"], given["window_h"], troops, n)


@functools.cache
def _valley() -> dict[str, float]:
    """Mean stops of a tour in the lesson valley, and its areas."""
    valley = scenario("lesson")
    kinds = valley.tasks.patrols.kinds.values()
    return {"stops": sum(kind.share * kind.n_stops for kind in kinds), "areas": valley.theatre.n_patrol_areas}


def _law_of_valley(given: Values) -> float:
    return _law({**given, **_valley()})


def _few_tours(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "tours": Given(int(luck.integers(2, 6)), "tours", "tours in a window, no more and no fewer"),
        "stops": Given(int(luck.integers(3, 7)), "areas", "areas that a tour visits, all different"),
        "areas": Given(12, "areas", "patrol areas of the sector"),
    }


def _per_window(given: Values) -> float:
    return float(given["tours"] * given["stops"] / given["areas"])


def _all_different(given: Values) -> float:
    # An area is seen by a tour as if by one visit to one of areas/stops places.
    return float(1 - (1 - given["stops"] / given["areas"]) ** given["tours"])


def _visits(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "visits_per_day": Given(
            int(luck.choice([24, 30, 36, 42])), "1/day", "visits to areas of the valley, all together"
        )
    }


_ONE_STOP = "A tour that visits several areas visits different ones: let each kind of tour visit one only."
_POISSON = "The law wants visits at any time, each as if there were no other: look at how tours depart."
_RANDOM = "The law is that of patrols who choose their areas at random: leave the routing as it is."
_AS_MANY = (
    "There should be as many visits a day as you are given: how many tours is that, with the stops that they make?"
)


def _is_random(valley: Scenario, given: Values) -> bool:
    return all(policy.routing.value == "random" for policy in valley.policy.values())


def _has_one_stop(valley: Scenario, given: Values) -> bool:
    return all(kind.n_stops == 1 for kind in valley.tasks.patrols.kinds.values())


def _is_poisson(valley: Scenario, given: Values) -> bool:
    return valley.tasks.patrols.departures.value == "poisson"


def _has_as_many(valley: Scenario, given: Values) -> bool:
    patrols = valley.tasks.patrols
    visits = patrols.per_day * sum(kind.share * kind.n_stops for kind in patrols.kinds.values())
    return math.isclose(visits, given["visits_per_day"], rel_tol=0.01)


def _text(visits: float, departures: str = "poisson", stops: int = 1, more: str = "", tours: float = 0) -> str:
    """Text of a scenario of the lesson valley with so many visits a day, or so many tours."""
    return f"""schema_version = 1
extends = "lesson.toml"
title = "Lesson valley: visits as the window law wants them"

[tasks.patrols]
per_day = {tours or visits / stops}
departures = "{departures}"
departure_window_h = 8

[tasks.patrols.kinds.foot]
n_stops = {stops}

[tasks.patrols.kinds.vehicle]
n_stops = {stops}

[sources]
tasks = "assumption: made up for teaching"
{more}"""


_SYSTEMATIC = """policy = "assumption: made up for teaching"

[policy.two-stages]
routing = "systematic"
"""

_FORGOT_STOPS = "Perhaps the stops are left out: how many visits to areas a day do all tours make together?"
_WRONG_UNIT = "Perhaps the rate is one a day. Where the window is in hours, the rate must be one an hour."

CHECKS: tuple[Check, ...] = (
    Check(
        "3a",
        "two numbers: the share of the day that the area is covered, and its mean age in hours, such as (0.5, 9.5)",
        Exact(lambda given: (_share_of_day(given), _mean_age(given))),
        (
            Mistake(
                "overlap counted twice",
                lambda given: (4 * given["window_h"] / HOURS_A_DAY, _mean_age(given)),
                "Perhaps hours are counted twice. Where a gap is shorter than the window, the next visit comes first.",
            ),
            Mistake(
                "half the mean gap",
                lambda given: (_share_of_day(given), HOURS_A_DAY / 4 / 2),
                "Half the mean gap is the mean age only if all gaps are equal. An instant of the day falls more often "
                "into a long gap than into a short one: add up the triangles under the age's line.",
            ),
            Mistake(
                "squares without their half",
                lambda given: (_share_of_day(given), 2 * _mean_age(given)),
                "The age climbs from zero to the gap: that is a triangle, not a square.",
            ),
        ),
        _one_day,
    ),
    Check(
        "3b",
        "one number: the coverage by the law of random visits, as a share such as 0.25",
        Exact(_law),
        (
            Mistake("stops forgotten", lambda given: _law({**given, "stops": 1}), _FORGOT_STOPS),
            Mistake(
                "rate times window",
                lambda given: _rate_per_h(given) * given["window_h"],
                "Perhaps this is rW, the mean number of visits in a window. Some windows have several, some none.",
            ),
            Mistake(
                "share not covered",
                lambda given: 1 - _law(given),
                "Perhaps this is the share without a visit in the window.",
            ),
            Mistake("rate per day", lambda given: _law({**given, "window_h": 24 * given["window_h"]}), _WRONG_UNIT),
        ),
        functools.partial(_sector, 0.9, 1.9),
    ),
    Check(
        "3c",
        "one number: how many tours a day the law asks for, such as 7.25",
        Exact(lambda given: _tours_for(-math.log(1 - given["target"]), given)),
        (
            Mistake(
                "straight line",
                lambda given: _tours_for(given["target"], given),
                "Perhaps this is the target over W. It would do if no window had two visits: solve the law for the "
                "rate.",
            ),
            Mistake(
                "logarithm of the target",
                lambda given: _tours_for(-math.log(given["target"]), given),
                "Perhaps the logarithm is of the target. In the law exp(-rW) is the share that is not covered.",
            ),
            Mistake(
                "stops forgotten",
                lambda given: _tours_for(-math.log(1 - given["target"]), {**given, "stops": 1}),
                "Perhaps these are visits: a tour makes several of them.",
            ),
        ),
        _target,
    ),
    Check(
        "3d",
        "two numbers: the coverage of systematic patrols as a share, and their mean age in hours, such as (0.25, 30)",
        Exact(_systematic),
        (
            Mistake(
                "law of random visits",
                lambda given: (_law(given), _systematic(given)[1]),
                "Perhaps the first number is the coverage of random patrols. In a round each gap is one period long.",
            ),
            Mistake(
                "age is the period",
                lambda given: (_systematic(given)[0], 2 * _systematic(given)[1]),
                "The age climbs from zero to the period: its mean is in the middle.",
            ),
            Mistake(
                "period of a tour",
                lambda given: (
                    min(1.0, given["window_h"] * given["tours_per_day"] / HOURS_A_DAY),
                    HOURS_A_DAY / given["tours_per_day"] / 2,
                ),
                "Perhaps that is the time from one tour to the next. The period is that from one visit of an area to "
                "its "
                "next: how many visits a day does one area have?",
            ),
        ),
        functools.partial(_sector, 0.5, 0.85),
    ),
    Check(
        "3e",
        f"one number: the mean of patrol_coverage over your {N_REPLICATIONS} replications, as a share such as 0.25",
        WithinError(_reference, z=4.0),
        (
            Mistake(
                "the law",
                _law_of_valley,
                "That is just what the law says: perhaps it is not from the model. Run it: it says something a little "
                "different, and why it does is what comes next.",
            ),
            Mistake(
                "too few troops",
                lambda given: _reference(given, 150, 4)[0],
                "It is so low where tours stay at home for lack of soldiers: perhaps it was run with fewer than 2,000.",
            ),
            Mistake(
                "share not covered",
                lambda given: 1 - _reference(given)[0],
                "Perhaps this is the share of areas that are not covered.",
            ),
        ),
        _own_run,
    ),
    Check(
        "3f",
        "one number: the chance that at least one of the tours visits an area, as a share such as 0.05",
        Exact(_all_different),
        (
            Mistake(
                "the law",
                lambda given: float(window_coverage_random(_per_window(given), 1)),
                "Perhaps this is the law of single visits at random times. Here you know the number of tours, and "
                "that a tour "
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
        ),
        _few_tours,
    ),
    Check(
        "3g",
        "the text, between three quotes, of a scenario that extends lesson.toml and has visits as the law wants them",
        Artefact(
            (
                Rule(_is_random, _RANDOM),
                Rule(_has_one_stop, _ONE_STOP),
                Rule(_is_poisson, _POISSON),
                Rule(_has_as_many, _AS_MANY),
            ),
            lambda given: _text(given["visits_per_day"]),
        ),
        (
            Mistake("several stops", lambda given: _text(given["visits_per_day"], stops=3), _ONE_STOP),
            Mistake("departures left", lambda given: _text(given["visits_per_day"], departures="uniform"), _POISSON),
            Mistake("tours left", lambda given: _text(given["visits_per_day"], tours=9), _AS_MANY),
            Mistake("systematic", lambda given: _text(given["visits_per_day"], more=_SYSTEMATIC), _RANDOM),
        ),
        _visits,
    ),
)
"""In the order of the exercises."""
