"""Posts, patrols and distances against their check values and against oracles that share no formula with them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sim import theory
from sim.statistics import within_interval

SEED = 19990612
Sampler = Callable[[np.random.Generator, int], NDArray[np.float64]]


def test_post_factor_check_values() -> None:
    assert theory.post_factor(8760, 1850) == pytest.approx(4.735, abs=5e-4)
    assert theory.post_factor(168, 56) == 3.0


def test_random_patrol_check_values() -> None:
    rate_per_h = 100 / 38 / 24
    assert theory.window_coverage_random(rate_per_h, 24) == pytest.approx(0.92804, abs=5e-6)
    assert theory.window_coverage_random(rate_per_h, 6) == pytest.approx(0.48206, abs=5e-6)
    assert theory.mean_age_random(rate_per_h) == pytest.approx(9.12)


def test_coverage_of_n_visits() -> None:
    assert theory.coverage_of_n_visits(100, 38) == pytest.approx(0.93053, abs=5e-6)
    # All 3^4 equally likely ways in which four visits fall on three places.
    ways = np.stack(np.meshgrid(*[range(3)] * 4)).reshape(4, -1).T
    assert theory.coverage_of_n_visits(4, 3) == pytest.approx(np.mean([len(set(way)) / 3 for way in ways.tolist()]))


def test_random_visits_leave_the_stated_age_and_coverage() -> None:
    rng = np.random.default_rng(SEED)
    rate_per_h, horizon_h, window_h = 0.2, 400.0, 3.0
    ages_h = []
    for _ in range(2000):
        visits_h = rng.uniform(0, horizon_h, rng.poisson(rate_per_h * horizon_h))
        ages_h.append(horizon_h - visits_h.max())
    assert within_interval(ages_h, float(theory.mean_age_random(rate_per_h)))
    visited = (np.array(ages_h) <= window_h).astype(float)
    assert within_interval(visited, float(theory.window_coverage_random(rate_per_h, window_h)))


@pytest.mark.parametrize("window_h", [0.0, 2.0, 8.0, 30.0])
def test_systematic_visits_leave_the_stated_age_and_coverage(window_h: float) -> None:
    period_h = 8.0
    age_h = (np.arange(100_000) + 0.5) / 100_000 * period_h
    assert theory.mean_age_systematic(period_h) == pytest.approx(age_h.mean())
    assert theory.window_coverage_systematic(period_h, window_h) == pytest.approx(np.mean(age_h <= window_h))


def test_systematic_age_is_half_the_random_age_of_the_same_rate() -> None:
    periods_h = np.array([1.0, 6.0, 9.12])
    np.testing.assert_allclose(2 * theory.mean_age_systematic(periods_h), theory.mean_age_random(1 / periods_h))


def test_koopman_check_value_and_limit_of_many_short_looks() -> None:
    assert theory.koopman_detection(0.5, 30, 8, 200) == pytest.approx(0.451188, abs=5e-7)
    n_looks = 1_000_000
    missed_all = (1 - 0.5 * 30 * 8 / 200 / n_looks) ** n_looks
    assert theory.koopman_detection(0.5, 30, 8, 200) == pytest.approx(1 - missed_all, abs=1e-6)


def test_patrols_out_check_value() -> None:
    assert theory.patrols_out(625 / 24, 4) == pytest.approx(104.17, abs=5e-3)


def test_patrols_out_quantile_is_the_least_number_that_reaches_the_probability() -> None:
    mean = 5.2
    cumulative = np.cumsum([math.exp(-mean) * mean**k / math.factorial(k) for k in range(60)])
    for probability in (0.001, 0.3, 0.95, 0.9995):
        least = int(np.flatnonzero(cumulative >= probability)[0])
        assert theory.patrols_out_quantile(1.3, 4, probability) == least


@pytest.mark.parametrize(
    "durations_h",
    [
        lambda rng, n: np.full(n, 4.0),
        lambda rng, n: rng.exponential(4.0, n),
        lambda rng, n: rng.choice([1.0, 13.0], n, p=[0.75, 0.25]),
    ],
    ids=["constant", "exponential", "two values"],
)
def test_patrols_out_are_poisson_whatever_the_duration(durations_h: Sampler) -> None:
    rng = np.random.default_rng(SEED)
    rate_per_h, since_h, n_runs = 3.0, 120.0, 4000
    n_departures = rng.poisson(rate_per_h * since_h, n_runs)
    run = np.repeat(np.arange(n_runs), n_departures)
    departed_h = rng.uniform(-since_h, 0, run.size)
    out = np.bincount(run, departed_h + durations_h(rng, run.size) > 0, n_runs)
    mean = float(theory.patrols_out(rate_per_h, 4.0))
    assert within_interval(out, mean)
    # For a Poisson count the squared deviation from the true mean has that mean as its expectation.
    assert within_interval((out - mean) ** 2, mean)
    assert within_interval(out <= 8, sum(math.exp(-12) * 12**k / math.factorial(k) for k in range(9)))


def test_nearest_unit_check_values() -> None:
    assert theory.nearest_unit_distance(100, 10_887) == pytest.approx(5.217, abs=5e-4)
    assert theory.nearest_unit_distance(100, 10_887, theory.Metric.GRID) == pytest.approx(6.539, abs=5e-4)


def test_nearest_unit_on_a_torus() -> None:
    rng = np.random.default_rng(SEED)
    side_km, mean_units = 20.0, 100
    straight_km, grid_km = [], []
    for n_units in rng.poisson(mean_units, 3000):
        offset = np.abs(rng.uniform(0, side_km, (n_units, 2)) - rng.uniform(0, side_km, 2))
        offset = np.minimum(offset, side_km - offset)
        straight_km.append(np.hypot(*offset.T).min())
        grid_km.append(offset.sum(axis=1).min())
    for metric, distances_km in ((theory.Metric.STRAIGHT, straight_km), (theory.Metric.GRID, grid_km)):
        assert within_interval(distances_km, float(theory.nearest_unit_distance(mean_units, side_km**2, metric)))


def test_unknown_metric_is_refused() -> None:
    with pytest.raises(ValueError, match="'diagonal' is not a valid Metric"):
        theory.nearest_unit_distance(1, 1, "diagonal")  # type: ignore[arg-type]


def test_numbers_give_a_float_and_arrays_broadcast() -> None:
    assert type(theory.window_coverage_random(1, 2)) is float
    rates, windows = np.array([[0.1], [0.5]]), np.array([1.0, 6.0, 24.0])
    table = theory.window_coverage_random(rates, windows)
    assert isinstance(table, np.ndarray)
    assert table.shape == (2, 3)
    assert table[1, 2] == theory.window_coverage_random(0.5, 24.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.post_factor(-1, 56), r"covered_h is -1; allowed: \[0, inf\)"),
        (lambda: theory.post_factor(168, 0), r"net_h_per_soldier is 0; allowed: \(0, inf\)"),
        (lambda: theory.window_coverage_random(-0.5, 6), r"rate_per_h is -0.5; allowed"),
        (lambda: theory.window_coverage_random([1, math.nan], 6), r"rate_per_h is nan; allowed"),
        (lambda: theory.window_coverage_random(1, math.inf), r"window_h is inf; allowed"),
        (lambda: theory.mean_age_random(0), r"rate_per_h is 0; allowed: \(0, inf\)"),
        (lambda: theory.coverage_of_n_visits(2.5, 3), r"n_visits is 2.5; allowed: whole numbers in \[0, inf\)"),
        (lambda: theory.coverage_of_n_visits(2, 0), r"n_places is 0; allowed: \[1, inf\)"),
        (lambda: theory.window_coverage_systematic(0, 6), r"period_h is 0; allowed"),
        (lambda: theory.mean_age_systematic(-2), r"period_h is -2; allowed"),
        (lambda: theory.koopman_detection(1, 1, 1, 0), r"area_km2 is 0; allowed"),
        (lambda: theory.koopman_detection(1, -3, 1, 1), r"speed_km_per_h is -3; allowed"),
        (lambda: theory.patrols_out(1, -4), r"mean_duration_h is -4; allowed"),
        (lambda: theory.patrols_out_quantile(1, 4, 1), r"probability is 1; allowed: \(0, 1\)"),
        (lambda: theory.nearest_unit_distance([3, 0], 10), r"n_units is 0; allowed"),
    ],
)
def test_outside_the_domain(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
