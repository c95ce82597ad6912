"""Engines on this machine: this process, or worker processes."""

from __future__ import annotations

import concurrent.futures as cf
import contextlib
import functools
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.engines.chunks import LOOK_S, scenario_of
from sim.engines.jobs import Engine, EngineError, Job, Outcome, Stage, Work
from sim.engines.observing import describe
from sim.engines.waiting import Ended, holding_signals, wait_for

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


UNGUARDED = (
    "worker processes do not start; a script that asks for workers must do so under "
    '`if __name__ == "__main__":`, and its own message, if any, stands above'
)


@dataclass(frozen=True, slots=True)
class Serial:
    """One job after the other in this process."""

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Yield outcomes in the order of the jobs."""
        for job in jobs:
            yield work(scenario, job)


@dataclass(frozen=True, slots=True)
class Processes:
    """Worker processes on this machine, started afresh (spawn) when there are jobs for them.

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
        with self.keep() as workers:
            yield from workers.run(work, scenario, jobs)

    @contextlib.contextmanager
    def keep(self) -> Iterator[Engine]:
        """Keep the workers from run to run."""
        workers = _Workers(self.n_workers, self.n_attempts)
        try:
            yield workers
        finally:
            workers.close()


class _Workers:
    """A pool that is opened when it is needed, and again when it was lost."""

    def __init__(self, n_workers: int, n_attempts: int) -> None:
        self._n_workers, self._n_attempts = n_workers, n_attempts
        self._pool: cf.ProcessPoolExecutor | None = None
        self._is_idle = True

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        payload = pickle.dumps(scenario)
        waiting = list(jobs)
        while waiting:
            lost = yield from self._together(work, payload, waiting)
            # Workers take jobs in order, so at most the first n were running, and as many had results on their way.
            n_suspects = 2 * self._n_workers if lost else 0
            for suspect in lost[:n_suspects]:
                yield from self._alone(work, payload, suspect)
            waiting = lost[n_suspects:]

    def close(self) -> None:
        with holding_signals():
            pool, self._pool = self._pool, None
            if pool is not None and not self._is_idle:
                _terminate(pool)
        if pool is not None:
            wait_for(functools.partial(pool.shutdown, wait=True, cancel_futures=True))

    def _alone(self, work: Work, payload: bytes, job: Job) -> Generator[Outcome, None, None]:
        for _ in range(self._n_attempts - 1):
            if not (yield from self._together(work, payload, [job])):
                return
        error = f"the worker process died {self._n_attempts} times while it ran {job} (out of memory, or killed?)"
        yield Outcome(job, None, Stage.WORKER, error)

    def _together(self, work: Work, payload: bytes, jobs: Sequence[Job]) -> Generator[Outcome, None, list[Job]]:
        """Yield what finishes; return the jobs that were lost with a worker, in their order."""
        self._is_idle = False
        lost: set[Job] = set()
        try:
            pool = self._opened()
            job_of = {}
            ended = Ended[Outcome]()
            with holding_signals(), starting_workers():
                for job in jobs:
                    try:
                        future = pool.submit(_in_worker, payload, work, job)
                    except BrokenProcessPool:
                        lost.add(job)
                    else:
                        job_of[future] = job
                        ended.watch(future)
            for job, outcome in _as_they_end(pool, ended, job_of):
                if outcome is None:
                    lost.add(job)
                else:
                    yield outcome
            self._is_idle = not lost
        finally:
            if not self._is_idle:
                self.close()
        return [job for job in jobs if job in lost]

    def _opened(self) -> cf.ProcessPoolExecutor:
        """The pool, with a worker that answers; a new one if workers died while they had nothing to do."""
        if self._pool is not None:
            if _answers(self._pool):
                return self._pool
            self.close()
        context = multiprocessing.get_context("spawn")
        self._pool = cf.ProcessPoolExecutor(self._n_workers, context, _start_worker)
        if not _answers(self._pool):
            raise EngineError(UNGUARDED)
        return self._pool


def _answers(pool: cf.ProcessPoolExecutor) -> bool:
    """Whether a worker of the pool lives; a new pool starts one."""
    ended = Ended[int]()
    with holding_signals(), starting_workers():
        try:
            ended.watch(pool.submit(os.getpid))
        except BrokenProcessPool:
            return False
    probe = ended.next()
    with holding_signals():
        return probe.exception() is None


def _as_they_end(
    pool: cf.ProcessPoolExecutor, ended: Ended[Outcome], job_of: dict[cf.Future[Outcome], Job]
) -> Iterator[tuple[Job, Outcome | None]]:
    """Jobs and what came of them; None where a job was lost with a worker."""
    is_stuck = False
    while job_of:
        futures = ended.all(LOOK_S)
        for future in futures:
            job = job_of.pop(future)
            yield job, _outcome_of(future, job)
        was_stuck, is_stuck = is_stuck, not futures and _has_dead_worker(pool)
        if was_stuck and is_stuck:
            _terminate(pool)


def _outcome_of(future: cf.Future[Outcome], job: Job) -> Outcome | None:
    with holding_signals():
        error = future.exception()
        if error is None:
            return future.result()
    return None if isinstance(error, BrokenProcessPool) else Outcome(job, None, Stage.WORKER, describe(error))


def _has_dead_worker(pool: cf.ProcessPoolExecutor) -> bool:
    """Whether a worker died and the pool did not notice: it never does if the worker was writing a result."""
    with holding_signals():
        sentinels = [process.sentinel for process in list((pool._processes or {}).values())]
        return bool(multiprocessing.connection.wait(sentinels, timeout=0))


def n_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone, killed without a chance to say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_worker(payload: bytes, work: Work, job: Job) -> Outcome:
    return work(scenario_of(payload), job)


@contextlib.contextmanager
def starting_workers() -> Iterator[None]:
    """Processes started in here use one thread for linear algebra and are deaf to Ctrl-C from birth."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        if hasattr(signal, "pthread_sigmask"):
            from multiprocessing import resource_tracker

            resource_tracker.ensure_running()  # which lets signals through again when it starts
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
    # One that was writing a result leaves it unfinished. The pool's thread reads on until no process can write.
    writer = getattr(getattr(pool, "_result_queue", None), "_writer", None)
    if writer is not None:
        writer.close()
