"""Forms of an answer: texts and letters as students write them, counts and chances with hints that fit."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from sim.teach import CHECKS, Exact, State, Student, WithinError
from sim.teach.counts import Count
from sim.teach.numbers import UnreadableError, read_numbers
from sim.teach.texts import read_letters, read_texts

ME = Student("blue tractor")


def right(id: str) -> object:
    return CHECKS[id].kind.right(ME.given(id))


def right_numbers(id: str) -> list[float]:
    return read_numbers(right(id))


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


@pytest.mark.parametrize(
    "written", [str.lower, ", ".join, " and ".join, " AND ".join, list, set, lambda text: str(list(text))]
)
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


@pytest.mark.parametrize("answer", [70.004, 69, 71, 70.5])
def test_a_count_is_never_off_by_a_little(answer: float) -> None:
    kind = Count(lambda given: 70, of="runs")
    assert kind.judge(answer, {}) is not None
    assert kind.judge(70 * (1 + 1e-12), {}) is None


def one_seven() -> Iterator[int]:
    yield from (1, 7)


NUMBERS: dict[str, tuple[object, list[float]]] = {
    "a text": ("67", [67]),
    "a text of numbers": (" (1, 7.5)", [1, 7.5]),
    "texts": (["1", "7"], [1, 7]),
    "an element": (np.float32(0.5), [0.5]),
    "no dimension": (np.array(6), [6]),
    "an array": (np.array([1, 7]), [1, 7]),
    "a column": (pd.Series([1, 7], index=["a", "b"]), [1, 7]),
    "a fraction": (Fraction(1, 4), [0.25]),
    "a decimal": (Decimal("0.25"), [0.25]),
    "a generator": (one_seven(), [1, 7]),
    "values": ({"a": 1, "b": 7}.values(), [1, 7]),
    "a set of one": ({6}, [6]),
}
NO_NUMBERS: dict[str, object] = {
    "truth": True,
    "truths": [True, 1],
    "NumPy's truth": np.bool_(True),
    "complex": 5 + 0j,
    "NumPy's complex": np.complex128(5),
    "a span": timedelta(minutes=5),
    "NumPy's span": np.timedelta64(5, "m"),
    "a set": {1, 7},
    "a mapping": {"a": 1},
    "a table": pd.DataFrame({"a": [1.0]}),
    "a table with numbers above": pd.DataFrame({300: [1.0], 340: [2.0]}),
    "infinite": 1e400,
    "bytes": bytearray(b"ab"),
    "two dimensions": np.ones((1, 2)),
    "a clock": "12:30",
    "per cent": "83 %",
    "code": "().__class__",
    "huge": 10**400,
    "without end": itertools.count(),
}


@pytest.mark.parametrize("id", NUMBERS)
def test_numbers_are_read_however_they_come(id: str) -> None:
    answer, numbers = NUMBERS[id]
    assert read_numbers(answer) == numbers


@pytest.mark.parametrize("answer", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_not_read(answer: object) -> None:
    with pytest.raises(UnreadableError, match="this takes"):
        read_numbers(answer)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (0.8333, None),
        (0.833, None),
        (0.83, "rounded too much"),
        (0.84, "near, but not by rounding"),
        (83, "per cent and shares"),
        (83.33, "per cent and shares"),
        (-0.83, "look at the sign"),
        (50, "minutes and hours"),
        (0.7, "too small"),
        (5000, "far off"),
    ],
)
def test_hints_of_a_number_are_about_what_it_is_off_by(answer: float, hint: str | None) -> None:
    found = Exact(lambda given: 5 / 6).judge(answer, {})
    assert found == hint or (hint is not None and found is not None and hint in found)


def test_rounding_is_told_before_a_mistake_that_comes_near() -> None:
    right = right_numbers("7d")
    assert ME.check("7d", [round(one, 3) for one in right]).words != ""
    for digits in (1, 2):
        verdict = ME.check("7d", [float(f"{one:.{digits}g}") for one in right])
        assert verdict.words.startswith("Rounded too much"), verdict


def test_decimals_after_a_comma_are_told() -> None:
    for answer in ("0,2111", (0, 2111)):
        assert "after a point, not a comma" in ME.check("1h", answer).words


def test_whole_minutes_are_not_rounded() -> None:
    arrives, leaves, returns = right_numbers("1a")
    assert ME.check("1a", (arrives, leaves + 3, returns - 2)).state is State.WRONG
    assert ME.check("1a", (arrives, leaves + 1e-9, returns)).state is State.RIGHT


def test_hints_of_a_simulated_number_speak_of_luck_only_where_luck_could_be() -> None:
    kind = WithinError(lambda given: (0.5, 0.01))
    assert kind.judge(0.53, {}) is None
    assert kind.judge(0.56, {}) == "too large: simulated values scatter, but hardly so far"
    assert kind.judge(50, {}) == "off by a factor that looks like per cent and shares"


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
