"""Reports in a browser, from disk, with the network off: hover, choices, keyboard, no scripts, paper, a narrow page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browsers import need_a_browser
from tests.report.pages import EVIL, QUOTED

need_a_browser("altair", "vl_convert")
_OVERFLOWING = """() => [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .filter(one => !one.closest('.scrolled, .log-rows, .for-readers'))
    .map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def report(evil_page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a lesson whose texts are hostile."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(evil_page, encoding="utf-8")
    return path


@contextmanager
def opened(browser: Any, report: Path, *, scripts: bool = True, width: int = 1280) -> Iterator[Any]:
    """The report on a page whose console and requests must stay silent."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.set_offline(True)
    page = context.new_page()
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    if scripts:
        page.wait_for_selector("html[data-charts=drawn]", state="attached", timeout=60_000)
    yield page
    assert faults == []
    assert [one for one in asked if not one.startswith("data:")] == [report.as_uri()]
    context.close()


def _tooltip(page: Any, figure: str) -> str:
    """What is told at the first point of a figure."""
    page.locator(f"{figure} .mark-symbol path").first.scroll_into_view_if_needed()
    box = page.locator(f"{figure} .mark-symbol path").first.bounding_box()
    page.mouse.move(box["x"] - 40, box["y"])
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
    page.locator("#vg-tooltip-element.visible").wait_for(timeout=10_000)
    return str(page.locator("#vg-tooltip-element").inner_text())


def test_charts_take_the_place_of_pictures_and_tell_values(browser: Any, report: Path) -> None:
    with opened(browser, report) as page:
        assert page.locator(".exhibit.is-live").count() == page.locator(".exhibit").count() == 2
        assert page.locator(".still img").first.is_hidden()
        said = _tooltip(page, "#figure-1")
        assert "Coverage" in said and "150" in said and "%" in said and "replications" in said


def test_a_reader_chooses_and_zooms_by_keyboard(browser: Any, report: Path) -> None:
    with opened(browser, report) as page:
        figure = page.locator("#figure-1")
        lines = figure.locator(".mark-line path")
        before = lines.count()
        assert before >= 5
        figure.locator("input[type=checkbox]").nth(1).focus()
        page.keyboard.press("Space")
        page.wait_for_timeout(300)
        assert lines.count() < before
        ticks = figure.locator(".role-axis-label").all_text_contents()
        reached = []
        for _ in range(12):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("() => document.activeElement.ariaLabel || document.activeElement.tagName"))
            if reached[-1] == "Zoom in":
                break
        assert reached[-1] == "Zoom in", reached
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
        assert figure.locator(".role-axis-label").all_text_contents() != ticks


def test_hostile_texts_are_shown_as_texts(browser: Any, report: Path) -> None:
    with opened(browser, report) as page:
        assert page.locator("h1").inner_text() == EVIL
        assert page.title().startswith(EVIL)
        assert page.locator(".about").first.inner_text() == QUOTED
        assert page.locator("img[src=x]").count() == 0


def test_numbers_are_searched(browser: Any, report: Path) -> None:
    with opened(browser, report) as page:
        page.locator("form.search input").fill("section_size")
        shown = page.locator("#sources-1 tbody tr:visible")
        assert shown.count() == 1
        assert "force.section_size" in shown.inner_text()
        page.locator("form.search select").select_option("set")
        assert shown.count() == 0


def test_without_scripts_the_pictures_and_their_tables_are_there(browser: Any, report: Path) -> None:
    with opened(browser, report, scripts=False) as page:
        assert page.locator(".still img").count() == 2
        assert all(one.is_visible() for one in page.locator(".still img").all())
        assert page.locator(".live, form.search").first.is_hidden()
        page.locator("#figure-1 summary").click()
        assert page.locator("#figure-1 tbody tr").first.is_visible()


def test_on_paper_the_pictures_are_printed(browser: Any, report: Path) -> None:
    with opened(browser, report) as page:
        page.emulate_media(media="print")
        assert page.locator(".still img").first.is_visible()
        assert page.locator(".live").first.is_hidden()
        assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_a_narrow_page_does_not_overflow(browser: Any, report: Path) -> None:
    with opened(browser, report, width=360) as page:
        for one in page.locator("details").all():
            one.evaluate("one => { one.open = true; }")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
        assert page.evaluate(_OVERFLOWING) == []
