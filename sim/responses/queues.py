"""Queues of vehicles at posts with several lanes, first come first served: exact waits by recursion, no event list.

Kiefer and Wolfowitz (1955): keep when each lane comes free, sorted. A vehicle starts its check when it has arrived and
the first lane is free; that lane's time is replaced by the end of the check. After any number of vehicles the lanes'
times are the largest of all ends of checks so far.

A post is *open* or *closed*. A check that has begun is finished, come what may. What becomes of the others when a post
closes is a :class:`Closing`.

Vehicles come as *columns*: consecutive vehicles of one post, short enough that very many columns can be run side by
side, row by row, as arrays. All of them are first run from an empty post. Then those are run again, from the lanes that
the column before left, for which that can matter, and so on until nothing changes: the result is exact. A second run
stops as soon as it has caught up with the first, which behind a lull is after a few vehicles. A post that is overloaded
day and night never catches up: its columns are run one after the other.

References
----------
Kiefer, J. and Wolfowitz, J. (1955). On the theory of queues with many servers. Transactions of the American
Mathematical Society 78(1), 1-18.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OpenTimes = Sequence[tuple[float, float]]
"""When a post is open: [opens, closes) [s], in order, none touching the next; `inf` for one that stays open."""

_N_ROWS = 48
_N_ROWS_AGAIN = 12
_N_COLUMNS = 160


class Closing(Enum):
    """What a post that closes does with vehicles not under check, and with those that arrive while it is closed."""

    WAVES_THROUGH = auto()
    """They pass unchecked, at once: an unmanned checkpoint."""
    HOLDS = auto()
    """They wait until it opens: a closed crossing point."""


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


class _Gates:
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


class _SideBySide:
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
        gates: _Gates | None,
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


def run_columns(
    arrival_s: Floats,
    service_s: Floats,
    columns: Columns,
    free_s: Floats,
    *,
    held: Sequence[OpenTimes] | None = None,
) -> tuple[Floats, Floats]:
    """Waits of all vehicles in the columns.

    Parameters
    ----------
    arrival_s, service_s
        Arrival and length of the check of each vehicle [s]; in a column in order of arrival.
    columns
        Which vehicles queue where.
    free_s
        When each post's lanes come free, sorted [s], shape (n_posts, n_lanes); `-inf` for lanes never used.
    held
        For each post when it is open, if a closed post holds its vehicles; None: open whenever vehicles arrive.

    Returns
    -------
    wait_s : array of float, shape (n_vehicles,)
        From arrival to start of the check [s]; `inf` if no check began before `until_s`, nan outside the columns.
    free_s : array of float, shape (n_posts, n_lanes)
        When the lanes come free after the last column [s]. A lane that is free at the next arrival may have any
        earlier time.
    """
    is_all = bool(columns.n.sum() == len(arrival_s))
    wait_s = np.empty_like(arrival_s) if is_all else np.full(len(arrival_s), np.nan)
    columns = columns.without_empty()
    n_columns, (_, n_lanes) = len(columns.n), free_s.shape
    if not n_columns:
        return wait_s, free_s
    queue = _Queue(arrival_s, service_s, columns, None if held is None else _Gates(held), wait_s)
    used_s = np.full((n_lanes, n_columns), -np.inf)
    final_s = np.empty_like(used_s)
    queue.run(np.arange(n_columns), used_s, final_s)
    is_first = np.append(True, columns.post[1:] != columns.post[:-1])
    harmless_s = _harmless_until(arrival_s, columns, n_lanes)
    never_caught_up = np.zeros(n_columns, dtype=bool)
    while True:
        carried_s = np.where(is_first, free_s.T[:, columns.post], np.roll(final_s, 1, axis=1))
        again = (np.maximum(carried_s, harmless_s) != np.maximum(used_s, harmless_s)).any(axis=0)
        if not again.any():
            break
        # Where the column before will change what it hands on once more, wait for it.
        again &= is_first | ~np.roll(again & never_caught_up, 1)
        alone, beside = np.flatnonzero(again & never_caught_up), np.flatnonzero(again & ~never_caught_up)
        if len(alone):
            queue.run(alone, carried_s, final_s)
        never_caught_up[queue.run_beside(beside, used_s, carried_s, final_s)] = True
        used_s[:, again] = carried_s[:, again]
    is_last = np.append(is_first[1:], True)
    left_s = free_s.copy()
    left_s[columns.post[is_last]] = final_s[:, is_last].T
    return wait_s, left_s


def _harmless_until(arrival_s: Floats, columns: Columns, n_lanes: int) -> Floats:
    """How late the lanes, sorted, may come free without putting off a check; shape (n_lanes, n_columns).

    The k-th vehicle finds the k-th lane free if that lane is free when it arrives, whatever the checks before it do.
    """
    nth = np.minimum(np.arange(n_lanes)[:, None], columns.n - 1)
    return np.asarray(arrival_s[columns.first + nth])


@dataclass(frozen=True, slots=True)
class _Queue:
    """All columns, and the waits that runs of them write."""

    arrival_s: Floats
    service_s: Floats
    columns: Columns
    gates: _Gates | None
    wait_s: Floats

    def run(self, which: Ints, from_s: Floats, final_s: Floats) -> None:
        """Run some columns from given lanes; write what they leave into `final_s`."""
        run = self._start(which, from_s)
        for _ in range(0, int(self.columns.n[which].max()), _N_ROWS):
            run.advance(_N_ROWS, self.wait_s)
        final_s[:, run.which] = run.free_s

    def run_beside(self, which: Ints, used_s: Floats, carried_s: Floats, final_s: Floats) -> Ints:
        """Run some columns from the lanes carried over until they are in the same state as from those used before.

        Returns
        -------
        The columns that never were.
        """
        old, new = self._start(which, used_s), self._start(which, carried_s)
        never = [np.empty(0, dtype=np.int64)]
        n_rows = _N_ROWS_AGAIN
        while len(new.which):
            old.advance(n_rows, None)
            new.advance(n_rows, self.wait_s)
            n_rows = min(2 * n_rows, _N_ROWS)
            is_finished = new.is_finished
            never.append(new.which[is_finished])
            final_s[:, never[-1]] = new.free_s[:, is_finished]
            old.keep(~is_finished)
            new.keep(~is_finished)
            now_s = new.next_arrival_s
            differs = (np.maximum(old.free_s, now_s) != np.maximum(new.free_s, now_s)).any(axis=0)
            old.keep(differs)
            new.keep(differs)
        return np.concatenate(never)

    def _start(self, which: Ints, from_s: Floats) -> _SideBySide:
        return _SideBySide(self.arrival_s, self.service_s, self.columns, which, from_s[:, which], self.gates)


def queue_waits(
    arrival_s: ArrayLike,
    service_s: ArrayLike,
    *,
    n_lanes: int,
    open_times_s: OpenTimes = ((0.0, np.inf),),
    closing: Closing = Closing.HOLDS,
    end_s: float = np.inf,
    cut_s: Sequence[float] | None = None,
) -> Floats:
    """Waits of the vehicles at one post, from its arrivals, checks and open times.

    Parameters
    ----------
    arrival_s, service_s
        Arrival, in order, before `end_s`, and length of the check of each vehicle [s].
    n_lanes
        Lanes, at least 1.
    open_times_s
        When the post is open: [opens, closes) [s].
    closing
        What it does with its queue when it closes.
    end_s
        End of the run [s].
    cut_s
        Where to cut the vehicles into columns [s]: changes the time that it takes, never the result. None: evenly.

    Returns
    -------
    array of float, shape (n_vehicles,)
        From arrival to start of the check [s]; nan if waved through, `inf` if still waiting at `end_s`.

    Raises
    ------
    ValueError
        If the arrivals are not in order or not before `end_s`, a check is shorter than 0 s, there is no lane, or open
        times are not in order.

    Examples
    --------
    Two lanes, checks of three minutes, four vehicles at once; the post closes after two minutes for an hour:

    >>> queue_waits([0, 0, 0, 0], [180] * 4, n_lanes=2, open_times_s=[(0, 120), (3720, 9999)])
    array([   0.,    0., 3720., 3720.])
    >>> queue_waits([0, 0, 0, 0], [180] * 4, n_lanes=2, open_times_s=[(0, 120)], closing=Closing.WAVES_THROUGH)
    array([ 0.,  0., nan, nan])
    """
    arrival, service = np.asarray(arrival_s, dtype=float), np.asarray(service_s, dtype=float)
    if arrival.ndim != 1 or arrival.shape != service.shape or not np.all(np.diff(arrival) >= 0):
        raise ValueError("arrival_s and service_s are two lists of one length, arrivals in order")
    if not np.isfinite(arrival).all() or not (arrival < end_s).all() or not (service >= 0).all() or n_lanes < 1:
        raise ValueError("arrivals lie before end_s, checks last 0 s or more, and there is a lane")
    edges = [time_s for times in open_times_s for time_s in times]
    if any(a >= b for a, b in pairwise(edges)):
        raise ValueError("open_times_s are pairs (opens, closes) in order")
    if cut_s is None:
        cut_s = arrival[:: math.isqrt(len(arrival)) + _N_ROWS].tolist()
    waves = closing is Closing.WAVES_THROUGH
    times_s = np.unique([time_s for time_s in [*cut_s, *(edges if waves else [])] if np.isfinite(time_s)])
    bounds = np.concatenate([[0], np.searchsorted(arrival, times_s), [len(arrival)]])
    until_s, is_open = np.full(len(times_s) + 1, end_s), np.ones(len(times_s) + 1, dtype=bool)
    if waves:
        begins_s = np.concatenate([[-np.inf], times_s])
        until_s, is_open = open_until(begins_s, open_times_s, end_s)
    n = np.diff(bounds)
    columns = Columns(np.zeros(int(is_open.sum()), dtype=np.int64), bounds[:-1][is_open], n[is_open], until_s[is_open])
    free_s = np.full((1, n_lanes), -np.inf)
    wait_s, _ = run_columns(arrival, service, columns, free_s, held=None if waves else [open_times_s])
    if waves:
        closes = np.repeat(until_s < end_s, n)
        wait_s[closes & np.isinf(wait_s)] = np.nan
    return wait_s


def open_until(time_s: Floats, open_times_s: OpenTimes, end_s: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Whether a post is open at each time, and if so until when [s], at most `end_s`; else `end_s`."""
    opens_s, closes_s = np.array(open_times_s, dtype=float).reshape(-1, 2).T
    at = np.searchsorted(opens_s, time_s, side="right") - 1
    is_open = (at >= 0) & (time_s < np.append(closes_s, -np.inf)[at])
    until_s = np.where(is_open, np.minimum(np.append(closes_s, -np.inf)[at], end_s), end_s)
    return until_s, is_open
