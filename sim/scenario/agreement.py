"""Agreement between tables: what no table can check alone.

The checks read the merged tables through a :class:`View` that shows nothing of a value already found faulty, so that
they run, and report, whatever else is wrong. A check compares only what it can see.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sim.scenario.errors import MAX_FAULTS_SHOWN, Loc, dotted, listed, nearest
from sim.scenario.schema import Task


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


def _must_exist(view: View, loc: tuple[str, ...], name: str | None, table: tuple[str, ...]) -> Iterator[Clash]:
    names = view.keys(*table)
    if name is not None and view.has(*table) and name not in names:
        found = f"'{name}', which is not in [{dotted(table)}]"
        yield Clash(loc, found, f"one of {listed(names)}", view.nearest(name, names))


def _at_most(view: View, loc: tuple[str, ...], limit: tuple[str, ...]) -> Iterator[Clash]:
    value, most = view.number(*loc), view.number(*limit)
    if value is not None and most is not None and value > most:
        yield Clash(loc, f"{value:g}", f"at most {dotted(limit)}, {most:g}")


def _spread(view: View, loc: tuple[str, ...]) -> Iterator[Clash]:
    distribution, cv = view.text(*loc, "distribution"), view.number(*loc, "cv")
    if distribution in {"gamma", "lognormal"} and (cv == 0 or (view.has(*loc) and "cv" not in view.keys(*loc))):
        yield Clash((*loc, "cv"), "no spread", f"more than 0 for {distribution}")
    fixed = {"constant": 0.0, "exponential": 1.0}.get(distribution or "")
    if fixed is not None and cv is not None and cv != fixed:
        yield Clash((*loc, "cv"), f"{cv:g}", f"no cv for {distribution}, where it is {fixed:g}")


def _each_once(view: View, loc: tuple[str, ...]) -> Iterator[Clash]:
    for value in [value for value, count in Counter(map(str, view.items(*loc))).items() if count > 1]:
        yield Clash(loc, f"{value} more than once", "each once")


def _of_sites(view: View) -> list[tuple[str, ...]]:
    """Tables whose keys are named sites."""
    return [("tasks", "sites", "crew_of"), *(("policy", key, "unfixing") for key in view.keys("policy"))]


def references(view: View) -> Iterator[Clash]:
    """Names that stand for an entry of another table."""
    sectors, sites = ("theatre", "sectors"), ("theatre", "named_sites")
    holders: tuple[tuple[str, ...], ...] = (
        ("contingents",),
        ("theatre", "municipalities"),
        ("theatre", "crossing_points"),
    )
    for table in holders:
        for key in view.keys(*table):
            yield from _must_exist(view, (*table, key, "sector"), view.text(*table, key, "sector"), sectors)
    for key in view.keys("contingents"):
        place, rotation = ("contingents", key, "rotation"), view.text("contingents", key, "rotation")
        yield from _must_exist(view, place, rotation, ("rotations",))
        if rotation is not None and "rotations" not in view.keys():
            yield Clash(place, f"'{rotation}', but there are no rotations", f"a table rotations.{rotation}")
    for key in view.keys(*sites):
        loc = (*sites, key, "municipality")
        yield from _must_exist(view, loc, view.text(*loc), ("theatre", "municipalities"))
    for table in (("tasks", "reserve", "n_sections"), ("tasks", "patrols", "sector_weights")):
        for key in view.keys(*table):
            yield from _must_exist(view, (*table, key), key, sectors)
    for table in _of_sites(view) if view.has("theatre") else ():
        for key in view.keys(*table):
            if key not in view.keys(*sites):
                near = view.nearest(key, view.keys(*sites))
                allowed = f"a named site of the theatre: {listed(view.keys(*sites))}"
                yield Clash((*table, key), f"'{key}', which is no named site", allowed, near)
    policies = view.items("experiment", "policies")
    for name in policies:
        if isinstance(name, str):
            yield from _must_exist(view, ("experiment", "policies"), name, ("policy",))
    for key in ("policies", "troops"):
        yield from _each_once(view, ("experiment", key))


def sectors(view: View) -> Iterator[Clash]:
    """Sectors, their names, and whether there is something to patrol in them."""
    table = ("theatre", "sectors")
    first: dict[str, str] = {}
    misnamed = set()
    for key in view.keys(*table):
        name = view.text(*table, key, "name")
        if key == "all" or (name is not None and first.get(name, key) != key):
            misnamed.add(key)
        if key == "all":
            yield Clash((*table, key), "a sector with the key 'all'", "another key: 'all' stands for the theatre")
        if name is not None and first.setdefault(name, key) != key:
            yield Clash((*table, key, "name"), f"'{name}', the name of sector '{first[name]}' too", "a name of its own")
    weights = ("tasks", "patrols", "sector_weights")
    occupied = {view.text("theatre", "municipalities", key, "sector") for key in view.keys("theatre", "municipalities")}
    people = dict.fromkeys(view.keys(*table), 0.0)
    for key in view.keys("theatre", "municipalities"):
        sector = view.text("theatre", "municipalities", key, "sector")
        people[str(sector)] = people.get(str(sector), 0.0) + (
            view.number("theatre", "municipalities", key, "population") or 0.0
        )
    by_population = [key for key in view.keys("policy") if view.text("policy", key, "routing") == "by_population"]
    patrolled = [key for key in view.keys(*weights) if view.number(*weights, key) and key in view.keys(*table)]
    if None not in occupied and view.has("theatre", "municipalities"):
        for key in view.keys(*table):
            if key not in occupied and key not in misnamed:
                yield Clash(
                    (*table, key), "a sector without municipalities", "a municipality of theatre.municipalities"
                )
        for key in [key for key in patrolled if by_population and key in occupied and people[key] == 0]:
            yield Clash(
                ("policy", by_population[0], "routing"),
                f"by_population, but nobody lives in '{key}'",
                "another routing",
            )
    n_areas = view.number("theatre", "n_patrol_areas")
    if n_areas is not None and n_areas < len(occupied):
        yield Clash(("theatre", "n_patrol_areas"), f"{n_areas:g}", f"at least one for each of {len(occupied)} sectors")


def posts(view: View) -> Iterator[Clash]:
    """Sites and checkpoints: no more on the task list than the theatre has."""
    yield from _at_most(view, ("tasks", "sites", "n"), ("theatre", "n_sites"))
    yield from _at_most(view, ("tasks", "checkpoints", "n"), ("theatre", "n_checkpoints"))
    named = view.keys("theatre", "named_sites")
    n_listed = view.number("tasks", "sites", "n")
    unlisted = [] if n_listed is None else named[int(n_listed) :]
    for table in _of_sites(view):
        for key in view.keys(*table):
            if key in unlisted:
                allowed = f"one of the first {n_listed:g} sites, which tasks.sites.n puts on the task list"
                yield Clash((*table, key), f"'{key}', which is not on the task list", allowed)
    n_sites, n_named = view.number("theatre", "n_sites"), len(named)
    if n_sites is not None and n_sites < n_named:
        yield Clash(("theatre", "n_sites"), f"{n_sites:g}", f"at least the {n_named} named sites")
    keys = view.keys("theatre", "municipalities")
    people = [view.number("theatre", "municipalities", key, "population") for key in keys]
    if people and not any(one is None or one > 0 for one in people):
        for key, least in (("n_sites", n_named), ("n_checkpoints", 0)):
            number = view.number("theatre", key)
            if number is not None and number > least:
                yield Clash(("theatre", key), f"{number:g} where nobody lives", "people, or no more than have a name")


def outline(view: View) -> Iterator[Clash]:
    """The theatre's outline: points on the globe, around some area."""
    points = view.items("theatre", "outline")
    ring = [(float(point[0]), float(point[1])) for point in points if isinstance(point, list)]
    for position, (_, latitude) in enumerate(ring):
        if abs(latitude) > 90:
            yield Clash(("theatre", "outline", position), f"latitude {latitude:g}", "[longitude, latitude], -90 to 90")
            return
    following = ring[1:] + ring[:1]
    doubled = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, following, strict=True))
    if ring and abs(doubled) < 1e-9:
        yield Clash(("theatre", "outline"), "a ring around no area", "at least three points, not on one line")


def times(view: View) -> Iterator[Clash]:
    """Days and hours: the horizon, the shift, leave, the sweep."""
    start, end = view.day("horizon", "start"), view.day("horizon", "end")
    warm_up_h = view.number("horizon", "warm_up_h")
    if start is not None and end is not None and end <= start:
        yield Clash(("horizon", "end"), f"the date {end}", f"a day after horizon.start, {start}")
    if warm_up_h is not None and warm_up_h % 1:
        yield Clash(("horizon", "warm_up_h"), f"{warm_up_h:g}", "a whole number of hours")
    if start is not None and end is not None and end > start and warm_up_h is not None:
        run_h = (end - start).days * 24.0
        sweep_days = view.number("experiment", "sweep_days")
        if warm_up_h >= run_h:
            yield Clash(("horizon", "warm_up_h"), f"{warm_up_h:g}", f"less than the horizon's {run_h:g} hours")
        elif sweep_days is not None and warm_up_h + 24 * sweep_days > run_h:
            most = math.floor((run_h - warm_up_h) / 24)
            allowed = f"at most {most}: the horizon's {run_h / 24:g} days less the warm-up"
            yield Clash(("experiment", "sweep_days"), f"{sweep_days:g}", allowed)
    shift_h = view.number("force", "shift_h")
    if shift_h is not None:
        if abs(shift_h * 3600 - round(shift_h * 3600)) > 1e-6 or shift_h * 3600 < 0.5:
            yield Clash(("force", "shift_h"), f"{shift_h:g}", "a whole number of seconds")
        elif shift_h <= 24 and 24 * 3600 % round(shift_h * 3600):
            yield Clash(("force", "shift_h"), f"{shift_h:g}", "a whole number of shifts in 24 h, or a longer shift")
        window = ("tasks", "patrols", "departure_window_h")
        window_h = view.number(*window)
        if view.text("tasks", "patrols", "departures") != "poisson":
            yield from _at_most(view, window, ("force", "shift_h"))
        elif window_h is not None and window_h != shift_h:
            allowed = f"force.shift_h, {shift_h:g}: Poisson tours leave at any time of the shift"
            yield Clash(window, f"{window_h:g}", allowed)
    leave, cycle = view.number("force", "leave_days"), view.number("force", "leave_cycle_days")
    if leave is not None and cycle is not None and leave >= cycle:
        yield Clash(("force", "leave_days"), f"{leave:g}", f"less than force.leave_cycle_days, {cycle:g}")


def patrols(view: View) -> Iterator[Clash]:
    """Tours: kinds that make up a whole, lengths of time that have a spread where they need one."""
    kinds = ("tasks", "patrols", "kinds")
    shares = [view.number(*kinds, key, "share") for key in view.keys(*kinds)]
    known = [share for share in shares if share is not None]
    if known and len(known) == len(shares) and abs(math.fsum(known) - 1) > 1e-9:
        yield Clash(kinds, f"shares that add up to {math.fsum(known):.10g}", "shares that add up to 1")
    for key in view.keys(*kinds):
        yield from _spread(view, (*kinds, key, "dwell_min"))
    weights, per_day = view.numbers("tasks", "patrols", "sector_weights"), view.number("tasks", "patrols", "per_day")
    if weights is not None and not sum(weights) and per_day:
        yield Clash(("tasks", "patrols", "sector_weights"), "no weight above 0", "a weight above 0 for some sector")
    headline = [f"weight_{name}" for name in ("patrols", "sites", "checkpoints", "crossing_points")]
    given = view.keys("coverage")
    if view.has("coverage") and all(name in given and view.number("coverage", name) == 0 for name in headline):
        yield Clash(("coverage",), "only weights of 0", "one of the weights above 0")


def vehicles(view: View) -> Iterator[Clash]:
    """Vehicles: somewhere to come to, at some hour, and checks that have a spread where they need one."""
    if view.has("vehicles") and not {"checkpoints", "crossing_points"} & set(view.keys("vehicles")):
        runs = view.text("vehicles", "runs")
        if runs in {"timelines", "all"}:
            allowed = "a table vehicles.checkpoints or vehicles.crossing_points, or 'none'"
            yield Clash(("vehicles", "runs"), f"'{runs}', but vehicles come nowhere", allowed)
    for kind in ("checkpoints", "crossing_points"):
        loc = ("vehicles", kind)
        yield from _spread(view, (*loc, "check_min"))
        weights = view.items(*loc, "by_hour")
        if weights and all(weight == 0 for weight in weights):
            yield Clash((*loc, "by_hour"), "no weight above 0", "a weight above 0 for some hour")
    for key in view.keys("vehicles", "crossing_points", "per_day_of"):
        place = ("vehicles", "crossing_points", "per_day_of", key)
        yield from _must_exist(view, place, key, ("theatre", "crossing_points"))


def contingents(view: View) -> Iterator[Clash]:
    """Rotations that end, and caveats that leave a contingent something to do where it is."""
    for key in view.keys("rotations"):
        yield from _at_most(view, ("rotations", key, "hand_over_days"), ("rotations", key, "tour_days"))
    for key in view.keys("contingents"):
        for name in ("will_not_do", "will_not_enter"):
            yield from _each_once(view, ("contingents", key, name))
        if set(view.items("contingents", key, "will_not_do")) >= set(Task):
            loc = ("contingents", key, "will_not_do")
            yield Clash(loc, "all tasks", "a task left to do; who does none is not on security tasks")
        loc = ("contingents", key, "will_not_enter")
        for sector in dict.fromkeys(map(str, view.items(*loc))):
            if sector == view.text("contingents", key, "sector"):
                yield Clash(loc, f"'{sector}', its own sector", "sectors that it could be lent to")
            else:
                yield from _must_exist(view, loc, sector, ("theatre", "sectors"))


def policies(view: View) -> Iterator[Clash]:
    """Policies: an order of all tasks, stages in the order of their days, someone to apportion troops to."""
    levels = [value for value in view.items("experiment", "troops") if isinstance(value, int)]
    for key in view.keys("policy"):
        priority = view.items("policy", key, "priority")
        absent = [task for task in Task if task not in priority]
        if len(priority) == len(Task) and absent:
            allowed = f"each task once; {listed(absent)} is not there"
            yield Clash(("policy", key, "priority"), "a task more than once", allowed)
        before: tuple[str, dt.date] | None = None
        for stage in view.keys("policy", key, "stages"):
            loc = ("policy", key, "stages", stage)
            decided, effective = view.day(*loc, "decided_on"), view.day(*loc, "effective_on")
            levels.append(round(view.number(*loc, "strength") or 0))
            if decided is not None and effective is not None and decided > effective:
                allowed = f"a day up to effective_on, {effective}"
                yield Clash((*loc, "decided_on"), f"the date {decided}", allowed)
            if effective is not None and before is not None and effective <= before[1]:
                allowed = f"a day after that of the stage before, '{before[0]}', {before[1]}"
                yield Clash((*loc, "effective_on"), f"the date {effective}", allowed)
            before = (stage, effective) if effective is not None else before
            yield from _withdrawn(view, loc)
    strengths = [view.number("contingents", key, "strength") for key in view.keys("contingents")]
    if view.has("contingents") and not any(one is None or one > 0 for one in strengths) and any(levels):
        yield Clash(("contingents",), "no contingent with a strength above 0", "one, for troops to be shared out over")


def _withdrawn(view: View, stage: tuple[str, ...]) -> Iterator[Clash]:
    """Contingents that a stage withdraws: they are there, and leave someone to share out its strength over."""
    loc = (*stage, "withdrawn")
    withdrawn = list(map(str, view.items(*loc)))
    for key in dict.fromkeys(withdrawn):
        yield from _must_exist(view, loc, key, ("contingents",))
    yield from _each_once(view, loc)
    strengths = {key: view.number("contingents", key, "strength") for key in view.keys("contingents")}
    strong = [key for key, one in strengths.items() if one is None or one > 0]
    soldiers = view.number(*stage, "strength")
    if soldiers and strong and set(strong) <= set(withdrawn):
        allowed = "a contingent with a strength above 0 that stays, or a stage with strength 0"
        yield Clash(loc, f"everyone, but the stage has {soldiers:g} soldiers", allowed)


CHECKS: tuple[Callable[[View], Iterator[Clash]], ...] = (
    references, sectors, posts, outline, times, patrols, vehicles, contingents, policies
)  # fmt: skip


def clashes(view: View) -> Iterator[Clash]:
    """Everything in which the tables do not agree."""
    for check in CHECKS:
        yield from check(view)
