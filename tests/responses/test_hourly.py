"""Integrals at full hours, against sums step by step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.responses.hourly import Steps, n_hours

STEPS = st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 2), st.integers(-5, 5)), max_size=25)


@given(steps=STEPS, run_length_s=st.integers(1, 36_000))
def test_integrals_and_counts_are_sums_over_steps(steps: list[tuple[int, int, int]], run_length_s: int) -> None:
    """Every step before the end counts from its own second on, also in a last hour that is not full."""
    time_s, sector, delta = np.array(steps, dtype=np.int64).reshape(-1, 3).T
    hourly = Steps(time_s, sector, n_sectors=3, run_length_s=run_length_s)
    hours_s = [3600 * hour for hour in range(n_hours(run_length_s) + 1)]
    # A step in the last hour that is not full may come after the end; no trace has one.
    kept = [step for step in steps if step[0] < hours_s[-1]]
    integrals = [
        [sum(d * max(0, end_s - t) for t, where, d in kept if where == one) for end_s in hours_s] for one in range(3)
    ]
    ramps = [
        [sum(max(0, end_s - t) ** 2 / 2 for t, where, _ in kept if where == one) for end_s in hours_s]
        for one in range(3)
    ]
    counts = [[sum(t < end_s for t, where, _ in kept if where == one) for end_s in hours_s] for one in range(3)]
    assert hourly.integrate(delta.astype(float)).tolist() == integrals
    assert hourly.integrate_ramps().tolist() == ramps
    assert hourly.count().tolist() == counts


@pytest.mark.parametrize(("run_length_s", "hours"), [(1, 1), (3599, 1), (3600, 1), (3601, 2), (86_400, 24)])
def test_a_last_hour_counts_as_a_whole_one(run_length_s: int, hours: int) -> None:
    assert n_hours(run_length_s) == hours


def test_steps_by_hand() -> None:
    """Three from 00:30, less one from 01:00 sharp; another sector is untouched; a step at the end is too late."""
    steps = Steps(np.array([1800, 3600, 7200]), np.array([1, 1, 1]), n_sectors=2, run_length_s=7200)
    assert steps.integrate(np.array([3.0, -1.0, 100.0])).tolist() == [[0, 0, 0], [0, 5400, 5400 + 7200]]
    assert steps.count().tolist() == [[0, 0, 0], [0, 1, 2]]
    # Grown to 1800 s by 01:00; to 5400 s and 3600 s by 02:00.
    assert steps.integrate_ramps().tolist() == [[0, 0, 0], [0, 1800**2 / 2, (5400**2 + 3600**2) / 2]]


def test_ramps_of_years_keep_their_seconds() -> None:
    """Squares of 10 years in seconds are near the last whole number that a float knows."""
    time_s = np.array([0, 300_000_007, 314_999_999])
    end_s = 315_000_000
    steps = Steps(time_s, np.zeros(3, dtype=np.int64), n_sectors=1, run_length_s=end_s)
    exact = sum((end_s - int(one)) ** 2 for one in time_s) / 2
    assert steps.integrate_ramps()[0, -1] == pytest.approx(exact, rel=1e-12)


def test_no_steps() -> None:
    nothing = np.empty(0, dtype=np.int64)
    steps = Steps(nothing, nothing, n_sectors=2, run_length_s=7200)
    assert steps.integrate(np.empty(0)).tolist() == [[0, 0, 0]] * 2
    assert steps.integrate_ramps().tolist() == [[0, 0, 0]] * 2
    assert steps.count().tolist() == [[0, 0, 0]] * 2
