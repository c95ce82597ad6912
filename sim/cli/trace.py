"""`peacesim trace`: what happened in one replication, row by row."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import console, reports_errors

if TYPE_CHECKING:
    from sim.trace import Event

HEADINGS = ("time", "kind", "entity", "place", "value")
KINDS = (
    "tour_ends",
    "strength_changes",
    "site_handed_over",
    "shift_changes",
    "post_unmanned",
    "post_manned",
    "tour_departs",
    "area_visited",
)
EPILOG = """\b
Examples:
  peacesim trace scenarios/lesson.toml --until 2001-01-02
  peacesim trace scenarios/lesson.toml --entity second-009
  peacesim trace scenarios/kfor-gates.toml --kind strength_changes --kind site_handed_over
  peacesim trace scenarios/kfor-2001.toml --troops 5000 --entity north --csv > north.csv

\b
Values: soldiers (strength, crew of a post), sections (what a task gets at a shift change), areas visited (tours).
"""


@click.command(epilog=EPILOG, short_help="Show what happened in one replication, row by row.")
@click.argument("file", type=click.Path())
@click.option("--policy", metavar="KEY", help="Policy to run.  [default: the first of the file]")
@click.option("--troops", type=click.IntRange(0), metavar="N", help="Constant strength.  [default: the policy's own]")
@click.option("--replication", type=click.IntRange(0), default=0, metavar="R", help="Replication, from 0.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Root of every random stream.  [default: the file's]")
@click.option("--entity", metavar="TEXT", help="Only rows whose entity or place holds this text.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only rows of this kind; repeatable.")
@click.option("--since", type=click.DateTime(), metavar="DATE[THH:MM:SS]", help="Only rows from this time on.")
@click.option("--until", type=click.DateTime(), metavar="DATE[THH:MM:SS]", help="Only rows before this time.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a value; may be repeated.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values instead of a table.")
@reports_errors
def trace(
    file: str,
    policy: str | None,
    troops: int | None,
    replication: int,
    seed: int | None,
    entity: str | None,
    kinds: tuple[str, ...],
    since: dt.datetime | None,
    until: dt.datetime | None,
    settings: tuple[str, ...],
    as_csv: bool,
) -> None:
    """Run one replication of a scenario FILE and list what happened, sorted by time, kind and entity."""
    from sim.experiment import check_layout, design
    from sim.model import replicate
    from sim.scenario import load

    scenario = load(file, settings=settings)
    chosen = next(iter(scenario.policy)) if policy is None else policy
    design(scenario, troops=None if troops is None else [troops], policies=[chosen])
    check_layout(scenario)
    happened = replicate(
        scenario,
        chosen,
        troops=troops,
        seed=scenario.experiment.seed if seed is None else seed,
        replication=replication,
    )
    start = dt.datetime.combine(scenario.horizon.start, dt.time())
    rows = _lines(_select(happened.rows(), start, entity, kinds, since, until), start)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(rows)
        return
    listed = list(rows)
    if listed:
        _print_table(listed)
    else:
        end = start + dt.timedelta(seconds=happened.run_length_s)
        click.echo(f"No row is as asked; the run goes from {start.isoformat(' ')} to {end.isoformat(' ')}.", err=True)


def _select(
    events: Iterable[Event],
    start: dt.datetime,
    entity: str | None,
    kinds: tuple[str, ...],
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> Iterator[Event]:
    since_s = None if since is None else (since - start).total_seconds()
    until_s = None if until is None else (until - start).total_seconds()
    for event in events:
        if since_s is not None and event.time_s < since_s:
            continue
        if until_s is not None and event.time_s >= until_s:
            continue
        if kinds and event.kind.name.lower() not in kinds:
            continue
        if entity is not None and entity not in event.entity and entity not in event.place:
            continue
        yield event


def _lines(events: Iterable[Event], start: dt.datetime) -> Iterator[tuple[str, ...]]:
    for event in events:
        time = start + dt.timedelta(seconds=event.time_s)
        yield time.isoformat(" "), event.kind.name.lower(), event.entity, event.place, f"{event.value:g}"


def _print_table(rows: list[tuple[str, ...]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(*HEADINGS[:-1], box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(HEADINGS[-1], justify="right")
    for row in rows:
        table.add_row(*row)
    console().print(table)
    click.echo(f"{len(rows):,} rows")
