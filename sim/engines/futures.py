"""An engine of any executor that has the interface of `concurrent.futures`: of MPI, of loky, of a batch system."""

from __future__ import annotations

import concurrent.futures as cf
import contextlib
import pickle
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.engines.chunks import ChunkLostError, Done, run_chunk, run_in_chunks
from sim.engines.jobs import Engine, Job, Outcome, Work
from sim.engines.observing import describe
from sim.engines.waiting import wait_for
from sim.fingerprint import program

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class Futures:
    """Jobs run by an executor.

    An executor that breaks when a worker dies is left, and another one opened for what is still to be run.

    Parameters
    ----------
    open_executor : callable
        Opens an executor, which the engine shuts down.
    n_slots : int
        Tasks that it runs at a time.

    Examples
    --------
    With `mpi4py.futures.MPIPoolExecutor`, in a script started by `mpiexec -n 65 python -m mpi4py.futures script.py`:

    >>> import sim
    >>> from sim.engines import Futures
    >>> sim.run(scenario, engine=Futures(MPIPoolExecutor, 64), out="results/mpi")  # doctest: +SKIP
    """

    open_executor: Callable[[], cf.Executor]
    n_slots: int

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Yield outcomes as they come."""
        with self.keep() as workers:
            yield from workers.run(work, scenario, jobs)

    @contextlib.contextmanager
    def keep(self) -> Iterator[Engine]:
        """Keep the executor from run to run."""
        workers = _Workers(self.open_executor, self.n_slots)
        try:
            yield workers
        finally:
            workers.close()


@dataclass(slots=True)
class _Workers:
    open_executor: Callable[[], cf.Executor]
    n_slots: int
    executor: cf.Executor | None = field(default=None, init=False)

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        if jobs:
            yield from run_in_chunks(_Crew(self, pickle.dumps(scenario), work), jobs)

    def opened(self) -> cf.Executor:
        if self.executor is None:
            self.executor = self.open_executor()
        return self.executor

    def close(self) -> None:
        executor, self.executor = self.executor, None
        if executor is not None:
            wait_for(executor.shutdown)


@dataclass(frozen=True, slots=True)
class _Crew:
    workers: _Workers
    payload: bytes
    work: Work

    def n_slots(self) -> int:
        return self.workers.n_slots

    def submit(self, chunk: Sequence[Job]) -> cf.Future[Done]:
        try:
            return self._send(chunk)
        except cf.BrokenExecutor:
            self.workers.close()
            return self._send(chunk)

    def result(self, future: cf.Future[Done]) -> Done:
        try:
            return future.result()
        except cf.BrokenExecutor as error:
            raise ChunkLostError("the worker died twice while it ran (out of memory, or killed?)") from error
        except Exception as error:
            raise ChunkLostError(describe(error)) from error

    def _send(self, chunk: Sequence[Job]) -> cf.Future[Done]:
        return self.workers.opened().submit(run_chunk, self.payload, program(), self.work, chunk)
