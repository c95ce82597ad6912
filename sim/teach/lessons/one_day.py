"""Checks of the notebook *One patrol, one day*, second part: Little's law, tours in a trace, and the Poisson law."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR
from sim.teach.apart import drawn_apart
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import Count
from sim.teach.places import lesson
from sim.trace import EventKind, Trace

if TYPE_CHECKING:
    import numpy as np


_MIN_PER_DAY = 1440
_POLICY = "two-stages"
_RUN_DAYS, _WARM_UP_H = 9, 48
_EXAMPLE_RUN = {"troops": 450, "seed": 1}
_EXAMPLE_TIMES = {"from_h": 48, "until_h": 96}
"""The notebook's own run, and the period in it [h]."""
_MORNING_H = 8
"""Length of the period in its example of Little's law [h]."""


def _a_morning(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "n_tours": Given(int(luck.integers(21, 49)), "tours", "depart and return within the period"),
        "period_h": Given(int(luck.integers(10, 17)), "h", "length of the period"),
        "mean_out_min": Given(5 * int(luck.integers(25, 46)), "min", "mean time from departure to return"),
        "turn_round_min": Given(
            int(luck.choice([40, 45, 50, 70, 75, 80])), "min", "after each return, also in the period"
        ),
    }


def _little(
    given: Values, *, scale: float = 1 / 60, turn_round_scale: float | None = None, period_h: float | None = None
) -> tuple[float, float]:
    from sim.theory import patrols_out

    rate_per_h = given["n_tours"] / (given["period_h"] if period_h is None else period_h)
    out_h = given["mean_out_min"] * scale
    busy_h = out_h + given["turn_round_min"] * (scale if turn_round_scale is None else turn_round_scale)
    return float(patrols_out(rate_per_h, out_h)), float(patrols_out(rate_per_h, busy_h))


def _other_way_round(given: Values) -> tuple[float, float]:
    out, busy = _little(given)
    return busy, out


def _out_and_out_less_rest(given: Values) -> tuple[float, float]:
    out, busy = _little(given)
    return out, busy - out


LITTLE = Check(
    "1e",
    "the mean number of patrols out, and the mean number of sections busy, out or in turn-round: "
    "two numbers, like (1.94, 2.69)",
    Exact(_little),
    (
        Mistake(
            "minutes times a rate in hours",
            lambda given: _little(given, scale=1.0),
            "Rate and time must have the same unit: tours an hour times hours, or tours a minute times minutes.",
        ),
        Mistake(
            "hours and minutes added",
            lambda given: _little(given, turn_round_scale=1.0),
            "Perhaps the turn-round is in minutes and the time out in hours: add the same unit.",
        ),
        Mistake(
            "turn-round of the example",
            lambda given: _little({**given, "turn_round_min": 60}),
            "Perhaps each turn-round took an hour, as in the example: how long is yours?",
        ),
        Mistake(
            "a whole day",
            lambda given: _little(given, period_h=24),
            "Perhaps you divided by the hours of a day: the tours depart in your period, which is shorter.",
        ),
        Mistake(
            "the period of the example",
            lambda given: _little(given, period_h=_MORNING_H),
            "Perhaps you divided by the hours of the example: how long is your period?",
        ),
        Mistake(
            "not divided",
            lambda given: _little(given, period_h=1),
            "Perhaps those are tour-hours, all together: divide by the hours of the period.",
        ),
        Mistake("the other way round", _other_way_round, "Perhaps you changed the order: first out, then busy."),
        Mistake(
            "the rate alone",
            lambda given: (given["n_tours"] / given["period_h"], given["n_tours"] / given["period_h"]),
            "Perhaps that is how many depart an hour: multiply it by how long each is out.",
        ),
        Mistake(
            "one tour alone",
            lambda given: tuple(one / given["n_tours"] for one in _little(given)),
            "Perhaps that is the share of the period that one tour is out: there are many tours.",
        ),
        Mistake(
            "turn-round alone",
            _out_and_out_less_rest,
            "The second number is of sections that are out or in turn-round, both together.",
        ),
    ),
    _a_morning,
)


@functools.lru_cache(maxsize=1024)
def _trace(troops: int, seed: int) -> Trace:
    from sim.model import replicate

    return replicate(lesson(), _POLICY, troops=troops, seed=seed, replication=0)


def _a_replication(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "troops": Given(10 * int(luck.integers(20, 38)), "soldiers", "strength, held all the time"),
        "seed": Given(int(luck.integers(1000, 10_000)), "", "the root of all random numbers"),
        "kind": Given(str(luck.choice(["foot", "vehicle"])), "", "the kind of patrol"),
        "days": Given(int(luck.integers(4, 8)), "days", "from the start of the run"),
    }


def _departures(given: Values, *, of: str = "given", days: float | None = None, from_h: int = 0) -> int:
    """Tours of a kind, `of` both, or of the `other` one, that departed before so many days."""
    trace = _trace(given["troops"], given["seed"])
    kind, departed_s = trace.tour_columns("kind", "departed_s")
    is_given = kind == trace.names.kinds.index(given["kind"])
    is_asked = {"given": is_given, "other": ~is_given, "both": is_given | ~is_given}[of]
    end_s = SECOND_PER_DAY * (given["days"] if days is None else days)
    return int((is_asked & (departed_s >= from_h * SECOND_PER_HOUR) & (departed_s < end_s)).sum())


def _slots(given: Values) -> int:
    trace = _trace(given["troops"], given["seed"])
    return sum(int((departs_s < given["days"] * SECOND_PER_DAY).sum()) for _, departs_s in trace.tasked)


def _visits(given: Values) -> int:
    end_s = given["days"] * SECOND_PER_DAY
    rows = _trace(given["troops"], given["seed"]).rows()
    return sum(row.kind is EventKind.AREA_VISITED and row.time_s < end_s for row in rows)


_OLD_ROWS = "Perhaps you counted rows of the cell above, or ran its troops or its seed: run yours, and take its rows."

_MISTAKES_IN_TRACE = (
    Mistake("rows of the example", lambda given: _departures({**given, **_EXAMPLE_RUN}), _OLD_ROWS),
    Mistake("troops of the example", lambda given: _departures({**given, "troops": _EXAMPLE_RUN["troops"]}), _OLD_ROWS),
    Mistake("seed of the example", lambda given: _departures({**given, "seed": _EXAMPLE_RUN["seed"]}), _OLD_ROWS),
    Mistake(
        "both kinds",
        lambda given: _departures(given, of="both"),
        "Perhaps those are tours of both kinds: the place of a departure ends in its kind.",
    ),
    Mistake(
        "the other kind",
        lambda given: _departures(given, of="other"),
        "Perhaps those are tours of the other kind: which one is yours?",
    ),
    Mistake("visits", _visits, "Perhaps those are visits: a tour makes one in each of its areas."),
    Mistake("tasked", _slots, "Perhaps so many were tasked; with these troops not all of them departed."),
    Mistake(
        "the whole run",
        lambda given: _departures(given, days=_RUN_DAYS),
        "Perhaps that is the whole run: leave out what departed later than asked.",
    ),
    Mistake(
        "days of the example",
        lambda given: _departures(given, days=2),
        "Perhaps those are the days of the cell above: how many are yours?",
    ),
    Mistake(
        "a day too many",
        lambda given: _departures(given, days=given["days"] + 1),
        "Perhaps that is a day too many: the first day begins at second 0, the second one at 86,400.",
    ),
    Mistake(
        "the warm-up left out",
        lambda given: _departures(given, from_h=_WARM_UP_H),
        "Perhaps you left out the warm-up: here days count from the start of the run.",
    ),
)
_N_DEPARTED = Count(_departures, of="departures")

IN_TRACE = Check(
    "1f",
    "how many tours of that kind departed in the first days of replication 0 of policy two-stages: "
    "a whole number, like 54",
    _N_DEPARTED,
    _MISTAKES_IN_TRACE,
    drawn_apart(_a_replication, _N_DEPARTED, _MISTAKES_IN_TRACE),
)


def _a_steady_replication(luck: np.random.Generator) -> dict[str, Given]:
    """Times at changes of shift, when the valley is empty: no matter how a tour is counted that is out then."""
    return {
        "troops": Given(10 * int(luck.integers(12, 37)), "soldiers", "strength, held all the time"),
        "seed": Given(int(luck.integers(1000, 10_000)), "", "the root of all random numbers"),
        "from_h": Given(8 * int(luck.integers(7, 10)), "h", "the warm-up, and some time after it, is left out"),
        "until_h": Given(8 * int(luck.integers(19, 26)), "h", "end of your period"),
    }


def _mean_out(given: Values, *, over_h: float | None = None, **instead: int) -> float:
    """Mean number of patrols out between two times, from the trace: tour-hours over hours."""
    import numpy as np

    run = {**given, **instead}
    departed_s, ended_s = _trace(run["troops"], run["seed"]).tour_columns("departed_s", "ended_s")
    from_s, until_s = run["from_h"] * SECOND_PER_HOUR, run["until_h"] * SECOND_PER_HOUR
    ended_s = np.where(ended_s < 0, until_s, ended_s)[departed_s >= 0]
    out_s = np.clip(ended_s, from_s, until_s) - np.clip(departed_s[departed_s >= 0], from_s, until_s)
    return float(out_s.sum()) / (SECOND_PER_HOUR * (run["until_h"] - run["from_h"] if over_h is None else over_h))


def _period_h(given: Values) -> float:
    return float(given["until_h"] - given["from_h"])


def _mean_time_out_h(given: Values) -> float:
    departed_s = _trace(given["troops"], given["seed"]).tour_columns("departed_s")[0] / SECOND_PER_HOUR
    n_tours = int(((departed_s >= given["from_h"]) & (departed_s < given["until_h"])).sum())
    return _mean_out(given) * _period_h(given) / n_tours


_OLD_RUN = "Perhaps that is the run of the cell above, or its troops or its seed: run yours."
_OLD_TIMES = "Perhaps those are the times of the cell above, from 48 to 96 hours: which are yours?"
_EARLY_TOURS = "Perhaps you counted tours from the start of the run on: only those after your first time belong."

_MISTAKES_OUT = (
    Mistake("the run of the example", lambda given: _mean_out({**given, **_EXAMPLE_RUN}), _OLD_RUN),
    Mistake("the example itself", lambda given: _mean_out({**_EXAMPLE_RUN, **_EXAMPLE_TIMES}), _OLD_RUN),
    Mistake("troops of the example", lambda given: _mean_out(given, troops=_EXAMPLE_RUN["troops"]), _OLD_RUN),
    Mistake("seed of the example", lambda given: _mean_out(given, seed=_EXAMPLE_RUN["seed"]), _OLD_RUN),
    Mistake("times of the example", lambda given: _mean_out(given, **_EXAMPLE_TIMES), _OLD_TIMES),
    Mistake("the start of the example", lambda given: _mean_out(given, from_h=_EXAMPLE_TIMES["from_h"]), _OLD_TIMES),
    Mistake("early tours, all hours", lambda given: _mean_out(given, from_h=0), _EARLY_TOURS),
    Mistake("early tours, your hours", lambda given: _mean_out(given, from_h=0, over_h=_period_h(given)), _EARLY_TOURS),
    Mistake(
        "late tours",
        lambda given: _mean_out(given, until_h=24 * _RUN_DAYS),
        "Perhaps you counted to the end of the run: your period ends before it.",
    ),
    Mistake(
        "divided by the hours from the start",
        lambda given: _mean_out(given, over_h=given["until_h"]),
        "Perhaps you divided by the hours since the start of the run: divide by those between your two times.",
    ),
    Mistake(
        "divided by the hours of the example",
        lambda given: _mean_out(given, over_h=_EXAMPLE_TIMES["until_h"] - _EXAMPLE_TIMES["from_h"]),
        "Perhaps you divided by the hours of the example above; how long is it between your two times?",
    ),
    Mistake(
        "hours out each day",
        lambda given: _mean_out(given, over_h=_period_h(given) / 24),
        "Perhaps those are tour-hours a day; the mean number out is tour-hours an hour.",
    ),
    Mistake(
        "not divided",
        lambda given: _mean_out(given, over_h=1.0),
        "Perhaps those are tour-hours, all together: divide by the hours between your two times.",
    ),
    Mistake(
        "mean time out",
        _mean_time_out_h,
        "Perhaps that is how many hours a tour is out on average, not how many are.",
    ),
)
_MEAN_N_OUT = Exact(_mean_out)

MEAN_OUT = Check(
    "1g",
    "the mean number of patrols out between the two times, in replication 0 of policy two-stages: a number, like 2.34",
    _MEAN_N_OUT,
    _MISTAKES_OUT,
    drawn_apart(_a_steady_replication, _MEAN_N_OUT, _MISTAKES_OUT),
)


def _a_law(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        per_day, mean_out_min = int(luck.integers(12, 26)), 5 * int(luck.integers(24, 42))
        if 1.3 < per_day * mean_out_min / _MIN_PER_DAY < 2.6:
            return {
                "per_day": Given(per_day, "tours a day", "departures, at any time and independent of each other"),
                "mean_out_min": Given(mean_out_min, "min", "mean time from departure to return"),
            }


def _load(given: Values) -> float:
    return float(given["per_day"] * given["mean_out_min"]) / _MIN_PER_DAY


NOBODY_OUT = Check(
    "1h",
    "for what share of the time no patrol is out at all, by the Poisson law: a number between 0 and 1, like 0.368",
    Exact(lambda given: math.exp(-_load(given))),
    (
        Mistake(
            "somebody out",
            lambda given: 1 - math.exp(-_load(given)),
            "Perhaps that is the share of the time when somebody is out.",
        ),
        Mistake("mean number", _load, "Perhaps that is the mean number out, a: put it into the law, with n = 0."),
        Mistake(
            "exactly one",
            lambda given: _load(given) * math.exp(-_load(given)),
            "Perhaps that is the share of the time with one patrol out: put n = 0 into the law.",
        ),
        Mistake(
            "no minus",
            lambda given: math.exp(_load(given)),
            "A share of the time is not above 1: look at the sign in the law.",
        ),
        Mistake(
            "hours for days",
            lambda given: math.exp(-given["per_day"] * given["mean_out_min"] / 60),
            "Rate and time must have the same unit: how many minutes has a day?",
        ),
    ),
    _a_law,
)

IN_A_DAY: tuple[Check, ...] = (LITTLE, IN_TRACE, MEAN_OUT, NOBODY_OUT)
"""Checks of the second part, in the notebook's order."""
