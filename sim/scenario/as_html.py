"""A scenario as a notebook shows it: what it is about, and its main numbers in a table."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def scenario_html(scenario: Scenario) -> str:
    """Title, description, and a table of the main numbers, for a page; every text of the file is escaped."""
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
        f'<td style="text-align:left">{html.escape(value)}</td></tr>'
        for name, value in _rows(scenario)
    )
    about = f"<p>{html.escape(scenario.description)}</p>" if scenario.description else ""
    return f"<p><b>{html.escape(scenario.title)}</b></p>{about}<table><tbody>{rows}</tbody></table>"


def _rows(scenario: Scenario) -> Iterator[tuple[str, str]]:
    tasks, experiment, horizon = scenario.tasks, scenario.experiment, scenario.horizon
    posts = [f"{tasks.sites.n:,} sites", f"{tasks.checkpoints.n:,} checkpoints"]
    posts.append(f"{len(scenario.theatre.crossing_points):,} crossing points")
    n_reserve = sum(tasks.reserve.n_sections.values())
    yield "theatre", f"{scenario.theatre.title}; sectors: {_listed(s.name for s in scenario.theatre.sectors.values())}"
    yield "horizon", f"{horizon.start} to before {horizon.end}, {_plain(scenario.run_length_h / 24)} days"
    yield "strength", f"{scenario.strength:,} soldiers in {len(scenario.contingents):,} contingents"
    yield "task list", f"{_plain(tasks.patrols.per_day)} patrols a day, {', '.join(posts)}"
    yield "reserve", f"{n_reserve:,} sections"
    if scenario.incidents is not None:
        yield "kinds of incident", _listed(scenario.incidents.kinds)
    yield "coverage", f"an area counts while its last visit is at most {_plain(scenario.coverage.window_h)} h ago"
    for key, policy in scenario.policy.items():
        yield f"policy {key}", policy.title
    yield "replications", f"{experiment.replications:,} of each design point, seed {experiment.seed}"
    if experiment.troops:
        levels = ", ".join(f"{level:,}" for level in experiment.troops)
        yield "troop levels", f"{levels} soldiers, {experiment.sweep_days:,} days each after {horizon.warm_up_h:g} h"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _plain(number: float) -> str:
    """A number without needless zeros, with commas for thousands."""
    return f"{number:,.6f}".rstrip("0").rstrip(".")
