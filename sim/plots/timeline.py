"""A drawdown day by day: strength, what is done of the task list, patrols, waits, and who guards the sites."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.lines import Line2D

from sim.plots.curves import key_of_uncertainty, name_lines, names_width_in
from sim.plots.data import (
    THEATRE,
    block_days,
    check_sector,
    choose_policy,
    count_words,
    daily_table,
    handovers,
    notes,
    sector_name,
    warm_up_days,
)
from sim.plots.dates import date_ticks, day_number
from sim.plots.page import MARGIN_IN, WIDTH_IN, Page, Plot, make_page
from sim.plots.panels import (
    DatedLabel,
    Panel,
    Span,
    draw_guides,
    draw_labels,
    draw_patrols,
    draw_shares,
    draw_sites,
    draw_strength,
    draw_waits,
    lanes_height_in,
    stage_labels,
)
from sim.plots.style import INK, LOOKS, our_style

if TYPE_CHECKING:
    from matplotlib.artist import Artist

    from sim.experiment import Results
    from sim.scenario.schema import Scenario

STEPS = ("strength", "sites_kfor", "sites_police")
PATROLS = ("patrols_tasked", "patrols_completed")
WAITS = ("checkpoint_wait_min", "crossing_wait_min")

_LEFT_IN = MARGIN_IN + 0.52
_HEAD_IN = 0.32
_TITLE_AT_IN = 0.1
_GAP_IN = 0.12
_BELOW_IN = 0.4


def timeline(results: Results, *, policy: str | None = None, sector: str = THEATRE) -> Plot:
    """A policy at its own strength over the horizon.

    Parameters
    ----------
    results : Results
        With runs at the policy's own strength.
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
        If there are no such runs, or the sector or policy is unknown.
    """
    chosen = choose_policy(results, policy, is_sweep=False)
    check_sector(results, sector)
    scenario = results.scenario
    table = timeline_table(results, chosen, sector)
    right_in = names_width_in(LOOKS.values()) + MARGIN_IN
    room_in = WIDTH_IN - _LEFT_IN - MARGIN_IN
    span = Span(scenario.horizon.start, scenario.horizon.end, room_in + MARGIN_IN - right_in, room_in)
    stages = stage_labels(scenario, chosen)
    panels = _panels(scenario, chosen, sector, table, stages)
    with our_style():
        page = make_page(
            scenario,
            _BELOW_IN + sum(_height_in(panel, span) for panel in panels),
            subtitle=_subtitle(scenario, chosen, sector),
            key=_key(table, stages),
            notes=notes(results, chosen, table["n"], is_sweep=False),
        )
        _draw(page, panels, span, stages)
    page.figure.table = table
    page.figure.alt_text = _in_words(table, scenario, chosen, sector)
    return page.figure


def timeline_table(results: Results, policy: str, sector: str) -> pd.DataFrame:
    """What a timeline draws: strength and sites by day, shares and patrols by block of days after the warm-up."""
    scenario = results.scenario
    n_days = (scenario.horizon.end - scenario.horizon.start).days
    blocks = daily_table(
        results,
        policy,
        sector,
        [*LOOKS, *PATROLS, *WAITS],
        first_day=warm_up_days(scenario),
        days=block_days(n_days),
    )
    return pd.concat([daily_table(results, policy, sector, STEPS), blocks], ignore_index=True)


def _panels(
    scenario: Scenario, policy: str, sector: str, table: pd.DataFrame, stages: Sequence[DatedLabel]
) -> list[Panel]:
    """Panels that have something to show."""
    of = {str(name): rows for name, rows in table.groupby("response", sort=False)}
    shares, patrols, waits = (table[table["response"].isin(names)] for names in (LOOKS, PATROLS, WAITS))
    end = scenario.horizon.end
    days = int(table["days"].max())
    means = f", means of {days} days" if days > 1 else ""
    panels = [Panel("Strength, soldiers", 1.0, partial(draw_strength, rows=of["strength"], end=end), stages)]
    if not shares.empty:
        panels.append(
            Panel(f"Share of the task list done{means or ', by day'}", 2.2, partial(draw_shares, table=shares))
        )
    if patrols["mean"].max() > 0:
        panels.append(Panel(f"Patrols a day{means}", 0.9, partial(draw_patrols, table=patrols)))
    if not waits.empty:
        panels.append(Panel(f"Vehicles' wait to be checked, minutes{means}", 0.9, partial(draw_waits, table=waits)))
    if (of["sites_kfor"]["mean"] + of["sites_police"]["mean"].to_numpy()).max() > 0:
        passed = [
            DatedLabel(f"handover {one.date}", one.date, one.date, ", ".join(one.names))
            for one in handovers(scenario, policy, sector)
        ]
        draw = partial(draw_sites, kfor=of["sites_kfor"], police=of["sites_police"], end=end)
        panels.append(Panel("Sites by responsibility", 0.9, draw, passed))
    return panels


def _height_in(panel: Panel, span: Span) -> float:
    return panel.height_in + lanes_height_in(panel.labels, span) + _HEAD_IN + _GAP_IN


def _draw(page: Page, panels: Sequence[Panel], span: Span, stages: Sequence[DatedLabel]) -> None:
    ticks = date_ticks(span.start, span.end)
    figure = page.figure
    top_in = _BELOW_IN + sum(_height_in(panel, span) for panel in panels)
    for index, panel in enumerate(panels):
        lanes_in = lanes_height_in(panel.labels, span)
        bottom_in = top_in - _HEAD_IN - lanes_in - panel.height_in
        ax = page.axes(_LEFT_IN, bottom_in, span.width_in, panel.height_in)
        ax.set_xlim(day_number(span.start), day_number(span.end))
        ends = panel.draw(ax)
        name_lines(ax, ends, size_in=(span.width_in, panel.height_in))
        draw_guides(ax, stages)
        draw_labels(ax, panel.labels, span, panel.height_in)
        ax.set_xticks([day_number(date) for date, _ in ticks], [label for _, label in ticks])
        ax.tick_params(labelbottom=index == len(panels) - 1)
        width, height = figure.get_size_inches()
        at = (page.bottom_in + top_in - _HEAD_IN + _TITLE_AT_IN) / height
        figure.text(MARGIN_IN / width, at, "abcde"[index], fontweight="bold", color=INK)
        figure.text(_LEFT_IN / width, at, panel.title, fontweight="bold", color=INK)
        top_in = bottom_in - _GAP_IN


def _key(table: pd.DataFrame, stages: Sequence[DatedLabel]) -> list[Artist]:
    key = key_of_uncertainty(
        confidence=float(table["confidence"].iloc[0]),
        n=count_words(table["n"]),
        has_band=bool(table["half_width"].notna().any()),
        has_range=False,
        has_theory=False,
    )
    if stages:
        ends = (("white", "stage decided on"), (INK, "effective on"))
        key += [
            Line2D([], [], linestyle="none", marker="o", markersize=4.6, mfc=face, mec=INK, label=words)
            for face, words in ends
        ]
    return key


def _subtitle(scenario: Scenario, policy: str, sector: str) -> str:
    place = "" if sector == THEATRE else f"{sector_name(scenario, sector)}. "
    n_cut = warm_up_days(scenario)
    cut = f" Shares and patrols begin after the warm-up of {scenario.warm_up_h:g} h." if n_cut else ""
    return (
        f"{place}Policy: {scenario.policy[policy].title}. A patrol area counts while its last visit is at most "
        f"{scenario.coverage.window_h:g} h ago. Coverage is the weighted mean of the other lines.{cut}"
    )


def _in_words(table: pd.DataFrame, scenario: Scenario, policy: str, sector: str) -> str:
    def change(response: str, form: str) -> str:
        values = table.loc[table["response"] == response, "mean"].dropna().tolist()
        return f"{response} from {values[0]:{form}} to {values[-1]:{form}}" if values else f"{response} not measured"

    return (
        f"Timeline of the policy {policy}, {sector_name(scenario, sector)}, from {scenario.horizon.start} to "
        f"{scenario.horizon.end}: {change('strength', ',.0f')} soldiers, {change('coverage', '.0%')}."
    )
