"""The model description: every item of STRESS-DES is answered, for every scenario that is shipped."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from sim import store
from sim.report.stress import items
from sim.report.stress_policies import rules
from sim.scenario import load
from sim.scenario.schema import Policy, Scenario
from tests.scenarios import FOLDER

NAMES = [path.relative_to(FOLDER) for path in (*FOLDER.glob("*.toml"), *FOLDER.glob("studies/*.toml"))]
SCENARIOS = sorted(str(name) for name in NAMES if name.name != "sources.toml")
N_ITEMS = 24


def manifest_of(scenario: Scenario) -> dict[str, Any]:
    return {
        **store.inputs_of(scenario),
        "versions": {"peacesim": "1", "python": "3", "simpy": "4", "numpy": "2", "scipy": "1"},
        "settings": [],
        "ran": [],
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_item_is_empty(name: str) -> None:
    scenario = load(FOLDER / name)
    manifest = manifest_of(scenario)
    found = items(scenario, manifest)
    assert len(found) == N_ITEMS
    for item in found:
        assert item.paragraphs, item.name
        assert all(text.strip()[-1:] in (".", "?") and "None" not in text for text in item.paragraphs), item.paragraphs
    said = " ".join(text for item in found for text in item.paragraphs)
    assert str(manifest["code_sha256"]) in said
    assert f"{scenario.tasks.sites.n:,} sites" in said
    assert (scenario.incidents is not None) == ("Incidents: " in said)


@pytest.mark.parametrize("name", SCENARIOS)
def test_one_of_a_thing_is_not_several(name: str) -> None:
    scenario = load(FOLDER / name)
    found = items(scenario, manifest_of(scenario))
    said = " ".join(text for item in found for text in item.paragraphs if item.number != "1.1")
    assert not re.search(r"(?<![\d.,])1 (sites|checkpoints|crossing points|sectors)\b|each of 1 |\b0 from 0\b", said)
    assert len(scenario.theatre.crossing_points) != 1 or said.count("1 crossing point") == 2


def settings_of(policy: Policy) -> dict[str, Any]:
    return policy.model_dump(exclude={"title", "like"})


def test_policies_that_differ_do_not_read_alike() -> None:
    policies = [policy for name in SCENARIOS for policy in load(FOLDER / name).policy.values()]
    assert len(policies) > 30
    for one, other in itertools.combinations(policies, 2):
        assert (settings_of(one) == settings_of(other)) == (rules(one) == rules(other)), (one.title, other.title)


def test_vehicles_that_are_not_simulated_are_not_described() -> None:
    for runs, is_there in (("all", True), ("timelines", True), ("none", False)):
        scenario = load(FOLDER / "lesson.toml", settings=[f'vehicles.runs="{runs}"'])
        said = {item.number: " ".join(item.paragraphs) for item in items(scenario, manifest_of(scenario))}
        assert ("Vehicles" in said["2.5.1"]) == ("Vehicles wait" in said["2.5.4"]) == is_there
        assert ("A check at" in said["2.5.2"]) == ("Vehicles arrive" in said["2.5.5"]) == is_there
        assert ("waits of vehicles" in said["1.2"]) == ("Kiefer" in said["2.4"]) == is_there
        assert ("are not simulated here" in said["2.2"]) != is_there
        assert ("at a policy's own strength only" in said["2.2"]) == (runs == "timelines")
