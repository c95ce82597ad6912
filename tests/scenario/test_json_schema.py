"""JSON Schema of the files: it accepts every shipped file, refuses what the loader refuses, and describes every key."""

from __future__ import annotations

import copy
import datetime as dt
import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from sim.scenario import ScenarioError, load
from sim.scenario.errors import Loc, dotted
from sim.scenario.fields import patterns, unit_at
from sim.scenario.json_schema import File, Schema, as_text, schema_of
from tests.house.files import ROOT
from tests.scenario.conftest import CATALOGUE, SCENARIO, THEATRE, Files
from tests.scenario.incident_tables import with_incidents

SCHEMAS = {
    "scenario": schema_of(File.SCENARIO),
    "scenario-extends": schema_of(File.SCENARIO, extends=True),
    "theatre": schema_of(File.THEATRE),
    "sources": schema_of(File.SOURCES),
}
FOLDER = ROOT / "scenarios" / "schema"
SHIPPED = sorted(
    [*(ROOT / "scenarios").rglob("*.toml"), *(ROOT / "tests" / "verification").glob("*.toml")],
    key=lambda path: path.as_posix(),
)
CHILD = """\
extends = "valley.toml"
title = "Child"
[force]
section_size = 8
[tasks.patrols.kinds.vehicle]
n_stops = 4
[sources]
"force.section_size" = "assumption: small sections"
tasks.patrols.kinds = "assumption: short patrols"
"""


def as_json(value: Any) -> Any:
    """TOML's values as an editor hands them to a validator: dates are text."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def faults(schema: str, text: str) -> list[str]:
    validator = Draft202012Validator(SCHEMAS[schema], format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(as_json(tomllib.loads(text)))]


def kind_of(path: Path) -> str:
    if path.name == "sources.toml":
        return "sources"
    if path.parent.name == "theatres":
        return "theatre"
    return "scenario-extends" if "extends" in tomllib.loads(path.read_text(encoding="utf-8")) else "scenario"


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMAS[name]["title"].startswith("peacesim")


@pytest.mark.parametrize("path", SHIPPED, ids=named)
def test_shipped_file_names_its_schema_in_its_first_line(path: Path) -> None:
    schema = os.path.relpath(FOLDER / f"{kind_of(path)}.json", path.parent).replace(os.sep, "/")
    schema = schema if schema.startswith("..") else f"./{schema}"
    assert path.read_text(encoding="utf-8").splitlines()[0] == f"#:schema {schema}"


@pytest.mark.parametrize("path", SHIPPED, ids=named)
def test_shipped_file_is_valid(path: Path) -> None:
    assert faults(kind_of(path), path.read_text(encoding="utf-8")) == []


def test_files_of_the_tests_are_valid() -> None:
    assert len(SHIPPED) >= 9
    assert faults("scenario", SCENARIO) == []
    assert faults("theatre", THEATRE) == []
    assert faults("sources", CATALOGUE) == []


def test_a_file_that_extends_needs_its_own_schema(files: Files) -> None:
    load(files.write("child.toml", CHILD))
    assert faults("scenario-extends", CHILD) == []
    said = " ".join(faults("scenario", CHILD))
    assert "'extends' was unexpected" in said
    assert "'horizon' is a required property" in said
    assert "'shift_h' is a required property" in said
    assert "'extends' is a required property" in " ".join(faults("scenario-extends", SCENARIO))


def test_theatre_may_be_a_table(files: Files) -> None:
    table = THEATRE.replace("[sectors", "[theatre.sectors").replace("[municipalities", "[theatre.municipalities")
    table = table.replace("[crossing_points", "[theatre.crossing_points").replace(
        "[named_sites", "[theatre.named_sites"
    )
    given = SCENARIO.replace('theatre = "theatres/valley.toml"\n', "").replace(
        "[sources]", '[sources]\ntheatre = "assumption: x"'
    )
    text = given + "\n[theatre]\n" + table.split("[sources]")[0]
    load(files.write("inline.toml", text))
    assert faults("scenario", text) == []
    assert faults("scenario", text.replace("n_sites = 12", "n_sites = -12"))
    with_sources = text + '\n[theatre.sources]\nn_sites = "assumption: x"\n'
    assert faults("scenario", with_sources)


# File, what is replaced, by what; every one of them is a fault to the loader too.
MISTAKES = [
    ("valley.toml", "section_size = 9", "sectoin_size = 9"),
    ("valley.toml", "section_size = 9", 'section_size = "9"'),
    ("valley.toml", "section_size = 9", "section_size = true"),
    ("valley.toml", "section_size = 9", ""),
    ("valley.toml", "section_size = 9", "section_size = 0"),
    ("valley.toml", "absence_share = 0.05", "absence_share = 1.05"),
    ("valley.toml", "n_shift_groups = 3", "n_shift_groups = 2.5"),
    ("valley.toml", "start = 2001-01-01", 'start = "soon"'),
    ("valley.toml", "start = 2001-01-01", "start = 20010101"),
    ("valley.toml", "start = 2001-01-01", "start = 2001-01-01T06:00:00"),
    ("valley.toml", "schema_version = 1", "schema_version = 2"),
    ("valley.toml", 'title = "One sector"', 'title = ""'),
    ("valley.toml", 'theatre = "theatres/valley.toml"', "theatre = 3"),
    ("valley.toml", "[contingents.alpha]", "[contingents.Alpha]"),
    ("valley.toml", "[contingents.alpha]", f"[contingents.{'a' * 65}]"),
    ("valley.toml", 'sector = "east"', 'sector = "East"'),
    ("valley.toml", 'departures = "uniform"', 'departures = "normal"'),
    ("valley.toml", "cv = 0.5", "cv = -0.5"),
    ("valley.toml", 'distribution = "gamma"', 'distribution = "weibull"'),
    ("valley.toml", "sites = 0.5 }", "sites = 1.5 }"),
    ("valley.toml", "sites = 0.5 }", "site = 0.5 }"),
    ("valley.toml", 'priority = ["crossing_points", "reserve",', 'priority = ["crossing_points",'),
    ("valley.toml", 'priority = ["crossing_points", "reserve",', 'priority = ["crossing_points", "rest",'),
    ("valley.toml", "unfixing = { mill = 2001-02-15 }", "unfixing = { mill = true }"),
    ("valley.toml", "seed = 1", "seed = 9223372036854775808"),
    ("valley.toml", "    500,", '    "500",'),
    ("valley.toml", "    500,", "    -500,"),
    ("valley.toml", "confidence = 0.95", "confidence = 95"),
    ("valley.toml", 'coverage = "assumption: a shift"', 'coverage = "assumption"'),
    ("valley.toml", 'coverage = "assumption: a shift"', 'coverage = "assumption: "'),
    ("valley.toml", 'coverage = "assumption: a shift"', "coverage = 6"),
    ("valley.toml", 'coverage = "assumption: a shift"', 'coverage = ["field-manual"]'),
    ("valley.toml", 'coverage = "assumption: a shift"', 'coverage = ""'),
    ("theatres/valley.toml", "n_sites = 12", "n_site = 12"),
    ("theatres/valley.toml", "detour_factor = 1.3", "detour_factor = 0.3"),
    ("theatres/valley.toml", "lat = 42.1\n", "lat = 142.1\n"),
    ("theatres/valley.toml", "[20.0, 42.0],", "[20.0],"),
    ("theatres/valley.toml", "schema_version = 1", 'schema_version = 1\nextends = "x.toml"'),
    ("theatres/valley.toml", 'name = "Sector East"', ""),
    ("sources.toml", 'title = "Survey"', 'titel = "Survey"'),
    ("sources.toml", 'note = "Redrawn"', "note = 3"),
    ("sources.toml", 'reference = "Ministry of Lists"', 'reference = ""'),
    ("sources.toml", 'reference = "Ministry of Lists"', ""),
    ("sources.toml", "[field-manual]", "field-manual = 3\n[other]"),
]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("begins = 2001-02-17T14:00:00", "begins = 2001-02-17"),
        ("begins = 2001-02-17T14:00:00", "begins = 2001-02-17T14:00:01"),
        ("begins = 2001-02-17T14:00:00", "begins = 2001-02-17T14:00:00Z"),
        ("begins = 2001-02-17T14:00:00", "begins = 14:00:00"),
        ('at = "site"', 'at = "sites"'),
        ("triggers = 0.1", "triggers = 1"),
        ("planned = true", "planned = 1"),
        ("lead_time_days = 7", "lead_time_days = -7"),
        ("automatic = false\n", ""),
        ("asks = { patrols = 0.8 }", "asks = { patrol = 0.8 }"),
    ],
)
def test_a_mistake_about_incidents_is_marked_too(files: Files, old: str, new: str) -> None:
    with_incidents(files)
    load(files.scenario)
    assert faults("scenario", files.scenario.read_text()) == []
    files.change(old, new)
    with pytest.raises(ScenarioError):
        load(files.scenario)
    assert faults("scenario", files.scenario.read_text()) != []


@pytest.mark.parametrize(("name", "old", "new"), MISTAKES)
def test_a_mistake_is_marked_as_the_loader_marks_it(files: Files, name: str, old: str, new: str) -> None:
    files.change(old, new, name)
    with pytest.raises(ScenarioError):
        load(files.scenario)
    path = files.folder / name
    assert faults(kind_of(path), path.read_text(encoding="utf-8")) != []


def test_the_largest_seed_is_within_what_editors_can_read(files: Files) -> None:
    files.change("seed = 1", f"seed = {2**63 - 1}")
    load(files.scenario)
    assert faults("scenario", files.scenario.read_text()) == []
    numbers = [number for name in SCHEMAS for number in re.findall(r": (\d+),?$", as_text(SCHEMAS[name]), re.MULTILINE)]
    assert max(map(int, numbers)) == 2**63 - 1


def places(schema: Schema, at: Loc = ()) -> Iterator[tuple[Loc, Schema]]:
    """Every schema within a schema for which a file can have a value, with its place."""
    yield at, schema
    for key, inner in schema.get("properties", {}).items():
        yield from places(inner, (*at, key))
    if "items" in schema:
        yield from places(schema["items"], (*at, 0))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from places(schema["additionalProperties"], (*at, "NAME"))
    for inner in schema.get("patternProperties", {}).values():
        yield from places(inner, (*at, "NAME"))
    for inner in schema.get("anyOf", []):
        yield from places(inner, at)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_place_has_a_description(name: str) -> None:
    lacking = [
        dotted(at) for at, schema in places(SCHEMAS[name]) if not schema.get("description") and "$ref" not in schema
    ]
    assert lacking == []


def test_no_description_has_the_marks_of_a_docstring() -> None:
    for name in SCHEMAS:
        for at, schema in places(SCHEMAS[name]):
            assert not re.search(r":\w+:`|\n", schema.get("description", "")), at


@pytest.mark.parametrize("name", ["scenario", "scenario-extends", "theatre"])
def test_every_number_and_date_has_the_unit_that_the_format_gives_it(name: str) -> None:
    prefix = ("theatre",) if name == "theatre" else ()
    found = {}
    for at, schema in places(SCHEMAS[name]):
        if "const" not in schema and (
            "integer" in schema.get("type", ()) or schema.get("format") in {"date", "date-time-local"}
        ):
            found[at] = (schema["x-unit"], unit_at((*prefix, *at)))
    assert len(found) > 10
    assert all(given == wanted for given, wanted in found.values())


@pytest.mark.parametrize("name", ["scenario", "scenario-extends"])
def test_every_key_of_the_format_is_there(name: str) -> None:
    known = {at for at, _ in places(SCHEMAS[name])}
    assert set(patterns()) - known == set()


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_table_takes_unknown_keys(name: str) -> None:
    open_tables = [
        at
        for at, schema in places(SCHEMAS[name])
        if schema.get("type") == "object" and schema.get("additionalProperties", True) is True
    ]
    assert open_tables == []


def test_only_the_extended_file_gives_what_is_required() -> None:
    child = SCHEMAS["scenario-extends"]
    assert child["required"] == ["extends"]
    of_the_whole = {"required", "minProperties", "default"}
    assert [at for at, schema in places(child) if at and of_the_whole & schema.keys()] == []
    assert of_the_whole <= {word for _, schema in places(SCHEMAS["scenario"]) for word in schema}


def test_text_is_made_anew_each_time_and_the_same() -> None:
    first = schema_of(File.SCENARIO)
    before = copy.deepcopy(first)
    first["properties"]["sources"].clear()
    assert schema_of(File.SCENARIO) == before
    assert json.loads(as_text(before)) == before


@pytest.mark.parametrize("file", [File.THEATRE, File.SOURCES])
def test_only_a_scenario_extends(file: File) -> None:
    with pytest.raises(ValueError, match="only a scenario"):
        schema_of(file, extends=True)


def test_the_line_that_names_the_schema_is_a_comment_to_the_loader(files: Files) -> None:
    before = load(files.scenario)
    files.scenario.write_text("#:schema ./nosuch.json\n" + files.scenario.read_text())
    assert load(files.scenario).inputs_sha256 == before.inputs_sha256
