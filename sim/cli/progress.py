"""Progress of a run on standard error: a bar on a terminal, elsewhere a plain line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

import click

LINE_EVERY_S = 10.0


class Lines:
    """Plain lines at most every ten seconds, for logs and pipes, and a last one that sums up.

    A command may run several rounds; each begins with none of its replications done.

    Parameters
    ----------
    clock : callable
        Gives the time [s] from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began_s = self._round_began_s = self._said_s = clock()
        self._counts: tuple[int, int] | None = None

    def advance(self, n_done: int, n_jobs: int) -> None:
        """Say how far the run is, unless a line was said a moment ago."""
        self._counts = n_done, n_jobs
        now_s = self._clock()
        if n_done == 0:
            self._round_began_s = now_s
        if not 0 < n_done < n_jobs or now_s - self._said_s < LINE_EVERY_S:
            return
        self._said_s = now_s
        elapsed_s = now_s - self._began_s
        left_s = (now_s - self._round_began_s) / n_done * (n_jobs - n_done)
        done = f"{n_done:,} of {n_jobs:,} replications"
        click.echo(f"{done}, {_clock_time(elapsed_s)} elapsed, about {_clock_time(left_s)} left", err=True)

    def sum_up(self) -> None:
        """Say what was run, and in which time, if it came to running."""
        if self._counts is not None:
            n_done, n_jobs = self._counts
            if n_jobs == 0:
                click.echo("Nothing to run: the folder has all of it.", err=True)
                return
            click.echo(f"{n_done} of {n_jobs} replications run in {self._clock() - self._began_s:.1f} s", err=True)


@contextlib.contextmanager
def shown_progress() -> Iterator[Callable[[int, int], None]]:
    """Show progress; what is yielded is to be called with (replications finished, replications to run)."""
    if not sys.stderr.isatty():
        lines = Lines()
        try:
            yield lines.advance
        finally:
            lines.sum_up()
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("replications"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TextColumn("elapsed,"),
        progress.TimeRemainingColumn(),
        progress.TextColumn("remaining"),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("replications", total=None)

        def advance(n_done: int, n_jobs: int) -> None:
            bars.update(task, completed=n_done, total=n_jobs)

        yield advance


def _clock_time(duration_s: float) -> str:
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
