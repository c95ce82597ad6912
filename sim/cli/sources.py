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
COLUMN_RATIOS = (38, 15, 9, 26, 20)
MAX_ITEMS_SHOWN = 3
ONE_LINE_A_ROW = 1000
"""Width when piped: nothing wraps, so that lines can be searched."""
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
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow((*HEADINGS[:-1], "reference", HEADINGS[-1]))
        for o in origins:
            writer.writerow((o.key, _text(o.value), o.unit, o.source, references.get(o.source, ""), _where(o)))
        return
    from rich import box
    from rich.table import Table

    on_terminal = sys.stdout.isatty()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, expand=on_terminal)
    for heading, ratio in zip(HEADINGS, COLUMN_RATIOS, strict=True):
        table.add_column(heading, ratio=ratio if on_terminal else None, overflow="fold", no_wrap=not on_terminal)
    for o in origins:
        table.add_row(o.key, _short_text(o.value), o.unit, o.source, _where(o))
    console(ONE_LINE_A_ROW).print(table)
    n_assumed = sum(o.source.startswith("assumption:") for o in origins)
    click.echo(f"{len(origins)} numbers and dates, {n_assumed} of them assumed")
    if references:
        legend = Table("source", "reference", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
        for source, reference in references.items():
            legend.add_row(source, reference)
        console(ONE_LINE_A_ROW).print(legend)


def _references(origins: list[Origin]) -> dict[str, str]:
    """Reference in the catalogue of every source that is used, in order of use."""
    from sim.scenario import find_catalogue, read_catalogue

    found = {}
    catalogues: dict[str, dict[str, str]] = {}
    for origin in origins:
        if origin.line is None:
            continue
        if origin.file not in catalogues:
            path = find_catalogue(origin.file)
            entries = {} if path is None else read_catalogue(path)
            catalogues[origin.file] = {key: entry.reference for key, entry in entries.items()}
        if origin.source in catalogues[origin.file]:
            found[origin.source] = catalogues[origin.file][origin.source]
    return found


def _where(origin: Origin) -> str:
    return origin.file if origin.line is None else f"{origin.file}:{origin.line}"


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(_text, value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _short_text(value: object) -> str:
    if isinstance(value, tuple | list) and len(value) > MAX_ITEMS_SHOWN:
        return f"{_text(value[:MAX_ITEMS_SHOWN])} and {len(value) - MAX_ITEMS_SHOWN} more"
    return _text(value)
