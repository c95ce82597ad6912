"""Reports of comparisons say what `peacesim compare` decided."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim.experiment import Comparison
from sim.report import render
from sim.report.subject import subject_of
from tests.report.pages import Page, lesson

NOT_WORSE, WORSE = "is shown to be not worse", "is shown to be worse"


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Comparison]:
    folder = tmp_path_factory.mktemp("comparison")
    study = lesson("policy.hold={like = 'two-stages', title = 'Hold', stages = {}}", "experiment.troops=[]")
    comparison = sim.compare(study, baseline="hold", delta=0.02, also=["patrol_coverage"], replications=3, out=folder)
    comparison.write(folder)
    # More replications since are no part of the comparison.
    sim.run(study, policies=["hold"], replications=4, out=folder)
    return folder, comparison


def test_the_folder_gives_the_comparison_back(compared: tuple[Path, Comparison]) -> None:
    folder, comparison = compared
    found = subject_of(folder).comparison
    assert found is not None
    assert found.question() == comparison.question()
    assert found.decision().equals(comparison.decision())
    assert found.effort().equals(comparison.effort())


def test_the_answer_is_the_decision(compared: tuple[Path, Comparison]) -> None:
    folder, comparison = compared
    row = comparison.decision().iloc[0]
    page = Page(render(folder))
    verdicts = {"not worse": NOT_WORSE, "worse": WORSE, "not shown": "is not shown either way"}
    assert verdicts[row["verdict"]] in page.shown
    difference = f"{100 * row['difference']:.1f}".replace("-", "\N{MINUS SIGN}")
    assert difference in page.shown
    assert all(one["alt"] for one in page.all("img"))
    assert "Decision by coverage" in page.shown


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
