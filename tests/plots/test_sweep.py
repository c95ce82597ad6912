"""Coverage against troops: what is drawn is what the summary says."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection

from sim.experiment import Results, run
from sim.plots import Plot, coverage_against_troops, coverage_by_sector
from sim.plots.data import sweep_table
from sim.plots.style import LOOKS
from sim.scenario.schema import Mark, Scenario
from tests.plots.looking import assert_readable, by_gid, gids, line, texts, x_values, y_values
from tests.scenarios import shipped


def summary_of(results: Results, response: str, sector: str = "all") -> pd.DataFrame:
    table = results.summary()
    rows = table[(table["sector"] == sector) & (table["response"] == response) & table["troops"].notna()]
    return rows.sort_values("troops")


def with_marks(results: Results, **marks: tuple[str, int]) -> Results:
    made = {key: Mark(label=label, troops=troops) for key, (label, troops) in marks.items()}
    return dataclasses.replace(results, scenario=results.scenario.model_copy(update={"marks": made}))


def titled(scenario: Scenario, title: str) -> Scenario:
    copy = scenario.model_copy(update={"title": title})
    copy._name, copy._provenance = scenario.name, scenario.provenance
    return copy


@pytest.mark.parametrize("response", list(LOOKS))
def test_lines_and_bands_are_the_summary(lesson: Results, response: str) -> None:
    plot, rows = coverage_against_troops(lesson), summary_of(lesson, response)
    mean, half = rows["mean"].to_numpy(), rows["half_width"].to_numpy()
    drawn = line(plot, f"mean {response}")
    np.testing.assert_array_equal(x_values(drawn), rows["troops"].to_numpy(dtype=float))
    np.testing.assert_array_equal(y_values(drawn), mean)
    band = by_gid(plot, f"band {response}")
    assert isinstance(band, PolyCollection)
    corners = {tuple(corner) for corner in np.round(np.asarray(band.get_paths()[0].vertices), 12).tolist()}
    for troops, low, high in zip(rows["troops"], mean - half, mean + half, strict=True):
        assert {(float(troops), round(low, 12)), (float(troops), round(high, 12))} <= corners


def test_whiskers_are_the_range_of_replications(lesson: Results) -> None:
    whiskers = by_gid(coverage_against_troops(lesson), "range patrol_coverage")
    assert isinstance(whiskers, LineCollection)
    rows = lesson.responses
    rows = rows[(rows["sector"] == "all") & (rows["response"] == "patrol_coverage") & rows["troops"].notna()]
    for segment in whiskers.get_segments():
        (troops, low), (_, high) = np.asarray(segment)
        values = rows.loc[rows["troops"] == int(troops), "value"]
        assert (low, high) == (values.min(), values.max())
    assert len(whiskers.get_segments()) == rows["troops"].nunique()


def test_theory_is_dashed(lesson: Results) -> None:
    plot = coverage_against_troops(lesson)
    assert gids(plot, "theory") == ["theory coverage", "theory patrol_coverage"]
    rows = lesson.expected
    rows = rows[(rows["sector"] == "all") & (rows["response"] == "coverage")].sort_values("troops")
    drawn = line(plot, "theory coverage")
    np.testing.assert_array_equal(y_values(drawn), rows["value"].to_numpy())
    assert drawn.is_dashed() and not line(plot, "mean coverage").is_dashed()
    assert any("theory" in text for text in texts(plot))


def test_without_theory_there_is_none(lesson: Results) -> None:
    plot = coverage_against_troops(dataclasses.replace(lesson, expected=lesson.expected.iloc[:0]))
    assert gids(plot, "theory") == []
    assert not any("theory" in text for text in texts(plot))


def test_only_marks_in_range_are_drawn(gates: Results) -> None:
    marked = with_marks(
        gates, a=("Low", 4499), b=("First", 4500), c=("Gate", 5000), d=("Last", 10000), e=("High", 10001)
    )
    plot = coverage_against_troops(marked)
    assert gids(plot, "mark") == ["mark b", "mark c", "mark d"]
    np.testing.assert_array_equal(x_values(line(plot, "mark c")), [5000, 5000])
    assert {"First  4,500", "Gate  5,000", "Last  10,000"} <= set(texts(plot))
    assert gids(coverage_by_sector(marked), "mark b") == sorted(
        f"mark b {sector}" for sector in (*gates.scenario.theatre.sectors, "all")
    )


def test_readable(lesson: Results) -> None:
    assert_readable(coverage_against_troops(lesson))


def test_readable_by_sector(gates: Results) -> None:
    assert_readable(coverage_by_sector(gates))


def test_readable_with_crowded_marks(gates: Results) -> None:
    crowd = {f"m{n}": (f"A rather long label {n}", 4500 + 120 * n) for n in range(6)}
    crowd["end"] = ("A label at the very end of the axis that is much too long for the room it has", 10000)
    assert_readable(coverage_against_troops(with_marks(gates, **crowd)))


def test_a_sector_of_its_own(gates: Results) -> None:
    plot = coverage_against_troops(gates, sector="west")
    rows = summary_of(gates, "coverage", "west")
    np.testing.assert_array_equal(y_values(line(plot, "mean coverage")), rows["mean"].to_numpy())
    assert set(plot.table["sector"]) == {"west"}


def test_a_panel_a_sector(gates: Results) -> None:
    plot = coverage_by_sector(gates)
    sectors = list(gates.scenario.theatre.sectors)
    assert [ax.get_title(loc="left") for ax in plot.axes] == [
        "Whole theatre",
        *(gates.scenario.theatre.sectors[sector].name for sector in sectors),
    ]
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in plot.axes}) == 1
    for ax, sector in zip(plot.axes, ["all", *sectors], strict=True):
        (drawn,) = [one for one in ax.lines if one.get_gid() == "mean site_protection"]
        rows = summary_of(gates, "site_protection", sector)
        np.testing.assert_array_equal(y_values(drawn), rows["mean"].to_numpy())


def test_panels_of_four_stand_two_by_two(gates: Results) -> None:
    scenario = gates.scenario
    three = {key: scenario.theatre.sectors[key] for key in list(scenario.theatre.sectors)[:3]}
    theatre = scenario.theatre.model_copy(update={"sectors": three})
    fewer = dataclasses.replace(gates, scenario=scenario.model_copy(update={"theatre": theatre}))
    plot = coverage_by_sector(fewer)
    assert len({round(ax.get_position().x0, 6) for ax in plot.axes}) == 2
    assert len({round(ax.get_position().y0, 6) for ax in plot.axes}) == 2
    assert_readable(plot)


def test_a_part_without_demand_drops_out(lesson: Results) -> None:
    rows = lesson.responses.copy()
    rows.loc[rows["response"] == "checkpoint_fill", "value"] = np.nan
    plot = coverage_against_troops(dataclasses.replace(lesson, responses=rows))
    assert "checkpoint_fill" not in set(plot.table["response"])
    assert LOOKS["checkpoint_fill"].name not in texts(plot)
    assert LOOKS["site_protection"].name in texts(plot)


def test_one_replication_at_one_level_has_no_interval() -> None:
    results = run(shipped("lesson", experiment__sweep_days=2), troops=[300], replications=1)
    plot = coverage_against_troops(results)
    assert_readable(plot)
    assert not any("confidence" in text or "range" in text for text in texts(plot))
    assert "mean, n = 1" in texts(plot)


def test_unequal_numbers_of_replications_are_said(lesson: Results) -> None:
    rows = lesson.responses
    plot = coverage_against_troops(
        dataclasses.replace(lesson, responses=rows[(rows["troops"] != 300) | (rows["replication"] != 2)])
    )
    assert "mean, n = 2 to 3 (no interval below 3)" in texts(plot)
    assert_readable(plot)


@pytest.mark.parametrize(
    ("spread", "is_range", "is_band"), [(0.0, False, False), (0.002, False, True), (0.2, True, True)]
)
def test_the_key_has_what_shows_beside_lines_and_markers(
    lesson: Results, spread: float, is_range: bool, is_band: bool
) -> None:
    """On 3.1 in a share of 0.002 is 0.4 pt: its interval, of three replications, is seen and its range is not."""
    values = 0.5 + spread * (lesson.responses["replication"] - 1)
    words = texts(coverage_against_troops(dataclasses.replace(lesson, responses=lesson.responses.assign(value=values))))
    assert ("range of replications" in words) == is_range
    assert ("its 95 % confidence interval" in words) == is_band


def test_table_is_that_of_the_results(gates: Results) -> None:
    sectors = [*gates.scenario.theatre.sectors, "all"]
    table = sweep_table(gates, "gates", sectors, list(LOOKS))
    summary = gates.summary()
    summary = summary[summary["response"].isin(LOOKS)]
    keys = ["sector", "response", "troops"]
    columns = [*keys, "n", "mean", "half_width", "unit", "confidence"]
    pd.testing.assert_frame_equal(
        table[columns].sort_values(keys).reset_index(drop=True),
        summary[columns].sort_values(keys).reset_index(drop=True),
    )
    assert not table["expected"].isna().any()


def test_words_of_a_scenario_are_shown_as_they_are(lesson: Results) -> None:
    title = r"Costs $5 & $6 <b>\alpha</b>"
    results = dataclasses.replace(lesson, scenario=titled(lesson.scenario, title))
    results = with_marks(results, m=("$x_1$ <i>", 300))
    assert {title, "$x_1$ <i>  300"} <= set(texts(coverage_against_troops(results)))
    assert_readable(coverage_against_troops(results))
    assert not any(text.get_parse_math() for text in coverage_against_troops(results).texts)


def test_what_is_missing_is_said(lesson: Results) -> None:
    missing = pd.DataFrame({"policy": ["two-stages"], "troops": pd.array([300], dtype="Int64"), "replication": [7]})
    plot = coverage_against_troops(dataclasses.replace(lesson, missing=missing))
    assert any("1 replications missing" in text for text in texts(plot))
    assert not any("missing" in text for text in texts(coverage_against_troops(lesson)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"policy": "two-stage"}, "allowed.*two-stages"), ({"sector": "hills"}, "allowed: valley, all")],
)
def test_unknown_keys_are_refused(lesson: Results, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        coverage_against_troops(lesson, **wrong)


def test_a_timeline_alone_has_no_sweep(lesson: Results) -> None:
    timeline_only = lesson.only([("two-stages", None, 0)])
    for draw in (coverage_against_troops, coverage_by_sector):
        with pytest.raises(ValueError, match="no run at troop levels"):
            draw(timeline_only)


def test_a_notebook_shows_it(lesson: Results) -> None:
    plot = coverage_against_troops(lesson)
    assert isinstance(plot, Plot)
    image, size = plot._repr_png_()
    assert image.startswith(b"\x89PNG")
    assert size["width"] > size["height"] > 0
