"""Agreement of the tables of incidents: kinds, what they escalate to and excite, shocks, dated incidents."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.branching import branching_ratio, circles
from sim.scenario.errors import dotted, listed
from sim.scenario.view import Clash, View, each_once, in_horizon, must_be_site, must_exist, spread

KINDS = ("incidents", "kinds")
_SOURCES_OF_THE_MODEL = {
    "base": "what goes on all the time",
    "planned": "escorts and the like",
    "escalation": "incidents that others became",
}
_MAX_CANDIDATES_PER_DAY = 100_000
"""Beyond it a day of candidates takes minutes to draw; KFOR's worst week had some fifty incidents a day."""
_AT_MOST_RATIO = 1 - 1e-9  # a sum of shares that is 1 on paper can be a little less in floating point


def incidents(view: View) -> Iterator[Clash]:
    """Incidents: kinds that fit, clusters that die out, sources that name what there is."""
    for key in view.keys(*KINDS):
        yield from _kind(view, key)
    yield from _escalation(view)
    yield from _base(view)
    for key in view.keys("incidents", "shocks"):
        yield from _shock(view, ("incidents", "shocks", key))
    for key in view.keys("incidents", "dated"):
        yield from _dated(view, ("incidents", "dated", key))
    for table in ("shocks", "dated"):
        for key in view.keys("incidents", table):
            if key in _SOURCES_OF_THE_MODEL:
                found = f"'{key}', which stands for {_SOURCES_OF_THE_MODEL[key]}"
                yield Clash(("incidents", table, key), found, "another key")
            elif table == "dated" and key in view.keys("incidents", "shocks"):
                yield Clash(("incidents", table, key), f"'{key}', the key of a shock too", "a key of its own")


def _kind(view: View, key: str) -> Iterator[Clash]:
    loc = (*KINDS, key)
    becomes = view.text(*loc, "escalates_to")
    yield from must_exist(view, (*loc, "escalates_to"), becomes, KINDS)
    if becomes is not None and view.at(*KINDS, becomes, "planned") is True:
        yield Clash((*loc, "escalates_to"), f"'{becomes}', which is planned", "a kind that is not planned")
    yield from spread(view, (*loc, "service_min"))
    target_min, burns_out_h = view.number(*loc, "target_min"), view.number(*loc, "burns_out_h")
    if target_min is not None and burns_out_h is not None and burns_out_h < target_min / 60:
        allowed = f"at least {dotted((*loc, 'target_min'))}, {target_min:g} min or {target_min / 60:g} h"
        yield Clash((*loc, "burns_out_h"), f"{burns_out_h:g}", allowed)
    if view.at(*loc, "planned") is True:
        if view.number(*loc, "triggers"):
            found = f"{view.number(*loc, 'triggers'):g} for a planned kind"
            yield Clash((*loc, "triggers"), found, "0: what is planned triggers nothing")
        if becomes is not None:
            allowed = "no escalates_to: what is planned does not escalate"
            yield Clash((*loc, "escalates_to"), f"'{becomes}' for a planned kind", allowed)
    at = view.text(*loc, "at")
    if becomes is not None and at != "crossing_point" and view.at(*KINDS, becomes, "blocks") is True:
        found = f"'{becomes}', which blocks a crossing point, for a kind at '{at}'"
        yield Clash((*loc, "escalates_to"), found, "a kind that does not block, or a kind at 'crossing_point'")
    if view.at(*loc, "blocks") is True and at not in {None, "crossing_point"}:
        yield Clash((*loc, "blocks"), f"true for a kind at '{at}'", "false, or a kind at 'crossing_point'")


def _escalation(view: View) -> Iterator[Clash]:
    """No circle, and a worst-case branching ratio below 1."""
    keys = view.keys(*KINDS)
    escalates_to = {key: view.text(*KINDS, key, "escalates_to") for key in keys}
    around = circles(escalates_to)
    for circle in around:
        found = f"a circle: {listed([' -> '.join([*circle, circle[0]])])}"
        yield Clash((*KINDS, circle[0], "escalates_to"), found, "a kind that does not escalate to this one")
    weights = {key: view.number(*KINDS, key, "weight") for key in keys}
    triggers = {key: view.number(*KINDS, key, "triggers") for key in keys}
    known_weights = {key: one for key, one in weights.items() if one is not None}
    known_triggers = {key: one for key, one in triggers.items() if one is not None}
    exist = all(one is None or one in keys for one in escalates_to.values())
    if around or not exist or not len(keys) == len(known_weights) == len(known_triggers):
        return
    # What is planned has a rate of its own and is no part of the base.
    ratio = branching_ratio({key: known_weights[key] for key in _unplanned(view)}, known_triggers, escalates_to)
    if ratio > _AT_MOST_RATIO:
        found = f"a branching ratio of {ratio:.6g} if every incident that can escalate does"
        yield Clash(KINDS, found, "less than 1: fewer triggers, or less weight where triggers are many")


def _unplanned(view: View) -> list[str]:
    return [key for key in view.keys(*KINDS) if view.at(*KINDS, key, "planned") is not True]


def _base(view: View) -> Iterator[Clash]:
    yield from _shared_out(view, ("incidents",))
    per_day, most = view.number("incidents", "per_day"), view.number("incidents", "max_tension")
    if per_day is not None and most is not None and per_day * (1 + most) > _MAX_CANDIDATES_PER_DAY:
        allowed = f"such that incidents.per_day x (1 + max_tension) is at most {_MAX_CANDIDATES_PER_DAY:,} a day"
        yield Clash(("incidents", "max_tension"), f"{most:g}", allowed)
    weights = [view.number(*KINDS, key, "weight") for key in _unplanned(view)]
    if view.number("incidents", "per_day") and view.has("incidents", "kinds") and all(one == 0 for one in weights):
        yield Clash(KINDS, "no kind with a weight above 0 that is not planned", "one, for the incidents of the base")


def _shared_out(view: View, source: tuple[str, ...]) -> Iterator[Clash]:
    """Weights of sectors: the sectors exist, and somewhere there is a weight."""
    loc = (*source, "sector_weights")
    for key in view.keys(*loc):
        yield from must_exist(view, (*loc, key), key, ("theatre", "sectors"))
    weights = view.numbers(*loc)
    if weights is not None and not sum(weights) and view.number(*source, "per_day"):
        yield Clash(loc, "no weight above 0", "a weight above 0 for some sector")


def _shock(view: View, loc: tuple[str, ...]) -> Iterator[Clash]:
    yield from in_horizon(view, (*loc, "begins"), or_before=True)  # one from before may still be decaying
    yield from _shared_out(view, loc)
    for key in view.keys(*loc, "kinds"):
        yield from must_exist(view, (*loc, "kinds", key), key, KINDS)
    given = view.numbers(*loc, "kinds")
    if given and not sum(given):
        yield Clash((*loc, "kinds"), "no weight above 0", "a weight above 0 for some kind")
    weights = [view.number(*KINDS, key, "weight") for key in _unplanned(view)]
    if not view.keys(*loc, "kinds") and view.keys(*KINDS) and all(weight == 0 for weight in weights):
        yield Clash((*loc, "kinds"), "nothing, and no kind has a weight in the base", "a weight for some kind")
    yield from _places(view, loc)


def _places(view: View, shock: tuple[str, ...]) -> Iterator[Clash]:
    """Places of a shock: posts that there are, of a sort and in a sector where it brings incidents."""
    loc = (*shock, "places")
    yield from each_once(view, loc)
    crossings = view.keys("theatre", "crossing_points")
    own = [key for key in view.keys(*shock, "kinds") if view.number(*shock, "kinds", key)]
    base = [key for key in _unplanned(view) if view.number(*KINDS, key, "weight")]
    kinds = own if view.keys(*shock, "kinds") else base
    sorts = {view.text(*KINDS, key, "at") for key in kinds}
    weights = view.numbers(*shock, "sector_weights") or []
    for place in dict.fromkeys(map(str, view.items(*loc))):
        if place not in crossings:
            yield from _post(view, loc, place, crossings)
        sort = "crossing_point" if place in crossings else "site"
        if sorts and None not in sorts and sort not in sorts:
            found = f"'{place}', a {sort.replace('_', ' ')}, where none of its kinds is"
            yield Clash(loc, found, f"a kind at '{sort}', or a place where its kinds are")
        sector = _sector_of(view, place)
        if sector is not None and sum(weights) > 0 and not view.number(*shock, "sector_weights", sector):
            allowed = f"a place in a sector of {dotted((*shock, 'sector_weights'))}"
            yield Clash(loc, f"'{place}', which is in sector '{sector}'", allowed)


def _sector_of(view: View, place: str) -> str | None:
    """The sector of a crossing point or a named site, if it can be relied on."""
    if place in view.keys("theatre", "crossing_points"):
        return view.text("theatre", "crossing_points", place, "sector")
    municipality = view.text("theatre", "named_sites", place, "municipality")
    return None if municipality is None else view.text("theatre", "municipalities", municipality, "sector")


def _post(view: View, loc: tuple[str, ...], place: str, crossings: list[str]) -> Iterator[Clash]:
    """A place that is no crossing point must be a site."""
    sites = view.keys("theatre", "named_sites")
    if place in sites:
        yield from must_be_site(view, loc, place)
    elif view.has("theatre"):
        posts = [*sites, *crossings]
        allowed = f"a named site or a crossing point of the theatre: {listed(posts)}"
        yield Clash(loc, f"'{place}', which is neither", allowed, view.nearest(place, posts))


def _dated(view: View, loc: tuple[str, ...]) -> Iterator[Clash]:
    kind, place = view.text(*loc, "kind"), view.text(*loc, "place")
    yield from must_exist(view, (*loc, "kind"), kind, KINDS)
    yield from in_horizon(view, (*loc, "begins"))
    at = view.text(*KINDS, kind, "at") if kind is not None else None
    if place is None or at is None:
        return
    if at == "site":
        yield from must_be_site(view, (*loc, "place"), place)
        return
    table, words = {
        "area": ("municipalities", "a municipality"),
        "crossing_point": ("crossing_points", "a crossing point"),
    }.get(at, ("", ""))
    names = view.keys("theatre", table)
    if table and view.has("theatre") and place not in names:
        allowed = f"{words} of the theatre, as '{kind}' is at '{at}': {listed(names)}"
        yield Clash((*loc, "place"), f"'{place}', which is not {words}", allowed, view.nearest(place, names))
