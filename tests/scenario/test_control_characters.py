"""Text that a terminal would obey, or that would turn letters round, is refused wherever it stands in a file."""

from __future__ import annotations

import unicodedata

import pytest

from sim.scenario import ScenarioError, load, read_catalogue
from sim.scenario.errors import Fault, escaped
from sim.scenario.read import control_characters
from tests.scenario.conftest import Files
from tests.scenario.faults import faults_of, the_fault

VALLEY, THEATRE_FILE, CATALOGUE_FILE = "valley.toml", "theatres/valley.toml", "sources.toml"


@pytest.mark.parametrize(
    ("name", "old", "new", "key", "found"),
    [
        (VALLEY, '"One sector"', r'"bad \u001b[2J"', "title", r"U+001B in the text 'bad \u001b[2J'"),
        (VALLEY, '"One sector"', '"bad \u009b2J"', "title", r"U+009B in the text 'bad \u009b2J'"),
        (VALLEY, '"Half"', r'"\u202eflaH"', "policy.leave.stages.one.name", r"U+202E in the text '\u202eflaH'"),
        (VALLEY, '["stay"]', r'["stay", "st\u0008ay"]', "experiment.policies[1]", r"U+0008 in the text 'st\u0008ay'"),
        (VALLEY, "n_sections.east = 2", r'n_sections."e\u0007" = 2', r'tasks.reserve.n_sections."e\u0007"',
         "U+0007 in the key"),
        (VALLEY, '"assumption: a quarter"', r'"assumption: \u007f"', "sources.horizon", "U+007F in the text"),
        (VALLEY, "\nhorizon = ", '\n"a\\u0000" = "assumption: x"\nhorizon = ', r'sources."a\u0000"',
         "U+0000 in the key"),
        (VALLEY, '"theatres/valley.toml"', r'"theatres/\u001b.toml"', "theatre", "U+001B in the text"),
        (THEATRE_FILE, '"A valley"', r'"A\rvalley"', "title", "U+000D in the text"),
        (THEATRE_FILE, '"survey"\nn_patrol', '"sur\u2066vey"\nn_patrol', "sources.area_km2", "U+2066 in the text"),
        (CATALOGUE_FILE, '"Redrawn"', r'"\u001b]0;x\u0007"', "survey.note", r"U+001B in the text '\u001b]0;x\u0007'"),
    ],
)  # fmt: skip
def test_refused_in_every_string_and_key(files: Files, name: str, old: str, new: str, key: str, found: str) -> None:
    line = files.change(old, new, name) + new.startswith("\n")
    fault = the_fault(files.scenario)
    assert (fault.file, fault.line, fault.key) == (str(files.folder / name), line, key)
    assert found in fault.found
    assert fault.allowed == "text with none but newline and tab"
    assert str(fault).isprintable()


def test_all_of_a_file_come_at_once(files: Files) -> None:
    title = files.change('"One sector"', r'"\u0001"')
    stage = files.change('"Half"', r'"\u0002"')
    assert [fault.line for fault in faults_of(files.scenario)] == [title, stage]


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("title=bad \x1b[2J", "title"),
        (r'title="bad \u001b[2J"', "title"),
        ("theatre=x\x1b.toml", "theatre"),
        ('marks.x={ label = "\\u202e", troops = 3 }', "marks.x.label"),
        ('marks={ x = { "\\u0007" = 3 } }', r'marks.x."\u0007"'),
        ("force.\x1b[2J=3", r'"force.\u001b[2J"'),
        ("a\x1b", ""),
    ],
)
def test_refused_in_settings(files: Files, setting: str, key: str) -> None:
    fault = the_fault(files.scenario, [setting])
    assert (fault.file, fault.line, fault.key) == ("--set", None, key)
    assert ("control character U+" in fault.message) == bool(key)
    assert str(fault).isprintable()
    name, equals, value = setting.partition("=")
    if equals:
        with pytest.raises(ScenarioError, match=r"control character U\+"):
            load(files.scenario, settings={name: value})


def test_newline_tab_and_letters_of_every_script_are_text(files: Files) -> None:
    title = "Mitrovicë\t/ Митровица \N{HEBREW LETTER ALEF}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}\n\N{GRINNING FACE}"
    files.change('title = "One sector"', f'title = """{title}"""')
    assert load(files.scenario).title == title
    assert load(files.scenario, settings={"title": title.replace("M", "m")}).title == title.replace("M", "m")


def test_exactly_the_control_characters_and_bidirectional_ones_are_refused() -> None:
    refused = {number for number in range(0x110000) if any(control_characters(chr(number)))}
    control = {number for number in range(0x110000) if unicodedata.category(chr(number)) == "Cc"}
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    bidirectional = {number for number in range(0x110000) if unicodedata.bidirectional(chr(number)) in turning}
    assert refused == control - {ord("\n"), ord("\t")} | bidirectional


def test_catalogue_read_alone(files: Files) -> None:
    line = files.change('"Survey"', r'"\u001bc"', CATALOGUE_FILE)
    with pytest.raises(ScenarioError) as caught:
        read_catalogue(files.folder / CATALOGUE_FILE)
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [(line, "survey.title")]


def test_fault_is_one_printable_line_whatever_the_file_is_called() -> None:
    fault = Fault("a\x1b[2J\n.toml", 1, "title", "x", "y", None, "message")
    assert str(fault) == r"a\u001b[2J\u000a.toml:1: title: message"
    assert escaped("é\U000e0001") == r"é\U000e0001"
