"""Bad files: each fault has its file, its line and its key, and all of them come at once."""

from __future__ import annotations

import os
import pickle

import pytest

from sim.scenario import ScenarioError, load, read_catalogue
from tests.scenario.conftest import SCENARIO, THEATRE, Files
from tests.scenario.faults import faults_of, the_fault

VALLEY, THEATRE_FILE, CATALOGUE_FILE = "valley.toml", "theatres/valley.toml", "sources.toml"


# File, text that stands there, what is put in its place, key of the fault, nearest key or name, words of the message.
CHANGES = [
    # Unknown keys, with the nearest valid one in this table or elsewhere.
    (VALLEY, "section_size = 9", "section_sise = 9", "force.section_sise", "force.section_size", "unknown key"),
    (VALLEY, "[coverage]", "[coverages]", "coverages", "coverage", "unknown key"),
    (VALLEY, "crew = 6", "crew = 6\nshift_h = 3", "tasks.crossing_points.shift_h", "force.shift_h", "unknown key"),
    (THEATRE_FILE, "n_sites = 12", "n_sits = 12", "theatre.n_sits", "theatre.n_sites", "unknown key"),
    (VALLEY, "floor = { crossing_points", "floor = { crossing_point", "policy.stay.floor.crossing_point",
     "policy.stay.floor.crossing_points", "unknown key"),
    # Types.
    (VALLEY, "section_size = 9", 'section_size = "nine"', "force.section_size", None, "the text 'nine'"),
    (VALLEY, "section_size = 9", "section_size = true", "force.section_size", None, "found true; allowed is a number"),
    (VALLEY, "strength = 900", "strength = 900.5", "contingents.alpha.strength", None, "a whole number"),
    (VALLEY, "start = 2001-01-01", 'start = "2001-01-01"', "horizon.start", None, "without quotes"),
    (VALLEY, "start = 2001-01-01", "start = 2001-01-01T00:00:00", "horizon.start", None, "the time"),
    (VALLEY, 'title = "One sector"', "title = 1", "title", None, "text in quotes"),
    (VALLEY, 'theatre = "theatres/valley.toml"', "theatre = 3", "theatre", None, "path of a theatre file"),
    (VALLEY, "schema_version = 1", "schema_version = 2", "schema_version", None, "allowed is 1"),
    (VALLEY, '"by_risk"', '"by_risks"', "policy.leave.routing", "by_risk", "one of random"),
    (VALLEY, "[contingents.alpha]", '[contingents."A b"]', 'contingents."A b"', None, "lower-case"),
    # Bounds.
    (VALLEY, "strength = 900", "strength = -1", "contingents.alpha.strength", None, "found -1; allowed is at least 0"),
    (VALLEY, "share_in_theatre = 0.9", "share_in_theatre = 1.1", "force.share_in_theatre", None, "at most 1"),
    (VALLEY, "per_day = 30", "per_day = nan", "tasks.patrols.per_day", None, "a finite number"),
    (VALLEY, "window_h = 6", "window_h = -inf", "coverage.window_h", None, "a finite number"),
    (VALLEY, "seed = 1", f"seed = 1{'0' * 400}", "experiment.seed", None, "binary digits"),
    (VALLEY, "seed = 1", f"seed = 0x{'f' * 9000}", "experiment.seed", None, "36000 binary digits"),
    (VALLEY, "section_size = 9", f"section_size = 1{'0' * 400}", "force.section_size", None, "binary digits"),
    (VALLEY, "    500,", "    -500,", "experiment.troops[1]", None, "at least 0"),
    (THEATRE_FILE, "[20.25, 42.0]", "[200.25, 42.0]", "theatre.outline[1][0]", None, "at most 180"),
    (THEATRE_FILE, "[20.25, 42.2]", "[20.25, 142.2]", "theatre.outline[2]", None, "latitude 142.2"),
    # Days and hours.
    (VALLEY, "end = 2001-04-01", "end = 2000-04-01", "horizon.end", None, "a day after horizon.start, 2001-01-01"),
    (VALLEY, "decided_on = 2001-01-20", "decided_on = 2001-02-20", "policy.leave.stages.one.decided_on", None, "up to"),
    (VALLEY, "effective_on = 2001-03-01", "effective_on = 2001-03-01\n[policy.leave.stages.three]\nname = 'x'\n"
     "strength = 1\ndecided_on = 2001-01-20\neffective_on = 2001-02-28",
     "policy.leave.stages.three.effective_on", None, "a day after that of the stage before, 'two'"),
    (VALLEY, "warm_up_h = 24", "warm_up_h = 2160", "horizon.warm_up_h", None, "less than the horizon's 2160 hours"),
    (VALLEY, "warm_up_h = 24", "warm_up_h = 24.5", "horizon.warm_up_h", None, "a whole number of hours"),
    (VALLEY, "sweep_days = 60", "sweep_days = 90", "experiment.sweep_days", None, "at most 89"),
    (VALLEY, "shift_h = 8.0", "shift_h = 9", "force.shift_h", None, "a whole number of shifts in 24 h"),
    (VALLEY, "shift_h = 8.0", "shift_h = 8.0001", "force.shift_h", None, "a whole number of seconds"),
    (VALLEY, "departure_window_h = 7.5", "departure_window_h = 9", "tasks.patrols.departure_window_h", None,
     "at most force.shift_h, 8"),
    (VALLEY, 'departures = "uniform"', 'departures = "poisson"', "tasks.patrols.departure_window_h", None,
     "found 7.5; allowed is force.shift_h, 8: Poisson tours leave at any time of the shift"),
    (VALLEY, "leave_days = 14", "leave_days = 90", "force.leave_days", None, "less than force.leave_cycle_days"),
    # Names of other tables.
    (VALLEY, 'sector = "east"', 'sector = "eest"', "contingents.alpha.sector", "east", "not in [theatre.sectors]"),
    (THEATRE_FILE, 'municipality = "village"', 'municipality = "vilage"', "theatre.named_sites.mill.municipality",
     "village", "not in [theatre.municipalities]"),
    (VALLEY, "n_sections.east = 2", "n_sections.west = 2", "tasks.reserve.n_sections.west", "east", "theatre.sectors"),
    (VALLEY, "sector_weights = { east = 1 }", "sector_weights = { east = 1, esat = 1 }",
     "tasks.patrols.sector_weights.esat", "east", "theatre.sectors"),
    (VALLEY, "\nmill = 4", "\nmil = 4", "tasks.sites.crew_of.mil", "mill", "no named site"),
    (VALLEY, "unfixing = { mill =", "unfixing = { mil =", "policy.leave.unfixing.mil", "mill", "no named site"),
    (VALLEY, 'policies = ["stay"]', 'policies = ["stey"]', "experiment.policies", "stay", "not in [policy]"),
    (VALLEY, 'policies = ["stay"]', 'policies = ["stay", "stay"]', "experiment.policies", None, "more than once"),
    # Sums and numbers of things.
    (VALLEY, '"crossing_points", "reserve", "sites", "checkpoints", "patrols"]',
     '"crossing_points", "sites", "sites", "checkpoints", "patrols"]', "policy.stay.priority", None, "reserve is not"),
    (VALLEY, "share = 0.75", "share = 0.7", "tasks.patrols.kinds", None, "add up to 0.95"),
    (VALLEY, "cv = 0.5", "cv = 0", "tasks.patrols.kinds.vehicle.dwell_min.cv", None, "more than 0 for gamma"),
    (VALLEY, "n = 10", "n = 13", "tasks.sites.n", None, "at most theatre.n_sites, 12"),
    (VALLEY, "\nn = 4", "\nn = 6", "tasks.checkpoints.n", None, "at most theatre.n_checkpoints, 5"),
    (VALLEY, "{ east = 1 }", "{ east = 0 }", "tasks.patrols.sector_weights", None, "no weight above 0"),
    (VALLEY, "weight_patrols = 1\nweight_sites = 1\nweight_checkpoints = 1\nweight_crossing_points = 1",
     "weight_patrols = 0\nweight_sites = 0\nweight_checkpoints = 0\nweight_crossing_points = 0", "coverage", None,
     "only weights of 0"),
    (VALLEY, "strength = 900", "strength = 0", "contingents", None, "no contingent with a strength above 0"),
    (THEATRE_FILE, "[municipalities.town]", '[sectors.west]\nname = "Sector East"\nlead_nation = ""\nbase = ""\n'
     "lat = 42.0\nlon = 20.0\n\n[municipalities.town]", "theatre.sectors.west.name", None, "name of sector 'east' too"),
    (THEATRE_FILE, "[municipalities.town]", '[sectors.all]\nname = "All"\nlead_nation = ""\nbase = ""\n'
     "lat = 42.0\nlon = 20.0\n\n[municipalities.town]", "theatre.sectors.all", None, "stands for the theatre"),
    (THEATRE_FILE, "outline = [[20.0, 42.0], [20.25, 42.0],", "outline = [[20.0, 42.2], [20.25, 42.2],",
     "theatre.outline", None, "a ring around no area"),
    (VALLEY, "{ share = 0.25,", "{ share = 0.25, dwell_min.cv = 0.1,", "tasks.patrols.kinds.foot.dwell_min.cv", None,
     "no cv for constant"),
    (VALLEY, "effective_on = 2001-03-01", "effective_on = 2001-03-01\n[policy.leave.stages.three]\nname = 'x'\n"
     "strength = 1\ndecided_on = 2001-01-20\neffective_on = 2001-03-01",
     "policy.leave.stages.three.effective_on", None, "a day after that of the stage before, 'two'"),
    (VALLEY, "end = 2001-04-01", "end = 2001-03-02", "experiment.sweep_days", None, "at most 59"),
    # Sources.
    (VALLEY, 'force = "assumption: round numbers"\n', "", None, None, "without a source"),
    (VALLEY, '"field-manual"', '"field-manuel"', 'sources."force.section_size"', "field-manual", "sources.toml"),
    (VALLEY, '"assumption: a shift"', '"assumption: "', "sources.coverage", None, "with its reason"),
    (VALLEY, '"assumption: a shift"', '"assumption"', "sources.coverage", None, "with its reason"),
    (VALLEY, '"assumption: a shift"', "7", "sources.coverage", None, "in quotes"),
    (VALLEY, '"tasks.sites.n" =', '"tasks.sits.n" =', 'sources."tasks.sits.n"', "tasks.sites.n", "does not set"),
    (THEATRE_FILE, 'n_sites = "outside:list"', 'n_sites = "outside:lists"', "theatre.sources.n_sites", "outside:list",
     "sources.toml"),
    (THEATRE_FILE, 'outline = "survey"\n', "", "theatre.outline", None, "without a source"),
    (CATALOGUE_FILE, 'reference = "Ministry of Lists"\n', "", '"outside:list".reference', None, "text in quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "key", "near", "words"), CHANGES)
def test_fault_has_file_line_key_and_the_nearest_name(
    files: Files, name: str, old: str, new: str, key: str | None, near: str | None, words: str
) -> None:
    files.change(old, new, name)
    faults = faults_of(files.scenario)
    assert key is None or len(faults) == 1, "\n".join(str(fault) for fault in faults)
    assert {fault.file for fault in faults} == {str(files.folder / name)}
    for fault in faults:
        assert key is None or fault.key == key
        assert fault.nearest == near
        assert words in fault.message
        assert near is None or f"did you mean '{near}'?" in fault.message
        # The line is that of the key's last word, or of the table it is missing from.
        line = (files.folder / name).read_text("utf-8").splitlines()[(fault.line or 0) - 1]
        words_of_key = [word.strip('"') for word in fault.key.split("[")[0].split(".")]
        assert any(word in line for word in words_of_key[-2:]) or fault.key in line or "[20" in line or "500" in line


def test_all_faults_come_at_once_in_the_order_of_the_files(files: Files) -> None:
    lines = [
        files.change("end = 2001-04-01", "end = 2000-04-01"),
        files.change("section_size = 9", "section_sise = 9"),
        files.change("strength = 900", "strength = -50"),
        files.change("window_h = 6", 'window_h = "six"'),
        files.change("decided_on = 2001-01-20", "decided_on = 2001-02-20"),
        files.change("strength = 450", "strength = -450"),
    ]
    in_theatre = files.change("n_checkpoints = 5", "n_checkpoints = -5", "theatres/valley.toml")
    faults = faults_of(files.scenario)
    assert [fault.line for fault in faults] == [*sorted(lines), in_theatre]
    assert faults[-1].file == str(files.folder / "theatres" / "valley.toml")


def test_inherited_fault_points_at_the_parent(files: Files) -> None:
    line = files.change("strength = 900", "strength = -900")
    child = files.write("child.toml", 'extends = "valley.toml"\ntitle = "Child"\n')
    fault = the_fault(child)
    assert (fault.file, fault.line, fault.key) == (str(files.scenario), line, "contingents.alpha.strength")


def test_source_of_a_parent_does_not_count_for_its_child(files: Files) -> None:
    child = files.write("child.toml", 'extends = "valley.toml"\n[force]\nshift_h = 12\n')
    fault = the_fault(child)
    assert (fault.file, fault.line, fault.key) == (str(child), 3, "force.shift_h")
    assert '"force.shift_h" = "assumption: why"' in fault.allowed


@pytest.mark.parametrize("key", ["horizon", "force", "police"])
def test_missing_table(files: Files, key: str) -> None:
    tables = SCENARIO.split("\n[")
    files.write(VALLEY, "\n[".join(table for table in tables if not table.startswith(key)))
    found = {(fault.key, fault.line) for fault in faults_of(files.scenario) if fault.message.startswith("missing")}
    assert found == {(key, 1)}


def test_missing_key_points_at_its_table(files: Files) -> None:
    files.change("shift_h = 8.0\n", "")
    fault = the_fault(files.scenario)
    assert fault.line == SCENARIO.splitlines().index("[force]") + 1
    assert (fault.key, fault.found, fault.allowed) == ("force.shift_h", "nothing", "a number")


def test_missing_key_of_a_table_in_two_files_points_at_the_later(files: Files) -> None:
    files.change("shift_h = 8.0\n", "")
    child = files.write("child.toml", 'extends = "valley.toml"\n[force]\n')
    fault = the_fault(child)
    assert (fault.file, fault.line, fault.key) == (str(child), 2, "force.shift_h")


WEST = """
[sectors.west]
name = "Sector West"
lead_nation = "Alpha"
base = "Fort"
lat = 42.1
lon = 20.05
"""


def test_tours_need_areas_and_by_population_needs_people(files: Files) -> None:
    line = files.change("[municipalities.town]", WEST + "[municipalities.town]", "theatres/valley.toml")
    files.change("sector_weights = { east = 1 }", "sector_weights = { east = 1, west = 1 }")
    fault = the_fault(files.scenario)
    assert (fault.line, fault.key) == (line + 1, "theatre.sectors.west")
    assert "a sector without municipalities" in fault.message
    village = 'name_sr = "Selo"\nsector = "east"'
    files.change(village, village.replace("east", "west"), "theatres/valley.toml")
    files.change("population = 3000", "population = 0", "theatres/valley.toml")
    load(files.scenario)
    line = files.change('routing = "by_risk"', 'routing = "by_population"')
    fault = the_fault(files.scenario)
    assert (fault.line, fault.key) == (line, "policy.leave.routing")
    assert "nobody lives in 'west'" in fault.message
    assert the_fault(files.scenario, ["theatre.n_patrol_areas=1", "policy.leave.routing=random"]).key == (
        "theatre.n_patrol_areas"
    )


def test_posts_need_people_or_a_name(files: Files) -> None:
    for people in ("population = 40000", "population = 3000"):
        files.change(people, "population = 0", "theatres/valley.toml")
    assert [fault.key for fault in faults_of(files.scenario)] == ["theatre.n_sites", "theatre.n_checkpoints"]
    none = ["theatre.n_checkpoints=0", "tasks.checkpoints.n=0"]
    load(files.scenario, settings=[*none, "theatre.n_sites=1", "tasks.sites.n=1"])
    *_, fewer = faults_of(files.scenario, [*none, "theatre.n_sites=0", "tasks.sites.n=0"])
    assert (fewer.key, fewer.allowed) == ("theatre.n_sites", "at least the 1 named sites")


def test_values_at_their_bounds_are_allowed(files: Files) -> None:
    load(
        files.scenario,
        settings=[
            "tasks.sites.n=12", "tasks.checkpoints.n=5", "tasks.patrols.departure_window_h=8",
            "experiment.sweep_days=89", "policy.leave.stages.one.decided_on=2001-02-01", "force.leave_days=89.9",
            "theatre.n_patrol_areas=1", "tasks.patrols.kinds.foot.share=0.2500000000000001",
            "horizon.warm_up_h=0", "coverage.weight_sites=0", "tasks.patrols.departures=poisson",
        ],
    )  # fmt: skip
    load(files.scenario, settings=["force.shift_h=10000"])  # longer than the run


def test_named_sites_off_the_task_list_have_neither_crew_nor_hand_over(files: Files) -> None:
    assert [fault.key for fault in faults_of(files.scenario, ["tasks.sites.n=0"])] == [
        "tasks.sites.crew_of.mill", "policy.leave.unfixing.mill"
    ]  # fmt: skip
    line = files.change("unfixing = { mill = 2001-02-15 }\n", "") - 1
    fault = the_fault(files.scenario, ["tasks.sites.n=0"])
    assert (fault.file, fault.key) == (str(files.scenario), "tasks.sites.crew_of.mill")
    assert fault.line == SCENARIO.splitlines().index("mill = 4") + 1 < line
    assert "'mill', which is not on the task list" in fault.message
    load(files.scenario, settings=["tasks.sites.n=1"])


def test_too_many_files_that_extend_each_other(files: Files) -> None:
    files.write("f0.toml", SCENARIO)
    for number in range(1, 30):
        files.write(f"f{number}.toml", f'extends = "f{number - 1}.toml"\n')
    assert load(files.folder / "f19.toml").name == "f19"
    fault = the_fault(files.folder / "f29.toml")
    assert (fault.line, fault.key) == (1, "extends")
    assert "more than 20 files" in fault.message


def test_table_or_key_given_twice(files: Files) -> None:
    second = '[sectors.east]\nname = "Again"\n\n[sources]'
    line = files.change("[sources]", second, "theatres/valley.toml")
    fault = the_fault(files.scenario)
    assert (fault.file, fault.line, fault.key) == (str(files.folder / THEATRE_FILE), line, "sectors.east")
    assert f"first is in line {THEATRE.splitlines().index('[sectors.east]') + 1}" in fault.message
    files.write(THEATRE_FILE, THEATRE)
    line = files.change("shift_h = 8.0\n", "shift_h = 8.0\nshift_h = 9.0\n")
    fault = the_fault(files.scenario)
    assert (fault.line, fault.key) == (line + 1, "force.shift_h")


def test_not_toml_has_line_and_column(files: Files) -> None:
    line = files.change("shift_h = 8.0", "shift_h = eight")
    fault = the_fault(files.scenario)
    assert (fault.file, fault.line) == (str(files.scenario), line)
    assert f"(line {line}, column 11)" in fault.message


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"", 1, "an empty file"),
        (b"# only a comment\n", 1, "an empty file"),
        (b"a = 1\nb = '\xff'\n", 2, "not UTF-8: byte 0xff"),
        ("a = 1\n".encode("utf-16"), 1, "not UTF-8"),
        (b"a = 1\nb = \x00\n", 2, "not TOML"),
        (b"a = " + b"[" * 5000, None, "nested too deep"),
        (b"a = " + b"[" * 40 + b"]" * 40, None, "nested too deep"),
        (b"[x]\n" + b"a." * 5000 + b"a = 1", 2, "a key of more than 16 parts"),
        (b"a = '" + b"x" * 30_000 + b"'", 1, "a line of 30,006 characters"),
        (b"x" * 10_000_000, 1, "more than 1,000,000 bytes"),
        (b"a = " + b"9" * 5000, None, "not TOML"),
        (b"[a]\nb = 1\n[c]\nd = 'x", 4, "not TOML"),
        (b"MZ\x90\x00\x03", 1, "not UTF-8"),
    ],
)
def test_what_is_no_scenario_is_refused(files: Files, raw: bytes, line: int | None, words: str) -> None:
    files.scenario.write_bytes(raw)
    fault = the_fault(files.scenario)
    assert fault.file == str(files.scenario)
    assert line is None or fault.line == line
    assert words in fault.message
    assert len(str(fault)) < 400


def test_missing_file_suggests_the_nearest(files: Files) -> None:
    fault = the_fault(files.folder / "vally.toml")
    assert (fault.file, fault.line, fault.key) == (str(files.folder / "vally.toml"), None, "")
    assert fault.nearest == str(files.scenario)
    assert the_fault(files.folder / "valley").nearest == str(files.scenario)
    assert the_fault(files.folder / "nowhere" / "x.toml").nearest is None


def test_directory_or_pipe_instead_of_a_file(files: Files) -> None:
    assert "a directory" in the_fault(files.folder).message
    os.mkfifo(files.folder / "pipe.toml")
    assert "not a regular file" in the_fault(files.folder / "pipe.toml").message


@pytest.mark.parametrize(
    ("key", "name", "words", "near"),
    [
        ("theatre", "theatres/valey.toml", "no such file", "theatres/valley.toml"),
        ("theatre", "theatres", "a directory", None),
        ("theatre", "valley.toml", "a scenario", None),
        ("theatre", "sources.toml", "a catalogue of sources", None),
        ("extends", "base.toml", "no such file", None),
        ("extends", "a\\u0000b", "control character U+0000", None),
        ("extends", "theatres/valley.toml", "a theatre", None),
        ("extends", "child.toml", "a circle: child.toml -> child.toml", None),
    ],
)
def test_wrong_file_named_in_a_file(files: Files, key: str, name: str, words: str, near: str | None) -> None:
    first = "" if key == "extends" else 'extends = "valley.toml"\n'
    child = files.write("child.toml", f'{first}{key} = "{name}"\n')
    fault = the_fault(child)
    assert (fault.file, fault.line, fault.key) == (str(child), 1 + first.count("\n"), key)
    assert words in fault.message
    assert fault.nearest == (str(files.folder / near) if near else None)


def test_circle_of_three(files: Files) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        files.write(f"{name}.toml", f'title = "x"\nextends = "{parent}.toml"\n')
    fault = the_fault(files.folder / "a.toml")
    assert (fault.file, fault.line, fault.key) == (str(files.folder / "c.toml"), 2, "extends")
    assert "a.toml -> b.toml -> c.toml -> a.toml" in fault.message


def test_rest_is_checked_though_the_theatre_cannot_be_read(files: Files) -> None:
    theatre = files.change('theatre = "theatres/valley.toml"', 'theatre = "theatres/none.toml"')
    strength = files.change("strength = 900", "strength = -900")
    assert [fault.line for fault in faults_of(files.scenario)] == [theatre, strength]


def test_theatre_or_catalogue_given_as_scenario(files: Files) -> None:
    assert "found a theatre; allowed is a scenario" in the_fault(files.folder / THEATRE_FILE).message
    assert "found a catalogue of sources" in the_fault(files.folder / CATALOGUE_FILE).message


def test_no_catalogue_anywhere(files: Files) -> None:
    (files.folder / "sources.toml").unlink()
    assert all("there is none in this folder or above" in fault.allowed for fault in faults_of(files.scenario))


def test_catalogue_with_faults(files: Files) -> None:
    path = files.write("sources.toml", 'x = 1\n[a]\ntitle = "A"\nreferense = "B"\n')
    with pytest.raises(ScenarioError) as caught:
        read_catalogue(path)
    assert [(fault.line, fault.key, fault.nearest) for fault in caught.value.faults] == [
        (1, "x", None), (4, "a.referense", "reference"), (2, "a.reference", None)
    ]  # fmt: skip


def test_many_faults_are_counted(files: Files) -> None:
    files.write(VALLEY, SCENARIO.replace("[force]", "[force]\n" + "".join(f"x{n} = 1\n" for n in range(20_000))))
    with pytest.raises(ScenarioError) as caught:
        load(files.scenario)
    assert len(caught.value.faults) == 20_000
    assert str(caught.value).endswith("and 19800 more faults")


def test_error_pickles(files: Files) -> None:
    files.change("strength = 900", "strength = -900")
    with pytest.raises(ScenarioError) as caught:
        load(files.scenario)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.faults == caught.value.faults
    assert str(copy) == str(caught.value)
