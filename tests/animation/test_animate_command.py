"""`peacesim animate`: what it writes, of which run, and what it says of bad input."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from sim.animation import animate
from sim.animation.gif import MOST_FRAMES, PANEL_IN, instants_of, write_gif
from sim.cli import main
from sim.model import layout_of
from sim.plots.map_labels import name_points
from sim.plots.map_panel import lay_ground
from sim.scenario import load
from tests.scenarios import FOLDER, shipped

LESSON = str(FOLDER / "lesson.toml")
DAY_S = 86_400


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["animate", *arguments])


def test_writes_the_span_asked_for_of_the_run_asked_for(tmp_path: Path) -> None:
    result = call(
        *(LESSON, "--troops", "300", "--replication", "2", "--seed", "7", "--from", "2001-01-05 06:00"),
        *("--days", "1.5", "--set", "coverage.window_h=6", "--out", str(tmp_path)),
    )
    assert result.exit_code == 0, result.output
    scenario = load(LESSON, settings=["coverage.window_h=6", "experiment.seed=7"])
    inputs = scenario.inputs_sha256[:8]
    path = tmp_path / f"film-lesson-two-stages-300-2001-01-05T0600-1.5d-r2-seed7-{inputs}.html"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    expected = animate(scenario, troops=300, replication=2, from_s=4 * DAY_S + 6 * 3600, days=1.5)
    assert path.read_text(encoding="utf-8") == expected.page()
    n_tours = len(expected.film.columns["tour.section"])
    assert result.stdout.splitlines() == [
        "300 soldiers, 2001-01-05 06:00 to 2001-01-06 18:00, policy two-stages, replication 2: "
        f"{n_tours} tours, 0 incidents",
        f"Animation: {path} ({path.stat().st_size / 1e3:.0f} kB)",
    ]


def test_by_itself_it_shows_the_week_after_the_warm_up(tmp_path: Path) -> None:
    result = call(LESSON, "--out", str(tmp_path / "new" / "lesson.html"))
    assert result.exit_code == 0, result.output
    assert "2001-01-03 00:00 to 2001-01-10 00:00" in result.stdout
    assert "(own strength)" in result.stdout


def test_only_the_same_film_again_overwrites_one(tmp_path: Path) -> None:
    short = (LESSON, "--days", "0.5", "--out", str(tmp_path))
    others = (
        (),
        ("--seed", "7"),
        ("--set", "coverage.window_h=6"),
        ("--set", "force.section_size=8"),
        ("--days", "0.4"),
    )
    for n_films, other in enumerate(others, start=1):
        assert call(*short, *other).exit_code == 0
        assert len(list(tmp_path.iterdir())) == n_films
    assert call(*short).exit_code == 0
    assert len(list(tmp_path.iterdir())) == len(others)
    assert "named after all that tells films apart" in call("--help").output


def test_it_says_when_the_force_does_not_change(tmp_path: Path) -> None:
    words = "No stage, gate or reserve falls within these days"
    assert words in call(LESSON, "--days", "1", "--out", str(tmp_path)).stdout
    assert words not in call(LESSON, "--days", "3", "--from", "2001-01-21", "--out", str(tmp_path)).stdout
    changes = call(LESSON, "--days", "3", "--from", "2001-01-21", "--out", str(tmp_path)).stdout
    assert changes.startswith("450 soldiers, 300 in the end (own strength), 2001-01-21 00:00 to ")
    assert words not in call(LESSON, "--days", "1", "--troops", "300", "--out", str(tmp_path)).stdout


def test_a_large_file_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = call(LESSON, "--days", "2", "--out", str(tmp_path))
    assert usual.stderr == ""
    (path,) = tmp_path.iterdir()
    monkeypatch.setattr(sys.modules["sim.cli.animate"], "LARGE_MB", path.stat().st_size / 2e6)
    result = call(LESSON, "--days", "2", "--out", str(tmp_path))
    assert "MB is much to send, and to open on a telephone: --days 1 of these 2 would be some" in result.stderr


def test_days_are_counted_while_they_run() -> None:
    told: list[tuple[int, int]] = []
    shown = animate(shipped("lesson"), days=2, progress=lambda *days: told.append(days))
    assert told == [(day, 5) for day in range(5)]
    assert shown.page() == animate(shipped("lesson"), days=2).page()


def test_a_span_beyond_the_run_ends_with_it() -> None:
    film = animate(shipped("lesson"), from_s=58 * DAY_S, days=7).film
    assert film.to_s == 60 * DAY_S - 1


def test_a_folder_is_run_again_and_held_against_its_trace(tmp_path: Path) -> None:
    folder = str(tmp_path / "results")
    few = ["--troops", "300", "-n", "2", "--trace", "1", "--no-figures", "-j", "1", "--set", "experiment.sweep_days=3"]
    done = CliRunner().invoke(main, ["run", LESSON, *few, "--out", folder])
    assert done.exit_code == 0, done.output
    out = tmp_path / "film.html"
    asked = (folder, "--troops", "300", "--replication", "1", "--days", "2", "--out", str(out))
    result = call(*asked)
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines() == [
        f"{folder}: replication 1 of policy two-stages with 300 troops is run again, up to 2001-01-05 00:00: "
        "a trace does not keep where sections were, and equal seeds give equal runs",
        "It came out as its kept trace says, row for row",
    ]
    other = call(folder, "--troops", "300", "--replication", "0", "--days", "1", "--out", str(out))
    assert "keeps no trace of it to hold it against (`peacesim run --trace 0` keeps one)" in other.stderr
    assert call(*asked).exit_code == 0
    assert out.read_text(encoding="utf-8").count("300 soldiers throughout") == 1
    # A trace that another program wrote.
    file = tmp_path / "results" / "trace.parquet"
    table = pq.read_table(file)
    pq.write_table(table.set_column(6, table.schema.field("place"), table["entity"]), file)
    result = call(*asked)
    assert result.exit_code == 2
    assert "comes out differently now" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "2000-12-31"], "--from 2000-12-31 00:00 is outside the run, which begins at 2001-01-01 00:00"),
        (["--from", "2001-03-02"], "ends before 2001-03-02 00:00"),
        (["--policy", "nobody"], "nobody"),
        (["--days", "0"], "0.0 is not in the range"),
        (["--days", "-1"], "is not in the range"),
        (["--days", "1e-7"], "a film of 1e-07 days: it must last a second"),
        (["--days", "nan"], "a film of nan days"),
        (["--from", "2001-03-01 23:59", "--days", "1e-5"], "it must last a second"),
        (["--out", "film.svg"], "the map is written as .html"),
        (["--set", "coverage.window_h=-1"], "coverage.window_h"),
    ],
)
def test_bad_input_is_told_in_a_sentence(arguments: list[str], says: str, tmp_path: Path) -> None:
    result = call(LESSON, *arguments, *([] if "--out" in arguments else ["--out", str(tmp_path)]))
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_folder_has_its_own_seed_and_settings(tmp_path: Path) -> None:
    assert call(str(tmp_path), "--seed", "3").exit_code == 2
    assert call(str(tmp_path), "--set", "coverage.window_h=3").exit_code == 2
    nothing = call(str(tmp_path))
    assert nothing.exit_code == 2 and str(tmp_path) in nothing.output


def test_a_gif_has_a_frame_a_step(tmp_path: Path) -> None:
    out = tmp_path / "lesson.html"
    result = call(LESSON, "--days", "0.1", "--gif", "--out", str(out))
    assert result.exit_code == 0, result.output
    with Image.open(out.with_suffix(".gif")) as image:
        assert image.n_frames == 5  # type: ignore[attr-defined]
        assert image.size[0] == 720
        assert b'"replication": 0' in image.info["comment"]
    assert f"Animation: {out.with_suffix('.gif')}" in result.stdout
    write_gif(animate(shipped("lesson"), days=0.1), tmp_path / "again.gif")
    assert (tmp_path / "again.gif").read_bytes() == out.with_suffix(".gif").read_bytes()


@pytest.mark.parametrize("name", ["kfor-2004-riots", "kfor-gates"])
def test_a_frame_names_every_crossing_point(name: str) -> None:
    scenario = shipped(name)
    layout, ground = layout_of(scenario), lay_ground(layout_of(scenario), *PANEL_IN)
    at, bases = ground.frame.place(layout.crossing_km), ground.frame.place(layout.base_km)
    names = [point.name for point in scenario.theatre.crossing_points.values()]
    placed = name_points(
        names,
        at,
        frame=ground.frame,
        outline=ground.outline,
        taken=[ground.corner],
        marks=np.vstack([at, bases]),
    )
    assert [" ".join(placed[index].lines) for index in range(len(names))] == names


def test_frames_are_some_hours_apart() -> None:
    week = animate(shipped("lesson")).film
    assert len(instants_of(week)) == MOST_FRAMES
    assert {after - before for before, after in itertools.pairwise(instants_of(week))} == {3 * 3600}


def test_the_terminal_counts_the_incidents_that_the_page_counts(tmp_path: Path) -> None:
    """Sections that come back from an incident that was over before the film are in it; that incident is not."""
    riots = str(FOLDER / "kfor-2004-riots.toml")
    result = call(riots, "--from", "2004-03-18 06:00", "--days", "0.25", "--out", str(tmp_path / "film.html"))
    (said,) = re.findall(r"(\d+) incidents", result.output)
    headline = re.search(r"(\d+) incidents \(", (tmp_path / "film.html").read_text(encoding="utf-8"))
    assert headline is not None and said == headline[1]
