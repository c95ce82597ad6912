"""The check of the notebook *One patrol, one day* on a process in SimPy: three sections of one's own, for a day."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from sim.teach.apart import drawn_apart
from sim.teach.checks import Check, Given, Mistake, Values
from sim.teach.counts import Count

if TYPE_CHECKING:
    import numpy as np
    import simpy

_MIN_PER_DAY = 1440
_EXAMPLE = {"a_departs_min": 0, "a_out_min": 30, "b_departs_min": 5, "b_out_min": 70, "turn_round_min": 10}
"""The two sections of the notebook's own example, and until when it runs them [min]."""
_EXAMPLE_UNTIL = 80
_Line = tuple[float, str, str]
"""Of a log: when [min], which section, what."""


def _a_day(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        given = {
            f"{s}_{what}": Given(int(luck.integers(*between)), "min", words.format(s.upper()))
            for s in "abc"
            for what, between, words in (
                ("departs_min", (0, 90), "section {} departs for the first time"),
                ("out_min", (50, 300), "each tour of section {} takes so long"),
            )
        }
        given["turn_round_min"] = Given(5 * int(luck.integers(9, 16)), "min", "from a return to the next departure")
        values = {name: one.value for name, one in given.items()}
        if len(_log_of_day(values)) == len(_log_of_day(values, until=_MIN_PER_DAY + 1)):
            return given  # nothing happens at midnight itself


def _section(env: simpy.Environment, name: str, given: Values, log: list[_Line]) -> Generator[simpy.Event]:
    """One section, tour after tour: what the student writes."""
    yield env.timeout(given[f"{name}_departs_min"])
    while True:
        log.append((env.now, name, "departs"))
        yield env.timeout(given[f"{name}_out_min"])
        log.append((env.now, name, "returns"))
        yield env.timeout(given["turn_round_min"])


def _start(env: simpy.Environment, given: Values, log: list[_Line], sections: str) -> None:
    for name in sections:
        env.process(_section(env, name, given, log))


def _log_of_day(
    given: Values, *, until: int = _MIN_PER_DAY, sections: str = "abc", after_example: bool = False
) -> list[_Line]:
    import simpy

    env, log = simpy.Environment(), list[_Line]()
    if after_example:
        _start(env, _EXAMPLE, log, "ab")
        env.run(until=_EXAMPLE_UNTIL)
    _start(env, given, log, sections)
    env.run(until=until)
    return log


def _log_of_example() -> list[_Line]:
    return _log_of_day(_EXAMPLE, until=_EXAMPLE_UNTIL, sections="ab")


def _count(log: list[_Line], what: str) -> int:
    return sum(which == what for _, _, which in log)


_OLD_CELL = "Perhaps you went on with the environment or the log of the cell above: make new ones."

_MISTAKES_IN_SIMPY = (
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
        lambda given: _count(_log_of_day({**given, "turn_round_min": 0}), "departs"),
        "Perhaps nobody waits for the turn-round: where does your process do that?",
    ),
    Mistake(
        "turn-round of the example",
        lambda given: _count(_log_of_day({**given, "turn_round_min": _EXAMPLE["turn_round_min"]}), "departs"),
        "Perhaps the turn-round is that of the cell above: hand yours to each process.",
    ),
    Mistake(
        "one section",
        lambda given: _count(_log_of_day(given, sections="a"), "departs"),
        "Perhaps that is section A alone: start a process for each section, in one environment.",
    ),
    Mistake(
        "two sections",
        lambda given: _count(_log_of_day(given, sections="ab"), "departs"),
        "Perhaps those are sections A and B alone: start a process for the third one, too.",
    ),
    Mistake(
        "section A thrice",
        lambda given: 3 * _count(_log_of_day(given, sections="a"), "departs"),
        "Perhaps each process has the numbers of section A: hand each its own.",
    ),
    Mistake(
        "until the end of the example",
        lambda given: _count(_log_of_day(given, until=_EXAMPLE_UNTIL), "departs"),
        "Perhaps you stopped the clock where the cell above does: how many minutes has a day?",
    ),
    Mistake("the old environment", lambda given: _count(_log_of_day(given, after_example=True), "departs"), _OLD_CELL),
    Mistake(
        "the old log",
        lambda given: _count(_log_of_day(given), "departs") + _count(_log_of_example(), "departs"),
        _OLD_CELL,
    ),
)
_N_DEPARTURES = Count(lambda given: _count(_log_of_day(given), "departs"), of="departures")

IN_SIMPY = Check(
    "1c",
    "how many tours of the three sections together depart before midnight: a whole number, like 6",
    _N_DEPARTURES,
    _MISTAKES_IN_SIMPY,
    drawn_apart(_a_day, _N_DEPARTURES, _MISTAKES_IN_SIMPY),
)
