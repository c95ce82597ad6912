"""The faults that loading a file ends in."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario import Fault, ScenarioError, load


def faults_of(path: Path, settings: list[str] | None = None) -> tuple[Fault, ...]:
    with pytest.raises(ScenarioError) as caught:
        load(path, settings=settings)
    assert str(caught.value).splitlines() == [str(fault) for fault in caught.value.faults]
    return caught.value.faults


def the_fault(path: Path, settings: list[str] | None = None) -> Fault:
    faults = faults_of(path, settings)
    assert len(faults) == 1, "\n".join(str(fault) for fault in faults)
    return faults[0]
