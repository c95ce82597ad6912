"""Quick answers, and the widget in front of them: without a browser."""

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sim import expectation
from sim.expectation import expected_responses
from sim.experiment import run
from sim.model import replicate
from sim.plots.style import LOOKS
from sim.responses.snapshot import ending_after, take_snapshot
from sim.scenario import ScenarioError, load
from sim.teach import widget
from sim.teach.answer_html import numbers_html, picture_html
from sim.teach.quick_answer import LEAST_N, MAP_AT_H, MOST_N, N_DAYS, answer, in_a_sentence, ranges
from sim.teach.widget import what_if
from tests.plots.looking import assert_readable, gids, line, x_values, y_values
from tests.scenarios import FOLDER, shipped


def test_numbers_are_those_of_a_run_of_the_changed_scenario() -> None:
    found = answer("lesson", 200, patrols_per_day=6, window_h=8, routing="systematic")
    changed = shipped(
        "lesson",
        tasks__patrols__per_day=6.0,
        coverage__window_h=8.0,
        experiment__sweep_days=N_DAYS,
        **{"policy__two-stages__routing": "systematic"},
    )
    results = run(changed, troops=[200], replications=MOST_N)
    summary = results.summary()
    summary = summary[summary["sector"] == "all"].set_index("response")
    law = {name: value for sector, name, value in expected_responses(changed, "two-stages", 200) if sector == "all"}
    assert found.table["response"].to_list() == [*LOOKS, "patrols_per_day"]
    for row in found.table.to_dict("records"):
        same = summary.loc[row["response"]]
        assert (row["n"], row["mean"], row["half_width"]) == (same["n"], same["mean"], same["half_width"])
        assert row["expected"] == law[row["response"]]


@pytest.mark.parametrize("troops", [None, "many", 300.5, True, math.nan, [300]])
def test_troops_are_whole(troops: Any) -> None:
    with pytest.raises(TypeError, match="whole number of soldiers, like 300; found"):
        answer("lesson", troops)


def test_a_strength_that_was_worked_out_is_a_number_of_soldiers() -> None:
    assert answer("lesson", 300.0).headline.startswith("300 soldiers, ")  # type: ignore[arg-type]


def test_the_curve_is_theory_with_the_level_on_top() -> None:
    found = answer("lesson", 320, window_h=8)
    changed = shipped("lesson", coverage__window_h=8.0)
    drawn = line(found.figure, "theory coverage")
    levels = x_values(drawn)
    assert levels[0] == 0 and levels[-1] == 600 and len(levels) >= 8
    for troops, value in zip(levels[::4], y_values(drawn)[::4], strict=True):
        law = expected_responses(changed, "two-stages", int(troops))
        assert value == next(x for sector, name, x in law if (sector, name) == ("all", "coverage"))
    row = found.table.set_index("response").loc["coverage"]
    marker = line(found.figure, "mean coverage")
    assert (x_values(marker).item(), y_values(marker).item()) == (320, row["mean"])
    assert gids(found.figure, "mark") == ["mark company", "mark start"]
    assert gids(found.figure, "before") == ["before coverage"]
    assert_readable(found.figure)


def test_what_the_file_has_is_not_drawn_twice() -> None:
    assert gids(answer("lesson", 320).figure, "before") == []


def test_a_routing_without_a_law_has_no_line_and_a_point() -> None:
    found = answer("lesson", 320, routing="longest_unvisited")
    expected = found.table.set_index("response")["expected"]
    assert math.isnan(expected["coverage"]) and expected["site_protection"] > 0
    assert "theory coverage" not in gids(found.figure, "theory") and "mean coverage" in gids(found.figure, "mean")
    assert_readable(found.figure)


def test_the_map_is_of_the_replication_that_was_measured() -> None:
    found = answer("lesson", 320, patrols_per_day=5)
    changed = shipped("lesson", tasks__patrols__per_day=5.0)
    at_s = MAP_AT_H * 3600
    trace = replicate(ending_after(changed, at_s), "two-stages", troops=320, seed=20010101, replication=0)
    snapshot = take_snapshot(changed, trace, at_s)
    areas = found.map.table[found.map.table["what"] == "area"]
    np.testing.assert_allclose(areas["hours_since_visit"], snapshot.since_visit_h, atol=1e-4)
    assert areas["covered"].to_list() == snapshot.is_covered.tolist()


def test_the_same_question_has_the_same_answer() -> None:
    one, other = (answer("lesson", 250, patrols_per_day=7.5) for _ in range(2))
    assert one.table.equals(other.table)
    assert picture_html(one.figure) == picture_html(other.figure)
    assert (one.headline, one.words) == (other.headline, other.words)
    assert answer("lesson", 350, patrols_per_day=7.5).table["mean"].to_list() != one.table["mean"].to_list()


def test_what_is_shortened_is_said() -> None:
    words = answer("kfor-2001", 10_200).words
    assert f"{LEAST_N} replications of {N_DAYS} days after a warm-up of 48 h" in words
    assert "10 replications of 60 days after 72 h" in words and "wider" in words


def test_a_name_a_path_and_a_scenario_are_the_same() -> None:
    by_name = answer("lesson", 300).table
    assert by_name.equals(answer(FOLDER / "lesson.toml", 300).table)
    assert by_name.equals(answer(shipped("lesson"), 300).table)


def test_settings_of_a_scenario_are_kept() -> None:
    smaller = answer(shipped("lesson", force__section_size=15), 300).table
    assert smaller["mean"].iloc[0] < answer("lesson", 300).table["mean"].iloc[0]


def test_a_scenario_changed_in_python_is_refused() -> None:
    changed = shipped("lesson")
    changed = changed.model_copy(update={"force": changed.force.model_copy(update={"section_size": 15.0})})
    changed._name, changed._provenance = "lesson", shipped("lesson").provenance
    with pytest.raises(TypeError, match="path of a file"):
        answer(changed, 300)


@pytest.mark.parametrize(
    ("ask", "kind", "words"),
    [
        (lambda: answer("leson", 300), FileNotFoundError, "no scenario 'leson'; there are"),
        (lambda: answer("nowhere.toml", 300), ScenarioError, "no such file"),
        (lambda: answer("lesson", 300, window_h=-1), ScenarioError, "coverage.window_h"),
        (lambda: answer("lesson", 300, patrols_per_day=math.nan), ScenarioError, "tasks.patrols.per_day"),
        (lambda: answer("lesson", 300, routing="clever"), ScenarioError, "routing"),
        (lambda: answer("lesson", -1), ValueError, "troops"),
        (lambda: answer(7, 300), TypeError, "7 is neither"),  # type: ignore[arg-type]
    ],
)
def test_faults_say_what_is_wrong(ask: Callable[[], object], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        ask()


def test_an_answer_shows_itself_without_a_widget(tmp_path: Any) -> None:
    file = tmp_path / "shown.toml"
    file.write_text(
        f'extends = "{FOLDER / "lesson.toml"}"\ntitle = "A <b>bold</b> & plain title"\n'
        '[theatre.sectors.valley]\nname = "<i>Valley</i>"\n',
        encoding="utf-8",
    )
    found = answer(file, 300)
    page = found._repr_html_()
    assert page.count("<img ") == 2 and page.count("<tr>") == 1 + len(found.table)
    assert "<i>" not in page and "&lt;i&gt;Valley" in page
    assert found.headline in repr(found)


def test_ranges_hold_what_the_file_has() -> None:
    found = ranges("kfor-2001")
    assert (found.troops.start, found.troops.highest, found.troops.step) == (40_000, 50_000, 200)
    assert (found.patrols_per_day.start, found.patrols_per_day.highest) == (625, 1250)
    assert (found.window_h.start, found.routing) == (6, "random")
    assert all(mark.troops % found.troops.step == 0 for mark in shipped("kfor-2001").marks.values())


def test_without_ipywidgets_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(widget.importlib.sys.modules, "ipywidgets", None)  # type: ignore[attr-defined]
    with pytest.raises(ImportError, match="sh go notebooks"):
        what_if("lesson")


def test_the_widget_shows_what_answer_says() -> None:
    panel = widget._Panel(importlib.import_module("ipywidgets"), "lesson")
    panel.troops.value = 200
    found = answer("lesson", 200, panel.patrols.value, panel.window.value, routing="random")
    assert panel.numbers.value == numbers_html(found)
    assert found.headline in panel.status.value and found.words[:40] in panel.words.value
    assert panel.figure.value == picture_html(found.figure) and panel.map.value == picture_html(found.map)
    panel.routing.value = "systematic"
    assert "routing systematic" in panel.status.value and panel.numbers.value != numbers_html(found)


def test_a_fault_is_a_sentence_in_the_widget_and_the_next_answer_is_right(tmp_path: Any) -> None:
    file = tmp_path / "mine.toml"
    good = f'extends = "{FOLDER / "lesson.toml"}"\ntitle = "Mine"\n'
    file.write_text(good, encoding="utf-8")
    panel = widget._Panel(importlib.import_module("ipywidgets"), file)
    file.write_text(good + "[force]\nsection_size = -1\n", encoding="utf-8")
    panel.troops.value = 300
    assert "force.section_size" in panel.status.value and "Traceback" not in panel.status.value
    assert [panel.numbers.value, panel.figure.value, panel.map.value, panel.words.value] == [""] * 4
    file.write_text(good, encoding="utf-8")
    panel.troops.value = 310
    assert "310 soldiers" in panel.status.value and "<img" in panel.map.value


def test_every_number_has_a_labelled_field() -> None:
    panel = widget._Panel(importlib.import_module("ipywidgets"), "lesson")
    controls = [panel.troops, panel.patrols, panel.window, panel.routing]
    assert [one.description for one in controls] == ["Troops", "Patrols a day", "Coverage window [h]", "Routing"]
    for one in controls[:3]:
        assert one.continuous_update is False and one.min <= one.value <= one.max


def test_loading_is_what_finds_faults() -> None:
    with pytest.raises(ScenarioError) as caught:
        load(FOLDER / "lesson.toml", settings={"coverage.window_h": -1})
    sentence = in_a_sentence(caught.value)
    assert sentence.startswith("coverage.window_h: ") and sentence.endswith(".") and "\n" not in sentence


def test_what_theory_remembers_is_of_the_same_force() -> None:
    nine, fifteen = shipped("lesson"), shipped("lesson", force__section_size=15)
    first, other = (expected_responses(one, "two-stages", 300) for one in (nine, fifteen))
    again = expected_responses(shipped("lesson", coverage__window_h=3.0), "two-stages", 300)
    expectation._supply.cache_clear()
    assert other == expected_responses(fifteen, "two-stages", 300) != first
    fills = [row for row in first if row[1].endswith("_fill")]
    assert fills == [row for row in again if row[1].endswith("_fill")] and again != first
