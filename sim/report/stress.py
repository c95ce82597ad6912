"""The model described by the items of STRESS-DES, filled from a scenario and a manifest.

STRESS-DES lists what a reader must be told to be able to build a discrete-event simulation again and trust it. Each
item is answered in sentences; what depends on the scenario, its experiment or the run is taken from them.

References
----------
Monks, T., Currie, C. S. M., Onggo, B. S., Robinson, S., Kunc, M. and Taylor, S. J. E. (2019). Strengthening the
reporting of empirical simulation studies: introducing the STRESS guidelines. Journal of Simulation 13(1), 55-67.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.report import minimum, stress_components, stress_incidents, stress_policies
from sim.report.sources import SET, assumptions, rows_of
from sim.report.words import counted, day, during, levels_in_words, listed, plain

if TYPE_CHECKING:
    from sim.experiment.minimum_answer import MinimumAnswer
    from sim.scenario.schema import Scenario

_WORLD = (
    "All policies and troop levels meet the same world, since streams are keyed by purpose and entity, never by them."
)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the checklist: its number, section, name, and what there is to say, a paragraph each."""

    number: str
    section: str
    name: str
    paragraphs: tuple[str, ...]


def items(scenario: Scenario, manifest: Mapping[str, Any], search: MinimumAnswer | None = None) -> list[Item]:
    """Every item of STRESS-DES, in its order.

    Parameters
    ----------
    scenario : Scenario
        That is described.
    manifest : mapping
        Of the run, as in `manifest.json`: seed, hashes, versions, settings, what ran.
    search : MinimumAnswer, optional
        The search for the minimum force that the run was for, if it was.
    """
    answers = {
        ("1.1", "Objectives", "Purpose of the model"): _purpose(scenario),
        ("1.2", "Objectives", "Model outputs"): _outputs(scenario),
        ("1.3", "Objectives", "Aims of experimentation"): _aims(scenario, search),
        ("2.1", "Logic", "Base model overview"): _overview(scenario),
        ("2.2", "Logic", "Base model logic"): _logic(scenario),
        ("2.3", "Logic", "Scenario logic"): stress_policies.policies(scenario),
        ("2.4", "Logic", "Algorithms"): _algorithms(scenario),
        ("2.5.1", "Logic", "Components: entities"): stress_components.entities(scenario),
        ("2.5.2", "Logic", "Components: activities"): stress_components.activities(scenario),
        ("2.5.3", "Logic", "Components: resources"): stress_components.resources(scenario),
        ("2.5.4", "Logic", "Components: queues"): stress_components.queues(scenario),
        ("2.5.5", "Logic", "Components: entry and exit points"): stress_components.entry_and_exit(scenario),
        ("3.1", "Data", "Data sources"): _sources(scenario),
        ("3.2", "Data", "Pre-processing"): _pre_processing(scenario),
        ("3.3", "Data", "Input parameters"): _inputs(scenario),
        ("3.4", "Data", "Assumptions"): _assumptions(scenario),
        ("4.1", "Experimentation", "Initialisation"): _initialisation(scenario),
        ("4.2", "Experimentation", "Run length"): _run_length(scenario),
        ("4.3", "Experimentation", "Estimation approach"): _estimation(scenario, manifest),
        ("5.1", "Implementation", "Software and programming language"): _software(manifest),
        ("5.2", "Implementation", "Random sampling"): _sampling(manifest),
        ("5.3", "Implementation", "Model execution"): _execution(),
        ("5.4", "Implementation", "System specification"): _system(manifest),
        ("6.1", "Code access", "Computer model sharing statement"): _access(manifest),
    }
    return [Item(*head, tuple(text for text in said if text)) for head, said in answers.items()]


def _purpose(scenario: Scenario) -> Iterator[str]:
    yield (
        "To estimate how much of a peacekeeping force's task list is done with a given number of troops, and what a "
        "drawdown costs. It is a model of troops to task, with or without incidents, and no forecast of violence."
    )
    yield f"This scenario: {scenario.title}. {scenario.description}".strip()


def _outputs(scenario: Scenario) -> Iterator[str]:
    coverage = scenario.coverage
    yield (
        f"The headline is coverage: the mean, over time and weighted {plain(coverage.weight_patrols)} : "
        f"{plain(coverage.weight_sites)} : {plain(coverage.weight_checkpoints)} : "
        f"{plain(coverage.weight_crossing_points)}, of the share of patrol areas visited within the last "
        f"{plain(coverage.window_h)} h, of site protection, and of the shares of checkpoint-hours and "
        f"crossing-point-hours "
        "that are manned. All are shares of the reference task list; a part without demand is left out of the mean."
    )
    more = ["each of these parts", "revisit age", "tours a day", "use of soldiers"]
    more += ["waits of vehicles"] if stress_components.has_vehicles(scenario) else []
    more += ["how incidents are met, contained or escalate, and tension"] if scenario.incidents is not None else []
    yield f"Beside it: {listed(more)}; for the theatre and each sector, by replication and by day."


def _aims(scenario: Scenario, search: MinimumAnswer | None) -> Iterator[str]:
    experiment = scenario.experiment
    chosen = experiment.policies or list(scenario.policy)
    if search is not None:
        yield minimum.aims(search.question, scenario)
        # A search runs one level after the other: the scenario that is kept asks for the last alone.
        if search.levels.issuperset(experiment.troops) and not experiment.timeline:
            return
    if experiment.troops:
        levels = levels_in_words(experiment.troops, most=20)
        yield (
            f"A force held at each of {counted(len(experiment.troops), 'troop level')} ({levels} soldiers), with the "
            "rest as on the first day: how coverage falls below the strength that suffices."
        )
    if experiment.timeline:
        whose = "its" if len(chosen) == 1 else "their"
        n = counted(len(chosen), "policy", "policies")
        yield f"{n} at {whose} own strength over the horizon: {', '.join(chosen)}."
    if scenario.comparison is not None:
        said = scenario.comparison
        yield (
            f"Policies are compared with {said.baseline} by {said.response}; worse by less than {plain(said.delta)} is "
            "not worse."
        )
    yield f"{counted(experiment.replications, 'replication')} of each policy and troop level."


def _overview(scenario: Scenario) -> Iterator[str]:
    yield (
        "Strength → sections on duty → a headquarters' allocation at each shift change → patrols, guarded sites, "
        "checkpoints, crossing points, reserve → a trace of all that happened → responses."
    )
    called = "An incident calls sections away from these tasks. " if scenario.incidents is not None else ""
    yield (
        f"{called}A policy changes strength, priorities and tasks; the reference task list, by which all is measured, "
        "it does not change."
    )


def _logic(scenario: Scenario) -> Iterator[str]:
    force = scenario.force
    yield (
        f"Soldiers become sections: strength times {plain(force.share_in_theatre)} in theatre times "
        f"{plain(force.share_on_security_tasks)} on security tasks, {plain(force.section_size)} to a section, in "
        f"{counted(force.n_shift_groups, 'shift group')} of which one is on duty for {plain(force.shift_h)} h; "
        f"{plain(force.leave_days)} days of leave in {plain(force.leave_cycle_days)}, and a share of "
        f"{plain(force.absence_share)} absent at random."
    )
    yield (
        "At each shift change a sector's headquarters gives its sections to tasks: floors first, in order of priority, "
        "then what remains by weight, up to demand. One section more never takes from a task. A change of strength "
        "shows at the next shift change: the lowest priority goes unmanned first."
    )
    yield from stress_incidents.incidents(scenario)
    yield from _vehicles(scenario)


def _vehicles(scenario: Scenario) -> Iterator[str]:
    if scenario.vehicles is None:
        return
    if not stress_components.has_vehicles(scenario):
        yield "Vehicles at posts, which change nothing that troops do, are not simulated here."
        return
    where = "" if scenario.vehicles.runs == "all" else ", at a policy's own strength only"
    yield (
        "Vehicles queue at manned posts and change nothing that troops do; their waits are reckoned after the "
        f"run{where}."
    )


def _algorithms(scenario: Scenario) -> Iterator[str]:
    yield (
        "Strengths are shared out to contingents, and posts to sectors, by Sainte-Laguë; patrol areas are hexagons of "
        "equal area that tile the theatre; the round trip through a sector's areas is a nearest-neighbour "
        "tour mended by 2-opt. "
        "Which tours go out when sections lack is a random order of the shift's tours, drawn beforehand."
    )
    if stress_components.has_vehicles(scenario):
        yield "Waits of vehicles: the Kiefer-Wolfowitz recursion of a queue with several servers, shift after shift."
    if scenario.incidents is not None:
        yield "Incidents: a self-exciting (Hawkes) process in each sector, by thinning candidates drawn beforehand."


def _sources(scenario: Scenario) -> Iterator[str]:
    rows = rows_of(scenario)
    sourced = list(dict.fromkeys(row.source for row in rows if row.kind == "sourced"))
    n_set = sum(row.kind == "set" for row in rows)
    assumed = sum(row.kind == "assumed" for row in rows)
    n_sourced = len(rows) - assumed - n_set
    parts = [f"{n_sourced:,} from {counted(len(sourced), 'source')}" if n_sourced else "none from a source"]
    parts += [f"{assumed:,} assumed" if assumed else "none assumed"]
    parts += [f"{n_set:,} {SET}"] if n_set else []
    yield f"{len(rows):,} numbers and dates: {', '.join(parts)}. Each stands in the table of this page with its source."
    if sourced:
        yield f"Sources: {', '.join(sourced)}."


def _pre_processing(scenario: Scenario) -> Iterator[str]:
    theatre = scenario.theatre
    yield (
        f"Patrol areas and posts are laid out from the theatre file ({theatre.title}): "
        f"{theatre.n_patrol_areas:,} areas "
        f"of equal size, {counted(scenario.tasks.sites.n, 'site')} and "
        f"{counted(scenario.tasks.checkpoints.n, 'checkpoint')} over "
        f"{counted(len(theatre.municipalities), 'municipality', 'municipalities')} in proportion to their people. "
        "The same file gives the same layout. Positions are illustrative."
    )


def _inputs(scenario: Scenario) -> Iterator[str]:
    tasks = scenario.tasks
    yield (
        f"Strength {scenario.strength:,} soldiers in {counted(len(scenario.contingents), 'contingent')}; "
        f"{plain(tasks.patrols.per_day)} patrols a day; {counted(tasks.sites.n, 'site')} with "
        f"{plain(tasks.sites.crew)} soldiers "
        f"at a time; {counted(tasks.checkpoints.n, 'checkpoint')} with {plain(tasks.checkpoints.crew)}; "
        f"{counted(len(scenario.theatre.crossing_points), 'crossing point')} with {plain(tasks.crossing_points.crew)}; "
        f"a reserve of "
        f"{counted(sum(tasks.reserve.n_sections.values()), 'section')}."
    )
    yield "All others are in the table of this page, each with its unit and source."


def _assumptions(scenario: Scenario) -> Iterator[str]:
    found = assumptions(scenario)
    reasons = list(dict.fromkeys(one.source.removeprefix("assumption:").strip() for one in found))
    yield (
        f"{counted(len(found), 'number')} {'is' if len(found) == 1 else 'are'} assumed, for "
        f"{counted(len(reasons), 'stated reason')}; the table of this page shows them under “assumed”."
        if found
        else "No number of the scenario is assumed."
    )
    yield (
        "Of structure: travel is along straight lines times a detour factor; a section is whole and does one task at a "
        "time; a change of strength waits for the shift change; positions of areas and posts are illustrative."
    )


def _initialisation(scenario: Scenario) -> Iterator[str]:
    yield (
        f"The run begins at midnight of {day(scenario.horizon.start)} with no patrol out. The first "
        f"{plain(scenario.warm_up_h)} h are cut off before anything is averaged. Leave and reliefs begin at a random "
        "point of their cycles in each replication. The simulation is non-terminating at a held strength, and runs "
        "to the end of the horizon for a policy."
    )


def _run_length(scenario: Scenario) -> Iterator[str]:
    horizon, experiment = scenario.horizon, scenario.experiment
    days = during(horizon.start, horizon.end - dt.timedelta(days=1))
    n_days = counted((horizon.end - horizon.start).days, "day")
    yield f"A policy at its own strength: {n_days}, {days}, warm-up included."
    yield f"A troop level: {counted(experiment.sweep_days, 'day')} after the warm-up."


def _estimation(scenario: Scenario, manifest: Mapping[str, Any]) -> Iterator[str]:
    n = [row["n_replications"] for row in manifest["ran"]]
    each = f"{min(n):,}" if n and min(n) == max(n) else f"{min(n):,} to {max(n):,}" if n else "no"
    yield (
        f"Independent replications, {each} of each policy and troop level in this folder; means with Student "
        f"intervals of {100 * scenario.experiment.confidence:.6g} % confidence, each by itself. Policies are compared "
        "by paired differences on common random numbers."
    )
    precision = scenario.experiment.precision
    if precision is not None:
        yield (
            f"Replications are added until the goals for {listed(precision.goals)} are met, at most "
            f"{precision.max_replications:,}."
        )


def _software(manifest: Mapping[str, Any]) -> Iterator[str]:
    versions = dict(manifest["versions"])
    yield (
        f"peacesim {versions.get('peacesim', '')}, in Python {versions.get('python', '')} with SimPy "
        f"{versions.get('simpy', '')} (process interaction), NumPy {versions.get('numpy', '')} and SciPy "
        f"{versions.get('scipy', '')}."
    )


def _sampling(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"NumPy's generators, a stream for each purpose and entity, from the seed {manifest['seed']} and the number of "
        f"the replication. {_WORLD} Replication r is the same whether 5 or 500 are asked for."
    )


def _execution() -> Iterator[str]:
    yield (
        "Events are those of SimPy's kernel; times are whole seconds. At one instant tours and incidents end "
        "first, then "
        "strength changes, gates, allocation, departures, and new incidents; ties are broken by name. Replications run "
        "on any number of cores and give the same bytes on one as on many."
    )


def _system(manifest: Mapping[str, Any]) -> Iterator[str]:
    libraries = ", ".join(f"{name} {version}" for name, version in dict(manifest["versions"]).items())
    yield (
        f"Results do not depend on the processor or the number of cores; they depend on NumPy, whose variates "
        f"may differ "
        f"from one version to the next. Run with {libraries}."
    )


def _access(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield (
        "peacesim is open source under the MIT licence; scenarios, theatres and the catalogue of sources come with it. "
        f"The code of this run has the sha256 {manifest['code_sha256']}, its inputs {manifest['scenario_sha256']}; the "
        "command that runs it again is in this page."
    )
