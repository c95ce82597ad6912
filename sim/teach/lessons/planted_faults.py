"""Checks of the notebook on verification that ask for a planted fault: a program of a student's own, one line wrong.

A *program* is the text of a queue in SimPy. Its lines in question have *labels*, numbers drawn from the code word, and
the first program one of several *faults*, so that a neighbour's label is no help, and a neighbour's way is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.teach.checks import Check, Given, Mistake, Property, Rule, Values
from sim.teach.numbers import read_numbers

if TYPE_CHECKING:
    import numpy as np

LABELS = "one whole number, such as 9"


def as_function(program: str, **names: object) -> Callable[..., tuple[float, float, float]]:
    r"""Run the text of a program, and give the function that it defines.

    Parameters
    ----------
    program : str
        One `def`.
    **names
        What it uses without importing it.

    Examples
    --------
    >>> as_function("def twice(x):\n    return 2 * x")(3)
    6
    """
    found = dict(names)
    exec(program, found)  # noqa: S102, the text is this module's own, with a student's labels
    return found[program.split()[1].split("(")[0]]  # type: ignore[return-value]


# In the place of each label stands the name of the line.
_RIGHT = '''\
def first_program(vehicles_per_h, check_min, lanes, hours, seed):
    """Vehicles an hour, utilisation, and mean wait [min]."""
    luck = np.random.default_rng(seed)  # (stream)
    env = simpy.Environment()
    post = simpy.Resource(env, capacity=lanes)  # (lanes)
    waits, checks = [], []

    def vehicle():
        arrived = env.now  # (arrived)
        with post.request() as lane:
            yield lane  # (request)
            waits.append(env.now - arrived)  # (wait)
            checks.append(luck.exponential(check_min))  # (check)
            yield env.timeout(checks[-1])  # (hold)

    def traffic():
        while True:
            yield env.timeout(luck.exponential(60 / vehicles_per_h))  # (gap)
            env.process(vehicle())  # (start)

    env.process(traffic())
    env.run(until=60 * hours)
    return len(waits) / hours, sum(checks) / lanes / (60 * hours), np.mean(waits)
'''
_WAIT = "            waits.append(env.now - arrived)  # (wait)\n"
_HOLD = "            yield env.timeout(checks[-1])  # (hold)\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """A program with one line that is wrong.

    Attributes
    ----------
    line
        Name of that line.
    program
        With names of lines in the place of labels.
    """

    line: str
    program: str

    def labelled(self, labels: dict[str, int]) -> str:
        """The program with its labels."""
        return re.sub(r"# \((\w+)\)", lambda found: f"# ({labels[found[1]]})", self.program)


FIRST = (
    Fault("wait", _RIGHT.replace(_WAIT, "").replace(_HOLD, _HOLD + _WAIT)),  # the time in the system
    Fault("lanes", _RIGHT.replace("capacity=lanes", "capacity=lanes + 1")),
    Fault("check", _RIGHT.replace("luck.exponential(check_min)", "check_min")),  # all equally long
    Fault("gap", _RIGHT.replace("luck.exponential(60 / vehicles_per_h)", "luck.uniform(0, 120 / vehicles_per_h)")),
)
"""Vehicles and utilisation are as they should be; the wait is not."""

_STREAMS = "gap_luck, check_luck = np.random.default_rng(seed), np.random.default_rng(seed)"
SECOND = (
    Fault(
        "stream",  # the same numbers twice
        _RIGHT.replace("first_program", "second_program")
        .replace("luck = np.random.default_rng(seed)", _STREAMS)
        .replace("luck.exponential(60", "gap_luck.exponential(60")
        .replace("luck.exponential(check_min)", "check_luck.exponential(check_min)"),
    ),
)
"""The one with numbers of which each is used twice."""


def _draw(faults: tuple[Fault, ...], luck: np.random.Generator) -> dict[str, Given]:
    fault = faults[luck.integers(len(faults))]
    names = _names_of(fault.program)
    labels = luck.choice(range(10, 100), size=len(names), replace=False)
    drawn = dict(zip(names, map(int, labels), strict=True))
    return {"program": Given(fault.labelled(drawn), "", "text of a program; the lines in question have labels")}


def _names_of(program: str) -> list[str]:
    return re.findall(r"# \((\w+)\)", program)


def _read(faults: tuple[Fault, ...], given: Values) -> tuple[Fault, dict[str, int]]:
    """The fault of a program that is given, and the labels of its lines."""
    text = str(given["program"])
    labels = [int(one) for one in _names_of(text)]
    for fault in faults:
        by_name = dict(zip(_names_of(fault.program), labels, strict=True))
        if fault.labelled(by_name) == text:
            return fault, by_name
    raise ValueError("no program of these")


def _label(answer: Any) -> int:
    if isinstance(answer, str):  # "(3)" and "line 3" are as good
        (answer,) = re.findall(r"\d+", answer)
    (found,) = read_numbers(answer)
    if not found.is_integer():
        raise ValueError("not a label")
    return int(found)


def _find(id: str, asks: str, faults: tuple[Fault, ...], hints: dict[str, str]) -> Check:
    """A planted fault to find among labelled lines; each innocent line has its own hint."""

    def right(given: Values) -> int:
        fault, labels = _read(faults, given)
        return labels[fault.line]

    def label_of(name: str) -> Callable[[Values], int]:
        return lambda given: _read(faults, given)[1][name]

    def innocent(name: str) -> Callable[[int, Values], bool]:
        return lambda found, given: found != label_of(name)(given) or found == right(given)

    outside = Rule(
        lambda found, given: found in _read(faults, given)[1].values(),
        "No line has this label: it is the number in brackets at the end of a line.",
    )
    rules = (outside, *(Rule(innocent(name), hint) for name, hint in hints.items()))
    never_wrong = [name for name in hints if name not in {one.line for one in faults}]
    mistakes = tuple(Mistake(f"line {name!r}", label_of(name), hints[name]) for name in never_wrong)
    return Check(id, asks, Property(LABELS, _label, rules, right), mistakes, lambda luck: _draw(faults, luck))


_HINTS = {
    "stream": "One stream of random numbers, drawn from one after the other: nothing is wrong with that.",
    "lanes": "The post has as many lanes as it should.",
    "arrived": "The clock is read when the vehicle comes, which is when its wait begins.",
    "request": "The vehicle goes on only when it has a lane, as it should.",
    "wait": "The wait is taken where it ends, before the check.",
    "check": "Checks are exponential and have the right mean, as the law assumes.",
    "hold": "A lane is held for as long as the check takes.",
    "gap": "Gaps are exponential, and the mean gap is an hour over the vehicles an hour.",
    "start": "A vehicle is started and left to itself, so that the next one can come: as it should be.",
}

FAULTS = (
    _find("4f", "the label of the line of your first program that is wrong", FIRST, _HINTS),
    _find(
        "4g",
        "the label of the line of your second program that is wrong",
        SECOND,
        {name: hint for name, hint in _HINTS.items() if name != "stream"},
    ),
)
"""Two programs, each with a line that is wrong."""
