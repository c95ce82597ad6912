"""The commands of a report do run what the folder holds: there is nothing left to run."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.experiment import Comparison
from sim.report.again import commands
from sim.report.log import trace_log
from sim.report.shell import path_word
from sim.report.subject import subject_of
from tests.scenarios import FOLDER

LESSON = str(FOLDER / "lesson.toml")
SHORT = ["--set", "experiment.sweep_days=2", "--set", "force.section_size=8", "-j", "1", "--no-figures"]


def peacesim(*words: str) -> Result:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return done


def again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the commands where they are meant to be run, and return what they say of replications."""
    monkeypatch.chdir(folder.parent)
    said = []
    for command in commands(subject_of(folder)):
        program, *words = shlex.split(command)
        assert program == "peacesim"
        said.append(peacesim(*words, "-j", "1", "--no-figures").stderr)
    return said


def test_a_run_at_levels_and_at_its_own_strength(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    peacesim("run", LESSON, *SHORT, "-n", "2", "--seed", "7", "--out", str(folder))
    peacesim("run", LESSON, *SHORT, "-n", "3", "--seed", "7", "--troops", "330,90", "--out", str(folder))
    said = again(folder, monkeypatch)
    assert len(said) == 3
    assert all("Nothing to run" in one for one in said), said


def test_levels_that_would_read_as_one_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    peacesim("run", LESSON, *SHORT, "-n", "1", "--troops", "330,90", "--out", str(folder))
    assert "Nothing to run" in again(folder, monkeypatch)[0]


def test_a_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "comparison"
    study = str(FOLDER / "kfor-2004-riots.toml"), str(FOLDER / "kfor-2004-no-caveats.toml")
    few = [
        "--set",
        "force.section_size=10",
        "--set",
        "horizon.end=2004-03-31",
        "--set",
        "experiment.sweep_days=2",
        "-n",
        "2",
        "-j",
        "1",
        "--no-figures",
    ]
    asked = ["--response", "response_within_target", "--also", "escalations", "--delta", "0.01"]
    days = ["--days", "2004-03-17:2004-03-18"]
    first = peacesim("compare", *study, *few, *asked, *days, "--out", str(folder))
    kept = {path.name: path.read_bytes() for path in folder.glob("comparison*")}
    said = again(folder, monkeypatch)
    assert "Nothing to run" in said[0], said
    assert kept == {path.name: path.read_bytes() for path in folder.glob("comparison*")}
    assert "kfor-2004-no-caveats" in first.output


def test_a_search_for_the_minimum_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "-minimum"
    asked = ["--at-least", "0.9", "--resolution", "100", "--max-replications", "10", "--between", "100:500"]
    settings = ["--set", "experiment.sweep_days=2", "--set", 'vehicles.runs="none"', "--seed", "7", "-j", "1"]
    peacesim("minimum-force", LESSON, *asked, *settings, "--out", str(folder))
    kept = (folder / "minimum-force.json").read_bytes()
    monkeypatch.chdir(tmp_path)
    (command,) = commands(subject_of(folder))
    program, *words = shlex.split(command)
    assert (program, words[0], words[-1]) == ("peacesim", "minimum-force", "./-minimum")
    done = peacesim(*words, "-j", "1")
    assert "Nothing to run" in done.stderr
    assert "another question" not in done.stderr
    assert (folder / "minimum-force.json").read_bytes() == kept


def test_folders_are_named_for_a_shell_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a study" / "-run"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert path_word(folder) == path_word("a study/-run") == "a study/-run"
    monkeypatch.chdir(folder)
    assert path_word(".") == "./-run"
    monkeypatch.chdir(folder.parent)
    assert path_word("-run") == path_word(folder) == "./-run"
    monkeypatch.chdir("/")
    assert path_word("/") == "/"


def test_commands_of_a_folder_that_begins_with_a_dash(levels_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for here, given in ((levels_folder, "."), (levels_folder.parent, "-levels"), (levels_folder.parent, levels_folder)):
        monkeypatch.chdir(here)
        (command,) = commands(subject_of(given))
        assert command.endswith(" --out ./-levels")
        log = trace_log(given)
        assert log is not None
        assert shlex.split(log.command)[2] == "./-levels"


def test_delta_is_said_to_the_last_digit(compared: tuple[Path, Comparison]) -> None:
    delta = 0.0123456789
    subject = dataclasses.replace(subject_of(compared[0]), comparison=dataclasses.replace(compared[1], delta=delta))
    (command,) = commands(subject)
    words = shlex.split(command)
    assert float(words[words.index("--delta") + 1]) == delta
