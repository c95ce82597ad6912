"""Hints of the first two lessons: orders and parts are told from sizes, and no example of a form is an answer."""

from __future__ import annotations

import ast

import pytest

from sim.teach import CHECKS, State, Student

ME = Student("blue tractor")
STUDENTS = [Student(f"code word {number}") for number in range(50)]
WITH_EXAMPLE = [id for id in CHECKS if id[0] in "12" and id != "2h"]


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
