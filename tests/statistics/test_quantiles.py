"""Quantile intervals: exact coverage, the choice of ranks by brute force, infinite values, and what is refused."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from sim.statistics import interval_ranks, quantile_interval

SEED = 20010102


def exact_coverage(n: int, q: float, low: int, high: int) -> float:
    return float(binom.pmf(np.arange(low, high), n, q).sum())


@pytest.mark.parametrize(("n", "q", "exact"), [(47, 0.9, 0.9518), (20, 0.5, 0.9586), (58, 0.75, 0.9511)])
def test_coverage_is_the_binomial_probability(n: int, q: float, exact: float) -> None:
    low, high = interval_ranks(n, q)
    coverage = exact_coverage(n, q, low, high)
    assert coverage == pytest.approx(exact, abs=5e-4)
    n_studies = 1000
    values = np.random.default_rng(SEED).exponential(size=(n_studies, n))
    truth = -math.log(1 - q)
    intervals = [quantile_interval(row, q) for row in values]
    covered = np.mean([found.low <= truth <= found.high for found in intervals])
    assert covered == pytest.approx(coverage, abs=3.2905 * math.sqrt(coverage * (1 - coverage) / n_studies))
    assert 0.93 <= covered <= 0.97


def test_ties_only_raise_the_coverage() -> None:
    values = np.random.default_rng(SEED).binomial(4, 0.5, size=(1000, 30))  # its 0.6-quantile is 2
    covered = np.mean([found.low <= 2 <= found.high for found in (quantile_interval(row, 0.6) for row in values)])
    assert covered >= 0.99


@settings(deadline=None)
@given(st.integers(1, 40), st.floats(0.02, 0.98), st.floats(0.5, 0.999))
def test_ranks_are_the_best_of_all_pairs(n: int, q: float, confidence: float) -> None:
    def cost(low: int, high: int) -> tuple[int, int, float, int]:
        imbalance = abs(binom.cdf(low - 1, n, q) - binom.sf(high - 1, n, q)) if high <= n else binom.cdf(low - 1, n, q)
        return (low == 0) + (high == n + 1), high - low, round(float(imbalance), 9), low

    cumulated = np.concatenate(([0.0], np.cumsum(binom.pmf(np.arange(n + 1), n, q))))
    pairs = [(low, high) for low in range(n + 1) for high in range(low + 1, n + 2)]
    coverages = {pair: cumulated[pair[1]] - cumulated[pair[0]] for pair in pairs}
    found = interval_ranks(n, q, confidence)
    assert coverages[found] >= confidence - 1e-9
    allowed = [pair for pair in pairs if coverages[pair] >= confidence + 1e-9]
    if allowed:
        assert cost(*found) <= min(cost(*pair) for pair in allowed)


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=30), st.floats(0.05, 0.95), st.floats(0.5, 0.99))
def test_interval_is_around_the_quantile_and_keeps_the_order(values: list[float], q: float, confidence: float) -> None:
    found = quantile_interval(values, q, confidence)
    assert found.low <= found.value <= found.high
    assert found.n == len(values)
    assert quantile_interval(values[::-1], q, confidence) == found
    at_or_below = sum(value <= found.value for value in values)
    assert at_or_below >= q * len(values) - 1e-9
    assert sum(value < found.value for value in values) <= q * len(values) + 1e-9


def test_by_hand() -> None:
    # n = 5, median: P(B = 0) = P(B = 5) = 1/32, and 1 - 2/32 = 0.9375 is too little for 0.95 but enough for 0.9375.
    found = quantile_interval([5, 3, 1, 2, 4], 0.5, 0.9375)
    assert (found.value, found.low, found.high) == (3, 1, 5)
    unbounded = quantile_interval([5, 3, 1, 2, 4], 0.5, 0.95)
    assert [unbounded.low, unbounded.high].count(math.inf) + [unbounded.low, unbounded.high].count(-math.inf) == 1
    # 0.9^28 = 0.0523 leaves more than 5 % above the largest of 28 values, 0.9^29 = 0.0471 does not.
    assert interval_ranks(28, 0.9)[1] == 29
    assert interval_ranks(29, 0.9)[1] == 29
    assert quantile_interval([1.0], 0.5).low == -math.inf
    assert quantile_interval([1.0], 0.5).high == math.inf


def test_the_rank_of_the_value_is_free_of_rounding() -> None:
    assert 10 * 0.7 > 7 or 100 * 0.07 > 7  # what a bare ceiling would stumble over
    assert quantile_interval(range(1, 11), 0.7).value == 7
    assert quantile_interval(range(1, 101), 0.07).value == 7


def test_infinite_values_are_values() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, math.inf, math.inf, math.inf]
    found = quantile_interval(values, 0.5, 0.9)
    assert found.value == 5
    assert math.isfinite(found.low)
    assert found.high == math.inf  # the eighth value
    assert quantile_interval(values, 0.9, 0.5).value == math.inf


@pytest.mark.parametrize(
    ("values", "q", "confidence", "message"),
    [
        ([], 0.5, 0.95, r"values has shape \(0,\); allowed: \(n,\) with n >= 1"),
        ([1.0, math.nan], 0.5, 0.95, "values has 1 nan of 2"),
        ([1.0], 0.0, 0.95, r"q is 0.0; allowed: \(0, 1\)"),
        ([1.0], math.nan, 0.95, r"q is nan; allowed: \(0, 1\)"),
        ([1.0], 0.5, 1.0, r"confidence is 1.0; allowed: \(0, 1\)"),
    ],
)
def test_what_is_refused(values: list[float], q: float, confidence: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        quantile_interval(values, q, confidence)
    with pytest.raises(ValueError, match=re.escape("n is 0; allowed: 1 or more")):
        interval_ranks(0, 0.5)
