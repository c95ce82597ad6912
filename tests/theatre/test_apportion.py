"""Sainte-Lague: the laws it is chosen for, and an example by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.apportion import award_order, sainte_lague

WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


def test_example_by_hand() -> None:
    # Quotients of 53: 53, 17.67, 10.6, 7.57; of 24: 24, 8, 4.8; of 23: 23, 7.67. The seven largest:
    # 53 24 23 17.67 10.6 8 7.67.
    assert sainte_lague(7, [53, 24, 23]).tolist() == [3, 2, 2]
    assert award_order(7, [53, 24, 23]).tolist() == [0, 1, 2, 0, 0, 1, 2]


def test_ties_go_to_the_lower_index() -> None:
    assert sainte_lague(1, [5, 5, 5]).tolist() == [1, 0, 0]
    # The first seat of weight 1 and the second of weight 3 have the same claim.
    assert award_order(3, [1, 3]).tolist() == [1, 0, 1]


@given(n=st.integers(0, 300), weights=WEIGHTS)
def test_no_other_method_but_the_definition(n: int, weights: list[int]) -> None:
    seats = [0] * len(weights)
    for _ in range(n):
        claims = [Fraction(weight, 2 * seat + 1) for weight, seat in zip(weights, seats, strict=True)]
        seats[claims.index(max(claims))] += 1
    # Exact fractions decide near ties that floats cannot see; none is so near for weights of six digits.
    assert sainte_lague(n, weights).tolist() == seats


@given(n=st.integers(0, 60_000), more=st.integers(0, 50), weights=WEIGHTS)
def test_sum_and_house_monotonicity(n: int, more: int, weights: list[int]) -> None:
    seats, larger = sainte_lague(n, weights), sainte_lague(n + more, weights)
    assert seats.sum() == n
    assert larger.sum() == n + more
    assert np.all(larger >= seats)
    assert not seats[np.array(weights) == 0].any()


@given(weights=st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=8))
def test_house_monotonicity_with_broken_weights(weights: list[float]) -> None:
    houses = np.array([sainte_lague(n, weights) for n in range(120)])
    assert np.all(np.diff(houses, axis=0) >= 0)
    assert np.all(np.diff(houses.sum(axis=1)) == 1)


@given(n=st.integers(0, 400), cut=st.integers(0, 400), weights=WEIGHTS)
def test_a_list_in_award_order_is_fair_wherever_it_is_cut(n: int, cut: int, weights: list[int]) -> None:
    cut = min(cut, n)
    first = award_order(n, weights)[:cut]
    assert np.bincount(first, minlength=len(weights)).tolist() == sainte_lague(cut, weights).tolist()


@pytest.mark.parametrize(
    ("n", "weights", "says"),
    [(-1, [1.0], "-1 seats"), (1, [0.0, 0.0], "above 0"), (1, [-1.0, 2.0], "finite numbers"), (1, [np.nan], "finite")],
)
def test_what_cannot_be_shared_out(n: int, weights: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        sainte_lague(n, weights)


def test_no_seats_need_no_weights() -> None:
    assert sainte_lague(0, [0.0, 0.0]).tolist() == [0, 0]
