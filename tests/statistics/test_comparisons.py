"""Comparisons: coverage one by one and together, Holm by brute force and by definition, the error of decisions."""

from __future__ import annotations

import math
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

from sim.statistics import (
    PairedDifference,
    all_pairs,
    compare_pairs,
    holm,
    not_worse,
    paired_difference,
    variance_ratio,
    within_interval,
)

SEED = 20010103
N_STUDIES = 1000
NAN = math.nan
probabilities = st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.02, 0.025, 0.04, 0.05, 0.3, 1.0]) | st.floats(0, 1))


def upper_bound(share: float) -> float:
    """Return what the share found in all studies stays below in 99.95 % of cases."""
    return share + 3.2905 * math.sqrt(share * (1 - share) / N_STUDIES)


def correlated_studies(k: int, n: int, mean: float = 0.0) -> NDArray[np.float64]:
    """Return studies of k alternatives, the first of mean 0, that share most of a replication's luck."""
    rng = np.random.default_rng(SEED)
    values = rng.normal(0, 1, (N_STUDIES, 1, n)) + 0.5 * rng.normal(0, 1, (N_STUDIES, k, n))
    values[:, 1:] += mean
    return values


def test_paired_intervals_cover_the_true_difference() -> None:
    covered = [within_interval(study[1] - study[0], 0.3, 0.95) for study in correlated_studies(2, 12, 0.3)]
    found = [compare_pairs(study, 0)[0] for study in correlated_studies(2, 12, 0.3)]
    assert [abs(pair.difference - 0.3) <= pair.half_width for pair in found] == covered
    assert np.mean(covered) == pytest.approx(0.95, abs=upper_bound(0.05) - 0.05)
    assert 0.93 <= np.mean(covered) <= 0.97
    # (1.25 + 1.25) / 0.5 = 5 as many replications for independent pairs
    assert np.median([pair.variance_ratio for pair in found]) == pytest.approx(5, rel=0.1)


@pytest.mark.parametrize("is_all", [False, True])
def test_simultaneous_intervals_cover_together(is_all: bool) -> None:
    jointly, singly = [], []
    for study in correlated_studies(5, 10):
        family = all_pairs(study) if is_all else compare_pairs(study, 0)
        jointly.append(all(abs(pair.difference) <= pair.simultaneous_half_width for pair in family))
        singly.append(all(abs(pair.difference) <= pair.half_width for pair in family))
    assert 1 - np.mean(jointly) <= upper_bound(0.05)
    assert 1 - np.mean(singly) > upper_bound(0.05)  # which is why the others are wider


def test_holm_keeps_the_family_error_where_all_are_equal() -> None:
    families = [compare_pairs(study, 0) for study in correlated_studies(6, 10)]
    p = np.array([[pair.p_differs for pair in family] for family in families])
    assert np.mean([(holm(row) <= 0.05).any() for row in p]) <= upper_bound(0.05)
    assert np.mean((p <= 0.05).any(axis=1)) > upper_bound(0.05)  # what it is without
    assert np.mean(p[:, 0] <= 0.05) == pytest.approx(0.05, abs=upper_bound(0.05) - 0.05)


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_not_worse_errs_at_the_boundary_as_often_as_it_says(higher_is_better: bool) -> None:
    sign = 1 if higher_is_better else -1
    delta, studies = 0.2, correlated_studies(4, 15, -0.2 * sign)
    families = [compare_pairs(study, 0, delta=delta, higher_is_better=higher_is_better) for study in studies]
    singly = np.mean([family[0].p_not_worse <= 0.05 for family in families])
    assert singly == pytest.approx(0.05, abs=upper_bound(0.05) - 0.05)
    assert np.mean([not_worse(family, 0.95).any() for family in families]) <= upper_bound(0.05)
    # One at the boundary beside two that are far better: what is decided about the one
    studies[:, 2:] += 5 * delta * sign
    families = [compare_pairs(study, 0, delta=delta, higher_is_better=higher_is_better) for study in studies]
    decisions = np.array([not_worse(family, 0.95) for family in families])
    assert decisions[:, 0].mean() <= upper_bound(0.05)
    assert decisions[:, 1:].mean() > 0.9


@settings(deadline=None)
@given(probabilities)
def test_holm_steps_down(p: list[float]) -> None:
    adjusted = holm(p)
    for level in (0.01, 0.05, 0.2):
        left = dict(enumerate(p))
        while left and min(left.values()) * len(left) <= level:
            left.pop(min(left, key=lambda i: left[i]))
        assert [i for i, value in enumerate(adjusted) if value > level] == list(left)


@settings(deadline=None)
@given(probabilities.filter(lambda p: len(p) <= 6))
def test_holm_is_the_closed_test_of_bonferroni(p: list[float]) -> None:
    # The definition: a hypothesis falls if every set that it is in falls, a set by Bonferroni's test of its smallest.
    sets = list(chain.from_iterable(combinations(range(len(p)), size) for size in range(1, len(p) + 1)))
    worst = [max(min(1.0, len(s) * min(p[i] for i in s)) for s in sets if j in s) for j in range(len(p))]
    np.testing.assert_allclose(holm(p), worst)


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(holm([0.04, 0.01, 0.03, 0.005]), [0.06, 0.03, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.01, NAN, 0.02]), [0.03, NAN, 0.04])
    assert holm([]).size == 0


def test_a_comparison_is_the_t_test_of_its_pairs() -> None:
    values = np.random.default_rng(SEED).normal(10, 1, (4, 9))
    values[2, 4] = NAN
    for higher in (True, False):
        family = compare_pairs(values, 1, confidence=0.9, delta=0.3, higher_is_better=higher)
        assert [(pair.a, pair.b, pair.n) for pair in family] == [(0, 1, 9), (2, 1, 8), (3, 1, 9)]
        for pair in family:
            kept = ~np.isnan(values[pair.a] - values[pair.b])
            difference = (values[pair.a] - values[pair.b])[kept]
            interval = paired_difference(values[pair.a][kept], values[pair.b][kept], 0.9)
            assert (pair.difference, pair.half_width) == pytest.approx((interval.mean, interval.half_width))
            together = ttest_1samp(difference, 0).confidence_interval(1 - 0.1 / 3)
            assert pair.simultaneous_half_width == pytest.approx((together.high - together.low) / 2)
            assert pair.p_differs == pytest.approx(ttest_1samp(difference, 0).pvalue)
            gain = difference if higher else -difference
            one_sided = ttest_1samp(gain, -0.3, alternative="greater").pvalue
            assert pair.p_not_worse == pytest.approx(one_sided)
            a, b = values[pair.a][kept], values[pair.b][kept]
            ratio = (np.var(a, ddof=1) + np.var(b, ddof=1)) / np.var(a - b, ddof=1)
            assert pair.variance_ratio == pytest.approx(ratio)
            assert variance_ratio(values[pair.a], values[pair.b]) == pytest.approx(ratio)


def test_all_pairs_are_all_and_a_family_of_their_own() -> None:
    values = np.random.default_rng(SEED).normal(10, 1, (4, 9))
    family = all_pairs(values)
    assert [(pair.a, pair.b) for pair in family] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    together = ttest_1samp(values[1] - values[3], 0).confidence_interval(1 - 0.05 / 6)
    assert family[4].simultaneous_half_width == pytest.approx((together.high - together.low) / 2)
    [against] = [pair for pair in compare_pairs(values, 3) if pair.a == 1]
    assert (family[4].difference, family[4].half_width) == (against.difference, against.half_width)


@pytest.mark.parametrize(
    ("shift", "p_not_worse", "p_differs"),
    [(0.0, 0, 1), (-0.01, 0, 0), (-0.02, 1, 0), (-0.03, 1, 0), (0.1, 0, 0)],
)
def test_differences_without_variance_are_decided_by_their_sign(
    shift: float, p_not_worse: float, p_differs: float
) -> None:
    hold = np.array([0.7, 0.8, 0.9, 0.95])
    [pair] = compare_pairs([hold, hold + shift], 0, delta=0.02)  # a difference that rounding makes vary
    assert (pair.p_not_worse, pair.p_differs) == (p_not_worse, p_differs)
    assert (pair.half_width, pair.variance_ratio) == (0, math.inf)
    assert pair.difference == pytest.approx(shift, abs=1e-15)
    [mirrored] = compare_pairs([-hold, -hold - shift], 0, delta=0.02, higher_is_better=False)
    assert (mirrored.p_not_worse, mirrored.p_differs) == (p_not_worse, p_differs)


def test_variance_ratio_at_its_limits() -> None:
    assert variance_ratio([1, 2, 4], [2, 3, 5]) == math.inf
    assert math.isnan(variance_ratio([1, 1, 1], [2, 2, 2]))
    assert math.isnan(variance_ratio([1, NAN, 3], [2, 3, NAN]))
    assert variance_ratio([1, 2, 3], [3, 2, 1]) == 0.5
    assert variance_ratio([0.1] * 3, [1, 2, 3]) == pytest.approx(1)


def test_too_few_pairs_decide_nothing() -> None:
    values = [[1.0, 2.0, 3.0], [2.0, NAN, NAN], [NAN, NAN, NAN], [4.0, 5.0, 5.9]]
    one, none, three = compare_pairs(values, 0)
    assert (one.n, one.difference) == (1, 1.0)
    assert none.n == 0
    assert math.isnan(none.difference)
    for pair in (one, none):
        assert all(map(math.isnan, (pair.half_width, pair.simultaneous_half_width, pair.p_not_worse, pair.p_differs)))
    together = ttest_1samp([3, 3, 2.9], 0).confidence_interval(1 - 0.05 / 3)  # untested ones count in the family
    assert three.simultaneous_half_width == pytest.approx((together.high - together.low) / 2)
    assert not_worse([one, none, three]).tolist() == [False, False, True]


@settings(deadline=None)
@given(st.integers(2, 5), st.integers(2, 8), st.randoms(use_true_random=False), st.floats(-100, 100))
def test_swapping_a_pair_turns_its_sign_and_a_shift_of_all_changes_nothing(
    k: int, n: int, random: object, shift: float
) -> None:
    values = np.random.default_rng(getattr(random, "randint")(0, 2**32)).normal(0, 1, (k, n))  # noqa: B009
    forward, backward = all_pairs(values), all_pairs(values[::-1])
    by_pair = {(k - 1 - pair.b, k - 1 - pair.a): pair for pair in backward}
    for pair, moved in zip(forward, all_pairs(values + shift), strict=True):
        assert by_pair[pair.a, pair.b].difference == pytest.approx(-pair.difference)
        assert by_pair[pair.a, pair.b].half_width == pytest.approx(pair.half_width)
        assert moved.difference == pytest.approx(pair.difference, abs=1e-12)
        assert moved.p_differs == pytest.approx(pair.p_differs, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "choices", "message"),
    [
        ([1.0, 2.0], {}, r"values has shape \(2,\); allowed: \(k, n\) with k >= 2"),
        ([[1.0, 2.0]], {}, r"values has shape \(1, 2\)"),
        ([[1.0], [math.inf]], {}, "values has 1 infinite of 2"),
        ([[1.0], [2.0]], {"baseline": 2}, "baseline is 2; allowed: 0 to 1"),
        ([[1.0], [2.0]], {"delta": -0.1}, "delta is -0.1; allowed: 0 or more"),
        ([[1.0], [2.0]], {"delta": NAN}, "delta is nan"),
        ([[1.0], [2.0]], {"confidence": 0.0}, r"confidence is 0.0; allowed: \(0, 1\)"),
    ],
)
def test_what_is_refused(values: object, choices: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare_pairs(values, int(choices.pop("baseline", 0)), **choices)  # type: ignore[arg-type]


def test_what_else_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a has shape \(2,\) and b \(3,\)"):
        variance_ratio([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match=r"p has 2 values outside \[0, 1\]"):
        holm([-0.1, 0.5, 1.1])
    with pytest.raises(ValueError, match="p has shape"):
        holm([[0.1]])
    nothing: list[PairedDifference] = []
    with pytest.raises(ValueError, match="confidence is 2"):
        not_worse(nothing, 2)
