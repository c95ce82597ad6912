"""`peacesim compare`: policies side by side on common random numbers, and which are not worse than the baseline."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.options import ENGINE, OUT, SEED, SETTINGS, WORKERS, keys, load_as_asked
from sim.cli.progress import shown_progress
from sim.cli.terminal import (
    BAD_INPUT,
    FAILED,
    WIDTH_WHEN_PIPED,
    console,
    exit_code_of,
    reports_errors,
    sigterm_as_ctrl_c,
)
from sim.response_list import LOWER_IS_BETTER, RESPONSES

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison

FEW_PAIRS = 10
"""Below so many a variance ratio says little."""
EPILOG = """\b
Examples:
  peacesim compare scenarios/studies/drawdown-policies.toml
  peacesim compare scenarios/kfor-gates-conditions.toml --baseline gates --delta 0.02 -n 20
  peacesim compare scenarios/kfor-2004-riots.toml scenarios/kfor-2004-no-caveats.toml \\
      --response response_within_target --also escalations --delta 0.01 --days 2004-03-17:2004-03-19
  peacesim compare scenarios/studies/drawdown-policies.toml --policies proportional,static-first \\
      --baseline proportional --troops 7500 -n 5 --out results/order

\b
Every alternative meets the same world, so that differences are taken replication by replication. A policy is "not
worse" if that is shown, of all that are called so together, with the confidence of the experiment; "worse" if it is
shown to be worse by more than delta; "not shown" otherwise: more replications may tell.
"""


def _days(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[dt.date, dt.date] | None:
    """Read `DATE:DATE`."""
    if value is None:
        return None
    try:
        first, last = map(dt.date.fromisoformat, value.split(":"))
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is not two days, DATE:DATE, first and last, like 2004-03-17:2004-03-19"
        ) from None
    return first, last


@click.command(epilog=EPILOG, short_help="Compare policies pair by pair on common random numbers.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--baseline", metavar="NAME", help="Policy, FILE:POLICY or FILE (its stem) that others are compared with."
)
@click.option("--delta", type=click.FloatRange(0), metavar="X", help="How much worse is still not worse.")
@click.option("--response", metavar="NAME", help="Response that decides.  [default: that of the file, or coverage]")
@click.option("--also", callback=keys, metavar="A,B", help="Other responses to compare.")
@click.option("--policies", callback=keys, metavar="A,B", help="Policies to compare.  [default: those of the file]")
@click.option("--troops", type=click.IntRange(0), metavar="N", help="Compare at this troop level, held constant.")
@click.option("--replications", "-n", type=click.IntRange(2), metavar="N", help="Exactly so many replications.")
@WORKERS
@SEED
@click.option(
    "--days",
    callback=_days,
    metavar="DATE:DATE",
    help="Compare these days alone, first and last included.  [default: those of the file, or the whole run]",
)
@click.option("--every-pair", is_flag=True, help="Show the differences of every pair, not only from the baseline.")
@SETTINGS
@OUT
@ENGINE
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
@reports_errors
@sigterm_as_ctrl_c()
def compare(
    files: tuple[str, ...],
    baseline: str | None,
    delta: float | None,
    response: str | None,
    also: list[str] | None,
    policies: list[str] | None,
    troops: int | None,
    replications: int | None,
    workers: int | None,
    seed: int | None,
    days: tuple[dt.date, dt.date] | None,
    every_pair: bool,
    settings: tuple[str, ...],
    out: str | None,
    engine: str | None,
    no_figures: bool,
) -> None:
    """Compare the policies of one or more scenario FILEs, pair by pair, with a baseline.

    Runs what is not in the folder yet: as many replications as the file's precision takes, or those asked for. Prints
    what is decided, and writes tables and figures to the folder.
    """
    from sim.experiment import compare as run_comparison

    loaded = [load_as_asked(file, settings, {"seed": seed}) for file in files]
    scenarios, changes = [scenario for scenario, _ in loaded], loaded[0][1]
    folder = Path("results") / "-and-".join(Path(file).stem for file in files) if out is None else Path(out)
    try:
        with shown_progress() as progress:
            comparison = run_comparison(
                scenarios,
                baseline=baseline,
                delta=delta,
                response=response,
                also=also,
                policies=policies,
                troops=troops,
                days=days,
                replications=replications,
                workers=workers,
                engine=engine,
                out=folder,
                settings=changes,
                progress=progress,
            )
    except KeyboardInterrupt as stop:  # during a run, or between two
        click.echo(f"Stopped. What is finished is kept in {folder}; the same command goes on from there.", err=True)
        sys.exit(exit_code_of(stop.__cause__ or stop))
    other = _other_question(folder, comparison)
    written = comparison.write(folder)
    figures = _draw(comparison, folder, no_figures=no_figures)
    _show(comparison, every_pair=every_pair)
    for path in written:
        click.echo(f"{'Table' if path.suffix == '.csv' else 'Question'}: {path}")
    for path in figures:
        if path.suffix != ".csv":
            click.echo(f"Figure: {path}")
    click.echo(f"Results: {folder}")
    if other:
        click.echo(f"Tables and figures of another comparison were replaced there; what differs: {other}", err=True)
    if not comparison.complete:
        n_failed = sum(len(one.failures) for one in comparison.results)
        click.echo(f"{n_failed} replications failed, see manifest.json; their pairs are left out.", err=True)
        sys.exit(FAILED)


def _draw(comparison: Comparison, folder: Path, *, no_figures: bool) -> list[Path]:
    """Write the figures, and take away those of another comparison."""
    from sim import plots

    figures = folder / "figures"
    try:
        written = [] if no_figures else plots.write_figures_of_comparison(comparison, figures)
        for old in set(figures.glob("comparison-*")).difference(written):
            old.unlink()
    except OSError as error:
        reason = error.strerror or error
        click.echo(f"cannot write figures to {figures}: {reason}; tables and results are kept", err=True)
        sys.exit(BAD_INPUT)
    return written


def _other_question(folder: Path, comparison: Comparison) -> str:
    """How the question differs whose tables are in the folder; empty if there are none."""
    from sim.differences import differences
    from sim.experiment.comparison import QUESTION

    try:
        there = json.loads((folder / QUESTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return ", ".join(differences(there, comparison.question()))


def _show(comparison: Comparison, *, every_pair: bool) -> None:
    from rich.text import Text

    scenario = comparison.results[0].scenario
    titles = "; ".join(one.scenario.title for one in comparison.results)
    baseline = comparison.alternatives[comparison.baseline].label
    percent = f"{100 * comparison.confidence:.6g}%"
    screen = console()
    screen.print(Text(titles, style="bold"), f"{_period(comparison)}. Baseline: {baseline}", sep="\n")
    if comparison.precision is not None:
        of = "" if comparison.days is None else " (of the whole run)"
        screen.print(f"Precision{of}: {comparison.precision}")
    unit = RESPONSES[comparison.response]
    if comparison.delta is None:
        example = "0.02" if unit == "share" else "1"
        screen.print(
            f"No verdict, because no --delta was given. For example --delta {example}: worse by less than {example} "
            f"[{unit}] of {comparison.response} is then not worse.\n",
            markup=False,
        )
    else:
        note = (
            f"difference from the baseline [{unit}], a minus: less, ± half width of {percent} intervals that hold "
            f"together; p: of the test whose hypothesis is worse by {comparison.delta:g} or more, adjusted by Holm for "
            "deciding on several at once, so a small p shows not worse, of all that are so called together"
        )
        headings = ["policy", "n", "difference", "p", "verdict"]
        _print(f"Decision by {comparison.response}", headings, _decisions(comparison), note)
    note = (
        "difference: policy less the one it is taken from, so a minus: the policy has less of it; ± half width of the "
        f"{percent} interval by itself; n: pairs; ratio: how many times more replications independent random numbers "
        "would take"
    )
    headings = ["response", "policy", "from", "n", "difference", "ratio"]
    _print("Differences", headings, _differences(comparison.differences(every_pair=every_pair)), note)
    if len(comparison.others) > 1:
        note = (
            "lowest, median and highest ratio of the differences from the baseline; low where a policy's own luck "
            "decides, such as the day on which a gate opens, or where the baseline hardly varies"
        )
        note += "; rough with so few pairs" if comparison.differences()["n"].max() < FEW_PAIRS else ""
        headings = ["response", "lowest", "median", "highest"]
        _print("What common random numbers gave", headings, _ratios(comparison.variance_ratios()), note)
    with_warm_up = "" if comparison.days else " and the warm-up"
    note = (
        f"soldier-days with reserves, over all days that are compared{with_warm_up}; lost: {comparison.response} "
        f"[{unit}], a minus: gained; mean ± half width of the {percent} interval by itself; frontier: none "
        "other lost as little for as few soldier-days, by the means"
    )
    effort = comparison.effort().sort_values("lost", kind="stable")
    has_cost = bool(effort["cost"].notna().any())
    cost = [f"cost [million {scenario.comparison.currency}]"] if has_cost and scenario.comparison else []
    headings = ["policy", "n", "soldier-days", *cost, "lost", "frontier"]
    _print("What each used, and what it lost", headings, _efforts(effort, has_cost=has_cost), note)


def _print(title: str, headings: Sequence[str], rows: Iterable[tuple[str, ...]], note: str) -> None:
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, title=title)
    shown.title_justify = "left"
    cells = list(rows)
    widths = [max(len(heading), *(len(row[number]) for row in cells)) for number, heading in enumerate(headings)]
    for number, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        shown.add_column(heading, justify="left" if number == 0 else "right", min_width=width)
    for row in cells:
        shown.add_row(*row)
    console(at_least=max(WIDTH_WHEN_PIPED, sum(widths) + 2 * len(widths))).print(shown, note, "", sep="\n")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    from sim.experiment.tables import records

    return records(table)


def _decisions(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    table = comparison.decision()
    order = (table["difference"] * (1 if comparison.response in LOWER_IS_BETTER else -1)).sort_values(kind="stable")
    for row in _records(table.loc[order.index]):
        difference = _cell(row["difference"], row["simultaneous_half_width"])
        yield row["alternative"], _n(row), difference, _p(row["p_not_worse"]), row["verdict"]


def _n(row: dict[str, Any]) -> str:
    """How many pairs, and how many were left out since a response time in them is infinite."""
    return f"{row['n']}" + (f" ({row['n_endless']} endless)" if row["n_endless"] else "")


def _p(value: float | None) -> str:
    if value is None:
        return "-"
    return "<0.001" if value < 0.0005 else f"{value:.3f}"


def _differences(table: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for row in _records(table):
        ratio = _ratio(row["variance_ratio"])
        difference = _cell(row["difference"], row["half_width"])
        what = f"{row['response']} [{row['unit']}]"
        yield what, row["alternative"], row["other"], _n(row), difference, ratio


def _efforts(table: pd.DataFrame, *, has_cost: bool) -> Iterator[tuple[str, ...]]:
    for row in _records(table):
        cost = [_amount(row, "cost", 1e-6)] if has_cost else []
        days = _amount(row, "soldier_days", 1)
        front = "yes" if row["is_on_frontier"] else ""
        yield row["alternative"], str(row["n"]), days, *cost, _cell(row["lost"], row["lost_half_width"]), front


def _amount(row: dict[str, Any], name: str, factor: float) -> str:
    value, half_width = row[name], row[f"{name}_half_width"]
    if value is None:
        return "-"
    return f"{factor * value:,.0f}" + ("" if half_width is None else f"±{factor * half_width:,.0f}")


def _ratios(table: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for row in _records(table):
        yield row["response"], *(_ratio(row[name]) for name in ("lowest", "median", "highest"))


def _ratio(value: float | None) -> str:
    if value is None:
        return "-"
    return "∞" if value == float("inf") else f"{value:,.1f}"


def _period(comparison: Comparison) -> str:
    """The days that are compared, and at which strength."""
    first, last = comparison.period
    troops = comparison.alternatives[0].troops
    return f"Days: {first} to {last}" + ("" if troops is None else f", held at {troops:,} troops")


def _cell(value: float | None, half_width: float | None) -> str:
    if value is None:
        return "-"
    digits = 4 if half_width is None or half_width == 0 or half_width >= 0.00005 else 6
    value = round(value, digits) + 0.0  # no -0
    return f"{value:+.{digits}f}" if half_width is None else f"{value:+.{digits}f}±{half_width:.{digits}f}"
