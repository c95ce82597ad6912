"""What the README says: its Python runs, its commands exist, and the numbers it shows are those its command prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, containing: str) -> str:
    """The fenced block of a language that holds some text."""
    found = [one for one in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if containing in one]
    assert len(found) == 1, containing
    return str(found[0])


def test_python_block_runs(tmp_path: Path) -> None:
    code = block("python", "sim.run").replace("replications=20", "replications=2")
    code = code.replace('"coverage.svg"', repr(str(tmp_path / "coverage.svg")))
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, timeout=300)
    assert (tmp_path / "coverage.svg").stat().st_size > 0


def test_calibration_block_is_what_its_command_prints() -> None:
    assert "`.venv/bin/python docs/calibration.py`" in README
    command = [sys.executable, "docs/calibration.py"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300).stdout
    assert block("text", "force.section_size").split() == printed.split()


def test_calibration_explains_itself_and_can_look_at_some_keys() -> None:
    command = [sys.executable, "docs/calibration.py"]
    text = subprocess.run(
        [*command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    ).stdout
    assert "  python docs/calibration.py --only " in text and "seconds on one core" in text
    some = [*command, "--only", "force.n_shift_groups"]
    printed = subprocess.run(some, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300).stdout
    _, row = printed.splitlines()
    assert row in block("text", "force.section_size")


def test_table_is_what_its_command_prints(tmp_path: Path) -> None:
    """Two rows of it: the others take as long as the command itself."""
    command = [sys.executable, "-m", "sim", "run", "scenarios/kfor-gates.toml", "--troops", "1000,5000"]
    options = ["--no-figures", "--out", str(tmp_path / "out")]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    rows = [line.rstrip() for line in done.stdout.splitlines() if line.startswith(" gates")]
    assert len(rows) == 2
    assert set(rows) <= set(block("text", "KFOR 2009-2012").splitlines())


def test_every_peacesim_command_of_the_readme_is_understood() -> None:
    from click.testing import CliRunner

    from sim.cli import main

    commands = set(re.findall(r"`peacesim ([a-z]+) ([^`]*)`", README))
    assert commands
    for name, arguments in sorted(commands):
        options = [word.split("=")[0] for word in arguments.split() if word.startswith("--")]
        shown = CliRunner().invoke(main, [name, "--help"])
        assert shown.exit_code == 0, name
        assert all(option in shown.output for option in options), (name, options)
        assert all((ROOT / word).exists() for word in arguments.split() if word.endswith(".toml"))


def test_figures_of_the_study_are_of_its_file() -> None:
    from PIL import Image

    from sim.scenario import load

    study = load(ROOT / "scenarios" / "studies" / "drawdown-policies.toml")
    images = sorted((ROOT / "docs" / "images").glob("drawdown-policies-*.png"))
    assert len(images) == 5
    for path in images:
        with Image.open(path) as image:
            assert study.inputs_sha256 in image.info["Source"], path.name
