"""Cost against loss: what each policy used and what it lost, and the frontier of those that no other beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.plots.comparing import BAD, GOOD, lost_words, names_of, page_of, scale_of
from sim.plots.map_labels import Box
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot
from sim.plots.placing import line_height_in, text_width_in
from sim.plots.style import GREY, INK, our_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sim.experiment import Comparison

_LEFT_IN = MARGIN_IN + 0.6
_BELOW_IN = 0.46
_HEIGHT_IN = 3.6
_ABOVE_IN = 0.1
_MARK_IN = 0.05
_OFF_AXES_IN = 0.07
"""That a name keeps from the ends of the axes."""
_AWAYS_IN = (0.08, 0.16, 0.26, 0.38, 0.52)
_WAYS = [
    (1, 0),
    (1, 0.5),
    (1, -0.5),
    (-1, 0),
    (-1, 0.5),
    (-1, -0.5),
    (1, 1),
    (1, -1),
    (-1, 1),
    (-1, -1),
    (0, 1),
    (0, -1),
]


def cost_against_loss(comparison: Comparison) -> Plot:
    """What each alternative lost of the deciding response, against what it cost.

    Parameters
    ----------
    comparison : Comparison
        Made by `sim.compare`.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` is that of effort.

    Raises
    ------
    ValueError
        If no loss has a value.
    """
    response, scale = comparison.response, scale_of(comparison.response)
    table = comparison.effort()
    if not table["lost"].notna().any():
        raise ValueError(f"what is lost of {response} has no value")
    has_cost = bool(table["cost"].notna().all())
    said = comparison.results[0].scenario.comparison
    column, unit = ("cost", said.currency) if has_cost and said is not None else ("soldier_days", "soldier-days")
    factor, words = of_size(float(table[column].max()))
    unit = f"{words} {unit}".lstrip()
    x, x_half = (factor * table[name].to_numpy() for name in (column, f"{column}_half_width"))
    y, y_half = (scale.factor * table[name].to_numpy() for name in ("lost", "lost_half_width"))
    width_in = WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.1
    names = names_of(comparison)
    baseline = names[comparison.alternatives[comparison.baseline].label]
    with our_style():
        page = page_of(
            comparison,
            _BELOW_IN + _HEIGHT_IN + _ABOVE_IN,
            subtitle=_subtitle(comparison, baseline, "cost" if has_cost else "used"),
            key=_key(comparison, table),
            n=list(table["n"]),
        )
        ax = page.axes(_LEFT_IN, _BELOW_IN, width_in, _HEIGHT_IN)
        ax.set_xlim(*_bounds(x, x_half))
        ax.set_ylim(*_bounds(y, y_half))
        front = table["is_on_frontier"].to_numpy()
        order = np.argsort(x[front], kind="stable")
        ax.step(
            x[front][order],
            y[front][order],
            where="post",
            color=GOOD,
            linewidth=2.2,
            alpha=0.3,
            zorder=2,
            gid="frontier",
        )
        for row, label in enumerate(table["alternative"]):
            colour = GOOD if front[row] else BAD
            cross: dict[str, Any] = {"color": colour, "linewidth": 1.1, "zorder": 3}
            ax.plot([x[row] - x_half[row], x[row] + x_half[row]], [y[row]] * 2, gid=f"cost {label}", **cross)
            ax.plot([x[row]] * 2, [y[row] - y_half[row], y[row] + y_half[row]], gid=f"loss {label}", **cross)
            marker = "o" if front[row] else "s"
            ax.plot([x[row]], [y[row]], marker=marker, markersize=5.6, color=colour, mec="white", mew=0.6, zorder=4)
        ax.set_xlabel(f"{'Cost' if has_cost else 'Used'}, {unit}")
        ax.set_ylabel(f"{lost_words(response)}, {scale.words}")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "−")))
        at = ax.transLimits.transform(np.column_stack([x, y])) * [width_in, _HEIGHT_IN]
        half = (
            np.column_stack([x_half, y_half]) / [np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())] * [width_in, _HEIGHT_IN]
        )
        steps = _frontier_boxes(at[front][order])
        texts = [names[label] for label in table["alternative"]]
        for row, box in enumerate(_place(texts, at, np.nan_to_num(half), steps, Box(0, 0, width_in, _HEIGHT_IN))):
            _write(ax, texts[row], box, at[row], (width_in, _HEIGHT_IN), is_bold=bool(front[row]))
    page.figure.table = table
    on = ", ".join(names[label] for label in table.loc[table["is_on_frontier"], "alternative"])
    page.figure.alt_text = (
        f"Scatter of {lost_words(response).lower()} [{scale.words}] against {unit}: "
        + "; ".join(f"{names[a]} {b:.3g} for {c:,.4g}" for a, b, c in zip(table["alternative"], y, x, strict=True))
        + f". On the frontier: {on}."
    )
    return page.figure


def _subtitle(comparison: Comparison, baseline: str, spent: str) -> str:
    return (
        f"{lost_words(comparison.response)} against “{baseline}”, and what each policy {spent}, reserves included. On "
        "the frontier: by the means no other did better in one and at least as well in the other; lower left is better."
    )


def of_size(most: float) -> tuple[float, str]:
    """Thousands or millions, so that numbers are short."""
    if most >= 1e6:
        return 1e-6, "million"
    return (1e-3, "thousand") if most >= 1e4 else (1.0, "")


def _bounds(values: NDArray[np.float64], half: NDArray[np.float64]) -> tuple[float, float]:
    half = np.nan_to_num(half)
    low, high = float(np.nanmin(values - half)), float(np.nanmax(values + half))
    air = 0.07 * (high - low or abs(high) or 1.0)
    return low - air, high + air


def _frontier_boxes(corners: NDArray[np.float64]) -> list[Box]:
    """The lines of the frontier, which no name may cross."""
    boxes = []
    for (x, y), (next_x, next_y) in pairwise(corners):
        boxes.append(Box(x, y - 0.02, next_x - x, 0.04))
        boxes.append(Box(next_x - 0.02, min(y, next_y), 0.04, abs(next_y - y)))
    return boxes


def _place(
    names: Sequence[str], at: NDArray[np.float64], half: NDArray[np.float64], lines: Sequence[Box], frame: Box
) -> list[Box]:
    """A box for each name, beside its point and on nothing else; where there is no room, on as little as can be."""
    marks = [Box(x - _MARK_IN, y - _MARK_IN, 2 * _MARK_IN, 2 * _MARK_IN) for x, y in at]
    marks += [Box(x - a, y - 0.02, 2 * a, 0.04) for (x, y), (a, _) in zip(at, half, strict=True)]
    marks += [Box(x - 0.02, y - b, 0.04, 2 * b) for (x, y), (_, b) in zip(at, half, strict=True)]
    air = _OFF_AXES_IN
    room = Box(frame.left + air, frame.bottom + air, frame.width - 2 * air, frame.height - 2 * air)
    placed: list[Box] = []
    for own, (name, (x, y)) in enumerate(zip(names, at, strict=True)):
        width, height = text_width_in(name, bold=True), line_height_in()
        best: tuple[int, int, Box] | None = None
        for rank, (away, (right, up)) in enumerate(product(_AWAYS_IN, _WAYS)):
            box = Box(
                float(x) + right * away - (1 - right) * width / 2,
                float(y) + up * away - (1 - up) * height / 2,
                width,
                height,
            )
            n_hit = sum(box.overlaps(other) for other in (*marks, *lines)) + 3 * sum(map(box.overlaps, placed))
            n_hit += 0 if box.is_in(room) else 10
            n_hit += int(np.argmin(_distances(box, at))) != own  # else it would be read as the other's
            if best is None or (n_hit, rank) < best[:2]:
                best = n_hit, rank, box
        assert best is not None
        placed.append(best[2])
    return placed


def _distances(box: Box, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of points from the nearest part of a box."""
    low, high = np.array([box.left, box.bottom]), np.array([box.right, box.top])
    return np.asarray(np.hypot(*(points - np.clip(points, low, high)).T))


def _write(
    ax: Axes, name: str, box: Box, at: NDArray[np.float64], size_in: tuple[float, float], *, is_bold: bool
) -> None:
    """A name in its box, with a thin line to its point if it stands away from it."""
    near = np.array([min(max(at[0], box.left), box.right), min(max(at[1], box.bottom), box.top)])
    if np.hypot(*(near - at)) > 0.14:
        ends = np.array([at, near]) / size_in
        ax.plot(*ends.T, transform=ax.transAxes, color=GREY, linewidth=0.6, zorder=1.5)
    x = box.left + (0.02 if box.left > at[0] else 0)
    ax.text(
        x / size_in[0],
        (box.bottom + box.height / 2) / size_in[1],
        name,
        transform=ax.transAxes,
        va="center_baseline",
        ha="left",
        color=INK,
        fontweight="bold" if is_bold else "normal",
        gid=f"name {name}",
        zorder=5,
    )


def _key(comparison: Comparison, table: pd.DataFrame) -> list[Artist]:
    confidence = f"{100 * comparison.confidence:g} %"
    key: list[Artist] = [
        Line2D([], [], color=GOOD, linestyle="none", marker="o", markersize=5.6, mec="white", label="on the frontier")
    ]
    if table["is_on_frontier"].sum() > 1:
        key.append(Line2D([], [], color=GOOD, linewidth=2.2, alpha=0.3, label="frontier"))
    if not table["is_on_frontier"].all():
        look: dict[str, Any] = {"linestyle": "none", "marker": "s", "markersize": 5.2, "mec": "white"}
        key.append(Line2D([], [], color=BAD, label="beaten by another", **look))
    if (table[["lost_half_width", "soldier_days_half_width"]] > 0).any(axis=None):
        label = f"{confidence} intervals, each by itself"
        key.append(Line2D([], [], color=GREY, linestyle="none", marker="+", markersize=9, label=label))
    return key
