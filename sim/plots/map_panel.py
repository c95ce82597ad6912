"""One panel of a map: areas by time since the last visit, sectors, posts by state, and the names that fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from sim.plots.cells import make_cells
from sim.plots.map_labels import (
    LABEL_PAD_IN,
    Box,
    Frame,
    Words,
    fit,
    free_corner,
    label_regions,
    name_points,
    round_length_km,
)
from sim.plots.placing import line_height_in, shortened
from sim.plots.style import GREY, INK, TEXT_PT, WITH_POLICE
from sim.processes.post import PostState
from sim.scenario.schema import Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.responses.snapshot import Snapshot
    from sim.scenario.schema import Scenario
    from sim.theatre import Layout

Floats = NDArray[np.float64]

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
NEVER = "#E9E9E9"
HATCH = "////"
HATCH_COLOUR = "#9A9A9A"
BORDER_PT, CASING_PT = 1.1, 2.8
STEP_COLOURS = ("#f5fbc3", "#ceecb3", "#a5dbb8", "#31a2c2", "#236eaf", "#253896")
"""Of ColorBrewer's YlGnBu, at CIELAB lightness 97, 90, 83 (covered) and 62, 45, 28: equal steps, the largest at W.

Brewer, C. A. (2003). A transition in improving maps: the ColorBrewer example. Cartography and Geographic Information
Science 30(2): 159-162.
"""

_STEPS_OF_W = (1 / 3, 2 / 3, 1.0, 2.0, 4.0)
_SCALE_SHARE = 0.2
_CORNER_HEIGHT_IN = 0.42
_NORTH_IN = 0.22
_MOST_LABEL_IN = 1.3


@dataclass(frozen=True, slots=True)
class Mark:
    """How a kind of post, or a base, is marked: its name, shape, and size in areas' widths and in points."""

    name: str
    marker: str
    of_cell: float
    least_pt: float
    most_pt: float

    def size_pt(self, cell_pt: float) -> float:
        """Size on a map with areas so wide [pt]."""
        return min(max(self.of_cell * cell_pt, self.least_pt), self.most_pt)


MARKS = {
    Task.SITES: Mark("Sites", "o", 0.19, 1.9, 4.5),
    Task.CHECKPOINTS: Mark("Checkpoints", "s", 0.25, 2.5, 5.0),
    Task.CROSSING_POINTS: Mark("Crossing points", "^", 0.6, 6.0, 7.0),
}
BASE = Mark("Bases", "*", 0.8, 8.5, 10.0)

LOOK_OF_STATE: dict[PostState, dict[str, Any]] = {
    PostState.UNMANNED: {"markerfacecolor": "white", "markeredgecolor": INK, "markeredgewidth": 0.5},
    PostState.MANNED: {"markerfacecolor": INK, "markeredgecolor": "white", "markeredgewidth": 0.3},
    PostState.POLICE: {"markerfacecolor": WITH_POLICE.colour, "markeredgecolor": "white", "markeredgewidth": 0.4},
}
STATE_NAMES = {PostState.MANNED: "manned", PostState.UNMANNED: "unmanned", PostState.POLICE: "police"}


def size_of(task: Task, state: PostState, cell_pt: float) -> float:
    """Size of a post's mark [pt]; a site with the police is the rarer one and drawn larger."""
    size_pt = MARKS[task].size_pt(cell_pt)
    return max(1.7 * size_pt, 5.0) if state is PostState.POLICE else size_pt


def marker_of(task: Task, state: PostState) -> str:
    """Shape of a post's mark: sites with the police have one of their own, told apart in grey too."""
    return "P" if state is PostState.POLICE else MARKS[task].marker


def steps_h(window_h: float) -> list[float]:
    """Upper ends [h] of all steps of the colour bar but the last, which has none; W is the third.

    Examples
    --------
    >>> steps_h(6)
    [2.0, 4.0, 6, 12.0, 24.0]
    """
    return [window_h if step == 1 else window_h * step for step in _STEPS_OF_W]


def colours_of(since_visit_h: Floats, window_h: float) -> list[str]:
    """Colour of each area; an area at the very end of a step is in the next, as W itself is not covered any more."""
    steps = np.searchsorted(steps_h(window_h), since_visit_h, side="right")
    return [NEVER if np.isnan(hours) else STEP_COLOURS[step] for hours, step in zip(since_visit_h, steps, strict=True)]


def share_words(share: float) -> str:
    """A share as a percentage, a dash where there is none."""
    return "–" if np.isnan(share) else f"{100 * share:.0f}{NO_BREAK_SPACE}%"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the panels of a theatre share: the frame, the scale bar with its corner, and cells [in]."""

    frame: Frame
    bar_km: float
    corner: Box
    outline: Floats
    cells: list[Floats]
    borders: list[Floats]
    cell_pt: float


def lay_ground(layout: Layout, width_in: float, most_height_in: float) -> Ground:
    """Fit a layout into a panel so wide and at most about so high."""
    points = np.vstack([layout.base_km, layout.crossing_km, layout.site_km, layout.checkpoint_km])
    frame = fit(np.vstack([layout.outline_km, points]), width_in, most_height_in)
    bar_km = round_length_km(_SCALE_SHARE * width_in / frame.inch_per_km)
    corner_in = _NORTH_IN + max(bar_km * frame.inch_per_km, 0.5)
    frame, corner = free_corner(frame, layout.outline_km, points, corner_in, _CORNER_HEIGHT_IN)
    cells, borders = make_cells(layout.area_km, layout.outline_km, layout.area_sector)
    return Ground(
        frame=frame,
        bar_km=bar_km,
        corner=corner,
        outline=frame.place(layout.outline_km),
        cells=[frame.place(cell) for cell in cells],
        borders=[frame.place(border) for border in borders],
        cell_pt=layout.cell_radius_km * 3**0.5 * frame.inch_per_km * 72,
    )


def draw_panel(ax: Axes, scenario: Scenario, snapshot: Snapshot, ground: Ground) -> None:
    """Draw a snapshot; the axes' units are inches."""
    frame = ground.frame
    ax.set_xlim(0, frame.width_in)
    ax.set_ylim(0, frame.height_in)
    ax.set_axis_off()
    ax.set_xticks([])
    ax.set_yticks([])
    _draw_areas(ax, scenario, snapshot, ground)
    _draw_posts(ax, snapshot, ground)
    _draw_scale(ax, ground)
    _write(ax, scenario, snapshot, ground)


def _draw_areas(ax: Axes, scenario: Scenario, snapshot: Snapshot, ground: Ground) -> None:
    edge = Polygon(ground.outline, closed=True, fill=False, edgecolor=INK, linewidth=BORDER_PT, zorder=3, gid="outline")
    ax.add_patch(edge)
    is_never = np.isnan(snapshot.since_visit_h)
    colours = colours_of(snapshot.since_visit_h, scenario.coverage.window_h)
    visited = [index for index in range(len(colours)) if not is_never[index]]
    kinds = (
        ("areas", visited, {"facecolors": [colours[index] for index in visited], "edgecolors": "white"}),
        (
            "areas never visited",
            np.flatnonzero(is_never),
            {"facecolors": NEVER, "edgecolors": HATCH_COLOUR, "hatch": HATCH},
        ),
    )
    for gid, indices, look in kinds:
        areas = PolyCollection([ground.cells[i] for i in indices], linewidths=0.4, zorder=1, gid=gid, **look)
        ax.add_collection(areas, autolim=False)
        areas.set_clip_path(edge)
    for width_pt, colour, gid in ((CASING_PT, "white", "casing of borders"), (BORDER_PT, INK, "borders of sectors")):
        lines = LineCollection(ground.borders, linewidths=width_pt, colors=colour, capstyle="round", zorder=2, gid=gid)
        ax.add_collection(lines, autolim=False)
        lines.set_clip_path(edge)


def _draw_posts(ax: Axes, snapshot: Snapshot, ground: Ground) -> None:
    place = places_of_posts(snapshot, ground.frame)
    for task in (Task.CHECKPOINTS, Task.SITES, Task.CROSSING_POINTS):
        mark = MARKS[task]
        for state, look in LOOK_OF_STATE.items():
            at = [
                place[post.key]
                for post, its in zip(snapshot.posts, snapshot.states, strict=True)
                if post.task is task and its is state
            ]
            if at:
                draw_mark(
                    ax,
                    np.array(at),
                    marker_of(task, state),
                    size_of(task, state, ground.cell_pt),
                    look,
                    f"{mark.name} {STATE_NAMES[state]}",
                )
    bases = ground.frame.place(snapshot.layout.base_km)
    draw_mark(ax, bases, BASE.marker, BASE.size_pt(ground.cell_pt), LOOK_OF_BASE, "bases")


LOOK_OF_BASE: dict[str, Any] = {"markerfacecolor": "#E69F00", "markeredgecolor": INK, "markeredgewidth": 0.6}


def draw_mark(ax: Axes, at: Floats, marker: str, size_pt: float, look: dict[str, Any], gid: str) -> None:
    """Marks of one kind and state, shape (n, 2)."""
    ax.plot(*at.T, linestyle="none", marker=marker, markersize=size_pt, zorder=4, clip_on=False, gid=gid, **look)


def places_of_posts(snapshot: Snapshot, frame: Frame) -> dict[str, Floats]:
    """Place of each post on the map, by key."""
    layout = snapshot.layout
    keys = (*layout.site_keys, *layout.checkpoint_keys, *layout.crossing_keys)
    at = frame.place(np.vstack([layout.site_km, layout.checkpoint_km, layout.crossing_km]))
    return dict(zip(keys, at, strict=True))


def _draw_scale(ax: Axes, ground: Ground) -> None:
    corner, bar_in = ground.corner, ground.bar_km * ground.frame.inch_per_km
    north = corner.left + 0.07
    ax.annotate(
        "",
        (north, corner.top - line_height_in()),
        (north, corner.bottom + 0.01),
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
    )
    ax.text(north, corner.top, "N", ha="center", va="top", color=INK)
    left = corner.left + _NORTH_IN
    ax.add_patch(
        Rectangle(
            (left, corner.bottom + 0.02), bar_in / 2, 0.045, facecolor=INK, edgecolor=INK, linewidth=0.6, gid="scale"
        )
    )
    ax.add_patch(
        Rectangle(
            (left + bar_in / 2, corner.bottom + 0.02),
            bar_in / 2,
            0.045,
            facecolor="white",
            edgecolor=INK,
            linewidth=0.6,
        )
    )
    ax.text(left, corner.bottom + 0.1, f"{ground.bar_km:g} km", ha="left", va="bottom", color=INK)


def _write(ax: Axes, scenario: Scenario, snapshot: Snapshot, ground: Ground) -> None:
    layout, frame, theatre = snapshot.layout, ground.frame, scenario.theatre
    crossings, bases = frame.place(layout.crossing_km), frame.place(layout.base_km)
    marks = np.vstack([crossings, bases])
    labels = [
        (shortened(sector.name, _MOST_LABEL_IN, bold=True), "no patrols" if np.isnan(share) else share_words(share))
        for sector, share in zip(theatre.sectors.values(), snapshot.share_covered, strict=True)
    ]
    place = places_of_posts(snapshot, frame)
    sectors = label_regions(
        labels,
        frame=frame,
        centres=frame.place(layout.area_km),
        region=layout.area_sector,
        outline=ground.outline,
        taken=[ground.corner],
        posts=np.array([place[post.key] for post in snapshot.posts]).reshape(-1, 2),
        marks=marks,
    )
    names = name_points(
        [point.name for point in theatre.crossing_points.values()],
        crossings,
        frame=frame,
        outline=ground.outline,
        taken=[ground.corner, *(words.box for words in sectors.values())],
        marks=marks,
    )
    for words in sectors.values():
        box = words.box
        back = Rectangle(
            (box.left, box.bottom), box.width, box.height, facecolor="white", edgecolor="none", alpha=0.82, zorder=5
        )
        ax.add_patch(back)
        _write_lines(ax, words, INK, zorder=6, pad_in=LABEL_PAD_IN, is_first_bold=True)
    for words in names.values():
        _write_lines(ax, words, GREY, zorder=6)


def _write_lines(
    ax: Axes, words: Words, colour: str, *, zorder: float, pad_in: float = 0.0, is_first_bold: bool = False
) -> None:
    box = words.box
    x = {"left": box.left, "center": box.left + box.width / 2, "right": box.right}[words.align]
    for index, line in enumerate(words.lines):
        y = box.top - pad_in / 2 - index * line_height_in() - 0.5 * line_height_in() - 0.35 * TEXT_PT / 72
        weight = "bold" if is_first_bold and index == 0 else "normal"
        ax.text(x, y, line, ha=words.align, va="baseline", color=colour, fontweight=weight, zorder=zorder)
