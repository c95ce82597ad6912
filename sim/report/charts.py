"""Which interactive chart goes with which figure, and the rows it draws: those of the figure's own table.

Rows of other policies or sectors, made by the same functions, are added where a reader may choose among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.plots.comparing import BAD, GOOD, lost_words, names_of, response_name, scale_of
from sim.plots.data import THEATRE, in_horizon, sector_name, sweep_table
from sim.plots.incidents import incidents_table, incidents_timeline_table
from sim.plots.response_times import response_times_table
from sim.plots.style import LOOKS
from sim.plots.sweep import WITH_THEORY
from sim.plots.timeline import timeline_table
from sim.report.captions import below_zero
from sim.report.differences import (
    cost_chart,
    differences_chart,
    gates_chart,
    key_of_differences,
    key_of_gates,
    note_of_differences,
)
from sim.report.lines import MEANS, Axis, Choice, lines_chart
from sim.report.panels import Line, Panel, lines_of, panels_with
from sim.report.words import capital, day

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison, Results
    from sim.scenario.schema import Scenario

MOST_ROWS = 25_000
"""A chart of more rows has no choice of sectors: what the page can hold, and a browser draw at once."""

_TROOPS = Axis("troops", "quantitative", "Troops", ",d")
_DATE = Axis("date", "temporal", "", "%d %B %Y")
_MINUTE = Axis("minute", "quantitative", "Minutes since the report", ",d")
_SECTOR_TABLES: dict[str, Callable[[Results, str, str], pd.DataFrame]] = {
    "coverage-against-troops": lambda results, policy, sector: sweep_table(results, policy, [sector], list(LOOKS)),
    "incidents-against-troops": incidents_table,
    "timeline": timeline_table,
    "timeline-of-incidents": incidents_timeline_table,
    "response-times": response_times_table,
}


@dataclass(frozen=True, eq=False)
class Chart:
    """An interactive chart: its specification without data, its rows, what a reader may choose, and its key in words.

    The key has words, colour and shape of what has no choice of its own.
    """

    spec: dict[str, Any]
    table: pd.DataFrame
    choices: tuple[Choice, ...]
    key: tuple[tuple[str, str, str], ...] = ()
    note: str = ""


def chart_of_results(
    kind: str, results: Results, policies: Sequence[str], table: pd.DataFrame, description: str
) -> Chart:
    """The chart that goes with figures of one kind, one a policy.

    Parameters
    ----------
    kind : str
        Of the figures, as `Drawing.kind`.
    results : Results
        That are drawn.
    policies : sequence of str
        Those that have such a figure.
    table : DataFrame
        The rows of their figures, joined.
    description : str
        Alternative text.
    """
    scenario = results.scenario
    titles = tuple((key, scenario.policy[key].title) for key in policies)
    choices = [Choice("policy", "Policy", titles)] if len(policies) > 1 else []
    if kind == "coverage-by-sector":
        return _by_sector(scenario, table, choices, description)
    rows = _with_sectors(kind, results, policies, table)
    if rows["sector"].nunique() > 1:
        names = tuple((key, sector_name(scenario, key)) for key in dict.fromkeys(rows["sector"]))
        choices.append(Choice("sector", "Sector", names))
    if kind == "response-times":
        levels = {"": "own strength", **{f"{one}": f"{one:,} troops" for one in sorted(set(rows["troops"].dropna()))}}
        there = set(rows["troops"].astype(object).where(rows["troops"].notna(), "").map(str))
        lines = lines_of({key: name for key, name in levels.items() if key in there})
        panels: tuple[Panel, ...] = (Panel("Share of incidents met within so long", lines, is_share=True, height=260),)
        rows = rows[rows["minute"] != float("inf")]
        choices.append(_shown("Level", panels))
        series = "isValid(datum.troops) ? '' + datum.troops : ''"
        spec = lines_chart(
            panels, _MINUTE, choices, series=series, description=description, columns=(*MEANS[:2], MEANS[-1])
        )
        return Chart(spec, rows, tuple(choices), note=_note(rows, (), is_sweep=False, has_theory=False))
    panels = panels_with(kind, rows.loc[rows["mean"].notna(), "response"])
    choices.append(_shown("Show", panels))
    is_sweep = "troops" in rows
    with_theory = (*MEANS[:2], ("expected", "theory", ""), *MEANS[2:])
    columns = with_theory if kind == "coverage-against-troops" else MEANS
    marks = _levels(scenario, rows) if is_sweep else _stages(scenario, policies)
    has_theory = kind == "coverage-against-troops" and bool(rows["expected"].notna().any())
    spec = lines_chart(
        panels,
        _TROOPS if is_sweep else _DATE,
        choices,
        series="datum.response",
        description=description,
        marks=marks,
        with_theory=WITH_THEORY if has_theory else (),
        columns=columns,
    )
    note = _note(rows, marks, is_sweep=is_sweep, has_theory=has_theory)
    return Chart(spec, rows, tuple(choices), note=note)


def chart_of_comparison(kind: str, comparison: Comparison, table: pd.DataFrame, description: str) -> Chart:
    """The chart that goes with a figure of a comparison.

    Parameters
    ----------
    kind : str
        Of the figure, as `Drawing.kind`.
    comparison : Comparison
        That is drawn.
    table : DataFrame
        The figure's rows.
    description : str
        Alternative text.
    """
    names = names_of(comparison)
    scale = scale_of(comparison.response)
    if kind in ("decision", "responses"):
        responses = tuple((one, response_name(one)) for one in dict.fromkeys(table["response"]))
        choices = [Choice("response", "Response", responses)] if len(responses) > 1 else []
        delta = comparison.delta if kind == "decision" else None
        spec = differences_chart(comparison, table, names, choices, delta, description)
        is_decision = kind == "decision"
        key = () if is_decision and delta is None else tuple(key_of_differences(table))
        return Chart(spec, table, tuple(choices), key, note_of_differences(comparison, is_decision=is_decision))
    if kind == "cost":
        words = {True: "on the frontier: no other lost as little for as little", False: "beaten by another"}
        there = set(table["is_on_frontier"].astype(bool))
        key = tuple((words[one], GOOD if one else BAD, "circle") for one in (True, False) if one in there)
        note = "Point at a mark for its name and values: names that find no room are left out."
        return Chart(cost_chart(comparison, table, names, description), table, (), key, note)
    if kind == "gates":
        note = "A row a replication; the shade is the strength of the last gate that is open."
        return Chart(gates_chart(table, names, description), table, (), tuple(key_of_gates(table)), note)
    lines = lines_of({key: names[key] for key in dict.fromkeys(table["alternative"])})
    is_share = scale.factor != 1
    title = lost_words(comparison.response) + ("" if is_share else f", {scale.words}")
    panels = (Panel(title, lines, is_share, height=260),)
    choices = [_shown("Policy", panels)]
    columns = (("lost", title, ""), ("half_width", "±", ""), ("strength", "strength", ",.0f"), ("n", "pairs", ",d"))
    spec = lines_chart(
        panels, _DATE, choices, series="datum.alternative", description=description, value="lost", columns=columns
    )
    return Chart(spec, table, tuple(choices), note=f"{capital(below_zero(comparison.response))}.")


def _by_sector(scenario: Scenario, table: pd.DataFrame, choices: list[Choice], description: str) -> Chart:
    """A line a sector, of the task that is chosen."""
    sectors = {key: sector_name(scenario, key) for key in dict.fromkeys(table["sector"])}
    whole = Line(THEATRE, sectors.pop(THEATRE), "#000000", "circle", is_bold=True)
    others = lines_of({key: name for key, name in sectors.items() if key != THEATRE})
    panels = (Panel("Share of the task done", (whole, *others), is_share=True, height=280),)
    tasks = tuple((key, LOOKS[key].name) for key in dict.fromkeys(table["response"]))
    choices = [*choices, Choice("response", "Task", tasks), _shown("Sector", panels)]
    marks = _levels(scenario, table)
    spec = lines_chart(
        panels,
        _TROOPS,
        choices,
        series="datum.sector",
        description=description,
        marks=marks,
        columns=MEANS,
    )
    return Chart(spec, table, tuple(choices), note=_note(table, marks, is_sweep=True, has_theory=False))


def _with_sectors(kind: str, results: Results, policies: Sequence[str], table: pd.DataFrame) -> pd.DataFrame:
    """The table with the same rows of each sector, if there are several and all fit."""
    import pandas as pd

    sectors = list(results.scenario.theatre.sectors)
    if len(sectors) < 2 or len(table) * (len(sectors) + 1) > MOST_ROWS:
        return table
    make = _SECTOR_TABLES[kind]
    parts = [make(results, policy, sector) for policy in policies for sector in sectors]
    return pd.concat([table, *(part for part in parts if not part.empty)], ignore_index=True)


def _shown(label: str, panels: Sequence[Panel]) -> Choice:
    lines = (line for panel in panels for line in panel.lines)
    return Choice("shown", label, tuple((one.key, one.name, one.colour, one.shape) for one in lines), is_many=True)


def _note(rows: pd.DataFrame, marks: Sequence[Mapping[str, Any]], *, is_sweep: bool, has_theory: bool) -> str:
    """What shades, dashes and upright lines mean."""
    said = [
        f"Shade: the {100 * float(rows['confidence'].iloc[0]):g} % interval of the mean, from three replications on."
    ]
    said += ["Dashed curves: theory."] if has_theory else []
    if marks:
        what = [
            f"{mark['label']} ({mark['at']:,})"
            if is_sweep
            else f"{mark['label']} ({day(dt.date.fromisoformat(mark['at'][:10]))})"
            for mark in marks
        ]
        said.append(f"Upright lines: {', '.join(what)}.")
    return " ".join(said)


def _levels(scenario: Scenario, rows: pd.DataFrame) -> list[dict[str, Any]]:
    low, high = rows["troops"].min(), rows["troops"].max()
    marks = (mark for mark in scenario.marks.values() if low <= mark.troops <= high)
    width = max(high - low, 1)
    return [{"at": mark.troops, "label": mark.label, "share": (mark.troops - low) / width} for mark in marks]


def _stages(scenario: Scenario, policies: Sequence[str]) -> list[dict[str, Any]]:
    """Days on which stages of the only policy take effect, at midnight where the reader is."""
    if len(policies) != 1:
        return []
    stages = scenario.policy[policies[0]].stages.values()
    start, n_days = scenario.horizon.start, (scenario.horizon.end - scenario.horizon.start).days
    return [
        {
            "at": f"{one.effective_on}T00:00",
            "label": one.name,
            "share": (one.effective_on - start).days / n_days,
        }
        for one in stages
        if in_horizon(scenario, one.effective_on)
    ]
