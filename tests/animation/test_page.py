"""The page: small, the same every time, closed to the outside, and of names that are only text."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from sim.animation import Animation, animate, page
from sim.animation.gif import still
from sim.animation.page import CALL, INCIDENT, MET_BAR, TOUR, force_in_words, marks, pack, still_of
from sim.plots.map_panel import HATCH_COLOUR, NEVER, STEP_COLOURS
from sim.plots.style import GREY, INK, LOOKS, WITH_RESERVES, luminance
from sim.scenario import load
from sim.scenario.schema import Scenario
from sim.trace import NOT_YET
from tests.scenarios import FOLDER, shipped

MOST_BYTES = 2_000_000
MOST_BYTES_OF_PICTURE = 150_000
NASTY = "</script><script>alert('1')</script>"


def nasty() -> Scenario:
    """The lesson with markup and quotes in every name that may have them."""
    scenario = shipped("lesson")
    theatre = scenario.theatre
    sectors = {key: one.model_copy(update={"name": f"\"<b>'{one.name}"}) for key, one in theatre.sectors.items()}
    sites = {
        key: one.model_copy(update={"name": "<img src=x onerror=alert(2)>"}) for key, one in theatre.named_sites.items()
    }
    places = {"sectors": sectors, "named_sites": sites, "note": NASTY, "title": NASTY}
    policy = {key: one.model_copy(update={"title": NASTY}) for key, one in scenario.policy.items()}
    return scenario.model_copy(update={"title": NASTY, "theatre": theatre.model_copy(update=places), "policy": policy})


@pytest.fixture(scope="module")
def lesson() -> Animation:
    return animate(shipped("lesson"), days=3)


def test_a_week_of_more_than_900_sections_stays_small() -> None:
    animation = animate(shipped("kfor-2001"), troops=40_000)
    assert len(animation.trace.names.sections) > 900
    assert animation.film.to_s - animation.film.from_s == 7 * 86_400
    assert len(animation.page().encode()) < MOST_BYTES / 4


def test_equal_films_make_equal_pages(lesson: Animation) -> None:
    assert animate(shipped("lesson"), days=3).page() == lesson.page()
    assert animate(shipped("lesson"), days=3, replication=1).page() != lesson.page()


def test_the_page_names_no_address_and_forbids_all(lesson: Animation) -> None:
    text = lesson.page()
    assert re.findall(r"https?:|//[a-z]+\.[a-z]|url\(|@import| src=(?!\"data:image/png;base64,)", text) == []
    assert "default-src 'none'" in text


def test_only_its_own_scripts_may_run(lesson: Animation) -> None:
    text = lesson.page()
    allowed = re.search(r"script-src ([^;]+);", text)
    assert allowed is not None
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts}
    assert len(hashes) == 9 and set(allowed[1].split()) == hashes


def test_names_are_text() -> None:
    text = page(animate(nasty(), days=1).film)
    for markup in ("<script>alert", "<img src=x", "<b>'"):
        assert markup not in text
    assert text.count("<script") == text.count("</script>")
    assert "&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)" in text


def test_a_notebook_gets_a_frame_of_its_own(lesson: Animation) -> None:
    text = lesson._repr_html_()
    assert text.startswith('<iframe title="The force on its map" sandbox="allow-scripts"')
    assert text.count("<") == 2


def test_columns_are_packed_and_found_again() -> None:
    columns = {
        "a": np.array([1, -1, 3]),
        "b": np.array([0, 70_000]),
        "c": np.array([[0.5, 1.25], [2.0, 3.0]]),
        "d": np.empty(0, dtype=np.int64),
        "e": np.array([True, False]),
        "f": np.array([255, 0]),
        "g": np.array([-300, 300]),
    }
    places, content = pack(columns)
    kinds = {"u1": "<u1", "i1": "<i1", "u2": "<u2", "i2": "<i2", "i4": "<i4", "f4": "<f4"}
    for name, kind, offset, length in places:
        assert offset % 4 == 0
        found = np.frombuffer(content, kinds[kind], length, offset)
        np.testing.assert_array_equal(found, columns[name].ravel())
    assert [kind for _, kind, _, _ in places] == ["i1", "i4", "f4", "u1", "u1", "u1", "i2"]
    with pytest.raises(ValueError, match="more than 32 bits"):
        pack({"a": np.array([2**31])})


# Machado, G. M., Oliveira, M. M. and Fernandes, L. A. F. (2009). A physiologically-based model for simulation of color
# vision deficiency. IEEE Transactions on Visualization and Computer Graphics 15(6): 1291-1298, at severity 1.
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])
TOLD_APART = 15
"""CIELAB colour difference; 2.3 is just noticed side by side."""
TEXT, GRAPHIC = 4.5, 3.0
"""Contrast that WCAG 2.2 AA asks of text, and of what has to be seen of a picture."""


def lab(colour: str, vision: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
    rgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    ratio = XYZ @ np.clip(vision @ linear, 0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("vision", VISION)
def test_marks_are_told_apart_whatever_the_colour_vision(vision: str) -> None:
    fills, grounds = (TOUR, CALL, INCIDENT, INK), STEP_COLOURS
    pairs = [*itertools.combinations(fills, 2), *itertools.product(fills, grounds), (TOUR, MET_BAR)]
    for one, other in pairs:
        assert np.linalg.norm(np.subtract(lab(one, VISION[vision]), lab(other, VISION[vision]))) > TOLD_APART


@pytest.mark.parametrize("name", marks())
def test_a_mark_stands_out_from_every_ground(name: str) -> None:
    mark = marks()[name]
    parts = [part for part in (mark.fill, mark.edge, mark.halo) if part is not None]
    for ground in (*STEP_COLOURS, NEVER, HATCH_COLOUR):
        assert max(contrast(part, ground) for part in parts) >= GRAPHIC, ground
    for inner, outer in itertools.pairwise(parts):
        assert contrast(inner, outer) >= GRAPHIC


def test_lines_and_bars_of_the_time_line_can_be_seen() -> None:
    for colour in (TOUR, MET_BAR, CALL, INK, LOOKS["patrol_coverage"].colour):
        assert contrast(colour, "#ffffff") >= GRAPHIC
    # Flags and their names, and what is drawn on the ground under the line of soldiers.
    assert contrast(CALL, "#EFEDE8") >= GRAPHIC
    # Reserves stand on the line of soldiers, which is their edge.
    assert contrast(WITH_RESERVES.colour, INK) >= GRAPHIC


def test_words_in_colour_can_be_read(lesson: Animation) -> None:
    for colour in (CALL, GREY, "#00558a", "#595959", "#8f3d00"):
        assert contrast(colour, "#ffffff") >= TEXT
    assert "#00558a" in lesson.page()


def test_the_title_is_of_this_run_and_counts_its_incidents() -> None:
    animation = animate(shipped("kfor-2004-riots"), from_s=45 * 86_400, days=2)
    film = animation.film
    rows = [row for row in animation.trace.incidents if row.arises_s <= film.to_s]
    kinds = [row.kind for row in rows if row.ended_s > film.from_s or row.ended_s == NOT_YET]
    n_riots = kinds.count(animation.trace.names.incident_kinds.index("riot"))
    head = re.search(r"<header>.*?</header>", animation.page(), re.DOTALL)
    assert head is not None and n_riots > 0
    assert "<h1>17 to 18 March 2004, hour by hour</h1>" in head[0]
    assert f"{len(kinds)} incidents (riot {n_riots}, " in head[0]


@pytest.mark.parametrize(
    ("from_day", "days", "words"),
    [(0, 1.0, "1 January 2001"), (0, 40.0, "1 January to 9 February 2001"), (2, 0.5, "3 January 2001")],
)
def test_days_are_named_shortly(from_day: int, days: float, words: str) -> None:
    assert f"<h1>{words}, hour by hour</h1>" in animate(shipped("lesson"), from_s=from_day * 86_400, days=days).page()


def test_a_page_says_whether_the_force_changes_in_its_days(lesson: Animation) -> None:
    assert "450 soldiers: no stage, gate or reserve falls within these days" in lesson.page()
    changed = animate(shipped("lesson"), from_s=19 * 86_400, days=4).page()
    assert "no stage, gate or reserve" not in changed
    assert "450 soldiers, 300 in the end" in changed
    assert "no stage, gate" not in animate(shipped("lesson"), troops=300, days=1).page()


DIPS = {
    "policy.two-stages.stages.second.strength": 450,
    "policy.two-stages.stages.second.decided_on": dt.date(2001, 1, 23),
    "policy.two-stages.stages.second.effective_on": dt.date(2001, 1, 29),
}


@pytest.mark.parametrize(
    ("from_day", "days", "words"),
    [
        (19, 16, "450 soldiers, 300 at the least, 450 in the end."),
        (19, 5, "450 soldiers, 300 in the end."),
        (23, 10, "300 soldiers, 450 in the end."),
        (23, 2, "300 soldiers: no stage"),
    ],
)
def test_the_title_has_the_least_and_the_most_strength(from_day: int, days: int, words: str) -> None:
    scenario = load(FOLDER / "lesson.toml", settings=DIPS)
    animation = animate(scenario, from_s=from_day * 86_400, days=days)
    assert f'<p class="deck">{words}' in animation.page()


def test_the_most_strength_is_told_too() -> None:
    film = animate(load(FOLDER / "lesson.toml", settings=DIPS), from_s=19 * 86_400, days=16).film
    columns = film.columns | {"strength.soldiers": 900 - film.columns["strength.soldiers"]}
    assert force_in_words(replace(film, columns=columns)) == "450 soldiers, 600 at the most, 450 in the end"


def test_the_title_counts_reserves_that_are_there() -> None:
    def words(day: int, days: float) -> str:
        return force_in_words(animate(shipped("kfor-2004-riots"), from_s=day * 86_400, days=days).film)

    # 45: 17 March, when all are called; they come on the next two days and on 22 March.
    assert words(44, 1.5) == "17,500 soldiers"
    assert words(45, 1) == "17,500 soldiers, with reserves up to 17,850"
    assert words(47, 1) == "17,500 soldiers, with reserves up to 18,500"
    assert words(45, 7) == "17,500 soldiers, with reserves up to 20,000"


def test_without_scripts_a_page_has_a_small_picture(lesson: Animation) -> None:
    found = re.search(r'<noscript>.*src="data:image/png;base64,([^"]+)".*</noscript>', lesson.page(), re.DOTALL)
    assert found is not None and len(found[1]) < MOST_BYTES_OF_PICTURE
    with Image.open(io.BytesIO(base64.b64decode(found[1]))) as picture:
        assert picture.size[0] == 720
    assert lesson.film.from_s < still_of(lesson.film) < lesson.film.to_s
    assert "Here is its map at 12:00 on 4 January 2001" in lesson.page()
    assert still(lesson) == base64.b64decode(found[1])


def test_nothing_is_read_out_twice(lesson: Animation) -> None:
    """A region, a table or a picture has a name that no heading or caption beside it repeats."""
    text = lesson.page()
    ids = re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', text)
    assert len(ids) == len(set(ids)) + 1  # the log's section and its list
    labels = re.findall(r'aria-label="([^"]+)"', text)
    assert len(labels) == len(set(labels))
    for label in labels:
        assert re.search(rf">{re.escape(label)}</(h\d|p|caption|label|summary)>", text) is None
