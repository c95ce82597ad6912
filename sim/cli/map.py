"""`peacesim map`: the theatre at an hour of one replication."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import BAD_INPUT, reports_errors

if TYPE_CHECKING:
    from sim.responses.snapshot import Snapshot
    from sim.scenario import Scenario

_HOUR_S = 3600
_DAY_H = 24
EPILOG = """\b
Examples:
  peacesim map scenarios/lesson.toml --at "2001-02-10 14:00"
  peacesim map scenarios/kfor-2001.toml --troops 10200,40000 --at "2001-02-01 12:00"
  peacesim map scenarios/kfor-gates.toml --at "2010-06-01 12:00" --at "2011-06-01 12:00"
  peacesim map scenarios/kfor-gates.toml --at 8760.5 --set coverage.window_h=24 --out gates.svg

\b
Without --at it is noon of the run's last day. A run at the policy's own strength lasts the whole
horizon, one at a troop level the warm-up and the sweep's days; only the days up to the last hour
asked for are run. Several troop levels or hours, up to six maps in all, go side by side.
"""

Time = dt.datetime | float


def _times(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> list[Time]:
    """Read dates with an hour, and hours from the start of the run."""
    times: list[Time] = []
    for value in values:
        text = value.strip()
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
            times.append(float(text))
            continue
        try:
            time = dt.datetime.fromisoformat(text)
        except ValueError:
            time = None
        if time is None or time.tzinfo is not None or not re.match(r"\d{4}-\d\d-\d\d", text):
            raise click.BadParameter(
                f"{text!r} is neither a date with an hour, like 2010-07-01 14:00, nor hours from the start, like 62.5"
            )
        times.append(time)
    return times


def _levels(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int | None]:
    """Read `N` or `N,M`; nothing is the policy's own strength."""
    if value is None:
        return [None]
    if re.search(r"(^|,)\s*0\d", value):
        raise click.BadParameter(f"{value!r} has a number that begins with 0; a thousand is 1000, without a comma")
    if not re.fullmatch(r"\s*\d{1,9}\s*(,\s*\d{1,9}\s*)*", value):
        raise click.BadParameter(f"{value!r} is neither a troop level, like 10200, nor several, like 10200,40000")
    return list(dict.fromkeys(int(part) for part in value.split(",")))


@click.command("map", epilog=EPILOG, short_help="Draw the theatre at an hour: areas visited, posts manned.")
@click.argument("file", type=click.Path())
@click.option(
    "--at",
    "times",
    multiple=True,
    callback=_times,
    metavar='"DATE HH:MM"|HOURS',
    help="Date and hour, or hours from the start; may be repeated.  [default: noon of the run's last day]",
)
@click.option("--policy", metavar="KEY", help="Policy to run.  [default: the first of the file]")
@click.option(
    "--troops",
    "levels",
    callback=_levels,
    metavar="N[,N]",
    help="Constant strength; several are compared.  [default: the policy's own]",
)
@click.option("--replication", type=click.IntRange(0, 999_999_999), default=0, metavar="R", help="Replication, from 0.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Root of every random stream.  [default: the file's]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a value; may be repeated.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results/maps"),
    metavar="DIR|FILE",
    help="Folder, or a file ending with .svg or .png; its other formats go beside it.  [default: results/maps]",
)
@reports_errors
def map_(
    file: str,
    times: list[Time],
    policy: str | None,
    levels: list[int | None],
    replication: int,
    seed: int | None,
    settings: tuple[str, ...],
    out: Path,
) -> None:
    """Run one replication of a scenario FILE up to an hour and draw the theatre as it is then.

    Patrol areas are coloured by the time since their last visit; posts are manned, unmanned or with the police.
    """
    from sim.experiment import DesignError, check_layout, design
    from sim.plots import theatre_map, write_map
    from sim.plots.map import MOST_PANELS
    from sim.scenario import load

    scenario = load(file, settings=[*settings, *([] if seed is None else [f"experiment.seed={seed}"])])
    chosen = next(iter(scenario.policy)) if policy is None else policy
    design(scenario, troops=[level for level in levels if level is not None] or None, policies=[chosen])
    check_layout(scenario)
    asked = [(troops, at_s) for troops in levels for at_s in _instants(scenario, times, troops)]
    if len(asked) > MOST_PANELS:
        raise DesignError(f"{len(asked)} maps are asked for; at most {MOST_PANELS} go side by side")
    _check_out(out)
    shown = _snapshots(scenario, chosen, asked, replication)
    plot = theatre_map(scenario, shown)
    for one in shown:
        _summarise(scenario, one)
    with _writing_to(out):
        for path in write_map(plot, _stem(scenario, shown, out)):
            click.echo(f"{'Table' if path.suffix == '.csv' else 'Figure'}: {path}")


@contextlib.contextmanager
def _writing_to(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        click.echo(f"cannot write to {out}: {error.strerror or error}", err=True)
        sys.exit(BAD_INPUT)


def _check_out(out: Path) -> None:
    """See, before anything is run, that a map can be written there; its folder is made if need be."""
    if out.suffix.lower() in _OTHER_PICTURES:
        raise click.UsageError(f"--out {out}: a map is written as .svg and .png; name one of these, or a folder")
    folder = out.parent if _is_file(out) else out
    with _writing_to(out):
        folder.mkdir(parents=True, exist_ok=True)
        # Only writing tells: rights alone do not know of a full disk or one that is read only.
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
        if _is_file(out) and out.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")


def _is_file(out: Path) -> bool:
    from sim.plots.map_files import SUFFIXES

    return out.suffix in SUFFIXES


def _instants(scenario: Scenario, times: Sequence[Time], troops: int | None) -> list[int]:
    """Seconds from the start of the run, each of them in it."""
    from sim.experiment import DesignError
    from sim.model import run_length_s

    length_s = run_length_s(scenario, troops)
    start = dt.datetime.combine(scenario.horizon.start, dt.time())
    if not times:
        noon_s = (length_s - 1) // (_DAY_H * _HOUR_S) * _DAY_H * _HOUR_S + 12 * _HOUR_S
        return [noon_s if noon_s < length_s else max(noon_s - _DAY_H * _HOUR_S, 0)]
    instants = []
    for time in times:
        at_s = round((time - start).total_seconds() if isinstance(time, dt.datetime) else time * _HOUR_S)
        if not 0 <= at_s < length_s:
            what = "at the policy's own strength" if troops is None else f"at {troops:,} troops"
            end = start + dt.timedelta(seconds=length_s)
            named = f"{time:%Y-%m-%d %H:%M}" if isinstance(time, dt.datetime) else f"{time:g} h"
            raise DesignError(
                f"--at {named} is outside the run {what}, which begins at {start:%Y-%m-%d %H:%M} and ends before "
                f"{end:%Y-%m-%d %H:%M}, after {length_s / _HOUR_S:g} h"
            )
        instants.append(at_s)
    return list(dict.fromkeys(instants))


def _snapshots(
    scenario: Scenario, policy: str, asked: Sequence[tuple[int | None, int]], replication: int
) -> list[Snapshot]:
    """One run a troop level, up to its last instant."""
    from sim.model import replicate
    from sim.responses.snapshot import ending_after, take_snapshot

    shown = []
    for troops in dict.fromkeys(troops for troops, _ in asked):
        instants = [at_s for level, at_s in asked if level == troops]
        trace = replicate(
            ending_after(scenario, max(instants)),
            policy,
            troops=troops,
            seed=scenario.experiment.seed,
            replication=replication,
        )
        shown += [take_snapshot(scenario, trace, at_s) for at_s in instants]
    return shown


def _summarise(scenario: Scenario, snapshot: Snapshot) -> None:
    from sim.plots.map import in_short

    for line in in_short(scenario, snapshot):
        click.echo(line)


_OTHER_PICTURES = (".pdf", ".eps", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".webp")


def _stem(scenario: Scenario, shown: Sequence[Snapshot], out: Path) -> Path:
    """The file asked for, or a name in the folder that tells maps of other runs apart."""
    from sim.plots.map import when

    if _is_file(out):
        return out.with_suffix("")
    first = shown[0]
    levels = dict.fromkeys("own" if one.troops is None else f"{one.troops}" for one in shown)
    times = dict.fromkeys(when(scenario, one.at_s).replace(" ", "T").replace(":", "") for one in shown)
    name = ["map", scenario.name, first.policy, "+".join(levels), "+".join(times), f"r{first.replication}"]
    return out / "-".join(name)
