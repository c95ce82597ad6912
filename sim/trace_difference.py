"""The first difference of two traces: where one first holds a row that the other does not.

Both are given as batches of :mod:`sim.trace_table`, whose rows are sorted by time, kind, entity, place and value. They
are compared row by row, a stretch at a time, so that neither is ever in memory as a whole. What a trace is *of* (its
policy, troop level, replication) is not compared: it is what is asked about.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.trace import EventKind

N_BEFORE = 3
N_AFTER = 6
_TEXTS = ("kind", "entity", "place")


class Holder(Enum):
    """Which of two traces have a row."""

    BOTH = "both"
    ONE = "one"
    OTHER = "other"


class Row(NamedTuple):
    """What happened: `time_s` [s] after the start, `kind` the lowercase name of a :class:`sim.trace.EventKind`."""

    time_s: int
    kind: str
    entity: str
    place: str
    value: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two traces first differ.

    Attributes
    ----------
    index : int
        Number of rows before it, which both have.
    before : tuple of Row
        The last of these.
    one, other : tuple of Row
        The next rows of each, from the difference on; empty if the trace is over.
    after : tuple of (Holder, Row)
        The next rows of the two together, sorted, with who has each. A row is here only if it is known which have it.
    n_rows : (int, int)
        How many rows each has in all.
    """

    index: int
    before: tuple[Row, ...]
    one: tuple[Row, ...]
    other: tuple[Row, ...]
    after: tuple[tuple[Holder, Row], ...]
    n_rows: tuple[int, int]

    @property
    def is_of_value(self) -> bool:
        """Whether both have the row, with another value."""
        return bool(self.one and self.other) and self.one[0][:-1] == self.other[0][:-1]

    @property
    def is_in_one(self) -> bool:
        """Whether the row that comes first is the one's, and the other lacks it; of no use if only a value differs."""
        return not self.other or (bool(self.one) and _rank(self.one[0]) < _rank(self.other[0]))


def first_difference(
    one: Iterable[Any], other: Iterable[Any], *, n_before: int = N_BEFORE, n_after: int = N_AFTER
) -> Difference | None:
    """Find the first row in which two traces differ.

    Parameters
    ----------
    one, other : iterable of pyarrow.RecordBatch
        The traces, as :func:`sim.trace_table.tabulate` or :func:`sim.trace_table.select` yields them.
    n_before, n_after : int
        How many rows are shown before it, and from it on.

    Returns
    -------
    Difference or None
        None if they are equal.
    """
    sides = _Side(one), _Side(other)
    codes: dict[str, dict[str, int]] = {name: {} for name in _TEXTS}
    before: deque[Row] = deque(maxlen=n_before)
    index = 0
    while (n := min(len(side.stretch()) for side in sides)) > 0:
        pair = [side.stretch().slice(0, n) for side in sides]
        differs = np.zeros(n, dtype=bool)
        for name in (*_TEXTS, "time_s", "value"):
            columns = [_comparable(batch.column(name), codes.get(name)) for batch in pair]
            differs |= columns[0] != columns[1]
        n_equal = int(np.argmax(differs)) if differs.any() else n
        index += n_equal
        before.extend(_rows(pair[0].slice(max(n_equal - n_before, 0), min(n_equal, n_before))))
        for side in sides:
            side.skip(n_equal)
        if n_equal < n:
            break
    if all(len(side.stretch()) == 0 for side in sides):
        return None
    mine, its = (side.head(n_after) for side in sides)
    after = tuple(itertools.islice(_merged(mine, its), n_after))
    return Difference(index, tuple(before), mine, its, after, (index + sides[0].count(), index + sides[1].count()))


def _merged(one: Sequence[Row], other: Sequence[Row]) -> Iterator[tuple[Holder, Row]]:
    """The rows of two traces together; if n of each are given, the first n that come out are right."""
    mine, its = deque(one), deque(other)
    while mine or its:
        if mine and its and mine[0] == its[0]:
            its.popleft()
            yield Holder.BOTH, mine.popleft()
        elif not its or (mine and _rank(mine[0]) < _rank(its[0])):
            yield Holder.ONE, mine.popleft()
        else:
            yield Holder.OTHER, its.popleft()


class _Side:
    """The rows of a trace that are still to be compared."""

    def __init__(self, batches: Iterable[Any]) -> None:
        self._batches: Iterator[Any] = (batch for batch in batches if len(batch))
        self._ahead: deque[Any] = deque()

    def stretch(self) -> Any:
        """The next rows, as many as come together; none if the trace is over."""
        if not self._ahead:
            self._ahead.extend(batch for batch in [next(self._batches, None)] if batch is not None)
        return self._ahead[0] if self._ahead else ()

    def skip(self, n: int) -> None:
        """Leave out the next n rows of the stretch."""
        if n:
            batch = self._ahead.popleft()
            if n < len(batch):
                self._ahead.appendleft(batch.slice(n))

    def head(self, n: int) -> tuple[Row, ...]:
        """The next n rows, or as many as there are, which stay the next."""
        self.stretch()
        while sum(map(len, self._ahead)) < n and (batch := next(self._batches, None)) is not None:
            self._ahead.append(batch)
        return tuple(row for batch in self._ahead for row in _rows(batch.slice(0, n)))[:n]

    def count(self) -> int:
        """How many rows are left, which are then gone."""
        n = sum(map(len, self._ahead)) + sum(map(len, self._batches))
        self._ahead.clear()
        return n


def _comparable(column: Any, codes: dict[str, int] | None) -> NDArray[Any]:
    """Numbers that are equal where the values of a column are; texts of both traces share their codes."""
    if codes is None:
        values: NDArray[Any] = column.to_numpy()
        return values
    labels = [codes.setdefault(label, len(codes)) for label in column.dictionary.to_pylist()]
    coded: NDArray[Any] = np.array(labels, dtype=np.int64)[column.indices.to_numpy()]
    return coded


def _rows(batch: Any) -> Sequence[Row]:
    return [Row(*(row[name] for name in Row._fields)) for row in batch.to_pylist()]


def _rank(row: Row) -> tuple[int, EventKind, str, str, float]:
    """By what rows are sorted."""
    return row.time_s, EventKind[row.kind.upper()], row.entity, row.place, row.value
