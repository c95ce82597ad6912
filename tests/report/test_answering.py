"""What a report says of who answers incidents is what the policies of the scenario set."""

from __future__ import annotations

import re

import pytest

from sim.processes.answering import answer_rules
from sim.report.stress import items
from sim.scenario import load
from sim.scenario.schema import Scenario, Task
from tests.report.test_stress import SCENARIOS, manifest_of
from tests.scenarios import FOLDER

POSTS = (Task.CROSSING_POINTS, Task.SITES, Task.CHECKPOINTS)


def model_of(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    return {item.number: item.paragraphs for item in items(scenario, manifest_of(scenario))}


def who_answers(scenario: Scenario, policy: str) -> str:
    """What item 2.2 says of a policy."""
    said = [text for text in model_of(scenario)["2.2"] if text.startswith("Who answers")]
    named = {key for text in said for key in re.findall(r"[\w-]+", text.partition(":")[0])}
    whose = [
        text
        for text in said
        if len(said) == 1
        or policy in re.findall(r"[\w-]+", text.partition(":")[0])
        or (policy not in named and "the other policies" in text)
    ]
    assert len(whose) == 1, said
    return whose[0].partition(": ")[2]


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_policy_answers_as_it_says(name: str) -> None:
    scenario = load(FOLDER / name)
    said = model_of(scenario)
    if scenario.incidents is None:
        assert not re.search("incident", " ".join([*said["2.1"], *said["2.2"], *said["2.3"]]), re.IGNORECASE)
        return
    for key, paragraph in zip(scenario.experiment.policies or scenario.policy, said["2.3"], strict=True):
        policy = scenario.policy[key]
        tasks = [one.replace("_", " ") for one in policy.answers_with]
        listed = tasks[0] if len(tasks) == 1 else f"{', '.join(tasks[:-1])} and {tasks[-1]}"
        assert f"tasks left for incidents: {listed};" in paragraph
        own, *later = who_answers(scenario, key).removesuffix(".").split("; then ")
        assert ("patrols" in own) == (Task.PATROLS in policy.answers_with)
        assert ("the reserve" in own) == (Task.RESERVE in policy.answers_with)
        assert "sections without a task" in own
        crews = next((tier for tier in later if tier.startswith("crews of")), "")
        rules = answer_rules(scenario, policy, scenario.incidents.answering)
        assert re.findall(r"its ([a-z ]+?)(?=,)", crews) == [one.replace("_", " ") for one in rules.posts_in_order]
        helps = any("other sectors" in tier for tier in later)
        delays = [one for i, row in enumerate(rules.crossing_delay_s) for j, one in enumerate(row) if i != j]
        is_joint = bool(rules.is_joint.any()) and Task.PATROLS in policy.answers_with
        assert helps == (any(one is not None for one in delays) or (is_joint and bool(delays)))
        called = {one.reserve for one in policy.calls.values() if scenario.reserves[one.reserve].theatre_wide}
        assert all(one in later[-1] and "theatre reserve" in later[-1] for one in called)
        assert called or not any("theatre reserve" in tier for tier in later)
    for key, kind in scenario.incidents.kinds.items():
        planned = next((text for text in said["2.2"] if "planned: under every policy" in text), "")
        assert (re.search(rf"\b{key}\b", planned, re.IGNORECASE) is not None) == kind.planned


def test_policies_that_answer_in_other_ways_are_told_apart() -> None:
    scenario = load(FOLDER / "studies/drawdown-policies.toml")
    assert "reserve" not in who_answers(scenario, "without-reserve").partition(";")[0]
    assert "reserve" in who_answers(scenario, "gates").partition(";")[0]


def test_nobody_leaves_a_task() -> None:
    scenario = load(FOLDER / "kfor-1999-entry.toml", settings={"policy.unified.answers_with": []})
    assert who_answers(scenario, "unified").startswith("first the sector's own sections without a task")
    assert any(text.startswith("unified") and "incidents: none" in text for text in model_of(scenario)["2.3"])
