"""`peacesim report` as a command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main


def test_writes_into_the_folder_and_elsewhere(levels_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(levels_folder, tmp_path / "run")
    done = CliRunner().invoke(main, ["report", str(folder), "--no-interactive"])
    assert (done.exit_code, done.stdout) == (0, f"Report: {folder / 'report.html'}\n")
    steps = done.stderr.splitlines()
    assert steps == ["Reading results", "Figure 1 of 1: coverage-against-troops", "Writing the page"]
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    elsewhere = tmp_path / "other.html"
    done = CliRunner().invoke(main, ["report", str(folder), "--no-interactive", "--out", str(elsewhere)])
    assert done.exit_code == 0
    assert elsewhere.read_bytes() == (folder / "report.html").read_bytes()


def test_pictures_alone_are_said_to_be(levels_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    done = CliRunner().invoke(main, ["report", str(levels_folder), "--out", str(tmp_path / "page.html")])
    assert done.exit_code == 0
    assert done.stderr.splitlines()[-1].startswith("Pictures only; install peacesim[report]")


def test_what_cannot_be_is_a_sentence(levels_folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, f"{tmp_path} holds no results")
    asked = ["report", str(levels_folder), "--no-interactive", "--out", str(tmp_path / "no" / "page.html")]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == f"cannot write {tmp_path / 'no' / 'page.html'}: No such file or directory"
