"""`peacesim trace`: what happened in one replication, run for it or kept by `peacesim run --trace`, row by row.

Two traces, *A* and *B*, can be compared: then the first row in which they differ is shown. B is as A is, but for what
the options that begin with `--against` say.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.terminal import console, reports_errors

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.trace_difference import Difference, Row

DIFFERENT = 1
MAX_TRACES_SHOWN = 8
OF_OWN_STRENGTH = re.compile(r"policy\.[^.=]+\.(stages|ramp|gates|calls)\b")
"""Settings without effect at a constant strength."""
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
Where do two runs part? Examples:
  peacesim trace scenarios/lesson.toml --troops 300 --against-troops 340 --kind post_unmanned
  peacesim trace scenarios/lesson.toml --replication 0 --against-replication 1 --since 2001-01-15
  peacesim trace scenarios/lesson.toml --against-set force.section_size=8
  peacesim trace scenarios/kfor-1999-entry.toml --policy unified --against-policy separate-north
  peacesim trace results/before --against results/after --troops 300
  peacesim trace scenarios/lesson.toml --against results/lesson

\b
Any option that begins with --against compares: A is what the other options say, and B is the same but for what
--against... says. Only rows as asked for by --kind, --entity, --since and --until are compared, by time, kind, entity,
place and value. The first row in which A and B differ is shown, with the three before it and the next five of the two
together; in each line stands who has the row: both, A or B. Below is how many rows each has in all, whatever they are.
Exit codes then: 0 equal, 1 different, 2 bad input.

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
@click.option("--against", metavar="FILE|DIR", type=click.Path(), help="Compare with this one.  [default: the same]")
@click.option("--against-policy", metavar="KEY", help="Compare with this policy.")
@click.option("--against-troops", type=click.IntRange(0), metavar="N", help="Compare with this constant strength.")
@click.option("--against-replication", type=click.IntRange(0, 999_999_999), metavar="R", help="Compare with this one.")
@click.option(
    "--against-set",
    "against_settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Compare with this value changed too; may be repeated; FILE only.",
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
    against: str | None,
    against_policy: str | None,
    against_troops: int | None,
    against_replication: int | None,
    against_settings: tuple[str, ...],
    entity: str | None,
    kinds: tuple[str, ...],
    since: dt.datetime | None,
    until: dt.datetime | None,
    settings: tuple[str, ...],
    as_csv: bool,
) -> None:
    """List what happened in one replication, sorted by time, kind and entity, or compare two.

    Runs it for a scenario FILE; reads it from a folder DIR of results if it was run with --trace.
    """
    changed = (against, against_policy, against_troops, against_replication)
    compares = any(one is not None for one in changed) or bool(against_settings)
    other = source if against is None else against
    folders = [Path(one).is_dir() for one in (source, other)]
    if all(folders) and (seed is not None or settings):
        raise click.UsageError("--seed and --set are for a FILE: what a folder holds has been run")
    if folders[1] and against_settings:
        raise click.UsageError("--against-set is for a FILE: what a folder holds has been run")
    troops_of_other = troops if against_troops is None else against_troops
    if troops_of_other is not None:
        _check_is_used(against_settings, troops_of_other)
    if compares and as_csv:
        raise click.UsageError("--csv lists one trace; two are compared in words")
    wanted = _Wanted(kinds, entity, since, until)
    one = _Source.open(source, policy, troops, replication, seed, settings)
    if not compares:
        _list(one, wanted, as_csv)
        return
    _compare(
        one,
        _Source.open(
            other,
            policy if against_policy is None else against_policy,
            troops_of_other,
            replication if against_replication is None else against_replication,
            seed,
            settings,
            against_settings,
        ),
        wanted,
    )


def _check_is_used(settings: tuple[str, ...], troops: int) -> None:
    """See that no setting is of a policy's own strength, which a constant one takes the place of."""
    for setting in settings:
        if OF_OWN_STRENGTH.match(setting):
            raise click.UsageError(
                f"--against-set {setting} has no effect: B has {troops:,} soldiers throughout, from --troops or "
                "--against-troops, and not its policy's own strength"
            )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which rows."""

    kinds: tuple[str, ...]
    text: str | None
    since: dt.datetime | None
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Source:
    """A replication of a scenario file, or one that a folder keeps (its seed is then None)."""

    path: str
    scenario: Scenario
    key: tuple[str, int | None, int]
    seed: int | None
    settings: tuple[str, ...]

    @classmethod
    def open(
        cls,
        path: str,
        policy: str | None,
        troops: int | None,
        replication: int,
        seed: int | None,
        settings: tuple[str, ...],
        against_settings: tuple[str, ...] = (),
    ) -> _Source:
        """Load the scenario; a folder has its own seed and settings.

        A seed wins over the settings, and those against which is compared win over all.
        """
        from sim.scenario import load
        from sim.store import read_scenario

        is_folder = Path(path).is_dir()
        root = [] if seed is None else [f"experiment.seed={seed}"]
        scenario = read_scenario(path) if is_folder else load(path, settings=[*settings, *root, *against_settings])
        key = (next(iter(scenario.policy)) if policy is None else policy, troops, replication)
        if is_folder:
            return cls(path, scenario, key, None, ())
        return cls(path, scenario, key, scenario.experiment.seed, (*settings, *against_settings))

    @property
    def start(self) -> dt.datetime:
        return dt.datetime.combine(self.scenario.horizon.start, dt.time())

    def rows(self, wanted: _Wanted) -> Iterator[Any]:
        """The rows wanted, in batches."""
        from sim.trace_table import select

        since_s, until_s = (
            None if time is None else (time - self.start).total_seconds() for time in (wanted.since, wanted.until)
        )
        if self.seed is None:
            batches = _kept(self.path, self.key, since_s, until_s)
        else:
            batches = _run(self.scenario, self.key, self.seed)
        return select(batches, kinds=wanted.kinds, text=wanted.text, since_s=since_s, until_s=until_s)

    def __str__(self) -> str:
        from sim.engines import Job

        seed = self.scenario.experiment.seed if self.seed is None else self.seed
        return ", ".join([f"{self.path}: {Job(*self.key, seed=seed)}", f"seed {seed}", *self.settings])


def _list(source: _Source, wanted: _Wanted, as_csv: bool) -> None:
    rows = _lines(source.rows(wanted), source.start)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(rows)
        return
    listed = list(rows)
    if listed:
        _print_table(HEADINGS, listed)
        click.echo(f"{len(listed):,} rows")
    else:
        from sim.model import run_length_s

        end = source.start + dt.timedelta(seconds=run_length_s(source.scenario, source.key[1]))
        click.echo(
            f"No row is as asked; the run goes from {source.start.isoformat(' ')} to {end.isoformat(' ')}.", err=True
        )


def _compare(one: _Source, other: _Source, wanted: _Wanted) -> None:
    """Say where two traces first differ; ends with 1 if they do."""
    from sim.trace_difference import Holder, first_difference

    if one.start != other.start:
        days = f"{one.start:%Y-%m-%d} and {other.start:%Y-%m-%d}"
        raise click.UsageError(f"the runs begin on different days, {days}: nothing in them is at the same time")
    n_rows = 0

    def counted(batches: Iterable[Any]) -> Iterator[Any]:
        nonlocal n_rows
        for batch in batches:
            n_rows += len(batch)
            yield batch

    is_all = not (wanted.kinds or wanted.text or wanted.since or wanted.until)
    rows = counted(one.rows(wanted)), other.rows(wanted)
    found = first_difference(*rows)
    click.echo(f"A  {one}\nB  {other}\n")
    if found is None:
        of = "" if is_all else " of those asked for"
        click.echo(f"Equal: {n_rows:,} rows{of} each." if n_rows else "Equal: neither has a row as asked.")
        return
    click.echo(_in_words(found, one.start))
    shown = [*((Holder.BOTH, row) for row in found.before), *found.after]
    names = {Holder.BOTH: "both", Holder.ONE: "A", Holder.OTHER: "B"}
    _print_table(("in", *HEADINGS), [(names[holder], *_cells(row, one.start)) for holder, row in shown])
    asked = "" if is_all else " as asked for"
    n, n_other = found.n_rows
    click.echo(f"In all, A has {n:,} rows{asked} and B {n_other:,}; what follows the table is not compared.")
    sys.exit(DIFFERENT)


def _in_words(found: Difference, start: dt.datetime) -> str:
    """What the first difference is."""
    n = found.index
    before = (
        f"The first {n:,} rows are equal. Then, at" if n > 1 else "One row is equal. Then, at" if n else "At once, at"
    )
    if found.is_of_value:
        time, kind, entity, place, _ = _cells(found.one[0], start)
        numbers = (found.one[0].value, found.other[0].value)
        values = [f"{number:g}" for number in numbers]
        one, other = values if values[0] != values[1] else map(repr, numbers)
        return f"{before} {time}, the value of {kind} {entity} {place} is {one} in A and {other} in B."
    name, lacking, rows, after = ("A", "B", found.one, found.other)
    if not found.is_in_one:
        name, lacking, rows, after = ("B", "A", found.other, found.one)
    time, *what = _cells(rows[0], start)
    over = "" if after else ", which is over"
    return f"{before} {time}, {name} has a row that {lacking} lacks{over}: {' '.join(what)}."


def _cells(row: Row, start: dt.datetime) -> tuple[str, ...]:
    time = start + dt.timedelta(seconds=row.time_s)
    return time.isoformat(" "), row.kind, row.entity, row.place, f"{row.value:g}"


def _run(scenario: Scenario, key: tuple[str, int | None, int], seed: int) -> Iterator[Any]:
    from sim.experiment import check_layout, design
    from sim.model import replicate
    from sim.trace_table import tabulate

    policy, troops, replication = key
    design(scenario, troops=None if troops is None else [troops], policies=[policy])
    check_layout(scenario)
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


def _print_table(headings: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(*headings[:-1], box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(headings[-1], justify="right")
    for row in rows:
        table.add_row(*row)
    console().print(table)
