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
from numpy.typing import ArrayLike, NDArray

from sim.responses.lanes import N_ROWS, Columns, Floats, Gates, Ints, OpenTimes, SideBySide

_N_ROWS_AGAIN = 12
"""The same at first in a run that may soon have caught up."""


class Closing(Enum):
    """What a post that closes does with vehicles not under check, and with those that arrive while it is closed."""

    WAVES_THROUGH = auto()
    """They pass unchecked, at once: an unmanned checkpoint."""
    HOLDS = auto()
    """They wait until it opens: a closed crossing point."""


def run_columns(
    arrival_s: Floats,
    service_s: Floats,
    columns: Columns,
    free_s: Floats,
    *,
    held: Sequence[OpenTimes] | None = None,
    out: Floats | None = None,
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
    out
        Where to write the waits.

    Returns
    -------
    wait_s : array of float, shape (n_vehicles,)
        From arrival to start of the check [s]; `inf` if no check began before `until_s`, nan outside the columns.
    free_s : array of float, shape (n_posts, n_lanes)
        When the lanes come free after the last column [s]. A lane that is free at the next arrival may have any
        earlier time.
    """
    wait_s = np.empty_like(arrival_s) if out is None else out
    if columns.n.sum() < len(wait_s):
        wait_s.fill(np.nan)
    columns = columns.without_empty()
    n_columns, (_, n_lanes) = len(columns.n), free_s.shape
    if not n_columns:
        return wait_s, free_s
    queue = _Queue(arrival_s, service_s, columns, None if held is None else Gates(held), wait_s)
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
    gates: Gates | None
    wait_s: Floats

    def run(self, which: Ints, from_s: Floats, final_s: Floats) -> None:
        """Run some columns from given lanes; write what they leave into `final_s`."""
        run = self._start(which, from_s)
        for _ in range(0, int(self.columns.n[which].max()), run.n_rows):
            run.advance(run.n_rows, self.wait_s)
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
            n_rows = min(2 * n_rows, old.n_rows)
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

    def _start(self, which: Ints, from_s: Floats) -> SideBySide:
        return SideBySide(self.arrival_s, self.service_s, self.columns, which, from_s[:, which], self.gates)


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
        cut_s = arrival[:: math.isqrt(len(arrival)) + N_ROWS].tolist()
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
