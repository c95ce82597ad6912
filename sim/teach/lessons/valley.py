"""Checks of the notebook on coverage, second part: what the model of the lesson valley says, and a valley of one's own.

The model is run anew for the reference of a simulated coverage, from a seed that no student has.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from sim.teach.checks import Check, Given, Mistake, Rule, Values, WithinError
from sim.teach.files import NO_EXTENDS, NOTHING_ELSE, Extension, changes_only, without_extends
from sim.teach.places import scenario
from sim.theory import window_coverage_random

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.schema import Scenario
    from sim.trace import Trace

_N_REPLICATIONS = 10
"""Replications that a student is asked for."""

_N_OF_REFERENCE = 24
_N_OF_MISTAKE = 6
_REFERENCE_SEED = 3_141_592
"""Outside the range of the students' seeds."""

_ENOUGH_TROOPS = 2000
"""Soldiers with which every tour of the lesson valley goes out."""

_EXAMPLE = {"tours_per_day": 18, "window_h": 6}
"""The notebook's own run."""


def rate_per_h(given: Values) -> float:
    """Visits to one area an hour."""
    return float(given["tours_per_day"] * given["stops"] / given["areas"] / 24)


def law(given: Values) -> float:
    """Coverage by the law of random visits."""
    return float(window_coverage_random(rate_per_h(given), given["window_h"]))


def _own_run(luck: np.random.Generator) -> dict[str, Given]:
    """Tours and a window by which the model is apart from the law, and from the notebook's own run.

    Told from the tour-hours in a window, not from a simulation, for which a student would have to wait.
    """
    while True:
        tours, window = int(luck.choice([6, 9, 12, 15])), int(luck.choice([6, 7, 8, 9, 10, 12]))
        of_example = _EXAMPLE["tours_per_day"] * _EXAMPLE["window_h"]
        if tours * window <= 150 and not 0.88 < tours * window / of_example < 1.1:
            return {
                "tours_per_day": Given(tours, "1/day", "tours tasked in the lesson valley"),
                "window_h": Given(window, "h", "coverage window W"),
                "seed": Given(int(luck.integers(1, 1_000_000)), "", "seed of your runs"),
            }


@functools.lru_cache(maxsize=16)
def _traces(tours_per_day: int, troops: int, n: int) -> tuple[Trace, ...]:
    """Replications of the lesson valley, for whatever window."""
    from sim.model import replicate

    valley = _valley_with(tours_per_day)
    return tuple(replicate(valley, "two-stages", troops=troops, seed=_REFERENCE_SEED, replication=k) for k in range(n))


def _valley_with(tours_per_day: int, *settings: str) -> Scenario:
    return scenario("lesson", [f"tasks.patrols.per_day={tours_per_day}", "experiment.sweep_days=58", *settings])


@functools.lru_cache(maxsize=64)
def _simulated(tours_per_day: int, window_h: int, troops: int, n: int) -> tuple[float, float]:
    """Patrol coverage of the lesson valley, and the standard error of a student's mean less the reference's."""
    import numpy as np

    from sim.responses import measure

    valley = _valley_with(tours_per_day, f"coverage.window_h={window_h}")
    values = [
        value
        for trace in _traces(tours_per_day, troops, n)
        for where, name, _, value in measure(valley, trace).responses
        if (where, name) == _WANTED
    ]
    spread = float(np.std(values, ddof=1))
    return float(np.mean(values)), spread * math.sqrt(1 / _N_REPLICATIONS + 1 / n)


_WANTED = ("all", "patrol_coverage")


def _reference(
    given: Values, *, troops: int = _ENOUGH_TROOPS, n: int = _N_OF_REFERENCE, **instead: int
) -> tuple[float, float]:
    run = {**given, **instead}
    return _simulated(run["tours_per_day"], run["window_h"], troops, n)


@functools.cache
def _valley() -> dict[str, float]:
    """Mean stops of a tour in the lesson valley, and its areas."""
    valley = scenario("lesson")
    kinds = valley.tasks.patrols.kinds.values()
    return {"stops": sum(kind.share * kind.n_stops for kind in kinds), "areas": valley.theatre.n_patrol_areas}


def _law_of_valley(given: Values) -> float:
    return law({**given, **_valley()})


def _visits(luck: np.random.Generator) -> dict[str, Given]:
    return {"visits_per_day": Given(int(luck.integers(20, 50)), "1/day", "visits to areas of the valley, all together")}


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


def _has_nothing_else(valley: Scenario, given: Values) -> bool:
    patrols = [f"per_day={valley.tasks.patrols.per_day}", 'departures="poisson"', "departure_window_h=8"]
    patrols += [f"kinds.{kind}.n_stops=1" for kind in valley.tasks.patrols.kinds]
    return changes_only(valley, "lesson", *(f"tasks.patrols.{one}" for one in patrols))


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


_WINDOW = """coverage = "assumption: made up for teaching"

[coverage]
window_h = 8
"""

_SYSTEMATIC = """policy = "assumption: made up for teaching"

[policy.two-stages]
routing = "systematic"
"""

_MISTAKES_IN_RUNS = (
    Mistake(
        "the law",
        _law_of_valley,
        "That is just what the law says: perhaps it is not from the model. Run it: it says something a little "
        "different, and why it does is what comes next.",
    ),
    Mistake(
        "too few troops",
        lambda given: _reference(given, troops=150, n=_N_OF_MISTAKE)[0],
        "It is so low where tours stay at home for lack of soldiers: perhaps it was run with fewer than 2,000.",
    ),
    Mistake(
        "share not covered",
        lambda given: 1 - _reference(given)[0],
        "Perhaps this is the share of areas that are not covered.",
    ),
    Mistake(
        "the valley of the example",
        lambda given: _reference(given, n=_N_OF_MISTAKE, **_EXAMPLE)[0],
        "Perhaps that is the valley of the cell above: take your tours and your window.",
    ),
    Mistake(
        "replications added",
        lambda given: _N_REPLICATIONS * _reference(given)[0],
        "A coverage is a share, not above 1: perhaps you added the replications up. Take their mean.",
    ),
)
_MEAN_COVERAGE = WithinError(_reference, z=4.0)

SIMULATED = Check(
    "3e",
    f"one number: the mean of patrol_coverage over your {_N_REPLICATIONS} replications, as a share such as 0.25",
    _MEAN_COVERAGE,
    _MISTAKES_IN_RUNS,
    _own_run,
)

AS_THE_LAW_WANTS = Check(
    "3g",
    "the text, between three quotes, of a scenario that extends lesson.toml and has visits as the law wants them",
    Extension(
        (
            Rule(_is_random, _RANDOM),
            Rule(_has_one_stop, _ONE_STOP),
            Rule(_is_poisson, _POISSON),
            Rule(_has_as_many, _AS_MANY),
            Rule(_has_nothing_else, NOTHING_ELSE),
        ),
        lambda given: _text(given["visits_per_day"]),
    ),
    (
        Mistake("no extends", lambda given: without_extends(_text(given["visits_per_day"])), NO_EXTENDS),
        Mistake("several stops", lambda given: _text(given["visits_per_day"], stops=3), _ONE_STOP),
        Mistake("departures left", lambda given: _text(given["visits_per_day"], departures="uniform"), _POISSON),
        Mistake("tours left", lambda given: _text(given["visits_per_day"], tours=9), _AS_MANY),
        Mistake("systematic", lambda given: _text(given["visits_per_day"], more=_SYSTEMATIC), _RANDOM),
        Mistake("another window", lambda given: _text(given["visits_per_day"], more=_WINDOW), NOTHING_ELSE),
    ),
    _visits,
)

IN_THE_VALLEY: tuple[Check, ...] = (SIMULATED, AS_THE_LAW_WANTS)
"""In the order of the exercises."""
