"""`peacesim sources`: where every number of a scenario comes from."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import console, reports_errors

if TYPE_CHECKING:
    from sim.scenario.origin import Origin

HEADINGS = ("key", "value", "unit", "source", "where")
EPILOG = """\b
Examples:
  peacesim sources scenarios/lesson.toml
  peacesim sources scenarios/lesson.toml --assumptions
  peacesim sources scenarios/lesson.toml --csv > sources.csv
"""


@click.command(epilog=EPILOG, short_help="List where every number comes from.")
@click.argument("file", type=click.Path())
@click.option("--assumptions", is_flag=True, help="Only what is assumed.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values instead of a table.")
@reports_errors
def sources(file: str, assumptions: bool, as_csv: bool) -> None:
    """List every number and date of a scenario FILE with its unit, its source, and where it is set."""
    from sim.scenario import load

    origins = [o for o in load(file).provenance if not assumptions or o.source.startswith("assumption:")]
    references = _references(origins)
    rows = [
        (
            origin.key,
            _text(origin.value),
            origin.unit,
            _source(origin.source, references.get((origin.file, origin.source))),
            origin.file if origin.line is None else f"{origin.file}:{origin.line}",
        )
        for origin in origins
    ]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(rows)
        return
    from rich import box
    from rich.table import Table

    table = Table(*HEADINGS, box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _references(origins: list[Origin]) -> dict[tuple[str, str], str]:
    """Reference in the catalogue for (file, source)."""
    from sim.scenario import find_catalogue, read_catalogue

    found = {}
    catalogues = {}
    for origin in origins:
        if origin.file not in catalogues:
            path = find_catalogue(origin.file) if origin.line is not None else None
            catalogues[origin.file] = {} if path is None else read_catalogue(path)
        entry = catalogues[origin.file].get(origin.source)
        if entry is not None:
            found[origin.file, origin.source] = entry.reference
    return found


def _source(source: str, reference: str | None) -> str:
    return source if reference is None else f"{source}: {reference}"


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(_text, value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)
