"""Figures of incidents: what is drawn is what the results say, never is drawn as never, and shares weigh incidents."""

import dataclasses
import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.experiment import Results
from sim.plots import Plot, incidents_against_troops, timeline, timeline_of_incidents, write_figures
from sim.plots.changes import dated_labels
from sim.plots.data import daily_table
from sim.plots.dates import day_number
from sim.plots.incident_panels import ENDS, NUMBERS, PARTS, SUM, TIMES, _minutes, times_limits
from sim.plots.incidents import incidents_timeline_table
from sim.scenario.incident_schema import DatedIncident
from sim.scenario.schema import Scenario
from sim.statistics import band, mean_interval
from tests.plots.looking import assert_readable, by_gid, gids, line, texts, x_values, y_values


def summary_of(results: Results, response: str, sector: str = "all") -> pd.DataFrame:
    table = results.summary()
    rows = table[(table["sector"] == sector) & (table["response"] == response) & table["troops"].notna()]
    return rows.sort_values("troops")


def heights(plot: Plot, gid: str) -> set[float]:
    area = by_gid(plot, gid)
    assert isinstance(area, FillBetweenPolyCollection)
    return {round(y, 6) for y in np.asarray(area.get_paths()[0].vertices)[:, 1].tolist()}


@pytest.mark.parametrize("response", [*ENDS, *NUMBERS])
def test_lines_are_the_summary(riots: Results, response: str) -> None:
    drawn, rows = line(incidents_against_troops(riots), f"mean {response}"), summary_of(riots, response)
    np.testing.assert_array_equal(x_values(drawn), [1500, 4000, 17500])
    np.testing.assert_array_equal(y_values(drawn), rows["mean"].to_numpy())


def test_a_sector_of_its_own(riots: Results) -> None:
    plot = incidents_against_troops(riots, sector="north")
    rows = summary_of(riots, "contained_share", "north")
    np.testing.assert_array_equal(y_values(line(plot, "mean contained_share")), rows["mean"].to_numpy())
    assert set(plot.table["sector"]) == {"north"}


def test_response_times_that_are_infinite_are_drawn_as_never(riots: Results) -> None:
    plot = incidents_against_troops(riots)
    means = summary_of(riots, "response_min_p90")["mean"].to_numpy()
    assert np.isinf(means).tolist() == [True, True, False]
    drawn = line(plot, "mean response_min_p90")
    np.testing.assert_array_equal(np.isnan(y_values(drawn)), np.isinf(means))
    ax = drawn.axes
    assert ax is not None
    never = dict(zip([tick.get_text() for tick in ax.get_yticklabels()], ax.get_yticks(), strict=True))["never"]
    np.testing.assert_allclose(y_values(line(plot, "never response_min_p90")), np.minimum(means, never))
    finite = plot.table.loc[plot.table["response"].isin(TIMES), "highest"].replace(np.inf, 0)
    assert never == ax.get_ylim()[1] > finite.max()
    assert gids(plot, "never") == ["never response_min_p90"]
    assert "never, in a replication" in texts(plot)
    key = {handle.get_label(): handle for legend in plot.legends for handle in legend.legend_handles if handle}
    in_key, on_axis = key["never, in a replication"], line(plot, "never response_min_p90")
    assert isinstance(in_key, Line2D)
    assert in_key.get_marker() == on_axis.get_marker()


def test_without_infinite_response_times_there_is_no_never(riots: Results) -> None:
    rows = riots.responses.copy()
    rows.loc[np.isinf(rows["value"]), "value"] = 200.0
    plot = incidents_against_troops(dataclasses.replace(riots, responses=rows))
    assert gids(plot, "never") == []
    assert not {"never", "never, in a replication"} & set(texts(plot))


def test_all_infinite_is_still_a_figure(riots: Results) -> None:
    rows = riots.responses.copy()
    rows.loc[rows["response"].isin(TIMES), "value"] = np.inf
    plot = incidents_against_troops(dataclasses.replace(riots, responses=rows))
    assert gids(plot, "never") == ["never response_min_p50", "never response_min_p90"]
    assert_readable(plot)


def test_hours_called_out_are_stacked_up_to_their_sum(riots: Results) -> None:
    values = riots.responses["value"].where(riots.responses["response"] != "called_out_standby_h_per_day", 7.0)
    riots = dataclasses.replace(riots, responses=riots.responses.assign(value=values))
    plot = incidents_against_troops(riots)
    parts = [summary_of(riots, name)["mean"].to_numpy() for name in PARTS]
    rows = riots.responses
    rows = rows[(rows["sector"] == "all") & rows["response"].isin(PARTS) & (rows["troops"] == 4000)]
    interval = mean_interval(rows.groupby("replication")["value"].sum().to_numpy(), 0.95)
    together = plot.table[plot.table["response"] == SUM]
    assert together.loc[together["troops"] == 4000, "mean"].item() == pytest.approx(interval.mean)
    assert together.loc[together["troops"] == 4000, "half_width"].item() == pytest.approx(interval.half_width)
    np.testing.assert_allclose(y_values(line(plot, f"mean {SUM}")), np.sum(parts, axis=0))
    below: NDArray[np.float64] = np.zeros(3)
    for name, part in zip(PARTS, parts, strict=True):
        above = below + part
        assert {round(y, 6) for y in [*below, *above]} <= heights(plot, f"area {name}")
        below = above


def test_no_band_lies_on_the_hours_called_out(riots: Results) -> None:
    """The interval of their sum is two thin lines; the other lines of the figure have bands."""
    plot = incidents_against_troops(riots)
    rows = plot.table[plot.table["response"] == SUM]
    for edge, sign in (("lower", -1), ("upper", 1)):
        np.testing.assert_allclose(y_values(line(plot, f"{edge} {SUM}")), rows["mean"] + sign * rows["half_width"])
    band_of_sum = by_gid(plot, f"band {SUM}")
    assert isinstance(band_of_sum, FillBetweenPolyCollection)
    assert not any(np.isfinite(np.asarray(path.vertices)).any() for path in band_of_sum.get_paths())


def test_what_is_too_little_to_be_seen_is_not_named(riots: Results) -> None:
    def named(posts: float) -> bool:
        rows = riots.responses.copy()
        rows.loc[rows["response"] == "called_out_posts_h_per_day", "value"] = posts
        return "From posts" in texts(incidents_against_troops(dataclasses.replace(riots, responses=rows)))

    assert named(100.0)
    assert not named(0.01)
    assert not named(0.0)


@pytest.mark.parametrize(
    ("low", "high", "above"), [(1, 1000, np.inf), (12, 130, 200), (0.5, 3, np.inf), (1, 900, 1500)]
)
def test_minutes_at_the_axis_have_room(low: float, high: float, above: float) -> None:
    for least in (1.2, 1.6, 2.4):
        minutes = _minutes(low, high, least, above)
        assert minutes and all(low <= minute <= high for minute in minutes)
        assert all(after / before >= least for before, after in itertools.pairwise([*minutes, above]))


def test_of_two_replications_there_is_a_range_and_no_interval(riots: Results) -> None:
    rows = riots.responses
    few = dataclasses.replace(riots, responses=rows[rows["replication"] < 2])
    plot = incidents_against_troops(few)
    words = texts(plot)
    assert "mean, n = 2 (no interval below 3)" in words and "range of replications" in words
    assert not any("confidence" in text or "thin lines" in text for text in words)
    for gid in gids(plot, "band"):
        band_of = by_gid(plot, gid)
        assert isinstance(band_of, FillBetweenPolyCollection)
        assert not any(np.isfinite(np.asarray(path.vertices)).any() for path in band_of.get_paths())
    assert plot.table["half_width"].notna().any()


def test_an_interval_ends_within_the_axis_or_is_said_to_be_cut() -> None:
    def table(mean: float, half: float) -> pd.DataFrame:
        row = {"mean": mean, "half_width": half, "lowest": 60.0, "highest": 400.0}
        return pd.DataFrame([row | {"response": "response_min_p90"}, row | {"mean": np.inf, "half_width": np.nan}])

    assert list(times_limits(table(183.0, 174.0))) == pytest.approx([0.8 * 9, 1.1 * 400])
    assert times_limits(table(183.0, 190.0))[0] == 1.0
    assert times_limits(table(183.0, 20.0))[0] == pytest.approx(0.8 * 60)


def test_a_figure_says_that_it_cuts_an_interval(riots: Results) -> None:
    rows = riots.responses.copy()
    wide = rows["response"].isin(TIMES)
    rows.loc[wide, "value"] = rows.loc[wide, "replication"].map({0: 2.0, 1: 3.0, 2: 500.0})
    cut = "Intervals of response times that go below their axis are cut there."
    assert cut in " ".join(texts(incidents_against_troops(dataclasses.replace(riots, responses=rows))))
    assert cut not in " ".join(texts(incidents_against_troops(riots)))


def with_dated(results: Results, dated: dict[str, DatedIncident]) -> Scenario:
    scenario = results.scenario
    assert scenario.incidents is not None
    return scenario.model_copy(update={"incidents": scenario.incidents.model_copy(update={"dated": dated})})


def test_dated_incidents_of_a_kind_and_day_have_one_label(riots: Results) -> None:
    at = dt.datetime(2004, 3, 10, 6)
    dated = {
        "one": DatedIncident(kind="riot", begins=at, place="mitrovice"),
        "two": DatedIncident(kind="riot", begins=at, place="prishtine"),
        "late": DatedIncident(kind="riot", begins=at.replace(year=2006), place="prishtine"),
    }
    (label,) = dated_labels(with_dated(riots, dated), "all")
    assert (label.begin, label.text) == (at.date(), "Riot: Mitrovicë/Kosovska Mitrovica, Prishtinë/Priština")
    (of_north,) = dated_labels(with_dated(riots, dated), "north")
    assert of_north.text == "Riot: Mitrovicë/Kosovska Mitrovica"
    plot = timeline_of_incidents(dataclasses.replace(riots, scenario=with_dated(riots, dated)))
    assert gids(plot, "dated") == ["dated riot 2004-03-10"]
    assert_readable(plot)


def test_of_many_dated_incidents_the_first_of_a_kind_has_a_label(riots: Results) -> None:
    begins = [dt.datetime(2004, 3, day, 6) for day in range(10, 17)]
    dated = {f"d{n}": DatedIncident(kind="riot", begins=at, place="mitrovice") for n, at in enumerate(begins)}
    assert [label.text for label in dated_labels(with_dated(riots, dated), "all")] == ["Riot, first of 7 days"]
    del dated["d6"]
    assert len(dated_labels(with_dated(riots, dated), "all")) == 6


def test_figures_of_incidents_are_readable(riots: Results) -> None:
    assert_readable(incidents_against_troops(riots))
    assert_readable(timeline_of_incidents(riots))
    assert_readable(timeline_of_incidents(riots, sector="north"))
    assert_readable(timeline(riots))


def test_tension_is_drawn_against_its_threshold(riots: Results) -> None:
    series = riots.series
    series = series[series["troops"].isna() & (series["sector"] == "all")]
    rows = band(series, "tension")
    rows = rows[rows["date"] >= pd.Timestamp(2004, 2, 4)]  # after three days of warm-up
    for plot in (timeline(riots), timeline_of_incidents(riots)):
        np.testing.assert_array_equal(y_values(line(plot, "mean tension")), rows["mean"].to_numpy())
        assert set(y_values(line(plot, "threshold"))) == {1.0}
        assert "Threshold 1" in texts(plot)


def test_shares_of_a_week_weigh_its_incidents(riots: Results) -> None:
    table = incidents_timeline_table(riots, "as-it-was", "all")
    row = table[table["response"] == "contained_share"].iloc[2]
    assert row["date"] == pd.Timestamp(2004, 2, 18) and row["days"] == 7
    series = riots.series
    week = series["date"].between(pd.Timestamp(2004, 2, 18), pd.Timestamp(2004, 2, 24))
    week &= series["troops"].isna() & (series["sector"] == "all")
    shares = []
    for _, days in series[week].groupby("replication"):
        n_arisen = days["incidents_per_day"].to_numpy()
        shares.append(np.nansum(days["contained_share"].to_numpy() * n_arisen) / n_arisen.sum())
    assert row["mean"] == pytest.approx(np.mean(shares))


def test_days_without_incidents_weigh_nothing(lesson: Results) -> None:
    by_hand = {"share": [0.5, np.nan, 1.0, np.nan], "weight": [2.0, 0.0, 6.0, 5.0]}  # the last has no share, yet weight
    series = lesson.series[lesson.series["troops"].isna() & (lesson.series["sector"] == "all")]
    days = series[series["replication"] == 0].head(4).assign(**by_hand)
    one = dataclasses.replace(lesson, series=days)
    (row,) = daily_table(one, "two-stages", "all", ["share"], days=4, weight="weight").to_dict("records")
    assert row["mean"] == pytest.approx((0.5 * 2 + 1.0 * 6) / 8)
    none = dataclasses.replace(lesson, series=days.assign(weight=0.0))
    assert daily_table(none, "two-stages", "all", ["share"], days=4, weight="weight").empty


@pytest.mark.parametrize(
    ("end", "numbers", "shares"), [((2004, 2, 20), 1, 1), ((2004, 8, 1), 1, 7), ((2005, 8, 1), 7, 28)]
)
def test_longer_horizons_have_longer_blocks(
    riots: Results, end: tuple[int, int, int], numbers: int, shares: int
) -> None:
    horizon = riots.scenario.horizon.model_copy(update={"end": dt.date(*end)})
    longer = dataclasses.replace(riots, scenario=riots.scenario.model_copy(update={"horizon": horizon}))
    days = incidents_timeline_table(longer, "as-it-was", "all").groupby("response")["days"].max()
    assert days[["tension", "escalations", SUM, "contained_share", "strength"]].tolist() == [
        *[numbers] * 3,
        shares,
        1,
    ]


def test_shocks_before_the_horizon_are_not_shown(riots: Results) -> None:
    horizon = riots.scenario.horizon.model_copy(update={"start": dt.date(2004, 3, 18)})
    later = dataclasses.replace(riots, scenario=riots.scenario.model_copy(update={"horizon": horizon}))
    assert gids(timeline_of_incidents(later), "shock") == []


def test_shocks_are_named_on_their_day(riots: Results) -> None:
    for plot in (timeline(riots), timeline_of_incidents(riots)):
        assert set(x_values(line(plot, "shock march-2004"))) == {day_number(dt.date(2004, 3, 17))}
        assert "March 2004" in texts(plot)


def test_table_is_what_is_drawn(riots: Results) -> None:
    plot = timeline_of_incidents(riots)
    pd.testing.assert_frame_equal(plot.table, incidents_timeline_table(riots, "as-it-was", "all"))
    for response in ("escalations", "response_within_target", SUM):
        rows = plot.table[plot.table["response"] == response]
        np.testing.assert_array_equal(y_values(line(plot, f"mean {response}")), rows["mean"].to_numpy())


def test_they_are_written_where_there_are_incidents(riots: Results, tmp_path: Path) -> None:
    stems = {path.stem for path in write_figures(riots, tmp_path)}
    assert {"incidents-against-troops", "timeline-of-incidents", "timeline"} <= stems


def test_without_incidents_there_are_none(lesson: Results) -> None:
    for draw in (incidents_against_troops, timeline_of_incidents):
        with pytest.raises(ValueError, match="lesson has no incidents"):
            draw(lesson)
    assert "tension" not in set(timeline(lesson).table["response"])
