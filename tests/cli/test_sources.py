"""`peacesim sources`: what people read on a terminal, and what other programs read line by line."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.scenario import load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LESSON = str(SCENARIOS / "lesson.toml")


def on_a_terminal(width: int, *arguments: str) -> list[str]:
    """What a command prints on a terminal of a width, without its control characters."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    with subprocess.Popen([sys.executable, "-m", "sim", *arguments], stdout=slave, cwd=SCENARIOS.parent) as process:
        os.close(slave)
        written = b""
        while True:
            try:
                part = os.read(master, 65_536)
            except OSError:  # Linux says so that the other end is closed
                break
            if not part:
                break
            written += part
    os.close(master)
    assert process.returncode == 0
    return re.sub(r"\x1b\[\d+m|\r", "", written.decode()).splitlines()


@pytest.mark.parametrize("width", [80, 140])
def test_a_terminal_is_filled_and_nothing_is_broken(width: int) -> None:
    file = "scenarios/kfor-2001.toml"
    lines = on_a_terminal(width, "sources", file)
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    origins = load(str(SCENARIOS / "kfor-2001.toml")).provenance
    for origin in origins:
        assert f"  {origin.key} = " in "\n".join(lines)
        assert " ".join(origin.source.split()) in text
        where = f"{Path(origin.file).relative_to(SCENARIOS.parent)}:{origin.line}"
        assert any(line.endswith(f" {where}") for line in lines)
    assert f" of {len(origins)} numbers and dates are assumed" in text
    headings = [line for line in lines if line == "nato2001"]
    assert 1 < len(headings) < sum(origin.source == "nato2001" for origin in origins)
    assert lines[lines.index("Sources in full:") + 1].startswith("outside:kosovo_municipalities: Kosovo Agency")


def test_piped_there_is_a_line_a_key_that_holds_it_all() -> None:
    lines = CliRunner().invoke(main, ["sources", LESSON]).stdout.splitlines()
    origins = load(LESSON).provenance
    assert lines[0].split() == ["key", "value", "unit", "where", "source"]
    for line, origin in zip(lines[1:], origins, strict=False):
        assert line.startswith(f"{origin.key} ") and line.endswith(f"  {origin.source}")
        assert f" {origin.file}:{origin.line} " in line
    assert lines[len(origins) + 1 :] == ["", f"{len(origins)} of {len(origins)} numbers and dates are assumed"]


def test_assumptions_are_counted_among_all() -> None:
    file = str(SCENARIOS / "kfor-2001.toml")
    origins = load(file).provenance
    n_assumed = sum(origin.source.startswith("assumption:") for origin in origins)
    assert 0 < n_assumed < len(origins)
    words = f"{n_assumed} of {len(origins)} numbers and dates are assumed"
    for options, n_listed in ((("--assumptions",), n_assumed), ((), len(origins))):
        lines = CliRunner().invoke(main, ["sources", file, *options]).stdout.splitlines()
        assert lines.index(words) == n_listed + 2
