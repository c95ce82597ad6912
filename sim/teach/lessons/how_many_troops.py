"""Checks of the notebook on troop levels: what each can do, what the last soldiers add, and how few suffice.

A *level* is a number of soldiers that a force is held at. It *suffices* if the mean response reaches the target. The
task that *binds* is the one that has the smallest share of its demand.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.teach.checks import Artefact, Check, Exact, Given, Mistake, Rule, Values, WithinError
from sim.teach.lessons.fewest_that_suffice import BY_HALVES, VERDICTS
from sim.teach.places import scenario

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.policy_schema import Stage
    from sim.scenario.schema import Scenario

N_REPLICATIONS = 4
"""That a student makes."""

_N_OF_REFERENCE = 8
_Z = 6.0
"""Standard errors that an answer may be off: the error is found from eight values, of which one in 2,000 is beyond."""
_REFERENCE_SEED = 3_141_592
"""Outside the range of the students' seeds."""
_OWN_LEVELS = (2500, 2800, 3200, 3500, 4500, 4700, 7000, 7200, 7800, 8000, 8200, 8500, 11_000)
"""Not in the sweep, and such that the mistakes come to other shares than the right answer and each other."""
_AT_GATE_ONE = 0.946
"""Coverage of 10,200 soldiers, as the notebook shows it."""
_GATE_ONE, _IN_2009 = 10_200, 14_000
"""Soldiers."""
_POINTS = 100
"""Percentage points in 1."""

# The curve ---------------------------------------------------------------------------------------------------------

_LEVELS = (5000, 6000, 7500, 9000, 10_200)
_CURVE = (0.593, 0.679, 0.793, 0.881, 0.946)
"""About what `kfor-gates` gives: a student's own differs a little."""


def _own_level(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "troops": Given(int(luck.choice(_OWN_LEVELS)), "soldiers", "troop level to run"),
        "seed": Given(int(luck.integers(1, 10_000)), "", "seed of your runs"),
    }


@functools.lru_cache(maxsize=len(_OWN_LEVELS))
def _reference(troops: int) -> dict[str, list[float]]:
    """Values of the reference's replications, by response."""
    from sim.experiment import run

    found = run(scenario("kfor-gates"), troops=[troops], replications=_N_OF_REFERENCE, seed=_REFERENCE_SEED).responses
    values = found[found["sector"] == "all"].groupby("response")["value"]
    return {str(response): [float(one) for one in some] for response, some in values}


def _run(troops: int, response: str = "coverage") -> tuple[float, float]:
    """Mean over the reference's replications, and the standard error of a student's difference from it."""
    values = _reference(troops)[response]
    error = statistics.stdev(values) * math.sqrt(1 / _N_OF_REFERENCE + 1 / N_REPLICATIONS)
    return statistics.mean(values), error


def _curve(luck: np.random.Generator) -> dict[str, Given]:
    shares = [share + float(luck.uniform(-0.006, 0.006)) for share in _CURVE]
    return {
        "levels": Given(" ".join(str(one) for one in _LEVELS), "soldiers", "troop levels that were run"),
        "coverages": Given(" ".join(f"{one:.3f}" for one in shares), "share", "mean coverage at each of them"),
    }


def _read(given: Values, name: str) -> list[float]:
    return [float(one) for one in str(given[name]).split()]


def _steps(given: Values) -> list[tuple[float, float]]:
    """Soldiers and percentage points of each step from one level to the next."""
    levels, shares = _read(given, "levels"), _read(given, "coverages")
    return [(levels[i] - levels[i - 1], _POINTS * (shares[i] - shares[i - 1])) for i in range(1, len(levels))]


def _per_thousand(given: Values) -> list[float]:
    return [1000 * points / soldiers for soldiers, points in _steps(given)]


def _per_cent_per_thousand(given: Values) -> list[float]:
    return [gain / share for gain, share in zip(_per_thousand(given), _read(given, "coverages"), strict=False)]


def _average_per_thousand(given: Values) -> list[float]:
    levels, shares = _read(given, "levels")[1:], _read(given, "coverages")[1:]
    return [1000 * _POINTS * share / level for level, share in zip(levels, shares, strict=True)]


def _curve_and_target(luck: np.random.Generator) -> dict[str, Given]:
    given = _curve(luck)
    shares = _read({name: one.value for name, one in given.items()}, "coverages")
    step = int(luck.integers(1, len(shares)))
    # Not near the middle of a step nor its ends, which mistakes would find.
    part = float(luck.choice([luck.uniform(0.15, 0.4), luck.uniform(0.6, 0.85)]))
    target = shares[step - 1] + part * (shares[step] - shares[step - 1])
    return {**given, "target": Given(round(target, 3), "share", "coverage that is asked for")}


def _bracket(given: Values) -> tuple[float, float, float]:
    """Levels on both sides of the target, and the part of the way between them at which it is reached."""
    levels, shares = _read(given, "levels"), _read(given, "coverages")
    above = next(i for i, share in enumerate(shares) if share >= given["target"])
    part = (given["target"] - shares[above - 1]) / (shares[above] - shares[above - 1])
    return levels[above - 1], levels[above], part


def _level_for(given: Values) -> float:
    low, high, part = _bracket(given)
    return float(low + part * (high - low))


def _from_the_wrong_end(given: Values) -> float:
    low, high, part = _bracket(given)
    return high - part * (high - low)


def _along_the_chord(given: Values) -> float:
    levels, shares = _read(given, "levels"), _read(given, "coverages")
    part = float(given["target"] - shares[0]) / (shares[-1] - shares[0])
    return levels[0] + part * (levels[-1] - levels[0])


# What binds --------------------------------------------------------------------------------------------------------

_TASKS = ("patrols", "sites", "checkpoints", "crossing_points")


def _fills(luck: np.random.Generator) -> dict[str, Given]:
    low, middle, high = luck.uniform(0.25, 0.5), luck.uniform(0.55, 0.7), luck.uniform(0.75, 0.9)
    some = [round(float(one), 2) for one in luck.permutation([low, middle, high])]
    words = ("areas covered by patrols", "sites protected", "checkpoints manned", "crossing points manned")
    shares = [*some, round(float(luck.uniform(0.93, 0.99)), 2)]
    return {name: Given(share, "share", words_of) for name, share, words_of in zip(_TASKS, shares, words, strict=True)}


def _coverage_and_gain(given: Values, task: Callable[[list[float]], float] = min) -> tuple[float, float]:
    """Coverage, and the points that it gains if one task is done in full."""
    shares = [float(given[name]) for name in _TASKS]
    return sum(shares) / len(shares), _POINTS * (1 - task(shares)) / len(shares)


def _afterwards(given: Values) -> float:
    coverage, gain = _coverage_and_gain(given)
    return _POINTS * coverage + gain


# A gate of one's own -----------------------------------------------------------------------------------------------

_OWN_POLICY = "three-gates"


def _third_gate(luck: np.random.Generator) -> dict[str, Given]:
    days = [dt.date(2011, month, 1) for month in range(6, 13)]
    return {
        "strength": Given(100 * int(luck.integers(26, 46)), "soldiers", "strength from Gate 3 on"),
        "decided_on": Given(dt.date(2011, 4, int(luck.integers(1, 29))).isoformat(), "date", "day of the decision"),
        "effective_on": Given(days[int(luck.integers(len(days)))].isoformat(), "date", "day on which it is reached"),
    }


def _stages(found: Scenario) -> list[Stage]:
    """Stages of the student's policy, in the order of their days; none without the policy."""
    policy = found.policy.get(_OWN_POLICY)
    return sorted(policy.stages.values(), key=lambda one: one.effective_on) if policy is not None else []


@functools.lru_cache(maxsize=1)
def _as_they_were() -> list[tuple[int, dt.date]]:
    """Strengths and days of the gates that there were."""
    return [(one.strength, one.effective_on) for one in scenario("kfor-gates").policy["gates"].stages.values()]


def _keeps_gates(found: Scenario, given: Values) -> bool:
    """Whether Gate One and Gate 2 are there as they were, and one stage after them."""
    mine = [(one.strength, one.effective_on) for one in _stages(found)]
    return len(mine) == len(_as_they_were()) + 1 and mine[:-1] == _as_they_were()


def _toml(given: Values, *, policy: str = _OWN_POLICY, before: bool = True, **own: object) -> str:
    """Text of a scenario with a third gate, and the two before it unless left out."""
    last = {**given, **own}
    gates = f"""
[policy.{policy}.stages.gate-one]
name = "Gate One"
strength = 10200
decided_on = 2009-06-12
effective_on = 2010-02-03

[policy.{policy}.stages.gate-2]
name = "Gate 2"
strength = 5000
decided_on = 2010-10-29
effective_on = 2011-02-28
"""
    return f"""schema_version = 1
extends = "kfor-gates.toml"
title = "KFOR 2009-2012, with a third gate"

[policy.{policy}]
like = "gates"
title = "Three gates"
{gates if before else ""}
[policy.{policy}.stages.gate-3]
name = "Gate 3"
strength = {last["strength"]}
decided_on = {last["decided_on"]}
effective_on = {last["effective_on"]}

[sources]
"policy.{policy}" = "assumption: an exercise"
"""


_NO_POLICY = f"There is no policy {_OWN_POLICY!r}: give it a table of its own, and leave `gates` as it was."
_NOT_ALL = (
    "It should have the two gates that there were, and one more. A policy takes a table of the one that it is like as "
    "a whole or not at all: all three gates must be written down."
)
_OTHER_STRENGTH = "The last strength is not yours. It is how many soldiers there are from then on, not how many leave."
_OTHER_DAYS = "Look at the two days: the strength is reached on `effective_on`, which is after `decided_on`."

CHECKS: tuple[Check, ...] = (
    Check(
        "6a",
        f"one number: mean coverage over {N_REPLICATIONS} replications at your level, as a share such as 0.25",
        WithinError(lambda given: _run(given["troops"]), z=_Z),
        (
            Mistake(
                "in proportion",
                lambda given: _AT_GATE_ONE * given["troops"] / _GATE_ONE,
                "So it would be if coverage were in proportion to soldiers. Is the curve a straight line "
                "through nothing? Run the level.",
            ),
            Mistake(
                "patrols only",
                lambda given: _run(given["troops"], "patrol_coverage")[0],
                "Perhaps this is the coverage of the patrol areas alone. The response that is asked for is `coverage`.",
            ),
            Mistake(
                "checkpoints only",
                lambda given: _run(given["troops"], "checkpoint_fill")[0],
                "Perhaps this is the share of checkpoint-hours manned. The response that is asked for is `coverage`.",
            ),
            Mistake(
                "share of the soldiers",
                lambda given: given["troops"] / _IN_2009,
                "Perhaps this is the share of the soldiers of 2009 who are still there, not of the work that they do.",
            ),
        ),
        _own_level,
    ),
    Check(
        "6b",
        "four numbers, one a step, from the lowest up: percentage points per 1,000 soldiers, such as [1, 2.5, 20, 30]",
        Exact(_per_thousand),
        (
            Mistake(
                "per step",
                lambda given: [points for _, points in _steps(given)],
                "Perhaps that is by step. Steps differ in length: divide by the soldiers of each.",
            ),
            Mistake(
                "on average",
                _average_per_thousand,
                "Perhaps this is what each 1,000 of a level does on average. The question is what the last ones add.",
            ),
            Mistake(
                "from the top",
                lambda given: _per_thousand(given)[::-1],
                "Right numbers, wrong order: begin with the step from the lowest level.",
            ),
            Mistake(
                "shares",
                lambda given: [one / _POINTS for one in _per_thousand(given)],
                "A percentage point is a hundredth.",
            ),
            Mistake(
                "per cent",
                _per_cent_per_thousand,
                "Perhaps these are per cent of the coverage before the step. Points are a difference of two shares, "
                "not divided by either.",
            ),
        ),
        _curve,
    ),
    Check(
        "6c",
        "one number: the soldiers with which the target is reached, by a straight line, such as 4321",
        Exact(_level_for),
        (
            Mistake(
                "next level that was run",
                lambda given: _bracket(given)[1],
                "That is a level that was run: it suffices, but the target is reached on the way to it.",
            ),
            Mistake(
                "the level below",
                lambda given: _bracket(given)[0],
                "That is a level that was run, and it falls short.",
            ),
            Mistake(
                "from the wrong end",
                _from_the_wrong_end,
                "Perhaps it is counted down from the upper level: begin at the lower one, n₁, and add.",
            ),
            Mistake(
                "middle",
                lambda given: sum(_bracket(given)[:2]) / 2,
                "This is the middle between the two levels: how far between their two coverages is the target?",
            ),
            Mistake(
                "one line through all",
                _along_the_chord,
                "The curve bends: take the line between the two levels next to the target, not from first to last.",
            ),
        ),
        _curve_and_target,
    ),
    Check(
        "6d",
        "two numbers: the coverage as a share, and the gain in percentage points, such as (0.25, 3.5)",
        Exact(_coverage_and_gain),
        (
            Mistake(
                "not shared by four",
                lambda given: (_coverage_and_gain(given)[0], 4 * _coverage_and_gain(given)[1]),
                "Perhaps that is how much the task's own share rises. Coverage is the mean of four shares.",
            ),
            Mistake(
                "the one done best",
                lambda given: _coverage_and_gain(given, max),
                "The task that binds is the one of which the smallest share is done.",
            ),
            Mistake(
                "the next to bind",
                lambda given: _coverage_and_gain(given, lambda shares: sorted(shares)[1]),
                "Perhaps this is for another task: there is one of which a smaller share is done.",
            ),
            Mistake(
                "least instead of mean",
                lambda given: (min(given[name] for name in _TASKS), _coverage_and_gain(given)[1]),
                "Perhaps the first is the smallest share: coverage is their mean.",
            ),
            Mistake(
                "per cent",
                lambda given: (
                    _coverage_and_gain(given)[0],
                    _coverage_and_gain(given)[1] / _coverage_and_gain(given)[0],
                ),
                "Perhaps the second is in per cent of the coverage: points are not divided by it.",
            ),
            Mistake(
                "coverage afterwards",
                lambda given: (_coverage_and_gain(given)[0], _afterwards(given)),
                "Perhaps the second is the coverage afterwards: the gain is by how much it rises.",
            ),
        ),
        _fills,
    ),
    BY_HALVES,
    VERDICTS,
    Check(
        "6g",
        f"the text, between three quotes, of a scenario that extends kfor-gates.toml with a policy {_OWN_POLICY}",
        Artefact(
            (
                Rule(lambda found, given: _OWN_POLICY in found.policy, _NO_POLICY),
                Rule(_keeps_gates, _NOT_ALL),
                Rule(lambda found, given: _stages(found)[-1].strength == given["strength"], _OTHER_STRENGTH),
                Rule(
                    lambda found, given: (
                        _stages(found)[-1].decided_on.isoformat() == given["decided_on"]
                        and _stages(found)[-1].effective_on.isoformat() == given["effective_on"]
                    ),
                    _OTHER_DAYS,
                ),
            ),
            _toml,
        ),
        (
            Mistake("changes the policy that is there", lambda given: _toml(given, policy="gates"), _NO_POLICY),
            Mistake("one gate only", lambda given: _toml(given, before=False), _NOT_ALL),
            Mistake("how many leave", lambda given: _toml(given, strength=5000 - given["strength"]), _OTHER_STRENGTH),
            Mistake(
                "reached when decided",
                lambda given: _toml(given, effective_on=given["decided_on"]),
                _OTHER_DAYS,
            ),
            Mistake(
                "no source",
                lambda given: _toml(given).split("[sources]")[0],
                "A number needs a source: a table [sources] with a line for your policy, `assumption: why` for one "
                "that you make up.",
            ),
        ),
        _third_gate,
    ),
)
"""In the order of the exercises."""
