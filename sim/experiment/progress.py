"""Progress of a run in words, and in a notebook: one line of plain text that overwrites itself."""

from __future__ import annotations

import time
from collections.abc import Callable

_AT_MOST_EVERY_S = 0.2


class NotebookProgress:
    """One line on standard output, written over as replications are finished.

    Parameters
    ----------
    clock : callable
        Gives the time [s] from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began_s = self._said_s = clock()
        self._title = ""
        self._width = 0

    def begin(self, title: str) -> None:
        """Take note of what the next round runs."""
        self._title = title

    def __call__(self, n_done: int, n_jobs: int) -> None:
        """Say how far it is, unless that was said a moment ago; the last time the line is ended."""
        now_s = self._clock()
        is_first, is_last = n_done == 0, n_done == n_jobs
        if is_first:
            self._began_s = now_s
        elif not is_last and now_s - self._said_s < _AT_MOST_EVERY_S:
            return
        self._said_s = now_s
        round_s = now_s - self._began_s
        line = progress_line(self._title, n_done, n_jobs, elapsed_s=round_s, round_s=round_s)
        # Blanks cover what is left of a longer line before.
        print(f"\r{line}".ljust(self._width + 1), end="\n" if is_last else "", flush=True)
        self._width = 0 if is_last else len(line)


def notebook_progress() -> NotebookProgress:
    """Progress for a notebook or a console, as one line that overwrites itself.

    Returns
    -------
    NotebookProgress
        For the argument `progress` of `sim.run`, `sim.compare`, `sim.minimum_force` and `sim.run_to_precision`.

    Examples
    --------
    >>> import sim
    >>> from sim.experiment.progress import notebook_progress
    >>> scenario = sim.load("scenarios/lesson.toml")
    >>> results = sim.run(scenario, replications=40, progress=notebook_progress())  # doctest: +SKIP
    40 of 40 replications, 0:02 elapsed
    """
    return NotebookProgress()


def progress_line(title: str, n_done: int, n_jobs: int, *, elapsed_s: float, round_s: float) -> str:
    """How far a run is, in a line.

    Parameters
    ----------
    title : str
        What is run; may be empty.
    n_done, n_jobs : int
        Replications of this round: finished, and in all.
    elapsed_s, round_s : float
        Time since the run began, and since this round did [s].

    Examples
    --------
    >>> progress_line("lesson", 10, 40, elapsed_s=30, round_s=20)
    'lesson: 10 of 40 replications, 0:30 elapsed, about 1:00 left'
    """
    line = f"{title}: " if title else ""
    line += f"{n_done:,} of {n_jobs:,} replications"
    if n_done:
        line += f", {clock_time(elapsed_s)} elapsed"
    if 0 < n_done < n_jobs:
        line += f", about {clock_time(round_s / n_done * (n_jobs - n_done))} left"
    return line


def clock_time(duration_s: float) -> str:
    """A length of time as a clock shows it.

    Examples
    --------
    >>> clock_time(71), clock_time(3700)
    ('1:11', '1:01:40')
    """
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
