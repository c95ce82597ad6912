"""Runs and pages that tests of reports share: made once, and only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.report import render
from tests.report.pages import evil_lesson, run_in


@pytest.fixture(scope="session")
def evil_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a lesson whose texts are hostile."""
    path = tmp_path_factory.mktemp("study") / "evil"
    run_in(path, evil_lesson())
    return path


@pytest.fixture(scope="session")
def evil_page(evil_folder: Path) -> str:
    """Its report, with charts where what they take is installed."""
    return render(evil_folder)
