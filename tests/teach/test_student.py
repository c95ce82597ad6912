"""Answers that are no answers, checks that do not work, and texts that are scenarios however they are written."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from pathlib import Path

import pytest

from sim.scenario import ScenarioError
from sim.teach import CHECKS, Given, State, Student, Verdict, scenario, scenario_from_text
from sim.teach.student import GivenNumbers

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
    assert (fault.file, fault.line) == ("your-scenario.toml", 6)
    assert fault.allowed.startswith("a key of sources.toml")


def test_an_answer_that_comes_one_by_one_gets_its_hint() -> None:
    check = CHECKS["1a"]
    wrong = [float(one) for one in check.mistakes[0].wrong(ME.given("1a"))]  # type: ignore[attr-defined]
    assert ME.check("1a", iter(wrong)).words == ME.check("1a", wrong).words == check.mistakes[0].hint
    assert ME.check("1a", itertools.count()).state is State.UNREADABLE


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
    assert "This check itself does not work (ZeroDivisionError)" in found.words
    monkeypatch.setitem(CHECKS, "2a", dataclasses.replace(CHECKS["2a"], given=broken))  # type: ignore[arg-type]
    assert "This check itself does not work" in ME.check("2a", 5.0).words


def test_a_code_word_is_one_however_it_is_typed() -> None:
    one = dict(Student("Zo\u00eb  Blue").given("2a"))
    assert one == dict(Student(" zoe\u0308\u00a0BLUE ").given(" 2A "))
    for word in ("", "  ", None):
        with pytest.raises(ValueError, match="a code word is asked for"):
            Student(word)  # type: ignore[arg-type]
    assert Student("\ud800").check("2a", 1.0).state is State.WRONG


def test_an_answer_that_is_begun_is_not_answered() -> None:
    found = ME.check("1a", (440, ..., 598))
    assert (found.state, found.words) == (State.UNANSWERED, "Number 2 of them is still to come.")


def test_what_a_notebook_shows_is_escaped() -> None:
    shown = Verdict("1a", State.WRONG, "a <b> & c")._repr_html_()
    assert "a &lt;b&gt; &amp; c" in shown and "<b>" in shown.split("a &lt;")[0]
    table = GivenNumbers({"n": Given("<i>", "<u>", "<s>")})._repr_html_()
    assert all(f"&lt;{letter}&gt;" in table and f"<{letter}>" not in table for letter in "ius")


def test_numbers_stay_what_they_are() -> None:
    """A regression baseline: who changes these gives every student of a running course other numbers."""
    text = json.dumps({id: dict(ME.given(id)) for id in sorted(CHECKS)}, sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "6e27ae375ed75737"


def test_a_scenario_may_be_a_file_beside_the_notebook(tmp_path: Path) -> None:
    text = CHECKS["2h"].kind.right(ME.given("2h"))
    (tmp_path / "mine.toml").write_text(str(text))
    assert ME.check("2h", tmp_path / "mine.toml").state is State.RIGHT
