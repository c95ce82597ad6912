"""Traces that a run keeps: those asked for, once each, the same bytes however it was run, and nothing else changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim import store
from sim.experiment import DesignError, Interrupted, Results, run
from sim.model import replicate
from sim.scenario import Scenario
from sim.store import StoreError
from sim.trace_table import FILE, PARTS, Key, kept, read
from tests.experiment.conftest import LESSON, SHORT
from tests.experiment.work import Recording

TABLES = ("responses.parquet", "series.parquet", "expected.parquet", "summary.csv")
ALL: list[Key] = [("two-stages", troops, replication) for troops in (None, 100, 300) for replication in (0, 1)]


@pytest.fixture(scope="module")
def traced(short: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every trace."""
    folder = tmp_path_factory.mktemp("traced")
    run(short, out=folder, trace=[0, 1])
    return folder


def assert_same_files(one: Path, other: Path, *names: str) -> None:
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_the_file_has_the_rows_of_every_trace_asked_for(short: Scenario, traced: Path) -> None:
    assert kept(traced) == ALL
    for policy, troops, replication in ALL:
        trace = replicate(short, policy, troops=troops, seed=short.experiment.seed, replication=replication)
        rows = [
            (row["time_s"], row["kind"], row["entity"], row["place"], row["value"])
            for batch in read(traced, (policy, troops, replication))
            for row in batch.to_pylist()
        ]
        assert rows == [(time_s, kind.name.lower(), *others) for time_s, kind, *others in trace.rows()]


def test_the_manifest_lists_traces(short: Scenario, traced: Path, tmp_path: Path) -> None:
    point = {"policy": "two-stages", "replications": "0, 1"}
    manifest = json.loads((traced / "manifest.json").read_text())
    assert manifest["traces"] == [point | {"troops": troops} for troops in (None, 100, 300)]
    assert manifest["finished"] is not None
    assert sorted(path.name for path in traced.iterdir()) == sorted([*TABLES, FILE, "manifest.json", "scenario.json"])
    run(short, out=tmp_path, troops=[100])
    assert json.loads((tmp_path / "manifest.json").read_text())["traces"] == []
    assert not (tmp_path / FILE).exists()


def test_traces_change_no_response(short: Scenario, traced: Path, tmp_path: Path) -> None:
    run(short, out=tmp_path)
    assert_same_files(traced, tmp_path, *TABLES, "scenario.json")


@pytest.mark.parametrize("choices", [{"workers": 2}, {"execution": "processes"}])
def test_same_bytes_however_it_is_run(
    short: Scenario, traced: Path, tmp_path: Path, choices: dict[str, object]
) -> None:
    run(short, out=tmp_path, trace=[1, 0, 0], **choices)  # type: ignore[arg-type]
    assert_same_files(traced, tmp_path, FILE, *TABLES)


def test_what_is_held_without_its_trace_is_run_again_for_it_alone(
    short: Scenario, traced: Path, tmp_path: Path
) -> None:
    run(short, out=tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in TABLES}
    engine = Recording()
    results = run(short, out=tmp_path, trace=[1], engine=engine)
    assert [(job.troops, job.replication) for job in engine.jobs] == [(None, 1), (300, 1), (100, 1)]
    assert results.complete
    assert {name: (tmp_path / name).read_bytes() for name in TABLES} == before
    assert kept(tmp_path) == ALL[1::2]
    engine = Recording()
    run(short, out=tmp_path, trace=[0, 1], engine=engine)
    assert {job.replication for job in engine.jobs} == {0}
    assert_same_files(traced, tmp_path, FILE, *TABLES)
    run(short, out=tmp_path, trace=[0, 1], engine=(idle := Recording()))
    assert idle.jobs == []
    assert_same_files(traced, tmp_path, FILE, *TABLES)


def test_traces_of_more_replications_and_levels_are_added_in_order(short: Scenario, tmp_path: Path) -> None:
    run(short, out=tmp_path / "grown", troops=[300], replications=3, trace=[2])
    run(short, out=tmp_path / "grown", troops=[100, 300], replications=3, trace=[0])
    assert kept(tmp_path / "grown") == [("two-stages", 100, 0), ("two-stages", 300, 0), ("two-stages", 300, 2)]
    run(short, out=tmp_path / "grown", troops=[100], replications=3, trace=[2])
    run(short, out=tmp_path / "fresh", troops=[100, 300], replications=3, trace=[0, 2])
    assert_same_files(tmp_path / "grown", tmp_path / "fresh", FILE, *TABLES)


def test_a_run_without_traces_leaves_those_there_alone(short: Scenario, tmp_path: Path) -> None:
    run(short, out=tmp_path, troops=[100], trace=[0])
    before = (tmp_path / FILE).stat()
    run(short, out=tmp_path, troops=[100, 60], replications=3)
    run(short, troops=[100, 60], replications=1).write(tmp_path)
    assert ((tmp_path / FILE).stat().st_ino, (tmp_path / FILE).stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["traces"] == [{"policy": "two-stages", "troops": 100, "replications": "0"}]


def test_ctrl_c_keeps_the_traces_of_what_is_finished(short: Scenario, traced: Path, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run(short, out=tmp_path, trace=[0, 1], engine=Recording(stop_after=2))
    assert kept(tmp_path) == Results.read(tmp_path).finished() == [ALL[0], ALL[4]]
    engine = Recording()
    run(short, out=tmp_path, trace=[0, 1], engine=engine)
    assert len(engine.jobs) == 4
    assert_same_files(traced, tmp_path, FILE, *TABLES)


@pytest.mark.parametrize("n_done", [1, 4, 6])
def test_a_killed_study_resumes_to_the_same_bytes(short: Scenario, traced: Path, tmp_path: Path, n_done: int) -> None:
    """Killed without a chance to gather: parts are there, and a journal."""
    code = f"""
import os, sim
kill = lambda n_done, n_jobs: os._exit(9) if n_done == {n_done} else None
sim.run(sim.load({str(LESSON)!r}, settings={SHORT!r}), out={str(tmp_path)!r}, trace=[0, 1], progress=kill)
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert done.returncode == 9
    assert len(list((tmp_path / PARTS).glob("*.parquet"))) == n_done
    assert not (tmp_path / FILE).exists()
    (tmp_path / PARTS / ".0-100-two-stages.parquet.1.tmp").write_bytes(b"half a file")
    engine = Recording()
    run(short, out=tmp_path, trace=[0, 1], engine=engine)
    assert len(engine.jobs) == 6 - n_done
    assert_same_files(traced, tmp_path, FILE, *TABLES)
    assert not (tmp_path / PARTS).exists()


@pytest.mark.parametrize(
    ("trace", "words"),
    [
        ([2], "trace: 2 is not run; replications 0 to 1 are"),
        ([0, -1], "trace: -1 is not run"),
        ([0.5], "not a whole number"),
    ],
)
def test_a_replication_that_is_not_run_is_refused(
    short: Scenario, tmp_path: Path, trace: list[int], words: str
) -> None:
    with pytest.raises(DesignError, match=words):
        run(short, out=tmp_path / "out", trace=trace)
    assert not (tmp_path / "out").exists()


def test_traces_need_a_folder(short: Scenario) -> None:
    with pytest.raises(DesignError, match="name one"):
        run(short, trace=[0])


def test_a_trace_that_cannot_be_written_fails_by_name_and_its_responses_are_kept(
    short: Scenario, tmp_path: Path
) -> None:
    run(short, out=tmp_path, troops=[60], replications=1)
    for replication in (0, 2):
        (tmp_path / PARTS / f"{replication}-60-two-stages.parquet").mkdir(parents=True)
    results = run(short, out=tmp_path, troops=[60], replications=3, trace=[0, 1, 2])
    assert (results.n_replications, results.complete) == (3, False)
    assert [(row.replication, row.stage) for row in results.failures.itertuples()] == [(0, "trace"), (2, "trace")]
    assert all("Is a directory" in error for error in results.failures["error"])
    assert kept(tmp_path) == [("two-stages", 60, 1)]
    assert Results.read(tmp_path).failures.equals(results.failures)
    engine = Recording()
    healed = run(short, out=tmp_path, troops=[60], replications=3, trace=[0, 1, 2], engine=engine)
    assert [job.replication for job in engine.jobs] == [0, 2]
    assert healed.complete
    assert kept(tmp_path) == [("two-stages", 60, replication) for replication in range(3)]
    run(short, out=tmp_path / "fresh", troops=[60], replications=3, trace=[0, 1, 2])
    assert_same_files(tmp_path, tmp_path / "fresh", FILE, *TABLES)


def test_a_failure_to_run_again_for_a_trace_loses_no_response(
    short: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(short, out=tmp_path, troops=[60])
    before = {name: (tmp_path / name).read_bytes() for name in TABLES}
    with monkeypatch.context() as patched:
        patched.setattr("sim.model.replicate", lambda *arguments, **choices: 1 / 0)
        results = run(short, out=tmp_path, troops=[60], trace=[1])
    assert results.n_replications == 2
    assert [(row.replication, row.stage) for row in results.failures.itertuples()] == [(1, "trace")]
    assert {name: (tmp_path / name).read_bytes() for name in TABLES} == before
    assert run(short, out=tmp_path, troops=[60], trace=[1]).complete


@pytest.mark.parametrize("content", [b"", b"no parquet", None])
def test_damaged_traces_are_a_sentence(short: Scenario, tmp_path: Path, content: bytes | None) -> None:
    run(short, out=tmp_path, troops=[60], replications=1)
    table = (tmp_path / "responses.parquet").read_bytes()
    (tmp_path / FILE).write_bytes(table if content is None else content)
    with pytest.raises(StoreError, match=r"the traces in .* are damaged .*remove trace.parquet"):
        run(short, out=tmp_path, troops=[60], replications=2)
    with pytest.raises(StoreError, match="damaged"):
        store.traces(tmp_path)
    assert Results.read(tmp_path).n_replications == 1


@pytest.mark.parametrize("name", [FILE, PARTS])
def test_traces_of_unknown_origin_are_not_taken_over(short: Scenario, traced: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(StoreError, match=f"{name} but no manifest.json"):
        run(short, out=tmp_path, trace=[0])
