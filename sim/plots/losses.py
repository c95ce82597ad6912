"""What each policy lost over time against the baseline, a small panel a policy, the others in grey behind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.plots.comparing import BAD, in_order, lost_words, names_of, page_of, scale_of
from sim.plots.data import block_days
from sim.plots.dates import date_ticks, day_number
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot
from sim.plots.placing import shortened, text_width_in
from sim.plots.style import BAND_OPACITY, INK, our_style
from sim.response_list import loss_sign

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sim.experiment import Comparison

_LEFT_IN = MARGIN_IN + 0.36
_PANEL_IN = 0.95
_HEAD_IN = 0.26
_GAP_IN = 0.1
_BELOW_IN = 0.42
_OTHERS = "#C9C9C9"
_N_ACROSS = 3
_MOST_MARKED = 40


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
            subtitle=f"{lost_words(response)} against “{baseline}”, {scale.words}"
            f"{f', means of {days} days' if days > 1 else ', by day'}; those that did best first. Right of "
            "each name: over all these days.",
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
            name = shortened(names[label], width_in - text_width_in(in_all, bold=True) - 0.04)
            ax.set_title(name, loc="left", pad=4, color=INK)
            ax.set_title(in_all, loc="right", pad=4, color=BAD, fontweight="bold")
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
        f"Small panels of {lost_words(response).lower()} over time against {baseline}, in {scale.words}. "
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
    lost = loss_sign(comparison.response) * table["difference"]
    return dict(zip(table["alternative"], lost, strict=True))


def _number(value: float, factor: float) -> str:
    value = round(factor * value, 1) + 0.0 if factor == 100 else float(f"{value:.3g}") + 0.0
    text = f"{value:.1f}" if factor == 100 else f"{value:.3g}"
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
