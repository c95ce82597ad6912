"""Replications until results are as precise as the experiment asks for.

Each *goal* is a half width that an interval must have at most, at every alternative: of a response's mean, or of its
paired difference from the baseline. Replications are added until all goals are met, and stay met for the look-ahead
(Hoad, Robinson and Davies 2010; :mod:`sim.statistics.precision`), or until there are as many as the experiment allows.
The number does not depend on how the run was cut up: what ran beyond it stays in the folder and is not used.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.alternatives import Alternative, aligned
from sim.experiment.points import as_asked
from sim.experiment.running import Progress, run
from sim.scenario.schema import Goal, GoalOf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim import statistics
    from sim.engines import Engine
    from sim.experiment.results import Results
    from sim.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class Precise:
    """How a run to a precision ended.

    Attributes
    ----------
    n
        Replications with which the goals were met first and from then on; None if they were not.
    n_run
        Replications that are used: those, and the look-ahead.
    """

    n: int | None
    n_run: int


def run_precisely(
    scenarios: Sequence[Scenario],
    alternatives: Sequence[Alternative],
    baseline: int,
    *,
    exactly: bool,
    workers: int | None,
    engine: str | Engine | None,
    execution: str,
    out: str | Path | None,
    settings: Sequence[str],
    progress: Progress | None,
) -> tuple[list[Results], Precise | None]:
    """Run scenarios with as many replications as their precision takes.

    Parameters
    ----------
    scenarios
        As they are to be run; the first one's experiment says what precision is asked for.
    alternatives, baseline
        What is compared, and the number of the one that the others are compared with.
    exactly
        Whether to run just the replications of the experiment.
    workers, engine, execution, settings, progress
        As for :func:`sim.run`.
    out
        Folder for the results, with a folder a scenario in it if there are several.
    """
    precision = scenarios[0].experiment.precision
    with contextlib.ExitStack() as stack:
        if out is None and precision is not None and not exactly:
            # A later round takes up what an earlier one has run.
            out = stack.enter_context(tempfile.TemporaryDirectory(prefix="peacesim-"))
        folders = [None if out is None else Path(out) / one.name for one in scenarios]
        if len(scenarios) == 1:
            folders = [None if out is None else Path(out)]

        def run_all(n: int) -> list[Results]:
            return [
                run(
                    as_asked(one, replications=n),
                    workers=workers,
                    engine=engine,
                    execution=execution,
                    out=folder,
                    settings=settings,
                    progress=progress,
                )
                for one, folder in zip(scenarios, folders, strict=True)
            ]

        n = scenarios[0].experiment.replications
        results = run_all(n)
        if precision is None or exactly:
            return results, None
        from sim.statistics import look_ahead_size

        n_first = n
        while True:
            values = _values(results, alternatives, baseline, precision.goals)
            needed = _needed(values, precision.look_ahead, n_first, scenarios[0].experiment.confidence)
            if needed is not None or n >= precision.max_replications:
                break
            n = min(precision.max_replications, _next(values, precision.look_ahead, n_first, scenarios[0]))
            results = run_all(n)
        n_run = n if needed is None else needed + look_ahead_size(needed, precision.look_ahead)
        return [_first(one, n_run) for one in results], Precise(needed, n_run)


Values = list[tuple["NDArray[np.float64]", Goal]]


def _values(
    results: Sequence[Results], alternatives: Sequence[Alternative], baseline: int, goals: dict[str, Goal]
) -> Values:
    """For each goal and alternative, the values whose interval must be narrow, by replication."""
    found: Values = []
    for response, goal in goals.items():
        table = aligned(results, alternatives, response, goal.sector)
        if goal.of is GoalOf.DIFFERENCE:
            others = [row for row in range(len(alternatives)) if row != baseline]
            table = table[others] - table[baseline]
        found += [(row, goal) for row in table]
    return found


def _needed(values: Values, look_ahead: int, n_min: int, confidence: float) -> int | None:
    """Smallest number of replications from which all goals are met together over the look-ahead."""
    from sim.statistics import replications_needed

    n = n_min
    while True:
        each = [
            replications_needed(one, _as_statistics(goal, confidence), n_min=n, look_ahead=look_ahead)
            for one, goal in values
        ]
        known = [one for one in each if one is not None]
        if len(known) < len(each):
            return None
        if max(known) == n:
            return n
        n = max(known)


def _next(values: Values, look_ahead: int, n_min: int, scenario: Scenario) -> int:
    from sim.statistics import next_n

    confidence = scenario.experiment.confidence
    n = len(values[0][0])
    each = [next_n(one, _as_statistics(goal, confidence), n_min=n_min, look_ahead=look_ahead) for one, goal in values]
    return max(n + 1, *each)


def _as_statistics(goal: Goal, confidence: float) -> statistics.Goal:
    from sim import statistics

    width = goal.half_width if goal.half_width is not None else goal.relative
    assert width is not None
    return statistics.Goal(width, is_relative=goal.half_width is None, confidence=confidence)


def _first(results: Results, n: int) -> Results:
    """The first n replications of each design point."""
    return results.only([key for key in results.finished() if key[2] < n])
