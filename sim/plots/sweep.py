"""Coverage against troops: what a force held at each troop level does of the task list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from sim.plots.curves import (
    MARK_LINE,
    draw_curve,
    draw_theory,
    key_of_lines,
    key_of_uncertainty,
    name_lines,
    names_width_in,
    shares_axis,
)
from sim.plots.data import (
    THEATRE,
    check_sector,
    choose_policy,
    is_seen,
    marks_between,
    n_in_key,
    notes,
    sector_name,
    sweep_table,
    with_intervals,
)
from sim.plots.marks import draw_marks, lay_out_marks, troops_axis, troops_ticks
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot, make_page
from sim.plots.placing import shortened
from sim.plots.provenance import run_of
from sim.plots.style import INK, LOOKS, Look, our_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from sim.experiment import Results
    from sim.scenario.schema import Scenario

WITH_THEORY = ("coverage", "patrol_coverage")
"""Posts are counted by theory as the model counts them: a dashed line would lie on the solid one."""

_LEFT_IN = MARGIN_IN + 0.62
_BELOW_IN = 0.46
_CURVES_IN = 3.1
_PANEL_IN = 1.35
_PANEL_SCALE = 0.7
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def coverage_against_troops(results: Results, *, sector: str = THEATRE, policy: str | None = None) -> Plot:
    """The share of each task that a force held at each troop level does, and the headline.

    Parameters
    ----------
    results : Results
        With runs at troop levels.
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
        If there are no such runs, or the sector or policy is unknown.
    """
    chosen = choose_policy(results, policy, is_sweep=True)
    check_sector(results, sector)
    scenario = results.scenario
    table = sweep_table(results, chosen, [sector], list(LOOKS))
    responses = list(dict.fromkeys(table["response"]))
    right_in = names_width_in(LOOKS[name] for name in responses) + MARGIN_IN
    width_in = WIDTH_IN - _LEFT_IN - right_in
    low, high = troops_axis(table)
    marks = lay_out_marks(scenario, table, width_in, WIDTH_IN - MARGIN_IN - _LEFT_IN)
    with our_style():
        page = make_page(
            run_of(results, chosen, is_sweep=True),
            _BELOW_IN + _CURVES_IN + marks.height_in,
            subtitle=_subtitle(scenario, chosen, sector),
            key=_key(table, _CURVES_IN),
            notes=notes(results, chosen, table["n"], is_sweep=True),
        )
        ax = page.axes(_LEFT_IN, _BELOW_IN, width_in, _CURVES_IN)
        ax.set_xlim(low, high)
        shares_axis(ax)
        _draw(ax, table)
        draw_marks(ax, marks, _CURVES_IN)
        ax.set_xlabel("Troops")
        ax.set_ylabel("Share of the task done")
        troops_ticks(ax)
        name_lines(ax, _ends(table), size_in=(width_in, _CURVES_IN))
    page.figure.table = table
    page.figure.alt_text = _in_words(table, scenario, sector)
    return page.figure


def coverage_by_sector(results: Results, *, policy: str | None = None) -> Plot:
    """The same in small panels: the theatre and each sector, on the same axes.

    Parameters
    ----------
    results : Results
        With runs at troop levels.
    policy : str, optional
        A policy's key; the first of the scenario with such runs when left out.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has a row a sector, response and level.

    Raises
    ------
    ValueError
        If there are no such runs or the policy is unknown.
    """
    chosen = choose_policy(results, policy, is_sweep=True)
    scenario = results.scenario
    sectors = [THEATRE, *scenario.theatre.sectors]
    table = sweep_table(results, chosen, sectors, list(LOOKS))
    responses = [name for name in LOOKS if name in set(table["response"])]
    low, high = troops_axis(table)
    marks = marks_between(scenario, int(table["troops"].min()), int(table["troops"].max()))
    n_across = 2 if len(sectors) in (2, 4) else 3
    n_down = -(-len(sectors) // n_across)
    title_in, gap_in, keys_in = 0.26, 0.2, 0.26
    width_in = (WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.1 - gap_in * (n_across - 1)) / n_across
    subtitle = _subtitle(scenario, chosen, None)
    if marks:
        named = ", ".join(label.replace(" ", _NO_BREAK_SPACE) for _, _, label in marks)
        subtitle += f" Vertical lines, from the left: {named}."
    with our_style():
        page = make_page(
            run_of(results, chosen, is_sweep=True),
            keys_in + _BELOW_IN + n_down * (_PANEL_IN + title_in) + (n_down - 1) * 0.08,
            subtitle=subtitle,
            key=_key(table, _PANEL_IN, _PANEL_SCALE),
            notes=notes(results, chosen, table["n"], is_sweep=True),
        )
        for index, sector in enumerate(sectors):
            down, across = divmod(index, n_across)
            is_lowest = index + n_across >= len(sectors)
            bottom_in = keys_in + _BELOW_IN + (n_down - 1 - down) * (_PANEL_IN + title_in + 0.08)
            ax = page.axes(_LEFT_IN + across * (width_in + gap_in), bottom_in, width_in, _PANEL_IN)
            ax.set_xlim(low, high)
            shares_axis(ax)
            ax.set_yticks([0, 0.5, 1])
            if across == 0:
                ax.set_ylabel("Share done")
            for key, troops, _ in marks:
                ax.plot([troops, troops], [0, 1], transform=ax.get_xaxis_transform(), **MARK_LINE)
                ax.lines[-1].set_gid(f"mark {key} {sector}")
            _draw(ax, table[table["sector"] == sector], scale=_PANEL_SCALE)
            name = shortened(sector_name(scenario, sector), width_in, bold=True)
            ax.set_title(name, loc="left", fontweight="bold", pad=5, color=INK)
            # A label at the right end would run into the next panel's first.
            ticks = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10], integer=True).tick_values(low, high)
            ax.set_xticks([tick for tick in ticks if low <= tick <= high - 0.15 * (high - low)])
            ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            ax.tick_params(labelleft=across == 0, labelbottom=is_lowest)
            if is_lowest:
                ax.set_xlabel("Troops in the theatre")
        page.figure.legend(
            handles=key_of_lines(responses),
            loc="lower left",
            bbox_to_anchor=(MARGIN_IN / WIDTH_IN, (page.bottom_in + 0.04) / page.figure.get_size_inches()[1]),
            ncols=len(responses),
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            handlelength=1.8,
            columnspacing=1.4,
        )
    page.figure.table = table
    page.figure.alt_text = _in_words(table[table["sector"] == THEATRE], scenario, None)
    return page.figure


def _draw(ax: Axes, table: pd.DataFrame, *, scale: float = 1.0) -> None:
    for response, rows in with_intervals(table).groupby("response", sort=False):
        shown = rows.astype({"troops": "float64"})
        if response in WITH_THEORY and shown["expected"].notna().any():
            draw_theory(ax, shown, "troops")
        draw_curve(ax, shown, "troops", scale=scale)


def _ends(table: pd.DataFrame) -> list[tuple[Look, float]]:
    """Where each line ends, those higher on the whole first."""
    by_response = table.dropna(subset=["mean"]).groupby("response", sort=False)["mean"]
    ends, heights = by_response.last(), by_response.mean()
    return [(LOOKS[name], float(ends[name])) for name in heights.sort_values(ascending=False, kind="stable").index]


def _key(table: pd.DataFrame, axis_in: float, scale: float = 1.0) -> list[Artist]:
    """What is to be seen, on an axis so long [in]; much is hidden by lines and markers."""
    look = LOOKS["patrol_coverage"]
    ranges = (table["highest"] - table["mean"]).combine(table["mean"] - table["lowest"], max)
    return key_of_uncertainty(
        confidence=float(table["confidence"].iloc[0]),
        n=n_in_key(table),
        has_band=is_seen(with_intervals(table)["half_width"], axis_in, look.width_pt),
        has_range=is_seen(ranges, axis_in, scale * look.marker_pt),
        has_theory=bool(table.loc[table["response"].isin(WITH_THEORY), "expected"].notna().any()),
    )


def _subtitle(scenario: Scenario, policy: str, sector: str | None) -> str:
    place = "" if sector in (None, THEATRE) else f" in {sector_name(scenario, str(sector))}"
    title = f" Policy: {scenario.policy[policy].title}." if len(scenario.policy) > 1 else ""
    return (
        f"Share of the task list done{place} by a force held at each troop level, mean over "
        f"{scenario.experiment.sweep_days} days. A patrol area counts while its last visit is at most "
        f"{scenario.coverage.window_h:g} h ago. Coverage is the weighted mean of the other lines.{title}"
    )


def _in_words(table: pd.DataFrame, scenario: Scenario, sector: str | None) -> str:
    rows = table[table["response"] == "coverage"]
    values = ", ".join(f"{mean:.0%} at {troops:,}" for troops, mean in zip(rows["troops"], rows["mean"], strict=True))
    where = "one panel for the theatre and one for each sector" if sector is None else sector_name(scenario, sector)
    return f"Line chart of coverage against troops, {where}. Coverage: {values}."
