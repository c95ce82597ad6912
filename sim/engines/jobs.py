"""Jobs, outcomes, and what an engine is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from sim.responses import Measured
    from sim.scenario.schema import Scenario


class EngineError(RuntimeError):
    """No further replication can be run: an unknown engine, workers that do not start, a scheduler that is lost."""


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


class Engine(Protocol):
    """Anything that runs jobs."""

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Yield an outcome for every job as it is finished. Closing the generator gives up the rest."""
        ...


@runtime_checkable
class KeepsWorkers(Engine, Protocol):
    """An engine whose `run` opens workers and closes them, and that can keep them from run to run instead."""

    def keep(self) -> contextlib.AbstractContextManager[Engine]:
        """Give an engine that opens workers when it first has jobs, and keeps them until the context is left."""
        ...


def kept(engine: Engine) -> contextlib.AbstractContextManager[Engine]:
    """Keep the workers of an engine over several runs, one after the other.

    An engine without workers to keep is given as it is.

    Examples
    --------
    >>> import sim
    >>> from sim.engines import Processes, kept
    >>> with kept(Processes(4)) as engine:  # doctest: +SKIP
    ...     for section_size in ("8", "9"):
    ...         sim.run(sim.load("scenarios/lesson.toml", settings={"force.section_size": section_size}), engine=engine)
    """
    return engine.keep() if isinstance(engine, KeepsWorkers) else contextlib.nullcontext(engine)
