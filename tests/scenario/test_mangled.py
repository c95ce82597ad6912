"""Whatever bytes stand in the files: a scenario or a ScenarioError, never another exception."""

from __future__ import annotations

import datetime as dt
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.provenance import leaves
from sim.scenario.toml_lines import line_index
from tests.scenario.conftest import CATALOGUE, THEATRE, Files
from tests.scenario.incident_tables import WITH_INCIDENTS

NAMES = ("valley.toml", "theatres/valley.toml", "sources.toml")
TEXTS = dict(zip(NAMES, (WITH_INCIDENTS, THEATRE, CATALOGUE), strict=True))
KEYS = sorted(".".join(map(str, loc)) for loc, _ in leaves(tomllib.loads(WITH_INCIDENTS)) if loc[0] != "sources")
WORDS = sorted({word for loc, _ in leaves(tomllib.loads(WITH_INCIDENTS)) for word in map(str, loc)})
LITERALS = r"""
0 -1 1 2.5 nan inf -inf 1e308 1e-320 -0.0 99999999999999999999999 0xffffffffffffffffffff true 2001-01-01 10:00:00
0001-01-01 9999-12-31 2001-01-01T00:00:00Z 2001-02-17T14:00:00 '' 'x' 'assumption:' 'east' 'gamma' 'valley.toml' '..'
"\u0000" [] [1] [[1,2]] [nan] [[],[]] ['stay','stay'] [{x=1}] [{}] {} {a=1}
"""
VALUES = st.sampled_from(LITERALS.split())


def outcome(changed: dict[str, bytes], chosen: Any = None) -> Scenario | ScenarioError:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder))
        for name, raw in ({"valley.toml": WITH_INCIDENTS.encode()} | changed).items():
            (files.folder / name).write_bytes(raw)
        try:
            made: Scenario | ScenarioError = load(files.scenario, settings=chosen)
        except ScenarioError as error:
            made = error
        if isinstance(made, Scenario):
            assert made.provenance
            assert len(made.inputs_sha256) == 64
            return made
        assert made.faults
        assert len(str(made).splitlines()) == min(len(made.faults), 201)
        for fault in made.faults:
            assert fault.file == "--set" or fault.file.startswith(folder)
            assert fault.message
            if fault.line is not None:
                raw = (files.folder / Path(fault.file).relative_to(folder)).read_bytes()
                assert 1 <= fault.line <= raw.count(b"\n") + 1
        return made


@given(st.sampled_from(NAMES), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6))
def test_bytes_changed(name: str, changes: list[tuple[int, int]]) -> None:
    raw = bytearray(TEXTS[name].encode())
    for position, byte in changes:
        raw[position % len(raw)] = byte
    outcome({name: bytes(raw)})


@given(st.sampled_from(NAMES), st.data())
def test_lines_lost_repeated_and_out_of_order(name: str, data: st.DataObject) -> None:
    lines = TEXTS[name].splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        if not lines:
            break
        here = data.draw(st.integers(0, len(lines) - 1))
        line = lines.pop(here)
        copies = data.draw(st.sampled_from([0, 0, 1, 2]))
        to = data.draw(st.integers(0, len(lines)))
        lines[to:to] = [line] * copies
    outcome({name: "".join(lines).encode()})


@given(st.sampled_from(NAMES[:2]), st.data())
def test_values_replaced(name: str, data: st.DataObject) -> None:
    lines = TEXTS[name].splitlines()
    pairs = [number for number, line in enumerate(lines) if " = " in line]
    for number in data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=5)):
        others = [lines[pair].split(" = ", 1)[1] for pair in pairs]
        key = lines[number].split(" = ", 1)[0]
        lines[number] = f"{key} = {data.draw(VALUES | st.sampled_from(others))}"
    outcome({name: "\n".join(lines).encode()})


@given(st.lists(st.tuples(st.sampled_from(KEYS) | st.text(max_size=12), VALUES | st.text(max_size=12)), max_size=4))
def test_settings(pairs: list[tuple[str, str]]) -> None:
    outcome({}, dict(pairs))
    outcome({}, [f"{key}={value}" for key, value in pairs])


@given(
    st.sampled_from(NAMES),
    st.recursive(
        st.integers() | st.floats() | st.booleans() | st.dates() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
        max_leaves=20,
    ),
)
def test_other_documents(name: str, value: Any) -> None:
    def write(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key} = {write(inner)}" for key, inner in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(write, value)) + "]"
        if isinstance(value, str):
            return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'
        return str(value).lower() if not isinstance(value, dt.date) else value.isoformat()

    table = value if isinstance(value, dict) else {"title": value}
    outcome({name: "\n".join(f"{key} = {write(inner)}" for key, inner in table.items()).encode(errors="replace")})


@given(st.text(max_size=300))
@settings(max_examples=300)
def test_line_index_of_anything(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in line_index(text).values())


@given(st.binary(max_size=300))
def test_no_scenario_in_noise(raw: bytes) -> None:
    assert isinstance(outcome({"valley.toml": raw}), ScenarioError)
