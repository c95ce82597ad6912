"""The sequential rule: its definition by brute force, what its intervals cover, and what is run next."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.statistics import Goal, look_ahead_size, mean_interval, next_n, precision, replications_needed, within_interval

SEED = 20010104
N_STUDIES, N_DOCUMENTED = 1000, 10_000
NAN, INF = math.nan, math.inf
DRAWS: dict[str, tuple[Callable[[np.random.Generator, int], NDArray[np.float64]], float]] = {
    "normal": (lambda rng, n: rng.normal(10, 1, n), 10.0),
    "uniform": (lambda rng, n: rng.uniform(0, math.sqrt(12), n), math.sqrt(3)),
    "exponential": (lambda rng, n: rng.exponential(1, n), 1.0),
}


def documented() -> list[tuple[str, float, float, float, float]]:
    """Return the rows of the table in the module's docstring."""
    rows = [line.split() for line in (precision.__doc__ or "").splitlines()]
    found = [row for row in rows if len(row) == 5 and row[0] in DRAWS]
    return [(name, float(goal), float(n), float(at_n), float(ahead)) for name, goal, n, at_n, ahead in found]


def slow_need(values: list[float], goal: Goal, n_min: int, k: int) -> int | None:
    """Return what the rule says, from its definition."""

    def is_met(n: int) -> bool:
        kept = [value for value in values[:n] if not math.isnan(value)]
        if len(kept) < 2 or INF in kept:
            return False
        found = mean_interval(kept, goal.confidence)
        size = abs(found.mean) if goal.is_relative else 1.0
        return found.half_width <= goal.half_width * size

    for n in range(n_min, len(values) + 1):
        ahead = k if n <= 100 else math.ceil(k * n / 100)
        if n + ahead <= len(values) and all(is_met(m) for m in range(n, n + ahead + 1)):
            return n
    return None


def test_the_table_has_all_rows() -> None:
    assert {row[0] for row in documented()} == set(DRAWS)
    assert len(documented()) == 6


@pytest.mark.parametrize(("name", "share", "mean_n", "at_n", "ahead"), documented())
def test_coverage_is_what_the_docstring_says(name: str, share: float, mean_n: float, at_n: float, ahead: float) -> None:
    draw, truth = DRAWS[name]
    rng, goal = np.random.default_rng(SEED), Goal(share)
    counts, covered = [], []
    for _ in range(N_STUDIES):
        values = draw(rng, math.ceil(30 / share**2))
        n = replications_needed(values, goal)
        assert n is not None
        counts.append(n)
        covered.append([within_interval(values[:m], truth, goal.confidence) for m in (n, n + look_ahead_size(n))])
    for found, claimed in zip(np.mean(covered, axis=0), (at_n, ahead), strict=True):
        error = math.sqrt(claimed * (1 - claimed) * (1 / N_STUDIES + 1 / N_DOCUMENTED))
        assert found == pytest.approx(claimed, abs=3.2905 * error + 0.0005)
    spread = mean_interval(counts, 0.999).half_width
    assert np.mean(counts) == pytest.approx(mean_n, abs=spread * math.sqrt(1 + N_STUDIES / N_DOCUMENTED) + 0.05)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.sampled_from([1.0, 1.0, 2.0, 3.0, 0.0, -2.0, NAN]), max_size=60),
    st.sampled_from([0.1, 0.3, 0.5, 1.0, 2.0]),
    st.booleans(),
    st.integers(2, 12),
    st.integers(0, 8),
)
def test_rule_is_its_definition_and_more_values_do_not_change_it(
    values: list[float], half_width: float, is_relative: bool, n_min: int, k: int
) -> None:
    goal = Goal(half_width, is_relative)
    needed = replications_needed(values, goal, n_min=n_min, look_ahead=k)
    assert needed == slow_need(values, goal, n_min, k)
    following = next_n(values, goal, n_min=n_min, look_ahead=k)
    if needed is None:
        assert len(values) < following <= max(2 * len(values), n_min + k)
    else:
        assert following == len(values)
        assert replications_needed([*values, 99.0, -99.0], goal, n_min=n_min, look_ahead=k) == needed


def test_look_ahead_grows_beyond_a_hundred() -> None:
    values = np.random.default_rng(SEED).normal(0, 1, 400)
    goal = Goal(0.14)
    needed = slow_need(values.tolist(), goal, 3, 5)
    assert needed is not None
    assert needed > 150
    assert replications_needed(values, goal) == needed
    end = needed + math.ceil(needed / 20)
    assert replications_needed(values[:end], goal) == needed
    assert replications_needed(values[: end - 1], goal) is None
    assert next_n(values[: end - 1], goal) == end
    assert [look_ahead_size(n, 5) for n in (1, 100, 101, 120, 121, 1000)] == [5, 5, 6, 6, 7, 50]


def test_luck_is_not_taken_for_precision() -> None:
    values = [1.0, 1.0, 1.0, *[5.0, -3.0] * 60]
    assert replications_needed(values, Goal(0.8), look_ahead=0) == 3
    needed = replications_needed(values, Goal(0.8))
    assert needed is not None
    assert needed > 90


def test_what_is_run_next() -> None:
    goal = Goal(0.1)
    assert next_n([], goal) == 8
    assert next_n([1.0], goal, n_min=10) == 15
    values = np.random.default_rng(SEED).normal(0, 1, 2000)
    half_width = mean_interval(values[:250]).half_width
    estimate = math.ceil(250 * (half_width / 0.1) ** 2)
    assert next_n(values[:250], goal) == estimate + look_ahead_size(estimate)
    assert next_n(values[:20], goal) == 40  # far off: doubled
    n, n_batches = 0, 0
    while replications_needed(values[:n], goal) is None:
        n, n_batches = next_n(values[:n], goal), n_batches + 1
    assert replications_needed(values[:n], goal) == replications_needed(values, goal)
    assert n_batches < 20


def test_nan_counts_as_a_replication_and_infinity_is_never_precise() -> None:
    values = [NAN, 9.0, NAN, 11.0] * 20
    assert replications_needed(values, Goal(0.5), look_ahead=2) == 38
    assert replications_needed([NAN] * 50, Goal(0.5)) is None
    assert next_n([NAN] * 50, Goal(0.5)) == 100
    assert replications_needed([INF, *[1.0] * 50], Goal(0.5)) is None
    assert next_n([INF, *[1.0] * 49], Goal(0.5)) == 100
    assert replications_needed([*[1.0] * 20, INF], Goal(0.5)) == 3


def test_equal_values_and_a_mean_of_zero() -> None:
    assert replications_needed([0.1] * 8, Goal(1e-300)) == 3
    assert replications_needed([0.0] * 8, Goal(0.1, is_relative=True)) == 3
    assert replications_needed([1.0, -1.0] * 50, Goal(0.1, is_relative=True)) is None


def test_small_spreads_of_large_numbers_are_exact() -> None:
    spread = np.random.default_rng(SEED).integers(-8, 9, 200).astype(float)
    goal = Goal(0.75)
    assert (
        replications_needed(spread + 2.0**50, goal)
        == replications_needed(spread, goal)
        == slow_need(spread.tolist(), goal, 3, 5)
    )
    outlier = [*spread, 1e12]  # a great value later does not spoil what was before
    assert replications_needed(outlier, goal) == replications_needed(spread, goal)


@pytest.mark.parametrize(
    ("half_width", "confidence", "message"),
    [
        (0.0, 0.95, "half_width is 0.0; allowed: above 0"),
        (NAN, 0.95, "half_width is nan"),
        (0.1, 1.0, r"confidence is 1.0; allowed: \(0, 1\)"),
    ],
)
def test_goals_that_are_refused(half_width: float, confidence: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Goal(half_width, confidence=confidence)


def test_what_else_is_refused() -> None:
    with pytest.raises(ValueError, match="n_min is 1; allowed: 2 or more"):
        replications_needed([1.0], Goal(1.0), n_min=1)
    with pytest.raises(ValueError, match="look_ahead is -1; allowed: 0 or more"):
        next_n([1.0], Goal(1.0), look_ahead=-1)
    with pytest.raises(ValueError, match=r"values has shape \(1, 1\); allowed: \(n,\)"):
        replications_needed([[1.0]], Goal(1.0))
