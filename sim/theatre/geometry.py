"""Plane geometry of a theatre: projection, point in polygon, distance to a ring, hexagonal lattice.

A *ring* is a closed polygon given by its vertices, shape (V, 2), the first not repeated. Positions are in km east and
north of the theatre's middle. The *spacing* of a lattice is the distance from a cell's centre to its six neighbours'.
Cells are hexagons with two vertical sides, so that rows of centres run from west to east.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KM_PER_DEGREE = math.radians(6371.0088)
"""Length of a degree on a sphere of the earth's mean radius [km] (IUGG mean radius R1)."""


def project(lat: Floats, lon: Floats, middle: tuple[float, float]) -> Floats:
    """Local equirectangular projection, good to about 0.2 % over 200 km.

    Parameters
    ----------
    lat, lon
        Shape (n,): degrees, WGS 84.
    middle
        Latitude and longitude of the origin [degrees].

    Returns
    -------
    Shape (n, 2): km east and km north of the origin.
    """
    lat_0, lon_0 = middle
    east = (lon - lon_0) * math.cos(math.radians(lat_0))
    return KM_PER_DEGREE * np.column_stack([east, lat - lat_0])


def ring_area(ring: Floats) -> float:
    """Area of a ring [km2], 0 or more whichever way round it runs."""
    x, y = ring.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def inside(points: Floats, ring: Floats) -> NDArray[np.bool_]:
    """Which points lie inside a ring, by the even-odd rule.

    Parameters
    ----------
    points, ring
        Shapes (n, 2) and (V, 2).

    Returns
    -------
    Shape (n,).
    """
    a, b = ring, np.roll(ring, -1, axis=0)
    level = a[:, 1] != b[:, 1]
    a, b = a[level], b[level]
    x, y = points[:, 0, None], points[:, 1, None]
    crosses = (a[:, 1] > y) != (b[:, 1] > y)
    x_edge = a[:, 0] + (y - a[:, 1]) * ((b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1]))
    odd: NDArray[np.bool_] = np.count_nonzero(crosses & (x < x_edge), axis=1) % 2 == 1
    return odd


def distance_to_ring(points: Floats, ring: Floats) -> Floats:
    """Distance of each point to the nearest point of a ring [km], shape (n,)."""
    a, b = ring, np.roll(ring, -1, axis=0)
    along = b - a
    length_2 = np.maximum(np.sum(along**2, axis=1), np.finfo(np.float64).tiny)
    from_a = points[:, None, :] - a
    part = np.clip(np.sum(from_a * along, axis=2) / length_2, 0, 1)
    away = from_a - part[:, :, None] * along
    nearest: Floats = np.sqrt(np.min(np.sum(away**2, axis=2), axis=1))
    return nearest


def hexagons(ring: Floats, n: int) -> tuple[Floats, float]:
    """Centres of n equal hexagonal cells that tile a ring.

    The lattice has the spacing at which n cells have the ring's area and is shifted by 36 offsets; where none has n
    centres inside, the spacing shrinks by 1 % at a time. Of the offsets that have n or more, the one with the fewest
    too many is taken, of those the one whose nearest centre to the ring is farthest from it, so that cells stick out
    little. Centres too many are dropped, nearest to the ring first: this alone makes every n possible in outlines with
    straight or parallel sides, where whole rows come in at once.

    Parameters
    ----------
    ring
        Shape (V, 2) [km].
    n
        Cells wanted, 1 or more.

    Returns
    -------
    centres : shape (n, 2) [km], from south to north and in a row from west to east.
    spacing : distance of neighbouring centres [km].

    Raises
    ------
    ValueError
        If the ring has next to no area: under 1/1000 of its bounding box.
    """
    area = ring_area(ring)
    if not area > np.ptp(ring, axis=0).prod() / 1000:
        raise ValueError("the outline has next to no area")
    spacing = math.sqrt(2 / math.sqrt(3) * area / n)
    while True:
        fitting = []
        for offset in product((np.arange(6) + 0.5) / 6, repeat=2):
            centres = _lattice(ring, spacing, offset)
            centres = centres[inside(centres, ring)]
            if len(centres) >= n:
                fitting.append(centres)
        if fitting:
            break
        spacing *= 0.99
    fewest = min(len(centres) for centres in fitting)
    margins = [(centres, distance_to_ring(centres, ring)) for centres in fitting if len(centres) == fewest]
    centres, margin = max(margins, key=lambda lattice: float(lattice[1].min()))
    kept = np.sort(np.argsort(-margin, kind="stable")[:n])
    return centres[kept], spacing


def _lattice(ring: Floats, spacing: float, offset: tuple[float, ...]) -> Floats:
    """Centres within the ring's bounding box; `offset` shifts them by shares of the spacing and of two rows."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    row_height = spacing * math.sqrt(3) / 2
    n_rows = int((high[1] - low[1]) / row_height) + 3
    n_columns = int((high[0] - low[0]) / spacing) + 4
    row, column = np.divmod(np.arange(n_rows * n_columns), n_columns)
    x = low[0] + spacing * (column - 2 + offset[0] + 0.5 * (row % 2))
    y = low[1] + row_height * (row - 2 + 2 * offset[1])
    centres = np.column_stack([x, y])
    box: NDArray[np.bool_] = np.all((centres >= low) & (centres <= high), axis=1)
    return centres[box]


def in_disc(k: Ints, phase: float) -> Floats:
    """Member k of an endless sequence that fills the unit disc evenly.

    The golden angle turns from one to the next; the radius follows an additive recurrence, so that any number of
    members from the first is spread over the whole disc and later ones move none.

    Parameters
    ----------
    k
        Shape (n,): 0 or more.
    phase
        In [0, 1): sequences of unequal phase share no point.

    Returns
    -------
    Shape (n, 2).
    """
    golden = (math.sqrt(5) - 1) / 2
    angle = 2 * math.pi * (k * golden + phase)
    radius = np.sqrt((k * (math.sqrt(2) - 1) + phase) % 1)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
