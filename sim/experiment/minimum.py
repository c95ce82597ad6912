"""Minimum force: how few troops keep a response where it should be, by bisection on common random numbers.

The *minimum* is the smallest troop level of a grid at which the mean of the response is good enough. It is bracketed:
at `low` the response is shown to fall short, at `level` to suffice, both with the confidence asked for
(:mod:`sim.statistics.bisection` has the guarantee, what it assumes, and how often it was missed). What *binds* is the
task that has the smallest share of its demand at the largest level shown to fall short: what would have to be done
first to need fewer. It is one of the tasks that the response is about: patrols for all that is of patrols and visits,
sites for their protection, checkpoints and crossing points for what vehicles meet; any task for coverage, and for the
use of soldiers and for incidents, which all sections share.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim import engines
from sim.experiment.alternatives import Alternative, aligned
from sim.experiment.minimum_answer import MinimumAnswer, MinimumForce, MinimumQuestion, write_answer
from sim.experiment.points import DesignError, as_asked, check_response
from sim.experiment.running import Progress, begin, run
from sim.response_list import LOWER_IS_BETTER, NEITHER_IS_BETTER, RESPONSES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.engines import Engine
    from sim.experiment.results import Results
    from sim.scenario.schema import Scenario

FILLS = ("crossing_fill", "reserve_fill", "site_guard_fill", "checkpoint_fill", "patrol_fill")
"""The share of its demand that each task has."""
_POSTS_OF_VEHICLES = ("crossing_fill", "checkpoint_fill")
FILLS_OF = {
    **dict.fromkeys(
        (
            "patrol_coverage",
            "patrol_coverage_population",
            "revisit_age_h",
            "unvisited_share",
            "patrols_per_day",
            "patrol_fill",
        ),
        ("patrol_fill",),
    ),
    **dict.fromkeys(("site_protection", "site_guard_fill"), ("site_guard_fill",)),
    **dict.fromkeys(("checkpoint_fill", "checkpoint_wait_min"), ("checkpoint_fill",)),
    **dict.fromkeys(("crossing_fill", "crossing_wait_min"), ("crossing_fill",)),
    "reserve_fill": ("reserve_fill",),
    **dict.fromkeys(("vehicle_wait_min", "vehicle_wait_p95_min", "vehicles_checked_share"), _POSTS_OF_VEHICLES),
}
"""Tasks that may bind a response, by their fills; any for a response that is not named."""
MOST_TROOPS = 10_000_000
EACH = "each"
"""Stands for every sector of the theatre, and the theatre."""


def minimum_force(
    scenario: Scenario,
    *,
    response: str = "coverage",
    at_least: float | None = None,
    at_most: float | None = None,
    confidence: float = 0.95,
    sector: str = "all",
    policy: str | None = None,
    between: tuple[int, int] | None = None,
    resolution: int | None = None,
    n_min: int = 10,
    n_max: int = 80,
    seed: int | None = None,
    workers: int | None = 1,
    engine: str | Engine | None = None,
    out: str | Path | None = None,
    settings: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[MinimumForce]:
    """Find the smallest troop level at which a response is good enough.

    Parameters
    ----------
    scenario : Scenario
        Made by `sim.load`.
    response : str
        One that more troops do not make worse.
    at_least, at_most : float, optional
        What is good enough, in the response's unit; at most for responses of which less is better. Exactly one.
    confidence : float
        That the minimum lies in the bracket, in (0, 1); for each sector by itself.
    sector : str
        A sector's key, "all" for the theatre, or "each" for both.
    policy : str, optional
        The policy that shares out the troops; the scenario's first if left out.
    between : tuple of int, optional
        Smallest and largest troop level to consider [soldiers]; 0 to the largest of the experiment, or the scenario's
        strength, if left out.
    resolution : int, optional
        Step of the grid of levels [soldiers]; if left out, 1, 2 or 5 times a power of ten and at most a hundredth of
        the largest level.
    n_min, n_max : int
        Replications of the first look at a level, and of the last.
    seed, workers, engine, settings, progress
        As for :func:`sim.run`; `progress` is called anew for each level, and its `begin`, if it has one, before.
    out : str or Path, optional
        Folder to keep the replications in; what it holds is not run again. What was asked and found is kept beside
        them (:mod:`sim.experiment.minimum_answer`), in place of what an earlier search has left.

    Returns
    -------
    list of MinimumForce
        One for the sector, or in the order of the theatre's sectors and then "all".

    Raises
    ------
    DesignError
        If what is asked for is unknown, out of bounds, or has no value because nothing is asked of the force.
    EngineError, StoreError, Interrupted
        As :func:`sim.run`.

    Examples
    --------
    >>> import sim
    >>> lesson = sim.load("scenarios/lesson.toml")  # doctest: +SKIP
    >>> sim.minimum_force(lesson, at_least=0.9)[0].found.level  # doctest: +SKIP
    """
    from sim.statistics import find_minimum_level

    sign, target = _target(response, at_least, at_most)
    chosen = policy or next(iter(scenario.policy))
    lowest, highest = between or (0, max([scenario.strength, *scenario.experiment.troops]))
    if not 0 <= lowest <= highest <= MOST_TROOPS:
        raise DesignError(
            f"between (--between) is {lowest:,} to {highest:,} troops; allowed: two levels from 0 to {MOST_TROOPS:,}, "
            "the smaller first"
        )
    sectors = [*scenario.theatre.sectors, "all"]
    if sector not in (*sectors, EACH):
        raise DesignError(f"no sector {sector!r}; allowed: {', '.join([*sectors, EACH])}")
    step = _round_step(highest) if resolution is None else resolution
    if sector == EACH and len(scenario.theatre.sectors) == 1:
        sector = "all"  # the only sector is the theatre
    asked_for = sectors if sector == EACH else [sector]
    with contextlib.ExitStack() as stack:
        is_kept = out is not None
        if out is None:
            out = stack.enter_context(tempfile.TemporaryDirectory(prefix="peacesim-"))
        kept = stack.enter_context(engines.kept(engines.choose(engine, workers)))
        at: dict[int, Results] = {}

        def sample(one: str, level: int, n: int) -> NDArray[np.float64]:
            if level not in at or at[level].scenario.experiment.replications < n:
                begin(progress, f"{level:,} troops")
                asked = as_asked(scenario, troops=[level], policies=[chosen], replications=n, seed=seed)
                at[level] = run(asked, engine=kept, out=out, settings=settings, progress=progress)
            alternative = Alternative(chosen, "", 0, chosen, level)
            values = aligned([at[level]], [alternative], response, one)[0, :n]
            if len(values) < n or not (values == values).any():
                raise DesignError(f"{response} of {one} has no value with {level:,} troops: nothing is asked for there")
            return sign * values

        minima = []
        for one in asked_for:
            try:
                found = find_minimum_level(
                    functools.partial(sample, one),
                    sign * target,
                    lowest,
                    highest,
                    resolution=step,
                    confidence=confidence,
                    n_min=n_min,
                    n_max=n_max,
                )
            except DesignError:
                raise
            except ValueError as error:
                raise DesignError(str(error)) from None
            soldiers = None if found.level is None else _soldiers_in(scenario, one, found.level)
            binds = None if found.low is None else _binding(at[found.low], one, FILLS_OF.get(response, FILLS))
            minima.append(MinimumForce(one, found, soldiers, binds))
        if is_kept:
            seeded = as_asked(scenario, seed=seed)
            question = MinimumQuestion(
                scenario=scenario.name,
                scenario_sha256=seeded.inputs_sha256,
                seed=seeded.experiment.seed,
                policy=chosen,
                response=response,
                unit=RESPONSES[response],
                at_least=None if at_least is None else float(at_least),
                at_most=None if at_most is None else float(at_most),
                confidence=confidence,
                sectors=tuple(asked_for),
                between=(lowest, highest),
                resolution=step,
                n_min=n_min,
                n_max=n_max,
            )
            write_answer(out, MinimumAnswer(question, tuple(minima)))
    return minima


def _target(response: str, at_least: float | None, at_most: float | None) -> tuple[int, float]:
    """The sign with which the response grows with troops, and what is good enough."""
    check_response(response)
    if response in NEITHER_IS_BETTER:
        raise DesignError(f"of {response} neither more nor less is better: no force is good enough by it")
    if (at_least is None) == (at_most is None):
        raise DesignError("say what is good enough: either at_least (--at-least) or at_most (--at-most)")
    if response in LOWER_IS_BETTER:
        if at_most is None:
            raise DesignError(f"of {response} less is better: say at most how much (at_most, --at-most)")
        return -1, _checked(response, at_most)
    if at_least is None:
        raise DesignError(f"of {response} more is better: say at least how much (at_least, --at-least)")
    return 1, _checked(response, at_least)


def _checked(response: str, target: float) -> float:
    if RESPONSES[response] == "share" and not 0 <= target <= 1:
        hint = f"; did you mean {target / 100:g}?" if 1 < target <= 100 else ""
        raise DesignError(f"{response} of {target:g} is asked for: a share is between 0 and 1{hint}")
    return target


def _round_step(highest: int) -> int:
    """The largest of 1, 2 and 5 times a power of ten that is at most a hundredth of a level, and at least 1."""
    step = 1
    for factor in itertools.cycle((2, 2.5, 2)):
        if step * factor * 100 > highest:
            return step
        step = round(step * factor)
    raise AssertionError


def _soldiers_in(scenario: Scenario, sector: str, level: int) -> int:
    from sim.contingents import sector_of_contingents, strength_by_contingent

    shares = strength_by_contingent(level, scenario)
    if sector == "all":
        return int(shares.sum())
    index = list(scenario.theatre.sectors).index(sector)
    return int(shares[sector_of_contingents(scenario) == index].sum())


def _binding(results: Results, sector: str, fills_of: Sequence[str]) -> tuple[str, float] | None:
    """The task with the smallest share of its demand, of those given by their fills."""
    means = results.summary()
    mine = means[(means["sector"] == sector) & means["response"].isin(fills_of) & (means["n"] > 0)]
    fills = [(float(mean), str(name)) for name, mean in zip(mine["response"], mine["mean"], strict=True)]
    if not fills:
        return None
    mean, name = min(fills)
    return name, mean
