"""Who runs a replication: this process, or worker processes.

A *job* is one replication of one design point. An *engine* takes jobs and yields an *outcome* for each as it is
finished, in any order: what was measured, or the *stage* that failed and why. A failed job never stops the others.
Engines know neither terminal nor files; the caller sorts, shows and keeps outcomes.
"""

from __future__ import annotations

import concurrent.futures as cf
import contextlib
import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sim.responses import Measured
    from sim.scenario.schema import Scenario


class EngineError(RuntimeError):
    """No replication can be run at all: an unknown engine, or workers that do not start."""


class Stage(StrEnum):
    """Where a failed job failed."""

    SIMULATE = "simulate"
    MEASURE = "measure"
    TRACE = "trace"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Job:
    """Replication `replication` of `policy` with `troops` soldiers (None: the policy's own stages)."""

    policy: str
    troops: int | None
    replication: int
    seed: int

    def __str__(self) -> str:
        strength = "its own stages" if self.troops is None else f"{self.troops} troops"
        return f"replication {self.replication} of policy {self.policy} with {strength}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: `measured`, or None with the `stage` that failed and the `error`.

    Where only keeping the trace failed, there are both.
    """

    job: Job
    measured: Measured | None
    stage: Stage | None = None
    error: str = ""


Work = Callable[["Scenario", Job], Outcome]


EXECUTIONS = ("table", "processes")
"""How tours may be carried out: the values of :class:`sim.model.Execution`, the default first."""


def observe(
    scenario: Scenario, job: Job, execution: str = EXECUTIONS[0], *, parts: str | Path | None = None
) -> Outcome:
    """Run a replication and measure its responses; an exception becomes a failed outcome.

    With `parts`, a folder, its whole trace is written there too.
    """
    from sim import model, responses, trace_table
    from sim.streams import Streams
    from sim.trace import Record

    stage, measured = Stage.SIMULATE, None
    kept: list[Record] = []

    def digest(record: Record, complete_until_s: int) -> None:
        nonlocal stage
        stage = Stage.MEASURE
        meter.add(record, complete_until_s)
        stage = Stage.SIMULATE
        if parts is not None:
            kept.append(record)

    try:
        streams = Streams(job.seed, job.replication) if responses.simulates_vehicles(scenario, job.troops) else None
        run_length_s, is_held = model.run_length_s(scenario, job.troops), job.troops is not None
        meter = responses.Meter(scenario, run_length_s, vehicles=streams, holds_list=is_held)
        rest = model.replicate(
            scenario,
            job.policy,
            troops=job.troops,
            seed=job.seed,
            replication=job.replication,
            execution=model.Execution(execution),
            digest=digest,
        )
        stage = Stage.MEASURE
        measured = meter.close()
        if parts is not None:
            stage = Stage.TRACE
            trace_table.write_part(rest, Path(parts), kept)
        return Outcome(job, measured)
    except Exception as error:
        return Outcome(job, measured, stage, describe(error))


def describe(error: BaseException) -> str:
    """The error in one line, with the line of the model that raised it, or that called what raised it."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    # SimPy raises a copy of what a process raised, whose own traceback ends in SimPy's loop.
    cause = error.__cause__
    while cause is not None and type(cause) is type(error) and str(cause) == str(error):
        error, cause = cause, cause.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return text
    package, here = Path(__file__).parent, Path(__file__)
    ours = [frame for frame in frames if package in (path := Path(frame.filename)).parents and path != here]
    if not ours:
        return f"{text} ({Path(frames[-1].filename).name}:{frames[-1].lineno})"
    where = Path(ours[-1].filename).relative_to(package.parent).as_posix()
    return f"{text} ({where}:{ours[-1].lineno})"


class Engine(Protocol):
    """Anything that runs jobs."""

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Yield an outcome for every job as it is finished. Closing the generator gives up the rest."""
        ...


@dataclass(frozen=True, slots=True)
class Serial:
    """One job after the other in this process."""

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Yield outcomes in the order of the jobs."""
        for job in jobs:
            yield work(scenario, job)


@dataclass(frozen=True, slots=True)
class Processes:
    """Worker processes on this machine, started afresh (spawn), each given the scenario once.

    When a worker dies, its pool is lost. Jobs that can have been running then are suspects: each is run again alone,
    up to `n_attempts` times in all, and fails at stage `worker` if it loses its worker every time. The other jobs go
    on in a new pool.
    """

    n_workers: int
    n_attempts: int = 3

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Yield outcomes as they come.

        Raises
        ------
        EngineError
            If workers do not start.
        """
        payload = pickle.dumps(scenario)
        waiting = list(jobs)
        while waiting:
            lost = yield from self._in_pool(work, payload, waiting, self.n_workers)
            # Workers take jobs in order, so at most the first n were running, and as many had results on their way.
            n_suspects = 2 * self.n_workers if lost else 0
            for suspect in lost[:n_suspects]:
                yield from self._alone(work, payload, suspect)
            waiting = lost[n_suspects:]

    def _alone(self, work: Work, payload: bytes, job: Job) -> Generator[Outcome, None, None]:
        for _ in range(self.n_attempts - 1):
            if not (yield from self._in_pool(work, payload, [job], 1)):
                return
        error = f"the worker process died {self.n_attempts} times while it ran {job} (out of memory, or killed?)"
        yield Outcome(job, None, Stage.WORKER, error)

    def _in_pool(
        self, work: Work, payload: bytes, jobs: Sequence[Job], n_workers: int
    ) -> Generator[Outcome, None, list[Job]]:
        """Yield what finishes; return the jobs that were lost with a worker, in their order."""
        pool = cf.ProcessPoolExecutor(
            min(n_workers, len(jobs)), multiprocessing.get_context("spawn"), _start_worker, (payload,)
        )
        ended = False
        lost: set[Job] = set()
        try:
            with _starting_workers():
                probe = pool.submit(os.getpid)
            try:
                probe.result()
            except BrokenProcessPool as error:
                raise EngineError(
                    "worker processes do not start; a script that asks for workers must do so under "
                    '`if __name__ == "__main__":`, and its own message, if any, stands above'
                ) from error
            futures = {}
            with _starting_workers():
                for job in jobs:
                    try:
                        futures[pool.submit(_in_worker, work, job)] = job
                    except BrokenProcessPool:
                        lost.add(job)
            for future in cf.as_completed(list(futures)):
                job = futures.pop(future)
                error_of = future.exception()
                if isinstance(error_of, BrokenProcessPool):
                    lost.add(job)
                elif error_of is not None:
                    yield Outcome(job, None, Stage.WORKER, describe(error_of))
                else:
                    yield future.result()
                del future
            ended = True
        finally:
            if not ended:
                _terminate(pool)
            pool.shutdown(wait=True, cancel_futures=True)
        return [job for job in jobs if job in lost]


def choose(engine: str | Engine | None = None, workers: int | None = 1) -> Engine:
    """The engine asked for.

    Parameters
    ----------
    engine : str or Engine, optional
        `serial`, `processes`, or any object with an engine's `run`. Left out: serial for one worker, else processes.
    workers : int, optional
        Worker processes, at least 1; None takes as many as there are cores to run on.

    Raises
    ------
    EngineError
        For an unknown name or fewer than one worker.
    """
    n_workers = n_cores() if workers is None else workers
    if n_workers < 1:
        raise EngineError(f"workers must be at least 1, not {n_workers}")
    if engine is None:
        return Serial() if n_workers == 1 else Processes(n_workers)
    if not isinstance(engine, str):
        return engine
    if engine == "serial":
        return Serial()
    if engine == "processes":
        return Processes(n_workers)
    raise EngineError(f"unknown engine {engine!r}: use 'serial' or 'processes'")


def n_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# A worker process is given its scenario once, before its first job; nothing else outlives a job.
_worker_scenario: list[Scenario] = []


def _start_worker(payload: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker_scenario[:] = [pickle.loads(payload)]


def _in_worker(work: Work, job: Job) -> Outcome:
    return work(_worker_scenario[0], job)


@contextlib.contextmanager
def _starting_workers() -> Iterator[None]:
    """Processes started in here use one thread for linear algebra and are deaf to Ctrl-C from birth."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        if hasattr(signal, "pthread_sigmask"):
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                yield
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        else:
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _terminate(pool: cf.ProcessPoolExecutor) -> None:
    # Python 3.14 has pool.terminate_workers(); before it the processes are only to be had here.
    for process in list((pool._processes or {}).values()):
        process.terminate()
