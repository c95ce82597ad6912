"""Settings: what `--set` is given wrongly is a fault like any other, and an empty table empties."""

from __future__ import annotations

import pytest

from sim.scenario import load
from sim.scenario.schema import Scenario, Task
from sim.scenario.settings import Settings
from tests.scenario.conftest import Files
from tests.scenario.faults import faults_of, the_fault


@pytest.mark.parametrize(
    ("setting", "key", "near", "words"),
    [
        ("force.sectionsize=8", "force.sectionsize", "force.section_size", "unknown key"),
        ("forse.section_size=8", "forse", "force", "unknown key"),
        ("section_size=8", "section_size", "force.section_size", "unknown key"),
        ("extends=x.toml", "extends", None, "unknown key"),
        ("contingents.alfa.strength=8", "contingents.alfa", "contingents.alpha", "has this name"),
        ("policy.leave.stages.zzzz.strength=8", "policy.leave.stages.zzzz", None, "has this name"),
        ("force.shift_h.x=8", "force.shift_h.x", None, "no table but 8.0"),
        ("force.section_size=nine", "force.section_size", None, "the text 'nine'"),
        ("force.section_size=", "force.section_size", None, "the text ''"),
        ("force.section_size=-1", "force.section_size", None, "more than 0"),
        ("force.section_size=nan", "force.section_size", None, "finite"),
        ("force.section_size=1\nx=2", "force.section_size", None, "the text"),
        ("force=3", "force", None, "a table"),
        ("tasks.sites.n=13", "tasks.sites.n", None, "at most theatre.n_sites, 12"),
        ("tasks.reserve.n_sections.eest=1", "tasks.reserve.n_sections.eest", "east", "theatre.sectors"),
        ("theatre=theatres/none.toml", "theatre", None, "no such file"),
        ("experiment.troops=" + "[" * 3000, "experiment.troops", None, "the text"),
        ("experiment.troops=" + "[" * 40 + "]" * 40, "experiment.troops", None, "the text"),
        ("shift", "", None, "without '='"),
        ("=3", "", None, "not a dotted key"),
        ("force..shift_h=3", "", None, "not a dotted key"),
    ],
)
def test_bad_setting(files: Files, setting: str, key: str, near: str | None, words: str) -> None:
    fault = the_fault(files.scenario, [setting])
    assert (fault.file, fault.line) == ("--set", None)
    assert fault.key == key or not key
    assert fault.nearest == near
    assert words in fault.message


def test_faults_of_settings_and_of_the_file_come_together(files: Files) -> None:
    line = files.change("strength = 900", "strength = -900")
    faults = faults_of(files.scenario, ["force.shift=8", "nothing"])
    assert [(fault.file, fault.line) for fault in faults] == [
        (str(files.scenario), line), ("--set", None), ("--set", None)
    ]  # fmt: skip


def floor_of(scenario: Scenario, policy: str = "stay") -> dict[Task, float]:
    return {task: share for task, share in scenario.policy[policy].floor.items() if share}


@pytest.mark.parametrize("settings", [["policy.stay.floor={}"], ["policy.stay={floor={}}"], {"policy.stay.floor": {}}])
def test_an_empty_table_empties_and_another_is_merged(files: Files, settings: Settings) -> None:
    before = load(files.scenario)
    assert set(floor_of(before)) == {Task.CROSSING_POINTS, Task.RESERVE, Task.SITES}
    emptied = load(files.scenario, settings=settings)
    assert floor_of(emptied) == {}
    assert emptied.policy["stay"].weight == before.policy["stay"].weight
    assert not any(origin.key.startswith("policy.stay.floor") for origin in emptied.provenance)
    merged = load(files.scenario, settings=["policy.stay.floor={sites=0.25}"])
    assert floor_of(merged) == floor_of(before) | {Task.SITES: 0.25}


def test_what_is_emptied_can_be_filled_anew(files: Files) -> None:
    settings = ["policy.stay.floor={}", "policy.stay.floor.sites=0.25"]
    assert floor_of(load(files.scenario, settings=settings)) == {Task.SITES: 0.25}


def test_an_empty_table_where_there_must_be_something_is_a_fault(files: Files) -> None:
    fault = the_fault(files.scenario, ["policy={}"])
    assert (fault.file, fault.key) == ("--set", "policy")


def test_an_emptied_table_is_not_taken_from_the_model(files: Files) -> None:
    """`like` takes what a policy does not give itself: an empty table is given."""
    like = '[policy.like-stay]\ntitle = "Like stay"\nlike = "stay"\n\n[policy.leave]\n'
    files.change("[policy.leave]\n", like)
    floors = [
        floor_of(load(files.scenario, settings=settings), "like-stay")
        for settings in ([], ["policy.like-stay.floor={}"])
    ]
    assert [len(floor) for floor in floors] == [3, 0]
