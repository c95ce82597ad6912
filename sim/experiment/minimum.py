"""Minimum force: how few troops keep a response where it should be, by bisection on common random numbers.

The *minimum* is the smallest troop level of a grid at which the mean of the response is good enough. It is bracketed:
at `low` the response is shown to fall short, at `level` to suffice, both with the confidence asked for
(:mod:`sim.statistics.bisection` has the guarantee, and what it assumes). What *binds* is the task that has the smallest
share of its demand at the largest level shown to fall short: what would have to be done first to need fewer.
"""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.alternatives import Alternative, aligned
from sim.experiment.points import DesignError, as_asked, check_response
from sim.experiment.running import Progress, run
from sim.response_list import LOWER_IS_BETTER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.engines import Engine
    from sim.experiment.results import Results
    from sim.scenario.schema import Scenario
    from sim.statistics import MinimumLevel

FILLS = ("crossing_fill", "reserve_fill", "site_guard_fill", "checkpoint_fill", "patrol_fill")
EACH = "each"
"""Stands for every sector of the theatre, and the theatre."""


@dataclass(frozen=True, slots=True)
class MinimumForce:
    """The minimum force of a sector, or of the theatre ("all").

    Attributes
    ----------
    sector
        Whose response must be good enough.
    found
        The bracket, in soldiers of the whole theatre.
    soldiers
        The sector's own soldiers at `found.level`; None if no level suffices.
    binds
        Response of the task that is done least, and its mean where the force falls short; None if it never does, or if
        no task is asked for.
    """

    sector: str
    found: MinimumLevel
    soldiers: int | None
    binds: tuple[str, float] | None


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
    resolution: int = 100,
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
    resolution : int
        Step of the grid of levels [soldiers].
    n_min, n_max : int
        Replications of the first look at a level, and of the last.
    seed, workers, engine, settings, progress
        As for :func:`sim.run`; `progress` is called anew for each level.
    out : str or Path, optional
        Folder to keep the replications in; what it holds is not run again.

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
    sectors = [*scenario.theatre.sectors, "all"]
    if sector not in (*sectors, EACH):
        raise DesignError(f"no sector {sector!r}; allowed: {', '.join([*sectors, EACH])}")
    with contextlib.ExitStack() as stack:
        if out is None:
            out = stack.enter_context(tempfile.TemporaryDirectory(prefix="peacesim-"))
        at: dict[int, Results] = {}

        def sample(one: str, level: int, n: int) -> NDArray[np.float64]:
            if level not in at or at[level].scenario.experiment.replications < n:
                asked = as_asked(scenario, troops=[level], policies=[chosen], replications=n, seed=seed)
                at[level] = run(asked, workers=workers, engine=engine, out=out, settings=settings, progress=progress)
            alternative = Alternative(chosen, "", 0, chosen, level)
            values = aligned([at[level]], [alternative], response, one)[0, :n]
            if len(values) < n or not (values == values).any():
                raise DesignError(f"{response} of {one} has no value with {level:,} troops: nothing is asked for there")
            return sign * values

        minima = []
        for one in sectors if sector == EACH else [sector]:
            try:
                found = find_minimum_level(
                    functools.partial(sample, one),
                    sign * target,
                    lowest,
                    highest,
                    resolution=resolution,
                    confidence=confidence,
                    n_min=n_min,
                    n_max=n_max,
                )
            except DesignError:
                raise
            except ValueError as error:
                raise DesignError(str(error)) from None
            soldiers = None if found.level is None else _soldiers_in(scenario, one, found.level)
            binds = None if found.low is None else _binding(at[found.low], one)
            minima.append(MinimumForce(one, found, soldiers, binds))
    return minima


def _target(response: str, at_least: float | None, at_most: float | None) -> tuple[int, float]:
    """The sign with which the response grows with troops, and what is good enough."""
    check_response(response)
    if (at_least is None) == (at_most is None):
        raise DesignError("say what is good enough: either at_least (--at-least) or at_most (--at-most)")
    if response in LOWER_IS_BETTER:
        if at_most is None:
            raise DesignError(f"of {response} less is better: say at most how much")
        return -1, at_most
    if at_least is None:
        raise DesignError(f"of {response} more is better: say at least how much")
    return 1, at_least


def _soldiers_in(scenario: Scenario, sector: str, level: int) -> int:
    from sim.contingents import sector_of_contingents, strength_by_contingent

    shares = strength_by_contingent(level, scenario)
    if sector == "all":
        return int(shares.sum())
    index = list(scenario.theatre.sectors).index(sector)
    return int(shares[sector_of_contingents(scenario) == index].sum())


def _binding(results: Results, sector: str) -> tuple[str, float] | None:
    """The task with the smallest share of its demand."""
    means = results.summary()
    mine = means[(means["sector"] == sector) & means["response"].isin(FILLS) & (means["n"] > 0)]
    fills = [(float(mean), str(name)) for name, mean in zip(mine["response"], mine["mean"], strict=True)]
    if not fills:
        return None
    mean, name = min(fills)
    return name, mean
