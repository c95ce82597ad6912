"""Curves of response times: the share met of each replication, averaged; never met is what is missing at the end."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.experiment import Results
from sim.plots import response_times, write_figures
from sim.plots.response_times import response_times_table
from sim.statistics import mean_interval
from tests.plots.looking import assert_readable, gids, line, texts, x_values, y_values


def by_hand(results: Results, rows: list[tuple[int | None, int, float, int]]) -> Results:
    """The results with these counts (troops, replication, minute, n) of the theatre."""
    like = results.response_times[["scenario", "policy", "sector"]].head(1).assign(sector="all")
    counts = pd.DataFrame(rows, columns=["troops", "replication", "minute", "n"]).astype({"troops": "Int64"})
    table = like.merge(counts, how="cross")[list(results.response_times.columns)]
    return dataclasses.replace(results, response_times=table)


COUNTS: list[tuple[int | None, int, float, int]] = [
    (1500, 0, 10.0, 6),  # of ten: six after ten minutes, two later than four hours, two never
    (1500, 0, 240.0, 2),
    (1500, 0, math.inf, 2),
    (1500, 1, 0.0, 1),  # of four: one at once, three after 239 minutes
    (1500, 1, 239.0, 3),
    (4000, 0, 20.0, 5),
]


def test_a_curve_is_the_mean_of_shares_with_its_interval(riots: Results) -> None:
    results = by_hand(riots, COUNTS)
    table = response_times_table(results, "as-it-was", "all")
    rows = table[table["troops"] == 1500].set_index("minute")
    shares: list[tuple[float, list[float]]] = [
        (0, [0, 0]),
        (1, [0, 0.25]),
        (10, [0, 0.25]),
        (11, [0.6, 0.25]),
        (239, [0.6, 0.25]),
        (240, [0.6, 1]),
        (math.inf, [0.8, 1]),
    ]
    for minute, values in shares:
        interval = mean_interval(values, 0.95)
        assert rows["mean"][minute] == pytest.approx(interval.mean), minute
        assert rows["half_width"][minute] == pytest.approx(interval.half_width), minute
    assert rows["n"].unique().tolist() == [2]
    only = table[table["troops"] == 4000].set_index("minute")
    assert only.loc[[20.0, 21.0, math.inf], "mean"].tolist() == [0, 1, 1]
    assert only["half_width"].isna().all()


def test_what_is_drawn_is_the_table_and_its_end_is_in_words(riots: Results) -> None:
    plot = response_times(by_hand(riots, COUNTS))
    assert gids(plot, "mean") == ["mean 1500", "mean 4000"]
    assert gids(plot, "band") == ["band 1500", "band 4000"]
    assert "mean, n = 1 to 2 (no interval below 3)" in texts(plot)
    assert not any("confidence" in text for text in texts(plot))
    rows = plot.table[(plot.table["troops"] == 1500) & np.isfinite(plot.table["minute"])]
    drawn = line(plot, "mean 1500")
    np.testing.assert_array_equal(x_values(drawn), np.arange(241))
    np.testing.assert_array_equal(y_values(drawn), rows["mean"].to_numpy())
    assert {"1,500: 10 % never met, 10 % later", "4,000: 0 % never met"} <= set(texts(plot))
    assert "at 1,500 troops 42% within 30 minutes, 42% within 60, 10 % never met, 10 % later" in plot.alt_text


def test_curves_agree_with_the_responses(riots: Results) -> None:
    """Half are met by the minute of each replication's median, rounded up; never met is 1 less the end."""
    rows = riots.responses
    medians = rows[(rows["response"] == "response_min_p50") & (rows["sector"] == "all")]
    for troops, replication, median in medians[["troops", "replication", "value"]].itertuples(index=False):
        counts = riots.response_times
        is_own = counts["troops"].isna() if pd.isna(troops) else counts["troops"] == troops
        one = counts[is_own & (counts["replication"] == replication)]
        table = response_times_table(dataclasses.replace(riots, response_times=one), "as-it-was", "all")
        met = table.set_index("minute")["mean"]
        after, before = (math.floor(median) + 1, math.floor(median)) if median < 240 else (math.inf, 240)
        assert met[before] < 0.5 + 1e-9
        assert met[after] >= 0.5 - 1e-9 or median == math.inf


def test_own_strength_has_a_curve_beside_the_levels(riots: Results) -> None:
    plot = response_times(riots)
    assert gids(plot, "mean") == ["mean 1500", "mean 17500", "mean 4000", "mean own"]
    assert_readable(plot)
    assert_readable(response_times(riots, sector="north"))


def test_many_levels_are_still_readable(riots: Results) -> None:
    plot = response_times(by_hand(riots, [(500 * (n + 1), r, 5.0, 7) for n in range(13) for r in (0, 1)]))
    assert len(gids(plot, "mean")) == 13
    assert_readable(plot)


def test_it_is_written_where_there_are_incidents(riots: Results, lesson: Results, tmp_path: Path) -> None:
    assert "response-times" in {path.stem for path in write_figures(riots, tmp_path)}
    written = pd.read_csv(tmp_path / "response-times.csv")
    pd.testing.assert_frame_equal(written, response_times(riots).table, check_dtype=False)
    with pytest.raises(ValueError, match="lesson has no incidents"):
        response_times(lesson)


def test_what_is_not_there_is_named(riots: Results) -> None:
    with pytest.raises(ValueError, match="policy is 'calm'; allowed, since they have incidents: as-it-was"):
        response_times(riots, policy="calm")
    with pytest.raises(ValueError, match="sector is 'moon'"):
        response_times(riots, sector="moon")
    with pytest.raises(ValueError, match="has no incidents"):
        response_times(by_hand(riots, COUNTS), sector="north")
