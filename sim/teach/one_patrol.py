"""Checks of the notebook *One patrol, one day*: a tour, the event list, a process in SimPy, who is out at an instant.

Those of Little's law, and of the trace of a replication, are in :mod:`sim.teach.one_day`.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import Count, flat
from sim.teach.one_day import IN_A_DAY

if TYPE_CHECKING:
    import numpy as np
    import simpy

_MIN_PER_DAY = 1440
_N_TOURS = 8
_EXAMPLE = {"a_departs_min": 0, "a_out_min": 30, "b_departs_min": 5, "b_out_min": 70, "turn_round_min": 10}
"""The two sections of the notebook's own example, and until when it runs them [min]."""
_EXAMPLE_UNTIL = 80


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


def _times_of_tour(
    given: Values, *, extra_legs: int = 0, dwells_missing: int = 0, min_per_h: int = 60
) -> tuple[float, float, float]:
    approach_min = given["approach_km"] / given["approach_km_h"] * min_per_h
    leg_min = given["leg_km"] / given["leg_km_h"] * min_per_h
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
    "when the section arrives at the first area, leaves the last one, and is back at its base: "
    "three numbers, in minutes after midnight, like (75, 210, 230), where 75 is 01:15",
    Exact(_times_of_tour),
    (
        Mistake(
            "a leg for every stop",
            lambda given: _times_of_tour(given, extra_legs=1),
            "Draw the areas in a row: there is one walk fewer than there are areas.",
        ),
        Mistake(
            "no walks",
            lambda given: _times_of_tour(given, extra_legs=1 - given["n_stops"]),
            "Perhaps you left out the walks, from each area to the next.",
        ),
        Mistake(
            "hours added to minutes",
            lambda given: _times_of_tour(given, min_per_h=1),
            "Kilometres divided by km/h are hours; perhaps you added them to minutes.",
        ),
        Mistake(
            "since the departure",
            lambda given: tuple(time - given["departs_min"] for time in _times_of_tour(given)),
            "Perhaps you counted from the departure; count from midnight: add the time of departure.",
        ),
        Mistake(
            "no stay in the last area",
            lambda given: _times_of_tour(given, dwells_missing=1),
            "The section stays in every area, also in the last one.",
        ),
        Mistake("never drove home", _never_drove_home, "From the last area the section still has to drive home."),
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


@dataclass(frozen=True, slots=True)
class _InOrder(Exact):
    """Times of events: its hint says how many are right before the first that is not."""

    def judge(self, answer: object, given: Values) -> str | None:
        """Say where to go on."""
        if Exact.judge(self, answer, given) is None:
            return None
        found, right = flat(answer), flat(self.solve(given))
        if any(after < before for before, after in itertools.pairwise(found)):
            return "the clock never goes back: put the times in order"
        n = next(i for i, pair in enumerate(zip(found, right, strict=True)) if not self._is_near(*pair))
        if n == 0:
            return "begin with the earliest of the two first departures"
        so_far = "the first time is" if n == 1 else f"the first {n} times are"
        return f"{so_far} right; write down what is on the list then, and take the earliest"


CLOCK = Check(
    "1b",
    "what the clock shows at each of the first six events, in the order in which they happen: "
    "six numbers, in minutes, like [0, 5, 30, 40, 70, 75]",
    _InOrder(_clock),
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
            "Perhaps those are times from one event to the next; the clock shows the time since the start.",
        ),
        Mistake(
            "an event at nought",
            lambda given: [0, *_clock(given, n=5)],
            "At 0 nothing happens here: the first event is a departure.",
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
    given: Values, *, until: int = _MIN_PER_DAY, rests: bool = True, sections: str = "abc", after_example: bool = False
) -> list[tuple[float, str, str]]:
    import simpy

    env, log = simpy.Environment(), list[tuple[float, str, str]]()
    if after_example:
        for name in "ab":
            env.process(_section(env, name, _EXAMPLE, log, rests))
        env.run(until=_EXAMPLE_UNTIL)
    for name in sections:
        env.process(_section(env, name, given, log, rests))
    env.run(until=until)
    return log


def _count(log: list[tuple[float, str, str]], what: str) -> int:
    return sum(which == what for _, _, which in log)


IN_SIMPY = Check(
    "1c",
    "how many tours of the three sections together depart before midnight: a whole number, like 6",
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
            "Perhaps nobody waits for the turn-round: where does your process do that?",
        ),
        Mistake(
            "one section",
            lambda given: _count(_log_of_day(given, sections="a"), "departs"),
            "Perhaps that is section A alone: start a process for each section, in one environment.",
        ),
        Mistake(
            "the old environment",
            lambda given: _count(_log_of_day(given, after_example=True), "departs"),
            "Perhaps you went on with the environment and the log of the cell above: make new ones.",
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
    "how many of the tours are out at the instant: a whole number, like 11",
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


CHECKS: tuple[Check, ...] = (TOUR, CLOCK, IN_SIMPY, OUT_AT_ONCE, *IN_A_DAY)
"""The checks of the notebook, in its order."""
