"""Agreement of a policy with the rest: its order of tasks, the steps of its drawdown, who it calls and who helps whom.

The changes of the task list, which are the same for every policy, are checked here too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sim.scenario.errors import dotted, listed
from sim.scenario.task_schema import Task
from sim.scenario.view import (
    Clash,
    View,
    each_once,
    in_horizon,
    must_be_given,
    must_be_sector,
    must_be_site,
    must_exist,
)


def policies(view: View) -> Iterator[Clash]:
    """Policies: an order of all tasks, steps that can be taken, someone to apportion troops to."""
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
        levels += [
            round(view.number("policy", key, "gates", gate, "strength") or 0)
            for gate in view.keys("policy", key, "gates")
        ]
        levels.append(round(view.number("policy", key, "ramp", "strength") or 0))
        for check in (_ramp, _gates, _calls, _command, _unfixing_when, _lists):
            yield from check(view, ("policy", key))
    strengths = [view.number("contingents", key, "strength") for key in view.keys("contingents")]
    if view.has("contingents") and not any(one is None or one > 0 for one in strengths) and any(levels):
        yield Clash(("contingents",), "no contingent with a strength above 0", "one, for troops to be shared out over")


def _withdrawn(view: View, stage: tuple[str, ...]) -> Iterator[Clash]:
    """Contingents that a stage withdraws: they are there, and leave someone to share out its strength over."""
    loc = (*stage, "withdrawn")
    withdrawn = list(map(str, view.items(*loc)))
    for key in dict.fromkeys(withdrawn):
        yield from must_exist(view, loc, key, ("contingents",))
    yield from each_once(view, loc)
    strengths = {key: view.number("contingents", key, "strength") for key in view.keys("contingents")}
    strong = [key for key, one in strengths.items() if one is None or one > 0]
    soldiers = view.number(*stage, "strength")
    may_grow = soldiers or view.keys(*stage[:2], "gates")
    if soldiers is not None and may_grow and strong and set(strong) <= set(withdrawn):
        allowed = "a contingent with a strength above 0 that stays, or a stage with strength 0 and no gates"
        yield Clash(loc, f"everyone, but the stage has {soldiers:g} soldiers", allowed)


def _ramp(view: View, policy: tuple[str, ...]) -> Iterator[Clash]:
    """A ramp that ends after it begins, in the horizon, and is the only drawdown there is."""
    loc = (*policy, "ramp")
    begins, ends = view.day(*loc, "begins"), view.day(*loc, "ends")
    yield from in_horizon(view, (*loc, "begins"))
    if begins is not None and ends is not None and ends <= begins:
        yield Clash((*loc, "ends"), f"the date {ends}", f"a day after {dotted((*loc, 'begins'))}, {begins}")
    for name in ("stages", "gates"):
        if view.has(*loc) and view.keys(*policy, name):
            allowed = f"no {name}, or no ramp: each would undo what the other does"
            yield Clash((*policy, name), f"{name} beside a ramp", allowed)


def _gates(view: View, policy: tuple[str, ...]) -> Iterator[Clash]:
    """Gates that are reviewed while the run goes on, and whose step is not taken back by what opened it."""
    for key in view.keys(*policy, "gates"):
        loc = (*policy, "gates", key)
        yield from must_be_sector(view, (*loc, "sector"), or_all=True)
        yield from in_horizon(view, (*loc, "earliest"), or_before=True)
        if view.at(*loc, "automatic") is True and view.day(*loc, "approved_on") is not None:
            found = f"the date {view.day(*loc, 'approved_on')} for a gate that is automatic"
            yield Clash((*loc, "approved_on"), found, "no approved_on, or automatic = false")
        calm, unrest = view.number(*loc, "tension_below"), view.number(*loc, "reverses_above")
        if calm is not None and unrest is not None and unrest <= calm:
            allowed = f"more than {dotted((*loc, 'tension_below'))}, {calm:g}"
            yield Clash((*loc, "reverses_above"), f"{unrest:g}", allowed)
        earliest = view.day(*loc, "earliest")
        for stage in view.keys(*policy, "stages"):
            effective = view.day(*policy, "stages", stage, "effective_on")
            if unrest is not None and earliest is not None and effective is not None and effective > earliest:
                found = f"{unrest:g}, but stage '{stage}' follows on {effective}"
                allowed = "no stage after the earliest day of a gate that can be reversed: it would be undone too"
                yield Clash((*loc, "reverses_above"), found, allowed)


def _calls(view: View, policy: tuple[str, ...]) -> Iterator[Clash]:
    """Calls of reserves that there are, on a day or above a tension."""
    for key in view.keys(*policy, "calls"):
        loc = (*policy, "calls", key)
        yield from must_be_given(view, (*loc, "reserve"), view.text(*loc, "reserve"), ("reserves",))
        yield from must_be_sector(view, (*loc, "sector"), or_all=True)
        yield from in_horizon(view, (*loc, "on"))
        given = [name for name in ("on", "tension_above") if name in view.keys(*loc)]
        if view.has(*loc) and len(given) != 1:
            found = "both on and tension_above" if given else "neither on nor tension_above"
            yield Clash(loc, found, "one of the two")


def _command(view: View, policy: tuple[str, ...]) -> Iterator[Clash]:
    """Command: sectors that there are, and what a delay between them needs."""
    loc = (*policy, "command")
    given, separate = view.keys(*loc), (*loc, "separate_sectors")
    yield from each_once(view, separate)
    for sector in dict.fromkeys(map(str, view.items(*separate))):
        yield from must_exist(view, separate, sector, ("theatre", "sectors"))
    for sector in view.keys(*loc, "liaison_soldiers"):
        yield from must_exist(view, (*loc, "liaison_soldiers", sector), sector, ("theatre", "sectors"))
        others = [str(one) for one in view.items(*separate)]
        if others and sector not in others and {sector, *others} <= set(view.keys("theatre", "sectors")):
            found = f"liaison soldiers for '{sector}', which is not separate"
            yield Clash((*loc, "liaison_soldiers", sector), found, f"a sector of {dotted(separate)}")
    if view.keys(*loc, "liaison_soldiers") and "liaison_halves_at" not in given:
        allowed = f"{dotted((*loc, 'liaison_halves_at'))} with them, the number that halves the delay"
        yield Clash((*loc, "liaison_soldiers"), "liaison soldiers alone", allowed)
    delay_min = view.number(*loc, "separate_delay_min")
    if delay_min is not None and ("separate_sectors" not in given or view.at(*separate) == []):
        allowed = f"a sector in {dotted(separate)}, or no separate_delay_min"
        yield Clash((*loc, "separate_delay_min"), f"{delay_min:g}, but no sector is separate", allowed)


def _unfixing_when(view: View, policy: tuple[str, ...]) -> Iterator[Clash]:
    """Sites handed over while it is calm: on the task list, each once, and none that has a day of its own."""
    loc = (*policy, "unfixing_when")
    yield from in_horizon(view, (*loc, "earliest"), or_before=True)
    yield from each_once(view, (*loc, "sites"))
    for site in dict.fromkeys(map(str, view.items(*loc, "sites"))):
        yield from must_be_site(view, (*loc, "sites"), site)
        if site in view.keys(*policy, "unfixing"):
            allowed = f"sites that {dotted((*policy, 'unfixing'))} does not name"
            yield Clash((*loc, "sites"), f"'{site}', which is handed over on a day", allowed)


def _lists(view: View, policy: tuple[str, ...]) -> Iterator[Clash]:
    """Who answers and who leaves first: each once, and there."""
    for name in ("answers_with", "leaves_first"):
        yield from each_once(view, (*policy, name))
    for key in dict.fromkeys(map(str, view.items(*policy, "leaves_first"))):
        yield from must_exist(view, (*policy, "leaves_first"), key, ("contingents",))


def changes(view: View) -> Iterator[Clash]:
    """Changes of the task list: within the horizon, in the order of their days."""
    before: tuple[str, dt.date] | None = None
    for key in view.keys("tasks", "changes"):
        loc = ("tasks", "changes", key, "on")
        day = view.day(*loc)
        yield from in_horizon(view, loc)
        if day is not None and before is not None and day <= before[1]:
            allowed = f"a day after that of the change before, '{before[0]}', {before[1]}"
            yield Clash(loc, f"the date {day}", allowed)
        before = (key, day) if day is not None else before
