"""How many events SimPy's kernel handles for a patrol: an exact count, the same on every machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import simpy

from benchmarks.plans import SEED
from sim.model import Execution, replicate
from sim.scenario.schema import Scenario


class CountingEnvironment(simpy.Environment):
    """An environment that counts the events it hands out."""

    n_events = 0

    def step(self) -> None:
        """Handle the next event."""
        super().step()
        self.n_events += 1


@contextlib.contextmanager
def counted_environments() -> Iterator[list[CountingEnvironment]]:
    """Every environment made in here counts its events, and is in the list that is yielded."""
    made: list[CountingEnvironment] = []

    def make(initial_time: float = 0) -> simpy.Environment:
        made.append(CountingEnvironment(initial_time))
        return made[-1]

    usual = simpy.Environment
    simpy.Environment = make  # type: ignore[assignment, misc]
    try:
        yield made
    finally:
        simpy.Environment = usual  # type: ignore[misc]


def count_events(scenario: Scenario, policy: str, execution: str) -> tuple[int, int]:
    """Kernel events of one replication at the policy's own strength, and tours that went out."""
    with counted_environments() as made:
        trace = replicate(scenario, policy, troops=None, seed=SEED, replication=0, execution=Execution(execution))
    (departed_s,) = trace.tour_columns("departed_s")
    return sum(one.n_events for one in made), int((departed_s >= 0).sum())
