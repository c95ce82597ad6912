"""The log: everything that happened in one replication that a folder of results keeps, to be searched in the page.

It is the first trace that the folder keeps. If that has more rows than a page can carry, the log has every row of the
rarer kinds and none of the commonest, which are visits and tours where it matters; it says how many rows that leaves
out, and with which command they are seen. Rows go to the page as columns in one JSON text, each name once, times as
steps.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.engines import Job
from sim.report.shell import command, path_word
from sim.store import read_scenario, read_trace, traces
from sim.trace_table import Key, select

MOST_BYTES = 460_000
"""Of the rows as they stand in the page, packed."""
MOST_ROWS = 150_000
N_SHOWN = 50
"""Rows that are there without scripts."""
_TEXTS = ("kind", "entity", "place")


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """A trace for a page.

    Attributes
    ----------
    run : str
        Which replication of what.
    n_traces : int
        How many traces the folder keeps.
    command : str
        The command that lists all of it.
    kinds : dict of str to int
        Rows of each kind that are in the log, the rarest first.
    left_out : dict of str to int
        Rows of each kind that are not.
    begin, end : str
        Time of the first and the last row in the log, ISO 8601.
    first : tuple of tuple of str
        The first rows, as time, kind, entity, place and value.
    content : bytes
        All rows, as the page's script reads them: JSON with `start`, the names in `kinds`, `entities`, `places` and
        `values`, and for each row the seconds since the one before, in `time`, and the number of each name.
    """

    run: str
    n_traces: int
    command: str
    kinds: dict[str, int]
    left_out: dict[str, int]
    begin: str
    end: str
    first: tuple[tuple[str, ...], ...]
    content: bytes

    @property
    def n_rows(self) -> int:
        """How many rows there are in the log."""
        return sum(self.kinds.values())

    @property
    def command_for_the_rest(self) -> str:
        """The command that lists what is left out."""
        return " ".join([self.command, *(f"--kind {kind}" for kind in self.left_out)])


def trace_log(directory: str | Path) -> Log | None:
    """Make the log of a folder of results.

    Parameters
    ----------
    directory : str or Path
        The folder.

    Returns
    -------
    Log or None
        None if the folder keeps no trace, or one without a row.

    Raises
    ------
    StoreError
        If it holds no results, or they cannot be read.
    """
    there = traces(directory)
    if not there:
        return None
    key = there[0]
    start = np.datetime64(read_scenario(directory).horizon.start, "s")
    counts = _count(read_trace(directory, key))
    rarest = sorted(counts, key=lambda kind: (counts[kind], kind))
    while rarest and sum(counts[kind] for kind in rarest) > MOST_ROWS:
        rarest.pop()
    while rarest:
        rows = _Rows.of(select(read_trace(directory, key), kinds=rarest))
        content = rows.as_json(start)
        if _packed_size(content) <= MOST_BYTES:
            break
        rarest.pop()
    if not rarest:
        return None
    left_out = {kind: counts[kind] for kind in sorted(counts) if kind not in rarest}
    return Log(
        run=str(Job(*key, seed=0)),
        n_traces=len(there),
        command=_command(Path(directory), key),
        kinds={kind: counts[kind] for kind in rarest},
        left_out=left_out,
        begin=_iso(start, rows.time_s[0]),
        end=_iso(start, rows.time_s[-1]),
        first=rows.first(start),
        content=content,
    )


class _Rows:
    """Columns of rows, with each name once."""

    def __init__(self) -> None:
        self.time_s: list[int] = []
        self.codes: dict[str, list[int]] = {name: [] for name in (*_TEXTS, "value")}
        self.names: dict[str, dict[str, int]] = {name: {} for name in self.codes}

    @classmethod
    def of(cls, batches: Iterable[Any]) -> _Rows:
        """The rows of batches of a trace."""
        rows = cls()
        for batch in batches:
            rows.time_s += batch.column("time_s").to_pylist()
            for name in _TEXTS:
                column = batch.column(name)
                rows._add(name, column.dictionary.to_pylist(), column.indices.to_numpy())
            values, indices = np.unique(batch.column("value").to_numpy(), return_inverse=True)
            rows._add("value", [f"{value:g}" for value in values.tolist()], indices)
        return rows

    def _add(self, name: str, labels: list[str], indices: Any) -> None:
        used = np.unique(indices).tolist()
        names, codes = self.names[name], np.zeros(len(labels), dtype=np.int64)
        codes[used] = [names.setdefault(labels[i], len(names)) for i in used]
        self.codes[name] += codes[indices].tolist()

    def as_json(self, start: np.datetime64) -> bytes:
        """All of it for the page's script."""
        steps_s = np.diff(np.array(self.time_s, dtype=np.int64), prepend=0).tolist()
        columns = {"time": steps_s, **self.codes}
        names = {"kinds": "kind", "entities": "entity", "places": "place", "values": "value"}
        labels = {plural: list(self.names[name]) for plural, name in names.items()}
        content = {"start": str(start), **labels, **columns}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()

    def first(self, start: np.datetime64) -> tuple[tuple[str, ...], ...]:
        """The first rows in words."""
        names = {name: list(labels) for name, labels in self.names.items()}
        return tuple(
            (
                _iso(start, time_s).replace("T", " "),
                *(names[name][codes[i]] for name, codes in self.codes.items()),
            )
            for i, time_s in enumerate(self.time_s[:N_SHOWN])
        )


def _count(batches: Iterable[Any]) -> Counter[str]:
    """How many rows there are of each kind."""
    counts: Counter[str] = Counter()
    for batch in batches:
        column = batch.column("kind")
        labels = column.dictionary.to_pylist()
        n = np.bincount(column.indices.to_numpy(), minlength=len(labels)).tolist()
        counts.update({label: one for label, one in zip(labels, n, strict=True) if one})
    return counts


def _packed_size(content: bytes) -> int:
    """Bytes of it in the page, deflated and in base64."""
    return -(-len(zlib.compress(content, 9)) // 3) * 4


def _iso(start: np.datetime64, time_s: int) -> str:
    return str(start + np.timedelta64(time_s, "s"))


def _command(directory: Path, key: Key) -> str:
    """The command that lists a trace."""
    policy, troops, replication = key
    parts = ["peacesim", "trace", path_word(directory), "--policy", policy]
    parts += [] if troops is None else ["--troops", str(troops)]
    return command([*parts, "--replication", str(replication)])
