"""What a map's marks and colours mean, with counts: tables set beside or below it. Axes' units are inches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle

from sim.plots.map_panel import (
    BASE,
    HATCH,
    HATCH_COLOUR,
    LOOK_OF_BASE,
    LOOK_OF_STATE,
    MARKS,
    NEVER,
    STATE_NAMES,
    STEP_COLOURS,
    draw_mark,
    marker_of,
    share_words,
    size_of,
    steps_h,
)
from sim.plots.placing import line_height_in, shortened, text_width_in
from sim.plots.style import GREY, INK, LINE_GREY, TEXT_PT
from sim.processes.post import PostState
from sim.scenario.schema import Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.responses.snapshot import Snapshot
    from sim.scenario.schema import Scenario

_ROW_IN = line_height_in() + 0.035
_LIFT_IN = 0.36 * TEXT_PT / 72
_COLUMN_IN = 0.72
_LEAST_MARK_PT = 3.4
_BAR_IN = 0.15
_LEAST_BAR_IN = 2.2
_SWATCH_IN = 0.3
_POLICE_WORDS = "Sites with police"
_NEVER_WORDS = "not visited yet"
_SECTOR_HEADS = ("soldiers", "tours out", "covered")


class _Rows:
    """Rows of a table from the top down: the one that is written now, by its middle and baseline."""

    def __init__(self, ax: Axes) -> None:
        self._ax = ax
        self.middle = float(ax.get_ylim()[1]) - _ROW_IN / 2

    @property
    def baseline(self) -> float:
        return self.middle - _LIFT_IN

    def rule(self, width_in: float) -> None:
        """A line below this row."""
        y = self.middle - _ROW_IN / 2 + 0.01
        self._ax.plot([0, width_in], [y, y], color=LINE_GREY, linewidth=0.6, clip_on=False)

    def next(self) -> None:
        """Go on to the next row."""
        self.middle -= _ROW_IN


def counts_height_in(snapshots: Sequence[Snapshot]) -> float:
    """Height of the table of posts."""
    return (len(MARKS) + 2 + _is_any_with_police(snapshots)) * _ROW_IN


def _is_any_with_police(snapshots: Sequence[Snapshot]) -> bool:
    return any(PostState.POLICE in one.states for one in snapshots)


def draw_counts(ax: Axes, snapshots: Sequence[Snapshot], snapshot: Snapshot, cell_pt: float) -> None:
    """Posts of one snapshot by task and state, with their marks; the same rows for all that are shown."""
    names_in = max(text_width_in(name) for name in (_POLICE_WORDS, *(mark.name for mark in MARKS.values())))
    column_in = min((float(ax.get_xlim()[1]) - names_in) / 2, _COLUMN_IN)
    rights = [names_in + column_in, names_in + 2 * column_in]
    numbers_in = max(text_width_in(f"{len(snapshot.posts):,}"), text_width_in("000")) + 0.09
    rows = _Rows(ax)

    def write(column: int, n: int, marker: str, size_pt: float, look: dict[str, Any], gid: str) -> None:
        ax.text(rights[column], rows.baseline, f"{n:,}", ha="right", color=INK)
        at = np.array([[rights[column] - numbers_in, rows.middle]])
        draw_mark(ax, at, marker, max(size_pt, _LEAST_MARK_PT), look, f"key of {gid}")

    def write_state(column: int, task: Task, state: PostState) -> None:
        gid = f"{MARKS[task].name} {STATE_NAMES[state]}"
        size_pt, n = size_of(task, state, cell_pt), snapshot.n_posts(task, state)
        write(column, n, marker_of(task, state), size_pt, LOOK_OF_STATE[state], gid)

    columns = (PostState.MANNED, PostState.UNMANNED)
    for right, state in zip(rights, columns, strict=True):
        ax.text(right, rows.baseline, STATE_NAMES[state], ha="right", color=GREY)
    rows.rule(rights[-1])
    for task, mark in MARKS.items():
        rows.next()
        ax.text(0, rows.baseline, mark.name, color=INK)
        for column, state in enumerate(columns):
            write_state(column, task, state)
        if task is Task.SITES and _is_any_with_police(snapshots):
            rows.next()
            ax.text(0, rows.baseline, _POLICE_WORDS, color=INK)
            write_state(0, task, PostState.POLICE)
    rows.next()
    ax.text(0, rows.baseline, BASE.name, color=INK)
    write(0, len(snapshot.layout.base_km), BASE.marker, BASE.size_pt(cell_pt), LOOK_OF_BASE, "bases")


def colours_height_in(snapshots: Sequence[Snapshot], width_in: float) -> float:
    """Height of the colour bar with its words; a swatch for areas never visited goes beside it, or below."""
    return 3 * line_height_in() + _BAR_IN + 0.06 + _swatch(snapshots, width_in)[1] * (_BAR_IN + 0.1)


def draw_colours(ax: Axes, scenario: Scenario, snapshots: Sequence[Snapshot]) -> None:
    """The colour bar, with W marked, and a swatch for areas never visited if there are any."""
    width_in, top_in = float(ax.get_xlim()[1]), float(ax.get_ylim()[1])
    window_h, colours = scenario.coverage.window_h, STEP_COLOURS
    ends = [0.0, *steps_h(window_h)]
    is_any, is_below = _swatch(snapshots, width_in)
    beside_in = _SWATCH_IN + 0.35 + text_width_in(_NEVER_WORDS) if is_any and not is_below else 0.0
    step_in = (width_in - beside_in) / len(colours)
    covered_in = ends.index(window_h) * step_in
    line_in = line_height_in()
    ax.text(0, top_in - 0.75 * line_in, "Hours since the last visit", color=INK, fontweight="bold")
    bottom_in = top_in - 2 * line_in - _BAR_IN - 0.02
    for words, left, right in (("covered", 0.0, covered_in), ("not covered", covered_in, step_in * len(colours))):
        ax.text((left + right) / 2, top_in - 1.75 * line_in, words, ha="center", color=GREY)
    for index, colour in enumerate(colours):
        look: dict[str, Any] = {"facecolor": colour, "edgecolor": "white", "linewidth": 0.6}
        ax.add_patch(Rectangle((index * step_in, bottom_in), step_in, _BAR_IN, gid=f"step {index}", **look))
    ax.add_patch(Rectangle((0, bottom_in), len(colours) * step_in, _BAR_IN, fill=False, edgecolor=GREY, linewidth=0.6))
    window_words = f"W = {window_h:g}"
    for index, end in enumerate(ends):
        is_window, words = end == window_h, window_words if end == window_h else f"{end:.3g}"
        both_in = (text_width_in(window_words, bold=True) + text_width_in(words) * (1 + (index == 0))) / 2 + 0.04
        if is_window or abs(index * step_in - covered_in) > both_in:
            align, weight = "left" if index == 0 else "center", "bold" if is_window else "normal"
            ax.text(index * step_in, bottom_in - 0.9 * line_in, words, ha=align, color=INK, fontweight=weight)
    ax.plot(
        [covered_in, covered_in],
        [bottom_in - 0.025, top_in - line_in - 0.03],
        color=INK,
        linewidth=1.4,
        solid_capstyle="butt",
        gid="window",
    )
    if is_any:
        left = 0.0 if is_below else len(colours) * step_in + 0.28
        bottom = 0.0 if is_below else bottom_in
        look = {"facecolor": NEVER, "edgecolor": HATCH_COLOUR, "hatch": HATCH, "linewidth": 0.6}
        ax.add_patch(Rectangle((left, bottom), _SWATCH_IN, _BAR_IN, gid="never visited", **look))
        ax.text(left + _SWATCH_IN + 0.07, bottom + _BAR_IN / 2 - _LIFT_IN, _NEVER_WORDS, color=INK)


def _swatch(snapshots: Sequence[Snapshot], width_in: float) -> tuple[bool, bool]:
    """Whether any area was never visited, and whether its swatch goes below the bar."""
    is_any = any(np.isnan(one.since_visit_h).any() for one in snapshots)
    return is_any, is_any and width_in < _LEAST_BAR_IN + _SWATCH_IN + 0.4 + text_width_in(_NEVER_WORDS)


def draw_sectors(ax: Axes, scenario: Scenario, snapshot: Snapshot) -> None:
    """Soldiers, tours out and share of areas covered by sector; nothing for one sector or without room for all."""
    width_in, height_in = float(ax.get_xlim()[1]), float(ax.get_ylim()[1])
    sectors = list(scenario.theatre.sectors.values())
    if len(sectors) == 1 or (len(sectors) + 2) * _ROW_IN > height_in:
        return
    gap_in = 0.1
    rights = [width_in - sum(text_width_in(head) + gap_in for head in _SECTOR_HEADS[index + 1 :]) for index in range(3)]
    names_in = rights[0] - text_width_in(_SECTOR_HEADS[0]) - gap_in
    total = ("All", snapshot.strength.sum(), snapshot.tours_out.sum(), snapshot.share_covered_in_all)
    of_sectors = zip(
        [sector.name for sector in sectors], snapshot.strength, snapshot.tours_out, snapshot.share_covered, strict=True
    )
    rows = _Rows(ax)
    for head, right in zip(_SECTOR_HEADS, rights, strict=True):
        ax.text(right, rows.baseline, head, ha="right", color=GREY)
    rows.rule(width_in)
    for name, soldiers, tours, share in (*of_sectors, total):
        if name == "All":
            rows.rule(width_in)
        rows.next()
        ax.text(0, rows.baseline, shortened(name, names_in), color=INK)
        numbers = (f"{soldiers:,}", f"{tours:,}", share_words(float(share)))
        for words, right in zip(numbers, rights, strict=True):
            ax.text(right, rows.baseline, words, ha="right", color=INK)
