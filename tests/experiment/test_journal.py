"""The journal: what was added comes back bit for bit or not at all, wherever the file ends or is damaged."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim import journal, store
from sim.engines import Job, Outcome, Stage, observe
from sim.experiment import Results, run
from sim.experiment.outcomes import from_record, to_record
from sim.journal import MARK, Content, DamagedError, Journal, Record, pack
from sim.responses import Measured
from sim.scenario import Scenario
from sim.store import JOURNAL, StoreError
from tests.experiment.work import Recording

TABLES = ("responses.parquet", "series.parquet", "expected.parquet", "summary.csv")
RECORDS = [Record({"replication": i}, bytes(range(20 * i))) for i in range(4)]
BYTES = [pack(record.head, record.payload) for record in RECORDS]
BEGINS = [sum(map(len, BYTES[:i])) for i in range(5)]

numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
heads = st.dictionaries(st.text(), st.none() | numbers | st.text())


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@given(st.lists(st.tuples(heads, st.binary())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_what_was_added_comes_back(tmp_path: Path, records: list[tuple[dict[str, Any], bytes]]) -> None:
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    with contextlib.closing(Journal(path)) as file:
        for i, record in enumerate(records):
            file.append(*record)
            assert len(journal.read(path).records) == i + 1
        assert file.size == path.stat().st_size
    assert journal.read(path) == Content([Record(*record) for record in records], None)


def test_where_no_file_is_nothing_was_added(tmp_path: Path) -> None:
    assert journal.read(tmp_path / "journal") == Content([], None)


def test_a_file_that_ends_anywhere_is_read_up_to_its_last_whole_record(tmp_path: Path) -> None:
    data = b"".join(BYTES)
    for length in range(len(data) + 1):
        n_whole = sum(end <= length for end in BEGINS[1:])
        cut_off_at = None if length == BEGINS[n_whole] else BEGINS[n_whole]
        expected = Content(RECORDS[:n_whole], cut_off_at)
        assert journal.read(written(tmp_path / "journal", data[:length])) == expected, length


@pytest.mark.parametrize("tail", [b"\0" * 5000, MARK, MARK + b"\xff" * 24, BYTES[1][:-1] + b"?", bytes(range(256))])
def test_what_stands_behind_the_last_whole_record_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    path = written(tmp_path / "journal", b"".join(BYTES) + tail)
    assert journal.read(path) == Content(RECORDS, BEGINS[4])


@given(st.integers(0, BEGINS[4] - 1), st.integers(1, 255))
@example(0, 1)
@example(BEGINS[1] + 8, 255)
@example(BEGINS[2] + 15, 128)
@example(BEGINS[4] - 1, 1)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_a_flipped_byte_takes_its_own_record_alone(tmp_path: Path, position: int, flip: int) -> None:
    data = bytearray(b"".join(BYTES))
    data[position] ^= flip
    path = written(tmp_path / "journal", bytes(data))
    hit = sum(begin <= position for begin in BEGINS) - 1
    if hit == 3:
        assert journal.read(path) == Content(RECORDS[:3], BEGINS[3])
    else:
        with pytest.raises(DamagedError, match=rf"journal is damaged at byte {BEGINS[hit]}: {hit} whole") as damage:
            journal.read(path)
        assert (damage.value.offset, damage.value.n_before, damage.value.n_behind) == (BEGINS[hit], hit, 3 - hit)
    n_whole, aside = journal.mend(path)
    assert n_whole == 3
    assert journal.read(path) == Content([record for i, record in enumerate(RECORDS) if i != hit], None)
    assert aside.read_bytes() == bytes(data)
    for name in tmp_path.iterdir():
        name.unlink()


@given(st.binary(max_size=400) | st.lists(st.sampled_from([MARK, *BYTES, b"\0" * 9, BYTES[3][:50]])).map(b"".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused_by_name(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path / "journal", data)
    try:
        content = journal.read(path)
    except DamagedError:
        return
    assert all(record in RECORDS for record in content.records)
    n_read = sum(len(pack(record.head, record.payload)) for record in content.records)
    assert n_read == (len(data) if content.cut_off_at is None else content.cut_off_at)


def test_what_was_set_aside_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    names = [journal.mend(written(path, data))[1].name for data in (b"1", b"2", b"3")]
    assert names == ["journal.damaged", "journal.damaged-2", "journal.damaged-3"]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"1", b"2", b"3"]


def test_a_record_that_does_not_fit_is_taken_back_and_a_smaller_one_still_goes_in(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = tmp_path / "journal"
    with contextlib.closing(Journal(path)) as file:
        file.append({"n": 0}, b"0" * 1000)
        whole = path.read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
        try:
            with pytest.raises(OSError, match="File too large"):
                file.append({"n": 1}, b"1" * 5000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.read_bytes() == whole
        file.append({"n": 2}, b"2")
    assert [record.head for record in journal.read(path).records] == [{"n": 0}, {"n": 2}]


def test_records_are_put_on_the_disk_without_being_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, synced = os.fsync, threading.Event()
    path = tmp_path / "journal"

    def fsync(descriptor: int) -> None:
        whole(descriptor)
        if os.fstat(descriptor).st_ino == path.stat().st_ino and path.stat().st_size:
            synced.set()

    monkeypatch.setattr(os, "fsync", fsync)
    with contextlib.closing(Journal(path)) as file:
        file.append({}, b"now")
        assert synced.wait(60)


def test_a_disk_that_fails_later_is_an_error_of_the_next_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Journal(tmp_path / "journal")

    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", broken)
        file.append({"n": 0}, b"")
        file._syncing.join(60)
    with pytest.raises(OSError, match="Input/output"):
        file.append({"n": 1}, b"")
    with pytest.raises(OSError, match="Input/output"):
        file.close()
    file.close()
    assert [record.head for record in journal.read(tmp_path / "journal").records] == [{"n": 0}]


def bits(value: object) -> object:
    """Something that is equal for equal bits only."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.tobytes()
    if isinstance(value, float):
        return struct.pack("d", value)
    if isinstance(value, list | tuple):
        return [bits(item) for item in value]
    if isinstance(value, dict):
        return [(name, bits(item)) for name, item in value.items()]
    return value


def assert_same_outcome(one: Outcome, other: Outcome) -> None:
    assert (one.job, one.stage, one.error) == (other.job, other.stage, other.error)
    assert (one.measured is None) == (other.measured is None)
    if one.measured is not None and other.measured is not None:
        for field in dataclasses.fields(Measured):
            assert bits(getattr(one.measured, field.name)) == bits(getattr(other.measured, field.name)), field.name


def test_a_measured_outcome_comes_back_bit_for_bit(short: Scenario) -> None:
    assert [field.name for field in dataclasses.fields(Measured)] == ["responses", "series", "response_times"]
    outcome = observe(short, Job("two-stages", None, 1, 7))
    assert outcome.measured is not None
    assert any(math.isnan(value) for *_, value in outcome.measured.responses)
    assert_same_outcome(from_record(to_record(outcome)), outcome)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Job("two-stages", 60, 2, 7), None, Stage.SIMULATE, "ZeroDivisionError: \udcff in 'é'"),
        Outcome(Job("", None, 0, 2**70), Measured([], {}), Stage.TRACE, "full"),
        Outcome(
            Job("a", 0, 0, 0),
            Measured(
                [("all", "x", "h", -0.0), ("all", "y", "", math.inf)],
                {"day": np.array([0, 1]), "sector": np.array([0, 0]), "x": np.array([5e-324, np.nan])},
                [("all", 3.0, 12), ("all", math.inf, 1)],
            ),
        ),
    ],
)
def test_any_outcome_comes_back(outcome: Outcome) -> None:
    assert_same_outcome(from_record(to_record(outcome)), outcome)


class PowerCutError(Exception):
    """Stands for what ends a run without a chance to compact."""


def cut_short(scenario: Scenario, folder: Path, n: int, **choices: Any) -> None:
    """Run into a folder until n replications are journalled."""

    def cut(n_done: int, n_jobs: int) -> None:
        if n_done == n:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        run(scenario, out=folder, progress=cut, **choices)


@pytest.fixture(scope="module")
def undisturbed(short: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    run(short, out=folder)
    return folder


def assert_goes_on_to_the_same(short: Scenario, folder: Path, undisturbed: Path, n_left: int) -> None:
    engine = Recording()
    assert run(short, out=folder, engine=engine).complete
    assert len(engine.jobs) == n_left
    for name in TABLES:
        assert (folder / name).read_bytes() == (undisturbed / name).read_bytes(), name
    assert not (folder / JOURNAL).exists()


@pytest.mark.parametrize("lost", [0, 1, 2000, 5000])
def test_a_run_that_was_cut_short_goes_on_from_its_last_whole_record(
    short: Scenario, undisturbed: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, lost: int
) -> None:
    cut_short(short, tmp_path, 4)
    file = tmp_path / JOURNAL
    last = journal.read(file).records[-1]
    begin = file.stat().st_size - len(pack(last.head, last.payload))
    with file.open("rb+") as opened:
        opened.truncate(file.stat().st_size - lost)
    n_whole = 4 - (lost > 0)
    there = Results.read(tmp_path)
    assert (there.n_replications, len(there.missing)) == (n_whole, 6 - n_whole)
    assert_goes_on_to_the_same(short, tmp_path, undisturbed, 6 - n_whole)
    said = f"{file} was cut off at byte {begin}, in its last record: the replication that it was of is run again"
    assert [entry.message for entry in caplog.records] == ([said] if lost else [])


def test_runs_that_are_cut_short_again_and_again_add_up(short: Scenario, undisturbed: Path, tmp_path: Path) -> None:
    for n_left in (6, 5, 4):
        cut_short(short, tmp_path, 1)
        assert len(Results.read(tmp_path).missing) == n_left - 1
    run(short, out=tmp_path, troops=[60], replications=1)
    assert Results.read(tmp_path).n_replications == 4
    assert_goes_on_to_the_same(short, other := tmp_path / "other", undisturbed, 6)
    cut_short(short, other, 2, replications=4)
    run(short, out=other, replications=4)
    run(short, out=tmp_path / "fresh", replications=4)
    for name in TABLES:
        assert (other / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes(), name


def test_a_damaged_journal_is_refused_and_once_mended_loses_one_replication(
    short: Scenario, undisturbed: Path, tmp_path: Path
) -> None:
    cut_short(short, tmp_path, 4)
    file = tmp_path / JOURNAL
    data = bytearray(file.read_bytes())
    data[len(data) // 2 + 100] ^= 1
    file.write_bytes(data)
    uses: list[Callable[[], object]] = [lambda: Results.read(tmp_path), lambda: run(short, out=tmp_path)]
    for use in uses:
        with pytest.raises(
            StoreError, match=r"journal is damaged at byte [\d,]+: 2 whole .* 1 behind it\. `peacesim status .* --mend`"
        ):
            use()
    assert file.read_bytes() == data
    assert store.mend_journal(tmp_path) == (3, tmp_path / "journal.damaged")
    assert_goes_on_to_the_same(short, tmp_path, undisturbed, 3)


def test_failures_are_journalled_and_run_again(
    short: Scenario, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sim.model.replicate", lambda *arguments, **choices: 1 / 0)
        cut_short(short, tmp_path, 2)
    there = Results.read(tmp_path)
    assert [(row.replication, row.stage) for row in there.failures.itertuples()] == [(0, "simulate"), (0, "simulate")]
    assert (there.n_replications, len(there.missing)) == (0, 4)
    assert_goes_on_to_the_same(short, tmp_path, undisturbed, 6)


def test_a_failed_trace_of_what_is_held_loses_no_response(
    short: Scenario, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(short, out=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("sim.model.replicate", lambda *arguments, **choices: 1 / 0)
        cut_short(short, tmp_path, 1, trace=[0])
    there = Results.read(tmp_path)
    assert there.n_replications == 6
    assert list(there.failures["stage"]) == ["trace"]
    assert run(short, out=tmp_path, trace=[0]).complete
    assert_goes_on_to_the_same(short, tmp_path, undisturbed, 0)


def test_records_of_other_inputs_are_not_mixed_in(short: Scenario, tmp_path: Path) -> None:
    cut_short(short, tmp_path / "one", 2)
    cut_short(short, tmp_path / "other", 2, seed=4)
    (tmp_path / "other" / JOURNAL).replace(tmp_path / "one" / JOURNAL)
    uses: list[Callable[[], object]] = [
        lambda: Results.read(tmp_path / "one"),
        lambda: run(short, out=tmp_path / "one"),
    ]
    for use in uses:
        with pytest.raises(StoreError, match="journal has records of other inputs than the folder's"):
            use()


@pytest.mark.parametrize("payload", [b"cos\nsystem\n(S'exit 3'\ntR.", b"\x10\0\0\0{}", b"\x02\0\0\0{}"])
def test_a_whole_record_that_is_no_outcome_is_a_sentence(short: Scenario, tmp_path: Path, payload: bytes) -> None:
    cut_short(short, tmp_path, 1)
    (record,) = journal.read(tmp_path / JOURNAL).records
    (tmp_path / JOURNAL).write_bytes(pack(record.head, payload))
    with pytest.raises(StoreError, match="holds what is no outcome"):
        Results.read(tmp_path)


def test_what_killed_runs_had_begun_to_write_is_removed(short: Scenario, tmp_path: Path) -> None:
    cut_short(short, tmp_path, 1)
    for name in (".series.parquet.4711.tmp", ".mine", "notes.tmp"):
        (tmp_path / name).touch()
    run(short, out=tmp_path)
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".parquet"} == {
        "manifest.json",
        "scenario.json",
        "summary.csv",
        ".mine",
        "notes.tmp",
    }
