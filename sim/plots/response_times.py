"""Response times: the share of incidents met within so many minutes, a curve a troop level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.ticker import FixedLocator

from sim.plots.curves import draw_curve, key_of_uncertainty, name_lines, names_width_in, shares_axis
from sim.plots.data import THEATRE, check_sector, count_words, n_in_key, sector_name, with_intervals
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot, make_page
from sim.plots.provenance import run_of
from sim.plots.style import INK, Look, our_style
from sim.statistics import band

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.experiment import Results
    from sim.scenario.schema import Scenario

MET = "met_within"
"""Response of the rows: share of incidents met in less than `minute` minutes; at inf, ever."""

_LAST_MIN = 240
_MINUTES = np.append(np.arange(_LAST_MIN + 1, dtype=np.float64), np.inf)
_TICKS = (0, 15, 30, 60, 90, 120, 180, 240)
_KEYS = ["scenario", "policy", "troops", "sector", "replication"]
_LEFT_IN = MARGIN_IN + 0.62
_BELOW_IN = 0.46
_CURVES_IN = 3.1
_MARKERS = ("s", "^", "D", "v", "P", "o")
_MARKER_PT = {"^": 5.6, "v": 5.6, "D": 4.2, "P": 5.2}
_STEP_MIN = 30
_BAND_OPACITY = 0.16
_FEW_TO_MANY = LinearSegmentedColormap.from_list("troops", ["#E69F00", "#D55E00", "#8F2D56", "#2C2A6B"])


def response_times(results: Results, *, policy: str | None = None, sector: str = THEATRE) -> Plot:
    """How soon incidents are met: the share met within so many minutes, at each troop level and at own strength.

    Parameters
    ----------
    results : Results
        Of a scenario with incidents.
    policy : str, optional
        A policy's key; the first of the scenario with incidents when left out.
    sector : str
        A sector's key; "all" is the theatre.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has a row a troop level (none: the policy's own strength) and minute.

    Raises
    ------
    ValueError
        If no incident arose, or the sector or policy is unknown.
    """
    check_sector(results, sector)
    scenario = results.scenario
    there = with_response_times(results)
    if not there:
        raise ValueError(f"{scenario.name} has no incidents")
    chosen = there[0] if policy is None else policy
    if chosen not in there:
        raise ValueError(f"policy is {policy!r}; allowed, since they have incidents: {', '.join(there)}")
    table = response_times_table(results, chosen, sector)
    if table.empty:
        raise ValueError(f"{sector_name(scenario, sector)} has no incidents")
    shown = with_intervals(table)
    curves = [rows for _, rows in shown.groupby("troops", dropna=False, sort=False)]
    looks = _looks(curves)
    width_in = WIDTH_IN - _LEFT_IN - names_width_in(looks) - MARGIN_IN
    with our_style():
        page = make_page(
            run_of(results, chosen),
            _BELOW_IN + _CURVES_IN + 0.1,
            subtitle=_subtitle(scenario, chosen, sector),
            key=key_of_uncertainty(
                confidence=float(table["confidence"].iloc[0]),
                n=n_in_key(table),
                has_band=bool(shown["half_width"].notna().any()),
                has_range=False,
                has_theory=False,
            ),
            notes=_notes(results, chosen, table),
        )
        ax = page.axes(_LEFT_IN, _BELOW_IN, width_in, _CURVES_IN)
        ax.set_xlim(0, _LAST_MIN)
        shares_axis(ax)
        ends = []
        for place, (rows, look) in enumerate(zip(curves, looks, strict=True)):
            drawn = rows[np.isfinite(rows["minute"])]
            first = 6 + place * _STEP_MIN // max(len(curves), 1)
            draw_curve(ax, drawn, "minute", look=look, has_range=False, marked=(first, _STEP_MIN))
            ax.collections[-1].set(alpha=_BAND_OPACITY, gid=f"band {_level(rows)}")
            ax.lines[-1].set_gid(f"mean {_level(rows)}")
            ends.append((look, float(drawn["mean"].iloc[-1])))
        name_lines(ax, list(reversed(ends)), size_in=(width_in, _CURVES_IN))
        ax.xaxis.set_major_locator(FixedLocator(_TICKS))
        ax.set_xlabel("Minutes from the report until enough sections are there")
        ax.set_ylabel("Share of incidents met")
    page.figure.table = table
    page.figure.alt_text = _in_words(curves, scenario, chosen, sector)
    return page.figure


def with_response_times(results: Results) -> list[str]:
    """Policies under which incidents arose, in the scenario's order."""
    found = set(results.response_times["policy"])
    return [policy for policy in results.scenario.policy if policy in found]


def response_times_table(results: Results, policy: str, sector: str) -> pd.DataFrame:
    """Shares met in time: a row a troop level, the policy's own strength first, and minute.

    Shares are of the incidents of a replication; a replication without incidents has none and is left out.

    Returns
    -------
    DataFrame
        scenario, policy, troops, sector, response, minute, n, mean, half_width, confidence.
    """
    rows = results.response_times
    rows = rows[(rows["policy"] == policy) & (rows["sector"] == sector)]
    names = ["scenario", "policy", "troops", "sector", "response", "minute", "n", "mean", "half_width", "confidence"]
    if rows.empty:
        return pd.DataFrame(columns=names)
    labels, shares = [], []
    for key, one in rows.groupby(_KEYS, dropna=False, sort=False):
        labels.append(key)
        shares.append(_share_met(one["minute"].to_numpy(), one["n"].to_numpy(dtype=np.float64)))
    wide = pd.DataFrame(labels, columns=_KEYS).astype({"troops": "Int64"})
    long = wide.loc[wide.index.repeat(len(_MINUTES))].reset_index(drop=True)
    long = long.assign(date=np.tile(_MINUTES, len(wide)), share=np.concatenate(shares))
    table = band(long, "share", results.scenario.experiment.confidence)
    return table.rename(columns={"date": "minute"}).assign(response=MET)[names]


def _share_met(minute: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share met in less than each of `_MINUTES`, from the numbers by minute of one replication."""
    by_minute = np.bincount(np.minimum(minute, _LAST_MIN + 1).astype(np.int64), n, _LAST_MIN + 2)
    return np.asarray(np.append(0.0, np.cumsum(by_minute)[:-1]) / n.sum())


def _notes(results: Results, policy: str, table: pd.DataFrame) -> list[str]:
    """How many replications a curve rests on, and how many of those asked for the policy lacks."""
    short = {"failed": results.failures, "missing": results.missing}
    counts = {why: int((rows["policy"] == policy).sum()) for why, rows in short.items()}
    return [f"n = {count_words(table['n'])} a curve"] + [f"{n} replications {why}" for why, n in counts.items() if n]


def _looks(curves: Sequence[pd.DataFrame]) -> list[Look]:
    """Own strength black and bold, troop levels from light, few, to dark, many."""
    n_levels = sum(_level(rows) != "own" for rows in curves)
    looks, place = [], 0
    for rows in curves:
        if _level(rows) == "own":
            looks.append(Look(f"Own strength: {_end_in_words(rows)}", INK, "o", 2.4, is_bold=True))
            continue
        colour = to_hex(_FEW_TO_MANY(place / max(n_levels - 1, 1)))
        marker = _MARKERS[place % len(_MARKERS)]
        name = f"{int(rows['troops'].iloc[0]):,}: {_end_in_words(rows)}"
        looks.append(Look(name, colour, marker, 1.6, _MARKER_PT.get(marker, 4.6)))
        place += 1
    return looks


def _end_in_words(rows: pd.DataFrame) -> str:
    """What is missing at the end of a curve: the shares met later, if it shows in a percentage, and never."""
    means = rows.set_index("minute")["mean"]
    never, later = 1 - means[np.inf], means[np.inf] - means[_LAST_MIN]
    return f"{_percent(never)} never met" + (f", {_percent(later)} later" if later >= 0.0005 else "")


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %") if 0.0005 <= share < 0.0995 else f"{share:.0%}".replace("%", " %")


def _level(rows: pd.DataFrame) -> str:
    troops = rows["troops"].iloc[0]
    return "own" if pd.isna(troops) else f"{int(troops)}"


def _subtitle(scenario: Scenario, policy: str, sector: str) -> str:
    place = "" if sector == THEATRE else f" in {sector_name(scenario, sector)}"
    title = f" Policy: {scenario.policy[policy].title}." if len(scenario.policy) > 1 else ""
    return (
        f"Share of incidents{place} at which enough sections were there within so many minutes, by troops. What a "
        "curve lacks of 100 % at its end was met later or never, because it escalated, ended by itself or was still "
        f"waiting as the run ended. Planned escorts are left out.{title}"
    )


def _in_words(curves: Sequence[pd.DataFrame], scenario: Scenario, policy: str, sector: str) -> str:
    parts = []
    for rows in curves:
        means = rows.set_index("minute")["mean"]
        who = "its own strength" if _level(rows) == "own" else f"{int(rows['troops'].iloc[0]):,} troops"
        parts.append(
            f"at {who} {means[30.0]:.0%} within 30 minutes, {means[60.0]:.0%} within 60, {_end_in_words(rows)}"
        )
    return (
        f"Curves of the share of incidents met against minutes, policy {policy}, {sector_name(scenario, sector)}: "
        f"{'; '.join(parts)}."
    )
