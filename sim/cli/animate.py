"""`peacesim animate`: the force on its map, hour by hour, in one file for a browser."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import BAD_INPUT, reports_errors

if TYPE_CHECKING:
    from sim.animation import Animation
    from sim.scenario import Scenario

TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])
MOST_DAYS = 366
LARGE_MB = 2.0
N_DIGITS = 8
EPILOG = """\b
Examples:
  peacesim animate scenarios/kfor-gates.toml --from 2010-02-01
  peacesim animate scenarios/kfor-2004-riots.toml --from 2004-03-16 --days 5
  peacesim animate scenarios/kfor-2001.toml --troops 40000
  peacesim animate scenarios/kfor-gates.toml --from "2010-02-03 12:00" --days 1 --gif --out gate-one.html
  peacesim animate results/lesson --replication 3

\b
Open the file in a browser; it needs no network. --gif adds a moving picture beside it, for slides: a frame every
three hours of a week. A file of more than 2 MB is said to be one.

\b
Without --out FILE the file is named after all that tells films apart: scenario, policy, strength, beginning, length,
replication, seed, and the first digits of the hash of every input, --set included. Only the same film again
overwrites it.

\b
A kept trace has what happened, and neither where a tour was heading that was called away nor where in an area an
incident was. So a replication of a DIR is run again from the scenario that the folder holds, which gives the same
run, and must come out as its kept trace says, if there is one.
"""


@click.command("animate", epilog=EPILOG, short_help="Show the force moving on its map, in a file for a browser.")
@click.argument("source", metavar="FILE|DIR", type=click.Path())
@click.option("--policy", metavar="KEY", help="Its policy.  [default: the first of the file]")
@click.option(
    "--troops", type=click.IntRange(0), metavar="N", help="Its constant strength.  [default: the policy's own stages]"
)
@click.option("--replication", type=click.IntRange(0, 999_999_999), default=0, metavar="R", help="Its number, from 0.")
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", help="Root of every random stream; FILE only.  [default: the file's]"
)
@click.option(
    "--from",
    "begins",
    type=TIME,
    metavar='"DATE [HH:MM]"',
    help="Where it begins.  [default: where the warm-up ends]",
)
@click.option(
    "--days",
    type=click.FloatRange(0, MOST_DAYS, min_open=True),
    default=7.0,
    show_default=True,
    metavar="D",
    help="How long it is, at most to the end of the run.",
)
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a value; may be repeated; FILE only."
)
@click.option("--gif", is_flag=True, help="Also write a moving picture, FILE.gif.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results/maps"),
    metavar="DIR|FILE",
    help="Folder, or a file ending with .html.  [default: results/maps]",
)
@reports_errors
def animate(
    source: str,
    policy: str | None,
    troops: int | None,
    replication: int,
    seed: int | None,
    begins: dt.datetime | None,
    days: float,
    settings: tuple[str, ...],
    gif: bool,
    out: Path,
) -> None:
    """Run one replication of a scenario FILE, or of a folder DIR of results, and show the force moving on its map.

    One HTML file, with play, pause, a time line and a log of every section and post.
    """
    from sim.animation import animate as animation_of

    is_folder = Path(source).is_dir()
    if is_folder and (seed is not None or settings):
        raise click.UsageError("--seed and --set are for a FILE: what a folder holds has been run")
    scenario = _scenario(source, seed, settings, is_folder=is_folder)
    from_s = _from_s(scenario, troops, begins)
    _check_out(out)
    if is_folder:
        click.echo(_runs_again(source, scenario, policy, troops, replication, from_s, days), err=True)
    with _shown_days() as progress:
        animation = animation_of(
            scenario, policy, troops=troops, replication=replication, from_s=from_s, days=days, progress=progress
        )
    if is_folder:
        click.echo(_against_kept(source, animation), err=True)
    path = out if _is_file(out) else out / f"{_name(animation)}.html"
    with _writing_to(out):
        animation.write(path)
        click.echo(_in_short(animation))
        click.echo(f"Animation: {path} ({_size(path)})")
        _warn_if_large(animation, path)
        if gif:
            _write_gif(animation, path.with_suffix(".gif"))


def _scenario(source: str, seed: int | None, settings: tuple[str, ...], *, is_folder: bool) -> Scenario:
    from sim.scenario import load
    from sim.store import read_scenario

    if is_folder:
        return read_scenario(source)
    return load(source, settings=[*settings, *([] if seed is None else [f"experiment.seed={seed}"])])


def _from_s(scenario: Scenario, troops: int | None, begins: dt.datetime | None) -> int | None:
    """Where it begins [s], in the run."""
    from sim.experiment import DesignError
    from sim.model import run_length_s

    if begins is None:
        return None
    start = dt.datetime.combine(scenario.horizon.start, dt.time())
    end = start + dt.timedelta(seconds=run_length_s(scenario, troops))
    if not start <= begins < end:
        raise DesignError(
            f"--from {begins:%Y-%m-%d %H:%M} is outside the run, which begins at {start:%Y-%m-%d %H:%M} and ends "
            f"before {end:%Y-%m-%d %H:%M}"
        )
    return round((begins - start).total_seconds())


def _runs_again(
    folder: str,
    scenario: Scenario,
    policy: str | None,
    troops: int | None,
    replication: int,
    from_s: int | None,
    days: float,
) -> str:
    """What a film of a folder of results does first."""
    from sim.animation.animation import span_of
    from sim.engines import Job
    from sim.plots.map import when

    job = Job(policy or next(iter(scenario.policy)), troops, replication, seed=scenario.experiment.seed)
    _, last_s = span_of(scenario, troops, from_s, days)
    return (
        f"{folder}: {job} is run again, up to {when(scenario, last_s)}: a trace does not keep where sections were, and "
        "equal seeds give equal runs"
    )


@contextlib.contextmanager
def _shown_days() -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how many days are run."""
    with click.progressbar(length=1, label="Running days", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def show(n_done: int, n_days: int) -> None:
            bar.length = n_days
            bar.update(n_done - bar.pos)

        yield show
        bar.update((bar.length or 0) - bar.pos)


def _warn_if_large(animation: Animation, path: Path) -> None:
    from sim.clock import SECOND_PER_DAY

    size_mb, film = path.stat().st_size / 1e6, animation.film
    if size_mb <= LARGE_MB:
        return
    days = (film.to_s - film.from_s) / SECOND_PER_DAY
    fit = max(1, math.floor(days * LARGE_MB / size_mb))
    less = f": --days {fit} of these {days:.3g} would be some {LARGE_MB:g} MB" if fit < days else ""
    click.echo(f"{size_mb:.1f} MB is much to send, and to open on a telephone{less}", err=True)


def _against_kept(folder: str, animation: Animation) -> str:
    """See that the replication came out as the trace that the folder holds, and say so, or that it holds none.

    Raises
    ------
    StoreError
        If it did not: the program has changed since.
    """
    from sim.store import StoreError, read_trace, traces
    from sim.trace_difference import first_difference
    from sim.trace_table import select, tabulate

    trace, until_s = animation.trace, animation.film.to_s + 1
    key = (trace.policy, trace.troops, trace.replication)
    if key not in traces(folder):
        return (
            f"{folder} keeps no trace of it to hold it against (`peacesim run --trace {trace.replication}` keeps one)"
        )
    kept = select(read_trace(folder, key, until_s=until_s), until_s=until_s)
    again = select(tabulate(trace), until_s=until_s)
    if first_difference(kept, again) is not None:
        raise StoreError(
            f"{folder} holds a trace of this replication that comes out differently now: another version of the "
            "program ran it. Run it again, or animate a FILE"
        )
    return "It came out as its kept trace says, row for row"


def _write_gif(animation: Animation, path: Path) -> None:
    from sim.animation.gif import write_gif

    with click.progressbar(length=1, label="Drawing frames", file=sys.stderr) as bar:

        def show(n_done: int, n_frames: int) -> None:
            bar.length = n_frames
            bar.update(n_done - bar.pos)

        write_gif(animation, path, progress=show)
    click.echo(f"Animation: {path} ({_size(path)})")


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _in_short(animation: Animation) -> str:
    from sim.animation.page import force_in_words, happening
    from sim.plots.map import when

    scenario, film = animation.scenario, animation.film
    strength = force_in_words(film).removesuffix(" throughout")
    own = " (own strength)" if animation.trace.troops is None else ""
    span = f"{when(scenario, film.from_s)} to {when(scenario, film.to_s)}"
    n_tours, n_incidents = len(film.columns["tour.section"]), int(happening(film).sum())
    still = ". No stage, gate or reserve falls within these days" if own and not film.has_stage else ""
    return (
        f"{strength}{own}, {span}, policy {animation.trace.policy}, replication "
        f"{animation.trace.replication}: {n_tours:,} tours, {n_incidents:,} incidents{still}"
    )


def _name(animation: Animation) -> str:
    """A name that tells films of other runs and spans apart; settings show in the digits of the inputs' hash."""
    from sim.clock import SECOND_PER_DAY
    from sim.plots.map import when

    trace, film, scenario = animation.trace, animation.film, animation.scenario
    level = "own" if trace.troops is None else f"{trace.troops}"
    begin = when(scenario, film.from_s).replace(" ", "T").replace(":", "")
    days = f"{(film.to_s - film.from_s) / SECOND_PER_DAY:.6g}d"
    run = [f"r{trace.replication}", f"seed{trace.seed}", scenario.inputs_sha256[:N_DIGITS]]
    return "-".join(["film", scenario.name, trace.policy, level, begin, days, *run])


@contextlib.contextmanager
def _writing_to(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        click.echo(f"cannot write to {out}: {error.strerror or error}", err=True)
        sys.exit(BAD_INPUT)


def _is_file(out: Path) -> bool:
    return out.suffix.lower() in (".html", ".htm")


def _check_out(out: Path) -> None:
    """See, before anything is run, that a page can be written there; its folder is made if need be."""
    if out.suffix and not _is_file(out) and not out.is_dir():
        raise click.UsageError(f"--out {out}: the map is written as .html; name such a file, or a folder")
    folder = out.parent if _is_file(out) else out
    with _writing_to(out):
        folder.mkdir(parents=True, exist_ok=True)
        # Only writing tells: rights alone do not know of a full disk or one that is read only.
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
        if _is_file(out) and out.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
