"""`peacesim status`: counts as they are in the folder, and what differs by name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sim import store
from sim.cli import main
from sim.experiment import Interrupted, Results, run
from sim.experiment.state import PointState, state_of
from sim.fingerprint import program
from sim.journal import pack, read
from sim.scenario import Scenario, load
from sim.store import JOURNAL

LESSON = str(Path(__file__).parents[2] / "scenarios" / "lesson.toml")
CHEAP = ("experiment.sweep_days=3", "horizon.warm_up_h=24", "experiment.timeline=false")
SETTINGS = [part for setting in CHEAP for part in ("--set", setting)]


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def status(*arguments: str | Path) -> str:
    result = call("status", *map(str, arguments))
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.fixture(scope="module")
def lesson() -> Scenario:
    return load(LESSON, settings=CHEAP)


class PowerCutError(Exception):
    """Stands for what ends a run without a chance to compact."""


def cut_short(scenario: Scenario, folder: Path, n: int, **choices: Any) -> None:
    def cut(n_done: int, n_jobs: int) -> None:
        if n_done == n:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        run(scenario, out=folder, progress=cut, **choices)


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.startswith(" two-stages")]


def test_a_finished_run_lacks_nothing(lesson: Scenario, tmp_path: Path) -> None:
    run(lesson, out=tmp_path, troops=[60, 100], replications=2, trace=[1])
    text = status(tmp_path)
    assert rows(text) == [["two-stages", "60", "2", "0", "0", "1"], ["two-stages", "100", "2", "0", "0", "1"]]
    assert re.search(r"Seed 20010101, begun 20\S+, finished 20\S+\.", text)
    assert f"No run is under way in {tmp_path}." in text
    assert text.splitlines()[-1] == "Not stale: the program's code and NumPy are those of the results."
    assert "journal" not in text
    assert max(map(len, text.splitlines()[:6])) <= 100


def test_a_run_that_was_cut_short_and_one_that_was_stopped(
    lesson: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(n_done: int, n_jobs: int) -> None:
        if n_done == 1:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        run(lesson, out=tmp_path, troops=[60], replications=4, progress=stop)
    cut_short(lesson, tmp_path, 2, troops=[100], replications=3, trace=[0])
    with monkeypatch.context() as patched:
        patched.setattr("sim.model.replicate", lambda *arguments, **choices: 1 / 0)
        cut_short(lesson, tmp_path, 1, troops=[100], replications=3)
    text = status(tmp_path)
    assert rows(text) == [["two-stages", "60", "1", "3", "0", "0"], ["two-stages", "100", "2", "0", "1", "1"]]
    assert "not finished." in text
    assert "1 of these replications are in its journal alone (0.0 MB)" in text
    assert "Failed: two-stages, 100 troops, replication 2: simulate: ZeroDivisionError: division by zero" in text
    there = Results.read(tmp_path)
    assert (there.n_replications, len(there.missing), len(there.failures)) == (3, 3, 1)


def test_counts_are_those_of_the_results_while_a_run_goes_on(lesson: Scenario, tmp_path: Path) -> None:
    said = []

    def look(n_done: int, n_jobs: int) -> None:
        state = state_of(tmp_path)
        assert state.is_in_use
        assert state.points == [PointState("two-stages", 60, n_done, n_jobs - n_done, 0, 0)]
        assert state.n_only_in_journal == n_done
        said.append(status(tmp_path))

    run(lesson, out=tmp_path, troops=[60], replications=3, progress=look)
    assert all(f"A run is under way in {tmp_path}." in text for text in said)
    assert "3 of these replications are in its journal alone" in said[-1]
    assert "they are put into the tables at the end of the run" in said[-1]


def test_more_failures_than_fit_are_counted(lesson: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.model.replicate", lambda *arguments, **choices: 1 / 0)
    run(lesson, out=tmp_path, troops=[60], replications=8)
    text = status(tmp_path)
    assert rows(text) == [["two-stages", "60", "0", "0", "8", "0"]]
    assert text.count("Failed: ") == 5
    assert "And 3 more failed" in text


def test_what_only_lacks_its_trace_is_finished_and_failed(
    lesson: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(lesson, out=tmp_path, troops=[60], replications=2)
    monkeypatch.setattr("sim.model.replicate", lambda *arguments, **choices: 1 / 0)
    cut_short(lesson, tmp_path, 1, troops=[60], replications=2, trace=[1])
    text = status(tmp_path)
    assert rows(text) == [["two-stages", "60", "2", "0", "1", "0"]]
    assert "replication 1: trace: ZeroDivisionError" in text


def test_a_journal_that_was_cut_off_or_damaged_is_told(lesson: Scenario, tmp_path: Path) -> None:
    cut_short(lesson, tmp_path, 3, troops=[60], replications=3)
    file = tmp_path / JOURNAL
    data = file.read_bytes()
    parts = [pack(record.head, record.payload) for record in read(file).records]
    assert b"".join(parts) == data
    file.write_bytes(data[:-1])
    text = status(tmp_path)
    assert rows(text) == [["two-stages", "60", "2", "1", "0", "0"]]
    assert f"The journal was cut off at byte {len(parts[0] + parts[1]):,}, in its last record" in text
    file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    text = status(tmp_path)
    assert rows(text) == [["two-stages", "60", "0", "3", "0", "0"]]
    assert f"{file} is damaged at byte 0: 0 whole records stand before it and 2 behind it" in text
    text = status(tmp_path, "--mend")
    assert f"2 whole records are kept in the journal; the file as it was is {file}.damaged." in text
    assert rows(text) == [["two-stages", "60", "2", "1", "0", "0"]]
    assert "damaged at" not in text
    assert run(lesson, out=tmp_path, troops=[60], replications=3).complete


def test_a_journal_in_use_is_not_mended(lesson: Scenario, tmp_path: Path) -> None:
    with store.open_folder(tmp_path, lesson):
        result = call("status", str(tmp_path), "--mend")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is in use by another run" in result.stderr


def test_inputs_of_a_file_are_compared(lesson: Scenario, tmp_path: Path) -> None:
    run(lesson, out=tmp_path, troops=[60], replications=1)
    same = status(tmp_path, LESSON, *SETTINGS, "--set", "experiment.replications=7", "--set", "title=Other")
    assert "Not stale: the program's code, NumPy and the inputs in" in same
    other = status(tmp_path, LESSON, *SETTINGS, "--set", "force.section_size=8", "--set", "experiment.seed=3")
    said = "the seed (20010101 there, 3 here), force.section_size (9.0 there, 8.0 here)."
    assert f"Stale: what differs from the program and {LESSON} as they are now: {said}" in other
    assert "A run needs another folder" in other
    many = status(tmp_path, LESSON, *(part for key in KEYS for part in ("--set", f"{key}=6")))
    assert all(f"{key} (" in many for key in KEYS)


KEYS = ("force.section_size", "force.n_shift_groups", "force.leave_days", "coverage.window_h", "horizon.warm_up_h")


def test_other_code_and_another_numpy_make_stale(
    lesson: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(lesson, out=tmp_path, troops=[60], replications=1)
    numpy = program()["numpy"]
    for name in ("sim.experiment.state.program", "sim.store.manifest.program"):
        monkeypatch.setattr(name, lambda: {"code_sha256": "0" * 64, "numpy": "1.0"})
    said = f"the program's code, NumPy ({numpy} there, 1.0 here)."
    assert f"Stale: what differs from the program as they are now: {said}" in status(tmp_path)
    assert said in status(tmp_path, LESSON, *SETTINGS)


def test_where_no_results_are_is_bad_input(lesson: Scenario, tmp_path: Path) -> None:
    for folder, said in ((tmp_path, "holds no results"), (tmp_path / "nothing", "does not exist")):
        result = call("status", str(folder))
        assert (result.exit_code, result.output) == (2, f"{folder} {said}\n")
    (tmp_path / "manifest.json").write_text("{}")
    assert "is not a manifest" in call("status", str(tmp_path)).stderr
    assert call("status", str(tmp_path), "--set", "a=1").exit_code == 2
    assert "name one" in call("status", str(tmp_path), "--set", "a=1").stderr


def test_the_folder_of_a_comparison_shows_that_of_each_file(lesson: Scenario, tmp_path: Path) -> None:
    """As `peacesim compare` leaves it: a folder a file, named as the file is, and its own tables beside them."""
    for name, troops in (("two", 100), ("lesson", 60)):
        run(lesson, out=tmp_path / name, troops=[troops], replications=1)
    (tmp_path / "figures").mkdir()
    (tmp_path / "comparison-means.csv").touch()
    text = status(tmp_path)
    assert rows(text) == [["two-stages", "60", "1", "0", "0", "0"], ["two-stages", "100", "1", "0", "0", "0"]]
    assert [line for line in text.splitlines() if "under way" in line] == [
        f"No run is under way in {tmp_path / name}." for name in ("lesson", "two")
    ]
    one = status(tmp_path, LESSON, *SETTINGS)
    assert rows(one) == [["two-stages", "60", "1", "0", "0", "0"]]
    assert "Not stale: the program's code, NumPy and the inputs in" in one
    (tmp_path / "lesson").rename(tmp_path / "other")
    assert "no folder of lesson; it has other, two" in call("status", str(tmp_path), LESSON).stderr
    assert "--mend is for one folder of results" in call("status", str(tmp_path), "--mend").stderr


def test_a_damaged_table_is_bad_input(lesson: Scenario, tmp_path: Path) -> None:
    run(lesson, out=tmp_path, troops=[60], replications=1)
    (tmp_path / "series.parquet").write_bytes(b"PAR1")
    result = call("status", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "damaged" in result.stderr


def test_tables_and_manifest_of_two_moments_count_once(lesson: Scenario, tmp_path: Path) -> None:
    """As when a run is killed once the tables are written, before the manifest is, or with the journal still there."""
    cut_short(lesson, tmp_path, 2, troops=[60], replications=3)
    before = {name: (tmp_path / name).read_bytes() for name in ("manifest.json", JOURNAL)}
    run(lesson, out=tmp_path, troops=[60], replications=3)
    for names in (["manifest.json", JOURNAL], [JOURNAL], ["manifest.json"]):
        now = (tmp_path / "manifest.json").read_bytes()
        for name in names:
            (tmp_path / name).write_bytes(before[name])
        state = state_of(tmp_path)
        assert state.points == [PointState("two-stages", 60, 3, 0, 0, 0)]
        assert state.n_only_in_journal == 0
        assert Results.read(tmp_path).n_replications == 3
        (tmp_path / "manifest.json").write_bytes(now)
        (tmp_path / JOURNAL).unlink(missing_ok=True)


def test_help_has_examples() -> None:
    text = call("status", "--help").output
    assert "peacesim status results/lesson scenarios/lesson.toml" in text
    assert "Exit code 2" in text
    assert json.dumps("status") in json.dumps([*main.commands])
