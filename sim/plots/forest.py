"""Forest plots: each alternative's paired difference from the baseline, with its interval.

The thick line is the interval of a difference by itself, the thin one is wide enough for all of the figure's
comparisons of that response to hold together.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.experiment.tables import records
from sim.plots.comparing import (
    BAD,
    GOOD,
    OPEN,
    better_words,
    in_order,
    lost_words,
    names_of,
    page_of,
    response_name,
    scale_of,
)
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot
from sim.plots.placing import shortened, text_width_in
from sim.plots.style import GREY, INK, for_text, our_style
from sim.response_list import NEITHER_IS_BETTER, loss_sign

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from sim.experiment import Comparison

_ROW_IN = 0.21
_BELOW_IN = 0.46
_HEAD_IN = 0.26
_GAP_IN = 0.14
_MOST_NAME_IN = 2.75
_COLOURS = {"equal": GREY, "other": GREY, "not worse": GOOD, "worse": BAD, "not shown": OPEN}
_WORDS = {
    "not worse": "gains, however little",
    "not shown": "neither shown",
    "worse": "loses, however little",
    "other": "other, neither better nor worse",
    "equal": "equal",
}
_MARKERS = {"equal": "o", "other": "^", "not worse": "o", "worse": "s", "not shown": "D"}


def forest(comparison: Comparison) -> Plot:
    """The decision: differences of the deciding response from the baseline, with their verdicts.

    Parameters
    ----------
    comparison : Comparison
        Made by `sim.compare`.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has a row an alternative, those that lost least first.

    Raises
    ------
    ValueError
        If no difference has a value.
    """
    response, scale = comparison.response, scale_of(comparison.response)
    table = _decided(comparison)
    if not table["difference"].notna().any():
        raise ValueError(f"{response} has no difference to draw")
    names = names_of(comparison)
    labels = [names[label] for label in table["alternative"]]
    baseline = names[comparison.alternatives[comparison.baseline].label]
    words = [_difference_words(row, scale.factor) for row in records(table)]
    heads = ["difference"] if comparison.delta is None else ["difference", "p", "verdict"]
    columns = [words]
    if comparison.delta is not None:
        columns += [[_p_words(p) for p in table["p_not_worse"]], list(table["verdict"])]
    widths = [max(map(text_width_in, [head, *column])) for head, column in zip(heads, columns, strict=True)]
    left_in = MARGIN_IN + min(_MOST_NAME_IN, max(map(text_width_in, labels))) + 0.1
    right_in = MARGIN_IN + sum(widths) + 0.16 * len(widths)
    width_in, height_in = WIDTH_IN - left_in - right_in, _ROW_IN * len(table)
    with our_style():
        page = page_of(
            comparison,
            _BELOW_IN + height_in + _HEAD_IN,
            subtitle=_subtitle(comparison, baseline),
            key=_key(comparison, table),
            n=list(table["n"]),
        )
        ax = page.axes(left_in, _BELOW_IN, width_in, height_in)
        rows = table.assign(colour=[_COLOURS[one] for one in table["verdict"]])
        _draw(ax, rows, scale.factor, comparison.delta, response)
        ax.set_yticks(range(len(table)), [shortened(one, left_in - MARGIN_IN - 0.09) for one in labels])
        ax.set_xlabel(f"{response_name(response)}: difference from “{shortened(baseline, 2.0)}”, {scale.words}")
        at_in = width_in
        for head, column, wide_in in zip(heads, columns, widths, strict=True):
            at_in += wide_in + 0.16
            x = at_in / width_in
            top = 1 + 0.08 / height_in
            ax.text(x, top, head, transform=ax.transAxes, ha="right", va="bottom", color=GREY, fontweight="bold")
            for row, text in enumerate(column):
                colour = for_text(str(rows["colour"].iloc[row])) if head == "verdict" else INK
                ax.text(
                    x, row, text, transform=ax.get_yaxis_transform(), ha="right", va="center_baseline", color=colour
                )
    page.figure.table = table
    page.figure.alt_text = _in_words(comparison, table, baseline)
    return page.figure


def forest_of_responses(comparison: Comparison) -> Plot:
    """Differences of the responses that do not decide from the baseline, a panel a response on its own axis.

    Parameters
    ----------
    comparison : Comparison
        Made by `sim.compare`.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has the differences that it draws.

    Raises
    ------
    ValueError
        If no such difference has a value.
    """
    order = in_order(comparison)
    place = {label: row for row, label in enumerate(order)}
    table = comparison.differences()
    table = table.assign(row=table["alternative"].map(place)).sort_values("row", kind="stable").drop(columns="row")
    there = set(table.loc[table["difference"].notna(), "response"]) - {comparison.response}
    responses = [one for one in comparison.responses if one in there]
    if not responses:
        raise ValueError("there is no other response with a difference to draw")
    table = table[table["response"].isin(responses)]
    table = table.assign(shown=[_shown(row) for row in records(table)])
    names = names_of(comparison)
    labels = [names[label] for label in order]
    baseline = names[comparison.alternatives[comparison.baseline].label]
    n_across = min(3, len(responses))
    n_down = math.ceil(len(responses) / n_across)
    left_in = MARGIN_IN + min(2.2, max(map(text_width_in, labels))) + 0.1
    width_in = (WIDTH_IN - left_in - MARGIN_IN - _GAP_IN * (n_across - 1)) / n_across
    height_in = 0.19 * len(order)
    panel_in = _HEAD_IN + height_in + _BELOW_IN
    confidence = f"{100 * comparison.confidence:g} %"
    with our_style():
        page = page_of(
            comparison,
            n_down * panel_in,
            subtitle=f"Paired differences from “{baseline}”, each response in its unit; alternatives in the order of "
            f"{lost_words(comparison.response).lower()}, the least first. A colour is given where the thin "
            f"interval, which holds for all alternatives of a panel together, leaves out 0.",
            key=[*_key_of_verdicts(_WORDS, set(table["shown"])), *_key_of_intervals(confidence, len(order))],
            n=list(table["n"]),
        )
        for index, response in enumerate(responses):
            down, across = divmod(index, n_across)
            ax = page.axes(
                left_in + across * (width_in + _GAP_IN),
                (n_down - 1 - down) * panel_in + _BELOW_IN,
                width_in,
                height_in,
            )
            rows = table[table["response"] == response].reset_index(drop=True)
            scale = scale_of(response)
            _draw(ax, rows.assign(verdict=rows["shown"]), scale.factor, None, response, scale_pt=0.8)
            texts = [shortened(one, left_in - MARGIN_IN - 0.09) for one in labels] if across == 0 else []
            ax.set_yticks(range(len(order)), texts or [""] * len(order))
            ax.set_title(shortened(response_name(response), width_in, bold=True), loc="left", fontweight="bold", pad=5)
            ax.set_xlabel(scale.words)
            ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    page.figure.table = table
    first = records(table[table["response"] == responses[0]])
    scale = scale_of(responses[0])
    parts = "; ".join(f"{names[row['alternative']]} {_difference_words(row, scale.factor)}" for row in first)
    n_plots = "Forest plot of one response" if len(responses) == 1 else f"Forest plots of {len(responses)} responses"
    page.figure.alt_text = (
        f"{n_plots}, paired differences from {baseline}. {response_name(responses[0])}, {scale.in_words}: {parts}."
    )
    return page.figure


def _decided(comparison: Comparison) -> pd.DataFrame:
    """Differences of the deciding response, with their verdicts where there are any."""
    table = comparison.differences()
    table = table[table["response"] == comparison.response]
    if comparison.delta is None:
        table = table.assign(p_not_worse=float("nan"), verdict="not shown")
    else:
        table = table.merge(comparison.decision()[["alternative", "p_not_worse", "verdict"]], on="alternative")
    place = {label: row for row, label in enumerate(in_order(comparison))}
    order = table["alternative"].map(place).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _draw(
    ax: Axes, rows: pd.DataFrame, factor: float, delta: float | None, response: str, *, scale_pt: float = 1.0
) -> None:
    """Intervals in rows from the top, the line of the baseline, and the zone that is worse by delta or more."""
    sign = -loss_sign(response)
    middle = (factor * rows["difference"]).to_numpy()
    thick, thin = ((factor * rows[name]).to_numpy() for name in ("half_width", "simultaneous_half_width"))
    reach = [0.0, *(middle - thin)[middle == middle], *(middle + thin)[middle == middle], *middle[middle == middle]]
    reach = [one for one in reach if math.isfinite(one)]
    if delta is not None:
        reach += [-sign * factor * delta * 1.6, sign * factor * delta * 0.6]
    low, high = min(reach), max(reach)
    air = 0.06 * (high - low or 1)
    ax.set_xlim(low - air, high + air)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    if delta is not None:
        beyond = ax.get_xlim()[0 if sign > 0 else 1]
        ax.axvline(-sign * factor * delta, color=BAD, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1, gid="delta")
        ax.axvspan(beyond, -sign * factor * delta, color=BAD, alpha=0.09, linewidth=0, zorder=0, gid="worse")
    ax.axvline(0, color=INK, linewidth=0.9, zorder=2, gid="baseline")
    for row, (x, a, b, verdict) in enumerate(zip(middle, thick, thin, rows["verdict"], strict=True)):
        colour = _COLOURS[verdict]
        line: dict[str, Any] = {"color": colour, "solid_capstyle": "butt"}
        ax.plot([x - b, x + b], [row, row], linewidth=1.0, zorder=3, gid=f"together {row}", **line)
        ax.plot([x - a, x + a], [row, row], linewidth=2.8 * scale_pt, zorder=3.1, gid=f"alone {row}", **line)
        ax.plot(
            [x],
            [row],
            color=colour,
            marker=_MARKERS[verdict],
            markersize=4.6 * scale_pt,
            mew=0,
            zorder=4,
            gid=f"difference {row}",
        )
    ax.grid(axis="y", visible=False)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "0" if abs(x) < 1e-12 else f"{x:+.10g}".replace("-", "−")))


def _difference_words(row: dict[str, Any], factor: float) -> str:
    if row["difference"] is None:
        return "no pair"
    difference = factor * row["difference"]
    half = row["simultaneous_half_width"]
    # As many as the half width has to say; of a difference that does not vary, three figures.
    size = factor * half if half else abs(difference) / 100
    digits = 2 if size == 0 else min(max(-math.floor(math.log10(size)), 0 if size >= 10 else 1), 4)
    width = "" if half is None else f" ± {factor * half:.{digits}f}"
    return f"{difference:+.{digits}f}{width}".replace("-", "−")


def _shown(row: dict[str, Any]) -> str:
    """What the interval that holds for all of a panel shows against the baseline: better counts as not worse.

    Of a response of which neither more nor less is better it can be other, and that is all.
    """
    half = row["simultaneous_half_width"]
    if row["difference"] is None or half is None:
        return "not shown"
    gain = -loss_sign(row["response"]) * row["difference"]
    if gain == half == 0:
        return "equal"
    if row["response"] in NEITHER_IS_BETTER:
        return "other" if abs(gain) > half else "not shown"
    return "not worse" if gain > half else "worse" if gain < -half else "not shown"


def _p_words(p: float) -> str:
    return "" if p != p else "<0.001" if p < 0.0005 else f"{p:.3f}"


def _key_of_verdicts(words: dict[str, str], shown: set[str]) -> list[Artist]:
    return [
        Line2D(
            [],
            [],
            color=_COLOURS[verdict],
            marker=_MARKERS[verdict],
            linestyle="none",
            markersize=5.4,
            mec="white",
            label=label,
        )
        for verdict, label in words.items()
        if verdict in shown
    ]


def _key_of_intervals(confidence: str, n_alternatives: int) -> list[Artist]:
    key: list[Artist] = [Line2D([], [], color=GREY, linewidth=2.8, label=f"{confidence} interval by itself")]
    if n_alternatives > 1:
        key.append(Line2D([], [], color=GREY, linewidth=1.0, label="for all together"))
    return key


def _key(comparison: Comparison, table: pd.DataFrame) -> list[Artist]:
    confidence = f"{100 * comparison.confidence:g} %"
    key: list[Artist] = []
    if comparison.delta is not None:
        key += _key_of_verdicts({one: one for one in ("not worse", "not shown", "worse")}, set(table["verdict"]))
    key += _key_of_intervals(confidence, len(table))
    if comparison.delta is not None:
        factor = scale_of(comparison.response).factor
        unit = scale_of(comparison.response).words
        if factor == 100:
            unit = "point" if factor * comparison.delta == 1 else "points"
        label = f"worse by {factor * comparison.delta:g} {unit} or more"
        key.append(Patch(color=BAD, alpha=0.15, linewidth=0, label=label))
    return key


def _subtitle(comparison: Comparison, baseline: str) -> str:
    words = (
        f"{response_name(comparison.response)} ({better_words(comparison.response)}), paired differences from "
        f"“{baseline}” on common random numbers; ±: half width of the interval for all together."
    )
    if comparison.delta is not None:
        percent = f"{100 * comparison.confidence:g} %"
        words += (
            " p: of the test whose hypothesis is worse by delta or more, adjusted by Holm, so a small p shows "
            f"not worse, of all that are called so together with {percent} confidence."
        )
    return words


def _in_words(comparison: Comparison, table: pd.DataFrame, baseline: str) -> str:
    names, scale = names_of(comparison), scale_of(comparison.response)
    parts = [
        f"{names[row['alternative']]} {_difference_words(row, scale.factor)}"
        + (f", {row['verdict']}" if comparison.delta is not None else "")
        for row in records(table)
    ]
    return (
        f"Forest plot of {response_name(comparison.response).lower()}, differences from {baseline} {scale.in_words}: "
        f"{'; '.join(parts)}."
    )
