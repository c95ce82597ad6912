"""The axis of troop levels, and the marks of a scenario on it: labelled lines at strengths that documents name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from sim.plots.curves import MARK_LINE
from sim.plots.data import marks_between
from sim.plots.placing import line_height_in, shortened, stagger, text_width_in

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.scenario.schema import Scenario

_MARK_AT_IN = 0.08


@dataclass(frozen=True, slots=True)
class Marks:
    """Key, troops, label and row of each mark, and the room that they need above the axes [in]."""

    shown: tuple[tuple[str, int, str, int], ...]
    height_in: float


def troops_axis(table: pd.DataFrame) -> tuple[float, float]:
    """Bounds of the axis: from 0, unless that wastes half of it, to the highest level, at which lines end."""
    lowest, highest = float(table["troops"].min()), float(table["troops"].max())
    if lowest == highest:
        return 0.0, highest or 1.0
    return (0.0 if lowest <= highest / 2 else lowest - 0.05 * (highest - lowest)), highest


def troops_ticks(ax: Axes) -> None:
    """Few round troop levels."""
    ax.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 2.5, 5, 10], integer=True))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def lay_out_marks(scenario: Scenario, table: pd.DataFrame, width_in: float, room_in: float) -> Marks:
    """The marks in the range of a table's troop levels, their labels in rows that keep them apart.

    Parameters
    ----------
    scenario : Scenario
        Whose marks.
    table : DataFrame
        With troops.
    width_in, room_in : float
        Width of the axes, and from their left to where labels must end [in].
    """
    low, high = troops_axis(table)
    marks = marks_between(scenario, int(table["troops"].min()), int(table["troops"].max()))
    offsets = [(troops - low) / (high - low) * width_in for _, troops, _ in marks]
    room_in -= _MARK_AT_IN
    labels = [shortened(label, room_in - offset) for (_, _, label), offset in zip(marks, offsets, strict=True)]
    rows = stagger(offsets, [text_width_in(label) for label in labels], 0.1)
    shown = tuple((key, troops, label, row) for (key, troops, _), label, row in zip(marks, labels, rows, strict=True))
    return Marks(shown, (max(rows, default=-1) + 1) * line_height_in() + _MARK_AT_IN)


def draw_marks(ax: Axes, marks: Marks, height_in: float) -> None:
    """Marks in axes of that height, with their labels above."""
    for key, troops, label, row in marks.shown:
        rise = 1 + (_MARK_AT_IN + row * line_height_in() + 0.1) / height_in
        ax.plot([troops, troops], [0, rise], transform=ax.get_xaxis_transform(), clip_on=False, **MARK_LINE)
        ax.lines[-1].set_gid(f"mark {key}")
        text_at = (3.0, (_MARK_AT_IN + row * line_height_in()) * 72)
        ax.annotate(label, (troops, 1), text_at, ("data", "axes fraction"), "offset points", annotation_clip=False)
