"""Columns of vehicles run side by side, row by row: the recursion of :mod:`sim.responses.queues` as array arithmetic.

The n-th vehicles of all columns are a row. A row takes a few operations on arrays as wide as there are columns, so that
a vehicle costs nanoseconds if columns are many. Bands of rows are read from the flat list of vehicles and turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OpenTimes = Sequence[tuple[float, float]]
"""When a post is open: [opens, closes) [s], in order, none touching the next; `inf` for one that stays open."""

_N_COLUMNS = 160
"""Columns read at a time."""


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
        self._select()
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
        """Run the next `n_rows` vehicles of each column that has them; write their waits, `inf` for no check."""
        rows = np.arange(self._row, min(self._row + n_rows, int(self._n[0])))
        widths = np.searchsorted(-self._n, -rows, side="left")
        self._row += n_rows
        if not len(rows):
            return
        width, is_full = int(widths[0]), bool(widths[-1] == widths[0])
        begins = self._first[:width] + rows[0]
        arrival_s, service_s = (_rows(of_all, begins, len(rows)) for of_all in (self._arrival_s, self._service_s))
        before_s = self.free_s[:, :width].copy()
        start_s = np.empty_like(arrival_s) if is_full else np.zeros_like(arrival_s)
        self._recur(arrival_s, service_s, start_s, widths)
        exists = None if is_full else rows[:, None] < self._n[:width]
        late = self.free_s[0, :width] >= self._until_s[:width]
        if late.any():
            self._undo(np.flatnonzero(late), before_s, start_s, service_s, exists)
        if wait_s is None:
            return
        np.subtract(start_s, arrival_s, out=start_s)
        if exists is None:
            sliding_window_view(wait_s, len(rows), writeable=True)[begins] = start_s.T
        else:
            wait_s[(self._first[:width] + rows[:, None])[exists]] = start_s[exists]

    def _recur(self, arrival_s: Floats, service_s: Floats, start_s: Floats, widths: Ints) -> None:
        """One row after the other: all that is slow is here."""
        maximum, minimum, add = np.maximum, np.minimum, np.add
        n_last, last_width = len(self.free_s) - 1, -1
        for row, width in enumerate(widths.tolist()):
            if width != last_width:
                last_width = width
                free = [lane[:width] for lane in self.free_s]
                pairs = list(pairwise(free))
                end = np.empty(width)
            arrival, service, start = arrival_s[row, :width], service_s[row, :width], start_s[row, :width]
            maximum(arrival, free[0], out=start)
            if self._gates is not None:
                self._hold(start)
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
        self, late: Ints, before_s: Floats, start_s: Floats, service_s: Floats, exists: NDArray[np.bool_] | None
    ) -> None:
        """Take back the checks that would begin too late."""
        begins = start_s[:, late] < self._until_s[late]
        start_s[:, late] = np.where(begins, start_s[:, late], np.inf)
        if exists is not None:
            begins &= exists[:, late]
        ends_s = np.where(begins, start_s[:, late] + service_s[:, late], -np.inf)
        n_lanes = len(self.free_s)
        self.free_s[:, late] = np.sort(np.vstack([before_s[:, late], ends_s]), axis=0)[-n_lanes:]


def _rows(of_all: Floats, begins: Ints, n_rows: int) -> Floats:
    """Rows of the columns that begin there, shape (n_rows, n_columns); what lies beyond a column is of no account.

    Reading some columns at a time and turning them is three times as fast as gathering rows from all of memory.
    """
    if begins.max() + n_rows <= len(of_all):
        rows = np.empty((n_rows, len(begins)))
        columns = sliding_window_view(of_all, n_rows)
        for first in range(0, len(begins), _N_COLUMNS):
            some = slice(first, first + _N_COLUMNS)
            rows[:, some] = columns[begins[some]].T
        return rows
    return np.asarray(of_all[np.minimum(begins + np.arange(n_rows)[:, None], len(of_all) - 1)])
