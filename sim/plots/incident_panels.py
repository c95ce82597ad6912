"""Panels of incidents: tension, how many, how they end, how soon they are met, and which sections they take.

A panel is drawn along days or along troop levels, whichever `Line` draws; it returns where its lines end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from sim.plots.curves import shares_axis
from sim.plots.placing import line_height_in
from sim.plots.style import (
    ARISEN,
    CONTAINED,
    ESCALATED,
    FROM_PATROLS,
    FROM_POSTS,
    FROM_RESERVE,
    GREY,
    HALF_MET,
    IN_TIME,
    INK,
    LINE_GREY,
    MOST_MET,
    TAKEN,
    TENSION,
    UNANSWERED,
    WITHOUT_TASK,
    Look,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.plots.panels import Ends

Line = Callable[["Axes", "pd.DataFrame", Look, int], tuple[Look, float]]
"""Draws the rows of one response, the so-manieth of its panel."""

Floats = NDArray[np.float64]

NUMBERS = {"incidents_per_day": ARISEN, "escalations": ESCALATED}
ENDS = {"response_within_target": IN_TIME, "contained_share": CONTAINED, "unanswered_share": UNANSWERED}
TIMES = {"response_min_p90": MOST_MET, "response_min_p50": HALF_MET}
PARTS = {
    "called_out_patrols_h_per_day": FROM_PATROLS,
    "called_out_reserve_h_per_day": FROM_RESERVE,
    "called_out_posts_h_per_day": FROM_POSTS,
    "called_out_standby_h_per_day": WITHOUT_TASK,
}
SUM = "called_out_h_per_day"
"""Section-hours a day called out in all."""

NEVER = "never"
_NEVER_AT = 1.7
_LEAST_MIN, _FLOOR_MIN = 1.0, 0.5
_SEEN = 0.01
"""A part of the sections called out has a name if it is ever so much of its axis [share]."""

_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960, 1920)


def draw_tension(ax: Axes, table: pd.DataFrame, line: Line, *, threshold: float) -> Ends:
    """Tension, and the threshold above which days are counted."""
    end = line(ax, table, TENSION, 0)
    ax.axhline(threshold, color=LINE_GREY, linewidth=1.1, linestyle=(0, (4, 2.2)), zorder=1.8, gid="threshold")
    _from_zero(ax, max(_top(table), 1.2 * threshold))
    return [end, (Look(f"Threshold {threshold:g}", GREY, ""), threshold)]


def draw_numbers(ax: Axes, table: pd.DataFrame, line: Line) -> Ends:
    """Incidents, and how many of them escalate."""
    ends = _draw_lines(ax, table, NUMBERS, line)
    _from_zero(ax, _top(table))
    return ends


def draw_ends(ax: Axes, table: pd.DataFrame, line: Line) -> Ends:
    """Shares of incidents met in time, contained and unanswered."""
    shares_axis(ax)
    return _draw_lines(ax, table, ENDS, line)


def draw_called_out(ax: Axes, table: pd.DataFrame, line: Line, *, x: Floats) -> Ends:
    """Section-hours a day called out, by the task that they are taken from, one on the other, and their sum.

    The interval of the sum is two thin lines: a band would change the colours below it.

    Parameters
    ----------
    ax : Axes
        Where.
    table : DataFrame
        Rows of `PARTS` and of `SUM`.
    line : Line
        Draws the sum.
    x : ndarray
        Where the values stand.
    """
    together = table[table["response"] == SUM]
    end = line(ax, together.assign(half_width=np.nan), TAKEN, 0)
    mean, half = (together[name].to_numpy(dtype=np.float64) for name in ("mean", "half_width"))
    for edge, values in (("lower", mean - half), ("upper", mean + half)):
        ax.plot(x, values, color=INK, linewidth=0.5, alpha=0.7, zorder=2, gid=f"{edge} {SUM}")
    top = _top(together)
    below, middles = np.zeros(len(x)), []
    for name, look in PARTS.items():
        values = table.loc[table["response"] == name, "mean"].to_numpy(dtype=np.float64)
        above = below + values
        if values.any():
            ax.fill_between(x, below, above, color=look.colour, linewidth=0, zorder=1.2, gid=f"area {name}")
            if values.max() > _SEEN * top:
                middles.append((look, min(float((below + above)[-1] / 2), end[1])))
        below = above
    _from_zero(ax, top)
    return [end, *reversed(middles)]


def draw_times(ax: Axes, table: pd.DataFrame, line: Line, *, x: str, height_in: float) -> Ends:
    """Minutes after which half and nine tenths of the incidents are met; `never` is a line above all of them.

    The axis is `height_in` high [in]: minutes that have no room are not written.
    """
    low, high = times_limits(table)
    has_never = bool(np.isinf(table["mean"]).any())
    never = _NEVER_AT * high
    ax.set_yscale("log")
    ax.set_ylim(low, never if has_never else high)
    least = (ax.get_ylim()[1] / low) ** (line_height_in() / height_in)
    ticks = _minutes(low, high, least, never if has_never else np.inf)
    labels = [f"{minute:g}" for minute in ticks]
    if has_never:
        ticks, labels = [*ticks, never], [*labels, NEVER]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticks(ticks, labels)
    ends = []
    for place, (name, look) in enumerate(TIMES.items()):
        rows = table[table["response"] == name]
        if rows.empty:
            continue
        is_never = np.isinf(rows["mean"].to_numpy())
        shown = rows.assign(
            mean=rows["mean"].where(~is_never), **{end: rows[end].clip(upper=never) for end in ("lowest", "highest")}
        )
        line(ax, shown, look, place)
        if is_never.any():
            at = rows["mean"].clip(upper=never).to_numpy()
            ax.plot(
                rows[x].to_numpy(dtype=np.float64),
                at,
                color=look.colour,
                linewidth=1.0,
                linestyle=":",
                marker=look.marker,
                markersize=look.marker_pt,
                markerfacecolor="white",
                markevery=np.flatnonzero(is_never).tolist(),
                clip_on=False,
                zorder=3.1,
                gid=f"never {name}",
            )
        ends.append((look, min(last_value(rows), never)))
    return ends


def _minutes(low: float, high: float, least: float, above: float) -> list[float]:
    """Minutes to write at an axis from low to high, each at most the next, and the last at most `above`, over least."""
    ticks = [above]
    for minute in reversed(_MINUTES):
        if low <= minute <= min(high, ticks[-1] / least):
            ticks.append(float(minute))
    return ticks[:0:-1]


def times_limits(table: pd.DataFrame) -> tuple[float, float]:
    """Lowest and highest minute of the axis of response times, without `never`.

    Ends of intervals are within, but for those below a minute: a logarithmic axis has no zero to reach.
    """
    half = table["half_width"].fillna(0)
    values = table[["mean", "lowest", "highest"]].to_numpy(dtype=np.float64).ravel()
    values = values[np.isfinite(values)]
    values = values if values.size else np.array([1.0, 60.0])
    ends = np.concatenate([table["mean"] - half, table["mean"] + half])
    ends = np.append(ends[np.isfinite(ends)], values)
    low = max(0.8 * float(ends.min()), min(_LEAST_MIN, 0.8 * float(values.min())), _FLOOR_MIN)
    return low, max(1.1 * float(ends.max()), 2 * low)


def last_value(rows: pd.DataFrame) -> float:
    """The last mean there is; nan if there is none."""
    valid = rows["mean"].dropna()
    return float(valid.iloc[-1]) if len(valid) else float("nan")


def _draw_lines(ax: Axes, table: pd.DataFrame, looks: dict[str, Look], line: Line) -> Ends:
    there = [name for name in looks if name in set(table["response"])]
    ends = {name: line(ax, table[table["response"] == name], looks[name], place) for place, name in enumerate(there)}
    heights = table.groupby("response")["mean"].mean()
    return [ends[name] for name in sorted(there, key=lambda name: -heights[name])]


def _top(table: pd.DataFrame) -> float:
    """Where an axis must end: above every mean with its band and, as far as it is drawn, its range."""
    top = table["mean"] + table["half_width"].fillna(0)
    return float((np.maximum(top, table["highest"]) if "troops" in table else top).max())


def _from_zero(ax: Axes, top: float) -> None:
    ax.set_ylim(0, 1.05 * top if top > 0 else 1.0)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter("{x:,.6g}")
