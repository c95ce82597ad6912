"""Thinning and self-excitation against their check values and small Monte Carlo studies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sim import theory
from sim.statistics import within_interval

SEED = 20040317
EDGES_H = np.array([0.0, 6.0, 7.0, 19.0, 24.0])
RATES_PER_H = np.array([0.5, 6.0, 0.0, 2.0])


def by_thinning(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw one day of events of the piecewise constant rate from candidates at its maximum."""
    candidates_h = np.sort(rng.uniform(0, 24, rng.poisson(24 * RATES_PER_H.max())))
    rate_per_h = RATES_PER_H[np.searchsorted(EDGES_H, candidates_h, side="right") - 1]
    kept: NDArray[np.float64] = candidates_h[rng.random(candidates_h.size) < rate_per_h / RATES_PER_H.max()]
    return kept


def test_thinned_counts_are_poisson_with_the_integral_of_the_rate() -> None:
    rng = np.random.default_rng(SEED)
    counts = np.array([by_thinning(rng).size for _ in range(3000)])
    mean = theory.thinned_mean_count(EDGES_H, RATES_PER_H)
    assert mean == pytest.approx(6 * 0.5 + 1 * 6 + 5 * 2)
    assert within_interval(counts, mean)
    assert within_interval((counts - mean) ** 2, mean)


def test_rescaled_times_are_uniform_for_the_true_rate_only() -> None:
    from scipy.stats import kstest

    rng = np.random.default_rng(SEED)
    times_h = np.concatenate([by_thinning(rng) for _ in range(300)])
    assert kstest(theory.rescaled_times(times_h, EDGES_H, RATES_PER_H), "uniform").pvalue > 0.001
    assert kstest(theory.rescaled_times(times_h, [0, 24], [1]), "uniform").pvalue < 0.001


def test_rescaled_times_by_hand() -> None:
    rescaled = theory.rescaled_times([0, 6, 6.5, 10, 19, 24], EDGES_H, RATES_PER_H)
    np.testing.assert_allclose(rescaled, np.array([0, 3, 6, 9, 9, 19]) / 19)


def hawkes_counts(
    rng: np.random.Generator, background_per_h: float, branching_ratio: float, window_h: float, n_runs: int
) -> NDArray[np.float64]:
    """Count the events of [0, window) in independent runs of a Hawkes process, generation by generation.

    Delays are exponential with mean 1 h. Runs begin 40 h early, when the memory of an empty start is gone.
    """
    start_h = -40.0
    run = np.repeat(np.arange(n_runs), rng.poisson(background_per_h * (window_h - start_h), n_runs))
    time_h = rng.uniform(start_h, window_h, run.size)
    counts = np.zeros(n_runs)
    while run.size:
        counts += np.bincount(run[time_h >= 0], minlength=n_runs)
        n_triggered = rng.poisson(branching_ratio, run.size)
        run, time_h = np.repeat(run, n_triggered), np.repeat(time_h, n_triggered)
        time_h = time_h + rng.exponential(1.0, run.size)
        run, time_h = run[time_h < window_h], time_h[time_h < window_h]
    return counts


def test_hawkes_check_values() -> None:
    assert theory.hawkes_mean_rate(1.0, 0.4) == pytest.approx(1.667, abs=5e-4)
    assert theory.hawkes_dispersion(0.4) == pytest.approx(2.778, abs=5e-4)


@pytest.mark.parametrize("window_h", [2.0, 30.0])
@pytest.mark.parametrize("branching_ratio", [0.0, 0.4, 0.7])
def test_hawkes_counts_have_the_stated_mean_and_dispersion(branching_ratio: float, window_h: float) -> None:
    rng = np.random.default_rng(SEED)
    counts = hawkes_counts(rng, 0.8, branching_ratio, window_h, n_runs=6000)
    mean = float(theory.hawkes_mean_rate(0.8, branching_ratio)) * window_h
    assert within_interval(counts, mean)
    assert within_interval((counts - mean) ** 2 / mean, float(theory.hawkes_dispersion(branching_ratio, window_h)))


def test_dispersion_rises_from_poisson_to_its_limit() -> None:
    dispersion = theory.hawkes_dispersion(0.4, np.geomspace(1e-3, 1e9, 30))
    assert isinstance(dispersion, np.ndarray)
    assert (np.diff(dispersion) > 0).all()
    assert dispersion[0] == pytest.approx(1, abs=1e-3)
    assert dispersion[-1] == pytest.approx(1 / 0.6**2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.thinned_mean_count([0, 1], [-2]), r"rates_per_h is -2; allowed: \[0, inf\)"),
        (lambda: theory.thinned_mean_count([0, 2, 1], [1, 1]), r"step of edges_h is -1; allowed: \(0, inf\)"),
        (lambda: theory.thinned_mean_count([0, 1], [1, 1]), r"shape \(2,\), edges_h \(2,\); allowed: \(k,\)"),
        (lambda: theory.rescaled_times([3], [0, 2], [1]), r"times_h is 3; allowed: \[0.0, 2.0\]"),
        (lambda: theory.rescaled_times([1], [0, 2], [0]), r"integral of rates_per_h is 0; allowed: \(0, inf\)"),
        (lambda: theory.hawkes_mean_rate(1, 1), r"branching_ratio is 1; allowed: \[0, 1\)"),
        (lambda: theory.hawkes_mean_rate(-1, 0.5), r"background_per_h is -1; allowed: \[0, inf\)"),
        (lambda: theory.hawkes_dispersion(1.5), r"branching_ratio is 1.5; allowed: \[0, 1\)"),
        (lambda: theory.hawkes_dispersion(0.5, 0), r"window_decays is 0; allowed: \(0, inf\]"),
    ],
)
def test_outside_the_domain(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
