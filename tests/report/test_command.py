"""`peacesim report` as a command."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from sim.cli import main
from tests.report.pages import lesson, run_in


def test_writes_into_the_folder_and_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_in(folder, lesson("experiment.timeline=false"), replications=1)
    done = CliRunner().invoke(main, ["report", str(folder), "--no-interactive"])
    assert (done.exit_code, done.output) == (0, f"Report: {folder / 'report.html'}\n")
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    elsewhere = tmp_path / "other.html"
    done = CliRunner().invoke(main, ["report", str(folder), "--no-interactive", "--out", str(elsewhere)])
    assert done.exit_code == 0
    assert elsewhere.read_bytes() == (folder / "report.html").read_bytes()


def test_what_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert (done.exit_code, done.output) == (2, f"{tmp_path} holds no results\n")
    folder = tmp_path / "run"
    run_in(folder, lesson("experiment.timeline=false"), replications=1)
    done = CliRunner().invoke(
        main, ["report", str(folder), "--no-interactive", "--out", str(tmp_path / "no" / "page.html")]
    )
    assert done.exit_code == 2
    assert done.output == f"cannot write {tmp_path / 'no' / 'page.html'}: No such file or directory\n"
