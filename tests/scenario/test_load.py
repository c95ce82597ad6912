"""A valid scenario: its values, where each comes from, what extends and settings change."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.scenario import Origin, Routing, ScenarioError, Source, Task, find_catalogue, load, read_catalogue
from sim.scenario.fields import patterns, type_at, unit_at
from sim.scenario.toml_lines import line_index
from tests.scenario.conftest import SCENARIO, THEATRE, Files

CHILD = """\
extends = "valley.toml"
title = "More"

[force]
section_size = 8

[experiment]
troops = [100]

[sources]
"force.section_size" = "assumption: small sections"
"experiment.troops" = "assumption: one level"
"""


def origin(origins: tuple[Origin, ...], key: str) -> Origin:
    return next(one for one in origins if one.key == key)


def test_values_are_those_of_the_files(files: Files) -> None:
    scenario = load(files.scenario)
    assert scenario.name == "valley"
    assert scenario.theatre.municipalities["town"].population == 40_000
    assert scenario.horizon.end == dt.date(2001, 4, 1)
    assert scenario.run_length_h == 90 * 24
    assert scenario.tasks.patrols.kinds["foot"].dwell_min.mean == 40
    assert scenario.policy["leave"].routing is Routing.BY_RISK
    assert scenario.policy["stay"].routing is Routing.RANDOM
    assert list(scenario.policy["leave"].stages) == ["one", "two"]


def test_tasks_left_out_of_floor_and_weight_have_none(files: Files) -> None:
    policy = load(files.scenario).policy["stay"]
    assert policy.floor == {
        Task.CROSSING_POINTS: 1.0, Task.RESERVE: 1.0, Task.SITES: 0.5, Task.CHECKPOINTS: 0.0, Task.PATROLS: 0.0
    }  # fmt: skip
    assert policy.weight[Task.RESERVE] == 0.0


def test_each_figure_has_one_origin(files: Files) -> None:
    provenance = load(files.scenario).provenance

    def figures(value: object) -> int:
        if isinstance(value, dict):
            return sum(figures(inner) for inner in value.values())
        numbers = [value] if not isinstance(value, list) else value
        return int(any(isinstance(one, int | float | dt.date | list) and not isinstance(one, bool) for one in numbers))

    expected = sum(figures(tomllib.loads(text)) - 1 for text in (SCENARIO, THEATRE))  # less schema_version
    assert len(provenance) == len({one.key for one in provenance}) == expected
    assert all(one.unit and one.source and one.line for one in provenance)


def test_origin_says_value_unit_source_file_and_line(files: Files) -> None:
    provenance = load(files.scenario).provenance
    lines = SCENARIO.splitlines()
    for key, value, unit, source in (
        ("force.section_size", 9, "soldiers", "field-manual"),
        ("force.shift_h", 8.0, "h", "assumption: round numbers"),
        ("tasks.sites.n", 10, "sites", "outside:list"),
        ("tasks.patrols.kinds.vehicle.dwell_min.mean", 15.0, "min", "assumption: round numbers"),
        ("experiment.troops", (0, 500, 1000), "soldiers", "assumption: quick"),
        ("policy.leave.unfixing.mill", dt.date(2001, 2, 15), "date", "assumption: for tests"),
    ):
        found = origin(provenance, key)
        assert (found.value, found.unit, found.source) == (value, unit, source)
        assert found.file == str(files.scenario)
        assert found.line and key.split(".")[-2 if "mean" in key else -1] in lines[found.line - 1]
    risk = origin(provenance, "theatre.municipalities.village.risk")
    assert risk.source == "assumption: twice as risky"  # the longer key wins over `municipalities`
    assert risk.file == str(files.folder / "theatres" / "valley.toml")
    assert risk.line == THEATRE.splitlines().index("risk = 2.0") + 1


def test_origins_come_in_the_order_of_the_file(files: Files) -> None:
    lines = [one.line for one in load(files.scenario).provenance if one.file == str(files.scenario)]
    assert lines == sorted(lines, key=lambda line: line or 0)


def test_scenario_pickles_with_name_and_provenance(files: Files) -> None:
    scenario = load(files.scenario)
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy == scenario
    assert (copy.name, copy.provenance) == (scenario.name, scenario.provenance)
    assert copy.inputs_sha256 == scenario.inputs_sha256


def test_scenario_is_frozen(files: Files) -> None:
    scenario = load(files.scenario)
    with pytest.raises(ValidationError, match="frozen"):
        scenario.force.section_size = 1.0  # type: ignore[misc]


def test_child_changes_values_and_points_at_the_file_that_sets_each(files: Files) -> None:
    parent, child = load(files.scenario), load(files.write("child.toml", CHILD))
    assert child.name == "child"
    assert child.title == "More"
    assert child.force == parent.force.model_copy(update={"section_size": 8.0})
    assert child.experiment.troops == [100]
    assert child.theatre == parent.theatre
    size, shift = origin(child.provenance, "force.section_size"), origin(child.provenance, "force.shift_h")
    assert (size.source, size.file, size.line) == (
        "assumption: small sections", str(files.folder / "child.toml"), CHILD.splitlines().index("section_size = 8") + 1
    )  # fmt: skip
    assert (shift.source, shift.file) == ("assumption: round numbers", str(files.scenario))


def test_theatre_of_a_child_replaces_its_parents_whole(files: Files) -> None:
    files.write("theatres/other.toml", THEATRE.replace("village", "hamlet"))
    child = load(files.write("child.toml", 'extends = "valley.toml"\ntheatre = "theatres/other.toml"\n'))
    assert list(child.theatre.municipalities) == ["town", "hamlet"]
    assert {one.file for one in child.provenance if one.key.startswith("theatre.")} == {
        str(files.folder / "theatres" / "other.toml")
    }


def test_theatre_may_stand_in_the_scenario_itself(files: Files) -> None:
    theatre, sources = THEATRE.split("[sources]\n")
    nested = "\n".join(f"[theatre.{line[1:]}" if line.startswith("[") else line for line in theatre.splitlines())
    given = SCENARIO.replace('theatre = "theatres/valley.toml"\n', "").replace(
        "[sources]\n", f'[theatre]\n{nested}\n[sources]\ntheatre = "survey"\n'
    )
    assert sources
    scenario = load(files.write("inline.toml", given))
    assert scenario.theatre == load(files.scenario).theatre
    assert origin(scenario.provenance, "theatre.n_sites").source == "survey"


@pytest.mark.parametrize(
    "settings",
    [
        ["force.shift_h=12", "policy.stay.routing=by_risk", "horizon.end=2001-06-01", "experiment.troops=[7, 8]"],
        {
            "force.shift_h": "12",
            "policy.stay.routing": "'by_risk'",
            "horizon.end": dt.date(2001, 6, 1),
            "experiment.troops": [7, 8],
        },
    ],
)
def test_settings_change_keys_and_are_recorded(files: Files, settings: Any) -> None:
    scenario = load(files.scenario, settings=settings)
    assert scenario.force.shift_h == 12
    assert scenario.policy["stay"].routing is Routing.BY_RISK
    assert scenario.horizon.end == dt.date(2001, 6, 1)
    assert scenario.experiment.troops == [7, 8]
    shift = origin(scenario.provenance, "force.shift_h")
    assert shift == Origin("force.shift_h", 12, "h", "set on the command line", "--set", None)
    set_keys = {one.key for one in scenario.provenance if one.source == "set on the command line"}
    assert set_keys == {"force.shift_h", "horizon.end", "experiment.troops"}
    assert scenario.inputs_sha256 != load(files.scenario).inputs_sha256


def test_settings_reach_into_the_theatre_or_replace_it(files: Files) -> None:
    files.write("theatres/other.toml", THEATRE.replace("n_sites = 12", "n_sites = 20"))
    other = str(files.folder / "theatres" / "other.toml")
    scenario = load(files.scenario, settings=[f"theatre={other}", "theatre.n_checkpoints=9"])
    assert (scenario.theatre.n_sites, scenario.theatre.n_checkpoints) == (20, 9)
    assert origin(scenario.provenance, "theatre.n_sites").file == other


def test_later_setting_wins_and_a_new_entry_may_be_a_table(files: Files) -> None:
    scenario = load(
        files.scenario, settings=["force.shift_h=6", 'marks.x={ label = "x", troops = 3 }', "force.shift_h=12"]
    )
    assert scenario.force.shift_h == 12
    assert scenario.marks["x"].troops == 3


def test_byte_order_mark_and_windows_line_ends_change_nothing(files: Files) -> None:
    plain = load(files.scenario)
    files.write("valley.toml", "\ufeff" + SCENARIO.replace("\n", "\r\n"))
    assert load(files.scenario) == plain


def test_catalogue_is_the_nearest_one_above(files: Files) -> None:
    assert find_catalogue(files.folder / "theatres" / "valley.toml") == files.folder / "sources.toml"
    nearer = files.write("theatres/sources.toml", "")
    assert find_catalogue(files.folder / "theatres" / "valley.toml") == nearer
    with pytest.raises(ScenarioError, match=r"sources\.area_km2"):
        load(files.scenario)


def test_catalogue_entries(files: Files) -> None:
    catalogue = read_catalogue(files.folder / "sources.toml")
    assert list(catalogue) == ["field-manual", "outside:list", "survey"]
    assert catalogue["outside:list"] == Source(
        "outside:list", "A list of sites", "Ministry of Lists", "https://example.org/list"
    )
    assert catalogue["survey"].note == "Redrawn"


def test_every_number_of_the_format_has_a_unit() -> None:
    numbers = [loc for loc in patterns() if getattr(type_at(loc), "__name__", "") in {"int", "float", "date"}]
    assert len(numbers) > 50
    assert [loc for loc in numbers if not unit_at(loc)] == []


def test_importing_scenarios_imports_nothing_heavy() -> None:
    program = "import sys, sim.scenario; print([m for m in ('numpy', 'pandas', 'scipy', 'simpy') if m in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_line_index_follows_every_form_of_toml() -> None:
    text = '''\
a.b = 1  # comment [x]
"quoted key" = """
[not.a.table]
c = 2 """""
'literal' = { d = 3, e.f = [4, # ]
  5] }

[t]
list = [ { g = 1 },
  { h = "]" } ]
[[rows]]
i = 1
[rows.sub]
j = \'\'\'
k = 1\'\'\'
[[rows]]
l = "#"
[x . "y.z"]
m = 2001-01-01 10:00:00
'''
    index = line_index(text)
    assert index == line_index(text.replace("\n", "\r\n"))
    assert {loc: index[loc] for loc in index if not isinstance(loc[-1], int)} == {
        ("a",): 1, ("a", "b"): 1, ("quoted key",): 2, ("literal",): 5, ("literal", "d"): 5, ("literal", "e"): 5,
        ("literal", "e", "f"): 5, ("t",): 8, ("t", "list"): 9, ("t", "list", 0, "g"): 9, ("t", "list", 1, "h"): 10,
        ("rows",): 11, ("rows", 0, "i"): 12, ("rows", 0, "sub"): 13, ("rows", 0, "sub", "j"): 14, ("rows", 1, "l"): 17,
        ("x",): 18, ("x", "y.z"): 18, ("x", "y.z", "m"): 19,
    }  # fmt: skip
    assert (index["literal", "e", "f", 0], index["literal", "e", "f", 1]) == (5, 6)


_KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.integers() | st.booleans() | st.text(st.sampled_from("a\"'#[]{}=.\n\\"), max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=6,
)


def _quoted(text: str) -> str:
    return '"' + "".join(char if char not in '"\\\n' else f"\\u{ord(char):04x}" for char in text) + '"'


class _Writer:
    """Writes nested values as TOML in forms chosen at random, and keeps the line of each."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[tuple[str | int, ...], int] = {}

    def line(self) -> int:
        return self.text.count("\n") + 1

    def gap(self) -> None:
        self.text += self.draw(st.sampled_from(["", " ", "\n", " # x = [1\n", "\n\n  "]))

    def table(self, table: dict[str, Any], loc: tuple[str | int, ...]) -> None:
        for key, value in table.items():
            self.text += self.draw(st.sampled_from(["", "\n", "# a = 1\n", "  "]))
            self.lines[*loc, key] = self.line()
            self.text += f"{_quoted(key)} = "
            self.value(value, (*loc, key))
            self.text += self.draw(st.sampled_from(["\n", " # '''\n"]))

    def value(self, value: Any, loc: tuple[str | int, ...]) -> None:
        if isinstance(value, dict):
            self.text += "{"
            for number, (key, inner) in enumerate(value.items()):
                self.text += ", " if number else " "
                self.lines[*loc, key] = self.line()
                self.text += f"{_quoted(key)}="
                self.value(inner, (*loc, key))
            self.text += "}"
        elif isinstance(value, list):
            self.text += "["
            for position, inner in enumerate(value):
                self.gap()
                self.lines[*loc, position] = self.line()
                self.value(inner, (*loc, position))
                self.gap()
                self.text += ","
            self.gap()
            self.text += "]"
        elif isinstance(value, str):
            plain = not any(char in value for char in "\"'\\\n")
            raw = "'" not in value and self.draw(st.booleans())
            self.text += f"'''\n{value}'''" if raw else f"'{value}'" if plain else _quoted(value)
        else:
            self.text += str(value).lower()


@given(st.data())
def test_line_index_finds_every_key_of_any_document(data: st.DataObject) -> None:
    tables = data.draw(st.dictionaries(_KEYS, st.dictionaries(_KEYS, _VALUES, max_size=4), max_size=4))
    writer = _Writer(data.draw)
    for name, table in tables.items():
        writer.lines[(name,)] = writer.line()
        writer.text += f"[ {_quoted(name)} ]\n"
        writer.table(table, (name,))
    assert tomllib.loads(writer.text) == tables
    assert line_index(writer.text) == writer.lines
