"""Progress of a run on standard error: a bar on a terminal, elsewhere a plain line now and then.

A command may run several *rounds*, one after the other, each with a title that says what is run.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from sim.experiment.running import NamedProgress

LINE_EVERY_S = 10.0
BAR_WIDTH = 12
"""Leaves room for a round's title on a terminal of 80 characters."""


class Lines:
    """Plain lines at most every ten seconds, for logs and pipes, and a last one that sums up all rounds.

    Parameters
    ----------
    clock : callable
        Gives the time [s] from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began_s = self._round_began_s = self._said_s = clock()
        self._title = ""
        self._earlier = self._counts = (0, 0)
        self._has_run = False

    def begin(self, title: str) -> None:
        """Take note of what the next round runs."""
        self._title = title

    def __call__(self, n_done: int, n_jobs: int) -> None:
        """Say how far the round is, unless a line was said a moment ago."""
        from sim.experiment.progress import progress_line

        now_s = self._clock()
        if n_done == 0:
            self._earlier = self._sum()
            self._round_began_s = now_s
        self._has_run, self._counts = True, (n_done, n_jobs)
        if not 0 < n_done < n_jobs or now_s - self._said_s < LINE_EVERY_S:
            return
        self._said_s = now_s
        elapsed_s, round_s = now_s - self._began_s, now_s - self._round_began_s
        click.echo(progress_line(self._title, n_done, n_jobs, elapsed_s=elapsed_s, round_s=round_s), err=True)

    def sum_up(self) -> None:
        """Say what was run, and in which time, if it came to running."""
        if not self._has_run:
            return
        n_done, n_jobs = self._sum()
        if n_jobs == 0:
            click.echo("Nothing to run: the folder has all of it.", err=True)
            return
        click.echo(f"{n_done} of {n_jobs} replications run in {self._clock() - self._began_s:.1f} s", err=True)

    def _sum(self) -> tuple[int, int]:
        return self._earlier[0] + self._counts[0], self._earlier[1] + self._counts[1]


class Bar:
    """A bar that begins anew with each round."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def begin(self, title: str) -> None:
        """Name the bar for the next round."""
        self._bars.update(self._task, description=title)

    def __call__(self, n_done: int, n_jobs: int) -> None:
        """Move the bar."""
        if n_done == 0:
            self._bars.reset(self._task, total=n_jobs)
        self._bars.update(self._task, completed=n_done, total=n_jobs)


@contextlib.contextmanager
def shown_progress() -> Iterator[NamedProgress]:
    """Show progress: what is yielded is to be called with (replications finished, replications to run)."""
    if sys.stderr.isatty():
        from rich.console import Console

        with shown_bar(Console(stderr=True)) as bar:
            yield bar
        return
    lines = Lines()
    try:
        yield lines
    finally:
        lines.sum_up()


@contextlib.contextmanager
def shown_bar(console: Console) -> Iterator[Bar]:
    """Show a bar on a terminal."""
    from rich import progress

    columns = (
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=BAR_WIDTH),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TextColumn("elapsed,"),
        progress.TimeRemainingColumn(),
        progress.TextColumn("left"),
    )
    with progress.Progress(*columns, console=console) as bars:
        yield Bar(bars, bars.add_task("replications", total=None))
