"""On which line of a TOML text each key stands.

`tomllib` gives values without their lines. This module reads the same text again for the lines alone; they are shown
in messages and tables of sources and never change a value. It expects text that `tomllib` accepts; of any other it
indexes what comes before the part that it cannot follow.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator

from sim.scenario.errors import Loc

_BLANK = re.compile(r"[ \t]*+")
_GAP = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_KEY = re.compile(r'"(?:[^"\\\n]|\\.)*+"|' + r"'[^'\n]*+'|[A-Za-z0-9_-]++")
_STRING = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"""(?:"{0,2}+)'
    r"|'''(?:[^']++|'(?!''))*+'''(?:'{0,2}+)"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]++")


class _LostError(Exception):
    """The text is not TOML from here on."""


class _Scanner:
    """Walks a text once and notes (place, line, whether the key is set there, not only passed through)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.latest: dict[Loc, int] = {}
        self.notes: list[tuple[Loc, int, bool]] = []

    def line(self) -> int:
        return bisect_right(self.starts, self.at)

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _LostError
        self.at = found.end()
        return found.group()

    def take(self, token: str) -> bool:
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise _LostError

    def document(self) -> None:
        prefix: Loc = ()
        while True:
            self.skip(_GAP)
            if self.at >= len(self.text):
                return
            if self.text.startswith("[", self.at):
                prefix = self.header()
            else:
                self.pair(prefix)

    def header(self) -> Loc:
        line = self.line()
        self.expect("[")
        many = self.take("[")
        keys = self.keys()
        self.expect("]]" if many else "]")
        loc: Loc = ()
        for key in keys[:-1]:
            loc += (key,)
            self.notes.append((loc, line, False))
            if loc in self.latest:
                loc += (self.latest[loc],)
        loc += (keys[-1],)
        if many:
            self.latest[loc] = self.latest.get(loc, -1) + 1
            self.notes.append((loc, line, False))
            loc += (self.latest[loc],)
        self.notes.append((loc, line, True))
        return loc

    def keys(self) -> list[str]:
        keys = []
        while True:
            self.skip(_BLANK)
            token = self.skip(_KEY)
            if "\\" in token and token[0] == '"':
                keys.append(str(tomllib.loads(f"key = {token}")["key"]))
            else:
                keys.append(token[1:-1] if token[0] in "\"'" else token)
            self.skip(_BLANK)
            if not self.take("."):
                return keys

    def pair(self, prefix: Loc) -> None:
        line = self.line()
        keys = self.keys()
        self.expect("=")
        loc = prefix
        for key in keys:
            loc += (key,)
            self.notes.append((loc, line, len(loc) == len(prefix) + len(keys)))
        self.skip(_BLANK)
        self.value(loc)

    def value(self, loc: Loc) -> None:
        if self.take("["):
            position = 0
            while not self.closes("]"):
                self.notes.append(((*loc, position), self.line(), True))
                self.value((*loc, position))
                position += 1
                self.skip(_GAP)
                self.take(",")
        elif self.take("{"):
            while not self.closes("}"):
                self.pair(loc)
                self.skip(_GAP)
                self.take(",")
        elif self.text[self.at : self.at + 1] in {'"', "'"}:
            self.skip(_STRING)
        else:
            self.skip(_SCALAR)

    def closes(self, bracket: str) -> bool:
        self.skip(_GAP)
        return self.take(bracket)


def _notes(text: str) -> Iterator[tuple[Loc, int, bool]]:
    scanner = _Scanner(text)
    with contextlib.suppress(_LostError, ValueError, RecursionError):
        scanner.document()
    yield from scanner.notes


def line_index(text: str) -> dict[Loc, int]:
    r"""Find the line of every table, key and list item.

    Parameters
    ----------
    text
        TOML, with line ends as `\n` or `\r\n`.

    Returns
    -------
    dict
        Place -> line from 1: where the key is set or its table's header stands; for a table without a header, where
        it is first mentioned. Items of lists, tables in `[[ ]]` too, have their position from 0 in the place.
    """
    index: dict[Loc, int] = {}
    for loc, line, sets in _notes(text):
        if sets:
            index[loc] = line
        else:
            index.setdefault(loc, line)
    return index


def first_repeat(text: str) -> tuple[Loc, int, int] | None:
    """Find the first key or table that is given twice: (place, line of the first, line of the second), or None."""
    first: dict[Loc, int] = {}
    for loc, line, sets in _notes(text):
        if sets and first.setdefault(loc, line) != line:
            return loc, first[loc], line
    return None
