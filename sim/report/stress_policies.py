"""Policies in words, for the description of the model: all that one sets, so that no two that differ read alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sim.report.words import day, listed, plain

if TYPE_CHECKING:
    from sim.scenario.schema import Command, Gate, Policy, Scenario, Stage, Task


def policies(scenario: Scenario) -> Iterator[str]:
    """A paragraph for each policy of the experiment."""
    for key in scenario.experiment.policies or list(scenario.policy):
        by_rule = " Its strength is what a rule in Python says." if key in scenario.rules else ""
        said = rules(scenario.policy[key], has_incidents=scenario.incidents is not None)
        yield f"{key}: {scenario.policy[key].title}. {said}{by_rule}"


def rules(policy: Policy, *, has_incidents: bool = True) -> str:
    """All that a policy sets, as one sentence; what it leaves at nothing is left out, and who answers no incidents."""
    parts = [*_tasks(policy), *_strength(policy), *_sites(policy), *(_incidents(policy) if has_incidents else ())]
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _tasks(policy: Policy) -> Iterator[str]:
    yield f"in order of priority {listed(map(_task, policy.priority))}"
    floors, weights = _shares(policy.floor), _shares(policy.weight)
    yield f"met first: {floors}" if floors else "no share of any task is met first"
    yield f"what remains by weight: {weights}" if weights else "what remains is not shared out"
    yield f"areas of a tour: {policy.routing.replace('_', ' ')}"
    if policy.lends_sections:
        yield "sectors lend each other sections"


def _strength(policy: Policy) -> Iterator[str]:
    for stage in policy.stages.values():
        yield _stage(stage)
    for gate in policy.gates.values():
        yield _gate(gate)
    ramp = policy.ramp
    if ramp is not None:
        yield (
            f"a gradual drawdown to {ramp.strength:,} soldiers from {day(ramp.begins)} to {day(ramp.ends)}, a step "
            f"every {ramp.every_days:,} days, curve {plain(ramp.curve)}"
        )
    for call in policy.calls.values():
        when = (
            f"on {day(call.on)}"
            if call.on is not None
            else f"when tension{_where(call.sector)} is above {plain(call.tension_above or 0)}"
        )
        yield f"the reserve {call.reserve} is called {when}"
    if policy.leaves_first:
        yield f"contingents leave whole, first {', then '.join(policy.leaves_first)}"


def _sites(policy: Policy) -> Iterator[str]:
    if policy.unfixing:
        yield f"handed to the police: {listed(f'{site} on {day(on)}' for site, on in policy.unfixing.items())}"
    rule = policy.unfixing_when
    if rule is not None:
        yield (
            f"handed to the police while it is calm: {listed(rule.sites)}, from {day(rule.earliest)} on, "
            f"{plain(rule.days_apart)} days apart, once tension has been at most {plain(rule.tension_below)} for "
            f"{plain(rule.for_days)} days"
        )


def _incidents(policy: Policy) -> Iterator[str]:
    yield f"tasks left for incidents: {listed(map(_task, policy.answers_with))}"
    yield "no sector helps another" if policy.command is None else _command(policy.command)


def _stage(stage: Stage) -> str:
    gone = f", without {listed(stage.withdrawn)}" if stage.withdrawn else ""
    return (
        f"{stage.name}: {stage.strength:,} soldiers from {day(stage.effective_on)} (decided on "
        f"{day(stage.decided_on)}){gone}{_asks(stage.asks)}"
    )


def _gate(gate: Gate) -> str:
    approved = "by itself" if gate.automatic else "never" if gate.approved_on is None else f"on {day(gate.approved_on)}"
    back = (
        ""
        if gate.reverses_above is None
        else f", taken back {plain(gate.reversal_delay_days)} days after tension is above {plain(gate.reverses_above)}"
    )
    return (
        f"{gate.name}: {gate.strength:,} soldiers once tension{_where(gate.sector)} has been at most "
        f"{plain(gate.tension_below)} for {plain(gate.for_days)} days, reviewed every {gate.review_every_days:,} days "
        f"from {day(gate.earliest)} on, approved {approved}, {plain(gate.approval_delay_days)} days later"
        f"{back}{_asks(gate.asks)}"
    )


def _command(command: Command) -> str:
    said = f"sectors help each other after {plain(command.coordination_delay_min)} min"
    if not command.separate_sectors:
        return said
    delay = command.separate_delay_min
    said += f"; {listed(command.separate_sectors)} under a command of their own, "
    said += "from and to which nobody crosses" if delay is None else f"after {plain(delay)} min"
    if command.liaison_soldiers:
        said += f", with liaison of {listed(f'{n:,} in {key}' for key, n in command.liaison_soldiers.items())}"
    if command.liaison_halves_at is not None:
        said += f", {plain(command.liaison_halves_at)} liaison soldiers halving the delay"
    return said


def _asks(asks: Mapping[Task, float]) -> str:
    return f", asking for {_shares(asks, least=-1)} of the demand" if asks else ""


def _shares(shares: Mapping[Task, float], least: float = 0) -> str:
    there = [f"{_task(task)} {plain(share)}" for task, share in sorted(shares.items()) if share > least]
    return listed(there) if there else ""


def _task(task: Task) -> str:
    return task.replace("_", " ")


def _where(sector: str) -> str:
    return "" if sector == "all" else f" in {sector}"
