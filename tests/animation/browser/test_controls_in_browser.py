"""Keys, focus, lists, tables and layout of a film's page: whoever works it gets on, also without mouse or picture."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from sim.animation import animate
from sim.plots.style import WITH_RESERVES
from sim.processes.post import PostState
from sim.trace import EventKind
from tests.animation.browser.opening import LONG_MS, text_of, time
from tests.animation.truth import DAY_S, Run, open_incidents, run_of, sections_on_tour, snapshot
from tests.scenarios import shipped

HOUR_S = 3600
_FOCUS = (
    "document.activeElement.id || document.activeElement.closest('li')?.dataset.row || document.activeElement.tagName"
)


def test_a_row_keeps_the_focus_while_the_rows_around_it_change(opened: Any) -> None:
    run = run_of("riots")
    shown = opened(text_of(run))
    shown.evaluate("t => peacesim.seek(t)", run.from_s + 3 * DAY_S)
    rows = shown.locator("#log li").count()
    shown.locator("#log li button").nth(rows - 2).focus()
    held = shown.evaluate(_FOCUS)
    assert re.match(r"\d+ ", held)
    first = shown.locator("#log li").first.get_attribute("data-row")
    shown.keyboard.press("Enter")
    assert time(shown) == int(held.split()[0])
    assert shown.locator("#log li").first.get_attribute("data-row") != first
    assert shown.evaluate(_FOCUS) == held
    assert shown.locator("#log button[tabindex='0']").count() == 1
    # Where its row goes, the focus goes to the one of now, and stays in the log.
    shown.evaluate("t => peacesim.seek(t)", run.from_s + 6 * DAY_S)
    assert shown.evaluate(_FOCUS) == shown.locator("#log li[aria-current]").get_attribute("data-row")


@pytest.mark.parametrize("by", ["select", "map"])
def test_closing_a_log_gives_the_focus_back(opened: Any, by: str) -> None:
    shown = opened(text_of(run_of("lesson")))
    if by == "select":
        shown.locator("#areas").focus()
        shown.locator("#areas").select_option("3")
    else:
        x, y = shown.evaluate("peacesim.pixelOf({ area: 3 })")
        shown.locator("#stage").click(position={"x": x, "y": y})
    release = shown.get_by_role("button", name="Close this log")
    release.focus()
    shown.keyboard.press("Enter")
    assert release.is_hidden()
    assert shown.evaluate(_FOCUS) == {"select": "areas", "map": "stage"}[by]


def test_an_area_is_chosen_from_a_list_by_sector(opened: Any) -> None:
    run = run_of("riots")
    shown = opened(text_of(run))
    select = shown.locator("#areas")
    assert shown.locator("label", has=select).inner_text().startswith("Area")
    groups = select.locator("optgroup").evaluate_all("all => all.map(one => [one.label, one.children.length])")
    layout = snapshot(run, run.from_s).layout
    names = [sector.name for sector in run.scenario.theatre.sectors.values()]
    assert groups == [[name, int((layout.area_sector == sector).sum())] for sector, name in enumerate(names)]
    area = 17
    select.select_option(str(area))
    assert shown.locator("#chosen-name").inner_text().startswith(f"Patrol area {area}, ")
    visits = [row for row in run.trace.rows() if row.kind.name == "AREA_VISITED" and row.place == f"area-{area:03d}"]
    expected = [row.time_s for row in visits if run.from_s <= row.time_s <= run.to_s]
    told = shown.evaluate("peacesim.log().filter(row => row.text.startsWith('Visited')).map(row => row.t)")
    # What began before the film shows only in the area's colour.
    assert told and set(told) <= set(expected) and told == expected[-len(told) :]


def test_the_list_of_sections_says_which_they_are(opened: Any) -> None:
    run = run_of("few")
    shown = opened(text_of(run))
    n_listed = shown.locator("#sections option").count() - 1
    said = shown.locator("#sections-note").inner_text()
    assert said.startswith(f"Sections: {n_listed:,} of {len(run.trace.names.sections):,}, those that go out on tour")
    assert 0 < n_listed < len(run.trace.names.sections)


def test_keys_act_on_the_film_alone(opened: Any) -> None:
    run = run_of("riots")
    shown = opened(text_of(run), viewport={"width": 1280, "height": 500})
    shown.evaluate("t => peacesim.seek(t)", run.from_s + DAY_S)
    before_s = time(shown)
    shown.evaluate("document.activeElement.blur()")
    for key in ("n", "p", "ArrowRight", "Home", "End"):
        shown.keyboard.press(key)
    shown.keyboard.press("Home")
    shown.keyboard.press("Space")
    shown.wait_for_function("() => scrollY > 0", timeout=LONG_MS)
    assert time(shown) == before_s and not shown.evaluate("peacesim.isPlaying()")
    for field in ("#sort", "#speed", "#sections", "#numbers summary", "#log button[tabindex='0']"):
        shown.locator(field).focus()
        shown.keyboard.press("Space" if field == "#numbers summary" else "Home")
        assert time(shown) == before_s, field
    assert shown.locator("#numbers").get_attribute("open") is not None
    shown.locator("#numbers .scroll").press("ArrowRight")
    assert time(shown) == before_s
    for key in ("n", "N"):
        shown.locator("#stage").press(key)
        assert time(shown) > before_s
        before_s = time(shown)
    shown.get_by_role("button", name="Next event").press("p")
    assert time(shown) < before_s
    said = shown.locator(".keys").inner_text()
    assert all(key in said for key in ("Space", "←", "→", "Shift", "Home", "End", "P", "N", "Esc"))


def test_the_slider_keeps_its_own_keys_and_reaches_the_end(opened: Any) -> None:
    run = run_of("lesson")
    shown = opened(text_of(run))
    line = shown.get_by_role("slider", name="Time")
    line.press("PageUp")
    assert HOUR_S < time(shown) - run.from_s < 2 * DAY_S
    line.press("End")
    assert time(shown) == run.to_s
    line.press("Space")
    shown.wait_for_function("() => peacesim.isPlaying()", timeout=LONG_MS)


def soldiers_of_reserves(run: Run, at_s: int) -> int:
    """Soldiers of the reserves that are in the theatre, as the trace has it."""
    came, left = (
        {one.entity for one in run.trace.events if one.kind is kind and one.time_s <= at_s}
        for kind in (EventKind.RESERVE_ARRIVES, EventKind.RESERVE_LEAVES)
    )
    return sum(run.scenario.reserves[key].strength for key in came - left)


def test_reserves_stand_on_the_line_of_soldiers(opened: Any) -> None:
    run = run_of("riots")
    shown = opened(text_of(run))
    colour = [int(WITH_RESERVES.colour[at : at + 2], 16) for at in (1, 3, 5)]
    found = shown.evaluate(
        """([red, green, blue]) => {
            const canvas = document.getElementById('line'), pen = canvas.getContext('2d');
            const { width, height } = canvas, data = pen.getImageData(0, 0, width, height).data;
            const near = (at) => [red, green, blue].every((one, k) => Math.abs(data[at + k] - one) < 12);
            const highs = Array.from({ length: width }, (_, x) => {
                let n = 0;
                for (let y = 20; y < height; y += 1) n += near(4 * (y * width + x)) ? 1 : 0;
                return n;
            });
            return highs;
        }""",
        colour,
    )
    span_s = run.to_s - run.from_s
    arrives = sorted(one.time_s for one in run.trace.events if one.kind is EventKind.RESERVE_ARRIVES)
    assert len(arrives) >= 2 and soldiers_of_reserves(run, run.from_s) == 0

    def column(at_s: int) -> int:
        return round(len(found) * (at_s - run.from_s) / span_s)

    assert sum(found[: column(arrives[0]) - 3]) == 0
    assert min(found[column(arrives[0]) + 12 : column(arrives[1]) - 12]) >= 1
    assert min(found[column(arrives[1]) + 12 : -12]) >= 1


@pytest.mark.parametrize(("name", "days"), [("riots", 7), ("gate", 14)])
def test_the_time_line_has_a_table(opened: Any, name: str, days: int) -> None:
    run = run_of(name, days)
    shown = opened(text_of(run))
    shown.locator("#numbers summary").click()
    rows = shown.locator("#numbers tbody tr")
    rows.first.wait_for(timeout=LONG_MS)
    shifts = sorted({row.time_s for row in run.trace.shifts if run.from_s <= row.time_s <= run.to_s} | {run.from_s})
    n_rows = len(shifts)
    assert n_rows == 3 * days + 1
    assert shown.locator("#numbers-note").inner_text().startswith(f"{n_rows} rows: ")
    assert rows.count() == n_rows
    for at in (0, n_rows // 2, n_rows - 1):
        at_s, said = shifts[at], rows.nth(at).locator("td").all_inner_texts()
        truth = snapshot(run, at_s)
        n_manned, n_unmanned = (
            sum(its is state for its in truth.states) for state in (PostState.MANNED, PostState.UNMANNED)
        )
        numbers = [f"{truth.strength.sum():,}", f"{len(sections_on_tour(run, at_s))}"]
        if name == "riots":
            assert said.pop(1) == f"{truth.strength.sum() + soldiers_of_reserves(run, at_s):,}"
        assert [*said[:2], *said[3:5]] == [*numbers, f"{n_manned}", f"{n_unmanned}"]
        if name == "riots":
            assert said[5] == f"{len(open_incidents(run, at_s))}"


def test_a_long_table_is_capped_and_says_so(opened: Any) -> None:
    shown = opened(text_of(run_of("lesson", 40)))
    shown.locator("#numbers summary").click()
    shown.locator("#numbers tbody tr").first.wait_for(timeout=LONG_MS)
    said = shown.locator("#numbers-note").inner_text()
    assert shown.locator("#numbers tbody tr").count() == 41
    assert said == "41 rows: the beginning, then the state at one in 3 of 121 changes of shifts."


def test_the_key_has_every_mark(opened: Any) -> None:
    shown = opened(text_of(run_of("riots")))
    said = shown.locator(".key li").all_inner_texts()
    for words in ("section called, turning out", "on its way;", "on its way back", "not met yet", "met: enough"):
        assert sum(one.startswith(words) or words in one for one in said) >= 1, words


@pytest.mark.parametrize("name", ["riots", "gate"])
def test_every_crossing_point_has_its_name(opened: Any, name: str) -> None:
    run = run_of(name)
    named = sorted(point.name for point in run.scenario.theatre.crossing_points.values())
    shown = opened(text_of(run))
    for width, height in ((1280, 800), (1366, 1000), (1920, 1080)):
        shown.set_viewport_size({"width": width, "height": height})
        shown.evaluate("() => dispatchEvent(new Event('resize'))")
        seen = shown.locator(".label.crossing:visible").all_inner_texts()
        assert sorted(" ".join(one.split()) for one in seen) == named, (width, height)
        boxes = [one.bounding_box() for one in shown.locator(".label:visible").all()]
        for one, other in itertools.combinations(boxes, 2):
            apart_x = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
            apart_y = one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
            assert apart_x or apart_y


@pytest.mark.parametrize("width", [390, 360])
def test_a_telephone_shows_every_column_of_the_state(opened: Any, width: int) -> None:
    run = run_of("riots")
    shown = opened(text_of(run), viewport={"width": width, "height": 800}, has_touch=True)
    shown.evaluate("t => peacesim.seek(t)", run.from_s + 3 * DAY_S)
    last = shown.locator("#state thead th").last
    assert last.inner_text() == "Incidents"
    for cell in (last, shown.locator("#state tr.all td").last, shown.locator("#reserves thead th").last):
        box = cell.bounding_box()
        assert box["width"] > 0 and box["x"] + box["width"] <= width


def test_without_scripts_a_picture_stands_for_the_film(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "film.html"
    animation = animate(shipped("lesson"), days=1)
    file.write_text(animation.page(), encoding="utf-8")
    context = browser.new_context(offline=True, java_script_enabled=False)
    shown = context.new_page()
    shown.goto(file.as_uri())
    for what in (".bar", "#stage", "#line", "#time", "#log", "#state", "#numbers", "#clock", ".keys", "#failed"):
        assert shown.locator(what).is_hidden(), what
    assert shown.locator("button:visible, select:visible, input:visible, table:visible").count() == 0
    assert "needs scripts" in shown.locator(".warning:visible").inner_text()
    picture = shown.locator("img.picture")
    assert picture.is_visible() and picture.bounding_box()["width"] > 600
    assert picture.get_attribute("alt").startswith(f"Map of {animation.scenario.theatre.title} at 12:00 on 3 January")
    assert shown.locator("h1").is_visible() and shown.locator("footer").is_visible()
    context.close()


def test_everything_that_moves_is_seen_at_once(opened: Any) -> None:
    shown = opened(text_of(run_of("riots")), viewport={"width": 1280, "height": 800})
    shown.evaluate("peacesim.choose({ section: peacesim.stateAt(peacesim.time()).tours[0].section })")
    for what in (".bar", "#stage", "#line", "#log", "#chosen", ".steps", "#release"):
        box = shown.locator(what).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800, (what, box)
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1280, (what, box)
    tops = shown.evaluate(
        "[...document.querySelectorAll('.bar > *')].map(one => one.getBoundingClientRect())"
        ".map(box => (box.top + box.bottom) / 2)"
    )
    assert max(tops) - min(tops) < 10
    assert shown.locator("#stage").bounding_box()["height"] > 380
    assert shown.locator("#log").bounding_box()["height"] > 100


def test_names_of_flags_are_within_the_time_line(opened: Any) -> None:
    """Every text that is written on the time line begins and ends on it."""
    for width in (1280, 360):
        shown = opened(text_of(run_of("riots")), viewport={"width": width, "height": 800})
        written = shown.evaluate("""() => {
            const write = CanvasRenderingContext2D.prototype.fillText, found = [];
            CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
                if (this.canvas.id === 'line') {
                    const wide = this.measureText(text).width, left = this.textAlign === 'right' ? x - wide : x;
                    found.push([text, left, left + wide]);
                }
                write.call(this, text, x, y);
            };
            dispatchEvent(new Event('resize'));
            return [found, document.getElementById('line').getBoundingClientRect().width];
        }""")
        texts = [text for text, _, _ in written[0]]
        assert all(left >= -0.5 and right <= written[1] + 0.5 for _, left, right in written[0])
        assert "Reserve “third” arrives" in texts
        assert ("with reserves up to 20,000" if width == 1280 else "with reserves") in texts
        assert ("Reserves “first”, “second” and “third” called" if width == 1280 else "3 reserves called") in texts
