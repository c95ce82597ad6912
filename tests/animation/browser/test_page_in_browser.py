"""The page in a browser, from disk and with the network off: played, scrubbed, clicked, and held against the trace."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from sim.animation import animate, film_of, page
from sim.animation.positions import Positions
from sim.processes.post import PostState
from sim.trace import NOT_YET, EventKind
from tests.animation.browser.opening import LONG_MS, text_of, time
from tests.animation.test_page import NASTY, nasty
from tests.animation.truth import DAY_S, Run, open_incidents, run_of, sections_on_tour, sections_sent, snapshot

HOUR_S = 3600
METRE_KM = 1e-3


@pytest.mark.parametrize("name", ["riots", "gate", "lesson", "battalion"])
def test_three_instants_are_as_in_the_trace(opened: Any, name: str) -> None:
    run = run_of(name)
    film = film_of(run.trace, run.scenario, run.from_s, run.to_s)
    positions, shown = Positions(run.scenario, run.trace, film), opened(page(film))
    for at_s in (
        run.from_s + 5 * HOUR_S + 17,
        run.from_s + 2 * DAY_S + 14 * HOUR_S,
        run.from_s + 4 * DAY_S + 9 * HOUR_S,
    ):
        shown.evaluate("t => peacesim.seek(t)", at_s)
        state = shown.evaluate("peacesim.stateAt(peacesim.time())")
        truth, on_tour = snapshot(run, at_s), sections_on_tour(run, at_s)
        assert state["t"] == at_s
        assert sorted(one["section"] for one in state["tours"]) == sorted(on_tour)
        for one in state["tours"]:
            assert math.dist((one["x"], one["y"]), on_tour[one["section"]]) < METRE_KM
        assert sorted(one["section"] for one in state["calls"]) == sections_sent(run, at_s)
        assert state["posts"] == [int(its) for its in truth.states]
        assert {one["id"] for one in state["incidents"]} == open_incidents(run, at_s)
        met = {row.incident_id for row in run.trace.incidents if NOT_YET < row.met_s <= at_s}
        assert {one["id"] for one in state["incidents"] if one["isMet"]} == met & open_incidents(run, at_s)
        for one, at_km in zip(state["calls"], positions.sent(at_s), strict=True):
            assert math.dist((one["x"], one["y"]), at_km) < METRE_KM
        assert [one["soldiers"] for one in state["sectors"]] == truth.strength.tolist()
        assert [one["onTour"] for one in state["sectors"]] == truth.tours_out.tolist()
        n_manned = sum(its is PostState.MANNED for its in truth.states)
        n_police = sum(its is PostState.POLICE for its in truth.states)
        n_areas = [one["areas"] for one in state["sectors"]]
        covered = [one["covered"] / n for one, n in zip(state["sectors"], n_areas, strict=True)]
        assert covered == pytest.approx(truth.share_covered.tolist())
        assert reserves_of(shown, state) == reserves_at(run, at_s)
        # The table says the same as the state.
        said = shown.locator("#state tr.all td").all_inner_texts()
        assert said[:4] == [
            f"{truth.strength.sum():,}",
            f"{len(on_tour)}",
            f"{round(truth.share_covered_in_all * sum(n_areas))} of {sum(n_areas)}",
            f"{n_manned} of {len(truth.states) - n_police}",
        ]


def reserves_of(shown: Any, state: dict[str, Any]) -> list[tuple[int, int, int]]:
    """State, sections on tour and sections sent of every reserve; where there is a table it says where they are."""
    if shown.locator("#reserves").count():
        words = {1: "away", 2: "called, on its way", 3: "in the theatre"}
        said = shown.locator("#reserves tbody .where").all_inner_texts()
        assert [one.partition(" since")[0] for one in said] == [words[one["state"]] for one in state["reserves"]]
    return [(one["state"], one["onTour"], one["sent"]) for one in state["reserves"]]


def reserves_at(run: Run, at_s: int) -> list[tuple[int, int, int]]:
    found = []
    for key in run.scenario.reserves:
        kinds = [one.kind for one in run.trace.events if one.time_s <= at_s and one.entity == key]
        came = {EventKind.RESERVE_CALLED: 2, EventKind.RESERVE_ARRIVES: 3}
        names = [
            [run.trace.names.sections[one] for one in some]
            for some in (sections_on_tour(run, at_s), sections_sent(run, at_s))
        ]
        on_tour, sent = (sum(name.rpartition("-")[0] == key for name in some) for some in names)
        found.append((came.get(kinds[-1], 1) if kinds else 1, on_tour, sent))
    return found


def test_play_moves_time_and_pause_stops_it(opened: Any) -> None:
    run = run_of("riots")
    shown = opened(text_of(run))
    assert time(shown) == run.from_s
    assert not shown.evaluate("peacesim.isPlaying()")
    shown.get_by_role("button", name="Play").click()
    shown.wait_for_function("from => peacesim.time() > from + 600", arg=run.from_s, timeout=LONG_MS)
    shown.get_by_role("button", name="Pause").click()
    stopped_s = time(shown)
    shown.get_by_role("status").filter(has_text="Paused.").wait_for(timeout=LONG_MS)
    assert time(shown) == stopped_s
    shown.get_by_label("Speed").select_option("12 hours a second")
    shown.locator("#stage").focus()
    shown.keyboard.press("Space")
    shown.wait_for_function("from => peacesim.time() > from + 3600", arg=stopped_s, timeout=LONG_MS)
    shown.keyboard.press("Space")
    assert not shown.evaluate("peacesim.isPlaying()")


def test_the_film_ends_and_begins_anew(opened: Any) -> None:
    run = run_of("lesson")
    shown = opened(text_of(run))
    shown.evaluate("t => peacesim.seek(t)", run.to_s - 60)
    shown.get_by_role("button", name="Play").click()
    shown.wait_for_function("() => !peacesim.isPlaying()", timeout=LONG_MS)
    assert time(shown) == run.to_s
    shown.get_by_role("button", name="Play").click()
    shown.wait_for_function("to => peacesim.time() < to - 3600", arg=run.to_s, timeout=LONG_MS)


def test_the_time_line_is_moved_by_mouse_and_keyboard(opened: Any) -> None:
    run = run_of("gate")
    shown = opened(text_of(run))
    line = shown.get_by_role("slider", name="Time")
    box = line.bounding_box()
    shown.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    half_s = (run.to_s - run.from_s) / 2
    assert time(shown) - run.from_s == pytest.approx(half_s, rel=0.01)
    before_s = time(shown)
    for where, key, moves_s in (
        (line, "ArrowRight", 600),
        (line, "ArrowLeft", -600),
        (shown.locator("#stage"), "ArrowRight", 600),
        (shown.locator("#stage"), "Shift+ArrowRight", HOUR_S),
        (shown.get_by_role("button", name="Play"), "ArrowLeft", -600),
    ):
        where.press(key)
        assert time(shown) - before_s == moves_s
        before_s = time(shown)
    line.press("Home")
    assert time(shown) == run.from_s
    line.press("End")
    assert time(shown) == run.to_s
    assert shown.locator("#clock").inner_text() == "00:00"


def test_steps_go_from_event_to_event(opened: Any) -> None:
    run = run_of("riots")
    shown = opened(text_of(run))
    arising = sorted(row.arises_s for row in run.trace.incidents if row.arises_s > run.from_s)
    ends = {t for row in run.trace.incidents for t in (row.arises_s, row.met_s, row.ended_s)}
    shown.get_by_label("Which events").select_option("incidents")
    shown.get_by_role("button", name="Next event").click()
    first_s = time(shown)
    assert first_s == min(t for t in ends if t > run.from_s) <= arising[0]
    shown.get_by_role("button", name="Next event").click()
    assert time(shown) == min(t for t in ends if t > first_s)
    shown.get_by_role("button", name="Previous event").click()
    assert time(shown) == first_s
    shown.get_by_label("Which events").select_option("force")
    shown.locator("#stage").press("End")
    shown.locator("#stage").press("n")
    shown.get_by_role("status").filter(has_text="No later event").wait_for(timeout=LONG_MS)


def click_on_map(shown: Any, what: dict[str, int]) -> None:
    x, y = shown.evaluate("what => peacesim.pixelOf(what)", what)
    shown.locator("#stage").click(position={"x": x, "y": y})


def test_a_section_that_is_clicked_tells_its_log(opened: Any) -> None:
    run = run_of("few")
    shown = opened(text_of(run))
    at_s = run.from_s + 14 * HOUR_S
    shown.evaluate("t => peacesim.seek(t)", at_s)
    places = {
        section: shown.evaluate("s => peacesim.pixelOf({ section: s })", section)
        for section in sections_on_tour(run, at_s)
    }

    def room(section: int) -> float:
        return min(math.dist(places[section], other) for key, other in places.items() if key != section)

    section = max(places, key=room)
    click_on_map(shown, {"section": section})
    name = run.trace.names.sections[section]
    assert shown.locator("#chosen-name").inner_text() == f"Section {name}"
    assert shown.locator("#chosen-state").inner_text().startswith("On tour")
    log = shown.evaluate("peacesim.log()")
    rows = [row for row in run.trace.rows() if row.entity == name and run.from_s <= row.time_s <= run.to_s]
    assert [row["t"] for row in log] == [row.time_s for row in rows]
    assert shown.locator("#log li").count() == len(rows)
    current = shown.locator("#log li[aria-current]")
    assert current.count() == 1
    assert log[shown.evaluate("[...document.querySelectorAll('#log li')].findIndex(li => li.ariaCurrent)")]["t"] <= at_s
    # A row of the log is a way to its time.
    shown.locator("#log li button").nth(1).click()
    assert time(shown) == log[1]["t"]


def test_a_post_that_is_clicked_and_one_that_is_chosen_by_keyboard(opened: Any) -> None:
    run = run_of("gate")
    shown = opened(text_of(run))
    truth = snapshot(run, run.from_s)
    changed = {row.entity for row in run.trace.events if row.entity in {post.key for post in truth.posts}}
    layout = truth.layout
    crossing = 0
    assert truth.posts[crossing].key == layout.crossing_keys[0]
    click_on_map(shown, {"post": crossing})
    name = run.scenario.theatre.crossing_points[layout.crossing_keys[0]].name
    assert shown.locator("#chosen-name").inner_text() == name
    assert shown.locator("#chosen-state").inner_text().startswith(truth.states[crossing].name.capitalize())
    for row, post in enumerate(truth.posts):
        times_s = [one.time_s for one in run.trace.events if one.entity == post.key]
        mine = [time_s for time_s in times_s if run.from_s < time_s <= run.to_s]
        if post.key in changed and mine:
            chosen, expected = row, mine
    select = shown.locator("#posts")
    select.focus()
    select.select_option(str(chosen))
    assert [one["t"] for one in shown.evaluate("peacesim.log()")] == expected
    shown.get_by_label("Which events").select_option("chosen")
    shown.get_by_role("button", name="Next event").click()
    assert time(shown) == expected[0]
    shown.locator("#stage").press("Escape")
    assert shown.locator("#chosen").is_hidden()


def test_names_with_markup_and_quotes_are_text(opened: Any) -> None:
    animation = animate(nasty(), days=2)
    shown = opened(animation.page())
    assert shown.locator(".kicker").inner_text() == NASTY
    assert shown.title() == f"3 to 4 January 2001, hour by hour: {NASTY}"
    assert shown.locator("img").count() == 0
    assert shown.locator("#state tbody th").first.inner_text() == "\"<b>'Task Force Valley"
    shown.locator("#posts").select_option(label="<img src=x onerror=alert(2)>")
    assert shown.locator("#chosen-name").inner_text() == "<img src=x onerror=alert(2)>"


def test_everything_is_reached_by_keyboard_and_has_a_name(opened: Any) -> None:
    shown = opened(text_of(run_of("riots")))
    shown.evaluate("peacesim.choose({ section: peacesim.stateAt(peacesim.time()).tours[0].section })")
    reached = []
    for _ in range(40):
        shown.keyboard.press("Tab")
        focused = shown.evaluate(
            "(() => { const one = document.activeElement, look = getComputedStyle(one);"
            " return [one.id || one.tagName, look.outlineStyle, parseFloat(look.outlineWidth)]; })()"
        )
        if focused[0] == "BODY":
            break
        assert focused[1] != "none" and focused[2] >= 2, focused
        reached.append(focused[0])
    wanted = {"play", "previous", "next", "sort", "speed", "stage", "time", "sections", "posts", "areas", "incidents"}
    wanted |= {"release", "SUMMARY"}
    assert wanted <= set(reached)
    # A log is one stop; arrows go on inside.
    assert reached.count("BUTTON") == 1
    shown.locator("#log button[tabindex='0']").focus()
    shown.keyboard.press("ArrowDown")
    assert shown.evaluate("document.activeElement.tabIndex") == -1
    controls = "button, select, input, canvas[role], [role=img]"
    nameless = shown.evaluate(
        "controls => [...document.querySelectorAll(controls)].filter(one => !(one.ariaLabel || one.labels?.length"
        " || one.textContent.trim())).map(one => one.outerHTML)",
        controls,
    )
    assert nameless == []


def test_with_reduced_motion_time_goes_in_jumps(opened: Any) -> None:
    run = run_of("lesson")
    shown = opened(text_of(run), reduced_motion="reduce")
    shown.evaluate(
        "() => { window.seen = new Set(); const look = () => { seen.add(peacesim.time());"
        " if (seen.size < 3) requestAnimationFrame(look); }; look(); }"
    )
    shown.get_by_role("button", name="Play").click()
    shown.wait_for_function("() => seen.size >= 3", timeout=LONG_MS)
    times_s = sorted(shown.evaluate("[...seen]"))
    assert all(after - before >= HOUR_S for before, after in itertools.pairwise(times_s))


def test_a_narrow_screen_shows_all_of_it(opened: Any) -> None:
    shown = opened(text_of(run_of("riots")), viewport={"width": 360, "height": 740}, has_touch=True)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
    assert shown.locator("#stage").bounding_box()["width"] >= 300
    labels = shown.evaluate(
        "[...document.querySelectorAll('.label:not([hidden])')].map(one => { const b = one.getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom]; })"
    )
    assert len(labels) == 5
    for one in labels:
        for other in labels:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert one is other or apart
    shown.get_by_role("button", name="Play").tap()
    shown.wait_for_function("() => peacesim.isPlaying()", timeout=LONG_MS)


def test_a_printer_gets_the_map_with_its_names(opened: Any) -> None:
    shown = opened(text_of(run_of("lesson")))
    picture = "() => document.querySelector('canvas.paper').toDataURL().length"
    empty = shown.evaluate(picture)
    shown.emulate_media(media="print")
    shown.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert shown.evaluate(picture) > 10 * empty
    assert shown.locator("canvas.paper").is_visible()
    assert shown.locator("canvas.moving").is_hidden() and shown.locator(".bar").is_hidden()


def test_it_runs_in_the_frame_that_a_notebook_shows(opened: Any) -> None:
    frame = animate(run_of("lesson").scenario, days=1)._repr_html_()
    shown = opened(f"<!DOCTYPE html><title>notebook</title><main id='page' class='ready'>{frame}</main>")
    inside = shown.frame_locator("iframe")
    inside.locator("#page.ready").wait_for(timeout=LONG_MS)
    before = inside.locator("#clock").inner_text()
    inside.get_by_role("button", name="Next event").click()
    assert inside.locator("#clock").inner_text() != before
