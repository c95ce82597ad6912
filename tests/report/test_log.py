"""The log of a report: all rows of a kept trace, or all of its rarer kinds, to be searched in a browser."""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sim.experiment import run
from sim.html import environment
from sim.model import replicate
from sim.report import log as log_module
from sim.report.log import N_SHOWN, Log, trace_log
from sim.scenario.schema import Scenario
from tests.scenarios import shipped

NASTY = '<script>alert("&")</script> \'"'
PAGE = """{% extends "frame.html.j2" %}
{% block title %}Log{% endblock %}
{% block styles %}{{ style("sim.report", "log.css") }}{% endblock %}
{% block body %}<main>{% include "log.html.j2" %}</main>{% endblock %}
{% block scripts %}{{ script("sim.report", "log.js") }}{% endblock %}
"""


def results_in(folder: Path, scenario: Scenario, *, n: int = 2, troops: int | None = None) -> Path:
    run(scenario, replications=n, troops=None if troops is None else [troops], workers=1, out=folder, trace=range(n))
    return folder


def page_of(log: Log) -> str:
    return environment("sim.report").from_string(PAGE).render(log=log)


def section_of(page: str) -> str:
    return page[page.index('<section id="log"') : page.index("</section>")]


def unpacked(page: str) -> dict[str, Any]:
    found = re.search(r'id="log-data">([^<]*)</script>', page)
    assert found
    content: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return content


def short() -> Scenario:
    """Three days of the lesson, with names that are markup."""
    scenario = shipped("lesson", experiment__sweep_days=3, horizon__warm_up_h=24, experiment__troops=[300])
    policy = scenario.policy["two-stages"]
    stages = {key: stage.model_copy(update={"name": f"{NASTY} {key}"}) for key, stage in policy.stages.items()}
    named = policy.model_copy(update={"stages": stages})
    return scenario.model_copy(update={"policy": {"two-stages": named}, "title": NASTY})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Traces of the own stages and of 300 troops, two of each."""
    return results_in(tmp_path_factory.mktemp("log") / "a results", short())


def test_every_row_is_there_in_order(folder: Path) -> None:
    log = trace_log(folder)
    assert log is not None
    scenario = short()
    rows = replicate(scenario, "two-stages", troops=None, seed=scenario.experiment.seed, replication=0).rows()
    content = unpacked(page_of(log))
    time_s, found = 0, []
    for step_s, kind, entity, place, value in zip(
        *(content[name] for name in ("time", "kind", "entity", "place", "value")), strict=True
    ):
        time_s += step_s
        names = (content["kinds"][kind], content["entities"][entity], content["places"][place])
        found.append((time_s, *names, content["values"][value]))
    assert found == [(row[0], row.kind.name.lower(), row.entity, row.place, f"{row.value:g}") for row in rows]
    assert any(NASTY in row.entity for row in rows)
    assert content["start"] == "2001-01-01T00:00:00"
    assert (log.n_rows, log.left_out) == (len(rows), {})
    assert log.kinds == Counter(row.kind.name.lower() for row in rows)


def test_the_first_rows_and_the_command_are_there_without_scripts(folder: Path) -> None:
    log = trace_log(folder)
    assert log is not None
    page = section_of(page_of(log))
    cells = [html.unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", page)]
    assert len(cells) == 5 * N_SHOWN
    assert cells[:5] == ["2001-01-01 00:00:00", "strength_changes", "start", "all", "450"]
    assert log.run == "replication 0 of policy two-stages with its own stages"
    assert f"{log.n_rows:,} rows of {log.run}, the first of 4 that are kept" in page
    command = "peacesim trace 'a results' --policy two-stages --replication 0"
    assert command in html.unescape(page)
    assert "Left out" not in page


def test_commands_name_a_folder_as_it_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent.parent)
    log = trace_log(folder.relative_to(folder.parent.parent))
    assert log is not None
    assert log.command.startswith(f"peacesim trace '{folder.parent.name}/a results' --policy two-stages ")


def test_no_trace_no_log(tmp_path: Path) -> None:
    run(shipped("lesson", experiment__sweep_days=3, horizon__warm_up_h=24), replications=1, troops=[60], out=tmp_path)
    assert trace_log(tmp_path) is None


def test_equal_folders_have_equal_logs(folder: Path) -> None:
    one, other = trace_log(folder), trace_log(folder)
    assert one is not None and other is not None
    assert page_of(one) == page_of(other)


def test_a_large_trace_keeps_every_row_of_the_rarer_kinds(tmp_path: Path) -> None:
    scenario = shipped("kfor-2001", experiment__timeline=False)
    folder = results_in(tmp_path / "large", scenario, n=1, troops=10200)
    log = trace_log(folder)
    assert log is not None
    trace = replicate(scenario, "balanced", troops=10200, seed=scenario.experiment.seed, replication=0)
    counts = Counter(row.kind.name.lower() for row in trace.rows())
    assert log.kinds | log.left_out == counts
    assert set(log.left_out) == {"area_visited"}
    assert max(log.kinds.values()) <= min(log.left_out.values())
    page = page_of(log)
    assert len(page) <= 500_000
    text = html.unescape(re.sub(r"<[^>]*>|\s+", " ", section_of(page).replace("\n", " ")))
    assert (
        f"Left out here, since a page has no room for them, is every area_visited ({counts['area_visited']:,} rows)"
        in (re.sub(r" +", " ", text))
    )
    command = "peacesim trace large --policy balanced --troops 10200 --replication 0"
    assert f"{command} --kind area_visited lists it" in re.sub(r" +", " ", text)
    kept = [row for row in trace.rows() if row.kind.name.lower() in log.kinds]
    assert len(unpacked(page)["time"]) == len(kept) == log.n_rows > 20_000


@pytest.mark.parametrize("most", ["MOST_BYTES", "MOST_ROWS"])
def test_what_has_no_room_goes_commonest_first(folder: Path, most: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trace_log(folder)
    assert whole is not None
    rarest = list(whole.kinds)
    size, n_kept = log_module._packed_size(whole.content) if most == "MOST_BYTES" else whole.n_rows, []
    for share in (0.6, 0.3, 0.1):
        monkeypatch.setattr(log_module, most, round(share * size))
        log = trace_log(folder)
        assert log is not None
        assert list(log.kinds) == rarest[: len(log.kinds)]
        assert set(log.left_out) == set(rarest[len(log.kinds) :])
        n_kept.append(len(log.kinds))
    assert len(rarest) > n_kept[0] > n_kept[-1] > 0
    monkeypatch.setattr(log_module, most, 0)
    assert trace_log(folder) is None


def opened(browser: Any, path: Path, log: Log, **options: Any) -> tuple[Any, list[str]]:
    """The page, opened from disk, and what its console and network say."""
    path.write_text(page_of(log), encoding="utf-8")
    context = browser.new_context(offline=True, **options)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri())
    return page, said


def shown(page: Any) -> list[list[str]]:
    rows: list[list[str]] = page.eval_on_selector_all(
        "#log-table tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return rows


def test_the_log_is_searched_by_keyboard(browser: Any, folder: Path, tmp_path: Path) -> None:
    log = trace_log(folder)
    assert log is not None
    page, said = opened(browser, tmp_path / "log.html", log)
    page.wait_for_selector("#log-search:not([hidden])")
    scenario = short()
    rows = replicate(scenario, "two-stages", troops=None, seed=scenario.experiment.seed, replication=0).rows()

    def status() -> str:
        return str(page.text_content("#log-status"))

    def wait_for(words: str) -> None:
        page.wait_for_function("words => document.getElementById('log-status').textContent.includes(words)", arg=words)

    wait_for(f"of {len(rows):,}.")
    assert status() == f"Rows 1 to 100 of {len(rows):,}."
    assert [row[2] for row in shown(page)] == [row.entity for row in rows[:100]]

    page.focus("#log-words")
    page.keyboard.type("SECOND-00 valley/vehicle")
    both = [row for row in rows if "second-00" in row.entity and row.place == "valley/vehicle"]
    wait_for(f"of {len(both):,} found")
    assert f"found, of {len(rows):,}" in status()
    assert [row[2:] for row in shown(page)] == [[row.entity, row.place, "1"] for row in both[:100]]
    page.focus("#log-words")
    page.keyboard.press("Control+A")
    page.keyboard.type("<script>")
    marked = [row for row in rows if "<script>" in row.entity]
    wait_for(f"of {len(marked):,} found")
    assert [row[2] for row in shown(page)] == [row.entity for row in marked]
    page.focus("#log-search button[type=reset]")
    page.keyboard.press("Enter")
    wait_for(f"Rows 1 to 100 of {len(rows):,}.")

    page.select_option("#log-kind", "shift_changes")
    page.fill("#log-from", "2001-01-02T08:00")
    page.fill("#log-until", "2001-01-02T16:00")
    of_a_shift = [row for row in rows if row.kind.name == "SHIFT_CHANGES" and row.time_s == 32 * 3600]
    wait_for(f"of {len(of_a_shift):,} found")
    assert {row[0] for row in shown(page)} == {"2001-01-02 08:00:00"}
    page.fill("#log-until", "1990-01-01T00:00")
    wait_for("No row is as asked")
    assert shown(page) == []
    assert said == []
    page.context.close()


def test_pages_are_turned_by_keyboard(browser: Any, folder: Path, tmp_path: Path) -> None:
    log = trace_log(folder)
    assert log is not None
    page, said = opened(browser, tmp_path / "log.html", log, viewport={"width": 360, "height": 700})
    page.wait_for_selector("#log-pages:not([hidden])")
    n = log.n_rows
    for to, begin in (("on", 101), ("on", 201), ("back", 101), ("last", 1 + (n - 1) // 100 * 100), ("on", None)):
        page.focus(f"#log-pages [data-to={to}]")
        page.keyboard.press("Enter")
        begin = begin or 1 + (n - 1) // 100 * 100
        assert str(page.text_content("#log-status")).startswith(f"Rows {begin:,} to {min(begin + 99, n):,} of ")
    assert page.get_attribute("#log-pages [data-to=last]", "aria-disabled") == "true"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert said == []
    page.context.close()


def test_without_scripts_the_first_rows_stand_there(browser: Any, folder: Path, tmp_path: Path) -> None:
    log = trace_log(folder)
    assert log is not None
    page, said = opened(browser, tmp_path / "log.html", log, java_script_enabled=False)
    assert page.locator("#log-table tbody tr").count() == N_SHOWN
    assert not page.locator("#log-search").is_visible()
    assert "With scripts allowed" in page.inner_text("#log-status")
    assert said == []
    page.context.close()
