"""Checks of the notebook *Troops to task*: how a strength becomes sections on duty, and sections become tasks done.

Those of sharing out, and of a scenario file, are in :mod:`sim.teach.sharing_out`.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import Count
from sim.teach.places import scenario
from sim.teach.sharing_out import SHARING_OUT

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.schema import Scenario
    from sim.trace import Trace

_ONE_IS_MISSING = "Perhaps you took off leave or absence, but not both."
_ONE_SHARE_IS_MISSING = "Perhaps one share is missing: of the strength in the country, and of those on security tasks."
_OF_NINE = "Perhaps you took sections of nine, as in the example: yours have another size."
_TASKS_AT_POSTS = ("sites", "checkpoints", "crossing_points")
_EXAMPLE_TROOPS = 40_000
_SHORT_RUN = ("horizon.warm_up_h=24", "experiment.sweep_days=1")


def _presence(luck: np.random.Generator) -> dict[str, Given]:
    """How many of a force are there at a time: in each exercise the same names."""
    return {
        "n_shift_groups": Given(int(luck.integers(3, 5)), "groups", "take turns on duty, round the clock"),
        "leave_days": Given(int(luck.integers(14, 31)), "days", "of leave in each cycle"),
        "leave_cycle_days": Given(180, "days", "length of the cycle"),
        "absence_share": Given(int(luck.integers(5, 13)) / 100, "share", "of the others sick, on courses, on detail"),
    }


def _of_force(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "share_in_theatre": Given(int(luck.integers(80, 93)) / 100, "share", "of the strength that is in the country"),
        "share_on_security_tasks": Given(
            int(luck.integers(65, 81)) / 100, "share", "of those; the others command, supply, repair, heal"
        ),
        "section_size": Given(int(luck.choice([7, 8, 10, 11])), "soldiers", "in a section"),
        **_presence(luck),
    }


def _present(given: Values) -> float:
    """Share of those whose turn it is that are there, neither on leave nor absent."""
    return float((1 - given["leave_days"] / given["leave_cycle_days"]) * (1 - given["absence_share"]))


def _post_factor(given: Values) -> float:
    from sim.theory import post_factor

    return float(post_factor(24, 24 / given["n_shift_groups"] * _present(given)))


def _a_post(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        groups = Given(int(luck.integers(4, 6)), "groups", "take turns on duty, round the clock")
        given = {**_presence(luck), "n_shift_groups": groups}
        factor = _post_factor({name: one.value for name, one in given.items()})
        if abs(factor - round(factor)) > 0.05:
            return given


POST = Check(
    "2a",
    "how many soldiers the force must have for one of them to be at a post at any time: a number, like 3.51",
    Exact(_post_factor),
    (
        Mistake(
            "shift groups only",
            lambda given: given["n_shift_groups"],
            "Those would do if nobody were ever on leave or absent.",
        ),
        Mistake(
            "shifts of the example",
            lambda given: _post_factor({**given, "n_shift_groups": 3}),
            "Perhaps you took the 8 hours of the example: how long is a shift with your groups?",
        ),
        Mistake("leave alone", lambda given: _post_factor({**given, "absence_share": 0.0}), _ONE_IS_MISSING),
        Mistake("absence alone", lambda given: _post_factor({**given, "leave_days": 0}), _ONE_IS_MISSING),
        Mistake(
            "rounded up",
            lambda given: math.ceil(_post_factor(given)),
            "Do not round: 100 posts take 100 times this number.",
        ),
        Mistake(
            "multiplied",
            lambda given: given["n_shift_groups"] * _present(given),
            "If some are missing, more are needed, not fewer: multiply or divide?",
        ),
        Mistake(
            "no shift groups",
            lambda given: 1 / _present(given),
            "Nobody stands at a post round the clock: how many groups take turns?",
        ),
        Mistake(
            "shares added",
            lambda given: (
                given["n_shift_groups"] / (1 - given["leave_days"] / given["leave_cycle_days"] - given["absence_share"])
            ),
            "Close. The absent are a share of those who are not on leave: take one off after the other, by factors.",
        ),
    ),
    _a_post,
)


@functools.cache
def _lesson() -> Scenario:
    return scenario("lesson")


def _sections(given: Values) -> int:
    """Sections on security tasks, all shift groups together, as the model counts them."""
    from sim.contingents import n_sections_of

    names = ("share_in_theatre", "share_on_security_tasks", "section_size")
    force = _lesson().force.model_copy(update={name: given[name] for name in names})
    return n_sections_of(int(given["strength"]), _lesson().model_copy(update={"force": force}))


def _a_strength(luck: np.random.Generator) -> dict[str, Given]:
    return {"strength": Given(500 * int(luck.integers(12, 41)), "soldiers", "of the whole force"), **_of_force(luck)}


def _at_a_time(given: Values) -> float:
    return _sections(given) / float(given["n_shift_groups"]) * _present(given)


AT_A_TIME = Check(
    "2b",
    "how many sections can be given a task at a time, on average: a number, like 767.4",
    Exact(_at_a_time, relative=4e-3),
    (
        Mistake(
            "all groups at once",
            lambda given: _sections(given) * _present(given),
            "Only one shift group is on duty at a time.",
        ),
        Mistake(
            "everybody present",
            lambda given: _sections(given) / given["n_shift_groups"],
            "Some of those whose turn it is are on leave or absent.",
        ),
        Mistake(
            "everybody in the country and on security tasks",
            lambda given: given["strength"] / given["section_size"] / given["n_shift_groups"] * _present(given),
            "Not all of the strength is in the country, and not all who are do security tasks.",
        ),
        Mistake(
            "everybody in the country",
            lambda given: _at_a_time({**given, "share_in_theatre": 1.0}),
            _ONE_SHARE_IS_MISSING,
        ),
        Mistake(
            "everybody on security tasks",
            lambda given: _at_a_time({**given, "share_on_security_tasks": 1.0}),
            _ONE_SHARE_IS_MISSING,
        ),
        Mistake("leave alone", lambda given: _at_a_time({**given, "absence_share": 0.0}), _ONE_IS_MISSING),
        Mistake("absence alone", lambda given: _at_a_time({**given, "leave_days": 0}), _ONE_IS_MISSING),
        Mistake("sections of nine", lambda given: _at_a_time({**given, "section_size": 9}), _OF_NINE),
        Mistake(
            "soldiers",
            lambda given: _at_a_time(given) * given["section_size"],
            "Perhaps those are soldiers: how many sections do they make?",
        ),
    ),
    _a_strength,
)


def _a_task_list(luck: np.random.Generator) -> dict[str, Given]:
    while True:
        given = {
            "section_size": Given(9, "soldiers", "in a section"),
            "n_sites": Given(int(luck.integers(30, 81)), "sites", "to be guarded"),
            "sites_crew": Given(2, "soldiers", "at a time for each site; a section can guard several"),
            "n_checkpoints": Given(int(luck.integers(12, 31)), "checkpoints", "to be manned"),
            "checkpoints_crew": Given(int(luck.integers(5, 9)), "soldiers", "at a time for each checkpoint"),
            "n_crossing_points": Given(int(luck.integers(2, 5)), "crossing points", "to be manned"),
            "crossing_points_crew": Given(18, "soldiers", "at a time for each crossing point"),
            "reserve": Given(int(luck.integers(4, 13)), "sections", "ready at any time"),
            "patrols_per_day": Given(3 * int(luck.integers(20, 51)), "tours", "a day, a section each, spread evenly"),
            "shifts_per_day": Given(3, "shifts", "a day; a section does one tour in a shift"),
        }
        values = {name: one.value for name, one in given.items()}
        if _asked(values) not in (_rounded_once(values), _asked(values, at_posts=_a_section_each(values))):
            return given


def _asked(given: Values, *, at_posts: float | None = None, per_day: float | None = None) -> float:
    """Sections at a time that a task list asks for."""
    from sim.tasks import sections_for

    if at_posts is None:
        size = given["section_size"]
        at_posts = sum(sections_for(given[f"n_{one}"] * given[f"{one}_crew"], size) for one in _TASKS_AT_POSTS)
    per_shift = given["patrols_per_day"] / given["shifts_per_day"] if per_day is None else per_day
    return float(at_posts + given["reserve"] + per_shift)


def _crews(given: Values) -> float:
    return float(sum(given[f"n_{one}"] * given[f"{one}_crew"] for one in _TASKS_AT_POSTS))


def _rounded_once(given: Values) -> float:
    return _asked(given, at_posts=math.ceil(_crews(given) / given["section_size"]))


def _a_section_each(given: Values) -> float:
    return float(sum(given[f"n_{one}"] for one in _TASKS_AT_POSTS))


ASKED = Check(
    "2c",
    "how many sections the task list asks for at a time: a whole number, like 27",
    Count(_asked, relative=1e-6, of="sections"),
    (
        Mistake(
            "tours of a day",
            lambda given: _asked(given, per_day=given["patrols_per_day"]),
            "The tours of a day are not all out in one shift.",
        ),
        Mistake(
            "rounded once",
            _rounded_once,
            "Nearly. A section guards sites or mans checkpoints, not half of each: round up task by task.",
        ),
        Mistake(
            "not rounded",
            lambda given: _asked(given, at_posts=_crews(given) / given["section_size"]),
            "Half a section cannot be given: round up, task by task.",
        ),
        Mistake(
            "no reserve", lambda given: _asked({**given, "reserve": 0}), "Perhaps the reserve is missing: a task, too."
        ),
        Mistake(
            "a section a post",
            lambda given: _asked(given, at_posts=_a_section_each(given)),
            "A post is not a section: how many soldiers are at each, and how many sections are they all together?",
        ),
        Mistake(
            "soldiers and sections added",
            lambda given: _asked(given, at_posts=_crews(given)),
            "Crews are soldiers, reserve and patrols are sections: bring all to sections before you add.",
        ),
    ),
    _a_task_list,
)


def _a_demand(luck: np.random.Generator) -> dict[str, Given]:
    return {"n_asked": Given(int(luck.integers(80, 400)), "sections", "asked for at a time"), **_of_force(luck)}


def _strength_for(given: Values, **instead: Any) -> float:
    one = {**given, **instead}
    soldiers = one["n_asked"] * one["section_size"] * _post_factor(one)
    return float(soldiers / one["share_in_theatre"] / one["share_on_security_tasks"])


STRENGTH = Check(
    "2d",
    "the strength that on average gives just as many sections at a time as are asked for: soldiers, like 1200",
    Exact(_strength_for, relative=4e-3),
    (
        Mistake(
            "those on security tasks",
            lambda given: _strength_for(given, share_in_theatre=1.0, share_on_security_tasks=1.0),
            "Perhaps those are the soldiers on security tasks alone: the whole force is larger.",
        ),
        Mistake(
            "one shift group",
            lambda given: _strength_for(given, n_shift_groups=1),
            "Perhaps that is one shift group: the others sleep, train and wait, and need soldiers, too.",
        ),
        Mistake(
            "nobody missing",
            lambda given: _strength_for(given, leave_days=0, absence_share=0.0),
            "Perhaps leave and absence are missing.",
        ),
        Mistake("leave alone", lambda given: _strength_for(given, absence_share=0.0), _ONE_IS_MISSING),
        Mistake("absence alone", lambda given: _strength_for(given, leave_days=0), _ONE_IS_MISSING),
        Mistake(
            "everybody in the country", lambda given: _strength_for(given, share_in_theatre=1.0), _ONE_SHARE_IS_MISSING
        ),
        Mistake(
            "everybody on security tasks",
            lambda given: _strength_for(given, share_on_security_tasks=1.0),
            _ONE_SHARE_IS_MISSING,
        ),
        Mistake(
            "multiplied",
            lambda given: _strength_for(given) * _present(given) ** 2,
            "If some are missing, more are needed, not fewer: multiply or divide?",
        ),
        Mistake("sections of nine", lambda given: _strength_for(given, section_size=9), _OF_NINE),
        Mistake(
            "sections",
            lambda given: _strength_for(given, section_size=1),
            "Perhaps those are sections: how many soldiers has each?",
        ),
    ),
    _a_demand,
)


def _a_short_run(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "troops": Given(1000 * int(luck.integers(15, 28)), "soldiers", "strength, held all the time"),
        "seed": Given(int(luck.integers(1000, 10_000)), "", "the root of all random numbers"),
    }


@functools.lru_cache(maxsize=64)
def _trace(troops: int, seed: int) -> Trace:
    from sim.model import replicate

    return replicate(_kosovo(), "balanced", troops=troops, seed=seed, replication=0)


@functools.cache
def _kosovo() -> Scenario:
    return scenario("kfor-2001", _SHORT_RUN)


def _on_patrol(given: Values, *, what: str = "allocated", of: str | None = None) -> float:
    """Soldiers on patrol tasks, mean over shifts, as a share of the strength or of the soldiers in so many sections."""
    from sim.scenario.schema import Task

    trace = _trace(given["troops"], given["seed"])
    column = trace.names.tasks.index(Task.PATROLS.value)
    sections = sum(float(getattr(row, what)[:, column].sum()) for row in trace.shifts) / len(trace.shifts)
    if of is None:
        return sections * _kosovo().force.section_size / float(given["troops"])
    return sections / (sum(float(getattr(row, of).sum()) for row in trace.shifts) / len(trace.shifts))


ON_PATROL = Check(
    "2g",
    "the share of all soldiers that are on patrol, mean over the shifts of the run: "
    "a number between 0 and 1, like 0.123",
    Exact(_on_patrol, relative=5e-3),
    (
        Mistake(
            "sections for soldiers",
            lambda given: _on_patrol(given) / _kosovo().force.section_size,
            "The trace counts sections, the strength counts soldiers: how many soldiers has a section?",
        ),
        Mistake(
            "soldiers",
            lambda given: _on_patrol(given) * given["troops"],
            "Perhaps those are the soldiers on patrol: divide by your troops.",
        ),
        Mistake(
            "all shifts together",
            lambda given: _on_patrol(given) * len(_trace(given["troops"], given["seed"]).shifts),
            "Perhaps you added the shifts up: take their mean.",
        ),
        Mistake(
            "mean of sectors",
            lambda given: _on_patrol(given) / len(_trace(given["troops"], given["seed"]).names.sectors),
            "Perhaps that is the mean over sectors, too: in each shift, add the sectors up.",
        ),
        Mistake(
            "strength of the example",
            lambda given: _on_patrol(given) * given["troops"] / _EXAMPLE_TROOPS,
            "Perhaps you divided by the troops of the example: divide by yours.",
        ),
        Mistake(
            "tasked",
            lambda given: _on_patrol(given, what="demand"),
            "Perhaps that is what was asked for: how much of it was given?",
        ),
        Mistake(
            "of those on duty",
            lambda given: _on_patrol(given, of="n_on_duty"),
            "Perhaps that is the share of those on duty: take the share of the whole strength.",
        ),
        Mistake(
            "of those with a task",
            lambda given: _on_patrol(given, of="n_at_work"),
            "Perhaps that is the share of those with a task: take the share of the whole strength.",
        ),
    ),
    _a_short_run,
)

CHECKS: tuple[Check, ...] = (POST, AT_A_TIME, ASKED, STRENGTH, *SHARING_OUT[:2], ON_PATROL, *SHARING_OUT[2:])
"""The checks of the notebook, in its order."""
