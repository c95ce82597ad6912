"""Checks of the notebook *One patrol, one day*: a tour, the event list, a process in SimPy, Little's law.

Those of the trace of a replication, with which the notebook ends, are in :mod:`sim.teach.one_day`.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Generator
from typing import TYPE_CHECKING

from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import Count
from sim.teach.one_day import IN_A_DAY

if TYPE_CHECKING:
    import numpy as np
    import simpy

_MIN_PER_DAY = 1440
_N_TOURS = 8


def _a_tour(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "departs_min": Given(5 * int(luck.integers(72, 145)), "min after midnight", "the section leaves its base"),
        "approach_km": Given(int(luck.integers(6, 16)), "km", "from the base to an area, and from an area home"),
        "approach_km_h": Given(30, "km/h", "speed there and home, by vehicle"),
        "n_stops": Given(int(luck.integers(3, 6)), "areas", "areas that the tour visits"),
        "leg_km": Given(int(luck.integers(1, 4)), "km", "from an area to the next"),
        "leg_km_h": Given(5, "km/h", "speed from an area to the next, on foot"),
        "dwell_min": Given(5 * int(luck.integers(4, 9)), "min", "stay in each area"),
        "turn_round_min": Given(60, "min", "weapons, fuel, report, once the section is back"),
    }


def _times_of_tour(given: Values, *, extra_legs: int = 0, dwells_missing: int = 0) -> tuple[float, float, float]:
    approach_min = given["approach_km"] / given["approach_km_h"] * 60
    leg_min = given["leg_km"] / given["leg_km_h"] * 60
    arrives = given["departs_min"] + approach_min
    leaves = arrives + (given["n_stops"] - 1 + extra_legs) * leg_min
    leaves += (given["n_stops"] - dwells_missing) * given["dwell_min"]
    return arrives, leaves, leaves + approach_min


def _returned_late(given: Values) -> tuple[float, float, float]:
    arrives, leaves, returns = _times_of_tour(given)
    return arrives, leaves, returns + given["turn_round_min"]


def _never_drove_home(given: Values) -> tuple[float, float, float]:
    arrives, leaves, _ = _times_of_tour(given)
    return arrives, leaves, leaves


TOUR = Check(
    "1a",
    "when the section arrives at the first area, leaves the last one, and is back at its base: [min after midnight]",
    Exact(_times_of_tour),
    (
        Mistake(
            "a leg for every stop",
            lambda given: _times_of_tour(given, extra_legs=1),
            "Draw the areas in a row: there is one leg fewer than there are areas.",
        ),
        Mistake(
            "no walks",
            lambda given: _times_of_tour(given, extra_legs=1 - given["n_stops"]),
            "Between two areas the section walks; perhaps you left that out.",
        ),
        Mistake(
            "since the departure",
            lambda given: tuple(time - given["departs_min"] for time in _times_of_tour(given)),
            "That looks like the time since the departure; asked for is the clock, counted from midnight.",
        ),
        Mistake(
            "no stay in the last area",
            lambda given: _times_of_tour(given, dwells_missing=1),
            "The section stays in every area, also in the last one.",
        ),
        Mistake("never drove home", _never_drove_home, "The section still has to drive home from the last area."),
        Mistake(
            "turn-round on tour",
            _returned_late,
            "The turn-round comes after the return; the section is back before it begins.",
        ),
    ),
    _a_tour,
)


def _two_sections(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        a, b = int(luck.integers(7, 15)), int(luck.integers(16, 25))
        out_a, out_b = int(luck.integers(30, 41)), int(luck.integers(75, 96))
        given = {
            "a_departs_min": Given(a, "min", "section A departs for the first time"),
            "a_out_min": Given(out_a, "min", "each tour of section A takes so long"),
            "b_departs_min": Given(b, "min", "section B departs for the first time"),
            "b_out_min": Given(out_b, "min", "each tour of section B takes so long"),
            "turn_round_min": Given(int(luck.integers(10, 16)), "min", "from a return to the section's next departure"),
        }
        times = _clock({name: one.value for name, one in given.items()}, n=8)
        if len(set(times)) == len(times):
            return given


def _events_of(departs: int, out: int, turn_round: int) -> Generator[int]:
    now = departs
    for step in itertools.cycle((out, turn_round)):
        yield now
        now += step


def _clock(given: Values, n: int = 6, turn_round: int | None = None) -> list[int]:
    rest = given["turn_round_min"] if turn_round is None else turn_round
    both = heapq.merge(*(_events_of(given[f"{s}_departs_min"], given[f"{s}_out_min"], rest) for s in "ab"))
    return list(itertools.islice(both, n))


def _three_each(given: Values) -> list[int]:
    return [
        time
        for s in "ab"
        for time in itertools.islice(
            _events_of(given[f"{s}_departs_min"], given[f"{s}_out_min"], given["turn_round_min"]), 3
        )
    ]


CLOCK = Check(
    "1b",
    "what the clock shows at each of the first six events, in the order in which they happen: a list [min]",
    Exact(_clock),
    (
        Mistake(
            "one section after the other",
            _three_each,
            "The next event is the earliest on the list, whichever section it belongs to.",
        ),
        Mistake(
            "as many events of each section",
            lambda given: sorted(_three_each(given)),
            "A section with short tours has more events: after each one ask anew what is the earliest.",
        ),
        Mistake(
            "no turn-round",
            lambda given: _clock(given, turn_round=0),
            "A section that has come back does not depart at once: first comes its turn-round.",
        ),
        Mistake(
            "steps of the clock",
            lambda given: [b - a for a, b in itertools.pairwise([0, *_clock(given)])],
            "That looks like the time between two events; the clock shows the time since the start.",
        ),
    ),
    _two_sections,
)


def _a_day(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        given = {
            f"{s}_{what}": Given(int(luck.integers(*between)), "min", words.format(s.upper()))
            for s in "abc"
            for what, between, words in (
                ("departs_min", (0, 90), "section {} departs for the first time"),
                ("out_min", (100, 260), "each tour of section {} takes so long"),
            )
        }
        given["turn_round_min"] = Given(5 * int(luck.integers(9, 16)), "min", "from a return to the next departure")
        values = {name: one.value for name, one in given.items()}
        log = _log_of_day(values)
        n_departs, n_returns = (sum(what == which for _, _, which in log) for what in ("departs", "returns"))
        if n_departs != n_returns and len(log) == len(_log_of_day(values, until=_MIN_PER_DAY + 1)):
            return given


def _section(
    env: simpy.Environment, name: str, given: Values, log: list[tuple[float, str, str]], rests: bool
) -> Generator[simpy.Event]:
    """One section, tour after tour: what the student writes."""
    yield env.timeout(given[f"{name}_departs_min"])
    while True:
        log.append((env.now, name, "departs"))
        yield env.timeout(given[f"{name}_out_min"])
        log.append((env.now, name, "returns"))
        if rests:
            yield env.timeout(given["turn_round_min"])


def _log_of_day(
    given: Values, *, until: int = _MIN_PER_DAY, rests: bool = True, sections: str = "abc"
) -> list[tuple[float, str, str]]:
    import simpy

    env, log = simpy.Environment(), list[tuple[float, str, str]]()
    for name in sections:
        env.process(_section(env, name, given, log, rests))
    env.run(until=until)
    return log


def _count(log: list[tuple[float, str, str]], what: str) -> int:
    return sum(which == what for _, _, which in log)


IN_SIMPY = Check(
    "1c",
    "how many tours of the three sections together depart before midnight: a whole number",
    Count(lambda given: _count(_log_of_day(given), "departs"), of="departures"),
    (
        Mistake(
            "returns counted",
            lambda given: _count(_log_of_day(given), "returns"),
            "Perhaps you counted returns: at midnight some tours are out and have not returned yet.",
        ),
        Mistake(
            "every line counted",
            lambda given: len(_log_of_day(given)),
            "Perhaps you counted every line: the log has one for each departure and one for each return.",
        ),
        Mistake(
            "no turn-round",
            lambda given: _count(_log_of_day(given, rests=False), "departs"),
            "They depart too often; perhaps nobody waits for the turn-round. Where does your process?",
        ),
        Mistake(
            "one section",
            lambda given: _count(_log_of_day(given, sections="a"), "departs"),
            "Perhaps that is section A alone: start a process for each section, in one environment.",
        ),
    ),
    _a_day,
)


def _hh_mm(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


def _some_tours(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        departs = sorted(360 + 5 * luck.choice(60, size=_N_TOURS, replace=False))
        tours = [(int(one), int(one) + 5 * int(luck.integers(15, 45))) for one in departs]
        given = {
            f"tour_{k + 1}": Given(f"{_hh_mm(begin)}-{_hh_mm(end)}", "clock", "departure and return")
            for k, (begin, end) in enumerate(tours)
        }
        given["at"] = Given(_hh_mm(5 * int(luck.integers(90, 120)) + 2), "clock", "the instant")
        gone, back = _gone_and_back({name: one.value for name, one in given.items()})
        if len({0, gone - back, gone, back, _N_TOURS - back, _N_TOURS - gone}) == 6:
            return given


def _gone_and_back(given: Values) -> tuple[int, int]:
    at = _minutes(given["at"])
    tours = [[_minutes(one) for one in given[f"tour_{k + 1}"].split("-")] for k in range(_N_TOURS)]
    return sum(begin <= at for begin, _ in tours), sum(end <= at for _, end in tours)


OUT_AT_ONCE = Check(
    "1d",
    "how many of the tours are out at the instant: a whole number",
    Count(lambda given: _gone_and_back(given)[0] - _gone_and_back(given)[1], of="tours"),
    (
        Mistake(
            "all that have departed",
            lambda given: _gone_and_back(given)[0],
            "Perhaps those are all that had departed by then: some of them had already returned.",
        ),
        Mistake(
            "those that are back",
            lambda given: _gone_and_back(given)[1],
            "Perhaps those are the ones that have returned: they are not out.",
        ),
        Mistake(
            "all that are not back",
            lambda given: _N_TOURS - _gone_and_back(given)[1],
            "Perhaps those are all that are not back: some of them have not even departed.",
        ),
        Mistake(
            "those still to depart",
            lambda given: _N_TOURS - _gone_and_back(given)[0],
            "Perhaps those are the ones that have yet to depart; who has departed, and is not back?",
        ),
    ),
    _some_tours,
)


def _a_morning(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "n_tours": Given(int(luck.integers(21, 49)), "tours", "depart and return within the period"),
        "period_h": Given(int(luck.integers(10, 17)), "h", "length of the period"),
        "mean_out_min": Given(5 * int(luck.integers(25, 46)), "min", "mean time from departure to return"),
        "turn_round_min": Given(5 * int(luck.integers(8, 15)), "min", "after each return, also within the period"),
    }


def _little(given: Values, *, scale: float = 1 / 60, period_h: float | None = None) -> tuple[float, float]:
    from sim.theory import patrols_out

    rate_per_h = given["n_tours"] / (given["period_h"] if period_h is None else period_h)
    out_h, busy_h = given["mean_out_min"] * scale, (given["mean_out_min"] + given["turn_round_min"]) * scale
    return float(patrols_out(rate_per_h, out_h)), float(patrols_out(rate_per_h, busy_h))


def _out_and_out_less_rest(given: Values) -> tuple[float, float]:
    out, busy = _little(given)
    return out, busy - out


LITTLE = Check(
    "1e",
    "the mean number of patrols out, and the mean number of sections busy, out or in turn-round: a pair of numbers",
    Exact(_little),
    (
        Mistake(
            "minutes times a rate in hours",
            lambda given: _little(given, scale=1.0),
            "Rate and time must have the same unit: tours an hour times hours, or tours a minute times minutes.",
        ),
        Mistake(
            "a whole day",
            lambda given: _little(given, period_h=24),
            "Perhaps you divided by the hours of a day: the tours depart in your period, which is shorter.",
        ),
        Mistake(
            "the rate alone",
            lambda given: (given["n_tours"] / given["period_h"], given["n_tours"] / given["period_h"]),
            "That is how many depart an hour; it still has to be multiplied by how long each is out.",
        ),
        Mistake(
            "one tour alone",
            lambda given: tuple(one / given["n_tours"] for one in _little(given)),
            "That is the share of the period that a single tour is out; there are many tours.",
        ),
        Mistake(
            "turn-round alone",
            _out_and_out_less_rest,
            "The second number is of sections that are out or in turn-round, both together.",
        ),
    ),
    _a_morning,
)


CHECKS: tuple[Check, ...] = (TOUR, CLOCK, IN_SIMPY, OUT_AT_ONCE, LITTLE, *IN_A_DAY)
"""The checks of the notebook, in its order."""
