"""A drawdown day by day: strength, what is done of the task list, patrols, waits, and who guards the sites."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from sim.plots.changes import incident_labels, reserve_rows
from sim.plots.data import (
    THEATRE,
    block_days,
    check_sector,
    choose_policy,
    daily_table,
    handovers,
    sector_name,
    strength_table,
    warm_up_days,
)
from sim.plots.frame import TENSION_RATIO, Frame, means_in_words, n_days
from sim.plots.incidents import tension_rows
from sim.plots.page import Plot
from sim.plots.panels import DatedLabel, Panel, draw_patrols, draw_shares, draw_sites, draw_waits
from sim.plots.style import LOOKS

if TYPE_CHECKING:
    from sim.experiment import Results
    from sim.scenario.schema import Scenario

SITES = ("sites_kfor", "sites_police")
PATROLS = ("patrols_tasked", "patrols_completed")
WAITS = ("checkpoint_wait_min", "crossing_wait_min")


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
    frame = Frame.of(results, chosen, sector)
    table = timeline_table(results, chosen, sector)
    plot = frame.compose(table, _panels(frame, table), _subtitle(frame, table))
    plot.alt_text = _in_words(table, results.scenario, chosen, sector)
    return plot


def timeline_table(results: Results, policy: str, sector: str) -> pd.DataFrame:
    """What a timeline draws: strength and sites by day, shares and patrols by block of days after the warm-up."""
    scenario = results.scenario
    first_day, days = warm_up_days(scenario), block_days(n_days(scenario))
    blocks = daily_table(results, policy, sector, [*LOOKS, *PATROLS, *WAITS], first_day=first_day, days=days)
    strength = strength_table(results, policy, sector)
    sites = daily_table(results, policy, sector, SITES)
    reserves = reserve_rows(results, policy, sector)
    tension = tension_rows(results, policy, sector)
    return pd.concat(
        [strength, sites, *(rows for rows in (reserves, tension) if not rows.empty), blocks], ignore_index=True
    )


def _panels(frame: Frame, table: pd.DataFrame) -> list[Panel]:
    """Panels that have something to show."""
    scenario = frame.scenario
    of = {str(name): rows for name, rows in table.groupby("response", sort=False)}
    shares, patrols, waits = (table[table["response"].isin(names)] for names in (LOOKS, PATROLS, WAITS))
    means = means_in_words(table[table["response"] != TENSION_RATIO])
    panels = [
        frame.strength_panel(table),
        *frame.tension_panel(table, incident_labels(scenario, frame.sector)),
    ]
    if not shares.empty:
        panels.append(
            Panel(f"Share of the task list done{means or ', by day'}", 2.2, partial(draw_shares, table=shares))
        )
    if patrols["mean"].max() > 0:
        panels.append(Panel(f"Patrols a day{means}", 0.9, partial(draw_patrols, table=patrols)))
    if not waits.empty:
        panels.append(Panel(f"Vehicles' wait to be checked, minutes{means}", 0.9, partial(draw_waits, table=waits)))
    if _varies(of["sites_kfor"]["mean"]):
        passed = [
            DatedLabel(f"handover {one.date}", one.date, one.date, ", ".join(one.names))
            for one in handovers(scenario, frame.policy, frame.sector)
        ]
        draw = partial(draw_sites, kfor=of["sites_kfor"], police=of["sites_police"], end=scenario.horizon.end)
        panels.append(Panel("Sites by responsibility", 0.9, draw, passed))
    return panels


def _subtitle(frame: Frame, table: pd.DataFrame) -> str:
    scenario = frame.scenario
    return (
        f"{frame.heading}A patrol area counts while its last visit is at most "
        f"{scenario.coverage.window_h:g} h ago. Coverage is the weighted mean of the other lines."
        f"{_sites_in_words(table)}{frame.cut_in_words('Shares and patrols begin')}{frame.changes_in_words}"
    )


def _sites_in_words(table: pd.DataFrame) -> str:
    """Who guards the sites, where that never changes and some are the police's."""
    kfor, police = (table.loc[table["response"] == f"sites_{who}", "mean"] for who in ("kfor", "police"))
    if _varies(kfor) or police.max() == 0:
        return ""
    n_police, n = round(police.iloc[0]), round(kfor.iloc[0] + police.iloc[0])
    return f" Handed to the police all the time: {n_police} of {n} {'site' if n == 1 else 'sites'}."


def _varies(values: pd.Series[float]) -> bool:
    """Whether a number of sites changes."""
    return bool(values.max() - values.min() > 1e-6)


def _in_words(table: pd.DataFrame, scenario: Scenario, policy: str, sector: str) -> str:
    def change(response: str, form: str) -> str:
        values = table.loc[table["response"] == response, "mean"].dropna().tolist()
        return f"{response} from {values[0]:{form}} to {values[-1]:{form}}" if values else f"{response} not measured"

    return (
        f"Timeline of the policy {policy}, {sector_name(scenario, sector)}, from {scenario.horizon.start} to "
        f"{scenario.horizon.end}: {change('strength', ',.0f')} soldiers, {change('coverage', '.0%')}."
    )
