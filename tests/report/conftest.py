"""Runs and pages that tests of reports share: made once, and only read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sim
from sim.experiment import Comparison
from sim.report import exhibits, render
from tests.report.pages import evil_lesson, lesson, run_in


@pytest.fixture(scope="session")
def evil_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a lesson whose texts are hostile."""
    path = tmp_path_factory.mktemp("study") / "evil"
    run_in(path, evil_lesson())
    return path


@pytest.fixture(scope="session")
def evil_page(evil_folder: Path, draw_once: Any) -> str:
    """Its report, with charts where what they take is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exhibits, "_figure", draw_once)
        return render(evil_folder)


@pytest.fixture(scope="session")
def levels_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run at two troop levels, one replication each, in a folder whose name begins with a dash."""
    path = tmp_path_factory.mktemp("levels") / "-levels"
    run_in(path, lesson("experiment.timeline=false"), replications=1)
    return path


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Comparison]:
    """A comparison of two policies in a folder; more replications since are no part of it."""
    folder = tmp_path_factory.mktemp("comparison")
    study = lesson("policy.hold={like = 'two-stages', title = 'Hold', stages = {}}", "experiment.troops=[]")
    comparison = sim.compare(study, baseline="hold", delta=0.02, also=["patrol_coverage"], replications=3, out=folder)
    comparison.write(folder)
    sim.run(study, policies=["hold"], replications=4, out=folder)
    return folder, comparison


@pytest.fixture(scope="session")
def compared_page(compared: tuple[Path, Comparison]) -> str:
    """Its report without timelines, with charts where what they take is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exhibits, "drawings", lambda results: [])
        return render(compared[0])


@pytest.fixture(scope="session")
def draw_once() -> Any:
    """What draws each figure of a folder once for all tests that share this."""
    draw = exhibits._figure
    drawn: dict[tuple[str, str], Any] = {}

    def once(subject: Any, drawing: Any, *, has_several: bool) -> Any:
        key = (str(subject.folder), drawing.name)
        if key not in drawn:
            drawn[key] = draw(subject, drawing, has_several=has_several)
        return drawn[key]

    return once


@pytest.fixture
def draws_once(monkeypatch: pytest.MonkeyPatch, draw_once: Any) -> None:
    """Draw no figure anew that another test has drawn."""
    monkeypatch.setattr(exhibits, "_figure", draw_once)
