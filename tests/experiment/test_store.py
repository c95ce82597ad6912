"""The store: whole files or none, equal bytes for equal tables, and no results of other inputs."""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from sim import files, store
from sim.experiment import Results, as_asked, run
from sim.fingerprint import program
from sim.scenario import Scenario, load
from sim.scenario.as_json import scenario_from_json, scenario_to_json
from sim.store import StoreError
from tests.experiment.conftest import LESSON, SHORT

FILES = ("responses.parquet", "series.parquet", "expected.parquet", "summary.csv", "scenario.json")


@pytest.fixture(scope="module")
def results(short: Scenario) -> Results:
    return run(short)


def test_a_scenario_comes_back_as_it_was(short: Scenario) -> None:
    asked = as_asked(short, seed=9)
    back = scenario_from_json(scenario_to_json(asked))
    assert back == asked
    assert (back.name, back.provenance, back.inputs_sha256) == (asked.name, asked.provenance, asked.inputs_sha256)


def test_equal_tables_make_equal_bytes(results: Results, tmp_path: Path) -> None:
    for name in ("a", "b"):
        results.write(tmp_path / name)
    for file in FILES:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_the_manifest_says_what_is_there(results: Results, short: Scenario, tmp_path: Path) -> None:
    results.write(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["scenario_sha256"] == short.inputs_sha256
    assert manifest["code_sha256"] == store.code_sha256()
    assert manifest["seed"] == short.experiment.seed
    assert manifest["ran"] == [
        {"policy": "two-stages", "troops": troops, "n_replications": 2} for troops in (None, 100, 300)
    ]
    assert manifest["missing"] == [] == manifest["failures"]
    assert manifest["created"] <= manifest["finished"]
    assert {"python", "numpy", "simpy", "peacesim"} <= set(manifest["versions"])
    leftovers = {path.name for path in tmp_path.iterdir()} - {*FILES, "manifest.json"}
    assert not leftovers


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    files.write_atomically(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_other_inputs_are_refused_by_name(results: Results, tmp_path: Path) -> None:
    results.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    other = load(LESSON, settings=[*SHORT, "force.section_size=8", "experiment.seed=3"])
    with (
        pytest.raises(
            StoreError, match=r"the seed \(20010101 there, 3 here\), force.section_size \(9.0 there, 8.0 here\)"
        ),
        store.open_folder(tmp_path, other),
    ):
        pass
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_other_code_is_refused(
    results: Results, short: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.write(tmp_path)
    changed = program() | {"code_sha256": "0" * 64}
    monkeypatch.setattr("sim.store.manifest.program", lambda: changed)
    with pytest.raises(StoreError, match=r"the program's code.*--out"), store.open_folder(tmp_path, short):
        pass


def test_titles_and_choices_are_no_inputs(results: Results, tmp_path: Path) -> None:
    results.write(tmp_path)
    other = load(LESSON, settings=[*SHORT, "title=Another title", "experiment.confidence=0.9", "experiment.troops=[5]"])
    with store.open_folder(tmp_path, other) as folder:
        assert folder.read() is not None


def test_a_folder_in_use_is_refused(short: Scenario, tmp_path: Path) -> None:
    with (
        store.open_folder(tmp_path, short),
        pytest.raises(StoreError, match="in use"),
        store.open_folder(tmp_path, short),
    ):
        pass
    with store.open_folder(tmp_path, short) as folder:
        assert folder.read() is None


def test_files_of_unknown_origin_are_not_overwritten(short: Scenario, tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_text("mine")
    with pytest.raises(StoreError, match=r"summary.csv but no manifest.json"), store.open_folder(tmp_path, short):
        pass
    assert (tmp_path / "summary.csv").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["summary.csv"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', "no json"])
def test_a_damaged_manifest_is_named(short: Scenario, tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match=r"manifest.json is not a manifest"), store.open_folder(tmp_path, short):
        pass


def test_a_damaged_scenario_is_a_sentence(results: Results, short: Scenario, tmp_path: Path) -> None:
    results.write(tmp_path)
    (tmp_path / "scenario.json").write_bytes((tmp_path / "scenario.json").read_bytes()[:100])
    with pytest.raises(StoreError, match="damaged"):
        Results.read(tmp_path)
    with pytest.raises(StoreError, match="damaged"):
        run(short, out=tmp_path)


def flipped(content: bytes) -> bytes:
    return content[:40] + bytes([content[40] ^ 255]) + content[41:60] + bytes([content[60] ^ 255]) + content[61:]


@pytest.mark.parametrize("name", FILES[:3])
@pytest.mark.parametrize("damage", [lambda old: b"", lambda old: old[: len(old) // 2], flipped, None])
def test_a_damaged_table_is_named_and_can_be_removed(
    results: Results, short: Scenario, tmp_path: Path, name: str, damage: Callable[[bytes], bytes] | None
) -> None:
    """None: a table of something else."""
    results.write(tmp_path)
    file, before = tmp_path / name, (tmp_path / name).read_bytes()
    if damage is None:
        pd.DataFrame({"a": [1]}).to_parquet(file)
    else:
        file.write_bytes(damage(before))
    said = f"{name} in {tmp_path} is damaged, and the other tables there are not: remove it and run with the same"
    for use in (Results.read, lambda path: run(short, out=path)):
        with pytest.raises(StoreError) as caught:
            use(tmp_path)
        assert str(caught.value).startswith(said)
        assert "Parquet" not in str(caught.value)
    file.unlink()
    assert run(short, out=tmp_path).complete
    assert file.read_bytes() == before


def test_two_damaged_tables_are_both_named(results: Results, tmp_path: Path) -> None:
    results.write(tmp_path)
    for name in FILES[:2]:
        (tmp_path / name).write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"^responses.parquet and series.parquet in .* are damaged: remove them"):
        Results.read(tmp_path)


def test_reading_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no results"):
        Results.read(tmp_path)
    with pytest.raises(StoreError, match="nothing does not exist"):
        Results.read(tmp_path / "nothing")


def test_a_file_in_the_way_is_a_sentence(short: Scenario, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write to"), store.open_folder(tmp_path / "file" / "below", short):
        pass


def test_only_what_is_in_both_tables_counts_as_kept(results: Results, tmp_path: Path) -> None:
    torn = dataclasses.replace(results, series=results.series[results.series["replication"] == 0])
    torn.write(tmp_path)
    back = Results.read(tmp_path)
    assert [key[2] for key in back.finished()] == [0, 0, 0]
    assert set(back.responses["replication"]) == {0}
