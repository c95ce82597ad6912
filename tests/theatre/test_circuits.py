"""Circuits: closed tours through every point, short ones."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.theatre.circuits import circuit, tour_length_km

ORIGIN = np.zeros(2)


@given(n=st.integers(0, 40), seed=st.integers(0, 1000))
def test_a_circuit_visits_each_point_once_and_no_exchange_shortens_it(n: int, seed: int) -> None:
    points = np.random.default_rng(seed).random((n, 2))
    tour = circuit(points, ORIGIN)
    assert sorted(tour.tolist()) == list(range(n))
    length = tour_length_km(points, tour)
    for i in range(n):
        for j in range(i + 2, n + 1):
            other = np.concatenate([tour[:i], tour[i:j][::-1], tour[j:]])
            assert tour_length_km(points, other) >= length - 1e-7


@pytest.mark.parametrize("seed", range(5))
def test_near_the_shortest_tour_of_seven_points(seed: int) -> None:
    points = np.random.default_rng(seed).random((7, 2))
    shortest = min(tour_length_km(points, np.array([0, *rest])) for rest in permutations(range(1, 7)))
    assert shortest <= tour_length_km(points, circuit(points, ORIGIN)) * (1 + 1e-12) <= 1.1 * shortest


def test_a_ring_of_points_is_walked_around_from_the_nearest() -> None:
    angle = np.array([0, 4, 2, 6, 1, 5, 3, 7]) * np.pi / 4
    points = np.column_stack([np.cos(angle), np.sin(angle)])
    tour = circuit(points, np.array([0.0, -2.0]))
    assert tour[0] == 3
    assert tour_length_km(points, tour) == pytest.approx(16 * np.sin(np.pi / 8))
