"""One TOML file read into a :class:`Document`: its values, and the line of each.

Whatever is wrong with a file as a file (absent, a directory, too large, not UTF-8, not TOML, control characters in its
text) ends here as faults. Text of a file is shown in terminals, figures and tables; what a terminal would obey, or what
would turn the order of letters round, has no place in it.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sim.scenario.errors import Fault, Loc, ScenarioError, dotted, nearest, shorten, show
from sim.scenario.toml_lines import first_repeat, line_index

MAX_BYTES = 1_000_000
MAX_LINE = 20_000
MAX_DEPTH = 16

_TOML = 'TOML: key = 8, key = "text in quotes", key = ["a list", "of texts"]'

_LONG_KEY = re.compile(
    r"(?:^|[{,\[])[ \t]*+(?:(?:[\w-]{1,64}+|\"[^\"\n]{0,64}+\"|'[^'\n]{0,64}+')[ \t]*+\.[ \t]*+){16}", re.MULTILINE
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Unicode's control characters (Cc) without newline and tab, and its bidirectional overrides, embeddings, isolates."""
_WHERE = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: its name, its tables, the line of each key."""

    file: str
    data: dict[str, object]
    lines: dict[Loc, int]

    def line(self, loc: Loc) -> int | None:
        """Line of a place, or of the nearest table around it."""
        for length in range(len(loc), 0, -1):
            if loc[:length] in self.lines:
                return self.lines[loc[:length]]
        return None


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a file is named: faults of a file that cannot be opened point there."""

    file: str
    line: int | None
    key: str


def beside(file: str, name: str) -> str:
    """A path as written in a file, seen from where that file is."""
    return os.path.normpath(os.path.join(os.path.dirname(file), name))


def _unopened(file: str, mention: Mention | None, found: str, allowed: str, near: str | None = None) -> ScenarioError:
    message = f"{found}: '{shorten(file)}'" if mention else found
    message += f"; did you mean '{near}'?" if near else f"; allowed is {allowed}"
    at = mention or Mention(file, None, "")
    return ScenarioError([Fault(at.file, at.line, at.key, found, allowed, near, message)])


def _bytes(file: str, mention: Mention | None) -> bytes:
    try:
        if stat.S_ISDIR(Path(file).stat().st_mode):
            raise _unopened(file, mention, "a directory, not a file", "a TOML file")
        if not stat.S_ISREG(Path(file).stat().st_mode):
            raise _unopened(file, mention, "not a regular file", "a TOML file")
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        folder = Path(file).parent
        stems = sorted(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else []
        near = nearest(Path(file).stem, stems)
        near = str(folder / f"{near}.toml") if near else None
        raise _unopened(file, mention, "no such file", "the path of a TOML file", near) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unopened(file, mention, f"cannot be read ({why.lower()})", "a readable TOML file") from None


def depth(data: object) -> int:
    """How many tables and lists stand in each other, scalars counted as one more."""
    level, n_levels = [data], 0
    while level:
        n_levels += 1
        tables = [value for value in level if isinstance(value, dict | list)]
        level = [inner for table in tables for inner in (table.values() if isinstance(table, dict) else table)]
    return n_levels


def control_characters(value: object, loc: Loc = ()) -> Iterator[tuple[Loc, str, str]]:
    """Find text, keys included, with control characters in it: its place, what was found, and what is allowed."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _in_text(str(key), (*loc, key), "the key")
            yield from control_characters(inner, (*loc, key))
    elif isinstance(value, list | tuple):
        for position, inner in enumerate(value):
            yield from control_characters(inner, (*loc, position))
    elif isinstance(value, str):
        yield from _in_text(value, loc, show(value))


def _in_text(text: str, loc: Loc, what: str) -> Iterator[tuple[Loc, str, str]]:
    control = _CONTROL.search(text)
    if control is not None:
        found = f"the control character U+{ord(control.group()):04X} in {what}"
        yield loc, found, "text with none but newline and tab"


def _not_toml(file: str, text: str, error: ValueError) -> Fault:
    where = _WHERE.search(str(error))
    line = int(where.group(1)) if where else max(text.rstrip().count("\n") + 1, 1)
    reason = str(error)[: where.start()] if where else str(error)
    if any(word in reason for word in ("twice", "overwrite", "redefine", "mutate")):
        repeat = first_repeat(text)
        if repeat is not None:
            loc, first, line = repeat
            message = f"given twice in this file; the first is in line {first}; allowed is once"
            return Fault(
                file, line, dotted(loc), f"the second of two, the first in line {first}", "once", None, message
            )
    column = f", column {where.group(2)}" if where else ""
    reason = shorten(reason[:1].lower() + reason[1:])
    return Fault(file, line, "", reason, _TOML, None, f"not TOML: {reason} (line {line}{column})")


def read(file: str, mention: Mention | None = None) -> Document:
    """Read a TOML file.

    Parameters
    ----------
    file
        Path, absolute or from the working directory; messages name it as given.
    mention
        The place that names the file, if another file does.

    Raises
    ------
    ScenarioError
        The file cannot be opened, has more than 1 MB, a line of more than 20,000 characters or tables in tables in
        tables beyond 16, is not TOML in UTF-8, or has control characters in a string or a key: all of these at once.
    """

    def refuse(line: int | None, found: str, allowed: str) -> ScenarioError:
        return ScenarioError([Fault(file, line, "", found, allowed, None, f"{found}; allowed is {allowed}")])

    raw = _bytes(file, mention)
    if len(raw) > MAX_BYTES:
        last_line = raw.count(b"\n") + 1
        raise refuse(last_line, f"more than {MAX_BYTES:,} bytes", f"at most {MAX_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refuse(line, f"not UTF-8: byte 0x{raw[error.start]:02x}", "text in UTF-8") from None
    for line, content in enumerate(text.split("\n"), 1):
        if len(content) > MAX_LINE:
            raise refuse(line, f"a line of {len(content):,} characters", f"at most {MAX_LINE:,} characters")
    long_key = _LONG_KEY.search(text)
    if long_key is not None:  # tomllib takes time in proportion to the square of a key's parts
        raise refuse(text.count("\n", 0, long_key.end()) + 1, "a key of more than 16 parts", "at most 16 parts")
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise refuse(None, "brackets nested too deep", f"at most {MAX_DEPTH} tables and lists in each other") from None
    except ValueError as error:
        raise ScenarioError([_not_toml(file, text, error)]) from None
    if depth(data) > MAX_DEPTH:
        raise refuse(None, "tables nested too deep", f"at most {MAX_DEPTH} tables and lists in each other")
    document = Document(file, data, line_index(text))
    unfit = [
        Fault(file, document.line(loc), dotted(loc), found, allowed, None, f"found {found}; allowed is {allowed}")
        for loc, found, allowed in control_characters(data)
    ]
    if unfit:
        raise ScenarioError(unfit)
    return document
