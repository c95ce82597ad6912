"""Short closed tours through points: nearest neighbour, then 2-opt.

A *tour* is an order of all points that ends where it began. *2-opt* takes two legs out of it and joins their ends the
other way, which turns the stretch between them round, as long as that shortens it.

Source: G. A. Croes, A method for solving traveling-salesman problems, Operations Research 6 (1958) 791-812.
"""

from __future__ import annotations

import numpy as np

from sim.theatre.geometry import Floats, Ints

_LEAST_GAIN_KM = 1e-9
"""Gains under this are rounding errors and could turn a stretch to and fro for ever [km]."""


def circuit(points_km: Floats, start_km: Floats) -> Ints:
    """Order of a short closed tour through all points; deterministic.

    Parameters
    ----------
    points_km
        Shape (n, 2).
    start_km
        Shape (2,): the tour begins at the point nearest to it.

    Returns
    -------
    Shape (n,): indices of the points, each once. No exchange of two legs would make the tour shorter.
    """
    tour = _nearest_neighbour(points_km, start_km)
    n = len(tour)
    improved = n >= 4
    while improved:
        improved = False
        for i in range(n - 2):
            at = points_km[tour]
            after = np.roll(at, -1, axis=0)
            # The last leg closes the tour: it meets the first one in a point, and those two cannot be exchanged.
            j = np.arange(i + 2, n if i else n - 1)
            if not j.size:
                continue
            taken = _km(at[i], after[i]) + _km(at[j], after[j])
            gain = taken - _km(at[i], at[j]) - _km(after[i], after[j])
            best = int(np.argmax(gain))
            if gain[best] > _LEAST_GAIN_KM:
                tour[i + 1 : j[best] + 1] = tour[i + 1 : j[best] + 1][::-1]
                improved = True
    return tour


def tour_length_km(points_km: Floats, tour: Ints) -> float:
    """Length of a closed tour, straight lines [km]; 0 for one point or none."""
    at = points_km[tour]
    return float(_km(at, np.roll(at, -1, axis=0)).sum())


def _nearest_neighbour(points_km: Floats, start_km: Floats) -> Ints:
    """Go on to the nearest point not visited yet; ties go to the lower index."""
    left = np.ones(len(points_km), dtype=np.bool_)
    tour = np.empty(len(points_km), dtype=np.int64)
    here = start_km
    for i in range(len(tour)):
        tour[i] = np.argmin(np.where(left, _km(points_km, here), np.inf))
        left[tour[i]] = False
        here = points_km[tour[i]]
    return tour


def _km(a: Floats, b: Floats) -> Floats:
    """Straight distances between positions (..., 2)."""
    between = a - b
    length: Floats = np.hypot(between[..., 0], between[..., 1])
    return length
