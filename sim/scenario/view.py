"""What checks of agreement are made of: a :class:`View` of the merged tables, and checks that several tables share.

A view shows nothing of a value already found faulty, so that checks run, and report, whatever else is wrong. A check
compares only what it can see, and yields a :class:`Clash` for each thing that does not agree.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sim.scenario.errors import MAX_FAULTS_SHOWN, Loc, dotted, listed, nearest


class Clash(NamedTuple):
    """Two tables, or two keys of one, do not agree; `loc` is the key to change."""

    loc: Loc
    found: str
    allowed: str
    near: str | None = None


class View:
    """Merged tables of which the faulty values are hidden."""

    def __init__(self, data: dict[str, object], faulty: set[Loc]) -> None:
        self._data = data
        self._faulty = faulty
        self._around = {place[:length] for place in faulty for length in range(len(place) + 1)}
        self._n_hints = 0

    def at(self, *loc: str) -> object:
        """The value at a place; None if there is none to be relied on."""
        value: object = self._data
        for length, part in enumerate(loc, 1):
            if not isinstance(value, dict) or loc[:length] in self._faulty:
                return None
            value = value.get(part)
        return value

    def keys(self, *loc: str) -> list[str]:
        """Keys of a table; none if there is no table."""
        table = self.at(*loc)
        return list(table) if isinstance(table, dict) else []

    def has(self, *loc: str) -> bool:
        """Whether there is a table."""
        return isinstance(self.at(*loc), dict)

    def number(self, *loc: str) -> float | None:
        """A finite number, or None."""
        value = self.at(*loc)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            return float(value) if math.isfinite(value) else None
        except OverflowError:
            return None

    def day(self, *loc: str) -> dt.date | None:
        """A date, or None."""
        value = self.at(*loc)
        return value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None

    def text(self, *loc: str) -> str | None:
        """Text, or None."""
        value = self.at(*loc)
        return value if isinstance(value, str) else None

    def items(self, *loc: str) -> list[object]:
        """Items of a list; none if there is no list, or if one of them is faulty."""
        value = self.at(*loc)
        return list(value) if isinstance(value, list) and loc not in self._around else []

    def numbers(self, *loc: str) -> list[float] | None:
        """All values of a table of numbers; None if one of them cannot be relied on."""
        values = [self.number(*loc, key) for key in self.keys(*loc)]
        known = [value for value in values if value is not None]
        return known if self.has(*loc) and len(known) == len(values) else None

    def nearest(self, name: str, names: list[str]) -> str | None:
        """The name most like another; a file with very many faults gets none after those that are shown."""
        self._n_hints += 1
        return nearest(name, names) if self._n_hints <= MAX_FAULTS_SHOWN else None


def must_exist(view: View, loc: tuple[str, ...], name: str | None, table: tuple[str, ...]) -> Iterator[Clash]:
    """A name must be a key of a table, if that table can be relied on."""
    names = view.keys(*table)
    if name is not None and view.has(*table) and name not in names:
        found = f"'{name}', which is not in [{dotted(table)}]"
        yield Clash(loc, found, f"one of {listed(names)}", view.nearest(name, names))


def at_most(view: View, loc: tuple[str, ...], limit: tuple[str, ...]) -> Iterator[Clash]:
    """A number must not be more than another."""
    value, most = view.number(*loc), view.number(*limit)
    if value is not None and most is not None and value > most:
        yield Clash(loc, f"{value:g}", f"at most {dotted(limit)}, {most:g}")


def spread(view: View, loc: tuple[str, ...]) -> Iterator[Clash]:
    """A length of time must have a spread where its distribution needs one, and none where it has its own."""
    distribution, cv = view.text(*loc, "distribution"), view.number(*loc, "cv")
    if distribution in {"gamma", "lognormal"} and (cv == 0 or (view.has(*loc) and "cv" not in view.keys(*loc))):
        yield Clash((*loc, "cv"), "no spread", f"more than 0 for {distribution}")
    fixed = {"constant": 0.0, "exponential": 1.0}.get(distribution or "")
    if fixed is not None and cv is not None and cv != fixed:
        yield Clash((*loc, "cv"), f"{cv:g}", f"no cv for {distribution}, where it is {fixed:g}")


def each_once(view: View, loc: tuple[str, ...]) -> Iterator[Clash]:
    """Items of a list must differ."""
    for value in [value for value, count in Counter(map(str, view.items(*loc))).items() if count > 1]:
        yield Clash(loc, f"{value} more than once", "each once")


def must_be_given(view: View, loc: tuple[str, ...], name: str | None, table: tuple[str, ...]) -> Iterator[Clash]:
    """A name must be a key of a table that a file may leave out."""
    yield from must_exist(view, loc, name, table)
    if name is not None and table[0] not in view.keys():
        yield Clash(loc, f"'{name}', but there are no {table[0]}", f"a table {dotted((*table, name))}")


def must_be_sector(view: View, loc: tuple[str, ...], *, or_all: bool = False) -> Iterator[Clash]:
    """What stands at a place must be a sector, or `all` where that is allowed."""
    name = view.text(*loc)
    if not (or_all and name == "all"):
        yield from must_exist(view, loc, name, ("theatre", "sectors"))


def must_be_site(view: View, loc: tuple[str, ...], name: str) -> Iterator[Clash]:
    """A name must be that of a named site on the task list."""
    named, n_listed = view.keys("theatre", "named_sites"), view.number("tasks", "sites", "n")
    if not view.has("theatre"):
        return
    if name not in named:
        allowed = f"a named site of the theatre: {listed(named)}"
        yield Clash(loc, f"'{name}', which is no named site", allowed, view.nearest(name, named))
    elif n_listed is not None and name in named[int(n_listed) :]:
        allowed = f"one of the first {n_listed:g} sites, which tasks.sites.n puts on the task list"
        yield Clash(loc, f"'{name}', which is not on the task list", allowed)


def in_horizon(view: View, loc: tuple[str, ...], *, or_before: bool = False) -> Iterator[Clash]:
    """A day, or a date and time, must lie in the horizon, or before its end where that is enough."""
    value = view.at(*loc)
    start, end = view.day("horizon", "start"), view.day("horizon", "end")
    if not isinstance(value, dt.date) or start is None or end is None or end <= start:
        return
    day = value.date() if isinstance(value, dt.datetime) else value
    if day >= end or (day < start and not or_before):
        allowed = f"before horizon.end, {end}" if or_before else f"in the horizon, from {start} to before {end}"
        yield Clash(loc, f"the {'time' if isinstance(value, dt.datetime) else 'date'} {value}", allowed)
