"""Agreement of an experiment and a comparison with the rest: policies, responses and sectors that there are."""

from __future__ import annotations

from collections.abc import Iterator

from sim.response_list import RESPONSES
from sim.scenario.errors import dotted, listed
from sim.scenario.view import Clash, View, each_once, in_horizon, must_be_sector, must_exist

_GOALS = ("experiment", "precision", "goals")


def experiment(view: View) -> Iterator[Clash]:
    """What is run: policies that there are, each once; goals that can be met."""
    for name in view.items("experiment", "policies"):
        if isinstance(name, str):
            yield from must_exist(view, ("experiment", "policies"), name, ("policy",))
    for key in ("policies", "troops"):
        yield from each_once(view, ("experiment", key))
    for name in view.keys(*_GOALS):
        loc = (*_GOALS, name)
        yield from _must_be_response(view, loc, name)
        yield from must_be_sector(view, (*loc, "sector"), or_all=True)
        given = [one for one in ("half_width", "relative") if one in view.keys(*loc)]
        if view.has(*loc) and len(given) != 1:
            found = "both half_width and relative" if given else "neither half_width nor relative"
            yield Clash(loc, found, "one of the two")
        if view.text(*loc, "of") == "difference" and not view.has("comparison"):
            yield Clash((*loc, "of"), "'difference', but there is no comparison", "a table comparison with a baseline")
    replications, most = view.number("experiment", "replications"), ("experiment", "precision", "max_replications")
    limit = view.number(*most)
    if replications is not None and limit is not None and limit < replications:
        yield Clash(most, f"{limit:g}", f"at least experiment.replications, {replications:g}")
    if replications == 1 and view.has("experiment", "precision"):
        allowed = "2 or more: one replication says nothing of its own spread"
        yield Clash(("experiment", "replications"), "1 beside experiment.precision", allowed)


def comparison(view: View) -> Iterator[Clash]:
    """What is compared: a baseline that is run, and responses that there are."""
    baseline, chosen = view.text("comparison", "baseline"), view.items("experiment", "policies")
    yield from must_exist(view, ("comparison", "baseline"), baseline, ("policy",))
    if baseline in view.keys("policy") and chosen and baseline not in chosen:
        allowed = f"one of {dotted(('experiment', 'policies'))}: {listed([str(one) for one in chosen])}"
        yield Clash(("comparison", "baseline"), f"'{baseline}', which is not run", allowed)
    if (response := view.text("comparison", "response")) is not None:
        yield from _must_be_response(view, ("comparison", "response"), response)
    delta = view.number("comparison", "delta")
    if delta is not None and delta >= 1 and response is not None and RESPONSES.get(response) == "share":
        yield Clash(("comparison", "delta"), f"{delta:g}", f"less than 1, since {response} is a share")
    for name in dict.fromkeys(map(str, view.items("comparison", "also"))):
        yield from _must_be_response(view, ("comparison", "also"), name)
    yield from each_once(view, ("comparison", "also"))
    yield from _days(view)


def _days(view: View) -> Iterator[Clash]:
    """Days that are compared: both ends, in order, in the horizon."""
    first, last = (("comparison", key) for key in ("first_day", "last_day"))
    given = [loc for loc in (first, last) if loc[-1] in view.keys("comparison")]
    for loc in given:
        yield from in_horizon(view, loc)
    begins, ends = view.day(*first), view.day(*last)
    if len(given) == 1:
        other = "last_day" if given == [first] else "first_day"
        yield Clash(given[0], f"no {other} beside it", "both, or neither")
    elif begins is not None and ends is not None and ends < begins:
        yield Clash(last, f"the date {ends}", f"comparison.first_day, {begins}, or later")


def _must_be_response(view: View, loc: tuple[str, ...], name: str) -> Iterator[Clash]:
    if name not in RESPONSES:
        near = view.nearest(name, [*RESPONSES])
        yield Clash(loc, f"'{name}', which is no response", f"one of {listed(RESPONSES)}", near)
