"""Running an experiment: only what a folder does not hold yet, and nothing that was finished is lost."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim import engines, store
from sim.experiment import tables
from sim.experiment.points import DesignError, DesignPoint, as_asked, check_layout, design, in_rounds, jobs_of
from sim.experiment.results import Results, from_kept, write_to

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

Progress = Callable[[int, int], None]
KEEP_EVERY_S = 60.0
RUN_PER_KEEP = 20.0


class Interrupted(KeyboardInterrupt):
    """The run was stopped by Ctrl-C; `results` holds what was finished, as the folder does if one was given.

    Its cause is the KeyboardInterrupt that stopped the run.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        n_missing = len(results.missing)
        super().__init__(f"stopped with {results.n_replications} replications finished and {n_missing} missing")


def run(
    scenario: Scenario,
    *,
    troops: Iterable[int] | None = None,
    replications: int | None = None,
    policies: Iterable[str] | None = None,
    workers: int | None = 1,
    seed: int | None = None,
    engine: str | engines.Engine | None = None,
    execution: str = engines.EXECUTIONS[0],
    out: str | Path | None = None,
    settings: Sequence[str] = (),
    progress: Progress | None = None,
) -> Results:
    """Run the experiment of a scenario.

    The results depend on the scenario and the seed alone: not on workers, engine or folder, and replication r is the
    same however many are run.

    Parameters
    ----------
    scenario : Scenario
        Made by `sim.load`.
    troops : iterable of int, optional
        Troop levels [soldiers], each held constant; no policy is then run at its own strength.
    replications : int, optional
        Replications of each design point.
    policies : iterable of str, optional
        Policies to run.
    workers : int, optional
        1 runs in this process; more starts worker processes, which a script must do under
        ``if __name__ == "__main__":``; None takes all cores.
    seed : int, optional
        Root of every random stream.
    engine : str or Engine, optional
        `serial` or `processes`; by default what `workers` calls for.
    execution : str
        How tours are carried out, `table` or `processes`: the same results, sooner or as a process a patrol.
    out : str or Path, optional
        Folder to keep the results in. What it holds of the same inputs is not run again.
    settings : sequence of str
        `KEY=VALUE` with which the scenario was loaded, for the folder's manifest.
    progress : callable, optional
        Called with (replications finished, replications to run) as they are finished.

    Returns
    -------
    Results
        Of the replications asked for; those that failed are rows of its `failures`.

    Raises
    ------
    DesignError
        If what is asked for is out of bounds.
    EngineError
        If no worker can be started.
    StoreError
        If the folder holds results of other inputs or cannot be written.
    Interrupted
        On Ctrl-C, once what is finished is kept.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load("scenarios/lesson.toml")  # doctest: +SKIP
    >>> sim.run(scenario, troops=[150, 450], replications=20).summary()  # doctest: +SKIP
    """
    scenario = as_asked(scenario, troops=troops, replications=replications, policies=policies, seed=seed)
    if execution not in engines.EXECUTIONS:
        raise DesignError(f"no execution {execution!r}; allowed: {', '.join(engines.EXECUTIONS)}")
    points = design(scenario)
    check_layout(scenario)
    chosen = engines.choose(engine, workers)
    with contextlib.ExitStack() as stack:
        folder = None if out is None else stack.enter_context(store.open_folder(out, scenario, settings))
        kept = None if folder is None else folder.read()
        desk = _Desk(scenario, points, folder, None if kept is None else from_kept(kept))
        stopped = desk.collect(
            chosen, functools.partial(engines.observe, execution=execution), progress or (lambda n_done, n_jobs: None)
        )
        try:
            everything = desk.keep()
        except KeyboardInterrupt as stop:
            if stopped is not None:
                raise
            stopped, everything = stop, desk.keep()
    results = desk.asked_for(everything)
    if isinstance(stopped, KeyboardInterrupt):
        raise Interrupted(results) from stopped
    if stopped is not None:
        raise stopped
    return results


class Rhythm:
    """When to keep what is finished: every minute, but running takes twenty times as long as keeping at least.

    Each time everything is written anew, so a study that takes long to write is written more rarely: whatever its
    size, keeping adds about a twentieth at most to the time of the run.

    Parameters
    ----------
    clock : callable
        Gives the time [s] from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_s = clock() + KEEP_EVERY_S

    @property
    def is_due(self) -> bool:
        """Whether it is time to keep."""
        return self._clock() >= self._next_s

    @contextlib.contextmanager
    def keeping(self) -> Iterator[None]:
        """Time the keeping done in here, and put off the next."""
        began_s = self._clock()
        yield
        ended_s = self._clock()
        self._next_s = ended_s + max(KEEP_EVERY_S, RUN_PER_KEEP * (ended_s - began_s))


class _Desk:
    """Where outcomes come in during a run: what was kept before, and what has been finished since."""

    def __init__(
        self,
        scenario: Scenario,
        points: Sequence[DesignPoint],
        folder: store.Folder | None,
        before: Results | None,
    ) -> None:
        self.scenario = scenario
        self.folder = folder
        self.before = before
        self.jobs = jobs_of(scenario, points)
        self.expected = _expected(scenario, points)
        self.outcomes: dict[engines.Job, engines.Outcome] = {}

    def collect(
        self, engine: engines.Engine, work: engines.Work, progress: Progress
    ) -> KeyboardInterrupt | engines.EngineError | None:
        """Run what is not kept yet; return what stopped it, if anything did."""
        held = set() if self.before is None else set(self.before.finished())
        waiting = in_rounds(job for job in self.jobs if _key(job) not in held)
        rhythm = Rhythm()
        try:
            progress(0, len(waiting))
            with contextlib.closing(engine.run(work, self.scenario, waiting)) as outcomes:
                for outcome in outcomes:
                    self.outcomes[outcome.job] = outcome
                    progress(len(self.outcomes), len(waiting))
                    if rhythm.is_due:
                        with rhythm.keeping():
                            self.keep()
        except (KeyboardInterrupt, engines.EngineError) as stop:
            return stop
        return None

    def keep(self) -> Results:
        """Write everything there is to the folder, if there is one, and return it."""
        everything = self._all()
        if self.folder is not None:
            write_to(self.folder, everything)
        return everything

    def asked_for(self, everything: Results) -> Results:
        """What was asked for out of everything there is."""
        return dataclasses.replace(everything.only(map(_key, self.jobs)), expected=self.expected)

    def _all(self) -> Results:
        finished = [self.outcomes[job] for job in self.jobs if job in self.outcomes]
        held = set() if self.before is None else set(self.before.finished())
        new = Results(
            self.scenario,
            tables.tabulate_responses(self.scenario, finished),
            tables.tabulate_series(self.scenario, finished),
            self.expected,
            tables.frame([_failure(o) for o in finished if o.measured is None], tables.FAILURES),
            tables.frame(
                [_key(job) for job in self.jobs if job not in self.outcomes and _key(job) not in held], tables.MISSING
            ),
        )
        return new if self.before is None else self.before.joined(new)


def _key(job: engines.Job) -> tables.Key:
    return job.policy, job.troops, job.replication


def _failure(outcome: engines.Outcome) -> tuple[object, ...]:
    return (*_key(outcome.job), str(outcome.stage), outcome.error)


def _expected(scenario: Scenario, points: Sequence[DesignPoint]) -> pd.DataFrame:
    from sim.expectation import expected_responses

    rows = [
        (scenario.name, point.policy, point.troops, *row)
        for point in points
        if point.troops is not None
        for row in expected_responses(scenario, point.policy, point.troops)
    ]
    return tables.frame(rows, tables.EXPECTED)
