"""Distributions: draws have the moments and the shape they claim, at 99.9 % and an untuned seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats.distributions import rv_frozen

from sim.distributions import Constant, Distribution, Exponential, Gamma, Lognormal, make_distribution

N = 200_000
Z = float(stats.norm.ppf(0.9995))

RANDOM: list[tuple[Distribution, rv_frozen]] = [
    (Exponential(20.0), stats.expon(scale=20.0)),
    (Gamma(15.0, 0.5), stats.gamma(4.0, scale=15.0 / 4.0)),
    (Gamma(0.3, 2.0), stats.gamma(0.25, scale=1.2)),
    (Gamma(7.0, 1.0), stats.expon(scale=7.0)),
    (Lognormal(30.0, 0.4), stats.lognorm(np.sqrt(np.log(1.16)), scale=30.0 / np.sqrt(1.16))),
    (Lognormal(2.0, 1.0), stats.lognorm(np.sqrt(np.log(2.0)), scale=2.0 / np.sqrt(2.0))),
]
NAMES = [str(one) for one, _ in RANDOM]


@pytest.fixture(params=RANDOM, ids=NAMES)
def case(request: pytest.FixtureRequest) -> tuple[Distribution, rv_frozen, np.random.Generator]:
    distribution, reference = request.param
    return distribution, reference, np.random.default_rng(606)


Case = tuple[Distribution, rv_frozen, np.random.Generator]


def test_claimed_moments_are_those_of_the_reference(case: Case) -> None:
    distribution, reference, _ = case
    assert distribution.mean == pytest.approx(reference.mean())
    assert distribution.standard_deviation == pytest.approx(reference.std())


def test_mean_of_draws(case: Case) -> None:
    distribution, _, generator = case
    mean = distribution.draw(generator, (N,)).mean()
    assert abs(mean - distribution.mean) <= Z * distribution.standard_deviation / np.sqrt(N)


def test_standard_deviation_of_draws(case: Case) -> None:
    """The variance of a sample variance is (m4 - s4) / n, with the fourth moment taken from the reference."""
    distribution, reference, generator = case
    variance = distribution.draw(generator, (N,)).var()
    truth = distribution.standard_deviation**2
    excess = float(reference.stats(moments="k"))
    assert abs(variance - truth) <= Z * truth * np.sqrt((excess + 2) / N)


def test_shape_of_draws(case: Case) -> None:
    distribution, reference, generator = case
    # A sample through its own distribution function is uniform.
    assert stats.kstest(reference.cdf(distribution.draw(generator, (20_000,))), "uniform").pvalue > 0.001


def test_draws_are_finite_and_not_negative(case: Case) -> None:
    distribution, _, generator = case
    drawn = distribution.draw(generator, (100, 30))
    assert drawn.shape == (100, 30)
    assert drawn.dtype == np.float64
    assert np.isfinite(drawn).all()
    assert (drawn >= 0).all()
    assert distribution.draw(generator, (0, 3)).shape == (0, 3)


def test_a_constant_is_the_same_and_moves_no_generator() -> None:
    generator = np.random.default_rng(1)
    assert Constant(4.5).draw(generator, (2, 3)).tolist() == [[4.5] * 3] * 2
    assert generator.random() == np.random.default_rng(1).random()
    assert (Constant(4.5).mean, Constant(4.5).standard_deviation) == (4.5, 0.0)


@pytest.mark.parametrize(
    ("name", "cv", "expected"),
    [
        ("constant", 0.0, Constant(3.0)),
        ("exponential", 0.0, Exponential(3.0)),
        ("gamma", 0.5, Gamma(3.0, 0.5)),
        ("lognormal", 0.5, Lognormal(3.0, 0.5)),
        ("gamma", 0.0, Constant(3.0)),
        ("lognormal", 0.0, Constant(3.0)),
    ],
)
def test_names_in_scenario_files(name: str, cv: float, expected: Distribution) -> None:
    assert make_distribution(name, 3.0, cv) == expected


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'weibull'; known are constant, exponential, gamma and lognormal"):
        make_distribution("weibull", 1.0)
