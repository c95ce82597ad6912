"""Names beside points cover nothing, and are left out where there is no room."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from sim.report.names import Spot, place_names

WIDTH, HEIGHT = 500.0, 300.0
SIZE = WIDTH, HEIGHT


def box_of(name: str, point: tuple[float, float], spot: Spot) -> tuple[float, float, float, float]:
    near = point[0] + spot.dx
    far = near + (-1 if spot.is_left else 1) * 6.3 * len(name)
    return min(near, far), point[1] + spot.dy - 6.5, max(near, far), point[1] + spot.dy + 6.5


@given(st.lists(st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT)), min_size=1, max_size=15))
def test_no_name_covers_another_or_a_point(points: list[tuple[float, float]]) -> None:
    names = [f"Policy number {i}" for i in range(len(points))]
    boxes = [
        box_of(name, point, spot)
        for name, point, spot in zip(names, points, place_names(names, points, SIZE), strict=True)
        if spot is not None
    ]
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    for left, top, right, bottom in boxes:
        assert left >= 0 and right <= WIDTH and top >= 0 and bottom <= HEIGHT
        assert not [(x, y) for x, y in points if left < x < right and top < y < bottom]


def test_names_stand_beside_their_points_where_there_is_room() -> None:
    assert place_names(["A" * 100], [(250.0, 100.0)], SIZE) == [None]
    assert place_names(["One", "Two"], [(10.0, 10.0), (490.0, 10.0)], SIZE) == [Spot(False, 0), Spot(True, 0)]
    # What is drawn beside a point moves its name away from it, and within the plot.
    assert place_names(["One"], [(250.0, 50.0)], SIZE, [(0, 49, WIDTH, 51)]) == [Spot(False, -13)]
    assert place_names(["One"], [(250.0, 8.0)], SIZE, [(0, 7, WIDTH, 9)]) == [Spot(False, 14)]
