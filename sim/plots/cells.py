"""Cells of a map: every point of the theatre belongs to the nearest patrol area's centre.

Inside the theatre these are the layout's hexagons; at its edge they reach on to the outline, so that the cells tile it
without gaps. Lengths are in km.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Voronoi

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_N_FAR = 24


def make_cells(centres: Floats, outline: Floats, sector: Ints) -> tuple[list[Floats], list[Floats]]:
    """Cells around their centres, to be clipped to the outline, and the borders between sectors.

    Parameters
    ----------
    centres, outline
        Shapes (A, 2) and (V, 2).
    sector
        Sector of each cell, shape (A,).

    Returns
    -------
    cells
        A convex polygon each, shape (n, 2); those at the edge go beyond the outline.
    borders
        The edges, shape (2, 2) each, between cells of different sectors.
    """
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    radius = float(np.hypot(*(np.vstack([outline, centres]) - middle).T).max())
    angle = 2 * np.pi * (np.arange(_N_FAR) + 0.5) / _N_FAR
    # Points so far away that no point of the theatre is nearest to one; they close the cells at the edge.
    far = middle + 4 * radius * np.column_stack([np.cos(angle), np.sin(angle)])
    diagram = Voronoi(np.vstack([centres, far]))
    cells = []
    for index, centre in enumerate(centres):
        corners = diagram.vertices[diagram.regions[diagram.point_region[index]]]
        cells.append(corners[np.argsort(np.arctan2(*(corners - centre).T))])
    borders = [
        diagram.vertices[ends]
        for (one, other), ends in zip(diagram.ridge_points, diagram.ridge_vertices, strict=True)
        if max(one, other) < len(centres) and sector[one] != sector[other]
    ]
    return cells, borders
