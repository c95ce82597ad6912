"""Responses of some days of a run instead of all of it, taken from its daily series."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.experiment import tables
from sim.experiment.points import DesignError
from sim.response_list import OF_THE_RUN, RESPONSES

if TYPE_CHECKING:
    from sim.experiment.results import Results
    from sim.scenario.schema import Scenario

HOURS_PER_DAY = 24
_WEIGHTS = {
    "response_within_target": "incidents_per_day",
    "contained_share": "incidents_per_day",
    "unanswered_share": "incidents_per_day",
    "patrol_fill": "patrols_tasked",
    "site_guard_fill": "sites_kfor",
}
"""What a share of a varying number is weighted by, day by day."""
WITHOUT_DAYS = (
    *OF_THE_RUN,
    "vehicle_wait_min",
    "vehicles_checked_share",
    "checkpoint_wait_min",
    "crossing_wait_min",
    "troops_to_task",
    "utilisation",
    "duty_h_per_soldier_week",
)
"""Responses that are not to be had from daily values: the series lacks what these are shares or means of."""


def over_days(results: Results, first_day: dt.date, last_day: dt.date) -> Results:
    """The same results with the responses of some days.

    Parameters
    ----------
    results : Results
        Of any experiment.
    first_day, last_day : date
        The days, both included; none of the warm-up.

    Returns
    -------
    Results
        Its responses are means of daily values over the days that have one; shares of incidents, of tours and of
        guarded sites are weighted by their number of the day. Those that are not to be had from daily values are left
        out: percentiles, peaks, counts of days, what vehicles wait, and what sections do of their time.
        `response_times` and `expected`, which are of the whole run, are empty.

    Raises
    ------
    DesignError
        If the days are not all in the run of every design point, after its warm-up.

    Examples
    --------
    >>> import datetime as dt
    >>> riots = over_days(results, dt.date(2004, 3, 17), dt.date(2004, 3, 19))  # doctest: +SKIP
    """
    import numpy as np
    import pandas as pd

    series, scenario = results.series, results.scenario
    check_days(scenario, first_day, last_day, is_held=bool(series["troops"].notna().any()))
    series = series[series["date"].between(pd.Timestamp(first_day), pd.Timestamp(last_day))]
    keys = ["scenario", "policy", "troops", "replication", "sector"]
    names = [name for name in RESPONSES if name in series and name not in WITHOUT_DAYS]
    values = series[names]
    weights = pd.DataFrame(
        {name: series[_WEIGHTS[name]] if name in _WEIGHTS else 1.0 for name in names}, index=series.index
    ).where(values.notna(), 0.0)
    by = [series[key] for key in keys]
    totals = (values * weights).groupby(by, dropna=False, sort=False).sum()
    weight = weights.groupby(by, dropna=False, sort=False).sum()
    means = totals.div(weight.where(weight > 0, np.nan))
    long = means.reset_index().melt(keys, names, "response", "value")
    long["unit"] = long["response"].map(RESPONSES)
    ranks = {
        "policy": list(scenario.policy),
        "sector": [*scenario.theatre.sectors, "all"],
        "response": names,
    }
    order = pd.DataFrame({key: long[key].map({name: i for i, name in enumerate(of)}) for key, of in ranks.items()})
    order = order.assign(troops=long["troops"], replication=long["replication"])
    place = order.sort_values(["policy", "troops", "replication", "sector", "response"], na_position="first").index
    return replace(
        results,
        responses=tables.typed(long.loc[place, list(tables.RESPONSES)].reset_index(drop=True)),
        series=series.reset_index(drop=True),
        response_times=results.response_times.iloc[:0],
        expected=results.expected.iloc[:0],
    )


def check_days(scenario: Scenario, first_day: dt.date, last_day: dt.date, *, is_held: bool) -> None:
    """Refuse days that are not all in a run, after its warm-up.

    Parameters
    ----------
    scenario : Scenario
        Of the run.
    first_day, last_day : date
        The days, both included.
    is_held : bool
        Whether the run is one at a troop level, which is as long as the sweep.

    Raises
    ------
    DesignError
        If they are not.
    """
    earliest, latest = days_of_run(scenario, is_held=is_held)
    if last_day < first_day:
        raise DesignError(f"no days from {first_day} to {last_day}: the last is before the first")
    for day in (first_day, last_day):
        if not earliest <= day <= latest:
            raise DesignError(f"{day} is not to be had: the run has the days {earliest} to {latest}, after its warm-up")


def days_of_run(scenario: Scenario, *, is_held: bool) -> tuple[dt.date, dt.date]:
    """First and last day of a run after its warm-up.

    Parameters
    ----------
    scenario : Scenario
        Of the run.
    is_held : bool
        Whether the run is one at a troop level, which is as long as the sweep.
    """
    n_days = (scenario.horizon.end - scenario.horizon.start).days
    if is_held:
        n_days = min(n_days, math.floor(scenario.warm_up_h / HOURS_PER_DAY + scenario.experiment.sweep_days))
    earliest = scenario.horizon.start + dt.timedelta(days=math.ceil(scenario.warm_up_h / HOURS_PER_DAY))
    return earliest, scenario.horizon.start + dt.timedelta(days=n_days - 1)
