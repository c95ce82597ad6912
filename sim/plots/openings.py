"""Which gate opened when: a row a replication, coloured by the last gate that is open on each day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.patches import Patch

from sim.experiment.tables import records
from sim.plots.changes import Opening, gate_openings
from sim.plots.comparing import names_of, page_of
from sim.plots.dates import date_ticks, day_number
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot
from sim.plots.placing import line_height_in, wrapped
from sim.plots.style import GREY, INK, our_style
from sim.responses.gates import column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiment import Comparison, Results
    from sim.experiment.alternatives import Alternative

_SHADES = ("#08306B", "#2C7BB6", "#8CC3DE", "#DCEAF3", "#F5F9FC")
"""Of strengths, the largest first: more troops, more ink."""
_LEFT_IN = MARGIN_IN
_HEAD_IN = 0.24
_GAP_IN = 0.16
_BELOW_IN = 0.42
_LEAST_IN, _MOST_IN, _ROW_IN = 0.5, 1.8, 0.045


def with_gates(comparison: Comparison) -> list[Alternative]:
    """Alternatives at their own strength whose policies have gates."""
    return [
        one
        for one in comparison.alternatives
        if one.troops is None and comparison.results[one.scenario].scenario.policy[one.policy].gates
    ]


def gate_spells(comparison: Comparison) -> pd.DataFrame:
    """Spells of days between changes of gates.

    Returns
    -------
    DataFrame
        alternative, replication, begins and ends (the day after the last), gate (the last that is open, empty before
        any), strength (that of the gate) [soldiers].
    """
    parts = [_spells(comparison.results[one.scenario], one) for one in with_gates(comparison)]
    columns = ["alternative", "replication", "begins", "ends", "gate", "strength"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def gates_opened(comparison: Comparison) -> Plot:
    """Which gate opened when in each replication, for the alternatives that have gates.

    Parameters
    ----------
    comparison : Comparison
        Made by `sim.compare`.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` is that of :func:`gate_spells`.

    Raises
    ------
    ValueError
        If no alternative has gates.
    """
    table = gate_spells(comparison)
    shown = [one for one in with_gates(comparison) if (table["alternative"] == one.label).any()]
    if not shown:
        raise ValueError("no policy that is compared has gates")
    names = names_of(comparison)
    strengths = sorted({int(one) for one in table["strength"]}, reverse=True)
    shades = {strength: _SHADES[round(i * 3 / max(len(strengths) - 1, 1))] for i, strength in enumerate(strengths)}
    width_in = WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.1
    n = [int(table.loc[table["alternative"] == one.label, "replication"].nunique()) for one in shown]
    heights_in = [min(max(_ROW_IN * rows, _LEAST_IN), _MOST_IN) for rows in n]
    words = [wrapped(_words(gate_openings(comparison.results[one.scenario], one.policy)), width_in) for one in shown]
    heads_in = [_HEAD_IN + len(lines) * line_height_in() for lines in words]
    with our_style():
        page = page_of(
            comparison,
            sum(heights_in) + sum(heads_in) + _GAP_IN * (len(shown) - 1) + _BELOW_IN,
            subtitle="Which gate opened when: a row a replication, those in which the first gates opened earliest on "
            "top; the colour is the strength of the last gate that is open. Dates: the median, and from first to last "
            "replication.",
            key=[Patch(facecolor=shades[one], edgecolor=GREY, linewidth=0.4, label=f"{one:,}") for one in strengths],
            n=n,
            of="replications",
        )
        top_in = page.top_in - page.bottom_in
        for index, one in enumerate(shown):
            rows = table[table["alternative"] == one.label]
            top_in -= heads_in[index] + heights_in[index]
            ax = page.axes(_LEFT_IN, top_in, width_in, heights_in[index])
            horizon = comparison.results[one.scenario].scenario.horizon
            bars, colours = _bars(rows, shades)
            ax.add_collection(
                PolyCollection(
                    bars, facecolors=colours, edgecolors="none", antialiaseds=False, gid=f"spells {one.label}"
                )
            )
            ax.set_xlim(day_number(horizon.start), day_number(horizon.end))
            ax.set_ylim(n[index], 0)
            ax.set_yticks([])
            ticks = date_ticks(horizon.start, horizon.end)
            ax.set_xticks([day_number(day) for day, _ in ticks], [text for _, text in ticks])
            ax.grid(visible=False)
            ax.tick_params(labelbottom=index == len(shown) - 1)
            rise_in = heads_in[index] - 0.16
            at: dict[str, Any] = {"transform": ax.transAxes, "ha": "left", "va": "baseline"}
            ax.text(0, 1 + rise_in / heights_in[index], names[one.label], fontweight="bold", color=INK, **at)
            for line, text in enumerate(words[index], 1):
                ax.text(0, 1 + (rise_in - line * line_height_in()) / heights_in[index], text, color=GREY, **at)
            top_in -= _GAP_IN
    page.figure.table = table
    parts = "; ".join(f"{names[one.label]}: {' '.join(lines)}" for one, lines in zip(shown, words, strict=True))
    page.figure.alt_text = f"Rows of replications, coloured by the gate that is open, over time. {parts}"
    return page.figure


def _spells(results: Results, one: Alternative) -> pd.DataFrame:
    gates = results.scenario.policy[one.policy].gates
    series = results.series
    series = series[(series["policy"] == one.policy) & series["troops"].isna() & (series["sector"] == "all")]
    series = series.sort_values(["replication", "date"], kind="stable")
    names = ["", *(gate.name for gate in gates.values())]
    strengths = [results.scenario.strength, *(gate.strength for gate in gates.values())]
    is_open = np.column_stack([np.zeros(len(series)), *(series[column_of(key)] == 1 for key in gates)])
    is_open[:, 0] = 1
    last = len(names) - 1 - np.argmax(is_open[:, ::-1], axis=1)
    replication = series["replication"].to_numpy()
    changes = (np.diff(last) != 0) | (np.diff(replication) != 0)
    begins = np.flatnonzero(np.concatenate([np.ones(min(len(last), 1), dtype=bool), changes]))
    ends = np.r_[begins[1:], len(last)] - 1
    dates = series["date"].reset_index(drop=True)
    return pd.DataFrame(
        {
            "alternative": one.label,
            "replication": replication[begins],
            "begins": dates.iloc[begins].to_numpy(),
            "ends": (dates.iloc[ends] + pd.Timedelta(days=1)).to_numpy(),
            "gate": [names[i] for i in last[begins]],
            "strength": [strengths[i] for i in last[begins]],
        }
    )


def _bars(rows: pd.DataFrame, shades: dict[int, str]) -> tuple[list[list[tuple[float, float]]], list[str]]:
    """Rectangles of spells and their colours, replications in the order in which their gates opened."""
    order = sorted(
        (tuple(spells["begins"].iloc[1:]), replication) for replication, spells in rows.groupby("replication")
    )
    place = {replication: row for row, (_, replication) in enumerate(order)}
    bars: list[list[tuple[float, float]]] = []
    colours = []
    for spell in records(rows):
        left, right = (float(day_number(spell[name].date())) for name in ("begins", "ends"))
        top = float(place[spell["replication"]])
        bars.append([(left, top), (right, top), (right, top + 1), (left, top + 1)])
        colours.append(shades[spell["strength"]])
    return bars, colours


def _words(openings: Sequence[Opening]) -> str:
    """When each gate opened."""
    parts = []
    for one in openings:
        if not one.dates:
            parts.append(f"{one.name}: never")
            continue
        middle = one.dates[(len(one.dates) - 1) // 2]
        dates = (
            _date(middle)
            if one.dates[0] == one.dates[-1]
            else f"{_date(middle)} ({_date(one.dates[0])} to {_date(one.dates[-1])})"
        )
        some = f", in {len(one.dates)} of {one.n}" if len(one.dates) < one.n else ""
        back = f", taken back in {one.n_reversed}" if one.n_reversed else ""
        parts.append(f"{one.name}: {dates}{some}{back}")
    return "; ".join(parts) + "."


def _date(date: dt.date) -> str:
    return f"{date:%Y-%m-%d}"
