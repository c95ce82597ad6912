"""What if: the curve that theory expects over all troop levels, and one level simulated on top of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.lines import Line2D

from sim.plots.curves import DASHES, draw_theory, name_lines, names_width_in, shares_axis
from sim.plots.data import THEATRE, choose_policy, sweep_table
from sim.plots.marks import draw_marks, lay_out_marks, troops_axis, troops_ticks
from sim.plots.page import MARGIN_IN, WIDTH_IN, Plot, make_page
from sim.plots.provenance import run_of
from sim.plots.style import GREY, LINE_GREY, LOOKS, our_style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from sim.experiment import Results

_LEFT_IN = MARGIN_IN + 0.62
_BELOW_IN = 0.46
_CURVES_IN = 2.9
_SCALE = 1.5
_BEFORE: dict[str, Any] = {"color": LINE_GREY, "linewidth": 1.6, "zorder": 1.8}


def coverage_at_a_level(results: Results, expected: pd.DataFrame, before: pd.DataFrame | None = None) -> Plot:
    """What theory expects at every troop level, dashed, and what was simulated at one, with its interval.

    Parameters
    ----------
    results : Results
        Of one policy at one troop level.
    expected : DataFrame
        What theory expects of that policy in the theatre: troops [soldiers], response, value [share]. Where there is
        no law (nan) no line is drawn.
    before : DataFrame, optional
        The same for what it is compared with; its coverage is drawn in grey unless it is equal.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has a row a response and level: troops, response, expected and, where it was
        simulated, n, mean, half_width.

    Raises
    ------
    ValueError
        If the results are not of one troop level.
    """
    scenario, policy = results.scenario, choose_policy(results, None, is_sweep=True)
    here = sweep_table(results, policy, [THEATRE], list(LOOKS))
    if here["troops"].nunique() != 1:
        raise ValueError(f"results at {here['troops'].nunique()} troop levels; what is shown is one")
    troops = int(here["troops"].iloc[0])
    responses = list(dict.fromkeys(here["response"]))
    law = expected[expected["response"].isin(responses)].rename(columns={"value": "expected"}).sort_values("troops")
    grey = None if before is None else _changed(before, expected)
    table = pd.concat([law, here], ignore_index=True)[["troops", "response", "expected", "n", "mean", "half_width"]]
    right_in = names_width_in(LOOKS[name] for name in responses) + MARGIN_IN
    width_in = WIDTH_IN - _LEFT_IN - right_in
    marks = lay_out_marks(scenario, table, width_in, WIDTH_IN - MARGIN_IN - _LEFT_IN)
    with our_style():
        page = make_page(
            run_of(results, policy, is_sweep=True),
            _BELOW_IN + _CURVES_IN + marks.height_in,
            subtitle=(
                f"Share of the task list done by {troops:,} soldiers, simulated (large markers), and by any number, as "
                f"theory expects it (lines). {scenario.tasks.patrols.per_day:g} patrols a day; a patrol area counts "
                f"while its last visit is at most {scenario.coverage.window_h:g} h ago; routing: "
                f"{scenario.policy[policy].routing.replace('_', ' ')}."
            ),
            key=_key(here, law, has_before=grey is not None),
            notes=[f"{scenario.experiment.sweep_days} days"],
        )
        ax = page.axes(_LEFT_IN, _BELOW_IN, width_in, _CURVES_IN)
        ax.set_xlim(*troops_axis(table))
        shares_axis(ax)
        if grey is not None:
            ax.plot(grey["troops"].to_numpy(), grey["value"].to_numpy(), gid="before coverage", **_BEFORE)
        for _, rows in law.dropna(subset=["expected"]).groupby("response", sort=False):
            draw_theory(ax, rows, "troops")
        _draw_level(ax, here, troops)
        draw_marks(ax, marks, _CURVES_IN)
        ax.set_xlabel("Troops")
        ax.set_ylabel("Share of the task done")
        troops_ticks(ax)
        last = law.dropna(subset=["expected"]).groupby("response")["expected"].last()
        ends = here.set_index("response")["mean"].to_dict() | last.to_dict()
        name_lines(ax, [(LOOKS[name], float(ends[name])) for name in responses], size_in=(width_in, _CURVES_IN))
    page.figure.table = table
    page.figure.alt_text = _in_words(here, troops)
    return page.figure


def _changed(before: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame | None:
    """Coverage as it was expected before; None if it is no other now, or has no law."""
    old, new = (
        table[table["response"] == "coverage"].sort_values("troops").reset_index(drop=True)[["troops", "value"]]
        for table in (before, expected)
    )
    return None if old.equals(new) or old["value"].isna().all() else old


def _draw_level(ax: Axes, here: pd.DataFrame, troops: int) -> None:
    """Means with their intervals, as bars, at one level."""
    ax.axvline(troops, color=GREY, alpha=0.18, linewidth=5, zorder=1.6, gid="level")
    for row in here[::-1].to_dict("records"):
        look, mean, half_width = LOOKS[row["response"]], row["mean"], row["half_width"]
        ax.vlines(
            [troops],
            [mean - half_width],
            [mean + half_width],
            colors=look.colour,
            linewidth=2,
            zorder=5,
            clip_on=False,
            gid=f"interval {row['response']}",
        )
        ax.plot(
            [troops],
            [mean],
            color=look.colour,
            marker=look.marker,
            markersize=_SCALE * look.marker_pt,
            markeredgecolor="white",
            markeredgewidth=0.7,
            linestyle="none",
            zorder=6 if look.is_bold else 5.5,
            clip_on=False,
            gid=f"mean {row['response']}",
        )


def _key(here: pd.DataFrame, law: pd.DataFrame, *, has_before: bool) -> list[Artist]:
    """What markers and lines are, in grey, since they hold for every colour."""
    of_mean: dict[str, Any] = {"color": GREY, "linestyle": "none", "marker": "o", "markeredgecolor": "white"}
    interval = f"its {float(here['confidence'].iloc[0]) * 100:g} % confidence interval"
    key: list[Artist] = [
        Line2D([], [], markersize=_SCALE * 4.6, label=f"simulated mean, n = {int(here['n'].max())}", **of_mean),
        Line2D([], [], color=GREY, linestyle="none", marker="|", markersize=9, markeredgewidth=2, label=interval),
    ]
    if law["expected"].notna().any():
        key.append(Line2D([], [], color=GREY, linewidth=1.1, linestyle=DASHES, label="theory"))
    if has_before:
        key.append(Line2D([], [], color=_BEFORE["color"], linewidth=1.6, label="coverage as in the file, theory"))
    return key


def _in_words(here: pd.DataFrame, troops: int) -> str:
    values = ", ".join(
        f"{LOOKS[name].name.lower()} {mean:.0%}"
        for name, mean in zip(here["response"], here["mean"], strict=True)
        if mean == mean
    )
    return f"Line chart of the share of the task done against troops. Simulated with {troops:,} soldiers: {values}."
