"""Checks of the notebook on verification: a queue at a checkpoint, by theory, by Little's law and by simulation.

*Utilisation* is the share of time for which a lane is busy, *wait* goes from arrival to the start of the check.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.teach.checks import Check, Exact, Given, Mistake, Property, Rule, Values
from sim.teach.lessons.factors import normal_factor, student_factor
from sim.teach.lessons.planted_faults import FAULTS
from sim.teach.numbers import read_numbers
from sim.theory import erlang_c, mg1_wait, mmc_wait

if TYPE_CHECKING:
    import numpy as np

MINUTES_AN_HOUR = 60
N_REPLICATIONS, N_HOURS = 20, 400
"""What is asked for: replications, and the length of each [h]."""
WIDEST = 1.5
"""The upper end of an interval may be so many times the lower one."""
LEAST_SPREAD = 0.35
"""Of 20 values, the standard deviation is found so many times too small once in a million times."""
_MOST_VEHICLES = 400
"""At a post at once: with the utilisations that are given, more are there for less than 1e-20 of the time."""

Pair = tuple[float, float]


def _post(luck: np.random.Generator, least_lanes: int, most_lanes: int, least: float, most: float) -> dict[str, Given]:
    """A post whose utilisation is about `least` to `most`."""
    lanes, check_min = int(luck.integers(least_lanes, most_lanes + 1)), float(luck.choice([1.5, 2, 2.5, 3, 4]))
    vehicles = round(luck.uniform(least, most) * lanes * MINUTES_AN_HOUR / check_min)
    return {
        "vehicles_per_h": Given(vehicles, "1/h", "vehicles that arrive, at random"),
        "check_min": Given(check_min, "min", "mean length of a check"),
        "lanes": Given(lanes, "lanes", "lanes of the checkpoint, one queue for all"),
    }


def _services_per_h(given: Values) -> float:
    """Vehicles that one busy lane checks an hour."""
    return MINUTES_AN_HOUR / float(given["check_min"])


def _busy_lanes(given: Values) -> float:
    return float(given["vehicles_per_h"]) / _services_per_h(given)


def _capacity_per_h(given: Values) -> float:
    return float(given["lanes"]) * _services_per_h(given)


def _utilisation(given: Values) -> float:
    return _busy_lanes(given) / float(given["lanes"])


def wait_min(given: Values) -> float:
    """Mean wait at the post by Erlang's formula [min]."""
    return MINUTES_AN_HOUR * float(mmc_wait(given["lanes"], given["vehicles_per_h"], _services_per_h(given)))


def _photographs(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "vehicles_per_h": Given(int(luck.choice([29, 31, 37, 41, 43])), "1/h", "vehicles that pass, from the log"),
        "queueing": Given(round(luck.uniform(3, 9), 1), "vehicles", "waiting, mean over the photographs"),
        "in_lanes": Given(round(luck.uniform(1.1, 1.9), 1), "vehicles", "under check, mean over the photographs"),
    }


def _stay_min(number: float, given: Values) -> float:
    """Little's law, turned round [min]."""
    return MINUTES_AN_HOUR * number / float(given["vehicles_per_h"])


def _one_lane(luck: np.random.Generator) -> dict[str, Given]:
    check_min, share = float(luck.choice([1.7, 2.3, 2.6, 3.1, 3.7])), luck.uniform(0.6, 0.9)
    cv = float(luck.choice([0.4, 0.5, 0.7, 1.2, 1.5]))
    return {
        "vehicles_per_h": Given(round(share * MINUTES_AN_HOUR / check_min), "1/h", "vehicles that arrive, at random"),
        "check_min": Given(check_min, "min", "mean length of a check"),
        "cv": Given(cv, "", "coefficient of variation of a check, second post"),
    }


def _one_lane_wait_min(square_over_mean_square: float, given: Values) -> float:
    """Pollaczek-Khinchine wait where E[S^2] is so many times the squared mean of a check [min]."""
    mean_h = float(given["check_min"]) / MINUTES_AN_HOUR
    # The wait grows in proportion to E[S^2]; sim.theory refuses one below the squared mean, which a mistake may have.
    return MINUTES_AN_HOUR * square_over_mean_square * float(mg1_wait(given["vehicles_per_h"], mean_h, mean_h**2))


def _square(given: Values) -> float:
    return 1 + float(given["cv"]) ** 2


def _two_numbers(answer: Any) -> Pair:
    low, high = read_numbers(answer)
    return low, high


def _covers(interval: Pair, value: float) -> bool:
    return interval[0] <= value <= interval[1]


def _half_width_min(given: Values, factor: float = 1.0) -> float:
    """What half width of a 99.9 % interval to expect of the runs that are asked for, times a factor [min]."""
    return factor * student_factor(N_REPLICATIONS, 0.001) * _deviation_min(given) / math.sqrt(N_REPLICATIONS)


def _deviation_min(given: Values) -> float:
    """Standard deviation of the mean wait over the hours of a replication, if these are many [min].

    The sum of the waits is the time integral of the number queueing, and both that and the number of arrivals vary:
    their martingale part jumps by d - W when a vehicle comes to k others, and by -d when one of k + 1 goes, with
    d = g(k + 1) - g(k) and g the solution of Poisson's equation, in closed form for a queue that goes up and down by 1
    (Whitt, 1992, Asymptotic formulas for Markov processes with applications to simulation, Oper. Res. 40(2), 279-291).
    """
    import numpy as np

    lanes, arrivals_per_h = int(given["lanes"]), float(given["vehicles_per_h"])
    number = np.arange(_MOST_VEHICLES)
    services_per_h = _services_per_h(given) * np.minimum(number[1:], lanes)
    shares = np.concatenate(([1.0], np.cumprod(arrivals_per_h / services_per_h)))
    shares /= shares.sum()
    queueing = np.maximum(number - lanes, 0)
    excess = (queueing - (queueing * shares).sum()) * shares
    d = excess[::-1].cumsum()[::-1][1:] / (arrivals_per_h * shares[:-1])
    wait_h = wait_min(given) / MINUTES_AN_HOUR
    variance = (shares[:-1] * ((d - wait_h) ** 2 + d**2)).sum() / arrivals_per_h / N_HOURS
    return MINUTES_AN_HOUR * math.sqrt(variance)


def _around(value: float, half_width: float) -> Pair:
    return value - half_width, value + half_width


def _is_as_wide_as_luck(found: Pair, given: Values) -> bool:
    return found[1] - found[0] >= 2 * _half_width_min(given, LEAST_SPREAD)


def _of_vehicles(given: Values) -> Pair:
    """As if all vehicles were so many independent replications, where a wait is as uneven as an exponential one."""
    n = N_REPLICATIONS * N_HOURS * given["vehicles_per_h"]
    return _around(wait_min(given), normal_factor(0.001) * wait_min(given) / math.sqrt(n))


def _in_hours(interval: Pair) -> Pair:
    return interval[0] / MINUTES_AN_HOUR, interval[1] / MINUTES_AN_HOUR


def _system_min(given: Values) -> float:
    return wait_min(given) + float(given["check_min"])


_IN_ORDER = "The lower end, mean minus half width, comes first, then the upper one, mean plus half width."
_NARROW = "So wide an interval would fit many programs that are wrong: let the replications be longer, or run more."
_NO_LUCK = (
    "So narrow an interval does not come from 20 replications of 400 hours: their n is 20, the means of the "
    "replications, and not the vehicles."
)
_HOURS = "That looks like hours: the question is for minutes."
_SYSTEM = "That looks like the time in the system. A wait ends when the check begins."
_MISSES = (
    "The interval misses the law. One honest interval in a thousand does: take other seeds. If it misses again, "
    "the program is wrong, or this is not the half width of a 99.9 % interval whose n counts replications."
)


def _one_lane_min(given: Values) -> float:
    """Wait where one lane has to do a lane's share of the vehicles [min]."""
    return MINUTES_AN_HOUR * float(
        mmc_wait(1, float(given["vehicles_per_h"]) / float(given["lanes"]), _services_per_h(given))
    )


def _off(value: Callable[[Values], float], hint: str) -> Rule:
    """An interval that covers a well-known wrong value, and not the law, tells what went wrong."""
    return Rule(lambda found, given: _covers(found, wait_min(given)) or not _covers(found, value(given)), hint)


CHECKS: tuple[Check, ...] = (
    Check(
        "4a",
        "two numbers: the utilisation as a share, and the capacity in vehicles an hour, such as (0.25, 7)",
        Exact(lambda given: (_utilisation(given), _capacity_per_h(given))),
        (
            Mistake(
                "load",
                lambda given: (_busy_lanes(given), _capacity_per_h(given)),
                "Perhaps the first is the mean number of busy lanes: what share of all lanes is that?",
            ),
            Mistake(
                "capacity of a lane",
                lambda given: (_utilisation(given), _services_per_h(given)),
                "Perhaps the second number is what one lane can do. The capacity is that of the whole post.",
            ),
            Mistake(
                "minutes taken for hours",
                lambda given: (MINUTES_AN_HOUR * _utilisation(given), _capacity_per_h(given)),
                "Vehicles are counted by the hour and checks by the minute: use one unit for both.",
            ),
            Mistake(
                "upside down",
                lambda given: (1 / _utilisation(given), _capacity_per_h(given)),
                "The first number is above 1, and a share of time cannot be. Perhaps the fraction is upside down.",
            ),
            Mistake(
                "idle",
                lambda given: (1 - _utilisation(given), _capacity_per_h(given)),
                "Perhaps the first is the share of time for which a lane is idle.",
            ),
            Mistake(
                "room left",
                lambda given: (_utilisation(given), _capacity_per_h(given) - given["vehicles_per_h"]),
                "Perhaps the second number is how many more there is room for. The capacity is how many in all.",
            ),
        ),
        functools.partial(_post, least_lanes=2, most_lanes=4, least=0.6, most=0.92),
    ),
    Check(
        "4b",
        "one number: the mean wait of all vehicles by Erlang's formula, in minutes, such as 77.5",
        Exact(wait_min),
        (
            Mistake(
                "hours",
                lambda given: wait_min(given) / MINUTES_AN_HOUR,
                "Perhaps this is in hours: minutes are wanted.",
            ),
            Mistake("time in system", _system_min, "Perhaps the check is in it. A wait ends when the check begins."),
            Mistake(
                "wait of those who wait",
                lambda given: wait_min(given) / float(erlang_c(given["lanes"], _busy_lanes(given))),
                "Perhaps this is the mean wait of those who wait at all. Others drive straight into a free lane.",
            ),
            Mistake(
                "a queue for each lane",
                _one_lane_min,
                "Perhaps this is the wait if each lane has a queue of its own. Here the first in the one queue takes "
                "whichever lane comes free.",
            ),
            Mistake(
                "all lanes in each",
                lambda given: (
                    MINUTES_AN_HOUR * float(mmc_wait(given["lanes"], given["vehicles_per_h"], _capacity_per_h(given)))
                ),
                "Perhaps the last number that the formula got is what all lanes check: it takes that of one lane.",
            ),
            Mistake(
                "one fast lane",
                lambda given: MINUTES_AN_HOUR * float(mmc_wait(1, given["vehicles_per_h"], _capacity_per_h(given))),
                "Perhaps this is for one lane that is as fast as all of yours together. With several, one may be idle "
                "while another is busy, and a check is as long as ever.",
            ),
        ),
        functools.partial(_post, least_lanes=2, most_lanes=4, least=0.6, most=0.9),
    ),
    Check(
        "4c",
        "two numbers: the mean wait and the mean length of a check, both in minutes, such as (77.5, 33.5)",
        Exact(lambda given: (_stay_min(given["queueing"], given), _stay_min(given["in_lanes"], given))),
        (
            Mistake(
                "hours",
                lambda given: (
                    given["queueing"] / given["vehicles_per_h"],
                    given["in_lanes"] / given["vehicles_per_h"],
                ),
                "Perhaps these are hours: minutes are wanted.",
            ),
            Mistake(
                "multiplied",
                lambda given: (
                    given["queueing"] * given["vehicles_per_h"] / MINUTES_AN_HOUR,
                    given["in_lanes"] * given["vehicles_per_h"] / MINUTES_AN_HOUR,
                ),
                "Perhaps it is multiplied. Little's law goes from a time to a number: here go the other way.",
            ),
            Mistake(
                "check in the wait",
                lambda given: (
                    _stay_min(given["queueing"] + given["in_lanes"], given),
                    _stay_min(given["in_lanes"], given),
                ),
                "Perhaps the first number is the whole time at the post: draw the system round the queue only.",
            ),
            Mistake(
                "wait in the check",
                lambda given: (
                    _stay_min(given["queueing"], given),
                    _stay_min(given["queueing"] + given["in_lanes"], given),
                ),
                "Perhaps the second number is the whole time at the post: draw the system round the lanes only.",
            ),
            Mistake(
                "the wrong way round",
                lambda given: (_stay_min(given["in_lanes"], given), _stay_min(given["queueing"], given)),
                "Perhaps they are the wrong way round: the wait first, then the check.",
            ),
        ),
        _photographs,
    ),
    Check(
        "4d",
        "two numbers: the mean wait if all checks take equally long, and that with your cv, in minutes, such as (77, "
        "88)",
        Exact(lambda given: (_one_lane_wait_min(1, given), _one_lane_wait_min(_square(given), given))),
        (
            Mistake(
                "variation forgotten",
                lambda given: (_one_lane_wait_min(1, given), _one_lane_wait_min(1, given)),
                "Perhaps E[S²] is the square of the mean. The variance comes on top of that.",
            ),
            Mistake(
                "variance only",
                lambda given: (_one_lane_wait_min(1, given), _one_lane_wait_min(float(given["cv"]) ** 2, given)),
                "Perhaps E[S²] is the variance. It is the variance and the square of the mean together.",
            ),
            Mistake(
                "coefficient not squared",
                lambda given: (_one_lane_wait_min(1, given), _one_lane_wait_min(1 + float(given["cv"]), given)),
                "Perhaps the cv is not squared: it is the standard deviation over the mean, not the variance.",
            ),
            Mistake(
                "exponential",
                lambda given: (_one_lane_wait_min(2, given), _one_lane_wait_min(_square(given), given)),
                "Perhaps the first number is that of exponential checks. Equal ones have no variance.",
            ),
            Mistake(
                "the wrong way round",
                lambda given: (_one_lane_wait_min(_square(given), given), _one_lane_wait_min(1, given)),
                "Perhaps they are the wrong way round: the first post is the one where all checks take equally long.",
            ),
            Mistake(
                "time in the system",
                lambda given: (
                    _one_lane_wait_min(1, given) + given["check_min"],
                    _one_lane_wait_min(_square(given), given) + given["check_min"],
                ),
                "Perhaps the check is in them. A wait ends when the check begins.",
            ),
        ),
        _one_lane,
    ),
    Check(
        "4e",
        "the ends of a 99.9 % interval of the mean wait, in minutes",
        Property(
            "two numbers, the lower end and the upper end, such as (77, 88)",
            _two_numbers,
            (
                Rule(lambda found, given: found[0] < found[1], _IN_ORDER),
                Rule(lambda found, given: found[1] <= WIDEST * found[0], _NARROW),
                _off(lambda given: wait_min(given) / MINUTES_AN_HOUR, _HOURS),
                _off(_system_min, _SYSTEM),
                Rule(_is_as_wide_as_luck, _NO_LUCK),
                Rule(lambda found, given: _covers(found, wait_min(given)), _MISSES),
            ),
            lambda given: _around(wait_min(given), _half_width_min(given)),
        ),
        (
            Mistake(
                "ends changed round", lambda given: _around(wait_min(given), _half_width_min(given))[::-1], _IN_ORDER
            ),
            Mistake("too wide", lambda given: _around(wait_min(given), 0.5 * wait_min(given)), _NARROW),
            Mistake("the law itself", lambda given: _around(wait_min(given), 1e-9), _NO_LUCK),
            Mistake("n counts vehicles", _of_vehicles, _NO_LUCK),
            Mistake("hours", lambda given: _in_hours(_around(wait_min(given), _half_width_min(given))), _HOURS),
            Mistake("time in system", lambda given: _around(_system_min(given), _half_width_min(given)), _SYSTEM),
            Mistake("a biased program", lambda given: _around(0.5 * wait_min(given), _half_width_min(given)), _MISSES),
        ),
        functools.partial(_post, least_lanes=2, most_lanes=3, least=0.65, most=0.75),
    ),
    *FAULTS,
)
"""In the order of the exercises."""
