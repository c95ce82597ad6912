"""Incidents: how soon they are met, how they end and which sections they take, against troops and over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from sim.plots.changes import incident_labels, reserve_rows
from sim.plots.curves import MARK_LINE, draw_curve, key_of_uncertainty, name_lines, names_width_in
from sim.plots.data import (
    THEATRE,
    check_sector,
    choose_policy,
    daily_table,
    n_in_key,
    notes,
    sector_name,
    strength_table,
    sweep_table,
    warm_up_days,
    with_intervals,
)
from sim.plots.frame import TENSION_RATIO, Frame, means_in_words, n_days
from sim.plots.incident_panels import (
    ENDS,
    NUMBERS,
    PARTS,
    SUM,
    TIMES,
    draw_called_out,
    draw_ends,
    draw_numbers,
    draw_times,
    last_value,
    times_limits,
)
from sim.plots.marks import draw_marks, lay_out_marks, troops_axis, troops_ticks
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot, make_page
from sim.plots.panels import Panel, day_numbers, draw_line
from sim.plots.provenance import run_of
from sim.plots.style import FROM_RESERVE, GREY, INK, MOST_MET, Look, our_style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from sim.experiment import Results
    from sim.scenario.schema import Scenario

_LEFT_IN = MARGIN_IN + 0.52
_HEAD_IN = 0.3
_GAP_IN = 0.14
_BELOW_IN = 0.46
_TIMES_IN = 1.4
_BLOCKS_OF_NUMBERS = ((200, 1), (1500, 7))
_BLOCKS_OF_SHARES = ((28, 1), (400, 7))
_LONGEST_BLOCK = 28
"""Days of the horizon, at most, and of a block: a shock of two days is lost in a week, a share of few is noise."""


def incidents_against_troops(results: Results, *, sector: str = THEATRE, policy: str | None = None) -> Plot:
    """How a force held at each troop level answers incidents, and which sections they take.

    Parameters
    ----------
    results : Results
        With runs at troop levels of a scenario with incidents.
    sector : str
        A sector's key; "all" is the theatre.
    policy : str, optional
        A policy's key; the first of the scenario with such runs when left out.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has a row a response and level.

    Raises
    ------
    ValueError
        If there are no such runs, the scenario has no incidents, or the sector or policy is unknown.
    """
    chosen = choose_policy(results, policy, is_sweep=True)
    check_sector(results, sector)
    scenario = results.scenario
    _check_incidents(scenario)
    table = incidents_table(results, chosen, sector)
    width_in = WIDTH_IN - _LEFT_IN - names_width_in([FROM_RESERVE]) - MARGIN_IN
    low, high = troops_axis(table)
    marks = lay_out_marks(scenario, table, width_in, WIDTH_IN - MARGIN_IN - _LEFT_IN)
    shown = with_intervals(table)
    panels = _sweep_panels(shown)
    with our_style():
        page = make_page(
            run_of(results, chosen, is_sweep=True),
            _BELOW_IN + marks.height_in + sum(panel.height_in + _HEAD_IN + _GAP_IN for panel in panels) - _GAP_IN,
            subtitle=_sweep_subtitle(scenario, chosen, sector, shown),
            key=_key(table),
            notes=notes(results, chosen, table["n"], is_sweep=True),
        )
        width, height = page.figure.get_size_inches()
        top_in = page.top_in - page.bottom_in
        for index, panel in enumerate(panels):
            title_at = (page.bottom_in + top_in - _HEAD_IN + 0.12) / height
            page.figure.text(MARGIN_IN / width, title_at, "abcd"[index], fontweight="bold", color=INK)
            page.figure.text(_LEFT_IN / width, title_at, panel.title, fontweight="bold", color=INK)
            bottom_in = top_in - _HEAD_IN - panel.height_in - (marks.height_in if index == 0 else 0)
            ax = page.axes(_LEFT_IN, bottom_in, width_in, panel.height_in)
            ax.set_xlim(low, high)
            ends = panel.draw(ax)
            if index == 0:
                draw_marks(ax, marks, panel.height_in)
            else:
                for _, troops, _, _ in marks.shown:
                    ax.plot([troops, troops], [0, 1], transform=ax.get_xaxis_transform(), **MARK_LINE)
            troops_ticks(ax)
            ax.tick_params(labelbottom=index == len(panels) - 1)
            name_lines(ax, ends, size_in=(width_in, panel.height_in))
            top_in = bottom_in - _GAP_IN
        ax.set_xlabel("Troops")
    page.figure.table = table
    page.figure.alt_text = _sweep_in_words(table, scenario, sector)
    return page.figure


def timeline_of_incidents(results: Results, *, policy: str | None = None, sector: str = THEATRE) -> Plot:
    """Incidents over the horizon under a policy at its own strength: tension, numbers, ends, which sections they take.

    Parameters
    ----------
    results : Results
        With runs at the policy's own strength of a scenario with incidents.
    policy : str, optional
        A policy's key; the first of the scenario with such runs when left out.
    sector : str
        A sector's key; "all" is the theatre.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has a row a quantity and day, or block of days.

    Raises
    ------
    ValueError
        If there are no such runs, the scenario has no incidents, or the sector or policy is unknown.
    """
    chosen = choose_policy(results, policy, is_sweep=False)
    check_sector(results, sector)
    _check_incidents(results.scenario)
    frame = Frame.of(results, chosen, sector)
    table = incidents_timeline_table(results, chosen, sector)
    panels = [frame.strength_panel(table), *frame.tension_panel(table), *_daily_panels(frame, table)]
    cut = frame.cut_in_words("All but strength begins")
    subtitle = f"{frame.heading}{_ENDS_IN_WORDS}{_SUM_IN_WORDS}{cut}{frame.changes_in_words}"
    plot = frame.compose(table, panels, subtitle)
    plot.alt_text = _timeline_in_words(table, frame)
    return plot


def incidents_table(results: Results, policy: str, sector: str) -> pd.DataFrame:
    """What a sweep's figure draws: a row a response and level, with the hours called out in all."""
    rows = results.responses
    parts = rows[rows["response"].isin(PARTS)]
    keys = ["scenario", "policy", "troops", "replication", "sector", "unit"]
    together = parts.groupby(keys, dropna=False, sort=False, as_index=False)["value"].sum().assign(response=SUM)
    with_sum = pd.concat([rows, together[list(rows.columns)]], ignore_index=True)
    return sweep_table(replace(results, responses=with_sum), policy, [sector], [*ENDS, *TIMES, *NUMBERS, *PARTS, SUM])


def incidents_timeline_table(results: Results, policy: str, sector: str) -> pd.DataFrame:
    """What a timeline of incidents draws: strength by day, the rest by block of days after the warm-up.

    Shares are of the incidents of a block; days are weighted by their number.
    """
    scenario = results.scenario
    series = results.series.assign(**{SUM: results.series[list(PARTS)].sum(axis=1)})
    strength = strength_table(results, policy, sector)
    numbers = _blocks(replace(results, series=series), policy, sector, [*NUMBERS, *PARTS, SUM])
    first_day, days = warm_up_days(scenario), _days_of_a_block(scenario, _BLOCKS_OF_SHARES)
    shares = daily_table(
        results, policy, sector, list(ENDS), first_day=first_day, days=days, weight="incidents_per_day"
    )
    reserves = reserve_rows(results, policy, sector)
    parts = (strength, reserves, tension_rows(results, policy, sector), numbers, shares)
    return pd.concat([part for part in parts if not part.empty], ignore_index=True)


def tension_rows(results: Results, policy: str, sector: str) -> pd.DataFrame:
    """Tension of a timeline, by day or block of days after the warm-up; empty without incidents or a base rate."""
    columns = [] if results.scenario.incidents is None else [TENSION_RATIO]
    return _blocks(results, policy, sector, columns)


def _blocks(results: Results, policy: str, sector: str, columns: list[str]) -> pd.DataFrame:
    first_day, days = warm_up_days(results.scenario), _days_of_a_block(results.scenario, _BLOCKS_OF_NUMBERS)
    return daily_table(results, policy, sector, columns, first_day=first_day, days=days)


def _days_of_a_block(scenario: Scenario, blocks: Sequence[tuple[int, int]]) -> int:
    return next((days for most, days in blocks if n_days(scenario) <= most), _LONGEST_BLOCK)


_ENDS_IN_WORDS = (
    "Met in time: enough sections there within the kind's target. Contained: met, and ended by them. "
    "Unanswered: never met, and ended by itself. The rest escalates, or is open at the end. "
    "Planned escorts count only in the sections called out"
)

_SUM_IN_WORDS = ", whose sum has thin lines for its interval."

_CALLED_OUT = "Sections called out, section-hours a day"


def _sweep_panels(table: pd.DataFrame) -> list[Panel]:
    shares, times, numbers = (table[table["response"].isin(names)] for names in (ENDS, TIMES, NUMBERS))
    taken = table[table["response"].isin([*PARTS, SUM])]
    panels = []
    if not shares.empty:
        panels.append(Panel("Share of incidents", 1.5, partial(draw_ends, table=shares, line=_level_line)))
    if not times.empty:
        draw = partial(draw_times, table=times, line=_level_line, x="troops", height_in=_TIMES_IN)
        panels.append(Panel("Response time, minutes from the report until enough sections are there", _TIMES_IN, draw))
    panels.append(Panel("Incidents a day", 0.95, partial(draw_numbers, table=numbers, line=_level_line)))
    troops = taken.loc[taken["response"] == SUM, "troops"].to_numpy(dtype=np.float64)
    draw_hours = partial(draw_called_out, table=taken, line=_level_line, x=troops)
    panels.append(Panel(_CALLED_OUT, 1.2, draw_hours))
    return panels


def _daily_panels(frame: Frame, table: pd.DataFrame) -> list[Panel]:
    shares, numbers = (table[table["response"].isin(names)] for names in (ENDS, NUMBERS))
    taken = table[table["response"].isin([*PARTS, SUM])]
    draw_daily = partial(draw_numbers, table=numbers, line=draw_line)
    shocks = incident_labels(frame.scenario, frame.sector)
    panels = [Panel(f"Incidents a day{means_in_words(numbers)}", 1.0, draw_daily, shocks)]
    if not shares.empty:
        title = f"Share of incidents{means_in_words(shares) or ', by day'}"
        panels.append(Panel(title, 1.3, partial(draw_ends, table=shares, line=draw_line)))
    together = taken[taken["response"] == SUM]
    middles = day_numbers(together) + together["days"].to_numpy(dtype=np.float64) / 2
    draw = partial(draw_called_out, table=taken, line=draw_line, x=middles)
    panels.append(Panel(f"{_CALLED_OUT}{means_in_words(taken)}", 1.1, draw))
    return panels


def _level_line(ax: Axes, rows: pd.DataFrame, look: Look, place: int) -> tuple[Look, float]:
    del place  # every level has its marker
    shown = rows.astype({"troops": "float64"})
    draw_curve(ax, shown, "troops", look=look)
    return look, last_value(shown)


def _check_incidents(scenario: Scenario) -> None:
    if scenario.incidents is None:
        raise ValueError(f"{scenario.name} has no incidents")


def _key(table: pd.DataFrame) -> list[Artist]:
    key = key_of_uncertainty(
        confidence=float(table["confidence"].iloc[0]),
        n=n_in_key(table),
        has_band=bool(with_intervals(table)["half_width"].notna().any()),
        has_range=bool((table["n"] > 1).any()),
        has_theory=False,
    )
    if np.isinf(table["mean"]).any():
        # Where half of the incidents are never met, nine tenths are not either.
        look: dict[str, Any] = {
            "color": GREY,
            "linestyle": ":",
            "marker": MOST_MET.marker,
            "markersize": 4.6,
            "mfc": "white",
        }
        key.append(Line2D([], [], label="never, in a replication", **look))
    return key


def _sweep_subtitle(scenario: Scenario, policy: str, sector: str, table: pd.DataFrame) -> str:
    place = "" if sector == THEATRE else f" in {sector_name(scenario, sector)}"
    title = f" Policy: {scenario.policy[policy].title}." if len(scenario.policy) > 1 else ""
    has_lines = table.loc[table["response"] == SUM, "half_width"].notna().any()
    return (
        f"Incidents{place} and a force held at each troop level, mean over {scenario.experiment.sweep_days} days. "
        f"{_ENDS_IN_WORDS}{_SUM_IN_WORDS if has_lines else '.'} An incident that is never met has an infinite response "
        f"time.{_cut_in_words(table)}{title}"
    )


def _cut_in_words(table: pd.DataFrame) -> str:
    """That intervals of response times go on below their axis, if any does."""
    times = table[table["response"].isin(TIMES)]
    is_cut = not times.empty and (times["mean"] - times["half_width"] < times_limits(times)[0]).any()
    return " Intervals of response times that go below their axis are cut there." if is_cut else ""


def _sweep_in_words(table: pd.DataFrame, scenario: Scenario, sector: str) -> str:
    rows = table[table["response"] == "response_within_target"]
    values = ", ".join(f"{mean:.0%} at {troops:,}" for troops, mean in zip(rows["troops"], rows["mean"], strict=True))
    return (
        f"Line charts of incidents against troops, {sector_name(scenario, sector)}: shares met in time, contained and "
        f"unanswered, response times, numbers, and section-hours called out. Met in time: {values}."
    )


def _timeline_in_words(table: pd.DataFrame, frame: Frame) -> str:
    def peak(response: str) -> str:
        highest = float(table.loc[table["response"] == response, "mean"].max())
        return f"{float(f'{highest:.2g}'):,.12g}"

    horizon = frame.scenario.horizon
    return (
        f"Timeline of incidents under the policy {frame.policy}, {sector_name(frame.scenario, frame.sector)}, from "
        f"{horizon.start} to {horizon.end}: tension at most {peak(TENSION_RATIO)}, incidents at most "
        f"{peak('incidents_per_day')} a day, at most {peak(SUM)} section-hours a day called out."
    )
