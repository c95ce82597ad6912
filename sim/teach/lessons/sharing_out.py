"""Checks of the notebook *Troops to task*, second part: sharing out by hand, and a scenario file of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.teach.apart import drawn_apart
from sim.teach.checks import Check, Given, Mistake, Rule, Values
from sim.teach.counts import Count
from sim.teach.files import NO_EXTENDS, NOTHING_ELSE, Extension, changes_only, without_extends
from sim.teach.numbers import read_numbers

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.schema import Scenario

_NATIONS = ("first", "second", "third")
_TASKS = ("reserve", "checkpoints", "patrols")


@dataclass(frozen=True, slots=True)
class _Parts(Count):
    """Whole numbers that add up to `n` of the given."""

    def judge(self, answer: object, given: Values) -> str | None:
        """Say whether they add up, before which one is wrong."""
        fault = Count.judge(self, answer, given)
        parts = read_numbers(answer)
        if fault is None or sum(parts) == given["n"] or any(one < 0 or one != int(one) for one in parts):
            return fault
        return f"together those are {'more' if sum(parts) > given['n'] else 'fewer'} {self.of} than there are"


def _three_nations(luck: np.random.Generator) -> dict[str, Given]:
    """Nations whose rounded shares do not add up, else every method gives the same; no two claim the last section."""
    while True:
        strengths = [50 * int(one) for one in luck.integers(6, 50, size=3)]
        values = {"n": int(luck.integers(24, 37)), **dict(zip(_NATIONS, strengths, strict=True))}
        if sum(_rounded(values)) == values["n"] or min(_rounded(values)) < 4:
            continue
        backwards = {**values, _NATIONS[0]: strengths[2], _NATIONS[2]: strengths[0]}
        is_tied = _by_divisors(values, 2) != _by_divisors(backwards, 2)[::-1]
        if not is_tied and _by_remainders(values) not in (_by_divisors(values, 1), _by_divisors(values, 2)):
            return {
                "n": Given(values["n"], "sections", "to be shared out"),
                **{name: Given(values[name], "soldiers", f"of the {name} nation") for name in _NATIONS},
            }


def _strengths(given: Values) -> list[int]:
    return [given[name] for name in _NATIONS]


def _fair(given: Values) -> list[int]:
    from sim.apportion import sainte_lague

    return [int(one) for one in sainte_lague(given["n"], _strengths(given))]


def _by_divisors(given: Values, step: int) -> list[int]:
    """Claims of strength / (1 + step x seats): 2 is Sainte-Lague, 1 is the method of d'Hondt."""
    seats, strengths = [0, 0, 0], _strengths(given)
    for _ in range(given["n"]):
        claims = [one / (1 + step * has) for one, has in zip(strengths, seats, strict=True)]
        seats[claims.index(max(claims))] += 1
    return seats


def _in_proportion(given: Values) -> list[float]:
    strengths = _strengths(given)
    return [given["n"] * one / sum(strengths) for one in strengths]


def _rounded(given: Values) -> list[int]:
    return [round(one) for one in _in_proportion(given)]


def _by_remainders(given: Values) -> list[int]:
    """Rounded down, and what is left to those of whom most was cut off."""
    shares = _in_proportion(given)
    order = sorted(range(3), key=lambda k: math.floor(shares[k]) - shares[k])
    left = given["n"] - sum(map(math.floor, shares))
    return [math.floor(share) + (k in order[:left]) for k, share in enumerate(shares)]


def _in_equal_parts(given: Values) -> list[int]:
    return [given["n"] // 3 + (k < given["n"] % 3) for k in range(3)]


_MISTAKES_AMONG_NATIONS = (
    Mistake(
        "d'Hondt",
        lambda given: _by_divisors(given, 1),
        "Perhaps you divided by every number: divide by the odd ones only, else the largest nation gets too much.",
    ),
    Mistake(
        "rounded down",
        lambda given: [math.floor(one) for one in _in_proportion(given)],
        "Perhaps you rounded down: some sections are still to be given.",
    ),
    Mistake(
        "rounded",
        _rounded,
        "Perhaps you rounded each share: that need not add up. Give out one section after the other, by claims.",
    ),
    Mistake(
        "largest remainders",
        _by_remainders,
        "That adds up, and looks at what rounding cut off. By claims it is another nation that comes next.",
    ),
    Mistake("equal parts", _in_equal_parts, "The nations are not equally strong: divide their strengths."),
)
_SECTIONS_OF_NATIONS = _Parts(_fair, of="sections")

FAIR = Check(
    "2e",
    "how many sections the first, the second and the third nation get, by Sainte-Laguë: "
    "three whole numbers, like [3, 2, 1]",
    _SECTIONS_OF_NATIONS,
    _MISTAKES_AMONG_NATIONS,
    drawn_apart(_three_nations, _SECTIONS_OF_NATIONS, _MISTAKES_AMONG_NATIONS),
)


def _a_shift(luck: np.random.Generator) -> dict[str, Given]:
    demand = [int(luck.integers(5, 8)), int(luck.integers(16, 29)), int(luck.integers(20, 37))]
    checkpoints, patrols = (int(one) / 10 for one in luck.integers(2, 5, size=2))
    floor, weight = [1.0, checkpoints, patrols], [0.0, 1.0, float(luck.choice([0.5, 1.5, 2.0, 2.5]))]
    at_floor = sum(map(_at_least, demand, floor))
    return {
        "n": Given(at_floor + int(luck.integers(9, 16)), "sections", "that can be given a task"),
        **{f"{task}_demand": Given(n, "sections", "asked for") for task, n in zip(_TASKS, demand, strict=True)},
        **{
            f"{task}_floor": Given(one, "share", "of its demand that it gets first")
            for task, one in zip(_TASKS, floor, strict=True)
        },
        **{
            f"{task}_weight": Given(one, "", "in what is left after all floors")
            for task, one in zip(_TASKS, weight, strict=True)
        },
    }


def _at_least(demand: int, floor: float) -> int:
    return math.ceil(demand * floor - 1e-9)


def _given_out(given: Values, *, has_floors: bool = True, has_weights: bool = True) -> list[int]:
    """Sections by task, as the model's headquarters gives them: by the rule that it uses."""
    from sim.scenario.schema import Task
    from sim.tasks import TASKS, allocation_order

    used = [Task(task) for task in _TASKS]
    demand = [given[f"{task.value}_demand"] if task in used else 0 for task in TASKS]
    floor = {task: given[f"{task.value}_floor"] if has_floors else float(not has_weights) for task in used}
    weight = {task: given[f"{task.value}_weight"] if has_weights else 0.0 for task in used}
    rest = [task for task in TASKS if task not in used]
    order = allocation_order(demand, floor, weight, [*used, *rest])[: given["n"]]
    return [int((order == TASKS.index(task)).sum()) for task in used]


def _floors(given: Values, rounded: Callable[[float], int] = math.ceil) -> list[int]:
    # A product like 20 x 0.15 may come out a little above the whole number that it is.
    return [rounded(round(given[f"{task}_demand"] * given[f"{task}_floor"], 9)) for task in _TASKS]


def _rest_by(given: Values, gets: list[int], claim: Callable[[float, int, int], float]) -> list[int]:
    """What is left after these floors, to the largest of claims of a weight, the floor and what came on top of it."""
    floors, gets = gets, list(gets)
    while sum(gets) < given["n"]:
        claims = [
            claim(given[f"{task}_weight"], floor, has - floor) if has < given[f"{task}_demand"] else 0.0
            for task, floor, has in zip(_TASKS, floors, gets, strict=True)
        ]
        gets[claims.index(max(claims))] += 1
    return gets


_MISTAKES_IN_SHIFT = (
    Mistake(
        "by priority alone",
        lambda given: _given_out(given, has_floors=False, has_weights=False),
        "Perhaps you filled one task after the other: each gets only its floor before the next one gets something.",
    ),
    Mistake("floors alone", _floors, "Perhaps those are the floors: some sections are left."),
    Mistake(
        "rest in equal parts",
        lambda given: _rest_by(given, _floors(given), lambda weight, floor, more: (weight > 0) / (2 * more + 1)),
        "Perhaps you shared what is left equally: share it by weight.",
    ),
    Mistake(
        "no floors",
        lambda given: _given_out(given, has_floors=False),
        "Perhaps you left out the floors: first of all, each task gets its floor, rounded up.",
    ),
    Mistake(
        "floors rounded down",
        lambda given: _rest_by(given, _floors(given, math.floor), lambda weight, floor, more: weight / (2 * more + 1)),
        "Perhaps a floor was not rounded up, or weights were divided by every number, not only by the odd ones.",
    ),
    Mistake(
        "claims that go on from the floors",
        lambda given: _rest_by(given, _floors(given), lambda weight, floor, more: weight / (2 * (floor + more) + 1)),
        "Perhaps the divisors went on from the floors: above the floor, each task begins with 1 again.",
    ),
    Mistake(
        "all to the largest weight",
        lambda given: _rest_by(given, _floors(given), lambda weight, floor, more: weight),
        "Perhaps what is left went to one task: with each section that a task gets, its next claim is smaller.",
    ),
)
_SECTIONS_OF_TASKS = _Parts(_given_out, of="sections")

IN_A_SHIFT = Check(
    "2f",
    "how many sections reserve, checkpoints and patrols get: three whole numbers, like [2, 4, 4]",
    _SECTIONS_OF_TASKS,
    _MISTAKES_IN_SHIFT,
    drawn_apart(_a_shift, _SECTIONS_OF_TASKS, _MISTAKES_IN_SHIFT),
)


def _a_change(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "section_size": Given(int(luck.choice([6, 7, 8, 10, 11, 12])), "soldiers", "in a section of your force"),
        "contingent": Given(str(luck.choice(["first", "second"])), "", "the contingent with a caveat"),
        "task": Given(str(luck.choice(["patrols", "sites", "checkpoints"])), "", "what it will not do"),
    }


def _file(given: Values, *, has_source: bool = True, more: Sequence[str] = ()) -> str:
    lines = [
        'extends = "lesson.toml"',
        'title = "Lesson valley with a caveat"',
        "[force]",
        f"section_size = {given['section_size']}",
        *more,
        f"[contingents.{given['contingent']}]",
        f'will_not_do = ["{given["task"]}"]',
    ]
    source = ["[sources]", '"force.section_size" = "assumption: to see what it does"']
    return "\n".join([*lines, *(source if has_source else [])]) + "\n"


def _with_the_example(given: Values) -> str:
    """The file, with a line of the example that nobody asked for."""
    return _file(given, more=["absence_share = 0.2"]) + '"force.absence_share" = "assumption: a winter of influenza"\n'


def _has_nothing_else(scenario: Scenario, given: Values) -> bool:
    caveat = f'contingents.{given["contingent"]}.will_not_do=["{given["task"]}"]'
    return changes_only(scenario, "lesson", f"force.section_size={given['section_size']}", caveat)


def _other(given: Values) -> str:
    return "second" if given["contingent"] == "first" else "first"


def _caveats(scenario: Scenario, contingent: str) -> Sequence[str]:
    return [task.value for task in scenario.contingents[contingent].will_not_do]


OF_ONES_OWN = Check(
    "2h",
    "the text of a scenario file that extends lesson.toml with your section size and your caveat: "
    "lines like those of the file above",
    Extension(
        (
            Rule(
                lambda scenario, given: list(scenario.contingents) == ["first", "second"],
                "The file must extend the lesson's scenario, and keep its contingents.",
            ),
            Rule(
                lambda scenario, given: scenario.force.section_size == given["section_size"],
                "The file is valid; its section size is not yours.",
            ),
            Rule(
                lambda scenario, given: _caveats(scenario, given["contingent"]) == [given["task"]],
                "The file is valid; your contingent does not have your caveat.",
            ),
            Rule(
                lambda scenario, given: not _caveats(scenario, _other(given)),
                "The file is valid; the other contingent should have no caveat.",
            ),
            Rule(_has_nothing_else, NOTHING_ELSE),
        ),
        _file,
    ),
    (
        Mistake(
            "no source",
            lambda given: _file(given, has_source=False),
            "A number needs a source: a table [sources] with a line for it, as in the example.",
        ),
        Mistake("no extends", lambda given: without_extends(_file(given)), NO_EXTENDS),
        Mistake("lines of the example", _with_the_example, NOTHING_ELSE),
        Mistake(
            "the section of the lesson",
            lambda given: _file({**given, "section_size": 9}),
            "The file is valid, and its sections are those of the lesson: set yours.",
        ),
        Mistake(
            "the other contingent",
            lambda given: _file({**given, "contingent": _other(given)}),
            "The file is valid; your contingent must have your caveat, and no other.",
        ),
        Mistake(
            "not a task",
            lambda given: _file({**given, "task": given["task"][:-1]}),
            "A caveat names a task as the lesson's file does: patrols, sites or checkpoints.",
        ),
    ),
    _a_change,
)

SHARING_OUT: tuple[Check, ...] = (FAIR, IN_A_SHIFT, OF_ONES_OWN)
"""Checks of the second part, in the notebook's order."""
