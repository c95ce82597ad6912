"""Hints of the last four lessons: what students mix up is told by name, and a neighbour's answer is no help."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import simpy
from scipy import stats

import sim.theory
from sim.experiment import run
from sim.statistics import mean_interval
from sim.teach import CHECKS, Exact, State, Student, scenario
from sim.teach.files import NO_EXTENDS, NO_LIKE, NO_SOURCE, NOTHING_ELSE
from sim.teach.lessons.how_many_troops import OWN_RUNS
from sim.teach.lessons.is_it_right import _deviation_min
from sim.teach.lessons.planted_faults import FIRST, SECOND, Fault, as_function

STUDENTS = [Student(f"code word {number}") for number in range(50)]
LATER = [id for id in CHECKS if id[0] in "4567"]
WITH_NUMBERS = [id for id in LATER if isinstance(CHECKS[id].kind, Exact) or id in ("4f", "4g", "5e")]
GENERAL = ("too large", "too small", "near, but not by rounding")
LAW_MIN = 60 * float(sim.theory.mmc_wait(2, 30, 20))


@pytest.mark.parametrize("id", WITH_NUMBERS)
def test_neighbours_have_other_answers(id: str) -> None:
    assert len({str(CHECKS[id].kind.right(student.given(id))) for student in STUDENTS}) >= 10


def test_neighbours_run_other_levels() -> None:
    assert len({student.given("6a")["troops"] for student in STUDENTS}) >= 10


def results(fault: Fault) -> list[tuple[float, float]]:
    """Mean and half width of vehicles an hour, utilisation and wait, of 2 lanes with 30 vehicles an hour."""
    names = re.findall(r"# \((\w+)\)", fault.program)
    program = as_function(fault.labelled(dict.fromkeys(names, 10)), np=np, simpy=simpy)
    runs = np.array([program(30, 3, lanes=2, hours=50, seed=seed) for seed in range(1, 21)])
    return [(one.mean, one.half_width) for one in (mean_interval(column, 0.999) for column in runs.T)]


@pytest.mark.parametrize("fault", FIRST + SECOND, ids=lambda fault: fault.line)
def test_a_planted_fault_shows_in_the_wait_alone(fault: Fault) -> None:
    (vehicles, vehicles_half), (busy, busy_half), (wait, wait_half) = results(fault)
    assert abs(vehicles - 30) <= vehicles_half
    assert abs(busy - 0.75) <= max(busy_half, 0.001)
    assert abs(wait - LAW_MIN) > 2 * wait_half
    wanted = {
        "wait": LAW_MIN + 3,
        "lanes": 60 * float(sim.theory.mmc_wait(3, 30, 20)),
        "check": LAW_MIN / 2,
        "gap": 0.6 * LAW_MIN,
        "stream": LAW_MIN / 3,
    }
    assert wait == pytest.approx(wanted[fault.line], abs=max(wait_half, 0.05))


@pytest.mark.parametrize(("id", "faults"), [("4f", FIRST), ("4g", SECOND)])
def test_of_a_program_each_line_has_its_own_words_and_one_is_right(id: str, faults: tuple[Fault, ...]) -> None:
    planted = set()
    for student in STUDENTS:
        labels = [int(one) for one in re.findall(r"# \((\d+)\)", str(student.given(id)["program"]))]
        verdicts = {label: student.check(id, label) for label in labels}
        (right,) = (label for label, verdict in verdicts.items() if verdict.state is State.RIGHT)
        planted.add(labels.index(right))
        assert len({verdict.words for verdict in verdicts.values()}) == len(labels)
        assert not any("No line" in verdict.words for verdict in verdicts.values())
        assert student.check(id, f"line ({right})").state is State.RIGHT
        assert "No line has this label" in student.check(id, 9).words
    assert len(planted) == len(faults)


def simulated_waits(given: Any, hours: float, seed: int) -> list[float]:
    """As the notebook has them [min]."""
    luck = np.random.default_rng(seed)
    arrives, free, waits = 0.0, [0.0] * given["lanes"], []
    while arrives < 60 * hours:
        arrives += luck.exponential(60 / given["vehicles_per_h"])
        first = free.index(min(free))
        starts = max(arrives, free[first])
        free[first] = starts + luck.exponential(given["check_min"])
        waits.append(starts - arrives)
    return waits


def test_an_interval_of_as_many_hours_as_the_notebook_says_is_taken() -> None:
    for student in STUDENTS[:2]:
        means = [float(np.mean(simulated_waits(student.given("4e"), 400, seed))) for seed in range(1, 21)]
        found = mean_interval(means, confidence=0.999)
        ends = (found.mean - found.half_width, found.mean + found.half_width)
        assert student.check("4e", ends).state is State.RIGHT
        assert "comes first" in student.check("4e", (found.mean, found.half_width)).words
        assert "would fit many programs" in student.check("4e", (-found.mean, 3 * found.mean)).words


def test_an_interval_is_as_wide_as_luck_makes_it() -> None:
    means = [float(np.mean(simulated_waits(STUDENTS[0].given("4e"), 400, seed))) for seed in range(100, 140)]
    degrees = len(means) - 1
    low, high = np.sqrt(stats.chi2.ppf((0.0005, 0.9995), degrees) / degrees)
    assert low < np.std(means, ddof=1) / _deviation_min(STUDENTS[0].given("4e")) < high
    for student in STUDENTS:
        given: Any = student.given("4e")
        law = 60 * float(sim.theory.mmc_wait(given["lanes"], given["vehicles_per_h"], 60 / given["check_min"]))
        for share in (1e-9, 0.001, 0.01):
            assert "n is 20" in student.check("4e", (law * (1 - share), law * (1 + share))).words
        for share in (0.1, 0.15):
            assert student.check("4e", (law * (1 - share), law * (1 + share))).state is State.RIGHT


def test_a_wait_in_the_check_is_not_taken_for_days_and_weeks() -> None:
    for student in (Student("rev0 wort"), *STUDENTS):
        right: Any = CHECKS["4c"].kind.right(student.given("4c"))
        wait, check = right
        assert "second number is the whole time" in student.check("4c", (wait, wait + check)).words


def covered(given: Any, seed: int, **other: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Shares of the runs behind a student's intervals, shape (200, runs)."""
    mine = {**given, **other}
    luck = np.random.default_rng([seed, mine["areas"]])
    ages_h = luck.exponential(24 / mine["visits_per_day"], size=(200, int(mine["runs"]), int(mine["areas"])))
    return np.asarray((ages_h <= mine["window_h"]).mean(axis=2))


def intervals(shares: Any, *, ddof: int = 1, **other: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    halves = np.array([half(row, ddof=ddof, **other) for row in shares])
    return np.stack((shares.mean(axis=1) - halves, shares.mean(axis=1) + halves), axis=1)


def test_honest_intervals_are_taken_for_any_code_word_and_seed() -> None:
    for number, seed in itertools.product(range(200), range(2)):
        student = Student(f"honest {number}")
        shares = covered(student.given("5d"), seed)
        n = shares.shape[1]
        halves = stats.t.ppf(0.975, n - 1) * shares.std(axis=1, ddof=1) / math.sqrt(n)
        rows = np.stack((shares.mean(axis=1) - halves, shares.mean(axis=1) + halves), axis=1)
        for answer in (rows, rows.clip(0, 1), rows.astype(np.float32)):
            assert student.check("5d", answer).state is State.RIGHT, (student, seed)


INTERVALS: list[tuple[str, Callable[[Any], object]]] = [
    ("`ddof=1` in NumPy", lambda g: intervals(covered(g, 1), ddof=0)),
    ("factor is 1.96. Of so", lambda g: intervals(covered(g, 1), t=1.96)),
    ("for two reasons", lambda g: intervals(covered(g, 1), t=1.96, ddof=0)),
    ("as there are runs", lambda g: intervals(covered(g, 1), lost=0)),
    ("on one side", lambda g: intervals(covered(g, 1), q=0.95)),
    ("without the factor t", lambda g: intervals(covered(g, 1), t=1)),
    (
        "scatter of single runs",
        lambda g: intervals(covered(g, 1), t=stats.t.ppf(0.975, g["runs"] - 1) * g["runs"] ** 0.5),
    ),
    ("not t s/√n", lambda g: intervals(covered(g, 1), q=0.995)),
    ("`runs` and `areas`", lambda g: intervals(covered(g, 1, areas=g["areas"] - 5))),
    ("`runs` and `areas`", lambda g: intervals(covered(g, 1, areas=g["areas"] - 1))),
    ("`runs` and `areas`", lambda g: intervals(covered(g, 1, runs=g["runs"] + 1))),
    ("true coverage", lambda g: intervals(covered(g, 1, window_h=g["window_h"] + 1))),
    ("look rounded", lambda g: intervals(covered(g, 1)).round(3)),
]


@pytest.mark.parametrize(("told", "wrong"), INTERVALS)
def test_how_intervals_are_made_is_seen(told: str, wrong: Callable[[Any], object]) -> None:
    for student in STUDENTS[:20]:
        verdict = student.check("5d", wrong(student.given("5d")))
        assert verdict.state is State.WRONG and told in verdict.words, (student.code_word, verdict)


def test_no_level_is_taken_for_another_one() -> None:
    kind = CHECKS["6a"].kind
    given = [{"troops": troops, "seed": seed} for troops, seed in OWN_RUNS]
    right: list[Any] = [kind.right(mine) for mine in given]
    for mine, (other, answer) in itertools.product(given, zip(given, right, strict=True)):
        for rounded in (answer, round(answer, 3)):
            assert (kind.judge(rounded, mine) is None) == (mine == other), (mine, other)
    for mine, answer in zip(given, right, strict=True):
        for other_run in (0.97 * answer, 1.003 * answer):
            assert "the same seed" in str(kind.judge(other_run, mine))


def test_what_binds_is_not_the_smallest_share_but_the_largest_shortfall() -> None:
    """As the notebook has it, for the model and for a student's numbers."""
    found = run(scenario("kfor-gates"), troops=[10_200, 14_000], replications=4).summary()
    means = found[found["sector"] == "all"].pivot(index="response", columns="troops", values="mean")
    four = means.loc[["patrol_coverage", "site_protection", "checkpoint_fill", "crossing_fill"]]
    now, at_most = four[10_200].to_dict(), four[14_000].to_dict()
    assert min(now, key=lambda task: now[task]) == "patrol_coverage"
    assert max(now, key=lambda task: at_most[task] - now[task]) == "checkpoint_fill"
    assert [round(one["patrol_coverage"], 3) for one in (now, at_most)] == [0.855, 0.860]
    for student in STUDENTS:
        given: Any = student.given("6d")
        shares = [given[name] for name in ("patrols", "sites", "checkpoints", "crossing_points")]
        assert min(shares) == given["patrols"]
        coverage = sum(shares) / 4
        said = student.check("6d", (coverage, 100 * (given["patrols_at_most"] - given["patrols"]) / 4)).words
        assert "With soldiers enough it would hardly do better" in said
        assert "never gets there" in student.check("6d", (coverage, 25 * (1 - given["patrols"]))).words


FORCE = '[force]\nsection_size = 5\n\n[sources]\nforce = "assumption: mine"\n'
OF_FILES = [
    ("6g", 'extends = "kfor-gates.toml"\n', "", NO_EXTENDS),
    ("6g", "[sources]\n", FORCE, NOTHING_ELSE),
    ("6g", 'like = "gates"\n', 'like = "gates"\nrouting = "systematic"\n', NOTHING_ELSE),
    ("6g", 'like = "gates"\n', "", NO_LIKE),
    ("6g", "[policy.three-gates.stages.gate-2]", "[policy.one-gate.stages.gate-2]", NO_LIKE),
    ("6g", '"policy.three-gates" =', '"policy.one-gate" =', NO_SOURCE),
    ("6g", "decided_on = 2010-10-29", "decided_on = 2010-10-28", "at both days of each"),
    ("6g", "strength = 5000", "strength = 5100", "look at the strength"),
    ("6g", ".stages.gate-3]", ".stages.last]", ""),
    ("6g", 'title = "Three gates"', 'title = "Mine"', ""),
    ("7g", 'extends = "lesson.toml"\n', "", NO_EXTENDS),
    ("7g", "[sources]\n", FORCE, NOTHING_ELSE),
    ("7g", "stages = {}\n", 'stages = {}\nrouting = "systematic"\n', NOTHING_ELSE),
    ("7g", 'like = "two-stages"\n', "", NO_LIKE),
    ("7g", '"policy.mine" =', '"policy.other" =', NO_SOURCE),
    ("7g", "stages = {}\n", "", "stages beside a ramp"),
    ("7g", "curve = 0.5", "curve = 0.9", ""),
]


@pytest.mark.parametrize(("id", "old", "new", "told"), OF_FILES)
def test_a_file_changes_what_is_asked_for_and_the_cause_is_told(id: str, old: str, new: str, told: str) -> None:
    text = str(CHECKS[id].kind.right(STUDENTS[0].given(id)))
    assert text.count(old) == 1
    verdict = STUDENTS[0].check(id, text.replace(old, new))
    assert (told in verdict.words) if told else (verdict.state is State.RIGHT), verdict


def runs(given: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(given["coverages"].split(), dtype=float)


def half(values: Any, *, q: float = 0.975, ddof: int = 1, lost: int = 1, t: float | None = None) -> float:
    """Half width as a student works it out."""
    factor = stats.t.ppf(q, len(values) - lost) if t is None else t
    return float(factor * np.std(values, ddof=ddof) / math.sqrt(len(values)))


def upper(given: Any) -> float:
    return 0.5 + float(given["confidence"]) / 200


def differences(given: Any) -> list[float]:
    return [given[f"cut_{k}"] - given[f"hold_{k}"] for k in range(1, 6)]


def with_half(given: Any, half_width: float) -> tuple[float, float]:
    return float(np.mean(differences(given))), half_width


def together(given: Any, factors: Callable[[float], float]) -> tuple[float, float]:
    error = given["deviation"] / math.sqrt(given["n"])
    return factors(0.05) * error, factors(0.05 / given["m"]) * error


NEAR_MISSES: list[tuple[str, str, Callable[[Any], object]]] = [
    ("4b", "what all lanes check", lambda g: 60 * sim.theory.mmc_wait(g["lanes"], g["vehicles_per_h"], _all(g))),
    ("5a", "divided by n", lambda g: half(runs(g), q=upper(g), ddof=0)),
    ("5a", "normal law", lambda g: half(runs(g), t=stats.norm.ppf(upper(g)))),
    ("5a", "two things at once", lambda g: half(runs(g), t=stats.norm.ppf(upper(g)), ddof=0)),
    ("5a", "degrees of freedom as there are runs", lambda g: half(runs(g), q=upper(g), lost=0)),
    ("5a", "half width for 95 %", lambda g: half(runs(g))),
    ("5a", "factor is 1.96", lambda g: half(runs(g), t=1.96)),
    ("5a", "without the factor t", lambda g: half(runs(g), t=1)),
    ("5a", "both sides", lambda g: half(runs(g), q=g["confidence"] / 100)),
    ("5c", "1.96", lambda g: [half(rows, t=1.96) for rows in (np.repeat(runs(g), g["copies"]), runs(g))]),
    ("5c", "divided by n", lambda g: [half(rows, ddof=0) for rows in (np.repeat(runs(g), g["copies"]), runs(g))]),
    ("7a", "1.96, and", lambda g: with_half(g, half(differences(g), t=1.96, ddof=0))),
    ("7a", "without Student's factor", lambda g: with_half(g, half(differences(g), t=1))),
    ("7a", "on one side", lambda g: with_half(g, half(differences(g), q=0.95))),
    ("7a", "degrees of freedom as there are pairs", lambda g: with_half(g, half(differences(g), lost=0))),
    ("7c", "normal law", lambda g: together(g, lambda error: stats.norm.ppf(1 - error / 2))),
    ("7c", "degrees of freedom", lambda g: together(g, lambda error: stats.t.ppf(1 - error / 2, g["n"]))),
    ("7c", "on one side", lambda g: together(g, lambda error: stats.t.ppf(1 - error, g["n"] - 1))),
]


def _all(given: Any) -> float:
    return float(given["lanes"] * 60 / given["check_min"])


@pytest.mark.parametrize(("id", "told", "wrong"), NEAR_MISSES, ids=[f"{id} {told}" for id, told, _ in NEAR_MISSES])
def test_a_near_miss_is_called_by_its_name(id: str, told: str, wrong: Callable[[Any], object]) -> None:
    n_told = 0
    for student in STUDENTS:
        verdict = student.check(id, wrong(student.given(id)))
        assert verdict.state is State.WRONG, (student.code_word, verdict)
        assert not any(words in verdict.words.casefold() for words in GENERAL), (student.code_word, verdict)
        n_told += told in verdict.words
    assert n_told >= 0.8 * len(STUDENTS)


def test_the_median_of_differences_is_not_their_mean() -> None:
    for student in STUDENTS:
        given = student.given("7a")
        median = float(np.median(differences(given)))
        assert student.check("7a", (median, half(differences(given)))).state is State.WRONG


def test_ranks_and_hours_that_count_from_zero_are_told_so() -> None:
    for student in STUDENTS:
        ranks: Any = CHECKS["5e"].kind.right(student.given("5e"))
        low, high = ranks
        assert "count from 0" in student.check("5e", (low - 1, high - 1)).words
        cut = CHECKS["5f"].kind.right(student.given("5f"))
        assert isinstance(cut, int)
        assert "One too few" in student.check("5f", cut - 1).words
        assert "One too many" in student.check("5f", cut + 1).words
