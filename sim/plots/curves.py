"""Lines with their uncertainty, their names, and the key that says what is what.

Artists carry a `gid` ("mean coverage", "band coverage", ...) by which files and tests find them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from sim.plots.placing import line_height_in, spread, text_width_in
from sim.plots.style import BAND_OPACITY, GREY, LINE_GREY, LOOKS, Look, for_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_LEADER_IN = 0.22
_SWATCH_IN = 0.16
DASHES = (0, (4, 2.2))
NAMES_IN = _LEADER_IN + _SWATCH_IN


def draw_curve(
    ax: Axes,
    rows: pd.DataFrame,
    x: str,
    *,
    look: Look | None = None,
    scale: float = 1.0,
    has_range: bool = True,
    marked: tuple[int, int] | None = None,
) -> None:
    """One response: the band of its mean, the range of replications, and its mean.

    Parameters
    ----------
    ax : Axes
        Where.
    rows : DataFrame
        With the column `x`, response, mean, half_width, lowest and highest.
    x : str
        Column along the horizontal axis.
    look : Look, optional
        How, if not as the response always is.
    scale : float
        Size of its markers, relative to the usual.
    has_range : bool
        Whether to draw the range of replications.
    marked : (int, int), optional
        First point that has a marker, and step to the next; all have one when left out.
    """
    response = str(rows["response"].iloc[0])
    look = look or LOOKS[response]
    at, mean, half = rows[x].to_numpy(), rows["mean"].to_numpy(), rows["half_width"].to_numpy()
    order = 4 if look.is_bold else 3
    ax.fill_between(
        at,
        mean - half,
        mean + half,
        color=look.colour,
        alpha=BAND_OPACITY,
        linewidth=0,
        zorder=2,
        gid=f"band {response}",
    )
    if has_range:
        ax.vlines(
            at,
            rows["lowest"].to_numpy(),
            rows["highest"].to_numpy(),
            colors=look.colour,
            linewidth=0.9,
            zorder=order,
            clip_on=False,
            gid=f"range {response}",
        )
    ax.plot(
        at,
        mean,
        color=look.colour,
        linewidth=look.width_pt,
        marker=look.marker,
        markersize=scale * look.marker_pt,
        markeredgecolor="white",
        markeredgewidth=0.5,
        markevery=marked,
        zorder=order + 0.5,
        clip_on=False,
        gid=f"mean {response}",
    )


def draw_theory(ax: Axes, rows: pd.DataFrame, x: str) -> None:
    """The expected value of a response, dashed."""
    response = str(rows["response"].iloc[0])
    ax.plot(
        rows[x].to_numpy(),
        rows["expected"].to_numpy(),
        color=LOOKS[response].colour,
        linewidth=1.1,
        linestyle=DASHES,
        zorder=3.2,
        gid=f"theory {response}",
    )


def name_lines(ax: Axes, ends: Sequence[tuple[Look, float]], *, size_in: tuple[float, float]) -> None:
    """Names at the right end of lines, with their markers, moved apart where lines meet.

    Parameters
    ----------
    ax : Axes
        Whose lines end at its right edge.
    ends : sequence of (Look, value)
        Where each line ends. Of lines that end together, the first is named above the others.
    size_in : (float, float)
        Width and height of the axes [in].
    """
    is_log = ax.get_yscale() == "log"
    low, high = (math.log10(end) if is_log else end for end in ax.get_ylim())
    unit_in = size_in[1] / (high - low)
    upwards = [ends[i] for i in sorted(range(len(ends)), key=lambda i: (ends[i][1], -i))]
    gap = line_height_in() / unit_in
    places = spread([math.log10(value) if is_log else value for _, value in upwards], gap, low, high)
    places = [10**place for place in places] if is_log else places
    across = ax.get_yaxis_transform()
    for (look, value), place in zip(upwards, places, strict=True):
        joint, text = 1 + _LEADER_IN / size_in[0], 1 + (_LEADER_IN + _SWATCH_IN / 2) / size_in[0]
        ax.plot([1, joint], [value, place], color=look.colour, linewidth=0.7, transform=across, clip_on=False, zorder=1)
        ax.plot(
            [joint],
            [place],
            color=look.colour,
            marker=look.marker,
            markersize=look.marker_pt,
            transform=across,
            clip_on=False,
            linestyle="none",
        )
        ax.text(
            text,
            place,
            look.name,
            color=for_text(look.colour),
            fontweight="bold" if look.is_bold else "normal",
            transform=across,
            va="center_baseline",
            ha="left",
            gid=f"name {look.name}",
        )


def names_width_in(looks: Iterable[Look]) -> float:
    """Room that the names need right of the axes [in]."""
    widths = (text_width_in(look.name, bold=look.is_bold) for look in looks)
    return NAMES_IN + max(widths, default=0.0)


def shares_axis(ax: Axes) -> None:
    """0 to 100 %, with a little air for lines along an edge."""
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def key_of_uncertainty(*, confidence: float, n: str, has_band: bool, has_range: bool, has_theory: bool) -> list[Artist]:
    """What line styles mean, in grey, since they hold for every colour.

    Parameters
    ----------
    confidence : float
        Of the bands.
    n : str
        How many replications.
    has_band, has_range, has_theory : bool
        What is drawn.
    """
    key: list[Artist] = [
        Line2D([], [], color=GREY, marker="o", markersize=4.6, markeredgecolor="white", label=f"mean, n = {n}")
    ]
    if has_band:
        label = f"its {confidence * 100:g} % confidence interval"
        key.append(Patch(color=GREY, alpha=BAND_OPACITY + 0.1, linewidth=0, label=label))
    if has_range:
        label = "range of replications"
        key.append(Line2D([], [], color=GREY, linestyle="none", marker="|", markersize=9, label=label))
    if has_theory:
        key.append(Line2D([], [], color=GREY, linewidth=1.1, linestyle=DASHES, label="theory (hidden where equal)"))
    return key


def key_of_lines(responses: Sequence[str]) -> list[Artist]:
    """Names of the lines, for panels too small for names of their own."""
    return [
        Line2D(
            [],
            [],
            color=LOOKS[name].colour,
            linewidth=LOOKS[name].width_pt,
            marker=LOOKS[name].marker,
            markersize=LOOKS[name].marker_pt,
            markeredgecolor="white",
            markeredgewidth=0.5,
            label=LOOKS[name].name,
        )
        for name in responses
    ]


MARK_LINE: dict[str, Any] = {"color": LINE_GREY, "linewidth": 0.8, "zorder": 1.5}
