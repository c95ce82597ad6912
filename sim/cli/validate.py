"""`peacesim validate`: check scenario files and say everything that is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import BAD_INPUT, console, reports_errors

if TYPE_CHECKING:
    from sim.scenario import Scenario

EPILOG = """\b
Example:
  peacesim validate scenarios/*.toml
  peacesim validate scenarios/kfor-2001.toml --balance

\b
Each fault is a line: file, line, key, what was found, what is allowed. All faults of all files are listed.
"""


@click.command(epilog=EPILOG, short_help="Check scenario files, list every fault.")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--balance", is_flag=True, help="Also print, by sector, the sections there are and those asked for.")
@reports_errors
def validate(files: tuple[str, ...], balance: bool) -> None:
    """Check scenario FILES and list every fault; exit code 2 if there is any."""
    from sim.experiment import DesignError, check_layout
    from sim.scenario import ScenarioError, load, read_catalogue
    from sim.scenario.provenance import CATALOGUE

    n_bad = 0
    for file in files:
        try:
            if Path(file).name == CATALOGUE:
                click.echo(f"{file}: OK: a catalogue of {len(read_catalogue(file))} sources")
                continue
            scenario = load(file)
            check_layout(scenario)
        except (ScenarioError, DesignError) as error:
            n_bad += 1
            click.echo(str(error), err=True)
            continue
        click.echo(f"{file}: OK: {_contents(scenario)}")
        if balance:
            _print_balance(scenario)
    if n_bad:
        n_files = f"{len(files)} files" if len(files) > 1 else "1 file"
        click.echo(f"{n_bad} of {n_files} cannot be used", err=True)
        sys.exit(BAD_INPUT)


def _print_balance(scenario: Scenario) -> None:
    from rich.table import Table

    from sim.expectation import supply_and_demand

    table = Table(title="Troops to task at the start, sections at a time", title_justify="left", box=None)
    table.add_column("sector")
    for heading in ("soldiers", "available", "asked for", "ratio"):
        table.add_column(heading, justify="right")
    for row in supply_and_demand(scenario, scenario.strength):
        figures = (f"{row.soldiers:,}", f"{row.n_available:.1f}", f"{row.n_asked:.1f}", f"{row.ratio:.2f}")
        table.add_row(row.sector, *figures)
    console().print(table)


def _contents(scenario: Scenario) -> str:
    days = (scenario.horizon.end - scenario.horizon.start).days
    counts = (
        (len(scenario.theatre.sectors), "sector"),
        (scenario.theatre.n_patrol_areas, "patrol area"),
        (len(scenario.contingents), "contingent"),
        (len(scenario.policy), "policy"),
        (days, "day"),
    )
    held = ", ".join(f"{n:,} {_plural(name) if n != 1 else name}" for n, name in counts)
    return f"{scenario.title} ({held}, {scenario.strength:,} troops)"


def _plural(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("cy") else f"{name}s"
