"""`peacesim animate`: the force on its map, hour by hour, in one file for a browser."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import BAD_INPUT, reports_errors

if TYPE_CHECKING:
    from sim.animation import Animation
    from sim.scenario import Scenario

TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])
MOST_DAYS = 366
EPILOG = """\b
Examples:
  peacesim animate scenarios/lesson.toml
  peacesim animate scenarios/kfor-2001.toml --troops 40000
  peacesim animate scenarios/kfor-2004-riots.toml --from 2004-03-16 --days 5
  peacesim animate scenarios/kfor-gates.toml --from "2010-01-30 12:00" --gif --out gate-one.html
  peacesim animate results/lesson --replication 3

\b
Open the file in a browser; it needs no network. A week of KFOR is some 0.4 MB. --gif adds a moving picture
beside it, for slides: a frame every three hours of a week.

\b
A kept trace has what happened, and neither where a tour was heading that was called away nor where in an area an
incident was. So a replication of a DIR is run again from the scenario that the folder holds, and must come out
as its kept trace says, if there is one.
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
    animation = animation_of(scenario, policy, troops=troops, replication=replication, from_s=from_s, days=days)
    if is_folder:
        _check_against_kept(source, animation)
    path = out if _is_file(out) else out / f"{_name(animation)}.html"
    with _writing_to(out):
        animation.write(path)
        click.echo(_in_short(animation))
        click.echo(f"Animation: {path} ({_size(path)})")
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


def _check_against_kept(folder: str, animation: Animation) -> None:
    """See that the replication came out as the trace that the folder holds, if it holds one.

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
        return
    kept = select(read_trace(folder, key, until_s=until_s), until_s=until_s)
    again = select(tabulate(trace), until_s=until_s)
    if first_difference(kept, again) is not None:
        raise StoreError(
            f"{folder} holds a trace of this replication that comes out differently now: another version of the "
            "program ran it. Run it again, or animate a FILE"
        )


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
    from sim.plots.map import when

    scenario, film = animation.scenario, animation.film
    soldiers = film.columns["strength.soldiers"].sum(axis=1).tolist()
    strength = f"{soldiers[0]:,}" + (f" to {soldiers[-1]:,}" if soldiers[-1] != soldiers[0] else "")
    own = " (own strength)" if animation.trace.troops is None else ""
    span = f"{when(scenario, film.from_s)} to {when(scenario, film.to_s)}"
    n_tours, n_incidents = len(film.columns["tour.section"]), len(film.names["incident"])
    return (
        f"{strength} soldiers{own}, {span}, policy {animation.trace.policy}, replication "
        f"{animation.trace.replication}: {n_tours:,} tours, {n_incidents:,} incidents"
    )


def _name(animation: Animation) -> str:
    """A name that tells films of other runs and spans apart."""
    from sim.plots.map import when

    trace, film, scenario = animation.trace, animation.film, animation.scenario
    level = "own" if trace.troops is None else f"{trace.troops}"
    begin = when(scenario, film.from_s).replace(" ", "T").replace(":", "")
    days = f"{(film.to_s - film.from_s) / 86_400:.3g}d"
    return "-".join(["film", scenario.name, trace.policy, level, begin, days, f"r{trace.replication}"])


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
