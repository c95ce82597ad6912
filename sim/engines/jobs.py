"""Jobs, outcomes, and what an engine is."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

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
