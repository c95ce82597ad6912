"""Every check of every lesson: right answers are taken, mistakes get their hints, and nothing is given away."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from sim.teach import CHECKS, LESSONS, Artefact, Check, Exact, State, Student
from sim.teach.checks import ROUNDED

STUDENTS = [Student(f"code word {number}") for number in range(50)]
FEW = STUDENTS[:10]
LEAST_TOLD = 0.8
"""Share of code words at which a mistake gets its own hint, not that of another one that comes to the same number.

Some that round come to the right number with too few digits, and are told so.
"""
MOST_COINCIDENCES = 2  # of 10 code words, of a number in a hint with the right one


def some_students(check: Check) -> list[Student]:
    """Fewer where each answer is a file that is loaded."""
    return FEW if isinstance(check.kind, Artefact) else STUDENTS


class Hostile:
    """An answer of which nothing can be asked."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __repr__(self) -> str:
        raise RuntimeError("repr")


JUNK = {
    "none": None,
    "text": "abc",
    "no text": "",
    "toml": "a = [",
    "bytes": b"1",
    "nan": math.nan,
    "inf": math.inf,
    "nothing": [],
    "mapping": {},
    "object": object(),
    "type": float,
    "ragged": [[1], [2, 3]],
    "nans": np.full(3, np.nan),
    "folder": Path("."),
    "hostile": Hostile(),
    "numbers without end": itertools.count(),
    "texts without end": itertools.repeat("worse"),
}


def test_ids_tell_the_lesson_and_none_is_there_twice() -> None:
    ids = [one.id for lesson in LESSONS for one in lesson.CHECKS]
    assert sorted(ids) == sorted(CHECKS)
    for number, lesson in enumerate(LESSONS, 1):
        assert [one.id for one in lesson.CHECKS] == [f"{number}{letter}" for letter in "abcdefgh"[: len(lesson.CHECKS)]]


def test_there_are_exercises_enough() -> None:
    n = Counter(id[0] for id in CHECKS)
    assert all(4 <= n[str(number)] <= 8 for number in range(1, len(LESSONS) + 1)) and sum(n.values()) >= 30, n


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_right_answers_are_taken(check: Check) -> None:
    """For most kinds the check agrees with itself; test_solutions.py has a second opinion on what is right."""
    for student in STUDENTS:
        answer = check.kind.right(student.given(check.id))
        assert student.check(check.id, answer).state is State.RIGHT, (student.code_word, answer)


EXACT = [one for one in CHECKS.values() if isinstance(one.kind, Exact) and not one.kind.whole]


@pytest.mark.parametrize("check", EXACT, ids=[one.id for one in EXACT])
def test_numbers_may_be_rounded_to_three_digits(check: Check) -> None:
    for student in STUDENTS:
        right = check.kind.right(student.given(check.id))
        rounded = [float(f"{number:.3g}") for number in _numbers(right)]
        verdict = student.check(check.id, rounded if isinstance(right, Sequence) else rounded[0])
        assert verdict.state is State.RIGHT, (student.code_word, rounded, verdict)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_mistakes_are_told_and_hints_come_up(check: Check) -> None:
    assert len(check.mistakes) >= 3
    assert len({one.name for one in check.mistakes}) == len(check.mistakes)
    students = some_students(check)
    for mistake in check.mistakes:
        n_told = 0
        for student in students:
            verdict = student.check(check.id, mistake.wrong(student.given(check.id)))
            assert verdict.state is State.WRONG, (student.code_word, mistake.name, verdict)
            n_told += verdict.words in (mistake.hint, f"{ROUNDED.capitalize()}.")
        assert n_told >= LEAST_TOLD * len(students), (mistake.name, n_told, len(students))


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_no_answer_raises_and_junk_is_not_right(check: Check) -> None:
    for student in STUDENTS[:3]:
        assert student.check(check.id, ...).state is State.UNANSWERED
        for name, answer in JUNK.items():
            verdict = student.check(check.id, answer)
            assert verdict.state in (State.WRONG, State.UNREADABLE), (name, verdict)
            assert verdict.words


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_words_do_not_tell_the_right_answer(check: Check) -> None:
    """Words are the same for all, so that one may have the right number for a code word or two by chance."""
    n_told = 0
    for student in FEW[: 2 if isinstance(check.kind, Artefact) else None]:
        given = student.given(check.id)
        right = check.kind.right(given)
        answers = [mistake.wrong(given) for mistake in check.mistakes] + list(_one_off(right))
        words = " ".join(student.check(check.id, one).words for one in [*answers, "abc", [1, 2, 3, 4]])
        told = [
            float(one) for one in re.findall(r"\d+(?:\.\d+)?", re.sub(r"number \d+ of \d+", "", words.replace(",", "")))
        ]
        n_told += any(math.isclose(one, number, rel_tol=1e-3) for one in told for number in _numbers(right))
        assert not [line for line in _settings(right) if line in words.replace(" ", "")]
    assert n_told <= MOST_COINCIDENCES


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_neighbours_have_other_numbers(check: Check) -> None:
    given = Counter(tuple(student.given(check.id).items()) for student in STUDENTS)
    if given.keys() == {()}:
        return  # a check that gives nothing: the same for all
    assert len(given) >= 4, given.most_common(3)
    for student in STUDENTS:
        same = Student(f"  {student.code_word.upper()} ")
        assert dict(same.given(check.id)) == dict(student.given(check.id))


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_what_is_given_says_what_it_is(check: Check) -> None:
    assert check.asks.strip() == check.asks != ""
    for one in check.given(np.random.default_rng(1)).values():
        assert one.words.strip() == one.words != ""
        assert type(one.value) in (int, float, str)  # not NumPy's, which a notebook would show as np.float64(...)
    for mistake in check.mistakes:
        assert mistake.hint.strip() == mistake.hint != ""


def _one_off(right: object) -> Iterator[object]:
    """The right numbers with one of them changed, of a text each line changed."""
    numbers = list(_numbers(right))
    for k, number in enumerate(numbers):
        for other in (-number, 3 * number, number + 1, 24 * number, 1.01 * number, float(f"{number:.1g}")):
            yield [*numbers[:k], other, *numbers[k + 1 :]] if len(numbers) > 1 else other
    if isinstance(right, str):
        lines = right.splitlines()
        for k, line in enumerate(lines):
            yield "\n".join([*lines[:k], re.sub(r"\d+", lambda found: f"{int(found[0]) + 1}", line), *lines[k + 1 :]])
            yield "\n".join([*lines[:k], *lines[k + 1 :]])


def _settings(right: object) -> list[str]:
    """Lines of a scenario's text that set something, without blanks."""
    lines = right.splitlines() if isinstance(right, str) else []
    return [line.replace(" ", "") for line in lines if "=" in line and not line.startswith(("extends", "schema"))]


def _numbers(answer: object) -> Iterator[float]:
    """Numbers of an answer that is a number or some; none of a text."""
    if isinstance(answer, str | Path):
        return
    try:
        yield from np.asarray(answer, dtype=float).ravel().tolist()
    except (TypeError, ValueError):
        return
