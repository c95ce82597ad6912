"""Checks of the notebook *One patrol, one day*: a tour, the event list, who is out at an instant.

That of a process in SimPy is in :mod:`sim.teach.lessons.in_simpy`; those of Little's law, and of the trace of a
replication, are in :mod:`sim.teach.lessons.one_day`.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.teach.apart import drawn_apart
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import Count
from sim.teach.lessons.in_simpy import IN_SIMPY
from sim.teach.lessons.one_day import IN_A_DAY
from sim.teach.numbers import read_numbers

if TYPE_CHECKING:
    import numpy as np

_N_TOURS = 9


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


@dataclass(frozen=True, slots=True)
class _Times(Exact):
    """Times of a day [min], all of them whole."""

    whole: bool = True

    def _tell(self, found: float, right: float) -> str:
        """Say that a time is early or late, unless something else became of it."""
        is_a_time = abs(found - right) < _LONG_MIN
        return f"too {'late' if found > right else 'early'}" if is_a_time else Exact._tell(self, found, right)


_LONG_MIN = 240
"""So far off no time is that is only late or early."""

_MISTAKES_ON_TOUR = (
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
        "by vehicle all the way",
        lambda given: _times_of_tour({**given, "leg_km_h": given["approach_km_h"]}),
        "Perhaps you took one speed for all ways: from area to area the section walks.",
    ),
    Mistake(
        "speeds the other way round",
        lambda given: _times_of_tour({**given, "leg_km_h": given["approach_km_h"], "approach_km_h": given["leg_km_h"]}),
        "Perhaps you changed the two speeds: which ways are driven, and which are walked?",
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
        "digits of a clock",
        lambda given: tuple(time // 60 * 100 + time % 60 for time in _times_of_tour(given)),
        "Perhaps those are hours and minutes, like 1230 for 12:30: give minutes after midnight alone.",
    ),
    Mistake(
        "no stays",
        lambda given: _times_of_tour(given, dwells_missing=given["n_stops"]),
        "Perhaps you left out the stays: the section stays in every area.",
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
)
_TIMES_OF_TOUR = _Times(_times_of_tour)

TOUR = Check(
    "1a",
    "when the section arrives at the first area, leaves the last one, and is back at its base: "
    "three numbers, in minutes after midnight, like (75, 210, 230), where 75 is 01:15",
    _TIMES_OF_TOUR,
    _MISTAKES_ON_TOUR,
    drawn_apart(_a_tour, _TIMES_OF_TOUR, _MISTAKES_ON_TOUR),
)


def _two_sections(luck: np.random.Generator) -> dict[str, Given]:
    """Two sections; of their first events no two are at the same time."""
    while True:
        a, b = int(luck.integers(7, 15)), int(luck.integers(16, 25))
        out_a, out_b = int(luck.integers(30, 41)), int(luck.integers(75, 96))
        given = {
            "a_departs_min": Given(a, "min", "section A departs for the first time"),
            "a_out_min": Given(out_a, "min", "each tour of section A takes so long"),
            "b_departs_min": Given(b, "min", "section B departs for the first time"),
            "b_out_min": Given(out_b, "min", "each tour of section B takes so long"),
            "turn_round_min": Given(int(luck.integers(11, 17)), "min", "from a return to the section's next departure"),
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
    """Times of events, all of them whole: its hint says how many are right before the first that is not."""

    whole: bool = True

    def judge(self, answer: object, given: Values) -> str | None:
        """Say where to go on."""
        if Exact.judge(self, answer, given) is None:
            return None
        found, right = read_numbers(answer), read_numbers(self.solve(given))
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
            "turn-round of the example",
            lambda given: _clock(given, turn_round=10),
            "Perhaps the turn-round is that of the example: how long is yours?",
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


def _hh_mm(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _some_tours(luck: np.random.Generator) -> dict[str, Given]:
    departs = sorted(360 + 5 * luck.choice(66, size=_N_TOURS, replace=False))
    tours = [(int(one), int(one) + 5 * int(luck.integers(15, 50))) for one in departs]
    at = 5 * int(luck.integers(92, 120)) + 2  # never at a departure or return
    later = at + 5 * int(luck.integers(9, 25))
    return {
        **{
            f"tour_{k}": Given(f"{_hh_mm(begin)}-{_hh_mm(end)}", "clock", "departure and return")
            for k, (begin, end) in enumerate(tours, 1)
        },
        "at": Given(_hh_mm(at), "clock", "the first instant"),
        "later": Given(_hh_mm(later), "clock", "the second instant"),
    }


def _gone_and_back(given: Values, at: str) -> tuple[int, int]:
    tours = [given[f"tour_{k + 1}"].split("-") for k in range(_N_TOURS)]
    return sum(begin <= given[at] for begin, _ in tours), sum(end <= given[at] for _, end in tours)


def _at_both(given: Values, count: Callable[[int, int], int]) -> list[int]:
    return [count(*_gone_and_back(given, at)) for at in ("at", "later")]


def _departed_between(given: Values) -> list[int]:
    (first, back), (gone, _) = _gone_and_back(given, "at"), _gone_and_back(given, "later")
    return [first - back, gone - first]


_MISTAKES_OUT = (
    Mistake(
        "all that have departed",
        lambda given: _at_both(given, lambda gone, back: gone),
        "Perhaps those are all that had departed by then: some of them had already returned.",
    ),
    Mistake(
        "those that are back",
        lambda given: _at_both(given, lambda gone, back: back),
        "Perhaps those are the ones that have returned: they are not out.",
    ),
    Mistake(
        "all that are not back",
        lambda given: _at_both(given, lambda gone, back: _N_TOURS - back),
        "Perhaps those are all that are not back: some of them have not even departed.",
    ),
    Mistake(
        "those still to depart",
        lambda given: _at_both(given, lambda gone, back: _N_TOURS - gone),
        "Perhaps those are the ones that have yet to depart; who has departed, and is not back?",
    ),
    Mistake(
        "all tours",
        lambda given: [_N_TOURS, _N_TOURS],
        "Perhaps those are all tours of the morning: some are not out at your two instants.",
    ),
    Mistake(
        "departures since the first instant",
        _departed_between,
        "Perhaps the second number is of those that departed since the first instant: who departed before may be out.",
    ),
    Mistake(
        "the second instant first",
        lambda given: _at_both(given, lambda gone, back: gone - back)[::-1],
        "Perhaps you changed the order: first the number at the instant `at`.",
    ),
)
_N_OUT = Count(lambda given: _at_both(given, lambda gone, back: gone - back), of="tours")

OUT_AT_ONCE = Check(
    "1d",
    "how many of the tours are out at the first and at the second instant: two whole numbers, like (11, 12)",
    _N_OUT,
    _MISTAKES_OUT,
    drawn_apart(_some_tours, _N_OUT, _MISTAKES_OUT),
)


CHECKS: tuple[Check, ...] = (TOUR, CLOCK, IN_SIMPY, OUT_AT_ONCE, *IN_A_DAY)
"""The checks of the notebook, in its order."""
