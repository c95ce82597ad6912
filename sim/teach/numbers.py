"""Answers that are numbers: read in whatever form they come, and refused where they are something else."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterable, Mapping, Set
from typing import TypeGuard

_MOST = 1000
"""Parts of an answer that are looked at: it may be a generator that never ends."""


class UnreadableError(Exception):
    """An answer that is not of the form that is asked for; says of which it should be."""


_NO_NUMBERS = "this takes numbers, without unit, colon or per cent sign"


def read_numbers(answer: object) -> list[float]:
    """Take the numbers out of an answer.

    Parameters
    ----------
    answer : number, text of numbers, or iterable of these
        A number of any kind, `6`, `Fraction(1, 3)`, an element of an array; what Python writes for numbers, `"(6, 7)"`;
        or a list, an array, a column of a table, a generator of them.

    Returns
    -------
    list of float
        In the order given, each of them finite; at least one.

    Raises
    ------
    UnreadableError
        If it is nothing, a truth value, a complex number, a span of time, a set or mapping (which has no order of its
        own), a text with something else in it, a table, not finite, or one of more than 1,000 numbers.

    Examples
    --------
    >>> read_numbers(6), read_numbers("(6, 7.5)"), read_numbers(k**2 for k in (1, 2))
    ([6.0], [6.0, 7.5], [1.0, 4.0])
    """
    if answer is None:
        raise UnreadableError("`answer` is None: perhaps the line before it gives it nothing")
    if isinstance(answer, str):
        answer = _from_text(answer)
    if isinstance(answer, bytes | bytearray | memoryview) or int(getattr(answer, "ndim", 0) or 0) > 1:
        raise UnreadableError(_NO_NUMBERS)
    if isinstance(answer, Mapping) or (isinstance(answer, Set) and len(answer) > 1):
        raise UnreadableError("this takes numbers in an order: a list, or a tuple")
    parts = list(itertools.islice(answer, _MOST + 1)) if _has_parts(answer) else [answer]
    if not 1 <= len(parts) <= _MOST:
        raise UnreadableError("this takes a number, or a few of them")
    return [_read_one(part) for part in parts]


def _has_parts(answer: object) -> TypeGuard[Iterable[object]]:
    """Whether an answer has parts; an array of no dimension has none, though its class can be asked for them."""
    return isinstance(answer, Iterable) and getattr(answer, "ndim", 1) != 0


def _read_one(part: object) -> float:
    import numpy as np

    if isinstance(part, str):
        part = _from_text(part)
    if getattr(part, "ndim", 0) != 0 or isinstance(part, bool | bytes | np.bool_ | np.complexfloating):
        raise UnreadableError(_NO_NUMBERS)
    try:
        found = float(part)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableError(_NO_NUMBERS) from error
    if not math.isfinite(found):
        raise UnreadableError("this takes finite numbers: perhaps something was divided by nought")
    return found


def _from_text(text: str) -> object:
    """What Python makes of a text, if that is a number or some."""
    try:
        found: object = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise UnreadableError(_NO_NUMBERS) from error
    if not isinstance(found, int | float | list | tuple):
        raise UnreadableError(_NO_NUMBERS)
    return found
