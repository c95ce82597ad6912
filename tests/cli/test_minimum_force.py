"""`peacesim minimum-force`: what it prints, where it keeps replications, how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.experiment import Results, minimum_force
from tests.scenarios import FOLDER, shipped
from tests.statistics.test_bisection import N_DOCUMENTED, documented

LESSON = str(FOLDER / "lesson.toml")
SETTINGS = ("--set", "vehicles.runs=none", "--set", "experiment.sweep_days=5")
SHORT = shipped("lesson", vehicles__runs="none", experiment__sweep_days=5)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str, workers: int = 1) -> Result:
    result = CliRunner().invoke(main, ["minimum-force", LESSON, *SETTINGS, "-j", str(workers), *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def row_of(result: Result) -> list[str]:
    (row,) = [line.split() for line in result.stdout.splitlines() if line.strip().startswith("all")]
    return row


def test_it_prints_what_the_function_finds_whatever_the_workers() -> None:
    (found,) = minimum_force(SHORT, at_least=0.9, resolution=200)
    for workers in (1, 2):
        result = call("--at-least", "0.9", "--resolution", "200", "--out", f"out-{workers}", workers=workers)
        assert result.exit_code == 0
        assert row_of(result)[1] == f"{found.found.level}"
    for name in ("responses.parquet", "summary.csv"):
        assert Path("out-1", name).read_bytes() == Path("out-2", name).read_bytes()


def test_its_levels_have_a_folder_of_their_own() -> None:
    result = call("--at-least", "0.9", "--resolution", "200")
    assert result.exit_code == 0
    assert "Replications: results/lesson-minimum-force" in result.stdout
    assert [path.name for path in Path("results").iterdir()] == ["lesson-minimum-force"]
    again = call("--at-least", "0.9", "--resolution", "200")
    assert again.stdout == result.stdout
    assert "Nothing to run" in again.stderr


def test_the_answer_is_kept_and_that_of_another_question_replaced_with_a_notice() -> None:
    few = ("--between", "100:450", "--resolution", "350", "--max-replications", "10")
    first = call("--at-least", "0.5", *few)
    assert "Answer: results/lesson-minimum-force/minimum-force.json" in first.stdout
    assert "another question" not in first.stderr + call("--at-least", "0.5", *few).stderr
    other = call("--at-least", "0.6", *few)
    assert "was replaced there; what differs: at_least (0.5 there, 0.6 here)\n" in other.stderr
    status = CliRunner().invoke(main, ["status", "results/lesson-minimum-force"])
    assert status.exit_code == 0
    assert "minimum-force.json" not in status.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--at-least", "0.9", "--between", "0:100"),
            r"^100 troops, the most looked at, have a mean coverage of 0\.\d+; ",
        ),
        (("--at-least", "0.9", "--between", "0:100"), r"; look at more with --between 100:200, or ask for less$"),
        (
            ("--response", "revisit_age_h", "--at-most", "3", "--between", "300:5000", "--resolution", "4700"),
            r"^5,000 troops, .+ revisit_age_h of [4-9]\.\d+; patrol_fill is 1\.000 there: more troops have nothing",
        ),
        (
            ("--response", "patrol_fill", "--at-least", "0.98", "--between", "440:450", "--resolution", "10"),
            r"^450 troops, .+; not shown to be at least 0\.98 or not: more may tell, of --max-replications",
        ),
    ],
)
def test_where_no_level_suffices_it_says_what_was_seen(arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments, "--max-replications", "10")
    assert result.exit_code == 1
    assert re.search(said, result.stderr, re.MULTILINE), result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--at-least", "90"), "a share is between 0 and 1; did you mean 0.9?"),
        (("--at-least", "0.9", "--between", "9:1"), "the smaller first"),
        (("--at-least", "0.9", "--between", "0:20000000"), "0 to 20,000,000 troops; allowed: two levels from 0"),
        (("--at-least", "0.9", "--seed", "9223372036854775808"), "--seed: experiment.seed: found"),
        (("--at-least", "0.9", "--set", "experiment.seed=-1"), "--set: experiment.seed: found"),
        (("--response", "revisit_age_h"), "say what is good enough"),
    ],
)
def test_bad_input_is_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not Path("results").exists()


def test_ctrl_c_keeps_what_is_finished_and_ends_the_workers(tmp_path: Path) -> None:
    """In the second level, which workers of the first run; the output ends when all who hold it have ended."""
    command = [sys.executable, "-m", "sim", "minimum-force", LESSON, "--at-least", "0.9", "-j", "2", "--out", "out"]
    long = ["--set", "experiment.sweep_days=50", "--max-replications", "4000", "--resolution", "1"]
    running = subprocess.Popen(
        [*command, *long],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(FOLDER.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        until_s = time.monotonic() + 60
        while not (tmp_path / "out" / "responses.parquet").exists():
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < until_s
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)
        stdout, stderr = running.communicate(timeout=60)
    finally:
        running.kill()
    assert (running.returncode, stdout) == (130, "")
    assert "Stopped. What is finished is kept in out; the same command goes on from there." in stderr
    assert "Traceback" not in stderr
    assert Results.read(tmp_path / "out").n_replications >= 10


def test_the_help_quotes_what_was_measured() -> None:
    text = " ".join(CliRunner().invoke(main, ["minimum-force", "--help"]).output.split())
    shares = {
        confidence: [100 * missed for one, _, _, missed, _ in documented() if one == confidence]
        for confidence in (0.95, 0.5)
    }
    assert f"In {N_DOCUMENTED:,} synthetic studies each, it lay outside in " in text
    assert f"{min(shares[0.95]):g} to {max(shares[0.95]):g} % with confidence 0.95" in text
    assert f"in {max(shares[0.5]):g} % with 0.5" in text
    assert "Exit codes: 0 if there is a level that suffices" in text
