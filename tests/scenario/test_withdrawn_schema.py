"""Contingents withdrawn by a stage, in files: what may be left out, and what is refused."""

from __future__ import annotations

import pytest

from sim.scenario import load
from tests.scenario.conftest import Files
from tests.scenario.faults import the_fault

STAGE = "policy.leave.stages"
BETA = '[contingents.beta]\nnation = "Beta"\nsector = "east"\nstrength = 100\n\n[tasks.patrols]\n'


def withdraw(files: Files, text: str, stage: str = "2001-02-01") -> int:
    return files.change(f"effective_on = {stage}\n", f"effective_on = {stage}\nwithdrawn = {text}\n") + 1


def test_nobody_need_be_withdrawn(files: Files) -> None:
    assert [stage.withdrawn for stage in load(files.scenario).policy["leave"].stages.values()] == [[], []]


def test_some_or_with_a_strength_of_0_all_may_be_withdrawn(files: Files) -> None:
    files.change("[tasks.patrols]\n", BETA)
    withdraw(files, '["beta"]')
    withdraw(files, '["beta", "alpha"]', "2001-03-01")
    stages = load(files.scenario).policy["leave"].stages
    assert [stage.withdrawn for stage in stages.values()] == [["beta"], ["beta", "alpha"]]


@pytest.mark.parametrize(
    ("text", "near", "words"),
    [
        ('["bet"]', "beta", "not in [contingents]"),
        ('["beta", "beta"]', None, "beta more than once; allowed is each once"),
        ('["alpha", "beta"]', None, "everyone, but the stage has 450 soldiers"),
        ('"beta"', None, "a list"),
    ],
)
def test_withdrawals_that_make_no_sense(files: Files, text: str, near: str | None, words: str) -> None:
    files.change("[tasks.patrols]\n", BETA)
    line = withdraw(files, text)
    fault = the_fault(files.scenario)
    assert (fault.line, fault.key, fault.nearest) == (line, f"{STAGE}.one.withdrawn", near)
    assert words in fault.message


def test_a_contingent_of_strength_0_cannot_stand_in_for_the_others(files: Files) -> None:
    files.change("[tasks.patrols]\n", BETA.replace("100", "0"))
    withdraw(files, '["alpha"]')
    assert "a contingent with a strength above 0 that stays" in the_fault(files.scenario).message
