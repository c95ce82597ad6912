"""Forms of an answer: texts and letters as students write them, counts and chances with hints that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from sim.teach import CHECKS, State, Student
from sim.teach.counts import Count
from sim.teach.texts import read_letters, read_texts

ME = Student("blue tractor")


def right(id: str) -> object:
    return CHECKS[id].kind.right(ME.given(id))


WRITTEN: dict[str, Callable[[Sequence[str]], object]] = {
    "capitals": lambda texts: [one.capitalize() for one in texts],
    "blanks": lambda texts: [f" {one}  " for one in texts],
    "underscores": lambda texts: tuple(one.replace(" ", "_") for one in texts),
    "commas": ", ".join,
    "lines": "\n".join,
    "semicolons, all large": lambda texts: ";".join(texts).upper(),
    "as Python prints it": lambda texts: str(list(texts)),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("id", ["6f", "7e"])
def test_verdicts_are_read_however_they_are_written(id: str, written: Callable[[Sequence[str]], object]) -> None:
    verdicts = right(id)
    assert isinstance(verdicts, list)
    assert ME.check(id, written(verdicts)).state is State.RIGHT
    assert ME.check(id, written(verdicts[::-1])).state is State.WRONG  # neither is the same from behind
    assert ME.check(id, written(verdicts[:3])).state is State.UNREADABLE


@pytest.mark.parametrize("written", [str.lower, ", ".join, " and ".join, list, set, lambda text: str(list(text))])
def test_letters_are_read_however_they_are_written(written: Callable[[str], object]) -> None:
    letters = right("7f")
    assert isinstance(letters, str)
    assert ME.check("7f", written(letters)).state is State.RIGHT
    assert ME.check("7f", written(letters[:-1])).state is State.WRONG


@pytest.mark.parametrize("answer", ["", "G", "AB1G", "none"])
def test_other_letters_are_not_read(answer: str) -> None:
    with pytest.raises(ValueError, match="other letters"):
        read_letters(answer, "ABCDEF")


@pytest.mark.parametrize("answer", [5, [1, 2], ["worse", None], None])
def test_what_is_no_text_is_not_read(answer: object) -> None:
    with pytest.raises(TypeError):
        read_texts(answer)
    with pytest.raises(TypeError):
        read_letters(answer, "ABCDEF")


@pytest.mark.parametrize("id", ["4f", "4g"])
def test_a_label_may_be_a_text(id: str) -> None:
    label = right(id)
    for answer in (label, str(label), f"({label})", f"line {label}"):
        assert ME.check(id, answer).state is State.RIGHT
    for answer in (True, "1 or 6", b"6", b"1", 1.5, "none"):
        assert ME.check(id, answer).state is State.UNREADABLE


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (70, None),
        (2.5, "runs come in whole numbers"),
        (-1, "runs cannot be fewer than none"),
        (7, "too few runs"),
        (70_000, "too many runs"),
    ],
)
def test_hints_of_a_count_are_about_counts(answer: float, hint: str | None) -> None:
    assert Count(lambda given: 70, of="runs").judge(answer, {}) == hint


def test_hints_of_several_counts_say_which() -> None:
    kind = Count(lambda given: [100, 300], of="soldiers")
    assert kind.judge((100, 300), {}) is None
    assert kind.judge([100, 200], {}) == "number 2 of 2: too few soldiers"


def test_hints_of_chances_are_about_chances() -> None:
    given = ME.given("7d")
    adjusted = right("7d")
    assert isinstance(adjusted, list)
    assert "between 0 and 1" in ME.check("7d", [*adjusted[:3], 2]).words
    assert "smaller than before" in ME.check("7d", [*adjusted[:3], float(given["p_D"]) / 2]).words
    assert "policy D is too large" in ME.check("7d", [*adjusted[:3], 0.999]).words
    assert "ascending order" in ME.check("7d", sorted(adjusted)).words
