"""Panels of a timeline: one under the other on the same dates, with dated labels in lanes above a panel."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import NDArray

from sim.plots.curves import MARK_LINE, draw_curve, shares_axis
from sim.plots.data import MEDIAN_STRENGTH, THEATRE, strength_words, with_intervals
from sim.plots.dates import day_number
from sim.plots.placing import line_height_in, shortened, stagger, text_width_in
from sim.plots.style import (
    AT_CHECKPOINTS,
    AT_CROSSING_POINTS,
    COMPLETED,
    INK,
    LINE_GREY,
    LOOKS,
    TASKED,
    WITH_FORCE,
    WITH_POLICE,
    WITH_RESERVES,
    Look,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.scenario.schema import Scenario

Ends = Sequence[tuple[Look, float]]
"""Where the lines of a panel end at its right, and how they are named."""

_LABEL_GAP_IN = 0.1
_TEXT_AT_IN = 0.09
_LANES_AT_IN = 0.06
_N_MARKERS = 6
_MARKER_PT = 4.6
_MOST_LANES = 8


@dataclass(frozen=True, slots=True)
class DatedLabel:
    """A label from one date to another, or at one date.

    `middle` is set if the dates are those of several replications: their median.
    """

    gid: str
    begin: dt.date
    end: dt.date
    text: str
    is_begin_shown: bool = True
    middle: dt.date | None = None

    @property
    def has_length(self) -> bool:
        """Whether it has two ends."""
        return self.begin < self.end


@dataclass(frozen=True, slots=True)
class Span:
    """The dates along all panels, how wide they are drawn [in], and how far labels may go [in]."""

    start: dt.date
    end: dt.date
    width_in: float
    room_in: float

    def offset_in(self, date: dt.date) -> float:
        """How far right of the start a date is [in]."""
        return (date - self.start) / (self.end - self.start) * self.width_in


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel's title, height without lanes [in], how it is drawn, and its labels."""

    title: str
    height_in: float
    draw: Callable[[Axes], Ends]
    labels: Sequence[DatedLabel] = ()


def lane_rows(labels: Sequence[DatedLabel], span: Span) -> list[int]:
    """The lane of each label, 0 the lowest."""
    return stagger(
        [span.offset_in(label.begin) for label in labels],
        [
            span.offset_in(label.end) - span.offset_in(label.begin) + _TEXT_AT_IN + text_width_in(_short(label, span))
            for label in labels
        ],
        _LABEL_GAP_IN,
    )


def lanes_height_in(labels: Sequence[DatedLabel], span: Span) -> float:
    """Room that the labels need above their panel [in]."""
    return (max(lane_rows(labels, span)) + 1) * line_height_in() + _LANES_AT_IN if labels else 0.0


def draw_labels(ax: Axes, labels: Sequence[DatedLabel], span: Span, height_in: float) -> None:
    """Labels above a panel of the given height; those of a single date with a line down to it."""
    across = ax.get_xaxis_transform()
    for label, row in zip(labels, lane_rows(labels, span), strict=True):
        middle_in = _LANES_AT_IN + (row + 0.5) * line_height_in()
        y = 1 + middle_in / height_in
        begin, end = day_number(label.begin), day_number(label.end)
        if label.middle is not None:
            look: dict[str, Any] = {"color": LINE_GREY, "linewidth": 2.5, "solid_capstyle": "butt"}
            ax.plot([begin, end], [y, y], transform=across, clip_on=False, gid=label.gid, **look)
            _dot(ax, day_number(label.middle), y, INK, marker="D")
        elif label.has_length:
            ax.plot([begin, end], [y, y], color=INK, linewidth=1, transform=across, clip_on=False, gid=label.gid)
            if label.is_begin_shown:
                _dot(ax, begin, y, "white")
            _dot(ax, end, y, INK)
        else:
            top = y + 0.4 * line_height_in() / height_in
            ax.plot([end, end], [1, top], transform=across, clip_on=False, gid=label.gid, **MARK_LINE)
        ax.annotate(
            _short(label, span),
            (end, 1),
            (_TEXT_AT_IN * 72 if label.has_length or label.middle else 3.0, middle_in * 72),
            ("data", "axes fraction"),
            "offset points",
            va="center_baseline",
            annotation_clip=False,
        )


def draw_strength(ax: Axes, rows: pd.DataFrame, reserves: pd.DataFrame, end: dt.date, n_most: int = 5) -> Ends:
    """Strength as steps: it holds until it changes. Reserves stand on it; a band shows where replications differ."""
    x, values = steps(rows, end)
    which = "median" if rows["response"].iloc[0] == MEDIAN_STRENGTH else "mean"
    top = values
    if not reserves.empty:
        top = values + steps(reserves, end)[1]
        look: dict[str, Any] = {"step": "post", "color": WITH_RESERVES.colour, "linewidth": 0}
        ax.fill_between(x, values, top, gid="area reserves", **look)
    if (rows["highest"] > rows["lowest"]).any():
        low, high = (steps(rows.assign(mean=rows[name]), end)[1] for name in ("lowest", "highest"))
        ax.fill_between(x, low, high, step="post", color=LINE_GREY, alpha=0.3, linewidth=0, gid="range strength")
        top = np.maximum(top, high)
    ax.step(x, values, where="post", color=INK, linewidth=1.8, clip_on=False, gid=f"{which} strength")
    ax.set_ylim(0, max(1.05 * np.nanmax(top), 1.0))
    counts_axis(ax, n_most)
    return [] if reserves.empty else [(WITH_RESERVES, float(np.nanmax(top)))]


def draw_shares(ax: Axes, table: pd.DataFrame) -> Ends:
    """The headline and its parts."""
    shares_axis(ax)
    responses = [name for name in LOOKS if name in set(table["response"])]
    ends = {
        name: draw_line(ax, table[table["response"] == name], LOOKS[name], place)
        for place, name in enumerate(responses)
    }
    heights = table.groupby("response")["mean"].mean()
    return [ends[name] for name in sorted(responses, key=lambda name: -heights[name])]


def draw_patrols(ax: Axes, table: pd.DataFrame) -> Ends:
    """Patrols tasked and completed."""
    return draw_counts(ax, table, {"patrols_tasked": TASKED, "patrols_completed": COMPLETED})


def draw_waits(ax: Axes, table: pd.DataFrame) -> Ends:
    """Mean waits of vehicles [min]."""
    return draw_counts(ax, table, {"checkpoint_wait_min": AT_CHECKPOINTS, "crossing_wait_min": AT_CROSSING_POINTS})


def draw_counts(ax: Axes, table: pd.DataFrame, looks: dict[str, Look]) -> Ends:
    """Lines of what there is, from 0 up."""
    ends = [
        draw_line(ax, table[table["response"] == name], look, 2 * place)
        for place, (name, look) in enumerate(looks.items())
        if name in set(table["response"])
    ]
    ax.set_ylim(0, 1.05 * (table["mean"] + table["half_width"].fillna(0)).max())
    counts_axis(ax)
    return ends


def draw_sites(ax: Axes, kfor: pd.DataFrame, police: pd.DataFrame, end: dt.date) -> Ends:
    """Sites by who guards them, one on the other."""
    x, guarded = steps(kfor, end)
    _, handed_over = steps(police, end)
    total = guarded + handed_over
    ax.fill_between(x, 0, guarded, step="post", color=WITH_FORCE.colour, linewidth=0, gid="area sites_kfor")
    ax.fill_between(x, guarded, total, step="post", color=WITH_POLICE.colour, linewidth=0, gid="area sites_police")
    ax.set_ylim(0, max(np.nanmax(total), 1.0))
    counts_axis(ax)
    middles = [(WITH_FORCE, guarded[-1] / 2, guarded[-1]), (WITH_POLICE, (guarded + total)[-1] / 2, handed_over[-1])]
    return [(look, float(middle)) for look, middle, height in middles if height > 0]


def counts_axis(ax: Axes, n_most: int = 5) -> None:
    """Few round numbers with thousands separators."""
    ax.yaxis.set_major_locator(MaxNLocator(n_most, steps=[1, 2, 5, 10], integer=True))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def draw_guides(ax: Axes, labels: Sequence[DatedLabel]) -> None:
    """Lines through a panel where strengths change."""
    for label in labels:
        x = day_number(label.middle or label.end)
        ax.plot([x, x], [0, 1], transform=ax.get_xaxis_transform(), linestyle=":", **MARK_LINE)


def stage_labels(scenario: Scenario, policy: str, sector: str = THEATRE) -> list[DatedLabel]:
    """Stages of a policy that take effect in the horizon, from the decision to the effect."""
    horizon = scenario.horizon
    return [
        DatedLabel(
            f"stage {key}",
            max(stage.decided_on, horizon.start),
            stage.effective_on,
            f"{stage.name}  {strength_words(stage.strength, sector)}",
            is_begin_shown=stage.decided_on >= horizon.start,
        )
        for key, stage in scenario.policy[policy].stages.items()
        if horizon.start <= stage.effective_on < horizon.end
    ]


def fewer_stages(
    scenario: Scenario, policy: str, stages: Sequence[DatedLabel], others: Sequence[DatedLabel], span: Span
) -> list[DatedLabel]:
    """Labels of stages without those of the smallest changes, by ratio, until no more than eight lanes are needed."""
    changes, before = {}, scenario.strength
    for key, stage in sorted(scenario.policy[policy].stages.items(), key=lambda item: item[1].effective_on):
        changes[f"stage {key}"] = abs(math.log(max(stage.strength, 1) / max(before, 1)))
        before = stage.strength
    kept = list(stages)
    while len(kept) > 1 and max(lane_rows([*kept, *others], span)) >= _MOST_LANES:
        kept.remove(min(kept, key=lambda label: changes[label.gid]))
    return kept


def draw_line(ax: Axes, rows: pd.DataFrame, look: Look, place: int) -> tuple[Look, float]:
    """A line with its band, each block of days at its middle, and a few markers that differ in place."""
    days = int(rows["days"].iloc[0])
    shown = rows.assign(x=day_numbers(rows) + days / 2)
    step = max(len(shown) // _N_MARKERS, 1)
    marked = (place * step // len(LOOKS), step)
    draw_curve(ax, with_intervals(shown), "x", look=look, has_range=False, marked=marked)
    valid = shown["mean"].dropna()
    return look, float(valid.iloc[-1])


def day_numbers(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Days since 1970 of the dates of rows."""
    return np.array([day_number(date) for date in rows["date"].dt.date], dtype=np.float64)


def steps(rows: pd.DataFrame, end: dt.date) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Beginnings of days and values, the last one held to the end."""
    x = np.append(day_numbers(rows), day_number(end))
    values = rows["mean"].to_numpy(dtype=np.float64)
    return x, np.append(values, values[-1])


def _dot(ax: Axes, x: float, y: float, face: str, marker: str = "o") -> None:
    ax.plot(
        [x],
        [y],
        marker=marker,
        markersize=_MARKER_PT,
        markerfacecolor=face,
        markeredgecolor=INK,
        markeredgewidth=0.9,
        linestyle="none",
        transform=ax.get_xaxis_transform(),
        clip_on=False,
        zorder=5,
    )


def _short(label: DatedLabel, span: Span) -> str:
    return shortened(label.text, span.room_in - span.offset_in(label.end) - _TEXT_AT_IN)
