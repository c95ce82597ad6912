"""The base of the ratios: a SimPy run of as many timeouts as there are patrols, and nothing else.

The timeouts are shared out over long-lived processes, as many as sections are on patrol duty at a time: SimPy's queue
then holds as many events as in a model with a process a section. One process alone is the shortest queue there is and
thus the fastest; it has a row of its own in the table.
"""

from __future__ import annotations

from collections.abc import Generator

import simpy

from sim.clock import hours_to_s
from sim.scenario.schema import Scenario


def n_patrols(scenario: Scenario) -> int:
    """Tours that the task list asks for in the horizon."""
    return round(scenario.tasks.patrols.per_day * (scenario.horizon.end - scenario.horizon.start).days)


def n_sections_on_patrol(scenario: Scenario) -> int:
    """Sections on patrol duty at a time: one a tour of a shift."""
    return max(1, round(scenario.tasks.patrols.per_day * scenario.force.shift_h / 24))


def run_bare(n_timeouts: int, n_processes: int, delay_s: int) -> simpy.Environment:
    """Run until every timeout is over.

    Parameters
    ----------
    n_timeouts
        Timeouts in all.
    n_processes
        Long-lived processes that they are shared out over, at least 1.
    delay_s
        Length of each timeout [s]; the first of a process is shorter, so that the processes are spread evenly.
    """
    env = simpy.Environment()

    def section(first_s: float, n: int) -> Generator[simpy.Timeout, None, None]:
        if n:
            yield env.timeout(first_s)
        for _ in range(n - 1):
            yield env.timeout(delay_s)

    share, rest = divmod(n_timeouts, n_processes)
    for index in range(n_processes):
        env.process(section(delay_s * (index + 1) / n_processes, share + (index < rest)))
    env.run()
    return env


def run_bare_loop(scenario: Scenario) -> None:
    """As many timeouts as patrols, by as many processes as sections are on patrol duty."""
    run_bare(n_patrols(scenario), n_sections_on_patrol(scenario), hours_to_s(scenario.force.shift_h))


def run_bare_loop_of_one(scenario: Scenario) -> None:
    """As many timeouts as patrols, by a single process."""
    run_bare(n_patrols(scenario), 1, hours_to_s(scenario.force.shift_h))
