"""What `peacesim compare` prints where no verdict is asked for, and where there is nothing to compare."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from sim.cli import main
from tests.report.pages import SHORT
from tests.scenarios import FOLDER

HOLD = "policy.hold={like = 'two-stages', title = 'Hold', stages = {}}"
SETTINGS = [word for setting in (*SHORT, HOLD) for word in ("--set", setting)]


def test_no_delta_is_no_failure_and_signs_are_told(tmp_path: Path) -> None:
    words = ["compare", str(FOLDER / "lesson.toml"), *SETTINGS, "-n", "2", "-j", "1", "--no-figures"]
    done = CliRunner().invoke(main, [*words, "--out", str(tmp_path / "run")])
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "No verdict, because no --delta was given. For example --delta 0.02: worse by less than 0.02 [share]" in said
    assert "Nothing is decided" not in said
    assert "so a minus: the policy has less of it" in said
    assert "lost: coverage [share], a minus: gained" in said


def test_a_file_of_one_policy_points_to_how_to_compare(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["compare", str(FOLDER / "lesson.toml"), "--out", str(tmp_path / "run")])
    assert done.exit_code == 2
    assert "docs/comparing.md" in done.output
