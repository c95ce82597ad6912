"""Responses of some days: of all days they are those of the run; of a few, plain means of these days."""

from __future__ import annotations

import datetime as dt
import functools

import numpy as np
import pandas as pd
import pytest

from sim.experiment import DesignError, Results, compare, over_days, run
from sim.experiment.spell import WITHOUT_DAYS
from sim.scenario import Scenario, load
from tests.scenarios import FOLDER, shipped

RIOTS = (dt.date(2004, 3, 17), dt.date(2004, 3, 19))


@functools.cache
def riots() -> Results:
    return run(shipped("kfor-2004-riots", horizon__end=dt.date(2004, 5, 20)), troops=None, replications=2)


def timeline_only(results: Results) -> Results:
    return results.only([key for key in results.finished() if key[1] is None])


def by_key(results: Results) -> pd.DataFrame:
    return results.responses.pivot_table(
        index=["policy", "sector", "replication"], columns="response", values="value", dropna=False
    )


def values_of(results: Results, policy: str, sector: str, replication: int) -> dict[str, float]:
    rows = results.responses
    mine = rows[(rows["policy"] == policy) & (rows["sector"] == sector) & (rows["replication"] == replication)]
    return dict(zip(mine["response"], mine["value"], strict=True))


def test_all_days_give_the_responses_of_the_run() -> None:
    results = timeline_only(riots())
    horizon = results.scenario.horizon
    first = horizon.start + dt.timedelta(hours=horizon.warm_up_h)
    assert horizon.warm_up_h % 24 == 0
    whole = by_key(over_days(results, first, horizon.end - dt.timedelta(days=1)))
    run_itself = by_key(results)
    exact = [
        "incidents_per_day",
        "escalations",
        "contained_share",
        "unanswered_share",
        "patrols_per_day",
        "patrol_coverage",
        "reserve_fill",
        "called_out_patrols_h_per_day",
    ]
    for name in exact:
        np.testing.assert_allclose(whole[name], run_itself[name], rtol=1e-9, atol=1e-12, err_msg=name)
    # Judged are incidents that were due before the end: their number of a day is not in the series.
    np.testing.assert_allclose(whole["response_within_target"], run_itself["response_within_target"], atol=0.005)
    assert not set(whole.columns) & set(WITHOUT_DAYS)


def test_all_days_of_a_drawdown_give_the_responses_of_the_run() -> None:
    """Sites pass to the police and strength falls, so that days differ in what they weigh."""
    results = timeline_only(run(shipped("kfor-gates", experiment__troops=[]), replications=1))
    scenario = results.scenario
    first = scenario.horizon.start + dt.timedelta(hours=scenario.horizon.warm_up_h)
    whole, run_itself = by_key(over_days(results, first, scenario.horizon.end - dt.timedelta(days=1))), by_key(results)
    for name in whole.columns:
        np.testing.assert_allclose(whole[name], run_itself[name], rtol=1e-9, atol=1e-12, err_msg=name)
    assert {"coverage", "site_guard_fill", "checkpoint_fill", "patrol_fill"} <= set(whole.columns)


def test_a_few_days_are_their_means() -> None:
    results = timeline_only(riots())
    found = over_days(results, *RIOTS)
    days = results.series[results.series["date"].between(pd.Timestamp(RIOTS[0]), pd.Timestamp(RIOTS[1]))]
    one = days[(days["sector"] == "all") & (days["replication"] == 1)]
    assert len(one) == 3
    row = values_of(found, one["policy"].iloc[0], "all", 1)
    assert row["coverage"] == pytest.approx(one["coverage"].mean())
    assert row["incidents_per_day"] == pytest.approx(one["incidents_per_day"].mean())
    weighted = np.average(one["response_within_target"], weights=one["incidents_per_day"])
    assert row["response_within_target"] == pytest.approx(weighted)
    assert weighted != pytest.approx(one["response_within_target"].mean()), "else weights decide nothing"
    assert len(found.series) == len(days)


def test_rows_stand_in_the_order_of_all_results() -> None:
    results = timeline_only(riots())
    found = over_days(results, *RIOTS).responses
    before = results.responses[~results.responses["response"].isin(WITHOUT_DAYS)].reset_index(drop=True)
    keys = ["policy", "replication", "sector", "response"]
    measured = before[before["response"].isin(set(found["response"]))].reset_index(drop=True)
    pd.testing.assert_frame_equal(found[keys], measured[keys])
    assert list(found.columns) == list(results.responses.columns)
    assert (found["unit"] == measured["unit"]).all()


def test_a_day_without_incidents_weighs_nothing() -> None:
    results = timeline_only(riots())
    series = results.series
    begins = pd.Timestamp(results.scenario.horizon.start) + pd.Timedelta(hours=results.scenario.horizon.warm_up_h)
    quiet = series[(series["incidents_per_day"] == 0) & (series["sector"] != "all") & (series["date"] >= begins)]
    assert len(quiet), "there are days on which nothing happens in a sector"
    day = quiet["date"].iloc[0].date()
    row = quiet.iloc[0]
    found = values_of(over_days(results, day, day), row["policy"], row["sector"], row["replication"])
    assert np.isnan(found["response_within_target"])
    assert found["incidents_per_day"] == 0


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (
            dt.date(2003, 1, 1),
            dt.date(2004, 3, 19),
            "2003-01-01 is not to be had: the run has the days 2004-02-04 to 2004",
        ),
        (dt.date(2004, 3, 19), dt.date(2004, 3, 17), "the last is before the first"),
        (dt.date(2004, 3, 17), dt.date(2004, 5, 20), "2004-05-20 is not to be had: .* to 2004-05-19"),
    ],
)
def test_days_that_are_not_there(first: dt.date, last: dt.date, words: str) -> None:
    with pytest.raises(DesignError, match=words):
        over_days(timeline_only(riots()), first, last)


def lesson(*settings: str) -> Scenario:
    return load(FOLDER.parent / "tests" / "verification" / "lesson-policies.toml", settings=settings)


DAYS = (dt.date(2001, 2, 1), dt.date(2001, 2, 10))


def test_a_comparison_of_some_days() -> None:
    found = compare(lesson(), replications=3, days=DAYS, delta=0.02, baseline="hold")
    whole = compare(lesson(), replications=3, delta=0.02, baseline="hold")
    assert found.days == DAYS
    shown = over_days(whole.results[0], *DAYS)
    np.testing.assert_array_equal(
        found.values("coverage"),
        by_key(shown)
        .loc[["two-stages", "hold"]]
        .query("sector == 'all'")["coverage"]
        .unstack("replication")
        .loc[[one.policy for one in found.alternatives]],
    )
    assert found.differences()["difference"].iloc[0] != whole.differences()["difference"].iloc[0]
    used = found.effort().set_index("alternative")["soldier_days"]
    assert used["hold"] == 10 * found.results[0].scenario.strength
    assert len(found.losses(block_days=1)) == 2 * 10


def test_days_of_the_file() -> None:
    table = '{ baseline = "hold", response = "coverage", delta = 0.02, first_day = 2001-02-01, last_day = 2001-02-10 }'
    scenario = lesson(f"comparison={table}", 'experiment.policies=["two-stages","hold"]')
    assert compare(scenario, replications=2).days == DAYS
    other = (dt.date(2001, 2, 2), dt.date(2001, 2, 3))
    assert compare(scenario, replications=2, days=other).days == other
    assert compare(scenario, replications=2, troops=300).days is None


def test_what_has_no_days_is_refused_before_the_run() -> None:
    with pytest.raises(DesignError, match="response_min_p90: not to be had for some days"):
        compare(lesson(), replications=2, days=DAYS, also=["response_min_p90"])
    with pytest.raises(DesignError, match="2001-06-01 is not to be had"):
        compare(lesson(), replications=2, days=(dt.date(2001, 6, 1), dt.date(2001, 6, 2)))
