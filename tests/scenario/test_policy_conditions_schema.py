"""Gates, calls, command and changes of the task list in files: what may be left out, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from sim.scenario import load
from sim.scenario.schema import Call, Command, Gate, Task, UnfixingRule
from tests.scenario.conftest import Files
from tests.scenario.faults import faults_of, the_fault
from tests.scenario.incident_tables import with_incidents

P = "policy.gated"
GATE, CALLS, COMMAND, RULE = f"{P}.gates.calm", f"{P}.calls", f"{P}.command", f"{P}.unfixing_when"
STAGE = f"{P}.stages.first"


def test_all_of_it_may_be_left_out(files: Files) -> None:
    policy = load(files.scenario).policy["leave"]
    assert policy.answers_with == [Task.PATROLS, Task.RESERVE, Task.CHECKPOINTS]
    assert (policy.command, policy.gates, policy.calls, policy.unfixing_when) == (None, {}, {}, None)
    assert policy.leaves_first == []
    assert [stage.asks for stage in policy.stages.values()] == [{}, {}]


def test_all_of_it_may_be_given(files: Files) -> None:
    with_incidents(files)
    scenario = load(files.scenario)
    policy = scenario.policy["gated"]
    assert policy.answers_with == [Task.PATROLS, Task.RESERVE]
    assert policy.leaves_first == ["alpha"]
    assert policy.stages["first"].asks == {Task.CHECKPOINTS: 0.5}
    assert policy.command == Command(
        coordination_delay_min=20,
        separate_sectors=["east"],
        separate_delay_min=90,
        liaison_soldiers={"east": 4},
        liaison_halves_at=10,
    )
    assert policy.gates["calm"] == Gate(
        name="Calm",
        strength=500,
        earliest=dt.date(2001, 2, 1),
        review_every_days=30,
        tension_below=0.5,
        for_days=14,
        approval_delay_days=5,
        automatic=False,
        approved_on=dt.date(2001, 2, 10),
        reverses_above=2,
        reversal_delay_days=3,
        asks={Task.PATROLS: 0.8},
    )
    assert policy.gates["calm"].sector == "all"
    assert policy.calls == {
        "unrest": Call(reserve="battalion", tension_above=1.5, sector="east"),
        "election": Call(reserve="battalion", on=dt.date(2001, 3, 15)),
    }
    assert policy.unfixing_when == UnfixingRule(
        sites=["mill"], earliest=dt.date(2001, 1, 15), tension_below=0.5, for_days=10, days_apart=30
    )
    assert [(change.on.month, change.share) for change in scenario.tasks.changes.values()] == [
        (2, {Task.PATROLS: 0.9, Task.CHECKPOINTS: 0.5}),
        (3, {Task.CHECKPOINTS: 0.0}),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        [f"{GATE}.earliest=1999-01-01", f"{STAGE}.decided_on=1998-12-01", f"{STAGE}.effective_on=1998-12-31"],
        [f"{RULE}.earliest=1999-01-01"],
        [f"{COMMAND}.liaison_soldiers={{}}"],
        ["tasks.changes.spring.on=2001-01-01"],
    ],
)
def test_these_make_sense(files: Files, settings: list[str]) -> None:
    with_incidents(files)
    load(files.scenario, settings=settings)


def test_a_stage_after_a_gate_that_can_be_reversed_is_refused(files: Files) -> None:
    """Its step would be taken back with the gate's."""
    with_incidents(files)
    fault = the_fault(files.scenario, [f"{STAGE}.effective_on=2001-02-02"])
    assert (fault.key, fault.found) == (f"{GATE}.reverses_above", "2, but stage 'first' follows on 2001-02-02")


def test_a_gate_may_wait_for_an_approval_that_never_comes_and_keep_its_step(files: Files) -> None:
    with_incidents(files)
    for text in ("approved_on = 2001-02-10\n", "reverses_above = 2\n", "reversal_delay_days = 3\n"):
        files.change(text, "")
    gate = load(files.scenario).policy["gated"].gates["calm"]
    assert (gate.approved_on, gate.reverses_above, gate.reversal_delay_days) == (None, None, 0.0)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        (
            'answers_with = ["patrols", "reserve"]',
            'answers_with = ["patrols", "patrols"]',
            f"{P}.answers_with",
            "more than once",
        ),
        ('answers_with = ["patrols", "reserve"]', 'answers_with = ["patrol"]', f"{P}.answers_with[0]", "'patrols'?"),
        ('leaves_first = ["alpha"]', 'leaves_first = ["alfa"]', f"{P}.leaves_first", "did you mean 'alpha'?"),
        ('leaves_first = ["alpha"]', 'leaves_first = ["alpha", "alpha"]', f"{P}.leaves_first", "alpha more than once"),
        (
            "asks = { checkpoints = 0.5 }",
            "asks = { checkpoints = 1.5 }",
            f"{P}.stages.first.asks.checkpoints",
            "at most 1",
        ),
        ("asks = { patrols = 0.8 }", "asks = { patrol = 0.8 }", f"{GATE}.asks.patrol", "unknown key"),
        ("earliest = 2001-02-01", "earliest = 2001-04-01", f"{GATE}.earliest", "before horizon.end, 2001-04-01"),
        ("review_every_days = 30", "review_every_days = 0", f"{GATE}.review_every_days", "at least 1"),
        ("review_every_days = 30", 'review_every_days = 30\nsector = "esat"', f"{GATE}.sector", "'east'?"),
        ("automatic = false", "automatic = true", f"{GATE}.approved_on", "for a gate that is automatic"),
        (
            "reverses_above = 2",
            "reverses_above = 0.5",
            f"{GATE}.reverses_above",
            "more than policy.gated.gates.calm.tension_below",
        ),
        ("automatic = false\n", "", f"{GATE}.automatic", "missing"),
        ("tension_above = 1.5\n", "", f"{CALLS}.unrest", "neither on nor tension_above; allowed is one of the two"),
        ("tension_above = 1.5", "tension_above = 1.5\non = 2001-02-01", f"{CALLS}.unrest", "both on and tension_above"),
        ('reserve = "battalion"\ntension', 'reserve = "batalion"\ntension', f"{CALLS}.unrest.reserve", "'battalion'?"),
        (
            'tension_above = 1.5\nsector = "east"',
            'tension_above = 1.5\nsector = "al"',
            f"{CALLS}.unrest.sector",
            "[theatre.sectors]",
        ),
        ("on = 2001-03-15", "on = 2000-12-31", f"{CALLS}.election.on", "in the horizon, from 2001-01-01"),
        (
            'separate_sectors = ["east"]',
            'separate_sectors = ["west"]',
            f"{COMMAND}.separate_sectors",
            "[theatre.sectors]",
        ),
        (
            'separate_sectors = ["east"]',
            "separate_sectors = []",
            f"{COMMAND}.separate_delay_min",
            "no sector is separate",
        ),
        ('separate_sectors = ["east"]\n', "", f"{COMMAND}.separate_delay_min", "90, but no sector is separate"),
        ('separate_sectors = ["east"]', "separate_sectors = 3", f"{COMMAND}.separate_sectors", "a list"),
        (
            "liaison_soldiers = { east = 4 }",
            "liaison_soldiers = { eats = 4 }",
            f"{COMMAND}.liaison_soldiers.eats",
            "'east'?",
        ),
        ("liaison_halves_at = 10\n", "", f"{COMMAND}.liaison_soldiers", "liaison_halves_at with them"),
        ("liaison_halves_at = 10", "liaison_halves_at = 0", f"{COMMAND}.liaison_halves_at", "more than 0"),
        ('sites = ["mill"]', 'sites = ["mil"]', f"{RULE}.sites", "did you mean 'mill'?"),
        ('sites = ["mill"]', 'sites = ["mill", "mill"]', f"{RULE}.sites", "mill more than once"),
        ('sites = ["mill"]', "sites = []", f"{RULE}.sites", "at least 1 of them"),
        (
            "[policy.gated.command]",
            "[policy.gated.unfixing]\nmill = 2001-02-01\n[policy.gated.command]",
            f"{RULE}.sites",
            "on a day",
        ),
        ("earliest = 2001-01-15", "earliest = 2001-05-15", f"{RULE}.earliest", "before horizon.end"),
        ("days_apart = 30", "days_apart = 0", f"{RULE}.days_apart", "more than 0"),
        (
            "\non = 2001-03-01",
            "\non = 2001-02-01",
            "tasks.changes.late.on",
            "after that of the change before, 'spring'",
        ),
        ("\non = 2001-03-01", "\non = 2001-04-01", "tasks.changes.late.on", "to before 2001-04-01"),
        ("\non = 2001-02-01", "\non = 2000-12-31", "tasks.changes.spring.on", "in the horizon"),
        (
            "share = { checkpoints = 0 }",
            "share = { checkpoints = 1.1 }",
            "tasks.changes.late.share.checkpoints",
            "at most 1",
        ),
    ],
)
def test_tables_that_make_no_sense(files: Files, old: str, new: str, key: str, words: str) -> None:
    with_incidents(files)
    files.change(old, new)
    fault = the_fault(files.scenario)
    assert (fault.file, fault.key) == (str(files.scenario), key)
    assert words in fault.message


def test_calls_need_reserves(files: Files) -> None:
    files.change("[experiment]\n", '[policy.stay.calls.one]\nreserve = "battalion"\ntension_above = 1\n[experiment]\n')
    fault = the_fault(files.scenario)
    assert fault.key == "policy.stay.calls.one.reserve"
    assert fault.message == "found 'battalion', but there are no reserves; allowed is a table reserves.battalion"


def test_a_gate_needs_someone_to_share_its_strength_out_over(files: Files) -> None:
    with_incidents(files)
    settings = ["contingents.alpha.strength=0", "experiment.troops=[0]", f"{P}.stages.first.strength=0"]
    settings += ["policy.leave.stages.one.strength=0"]
    assert "no contingent with a strength above 0" in the_fault(files.scenario, settings).message
    load(files.scenario, settings=[*settings, f"{GATE}.strength=0"])


def test_a_rule_names_sites_on_the_task_list(files: Files) -> None:
    with_incidents(files)
    found = {fault.key for fault in faults_of(files.scenario, ["tasks.sites.n=0"])}
    assert f"{RULE}.sites" in found
