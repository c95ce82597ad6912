"""Search: which sections could answer an incident, tier by tier, and how soon each would be there.

1. The sector's patrols, from where they are, its reserve, and its sections at base without a task or before or after
   their tour.
2. Crews of its posts, if the policy answers with them: the least important task and its last post first.
3. The same as 1 of other sectors, if command and caveats let them come, after a delay for coordination.
4. Theatre-wide reserves.

What is planned, an escort or a convoy, takes only sections at base, those without a task first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.force import Force
from sim.positions import Ground, TourPositions
from sim.processes.answering import AnswerRules
from sim.processes.case import Case, Sent
from sim.processes.post import Posts
from sim.processes.watch import BUSY_S, Duty, Watch
from sim.scenario.schema import Task
from sim.tasks import TASK_INDEX, TASKS
from sim.trace import TourBlock
from sim.violence.candidates import Kinds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
CutShort = Callable[[TourBlock, int, int], None]

_RANK: dict[int, int] = {Duty.STANDBY: 0, Duty.RESERVE: 1, Duty.PATROLS: 2}
_ANYWHERE = -1
"""The sector in which theatre-wide reserves work: none, so that caveats hold wherever they are sent."""


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A section that could come.

    Attributes
    ----------
    key
        Its place in its tier: rank, arrival, section; the smallest comes first. Of two that arrive together one that
        would leave a tour to come is the second.
    section, sector, duty
        Which section, where it works, and on what.
    sets_off_s, there_s
        When it would set off and arrive [s].
    start_km, way_km
        Where it is, and how long its way is [km].
    leave
        Makes it leave what it does.
    is_late
        Whether its tour is of an earlier shift.
    crew_of
        The task whose post it would leave.
    """

    key: tuple[int, int, int]
    section: int
    sector: int
    duty: int
    sets_off_s: int
    there_s: int
    start_km: Floats
    way_km: float
    leave: Callable[[], None]
    is_late: bool = False
    crew_of: Task | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """What is looked for: how many sections, for which sector's scene, who answers, by when, of this shift only."""

    n: int
    sector: int
    scene_km: Floats
    able: Bools
    now_s: int
    latest_s: int
    planned: bool
    fresh: bool


class Search:
    """Finds sections for incidents.

    Parameters
    ----------
    rules
        How incidents are answered.
    kinds
        Kinds of incident.
    base_km, post_km
        Positions of the sectors' bases, and of the posts in the order of the board, shapes (n, 2) [km].
    ground, positions
        Distances, and where tours are.
    force, posts
        The pool of sections and the board of posts.
    cut_short
        The execution: ends a row of tours at an instant [s] because its section is called away.
    """

    def __init__(
        self,
        rules: AnswerRules,
        kinds: Kinds,
        *,
        base_km: Floats,
        post_km: Floats,
        ground: Ground,
        positions: TourPositions,
        force: Force,
        posts: Posts,
        cut_short: CutShort,
    ) -> None:
        self.rules = rules
        self._kinds = kinds
        self._base_km, self._post_km = base_km, post_km
        self._ground, self._positions = ground, positions
        self._force, self._posts = force, posts
        self._cut_short = cut_short

    def find(
        self, case: Case, n: int, watch: Watch, returning: list[Sent], now_s: int, *, fresh: bool = False
    ) -> list[Option]:
        """Up to n sections for a case that could be there before it burns out.

        Parameters
        ----------
        case
            The incident.
        n
            How many are wanted.
        watch, returning
            Who is on duty, and who of those drives home from another incident.
        now_s
            Now [s].
        fresh
            Whether only sections of this shift are wanted: no tours of earlier ones.
        """
        kind = case.row.kind
        latest_s = BUSY_S if case.is_met else case.row.arises_s + self._kinds.burns_out_s[kind]
        call = _Call(
            n,
            case.row.sector,
            case.scene_km,
            self._force.answers(kind),
            now_s,
            latest_s,
            self._kinds.planned[kind],
            fresh,
        )
        found: list[Option] = []
        for tier in self._tiers(call, watch, returning):
            in_time = sorted((one for one in tier if one.there_s <= latest_s), key=lambda one: one.key)
            found += in_time[: n - len(found)]
            if len(found) == n:
                break
        return found

    def _tiers(self, call: _Call, watch: Watch, returning: list[Sent]) -> Iterator[list[Option]]:
        if call.planned:
            yield self._at_base(call, watch, call.sector, 0)
            return
        yield self._of_sector(call, watch, returning, call.sector, 0)
        for task in self.rules.posts_in_order:
            yield self._crews(call, watch, task)
        others: list[Option] = []
        for sector, delays_s in enumerate(self.rules.crossing_delay_s):
            if sector != call.sector:
                others += self._of_sector(call, watch, returning, sector, delays_s[call.sector])
        yield others
        yield self._theatre_reserve(call, watch, returning)

    def _of_sector(
        self, call: _Call, watch: Watch, returning: list[Sent], sector: int, delay_s: int | None
    ) -> list[Option]:
        options = self._on_tour(call, watch, sector, delay_s)
        if delay_s is not None:
            options += self._at_base(call, watch, sector, delay_s)
            options += self._driving_home(call, returning, sector, delay_s)
        return options

    def _able(self, call: _Call, sector: int, sections: Ints) -> Bools:
        able = call.able[sections]
        return able if sector == call.sector else able & self._force.enters(call.sector)[sections]

    def _on_tour(self, call: _Call, watch: Watch, sector: int, delay_s: int | None) -> list[Option]:
        """Patrols that are out."""
        options: list[Option] = []
        if Task.PATROLS not in self.rules.answers_with:
            return options
        for tours, begin, end in watch.tours_of(sector, call.now_s):
            if call.fresh and tours.shift != watch.shift:
                continue
            mine = slice(begin, end)
            out = (tours.depart_s[mine] <= call.now_s) & (tours.end_s[mine] > call.now_s) & ~tours.called[mine]
            rows = begin + np.flatnonzero(out & self._able(call, sector, tours.section[mine]))
            delays_s = np.full(len(rows), delay_s or 0)
            if sector != call.sector:
                joint = self.rules.is_joint[tours.kind[rows]]
                delays_s[joint] = 0
                if delay_s is None:
                    rows, delays_s = rows[joint], delays_s[joint]
            if len(rows):
                options += self._nearest_on_tour(
                    call, tours, rows, delays_s, sector, is_late=tours.shift != watch.shift
                )
        return options

    def _nearest_on_tour(
        self, call: _Call, tours: TourBlock, rows: Ints, delays_s: Ints, sector: int, *, is_late: bool
    ) -> list[Option]:
        start_km = self._positions.at(tours, rows, call.now_s)
        way_km = self._ground.way_km(start_km, call.scene_km)
        sets_off_s = call.now_s + delays_s
        sections = tours.section[rows]
        nearest = np.lexsort((sections, sets_off_s + np.rint(way_km * self.rules.s_per_km)))[: call.n]
        return [
            self._option(
                section,
                sector,
                Duty.PATROLS,
                its_sets_off_s,
                start_km[at],
                its_way_km,
                functools.partial(self._cut_short, tours, row, call.now_s),
                is_late=is_late,
            )
            for at, section, its_sets_off_s, its_way_km, row in zip(
                nearest.tolist(),
                sections[nearest].tolist(),
                sets_off_s[nearest].tolist(),
                way_km[nearest].tolist(),
                rows[nearest].tolist(),
                strict=True,
            )
        ]

    def _option(
        self,
        section: int,
        sector: int,
        duty: int,
        sets_off_s: int,
        start_km: Floats,
        way_km: float,
        leave: Callable[[], None],
        *,
        is_late: bool = False,
        rank: int = 0,
        leaves_tour: bool = False,
        crew_of: Task | None = None,
    ) -> Option:
        """A section that would set off at a time [s]; of a smaller rank, it comes before those that arrive sooner."""
        there_s = sets_off_s + round(way_km * self.rules.s_per_km)
        key = (rank, 2 * there_s + leaves_tour, section)
        return Option(key, section, sector, duty, sets_off_s, there_s, start_km, way_km, leave, is_late, crew_of)

    def _at_base(self, call: _Call, watch: Watch, sector: int, delay_s: int) -> list[Option]:
        """Reserve, sections without a task, and those before or after their tour."""
        start_km = self._base_km[sector]
        way_km = self._way_km(start_km, call)
        options: list[Option] = []
        for duty, section, leave in self._idle(call, watch, sector):
            sets_off_s = call.now_s + (0 if call.planned else self.rules.turn_out_s[duty] + delay_s)
            rank, leaves_tour = (_RANK[duty], False) if call.planned else (0, duty == Duty.PATROLS)
            options.append(
                self._option(
                    section, sector, duty, sets_off_s, start_km, way_km, leave, rank=rank, leaves_tour=leaves_tour
                )
            )
        return options

    def _idle(self, call: _Call, watch: Watch, sector: int) -> Iterator[tuple[int, int, Callable[[], None]]]:
        """Duty and section of who is at base, the first n of each sort, and how each leaves."""
        free_s = self._force.free_s
        duties = [Duty.STANDBY]
        if Task.RESERVE in self.rules.answers_with or call.planned:
            duties.append(Duty.RESERVE)
        n_standing_by = 0
        for duty in duties:
            sections = watch.idle(sector, duty)
            sections = sections[(free_s[sections] <= call.now_s) & self._able(call, sector, sections)]
            yield from ((duty, section, _stay) for section in sections[: call.n].tolist())
            n_standing_by += len(sections) if duty == Duty.STANDBY else 0
        # Sections that stand by come before those with a tour, and set off as soon: the latter need not be looked for.
        if n_standing_by >= call.n:
            return
        if Task.PATROLS not in self.rules.answers_with and not call.planned:
            return
        tours, begin, end = next(watch.tours_of(sector, call.now_s))
        sections = tours.section[begin:end]
        able = self._able(call, sector, sections)
        back = (tours.called[begin:end] | (tours.end_s[begin:end] <= call.now_s)) & (free_s[sections] <= call.now_s)
        for section in np.sort(sections[back & able])[: call.n].tolist():
            yield Duty.PATROLS, section, _stay
        rows = begin + np.flatnonzero((tours.depart_s[begin:end] > call.now_s) & ~tours.called[begin:end] & able)
        for row in rows[np.argsort(tours.section[rows], kind="stable")][: call.n].tolist():
            yield Duty.PATROLS, int(tours.section[row]), functools.partial(self._cut_short, tours, row, call.now_s)

    def _driving_home(self, call: _Call, returning: list[Sent], sector: int, delay_s: int) -> list[Option]:
        """Sections of this shift on their way home from another incident."""
        options = []
        for sent in returning:
            call_out, section = sent.call_out, sent.call_out.section
            works_in = _ANYWHERE if self._force.theatre_wide[section] else call_out.sector
            answers = call_out.duty == Duty.STANDBY or TASKS[call_out.duty] in self.rules.answers_with
            if works_in != sector or not answers or not self._able(call, sector, np.array([section]))[0]:
                continue
            start_km = self.position_km(sent, call.now_s)
            sets_off_s, way_km = call.now_s + delay_s, self._way_km(start_km, call)
            turn = functools.partial(_turn_round, returning, sent, call.now_s)
            options.append(self._option(section, call_out.sector, call_out.duty, sets_off_s, start_km, way_km, turn))
        return options

    def _crews(self, call: _Call, watch: Watch, task: Task) -> list[Option]:
        """Crews of posts that can be there in time, that of the last post first; who stays mans the first posts."""
        crews, options = watch.crews(call.sector, task), list[Option]()
        duty = TASK_INDEX[task]
        sets_off_s = call.now_s + self.rules.turn_out_s[duty]
        for number, section in reversed(list(enumerate(crews))):
            if len(options) == call.n:
                break
            if call.able[section]:
                start_km = self.post_or_base_km(call.sector, task, number)
                way_km, leave = self._way_km(start_km, call), functools.partial(crews.remove, section)
                rank = len(crews) - number
                option = self._option(
                    section, call.sector, duty, sets_off_s, start_km, way_km, leave, rank=rank, crew_of=task
                )
                if option.there_s <= call.latest_s:
                    options.append(option)
        return options

    def _theatre_reserve(self, call: _Call, watch: Watch, returning: list[Sent]) -> list[Option]:
        sections = watch.theatre_reserve
        may_come = call.able[sections] & self._force.enters(call.sector)[sections]
        sets_off_s = call.now_s + self.rules.turn_out_s[Duty.STANDBY]
        options = []
        for section in sections[(self._force.free_s[sections] <= call.now_s) & may_come].tolist():
            sector = int(self._force.sector[section])
            start_km = self._base_km[sector]
            way_km = self._way_km(start_km, call)
            options.append(self._option(section, sector, Duty.STANDBY, sets_off_s, start_km, way_km, _stay))
        return options + self._driving_home(call, returning, _ANYWHERE, 0)

    def _way_km(self, start_km: Floats, call: _Call) -> float:
        return float(self._ground.way_km(start_km, call.scene_km))

    def post_or_base_km(self, sector: int, task: Task, n_sections: int) -> Floats:
        """Where one more section than `n_sections` would be on a task: at the first post it adds, else at base [km]."""
        row = self._posts.added_by_one_more(sector, task, n_sections)
        place: Floats = self._base_km[sector] if row is None else self._post_km[row]
        return place

    def position_km(self, sent: Sent, now_s: int) -> Floats:
        """Where a section is that was sent [km]."""
        share = np.array([sent.share_of_way(now_s)])
        position: Floats = self._ground.between(sent.start_km[None], sent.end_km[None], share)[0]
        return position

    def home_s(self, start_km: Floats, end_km: Floats, now_s: int) -> int:
        """When a section that sets off now is at the end of a way [s]."""
        return now_s + round(float(self._ground.way_km(start_km, end_km)) * self.rules.s_per_km)

    def base_km(self, sector: int) -> Floats:
        """A sector's base [km]."""
        base: Floats = self._base_km[sector]
        return base


def _stay() -> None:
    """A section at base has nothing to leave."""


def _turn_round(returning: list[Sent], sent: Sent, now_s: int) -> None:
    """A section on its way home is called again: its call-out ends on the road."""
    returning.remove(sent)
    sent.call_out.home_s = now_s
