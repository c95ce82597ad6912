"""Workers of a dask scheduler: on this machine, or anywhere that a scheduler reaches.

The scheduler sees to workers that come, go and die; what is in here is the sentences for what it cannot see to. It
and its workers unpickle what they are sent, which is to say that they run it: whoever reaches their ports is their
master. `docs/cluster.md` is about that, and about how to start them.
"""

from __future__ import annotations

import concurrent.futures as cf
import contextlib
import dataclasses
import functools
import importlib
import json
import logging
import os
import pickle
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.engines.chunks import LOOK_S, SAME_EVERYWHERE, ChunkLostError, Done, run_chunk, run_in_chunks
from sim.engines.jobs import Engine, EngineError, Job, Outcome, Work
from sim.engines.local import UNGUARDED, starting_workers
from sim.engines.observing import describe
from sim.engines.waiting import wait_for
from sim.fingerprint import program

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

PATIENCE_S = 60.0
"""How long to wait for a worker, or for a scheduler's file [s]."""
PATIENCE_VARIABLE = "PEACESIM_WORKER_TIMEOUT_S"
SCHEMES = ("tcp://", "tls://")
CONNECT_S = 10.0
"""How long to try a scheduler's address at most [s]."""
KILL_S = 0.2
"""How long own workers have to end by themselves when a run is given up [s]."""
N_RETRIES = 2
"""How often a chunk is sent again that did not come through; what a job raises is an outcome and no reason to."""


@dataclass(frozen=True, slots=True)
class Dask:
    """Workers of a dask scheduler.

    Parameters
    ----------
    scheduler : str, optional
        Its address (`tcp://HOST:PORT`, `tls://HOST:PORT`) or the file it wrote (`FILE.json`). Left out: a scheduler and
        workers of its own, on this machine's loopback interface.
    n_workers : int
        Own workers, of one thread each; a scheduler that was given has its own.
    patience_s : float, optional
        How long to wait for a worker, at the beginning and whenever there is none [s]. Left out: what the environment's
        `PEACESIM_WORKER_TIMEOUT_S` says, or 60.
    """

    scheduler: str | None = None
    n_workers: int = 1
    patience_s: float | None = None

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Yield outcomes as chunks of them come back.

        Raises
        ------
        EngineError
            If the scheduler is not to be reached or is lost, no worker comes, or one runs another program.
        """
        with dataclasses.replace(self, n_workers=min(self.n_workers, max(1, len(jobs)))).keep() as workers:
            yield from workers.run(work, scenario, jobs)

    @contextlib.contextmanager
    def keep(self) -> Iterator[Engine]:
        """Keep own workers, and the connection to a scheduler, from run to run."""
        with contextlib.ExitStack() as stack:
            yield _Workers(self, stack)


class _Workers:
    """A connection that is made when there are jobs, and whatever it is to; the stack ends both."""

    def __init__(self, engine: Dask, stack: contextlib.ExitStack) -> None:
        self._engine, self._stack = engine, stack
        self._connection: tuple[Any, str, float] | None = None

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        if not jobs:
            return
        if self._connection is None:
            self._connection = self._connect()
        yield from run_in_chunks(_Crew(*self._connection, pickle.dumps(scenario), work), jobs)

    def _connect(self) -> tuple[Any, str, float]:
        scheduler, patience_s = self._engine.scheduler, self._engine.patience_s
        if patience_s is None:
            patience_s = _patience_s()
        self._stack.enter_context(_quiet())
        if scheduler is None:
            address = self._stack.enter_context(_own_scheduler(self._engine.n_workers))
        else:
            address = _address(scheduler, patience_s)
        return self._stack.enter_context(_connected(address, patience_s)), address, patience_s


class _Crew:
    def __init__(self, client: Any, address: str, patience_s: float, payload: bytes, work: Work) -> None:
        self._client, self._address, self._patience_s, self._work = client, address, patience_s, work
        self._executor = client.get_executor(pure=False, retries=N_RETRIES)
        # A task that makes the bytes, not scattered bytes: it is run again where workers died with all copies.
        self._payload = client.submit(bytes, payload, pure=False)
        self._n_slots, self._seen_s, self._look_s = 0, time.monotonic(), 0.0

    def n_slots(self) -> int:
        now_s = time.monotonic()
        while self._n_slots == 0 or now_s >= self._look_s:
            self._n_slots = self._count()
            now_s = time.monotonic()
            self._look_s = now_s + LOOK_S
            if self._n_slots:
                self._seen_s = now_s
            elif now_s - self._seen_s > self._patience_s:
                raise EngineError(
                    f"the scheduler at {self._address} has had no worker for {self._patience_s:g} s; "
                    "the same command goes on from what is finished"
                )
            else:
                time.sleep(LOOK_S)
        return self._n_slots

    def submit(self, chunk: Sequence[Job]) -> cf.Future[Done]:
        try:
            sent: cf.Future[Done] = self._executor.submit(run_chunk, self._payload, program(), self._work, chunk)
        except Exception as error:
            raise self._lost_scheduler() from error
        return sent

    def result(self, future: cf.Future[Done]) -> Done:
        try:
            return future.result()
        except cf.CancelledError as error:
            raise self._lost_scheduler() from error
        except _distributed().KilledWorker as error:
            n_died = error.allowed_failures + 1
            raise ChunkLostError(f"{n_died} workers died while they ran it (out of memory, or killed?)") from error
        except Exception as error:
            raise ChunkLostError(describe(error)) from error

    def _count(self) -> int:
        try:
            if self._client.status == "running":
                return sum(wait_for(self._client.nthreads).values())
        except Exception as error:
            raise self._lost_scheduler() from error
        raise self._lost_scheduler()

    def _lost_scheduler(self) -> EngineError:
        return EngineError(
            f"the scheduler at {self._address} was lost, or gave up what it was to do; "
            "the same command goes on from what is finished"
        )


def _distributed() -> Any:
    """Dask, which is imported when it is first used, and whose functions have no types."""
    return importlib.import_module("distributed")


def _patience_s() -> float:
    text = os.environ.get(PATIENCE_VARIABLE, "")
    try:
        patience_s = float(text or PATIENCE_S)
    except ValueError:
        patience_s = -1.0
    if not 0 < patience_s < float("inf"):
        raise EngineError(f"{PATIENCE_VARIABLE}={text} is not a time in seconds above 0, like {PATIENCE_S:g}")
    return patience_s


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What dask says in its log of workers that die is said by outcomes and errors here."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextlib.contextmanager
def _own_scheduler(n_workers: int) -> Iterator[str]:
    options: dict[str, Any] = {
        "n_workers": n_workers,
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        "dashboard_address": "127.0.0.1:0",  # None would open its port on every interface
        "scheduler_kwargs": {"dashboard": False},
        "silence_logs": logging.CRITICAL + 1,
    }
    with contextlib.ExitStack() as stack:
        with starting_workers():
            try:
                cluster = stack.enter_context(_distributed().LocalCluster(**options))
            except RuntimeError as error:
                raise EngineError(UNGUARDED) from error
        try:
            yield cluster.scheduler_address
        except BaseException:  # given up: nobody waits for what workers are running
            cluster.sync(_kill_workers, cluster)
            raise


async def _kill_workers(cluster: Any) -> None:
    import asyncio

    await asyncio.gather(*(nanny.close(timeout=KILL_S) for nanny in cluster.workers.values()))


@contextlib.contextmanager
def _connected(address: str, patience_s: float) -> Iterator[Any]:
    try:
        has_certificates = _distributed().Security().get_connection_args("client").get("ssl_context") is not None
    except Exception as error:  # of a file that is not there, or is none
        raise EngineError(f"dask's certificates cannot be used: {error}") from error
    if address.startswith("tls://") and not has_certificates:  # dask's client would hang when it is thrown away
        raise EngineError(f"the scheduler at {address} asks for certificates: tell dask which (docs/cluster.md)")
    try:
        client = _distributed().Client(address, timeout=min(CONNECT_S, patience_s), set_as_default=False)
    except Exception as error:
        raise EngineError(f"no dask scheduler answers at {address}: {error}") from error
    with client:
        try:
            wait_for(functools.partial(client.wait_for_workers, 1, timeout=patience_s))
        except TimeoutError as error:
            raise EngineError(
                f"no worker came to the scheduler at {address} within {patience_s:g} s; "
                f"start some: dask worker {address} --nthreads 1"
            ) from error
        _check_program(client)
        yield client


def _check_program(client: Any) -> None:
    """See that scheduler and workers have peacesim: a worker dies of a message that it cannot read.

    That it is the same peacesim is seen by each chunk, also in workers that come later.
    """
    try:
        client.run_on_scheduler(importlib.import_module, run_chunk.__module__)
        there = client.run(importlib.import_module, run_chunk.__module__, on_error="return")
    except Exception as error:
        raise EngineError(
            f"the scheduler cannot import what it is sent: {describe(error)}. {SAME_EVERYWHERE}"
        ) from error
    for worker, result in there.items():
        if isinstance(result, Exception) and not isinstance(result, OSError):  # which is a worker that just left
            raise EngineError(
                f"the worker {worker} cannot import what it is sent: {describe(result)}. {SAME_EVERYWHERE}"
            )


def _address(scheduler: str, patience_s: float) -> str:
    """The address that was given, or that stands in the scheduler's file, which is waited for."""
    if not scheduler.endswith(".json"):
        return scheduler
    file, began_s = Path(scheduler), time.monotonic()
    while True:
        try:
            address = str(json.loads(file.read_text(encoding="utf-8"))["address"])
            if address.startswith(SCHEMES):
                return address
            raise ValueError(f"its address is {address}")
        except FileNotFoundError as error:
            fault = EngineError(f"no scheduler's file {file} came within {patience_s:g} s")
            fault.__cause__ = error
        except (OSError, ValueError, KeyError, TypeError) as error:  # or it is just being written
            fault = EngineError(f"{file} is not a scheduler's file: {describe(error)}")
            fault.__cause__ = error
        if time.monotonic() - began_s > patience_s:
            raise fault
        time.sleep(LOOK_S)
