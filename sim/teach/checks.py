"""What a check of an exercise is: a student's given numbers, the right answer, and the mistakes that students make.

A *check* belongs to an exercise, "2b" for instance. Its *given* are numbers drawn from the student's code word, so that
neighbours have other answers to the same question. Its *kind* judges: :class:`Exact` compares with the answer worked
out anew from the given, :class:`WithinError` with a simulated one within its own standard error, :class:`Property` asks
whether the answer keeps rules, :class:`Artefact` whether a scenario file is valid and does. A *mistake* is a wrong
answer that students are known to give, and the *hint* that helps out of it. No verdict tells the right answer.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sim.teach.numbers import UnreadableError, read_numbers
from sim.teach.places import OWN_FILE, scenario_from_text

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.errors import Fault
    from sim.scenario.schema import Scenario

Values = Mapping[str, Any]
"""The given numbers of a student, by name."""


@dataclass(frozen=True, slots=True)
class Given:
    """One of the numbers that a student is given: its value, its unit, and what it is."""

    value: float | int | str
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer that students give: how it comes about, and the hint that helps out of it."""

    name: str
    wrong: Callable[[Values], object]
    hint: str


class Kind(Protocol):
    """How answers are judged."""

    def right(self, given: Values) -> object:
        """An answer that is right."""
        ...

    def judge(self, answer: object, given: Values) -> str | None:
        """None if the answer is right, else what is wrong with it, without the right answer.

        Raises
        ------
        UnreadableError
            If it is not of the form asked for.
        """
        ...

    def same(self, answer: object, other: object, given: Values) -> bool:
        """Whether two answers count as the same one."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """The check of an exercise.

    Attributes
    ----------
    id
        Number of the notebook and letter of the exercise.
    asks
        What is to be answered, with its unit.
    kind
        How answers are judged.
    mistakes
        Wrong answers that students give, at least three.
    given
        Draws the student's own numbers.
    """

    id: str
    asks: str
    kind: Kind
    mistakes: tuple[Mistake, ...]
    given: Callable[[np.random.Generator], dict[str, Given]] = field(default=lambda luck: {})


@dataclass(frozen=True, slots=True)
class Exact:
    """A number, or several, worked out anew from the given; `relative` is how far off it may be.

    One that was rounded to three significant digits or more is right, too, but for numbers that are `whole`, which
    must be exact. The answer to several is a sequence in the order asked for.
    """

    solve: Callable[[Values], float | Sequence[float]]
    relative: float = 1e-3
    whole: bool = False

    def right(self, given: Values) -> object:
        """Work the answer out."""
        return self.solve(given)

    def judge(self, answer: object, given: Values) -> str | None:
        """Compare with what is worked out."""
        right = read_numbers(self.solve(given))
        found = read_numbers(answer)
        if len(found) != len(right):
            wanted = "one number" if len(right) == 1 else f"{len(right)} numbers in brackets, in the order asked for"
            if len(found) == 2 * len(right):
                wanted += " (decimals after a point, not a comma)"
            raise UnreadableError(f"this takes {wanted}, not {'more' if len(found) > len(right) else 'fewer'}")
        wrong = [i for i, pair in enumerate(zip(found, right, strict=True)) if not self._is_near(*pair)]
        if not wrong:
            return None
        if not self.whole and all(_is_rounded(found[i], right[i], _TOO_FEW) for i in wrong):
            return ROUNDED
        which = "" if len(right) == 1 else f"number {wrong[0] + 1} of {len(right)}: "
        return which + self._tell(found[wrong[0]], right[wrong[0]])

    def same(self, answer: object, other: object, given: Values) -> bool:
        """Whether they differ by rounding at most, and the first is not the right answer rounded too much."""
        one, two = read_numbers(answer), read_numbers(other)
        is_same = len(one) == len(two) and all(map(self._is_near, one, two))
        return is_same and self.judge(answer, given) != ROUNDED

    def _is_near(self, one: float, other: float) -> bool:
        if self.whole:  # but for how a computer divides
            return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        return math.isclose(one, other, rel_tol=self.relative, abs_tol=1e-12) or _is_rounded(one, other)

    def _tell(self, found: float, right: float) -> str:
        """What kind of error a number has, without the right one."""
        if math.isclose(found, right, rel_tol=0.02):
            return "near, but not by rounding at the end: was something rounded on the way, or left out?"
        return _tell_size(found, right) or _tell_side(found, right)


@dataclass(frozen=True, slots=True)
class WithinError:
    """A simulated number: within `z` standard errors of the reference.

    `solve` gives the reference and the standard error of a difference from it, which the student's own luck is part of.
    """

    solve: Callable[[Values], tuple[float, float]]
    z: float = 3.3

    def right(self, given: Values) -> object:
        """Return the reference."""
        return self.solve(given)[0]

    def judge(self, answer: object, given: Values) -> str | None:
        """Compare with the reference."""
        reference, error = self.solve(given)
        found = self._one(answer)
        if abs(found - reference) <= self.z * error:
            return None
        return _tell_size(found, reference) or (
            f"{_tell_side(found, reference)}: simulated values scatter, but hardly so far"
        )

    def same(self, answer: object, other: object, given: Values) -> bool:
        """Whether the two are no further apart than luck can explain."""
        _, error = self.solve(given)
        return abs(self._one(answer) - self._one(other)) <= self.z * error

    def _one(self, answer: object) -> float:
        found = read_numbers(answer)
        if len(found) != 1:
            raise UnreadableError("this takes one number")
        return found[0]


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold of an answer, and what to say where it does not."""

    holds: Callable[[Any, Values], bool]
    hint: str


class _ByRules:
    """Answers that must keep rules, of which the first that is broken is told."""

    __slots__ = ()

    def judge(self, answer: object, given: Values) -> str | None:
        raise NotImplementedError

    def same(self, answer: object, other: object, given: Values) -> bool:
        """Whether both break the same rule first, and one does."""
        mine = self.judge(answer, given)
        return mine is not None and mine == self.judge(other, given)


@dataclass(frozen=True, slots=True)
class Property(_ByRules):
    """An answer that must keep rules, the first that it breaks is told; `form` says what it must be.

    `read` turns the answer into what the rules look at; an exception that it raises means that it is not of the form.
    """

    form: str
    read: Callable[[Any], object]
    rules: tuple[Rule, ...]
    example: Callable[[Values], object]

    def right(self, given: Values) -> object:
        """Give an answer that keeps the rules."""
        return self.example(given)

    def judge(self, answer: object, given: Values) -> str | None:
        """Tell the first rule that is broken."""
        try:
            found = self.read(answer)
        except Exception as error:
            raise UnreadableError(f"this takes {self.form}") from error
        return next((rule.hint for rule in self.rules if not rule.holds(found, given)), None)


@dataclass(frozen=True, slots=True)
class Artefact(_ByRules):
    """A scenario: the text of a file, or its path; it must be valid, and keep rules about the scenario.

    A text may say `extends = "NAME.toml"` of a scenario that is shipped.
    """

    rules: tuple[Rule, ...]
    example: Callable[[Values], str]

    def right(self, given: Values) -> object:
        """Give the text of a scenario that keeps the rules."""
        return self.example(given)

    def judge(self, answer: object, given: Values) -> str | None:
        """Load it, and tell its faults, or the first rule that it breaks."""
        from sim.scenario import ScenarioError

        if not isinstance(answer, str | Path):
            raise UnreadableError(_NO_FILE)
        try:
            scenario = _load(answer)
        except ScenarioError as error:
            faults = [_in_words(one) for one in error.faults[:3]]
            return f"the file is not valid yet: {'; '.join(faults)}"
        except (OSError, ValueError):
            raise UnreadableError(_NO_FILE) from None
        return next((rule.hint for rule in self.rules if not rule.holds(scenario, given)), None)


ROUNDED = "rounded too much: give at least three digits, leading noughts not counted"
"""What is said of numbers that are right but for their digits, whatever mistake they come near to."""

_TOO_FEW = (1, 2)
_NO_FILE = "this takes the text of a scenario file, between three quotes, or the path of a file that is there"


def _is_rounded(one: float, other: float, digits: Sequence[int] = (3, 4, 5)) -> bool:
    """Whether one is the other rounded to so many significant digits."""
    return any(math.isclose(one, float(f"{other:.{n}g}"), rel_tol=1e-9) for n in digits)


def _tell_size(found: float, right: float) -> str:
    """What a number is off by, if that tells what became of it."""
    if right != 0 and _is_about(found, -right):
        return "look at the sign"
    if right == 0 or found * right <= 0:
        return ""
    for factor, words in _FACTORS:
        if _is_about(found, right * factor) or _is_about(found, right / factor):
            return f"off by a factor that looks like {words}"
    return "" if 0.1 < found / right < 10 else "far off: look at the units, and at what the number counts"


def _is_about(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=2e-3) or _is_rounded(one, other, (2,))


def _tell_side(found: float, right: float) -> str:
    return "too large" if found > right else "too small"


_FACTORS = (
    (24.0, "hours and days"),
    (60.0, "minutes and hours"),
    (3600.0, "seconds and hours"),
    (100.0, "per cent and shares"),
    (1000.0, "thousands"),
)


def _in_words(fault: Fault) -> str:
    """A fault of a scenario's text; its line only where that is one of the student's own."""
    is_own = fault.line and fault.file == OWN_FILE
    where = ", ".join(filter(None, (f"line {fault.line}" if is_own else "", fault.key)))
    found = f"found {fault.found}" if fault.key else fault.found
    hint = f"; allowed is {fault.allowed}" if fault.allowed else ""
    if fault.nearest:
        hint = f"; did you mean {fault.nearest}?"
    return f"{where}{': ' if where else ''}{found}{hint}"


def _load(answer: str | Path) -> Scenario:
    """Load a scenario from a path, or from text as if it lay beside those that are shipped."""
    if isinstance(answer, str) and ("\n" in answer or "=" in answer):
        return _load_text(answer)
    return _load_text(Path(answer).read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=128)
def _load_text(text: str) -> Scenario:
    """Load a text once: each mistake of a check is compared with the same answer."""
    return scenario_from_text(text)
