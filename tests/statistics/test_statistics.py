"""Intervals: what they cover, how tables group, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from sim.statistics import Interval, band, mean_interval, paired_difference, summarise, within_interval

SEED = 20010101
KEYS = ["scenario", "policy", "troops", "sector", "response", "unit"]
COLUMNS = [*KEYS, "n", "mean", "half_width", "confidence"]


def random_responses(n_rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    frame = pd.DataFrame(
        {
            "scenario": "kfor",
            "policy": rng.choice(["steady", "gates"], n_rows),
            "troops": pd.array(rng.choice([5000, 10000], n_rows), dtype="Int64"),
            "replication": rng.integers(0, 10, n_rows),
            "sector": rng.choice(["north", "all"], n_rows),
            "response": rng.choice(["coverage", "patrol_fill", "revisit_age_h"], n_rows),
            "unit": "share",
            "value": rng.normal(100, 3, n_rows),
        }
    )
    frame.loc[rng.random(n_rows) < 0.3, "troops"] = pd.NA
    frame.loc[rng.random(n_rows) < 0.1, "value"] = math.nan
    return frame


def slow_interval(values: list[float], confidence: float) -> tuple[int, float, float]:
    from scipy.stats import ttest_1samp

    kept = [value for value in values if not math.isnan(value)]
    if len(kept) < 2:
        return len(kept), kept[0] if kept else math.nan, math.nan
    interval = ttest_1samp(kept, 0).confidence_interval(confidence)
    return len(kept), float(np.mean(kept)), float(interval.high - interval.low) / 2


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(SEED)
    n_studies, confidence = 2000, 0.95
    n_covered = sum(within_interval(rng.normal(3, 2, 8), 3.0, confidence) for _ in range(n_studies))
    tolerance = 3.2905 * math.sqrt(confidence * (1 - confidence) / n_studies)
    assert n_covered / n_studies == pytest.approx(confidence, abs=tolerance)
    assert 0.93 <= n_covered / n_studies <= 0.97


@pytest.mark.parametrize(("n", "quantile"), [(2, 12.706), (10, 2.262), (31, 2.042)])
def test_half_width_uses_the_printed_table_of_student(n: int, quantile: float) -> None:
    values = np.arange(n, dtype=float)
    interval = mean_interval(values)
    assert interval.n == n
    assert interval.mean == pytest.approx((n - 1) / 2)
    assert interval.half_width == pytest.approx(quantile * values.std(ddof=1) / math.sqrt(n), rel=3e-4)


def test_one_value_has_no_half_width() -> None:
    interval = mean_interval([7.0])
    assert (interval.n, interval.mean) == (1, 7.0)
    assert math.isnan(interval.half_width)
    with pytest.raises(ValueError, match="1 value; allowed: 2 or more"):
        within_interval([7.0], 7.0)


def test_equal_values_have_exactly_no_half_width() -> None:
    assert mean_interval([0.1] * 10, 0.9) == Interval(10, 0.1, 0.0, 0.9)
    assert within_interval([0.1] * 10, 0.1)
    assert not within_interval([0.1] * 10, 0.1000001)


def test_paired_difference_takes_out_what_the_pairs_share() -> None:
    rng = np.random.default_rng(SEED)
    shared, effect = rng.normal(0, 10, 20), rng.normal(0.5, 0.1, 20)
    difference = paired_difference(shared + effect, shared, 0.99)
    expected = mean_interval(effect, 0.99)
    assert difference.mean == pytest.approx(expected.mean)
    assert difference.half_width == pytest.approx(expected.half_width)
    assert difference.half_width < mean_interval(shared, 0.99).half_width / 10
    assert paired_difference(shared, shared + effect, 0.99).mean == pytest.approx(-expected.mean)


@pytest.mark.parametrize("confidence", [0.9, 0.999])
def test_summary_equals_a_slow_one_made_group_by_group(confidence: float) -> None:
    responses = random_responses(400)
    groups: dict[tuple[object, ...], list[float]] = {}
    for row in responses.to_dict("records"):
        key = tuple(None if pd.isna(row[name]) else row[name] for name in KEYS)
        groups.setdefault(key, []).append(row["value"])
    summary = summarise(responses, confidence)
    assert list(summary.columns) == COLUMNS
    assert summary["troops"].dtype == pd.Int64Dtype()
    assert (summary["confidence"] == confidence).all()
    keys = [tuple(None if pd.isna(row[name]) else row[name] for name in KEYS) for row in summary.to_dict("records")]
    assert keys == list(groups)
    expected = np.array([slow_interval(values, confidence) for values in groups.values()])
    np.testing.assert_allclose(summary[["n", "mean", "half_width"]].to_numpy(dtype=float), expected, rtol=1e-9)


def test_summary_takes_categories_and_any_index() -> None:
    responses = random_responses(300)
    categories = responses.astype({"policy": "category", "sector": "category", "response": "category"})
    categories.index = pd.Index(np.zeros(300, dtype=int))
    plain = summarise(responses)
    pd.testing.assert_frame_equal(summarise(categories).astype(plain.dtypes.to_dict()), plain)


def test_summary_keeps_runs_without_a_troop_level_apart() -> None:
    responses = random_responses(6).assign(
        policy="steady", sector="all", response="coverage", value=[1.0, 2.0, 3.0, 5.0, 8.0, math.nan]
    )
    responses["troops"] = pd.array([None, 5000, None, 5000, 9000, 7000], dtype="Int64")
    summary = summarise(responses)
    assert summary["troops"].isna().tolist() == [True, False, False, False]
    assert summary["troops"].tolist()[1:] == [5000, 9000, 7000]
    assert summary["n"].tolist() == [2, 2, 1, 0]
    np.testing.assert_array_equal(summary["mean"].to_numpy(), [2.0, 3.5, 8.0, math.nan])
    assert summary["half_width"].isna().tolist() == [False, False, True, True]


def test_summary_of_nothing_has_the_columns() -> None:
    summary = summarise(random_responses(5).iloc[:0])
    assert list(summary.columns) == COLUMNS
    assert summary.empty


def test_band_is_the_interval_of_each_day() -> None:
    rng = np.random.default_rng(SEED)
    days = pd.date_range("2001-01-01", periods=4)
    rows = [
        ("kfor", policy, pd.NA, replication, day, sector)
        for policy in ("steady", "gates")
        for replication in range(5)
        for day in days
        for sector in ("north", "all")
    ]
    series = pd.DataFrame(rows, columns=["scenario", "policy", "troops", "replication", "date", "sector"])
    series = series.astype({"troops": "Int64"}).assign(coverage=rng.random(len(rows)), strength=40_000)
    table = band(series, "coverage", 0.9)
    assert list(table.columns) == [
        "scenario", "policy", "troops", "sector", "date", "n", "mean", "half_width", "confidence",
    ]  # fmt: skip
    assert len(table) == 2 * 4 * 2
    for row in table.itertuples():
        same = (series["policy"] == row.policy) & (series["date"] == row.date) & (series["sector"] == row.sector)
        n, mean, half_width = slow_interval(series.loc[same, "coverage"].tolist(), 0.9)
        assert (row.n, row.mean, row.half_width) == pytest.approx((n, mean, half_width))
    strength = band(series, "strength")
    assert (strength["mean"] == 40_000).all()
    assert (strength["half_width"] == 0).all()
    with pytest.raises(ValueError, match="response is 'cover'; allowed: coverage, strength"):
        band(series, "cover")


def test_one_endless_value_makes_a_mean_endless_and_leaves_other_groups_alone() -> None:
    rows = random_responses(5).assign(policy=["steady"] * 4 + ["gates"], troops=5000, sector="all", response="wait")
    table = summarise(rows.assign(value=[1.0, math.inf, math.nan, 3.0, 2.0]))
    assert table["n"].tolist() == [3, 1]
    assert table["mean"].tolist() == [math.inf, 2.0]
    assert table["half_width"].isna().all()
    alone = summarise(rows.assign(value=[math.inf] * 4 + [math.nan]))
    assert alone["n"].tolist() == [4, 0]
    assert alone["mean"][0] == math.inf
    assert math.isnan(alone["mean"][1])


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, math.nan])
def test_confidence_outside_its_domain_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match=r"confidence is .*; allowed: \(0, 1\)"):
        mean_interval([1.0, 2.0], confidence)


def test_what_has_no_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="values has 2 nan of 3; allowed: finite numbers"):
        mean_interval([1.0, math.nan, math.nan])
    with pytest.raises(ValueError, match="values has 1 infinite of 2"):
        mean_interval([1.0, math.inf])
    with pytest.raises(ValueError, match=r"values has shape \(0,\); allowed"):
        mean_interval([])
    with pytest.raises(ValueError, match="a has 2 values and b 1; allowed: as many"):
        paired_difference([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="value has 1 infinite of 3"):
        summarise(random_responses(3).assign(value=[1.0, -math.inf, 2.0]))
