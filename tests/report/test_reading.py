"""What stands below the answer: what it is made of, what intervals leave out, and how much is assumed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import sim
from sim.experiment import Comparison, Results
from sim.report import reading, render
from sim.report.again import facts
from sim.report.sources import SET, rows_of
from sim.report.stress import items
from sim.report.subject import Part, Subject, subject_of
from tests.report.pages import Page, lesson

ALL_OUT = 900
"""Troops of the lesson valley with which every patrol goes out."""


@pytest.fixture(scope="module", name="results")
def _results() -> Results:
    return sim.run(lesson("experiment.timeline=false", f"experiment.troops=[150, {ALL_OUT}]"), replications=2)


def with_policy(results: Results, **update: object) -> Subject:
    """The subject of results whose policy is another."""
    policy = results.scenario.policy["two-stages"].model_copy(update=update)
    scenario = results.scenario.model_copy(update={"policy": {"two-stages": policy}})
    return subject_of(dataclasses.replace(results, scenario=scenario))


def test_the_parts_are_those_of_the_highest_level(results: Results) -> None:
    table = results.summary()
    means = table[(table["sector"] == "all") & (table["troops"] == ALL_OUT)].set_index("response")["mean"]
    said = reading.parts_of_coverage(subject_of(results))
    assert "with the scenario's equal weights, of four shares of the task list; at 900 troops: " in said
    shown = f"{100 * means['patrol_coverage']:.1f}\xa0%"
    assert f"patrol areas visited in the last 12 h {shown}, sites protected 100\xa0%" in said


def test_patrols_at_random_miss_areas_though_all_go_out(results: Results) -> None:
    from sim.scenario.policy_schema import Routing

    missed = "to areas at random, so that some areas are missed"
    assert f"All patrols go out there, but {missed}" in reading.parts_of_coverage(subject_of(results))
    other = with_policy(results, routing=Routing.SYSTEMATIC)
    assert missed not in reading.parts_of_coverage(other)
    few = results.only([key for key in results.finished() if key[1] == 150])
    assert "at 150 troops" in reading.parts_of_coverage(subject_of(few))
    assert missed not in reading.parts_of_coverage(subject_of(few))


def test_a_theory_that_is_near_is_told(results: Results) -> None:
    mine = results.summary()
    rows = (mine["sector"] == "all") & (mine["troops"] == ALL_OUT) & (mine["response"] == "patrol_coverage")
    mean = float(mine.loc[rows, "mean"].iloc[0])
    expected = results.expected
    for value, is_told in ((mean - 0.01, True), (mean - 0.1, False)):
        there = (expected["response"] == "patrol_coverage") & (expected["troops"] == ALL_OUT)
        law = expected.assign(value=expected["value"].where(~there, value))
        said = reading.parts_of_coverage(subject_of(dataclasses.replace(results, expected=law)))
        assert (f"(theory: {100 * value:.1f}\xa0% visited)" in said) == is_told
        assert ("theory" in said) == is_told


def test_weights_that_differ_are_named_and_parts_without_weight_left_out(results: Results) -> None:
    coverage = results.scenario.coverage.model_copy(update={"weight_patrols": 2.0, "weight_sites": 0.0})
    scenario = results.scenario.model_copy(update={"coverage": coverage})
    said = reading.parts_of_coverage(subject_of(dataclasses.replace(results, scenario=scenario)))
    assert "with the scenario's weights 2 : 1 : 1, of three shares" in said
    assert "sites protected" not in said


def test_assumptions_are_counted(results: Results) -> None:
    rows = rows_of(results.scenario)
    n = sum(row.kind == "assumed" for row in rows)
    n_tasks = sum(row.key.startswith("tasks.") for row in rows)
    said = reading.limits(subject_of(results))
    assert f"{n} of the scenario's {len(rows)} numbers are assumptions, all {n_tasks} of the task list among" in said
    assert said.startswith("Intervals show the luck of the simulation alone")
    once = results.only([key for key in results.finished() if key[2] == 0])
    assert "Intervals" not in reading.limits(subject_of(once))


def test_a_comparison_tells_the_parts_of_its_baseline(compared: tuple[Path, Comparison]) -> None:
    subject = subject_of(compared[0])
    assert "; with “Hold”: patrol areas visited" in reading.parts_of_coverage(subject)
    assert subject.comparison is not None
    by_other = dataclasses.replace(subject.comparison, response="patrol_coverage")
    assert reading.parts_of_coverage(dataclasses.replace(subject, comparison=by_other)) == ""


def settings_said(part: Part) -> str:
    return dict(facts(part))["settings"]


def test_what_is_set_is_said_in_one_way_and_listed(results: Results) -> None:
    (part,) = subject_of(results).parts
    n_set = sum(row.kind == "set" for row in rows_of(part.scenario))
    assert n_set >= 2
    model = next(item for item in items(part.scenario, part.manifest) if item.number == "3.1")
    assert f"{n_set} {SET}." in model.paragraphs[0]
    assert {row.source for row in rows_of(part.scenario) if row.kind == "set"} == {SET}
    said = settings_said(part)
    assert "experiment.replications=2" in said
    assert f"experiment.troops=[150, {ALL_OUT}]" in said
    assert said.count("experiment.troops") == 1
    page = render(results, interactive=False)
    assert "command line" not in page and "set by the caller" not in page


def test_a_file_as_it_is_has_no_settings() -> None:
    from sim.scenario import load
    from tests.scenarios import FOLDER

    scenario = load(FOLDER / "lesson.toml")
    results = sim.run(lesson("experiment.timeline=false"), replications=1)
    (part,) = subject_of(results).parts
    untouched = dataclasses.replace(
        part, results=dataclasses.replace(results, scenario=scenario), manifest={**part.manifest, "settings": []}
    )
    assert settings_said(untouched) == "none: the file as it is"
    said = next(item for item in items(scenario, untouched.manifest) if item.number == "3.1").paragraphs[0]
    assert SET not in said and "none from a source" in said and " 0 " not in said


def test_keys_break_after_dots_alone(results: Results) -> None:
    page = render(results, interactive=False)
    assert '<th scope="row">tasks.<wbr>patrols.<wbr>per_day</th>' in page
    assert "tasks.patrols.per_day" in Page(page).shown
