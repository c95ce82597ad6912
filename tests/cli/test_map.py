"""`peacesim map`: the hour asked for, of the run asked for, in the files asked for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.model import replicate
from sim.processes.post import PostState
from sim.responses import Snapshot, take_snapshot
from sim.scenario import load
from sim.scenario.schema import Task

LESSON = str(Path(__file__).parents[2] / "scenarios" / "lesson.toml")
HOUR_S = 3600


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["map", *arguments])


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"state": "string", "covered": "boolean"})


def assert_shows(rows: pd.DataFrame, snapshot: Snapshot) -> None:
    areas, posts = rows[rows["what"] == "area"], rows[rows["what"] != "area"]
    assert areas["hours_since_visit"].tolist() == pytest.approx(snapshot.since_visit_h.tolist(), abs=1e-4, nan_ok=True)
    assert posts["state"].tolist() == [state.name.lower() for state in snapshot.states]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "maps"


def test_draws_the_hour_asked_for(out: Path) -> None:
    result = call(LESSON, "--at", "2001-01-24 14:00", "--replication", "2", "--seed", "77", "--out", str(out))
    assert result.exit_code == 0, result.output
    name = "map-lesson-two-stages-own-2001-01-24T1400-r2"
    assert sorted(path.name for path in out.iterdir()) == [f"{name}.csv", f"{name}.png", f"{name}.svg"]
    scenario = load(LESSON)
    trace = replicate(scenario, "two-stages", troops=None, seed=77, replication=2)
    snapshot = take_snapshot(scenario, trace, (23 * 24 + 14) * HOUR_S)
    rows = table(out / f"{name}.csv")
    assert_shows(rows, snapshot)
    assert set(rows["time"]) == {"2001-01-24 14:00"} and set(rows["replication"]) == {2}
    lines = result.stdout.splitlines()
    assert lines[0] == "300 soldiers (own strength), 2001-01-24 14:00, policy two-stages, replication 2"
    assert f"tours out: {snapshot.tours_out.sum()}" in lines[1]
    assert f"sites: {snapshot.n_posts(Task.SITES, PostState.MANNED)} manned" in lines[2]
    assert lines[3:] == [
        f"Figure: {out / name}.svg",
        f"Figure: {out / name}.png",
        f"Table: {out / name}.csv",
    ]
    assert "seed 77" in (out / f"{name}.svg").read_text(encoding="utf-8")


def test_levels_and_hours_side_by_side(out: Path) -> None:
    file = out / "both.png"
    result = call(LESSON, "--troops", "300,150", "--at", "62.5", "--at", "2001-01-05", "--out", str(file))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == ["both.csv", "both.png", "both.svg"]
    rows = table(file.with_suffix(".csv"))
    shown = rows[["troops", "time"]].drop_duplicates().to_numpy().tolist()
    times = ["2001-01-03 14:30", "2001-01-05 00:00"]
    assert shown == [[troops, time] for troops in (300, 150) for time in times]
    scenario = load(LESSON)
    for troops in (300, 150):
        trace = replicate(scenario, "two-stages", troops=troops, seed=scenario.experiment.seed, replication=0)
        for time, hour in zip(times, (62.5, 96), strict=True):
            mine = rows[(rows["troops"] == troops) & (rows["time"] == time)]
            assert_shows(mine, take_snapshot(scenario, trace, round(hour * HOUR_S)))


@pytest.mark.parametrize(
    ("arguments", "time"),
    [
        ((), "2001-03-01 12:00"),  # the horizon ends on 2 March
        (("--troops", "200"), "2001-01-09 12:00"),  # two days of warm-up and seven of sweep
        (("--set", "horizon.warm_up_h=50", "--troops", "200"), "2001-01-09 12:00"),
    ],
)
def test_noon_of_the_last_day_by_default(out: Path, arguments: tuple[str, ...], time: str) -> None:
    result = call(LESSON, *arguments, "--out", str(out / "x.svg"))
    assert result.exit_code == 0, result.output
    assert set(table(out / "x.csv")["time"]) == {time}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nosuch.toml",), "no such file"),
        ((LESSON, "--at", "noon"), "neither a date with an hour"),
        ((LESSON, "--at", "2001-13-01 12:00"), "neither a date with an hour"),
        ((LESSON, "--at", "2001-W02-1"), "neither a date with an hour"),
        ((LESSON, "--at", "2001-01-05T12:00+01:00"), "neither a date with an hour"),
        ((LESSON, "--at", "-3"), "neither a date with an hour"),
        ((LESSON, "--at", "2001-03-02 00:00"), "begins at 2001-01-01 00:00 and ends before 2001-03-02 00:00"),
        ((LESSON, "--at", "2000-12-31 23:59"), "outside the run at the policy's own strength"),
        ((LESSON, "--at", "1440"), "after 1440 h"),
        ((LESSON, "--troops", "200", "--at", "2001-02-01"), "outside the run at 200 troops"),
        ((LESSON, "--troops", "many"), "neither a troop level"),
        ((LESSON, "--troops", "1,2,3,4,5,6,7"), "at most 6"),
        ((LESSON, "--policy", "two-stage"), "did you mean two-stages"),
        ((LESSON, "--set", "coverage.window_h=-1"), "coverage.window_h"),
    ],
)
def test_bad_input_draws_nothing(out: Path, arguments: tuple[str, ...], words: str) -> None:
    result = call(*arguments, "--out", str(out))
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert not out.exists()


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("file/maps", "cannot write to"),
        ("file", "cannot write to"),
        ("folder.svg", "it is a folder"),
        ("map.PDF", "a map is written as .svg and .png"),
    ],
)
def test_where_no_map_can_be_written_is_told_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, words: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.svg").mkdir()
    monkeypatch.setattr("sim.model.replicate", lambda *arguments, **choices: 1 / 0)
    result = call(LESSON, "--at", "3", "--out", str(tmp_path / out))
    assert result.exit_code == 2, result.exception
    assert words in " ".join(result.stderr.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.svg"]


def test_help_has_examples() -> None:
    result = call("--help")
    assert result.exit_code == 0
    assert "peacesim map scenarios/kfor-2001.toml --troops 10200,40000" in result.stdout
