"""Tables behind the figures: what is drawn, and nothing else, as pure functions of results.

A *level* is a troop level of the sweep; a *block* is the days that one point of a timeline averages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.statistics import band, summarise

if TYPE_CHECKING:
    import datetime as dt

    from sim.experiment import Results
    from sim.scenario.schema import Scenario

THEATRE = "all"
HOURS_PER_DAY = 24
MEDIAN_STRENGTH = "median_strength"
LEAST_N_OF_INTERVALS = 3


@dataclass(frozen=True, slots=True)
class Handover:
    """The sites that pass to the police on one day."""

    date: dt.date
    names: tuple[str, ...]


def choose_policy(results: Results, policy: str | None, *, is_sweep: bool) -> str:
    """The policy asked for, or the first of those there are, in the scenario's order.

    Raises
    ------
    ValueError
        If the results have no such runs.
    """
    there = policies(results, is_sweep=is_sweep)
    runs = "at troop levels" if is_sweep else "at the policy's own strength"
    if not there:
        raise ValueError(f"the results hold no run {runs}")
    if policy is None:
        return there[0]
    if policy not in there:
        raise ValueError(f"policy is {policy!r}; allowed, since they have runs {runs}: {', '.join(there)}")
    return policy


def policies(results: Results, *, is_sweep: bool) -> list[str]:
    """Policies with runs at troop levels, or at their own strength, in the scenario's order."""
    responses = results.responses
    found = set(responses.loc[responses["troops"].notna() == is_sweep, "policy"].unique())
    return [policy for policy in results.scenario.policy if policy in found]


def check_sector(results: Results, sector: str) -> None:
    """Refuse a sector that the theatre does not have.

    Raises
    ------
    ValueError
        If there is none.
    """
    known = [*results.scenario.theatre.sectors, THEATRE]
    if sector not in known:
        raise ValueError(f"sector is {sector!r}; allowed: {', '.join(known)}")


def sector_name(scenario: Scenario, sector: str) -> str:
    """The sector's full name; the theatre's is "Whole theatre"."""
    return "Whole theatre" if sector == THEATRE else scenario.theatre.sectors[sector].name


def sweep_table(results: Results, policy: str, sectors: Iterable[str], responses: Sequence[str]) -> pd.DataFrame:
    """Responses by troop level: a row a sector, response and level, levels ascending.

    Returns
    -------
    DataFrame
        scenario, policy, troops, sector, response, unit, n, mean, half_width, confidence, as `Results.summary()` has
        them, then lowest and highest replication and the expected value of theory (nan where there is none). Without
        the responses that have no demand at any level.
    """
    rows = results.responses
    rows = rows[(rows["policy"] == policy) & rows["troops"].notna() & rows["response"].isin(responses)]
    keys = ["sector", "response", "troops"]
    extremes = rows.groupby(keys, as_index=False)["value"].agg(lowest="min", highest="max")
    theory = results.expected.loc[results.expected["policy"] == policy, [*keys, "value"]]
    table = summarise(rows, results.scenario.experiment.confidence).merge(extremes, on=keys, how="left")
    table = table.merge(theory.rename(columns={"value": "expected"}), on=keys, how="left")
    asked = table.groupby(["sector", "response"])["n"].transform("sum") > 0
    rank = {sector: i for i, sector in enumerate(sectors)}
    place = {response: i for i, response in enumerate(responses)}
    table = table[table["sector"].isin(rank) & asked]
    order = pd.DataFrame(
        {"sector": table["sector"].map(rank), "response": table["response"].map(place), "troops": table["troops"]}
    )
    return table.loc[order.sort_values(keys).index].reset_index(drop=True)


def marks_between(scenario: Scenario, lowest: float, highest: float) -> list[tuple[str, int, str]]:
    """Key, troops and label of the marks from lowest to highest troop level, ascending."""
    marks = [
        (key, mark.troops, f"{mark.label}  {mark.troops:,}")
        for key, mark in scenario.marks.items()
        if lowest <= mark.troops <= highest
    ]
    return sorted(marks, key=lambda mark: mark[1])


def block_days(n_days: int) -> int:
    """Days that a point of a timeline averages: 1, or 7 when there are more than a line can show."""
    return 1 if n_days <= 120 else 7


def daily_table(
    results: Results,
    policy: str,
    sector: str,
    columns: Sequence[str],
    *,
    first_day: int = 0,
    days: int = 1,
    weight: str | None = None,
) -> pd.DataFrame:
    """Daily values of a policy at its own strength, or means of blocks of days, over replications.

    The mean over a block is taken in each replication before the interval is, so the band is that of the block's mean.

    Parameters
    ----------
    results : Results
        With timeline runs.
    policy, sector : str
        Which.
    columns : sequence of str
        Columns of the series.
    first_day : int
        Days cut off at the beginning.
    days : int
        Days of a block; a shorter one at the end is left out.
    weight : str, optional
        Column by which the days of a block are weighted: for shares of what came in numbers that differ by day.

    Returns
    -------
    DataFrame
        scenario, policy, sector, date (first of the block), days, response, n, mean, half_width, confidence, lowest,
        highest; without responses that never have a value.
    """
    series = results.series
    series = series[(series["policy"] == policy) & series["troops"].isna() & (series["sector"] == sector)]
    start = pd.Timestamp(results.scenario.horizon.start)
    day = (series["date"] - start).dt.days.to_numpy() - first_day
    block = day // days
    kept = (day >= 0) & (block < (int(day.max(initial=-1)) + 1) // days)
    keys = ["scenario", "policy", "troops", "sector", "replication", "date"]
    first = start + pd.to_timedelta(first_day + block * days, unit="D")
    series = series.assign(date=first)[kept]
    if weight is None:
        means = series.groupby(keys, dropna=False, sort=False, as_index=False)[list(columns)].mean()
    else:
        means = _weighted_means(series, keys, columns, weight)
    parts = []
    for column in columns:
        if not means[column].notna().any():
            continue
        table = band(means, column, results.scenario.experiment.confidence)
        extremes = means.groupby("date", as_index=False)[column].agg(lowest="min", highest="max")
        parts.append(table.merge(extremes, on="date").assign(days=days, response=column))
    names = "scenario policy sector date days response n mean half_width confidence lowest highest".split()
    return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)


def strength_table(results: Results, policy: str, sector: str) -> pd.DataFrame:
    """Strength by day as :func:`daily_table` has it, and where replications differ their median of each day too.

    Its response is `MEDIAN_STRENGTH`, and its `mean` that median, of two the lower, so that a replication has it: the
    mean of replications that step on different days is a strength that none has.
    """
    table = daily_table(results, policy, sector, ["strength"])
    if not (table["highest"] > table["lowest"]).any():
        return table
    series = results.series
    series = series[(series["policy"] == policy) & series["troops"].isna() & (series["sector"] == sector)]
    median = series.groupby("date")["strength"].quantile(0.5, interpolation="lower")
    rows = table.assign(response=MEDIAN_STRENGTH, mean=table["date"].map(median), half_width=np.nan)
    return pd.concat([table, rows], ignore_index=True)


def _weighted_means(series: pd.DataFrame, keys: list[str], columns: Sequence[str], weight: str) -> pd.DataFrame:
    """Means by group, weighted, over the days on which there is a value; nan where they weigh nothing."""
    weights = series[list(columns)].notna().mul(series[weight], axis=0)
    by = [series[key] for key in keys]
    sums = (series[list(columns)] * weights).groupby(by, dropna=False, sort=False).sum()
    total = weights.groupby(by, dropna=False, sort=False).sum()
    return (sums / total.where(total > 0)).reset_index()


def handovers(scenario: Scenario, policy: str, sector: str) -> list[Handover]:
    """Days on which named sites of a sector pass to the police, in order."""
    theatre = scenario.theatre
    by_date: dict[dt.date, list[str]] = {}
    for key, date in sorted(scenario.policy[policy].unfixing.items(), key=lambda item: item[1]):
        site = theatre.named_sites[key]
        if sector in (THEATRE, theatre.municipalities[site.municipality].sector) and in_horizon(scenario, date):
            by_date.setdefault(date, []).append(site.name)
    return [Handover(date, tuple(names)) for date, names in by_date.items()]


def in_horizon(scenario: Scenario, date: dt.date) -> bool:
    """Whether a day is simulated."""
    return scenario.horizon.start <= date < scenario.horizon.end


def strength_words(strength: int, sector: str) -> str:
    """A strength of the whole force, said to be that where a sector is shown."""
    return f"{strength:,}" if sector == THEATRE else f"{strength:,} in all"


def warm_up_days(scenario: Scenario) -> int:
    """Whole days that the warm-up touches."""
    return math.ceil(scenario.warm_up_h / HOURS_PER_DAY)


def notes(results: Results, policy: str, n: Iterable[int], *, is_sweep: bool) -> list[str]:
    """How many replications the figure rests on, and how many of those asked for it lacks."""
    short = [
        int(((table["policy"] == policy) & (table["troops"].notna() == is_sweep)).sum())
        for table in (results.failures, results.missing)
    ]
    words = [f"n = {count_words(n)}" + (" at each level" if is_sweep else "")]
    return words + [
        f"{n_short} replications {why}" for n_short, why in zip(short, ("failed", "missing"), strict=True) if n_short
    ]


def with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """The table with half widths only where an interval tells more than the replications: from three of them on.

    Of two, the 95 % interval is 12.7 times as wide as they are apart, and would fill the figure.
    """
    return table.assign(half_width=table["half_width"].where(table["n"] >= LEAST_N_OF_INTERVALS))


def n_in_key(table: pd.DataFrame) -> str:
    """How many replications, for the key, with why some means have no interval."""
    n = table.loc[table["n"] > 0, "n"]
    is_said = n.max() > 1 and n.min() < LEAST_N_OF_INTERVALS
    return count_words(n) + (f" (no interval below {LEAST_N_OF_INTERVALS})" if is_said else "")


def is_seen(lengths: pd.Series[float], axis_in: float, width_pt: float) -> bool:
    """Whether any length [share of an axis so long, in] from a point shows beside a line or marker so wide [pt]."""
    return bool((lengths * axis_in * 72 > width_pt / 2).any())


def count_words(n: Iterable[int]) -> str:
    """How many replications, as "4" or "3 to 4"; means of none are not counted."""
    counts = np.unique([int(one) for one in n if one > 0])
    return f"{counts[0]}" if counts.size == 1 else f"{counts[0]} to {counts[-1]}"
