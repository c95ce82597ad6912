"""Tables laid over each other: a scenario over the one that it extends, settings over both.

A *place* says for each key of the merged tables which file set it, on which line, and with which source. A table over a
table is merged key by key; anything else replaces what was there, lists as a whole, and so does an empty table from the
settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sim.scenario.errors import Fault, Loc, dotted

SETTINGS = "--set"


class Place(NamedTuple):
    """Where a key was set; `source` is empty where none is needed."""

    file: str
    line: int | None
    source: str


def walk(value: object, loc: Loc) -> Iterator[Loc]:
    """A place and every place within it, tables and list items included."""
    yield loc
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*loc, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from walk(inner, (*loc, position))


@dataclass(slots=True)
class Layers:
    """The merged tables, and the place of every key."""

    file: str
    data: dict[str, object] = field(default_factory=dict)
    places: dict[Loc, Place] = field(default_factory=dict)

    def lay(self, data: dict[str, object], places: dict[Loc, Place]) -> None:
        """Lay tables over those there are."""
        self._lay(self.data, data, places, ())

    def _lay(self, under: dict[str, object], over: dict[str, object], places: dict[Loc, Place], loc: Loc) -> None:
        for key, value in over.items():
            here, old = (*loc, key), under.get(key)
            is_setting = places[here].file == SETTINGS
            if isinstance(value, dict) and isinstance(old, dict) and (value or not is_setting):
                if not is_setting:
                    self.places[here] = places[here]
                self._lay(old, value, places, here)
            else:
                self.drop(here, old)
                under[key] = value
                self.places.update((inner, places[inner]) for inner in walk(value, here))

    def drop(self, loc: Loc, value: object) -> None:
        """Forget the places of a value that is replaced."""
        for inner in walk(value, loc):
            self.places.pop(inner, None)

    def place(self, loc: Loc) -> Place:
        """Place of a key, or of the nearest table around it, or else the top of the file."""
        for length in range(len(loc), 0, -1):
            if loc[:length] in self.places:
                return self.places[loc[:length]]
        return Place(self.file, 1, "")

    def fault(self, loc: Loc, found: str, allowed: str, near: str | None = None, message: str = "") -> Fault:
        """A fault at a place."""
        file, line, _ = self.place(loc)
        message = message or f"found {found}; allowed is {allowed}"
        hint = f"; did you mean '{near}'?" if near else ""
        return Fault(file, line, dotted(loc), found, allowed, near, message + hint)
