"""Where things stand on a map, and where its words fit. Lengths are inches from the map's lower left corner.

Words go where nothing else is, or nowhere: a name without room is left to the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sim.plots.placing import line_height_in, text_width_in
from sim.theatre.geometry import inside

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MARGIN_IN = 0.09
_TOP_IN, _BOTTOM_IN = 0.06, 0.2
LABEL_PAD_IN = 0.035
_AWAY_IN = 0.085
_AWAYS_IN = (0.085, 0.12, 0.16)
_NEAR_IN = 0.01
_CLEAR_IN = 0.06
_SAMPLES = 7
_STEP_IN = 0.03


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Upper edge."""
        return self.bottom + self.height

    def overlaps(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def is_in(self, other: Box) -> bool:
        """Whether it is wholly in the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )

    def holds(self, points: Floats, margin: float = 0.0) -> NDArray[np.bool_]:
        """Which points, shape (n, 2), are in it or within a margin of it."""
        low = np.array([self.left, self.bottom]) - margin
        high = np.array([self.right, self.top]) + margin
        held: NDArray[np.bool_] = np.all((points >= low) & (points <= high), axis=1)
        return held

    def grid(self) -> Floats:
        """Points spread over it, shape (n, 2)."""
        across = np.linspace(self.left, self.right, _SAMPLES)
        return np.array(list(product(across, np.linspace(self.bottom, self.top, _SAMPLES))))


@dataclass(frozen=True, slots=True)
class Frame:
    """How kilometres become inches: the map's size, its scale, and where its origin lies."""

    width_in: float
    height_in: float
    inch_per_km: float
    origin_in: tuple[float, float]

    @property
    def box(self) -> Box:
        """The whole map."""
        return Box(0, 0, self.width_in, self.height_in)

    def place(self, km: Floats) -> Floats:
        """Positions on the map of positions in the theatre, shape (n, 2)."""
        return np.asarray(self.inch_per_km * km + np.array(self.origin_in))


def fit(points_km: Floats, width_in: float, most_height_in: float) -> Frame:
    """The largest map of the points that is so wide and at most so high; the points lie in its middle."""
    low, high = points_km.min(axis=0), points_km.max(axis=0)
    size = np.maximum(high - low, 1e-9)
    room_in = np.array([width_in - 2 * _MARGIN_IN, most_height_in - _TOP_IN - _BOTTOM_IN])
    inch_per_km = float(np.min(room_in / size))
    left_in = (width_in - inch_per_km * float(size[0])) / 2
    height_in = float(size[1]) * inch_per_km + _TOP_IN + _BOTTOM_IN
    origin_in = (left_in - inch_per_km * float(low[0]), _BOTTOM_IN - inch_per_km * float(low[1]))
    return Frame(width_in, height_in, inch_per_km, origin_in)


def round_length_km(most_km: float) -> float:
    """The longest of 1, 2 and 5 times a power of ten that is at most so long."""
    power = 10.0 ** np.floor(np.log10(most_km))
    return float(max(step * power for step in (1, 2, 5) if step * power <= most_km))


def free_corner(
    frame: Frame, outline_km: Floats, points_km: Floats, width_in: float, height_in: float
) -> tuple[Frame, Box]:
    """A corner for the scale bar that theatre and points leave free; if none, the map grows a strip below.

    Returns
    -------
    The frame, taller if need be, and the corner.
    """
    outline, points = frame.place(outline_km), frame.place(points_km)
    solid = np.vstack([_along(outline), points])
    for bottom, left in product((0.0, frame.height_in - height_in), (0.0, frame.width_in - width_in)):
        corner = Box(left, bottom, width_in, height_in)
        if not corner.holds(solid, _AWAY_IN).any() and not inside(corner.grid(), outline).any():
            return frame, corner
    taller = replace(
        frame,
        height_in=frame.height_in + height_in,
        origin_in=(frame.origin_in[0], frame.origin_in[1] + height_in),
    )
    return taller, Box(0.0, 0.0, width_in, height_in)


def _along(ring: Floats) -> Floats:
    """Points along a ring, at most a step apart."""
    after = np.roll(ring, -1, axis=0)
    n = np.maximum(np.ceil(np.hypot(*(after - ring).T) / _STEP_IN).astype(int), 1)
    return np.vstack([np.linspace(a, b, k, endpoint=False) for a, b, k in zip(ring, after, n, strict=True)])


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of text in their box, set flush left, right or centred."""

    lines: tuple[str, ...]
    box: Box
    align: str


def name_points(
    names: Sequence[str], at: Floats, *, frame: Frame, outline: Floats, taken: Sequence[Box], marks: Floats
) -> dict[int, Words]:
    """Names beside their points, outside the outline, where there is room.

    Parameters
    ----------
    names
        In the order in which they are given room.
    at
        Their points, shape (n, 2).
    frame, outline
        The map, and the theatre's outline on it.
    taken
        Boxes that are used already.
    marks
        Points that must stay visible, shape (m, 2), those named included.

    Returns
    -------
    Index of each name that fits, and its words.
    """
    placed: dict[int, Words] = {}
    used = list(taken)
    edge = _along(outline)
    for index, (name, point) in enumerate(zip(names, at, strict=True)):
        for lines, away_in, (x, y) in product(_broken(name), _AWAYS_IN, _DIRECTIONS):
            width = max(text_width_in(line) for line in lines)
            height = len(lines) * line_height_in()
            box = Box(
                float(point[0]) + x * away_in - (1 - x) * width / 2,
                float(point[1]) + y * away_in - (1 - y) * height / 2,
                width,
                height,
            )
            box = _moved_into(frame.box, box)
            is_free = box.is_in(frame.box) and not any(box.overlaps(other) for other in used)
            is_free = is_free and not box.holds(marks, _CLEAR_IN).any()
            if is_free and not box.holds(edge, _NEAR_IN).any() and not inside(box.grid(), outline).any():
                placed[index] = Words(lines, box, {1: "left", 0: "center", -1: "right"}[x])
                used.append(box)
                break
    return placed


def _moved_into(frame: Box, box: Box) -> Box:
    """The box, moved sideways into the frame if it sticks out."""
    return replace(box, left=min(max(box.left, frame.left), frame.right - box.width))


_DIRECTIONS = (*((x, y) for y in (0.0, 0.5, -0.5, 1.0, -1.0) for x in (1, -1)), (0, 1.0), (0, -1.0))


def _broken(name: str) -> list[tuple[str, ...]]:
    """A name in one line, in two if it has parts, and as narrow as its words and brackets let it be."""
    ways: list[tuple[str, ...]] = [(name,)]
    for mark in (" / ", " (", " "):
        first, found, second = name.partition(mark)
        if found:
            ways.append((first + found.rstrip(" ("), second if mark != " (" else f"({second}"))
            break
    lines: list[str] = []
    parts = re.findall(r"\([^)]*\)|\S+(?: /)?", name)
    widest = max(map(text_width_in, parts), default=0.0)
    for part in parts:
        if lines and text_width_in(f"{lines[-1]} {part}") <= widest:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
    return [*ways, tuple(lines)]


def label_regions(
    labels: Sequence[tuple[str, str]],
    *,
    frame: Frame,
    centres: Floats,
    region: Ints,
    outline: Floats,
    taken: Sequence[Box],
    posts: Floats,
    marks: Floats,
) -> dict[int, Words]:
    """Labels in their regions, where they hide least.

    Parameters
    ----------
    labels
        A region's name, bold, and a line below it.
    frame
        The map.
    centres, region
        Centres of cells, shape (A, 2), and the region of each.
    outline, taken
        The theatre's outline; boxes that are used already.
    posts, marks
        Points better not hidden, shape (n, 2), and points that must not be, shape (m, 2).

    Returns
    -------
    Index of each region that can be labelled, and its words; the first line is bold.
    """
    placed: dict[int, Words] = {}
    used = list(taken)
    for index, (name, below) in enumerate(labels):
        own = centres[region == index]
        width = max(text_width_in(name, bold=True), text_width_in(below)) + 2 * LABEL_PAD_IN
        height = 2 * line_height_in() + LABEL_PAD_IN
        middle = own.mean(axis=0)
        reach = float(np.hypot(*(own - middle).T).max()) or 1.0
        off_centre = 6 * np.hypot(*(own - middle).T) / reach
        best: tuple[float, Box] | None = None
        for at in np.argsort(off_centre, kind="stable"):
            if best is not None and off_centre[at] >= best[0]:
                break
            x, y = own[at]
            box = Box(float(x) - width / 2, float(y) - height / 2, width, height)
            is_free = box.is_in(frame.box) and not any(box.overlaps(other) for other in used)
            if not is_free or box.holds(marks, _AWAY_IN).any():
                continue
            cost = int(box.holds(posts).sum()) + float(off_centre[at])
            if best is not None and cost >= best[0]:
                continue
            points = box.grid()
            nearest = np.argmin(((points[:, None, :] - centres) ** 2).sum(axis=2), axis=1)
            share_within = float(np.mean((region[nearest] == index) & inside(points, outline)))
            if share_within < _LEAST_WITHIN:
                continue
            cost += (1 - share_within) * 150
            if best is None or cost < best[0] - 1e-9:
                best = cost, box
        if best is not None:
            placed[index] = Words((name, below), best[1], "center")
            used.append(best[1])
    return placed


_LEAST_WITHIN = 0.5
