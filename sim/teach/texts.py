"""Answers that are texts: read whether they come as a list or as one text, in capitals or not."""

from __future__ import annotations

import itertools
import re

_MOST = 100
"""Parts of an answer that are looked at: it may never end."""

_AROUND = " \t\n'\"[](){}."


def read_texts(answer: object) -> list[str]:
    """Take an answer of several texts apart.

    Parameters
    ----------
    answer : str or iterable of str
        One text with commas, semicolons or line ends between its parts, or a list of texts.

    Returns
    -------
    list of str
        Without capitals, quotes and brackets, with one blank between words; `not_shown` is `not shown`.

    Raises
    ------
    TypeError
        If it is neither a text nor texts.

    Examples
    --------
    >>> read_texts("Worse, not-shown ;NOT  worse")
    ['worse', 'not shown', 'not worse']
    >>> read_texts(["'Worse'", "not_shown"])
    ['worse', 'not shown']
    """
    if isinstance(answer, str):
        parts: list[object] = [one for one in re.split(r"[,;\n]", answer) if one.strip(_AROUND)]
    else:
        parts = list(itertools.islice(answer, _MOST))  # type: ignore[call-overload]
    if not all(isinstance(one, str) for one in parts):
        raise TypeError("texts are asked for")
    return [re.sub(r"[\s_-]+", " ", str(one).strip(_AROUND)).casefold() for one in parts]


def read_letters(answer: object, allowed: str) -> set[str]:
    """Letters of an answer, in capitals, whatever stands between them.

    Parameters
    ----------
    answer : str or iterable of str
        `"bcdf"`, `"B, C and D"` or `["B", "c"]`.
    allowed : str
        The letters that there are, in capitals.

    Raises
    ------
    TypeError
        If it is neither a text nor texts.
    ValueError
        If there is no letter, or one that is not allowed.

    Examples
    --------
    >>> sorted(read_letters("b, C and d", "ABCDEF"))
    ['B', 'C', 'D']
    """
    texts = [answer] if isinstance(answer, str) else list(itertools.islice(answer, _MOST))  # type: ignore[call-overload]
    if not all(isinstance(one, str) for one in texts):
        raise TypeError("letters are asked for")
    found = set(re.sub(r"\band\b|[^a-z]", "", " ".join(texts), flags=re.IGNORECASE).upper())
    if not found or found - set(allowed):
        raise ValueError("other letters")
    return found
