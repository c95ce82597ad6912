"""Checks of the notebook *Troops to task*: how a strength becomes sections on duty, and sections become tasks done.

Those of sharing out, and of a scenario file, are in :mod:`sim.teach.lessons.sharing_out`; that of a run of the whole of
KFOR is in :mod:`sim.teach.lessons.on_patrol`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.teach.apart import drawn_apart
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.counts import Count
from sim.teach.lessons.on_patrol import ON_PATROL
from sim.teach.lessons.sharing_out import SHARING_OUT
from sim.teach.places import lesson

if TYPE_CHECKING:
    import numpy as np


_ONE_IS_MISSING = "Perhaps you took off leave or absence, but not both."
_ONE_SHARE_IS_MISSING = "Perhaps one share is missing: of the strength in the country, and of those on security tasks."
_OF_NINE = "Perhaps you took sections of nine, as in the example: yours have another size."
_OF_THREE = "Perhaps you took three shift groups, as in the example: how many have you?"
_OF_NINE_AND_THREE = "Perhaps you took sections of nine and three shift groups, as in the example: look at your own."
_ABSENT_TWICE = "Perhaps you took absence off twice: leave is one factor, absence is another one."
_SHARE_AWAY = "Perhaps you took the shares that are away: what counts is who is there, 1 less each of them."
_OF_A_YEAR = "Perhaps you took leave as days of a year: how long is the cycle?"
_ON_TOP = "Perhaps you added shares on top, 1 plus each: of a soldier there is 1 less each of them."
_ADDED = "The absent are a share of those who are not on leave: take one off after the other, by factors."
_TASKS_AT_POSTS = ("sites", "checkpoints", "crossing_points")


def _presence(luck: np.random.Generator) -> dict[str, Given]:
    """How many of a force are there at a time: in each exercise the same names."""
    return {
        "n_shift_groups": Given(int(luck.integers(4, 6)), "groups", "take turns on duty, round the clock"),
        "leave_days": Given(int(luck.integers(20, 37)), "days", "of leave in each cycle"),
        "leave_cycle_days": Given(180, "days", "length of the cycle"),
        "absence_share": Given(int(luck.integers(7, 15)) / 100, "share", "of the others sick, on courses, on detail"),
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


def _away(given: Values) -> tuple[float, float]:
    """Share on leave, and share of the others that is absent."""
    return given["leave_days"] / given["leave_cycle_days"], given["absence_share"]


def _present(given: Values) -> float:
    """Share of those whose turn it is that are there, neither on leave nor absent."""
    on_leave, absent = _away(given)
    return (1 - on_leave) * (1 - absent)


def _of_presence(solve: Callable[..., float]) -> tuple[Mistake, ...]:
    """Mistakes about leave and absence: `solve` takes the given, and who is present instead."""

    def mistake(name: str, present: Callable[[float, float], float], hint: str) -> Mistake:
        return Mistake(name, lambda given: solve(given, present=present(*_away(given))), hint)

    return (
        mistake("leave alone", lambda leave, absent: 1 - leave, _ONE_IS_MISSING),
        mistake("absence alone", lambda leave, absent: 1 - absent, _ONE_IS_MISSING),
        mistake("absence twice", lambda leave, absent: (1 - leave) * (1 - absent) ** 2, _ABSENT_TWICE),
        mistake("leave of those who are present", lambda leave, absent: leave * (1 - absent), _SHARE_AWAY),
        mistake("absence of those who are present", lambda leave, absent: (1 - leave) * absent, _SHARE_AWAY),
        mistake("both shares that are away", lambda leave, absent: leave * absent, _SHARE_AWAY),
        mistake("shares added", lambda leave, absent: 1 - leave - absent, _ADDED),
        mistake("both shares on top", lambda leave, absent: 1 / (1 + leave + absent), _ON_TOP),
        mistake("one share on top of the other", lambda leave, absent: 1 / ((1 + leave) * (1 + absent)), _ON_TOP),
        mistake("leave on top", lambda leave, absent: (1 - absent) / (1 + leave), _ON_TOP),
        mistake("absence on top", lambda leave, absent: (1 - leave) / (1 + absent), _ON_TOP),
        Mistake("of a year", lambda given: solve({**given, "leave_cycle_days": 365}), _OF_A_YEAR),
    )


def _post_factor(given: Values, *, present: float | None = None) -> float:
    from sim.theory import post_factor

    return float(post_factor(24, 24 / given["n_shift_groups"] * (_present(given) if present is None else present)))


_MISTAKES_AT_POST = (
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
    *_of_presence(_post_factor),
    Mistake(
        "rounded up",
        lambda given: math.ceil(_post_factor(given)),
        "Do not round: 100 posts take 100 times this number.",
    ),
    Mistake("rounded", lambda given: round(_post_factor(given)), "Do not round: 100 posts take 100 times this number."),
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
        "hours at the post",
        lambda given: 24 / _post_factor(given),
        "Perhaps those are the hours a day that the post gets of one soldier: how many such make 24?",
    ),
    Mistake("share present", _present, "Perhaps that is the share of the soldiers that is there: how many make one?"),
)
_FACTOR = Exact(_post_factor)

POST = Check(
    "2a",
    "how many soldiers the force must have for one of them to be at a post at any time: a number, like 3.51",
    _FACTOR,
    _MISTAKES_AT_POST,
    drawn_apart(_presence, _FACTOR, _MISTAKES_AT_POST),
)


def _sections(given: Values) -> int:
    """Sections on security tasks, all shift groups together, as the model counts them."""
    from sim.contingents import n_sections_of

    names = ("share_in_theatre", "share_on_security_tasks", "section_size")
    force = lesson().force.model_copy(update={name: given[name] for name in names})
    return n_sections_of(int(given["strength"]), lesson().model_copy(update={"force": force}))


def _a_strength(luck: np.random.Generator) -> dict[str, Given]:
    return {"strength": Given(500 * int(luck.integers(12, 41)), "soldiers", "of the whole force"), **_of_force(luck)}


def _at_a_time(given: Values, *, present: float | None = None, **instead: float) -> float:
    one = {**given, **instead}
    return _sections(one) / float(one["n_shift_groups"]) * (_present(one) if present is None else present)


_MISTAKES_AT_A_TIME = (
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
    Mistake("everybody in the country", lambda given: _at_a_time(given, share_in_theatre=1.0), _ONE_SHARE_IS_MISSING),
    Mistake(
        "everybody on security tasks",
        lambda given: _at_a_time(given, share_on_security_tasks=1.0),
        _ONE_SHARE_IS_MISSING,
    ),
    *_of_presence(_at_a_time),
    Mistake("sections of nine", lambda given: _at_a_time(given, section_size=9), _OF_NINE),
    Mistake("three groups", lambda given: _at_a_time(given, n_shift_groups=3), _OF_THREE),
    Mistake(
        "sections of nine, three groups",
        lambda given: _at_a_time(given, section_size=9, n_shift_groups=3),
        _OF_NINE_AND_THREE,
    ),
    Mistake(
        "soldiers",
        lambda given: _at_a_time(given) * given["section_size"],
        "Perhaps those are soldiers: how many sections do they make?",
    ),
)
_SECTIONS_AT_A_TIME = Exact(_at_a_time, relative=4e-3)

AT_A_TIME = Check(
    "2b",
    "how many sections can be given a task at a time, on average: a number, like 767.4",
    _SECTIONS_AT_A_TIME,
    _MISTAKES_AT_A_TIME,
    drawn_apart(_a_strength, _SECTIONS_AT_A_TIME, _MISTAKES_AT_A_TIME),
)


def _a_task_list(luck: np.random.Generator) -> dict[str, Given]:
    return {
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


def _asked(given: Values, *, at_posts: float | None = None, per_shift: float | None = None) -> float:
    """Sections at a time that a task list asks for."""
    if at_posts is None:
        at_posts = sum(_at_posts(given, task) for task in _TASKS_AT_POSTS)
    if per_shift is None:
        per_shift = given["patrols_per_day"] / given["shifts_per_day"]
    return float(at_posts + given["reserve"] + per_shift)


def _at_posts(given: Values, task: str) -> int:
    from sim.tasks import sections_for

    return sections_for(given[f"n_{task}"] * given[f"{task}_crew"], given["section_size"])


def _crews(given: Values) -> float:
    return float(sum(given[f"n_{task}"] * given[f"{task}_crew"] for task in _TASKS_AT_POSTS))


def _a_section_each(given: Values, *tasks: str) -> float:
    """Sections asked for if each post of these tasks took a whole one."""
    others = set(_TASKS_AT_POSTS) - set(tasks)
    return _asked(
        given, at_posts=sum(given[f"n_{task}"] for task in tasks) + sum(_at_posts(given, one) for one in others)
    )


def _rounded_each_way(given: Values, rounded: Callable[[float], int]) -> float:
    crews = [given[f"n_{task}"] * given[f"{task}_crew"] for task in _TASKS_AT_POSTS]
    return _asked(given, at_posts=sum(rounded(crew / given["section_size"]) for crew in crews))


_UP = "Half a section cannot be given, and a task is not done by too few: round up, task by task."
_NO_SECTION_EACH = "A post is not a section: how many soldiers are at all of them, and how many sections do these make?"

_MISTAKES_IN_LIST = (
    Mistake(
        "tours of a day",
        lambda given: _asked(given, per_shift=given["patrols_per_day"]),
        "The tours of a day are not all out in one shift.",
    ),
    Mistake("no patrols", lambda given: _asked(given, per_shift=0), "Perhaps the patrols are missing: a task, too."),
    Mistake(
        "patrols divided by the size of a section",
        lambda given: _asked(given, per_shift=given["patrols_per_day"] / given["section_size"]),
        "A patrol is a section already: divide tours a day by shifts, not by soldiers.",
    ),
    Mistake(
        "rounded once",
        lambda given: _asked(given, at_posts=math.ceil(_crews(given) / given["section_size"])),
        "A section guards sites or mans checkpoints, not half of each: round up task by task.",
    ),
    Mistake("not rounded", lambda given: _asked(given, at_posts=_crews(given) / given["section_size"]), _UP),
    Mistake("rounded", lambda given: _rounded_each_way(given, round), _UP),
    Mistake("rounded down", lambda given: _rounded_each_way(given, math.floor), _UP),
    Mistake(
        "no reserve", lambda given: _asked({**given, "reserve": 0}), "Perhaps the reserve is missing: a task, too."
    ),
    Mistake("a section a site", lambda given: _a_section_each(given, "sites"), _NO_SECTION_EACH),
    Mistake("a section a checkpoint", lambda given: _a_section_each(given, "checkpoints"), _NO_SECTION_EACH),
    Mistake("a section a crossing point", lambda given: _a_section_each(given, "crossing_points"), _NO_SECTION_EACH),
    Mistake("a section a post", lambda given: _a_section_each(given, *_TASKS_AT_POSTS), _NO_SECTION_EACH),
    Mistake(
        "soldiers and sections added",
        lambda given: _asked(given, at_posts=_crews(given)),
        "Crews are soldiers, reserve and patrols are sections: bring all to sections before you add.",
    ),
)
_N_ASKED = Count(_asked, of="sections")

ASKED = Check(
    "2c",
    "how many sections the task list asks for at a time: a whole number, like 27",
    _N_ASKED,
    _MISTAKES_IN_LIST,
    drawn_apart(_a_task_list, _N_ASKED, _MISTAKES_IN_LIST),
)


def _a_demand(luck: np.random.Generator) -> dict[str, Given]:
    return {"n_asked": Given(int(luck.integers(80, 400)), "sections", "asked for at a time"), **_of_force(luck)}


def _strength_for(given: Values, *, present: float | None = None, **instead: float) -> float:
    one = {**given, **instead}
    soldiers = one["n_asked"] * one["section_size"] * _post_factor(one, present=present)
    return float(soldiers / one["share_in_theatre"] / one["share_on_security_tasks"])


_MISTAKES_IN_STRENGTH = (
    Mistake(
        "those on security tasks",
        lambda given: _strength_for(given, share_in_theatre=1.0, share_on_security_tasks=1.0),
        "Perhaps those are the soldiers on security tasks alone: the whole force is larger.",
    ),
    Mistake(
        "multiplied by the shares",
        lambda given: _strength_for(
            given,
            share_in_theatre=1 / given["share_in_theatre"],
            share_on_security_tasks=1 / given["share_on_security_tasks"],
        ),
        "The whole force is larger than the part on security tasks: multiply or divide by the two shares?",
    ),
    Mistake(
        "one shift group",
        lambda given: _strength_for(given, n_shift_groups=1),
        "Perhaps that is one shift group: the others sleep, train and wait, and need soldiers, too.",
    ),
    Mistake(
        "nobody missing", lambda given: _strength_for(given, present=1.0), "Perhaps leave and absence are missing."
    ),
    *_of_presence(_strength_for),
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
        lambda given: _strength_for(given, present=1 / _present(given)),
        "If some are missing, more are needed, not fewer: multiply or divide?",
    ),
    Mistake("sections of nine", lambda given: _strength_for(given, section_size=9), _OF_NINE),
    Mistake("three groups", lambda given: _strength_for(given, n_shift_groups=3), _OF_THREE),
    Mistake(
        "sections of nine, three groups",
        lambda given: _strength_for(given, section_size=9, n_shift_groups=3),
        _OF_NINE_AND_THREE,
    ),
    Mistake(
        "sections",
        lambda given: _strength_for(given, section_size=1),
        "Perhaps those are sections: how many soldiers has each?",
    ),
)
_STRENGTH_ASKED = Exact(_strength_for, relative=4e-3)

STRENGTH = Check(
    "2d",
    "the strength that on average gives just as many sections at a time as are asked for: soldiers, like 1200",
    _STRENGTH_ASKED,
    _MISTAKES_IN_STRENGTH,
    drawn_apart(_a_demand, _STRENGTH_ASKED, _MISTAKES_IN_STRENGTH),
)


CHECKS: tuple[Check, ...] = (POST, AT_A_TIME, ASKED, STRENGTH, *SHARING_OUT[:2], ON_PATROL, *SHARING_OUT[2:])
"""The checks of the notebook, in its order."""
