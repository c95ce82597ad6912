"""`peacesim sources`: where every number of a scenario comes from."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import reports_errors

if TYPE_CHECKING:
    from sim.scenario.origin import Origin

HEADINGS = ("key", "value", "unit", "where", "source")
MAX_ITEMS_SHOWN = 3
MAX_WIDTH = 120
"""Characters; on a wider terminal what belongs together would be far apart."""
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
    from sim.scenario import load, sources_of

    everything = load(file).provenance
    assumed = [o for o in everything if o.source.startswith("assumption:")]
    origins = assumed if assumptions else everything
    references = {key: source.reference for key, source in sources_of(origins).items()}
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("key", "value", "unit", "source", "reference", "where"))
        for o in origins:
            writer.writerow((o.key, _text(o.value), o.unit, o.source, references.get(o.source, ""), _where(o)))
        return
    if sys.stdout.isatty():
        _print_by_source(origins)
    else:
        _print_lines(origins)
    click.echo(f"\n{len(assumed):,} of {len(everything):,} numbers and dates are assumed")
    if references:
        click.echo("\nSources in full:")
    for source, reference in references.items():
        click.echo(_wrapped(f"{source}: {reference}"))


def _print_by_source(origins: Sequence[Origin]) -> None:
    """For people: each source once above the keys that follow one another and have it, as wide as the terminal."""
    width = _width()
    for source, group in itertools.groupby(origins, key=lambda o: o.source):
        click.secho(_wrapped(source), bold=True)
        for o in group:
            unit = "" if o.unit == "date" else f" {o.unit}"
            value, where = f"  {o.key} = {_short_text(o.value)}{unit}", _where(o)
            gap = width - len(value) - len(where)
            click.echo(f"{value}{' ' * gap}{where}" if gap > 1 else f"{_wrapped(value)}\n{where:>{width}}")


def _print_lines(origins: Sequence[Origin]) -> None:
    """For other programs: a line a key, so that lines can be searched; what is longest last."""
    rows = [HEADINGS, *((o.key, _short_text(o.value), o.unit, _where(o), o.source) for o in origins)]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    for row in rows:
        click.echo("  ".join([*map(str.ljust, row, widths), row[-1]]))


def _width() -> int:
    return min(shutil.get_terminal_size().columns, MAX_WIDTH)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _width(), subsequent_indent="    ") if sys.stdout.isatty() else text


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
