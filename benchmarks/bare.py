"""The base of the ratios: a SimPy run of as many timeouts as there are patrols, and nothing else.

The timeouts are shared out over long-lived processes, as many as sections take turns on patrol, each of which waits
once a day: what a model with a process a section would do at least. One process alone has the shortest queue of events
there is and is thus the fastest; it has a row of its own in the table.
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
    """Sections that take turns on patrol: one a tour of a shift, in every shift group."""
    per_shift = scenario.tasks.patrols.per_day * scenario.force.shift_h / 24
    return max(1, round(per_shift * scenario.force.n_shift_groups))


def _turn_s(scenario: Scenario) -> int:
    """From one turn on duty to the next [s]."""
    return hours_to_s(scenario.force.shift_h) * scenario.force.n_shift_groups


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
    """As many timeouts as patrols, by as many processes as sections take turns on patrol."""
    run_bare(n_patrols(scenario), n_sections_on_patrol(scenario), _turn_s(scenario))


def run_bare_loop_of_one(scenario: Scenario) -> None:
    """As many timeouts as patrols, by a single process."""
    run_bare(n_patrols(scenario), 1, _turn_s(scenario))
