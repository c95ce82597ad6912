"""`peacesim status`: what a folder of results holds, what it lacks, and whether it is still up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import console, reports_errors

if TYPE_CHECKING:
    from sim.experiment.state import State

MAX_FAILURES_SHOWN = 5
EPILOG = """\b
Examples:
  peacesim status results/lesson
  peacesim status results/lesson scenarios/lesson.toml
  peacesim status results/small-sections scenarios/kfor-2001.toml --set force.section_size=8

\b
Results are stale if a run with the program as it is now, or with FILE, could give others: its code, the version of
NumPy, the seed or a value of the scenario differs. Policies, troop levels and replications are choices and add to a
folder; the --seed of a run is compared with --set experiment.seed=N. The folder of a
comparison of several files has one of each file in it: each is shown, or FILE's alone. Exit code 2 if DIR holds no
results, else 0.
"""


@click.command(epilog=EPILOG, short_help="What a folder of results holds, lacks, and whether it is stale.")
@click.argument("directory", metavar="DIR", type=click.Path())
@click.argument("file", required=False, type=click.Path())
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of the scenario FILE, as for `run`; may be repeated.",
)
@click.option(
    "--mend",
    is_flag=True,
    help="First bring together what is whole in a damaged journal; the file as it was is kept beside it.",
)
@reports_errors
def status(directory: str, file: str | None, settings: tuple[str, ...], mend: bool) -> None:
    """Say what the folder DIR holds: replications that are finished, missing or failed, traces, and its journal.

    Also whether a run is under way in it, and whether the results are stale: those of other code than the program's,
    or, with a scenario FILE, of other inputs than the file's.
    """
    from sim import store
    from sim.experiment.state import state_of
    from sim.scenario import load

    if settings and file is None:
        raise click.UsageError("--set changes values of a scenario FILE; name one")
    scenario = load(file, settings=settings) if file is not None else None
    folders = store.folders(directory)
    if folders != [Path(directory)] and scenario is not None:
        folders = [_named(scenario.name, folders, directory)]
    if mend and len(folders) > 1:
        names = ", ".join(map(str, folders))
        raise click.UsageError(f"--mend is for one folder of results at a time, and {directory} has {names}")
    for number, folder in enumerate(folders):
        if mend:
            n_whole, aside = store.mend_journal(folder)
            click.echo(f"{n_whole} whole records are kept in the journal; the file as it was is {aside}.")
        state = state_of(folder, scenario)
        if number:
            click.echo()
        console().print(_table(state), highlight=False)
        for line in _sentences(state, folder, file):
            click.echo(line)


def _named(name: str, folders: list[Path], directory: str) -> Path:
    from sim.store import StoreError

    for folder in folders:
        if folder.name == name:
            return folder
    raise StoreError(f"{directory} has no folder of {name}; it has {', '.join(folder.name for folder in folders)}")


def _table(state: State) -> object:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, title=state.scenario.title)
    table.title_justify = "left"
    for i, heading in enumerate(("policy", "troops", "finished", "missing", "failed", "traces")):
        table.add_column(heading, justify="right" if i else "left", overflow="fold")
    for point in state.points:
        counts = (point.n_finished, point.n_missing, point.n_failed, point.n_traces)
        troops = "own" if point.troops is None else f"{point.troops:,}"
        table.add_row(point.policy, troops, *(f"{n:,}" for n in counts))
    return table


def _sentences(state: State, folder: Path, file: str | None) -> list[str]:
    manifest = state.manifest
    ended = f"finished {manifest['finished']}" if manifest["finished"] else "not finished"
    lines = [
        f"Seed {manifest['seed']}, begun {manifest['created']}, {ended}.",
        f"{'A' if state.is_in_use else 'No'} run is under way in {folder}.",
    ]
    if state.journal_fault:
        lines.append(f"Its journal is not counted: {state.journal_fault}.")
    elif state.n_journal_bytes:
        when = "at the end of the run" if state.is_in_use else "by the next run in the folder"
        only = f"{state.n_only_in_journal:,} of these replications are in its journal alone"
        lines.append(f"{only} ({state.n_journal_bytes / 1e6:,.1f} MB); they are put into the tables {when}.")
    if state.cut_off_at is not None and not state.is_in_use:
        cut_off = f"The journal was cut off at byte {state.cut_off_at:,}, in its last record"
        lines.append(f"{cut_off}: the replication that it was of counts as missing.")
    for row in state.failures[:MAX_FAILURES_SHOWN]:
        strength = "own strength" if row["troops"] is None else f"{row['troops']} troops"
        where = f"{row['policy']}, {strength}, replication {row['replication']}"
        lines.append(f"Failed: {where}: {row['stage']}: {row['error']}")
    if len(state.failures) > MAX_FAILURES_SHOWN:
        lines.append(f"And {len(state.failures) - MAX_FAILURES_SHOWN:,} more failed; manifest.json lists them.")
    if state.differences:
        what = "the program" if file is None else f"the program and {file}"
        lines.append(f"Stale: what differs from {what} as they are now: {', '.join(state.differences)}.")
        lines.append("A run needs another folder (--out), or this one removed.")
    else:
        same = "the program's code and NumPy" if file is None else f"the program's code, NumPy and the inputs in {file}"
        lines.append(f"Not stale: {same} are those of the results.")
    return lines
