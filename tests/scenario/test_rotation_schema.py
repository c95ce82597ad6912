"""Rotations, caveats and lending in files: what may be left out, and what is refused."""

from __future__ import annotations

import pytest

from sim.scenario import load
from sim.scenario.schema import Rotation, Task
from tests.scenario.conftest import Files
from tests.scenario.faults import faults_of, the_fault
from tests.scenarios import shipped

ROTATION = "[rotations.half-year]\ntour_days = 182\nhand_over_days = 7\nhand_over_output = 0.7\n\n"
SOURCE = 'rotations = "assumption: half a year"\n'
WEST = """\
[sectors.west]
name = "Sector West"
lead_nation = "Beta"
base = "Post"
lat = 42.0
lon = 20.0

[municipalities.hamlet]
name_sq = "Lagje"
name_sr = "Zaselak"
sector = "west"
lat = 42.0
lon = 20.0
area_km2 = 59
population = 500
risk = 1.0

"""


def with_rotation(files: Files, name: str = "half-year") -> None:
    files.change("[contingents.alpha]\n", ROTATION + f'[contingents.alpha]\nrotation = "{name}"\n')
    files.change("[sources]\n", "[sources]\n" + SOURCE)


def alpha(files: Files, text: str) -> int:
    return files.change("[contingents.alpha]\n", f"[contingents.alpha]\n{text}\n") + 1


def with_west(files: Files) -> None:
    files.change("[municipalities.town]", WEST + "[municipalities.town]", "theatres/valley.toml")


def test_all_of_it_may_be_left_out(files: Files) -> None:
    scenario = load(files.scenario)
    one = scenario.contingents["alpha"]
    assert scenario.rotations == {}
    assert (one.rotation, one.will_not_do, one.will_not_enter) == (None, [], [])
    assert not scenario.policy["stay"].lends_sections


def test_all_of_it_may_be_given(files: Files) -> None:
    with_west(files)
    with_rotation(files)
    alpha(files, 'will_not_do = ["patrols", "sites"]\nwill_not_enter = ["west"]')
    files.change('title = "Stay"\n', 'title = "Stay"\nlends_sections = true\n')
    scenario = load(files.scenario)
    one = scenario.contingents["alpha"]
    assert scenario.rotations == {"half-year": Rotation(tour_days=182, hand_over_days=7, hand_over_output=0.7)}
    assert (one.rotation, one.will_not_do, one.will_not_enter) == ("half-year", [Task.PATROLS, Task.SITES], ["west"])
    assert scenario.policy["stay"].lends_sections
    units = {origin.key: origin.unit for origin in scenario.provenance if origin.key.startswith("rotations")}
    assert units == {
        "rotations.half-year.tour_days": "d",
        "rotations.half-year.hand_over_days": "d",
        "rotations.half-year.hand_over_output": "share",
    }


def test_they_change_the_hash_of_the_inputs(files: Files) -> None:
    plain = load(files.scenario).inputs_sha256
    lends = load(files.scenario, settings=["policy.stay.lends_sections=true"]).inputs_sha256
    with_rotation(files)
    assert len({plain, lends, load(files.scenario).inputs_sha256}) == 3


@pytest.mark.parametrize(
    ("text", "key", "near", "words"),
    [
        ('will_not_do = ["patrol"]', "contingents.alpha.will_not_do[0]", "patrols", "one of crossing_points"),
        ('will_not_do = "patrols"', "contingents.alpha.will_not_do", None, "a list"),
        ('will_not_do = ["sites", "sites"]', "contingents.alpha.will_not_do", None, "sites more than once"),
        (
            'will_not_do = ["crossing_points", "reserve", "sites", "checkpoints", "patrols"]',
            "contingents.alpha.will_not_do",
            None,
            "all tasks; allowed is a task left to do",
        ),
        ('will_not_enter = ["wets"]', "contingents.alpha.will_not_enter", "west", "not in [theatre.sectors]"),
        ('will_not_enter = ["east"]', "contingents.alpha.will_not_enter", None, "'east', its own sector"),
        ('will_not_enter = ["west", "west"]', "contingents.alpha.will_not_enter", None, "west more than once"),
        ('rotation = "half-year"', "contingents.alpha.rotation", None, "a table rotations.half-year"),
        ("rotation = 6", "contingents.alpha.rotation", None, "text in quotes"),
    ],
)
def test_caveats_that_make_no_sense(files: Files, text: str, key: str, near: str | None, words: str) -> None:
    with_west(files)
    line = alpha(files, text)
    fault = the_fault(files.scenario)
    assert (fault.file, fault.line, fault.key, fault.nearest) == (str(files.scenario), line, key, near)
    assert words in fault.message


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("hand_over_days = 7", "hand_over_days = 183", "hand_over_days", "at most rotations.half-year.tour_days, 182"),
        ("hand_over_days = 7", "hand_over_days = -1", "hand_over_days", "at least 0"),
        ("tour_days = 182", "tour_days = 0", "tour_days", "more than 0"),
        ("hand_over_output = 0.7", "hand_over_output = 1.5", "hand_over_output", "at most 1"),
        ("hand_over_output = 0.7\n", "", "hand_over_output", "missing"),
        ("hand_over_output = 0.7", "hand_over_output = 0.7\nhand_over = 1", "hand_over", "unknown key"),
    ],
)
def test_rotations_out_of_bounds(files: Files, old: str, new: str, key: str, words: str) -> None:
    with_rotation(files)
    files.change(old, new)
    fault = the_fault(files.scenario)
    assert fault.key == f"rotations.half-year.{key}"
    assert words in fault.message


def test_a_rotation_that_is_not_there_suggests_the_nearest(files: Files) -> None:
    with_rotation(files, "half-yaer")
    fault = the_fault(files.scenario)
    assert (fault.key, fault.nearest) == ("contingents.alpha.rotation", "half-year")
    assert "not in [rotations]" in fault.message


def test_a_rotation_without_source_is_refused(files: Files) -> None:
    with_rotation(files)
    files.change(SOURCE, "")
    faults = faults_of(files.scenario)
    assert {fault.key for fault in faults} == {
        f"rotations.half-year.{key}" for key in ("tour_days", "hand_over_days", "hand_over_output")
    }
    assert all("without a source" in fault.message for fault in faults)


def test_every_contingent_of_the_shipped_scenarios_is_relieved() -> None:
    for name in ("kfor-2001", "kfor-gates", "lesson"):
        scenario = shipped(name)
        assert {one.rotation for one in scenario.contingents.values()} == set(scenario.rotations)
        for rotation in scenario.rotations.values():
            lost_days = rotation.hand_over_days * (1 - rotation.hand_over_output)
            assert lost_days == pytest.approx(2.1), "as much a tour whether all at once or bit by bit"
