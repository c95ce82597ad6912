"""Who answers incidents, in words, from what the policies of a scenario say of it: tier by tier, as it is searched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.policies.command import crossing_delays_s
from sim.processes.post import POST_TASKS
from sim.report.words import capital, listed
from sim.scenario.schema import Task

if TYPE_CHECKING:
    from sim.scenario.schema import Incidents, Policy, Scenario


def incidents(scenario: Scenario) -> Iterator[str]:
    """What an incident needs, who answers it, and what comes of it if nobody does; nothing without incidents."""
    said = scenario.incidents
    if said is None:
        return
    ends = (
        "escalates or ends unanswered" if any(kind.escalates_to for kind in said.kinds.values()) else "ends unanswered"
    )
    more = "; it makes others likelier for a while" if any(kind.triggers for kind in said.kinds.values()) else ""
    yield f"An incident needs so many sections within a time limit. Too few in time, and it {ends}{more}."
    by_words: dict[str, list[str]] = {}
    chosen = scenario.experiment.policies or list(scenario.policy)
    for key in chosen:
        by_words.setdefault(_tiers(scenario, scenario.policy[key]), []).append(key)
    # The rule that most policies have is said last, as that of the others.
    several = sorted(by_words.items(), key=lambda one: len(one[1]))
    for number, (words, keys) in enumerate(several):
        is_rest = number == len(several) - 1 and len(keys) > 1
        whose = "" if len(several) == 1 else " under the other policies" if is_rest else f" under {listed(keys)}"
        yield f"Who answers{whose}: {words}."
    yield from _planned(said)


def _tiers(scenario: Scenario, policy: Policy) -> str:
    own = [
        "sections without a task",
        *(["patrols"] if Task.PATROLS in policy.answers_with else []),
        *(["the reserve"] if Task.RESERVE in policy.answers_with else []),
    ]
    soonest = ", the soonest there first" if len(own) > 1 else ""
    tiers = [f"first the sector's own {listed(own)}{soonest}"]
    crews = [_name(task) for task in reversed(policy.priority) if task in policy.answers_with and task in POST_TASKS]
    if crews:
        tiers.append(f"crews of its {', then of its '.join(crews)}, those of the last posts first")
    if len(scenario.theatre.sectors) > 1:
        tiers += _other_sectors(scenario, policy)
    wide = dict.fromkeys(call.reserve for call in policy.calls.values() if scenario.reserves[call.reserve].theatre_wide)
    if wide:
        names = listed(wide)
        tiers.append(f"the theatre reserve ({names}) while it is there, as its caveats allow")
    return "; then ".join(tiers)


def _other_sectors(scenario: Scenario, policy: Policy) -> list[str]:
    delays_s = crossing_delays_s(policy.command, list(scenario.theatre.sectors))
    if any(one is not None for i, row in enumerate(delays_s) for j, one in enumerate(row) if i != j):
        return ["the same as first of other sectors, as command and caveats allow"]
    is_joint = any(kind.joint for kind in scenario.tasks.patrols.kinds.values())
    if is_joint and Task.PATROLS in policy.answers_with:
        return ["joint patrols of other sectors, as caveats allow"]
    return []


def _planned(said: Incidents) -> Iterator[str]:
    planned = [key for key, kind in said.kinds.items() if kind.planned]
    if planned:
        yield (
            f"{capital(listed(planned))} {'is' if len(planned) == 1 else 'are'} planned: under every policy they get "
            "sections at the sector's base only, those without a task first, then the reserve, then those with no "
            "patrol under way."
        )


def _name(task: Task) -> str:
    return task.replace("_", " ")
