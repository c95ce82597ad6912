"""`peacesim run`: run the experiment of a scenario file, keep the results, draw them.

If the file has goals for the precision of means, as many replications are run as they take, unless their number is
given. What is shown then has the replications that the rule used; the folder may hold more.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from sim.cli.options import ENGINE, OUT, SEED, SETTINGS, WORKERS, keys, levels, load_as_asked
from sim.cli.progress import shown_progress
from sim.cli.terminal import (
    BAD_INPUT,
    FAILED,
    WIDTH_WHEN_PIPED,
    console,
    exit_code_of,
    program,
    reports_errors,
    sigterm_as_ctrl_c,
)

if TYPE_CHECKING:
    from sim.experiment import Results
    from sim.experiment.running import NamedProgress
    from sim.scenario import Scenario

MAX_FAILURES_SHOWN = 5
EPILOG = """\b
Examples:
  peacesim run scenarios/lesson.toml
  peacesim run scenarios/lesson.toml --replications 20 --workers 4
  peacesim run scenarios/kfor-2001.toml --troops 5000:40000:8 --out results/sweep
  peacesim run scenarios/kfor-2001.toml --set force.section_size=8 --out results/small-sections
  peacesim run scenarios/lesson.toml --trace 0,3 && peacesim trace results/lesson --replication 3

\b
The same command again runs only what is missing. More replications or other troop levels are added to the
folder, and so are traces; other inputs need another folder. Ctrl-C and SIGTERM keep what is finished.

\b
A file may say how precise means must be. It is then run until every mean of every design point is so precise, and
stays so for the look-ahead, unless -n is given:

\b
  [experiment.precision]
  max_replications = 200
  look_ahead = 5
  goals.coverage = { half_width = 0.005 }
  goals.revisit_age_h = { relative = 0.02 }

\b
An interval at a number of replications that the values chose covers the true mean less often than one at a fixed
number: of 95 % intervals, 94 to 95 % did for normal and uniform values, 87 to 91 % for exponential ones (10,000
synthetic studies each, looked at again by `pytest tests/statistics/test_precision.py`). Goals of = "difference" are
met by `peacesim compare` only.
"""


def _replications(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> list[int]:
    """Read `R` or `R,R`, given once or more."""
    numbers: set[int] = set()
    for text in values:
        if not re.fullmatch(r"\s*[0-9]{1,9}(\s*,\s*[0-9]{1,9})*\s*", text):
            raise click.BadParameter(f"{text!r} is not the number of a replication, like 0, or several, like 0,3")
        numbers.update(int(part) for part in text.split(","))
    return sorted(numbers)


@click.command(epilog=EPILOG, short_help="Run the experiment of a scenario file.")
@click.argument("file", type=click.Path())
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Exactly so many replications of each design point.",
)
@WORKERS
@SEED
@click.option(
    "--troops",
    callback=levels,
    metavar="A:B:N|A,B,C",
    help="Troop levels, each held constant, instead of the file's; no policy is run at its own strength.",
)
@click.option("--policies", callback=keys, metavar="A,B", help="Policies to run, by key.  [default: those of the file]")
@SETTINGS
@OUT
@ENGINE
@click.option(
    "--execution",
    type=click.Choice(["table", "processes"]),
    default="table",
    show_default=True,
    help="How tours are carried out: the same results, sooner or as a SimPy process a patrol.",
)
@click.option(
    "--trace",
    callback=_replications,
    multiple=True,
    metavar="R|R,R",
    help="Replications of each design point, from 0, of which everything that happened is kept; may be repeated.",
)
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
@reports_errors
@sigterm_as_ctrl_c()
def run(
    file: str,
    replications: int | None,
    workers: int | None,
    seed: int | None,
    troops: list[int] | None,
    policies: list[str] | None,
    settings: tuple[str, ...],
    out: str | None,
    engine: str | None,
    execution: str,
    trace: list[int],
    no_figures: bool,
) -> None:
    """Run the experiment of a scenario FILE: its policies, troop levels and replications.

    Prints means over replications with their confidence intervals, and writes tables and figures to a folder.
    """
    from sim.experiment import Interrupted, Results
    from sim.experiment import run as run_experiment
    from sim.experiment.precise import goals_of_means, run_to_precision

    options = {
        "seed": seed,
        "troops": troops,
        "timeline": None if troops is None else False,
        "policies": policies,
    }
    scenario, changes = load_as_asked(file, settings, options)
    folder = Path("results") / Path(file).stem if out is None else Path(out)
    precise = None
    try:
        with shown_progress() as progress:
            choices: _Choices = {
                "workers": workers,
                "engine": engine,
                "execution": execution,
                "out": folder,
                "trace": trace,
                "settings": changes,
                "progress": progress,
            }
            if replications is None and goals_of_means(scenario.experiment):
                run_results, precise = run_to_precision(scenario, **choices)
            else:
                run_results = run_experiment(scenario, replications=replications, **choices)
    except Interrupted as stop:
        kept = f"{stop.results.n_replications} finished replications are kept in {folder}"
        click.echo(f"Stopped. {kept}, {len(stop.results.missing)} are missing.", err=True)
        click.echo("The same command goes on from there.", err=True)
        sys.exit(exit_code_of(stop.__cause__))
    except KeyboardInterrupt as stop:  # between two rounds of a run to a precision
        click.echo(f"Stopped. What is finished is kept in {folder}; the same command goes on from there.", err=True)
        sys.exit(exit_code_of(stop))
    results = Results.read(folder)
    if precise is not None:
        results = _used(results, run_results, precise.n_run)
    _show(results)
    if precise is not None:
        click.echo(f"Precision: {precise}")
    if replications is None and (others := _goals_of_differences(scenario)):
        click.echo(f"Precision: not looked at here for differences ({others}); `peacesim compare` does")
    click.echo(f"Results: {folder}")
    if trace and (folder / "trace.parquet").exists():
        click.echo(f"Traces: {folder / 'trace.parquet'} (`peacesim trace {folder}` lists rows)")
    if not results.missing.empty:
        click.echo(f"{len(results.missing)} replications of runs that were stopped are missing there.", err=True)
    if not results.failures.empty:
        _show_failures(results)
    if not no_figures and results.n_replications:
        _draw(results, folder)
    if not results.failures.empty:
        sys.exit(FAILED)


class _Choices(TypedDict):
    workers: int | None
    engine: str | None
    execution: str
    out: Path
    trace: list[int]
    settings: list[str]
    progress: NamedProgress


def _used(kept: Results, run_results: Results, n: int) -> Results:
    """What a folder holds, but of the design points of a run to a precision only the replications that are used."""
    from sim.experiment.tables import keys

    points = {key[:2] for table in (run_results.responses, run_results.failures) for key in keys(table)}
    every = [*kept.finished(), *keys(kept.failures), *keys(kept.missing)]
    return kept.only([key for key in every if key[2] < n or key[:2] not in points])


def _goals_of_differences(scenario: Scenario) -> str:
    from sim.experiment.precise import goals_of_means

    precision, means = scenario.experiment.precision, goals_of_means(scenario.experiment)
    return ", ".join(name for name in (precision.goals if precision is not None else ()) if name not in means)


def _draw(results: Results, folder: Path) -> None:
    from sim import plots

    try:
        for path in plots.write_figures(results, folder / "figures"):
            if path.suffix != ".csv":
                click.echo(f"Figure: {path}")
        command = shlex.join([program(), "report", str(folder)])
        click.echo(f"Next: `{command}` makes one page of all this to hand on")
    except OSError as error:
        reason = error.strerror or error
        click.echo(
            f"cannot write figures to {folder / 'figures'}: {reason}; the results in {folder} are kept", err=True
        )
        sys.exit(BAD_INPUT)


def _show(results: Results) -> None:
    from rich import box
    from rich.table import Table

    from sim.experiment.headline import COVERAGE, INCIDENTS, VEHICLES, caption, headings, headline

    summary = results.summary()
    tables = []
    for title, responses in ((results.scenario.title, COVERAGE), ("Vehicles", VEHICLES), ("Incidents", INCIDENTS)):
        rows = headline(summary, responses)
        if responses is not COVERAGE and not rows:
            continue
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, title=title)
        table.title_justify = table.caption_justify = "left"
        for i, heading in enumerate(headings(responses)):
            # Headings may take two lines; policies and numbers stay whole.
            widest = max((len(row[i]) for row in rows), default=0)
            words = max(map(len, heading.split()), default=0)
            table.add_column(
                heading, justify="left" if i == 0 else "right", min_width=max(widest, words), no_wrap=i < 3
            )
        for row in rows:
            table.add_row(*row)
        tables.append(table)
    endless = any("∞" in str(cell) for table in tables for column in table.columns for cell in column.cells)
    note = caption(results.scenario.experiment.confidence)
    note += "; ∞: too many were never met" if endless else ""
    tables[-1].caption = note
    widest = max(sum((column.min_width or 0) + 2 for column in table.columns) for table in tables)
    console(at_least=max(WIDTH_WHEN_PIPED, widest + 4)).print(*tables, sep="\n")


def _show_failures(results: Results) -> None:
    from sim.experiment.tables import records

    failures = results.failures
    click.echo(f"{len(failures)} replications failed; all are listed in manifest.json:", err=True)
    for row in records(failures.head(MAX_FAILURES_SHOWN)):
        strength = "own strength" if row["troops"] is None else f"{row['troops']} troops"
        where = f"{row['policy']}, {strength}, replication {row['replication']}"
        click.echo(f"  {where}: {row['stage']}: {row['error']}", err=True)
