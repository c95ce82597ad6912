"""What each policy lost over time against the baseline, a small panel a policy, the others in grey behind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.plots.comparing import BAD, in_order, names_of, page_of, response_name, scale_of
from sim.plots.data import block_days
from sim.plots.dates import date_ticks, day_number
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot
from sim.plots.placing import shortened
from sim.plots.style import BAND_OPACITY, GREY, INK, our_style
from sim.response_list import LOWER_IS_BETTER

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sim.experiment import Comparison

_LEFT_IN = MARGIN_IN + 0.5
_PANEL_IN = 0.95
_HEAD_IN = 0.26
_GAP_IN = 0.14
_BELOW_IN = 0.42
_OTHERS = "#C9C9C9"
_N_ACROSS = 3
_MOST_MARKED = 40
_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}


def losses_over_time(comparison: Comparison, *, sector: str = "all") -> Plot:
    """What each alternative lost of the deciding response, by block of days, against the baseline.

    Parameters
    ----------
    comparison : Comparison
        Made by `sim.compare`.
    sector : str
        A sector's key; "all" is the theatre.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has a row an alternative and block of days.

    Raises
    ------
    DesignError
        If the response has no daily values.
    """
    response, scale = comparison.response, scale_of(comparison.response)
    table = comparison.losses(block_days=block_days(_n_days(comparison)), sector=sector)
    order, names = in_order(comparison), names_of(comparison)
    overall = _overall(comparison, sector)
    shown = table[table["alternative"].isin(order)]
    days = int(table["days"].iloc[0])
    n_across = min(_N_ACROSS, len(order))
    n_down = math.ceil(len(order) / n_across)
    width_in = (WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.06 - _GAP_IN * (n_across - 1)) / n_across
    baseline = names[comparison.alternatives[comparison.baseline].label]
    with our_style():
        page = page_of(
            comparison,
            n_down * (_HEAD_IN + _PANEL_IN) + _BELOW_IN,
            subtitle=f"{response_name(response)} lost against “{baseline}”, {scale.words}"
            f"{f', means of {days} days' if days > 1 else ', by day'}; those that lost least on the whole first. "
            "Overall: the difference over all these days.",
            key=_key(comparison, n_others=len(order) - 1),
            n=[n for n in shown["n"] if n],
        )
        low, high = _bounds(shown, scale.factor)
        for index, label in enumerate(order):
            down, across = divmod(index, n_across)
            is_lowest = index + n_across >= len(order)
            bottom_in = _BELOW_IN + (n_down - 1 - down) * (_HEAD_IN + _PANEL_IN)
            ax = page.axes(_LEFT_IN + across * (width_in + _GAP_IN), bottom_in, width_in, _PANEL_IN)
            ax.set_ylim(low, high)
            for other in order:
                if other != label:
                    rows = shown[shown["alternative"] == other]
                    ax.plot(_middles(rows), scale.factor * rows["lost"], color=_OTHERS, linewidth=0.7, zorder=2)
            rows = shown[shown["alternative"] == label]
            _draw(ax, rows, label, scale.factor)
            in_all = _number(overall[label], scale.factor)
            name = shortened(names[label], width_in, bold=True)
            ax.set_title(name, loc="left", fontweight="bold", pad=4, color=INK)
            at = (0.05 / width_in, 1 - 0.04 / _PANEL_IN)
            ax.text(*at, f"overall {in_all}", transform=ax.transAxes, va="top", color=GREY, bbox=_PAPER, zorder=5)
            first, last = rows["date"].iloc[0].date(), (rows["date"].iloc[-1] + pd.Timedelta(days=days)).date()
            ax.set_xlim(day_number(first), day_number(last))
            # A label at the right end would run into the next panel's first, or off the page.
            ticks = [one for one in date_ticks(first, last, 4) if (last - one[0]).days > 0.06 * (last - first).days]
            ax.set_xticks([day_number(day) for day, _ in ticks], [text for _, text in ticks])
            ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.10g}".replace("-", "−")))
            ax.tick_params(labelleft=across == 0, labelbottom=is_lowest)
    page.figure.table = table
    totals = ", ".join(f"{names[label]} {_number(overall[label], scale.factor)}" for label in order)
    page.figure.alt_text = (
        f"Small panels of {response_name(response).lower()} lost over time against {baseline}, in {scale.words}. "
        f"Of all days together: {totals}."
    )
    return page.figure


def _draw(ax: Axes, rows: pd.DataFrame, label: str, factor: float) -> None:
    at, lost, half = _middles(rows), factor * rows["lost"].to_numpy(), factor * rows["half_width"].to_numpy()
    ax.axhline(0, color=INK, linewidth=0.8, zorder=2.5)
    ax.fill_between(
        at, lost - half, lost + half, color=BAD, alpha=BAND_OPACITY + 0.08, linewidth=0, zorder=3, gid=f"band {label}"
    )
    marker = "o" if len(rows) <= _MOST_MARKED else ""
    ax.plot(at, lost, color=BAD, linewidth=1.4, marker=marker, markersize=3.4, zorder=4, gid=f"lost {label}")


def _middles(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Middles of blocks of days, in days since 1970."""
    first = [day_number(date.date()) for date in rows["date"]]
    return np.array(first) + rows["days"].to_numpy() / 2


def _bounds(rows: pd.DataFrame, factor: float) -> tuple[float, float]:
    half = rows["half_width"].fillna(0.0)
    low = min(0.0, factor * float((rows["lost"] - half).min()))
    high = max(0.0, factor * float((rows["lost"] + half).max()))
    air = 0.05 * (high - low or 1.0)
    return low - air, high + air


def _n_days(comparison: Comparison) -> int:
    if comparison.days is not None:
        return (comparison.days[1] - comparison.days[0]).days + 1
    return int(comparison.results[0].series["date"].nunique())


def _overall(comparison: Comparison, sector: str) -> dict[str, float]:
    """What each alternative lost on the whole."""
    table = comparison.differences(sector)
    table = table[table["response"] == comparison.response]
    sign = 1 if comparison.response in LOWER_IS_BETTER else -1
    return dict(zip(table["alternative"], sign * table["difference"], strict=True))


def _number(value: float, factor: float) -> str:
    text = f"{100 * value:.1f}" if factor == 100 else f"{value:.3g}"
    return text.replace("-", "−")


def _key(comparison: Comparison, n_others: int) -> list[Artist]:
    confidence = f"{100 * comparison.confidence:g} %"
    key: list[Artist] = [
        Line2D([], [], color=BAD, linewidth=1.4, label="lost, mean of pairs"),
        Patch(
            color=BAD, alpha=BAND_OPACITY + 0.08, linewidth=0, label=f"its {confidence} interval, each point by itself"
        ),
    ]
    if n_others:
        key.append(Line2D([], [], color=_OTHERS, linewidth=0.9, label="the other policies"))
    return key
