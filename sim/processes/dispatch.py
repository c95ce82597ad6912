"""Dispatch: sends sections to incidents and takes them back.

Calls of one instant are answered together, last of all that happens then and in the order in which the incidents arose:
no section is sent twice. An incident that gets too few stays on the list until it ends, and is looked at again whenever
a section comes free. At a shift change the sections of earlier shifts are *relieved*: as many new ones are sent, and
each that arrives lets one of the old go. Who is *released* drives home, the crew of a post back to the post if its
shift still lasts; whoever is not the crew of a post may be called again on the way. A tour that is *late*, still out
from an earlier shift, may be sent too, and then serves on with this one; but it relieves nobody, and once released it
goes home.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait
from sim.force import Force
from sim.processes.case import Case, Sent
from sim.processes.post import Order, Orders, Posts
from sim.processes.search import Option, Search
from sim.processes.watch import BUSY_S, Watch
from sim.scenario.schema import Task
from sim.trace import NOT_YET, CallOut, IncidentEnd, TourBlock, Trace
from sim.violence.candidates import Kinds


class Dispatcher:
    """Who answers which incident.

    Parameters
    ----------
    env
        The environment.
    search
        Finds sections.
    kinds
        Kinds of incident.
    force
        The pool of sections.
    posts, orders
        The board of posts, and where their orders arrive.
    keeps_tours_s
        For how long after their end tours are kept, because visits deter [s].
    live
        Makes the process of a case, once sections have been looked for.
    trace
        The record.
    """

    def __init__(
        self,
        env: simpy.Environment,
        *,
        search: Search,
        kinds: Kinds,
        force: Force,
        posts: Posts,
        orders: list[Orders],
        keeps_tours_s: int,
        live: Callable[[Dispatcher, Case], ProcessGenerator],
        trace: Trace,
    ) -> None:
        self._env = env
        self._search = search
        self._kinds = kinds
        self._force = force
        self._posts = posts
        self._orders = orders
        self._keeps_tours_s = keeps_tours_s
        self._live = live
        self._trace = trace
        nobody = np.zeros(0, dtype=np.int64)
        self._watch = Watch(NOT_YET, nobody.astype(np.int8), nobody.astype(np.int16), [], nobody)
        self._open: dict[str, Case] = {}
        self._short: dict[str, Case] = {}
        self._returning: list[Sent] = []
        self._passes_s: set[int] = set()
        self._n_blocking: dict[int, int] = {}
        self._n_crews_returning: Counter[tuple[int, Task]] = Counter()

    def recent_tours(self, sector: int, after_s: int) -> Iterator[tuple[TourBlock, int, int]]:
        """Blocks of tours that were not all over at a time [s], with begin and end of a sector's rows."""
        yield from self._watch.tours_of(sector, after_s)

    def begin_watch(
        self,
        shift: int,
        duty: NDArray[np.int8],
        at: NDArray[np.int16],
        tours: TourBlock,
        theatre_reserve: NDArray[np.int64],
        now_s: int,
    ) -> None:
        """A shift begins: others are on duty, and those who answer incidents want relief.

        Parameters
        ----------
        shift, duty, at, theatre_reserve
            As in :class:`Watch`.
        tours
            Tours of the shift.
        now_s
            Now [s].
        """
        kept = [block for block in self._watch.tours if block.end_s.max(initial=0) > now_s - self._keeps_tours_s]
        self._watch = Watch(shift, duty, at, [tours, *kept], theatre_reserve)
        self._returning = []
        self._n_crews_returning.clear()
        if self._open:
            self._short = dict(self._open)
            self._ask_for_pass(now_s)

    def call(self, case: Case, now_s: int, *, was: int | None = None) -> None:
        """An incident arose, or escalated from the kind that it `was`, and wants sections."""
        self._block(case, case.row.kind, +1)
        if was is not None:
            self._block(case, was, -1)
        self._open[case.key] = self._short[case.key] = case
        self._ask_for_pass(now_s)

    def relieve(self, case: Case, now_s: int) -> None:
        """Let as many sections of earlier shifts go as new ones are there to spare.

        Those still on their way go first, the last to arrive before the others; then those who came first.
        """
        if all(self._is_of_watch(sent) for sent in case.sent):
            return
        n_new = sum(sent.is_there(now_s) and self._is_of_watch(sent) for sent in case.sent)
        old = [sent for sent in case.sent if not self._is_of_watch(sent)]
        n_to_spare = max(0, n_new + len(old) - case.row.n_needed)
        for sent in sorted(old, key=lambda one: _how_dispensable(one, now_s))[:n_to_spare]:
            case.sent.remove(sent)
            self._release(sent, now_s)

    def next_relief_s(self, case: Case, now_s: int) -> int | None:
        """When the next section arrives that may let one of an earlier shift go [s]; None if none will."""
        if all(self._is_of_watch(sent) for sent in case.sent):
            return None
        arrivals_s = [sent.call_out.arrives_s for sent in case.sent if self._is_of_watch(sent)]
        return min((arrives_s for arrives_s in arrivals_s if arrives_s > now_s), default=None)

    def close(self, case: Case, end: IncidentEnd, now_s: int) -> None:
        """An incident ends, and whoever was sent is released."""
        case.row.ended_s, case.row.end = now_s, end
        del self._open[case.key]
        self._short.pop(case.key, None)
        self._block(case, case.row.kind, -1)
        for sent in case.sent:
            self._release(sent, now_s)
        case.sent = []
        if self._short:
            self._ask_for_pass(now_s)

    def _is_of_watch(self, sent: Sent) -> bool:
        return sent.shift == self._watch.shift

    def _ask_for_pass(self, time_s: int) -> None:
        if time_s not in self._passes_s:
            self._passes_s.add(time_s)
            _at(self._env, time_s, Turn.DISPATCH, self._answer)

    def _answer(self) -> None:
        """Look for sections for every incident that has too few."""
        now_s, watch = int(self._env.now), self._watch
        self._passes_s.discard(now_s)
        self._returning = [sent for sent in self._returning if sent.there_s > now_s]
        for case in sorted(self._short.values(), key=lambda one: (one.row.arises_s, one.key)):
            n_needed, n_before = case.row.n_needed, len(case.sent)
            if n_before < n_needed:
                self._send(self._search.find(case, n_needed - n_before, watch, self._returning, now_s), case, now_s)
            n_of_watch = sum(map(self._is_of_watch, case.sent))
            n_to_relieve = min(len(case.sent), n_needed) - n_of_watch
            if n_to_relieve > 0:
                relief = self._search.find(case, n_to_relieve, watch, self._returning, now_s, fresh=True)
                self._send(relief, case, now_s)
                n_of_watch += len(relief)
            if n_of_watch >= n_needed:
                del self._short[case.key]
            if case.process is None:
                case.process = self._env.process(self._live(self, case))
            elif len(case.sent) > n_before:
                case.process.interrupt()
        if self._short:
            free_s = watch.next_free_s(self._force.free_s, now_s)
            if free_s is not None:
                self._ask_for_pass(free_s)

    def _send(self, options: list[Option], case: Case, now_s: int) -> None:
        for option in options:
            option.leave()
            if option.crew_of is not None:
                self._man(option.sector, option.crew_of)
            self._force.free_s[option.section] = BUSY_S
            call_out = CallOut(
                incident_id=case.row.incident_id,
                section=option.section,
                sector=option.sector,
                duty=int(option.duty),
                called_s=now_s,
                arrives_s=option.there_s,
                km=option.way_km,
            )
            if option.there_s < self._trace.run_length_s:
                call_out.arrived_s = option.there_s
            self._trace.call_outs.append(call_out)
            case.sent.append(
                Sent(
                    call_out,
                    self._watch.shift,
                    option.start_km,
                    case.scene_km,
                    option.sets_off_s,
                    option.there_s,
                    option.crew_of,
                    option.is_late,
                )
            )

    def _release(self, sent: Sent, now_s: int) -> None:
        """Send a section home, or the crew of a post back to it if its shift still lasts."""
        call_out = sent.call_out
        sent.start_km = self._search.position_km(sent, now_s)
        sent.end_km = self._search.base_km(call_out.sector)
        is_of_watch = self._is_of_watch(sent)
        if sent.crew_of is not None and is_of_watch:
            its = call_out.sector, sent.crew_of
            n_before = len(self._watch.crews(*its)) + self._n_crews_returning[its]
            sent.end_km = self._search.post_or_base_km(*its, n_before)
            self._n_crews_returning[its] += 1
        sent.sets_off_s, sent.there_s = now_s, self._search.home_s(sent.start_km, sent.end_km, now_s)
        if not sent.is_there(now_s):
            call_out.arrived_s = NOT_YET
        call_out.released_s, call_out.home_s = now_s, sent.there_s
        self._force.free_s[call_out.section] = sent.there_s + self._search.rules.turn_round_s
        if sent.crew_of is None:
            if is_of_watch and not sent.is_late and sent.there_s > now_s:
                self._returning.append(sent)
        elif is_of_watch:
            _at(self._env, sent.there_s, Turn.TOUR_ENDS, functools.partial(self._return_to_post, sent, sent.crew_of))

    def _return_to_post(self, sent: Sent, task: Task) -> None:
        """A crew is back at its post, if its shift still lasts."""
        if self._is_of_watch(sent):
            sent.call_out.back_at_post = True
            self._force.free_s[sent.call_out.section] = sent.there_s
            self._n_crews_returning[sent.call_out.sector, task] -= 1
            self._watch.crews(sent.call_out.sector, task).append(sent.call_out.section)
            self._man(sent.call_out.sector, task)
            if self._short:
                self._ask_for_pass(int(self._env.now))

    def _man(self, sector: int, task: Task) -> None:
        """Man as many posts as there are crews now."""
        for row, order in self._posts.man(sector, task, len(self._watch.crews(sector, task))):
            self._orders[row].give(order)

    def _block(self, case: Case, kind: int, change: int) -> None:
        """Close a crossing point with the first blockade there, and open it after the last."""
        row = self._posts.row_of(case.row.place)
        if row is not None and self._kinds.blocks[kind] and self._posts.posts[row].task is Task.CROSSING_POINTS:
            before = self._n_blocking.get(row, 0)
            self._n_blocking[row] = before + change
            if 0 in (before, before + change):
                self._orders[row].give(Order.BLOCK if change > 0 else Order.UNBLOCK)


def _how_dispensable(sent: Sent, now_s: int) -> tuple[bool, int]:
    """Order in which sections are let go: the smallest first."""
    is_there, arrives_s = sent.is_there(now_s), sent.call_out.arrives_s
    return is_there, arrives_s if is_there else -arrives_s


def _at(env: simpy.Environment, time_s: int, turn: Turn, do: Callable[[], None]) -> None:
    """Do something at a time [s], in its turn; cheaper than a process that waits once."""
    wait = Wait(env, time_s - int(env.now), turn)
    assert wait.callbacks is not None
    wait.callbacks.append(lambda _: do())
