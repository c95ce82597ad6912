"""The command line as a process of its own: what it imports, what Ctrl-C and SIGTERM do."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.cli.terminal import program
from sim.experiment import Results

LESSON = str(Path(__file__).parents[2] / "scenarios" / "lesson.toml")
HEAVY = ("numpy", "scipy", "simpy", "pandas", "pyarrow", "pydantic", "rich", "matplotlib")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = f"import sys; from sim.cli import main; main({arguments}, standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = done.stdout.splitlines()[-1].split()
    assert "click" in loaded
    assert not set(HEAVY) & set(loaded)


def press_ctrl_c(command: list[str], manifest: Path, delay_s: float) -> tuple[int, str, str]:
    """Start a run, press Ctrl-C some time after it has opened its folder; return exit code, output, messages."""
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        deadline_s = time.monotonic() + 60
        while not manifest.exists():
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        time.sleep(delay_s)
        # The terminal sends Ctrl-C to the workers too.
        os.killpg(running.pid, signal.SIGINT)
        stdout, stderr = running.communicate(timeout=60)
    finally:
        running.kill()
    return running.returncode, stdout, stderr


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(tmp_path: Path) -> None:
    short = ["--troops", "60", "--set", "experiment.sweep_days=3", "--no-figures"]
    # How long workers take to start depends on the machine, so wait longer until something was finished.
    for delay_s in (2.0, 6.0, 18.0):
        folder = tmp_path / f"out-{delay_s:.0f}"
        command = [sys.executable, "-m", "sim", "run", LESSON, *short, "-j", "2", "--out", str(folder)]
        exit_code, stdout, stderr = press_ctrl_c([*command, "-n", "20000"], folder / "manifest.json", delay_s)
        assert (exit_code, stdout) == (130, "")
        assert "Traceback" not in stderr
        kept = Results.read(folder)
        assert f"{kept.n_replications} finished replications are kept in {folder}" in stderr
        assert "same command goes on" in stderr
        assert len(kept.missing) == 20000 - kept.n_replications > 0
        if kept.n_replications:
            break
    assert kept.n_replications
    assert json.loads((folder / "manifest.json").read_text())["finished"] is None
    done = subprocess.run(
        [*command, "-n", str(kept.n_replications)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    n_left = len(set(range(kept.n_replications)) - {replication for _, _, replication in kept.finished()})
    said = f"{n_left} of {n_left} replications run" if n_left else "Nothing to run"
    assert said in done.stderr


def test_a_command_to_go_on_with_is_one_that_a_shell_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / ".venv" / "bin" / "peacesim"
    script.parent.mkdir(parents=True)
    script.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert program(str(script)) == program(".venv/bin/peacesim") == ".venv/bin/peacesim"
    monkeypatch.chdir("/")
    assert program(str(script)) == str(script).removeprefix("/")
    monkeypatch.setenv("PATH", str(script.parent))
    assert program(str(script)) == "peacesim"
    assert program("/usr/lib/python3/site-packages/sim/__main__.py") == "peacesim"


def test_sigterm_keeps_what_is_finished(tmp_path: Path) -> None:
    command = ["run", LESSON, "--troops", "60", "--set", "experiment.sweep_days=3", "--no-figures", "-j", "1"]
    arguments = [*command, "-n", "9", "--out", str(tmp_path / "out")]
    code = f"""
import os, signal
from sim import model
from sim.cli import main
whole = model.replicate
def replicate(*arguments, **choices):
    if choices["replication"] == 4:
        os.kill(os.getpid(), signal.SIGTERM)
    return whole(*arguments, **choices)
model.replicate = replicate
main({arguments})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (143, "")
    kept = Results.read(tmp_path / "out")
    assert (kept.n_replications, len(kept.missing)) == (4, 5)
    assert "4 finished replications are kept" in done.stderr
    assert "Traceback" not in done.stderr
