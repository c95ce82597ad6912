"""What is wrong with a file: faults, all of them at once.

A *fault* is one thing wrong in one place. A :class:`ScenarioError` carries every fault found, so that a file is mended
in one go; its text has a line a fault, `file:line: key: message`, as compilers write them.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Loc = tuple[str | int, ...]
"""Where a value stands in nested tables: keys, and positions in lists."""

MAX_FAULTS_SHOWN = 200
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_MAX_TEXT = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one place.

    Attributes
    ----------
    file
        File to mend, as it was named; `--set` for the command line.
    line
        Line from 1, or None where a line makes no sense.
    key
        Dotted key; empty when the whole file is meant.
    found, allowed
        What stands there, and what may.
    nearest
        The valid key or name that is spelled most alike, if any is.
    message
        All of that as a sentence.
    """

    file: str
    line: int | None
    key: str
    found: str
    allowed: str
    nearest: str | None
    message: str

    def __str__(self) -> str:
        """`file:line: key: message`, with nothing in it that a terminal would obey."""
        parts = [self.file if self.line is None else f"{self.file}:{self.line}", self.key, self.message]
        return escaped(": ".join(part for part in parts if part))


class ScenarioError(Exception):
    """A scenario, theatre or catalogue cannot be used; `faults` says why, every reason at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        """One line a fault; a count stands for those after the first 200."""
        lines = [str(fault) for fault in self.faults[:MAX_FAULTS_SHOWN]]
        n_more = len(self.faults) - len(lines)
        return "\n".join([*lines, f"and {n_more} more faults"] if n_more else lines)


def dotted(loc: Sequence[str | int]) -> str:
    """Write a place as TOML would: `force.shift_h`, `experiment.troops[2]`, `sources."a.b"`."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            word = part if _BARE_KEY.fullmatch(part) else '"' + shorten(part).replace('"', '\\"') + '"'
            text += f".{word}" if text else word
    return text


def escaped(text: str) -> str:
    r"""Text with each character that cannot be printed as TOML escapes it.

    >>> print(escaped("bad \x1b[2J"))
    bad \u001b[2J
    """
    return "".join(
        char if char.isprintable() else f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
        for char in text
    )


def shorten(text: str) -> str:
    """Cut text to what fits in a message, with nothing in it that moves a terminal's cursor."""
    text = escaped(text[: _MAX_TEXT + 1])
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 3] + "..."


def show(value: object) -> str:
    """Describe a value of a file in a few words.

    >>> show("two"), show(True), show([1, 2]), show(10**5000)
    ("the text 'two'", 'true', 'a list of 2 items', 'a whole number of 16610 binary digits')
    """
    if isinstance(value, str):
        return f"the text '{shorten(value)}'"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a whole number of {value.bit_length()} binary digits"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return f"the {'time' if isinstance(value, dt.datetime | dt.time) else 'date'} {value}"
    if isinstance(value, dict):
        return f"a table of {len(value)} keys"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)} items"
    return f"a value of type {type(value).__name__}"


def listed(names: Iterable[str]) -> str:
    """Join names for a message; a long list is cut."""
    every = list(names)
    shown = ", ".join(shorten(name) for name in every[:30])
    return shown + (f" and {len(every) - 30} more" if len(every) > 30 else "") if every else "nothing"


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Of the allowed names the one spelled most like `name`, or None if none is alike."""
    names = list(allowed)
    folded = {candidate.lower(): candidate for candidate in reversed(names)}
    found = difflib.get_close_matches(name[:200].lower().replace(" ", "_"), folded, 1, 0.6)
    return folded[found[0]] if found else None
