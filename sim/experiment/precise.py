"""Replications until results are as precise as the experiment asks for.

Each *goal* is a half width that an interval must have at most: of a response's mean, at every design point or
alternative, or of its paired difference from the baseline. Replications are added until all goals are met, and stay met
for the look-ahead (Hoad, Robinson and Davies 2010; :mod:`sim.statistics.precision` also has what such intervals
cover), or until there are as many as the experiment allows. The number does not depend on how the run was cut up: what
ran beyond it stays in the folder and is not used. Where a response has no value in any of the experiment's first
replications, nothing asks for it there, and its goal is left out there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim import engines
from sim.experiment import tables
from sim.experiment.alternatives import Alternative, aligned
from sim.experiment.points import DesignError, as_asked, design
from sim.experiment.running import Progress, begin, run
from sim.scenario.schema import Goal, GoalOf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim import statistics
    from sim.experiment.results import Results
    from sim.scenario.schema import Experiment, Scenario


@dataclass(frozen=True, slots=True)
class Precise:
    """How a run to a precision ended.

    Attributes
    ----------
    n
        Replications with which the goals were met first and from then on; None if they were not.
    n_run
        Replications that are used: those, and the look-ahead.
    widest
        If they were not, the interval that is furthest from its goal, in words.
    """

    n: int | None
    n_run: int
    widest: str = ""

    def __str__(self) -> str:
        """Whether it was reached, and with how many."""
        if self.n is None:
            return f"not reached with {self.n_run} replications" + (f"; {self.widest}" if self.widest else "")
        return f"reached with {self.n} replications, {self.n_run} are used"


def goals_of_means(experiment: Experiment) -> dict[str, Goal]:
    """The goals of an experiment that are of means, by response."""
    goals = experiment.precision.goals if experiment.precision is not None else {}
    return {response: goal for response, goal in goals.items() if goal.of is GoalOf.MEAN}


def run_to_precision(
    scenario: Scenario,
    *,
    troops: Iterable[int] | None = None,
    policies: Iterable[str] | None = None,
    workers: int | None = 1,
    seed: int | None = None,
    engine: str | engines.Engine | None = None,
    execution: str = engines.EXECUTIONS[0],
    out: str | Path | None = None,
    trace: Iterable[int] = (),
    settings: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[Results, Precise]:
    """Run the experiment of a scenario with as many replications as its goals of means take.

    Every design point (a policy at its own strength, or at a troop level) must meet every goal; all have the same
    replications.

    Parameters
    ----------
    scenario : Scenario
        Its `experiment.precision` has the goals; its `experiment.replications` are run first, and are the fewest.
    troops, policies, workers, seed, engine, execution, out, trace, settings, progress
        As for :func:`sim.run`; `progress` is called anew for each round, and its `begin`, if it has one, before.

    Returns
    -------
    results : Results
        Of the replications that are used; the folder may hold more.
    precise : Precise
        Whether the goals were met, and with how many.

    Raises
    ------
    DesignError
        If there is no goal of a mean, one is of a response that nothing asks for, or as :func:`sim.run`.
    EngineError, StoreError, Interrupted
        As :func:`sim.run`.

    Examples
    --------
    >>> import sim
    >>> precision = "{ max_replications = 200, look_ahead = 5, goals = { coverage = { half_width = 0.005 } } }"
    >>> lesson = sim.load("scenarios/lesson.toml", settings=[f"experiment.precision={precision}"])  # doctest: +SKIP
    >>> results, precise = sim.run_to_precision(lesson)  # doctest: +SKIP
    """
    scenario = as_asked(scenario, troops=troops, policies=policies, seed=seed)
    goals = goals_of_means(scenario.experiment)
    if not goals:
        raise DesignError('no precision of a mean is asked for: experiment.precision has no goal with of = "mean"')
    points = [Alternative(one.policy, "", 0, one.policy, one.troops) for one in design(scenario)]
    with _rounds(
        [scenario],
        out,
        may_go_on=True,
        engine=engines.choose(engine, workers),
        execution=execution,
        trace=tuple(trace),
        settings=settings,
        progress=progress,
    ) as run_all:
        (results,), precise = _until_precise(
            run_all, lambda found: _values(found, points, None, goals), scenario.experiment
        )
    return results, precise


def run_precisely(
    scenarios: Sequence[Scenario],
    alternatives: Sequence[Alternative],
    baseline: int,
    *,
    exactly: bool,
    workers: int | None,
    engine: str | engines.Engine | None,
    execution: str,
    out: str | Path | None,
    settings: Sequence[str],
    progress: Progress | None,
) -> tuple[list[Results], Precise | None]:
    """Run scenarios with as many replications as comparing them to the first one's precision takes.

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
    experiment = scenarios[0].experiment
    precision = None if exactly else experiment.precision
    with _rounds(
        scenarios,
        out,
        may_go_on=precision is not None,
        engine=engines.choose(engine, workers),
        execution=execution,
        trace=(),
        settings=settings,
        progress=progress,
    ) as run_all:
        if precision is None:
            return run_all(experiment.replications), None
        return _until_precise(
            run_all, lambda results: _values(results, alternatives, baseline, precision.goals), experiment
        )


RunAll = Callable[[int], list["Results"]]


@contextlib.contextmanager
def _rounds(
    scenarios: Sequence[Scenario],
    out: str | Path | None,
    *,
    may_go_on: bool,
    engine: engines.Engine,
    execution: str,
    trace: Sequence[int],
    settings: Sequence[str],
    progress: Progress | None,
) -> Iterator[RunAll]:
    """What runs all scenarios with so many replications, round after round, on the same workers."""
    with contextlib.ExitStack() as stack:
        if out is None and may_go_on:
            # A later round takes up what an earlier one has run.
            out = stack.enter_context(tempfile.TemporaryDirectory(prefix="peacesim-"))
        workers = stack.enter_context(engines.kept(engine))
        round_number = 0

        def run_all(n: int) -> list[Results]:
            nonlocal round_number
            round_number += 1
            results = []
            for one in scenarios:
                several = len(scenarios) > 1
                words = [one.name] * several + [f"round {round_number}"] * may_go_on
                if words:
                    begin(progress, ", ".join(words))
                folder = None if out is None else Path(out) / one.name if several else Path(out)
                asked = as_asked(one, replications=n)
                results.append(
                    run(
                        asked,
                        engine=workers,
                        execution=execution,
                        out=folder,
                        trace=trace,
                        settings=settings,
                        progress=progress,
                    )
                )
            return results

        yield run_all


Values = list[tuple[str, Goal, "NDArray[np.float64]", list[str]]]


def _values(
    results: Sequence[Results], alternatives: Sequence[Alternative], baseline: int | None, goals: Mapping[str, Goal]
) -> Values:
    """For each goal, what its interval is of: a row an alternative, a column a replication; and what each row is."""
    found: Values = []
    for response, goal in goals.items():
        table = aligned(results, alternatives, response, goal.sector)
        names = [one.label if one.troops is None else f"{one.label} at {one.troops:,} troops" for one in alternatives]
        if goal.of is GoalOf.DIFFERENCE and baseline is not None:
            others = [row for row in range(len(alternatives)) if row != baseline]
            table = table[others] - table[baseline]
            names = [f"{names[row]} less {names[baseline]}" for row in others]
        found.append((response, goal, table, [f"{response} of {name}" for name in names]))
    return found


def _until_precise(
    run_all: RunAll, values_of: Callable[[Sequence[Results]], Values], experiment: Experiment
) -> tuple[list[Results], Precise]:
    from sim.statistics import look_ahead_size

    precision, n_first = experiment.precision, experiment.replications
    assert precision is not None
    n = n_first
    while True:
        results = run_all(n)
        rows = _asked_for(values_of(results), n_first, has_failures=any(not one.failures.empty for one in results))
        needed = _needed(rows, precision.look_ahead, n_first, experiment.confidence)
        if needed is not None or n >= precision.max_replications or not rows:
            break
        n = min(precision.max_replications, _next(rows, precision.look_ahead, n_first, experiment.confidence, n))
    n_run = n if needed is None else needed + look_ahead_size(needed, precision.look_ahead)
    widest = "" if needed is not None else _widest(rows, n_run, experiment.confidence)
    return [_first(one, n_run) for one in results], Precise(needed, n_run, widest)


def _widest(rows: Rows, n: int, confidence: float) -> str:
    """The interval of n replications that is furthest from its goal, and how many would about do."""
    import numpy as np

    from sim.statistics import mean_interval

    found = []
    for values, goal, name in rows:
        there = values[:n][np.isfinite(values[:n])]
        if there.size < 2:
            continue
        interval = mean_interval(there, confidence)
        wanted = _as_statistics(goal, confidence)
        width = wanted.half_width * (abs(interval.mean) if wanted.is_relative else 1.0)
        if width > 0:
            found.append((interval.half_width / width, f"{name}: ±{interval.half_width:.3g} of ±{width:.3g} asked for"))
    if not found:
        return ""
    ratio, words = max(found)
    return f"{words}, which may take some {ratio**2 * n:,.0f}" if ratio > 1 else ""


Rows = list[tuple["NDArray[np.float64]", Goal, str]]


def _asked_for(values: Values, n_first: int, *, has_failures: bool) -> Rows:
    """The rows that have any value in the first replications; none if failures leave a goal without any."""
    import numpy as np

    rows: Rows = []
    for response, goal, table, names in values:
        kept = [(row, name) for row, name in zip(table, names, strict=True) if not np.isnan(row[:n_first]).all()]
        if not kept:
            if has_failures:
                return []
            raise DesignError(
                f"the precision of {response} ({goal.sector}) cannot be reached: it has no value in any of the first "
                f"{n_first} replications, since nothing asks for it"
            )
        rows += [(row, goal, name) for row, name in kept]
    return rows


def _needed(rows: Rows, look_ahead: int, n_min: int, confidence: float) -> int | None:
    """Smallest number of replications from which all goals are met together over the look-ahead."""
    from sim.statistics import replications_needed

    n = n_min
    while rows:
        each = [
            replications_needed(one, _as_statistics(goal, confidence), n_min=n, look_ahead=look_ahead)
            for one, goal, _ in rows
        ]
        known = [one for one in each if one is not None]
        if len(known) < len(each):
            return None
        if max(known) == n:
            return n
        n = max(known)
    return None


def _next(rows: Rows, look_ahead: int, n_min: int, confidence: float, n: int) -> int:
    from sim.statistics import next_n

    each = [next_n(one, _as_statistics(goal, confidence), n_min=n_min, look_ahead=look_ahead) for one, goal, _ in rows]
    return max(n + 1, *each)


def _as_statistics(goal: Goal, confidence: float) -> statistics.Goal:
    from sim import statistics

    width = goal.half_width if goal.half_width is not None else goal.relative
    assert width is not None
    return statistics.Goal(width, is_relative=goal.half_width is None, confidence=confidence)


def _first(results: Results, n: int) -> Results:
    """The first n replications of each design point, and what failed of them."""
    every = [*results.finished(), *tables.keys(results.failures), *tables.keys(results.missing)]
    scenario = as_asked(results.scenario, replications=n)
    return dataclasses.replace(results.only([key for key in every if key[2] < n]), scenario=scenario)
