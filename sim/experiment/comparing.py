"""Comparing policies: the same world for each, differences pair by pair, and a decision that can be defended.

The question of a drawdown is whether a policy is *not worse* than the *baseline* by *delta* or more. "Not worse" is
said of those for which it is shown, all of them together with the confidence that is asked for (Holm); "worse" of those
whose interval, wide enough for all comparisons at once (Bonferroni), lies beyond delta; of the others nothing is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.alternatives import Alternative, aligned, alternatives_of, daily, of_alternative
from sim.experiment.points import DesignError, as_asked, check_response
from sim.experiment.precise import Precise, run_precisely
from sim.experiment.running import Progress
from sim.files import write_atomically
from sim.response_list import LOWER_IS_BETTER, RESPONSES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sim.engines import Engine
    from sim.experiment.results import Results
    from sim.scenario.schema import Scenario


class Verdict(StrEnum):
    """What is shown of a policy against the baseline."""

    NOT_WORSE = "not worse"
    WORSE = "worse"
    OPEN = "not shown"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Alternatives that have been run, and how they are compared.

    Attributes
    ----------
    results
        Of each scenario.
    alternatives
        What is compared.
    baseline
        Number of the one that the others are compared with.
    response
        The response that decides.
    delta
        How much worse is still not worse, in its unit; None: nothing is decided.
    also
        Other responses.
    confidence
        Of intervals, and of all decisions together.
    precision
        How precise it is, if a precision was asked for.
    """

    results: tuple[Results, ...]
    alternatives: tuple[Alternative, ...]
    baseline: int
    response: str
    delta: float | None
    also: tuple[str, ...]
    confidence: float
    precision: Precise | None = None

    @property
    def responses(self) -> tuple[str, ...]:
        """The response that decides, then the others."""
        return (self.response, *(one for one in self.also if one != self.response))

    @property
    def complete(self) -> bool:
        """Whether every replication asked for is there."""
        return all(one.complete for one in self.results)

    def values(self, response: str, sector: str = "all") -> NDArray[np.float64]:
        """Values by alternative and replication, shape (alternatives, n); nan where there is none."""
        return aligned(self.results, self.alternatives, response, sector)

    def means(self, sector: str = "all") -> pd.DataFrame:
        """Mean of each response of each alternative.

        Returns
        -------
        DataFrame
            alternative, response, unit, n, mean, half_width (of the interval by itself). A response time that is
            infinite in a replication makes the mean infinite.
        """
        import pandas as pd

        parts = []
        for one in self.alternatives:
            found = of_alternative(self.results[one.scenario].summary(self.confidence), one, sector)
            wanted = found.set_index("response").loc[list(self.responses)].reset_index()
            parts.append(wanted.assign(alternative=one.label))
        columns = ["alternative", "response", "unit", "n", "mean", "half_width"]
        return pd.concat(parts, ignore_index=True)[columns]

    def differences(self, sector: str = "all", *, every_pair: bool = False) -> pd.DataFrame:
        """Paired differences of each response, against the baseline or of every pair.

        Returns
        -------
        DataFrame
            response, unit, alternative, other, n (pairs), n_endless (pairs left out because a response time in them is
            infinite), difference (alternative - other), half_width (of the interval by itself),
            simultaneous_half_width (of intervals that hold together for all comparisons of the response),
            variance_ratio (how many times more replications independent random numbers would take).
        """
        import numpy as np
        import pandas as pd

        from sim.statistics import all_pairs, compare_pairs

        rows = []
        for response in self.responses:
            values = self.values(response, sector)
            endless = np.isinf(values)
            values[endless] = np.nan
            if every_pair:
                found = all_pairs(values, self.confidence)
            else:
                found = compare_pairs(values, self.baseline, confidence=self.confidence)
            for pair in found:
                n_endless = int((endless[pair.a] | endless[pair.b]).sum())
                names = self.alternatives[pair.a].label, self.alternatives[pair.b].label
                half_widths = pair.half_width, pair.simultaneous_half_width
                head = response, RESPONSES[response], *names, pair.n, n_endless
                rows.append((*head, pair.difference, *half_widths, pair.variance_ratio))
        columns = "response unit alternative other n n_endless difference half_width simultaneous_half_width"
        return pd.DataFrame(rows, columns=[*columns.split(), "variance_ratio"])

    def decision(self) -> pd.DataFrame:
        """What is shown of each alternative against the baseline, by the response that decides, in the theatre.

        Returns
        -------
        DataFrame
            alternative, n, difference, simultaneous_half_width, p_not_worse (adjusted by Holm), verdict.

        Raises
        ------
        DesignError
            If no delta says how much worse is still not worse.
        """
        import pandas as pd

        from sim.statistics import compare_pairs, holm

        if self.delta is None:
            raise DesignError("nothing is decided without delta: how much worse is still not worse?")
        is_higher_better = self.response not in LOWER_IS_BETTER
        found = compare_pairs(
            self.values(self.response),
            self.baseline,
            confidence=self.confidence,
            delta=self.delta,
            higher_is_better=is_higher_better,
        )
        rows = []
        for pair, p in zip(found, holm([one.p_not_worse for one in found]).tolist(), strict=True):
            gain = pair.difference if is_higher_better else -pair.difference
            verdict = Verdict.OPEN
            if p <= 1 - self.confidence:
                verdict = Verdict.NOT_WORSE
            elif gain + pair.simultaneous_half_width < -self.delta:
                verdict = Verdict.WORSE
            label = self.alternatives[pair.a].label
            rows.append((label, pair.n, pair.difference, pair.simultaneous_half_width, p, str(verdict)))
        columns = ["alternative", "n", "difference", "simultaneous_half_width", "p_not_worse", "verdict"]
        return pd.DataFrame(rows, columns=columns)

    def effort(self) -> pd.DataFrame:
        """What each alternative used, over the whole run, reserves included, and what that cost.

        Returns
        -------
        DataFrame
            alternative, n, soldier_days and its half_width; cost and its half_width, in the currency of the
            comparison, nan without a cost per soldier and day.
        """
        import pandas as pd

        from sim.statistics import mean_interval

        comparison = self.results[0].scenario.comparison
        price = float("nan") if comparison is None else comparison.cost_per_soldier_day
        price = float("nan") if price is None else price
        rows = []
        for one in self.alternatives:
            results = self.results[one.scenario]
            soldiers = daily(results, one, "strength")
            if "reserves" in results.series:
                soldiers = soldiers + daily(results, one, "reserves")
            found = mean_interval(soldiers.sum(axis=1).to_numpy(), self.confidence)
            cost = found.mean * price, found.half_width * price
            rows.append((one.label, found.n, found.mean, found.half_width, *cost))
        columns = ["alternative", "n", "soldier_days", "half_width", "cost", "cost_half_width"]
        return pd.DataFrame(rows, columns=columns)

    def write(self, directory: str | Path) -> list[Path]:
        """Write the tables to a folder, as `comparison-*.csv`, and return their paths.

        `differences` are those from the baseline, `pairs` those of every pair.

        Raises
        ------
        StoreError
            If one cannot be written.
        """
        from sim.store import StoreError

        frames = {
            "means": self.means(),
            "differences": self.differences(),
            "pairs": self.differences(every_pair=True),
            "effort": self.effort(),
        }
        if self.delta is not None:
            frames["decision"] = self.decision()
        paths = []
        for name, frame in frames.items():
            path = Path(directory) / f"comparison-{name}.csv"
            try:
                write_atomically(path, frame.to_csv(index=False, lineterminator="\n").encode())
            except OSError as error:
                raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
            paths.append(path)
        return paths


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
        How much worse is still not worse, in the response's unit; nothing is decided if nothing says it.
    response : str, optional
        The response that decides; `coverage` if nothing says it.
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
        Of intervals and of all decisions together, in (0, 1).
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
    first = given[0].experiment
    scenarios = [
        as_asked(
            one,
            troops=[] if troops is None else [troops],
            replications=first.replications if replications is None else replications,
            policies=policies,
            seed=first.seed if seed is None else seed,
            timeline=troops is None,
        )
        for one in given
    ]
    alternatives = alternatives_of(scenarios, troops)
    said = scenarios[0].comparison
    chosen = _number_of(baseline if baseline is not None or said is None else said.baseline, alternatives)
    decides = response or (said.response if said else "coverage")
    others = tuple(also) if also is not None else tuple(said.also) if said else ()
    for name in (decides, *others):
        check_response(name)
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
    return Comparison(
        tuple(results),
        tuple(alternatives),
        chosen,
        decides,
        delta if delta is not None or said is None else said.delta,
        others,
        first.confidence if confidence is None else confidence,
        precision,
    )


def _number_of(baseline: str | None, alternatives: Sequence[Alternative]) -> int:
    """The alternative meant; with several scenarios a policy's key alone means that of the first."""
    if baseline is None:
        return 0
    for number, one in enumerate(alternatives):
        if baseline in (one.label, one.policy):
            return number
    raise DesignError(f"no baseline {baseline!r}; allowed: {', '.join(one.label for one in alternatives)}")
