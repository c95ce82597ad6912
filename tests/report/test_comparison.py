"""Reports of comparisons say what `peacesim compare` decided."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest

from sim.experiment import Comparison
from sim.plots import forest, forest_of_responses
from sim.plots.comparing import scale_of
from sim.report import answer, exhibits, render
from sim.report.captions import caption, heading, worse_by
from sim.report.differences import key_of_differences, note_of_differences
from sim.report.subject import subject_of
from sim.report.tables import tables as tables_of
from sim.report.words import NO_VERDICT, difference_in_words, during
from tests.report.pages import Page

NOT_WORSE, WORSE = "is shown to be not worse", "is shown to be worse"


def test_the_folder_gives_the_comparison_back(compared: tuple[Path, Comparison]) -> None:
    folder, comparison = compared
    found = subject_of(folder).comparison
    assert found is not None
    assert found.question() == comparison.question()
    assert found.decision().equals(comparison.decision())
    assert found.effort().equals(comparison.effort())


def test_the_answer_is_the_decision(compared: tuple[Path, Comparison], compared_page: str) -> None:
    _, comparison = compared
    row = comparison.decision().iloc[0]
    page = Page(compared_page)
    verdicts = {"not worse": NOT_WORSE, "worse": WORSE, "not shown": "is not shown either way"}
    assert verdicts[row["verdict"]] in page.shown
    difference = f"{100 * row['difference']:.1f}".replace("-", "\N{MINUS SIGN}")
    assert difference in page.shown
    assert all(one["alt"] for one in page.all("img"))
    assert "Decision by coverage" in page.shown
    assert f"By coverage {during(*comparison.period)}: is “" in page.shown


def test_names_beside_a_chart_take_lines_and_are_never_cut(compared: tuple[Path, Comparison]) -> None:
    pytest.importorskip("altair")
    from sim.report.differences import differences_chart

    name = "Two stages, the old bridge handed to the police"
    spec = differences_chart(
        compared[1], compared[1].decision().assign(response="coverage"), {"two-stages": name}, [], 0.02, ""
    )
    (labels,) = {one["encoding"]["y"]["axis"]["labelExpr"] for one in spec["layer"] if "y" in one["encoding"]}
    for lines in (
        ["Two stages, the old", "bridge handed to", "the police"],
        ["Two stages, the old", "bridge handed to the", "police"],
    ):
        assert f"{json.dumps(name)}: {json.dumps(lines)}" in labels
    assert spec["params"] == [{"name": "is_narrow", "value": False}]
    assert spec["height"] >= 3 * 14
    assert spec["usermeta"]["narrowHeight"] >= 3 * 14


def test_a_question_that_is_none_is_refused(compared: tuple[Path, Comparison], tmp_path: Path) -> None:
    import shutil

    from sim.store import StoreError

    folder = shutil.copytree(compared[0], tmp_path / "copy")
    (folder / "comparison.json").write_text('{"scenarios": {"other": ""}}', encoding="utf-8")
    with pytest.raises(StoreError, match="not the question of a comparison"):
        render(folder)


def test_without_a_delta_it_says_that_no_verdict_was_asked_for(
    compared: tuple[Path, Comparison], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exhibits, "drawings", lambda results: [])
    asked = dataclasses.replace(compared[1], delta=None)
    page = render(asked, interactive=False)
    shown = Page(page).shown
    assert "by how much does “" in shown
    assert NO_VERDICT in shown
    assert "How each differs from the baseline" in shown
    assert "Which are worse" not in shown
    assert "not shown" not in shown
    assert "A minus: less than the baseline, which is worse." in shown


def test_a_chart_without_a_delta_has_no_key_of_verdicts(compared: tuple[Path, Comparison]) -> None:
    pytest.importorskip("altair")
    from sim.report.charts import chart_of_comparison

    for comparison, is_keyed in ((compared[1], True), (dataclasses.replace(compared[1], delta=None), False)):
        table = forest(comparison).table
        chart = chart_of_comparison("decision", comparison, table, "")
        assert bool(chart.key) == is_keyed
        assert (NO_VERDICT in chart.note) != is_keyed
        assert ("verdict" in json.dumps(chart.spec["layer"][-1]["encoding"]["tooltip"])) == is_keyed


def test_a_colour_that_is_no_verdict_is_not_called_one(compared: tuple[Path, Comparison]) -> None:
    table = compared[1].decision()
    shown = table.assign(shown=["not worse"] * len(table)).drop(columns="verdict")
    assert [words for words, _, _ in key_of_differences(shown)] == ["better"]


@pytest.mark.parametrize(("lost", "said"), [(0.16, "lost 16"), (-0.16, "gained 16")])
def test_a_gain_is_not_a_negative_loss(compared: tuple[Path, Comparison], lost: float, said: str) -> None:
    comparison = compared[1]
    effort = comparison.effort().assign(lost=lost, is_on_frontier=True)

    class Drawn:
        table = effort
        alt_text = ""

    text = caption("cost", Drawn(), comparison)  # type: ignore[arg-type]
    assert said in text
    assert "16" in text and "-16" not in text and "−16" not in text


def test_parts_of_the_cost_chart_have_one_unit(compared: tuple[Path, Comparison]) -> None:
    pytest.importorskip("altair")
    from sim.report.differences import cost_chart

    comparison = compared[1]
    table = comparison.effort()
    assert 1e4 <= table["soldier_days"].max() < 1e6
    text = json.dumps(cost_chart(comparison, table, {"hold": "Hold", "two-stages": "Two"}, ""))
    assert "thousand soldier-days" in text and "million" not in text
    assert "0.001 * datum.soldier_days" in text


def test_headings_follow_the_question(compared: tuple[Path, Comparison]) -> None:
    assert heading("decision", compared[1]) == "Which are worse, and which are not"
    assert heading("timeline", None) == "Day by day"
    assert "that hold for all comparisons together. That a policy" in answer.basis(subject_of(compared[0]))


def test_of_many_policies_the_ends_are_named() -> None:
    rows = [{"difference": -0.01 * i, "alternative": f"p{i}"} for i in (3, 1, 6, 2, 5, 4)]
    said = answer._all_or_ends(rows, lambda row: str(row["alternative"]))
    assert said == "6 policies, from p6 to p1,"
    assert answer._all_or_ends(rows[:2], lambda row: str(row["alternative"])) == "p3 and p1"


def test_differences_of_both_signs_go_from_the_least_to_the_greatest() -> None:
    rows = [{"difference": 0.01 * i, "alternative": f"p{i}"} for i in (3, -1, 6, -5, 2, 4)]
    rows.append({"difference": None, "alternative": "unknown"})
    assert answer._differences(rows, lambda row: str(row["alternative"])) == "of 7 policies, go from p-5 to p6"
    assert answer._differences(rows[:2], lambda row: str(row["alternative"])) == "are p3 and p-1"
    unknown = [{"difference": None, "alternative": f"p{i}"} for i in range(6)]
    assert answer._differences(unknown, lambda row: "") == "of 6 policies, cannot be told from so few pairs"


def verdict_words(page: Page) -> str:
    """The sentence of the answer."""
    return next(line for line in page.shown.splitlines() if line.startswith("Against “"))


def test_half_widths_of_the_sentence_are_those_of_the_table(
    compared: tuple[Path, Comparison], compared_page: str
) -> None:
    row = compared[1].decision().iloc[0]
    half = row["simultaneous_half_width"]
    words = difference_in_words(row["difference"], half, 100)
    assert f"({words})" in verdict_words(Page(compared_page))
    (cells,) = next(view.rows for view in tables_of(subject_of(compared[0])) if view.caption.startswith("Decision"))
    assert cells[3] == words
    assert "difference, percentage points" in compared_page


def worse_interval(comparison: Comparison, difference: float, half: float, p: float) -> Comparison:
    """The comparison with another decision."""
    decided = comparison.decision().assign(
        difference=difference, simultaneous_half_width=half, p_not_worse=p, verdict="not worse"
    )

    class Decided(Comparison):
        def decision(self) -> pd.DataFrame:
            return decided

    return Decided(**{field.name: getattr(comparison, field.name) for field in dataclasses.fields(comparison)})


def test_an_interval_beyond_the_limit_beside_not_worse_is_explained(compared: tuple[Path, Comparison]) -> None:
    """Not worse by 1 point, with an interval from 3.1 points worse on: the note stands wherever the two do."""
    told = dataclasses.replace(compared[1], delta=0.01)
    crossing = worse_interval(told, 0.052, 0.083, 0.04)
    subject = dataclasses.replace(subject_of(compared[0]), comparison=crossing)
    (said,) = answer.answers(subject)
    assert "counting 1 percentage point or more as worse" in said
    assert "(+5.2 ± 8.3) is shown to be not worse" in said.replace("\xa0", " ")
    note = "rests on a one-sided test, so that its two-sided interval may reach beyond the limit"
    decision = tables_of(subject)[0]
    assert note in answer.basis(subject)
    assert note in decision.note and "p, one-sided" in decision.note
    assert "worse by 1 percentage point or more" in decision.note
    chart_note = note_of_differences(crossing, is_decision=True)
    assert note in chart_note and "worse by 1 percentage point or more" in chart_note
    undecided = dataclasses.replace(told, delta=None)
    assert note not in answer.basis(dataclasses.replace(subject, comparison=undecided))
    assert note not in note_of_differences(undecided, is_decision=True)


@pytest.mark.parametrize(
    ("response", "delta", "said"),
    [
        ("coverage", 0.07, "7 percentage points"),
        ("coverage", 0.01, "1 percentage point"),
        ("response_min_p50", 1.0, "1 minute"),
        ("incidents_per_day", 0.5, "0.5 per day"),
    ],
)
def test_deltas_have_a_unit(compared: tuple[Path, Comparison], response: str, delta: float, said: str) -> None:
    assert worse_by(dataclasses.replace(compared[1], response=response, delta=delta)) == said


def test_units_are_said_as_a_sentence_says_them(compared: tuple[Path, Comparison]) -> None:
    assert [scale_of(one).in_words for one in ("coverage", "incidents_per_day", "peak_tension")] == [
        "in percentage points",
        "per day",
        "as a ratio",
    ]
    one = forest_of_responses(compared[1]).alt_text
    assert one.startswith("Forest plot of one response, ")
    assert "plots of 1" not in one
