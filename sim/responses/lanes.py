"""Columns of vehicles run side by side, row by row: the recursion of :mod:`sim.responses.queues` as array arithmetic.

The n-th vehicles of all columns are a row. A row takes a few operations on arrays as wide as there are columns, so that
a vehicle costs nanoseconds if columns are many. Bands of rows are read from the flat list of vehicles and turned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OpenTimes = Sequence[tuple[float, float]]
"""When a post is open: [opens, closes) [s], in order, none touching the next; `inf` for one that stays open."""

N_ROWS = 144
"""Rows run at a time, at most: reading fewer vehicles of a column at once is slower."""

_N_CELLS = 400_000
"""Vehicles run at a time, about, at most."""

_N_COLUMNS = 256
"""Columns read or written at a time."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Stretches of consecutive vehicles; those of a post in the order of time, one post after the other.

    Attributes
    ----------
    post, first, n
        Index of the post, index of the first vehicle, number of vehicles; shape (n_columns,).
    until_s
        A check must begin before [s]: when the post closes, if it then waves its vehicles through, or the run ends.
    """

    post: Ints
    first: Ints
    n: Ints
    until_s: Floats

    def without_empty(self) -> Columns:
        """Columns that have vehicles."""
        kept = self.n > 0
        return self if kept.all() else Columns(self.post[kept], self.first[kept], self.n[kept], self.until_s[kept])


class Gates:
    """Open times of posts that hold their vehicles, as flat arrays that end, for each post, with "never again"."""

    def __init__(self, open_times: Sequence[OpenTimes]) -> None:
        self.begin = np.cumsum([0, *(len(times) + 1 for times in open_times)])
        flat = [one for times in open_times for one in (*times, (np.inf, np.nan))]
        self.opens_s, self.closes_s = np.array(flat, dtype=float).reshape(-1, 2).T.copy()

    def at(self, post: Ints, time_s: Floats) -> Ints:
        """Index of the first open time that ends after `time_s`, for each post."""
        found = [
            self.begin[one] + np.searchsorted(self.closes_s[self.begin[one] : self.begin[one + 1] - 1], when, "right")
            for one, when in zip(post.tolist(), time_s.tolist(), strict=True)
        ]
        return np.array(found, dtype=np.int64)


class SideBySide:
    """Columns that are run side by side, the longest first, from given lanes.

    Parameters
    ----------
    arrival_s, service_s
        Of all vehicles [s].
    columns, which
        All columns, and the indices of those to run.
    free_s
        When the lanes come free at first, sorted [s], shape (n_lanes, len(which)).
    gates
        When the posts are open, if they hold their vehicles.
    """

    def __init__(
        self,
        arrival_s: Floats,
        service_s: Floats,
        columns: Columns,
        which: Ints,
        free_s: Floats,
        gates: Gates | None,
    ) -> None:
        order = np.argsort(-columns.n[which], kind="stable")
        self._arrival_s, self._service_s, self._columns, self._gates = arrival_s, service_s, columns, gates
        self.which = which[order]
        self.free_s = np.ascontiguousarray(free_s[:, order])
        self._row = 0
        self.n_rows = min(N_ROWS, 12 + _N_CELLS // max(len(which), 1))
        self._select()
        # Used again and again, as new memory is slow: arrivals that become waits, checks, starts of checks.
        self._band = np.zeros((3, min(self.n_rows, self._n.max(initial=0)), len(which)))
        if gates is not None:
            self._gate = gates.at(columns.post[self.which], arrival_s[self._first])

    def _select(self) -> None:
        self._first, self._n = self._columns.first[self.which], self._columns.n[self.which]
        self._until_s = self._columns.until_s[self.which]

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Go on with some of the columns only."""
        self.which, self.free_s = self.which[kept], np.ascontiguousarray(self.free_s[:, kept])
        self._select()
        if self._gates is not None:
            self._gate = self._gate[kept]

    @property
    def is_finished(self) -> NDArray[np.bool_]:
        """Which columns have no vehicles left."""
        return self._n <= self._row

    @property
    def next_arrival_s(self) -> Floats:
        """Arrival of each column's next vehicle; none may be finished."""
        return self._arrival_s[self._first + self._row]

    def advance(self, n_rows: int, wait_s: Floats | None) -> None:
        """Run the next `n_rows` vehicles of each column that has them; write their waits, `inf` for no check.

        `n_rows` may not exceed `self.n_rows`.
        """
        rows = np.arange(self._row, min(self._row + n_rows, int(self._n[0])))
        widths = np.searchsorted(-self._n, -rows, side="left")
        self._row += n_rows
        if not len(rows):
            return
        width, n_full = int(widths[0]), int(widths[-1])
        begins = self._first[:width] + rows[0]
        waited_s, service_s, start_s = self._band[:, : len(rows), :width]
        _read(self._arrival_s, begins, waited_s)
        _read(self._service_s, begins, service_s)
        before_s = self.free_s[:, :width].copy()
        self._recur(waited_s, service_s, start_s, widths)
        late = self.free_s[0, :width] >= self._until_s[:width]
        if late.any():
            self._undo(np.flatnonzero(late), before_s, waited_s, service_s, start_s, rows)
        if wait_s is None:
            return
        columns = sliding_window_view(wait_s, len(rows), writeable=True)
        for some in _bands(n_full):
            columns[begins[some]] = waited_s[:, some].T
        ends = (self._first + self._n)[n_full:width].tolist()
        for at, (begin, end) in enumerate(zip(begins[n_full:].tolist(), ends, strict=True), n_full):
            wait_s[begin:end] = waited_s[: end - begin, at]

    def _recur(self, arrival_s: Floats, service_s: Floats, start_s: Floats, widths: Ints) -> None:
        """One row after the other, arrivals become waits: all that is slow is here."""
        maximum, minimum, add, subtract = np.maximum, np.minimum, np.add, np.subtract
        n_last, last_width = len(self.free_s) - 1, -1
        for arrival, service, start, width in zip(arrival_s, service_s, start_s, widths.tolist(), strict=True):
            if width != last_width:
                last_width = width
                free = [lane[:width] for lane in self.free_s]
                pairs = list(pairwise(free))
                end = np.empty(width)
            if width < len(arrival):
                arrival, service, start = arrival[:width], service[:width], start[:width]
            maximum(arrival, free[0], out=start)
            if self._gates is not None:
                self._hold(start)
            subtract(start, arrival, out=arrival)
            if not n_last:
                add(start, service, out=free[0])
                continue
            add(start, service, out=end)
            for lower, upper in pairs[:-1]:
                minimum(end, upper, out=lower)
                maximum(end, upper, out=end)
            lower, upper = pairs[-1]
            minimum(end, upper, out=lower)
            maximum(end, upper, out=upper)

    def _hold(self, start_s: Floats) -> None:
        """Put off checks that would start while the post is closed."""
        assert self._gates is not None
        gate = self._gate[: len(start_s)]
        while (late := start_s >= self._gates.closes_s[gate]).any():
            gate[late] += 1
        np.maximum(start_s, self._gates.opens_s[gate], out=start_s)

    def _undo(
        self, late: Ints, before_s: Floats, waited_s: Floats, service_s: Floats, start_s: Floats, rows: Ints
    ) -> None:
        """Take back the checks that would begin too late."""
        begins = start_s[:, late] < self._until_s[late]
        waited_s[:, late] = np.where(begins, waited_s[:, late], np.inf)
        begins &= rows[:, None] < self._n[late]
        ends_s = np.where(begins, start_s[:, late] + service_s[:, late], -np.inf)
        n_lanes = len(self.free_s)
        self.free_s[:, late] = np.sort(np.vstack([before_s[:, late], ends_s]), axis=0)[-n_lanes:]


def _read(of_all: Floats, begins: Ints, rows: Floats) -> None:
    """Fill rows of the columns that begin there; what lies beyond a column is of no account."""
    last = len(of_all) - len(rows)
    columns, inside = sliding_window_view(of_all, len(rows)), np.minimum(begins, last)
    for some in _bands(len(begins)):
        rows[:, some] = columns[inside[some]].T
    for at in np.flatnonzero(begins > last).tolist():
        rows[: len(of_all) - begins[at], at] = of_all[begins[at] :]


def _bands(n_columns: int) -> Iterator[slice]:
    """Some columns at a time: turning those is twice as fast as turning all at once."""
    for first in range(0, n_columns, _N_COLUMNS):
        yield slice(first, min(first + _N_COLUMNS, n_columns))
