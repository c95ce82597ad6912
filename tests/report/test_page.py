"""The page: what it says, that it needs nothing beside itself, and that it is what it was."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sim.report
from sim.experiment import Interrupted, Results
from sim.experiment.tables import FAILURES, frame
from sim.report import answer, fitting
from sim.report import exhibits as exhibits_module
from sim.report import page as page_module
from sim.report.page import MOST_BYTES, can_be_interactive, render
from sim.report.subject import subject_of
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
    allowed = re.search(r"script-src ([^;]*);", policy)
    assert allowed
    run = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in run}
    later = set(allowed[1].split()) - hashes
    assert hashes <= set(allowed[1].split())
    assert len(later) == text.count("data-runs=") == (1 if 'id="vega"' in text else 0)
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


@pytest.mark.usefixtures("draws_once")
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


@pytest.mark.usefixtures("draws_once")
def test_what_finds_no_room_is_named(folder: Path) -> None:
    from sim.report.exhibits import exhibits
    from sim.report.subject import subject_of

    shown, left_out = exhibits(subject_of(folder), room=150_000, is_interactive=False)
    assert [one.heading for one in shown] == ["What a force of each size does of the task list"]
    assert left_out == ["timeline"]


@pytest.mark.usefixtures("draws_once")
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


def test_the_same_folder_makes_the_same_page_whatever_the_hash_seed(levels_folder: Path, tmp_path: Path) -> None:
    script = """
import sys

sys.modules["rfc3987_syntax"] = None  # grammars of addresses, which take Altair seconds and which no chart has
from sim.report import page

page._bundle = lambda: "0"  # the script of charts, which no seed changes
page.write(sys.argv[1], sys.argv[2])
"""
    started = []
    for seed in ("0", "1"):
        out = tmp_path / f"{seed}.html"
        words = [sys.executable, "-c", script, str(levels_folder), str(out)]
        started.append((subprocess.Popen(words, env={**os.environ, "PYTHONHASHSEED": seed}), out))
    assert [process.wait() for process, _ in started] == [0, 0]
    one, other = (out.read_bytes() for _, out in started)
    assert one == other
    assert (b'id="figure-1-chart"' in one) == can_be_interactive()


@pytest.mark.usefixtures("draws_once")
def test_without_the_extra_it_says_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    text = render(folder)
    assert page_module.HOW_TO_BE_INTERACTIVE in Page(text).shown
    assert 'id="vega"' not in text
    assert len(Page(text).all("img")) == 2


@pytest.mark.usefixtures("draws_once")
def test_pictures_only_if_asked(folder: Path) -> None:
    text = render(folder, interactive=False)
    assert 'id="vega"' not in text
    assert page_module.HOW_TO_BE_INTERACTIVE not in Page(text).shown


def test_results_without_a_folder(levels_folder: Path) -> None:
    (part,) = subject_of(levels_folder).parts
    shown = Page(render(part.results, interactive=False)).shown
    assert "Coverage of the theatre in one replication each: without an interval" in shown
    assert "; how few do 90\xa0% cannot be told from one replication of each." in shown
    assert "of none of" not in shown
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


def test_a_reader_of_the_page_is_not_told_a_thing_twice(text: str) -> None:
    captions = re.findall(r"<figcaption>\s*(.*?)\s*</figcaption>", text, re.DOTALL)
    for picture, caption in zip(Page(text).all("img"), captions, strict=True):
        assert len(picture["alt"]) < 100
        assert picture["alt"] not in Page(caption).shown
        assert "coverage" in Page(caption).shown.lower()


def failed(folder: Path, errors: list[str]) -> Results:
    """The results of a folder, and replications that failed."""
    (part,) = subject_of(folder).parts
    rows = [("two-stages", 450, i, "run", error) for i, error in enumerate(errors)]
    return dataclasses.replace(part.results, failures=frame(rows, FAILURES))


def test_many_failures_are_grouped_by_cause(levels_folder: Path) -> None:
    errors = ["ZeroDivisionError: division by zero"] * 12_000 + ["OSError: disk full"] * 3 + ["x" * 5_000]
    page = render(failed(levels_folder, errors), interactive=False)
    assert len(page.encode()) <= MOST_BYTES
    shown = Page(page).shown
    assert "12,004 replications that failed are not in these results." in shown
    assert shown.count("ZeroDivisionError") == 1
    first = "(12,000 replications, the first two-stages, 450 troops, replication 0)"
    assert f"run: ZeroDivisionError: division by zero {first}" in shown
    assert "x" * 401 not in shown and "xx… (two-stages, 450 troops, replication 12003)" in shown


def test_failures_of_many_causes_are_counted(levels_folder: Path) -> None:
    page = render(failed(levels_folder, [f"error {i} {'y' * 300}" for i in range(12_000)]), interactive=False)
    assert len(page.encode()) <= MOST_BYTES
    assert page.count("<li>run: error") == 20
    assert "11,980 other causes, of 11,980 replications: manifest.json in the folder of the results" in page


@pytest.mark.usefixtures("draws_once")
def test_what_would_be_too_large_makes_room_and_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len(render(folder, interactive=False).encode())
    monkeypatch.setattr(page_module, "_FOR_FIGURES_BYTES", 0)
    monkeypatch.setattr(fitting, "_FEW_SOURCES", 20)
    seen = []
    for most in (whole + 20_000, 90_000, 80_000, 50_000):
        monkeypatch.setattr(page_module, "MOST_BYTES", most)
        page = render(folder, interactive=False)
        assert len(page.encode()) <= most
        said = "Left out, since a page has no room for it: " in page
        cut = ("numbers and their sources, which" in page, "the log, which `peacesim trace" in page)
        assert said == any(cut)
        seen.append((page.count("<img "), *cut))
    assert seen == [(2, False, False), (0, False, False), (0, True, False), (0, True, True)]
    monkeypatch.setattr(page_module, "MOST_BYTES", 20_000)
    with pytest.raises(StoreError, match="no report of these results has at most"):
        render(folder, interactive=False)


@pytest.mark.usefixtures("draws_once")
def test_figures_that_take_more_than_was_reckoned_go_last_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = exhibits_module.exhibits
    monkeypatch.setattr(exhibits_module, "exhibits", lambda *args, **named: real(*args, **{**named, "room": 10**9}))
    whole = len(render(folder, interactive=False).encode())
    monkeypatch.setattr(page_module, "MOST_BYTES", whole - 1)
    monkeypatch.setattr(page_module, "_FOR_FIGURES_BYTES", 0)
    page = render(folder, interactive=False)
    assert page.count("<img ") == 1
    assert "1 more is left out, since a page has no room for it" in Page(page).shown
    assert "Day by day" in Page(page).shown


@pytest.mark.parametrize(
    ("start", "end", "warm_up_h", "said"),
    [
        ("2001-06-01", "2001-06-02", 0, "on 1 June 2001"),
        ("2001-06-01", "2001-06-04", 24, "from 2 June to 3 June 2001"),
        ("2001-06-01", "2001-06-02", 12, "on 1 June 2001 (the first day from 12:00 on)"),
    ],
)
def test_days_are_those_that_are_averaged(start: str, end: str, warm_up_h: int, said: str) -> None:
    given = {"start": dt.date.fromisoformat(start), "end": dt.date.fromisoformat(end), "warm_up_h": warm_up_h}
    scenario = lesson()
    horizon = scenario.horizon.model_copy(update=given)
    assert answer._when(scenario.model_copy(update={"horizon": horizon})) == said


def test_terms_of_titles_are_glossed(levels_folder: Path) -> None:
    (part,) = subject_of(levels_folder).parts
    policy = part.scenario.policy["two-stages"].model_copy(update={"title": "Two sites unfixed"})
    scenario = part.scenario.model_copy(update={"policy": {"two-stages": policy}})
    shown = Page(render(dataclasses.replace(part.results, scenario=scenario), interactive=False)).shown
    assert "Unfixed: of a site" in shown
    assert "Unfixed: of a site" not in Page(render(part.results, interactive=False)).shown
