"""Policies like another, ramps, goals of precision and comparisons in files: what is taken, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from sim.processes.drawdown import strength_steps
from sim.scenario import load
from sim.scenario.schema import Comparison, Goal, GoalOf, Precision, Ramp, Routing
from tests.scenario.conftest import Files
from tests.scenario.faults import faults_of, the_fault

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LIKE = """
[policy.slow]
title = "Slow"
like = "leave"
stages = {}

[policy.slow.ramp]
begins = 2001-01-11
ends = 2001-02-05
every_days = 10
strength = 100
curve = 2

[policy.slower]
title = "Slower"
like = "slow"
routing = "systematic"
"""

COMPARISON = """
[experiment.precision]
max_replications = 50
look_ahead = 5

[experiment.precision.goals.coverage]
of = "difference"
half_width = 0.01

[experiment.precision.goals.patrols_per_day]
relative = 0.05
sector = "east"

[comparison]
baseline = "stay"
response = "coverage"
delta = 0.02
also = ["patrol_coverage"]
cost_per_soldier_day = 100
"""


DAYS = "first_day = 2001-01-%02d\nlast_day = 2001-01-%02d"


def with_tables(files: Files, *tables: str) -> None:
    files.change("[experiment]\n", "".join(tables) + "\n[experiment]\n")
    files.change('policies = ["stay"]\n', "")
    files.change(
        'experiment = "assumption: quick"', 'experiment = "assumption: quick"\ncomparison = "assumption: a test"'
    )
    if COMPARISON not in tables:
        files.change('comparison = "assumption: a test"', "")


def test_a_policy_takes_what_it_does_not_give_with_its_source_and_line(files: Files) -> None:
    with_tables(files, LIKE)
    scenario = load(files.scenario)
    leave, slow, slower = (scenario.policy[key] for key in ("leave", "slow", "slower"))
    assert (slow.title, slow.routing, slow.stages) == ("Slow", Routing.BY_RISK, {})
    assert (slow.floor, slow.weight, slow.unfixing) == (leave.floor, leave.weight, leave.unfixing)
    assert (slower.title, slower.routing, slower.ramp) == ("Slower", Routing.SYSTEMATIC, slow.ramp)
    assert slow.ramp == Ramp(
        begins=dt.date(2001, 1, 11), ends=dt.date(2001, 2, 5), every_days=10, strength=100, curve=2
    )
    origins = {origin.key: origin for origin in scenario.provenance}
    for key in ("slow", "slower"):
        taken, model = origins[f"policy.{key}.unfixing.mill"], origins["policy.leave.unfixing.mill"]
        assert (taken.line, taken.source, taken.value) == (model.line, model.source, model.value)


@pytest.mark.parametrize(
    ("file", "model", "policy", "own"),
    [
        ("kfor-1999-entry", "unified", "separate-north", {"command", "stages"}),
        ("kfor-1999-entry", "separate-north", "separate-with-liaison", {"command"}),
        ("kfor-north-2011", "as-it-was", "by-tension", {"calls"}),
        ("kfor-north-2011", "as-it-was", "no-reserve", {"calls"}),
    ],
)
def test_shipped_policies_that_are_alike_differ_in_what_they_say(
    file: str, model: str, policy: str, own: set[str]
) -> None:
    scenario = load(SCENARIOS / f"{file}.toml")
    one, other = (scenario.policy[key].model_dump() for key in (model, policy))
    assert {name for name in one if one[name] != other[name]} - {"like"} == own | {"title"}
    assert scenario.policy[policy].like == model


def test_a_setting_reaches_those_that_are_alike(files: Files) -> None:
    with_tables(files, LIKE)
    scenario = load(files.scenario, settings=["policy.leave.weight.patrols=3", "policy.slower.like=stay"])
    assert scenario.policy["slow"].weight == scenario.policy["leave"].weight
    assert scenario.policy["slower"].weight == scenario.policy["stay"].weight
    assert scenario.policy["slower"].ramp is None


@pytest.mark.parametrize(
    ("setting", "key", "found"),
    [
        ("policy.leave.like=slower", "policy.slow.like", "a circle: leave -> slower -> slow -> leave"),
        ("policy.stay.like=stay", "policy.stay.like", "a circle: stay -> stay"),
        ("policy.slow.like=leaf", "policy.slow.like", "'leaf', which is not in [policy]"),
    ],
)
def test_circles_and_unknown_policies_are_one_fault(files: Files, setting: str, key: str, found: str) -> None:
    with_tables(files, LIKE)
    fault = the_fault(files.scenario, [setting])
    assert (fault.key, fault.found) == (key, found)
    if "leaf" in setting:
        assert fault.nearest == "leave"


def test_a_fault_in_what_is_taken_is_told_where_it_stands(files: Files) -> None:
    with_tables(files, LIKE)
    files.change("weight = { patrols = 1 }", "weight = { patrols = -1 }")
    faults = faults_of(files.scenario)
    assert {fault.line for fault in faults} == {faults[0].line}
    assert faults[0].file.endswith(files.scenario.name)


def test_a_ramp_goes_its_way_in_steps(files: Files) -> None:
    """900 soldiers to 100 in 25 days: a share (10 / 25)^2 of the way on the tenth day, (20 / 25)^2 on the twentieth."""
    with_tables(files, LIKE)
    scenario = load(files.scenario)
    steps = strength_steps(scenario, scenario.policy["slow"])
    day_s = 86_400
    assert [(step.time_s, step.strength) for step in steps] == [
        (20 * day_s, 900 - 128),
        (30 * day_s, 900 - 512),
        (35 * day_s, 100),
    ]


@pytest.mark.parametrize(
    ("old", "new", "key", "found"),
    [
        ("ends = 2001-02-05", "ends = 2001-01-11", "policy.slow.ramp.ends", "the date 2001-01-11"),
        ("begins = 2001-01-11", "begins = 2000-12-31", "policy.slow.ramp.begins", "the date 2000-12-31"),
        ("stages = {}", "", "policy.slow.stages", "stages beside a ramp"),
    ],
)
def test_ramps_that_make_no_sense(files: Files, old: str, new: str, key: str, found: str) -> None:
    with_tables(files, LIKE)
    files.change(old, new)
    assert (key, found) in [(fault.key, fault.found) for fault in faults_of(files.scenario)]


def test_goals_and_a_comparison(files: Files) -> None:
    with_tables(files, COMPARISON)
    scenario = load(files.scenario)
    assert scenario.experiment.precision == Precision(
        max_replications=50,
        look_ahead=5,
        goals={
            "coverage": Goal(of=GoalOf.DIFFERENCE, half_width=0.01),
            "patrols_per_day": Goal(relative=0.05, sector="east"),
        },
    )
    assert scenario.comparison == Comparison(
        baseline="stay", response="coverage", delta=0.02, also=["patrol_coverage"], cost_per_soldier_day=100
    )


def test_they_change_no_replication(files: Files) -> None:
    plain = load(files.scenario).inputs_sha256
    with_tables(files, COMPARISON)
    assert load(files.scenario).inputs_sha256 == plain


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('baseline = "stay"', 'baseline = "sty"', "comparison.baseline", "did you mean 'stay'?"),
        ('response = "coverage"', 'response = "covrage"', "comparison.response", "did you mean 'coverage'?"),
        ('["patrol_coverage"]', '["patrols"]', "comparison.also", "which is no response"),
        ("delta = 0.02", "delta = -1", "comparison.delta", "at least 0"),
        ("delta = 0.02", "delta = 2", "comparison.delta", "less than 1, since coverage is a share"),
        ("delta = 0.02", "delta = 0.02\nfirst_day = 2001-01-05", "comparison.first_day", "no last_day beside it"),
        ("delta = 0.02", f"delta = 0.02\n{DAYS % (9, 5)}", "comparison.last_day", "2001-01-09, or later"),
        ("delta = 0.02", f"delta = 0.02\n{DAYS.replace('2001', '2000', 1) % (9, 9)}", "comparison.first_day", "in the"),
        ("goals.coverage]", "goals.covrage]", "experiment.precision.goals.covrage", "did you mean 'coverage'?"),
        (
            'sector = "east"\n\n[comp',
            'sector = "esat"\n\n[comp',
            "experiment.precision.goals.patrols_per_day.sector",
            "'east'?",
        ),
        ("half_width = 0.01", "", "experiment.precision.goals.coverage", "neither half_width nor relative"),
        ("half_width = 0.01", "half_width = 1\nrelative = 1", "experiment.precision.goals.coverage", "both half_width"),
        ("half_width = 0.01", "half_width = 0", "experiment.precision.goals.coverage.half_width", "more than 0"),
        ('"difference"', '"diff"', "experiment.precision.goals.coverage.of", "one of mean, difference"),
        (
            "max_replications = 50",
            "max_replications = 4",
            "experiment.precision.max_replications",
            "at least experiment",
        ),
        ("replications = 5\n", "replications = 1\n", "experiment.replications", "2 or more"),
        ("seed = 1\n", 'seed = 1\npolicies = ["leave"]\n', "comparison.baseline", "which is not run"),
    ],
)
def test_what_is_refused(files: Files, old: str, new: str, key: str, words: str) -> None:
    with_tables(files, COMPARISON)
    files.change(old, new)
    found = [str(fault) for fault in faults_of(files.scenario) if fault.key == key]
    assert found, faults_of(files.scenario)
    assert words in found[0]


def test_a_goal_for_a_difference_needs_a_comparison(files: Files) -> None:
    with_tables(files, COMPARISON[: COMPARISON.index("[comparison]")])
    assert the_fault(files.scenario).key == "experiment.precision.goals.coverage.of"
