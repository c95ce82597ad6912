"""Answers that are no answers, checks that do not work, and texts that are scenarios however they are written."""

from __future__ import annotations

import dataclasses

import pytest

from sim.scenario import ScenarioError
from sim.teach import CHECKS, State, Student, scenario, scenario_from_text

ME = Student("blue tractor")


@pytest.mark.parametrize("first", ['extends = "lesson.toml"', "extends='lesson.toml'", 'extends  =  "./lesson.toml"'])
def test_a_text_may_be_written_as_toml_is(first: str) -> None:
    found = scenario_from_text(f"{first}\nschema_version = 1\ntitle = 'Mine'", ["experiment.replications=3"])
    assert (found.title, found.experiment.replications) == ("Mine", 3)
    assert found.policy == scenario("lesson").policy
    study = scenario_from_text('extends = "studies/drawdown-policies.toml"\nschema_version = 1')
    assert study.policy == scenario("studies/drawdown-policies").policy


def test_faults_of_a_text_name_no_folder() -> None:
    text = 'extends = "lesson.toml"\nschema_version = 1\n[force]\nsection_size = 8\n[sources]\nforce = "nowhere"'
    with pytest.raises(ScenarioError) as caught:
        scenario_from_text(text)
    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == ("answer.toml", 6)
    assert fault.allowed.startswith("a key of sources.toml")


class Hostile:
    def __array__(self, *arguments: object, **options: object) -> object:
        raise RuntimeError("no")


def test_an_answer_that_raises_is_not_understood() -> None:
    found = ME.check("2a", Hostile())
    assert found.state is State.UNREADABLE
    assert CHECKS["2a"].asks in found.words


def test_a_check_that_does_not_work_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(given: object) -> float:
        raise ZeroDivisionError("planted")

    kind = dataclasses.replace(CHECKS["2a"].kind, solve=broken)  # type: ignore[type-var]
    monkeypatch.setitem(CHECKS, "2a", dataclasses.replace(CHECKS["2a"], kind=kind))
    found = ME.check("2a", 5.0)
    assert found.state is State.UNREADABLE
    assert "This check itself does not work (ZeroDivisionError: planted)" in found.words
