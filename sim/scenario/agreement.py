"""Agreement between tables: what no table can check alone.

The checks read the merged tables through a :class:`View`. Those of incidents are in
:mod:`sim.scenario.agreement_incidents`, those of policies in :mod:`sim.scenario.agreement_policies`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from sim.scenario.agreement_experiment import comparison, experiment
from sim.scenario.agreement_incidents import incidents
from sim.scenario.agreement_policies import changes, policies
from sim.scenario.task_schema import Task
from sim.scenario.view import (
    Clash,
    View,
    at_most,
    each_once,
    must_be_given,
    must_be_sector,
    must_be_site,
    must_exist,
    spread,
)


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
            yield from must_exist(view, (*table, key, "sector"), view.text(*table, key, "sector"), sectors)
    for key in view.keys("contingents"):
        place, rotation = ("contingents", key, "rotation"), view.text("contingents", key, "rotation")
        yield from must_be_given(view, place, rotation, ("rotations",))
    for key in view.keys(*sites):
        loc = (*sites, key, "municipality")
        yield from must_exist(view, loc, view.text(*loc), ("theatre", "municipalities"))
    for table in (("tasks", "reserve", "n_sections"), ("tasks", "patrols", "sector_weights")):
        for key in view.keys(*table):
            yield from must_exist(view, (*table, key), key, sectors)
    for table in (("tasks", "sites", "crew_of"), *(("policy", key, "unfixing") for key in view.keys("policy"))):
        for key in view.keys(*table):
            yield from must_be_site(view, (*table, key), key)


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
    yield from at_most(view, ("tasks", "sites", "n"), ("theatre", "n_sites"))
    yield from at_most(view, ("tasks", "checkpoints", "n"), ("theatre", "n_checkpoints"))
    for key in view.keys("theatre", "crossing_points"):
        if key in view.keys("theatre", "named_sites"):
            found = f"'{key}', the key of a named site too"
            yield Clash(("theatre", "crossing_points", key), found, "a key of its own")
    n_sites, n_named = view.number("theatre", "n_sites"), len(view.keys("theatre", "named_sites"))
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
            yield from at_most(view, window, ("force", "shift_h"))
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
        yield from spread(view, (*kinds, key, "dwell_min"))
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
        yield from spread(view, (*loc, "check_min"))
        weights = view.items(*loc, "by_hour")
        if weights and all(weight == 0 for weight in weights):
            yield Clash((*loc, "by_hour"), "no weight above 0", "a weight above 0 for some hour")
    for key in view.keys("vehicles", "crossing_points", "per_day_of"):
        place = ("vehicles", "crossing_points", "per_day_of", key)
        yield from must_exist(view, place, key, ("theatre", "crossing_points"))


def contingents(view: View) -> Iterator[Clash]:
    """Rotations that end, reserves that are no contingents, caveats that leave something to do where they are."""
    for key in view.keys("rotations"):
        yield from at_most(view, ("rotations", key, "hand_over_days"), ("rotations", key, "tour_days"))
    for table in ("contingents", "reserves"):
        for key in view.keys(table):
            yield from _caveats(view, (table, key))
    for key in view.keys("reserves"):
        yield from must_be_sector(view, ("reserves", key, "sector"))
        if key in view.keys("contingents"):
            yield Clash(("reserves", key), f"'{key}', the key of a contingent too", "a key of its own")


def _caveats(view: View, force: tuple[str, ...]) -> Iterator[Clash]:
    for name in ("will_not_do", "will_not_enter", "will_not_answer"):
        yield from each_once(view, (*force, name))
    for kind in dict.fromkeys(map(str, view.items(*force, "will_not_answer"))):
        yield from must_be_given(view, (*force, "will_not_answer"), kind, ("incidents", "kinds"))
    if set(view.items(*force, "will_not_do")) >= set(Task):
        allowed = "a task left to do; who does none is not on security tasks"
        yield Clash((*force, "will_not_do"), "all tasks", allowed)
    loc = (*force, "will_not_enter")
    for sector in dict.fromkeys(map(str, view.items(*loc))):
        if sector == view.text(*force, "sector"):
            yield Clash(loc, f"'{sector}', its own sector", "sectors that it could be lent to")
        else:
            yield from must_exist(view, loc, sector, ("theatre", "sectors"))


CHECKS: tuple[Callable[[View], Iterator[Clash]], ...] = (
    references, sectors, posts, outline, times, patrols, vehicles, contingents, changes, incidents, policies,
    experiment, comparison,
)  # fmt: skip


def clashes(view: View) -> Iterator[Clash]:
    """Everything in which the tables do not agree."""
    for check in CHECKS:
        yield from check(view)
