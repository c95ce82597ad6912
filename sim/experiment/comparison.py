"""A comparison: alternatives that have been run on common random numbers, and the tables that compare them.

A *difference* is taken replication by replication, alternative minus baseline. What an alternative *lost* is the same
with the sign of the response: how much worse it did. The *frontier* has those of which no other lost less for as few
soldier-days.

"Not worse" is said of those for which it is shown, with the confidence that is asked for that none is called so wrongly
(Holm); "worse" of those whose interval, wide enough for all comparisons at once (Bonferroni), lies beyond delta; of the
others nothing is shown. An *endless* pair has a response time that is infinite: it is left out of means, and a policy
with one is never called "not worse".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiment.alternatives import Alternative, aligned, daily, of_alternative
from sim.experiment.points import DesignError
from sim.experiment.precise import Precise
from sim.experiment.spell import days_of_run
from sim.files import write_atomically
from sim.response_list import LOWER_IS_BETTER, RESPONSES, loss_sign

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sim.experiment.results import Results

QUANTILES = (0.1, 0.5, 0.9)
QUESTION = "comparison.json"


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
        Of each scenario; with `days`, of these alone.
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
        Of intervals; that no policy is called "not worse" wrongly; and, of its own, that none is called "worse" so.
    precision
        How precise it is, if a precision was asked for.
    days
        First and last day that are compared; None: the whole run after the warm-up.
    """

    results: tuple[Results, ...]
    alternatives: tuple[Alternative, ...]
    baseline: int
    response: str
    delta: float | None
    also: tuple[str, ...]
    confidence: float
    precision: Precise | None = None
    days: tuple[dt.date, dt.date] | None = None

    @property
    def responses(self) -> tuple[str, ...]:
        """The response that decides, then the others."""
        return (self.response, *(one for one in self.also if one != self.response))

    @property
    def others(self) -> tuple[Alternative, ...]:
        """All but the baseline."""
        return tuple(one for number, one in enumerate(self.alternatives) if number != self.baseline)

    @property
    def complete(self) -> bool:
        """Whether every replication asked for is there."""
        return all(one.complete for one in self.results)

    @property
    def period(self) -> tuple[dt.date, dt.date]:
        """First and last day that are compared."""
        is_held = self.alternatives[0].troops is not None
        return self.days or days_of_run(self.results[0].scenario, is_held=is_held)

    def question(self) -> dict[str, Any]:
        """What is asked, as the tables do not say it: scenarios, baseline, response, delta, days, confidence."""
        first, last = self.period
        return {
            "scenarios": {one.scenario.name: one.scenario.inputs_sha256 for one in self.results},
            "alternatives": [one.label for one in self.alternatives],
            "baseline": self.alternatives[self.baseline].label,
            "response": self.response,
            "unit": RESPONSES[self.response],
            "delta": self.delta,
            "also": list(self.also),
            "troops": self.alternatives[0].troops,
            "first_day": f"{first}",
            "last_day": f"{last}",
            "confidence": self.confidence,
        }

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

        summaries = [one.summary(self.confidence) for one in self.results]
        parts = []
        for one in self.alternatives:
            found = of_alternative(summaries[one.scenario], one, sector)
            wanted = found.set_index("response").reindex(list(self.responses)).rename_axis("response").reset_index()
            units = [RESPONSES[response] for response in self.responses]
            n = wanted["n"].fillna(0).astype("int64")
            parts.append(wanted.assign(alternative=one.label, unit=units, n=n))
        columns = ["alternative", "response", "unit", "n", "mean", "half_width"]
        return pd.concat(parts, ignore_index=True)[columns]

    def quantiles(self, quantiles: Sequence[float] = QUANTILES, sector: str = "all") -> pd.DataFrame:
        """Quantiles over replications of each response of each alternative, with distribution-free intervals.

        Parameters
        ----------
        quantiles : sequence of float
            Shares in (0, 1).
        sector : str
            A sector's key; "all" is the theatre.

        Returns
        -------
        DataFrame
            alternative, response, unit, n, quantile, value, low, high (ends of its interval by itself; infinite where
            n replications cannot bound that side).
        """
        import numpy as np
        import pandas as pd

        from sim.statistics import quantile_interval

        rows = []
        for response in self.responses:
            for one, values in zip(self.alternatives, self.values(response, sector), strict=True):
                there = values[~np.isnan(values)]
                for q in quantiles if there.size else ():
                    found = quantile_interval(there, q, self.confidence)
                    head = one.label, response, RESPONSES[response], found.n
                    rows.append((*head, q, found.value, found.low, found.high))
        columns = ["alternative", "response", "unit", "n", "quantile", "value", "low", "high"]
        return pd.DataFrame(rows, columns=columns)

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
        import pandas as pd

        from sim.statistics import all_pairs, compare_pairs

        rows = []
        for response in self.responses:
            values, endless = self._finite(response, sector)
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

    def variance_ratios(self) -> pd.DataFrame:
        """What common random numbers gave, by response: the variance ratios of the differences from the baseline.

        Returns
        -------
        DataFrame
            response, n (comparisons in which anything varies), lowest, median and highest ratio.
        """
        found = self.differences().dropna(subset=["variance_ratio"])
        groups = found.groupby("response", sort=False)["variance_ratio"]
        return groups.agg(n="count", lowest="min", median="median", highest="max").reset_index()

    def decision(self) -> pd.DataFrame:
        """What is shown of each alternative against the baseline, by the response that decides, in the theatre.

        Returns
        -------
        DataFrame
            alternative, n (pairs), n_endless (pairs left out), difference, simultaneous_half_width, p_not_worse (of the
            hypothesis that it is worse by delta or more, adjusted by Holm; 1 with an endless pair of its own), verdict.

        Raises
        ------
        DesignError
            If no delta says how much worse is still not worse.
        """
        import pandas as pd

        from sim.statistics import compare_pairs, holm

        if self.delta is None:
            raise DesignError("nothing is decided without delta: how much worse is still not worse?")
        values, endless = self._finite(self.response)
        found = compare_pairs(
            values,
            self.baseline,
            confidence=self.confidence,
            delta=self.delta,
            higher_is_better=self.response not in LOWER_IS_BETTER,
        )
        rows = []
        by_itself = [1.0 if endless[one.a].any() else one.p_not_worse for one in found]
        for pair, p in zip(found, holm(by_itself).tolist(), strict=True):
            verdict = Verdict.OPEN
            if p <= 1 - self.confidence:
                verdict = Verdict.NOT_WORSE
            elif loss_sign(self.response) * pair.difference - pair.simultaneous_half_width > self.delta:
                verdict = Verdict.WORSE
            n_endless = int((endless[pair.a] | endless[pair.b]).sum())
            head = self.alternatives[pair.a].label, pair.n, n_endless
            rows.append((*head, pair.difference, pair.simultaneous_half_width, p, str(verdict)))
        columns = "alternative n n_endless difference simultaneous_half_width p_not_worse verdict"
        return pd.DataFrame(rows, columns=columns.split())

    def effort(self) -> pd.DataFrame:
        """What each alternative used, reserves included, what that cost, and what it lost by the deciding response.

        Returns
        -------
        DataFrame
            alternative, n, soldier_days, soldier_days_half_width; cost, cost_half_width, in the currency of the
            comparison, nan without a cost per soldier and day; n_pairs, lost, lost_half_width, in the unit of the
            response, of pairs that are not endless; and is_on_frontier, by the means. Half widths are of intervals by
            themselves. Soldier-days are of the whole run, its warm-up included, or of the days that are compared.
        """
        import numpy as np
        import pandas as pd

        from sim.statistics import Interval, compare_pairs, mean_interval

        said = self.results[0].scenario.comparison
        price = np.nan if said is None or said.cost_per_soldier_day is None else said.cost_per_soldier_day
        values, _ = self._finite(self.response)
        pairs = {pair.a: pair for pair in compare_pairs(values, self.baseline, confidence=self.confidence)}
        rows = []
        for number, one in enumerate(self.alternatives):
            soldiers = self._soldiers(one).sum(axis=1).to_numpy()
            used = mean_interval(soldiers, self.confidence) if len(soldiers) else Interval(0, *[np.nan] * 3)
            cost = used.mean * price, used.half_width * price
            pair = pairs.get(number)
            if pair is not None:
                lost = pair.n, loss_sign(self.response) * pair.difference + 0.0, pair.half_width
            else:
                n_there = int((~np.isnan(values[number])).sum())
                lost = (n_there, 0.0, 0.0) if n_there else (0, np.nan, np.nan)
            rows.append((one.label, used.n, used.mean, used.half_width, *cost, *lost))
        columns = "alternative n soldier_days soldier_days_half_width cost cost_half_width n_pairs lost lost_half_width"
        table = pd.DataFrame(rows, columns=columns.split())
        return table.assign(is_on_frontier=_frontier(table["soldier_days"].to_numpy(), table["lost"].to_numpy()))

    def losses(self, *, block_days: int = 7, sector: str = "all") -> pd.DataFrame:
        """What each alternative lost over time by the deciding response, as means of blocks of days.

        Parameters
        ----------
        block_days : int
            Days of a block, at least 1; a shorter one at the end is left out.
        sector : str
            A sector's key; "all" is the theatre.

        Returns
        -------
        DataFrame
            alternative, date (first of the block), days, n (pairs), lost, half_width (of the interval of each point by
            itself), strength (mean, reserves left out).

        Raises
        ------
        DesignError
            If the response has no daily values.
        """
        import pandas as pd

        from sim.statistics import half_widths

        if self.response not in self.results[0].series:
            raise DesignError(f"{self.response} has no daily values: what is lost over time is not known")
        blocks = [self._blocks(one, self.response, sector, block_days) for one in self.alternatives]
        parts = []
        for one, mine in zip(self.alternatives, blocks, strict=True):
            lost = loss_sign(self.response) * (mine - blocks[self.baseline])
            strength = self._blocks(one, "strength", sector, block_days).mean()
            table = pd.DataFrame({"alternative": one.label, "days": block_days, "n": lost.count(), "lost": lost.mean()})
            parts.append(table.assign(half_width=half_widths(lost, self.confidence), strength=strength))
        return (
            pd.concat(parts)
            .rename_axis("date")
            .reset_index()[["alternative", "date", "days", "n", "lost", "half_width", "strength"]]
        )

    def write(self, directory: str | Path) -> list[Path]:
        """Write the tables to a folder, as `comparison-*.csv`, and return their paths.

        `differences` are those from the baseline, `pairs` those of every pair; `comparison.json` has the question.
        Tables of another comparison in the folder are replaced.

        Raises
        ------
        StoreError
            If one cannot be written.
        """
        from sim.store import StoreError

        frames = {
            "means": self.means(),
            "quantiles": self.quantiles(),
            "differences": self.differences(),
            "pairs": self.differences(every_pair=True),
            "variance-ratios": self.variance_ratios(),
            "effort": self.effort(),
        }
        if self.delta is not None:
            frames["decision"] = self.decision()
        files = {f"comparison-{name}.csv": one.to_csv(index=False, lineterminator="\n") for name, one in frames.items()}
        files[QUESTION] = json.dumps(self.question(), indent=2) + "\n"
        paths = [Path(directory) / name for name in files]
        try:
            for path, text in zip(paths, files.values(), strict=True):
                write_atomically(path, text.encode())
            for old in set(Path(directory).glob("comparison-*.csv")).difference(paths):
                old.unlink()
        except OSError as error:
            raise StoreError(f"cannot write {error.filename or directory}: {error.strerror or error}") from error
        return paths

    def _finite(self, response: str, sector: str = "all") -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Values with nan for those that are infinite, and where these are."""
        import numpy as np

        values = self.values(response, sector)
        endless = np.isinf(values)
        return np.where(endless, np.nan, values), endless

    def _soldiers(self, one: Alternative) -> pd.DataFrame:
        results = self.results[one.scenario]
        soldiers = daily(results, one, "strength")
        return soldiers + daily(results, one, "reserves") if "reserves" in results.series else soldiers

    def _blocks(self, one: Alternative, column: str, sector: str, block_days: int) -> pd.DataFrame:
        """Means of blocks of days after the warm-up: a row a replication, a column the first day of a block."""
        import numpy as np
        import pandas as pd

        results = self.results[one.scenario]
        table = daily(results, one, column, sector)
        dates = pd.DatetimeIndex(table.columns)
        begins = pd.Timestamp(results.scenario.horizon.start) + pd.Timedelta(hours=results.scenario.warm_up_h).ceil("D")
        first = int((dates < begins).sum())
        n_days = (len(dates) - first) // block_days * block_days
        means = table.iloc[:, first : first + n_days].T.groupby(np.arange(n_days) // block_days).mean().T
        return means.set_axis(dates[first : first + n_days : block_days], axis=1)


def _frontier(used: NDArray[np.float64], lost: NDArray[np.float64]) -> list[bool]:
    """Of which no other used as little and lost as little, and one of the two less."""
    import numpy as np

    at_most = (used[None, :] <= used[:, None]) & (lost[None, :] <= lost[:, None])
    less = (used[None, :] < used[:, None]) | (lost[None, :] < lost[:, None])
    is_beaten = (at_most & less).any(axis=1) | np.isnan(lost) | np.isnan(used)
    return [bool(one) for one in ~is_beaten]
