"""The components of the model in words, for its description: what there is, what it does, and for what it waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.report.words import counted, listed, plain

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.scenario.task_schema import Duration


def has_vehicles(scenario: Scenario) -> bool:
    """Whether any run simulates vehicles."""
    return scenario.vehicles is not None and scenario.vehicles.runs != "none"


def entities(scenario: Scenario) -> Iterator[str]:
    """What moves through the model or lives in it."""
    tasks = scenario.tasks
    kinds, n_sectors = listed(tasks.patrols.kinds), len(scenario.theatre.sectors)
    yield (
        f"Patrols ({kinds}), a tour each, {plain(tasks.patrols.per_day)} tasked a day; posts, which live as "
        f"long as the run: "
        f"{counted(tasks.sites.n, 'site')}, {counted(tasks.checkpoints.n, 'checkpoint')}, "
        f"{counted(len(scenario.theatre.crossing_points), 'crossing point')}; "
        f"{'one headquarters' if n_sectors == 1 else f'headquarters, one in each of {n_sectors:,} sectors'}."
    )
    if scenario.incidents is not None:
        yield f"Incidents: {listed(scenario.incidents.kinds)}."
    if has_vehicles(scenario):
        yield "Vehicles at checkpoints and crossing points."


def activities(scenario: Scenario) -> Iterator[str]:
    """What takes time."""
    for key, kind in scenario.tasks.patrols.kinds.items():
        yield (
            f"Patrol, {key} (share {plain(kind.share)}): {counted(kind.n_stops, 'area')} at "
            f"{plain(kind.speed_km_h)} km/h, "
            f"a stay of {_duration(kind.dwell_min)} min in each; to the first area and home at "
            f"{plain(kind.approach_speed_km_h)} km/h; then {plain(scenario.tasks.patrols.turn_round_min)} min "
            f"to turn round."
        )
    yield (
        f"Guarding and manning posts, and readiness of the reserve: a shift of {plain(scenario.force.shift_h)} h "
        f"at a time."
    )
    if scenario.incidents is not None:
        yield "Answering an incident: the way to it, and its service, which goes on through reliefs until it is done."
    vehicles = scenario.vehicles if has_vehicles(scenario) else None
    lines = (
        []
        if vehicles is None
        else [("checkpoints", vehicles.checkpoints), ("crossing points", vehicles.crossing_points)]
    )
    for name, post in lines:
        if post is not None:
            yield f"A check at {name}: {_duration(post.check_min)} min, {post.n_lanes:,} at a time."


def resources(scenario: Scenario) -> Iterator[str]:
    """What is scarce."""
    yield (
        f"Sections of {plain(scenario.force.section_size)} soldiers, of "
        f"{counted(len(scenario.contingents), 'contingent')}; "
        "pooled in their sector, and given to tasks shift by shift."
    )
    caveats = [
        key for key, one in scenario.contingents.items() if one.will_not_do or one.will_not_enter or one.will_not_answer
    ]
    yield f"With caveats: {listed(caveats)}." if caveats else "No contingent has caveats."
    if scenario.reserves:
        yield f"Reserves from outside, when called: {listed(scenario.reserves)}."


def queues(scenario: Scenario) -> Iterator[str]:
    """What waits for what."""
    yield "Tasks do not queue: a tour that finds no section does not go out, and a post without a crew is unmanned."
    if scenario.incidents is not None:
        yield (
            "Incidents wait for sections, in the order in which they arose, until they are met, escalate or end "
            "by themselves."
        )
    if has_vehicles(scenario):
        yield (
            "Vehicles wait in one line a post, first come, first checked, over shifts and days; an unmanned checkpoint "
            "waves them through, an unmanned crossing point is closed and its line waits."
        )


def entry_and_exit(scenario: Scenario) -> Iterator[str]:
    """Where what moves comes from, and where it goes."""
    departures = scenario.tasks.patrols
    yield (
        "Tours leave the base of their sector in the first hours of a shift and come home to it. Soldiers "
        "come and go by "
        "stages, gates and reserves of the policy, at shift changes."
        if departures.per_day
        else "No tours are tasked. Soldiers come and go by the policy, at shift changes."
    )
    if scenario.incidents is not None:
        yield "Incidents arise in a sector by its rate, in shocks or on dates, and end when contained or by themselves."
    if has_vehicles(scenario):
        yield "Vehicles arrive at a post by the hour of the day and leave when checked or waved through."


def _duration(duration: Duration) -> str:
    spread = f", cv {plain(duration.cv)}" if duration.cv else ""
    return f"{plain(duration.mean)} ({duration.distribution}{spread})"
