"""`peacesim trace`: what happened in one replication, run for it or kept by `peacesim run --trace`, row by row."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.terminal import console, reports_errors

if TYPE_CHECKING:
    from sim.scenario import Scenario

MAX_TRACES_SHOWN = 8
TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
HEADINGS = ("time", "kind", "entity", "place", "value")
KINDS = (
    "tour_ends",
    "section_arrives",
    "incident_met",
    "incident_contained",
    "incident_escalates",
    "incident_unanswered",
    "section_released",
    "section_returns",
    "strength_changes",
    "reserve_called",
    "reserve_arrives",
    "reserve_leaves",
    "gate_reviewed",
    "gate_opens",
    "gate_reversed",
    "site_handed_over",
    "shift_changes",
    "post_unmanned",
    "post_manned",
    "tour_departs",
    "area_visited",
    "incident_arises",
    "section_called",
)
EPILOG = """\b
Examples:
  peacesim trace scenarios/lesson.toml --until 2001-01-02
  peacesim trace scenarios/lesson.toml --entity second-009
  peacesim trace scenarios/kfor-gates.toml --kind strength_changes --kind site_handed_over
  peacesim trace scenarios/kfor-2001.toml --troops 5000 --entity north --csv > north.csv
  peacesim trace results/lesson --replication 3 --kind post_unmanned

\b
The value, by kind:
  soldiers    strength_changes, gate_opens, gate_reversed (the strength from then on), reserve_... (its strength),
              post_manned, post_unmanned, site_handed_over (the post's crew)
  sections    shift_changes (what the task at that place gets), incident_... (what it needs)
  tension     gate_reviewed; behind its place, what the review comes to: too-tense, calm-too-short, not-approved,
              decided (it opens once approved), stays-open or to-be-reversed
  areas       tour_ends (visited on the tour)
  km          section_called (how far it has to go)
  1 or 0      section_returns (1: back to its post); always 1: tour_departs, area_visited (one tour, one visit);
              always 0: section_arrives, section_released
"""


@click.command(epilog=EPILOG, short_help="Show what happened in one replication, row by row.")
@click.argument("source", metavar="FILE|DIR", type=click.Path())
@click.option("--policy", metavar="KEY", help="Its policy.  [default: the first of the file]")
@click.option(
    "--troops", type=click.IntRange(0), metavar="N", help="Its constant strength.  [default: the policy's own stages]"
)
@click.option("--replication", type=click.IntRange(0, 999_999_999), default=0, metavar="R", help="Its number, from 0.")
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", help="Root of every random stream; FILE only.  [default: the file's]"
)
@click.option("--entity", metavar="TEXT", help="Only rows whose entity or place holds this text.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only rows of this kind; repeatable.")
@click.option("--since", type=TIME, metavar='"DATE [HH:MM]"', help="Only rows from this time on.")
@click.option("--until", type=TIME, metavar='"DATE [HH:MM]"', help="Only rows before this time.")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a value; may be repeated; FILE only."
)
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values instead of a table.")
@reports_errors
def trace(
    source: str,
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
    """List what happened in one replication, sorted by time, kind and entity.

    Runs it for a scenario FILE; reads it from a folder DIR of results if it was run with --trace.
    """
    from sim.scenario import load
    from sim.store import read_scenario
    from sim.trace_table import select

    is_folder = Path(source).is_dir()
    if is_folder and (seed is not None or settings):
        raise click.UsageError("--seed and --set are for a FILE: what a folder holds has been run")
    scenario = read_scenario(source) if is_folder else load(source, settings=settings)
    start = dt.datetime.combine(scenario.horizon.start, dt.time())
    since_s, until_s = (None if time is None else (time - start).total_seconds() for time in (since, until))
    key = (next(iter(scenario.policy)) if policy is None else policy, troops, replication)
    batches = _kept(source, key, since_s, until_s) if is_folder else _run(scenario, key, seed)
    rows = _lines(select(batches, kinds=kinds, text=entity, since_s=since_s, until_s=until_s), start)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(rows)
        return
    listed = list(rows)
    if listed:
        _print_table(listed)
    else:
        from sim.model import run_length_s

        end = start + dt.timedelta(seconds=run_length_s(scenario, troops))
        click.echo(f"No row is as asked; the run goes from {start.isoformat(' ')} to {end.isoformat(' ')}.", err=True)


def _run(scenario: Scenario, key: tuple[str, int | None, int], seed: int | None) -> Iterator[Any]:
    from sim.experiment import check_layout, design
    from sim.model import replicate
    from sim.trace_table import tabulate

    policy, troops, replication = key
    design(scenario, troops=None if troops is None else [troops], policies=[policy])
    check_layout(scenario)
    seed = scenario.experiment.seed if seed is None else seed
    return tabulate(replicate(scenario, policy, troops=troops, seed=seed, replication=replication))


def _kept(folder: str, key: tuple[str, int | None, int], since_s: float | None, until_s: float | None) -> Iterator[Any]:
    from sim.engines import Job
    from sim.store import StoreError, read_trace, traces

    there = traces(folder)
    if key not in there:
        shown = [str(Job(*one, seed=0)) for one in there[:MAX_TRACES_SHOWN]]
        if len(there) > len(shown):
            shown.append(f"{len(there) - len(shown)} more")
        hint = "\n  ".join(["it has those of", *shown]) if shown else "`peacesim run FILE --trace R` keeps traces"
        raise StoreError(f"{folder} holds no trace of {Job(*key, seed=0)}; {hint}")
    return read_trace(folder, key, since_s=since_s, until_s=until_s)


def _lines(batches: Iterable[Any], start: dt.datetime) -> Iterator[tuple[str, ...]]:
    import numpy as np

    for batch in batches:
        time_s, value = (batch.column(name).to_numpy() for name in ("time_s", "value"))
        times = np.datetime_as_string(np.datetime64(start, "s") + time_s)
        values = {number: f"{number:g}" for number in np.unique(value).tolist()}
        names = (batch.column(name) for name in HEADINGS[1:-1])
        yield from zip(
            (time.replace("T", " ") for time in times.tolist()),
            *(map(column.dictionary.to_pylist().__getitem__, column.indices.to_numpy().tolist()) for column in names),
            map(values.__getitem__, value.tolist()),
            strict=True,
        )


def _print_table(rows: list[tuple[str, ...]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(*HEADINGS[:-1], box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(HEADINGS[-1], justify="right")
    for row in rows:
        table.add_row(*row)
    console().print(table)
    click.echo(f"{len(rows):,} rows")
