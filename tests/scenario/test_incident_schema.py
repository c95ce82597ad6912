"""Incidents and reserves in files: what may be left out, what is refused, and with which words."""

from __future__ import annotations

import datetime as dt

import pytest

from sim.scenario import load
from sim.scenario.as_json import scenario_from_json, scenario_to_json
from sim.scenario.schema import DatedIncident, IncidentPlace, Shock, Task
from tests.scenario.conftest import Files
from tests.scenario.faults import faults_of, the_fault
from tests.scenario.incident_tables import SOURCES, with_incidents

K, SHOCK, RESERVE = "incidents.kinds", "incidents.shocks.march", "reserves.battalion"
BEGINS = "begins = 2001-02-17T14:00:00"


def test_all_of_it_may_be_left_out(files: Files) -> None:
    scenario = load(files.scenario)
    assert (scenario.incidents, scenario.reserves, scenario.tasks.changes) == (None, {}, {})
    assert scenario.contingents["alpha"].will_not_answer == []
    assert not any(kind.joint for kind in scenario.tasks.patrols.kinds.values())


def test_all_of_it_may_be_given(files: Files) -> None:
    with_incidents(files)
    files.change("[contingents.alpha]\n", '[contingents.alpha]\nwill_not_answer = ["riot"]\n')
    files.change("n_stops = 6\n", "n_stops = 6\njoint = true\n")
    scenario = load(files.scenario)
    incidents = scenario.incidents
    assert incidents is not None
    assert list(incidents.kinds) == ["crowd", "riot", "threat", "roadblock", "escort"]
    crowd, roadblock = incidents.kinds["crowd"], incidents.kinds["roadblock"]
    assert (crowd.at, crowd.escalates_to, crowd.planned, crowd.blocks) == (IncidentPlace.AREA, "riot", False, False)
    assert (roadblock.at, roadblock.escalates_to, roadblock.blocks) == (IncidentPlace.CROSSING_POINT, None, True)
    assert incidents.kinds["escort"].planned
    assert incidents.shocks["march"] == Shock(
        begins=dt.datetime(2001, 2, 17, 14),
        lasts_h=48,
        half_life_h=12,
        per_day=20,
        sector_weights={"east": 1},
        kinds={"riot": 1, "threat": 1, "roadblock": 1},
        places=["mill", "pass"],
    )
    assert incidents.dated["convoy"] == DatedIncident(
        kind="escort", begins=dt.datetime(2001, 3, 1, 6, 30), place="town", service_h=3
    )
    battalion = scenario.reserves["battalion"]
    assert (battalion.theatre_wide, battalion.will_not_do, battalion.will_not_answer) == (
        True,
        [Task.PATROLS],
        ["riot"],
    )
    assert scenario.contingents["alpha"].will_not_answer == ["riot"]
    assert scenario.tasks.patrols.kinds["vehicle"].joint
    assert scenario.strength == 900, "reserves are not part of the force"


def test_a_shock_may_end_at_once_and_be_anywhere(files: Files) -> None:
    with_incidents(files)
    for text in (
        "\nhalf_life_h = 12",
        "kinds = { riot = 1, threat = 1, roadblock = 1 }\n",
        'places = ["mill", "pass"]\n',
    ):
        files.change(text, "")
    files.change("service_h = 3\n", "")
    incidents = load(files.scenario).incidents
    assert incidents is not None
    shock = incidents.shocks["march"]
    assert (shock.half_life_h, shock.kinds, shock.places, incidents.dated["convoy"].service_h) == (0.0, {}, [], None)


def test_every_number_and_time_has_its_unit_and_source(files: Files) -> None:
    with_incidents(files)
    origins = {origin.key: origin for origin in load(files.scenario).provenance}
    assert origins["incidents.shocks.march.begins"].value == dt.datetime(2001, 2, 17, 14)
    units = {
        "incidents.per_day": "1/day",
        "incidents.sector_weights.east": "weight",
        "incidents.kinds.crowd.service_min.mean": "min",
        "incidents.kinds.crowd.burns_out_h": "h",
        "incidents.kinds.crowd.triggers": "incidents",
        "incidents.shocks.march.begins": "date and time",
        "incidents.shocks.march.kinds.riot": "weight",
        "incidents.answering.speed_km_h": "km/h",
        "reserves.battalion.lead_time_days": "d",
        "reserves.battalion.strength": "soldiers",
        "tasks.changes.spring.on": "date",
        "tasks.changes.spring.share.patrols": "share",
    }
    assert {key: origins[key].unit for key in units} == units
    figureless = {"blocks", "planned", "places", "theatre_wide", "will_not_do", "at"}
    assert not [key for key in origins if key.startswith("inc") and key.rpartition(".")[2] in figureless | {"kind"}]
    assert all(origin.unit for key, origin in origins.items() if key.split(".")[0] in {"incidents", "reserves"})


def test_a_time_without_source_is_refused(files: Files) -> None:
    with_incidents(files)
    given = "kinds answering dated per_day sector_weights max_tension tension_half_life_days spill_share".split()
    given += ["deterrence", "deterrence_half_life_h", "threshold"]
    given += [f"shocks.march.{key}" for key in ("lasts_h", "half_life_h", "per_day", "sector_weights", "kinds")]
    lines = [f'"incidents.{key}" = "assumption: for tests"\n' for key in given]
    files.change(SOURCES, "".join(lines) + 'reserves = "assumption: for tests"\n')
    fault = the_fault(files.scenario)
    assert fault.key == "incidents.shocks.march.begins"
    assert "the time 2001-02-17 14:00:00 without a source" in fault.message


def test_json_and_back_is_the_same_scenario(files: Files) -> None:
    with_incidents(files)
    scenario = load(files.scenario)
    back = scenario_from_json(scenario_to_json(scenario))
    assert back == scenario
    assert back.provenance == scenario.provenance
    assert back.inputs_sha256 == scenario.inputs_sha256


@pytest.mark.parametrize(
    "setting",
    [
        "incidents.per_day=3",
        "incidents.shocks.march.begins=2001-02-17T15:00:00",
        "incidents.kinds.threat.triggers=0.15",
        "reserves.battalion.stays_days=31",
        "policy.gated.gates.calm.for_days=15",
        "tasks.changes.spring.share.patrols=0.8",
    ],
)
def test_each_changes_the_hash_of_the_inputs(files: Files, setting: str) -> None:
    with_incidents(files)
    assert load(files.scenario).inputs_sha256 != load(files.scenario, settings=[setting]).inputs_sha256


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('at = "site"', 'at = "sites"', f"{K}.threat.at", "one of area, site, crossing_point"),
        ("n_sections = 2\n", "n_sections = 0\n", f"{K}.crowd.n_sections", "at least 1"),
        ("triggers = 0.1", "triggers = 1", f"{K}.threat.triggers", "less than 1"),
        ("target_min = 20", "target_min = -1", f"{K}.threat.target_min", "at least 0"),
        ("mean = 90, cv = 0.5", "mean = 90", f"{K}.crowd.service_min.cv", "more than 0 for gamma"),
        (
            "burns_out_h = 0.5",
            "burns_out_h = 0.3",
            f"{K}.threat.burns_out_h",
            "threat.target_min, 20 min or 0.333333 h",
        ),
        ('escalates_to = "riot"', 'escalates_to = "riots"', f"{K}.crowd.escalates_to", "did you mean 'riot'?"),
        ('escalates_to = "riot"', 'escalates_to = "crowd"', f"{K}.crowd.escalates_to", "a circle: crowd -> crowd"),
        ('escalates_to = "riot"', 'escalates_to = "escort"', f"{K}.crowd.escalates_to", "'escort', which is planned"),
        ("triggers = 0.3\n", 'triggers = 0.3\nescalates_to = "crowd"\n', f"{K}.crowd.escalates_to", "-> riot -> crowd"),
        ("planned = true", 'planned = true\nescalates_to = "riot"', f"{K}.escort.escalates_to", "for a planned kind"),
        ("triggers = 0\nplanned", "triggers = 0.1\nplanned", f"{K}.escort.triggers", "0.1 for a planned kind"),
        ("triggers = 0.1", "triggers = 0.1\nblocks = true", f"{K}.threat.blocks", "true for a kind at 'site'"),
        (
            "sector_weights = { east = 1 }\nmax",
            "sector_weights = { wast = 1 }\nmax",
            "incidents.sector_weights.wast",
            "'east'?",
        ),
        (
            "sector_weights = { east = 1 }\nmax",
            "sector_weights = {}\nmax",
            "incidents.sector_weights",
            "no weight above 0",
        ),
        ("spill_share = 0.2", "spill_share = 1.2", "incidents.spill_share", "at most 1"),
        (BEGINS, "begins = 2001-04-01T00:00:00", f"{SHOCK}.begins", "before horizon.end"),
        (BEGINS, "begins = 2001-02-17", f"{SHOCK}.begins", "a local time of whole minutes"),
        (BEGINS, "begins = 2001-02-17T14:00:01", f"{SHOCK}.begins", "whole minutes"),
        (BEGINS, "begins = 2001-02-17T14:00:00Z", f"{SHOCK}.begins", "without quotes or offset"),
        (BEGINS, "begins = 2001-02-17T14:00:00+01:00", f"{SHOCK}.begins", "offset"),
        (BEGINS, 'begins = "2001-02-17T14:00:00"', f"{SHOCK}.begins", "without quotes"),
        (
            "kinds = { riot = 1, threat = 1, roadblock = 1 }",
            "kinds = { roit = 1 }",
            "incidents.shocks.march.kinds.roit",
            "'riot'?",
        ),
        (
            "kinds = { riot = 1, threat = 1, roadblock = 1 }",
            "kinds = { riot = 0 }",
            f"{SHOCK}.kinds",
            "no weight above 0",
        ),
        (
            "threat = 1, roadblock = 1 }",
            "threat = 1 }",
            f"{SHOCK}.places",
            "'pass', a crossing point, where none of its",
        ),
        ("max_tension = 4", "max_tension = 1e6", "incidents.max_tension", "at most 100,000 a day"),
        (
            "sector_weights = { east = 1 }\nkinds",
            "sector_weights = { east = 0 }\nkinds",
            "incidents.shocks.march.sector_weights",
            "no weight",
        ),
        ('places = ["mill", "pass"]', 'places = ["mil", "pass"]', f"{SHOCK}.places", "did you mean 'mill'?"),
        ('places = ["mill", "pass"]', 'places = ["pass", "pass"]', f"{SHOCK}.places", "pass more than once"),
        ("[incidents.shocks.march]", "[incidents.shocks.base]", "incidents.shocks.base", "which stands for"),
        ("[incidents.dated.convoy]", "[incidents.dated.escalation]", "incidents.dated.escalation", "which stands for"),
        ("[incidents.dated.convoy]", "[incidents.dated.march]", "incidents.dated.march", "the key of a shock too"),
        ('kind = "escort"', 'kind = "escorts"', "incidents.dated.convoy.kind", "did you mean 'escort'?"),
        ('place = "town"', 'place = "mill"', "incidents.dated.convoy.place", "which is not a municipality"),
        ('kind = "escort"', 'kind = "threat"', "incidents.dated.convoy.place", "which is no named site"),
        ('kind = "escort"', 'kind = "roadblock"', "incidents.dated.convoy.place", "which is not a crossing point"),
        (
            "begins = 2001-03-01T06:30:00",
            "begins = 2000-12-31T23:59:00",
            "incidents.dated.convoy.begins",
            "from 2001-01-01",
        ),
        (
            "begins = 2001-03-01T06:30:00",
            "begins = 2001-04-01T00:00:00",
            "incidents.dated.convoy.begins",
            "to before 2001-04-01",
        ),
        (
            "[reserves.battalion]\n",
            '[reserves.battalion]\nwill_not_enter = ["east"]\n',
            f"{RESERVE}.will_not_enter",
            "own",
        ),
        ('sector = "east"\nstrength = 600', 'sector = "esat"\nstrength = 600', "reserves.battalion.sector", "'east'?"),
        ("strength = 600", "strength = -600", "reserves.battalion.strength", "at least 0"),
        ("stays_days = 30", "stays_days = 0", "reserves.battalion.stays_days", "more than 0"),
        ('will_not_answer = ["riot"]', 'will_not_answer = ["rot"]', f"{RESERVE}.will_not_answer", "'riot'?"),
        (
            'will_not_answer = ["riot"]',
            'will_not_answer = ["riot", "riot"]',
            f"{RESERVE}.will_not_answer",
            "more than once",
        ),
    ],
)
def test_tables_that_make_no_sense(files: Files, old: str, new: str, key: str, words: str) -> None:
    with_incidents(files)
    files.change(old, new)
    fault = the_fault(files.scenario)
    assert (fault.file, fault.key) == (str(files.scenario), key)
    assert words in fault.message


def test_all_kinds_of_place_suit_a_dated_incident_of_theirs(files: Files) -> None:
    with_incidents(files)
    for kind, place in (("threat", "mill"), ("roadblock", "pass"), ("riot", "village")):
        settings = [f"incidents.dated.convoy.kind={kind}", f"incidents.dated.convoy.place={place}"]
        incidents = load(files.scenario, settings=settings).incidents
        assert incidents is not None
        assert (incidents.dated["convoy"].kind, incidents.dated["convoy"].place) == (kind, place)


def test_sites_must_be_on_the_task_list(files: Files) -> None:
    with_incidents(files)
    settings = ["tasks.sites.n=0", "incidents.dated.convoy.kind=threat", "incidents.dated.convoy.place=mill"]
    found = {fault.key for fault in faults_of(files.scenario, settings) if "not on the task list" in fault.message}
    assert {"incidents.dated.convoy.place", "incidents.shocks.march.places"} <= found


def test_a_shock_from_before_the_horizon_may_still_be_decaying(files: Files) -> None:
    with_incidents(files)
    load(files.scenario, settings=["incidents.shocks.march.begins=2000-12-31T12:00:00"])


@pytest.mark.parametrize(("triggers", "refused"), [(0.99, True), (0.69, False)])
def test_clusters_must_die_out_even_if_all_escalates(files: Files, triggers: float, refused: bool) -> None:
    """Shares 3/4 and 1/4: 3/4 (triggers + 0.3) + 1/4 x 0.3 is 1.0425 for 0.99 and 0.8175 for 0.69."""
    with_incidents(files)
    settings = [f"{K}.crowd.triggers={triggers}", f"{K}.threat.triggers=0.3"]
    if not refused:
        load(files.scenario, settings=settings)
        return
    fault = the_fault(files.scenario, settings)
    assert fault.key == K
    assert "a branching ratio of 1.0425 if every incident that can escalate does" in fault.message
    load(files.scenario, settings=[*settings, f"{K}.riot.triggers=0.24"])


def test_exactly_1_is_refused_too(files: Files) -> None:
    with_incidents(files)
    settings = [f"{K}.{key}" for key in ("crowd.triggers=0.7", "riot.triggers=0.3", "threat.weight=0")]
    assert "a branching ratio of 1 " in the_fault(files.scenario, settings).message


def test_what_is_planned_does_not_thin_the_base_out(files: Files) -> None:
    """A planned kind of great weight leaves the ratio of the others as it is."""
    with_incidents(files)
    settings = [f"{K}.crowd.triggers=0.7", f"{K}.riot.triggers=0.3", f"{K}.threat.weight=0"]
    planned = [f"{K}.threat.weight=1000", f"{K}.threat.planned=true", f"{K}.threat.triggers=0"]
    fault = the_fault(files.scenario, [*settings[:2], *planned])
    assert "a branching ratio of 1 " in fault.message


def test_a_base_without_kinds_is_refused_with_the_shock_that_relies_on_it(files: Files) -> None:
    with_incidents(files)
    files.change("kinds = { riot = 1, threat = 1, roadblock = 1 }\n", "")
    settings = [f"{K}.crowd.weight=0", f"{K}.threat.weight=0"]
    keys = {fault.key: fault.message for fault in faults_of(files.scenario, settings)}
    assert keys.keys() == {K, "incidents.shocks.march.kinds"}
    assert "no kind with a weight above 0" in keys[K]
    kinds = [f"incidents.shocks.march.kinds.{key}=1" for key in ("threat", "roadblock")]
    load(files.scenario, settings=[*settings, "incidents.per_day=0", *kinds])


def test_caveats_about_incidents_need_incidents(files: Files) -> None:
    files.change("[contingents.alpha]\n", '[contingents.alpha]\nwill_not_answer = ["riot"]\n')
    fault = the_fault(files.scenario)
    assert fault.key == "contingents.alpha.will_not_answer"
    assert fault.message == "found 'riot', but there are no incidents; allowed is a table incidents.kinds.riot"


def test_a_reserve_is_no_contingent(files: Files) -> None:
    with_incidents(files)
    text = files.scenario.read_text()
    files.scenario.write_text(
        text.replace("[reserves.battalion]", "[reserves.alpha]").replace('"battalion"', '"alpha"')
    )
    fault = the_fault(files.scenario)
    assert (fault.key, fault.found) == ("reserves.alpha", "'alpha', the key of a contingent too")


def test_all_faults_are_found_at_once(files: Files) -> None:
    with_incidents(files)
    settings = [
        "incidents.threshold=-1",
        f"{K}.threat.at=nowhere",
        f"{K}.crowd.escalates_to=rot",
        "incidents.spill_share=2",
    ]
    keys = {fault.key for fault in faults_of(files.scenario, settings)}
    assert keys == {"incidents.threshold", f"{K}.threat.at", f"{K}.crowd.escalates_to", "incidents.spill_share"}


def test_what_would_block_somewhere_else_is_refused(files: Files) -> None:
    with_incidents(files)
    fault = the_fault(files.scenario, [f'{K}.threat.escalates_to="roadblock"'])
    assert (fault.key, fault.found) == (
        f"{K}.threat.escalates_to",
        "'roadblock', which blocks a crossing point, for a kind at 'site'",
    )


def test_what_is_planned_has_a_source_of_that_name(files: Files) -> None:
    with_incidents(files)
    text = files.scenario.read_text()
    files.scenario.write_text(text.replace("incidents.shocks.march", "incidents.shocks.planned"))
    fault = the_fault(files.scenario)
    assert (fault.key, fault.allowed) == ("incidents.shocks.planned", "another key")
