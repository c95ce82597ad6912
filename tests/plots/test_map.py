"""Maps: cells tile the theatre, colours and marks are the snapshot's, and nothing lies on anything else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from PIL import Image

from sim.model import layout_of, replicate
from sim.plots import theatre_map
from sim.plots.cells import make_cells
from sim.plots.map import ILLUSTRATIVE
from sim.plots.map_files import with_palette, write_map
from sim.plots.map_panel import LOOK_OF_BASE, NEVER, STEP_COLOURS, colours_of, steps_h
from sim.plots.page import Plot
from sim.plots.style import WITH_POLICE, luminance
from sim.processes.post import PostState, list_posts
from sim.responses.snapshot import Snapshot, ending_after, take_snapshot
from sim.scenario.schema import Scenario, Task
from sim.theatre.geometry import inside, ring_area
from tests.plots.looking import assert_readable, by_gid, gids, line, texts, x_values
from tests.scenarios import shipped

KFOR, LESSON, GATES = shipped("kfor-2001"), shipped("lesson"), shipped("kfor-gates")
SOON = shipped("kfor-gates", **{"policy.gates.unfixing.gazimestan": dt.date(2009, 6, 13)})
HOUR_S = 3600


def snapshot_of(scenario: Scenario, hour: float, troops: int | None, *, seed: int | None = None) -> Snapshot:
    at_s = round(hour * HOUR_S)
    trace = replicate(
        ending_after(scenario, at_s),
        next(iter(scenario.policy)),
        troops=troops,
        seed=scenario.experiment.seed if seed is None else seed,
        replication=0,
    )
    return take_snapshot(scenario, trace, at_s)


@pytest.fixture(scope="module")
def kfor() -> Snapshot:
    return snapshot_of(KFOR, 36, 10_200)


@pytest.fixture(scope="module")
def lesson() -> Snapshot:
    """After the old bridge has passed to the police."""
    return snapshot_of(LESSON, 40 * 24 + 12, None)


@pytest.fixture(scope="module")
def kfor_map(kfor: Snapshot) -> Plot:
    return theatre_map(KFOR, kfor)


def areas_of(plot: Plot, gid: str) -> PolyCollection:
    artist = by_gid(plot, gid)
    assert isinstance(artist, PolyCollection)
    return artist


def test_cells_tile_the_theatre() -> None:
    layout = layout_of(KFOR)
    cells, borders = make_cells(layout.area_km, layout.outline_km, layout.area_sector)
    low, high = layout.outline_km.min(axis=0), layout.outline_km.max(axis=0)
    points = low + (high - low) * np.random.default_rng(5).random((400, 2))
    points = points[inside(points, layout.outline_km)]
    holds = np.array([inside(points, cell) for cell in cells])
    assert holds.sum(axis=0).tolist() == [1] * len(points)
    nearest = ((points[:, None, :] - layout.area_km) ** 2).sum(axis=2).argmin(axis=1)
    assert holds.argmax(axis=0).tolist() == nearest.tolist()
    hexagon_km2 = 1.5 * math.sqrt(3) * layout.cell_radius_km**2
    inner = layout.area_boundary_km > 3 * layout.cell_radius_km
    areas_km2 = [ring_area(cell) for cell, is_inner in zip(cells, inner, strict=True) if is_inner]
    assert len(areas_km2) > 200
    np.testing.assert_allclose(areas_km2, hexagon_km2)
    for ends in borders:
        middle = ends.mean(axis=0)
        two = np.argsort(((layout.area_km - middle) ** 2).sum(axis=1))[:2]
        assert layout.area_sector[two[0]] != layout.area_sector[two[1]]


def test_one_cell_and_one_sector_have_no_borders() -> None:
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    cells, borders = make_cells(np.array([[1.0, 2.0]]), square, np.zeros(1, dtype=np.int64))
    assert borders == [] and inside(square * 0.999 + 0.002, cells[0]).all()


@given(st.floats(0.1, 1000), st.lists(st.floats(0, 5000) | st.just(float("nan")), min_size=1, max_size=30))
def test_colours_change_at_the_window(window_h: float, hours: list[float]) -> None:
    ends = steps_h(window_h)
    assert ends == sorted(ends) and ends[2] == window_h
    for its, colour in zip(hours, colours_of(np.array(hours), window_h), strict=True):
        if math.isnan(its):
            assert colour == NEVER
        else:
            assert (colour in STEP_COLOURS[:3]) == (its < window_h)


def test_colours_are_told_apart_in_grey_too() -> None:
    lightness = np.array([116 * np.cbrt(luminance(colour)) - 16 for colour in STEP_COLOURS])
    steps = -np.diff(lightness)
    assert steps.min() > 6 and steps.argmax() == 2
    np.testing.assert_allclose(steps, [7, 7, 21, 17, 17], atol=0.4)


def test_areas_have_the_colours_of_the_snapshot(kfor: Snapshot, kfor_map: Plot) -> None:
    drawn = [to_hex(tuple(rgb)) for rgb in np.asarray(areas_of(kfor_map, "areas").get_facecolor())[:, :3].tolist()]
    wanted = colours_of(kfor.since_visit_h, KFOR.coverage.window_h)
    is_visited = ~np.isnan(kfor.since_visit_h)
    assert drawn == [colour for colour, visited in zip(wanted, is_visited, strict=True) if visited]
    n_covered = sum(colour in STEP_COLOURS[:3] for colour in drawn)
    assert n_covered == kfor.is_covered.sum() > 50
    n_never = len(areas_of(kfor_map, "areas never visited").get_paths())
    assert n_never == (~is_visited).sum() > 0
    assert areas_of(kfor_map, "areas never visited").get_hatch()
    assert "not visited yet" in texts(kfor_map)
    assert areas_of(kfor_map, "areas").get_clip_path() is not None


def test_nothing_never_visited_nothing_in_the_key(lesson: Snapshot) -> None:
    assert not np.isnan(lesson.since_visit_h).any()
    assert "not visited yet" not in texts(theatre_map(LESSON, lesson))


@pytest.mark.parametrize(("scenario", "which"), [(KFOR, "kfor"), (LESSON, "lesson")])
def test_a_mark_for_every_post_and_a_count_for_every_state(
    scenario: Scenario, which: str, request: pytest.FixtureRequest
) -> None:
    snapshot: Snapshot = request.getfixturevalue(which)
    plot = theatre_map(scenario, snapshot)
    shown = texts(plot)
    names = {Task.SITES: "Sites", Task.CHECKPOINTS: "Checkpoints", Task.CROSSING_POINTS: "Crossing points"}
    states = {PostState.MANNED: "manned", PostState.UNMANNED: "unmanned", PostState.POLICE: "police"}
    n_drawn = 0
    for task, name in names.items():
        for state, words in states.items():
            n = snapshot.n_posts(task, state)
            gid = f"{name} {words}"
            assert len(gids(plot, gid)) == (1 if n else 0)
            if n:
                assert len(x_values(line(plot, gid))) == n
                assert f"{n:,}" in shown
                n_drawn += n
    assert n_drawn == len(snapshot.posts)
    assert len(x_values(line(plot, "bases"))) == len(scenario.theatre.sectors)


def test_marks_stand_where_the_layout_has_them(lesson: Snapshot) -> None:
    plot = theatre_map(LESSON, lesson)
    (axes,) = {artist.axes for artist in [by_gid(plot, "bases")]}
    assert axes is not None
    scale = by_gid(plot, "scale")
    assert isinstance(scale, Rectangle)
    (words,) = [text for text in texts(plot) if text.endswith(" km")]
    inch_per_km = 2 * scale.get_width() / float(words.removesuffix(" km"))
    shown = np.column_stack([x_values(line(plot, "Sites manned")), np.asarray(line(plot, "Sites manned").get_ydata())])
    manned = [
        key
        for post, state in zip(lesson.posts, lesson.states, strict=True)
        for key in [post.key]
        if post.task is Task.SITES and state is PostState.MANNED
    ]
    where = dict(zip(lesson.layout.site_keys, lesson.layout.site_km, strict=True))
    km = np.array([where[key] for key in manned])
    np.testing.assert_allclose(np.diff(shown, axis=0), inch_per_km * np.diff(km, axis=0), atol=1e-9)
    width_in = axes.get_window_extent().width / plot.dpi
    assert width_in == pytest.approx(axes.get_xlim()[1])  # the axes' units are inches


def test_sectors_are_named_with_their_share(kfor: Snapshot, kfor_map: Plot) -> None:
    shown = texts(kfor_map)
    for sector, share in zip(KFOR.theatre.sectors.values(), kfor.share_covered, strict=True):
        assert sector.name in shown
        assert f"{100 * share:.0f}\N{NO-BREAK SPACE}%" in shown
    assert any(text.startswith(f"{kfor.share_covered_in_all:.0%}"[:-1]) and "patrol areas" in text for text in shown)


def test_says_what_it_is_of(kfor: Snapshot, kfor_map: Plot) -> None:
    words = " ".join(" ".join(texts(kfor_map)).split())
    for part in (
        KFOR.title,
        next(iter(KFOR.policy.values())).title,
        "10,200 soldiers, 2001-01-02 12:00",
        "Replication 0",
        "W = 6",
        f"seed {KFOR.experiment.seed}",
    ):
        assert part in words
    assert " ".join(KFOR.theatre.note.split()) in words
    assert " ".join(KFOR.theatre.attribution.split()) in words
    assert words.count(ILLUSTRATIVE) == 1
    assert "10,200 soldiers" in kfor_map.alt_text and f"{kfor.n_posts(Task.SITES, PostState.MANNED)} manned" in (
        kfor_map.alt_text
    )


@pytest.mark.parametrize(("n", "words"), [(0, "0 tours out"), (1, "1 tour out"), (2, "2 tours out")])
def test_one_tour_is_one(lesson: Snapshot, n: int, words: str) -> None:
    one = dataclasses.replace(lesson, tours_out=np.array([n]))
    assert any(text.endswith(f" covered, {words}") for text in texts(theatre_map(shipped("lesson"), [one])))


def test_another_seed_is_the_one_named() -> None:
    plot = theatre_map(LESSON, snapshot_of(LESSON, 10, 300, seed=987))
    assert any("seed 987" in text for text in texts(plot)) and "seed 987" in plot.identity


def test_table_is_what_is_drawn(lesson: Snapshot) -> None:
    table = theatre_map(LESSON, lesson).table
    areas, posts = table[table["what"] == "area"], table[table["what"] != "area"]
    assert areas["key"].tolist() == [f"area-{index:03d}" for index in range(12)]
    np.testing.assert_allclose(areas["hours_since_visit"].to_numpy(float), lesson.since_visit_h, atol=1e-4)
    assert areas["covered"].tolist() == lesson.is_covered.tolist()
    assert list(zip(posts["key"], posts["state"], strict=True)) == [
        (post.key, state.name.lower()) for post, state in zip(lesson.posts, lesson.states, strict=True)
    ]
    assert set(table["sector"]) == {"valley"} and set(table["time"]) == {"2001-02-10 12:00"}
    assert table["troops"].isna().all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_readable(n: int) -> None:
    shown = [snapshot_of(KFOR, 20 + 10 * index, 3000 * 4**index) for index in range(n)]
    plot = theatre_map(KFOR, shown)
    assert_readable(plot)
    letters = [text for text in texts(plot) if text in "abcdef"]
    assert letters == ([] if n == 1 else list("abcdef"[:n]))
    assert len(plot.table) == n * (435 + 550 + 200 + 8)


@pytest.mark.parametrize("hour", [0, 9, 40 * 24])
def test_readable_with_few_posts(hour: float) -> None:
    assert_readable(theatre_map(LESSON, snapshot_of(LESSON, hour, None)))
    assert_readable(theatre_map(LESSON, [snapshot_of(LESSON, hour, None), snapshot_of(LESSON, hour, 150)]))


@pytest.mark.parametrize("window_h", [0.35, 13.333, 100])
def test_readable_with_any_window(window_h: float) -> None:
    scenario = shipped("lesson", coverage__window_h=window_h)
    plot = theatre_map(scenario, snapshot_of(scenario, 60, 300))
    assert_readable(plot)
    assert f"W = {window_h:g}" in texts(plot)


def test_readable_with_long_names_and_handed_over_sites() -> None:
    snapshot = snapshot_of(SOON, 40, None)
    assert snapshot.n_posts(Task.SITES, PostState.POLICE) == 1
    theatre = GATES.theatre
    sectors = {
        key: sector.model_copy(update={"name": f"Multinational Brigade {sector.name}, under its lead nation"})
        for key, sector in theatre.sectors.items()
    }
    crossings = {
        key: point.model_copy(update={"name": f"{point.name}, the crossing on the long road to {point.neighbour}"})
        for key, point in theatre.crossing_points.items()
    }
    renamed = theatre.model_copy(update={"sectors": sectors, "crossing_points": crossings})
    long = GATES.model_copy(update={"theatre": renamed, "title": f"{GATES.title}, " * 6})
    for shown in ([snapshot], [snapshot, snapshot]):
        plot = theatre_map(long, shown)
        assert_readable(plot)
        assert "Sites with police" in texts(plot)


def test_readable_where_nothing_is_tasked() -> None:
    scenario = shipped(
        "lesson", tasks__patrols__per_day=0, tasks__sites__n=1, tasks__checkpoints__n=0, theatre__crossing_points={}
    )
    plot = theatre_map(scenario, snapshot_of(scenario, 30, 300))
    assert_readable(plot)
    assert "no patrols" in texts(plot)


def test_equal_maps_make_equal_files(lesson: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> None:
    folders = [tmp_path_factory.mktemp("maps") for _ in range(2)]
    written = [write_map(theatre_map(LESSON, lesson), folder / "deep" / "a.map") for folder in folders]
    assert [path.name for path in written[0]] == ["a.map.svg", "a.map.png", "a.map.csv"]
    assert [path.read_bytes() for path in written[0]] == [path.read_bytes() for path in written[1]]
    pd.testing.assert_frame_equal(
        pd.read_csv(written[0][2])[["what", "key"]], theatre_map(LESSON, lesson).table[["what", "key"]]
    )


def test_a_palette_keeps_the_colours_of_areas_and_marks_and_the_words() -> None:
    plot = theatre_map(GATES, snapshot_of(SOON, 40, None))
    whole = plot.image("png")
    few = with_palette(whole)
    assert len(few) < len(whole) / 2
    with Image.open(io.BytesIO(whole)) as before, Image.open(io.BytesIO(few)) as after:
        assert after.info["Title"] == before.info["Title"] and after.info["Description"] == plot.alt_text
        old, new = (np.asarray(image.convert("RGB"), dtype=int) for image in (before, after))
    assert len(np.unique(new.reshape(-1, 3), axis=0)) <= 256
    assert np.abs(old - new).max() < 40
    for colour in (*STEP_COLOURS, LOOK_OF_BASE["markerfacecolor"], WITH_POLICE.colour):
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        is_it = (old == rgb).all(axis=2)
        assert is_it.any()
        assert (np.abs(new[is_it] - rgb) < 8).all()


def test_panels_say_what_tells_them_apart(lesson: Snapshot) -> None:
    shown = texts(theatre_map(LESSON, [lesson, dataclasses.replace(lesson, replication=4)]))
    assert [text[:15] for text in shown if text.startswith("replication")][:2] == ["replication 0, ", "replication 4, "]
    assert not any(text.startswith("replication") for text in texts(theatre_map(LESSON, [lesson, lesson])))


def test_too_few_too_many_or_unlike_snapshots(lesson: Snapshot) -> None:
    for wrong in ([], [lesson] * 7):
        with pytest.raises(ValueError, match="snapshots; a map shows 1 to 6"):
            theatre_map(LESSON, wrong)
    with pytest.raises(ValueError, match="different seeds or layouts"):
        theatre_map(LESSON, [lesson, dataclasses.replace(lesson, seed=1)])
    with pytest.raises(ValueError, match="different seeds or layouts"):
        theatre_map(LESSON, [lesson, dataclasses.replace(lesson, layout=layout_of(KFOR))])


def test_readable_with_a_sector_a_municipality() -> None:
    """What has no room has no label, and the table of sectors is left out when it has none."""
    theatre = GATES.theatre
    sectors = {
        key: theatre.sectors[town.sector].model_copy(update={"name": town.name_sq, "lat": town.lat, "lon": town.lon})
        for key, town in theatre.municipalities.items()
        if town.area_km2 > 100
    }
    towns = {
        key: town.model_copy(update={"sector": key if key in sectors else "mitrovice"})
        for key, town in theatre.municipalities.items()
    }
    points = {key: point.model_copy(update={"sector": "prizren"}) for key, point in theatre.crossing_points.items()}
    many = GATES.model_copy(
        update={
            "theatre": theatre.model_copy(
                update={"sectors": sectors, "municipalities": towns, "crossing_points": points}
            )
        }
    )
    layout = layout_of(many)
    rng = np.random.default_rng(8)
    since_h = rng.exponential(12, len(layout.area_km))
    posts = list_posts(many, layout)
    snapshot = Snapshot(
        at_s=0,
        policy="gates",
        troops=None,
        seed=many.experiment.seed,
        replication=0,
        layout=layout,
        since_visit_h=since_h,
        is_covered=since_h < many.coverage.window_h,
        is_patrolled=np.ones(len(sectors), dtype=bool),
        posts=tuple(posts),
        states=(PostState.MANNED,) * len(posts),
        tours_out=np.ones(len(sectors), dtype=np.int64),
        strength=np.ones(len(sectors), dtype=np.int64),
    )
    for shown in ([snapshot], [snapshot, snapshot]):
        plot = theatre_map(many, shown)
        assert_readable(plot)
        named = {sector.name for sector in sectors.values()} & set(texts(plot))
        assert len(named) >= (8 if len(shown) == 1 else 1)
