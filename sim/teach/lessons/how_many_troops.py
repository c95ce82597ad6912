"""Checks of the notebook on troop levels: what each can do, what the last soldiers add, and how few suffice.

A *level* is a number of soldiers that a force is held at. It *suffices* if the mean response reaches the target. The
task that *binds* is the one that falls furthest short of what it reaches with soldiers enough.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.teach.apart import drawn_apart
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.lessons.fewest_that_suffice import BY_HALVES, VERDICTS
from sim.teach.lessons.three_gates import OWN_GATE
from sim.teach.places import scenario

if TYPE_CHECKING:
    import numpy as np

N_REPLICATIONS = 4
"""That a student makes."""

OWN_RUNS = (
    (2500, 17),
    (2800, 29),
    (3200, 11),
    (3500, 23),
    (4500, 31),
    (4700, 13),
    (7000, 37),
    (7200, 19),
    (7800, 41),
    (8000, 53),
    (8200, 43),
    (8500, 59),
    (11_000, 47),
)
"""Level and seed: not in the sweep, and such that the mistakes come to other shares than the right answer."""
_AT_GATE_ONE = 0.946
"""Coverage of 10,200 soldiers, as the notebook shows it."""
_GATE_ONE, _IN_2009 = 10_200, 14_000
"""Soldiers."""
_POINTS = 100
"""Percentage points in 1."""

# The curve ---------------------------------------------------------------------------------------------------------

_LEVELS = (5150, 6050, 7450, 8950, 10_250)
"""None is what a level between two of them comes to if it is rounded too much."""
_CURVE = (0.593, 0.679, 0.793, 0.881, 0.946)
"""About what `kfor-gates` gives: a student's own differs a little."""


def _own_run(luck: np.random.Generator) -> dict[str, Given]:
    troops, seed = OWN_RUNS[int(luck.integers(len(OWN_RUNS)))]
    return {
        "troops": Given(troops, "soldiers", "troop level to run"),
        "seed": Given(seed, "", "seed of your runs"),
    }


@functools.lru_cache(maxsize=2 * len(OWN_RUNS))
def _replications(troops: int, seed: int | None) -> dict[tuple[str, str], list[float]]:
    """Values of a student's replications by sector and response; the seed is the file's where None is given."""
    from sim.experiment import run

    found = run(scenario("kfor-gates"), troops=[troops], replications=N_REPLICATIONS, seed=seed).responses
    values = found.groupby(["sector", "response"])["value"]
    return {(str(sector), str(response)): [float(one) for one in some] for (sector, response), some in values}


def _mean(given: Values, response: str = "coverage", sector: str = "all") -> float:
    return math.fsum(_replications(given["troops"], given["seed"])[sector, response]) / N_REPLICATIONS


@dataclass(frozen=True, slots=True)
class _Run(Exact):
    """A number that a run gives, the same for whoever makes it with the same level, seed and replications."""

    relative: float = 1e-4

    def _tell(self, found: float, right: float) -> str:
        """Say what another run would be, which gives a number near by."""
        return _OTHER_RUN if math.isclose(found, right, rel_tol=0.04) else Exact._tell(self, found, right)


_OTHER_RUN = (
    "near, as another run would be, or a look at the figure. The same level, the same seed and just as many "
    "replications give the same number again, digit by digit: are all three as the exercise has them?"
)


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
_BINDING, _NEXT = -1, -2
"""Places in the order of what tasks fall short by."""


def _fills(luck: np.random.Generator) -> dict[str, Given]:
    """Patrols are done least and can hardly be done better; another task binds."""
    at_most = luck.uniform(0.72, 0.88)
    patrols = at_most - luck.uniform(0.02, 0.05)
    two = luck.permutation([patrols + luck.uniform(0.02, 0.06), luck.uniform(0.945, 0.965)])
    shares = [round(float(one), 3) for one in (patrols, *two, luck.uniform(0.975, 0.99), at_most)]
    words = ("areas covered by patrols", "sites protected", "checkpoints manned", "crossing points manned")
    given = {name: Given(share, "share", said) for name, share, said in zip(_TASKS, shares, words, strict=False)}
    return {**given, "patrols_at_most": Given(shares[-1], "share", "areas covered if all patrols go out")}


def _done(given: Values) -> list[float]:
    return [float(given[name]) for name in _TASKS]


def _shortfalls(given: Values) -> list[float]:
    """By how much each task falls short of what it can reach."""
    at_most = [float(given["patrols_at_most"]), 1.0, 1.0, 1.0]
    return [most - share for most, share in zip(at_most, _done(given), strict=True)]


def _coverage_and_gain(given: Values, place: int = _BINDING) -> tuple[float, float]:
    """Coverage, and the points that it gains if one task is done as far as can be."""
    return _with_rise(given, sorted(_shortfalls(given))[place])


def _with_rise(given: Values, rise: float) -> tuple[float, float]:
    """Coverage, and the points that it gains if the share of one task rises by so much."""
    return math.fsum(_done(given)) / len(_TASKS), _POINTS * rise / len(_TASKS)


def _afterwards(given: Values) -> float:
    coverage, gain = _coverage_and_gain(given)
    return _POINTS * coverage + gain


_GAIN = Exact(_coverage_and_gain)
_GAIN_MISTAKES = (
    Mistake(
        "the smallest share",
        lambda given: _with_rise(given, _shortfalls(given)[0]),
        "Perhaps this is for the task with the smallest share. With soldiers enough it would hardly do better: which "
        "one falls furthest short of what it can reach?",
    ),
    Mistake(
        "the smallest share, up to 1",
        lambda given: _with_rise(given, 1 - min(_done(given))),
        "Perhaps the smallest share is taken up to 1. That of patrols never gets there, however many go out: which "
        "task falls furthest short of what it can reach?",
    ),
    Mistake(
        "not shared by four",
        lambda given: (_coverage_and_gain(given)[0], 4 * _coverage_and_gain(given)[1]),
        "Perhaps that is how much the task's own share rises. Coverage is the mean of four shares.",
    ),
    Mistake(
        "the next to bind",
        lambda given: _coverage_and_gain(given, _NEXT),
        "Perhaps this is for another task: there is one that falls further short of what it can reach.",
    ),
    Mistake(
        "all of them",
        lambda given: _with_rise(given, math.fsum(_shortfalls(given))),
        "Perhaps all four are done as far as can be: only the one that binds is to be, the others stay as they are.",
    ),
    Mistake(
        "least instead of mean",
        lambda given: (min(_done(given)), _coverage_and_gain(given)[1]),
        "Perhaps the first is the smallest share: coverage is their mean.",
    ),
    Mistake(
        "as a share",
        lambda given: (_coverage_and_gain(given)[0], _coverage_and_gain(given)[1] / _POINTS),
        "The second number: a percentage point is a hundredth.",
    ),
    Mistake(
        "per cent",
        lambda given: (_coverage_and_gain(given)[0], _coverage_and_gain(given)[1] / _coverage_and_gain(given)[0]),
        "Perhaps the second is in per cent of the coverage: points are not divided by it.",
    ),
    Mistake(
        "the wrong way round",
        lambda given: _coverage_and_gain(given)[::-1],
        "Perhaps they are the wrong way round: the coverage first, then the gain.",
    ),
    Mistake(
        "coverage afterwards",
        lambda given: (_coverage_and_gain(given)[0], _afterwards(given)),
        "Perhaps the second is the coverage afterwards: the gain is by how much it rises.",
    ),
)

CHECKS: tuple[Check, ...] = (
    Check(
        "6a",
        f"one number: mean coverage over {N_REPLICATIONS} replications of your level and seed, as a share such as 0.25",
        _Run(_mean),
        (
            Mistake(
                "in proportion",
                lambda given: _AT_GATE_ONE * given["troops"] / _GATE_ONE,
                "So it would be if coverage were in proportion to soldiers. Is the curve a straight line "
                "through nothing? Run the level.",
            ),
            Mistake(
                "patrols only",
                lambda given: _mean(given, "patrol_coverage"),
                "Perhaps this is the coverage of the patrol areas alone. The response that is asked for is `coverage`.",
            ),
            Mistake(
                "checkpoints only",
                lambda given: _mean(given, "checkpoint_fill"),
                "Perhaps this is the share of checkpoint-hours manned. The response that is asked for is `coverage`.",
            ),
            Mistake(
                "a sector",
                lambda given: _mean(given, sector="centre"),
                "Perhaps this is one sector. The row of the whole theatre has `all` in the column `sector`.",
            ),
            Mistake(
                "a replication",
                lambda given: _replications(given["troops"], given["seed"])["all", "coverage"][0],
                "Perhaps this is the first replication alone: the mean over all of them is asked for.",
            ),
            Mistake(
                "share of the soldiers",
                lambda given: given["troops"] / _IN_2009,
                "Perhaps this is the share of the soldiers of 2009 who are still there, not of the work that they do.",
            ),
            Mistake(
                "the file's seed",
                lambda given: _mean({**given, "seed": None}),
                "Perhaps the seed is left out, and the runs are those of the file's own seed: yours is in the table.",
            ),
        ),
        _own_run,
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
        _GAIN,
        _GAIN_MISTAKES,
        drawn_apart(_fills, _GAIN, _GAIN_MISTAKES),
    ),
    BY_HALVES,
    VERDICTS,
    OWN_GATE,
)
"""In the order of the exercises."""
