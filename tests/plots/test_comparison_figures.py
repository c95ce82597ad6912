"""Figures of a comparison: what they draw is what the tables say, and every text can be read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.experiment import Comparison, compare
from sim.experiment.tables import records
from sim.plots import (
    Plot,
    cost_against_loss,
    forest,
    forest_of_responses,
    gates_opened,
    losses_over_time,
    write_figures_of_comparison,
)
from sim.plots.comparing import names_of, scale_of
from sim.plots.cost import _place
from sim.plots.dates import day_number
from sim.plots.map_labels import Box
from sim.plots.openings import gate_spells
from sim.plots.placing import text_width_in
from sim.scenario import load
from tests.plots.looking import assert_readable, gids, line, texts, x_values, y_values
from tests.scenarios import FOLDER

POLICIES = ["gates", "hold-at-gate-one", "small-step", "conditions"]


@pytest.fixture(scope="module")
def study() -> Comparison:
    """Four policies of the shipped study."""
    return compare(load(FOLDER / "studies" / "drawdown-policies.toml"), policies=POLICIES, replications=3)


FIGURES = (forest, forest_of_responses, losses_over_time, cost_against_loss, gates_opened)


@pytest.mark.parametrize("draw", FIGURES)
def test_every_text_can_be_read(study: Comparison, draw: Callable[[Comparison], Plot]) -> None:
    plot = draw(study)
    assert_readable(plot)
    shown = set(plot.table["alternative"]) - {"hold-at-gate-one"}
    assert shown
    assert all(names_of(study)[one] in plot.alt_text for one in shown)
    assert not plot.table.empty
    assert any("seed 20090612" in text for text in texts(plot))


def test_what_the_force_is_busy_with_is_neither_gain_nor_loss() -> None:
    file = FOLDER / "studies" / "drawdown-policies.toml"
    plot = forest_of_responses(compare(load(file), policies=POLICIES[:2], replications=3, also=["utilisation"]))
    assert_readable(plot)
    table = plot.table[plot.table["difference"].abs() > plot.table["simultaneous_half_width"]]
    assert set(table["response"]) == {"utilisation"}
    assert set(table["shown"]) == {"other"}
    assert "other, neither better nor worse" in texts(plot)


def test_the_forest_of_responses_says_differences_as_it_draws_them(study: Comparison) -> None:
    plot = forest_of_responses(study)
    first = plot.table[plot.table["response"] == plot.table["response"].iloc[0]]
    scale = scale_of(first["response"].iloc[0])
    assert scale.factor == 100
    assert ", in percentage points: " in plot.alt_text
    for label, difference in zip(first["alternative"], first["difference"], strict=True):
        (said,) = re.findall(rf"{re.escape(names_of(study)[label])} ([+−][\d.]+)", plot.alt_text)
        digits = len(said.partition(".")[2])
        assert float(said.replace("−", "-")) == pytest.approx(100 * difference, abs=0.51 * 10**-digits)


def test_the_forest_shows_the_decision(study: Comparison) -> None:
    plot = forest(study)
    assert {names_of(study)[one] for one in plot.table["alternative"]} <= set(texts(plot)), "no short name is cut"
    decided = study.decision().set_index("alternative")
    differences = study.differences().query("response == 'coverage'").set_index("alternative")
    for row, label in enumerate(plot.table["alternative"]):
        drawn, together, alone = (line(plot, f"{kind} {row}") for kind in ("difference", "together", "alone"))
        difference = 100 * decided.loc[label, "difference"]
        assert x_values(drawn)[0] == pytest.approx(difference)
        assert np.ptp(x_values(together)) == pytest.approx(200 * decided.loc[label, "simultaneous_half_width"])
        assert np.ptp(x_values(alone)) == pytest.approx(200 * differences.loc[label, "half_width"])
    assert list(plot.table["difference"]) == sorted(plot.table["difference"], reverse=True)
    assert sorted(plot.table["alternative"]) == sorted(set(POLICIES) - {"hold-at-gate-one"})
    shown = texts(plot)
    n_shown = {verdict: int((decided["verdict"] == verdict).sum()) for verdict in ("not worse", "worse")}
    assert n_shown["worse"] >= 1
    # Once a row, and once in the key.
    assert all(shown.count(verdict) == n + (n > 0) for verdict, n in n_shown.items())
    assert set(x_values(line(plot, "delta"))) == {-2.0}


def test_without_delta_a_forest_has_no_verdict(study: Comparison) -> None:
    plot = forest(dataclasses.replace(study, delta=None))
    assert not {"p", "verdict", "not worse"} & set(texts(plot))
    assert gids(plot, "delta") == []


def test_where_less_is_better_worse_lies_on_the_right(study: Comparison) -> None:
    plot = forest(dataclasses.replace(study, response="incidents_per_day", delta=0.05))
    assert set(x_values(line(plot, "delta"))) == {0.05}


def test_losses_are_differences_of_blocks_of_days(study: Comparison) -> None:
    plot = losses_over_time(study)
    series = study.results[0].series
    series = series[series["sector"] == "all"]
    by_day = series.pivot_table(index=["policy", "replication"], columns="date", values="coverage")
    start = pd.Timestamp(study.results[0].scenario.horizon.start)
    warm_up = pd.Timedelta(hours=study.results[0].scenario.warm_up_h).ceil("D")
    first = start + warm_up + pd.Timedelta(days=630)
    block = by_day.loc[:, first : first + pd.Timedelta(days=6)].mean(axis=1).unstack()
    lost = block.loc["hold-at-gate-one"] - block.loc["gates"]
    drawn = line(plot, "lost gates")
    assert x_values(drawn)[90] == day_number(first.date()) + 3.5
    assert y_values(drawn)[90] == pytest.approx(100 * lost.mean())
    row = plot.table[(plot.table["alternative"] == "gates") & (plot.table["date"] == first)].iloc[0]
    assert row["half_width"] == pytest.approx(4.302653 * lost.std() / np.sqrt(3), rel=1e-6)  # t(2, 0.975)
    assert (row["n"], row["days"]) == (3, 7)


def test_the_frontier_is_drawn_through_its_policies_from_the_cheapest_to_the_dearest(study: Comparison) -> None:
    plot = cost_against_loss(study)
    on = plot.table[plot.table["is_on_frontier"]].sort_values("cost")
    drawn = line(plot, "frontier")
    np.testing.assert_allclose(x_values(drawn), 1e-6 * on["cost"])
    np.testing.assert_allclose(y_values(drawn), 100 * on["lost"])
    assert drawn.get_drawstyle() == "steps-post"
    # Holding costs most and loses nothing; the gates cost less than a small step and lose more.
    assert {"hold-at-gate-one", "small-step", "gates"} <= set(on["alternative"])
    assert (np.diff(on["lost"]) < 0).all()


def test_crosses_are_as_long_as_their_intervals(study: Comparison) -> None:
    plot = cost_against_loss(study)
    for row in records(plot.table):
        across, up = line(plot, f"cost {row['alternative']}"), line(plot, f"loss {row['alternative']}")
        assert np.ptp(x_values(across)) == pytest.approx(2e-6 * row["cost_half_width"], abs=1e-9)
        assert np.ptp(y_values(up)) == pytest.approx(200 * row["lost_half_width"], abs=1e-9)


def test_names_keep_off_points_lines_and_each_other() -> None:
    at = np.array([[1.0, 1.0], [1.1, 1.02], [1.05, 1.2], [3.9, 2.0], [0.05, 0.05]])
    names = ["first of all", "second", "a third one", "at the edge", "in the corner"]
    boxes = _place(names, at, np.zeros((5, 2)), [Box(0.0, 0.9, 4.0, 0.02)], Box(0, 0, 4, 3))
    for index, box in enumerate(boxes):
        assert box.is_in(Box(0, 0, 4, 3))
        assert not any(box.overlaps(other) for other in boxes[:index])
        assert not box.holds(at).any()


def test_a_name_keeps_off_the_axes() -> None:
    at = np.array([[text_width_in("Mine", bold=True) + 0.1, 2.0]])  # to its left there is room, and no more
    (box,) = _place(["Mine"], at, np.zeros((1, 2)), [Box(float(at[0, 0]), 1.98, 2.0, 0.04)], Box(0, 0, 4, 3))
    assert box.is_in(Box(0.05, 0.05, 3.9, 2.9))


def test_spells_of_gates_are_those_of_the_daily_series(study: Comparison) -> None:
    spells = gate_spells(study)
    assert set(spells["alternative"]) == {"conditions"}
    series = study.results[0].series
    rows = series[(series["policy"] == "conditions") & (series["sector"] == "all")]
    opened = False
    for replication, mine in spells.groupby("replication"):
        days = rows[rows["replication"] == replication].set_index("date")
        assert (mine["ends"].to_numpy()[:-1] == mine["begins"].to_numpy()[1:]).all()
        assert mine["begins"].iloc[0] == days.index[0]
        assert mine["ends"].iloc[-1] == days.index[-1] + pd.Timedelta(days=1)
        for spell in records(mine):
            begins, ends = spell["begins"], spell["ends"]
            inside = days.loc[begins : ends - pd.Timedelta(days=1)]
            assert (inside["gate_open.gate-one"] == float(spell["gate"] != "")).all()
            opened = opened or spell["gate"] == "Gate One"
    assert opened


def test_of_files_the_figures_name_each(tmp_path: Path) -> None:
    other = tmp_path / "small-sections.toml"
    (tmp_path / "sources.toml").write_text((FOLDER / "sources.toml").read_text())
    lesson = FOLDER / "lesson.toml"
    text = f'extends = "{lesson}"\n[force]\nsection_size = 6\n[sources]\nforce = "assumption: smaller sections"\n'
    other.write_text(text)
    days = (dt.date(2001, 1, 10), dt.date(2001, 1, 16))
    found = compare([load(lesson), load(other)], replications=3, delta=0.1, days=days)
    for plot in (forest(found), losses_over_time(found)):
        assert_readable(plot)
        shown = " ".join(texts(plot))
        assert "lesson, small-sections" in shown and "2001-01-10 to 2001-01-16" in shown
        hashes = [one.scenario.inputs_sha256[:10] for one in found.results]
        assert all(one in shown for one in hashes)
    # As both use the same soldiers, there is no figure of cost.
    written = write_figures_of_comparison(found, tmp_path / "figures")
    assert {path.stem for path in written} == {"comparison-decision", "comparison-losses"}
    assert {path.suffix for path in written} == {".svg", ".png", ".csv"}


def test_all_figures_are_written_with_equal_bytes(study: Comparison, tmp_path: Path) -> None:
    first, second = (write_figures_of_comparison(study, tmp_path / name) for name in "ab")
    names = {"decision", "cost", "losses", "responses", "gates"}
    assert {path.stem.removeprefix("comparison-") for path in first} == names
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
