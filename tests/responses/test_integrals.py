"""Integrals at edges, against sums step by step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.responses.integrals import Count, Grid, RampIntegral, StepIntegral, day_edges

STEPS = st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 2), st.integers(-5, 5)), max_size=25)
EDGES = st.lists(st.integers(1, 36_000), min_size=1, max_size=6, unique=True).map(lambda edges: [0, *sorted(edges)])
Steps = list[tuple[int, int, int]]


def columns(steps: Steps) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    time_s, sector, delta = np.array(steps, dtype=np.int64).reshape(-1, 3).T
    return time_s, sector, delta.astype(float)


@given(steps=STEPS, edges_s=EDGES, cut=st.integers(0, 25))
def test_integrals_and_counts_are_sums_over_steps(steps: Steps, edges_s: list[int], cut: int) -> None:
    """Every step counts from its own second on; taken in at once or in two parts, in any order."""
    grid = Grid(np.array(edges_s), n_sectors=3)
    integral, ramp, count = StepIntegral(grid), RampIntegral(grid), Count(grid)
    for part in (steps[cut:], steps[:cut]):
        time_s, sector, delta = columns(part)
        integral.add(time_s, sector, delta)
        ramp.add(time_s, sector)
        count.add(time_s, sector)
    integrals = [
        [sum(d * max(0, end_s - t) for t, where, d in steps if where == one) for end_s in edges_s] for one in range(3)
    ]
    ramps = [
        [sum(max(0, end_s - t) ** 2 / 2 for t, where, _ in steps if where == one) for end_s in edges_s]
        for one in range(3)
    ]
    counts = [[sum(t < end_s for t, where, _ in steps if where == one) for end_s in edges_s] for one in range(3)]
    assert integral.at_edges().tolist() == integrals
    assert ramp.at_edges().tolist() == ramps
    assert count.at_edges().tolist() == counts


@pytest.mark.parametrize(
    ("run_length_s", "warm_up_s", "edges_s"),
    [
        (2 * 86_400, 0, [0, 86_400, 172_800]),
        (2 * 86_400, 86_400, [0, 86_400, 172_800]),
        (2 * 86_400, 5 * 3600, [0, 18_000, 86_400, 172_800]),
        (90_000, 3600, [0, 3600, 86_400, 90_000]),
        (3600, 7200, [0, 3600]),
    ],
)
def test_edges_are_those_of_days_and_of_the_warm_up(run_length_s: int, warm_up_s: int, edges_s: list[int]) -> None:
    assert day_edges(run_length_s, warm_up_s).tolist() == edges_s


def test_steps_by_hand() -> None:
    """Three from 00:30, less one from 01:00 sharp; another sector is untouched; a step at the end is too late."""
    grid = Grid(np.array([0, 3600, 7200]), n_sectors=2)
    integral, ramp, count = StepIntegral(grid), RampIntegral(grid), Count(grid)
    time_s, sector = np.array([1800, 3600, 7200]), np.array([1, 1, 1])
    integral.add(time_s, sector, np.array([3.0, -1.0, 100.0]))
    ramp.add(time_s, sector)
    count.add(time_s, sector)
    assert integral.at_edges().tolist() == [[0, 0, 0], [0, 5400, 5400 + 7200]]
    assert count.at_edges().tolist() == [[0, 0, 0], [0, 1, 2]]
    # Grown to 1800 s by 01:00; to 5400 s and 3600 s by 02:00.
    assert ramp.at_edges().tolist() == [[0, 0, 0], [0, 1800**2 / 2, (5400**2 + 3600**2) / 2]]


def test_ramps_of_years_keep_their_seconds() -> None:
    """Squares of 10 years in seconds are near the last whole number that a float knows."""
    time_s = np.array([0, 300_000_007, 314_999_999])
    end_s = 315_000_000
    ramp = RampIntegral(Grid(np.array([0, end_s]), n_sectors=1))
    ramp.add(time_s, np.zeros(3, dtype=np.int64))
    exact = sum((end_s - int(one)) ** 2 for one in time_s) / 2
    assert ramp.at_edges()[0, -1] == pytest.approx(exact, rel=1e-12)


def test_no_steps() -> None:
    grid = Grid(np.array([0, 3600, 7200]), n_sectors=2)
    for one in (StepIntegral(grid), RampIntegral(grid), Count(grid)):
        assert one.at_edges().tolist() == [[0, 0, 0]] * 2
