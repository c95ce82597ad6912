"""Vehicles at checkpoints and crossing points: who waits how long, and who passes unchecked.

Vehicles change nothing that troops do, so they are no processes: they are drawn and queued after the run, from the
trace's record of when each post was manned. The rules:

- A manned checkpoint checks vehicles in its lanes, first come first served. One that is not manned waves vehicles
  through unchecked: those that arrive, and those still queueing when it is left. A check under way is finished.
- A crossing point that is not manned is closed: its queue waits, and so do vehicles that arrive. A check under way is
  finished; the queue goes on when it opens.
- A wait goes from arrival to the start of the check; only a vehicle that is checked has one. A vehicle whose check has
  not begun when the run ends is *waiting*. Arrived = checked + waved through + waiting, whatever happens.

Sums are kept by sector and bin of time, by arrival: a wait counts where it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY, hours_to_s
from sim.processes.post import Post, list_posts
from sim.responses.lanes import Columns, OpenTimes
from sim.responses.queues import open_until, run_columns
from sim.responses.traffic import DAYS_PER_BLOCK, SECOND_PER_BLOCK, Traffic
from sim.responses.waits import WaitCounts
from sim.scenario.schema import CrossingVehicles, PostVehicles, Scenario, Task, VehicleRuns
from sim.streams import Streams
from sim.theatre import Layout
from sim.trace import Event, EventKind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_ALWAYS: OpenTimes = [(0, np.inf)]

_MAX_VEHICLES = 3_000_000
"""About as many vehicles are in memory at a time."""


@dataclass(frozen=True, slots=True)
class QueueSums:
    """Vehicles at the posts of a kind, by sector and bin of time, shape (n_sectors, n_bins), by arrival.

    Attributes
    ----------
    arrived, checked, waved_through, waiting
        Numbers of vehicles: arrived = checked + waved_through + waiting.
    wait_s
        Sum over the vehicles checked [s].
    wait_counts
        Waits of the vehicles that arrived after the warm-up and were checked.
    """

    arrived: Ints
    checked: Ints
    waved_through: Ints
    waiting: Ints
    wait_s: Floats
    wait_counts: WaitCounts

    @classmethod
    def zeros(cls, n_sectors: int, n_bins: int) -> QueueSums:
        """No vehicles."""
        arrived, checked, waved_through, waiting = np.zeros((4, n_sectors, n_bins), dtype=np.int64)
        return cls(arrived, checked, waved_through, waiting, np.zeros((n_sectors, n_bins)), WaitCounts(n_sectors))


@dataclass(frozen=True, slots=True)
class VehicleSums:
    """Vehicles at checkpoints, and at crossing points."""

    checkpoints: QueueSums
    crossing_points: QueueSums

    def both(self) -> QueueSums:
        """Sums over checkpoints and crossing points."""
        one, other = self.checkpoints, self.crossing_points
        return QueueSums(
            one.arrived + other.arrived,
            one.checked + other.checked,
            one.waved_through + other.waved_through,
            one.waiting + other.waiting,
            one.wait_s + other.wait_s,
            one.wait_counts + other.wait_counts,
        )


def simulates_vehicles(scenario: Scenario, troops: int | None) -> bool:
    """Whether the scenario wants the vehicles of a run at a troop level [soldiers], or at a policy's own strength."""
    match scenario.vehicles.runs if scenario.vehicles else VehicleRuns.NONE:
        case VehicleRuns.NONE:
            return False
        case VehicleRuns.TIMELINES:
            return troops is None
        case VehicleRuns.ALL:
            return True


def open_times(posts: Sequence[Post], events: Sequence[Event]) -> list[OpenTimes]:
    """When each post was manned: pairs of times [s], the last with `inf` if it was never left again.

    A post that is left and manned at the same instant was relieved, and stayed open.
    """
    times: dict[str, list[tuple[float, float]]] = {post.key: [] for post in posts}
    for event in events:
        if event.entity not in times:
            continue
        its_times = times[event.entity]
        if event.kind is EventKind.POST_MANNED:
            is_relief = bool(its_times) and its_times[-1][1] == event.time_s
            its_times.append((its_times.pop()[0] if is_relief else event.time_s, np.inf))
        elif event.kind is EventKind.POST_UNMANNED and its_times:
            opens_s, _ = its_times.pop()
            if opens_s < event.time_s:
                its_times.append((opens_s, event.time_s))
    return [times[post.key] for post in posts]


def simulate_vehicles(
    scenario: Scenario, layout: Layout, events: Sequence[Event], streams: Streams, edges_s: Ints
) -> VehicleSums:
    """Vehicles of a replication.

    Parameters
    ----------
    scenario
        The scenario; kinds of posts to which it sends no vehicles have sums of 0.
    layout
        Where its posts are.
    events
        When posts were manned, in order of time.
    streams
        Streams of the replication.
    edges_s
        Edges of the bins of time [s], increasing, from 0 to the run length.
    """
    sectors = layout.sector_keys
    posts = sorted(list_posts(scenario, layout), key=lambda post: sectors.index(post.sector))

    def of_kind(task: Task, vehicles: PostVehicles | None) -> QueueSums:
        if vehicles is None:
            return QueueSums.zeros(len(sectors), len(edges_s) - 1)
        its_posts = [post for post in posts if post.task is task]
        traffic = Traffic(vehicles, streams, int(edges_s[-1]))
        kind = _Kind(
            vehicles,
            its_posts,
            sectors=sectors,
            times=open_times(its_posts, events),
            traffic=traffic,
            edges_s=edges_s,
            warm_up_s=warm_up_s,
        )
        return kind.simulate()

    vehicles, warm_up_s = scenario.vehicles, hours_to_s(scenario.horizon.warm_up_h)
    return VehicleSums(
        checkpoints=of_kind(Task.CHECKPOINTS, vehicles.checkpoints if vehicles else None),
        crossing_points=of_kind(Task.CROSSING_POINTS, vehicles.crossing_points if vehicles else None),
    )


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The vehicles in memory, cut by post, by bin and day, and, if a closed post waves through, by open times.

    `post` is an index into the posts in memory; `bin` is that of time; the others are those of :class:`Columns`.
    """

    post: Ints
    first: Ints
    n: Ints
    until_s: Floats
    is_open: Bools
    bin: Ints


class _Kind:
    """The posts of one kind, sector by sector, some posts and some blocks of days in memory at a time."""

    def __init__(
        self,
        vehicles: PostVehicles,
        posts: list[Post],
        *,
        sectors: tuple[str, ...],
        times: list[OpenTimes],
        traffic: Traffic,
        edges_s: Ints,
        warm_up_s: int,
    ) -> None:
        self._n_lanes = vehicles.n_lanes
        self._holds = isinstance(vehicles, CrossingVehicles)
        self._posts = posts
        self._traffic = traffic
        self._open_times = times
        self._sector = np.array([sectors.index(post.sector) for post in posts], dtype=np.int64)
        self._sums = QueueSums.zeros(len(sectors), len(edges_s) - 1)
        self._run_length_s = int(edges_s[-1])
        self._edges_s = edges_s
        self._warm_up_s = warm_up_s
        days_s = np.arange(0, self._run_length_s, SECOND_PER_DAY)
        self._cuts_s = np.union1d(days_s, edges_s).astype(float)
        # Arrivals, checks and waits, used again and again: new memory costs as much as drawing.
        self._room = np.empty((3, 0))

    def simulate(self) -> QueueSums:
        """Draw, queue and add up all vehicles."""
        for posts in self._groups_of_posts():
            free_s = np.full((len(posts), self._n_lanes), -np.inf)
            for blocks in self._groups_of_blocks(posts):
                free_s = self._queue(posts, blocks, free_s)
        return self._sums

    def _groups_of_posts(self) -> Iterator[range]:
        """As many posts at a time as there is room for in a block."""
        first, n_vehicles = 0, 0.0
        for index, post in enumerate(self._posts):
            n_more = self._traffic.per_day(post.key) * DAYS_PER_BLOCK
            if index > first and n_vehicles + n_more > _MAX_VEHICLES:
                yield range(first, index)
                first, n_vehicles = index, 0.0
            n_vehicles += n_more
        if self._posts:
            yield range(first, len(self._posts))

    def _groups_of_blocks(self, posts: range) -> Iterator[range]:
        """As many blocks at a time as there is room for."""
        n_a_block = self._per_block(posts)
        n_blocks = self._traffic.n_blocks
        step = max(1, int(_MAX_VEHICLES / n_a_block)) if n_a_block else n_blocks
        for first in range(0, n_blocks, step):
            yield range(first, min(first + step, n_blocks))

    def _per_block(self, posts: range) -> float:
        return sum(self._traffic.per_day(self._posts[post].key) for post in posts) * DAYS_PER_BLOCK

    def _queue(self, posts: range, blocks: range, free_s: Floats) -> Floats:
        """Draw, queue and add up the vehicles of some posts in some blocks; return when lanes come free."""
        expected = self._per_block(posts) * len(blocks)
        n_most = int(expected + 10 * expected**0.5 + 100)  # more come once in 10**20 times, and then are refused
        if self._room.shape[1] < n_most:
            self._room = np.empty((3, n_most))
        n_drawn = np.zeros((len(posts), len(blocks)), dtype=np.int64)
        n_all = 0
        for at, post in enumerate(posts):
            for nth, block in enumerate(blocks):
                drawn_s = self._traffic.arrivals_s(self._posts[post].key, block)
                n_drawn[at, nth] = len(drawn_s)
                self._room[0, n_all : n_all + len(drawn_s)] = drawn_s
                n_all += len(drawn_s)
        begins = np.concatenate([[0], np.cumsum(n_drawn.sum(axis=1))])
        arrival_s, service_s, wait_s = self._room[:, :n_all]
        pieces = self._cut(posts, blocks, arrival_s, begins)
        for at in np.unique(pieces.post[pieces.is_open]).tolist():
            begin, key = int(begins[at]), self._posts[posts[at]].key
            for block, n in zip(blocks, n_drawn[at].tolist(), strict=True):
                service_s[begin : begin + n] = self._traffic.checks_s(key, block, n)
                begin += n
        times = [self._open_times[post] for post in posts]
        is_always_open = all(its == _ALWAYS for its in times)
        opened = pieces.is_open
        columns = Columns(pieces.post[opened], pieces.first[opened], pieces.n[opened], pieces.until_s[opened])
        held = times if self._holds and not is_always_open else None
        _, free_s = run_columns(arrival_s, service_s, columns, free_s, held=held, out=wait_s)
        self._add(posts, pieces, arrival_s, wait_s, begins)
        return free_s

    def _cut(self, posts: range, blocks: range, arrival_s: Floats, begins: Ints) -> _Pieces:
        begin_s, end_s = blocks.start * SECOND_PER_BLOCK, min(blocks.stop * SECOND_PER_BLOCK, self._run_length_s)
        day_cuts_s = self._cuts_s[(self._cuts_s >= begin_s) & (self._cuts_s < end_s)]
        run_length_s = float(self._run_length_s)
        always = np.full(len(day_cuts_s), run_length_s), np.ones(len(day_cuts_s), dtype=bool)
        parts: list[tuple[Ints, Floats, Bools, Floats]] = []
        for at, one in enumerate(posts):
            cuts_s, (until_s, is_open), times = day_cuts_s, always, self._open_times[one]
            if not self._holds and times != _ALWAYS:
                changes_s = [time_s for its in times for time_s in its if begin_s < time_s < end_s]
                cuts_s = np.union1d(day_cuts_s, changes_s) if changes_s else day_cuts_s
                until_s, is_open = open_until(cuts_s, times, run_length_s)
            first = arrival_s[begins[at] : begins[at + 1]].searchsorted(cuts_s)
            first += begins[at]
            parts.append((first, until_s, is_open, cuts_s))
        first, until_s, is_open, cut_s = (np.concatenate(column) for column in zip(*parts, strict=True))
        post = np.repeat(np.arange(len(posts)), [len(part[0]) for part in parts])
        n = np.diff(first, append=len(arrival_s))
        bins = np.searchsorted(self._edges_s, cut_s, side="right") - 1
        return _Pieces(post, first, n, until_s, is_open, bins)

    def _add(self, posts: range, pieces: _Pieces, arrival_s: Floats, wait_s: Floats, begins: Ints) -> None:
        if not len(wait_s):
            return
        has_any = pieces.n > 0
        n_checked, sum_s = pieces.n.copy(), np.zeros(len(pieces.n))
        sum_s[has_any] = np.add.reduceat(wait_s, pieces.first[has_any])
        not_all = ~np.isfinite(sum_s)
        for piece in np.flatnonzero(not_all).tolist():
            its_s = wait_s[pieces.first[piece] :][: pieces.n[piece]]
            its_s = its_s[np.isfinite(its_s)]
            n_checked[piece], sum_s[piece] = len(its_s), its_s.sum()
        is_waved = ~pieces.is_open | (pieces.until_s < self._run_length_s)
        n_left = pieces.n - n_checked
        at = self._sector[posts.start + pieces.post], pieces.bin
        for sums, values in (
            (self._sums.arrived, pieces.n),
            (self._sums.checked, n_checked),
            (self._sums.waved_through, n_left * is_waved),
            (self._sums.waiting, n_left * ~is_waved),
            (self._sums.wait_s, sum_s),
        ):
            np.add.at(sums, at, values)
        lacks_some = set(pieces.post[not_all].tolist())
        for post, (begin, end) in enumerate(pairwise(begins.tolist())):
            begin += int(np.searchsorted(arrival_s[begin:end], self._warm_up_s))
            its_s = wait_s[begin:end]
            if post in lacks_some:
                its_s = its_s[np.isfinite(its_s)]
            self._sums.wait_counts.add(int(self._sector[posts[post]]), its_s)
