"""Interactive charts say what the pictures say: upright lines have their names beside them, and captions fit both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.plots import coverage_against_troops
from sim.report.captions import HEADINGS, alt_text, caption
from sim.report.charts import Chart, chart_of_results
from sim.report.lines import _rows_of_names
from sim.report.subject import subject_of


@pytest.fixture(name="chart", scope="module")
def _chart(levels_folder: Path) -> Chart:
    pytest.importorskip("altair")
    results = subject_of(levels_folder).parts[0].results
    table = coverage_against_troops(results).table
    return chart_of_results("coverage-against-troops", results, ["two-stages"], table, "")


def texts_in(spec: dict[str, Any]) -> list[str]:
    """What is written in the first panel, but for the pale edges under it."""
    return [
        spec["datasets"][layer["data"]["name"]][0]["label"]
        for layer in spec["vconcat"][0]["layer"]
        if layer["mark"]["type"] == "text" and "stroke" not in layer["mark"]
    ]


def test_upright_lines_are_named_in_the_chart_as_in_its_note(levels_folder: Path, chart: Chart) -> None:
    scenario = subject_of(levels_folder).parts[0].scenario
    marks = [mark.label for mark in scenario.marks.values() if 150 <= mark.troops <= 450]
    assert marks
    assert texts_in(chart.spec) == marks
    assert all(f"{label} (" in chart.note for label in marks)
    assert "Upright lines: " in chart.note and "across" not in chart.note
    assert {"name": "is_narrow", "value": False} in chart.spec["params"]


def test_names_beside_upright_lines_stay_apart() -> None:
    marks = [{"at": i, "label": "A name", "share": share} for i, share in enumerate((0.0, 0.01, 0.02, 0.5, 0.97))]
    assert _rows_of_names(marks, 520) == [0, 1, 2, 0, 0]
    assert _rows_of_names(marks, 100_000) == [0, 0, 0, 0, 0]


def test_dashes_are_told_from_upright_lines(chart: Chart) -> None:
    assert "Dashed curves: theory." in chart.note
    dashed = [layer for layer in chart.spec["vconcat"][0]["layer"] if "strokeDash" in json.dumps(layer["mark"])]
    assert [layer["mark"]["type"] for layer in dashed] == ["rule", "line", "line"]


@pytest.mark.parametrize("kind", HEADINGS)
def test_alternative_texts_are_short_and_name_the_kind_of_picture(kind: str) -> None:
    assert len(alt_text(kind)) < 100
    assert any(word in alt_text(kind) for word in ("chart", "Curves", "plot", "Rows"))
    assert alt_text(kind, "Gates").endswith("(Gates).")


def test_a_caption_is_the_finding(levels_folder: Path) -> None:
    plot = coverage_against_troops(subject_of(levels_folder).parts[0].results)
    said = caption("coverage-against-troops", plot, None)
    assert said.startswith("Coverage: ")
    assert said in plot.alt_text and said != plot.alt_text
    assert caption("coverage-against-troops", plot, None, "Two stages").startswith("Two stages: Coverage: ")
