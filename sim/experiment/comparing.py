"""Comparing policies: the same world for each, and differences pair by pair.

The question of a drawdown is whether a policy is *not worse* than the *baseline* by *delta* or more; what is answered,
and how, says :mod:`sim.experiment.comparison`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.alternatives import Alternative, alternatives_of
from sim.experiment.comparison import Comparison
from sim.experiment.points import DesignError, as_asked, check_response, nearest
from sim.experiment.precise import run_precisely
from sim.experiment.running import Progress
from sim.experiment.spell import WITHOUT_DAYS, check_days, over_days
from sim.response_list import NEITHER_IS_BETTER, RESPONSES

if TYPE_CHECKING:
    from sim.engines import Engine
    from sim.scenario.schema import Scenario


def compare(
    study: Scenario | Sequence[Scenario],
    *,
    baseline: str | None = None,
    delta: float | None = None,
    response: str | None = None,
    also: Iterable[str] | None = None,
    policies: Iterable[str] | None = None,
    troops: int | None = None,
    replications: int | None = None,
    seed: int | None = None,
    confidence: float | None = None,
    days: tuple[dt.date, dt.date] | None = None,
    workers: int | None = 1,
    engine: str | Engine | None = None,
    execution: str = "table",
    out: str | Path | None = None,
    settings: Sequence[str] = (),
    progress: Progress | None = None,
) -> Comparison:
    """Run the policies of one or more scenarios on common random numbers, and compare them pair by pair.

    Parameters
    ----------
    study : Scenario or sequence of Scenario
        What is left out below is said by the `comparison` and `experiment` of the first.
    baseline : str, optional
        Policy, `file:policy` or file that the others are compared with; the first of all if nothing says it.
    delta : float, optional
        How much worse is still not worse, in the response's unit, at least 0; nothing is decided if nothing says it.
    response : str, optional
        The response that decides; `coverage` if nothing says it. What a scenario says of delta is of its own response.
    also : iterable of str, optional
        Other responses.
    policies : iterable of str, optional
        Policies to compare.
    troops : int, optional
        Compare at this troop level [soldiers], instead of at the policies' own strengths.
    replications : int, optional
        Exactly so many, whatever precision the experiment asks for.
    seed : int, optional
        Root of every random stream, for all scenarios; the first scenario's if left out.
    confidence : float, optional
        Of intervals and of each kind of verdict, in (0, 1); the first scenario's if left out.
    days : tuple of date, optional
        First and last day to compare, both included, by means of daily values (:func:`over_days`); the whole run after
        its warm-up if left out. Precision is of the whole run all the same.
    workers, engine, execution, settings, progress
        As for :func:`sim.run`.
    out : str or Path, optional
        Folder to keep the results in; of several scenarios each has a folder in it.

    Returns
    -------
    Comparison
        Failed replications are missing in it; `complete` tells.

    Raises
    ------
    DesignError
        If there is nothing to compare, or what is asked for is unknown or out of bounds.
    EngineError, StoreError, Interrupted
        As :func:`sim.run`.

    Examples
    --------
    >>> import sim
    >>> study = sim.load("scenarios/studies/drawdown-policies.toml")  # doctest: +SKIP
    >>> sim.compare(study, workers=None).decision()  # doctest: +SKIP
    """
    given = [study] if not isinstance(study, Sequence) else list(study)
    if not given:
        raise DesignError("nothing to compare: no scenario is given")
    if confidence is not None and not 0 < confidence < 1:
        raise DesignError(f"confidence is {confidence}; allowed: between 0 and 1")
    first = given[0].experiment
    scenarios = [
        as_asked(
            one,
            troops=[] if troops is None else [troops],
            replications=first.replications if replications is None else replications,
            policies=[policies] if isinstance(policies, str) else policies,
            seed=first.seed if seed is None else seed,
            timeline=troops is None,
        )
        for one in given
    ]
    alternatives = alternatives_of(scenarios, troops)
    said = scenarios[0].comparison
    if baseline is None and said is not None and said.baseline not in (one.policy for one in alternatives):
        raise DesignError(
            f"the baseline of {scenarios[0].name} is {said.baseline}, which is not among what is compared: "
            "add it, or name another baseline"
        )
    chosen = _number_of(baseline if baseline is not None or said is None else said.baseline, alternatives)
    decides = response or (said.response if said else "coverage")
    if delta is None and said is not None and decides == said.response:
        delta = said.delta
    others = tuple([also] if isinstance(also, str) else also) if also is not None else tuple(said.also) if said else ()
    for name in (decides, *others):
        check_response(name)
    _check_delta(delta, decides)
    spell = days or (said.days if said is not None and troops is None else None)
    if spell is not None:
        for one in scenarios:
            check_days(one, *spell, is_held=troops is not None)
        if lacking := [name for name in (decides, *others) if name in WITHOUT_DAYS]:
            raise DesignError(f"{' and '.join(lacking)}: not to be had for some days, only for the whole run")
    results, precision = run_precisely(
        scenarios,
        alternatives,
        chosen,
        exactly=replications is not None,
        workers=workers,
        engine=engine,
        execution=execution,
        out=out,
        settings=settings,
        progress=progress,
    )
    if spell is not None:
        results = [over_days(one, *spell) for one in results]
    return Comparison(
        tuple(results),
        tuple(alternatives),
        chosen,
        decides,
        delta,
        others,
        first.confidence if confidence is None else confidence,
        precision,
        spell,
    )


def _check_delta(delta: float | None, response: str) -> None:
    """Refuse a delta that is no size of a difference of the response, in its unit."""
    if delta is None:
        return
    if not 0 <= delta < float("inf"):
        raise DesignError(f"delta is {delta}: how much worse is still not worse must be 0 or more")
    if response in NEITHER_IS_BETTER:
        raise DesignError(f"of {response} neither more nor less is better: nothing is worse by a delta of it")
    if RESPONSES[response] == "share" and delta >= 1:
        hint = f"; did you mean {delta / 100:g}?" if delta <= 100 else ""
        raise DesignError(f"delta is {delta:g}, but {response} is a share, between 0 and 1{hint}")


def _number_of(baseline: str | None, alternatives: Sequence[Alternative]) -> int:
    """The alternative meant; with several scenarios a policy's key alone means that of the first."""
    if baseline is None:
        return 0
    for number, one in enumerate(alternatives):
        if baseline in (one.label, one.policy):
            return number
    labels = [one.label for one in alternatives]
    raise DesignError(f"no baseline {baseline!r}; allowed: {', '.join(labels)}{nearest(baseline, labels)}")
