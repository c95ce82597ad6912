"""Sources: where each number and date of a file comes from.

A *figure* is a number, a date, or a list of them; text and `true` are none, and neither is `schema_version`. The
`[sources]` table of a file gives a source for each figure that this file sets, under its dotted key or that of a table
that holds it; the longest key wins. A *source* is a key of the *catalogue*, the nearest `sources.toml` in the folder of
the file or above it, or `assumption: why`.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sim.scenario.errors import Fault, Loc, ScenarioError, dotted, nearest, show
from sim.scenario.origin import Origin
from sim.scenario.read import Document, read

CATALOGUE = "sources.toml"
SET_ON_COMMAND_LINE = "set on the command line"
_ASSUMPTION = re.compile(r"assumption:\s*\S.*", re.DOTALL)
_FIELDS = ("title", "reference", "url", "note")


@dataclass(frozen=True, slots=True)
class Source:
    """An entry of the catalogue: a document or another place where figures were seen."""

    key: str
    title: str
    reference: str
    url: str = ""
    note: str = ""


def find_catalogue(file: str | Path) -> Path | None:
    """Find the `sources.toml` that holds for a file: in its folder, or else in the nearest folder above."""
    for folder in Path(os.path.abspath(file)).parents:
        found = folder / CATALOGUE
        if os.path.isfile(found):
            return found if Path(file).is_absolute() else Path(os.path.relpath(found))
    return None


def read_catalogue(path: str | Path) -> dict[str, Source]:
    """Read a catalogue of sources.

    Parameters
    ----------
    path
        TOML file with a table a source: `[KEY]` with `title`, `reference` and, if wanted, `url` and `note`, all text.

    Returns
    -------
    dict
        Key -> source, in the order of the file.

    Raises
    ------
    ScenarioError
        The file cannot be read, or an entry is not of that form.
    """
    document = read(str(path))
    faults, sources = [], {}
    for key, entry in document.data.items():
        if not isinstance(entry, dict):
            faults.append(_fault(document, (key,), show(entry), "a table with title and reference"))
            continue
        wrong = [name for name in entry if name not in _FIELDS or not isinstance(entry[name], str)]
        for name in wrong:
            near = None if name in _FIELDS else nearest(name, _FIELDS)
            faults.append(_fault(document, (key, name), show(entry[name]), "text in " + ", ".join(_FIELDS), near))
        absent = [name for name in _FIELDS[:2] if not entry.get(name)]
        faults.extend(_fault(document, (key, name), "nothing", "text in quotes") for name in absent)
        if not wrong and not absent:
            sources[key] = Source(key, **entry)
    if faults:
        raise ScenarioError(faults)
    return sources


def sources_of(origins: Iterable[Origin]) -> dict[str, Source]:
    """The sources in full that some numbers have, by key, in order of use.

    From the catalogues that hold for the files in which the numbers are set. A catalogue that is not there any more, or
    cannot be read, gives none; nor have assumptions one, and what was set on the command line.
    """
    found: dict[str, Source] = {}
    catalogues: dict[str, dict[str, Source]] = {}
    for origin in origins:
        if origin.line is None:
            continue
        if origin.file not in catalogues:
            path = find_catalogue(origin.file)
            try:
                catalogues[origin.file] = {} if path is None else read_catalogue(path)
            except ScenarioError:
                catalogues[origin.file] = {}
        if origin.source in catalogues[origin.file]:
            found.setdefault(origin.source, catalogues[origin.file][origin.source])
    return found


def _fault(document: Document, loc: Loc, found: str, allowed: str, near: str | None = None, prefix: Loc = ()) -> Fault:
    hint = f"; did you mean '{near}'?" if near else ""
    message = f"found {found}; allowed is {allowed}{hint}"
    return Fault(document.file, document.line(loc), dotted(prefix + loc), found, allowed, near, message)


def is_figure(value: object) -> bool:
    """Whether a value needs a source: a number, a date or a time, or a list that holds one."""
    values = [value]
    while values:
        value = values.pop()
        if isinstance(value, list | tuple):
            values.extend(value)
        elif isinstance(value, dict):
            values.extend(value.values())
        elif isinstance(value, int | float | dt.date | dt.time) and not isinstance(value, bool):
            return True
    return False


def leaves(data: dict[str, object], loc: Loc = ()) -> Iterator[tuple[Loc, object]]:
    """Every value that is not a table, with its place; a list is one value."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from leaves(value, (*loc, key))
        else:
            yield (*loc, key), value


def as_value(value: object) -> object:
    """A figure that cannot be changed any more: lists become tuples."""
    return tuple(as_value(item) for item in value) if isinstance(value, list) else value


class Catalogues:
    """The catalogues met while a scenario is read, each read once."""

    def __init__(self) -> None:
        self._read: dict[Path, dict[str, Source] | None] = {}
        self.faults: list[Fault] = []

    def of(self, file: str) -> tuple[Path | None, dict[str, Source] | None]:
        """The catalogue of a file, as path and entries; entries are None if it cannot be used."""
        path = find_catalogue(file)
        if path is None:
            return None, {}
        if path not in self._read:
            self._read[path] = None
            try:
                self._read[path] = read_catalogue(path)
            except ScenarioError as error:
                self.faults.extend(error.faults)
        return path, self._read[path]


def _unusable(source: object, file: str, catalogues: Catalogues) -> tuple[str, str | None] | None:
    """What would be allowed instead, and the nearest key, if a source cannot be used."""
    if not isinstance(source, str):
        return f'a key of {CATALOGUE} in quotes, or "assumption: why"', None
    if _ASSUMPTION.fullmatch(source):
        return None
    if source.startswith("assumption"):
        return 'an assumption with its reason, "assumption: why"', None
    path, catalogue = catalogues.of(file)
    if catalogue is None or source in catalogue:
        return None
    where = f"a key of {path}" if path else f"a key of {CATALOGUE} (there is none in this folder or above)"
    return f'{where}, or "assumption: why"', nearest(source, catalogue)


def assign(document: Document, prefix: Loc, catalogues: Catalogues) -> tuple[dict[Loc, str], list[tuple[Loc, Fault]]]:
    """Find the source of every figure of one file.

    Parameters
    ----------
    document
        The file, with its `[sources]`.
    prefix
        Where the file's tables stand in the scenario: `()` or `("theatre",)`.
    catalogues
        Catalogues read so far.

    Returns
    -------
    tuple
        Place in the file -> source, for every figure that has one; and the faults, each with the place it is about.
    """
    faults: list[tuple[Loc, Fault]] = []

    def blame(loc: Loc, found: str, allowed: str, near: str | None = None) -> None:
        faults.append((prefix + loc, _fault(document, loc, found, allowed, near, prefix)))

    table = document.data.get("sources", {})
    if not isinstance(table, dict):
        blame(("sources",), show(table), "a table")
        return {}, faults
    values = dict(leaves({key: value for key, value in document.data.items() if key not in {"sources", "extends"}}))
    known: dict[Loc, None] = {loc[:length]: None for loc in values for length in range(1, len(loc) + 1)}
    given: dict[Loc, str] = {}
    for loc, text in leaves(table):
        at: Loc = ("sources", *loc)
        unusable = _unusable(text, document.file, catalogues)
        if unusable is not None:
            blame(at, show(text), *unusable)
        key = tuple(part for name in loc for part in str(name).split("."))
        if key not in known:
            near = nearest(dotted(key), [dotted(one) for one in known]) if len(faults) < 200 else None
            found = f"a source for '{dotted(key)}', which this file does not set"
            faults.append((prefix + key, _fault(document, at, found, "a key of this file", near, prefix)))
        given[key] = text if isinstance(text, str) else ""
    sources: dict[Loc, str] = {}
    for loc, value in values.items():
        if not is_figure(value) or loc == ("schema_version",):
            continue
        source = next((given[loc[:length]] for length in range(len(loc), 0, -1) if loc[:length] in given), None)
        if source is None:
            name = dotted(loc)
            blame(loc, f"{show(value)} without a source", f'a line in [sources], like "{name}" = "assumption: why"')
        else:
            sources[loc] = source
    return sources, faults
