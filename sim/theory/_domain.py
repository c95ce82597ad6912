"""Domains of the closed forms: one way to check an argument and to word the refusal.

A *domain* is written as mathematics writes an interval, ``"[0, 1)"`` or ``"(0, inf)"``: the text that an error shows
is the text that is checked. A *quantity* is a number or an array of numbers; a formula gives back what it was given.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Quantity = float | Array


def quantity(name: str, value: ArrayLike, domain: str) -> Array:
    """Return the value as an array of floats.

    Raises
    ------
    ValueError
        If any element lies outside the domain or is nan; names the argument, the first such element and the domain.
    """
    array = np.asarray(value, dtype=np.float64)
    low, high = (float(end) for end in domain[1:-1].split(","))
    above = array >= low if domain[0] == "[" else array > low
    below = array <= high if domain[-1] == "]" else array < high
    _refuse(name, array, ~(above & below), domain)
    return array


def whole(name: str, value: ArrayLike, domain: str) -> Array:
    """Return whole numbers as an array of floats; refuse fractions and what lies outside the domain.

    Raises
    ------
    ValueError
        As :func:`quantity`, and for a number that is not whole.
    """
    array = quantity(name, value, domain)
    _refuse(name, array, array != np.floor(array), f"whole numbers in {domain}")
    return array


def given_back(array: ArrayLike) -> Quantity:
    """Return a float for a formula of numbers, an array for a formula of arrays."""
    values = np.asarray(array, dtype=np.float64)
    return float(values) if values.ndim == 0 else values


def _refuse(name: str, array: Array, outside: NDArray[np.bool_], allowed: str) -> None:
    if outside.any():
        raise ValueError(f"{name} is {float(array[outside].flat[0]):g}; allowed: {allowed}")
