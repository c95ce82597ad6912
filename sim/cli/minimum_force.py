"""`peacesim minimum-force`: how few troops keep a response where it should be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import ENGINE, SEED, SETTINGS, WORKERS, load_as_asked
from sim.cli.progress import shown_progress
from sim.cli.terminal import FAILED, console, exit_code_of, reports_errors, sigterm_as_ctrl_c
from sim.response_list import LOWER_IS_BETTER

if TYPE_CHECKING:
    from sim.experiment import MinimumForce

DONE_IN_FULL = 0.999
"""A task with a greater share of its demand is not what lacks troops."""
EPILOG = """\b
Examples:
  peacesim minimum-force scenarios/lesson.toml --at-least 0.9
  peacesim minimum-force scenarios/kfor-gates.toml --at-least 0.9 --sector each
  peacesim minimum-force scenarios/kfor-2001.toml --response revisit_age_h --at-most 4 --between 5000:40000

\b
Levels are tried by bisection, each with as many replications as it takes to tell. The minimum lies above the first
troop level of the bracket and not above the second with the confidence asked for, if the mean of the response does
not get worse with more troops. In 4,000 synthetic studies each, it lay outside in 0 to 0.33 % with confidence 0.95,
and in 2 % with 0.5 (`pytest tests/statistics/test_bisection.py` looks again at 1,000).

\b
Replications are kept in a folder of their own, and the same command goes on from there. The answer is kept beside
them, and `peacesim report` of the folder has it; that of an earlier question is replaced.
Exit codes: 0 if there is a level that suffices in each sector asked for, 1 if none is shown to in one, 2 bad input,
130 stopped by Ctrl-C, 143 stopped by SIGTERM.
"""


def _between(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read `A:B`."""
    if value is None:
        return None
    first, _, last = value.partition(":")
    if not (first.isdecimal() and last.isdecimal() and len(value) < 20 and int(first) < int(last)):
        raise click.BadParameter(f"{value!r} is not A:B, two troop levels, the smaller first, like 2000:20000")
    return int(first), int(last)


@click.command("minimum-force", epilog=EPILOG, short_help="How few troops keep a response where it should be.")
@click.argument("file", type=click.Path())
@click.option("--response", metavar="NAME", default="coverage", show_default=True, help="What must be good enough.")
@click.option("--at-least", type=float, metavar="X", help="Good enough is a mean of at least this.")
@click.option("--at-most", type=float, metavar="X", help="Good enough is at most this, where less is better.")
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="That the minimum lies in the bracket.",
)
@click.option("--sector", metavar="KEY", default="all", show_default=True, help="A sector, all, or each.")
@click.option("--policy", metavar="KEY", help="Policy that shares the troops out.  [default: the first]")
@click.option("--between", callback=_between, metavar="A:B", help="Troop levels to look between.")
@click.option(
    "--resolution",
    type=click.IntRange(1),
    metavar="N",
    help="Step of the levels.  [default: about a hundredth of the largest]",
)
@click.option("--max-replications", type=click.IntRange(10), default=80, show_default=True, help="At one level.")
@WORKERS
@SEED
@SETTINGS
@click.option("--out", type=click.Path(), help="Folder for the replications.  [default: results/NAME-minimum-force]")
@ENGINE
@reports_errors
@sigterm_as_ctrl_c()
def minimum_force(
    file: str,
    response: str,
    at_least: float | None,
    at_most: float | None,
    confidence: float,
    sector: str,
    policy: str | None,
    between: tuple[int, int] | None,
    resolution: int | None,
    max_replications: int,
    workers: int | None,
    seed: int | None,
    settings: tuple[str, ...],
    out: str | None,
    engine: str | None,
) -> None:
    """Find the smallest troop level at which a response of the scenario FILE is good enough on average."""
    from sim.differences import differences
    from sim.experiment import minimum_force as find
    from sim.experiment.minimum_answer import FILE, question_in

    scenario, changes = load_as_asked(file, settings, {"seed": seed})
    folder = Path("results") / f"{Path(file).stem}-minimum-force" if out is None else Path(out)
    there = question_in(folder)
    try:
        with shown_progress() as progress:
            minima = find(
                scenario,
                response=response,
                at_least=at_least,
                at_most=at_most,
                confidence=confidence,
                sector=sector,
                policy=policy,
                between=between,
                resolution=resolution,
                n_max=max_replications,
                workers=workers,
                engine=engine,
                out=folder,
                settings=changes,
                progress=progress,
            )
    except KeyboardInterrupt as stop:  # during a run, or between two
        click.echo(f"Stopped. What is finished is kept in {folder}; the same command goes on from there.", err=True)
        sys.exit(exit_code_of(stop.__cause__ or stop))
    wanted = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    _show(minima, f"{scenario.title}: fewest troops for {response} {wanted}", confidence)
    click.echo(f"Answer: {folder / FILE}")
    click.echo(f"Replications: {folder}")
    if there and (other := differences(there, question_in(folder))):
        click.echo(f"The answer to another question was replaced there; what differs: {', '.join(other)}", err=True)
    short = [one for one in minima if one.found.level is None]
    for one in short:
        click.echo(_nothing_suffices(one, response, wanted), err=True)
    if short:
        sys.exit(FAILED)


def _nothing_suffices(one: MinimumForce, response: str, wanted: str) -> str:
    """What was seen at the largest level looked at, and what to ask next."""
    top = max(one.found.looks, key=lambda look: (look.level, look.n_replications))
    sign = -1 if response in LOWER_IS_BETTER else 1
    mean = sign * top.interval.mean
    seen = f"{top.level:,} troops, the most looked at, have a mean {response} of {mean:.4g}"
    if one.found.low != top.level:
        hint = f"not shown to be {wanted} or not: more may tell, of --max-replications or in --between"
    elif one.binds is not None and one.binds[1] > DONE_IN_FULL:
        hint = f"{one.binds[0]} is {one.binds[1]:.3f} there: more troops have nothing more to do"
    else:
        hint = f"look at more with --between {top.level}:{2 * max(1, top.level)}, or ask for less"
    where = "" if one.sector == "all" else f"{one.sector}: "
    return f"{where}{seen}; {hint}"


def _show(minima: list[MinimumForce], title: str, confidence: float) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from sim.experiment.minimum_answer import undecided

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for number, heading in enumerate(("sector", "troops", "bracket", "estimate", "its own", "runs", "binds")):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for one in minima:
        table.add_row(*_row(one))
    note = (
        f"troops: shown to suffice; bracket: the minimum lies in it with confidence {confidence:g}; estimate: where "
        "the means cross the target; its own: soldiers of the sector at that level; runs: replications looked at; "
        "binds: the task done least, and its share, at the lower end"
    )
    for one in minima:
        if levels := undecided(one):
            at = ", ".join(f"{level:,}" for level in levels)
            note += f"; {one.sector}: not decided after all replications at {at} troops"
    console().print(Text(title, style="bold"), table, note, sep="\n")


def _row(one: MinimumForce) -> tuple[str, ...]:
    found = one.found
    if found.level is None:
        troops = "none of those looked at" if found.low is not None else "not shown"
    else:
        troops = f"{found.level:,}"
    low = "-" if found.low is None else f"{found.low:,}"
    high = "-" if found.level is None else f"{found.level:,}"
    estimate = "-" if found.estimate != found.estimate else f"{found.estimate:,.0f}"
    binds = "-" if one.binds is None else f"{one.binds[0]} {one.binds[1]:.2f}"
    soldiers = "-" if one.soldiers is None else f"{one.soldiers:,}"
    return one.sector, troops, f"({low}, {high}]", estimate, soldiers, str(found.n_replications), binds
