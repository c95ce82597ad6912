"""A student: a code word, the numbers that come from it, and answers checked in plain Python."""

from __future__ import annotations

import difflib
import functools
import hashlib
import html
import itertools
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sim.teach.checks import Check, Given, Values
from sim.teach.numbers import UnreadableError


class State(StrEnum):
    """What became of an answer."""

    RIGHT = "right"
    WRONG = "not yet"
    UNANSWERED = "not answered yet"
    UNREADABLE = "not understood"


_MOST = 2000
"""Elements of an answer that are looked at, if it gives them one by one."""

_MARKS = {State.RIGHT: "✓", State.WRONG: "✗", State.UNANSWERED: "…", State.UNREADABLE: "?"}
_COLOURS = {
    State.RIGHT: "var(--jp-success-color1, #00734f)",
    State.WRONG: "var(--jp-error-color1, #a63f00)",
    State.UNANSWERED: "inherit",
    State.UNREADABLE: "var(--jp-error-color1, #a63f00)",
}
"""Of the mark alone: words have the notebook's own colour, on whatever ground."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of an answer; a notebook shows it by itself.

    Attributes
    ----------
    id
        Of the check.
    state
        Whether it is right.
    words
        A hint, where it is not.
    """

    id: str
    state: State
    words: str = ""

    def __str__(self) -> str:
        """One line for a console."""
        return f"{_MARKS[self.state]} {self.id}: {self.state}" + (f". {self.words}" if self.words else "")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        words = f". {html.escape(self.words)}" if self.words else ""
        return (
            f'<p role="status"><b><span style="color:{_COLOURS[self.state]}">{_MARKS[self.state]}</span> '
            f"{html.escape(self.id)}: {self.state}</b>{words}</p>"
        )


class GivenNumbers(Mapping[str, float | int | str]):
    """A student's own numbers of an exercise, by name; a notebook shows them as a table."""

    def __init__(self, given: Mapping[str, Given]) -> None:
        self._given = dict(given)

    def __getitem__(self, name: str) -> float | int | str:
        return self._given[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __repr__(self) -> str:
        lines = [
            f"{name} = {one.value}{f' [{one.unit}]' if one.unit else ''}: {one.words}"
            for name, one in self._given.items()
        ]
        return "\n".join(lines) or "nothing is given"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{html.escape(name)}</code></td>"
            f"<td style='white-space:pre-wrap'>{html.escape(str(one.value))}</td>"
            f"<td>{html.escape(one.unit)}</td><td style='text-align:left'>{html.escape(one.words)}</td></tr>"
            for name, one in self._given.items()
        )
        return f"<table><tr><th>name</th><th>value</th><th>unit</th><th>what it is</th></tr>{rows}</table>"


class Student:
    """A student, known by a code word: hardly any two code words have the same numbers.

    Parameters
    ----------
    code_word : str
        Any text; capitals, blanks around it and how its accents are encoded do not matter.

    Raises
    ------
    ValueError
        If there is no word.

    Examples
    --------
    >>> me = Student("blue tractor")
    >>> me.check("1a", ...)
    … 1a: not answered yet
    """

    def __init__(self, code_word: str) -> None:
        self.code_word = " ".join(unicodedata.normalize("NFKC", str(code_word)).casefold().split())
        if self.code_word in ("", "none"):
            raise ValueError("a code word is asked for, like Student('blue tractor'): your numbers come from it")

    def __repr__(self) -> str:
        return f"a student with the numbers of {self.code_word!r}"

    def given(self, id: str) -> GivenNumbers:
        """The student's own numbers of an exercise.

        Raises
        ------
        KeyError
            If there is no such exercise.
        """
        from sim.teach import CHECKS

        check = CHECKS.get(_id(id))
        if check is None:
            raise KeyError(_unknown(id))
        return GivenNumbers(_drawn(check, self.code_word))

    def check(self, id: str, answer: object) -> Verdict:
        """Check the answer to an exercise; says what is wrong with it, and never what is right.

        Parameters
        ----------
        id : str
            The exercise, "2b" for instance.
        answer
            The answer; `...` stands for none.

        Returns
        -------
        Verdict
            Whatever the answer is: this raises nothing.
        """
        from sim.teach import CHECKS

        name = _id(id)
        check = CHECKS.get(name)
        if check is None:
            return Verdict(name, State.UNREADABLE, _unknown(name))
        if answer is ...:
            return Verdict(name, State.UNANSWERED)
        parts = answer if type(answer) in (list, tuple) else ()  # a stranger may refuse to say what it is
        if number := next((k for k, one in enumerate(parts, 1) if one is ...), 0):  # type: ignore[arg-type, var-annotated]
            return Verdict(name, State.UNANSWERED, f"Number {number} of them is still to come.")
        given: Values | None = None
        try:
            given = self.given(name)
            return _judged(check, _kept(answer), given)
        except Exception as error:  # an answer is any object, whose methods may raise anything
            if given is not None and _judges_its_own(check, given):
                return Verdict(name, State.UNREADABLE, f"This asks: {check.asks}")
            # Its text may have the right number in it.
            words = f"This check itself does not work ({type(error).__name__}): not your fault, tell your teacher."
            return Verdict(name, State.UNREADABLE, words)


@functools.lru_cache(maxsize=256)
def _drawn(check: Check, code_word: str) -> dict[str, Given]:
    """Draw a student's numbers once: for some exercises there is a simulation behind them."""
    import numpy as np

    key = hashlib.sha256(f"{code_word}/{check.id}".encode("utf-8", "surrogatepass")).digest()
    return check.given(np.random.default_rng(list(key)))


def _kept(answer: object) -> object:
    """An answer that can be looked at again and again: an iterator can be only once, and perhaps never ends."""
    return list(itertools.islice(answer, _MOST)) if isinstance(answer, Iterator) else answer


def _judged(check: Check, answer: object, given: Values) -> Verdict:
    try:
        fault = check.kind.judge(answer, given)
        if fault is None:
            return Verdict(check.id, State.RIGHT)
        for mistake in check.mistakes:
            if _is_same(check, answer, mistake.wrong(given), given):
                return Verdict(check.id, State.WRONG, mistake.hint)
    except UnreadableError as error:
        return Verdict(check.id, State.UNREADABLE, f"{str(error)[:1].upper()}{str(error)[1:]}. This asks: {check.asks}")
    return Verdict(check.id, State.WRONG, f"{fault[:1].upper()}{fault[1:]}" + ("" if fault[-1:] in ".?!" else "."))


def _judges_its_own(check: Check, given: Values) -> bool:
    """Whether a check gets as far as taking the right answer, so that what failed is the other answer's doing."""
    try:
        return check.kind.judge(check.kind.right(given), given) is None
    except Exception:
        return False


def _is_same(check: Check, answer: object, other: object, given: Values) -> bool:
    """Whether an answer is a known mistake."""
    try:
        return check.kind.same(answer, other, given)
    except UnreadableError:
        return False


def _id(id: object) -> str:
    """An exercise as it is named, however it is typed."""
    return id.strip().casefold() if isinstance(id, str) else f"{id}" if isinstance(id, int) else type(id).__name__


def _unknown(id: object) -> str:
    from sim.teach import CHECKS

    near = difflib.get_close_matches(str(id), CHECKS, 1, 0.4)
    return f"There is no exercise {str(id)!r}." + (f" Did you mean {near[0]!r}?" if near else "")
