"""Plane geometry against shapes whose answers are known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.theatre.geometry import distance_to_ring, hexagons, in_disc, inside, project, ring_area

# An L: a square of 10 km with a square of 7 km cut out of its north-east.
ELL = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 3.0], [3.0, 3.0], [3.0, 10.0], [0.0, 10.0]])
SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
TRIANGLE = np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 5 * math.sqrt(3)]])
BAND = np.array([[0.0, 0.0], [200.0, 0.0], [200.0, 1.0], [0.0, 1.0]])


def test_projection_has_the_lengths_of_a_sphere() -> None:
    east, north = project(np.array([60.0, 61.0]), np.array([11.0, 10.0]), (60.0, 10.0))
    # A degree of a sphere of 6,371 km is 111.19 km; of longitude at 60 degrees half of that.
    assert east == pytest.approx([55.597, 0.0], abs=1e-3)
    assert north == pytest.approx([0.0, 111.195], abs=1e-3)


def test_area_inside_and_distance_of_an_l() -> None:
    points = np.array([[1.0, 1.0], [5.0, 5.0], [9.0, 2.0], [-1.0, 5.0], [1.5, 9.0]])
    assert ring_area(ELL) == ring_area(ELL[::-1]) == 51.0
    assert inside(points, ELL).tolist() == [True, False, True, False, True]
    assert distance_to_ring(points, ELL) == pytest.approx([1.0, 2.0, 1.0, 1.0, 1.0])
    assert distance_to_ring(np.array([[13.0, 7.0]]), SQUARE) == pytest.approx([3.0])
    assert distance_to_ring(np.array([[13.0, 14.0]]), SQUARE) == pytest.approx([5.0])


@pytest.mark.parametrize("ring", [ELL, SQUARE, TRIANGLE, BAND], ids=["ell", "square", "triangle", "band"])
@pytest.mark.parametrize("n", [1, 2, 7, 30, 31, 97, 400])
def test_every_number_of_cells_fits_even_between_straight_sides(ring: np.ndarray, n: int) -> None:
    centres, spacing = hexagons(ring, n)
    assert centres.shape == (n, 2)
    assert inside(centres, ring).all()
    between = np.hypot(*(centres[:, None, :] - centres).transpose(2, 0, 1)) + np.diag(np.full(n, np.inf))
    assert between.min() >= spacing * (1 - 1e-12)


@given(
    n=st.integers(1, 150),
    radii=st.lists(st.floats(5, 15), min_size=5, max_size=15),
)
def test_cells_have_about_the_area_of_any_outline(n: int, radii: list[float]) -> None:
    angle = np.arange(len(radii)) / len(radii) * 2 * math.pi
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * np.array(radii)[:, None]
    centres, spacing = hexagons(ring, n)
    assert len(centres) == n
    assert n * spacing**2 * math.sqrt(3) / 2 == pytest.approx(ring_area(ring), rel=0.1)


@pytest.mark.parametrize("far", [0.0, 1e-5])
def test_an_outline_without_area_is_refused(far: float) -> None:
    with pytest.raises(ValueError, match="next to no area"):
        hexagons(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0 + far]]), 5)


def test_the_disc_is_filled_evenly() -> None:
    for phase in (0.25, 0.75):
        points = in_disc(np.arange(400), phase)
        radius = np.hypot(*points.T)
        assert radius.max() <= 1
        # Of an even spread, a quarter lies within half the radius, and each quadrant has a quarter.
        assert np.count_nonzero(radius < 0.5) == pytest.approx(100, abs=5)
        quadrant = np.bincount((points > 0) @ [1, 2], minlength=4)
        assert quadrant == pytest.approx(100, abs=8)
