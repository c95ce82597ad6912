"""Checks of the notebook *Troops to task*, second part: sharing out by hand, and a scenario file of one's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.teach.checks import Artefact, Check, Given, Mistake, Rule, Values
from sim.teach.counts import Count, flat

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
        parts = flat(answer)
        if fault is None or sum(parts) == given["n"] or any(one < 0 or one != int(one) for one in parts):
            return fault
        return f"together those are {'more' if sum(parts) > given['n'] else 'fewer'} {self.of} than there are"


def _three_nations(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        strengths = 50 * luck.integers(8, 40, size=3)
        n = int(luck.integers(19, 28))
        given = {
            "n": Given(n, "sections", "to be shared out"),
            **{
                name: Given(int(strength), "soldiers", f"of the {name} nation")
                for name, strength in zip(_NATIONS, strengths, strict=True)
            },
        }
        values = {name: one.value for name, one in given.items()}
        wrongs = [_by_divisors(values, 1), _rounded_down(values), _in_equal_parts(values)]
        if _fair(values) not in wrongs and min(_fair(values)) > 3 and len(set(_fair(values))) == 3:
            return given


def _strengths(given: Values) -> list[int]:
    return [given[name] for name in _NATIONS]


def _fair(given: Values) -> list[int]:
    from sim.apportion import sainte_lague

    return [int(one) for one in sainte_lague(given["n"], _strengths(given))]


def _by_divisors(given: Values, step: int) -> list[int]:
    """Claims of strength / (1 + step x seats): 2 is Sainte-Lague, 1 is the method of d'Hondt."""
    seats = [0, 0, 0]
    for _ in range(given["n"]):
        claims = [one / (1 + step * has) for one, has in zip(_strengths(given), seats, strict=True)]
        seats[claims.index(max(claims))] += 1
    return seats


def _rounded_down(given: Values) -> list[int]:
    return [math.floor(given["n"] * one / sum(_strengths(given))) for one in _strengths(given)]


def _in_equal_parts(given: Values) -> list[int]:
    return [given["n"] // 3 + (k < given["n"] % 3) for k in range(3)]


FAIR = Check(
    "2e",
    "how many sections the first, the second and the third nation get, by Sainte-Laguë: "
    "three whole numbers, like [3, 2, 1]",
    _Parts(_fair, relative=1e-6, of="sections"),
    (
        Mistake(
            "d'Hondt",
            lambda given: _by_divisors(given, 1),
            "Perhaps you divided by every number: divide by the odd ones only, else the largest nation gets too much.",
        ),
        Mistake("rounded down", _rounded_down, "Perhaps you rounded down: some sections are still to be given."),
        Mistake("equal parts", _in_equal_parts, "The nations are not equally strong: divide their strengths."),
    ),
    _three_nations,
)


def _a_shift(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        demand = [int(luck.integers(5, 8)), int(luck.integers(14, 23)), int(luck.integers(18, 31))]
        checkpoints, patrols = (int(one) / 10 for one in luck.integers(2, 6, size=2))
        floor, weight = [1.0, checkpoints, patrols], [0.0, 1.0, int(luck.choice([2, 3])) / 2]
        at_floor = sum(map(_at_least, demand, floor))
        given = {
            "n": Given(at_floor + int(luck.integers(7, 13)), "sections", "that can be given a task"),
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
        values = {name: one.value for name, one in given.items()}
        right = _given_out(values)
        wrongs = [mistake.wrong(values) for mistake in _MISTAKES_IN_SHIFT]
        has_room = all(mine < asked for mine, asked in zip(right[1:], demand[1:], strict=True))
        if right not in wrongs and has_room and min(right) > 3:
            return given


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


def _rest_by_turns(given: Values) -> list[int]:
    """Floors, and the rest in equal parts."""
    floors = [_at_least(given[f"{task}_demand"], given[f"{task}_floor"]) for task in _TASKS]
    rest = given["n"] - sum(floors)
    return [floors[0], floors[1] + (rest + 1) // 2, floors[2] + rest // 2]


def _floors_only(given: Values) -> list[int]:
    return [_at_least(given[f"{task}_demand"], given[f"{task}_floor"]) for task in _TASKS]


def _divisors_go_on(given: Values) -> list[int]:
    """Floors, and the rest by claims that count what a task got by its floor."""
    gets = _floors_only(given)
    for _ in range(given["n"] - sum(gets)):
        claims = [
            given[f"{task}_weight"] / (2 * has + 1) if has < given[f"{task}_demand"] else 0.0
            for task, has in zip(_TASKS, gets, strict=True)
        ]
        gets[claims.index(max(claims))] += 1
    return gets


_MISTAKES_IN_SHIFT = (
    Mistake(
        "by priority alone",
        lambda given: _given_out(given, has_floors=False, has_weights=False),
        "Perhaps you filled one task after the other: each gets only its floor before the next one gets something.",
    ),
    Mistake("floors alone", _floors_only, "Perhaps those are the floors: some sections are left."),
    Mistake("rest in equal parts", _rest_by_turns, "Perhaps you shared what is left equally: share it by weight."),
    Mistake(
        "no floors",
        lambda given: _given_out(given, has_floors=False),
        "Perhaps you left out the floors: first of all, each task gets its floor, rounded up.",
    ),
    Mistake(
        "claims that go on from the floors",
        _divisors_go_on,
        "Perhaps the divisors went on from the floors: above the floor, each task begins with 1 again.",
    ),
)

IN_A_SHIFT = Check(
    "2f",
    "how many sections reserve, checkpoints and patrols get: three whole numbers, like [2, 4, 4]",
    _Parts(_given_out, relative=1e-6, of="sections"),
    _MISTAKES_IN_SHIFT,
    _a_shift,
)


def _a_change(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "section_size": Given(int(luck.choice([6, 7, 8, 10, 11, 12])), "soldiers", "in a section of your force"),
        "contingent": Given(str(luck.choice(["first", "second"])), "", "the contingent with a caveat"),
        "task": Given(str(luck.choice(["patrols", "sites", "checkpoints"])), "", "what it will not do"),
    }


def _file(given: Values, *, has_source: bool = True) -> str:
    lines = [
        'extends = "lesson.toml"',
        'title = "Lesson valley with a caveat"',
        "[force]",
        f"section_size = {given['section_size']}",
        f"[contingents.{given['contingent']}]",
        f'will_not_do = ["{given["task"]}"]',
    ]
    source = ["[sources]", '"force.section_size" = "assumption: to see what it does"']
    return "\n".join([*lines, *(source if has_source else [])]) + "\n"


def _other(given: Values) -> str:
    return "second" if given["contingent"] == "first" else "first"


def _caveats(scenario: Scenario, contingent: str) -> Sequence[str]:
    return [task.value for task in scenario.contingents[contingent].will_not_do]


OF_ONES_OWN = Check(
    "2h",
    "the text of a scenario file that extends lesson.toml with your section size and your caveat: "
    "lines like those of the file above",
    Artefact(
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
        ),
        _file,
    ),
    (
        Mistake(
            "no source",
            lambda given: _file(given, has_source=False),
            "A number needs a source: a table [sources] with a line for it, as in the example.",
        ),
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
