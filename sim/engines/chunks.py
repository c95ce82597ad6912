"""Jobs sent to workers elsewhere in *chunks*, since a task costs a scheduler some milliseconds whatever is in it.

A chunk is jobs that one worker runs one after the other. The first chunks are one job each; then they are as many as
take about a second by the time that the last ones took, and fewer towards the end, so that workers end together. A
*slot* is a worker's thread. What a worker had when it died is *lost*: each of its jobs is a suspect, which is run again
with nothing else under way, so that a job that kills its workers is known by name and no other is blamed for it.
"""

from __future__ import annotations

import concurrent.futures as cf
import functools
import math
import pickle
import socket
import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sim.engines.jobs import EngineError, Job, Outcome, Stage, Work
from sim.engines.observing import describe
from sim.engines.waiting import Ended, holding_signals
from sim.fingerprint import program

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

CHUNK_S = 1.0
"""Work in a chunk [s]."""
MAX_JOBS = 500
GROWTH = 8
"""How many times longer a chunk may be than those before it, whose time may be that of a start."""
CHUNKS_PER_SLOT = 2
"""Chunks under way: one is run, one is there when it ends."""
LOOK_S = 0.5
"""How often to look whether there still are workers [s]."""


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk that came back: its outcomes, how long they took [s]; or no outcomes and why the worker ran none."""

    outcomes: Sequence[Outcome]
    busy_s: float = 0.0
    refusal: str = ""


class ChunkLostError(Exception):
    """A chunk that did not come back, and why."""


class Crew(Protocol):
    """Workers elsewhere."""

    def n_slots(self) -> int:
        """Threads of workers that there are now, at least 1.

        Raises
        ------
        EngineError
            If there are none, and none come.
        """
        ...

    def submit(self, chunk: Sequence[Job]) -> cf.Future[Done]:
        """Send a chunk."""
        ...

    def result(self, future: cf.Future[Done]) -> Done:
        """What came back of a chunk that ended.

        Raises
        ------
        ChunkLostError
            If nothing came back, for a reason that may be one of its jobs.
        EngineError
            If there is no going on.
        """
        ...


class ChunkSizes:
    """How many jobs to put into the next chunk."""

    def __init__(self) -> None:
        self._job_s: float | None = None
        self._largest = 1

    def learn(self, n_jobs: int, busy_s: float) -> None:
        """Take note of a chunk of so many jobs that took so long [s]."""
        job_s = busy_s / n_jobs
        self._job_s = job_s if self._job_s is None else (self._job_s + job_s) / 2
        self._largest = max(self._largest, n_jobs)

    def next(self, n_waiting: int, n_slots: int) -> int:
        """Jobs of the next chunk, when so many wait for so many slots."""
        if self._job_s is None:
            return 1
        by_time = MAX_JOBS if self._job_s * MAX_JOBS <= CHUNK_S else math.ceil(CHUNK_S / self._job_s)
        fair_share = math.ceil(n_waiting / (CHUNKS_PER_SLOT * n_slots))
        return max(1, min(by_time, fair_share, MAX_JOBS, GROWTH * self._largest))


def run_in_chunks(crew: Crew, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
    """Yield an outcome for every job as its chunk comes back; closing cancels what has not begun.

    Raises
    ------
    EngineError
        If there are no workers left, or a worker runs another program than this.
    """
    waiting, suspects = deque(jobs), list[Job]()
    under_way: dict[cf.Future[Done], Sequence[Job]] = {}
    ended = Ended[Done]()
    sizes = ChunkSizes()

    def send(chunk: Sequence[Job]) -> None:
        with holding_signals():
            future = crew.submit(chunk)
            under_way[future] = chunk
            ended.watch(future)

    try:
        while waiting or under_way:
            n_slots = crew.n_slots()
            while waiting and len(under_way) < CHUNKS_PER_SLOT * n_slots:
                n_jobs = sizes.next(len(waiting), n_slots)
                send([waiting.popleft() for _ in range(min(n_jobs, len(waiting)))])
            for future in sorted(ended.all(LOOK_S), key=_is_bad):  # what is finished comes before what may end the run
                chunk = under_way.pop(future)
                try:
                    done = _result(crew, future)
                except ChunkLostError:
                    suspects += chunk
                    continue
                sizes.learn(len(chunk), done.busy_s)
                yield from done.outcomes
        for job in suspects:
            send([job])
            while not (of_suspect := ended.all(LOOK_S)):
                crew.n_slots()
            try:
                yield from _result(crew, of_suspect[0]).outcomes
            except ChunkLostError as lost:
                yield Outcome(job, None, Stage.WORKER, f"{job}: {lost}")
            under_way.clear()
    finally:
        with holding_signals():
            for future in under_way:
                future.cancel()


def _is_bad(future: cf.Future[Done]) -> bool:
    with holding_signals():
        return future.cancelled() or future.exception() is not None or bool(future.result().refusal)


def _result(crew: Crew, future: cf.Future[Done]) -> Done:
    with holding_signals():
        done = crew.result(future)
    if done.refusal:
        raise EngineError(done.refusal)
    return done


def run_chunk(payload: bytes, sent_by: Mapping[str, str], work: Work, jobs: Sequence[Job]) -> Done:
    """Run jobs, in a worker, if it runs the program that sent them.

    Parameters
    ----------
    payload : bytes
        The scenario, pickled.
    sent_by : mapping
        What the sender's :func:`sim.fingerprint.program` is.
    work : Work
        What to do for each job.
    jobs : sequence of Job
        In the order in which to run them.
    """
    if differ := [name for name, value in program().items() if sent_by.get(name) != value]:
        what = " and ".join("other code of peacesim" if name == "code_sha256" else f"another {name}" for name in differ)
        host = socket.gethostname()
        return Done(
            [], refusal=f"a worker on {host} runs {what} than this program: results would mix. {SAME_EVERYWHERE}"
        )
    scenario = scenario_of(payload)
    began_s = time.perf_counter()
    outcomes = [_outcome(work, scenario, job) for job in jobs]
    return Done(outcomes, time.perf_counter() - began_s)


SAME_EVERYWHERE = "Install the same wheel for scheduler, workers and here, and start the workers anew"


def _outcome(work: Work, scenario: Scenario, job: Job) -> Outcome:
    try:
        return work(scenario, job)
    except (Exception, SystemExit) as error:
        return Outcome(job, None, Stage.WORKER, describe(error))


@functools.lru_cache(maxsize=2)
def scenario_of(payload: bytes) -> Scenario:
    """Unpickle a scenario, once for all jobs that follow one another."""
    scenario: Scenario = pickle.loads(payload)
    return scenario
