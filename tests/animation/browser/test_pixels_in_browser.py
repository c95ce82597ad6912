"""What stands on the canvases: colours of sections and posts at the places that the trace gives."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sim.animation import film_of
from sim.animation.page import CALL, INCIDENT, TOUR, marks
from sim.animation.positions import Positions
from sim.processes.post import PostState, post_positions_km
from tests.animation.browser.opening import text_of
from tests.animation.truth import DAY_S, Run, run_of, sections_on_tour, snapshot

HOUR_S = 3600
SCALE = 4
"""Pixels of the canvas for each of the page: small marks have a middle then."""
ROOM_PX, POST_ROOM_PX = 15.0, 8.0

_PIXELS = """([layer, places]) => {
    const canvas = document.querySelector(`#stage canvas.${layer}`), copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const pen = copy.getContext('2d', { willReadFrequently: true });
    pen.drawImage(canvas, 0, 0);
    const at = (px) => Math.floor(px * devicePixelRatio);
    return places.map(([x, y]) => [...pen.getImageData(at(x), at(y), 1, 1).data]);
}"""
_TO_PIXELS = "places => places.map(([x, y]) => peacesim.toPixel(x, y))"


def instants(run: Run) -> tuple[int, int, int]:
    return run.from_s + 5 * HOUR_S + 17, run.from_s + 2 * DAY_S + 14 * HOUR_S, run.from_s + 4 * DAY_S + 9 * HOUR_S


def is_of(pixel: list[int], colour: str) -> bool:
    return pixel == [*(int(colour[at : at + 2], 16) for at in (1, 3, 5)), 255]


def apart(places: list[Any], others: list[Any], room_px: float) -> list[int]:
    """Places with so much room around them that nothing else is drawn over their middle."""
    return [
        row
        for row, place in enumerate(places)
        if all(other is place or math.dist(place, other) > room_px for other in others)
    ]


def check_sections(shown: Any, run: Run, at_s: int) -> int:
    """See that every section on tour that nothing covers is drawn where the trace has it; how many these are."""
    positions = Positions(run.scenario, run.trace, film_of(run.trace, run.scenario, run.from_s, run.to_s))
    shown.evaluate("t => peacesim.seek(t)", at_s)
    on_tour = [at_km.tolist() for at_km in sections_on_tour(run, at_s).values()]
    groups = (on_tour, positions.sent(at_s).tolist(), positions.incidents(at_s).tolist())
    tours, sent, scenes = (shown.evaluate(_TO_PIXELS, one) for one in groups)
    # A scene has the number of its sections beside it.
    beside = [[x + 13, y - 8] for x, y in scenes]
    free = [tours[row] for row in apart(tours, [*tours, *sent, *scenes, *beside], ROOM_PX)]
    # The way that a section has come is of its colour too, but so thin that it cannot fill all of these.
    around = [[x + dx, y + dy] for x, y in free for dx, dy in ((0, 0), (1.7, 0), (-1.7, 0), (0, 1.7), (0, -1.7))]
    for place, pixel in zip(around, shown.evaluate(_PIXELS, ["moving", around]), strict=True):
        assert is_of(pixel, TOUR), (at_s, place, pixel)
    return len(free)


def check_posts(shown: Any, run: Run, at_s: int) -> Counter[PostState]:
    """See that every post that nothing covers is drawn in the colour of its state; how many are, by state."""
    truth, looks = snapshot(run, at_s), marks()
    shown.evaluate("t => peacesim.seek(t)", at_s)
    places = shown.evaluate(_TO_PIXELS, post_positions_km(run.scenario, truth.layout).tolist())
    bases = shown.evaluate(_TO_PIXELS, truth.layout.base_km.tolist())
    free = [row for row in apart(places, places, POST_ROOM_PX) if apart([places[row]], bases, ROOM_PX)]
    pixels = shown.evaluate(_PIXELS, ["posts", [places[row] for row in free]])
    for row, pixel in zip(free, pixels, strict=True):
        state = truth.states[row]
        assert is_of(pixel, looks[state.name.lower()].fill), (at_s, truth.posts[row].key, state, pixel)
    return Counter(truth.states[row] for row in free)


@pytest.mark.parametrize("name", ["riots", "few", "battalion"])
def test_marks_stand_where_the_trace_says(opened: Any, name: str) -> None:
    run = run_of(name)
    shown = opened(text_of(run), device_scale_factor=SCALE)
    n_posts: Counter[PostState] = Counter()
    n_sections = 0
    for at_s in instants(run):
        n_sections += check_sections(shown, run, at_s)
        n_posts += check_posts(shown, run, at_s)
    assert n_sections >= 15
    wanted = {PostState.MANNED, PostState.UNMANNED} | ({PostState.POLICE} if name == "battalion" else set())
    assert {state for state, n in n_posts.items() if n > 2} >= wanted - (
        {PostState.UNMANNED} if name == "riots" else set()
    )


def test_sections_sent_and_incidents_are_drawn(opened: Any) -> None:
    run = run_of("riots")
    positions = Positions(run.scenario, run.trace, film_of(run.trace, run.scenario, run.from_s, run.to_s))
    shown = opened(text_of(run), device_scale_factor=SCALE)
    n_moving = n_incidents = 0
    for at_s in range(run.from_s + 2 * DAY_S + 12 * HOUR_S, run.from_s + 3 * DAY_S, HOUR_S):
        shown.evaluate("t => peacesim.seek(t)", at_s)
        calls = shown.evaluate("peacesim.stateAt(peacesim.time()).calls")
        open_ = shown.evaluate("peacesim.stateAt(peacesim.time()).incidents")
        places = shown.evaluate(_TO_PIXELS, positions.sent(at_s).tolist())
        scenes = shown.evaluate(_TO_PIXELS, positions.incidents(at_s).tolist())
        moving = [row for row in apart(places, [*places, *scenes], ROOM_PX) if calls[row]["phase"] != "there"]
        fills = {"on its way": CALL, "back": "#ffffff"}
        for row, pixel in zip(
            moving, shown.evaluate(_PIXELS, ["moving", [places[row] for row in moving]]), strict=True
        ):
            assert is_of(pixel, fills[calls[row]["phase"]]), (at_s, row, pixel)
        n_moving += len(moving)
        # Left of the sign in an incident's middle.
        on_way = [place for place, call in zip(places, calls, strict=True) if call["phase"] != "there"]
        free = apart(scenes, [*scenes, *on_way], 2 * ROOM_PX)
        left = [[scenes[row][0] - 5, scenes[row][1]] for row in free]
        for row, pixel in zip(free, shown.evaluate(_PIXELS, ["moving", left]), strict=True):
            assert is_of(pixel, "#ffffff" if open_[row]["isMet"] else INCIDENT), (at_s, open_[row], pixel)
        n_incidents += len(free)
    assert n_moving > 3 and n_incidents > 10


@pytest.mark.parametrize("check", [check_sections, check_posts])
def test_a_map_that_draws_nothing_is_noticed(opened: Any, check: Callable[[Any, Run, int], object]) -> None:
    run = run_of("battalion")
    shown = opened(text_of(run), device_scale_factor=SCALE)
    assert check(shown, run, instants(run)[1])
    shown.evaluate("() => { CanvasRenderingContext2D.prototype.fill = () => {}; dispatchEvent(new Event('resize')); }")
    with pytest.raises(AssertionError, match=re.escape(str(instants(run)[1]))):
        check(shown, run, instants(run)[1])
