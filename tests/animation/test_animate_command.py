"""`peacesim animate`: what it writes, of which run, and what it says of bad input."""

from __future__ import annotations

import itertools
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from sim.animation import animate
from sim.animation.gif import MOST_FRAMES, instants_of, write_gif
from sim.cli import main
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
    path = tmp_path / "film-lesson-two-stages-300-2001-01-05T0600-1.5d-r2.html"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    scenario = shipped("lesson", experiment__seed=7, coverage__window_h=6.0)
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


def test_frames_are_some_hours_apart() -> None:
    week = animate(shipped("lesson")).film
    assert len(instants_of(week)) == MOST_FRAMES
    assert {after - before for before, after in itertools.pairwise(instants_of(week))} == {3 * 3600}
