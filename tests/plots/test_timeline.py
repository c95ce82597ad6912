"""Timelines: steps stay steps, means are those of their days, and every stage and hand-over is there."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection

from sim.experiment import Results
from sim.plots import Plot, timeline
from sim.plots.data import daily_table, handovers
from sim.plots.dates import day_number
from sim.plots.timeline import timeline_table
from sim.statistics import band
from tests.plots.looking import assert_readable, by_gid, gids, line, texts, x_values, y_values


def series_of(results: Results) -> pd.DataFrame:
    series = results.series
    return series[series["troops"].isna() & (series["sector"] == "all")]


def test_strength_is_drawn_as_steps(lesson: Results) -> None:
    drawn = line(timeline(lesson), "mean strength")
    assert drawn.get_drawstyle() == "steps-post"
    by_day = series_of(lesson).groupby("date")["strength"].first()
    np.testing.assert_array_equal(y_values(drawn)[:-1], by_day.to_numpy())
    assert set(y_values(drawn)) == {450, 300, 220}
    horizon = lesson.scenario.horizon
    assert x_values(drawn)[0] == day_number(horizon.start) and x_values(drawn)[-1] == day_number(horizon.end)
    changes = x_values(drawn)[1:][np.diff(y_values(drawn)) != 0]
    stages = lesson.scenario.policy["two-stages"].stages.values()
    assert changes.tolist() == [day_number(stage.effective_on) for stage in stages]


def test_daily_lines_are_the_means_of_each_day(lesson: Results) -> None:
    plot = timeline(lesson)
    rows = band(series_of(lesson), "coverage")
    rows = rows[rows["date"] >= pd.Timestamp(2001, 1, 3)]  # after two days of warm-up
    drawn = line(plot, "mean coverage")
    np.testing.assert_array_equal(y_values(drawn), rows["mean"].to_numpy())
    assert x_values(drawn)[0] == day_number(dt.date(2001, 1, 3)) + 0.5
    assert any("by day" in text for text in texts(plot))


def test_blocks_are_averaged_in_each_replication_first(lesson: Results) -> None:
    table = daily_table(lesson, "two-stages", "all", ["coverage"], first_day=2, days=7)
    series = series_of(lesson)
    day = (series["date"] - pd.Timestamp(2001, 1, 1)).dt.days
    assert len(table) == (59 + 1 - 2) // 7
    third = series[(day >= 2 + 14) & (day < 2 + 21)].groupby("replication")["coverage"].mean()
    row = table.iloc[2]
    assert row["date"] == pd.Timestamp(2001, 1, 17)
    assert row["n"] == 3 and row["days"] == 7
    assert row["mean"] == pytest.approx(third.mean())
    assert (row["lowest"], row["highest"]) == (pytest.approx(third.min()), pytest.approx(third.max()))
    assert row["half_width"] == pytest.approx(4.302653 * third.std() / np.sqrt(3), rel=1e-6)  # t(2, 0.975)


def test_long_horizons_say_that_they_are_averaged(lesson: Results) -> None:
    scenario = lesson.scenario
    horizon = scenario.horizon.model_copy(update={"end": dt.date(2001, 6, 1)})
    longer = dataclasses.replace(lesson, scenario=scenario.model_copy(update={"horizon": horizon}))
    plot = timeline(longer)
    assert any("means of 7 days" in text for text in texts(plot))
    assert set(plot.table.loc[plot.table["response"] == "coverage", "days"]) == {7}
    assert set(plot.table.loc[plot.table["response"] == "strength", "days"]) == {1}


def test_stages_and_handovers_are_named(lesson: Results) -> None:
    plot = timeline(lesson)
    assert gids(plot, "stage") == ["stage first", "stage second"]
    stage = lesson.scenario.policy["two-stages"].stages["second"]
    ends = [day_number(stage.decided_on), day_number(stage.effective_on)]
    assert x_values(line(plot, "stage second")).tolist() == ends
    assert gids(plot, "handover") == ["handover 2001-02-05"]
    assert {"First stage  300", "Second stage  220", "Old bridge"} <= set(texts(plot))


def test_sites_by_guardian_are_stacked_steps(lesson: Results) -> None:
    plot = timeline(lesson)
    with_force, with_police = by_gid(plot, "area sites_kfor"), by_gid(plot, "area sites_police")
    assert isinstance(with_force, FillBetweenPolyCollection) and isinstance(with_police, FillBetweenPolyCollection)
    heights = {round(y, 9) for y in np.asarray(with_force.get_paths()[0].vertices)[:, 1].tolist()}
    assert heights == {0, 5, 6}
    assert {round(y, 9) for y in np.asarray(with_police.get_paths()[0].vertices)[:, 1].tolist()} == {5, 6}


def test_patrols_completed_are_drawn_against_those_tasked(lesson: Results) -> None:
    plot = timeline(lesson)
    tasked, completed = (y_values(line(plot, f"mean patrols_{what}")) for what in ("tasked", "completed"))
    assert tasked.tolist() == [9] * 58
    by_day = series_of(lesson).groupby("date")["patrols_completed"].mean().to_numpy()[2:]
    np.testing.assert_allclose(completed, by_day)


def test_readable(lesson: Results) -> None:
    assert_readable(timeline(lesson))
    assert_readable(timeline(lesson, sector="valley"))


def test_readable_when_much_happens_at_once(lesson: Results) -> None:
    scenario = lesson.scenario
    policy = scenario.policy["two-stages"]
    stage = policy.stages["first"]
    stages = {
        f"s{n}": stage.model_copy(
            update={
                "name": f"Stage {n}, with a name that is rather long",
                "decided_on": dt.date(2000, 12, 1) + dt.timedelta(days=9 * n),
                "effective_on": dt.date(2001, 1, 20) + dt.timedelta(days=9 * n),
            }
        )
        for n in range(5)
    }
    crowded = scenario.model_copy(update={"policy": {"two-stages": policy.model_copy(update={"stages": stages})}})
    plot = timeline(dataclasses.replace(lesson, scenario=crowded))
    assert gids(plot, "stage") == [f"stage s{n}" for n in range(5)]
    assert_readable(plot)


def test_of_many_stages_those_that_change_most_are_named(lesson: Results) -> None:
    """Fourteen stages of which every other one changes strength by one soldier; the names of nine would lie above."""
    scenario = lesson.scenario
    policy = scenario.policy["two-stages"]
    strengths = [400, 401, 300, 301, 200, 201, 150, 151, 100, 101, 75, 76, 50, 51]
    stages = {
        f"s{n:02}": policy.stages["first"].model_copy(
            update={
                "name": f"Stage {n}, with a name that is rather long",
                "strength": strength,
                "decided_on": dt.date(2001, 1, 10 + n),
                "effective_on": dt.date(2001, 1, 10 + n),
            }
        )
        for n, strength in enumerate(strengths)
    }
    crowded = scenario.model_copy(update={"policy": {"two-stages": policy.model_copy(update={"stages": stages})}})
    plot = timeline(dataclasses.replace(lesson, scenario=crowded))
    shown = gids(plot, "stage")
    assert len(shown) == 8
    assert {int(gid[-2:]) % 2 for gid in shown if gid != "stage s13"} == {0}
    assert any("The 8 stages that change strength most, of 14, have labels." in text for text in sentences(plot))
    assert_readable(plot)


def test_in_a_sector_a_stage_is_said_to_be_that_of_all(lesson: Results) -> None:
    assert {"First stage  300 in all", "Second stage  220 in all"} <= set(texts(timeline(lesson, sector="valley")))


def test_the_key_has_what_is_drawn(lesson: Results) -> None:
    assert {"stage decided on", "effective on"} <= set(texts(timeline(lesson)))
    scenario = lesson.scenario
    policy = scenario.policy["two-stages"]
    at_once = {key: stage.model_copy(update={"decided_on": stage.effective_on}) for key, stage in policy.stages.items()}
    changed = scenario.model_copy(update={"policy": {"two-stages": policy.model_copy(update={"stages": at_once})}})
    shown = texts(timeline(dataclasses.replace(lesson, scenario=changed)))
    assert not {"stage decided on", "effective on"} & set(shown)
    assert "First stage  300" in shown


@pytest.mark.parametrize(
    ("kfor", "police", "words"),
    [
        (6.0, 0.0, None),
        (4.0, 2.0, "Handed to the police all the time: 2 of 6 sites."),
        (0.0, 1.0, "Handed to the police all the time: 1 of 1 site."),
        (0.0, 0.0, None),
    ],
)
def test_sites_that_never_change_hands_have_no_panel(
    lesson: Results, kfor: float, police: float, words: str | None
) -> None:
    plot = timeline(dataclasses.replace(lesson, series=lesson.series.assign(sites_kfor=kfor, sites_police=police)))
    assert gids(plot, "area sites") == []
    assert "Sites by responsibility" not in texts(plot)
    said = [text for text in sentences(plot) if "Handed to the police" in text]
    assert (words is None and not said) or (words is not None and any(words in text for text in said))


def test_a_strength_that_does_not_change_takes_less_room(lesson: Results) -> None:
    def strength_height(plot: Plot) -> float:
        (height,) = [ax.get_window_extent().height for ax in plot.axes if line(plot, "mean strength") in ax.lines]
        return float(height)

    steady = dataclasses.replace(lesson, series=lesson.series.assign(strength=450.0))
    assert strength_height(timeline(steady)) < 0.6 * strength_height(timeline(lesson))
    assert_readable(timeline(steady))


def test_handovers_of_a_day_go_together(gates: Results) -> None:
    dates = [one.date for one in handovers(gates.scenario, "gates", "all")]
    assert dates == sorted(set(dates)) and len(dates) == 5
    by_date = {one.date: one.names for one in handovers(gates.scenario, "gates", "all")}
    assert by_date[dt.date(2010, 12, 31)] == ("Zočište Monastery", "Budisavci Monastery", "Gorioč Monastery")
    of_sectors = [
        name
        for sector in gates.scenario.theatre.sectors
        for one in handovers(gates.scenario, "gates", sector)
        for name in one.names
    ]
    assert sorted(of_sectors) == sorted(name for names in by_date.values() for name in names)


def test_table_is_what_is_drawn(lesson: Results) -> None:
    plot = timeline(lesson)
    pd.testing.assert_frame_equal(plot.table, timeline_table(lesson, "two-stages", "all"))
    rows = plot.table[plot.table["response"] == "checkpoint_fill"]
    np.testing.assert_array_equal(y_values(line(plot, "mean checkpoint_fill")), rows["mean"].to_numpy())


def test_a_sweep_alone_has_no_timeline(gates: Results) -> None:
    with pytest.raises(ValueError, match="no run at the policy's own strength"):
        timeline(gates)


def test_waits_are_drawn_where_vehicles_were_simulated(lesson: Results) -> None:
    plot = timeline(lesson)
    for response in ("checkpoint_wait_min", "crossing_wait_min"):
        rows = band(series_of(lesson), response)
        rows = rows[rows["date"] >= pd.Timestamp(2001, 1, 3)]
        np.testing.assert_array_equal(y_values(line(plot, f"mean {response}")), rows["mean"].to_numpy())
    assert "Vehicles' wait to be checked, minutes" in texts(plot)
    assert_readable(plot)
    series = lesson.series.assign(checkpoint_wait_min=np.nan, crossing_wait_min=np.nan)
    without = timeline(dataclasses.replace(lesson, series=series))
    assert not any("wait" in text for text in texts(without))


def sentences(plot: Plot) -> list[str]:
    """What is written above the panels, lines put together."""
    return [" ".join(texts(plot))]
