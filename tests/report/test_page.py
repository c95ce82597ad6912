"""The page: what it says, that it needs nothing beside itself, and that it is what it was."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import sys
from pathlib import Path

import pytest

import sim.report
from sim.experiment import Interrupted
from sim.report import page as page_module
from sim.report.page import MOST_BYTES, render, write
from sim.store import StoreError
from tests.report.pages import EVIL, QUOTED, Page, lesson


@pytest.fixture(name="folder")
def _folder(evil_folder: Path) -> Path:
    return evil_folder


@pytest.fixture(name="text")
def _text(evil_page: str) -> str:
    return evil_page


def test_has_all_its_parts_in_order(text: str) -> None:
    page = Page(text)
    headings = re.findall(r"<h2[^>]*>([^<]*)</h2>", text)
    assert headings == [
        "The question and the answer",
        "Figures",
        "Tables",
        "What happened, row by row",
        "Every number and its source",
        "The model, by the items of STRESS-DES",
        "Run it again",
    ]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    n_figures = len(page.all("figure"))
    assert n_figures == len(page.all("img")) == text.count("of this figure</summary>") == 2
    assert all(picture["alt"] for picture in page.all("img"))
    assert len(text.encode()) <= MOST_BYTES


def test_asks_for_nothing_outside_itself(text: str) -> None:
    page = Page(text)
    addresses = [one[name] for _, one in page.elements for name in ("src", "href", "action", "srcset") if name in one]
    assert addresses
    assert all(one.startswith(("data:", "#")) for one in addresses)
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy and "http" not in policy
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert styles and "url(" not in styles and "@import" not in styles


def test_hostile_texts_are_texts(text: str) -> None:
    page = Page(text)
    assert EVIL in page.shown
    assert QUOTED in page.shown
    assert not [one for one in page.all("img") if one["src"] == "x"]
    assert not [one for _, one in page.elements if any(name.startswith("on") for name in one)]
    assert "alert(1)</script>" not in re.sub(r"&lt;.*?&gt;", "", text)


def test_the_answer_is_that_of_the_summary(folder: Path, text: str) -> None:
    means = sim.report.subject.subject_of(folder).parts[0].results.summary()
    whole = means[(means["sector"] == "all") & (means["response"] == "coverage")]
    for mean, half_width in zip(whole["mean"], whole["half_width"], strict=True):
        digits = 2 if 100 * half_width < 0.1 else 1
        said = f"{100 * mean:.{digits}f}\xa0±\xa0{100 * half_width:.{digits}f}\xa0%"
        assert said in Page(text).shown


def test_the_rows_of_a_chart_are_those_of_its_figure(folder: Path) -> None:
    pytest.importorskip("altair")
    from sim.plots import coverage_against_troops
    from sim.report.exhibits import exhibits
    from sim.report.subject import subject_of

    subject = subject_of(folder)
    table = coverage_against_troops(subject.parts[0].results).table
    shown, left_out = exhibits(subject, room=10**6, is_interactive=True)
    rows = json.loads(shown[0].rows)
    assert rows["troops"] == table["troops"].tolist()
    assert rows["mean"] == pytest.approx(table["mean"].tolist(), rel=1e-5)
    assert rows["response"] == table["response"].tolist()
    assert not left_out


def test_what_finds_no_room_is_named(folder: Path) -> None:
    from sim.report.exhibits import exhibits
    from sim.report.subject import subject_of

    shown, left_out = exhibits(subject_of(folder), room=150_000, is_interactive=False)
    assert [one.heading for one in shown] == ["What a force of each size does of the task list"]
    assert left_out == ["timeline"]


def test_a_chart_that_finds_no_room_is_left_out_and_its_picture_is_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("altair")
    from sim.report import exhibits as module
    from sim.report.subject import subject_of

    monkeypatch.setattr(module, "_FOR_THE_LAST_CHART_BYTES", 0)
    monkeypatch.setattr(module, "_LEAST_ROOM", 0)
    whole, _ = module.exhibits(subject_of(folder), room=10**6, is_interactive=False)
    room = len(whole[0].pictures[0].address) + 8_000
    shown, left_out = module.exhibits(subject_of(folder), room=room, is_interactive=True)
    assert [one.chart for one in shown] == [None]
    assert shown[0].pictures == whole[0].pictures
    assert left_out == ["timeline"]


def test_the_same_folder_makes_the_same_page(folder: Path, text: str, tmp_path: Path) -> None:
    out = write(folder, tmp_path / "page.html")
    assert out == tmp_path / "page.html"
    assert out.read_text(encoding="utf-8") == text


def test_without_the_extra_it_says_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    text = render(folder)
    assert page_module.HOW_TO_BE_INTERACTIVE in Page(text).shown
    assert 'id="vega"' not in text
    assert len(Page(text).all("img")) == 2


def test_pictures_only_if_asked(folder: Path) -> None:
    text = render(folder, interactive=False)
    assert 'id="vega"' not in text
    assert page_module.HOW_TO_BE_INTERACTIVE not in Page(text).shown


def test_results_without_a_folder(tmp_path: Path) -> None:
    results = sim.run(lesson("experiment.timeline=false"), replications=1)
    shown = Page(render(results, interactive=False)).shown
    assert "in one replication of each design point, so without an interval" in shown
    assert "kept in no folder" in shown
    assert "What happened, row by row" not in shown


def test_a_run_that_was_stopped_says_what_is_missing(tmp_path: Path) -> None:
    def stop(n_done: int, n_jobs: int) -> None:
        if n_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        sim.run(lesson("experiment.timeline=false"), replications=3, out=tmp_path / "run", progress=stop)
    shown = Page(render(tmp_path / "run", interactive=False)).shown
    assert "4 replications were asked for and not run: these results are not complete." in shown


def test_a_run_that_has_only_begun(tmp_path: Path) -> None:
    from sim import store
    from sim.experiment import Results
    from sim.experiment.points import design
    from sim.experiment.results import of_outcomes, plan_in
    from sim.experiment.tables import MISSING, frame

    scenario = lesson("experiment.timeline=false")
    points = [(point.policy, point.troops, 0) for point in design(scenario)]
    begun: Results = of_outcomes(scenario, [], held=())
    with store.open_folder(tmp_path / "run", scenario) as opened:
        plan_in(opened, dataclasses.replace(begun, missing=frame(points, MISSING)))
    shown = Page(render(tmp_path / "run", interactive=False)).shown
    assert "No answer yet: no replication is finished." in shown
    assert "2 replications were asked for and not run" in shown


def test_no_results(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        render(tmp_path / "nothing")
    with pytest.raises(StoreError, match="holds no results"):
        render(tmp_path)
