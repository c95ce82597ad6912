"""Distributions of durations, each of which knows its own moments.

Every distribution is drawn as an array and can tell its mean and standard deviation, so that theory can be computed
from a scenario without running it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Distribution(Protocol):
    """A distribution over values of at least 0."""

    @property
    def mean(self) -> float:
        """Mean, in the unit of the values."""

    @property
    def standard_deviation(self) -> float:
        """Standard deviation, in the unit of the values."""

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Independent values in an array of that shape."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same value, at least 0."""

    mean: float

    @property
    def standard_deviation(self) -> float:
        """Zero."""
        return 0.0

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """The value, repeated; the generator is not moved."""
        return np.full(shape, self.mean)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Exponential with the given mean, above 0."""

    mean: float

    @property
    def standard_deviation(self) -> float:
        """Equal to the mean."""
        return self.mean

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Independent exponential values."""
        return generator.standard_exponential(shape) * self.mean


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma with the given mean and coefficient of variation, both above 0."""

    mean: float
    cv: float

    @property
    def standard_deviation(self) -> float:
        """Mean times coefficient of variation."""
        return self.mean * self.cv

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Independent gamma values: shape parameter 1 / cv**2."""
        order = self.cv**-2
        return generator.standard_gamma(order, shape) * (self.mean / order)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Lognormal with the given mean and coefficient of variation, both above 0."""

    mean: float
    cv: float

    @property
    def standard_deviation(self) -> float:
        """Mean times coefficient of variation."""
        return self.mean * self.cv

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Independent lognormal values."""
        variance = math.log1p(self.cv**2)
        normal = generator.standard_normal(shape)
        return np.exp(normal * math.sqrt(variance) + math.log(self.mean) - variance / 2)


def make_distribution(distribution: str, mean: float, cv: float = 0.0) -> Distribution:
    """Distribution by its name in scenario files: constant, exponential, gamma or lognormal.

    A gamma or lognormal whose `cv` is 0 is the constant.

    Raises
    ------
    ValueError
        If the name is unknown.

    Examples
    --------
    >>> make_distribution("gamma", 15.0, 0.5).standard_deviation
    7.5
    """
    if distribution == "constant" or (cv == 0 and distribution in ("gamma", "lognormal")):
        return Constant(mean)
    if distribution == "exponential":
        return Exponential(mean)
    if distribution == "gamma":
        return Gamma(mean, cv)
    if distribution == "lognormal":
        return Lognormal(mean, cv)
    raise ValueError(f"distribution = {distribution!r}; known are constant, exponential, gamma and lognormal")
