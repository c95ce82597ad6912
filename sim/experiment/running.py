"""Running an experiment: only what a folder does not hold yet, and nothing that was finished is lost."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sim import engines, store
from sim.experiment import tables
from sim.experiment.outcomes import to_record
from sim.experiment.points import DesignError, DesignPoint, as_asked, check_layout, design, in_rounds, jobs_of, traced
from sim.experiment.results import Results, from_kept, of_outcomes, plan_in, write_to

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

Progress = Callable[[int, int], None]
"""Called with (replications finished, replications to run), from (0, N) on."""


@runtime_checkable
class NamedProgress(Protocol):
    """A progress that is also told what is run next, by whoever runs several things one after the other."""

    def begin(self, title: str) -> None:
        """Take note of what the following calls are about."""
        ...

    def __call__(self, n_done: int, n_jobs: int) -> None:
        """Take note of (replications finished, replications to run)."""
        ...


def begin(progress: Progress | None, title: str) -> None:
    """Tell a progress what is run next, if it wants to know."""
    if isinstance(progress, NamedProgress):
        progress.begin(title)


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
    trace: Iterable[int] = (),
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
        `serial`, `processes`, `dask`, `dask:ADDRESS` or `dask:FILE.json`, or any object with an engine's `run`, as
        :func:`sim.engines.choose` tells them; by default what `workers` calls for. Workers are closed when the run
        ends; :func:`sim.engines.kept` keeps them for several runs.
    execution : str
        How tours are carried out, `table` or `processes`: the same results, sooner or as a process a patrol.
    out : str or Path, optional
        Folder to keep the results in, each replication as soon as it is finished. What it holds of the same inputs is
        not run again, even if the run that it is of was killed.
    trace : iterable of int
        Replications of each design point whose trace is kept too, in the folder's `trace.parquet`. One that the
        folder holds without its trace is run again for it.
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
        If the folder holds results of other inputs or cannot be written; what was finished by then is kept.
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
    with_trace = traced(scenario, trace)
    if with_trace and out is None:
        raise DesignError("traces are kept in a folder of results: name one (out)")
    points = design(scenario)
    check_layout(scenario)
    chosen = engines.choose(engine, workers)
    with contextlib.ExitStack() as stack:
        folder = None if out is None else stack.enter_context(store.open_folder(out, scenario, settings))
        kept = None if folder is None else folder.read()
        desk = _Desk(scenario, points, folder, None if kept is None else from_kept(kept), with_trace)
        desk.begin()
        stopped = desk.collect(chosen, desk.work(execution), progress or (lambda n_done, n_jobs: None))
        try:
            everything = desk.close()
        except KeyboardInterrupt as stop:
            if stopped is not None:
                raise
            stopped, everything = stop, desk.close()
    results = desk.asked_for(everything)
    if isinstance(stopped, KeyboardInterrupt):
        raise Interrupted(results) from stopped
    if stopped is not None:
        raise stopped
    return results


class _Desk:
    """Where outcomes come in during a run: what the tables have, and what has been finished since."""

    def __init__(
        self,
        scenario: Scenario,
        points: Sequence[DesignPoint],
        folder: store.Folder | None,
        before: Results | None,
        with_trace: frozenset[int],
    ) -> None:
        self.scenario = scenario
        self.folder = folder
        self.before = before
        self.held = set() if before is None else set(before.finished())
        self.with_trace = with_trace
        self.jobs = jobs_of(scenario, points)
        self.expected = _expected(scenario, points)
        self.outcomes: dict[engines.Job, engines.Outcome] = {}

    def work(self, execution: str) -> engines.Work:
        """How a job is run: with its trace kept if that was asked for."""
        if self.folder is None or not self.with_trace:
            return functools.partial(engines.observe, execution=execution)
        return functools.partial(
            _observe, execution=execution, with_trace=self.with_trace, parts=str(self.folder.make_parts())
        )

    def waiting(self) -> list[engines.Job]:
        """Jobs that are not kept yet, or whose trace was asked for and is not, in the order in which to run them."""
        with_trace = {job for job in self.jobs if job.replication in self.with_trace}
        there = self.folder.traced() if self.folder is not None and with_trace else set()
        return in_rounds(
            job
            for job in self.jobs
            if tables.key_of(job) not in self.held or (job in with_trace and tables.key_of(job) not in there)
        )

    def collect(
        self, engine: engines.Engine, work: engines.Work, progress: Progress
    ) -> KeyboardInterrupt | engines.EngineError | None:
        """Run what is not kept yet; return what stopped it, if anything did."""
        waiting = self.waiting()
        try:
            progress(0, len(waiting))
            with contextlib.closing(engine.run(work, self.scenario, waiting)) as outcomes:
                for n_done, outcome in enumerate(outcomes, 1):
                    self.outcomes[outcome.job] = outcome
                    if self.folder is not None:
                        self.folder.append(to_record(outcome))
                        if self.folder.is_due:
                            self.before = self.keep()
                            self.held = set(self.before.finished())
                            self.outcomes.clear()
                    progress(n_done, len(waiting))
        except (KeyboardInterrupt, engines.EngineError) as stop:
            return stop
        return None

    def begin(self) -> None:
        """Compact the journal of a run that was killed, and say in the folder what is going to be run."""
        if self.folder is None:
            return
        if self.folder.has_journal:
            self.keep()
        elif any(tables.key_of(job) not in self.held for job in self.jobs):
            plan_in(self.folder, self._all())

    def keep(self) -> Results:
        """Write everything there is to the folder, if there is one, and return it."""
        everything = self._all()
        if self.folder is not None:
            write_to(self.folder, everything)
        return everything

    def close(self) -> Results:
        """Keep what there is and put its traces into one file."""
        everything = self.keep()
        if self.folder is not None:
            self.folder.gather_traces(everything.finished())
        return everything

    def asked_for(self, everything: Results) -> Results:
        """What was asked for out of everything there is."""
        return dataclasses.replace(everything.only(map(tables.key_of, self.jobs)), expected=self.expected)

    def _all(self) -> Results:
        finished = [self.outcomes[job] for job in self.jobs if job in self.outcomes]
        not_run = [
            key for job in self.jobs if job not in self.outcomes and (key := tables.key_of(job)) not in self.held
        ]
        new = dataclasses.replace(
            of_outcomes(self.scenario, finished, self.held),
            expected=self.expected,
            missing=tables.frame(not_run, tables.MISSING),
        )
        return new if self.before is None else self.before.joined(new)


def _observe(
    scenario: Scenario, job: engines.Job, *, execution: str, with_trace: frozenset[int], parts: str
) -> engines.Outcome:
    return engines.observe(scenario, job, execution, parts=parts if job.replication in with_trace else None)


def _expected(scenario: Scenario, points: Sequence[DesignPoint]) -> pd.DataFrame:
    from sim.expectation import expected_responses

    rows = [
        (scenario.name, point.policy, point.troops, *row)
        for point in points
        if point.troops is not None
        for row in expected_responses(scenario, point.policy, point.troops)
    ]
    return tables.frame(rows, tables.EXPECTED)
