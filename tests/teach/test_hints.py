"""Hints of the first lessons: mistakes are told apart, orders and parts from sizes, and no example is an answer."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from sim.teach import CHECKS, Exact, Given, Mistake, State, Student
from sim.teach.apart import are_apart, drawn_apart
from sim.teach.files import NO_EXTENDS, NOTHING_ELSE

ME = Student("blue tractor")
STUDENTS = [Student(f"code word {number}") for number in range(50)]
WITH_EXAMPLE = [id for id in CHECKS if id[0] in "12" and id != "2h"]
OF_NUMBERS = [id for id in CHECKS if id[0] in "123" and id not in ("2h", "3g")]
DRAWN_APART = ["1a", "1c", "1d", "1f", "1g", "2a", "2b", "2c", "2d", "2e", "2f", "2g", "3a", "3b", "3c", "3d", "3f"]
LEAST_OTHERS = 10
"""Right answers that differ, of those of 50 code words."""


def clock() -> list[int]:
    right = CHECKS["1b"].kind.right(ME.given("1b"))
    assert isinstance(right, list)
    return right


def test_an_order_is_told_how_far_it_is_right() -> None:
    times = clock()
    assert "the first 4 times are right" in ME.check("1b", [*times[:4], times[4] + 3, times[5] + 3]).words.lower()
    assert "the first time is right" in ME.check("1b", [times[0], *(time + 3 for time in times[1:])]).words.lower()
    assert "never goes back" in ME.check("1b", times[::-1]).words
    assert "first departures" in ME.check("1b", [time + 1 for time in times]).words
    assert ME.check("1b", times[:5]).state is State.UNREADABLE


@pytest.mark.parametrize("id", ["2e", "2f"])
def test_parts_that_do_not_add_up_are_told_so(id: str) -> None:
    parts = CHECKS[id].kind.right(ME.given(id))
    assert isinstance(parts, list)
    assert "more sections than there are" in ME.check(id, [parts[0], parts[1], parts[2] + 1]).words
    assert "fewer sections than there are" in ME.check(id, [parts[0] - 1, parts[1] - 1, parts[2] - 1]).words
    assert "number 1 of 3" in ME.check(id, [parts[0] - 1, parts[1] + 1, parts[2]]).words.lower()
    assert "whole numbers" in ME.check(id, [parts[0] + 0.5, parts[1], parts[2] - 0.5]).words


@pytest.mark.parametrize("id", WITH_EXAMPLE)
def test_what_is_asked_shows_its_form_by_an_example_that_is_no_answer(id: str) -> None:
    _, _, example = CHECKS[id].asks.partition(", like ")
    answer = ast.literal_eval(example.partition(", where")[0])
    for student in STUDENTS:
        assert student.check(id, answer).state is State.WRONG


@pytest.mark.parametrize("id", OF_NUMBERS)
def test_neighbours_have_other_answers(id: str) -> None:
    answers = [CHECKS[id].kind.right(student.given(id)) for student in STUDENTS]
    assert len({str(np.round(np.asarray(one, dtype=float), 6)) for one in answers}) >= LEAST_OTHERS


@pytest.mark.parametrize("id", DRAWN_APART)
def test_each_mistake_comes_to_an_answer_of_its_own(id: str) -> None:
    check = CHECKS[id]
    assert all(are_apart(check.kind, check.mistakes, student.given(id)) for student in STUDENTS[:10])


def test_numbers_are_drawn_until_mistakes_are_apart() -> None:
    def draw(luck: np.random.Generator) -> dict[str, Given]:
        return {"n": Given(int(luck.integers(0, 5)), "runs", "drawn")}

    mistakes = (
        Mistake("doubled", lambda given: 2 * given["n"], "a"),
        Mistake("squared", lambda given: given["n"] ** 2, "b"),
        Mistake("twice", lambda given: given["n"] + given["n"], "a"),
    )
    kind = Exact(lambda given: given["n"])
    apart = {n: are_apart(kind, mistakes, {"n": n}) for n in range(5)}
    assert apart == {0: False, 1: False, 2: False, 3: True, 4: True}  # doubled and twice share a hint
    given = drawn_apart(draw, kind, mistakes)
    assert {given(np.random.default_rng(seed))["n"].value for seed in range(30)} == {3, 4}


def test_what_the_cell_above_prints_is_not_the_answer() -> None:
    for student in STUDENTS:
        assert "the cell above" in student.check("1g", 1.04).words


def test_times_are_early_or_late() -> None:
    times = CHECKS["1a"].kind.right(ME.given("1a"))
    assert isinstance(times, tuple)
    assert "Number 2 of 3: too late" in ME.check("1a", (times[0], times[1] + 7, times[2])).words
    assert "Number 1 of 3: too early" in ME.check("1a", (times[0] - 7, *times[1:])).words
    assert "minutes and hours" in ME.check("1a", [time / 60 for time in times]).words


def of_file(id: str, old: str, new: str) -> str:
    """What a check says of the right file with a part of it changed."""
    text = str(CHECKS[id].kind.right(ME.given(id)))
    assert old in text
    return ME.check(id, text.replace(old, new)).words


@pytest.mark.parametrize("id", ["2h", "3g"])
def test_a_file_changes_what_is_asked_for_and_nothing_else(id: str) -> None:
    assert ME.check(id, CHECKS[id].kind.right(ME.given(id))).state is State.RIGHT
    source = "[sources]\n"
    for table in ("[experiment]\nreplications = 7\n\n", "[policy.two-stages]\ntitle = 'Mine'\n\n"):
        sourced = source + 'experiment = "assumption: mine"\n' if "experiment" in table else source
        assert of_file(id, source, table + sourced) == NOTHING_ELSE
    assert of_file(id, 'title = "Lesson', 'description = "My own."\ntitle = "Lesson') == ""
    assert of_file(id, 'extends = "lesson.toml"\n', "") == NO_EXTENDS
    assert ME.check(id, "[force]\nsection_size = 8\n").words == NO_EXTENDS
    assert "no such file" in of_file(id, "lesson.toml", "lesson")
    assert "section_sizes" in ME.check(id, 'extends = "lesson.toml"\n[force]\nsection_sizes = 8\n').words
