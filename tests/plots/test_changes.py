"""Gates open on the days of their replications; reserves stay from their arrival to their leaving."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import FillBetweenPolyCollection

from sim.experiment import Results
from sim.force import Force
from sim.plots import Plot, timeline
from sim.plots.changes import Stay, gate_labels, gate_openings, reserve_stays
from sim.plots.dates import day_number
from sim.processes.reserves import call_reserves, reserve_calls
from sim.scenario.schema import Call, Gate, Policy, ReserveForce
from sim.streams import Streams
from sim.trace import EventKind
from tests.model.unrest import calm_world, empty_trace
from tests.plots.looking import assert_readable, by_gid, gids, line, texts, x_values, y_values
from tests.scenarios import shipped

HALVING = Gate(
    name="Halving",
    strength=225,
    earliest=dt.date(2001, 1, 10),
    review_every_days=5,
    tension_below=1.0,
    for_days=5,
    approval_delay_days=0,
    automatic=True,
)
OPENS_ON = {0: 12, 1: 30, 2: 20}
"""Day of the run by replication."""


def with_policy(results: Results, **changes: object) -> Results:
    ((key, policy),) = results.scenario.policy.items()
    changed: Policy = policy.model_copy(update=changes)
    return dataclasses.replace(results, scenario=results.scenario.model_copy(update={"policy": {key: changed}}))


@pytest.fixture
def gated(lesson: Results) -> Results:
    """The lesson, its strengths replaced by those of a gate that opens, and of another that never does."""
    series = lesson.series.copy()
    day = (series["date"] - series["date"].min()).dt.days
    is_open = day >= series["replication"].map(OPENS_ON)
    series.loc[series["troops"].isna(), "strength"] = np.where(is_open, 225.0, 450.0)[series["troops"].isna()]
    series["gate_open.halving"], series["gate_open.quartering"] = is_open.astype(float), 0.0
    shut = HALVING.model_copy(update={"name": "Quartering", "strength": 110})
    gates = {"halving": HALVING, "quartering": shut}
    return with_policy(dataclasses.replace(lesson, series=series), stages={}, gates=gates)


def on_day(day: int) -> dt.date:
    return dt.date(2001, 1, 1) + dt.timedelta(days=day)


def test_a_gate_opens_on_the_days_of_its_replications(gated: Results) -> None:
    halving, quartering = gate_openings(gated, "two-stages")
    assert halving.dates == (on_day(12), on_day(20), on_day(30)) and halving.n == 3
    assert (quartering.dates, halving.n_reversed, quartering.n_reversed) == ((), 0, 0)


def test_a_gate_that_is_taken_back_says_so(gated: Results) -> None:
    """Whatever the strength: it is open from day 12, 20 or 30 on, and in the last replication only for two days."""
    series = gated.series.copy()
    day = (series["date"] - series["date"].min()).dt.days
    series.loc[(series["replication"] == 2) & (day >= OPENS_ON[2] + 2), "gate_open.halving"] = 0.0
    series["strength"] = 450.0
    (halving, _) = gate_openings(dataclasses.replace(gated, series=series), "two-stages")
    assert halving.dates == (on_day(12), on_day(20), on_day(30))
    assert halving.n_reversed == 1
    assert [label.text for label in gate_labels([halving])] == ["Halving  225, taken back in 1"]


def test_a_gate_is_drawn_from_first_to_last_with_the_median(gated: Results) -> None:
    plot = timeline(gated)
    assert gids(plot, "gate") == ["gate halving"]
    assert x_values(line(plot, "gate halving")).tolist() == [day_number(on_day(12)), day_number(on_day(30))]
    diamonds = [one for ax in plot.axes for one in ax.lines if one.get_marker() == "D" and len(x_values(one)) == 1]
    assert day_number(on_day(20)) in [x_values(one)[0] for one in diamonds]
    assert {"Halving  225", "gate opens: median, range"} <= set(texts(plot))
    assert "Quartering (110) opens in no replication." in _all(plot)
    assert_readable(plot)


def test_a_gate_that_some_replications_open_says_so(gated: Results) -> None:
    series = gated.series.copy()
    series.loc[(series["replication"] == 1) & series["troops"].isna(), "strength"] = 450.0
    series.loc[series["replication"] == 1, "gate_open.halving"] = 0.0
    plot = timeline(dataclasses.replace(gated, series=series))
    assert "Halving  225  in 2 of 3 replications" in texts(plot)


def test_strengths_that_differ_have_a_range(gated: Results, lesson: Results) -> None:
    plot = timeline(gated)
    area = by_gid(plot, "range strength")
    assert isinstance(area, FillBetweenPolyCollection)
    corners = {tuple(corner) for corner in np.asarray(area.get_paths()[0].vertices).tolist()}
    first, last = day_number(on_day(12)), day_number(on_day(30))
    assert {(first, 225.0), (first, 450.0), (last, 225.0), (last, 450.0)} <= corners
    assert "range of strength" in texts(plot)
    assert "Strength, soldiers: median and range of the replications" in texts(plot)
    median = line(plot, "median strength")  # that of the gate that opens second, not a mean
    assert set(zip(x_values(median), y_values(median), strict=True)) >= {
        (day_number(on_day(19)), 450.0),
        (day_number(on_day(20)), 225.0),
    }
    assert gids(plot, "mean strength") == []
    assert gids(timeline(lesson), "range strength") == []


def test_reserves_stand_on_the_strength_while_they_stay(riots: Results) -> None:
    stays = reserve_stays(riots.scenario, "as-it-was", "all")
    assert [(stay.arrives, stay.leaves, stay.strength) for stay in stays] == [
        (dt.date(2004, 3, 18), dt.date(2004, 5, 2), 350),
        (dt.date(2004, 3, 19), dt.date(2004, 5, 3), 650),
        (dt.date(2004, 3, 22), dt.date(2004, 5, 6), 1500),
    ]
    plot = timeline(riots)
    rows = plot.table[plot.table["response"] == "reserves"].set_index("date")["mean"]
    expected = {(3, 17): 0, (3, 18): 350, (3, 19): 1000, (3, 22): 2500, (5, 1): 2500, (5, 2): 2150, (5, 6): 0}
    assert {day: rows[pd.Timestamp(2004, *day)] for day in expected} == expected
    area = by_gid(plot, "area reserves")
    assert isinstance(area, FillBetweenPolyCollection)
    heights = set(np.asarray(area.get_paths()[0].vertices)[:, 1].tolist())
    assert heights == {17500.0, 17850.0, 18500.0, 20000.0, 19650.0, 19000.0}
    assert gids(plot, "reserve") == [f"reserve {stay.key}" for stay in sorted(stays, key=lambda stay: stay.key)]
    called = [day_number(dt.date(2004, 3, 17)), day_number(dt.date(2004, 3, 22))]
    assert x_values(line(plot, f"reserve {stays[-1].key}")).tolist() == called


def test_reserves_show_in_their_sector_alone(riots: Results) -> None:
    assert reserve_stays(riots.scenario, "as-it-was", "north") == []
    assert gids(timeline(riots, sector="north"), "area reserves") == []
    assert len(reserve_stays(riots.scenario, "as-it-was", "centre")) == 3


def test_a_reserve_called_again_stays_longer(riots: Results) -> None:
    days = {"a": dt.date(2004, 3, 17), "b": dt.date(2004, 4, 16), "c": dt.date(2004, 8, 1)}
    calls = {key: Call(reserve="first", on=day) for key, day in days.items()}
    stays = reserve_stays(with_policy(riots, calls=calls).scenario, "as-it-was", "all")
    name = riots.scenario.reserves["first"].nation
    assert stays == [
        Stay("a", name, 350, dt.date(2004, 3, 17), dt.date(2004, 3, 18), dt.date(2004, 6, 1)),  # 16 April + 1 + 45
        Stay("c", name, 350, dt.date(2004, 8, 1), dt.date(2004, 8, 2), dt.date(2004, 9, 16)),
    ]


@given(
    lead_days=st.floats(0, 3),
    stays_days=st.floats(0.1, 5),
    on=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 25)), min_size=1, max_size=6, unique=True),
)
def test_stays_are_those_of_the_model(lead_days: float, stays_days: float, on: list[tuple[str, int]]) -> None:
    base = shipped("lesson")
    start = base.horizon.start
    values = {"sector": "valley", "strength": 30, "lead_time_days": lead_days, "stays_days": stays_days}
    reserves = {key: ReserveForce.model_validate(values | {"nation": key}) for key in "ab"}
    calls = {f"{key}-{day}": Call(reserve=key, on=start + dt.timedelta(days=day)) for key, day in on}
    policy = base.policy["two-stages"].model_copy(update={"calls": calls})
    scenario = base.model_copy(update={"reserves": reserves, "policy": {"two-stages": policy}})
    env, trace = simpy.Environment(), empty_trace()
    force = Force(scenario, max_strength=450, strength=450, streams=Streams(0, 0))
    call_reserves(env, reserve_calls(scenario, policy), reserves, force, calm_world(1), trace)
    env.run(until=60 * 86_400)
    stays = reserve_stays(scenario, "two-stages", "all")
    for kind, name in ((EventKind.RESERVE_ARRIVES, "arrives"), (EventKind.RESERVE_LEAVES, "leaves")):
        days = [(one.entity, one.time_s // 86_400) for one in trace.events if one.kind is kind]
        assert sorted((stay.name, (getattr(stay, name) - start).days) for stay in stays) == sorted(days)


def test_what_tension_calls_is_the_mean_of_replications(riots: Results) -> None:
    """A reserve of 300 that one replication of three calls in, from 10 to 19 March."""
    series = riots.series.copy()
    is_there = series["date"].between(pd.Timestamp(2004, 3, 10), pd.Timestamp(2004, 3, 19)) & (
        series["sector"] == "all"
    )
    series["reserves"] = np.where(is_there & (series["replication"] == 1), 300.0, 0.0)
    calls = {"one": Call(reserve="first", tension_above=2.0)}
    plot = timeline(with_policy(dataclasses.replace(riots, series=series), calls=calls))
    rows = plot.table[plot.table["response"] == "reserves"].set_index("date")
    assert rows.index[rows["mean"] > 0].tolist() == pd.date_range("2004-03-10", "2004-03-19").tolist()
    assert [rows[name][pd.Timestamp(2004, 3, 10)] for name in ("lowest", "mean", "highest")] == [0, 100, 300]
    area = by_gid(plot, "area reserves")
    assert isinstance(area, FillBetweenPolyCollection)
    assert 17600.0 in np.asarray(area.get_paths()[0].vertices)[:, 1]
    assert gids(plot, "reserve") == []
    assert "Reserves that tension calls in are shown as the mean of replications, without labels." in _all(plot)
    assert_readable(plot)


def test_without_reserves_there_are_no_rows_of_them(lesson: Results) -> None:
    assert "reserves" not in lesson.series.columns
    assert "reserves" not in set(timeline(lesson).table["response"])


def _all(plot: Plot) -> str:
    return " ".join(texts(plot))
