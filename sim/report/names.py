"""Names beside the points of a scatter plot: each on the side where it covers neither another name nor a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

_LETTER_PX, _HIGH_PX = 6.3, 13
_POINT_PX = 7
_AWAY_PX = 9
Box = tuple[float, float, float, float]
_MIDDLES_PX = (0, -13, 14)
"""How far below its point the middle of a name may stand."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a name stands: on which side of its point, and how far below it the middle of its letters is [px]."""

    is_left: bool
    dy: int

    @property
    def dx(self) -> int:
        """How far right of its point its near end is [px]."""
        return -_AWAY_PX if self.is_left else _AWAY_PX


def place_names(
    names: Sequence[str], points: Sequence[tuple[float, float]], size: tuple[float, float], lines: Sequence[Box] = ()
) -> list[Spot | None]:
    """A spot for each name, None where there is none free.

    Parameters
    ----------
    names : sequence of str
        Names, the most important first.
    points : sequence of (float, float)
        Where their points are, from the left and from the top [px].
    size : (float, float)
        Width and height of the plot [px].
    lines : sequence of (float, float, float, float)
        Left, top, right and bottom of what else no name may cover [px].
    """
    taken = [*lines]
    taken += [(x - _POINT_PX, y - _POINT_PX, x + _POINT_PX, y + _POINT_PX) for x, y in points]
    spots: list[Spot | None] = []
    for name, (x, y) in zip(names, points, strict=True):
        found = None
        for dy, is_left in product(_MIDDLES_PX, (False, True)):
            spot = Spot(is_left, dy)
            near = x + spot.dx
            far = near + (-1 if is_left else 1) * _LETTER_PX * len(name)
            box = (min(near, far), y + dy - _HIGH_PX / 2, max(near, far), y + dy + _HIGH_PX / 2)
            is_in = box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]
            if is_in and not any(_overlap(box, other) for other in taken):
                found = spot
                taken.append(box)
                break
        spots.append(found)
    return spots


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
