"""`peacesim schema`: what it prints, the copies that are shipped, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.cli.schema import KINDS
from sim.scenario.json_schema import File
from tests.house.files import ROOT

SHIPPED = {
    "scenario.json": ["scenario"],
    "scenario-extends.json": ["scenario", "--extends"],
    "theatre.json": ["theatre"],
    "sources.json": ["sources"],
}
FOLDER = "scenarios/schema"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["schema", *arguments])


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_copy_is_what_the_command_prints(name: str) -> None:
    result = call(*SHIPPED[name])
    assert result.exit_code == 0
    remake = f"peacesim schema {' '.join(SHIPPED[name])} --out {FOLDER}/{name}"
    assert (ROOT / FOLDER / name).read_bytes() == result.stdout_bytes, f"remake it with: {remake}"


def test_every_shipped_copy_is_known() -> None:
    assert {path.name for path in (ROOT / FOLDER).iterdir()} == set(SHIPPED)


def test_scenario_is_the_default_and_every_kind_is_offered() -> None:
    assert call().stdout == call("scenario").stdout
    assert tuple(File) == KINDS


def test_two_processes_print_the_same_bytes() -> None:
    command = [sys.executable, "-m", "sim", "schema"]
    printed = {
        subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_out_writes_the_file_and_prints_nothing(tmp_path: Path) -> None:
    file = tmp_path / "theatre.json"
    result = call("theatre", "--out", str(file))
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(file.read_bytes()) == json.loads(call("theatre").stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["theatre", "--extends"], "a theatre file cannot extend another"),
        (["sources", "--extends"], "a sources file cannot extend another"),
        (["theater"], "'theatre'"),
        (["--out", "nosuch/scenario.json"], "cannot write to nosuch/scenario.json: No such file or directory"),
        (["--out", "."], "cannot write to .: Is a directory"),
    ],
)
def test_bad_input_ends_with_2_and_a_sentence(arguments: list[str], said: str) -> None:
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_help_has_examples_that_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line.split() for line in call("--help").stdout.splitlines() if line.strip().startswith("peacesim schema")]
    assert len(lines) == 4
    for _, _, *arguments in lines:
        words = arguments[: arguments.index(">")] if ">" in arguments else arguments
        assert call(*words).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scenario-extends.json", "sources.json", "theatre.json"]


def test_help_imports_no_model_of_the_files() -> None:
    code = "import sys; from sim.cli import main; main(['schema', '-h'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pydantic", "numpy", "sim.scenario", "rich"} & set(done.stdout.splitlines()[-1].split())
