"""The trace as a table: the rows of the trace, one for one, in batches and in files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import trace_table
from sim.model import replicate
from sim.trace import Event, EventKind, Names, Record, Trace
from tests.model.test_trace import NAMES, three_tours, with_incidents
from tests.scenarios import shipped

DAY_S = 86_400


def events(batches: Iterable[Any]) -> list[Event]:
    """The rows of batches as events of a trace."""
    return [
        Event(row["time_s"], EventKind[row["kind"].upper()], row["entity"], row["place"], row["value"])
        for batch in batches
        for row in batch.to_pylist()
    ]


@pytest.fixture(scope="module")
def lesson() -> Trace:
    return replicate(shipped("lesson"), "two-stages", troops=None, seed=4, replication=1)


def part_of(trace: Trace, folder: Path) -> Path:
    """A folder of results that has the trace as a part."""
    (folder / trace_table.PARTS).mkdir(parents=True, exist_ok=True)
    trace_table.write_part(trace, folder / trace_table.PARTS)
    return folder


def key_of(trace: Trace) -> trace_table.Key:
    return trace.policy, trace.troops, trace.replication


def test_rows_of_tours_by_hand() -> None:
    trace = three_tours()
    trace.record(300, EventKind.POST_MANNED, "x", "north/sites", 2.0)
    assert events(trace_table.tabulate(trace)) == trace.rows()
    assert len(trace.rows()) == 13


@pytest.mark.parametrize("cut_s", [0, 300, 750, 800, 1000])
def test_rows_of_incidents_are_those_of_the_trace(cut_s: int) -> None:
    """Also if incidents and call-outs were cut off before, and whatever else happens in between."""
    whole, trace = with_incidents(), with_incidents()
    for one in (whole, trace):
        one.tours += three_tours().tours
        one.record(700, EventKind.GATE_REVIEWED, "second-gate", "north", 0.25)
        one.record(700, EventKind.RESERVE_CALLED, "horizon", "south", 1200.0)
    before = [trace.cut(cut_s)]
    assert events(trace_table.tabulate(trace, before)) == whole.rows()
    assert len(whole.rows()) == 12 + 23 + 2


def test_columns_say_what_was_run_and_are_encoded(lesson: Trace) -> None:
    table = trace_table.to_table(three_tours())
    assert table.schema.equals(trace_table.schema())
    assert table.column_names == "policy troops replication time_s kind entity place value".split()
    assert table.slice(0, 1).to_pylist()[0] == {
        "policy": "p",
        "troops": 5,
        "replication": 2,
        "time_s": 0,
        "kind": "tour_departs",
        "entity": "a-001",
        "place": "south/vehicle",
        "value": 1.0,
    }
    assert trace_table.to_table(lesson)["troops"].null_count == len(lesson.rows())


def test_a_trace_of_nothing_has_no_rows() -> None:
    nothing = Trace(NAMES, run_length_s=DAY_S, policy="p", troops=0, seed=1, replication=0)
    assert list(trace_table.tabulate(nothing)) == []
    assert trace_table.to_table(nothing).num_rows == 0
    nowhere = Trace(Names((), (), (), ()), run_length_s=DAY_S, policy="p", troops=0, seed=1, replication=0)
    nowhere.record(7, EventKind.STRENGTH_CHANGES, "start", "all", 3.0)
    assert events(trace_table.tabulate(nowhere)) == nowhere.rows()


@pytest.mark.parametrize("name", ["kfor-2001", "kfor-gates"])
def test_rows_are_those_of_the_trace_in_a_large_theatre(name: str) -> None:
    scenario = shipped(name, experiment__sweep_days=2, horizon__warm_up_h=24)
    trace = replicate(scenario, next(iter(scenario.policy)), troops=9000, seed=5, replication=0)
    rows = trace.rows()
    assert {row.kind for row in rows} > {EventKind.TOUR_ENDS, EventKind.SHIFT_CHANGES, EventKind.AREA_VISITED}
    assert events(trace_table.tabulate(trace)) == rows


@settings(max_examples=40)
@given(
    troops=st.none() | st.integers(0, 900),
    replication=st.integers(0, 2**20),
    batch_s=st.sampled_from([3600, 8 * 3600, 12345, DAY_S, 3 * DAY_S, 30 * DAY_S]),
)
def test_rows_are_those_of_the_trace_at_any_strength(troops: int | None, replication: int, batch_s: int) -> None:
    scenario = shipped("lesson", experiment__sweep_days=4, horizon__warm_up_h=24)
    trace = replicate(scenario, "two-stages", troops=troops, seed=1, replication=replication)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(trace_table, "BATCH_S", batch_s)
        batches = list(trace_table.tabulate(trace))
    assert events(batches) == trace.rows()
    for batch in batches:
        times_s = batch.column("time_s").to_pylist()
        assert times_s[0] // batch_s == times_s[-1] // batch_s


@settings(max_examples=60)
@given(
    kinds=st.sets(st.sampled_from([kind.name.lower() for kind in EventKind])),
    text=st.none() | st.sampled_from(["second", "area-00", "valley/sites", "", "no such thing", "valley-00"]),
    since_s=st.none() | st.integers(-DAY_S, 70 * DAY_S),
    until_s=st.none() | st.integers(-DAY_S, 70 * DAY_S),
)
def test_selected_rows_are_those_asked_for(
    lesson: Trace, kinds: set[str], text: str | None, since_s: int | None, until_s: int | None
) -> None:
    selected = trace_table.select(
        trace_table.tabulate(lesson), kinds=kinds, text=text, since_s=since_s, until_s=until_s
    )
    assert events(selected) == [
        row
        for row in lesson.rows()
        if (not kinds or row.kind.name.lower() in kinds)
        and (text is None or text in row.entity or text in row.place)
        and (since_s is None or row.time_s >= since_s)
        and (until_s is None or row.time_s < until_s)
    ]


def test_a_trace_cut_to_pieces_while_it_grew_has_the_same_table(lesson: Trace) -> None:
    records: list[Record] = []
    rest = replicate(
        shipped("lesson"),
        "two-stages",
        troops=None,
        seed=4,
        replication=1,
        digest=lambda record, complete_until_s: records.append(record),
    )
    assert len(records) >= 2
    assert rest.tours == []
    assert events(trace_table.tabulate(rest, records)) == lesson.rows()


def test_a_file_gives_the_rows_back(lesson: Trace, tmp_path: Path) -> None:
    folder = part_of(lesson, tmp_path)
    assert trace_table.in_parts(folder) == [key_of(lesson)]
    assert trace_table.kept(folder) == []
    trace_table.gather(folder, [key_of(lesson)])
    assert trace_table.kept(folder) == [key_of(lesson)]
    assert [path.name for path in folder.iterdir()] == [trace_table.FILE]
    assert pq.read_table(folder / trace_table.FILE).equals(trace_table.to_table(lesson))
    assert events(trace_table.read(folder, key_of(lesson))) == lesson.rows()
    with pytest.raises(KeyError):
        next(trace_table.read(folder, ("two-stages", 5, 1)))


def test_only_batches_of_the_time_asked_for_are_read(lesson: Trace, tmp_path: Path) -> None:
    folder = part_of(lesson, tmp_path)
    trace_table.gather(folder, [key_of(lesson)])
    whole = list(trace_table.read(folder, key_of(lesson)))
    assert len(whole) == -(-lesson.run_length_s // trace_table.BATCH_S) >= 2
    edge_s = trace_table.BATCH_S
    assert events(trace_table.read(folder, key_of(lesson), since_s=edge_s)) == events(whole[1:])
    assert events(trace_table.read(folder, key_of(lesson), until_s=edge_s)) == events(whole[:1])
    last_s = whole[0]["time_s"][-1].as_py()
    middle = list(trace_table.read(folder, key_of(lesson), since_s=last_s, until_s=edge_s + 1))
    assert events(middle) == events(whole[:2])
    assert list(trace_table.read(folder, key_of(lesson), since_s=lesson.run_length_s)) == []


def test_gathering_in_any_steps_makes_the_same_bytes(tmp_path: Path) -> None:
    scenario = shipped("lesson", experiment__sweep_days=40)
    traces = [
        replicate(scenario, "two-stages", troops=troops, seed=1, replication=replication)
        for troops in (None, 90, 400)
        for replication in (0, 1)
    ]
    order = [key_of(trace) for trace in traces]
    for trace in traces:
        part_of(trace, tmp_path / "once")
    trace_table.gather(tmp_path / "once", order)
    for trace in reversed(traces):
        part_of(trace, tmp_path / "steps")
        part_of(traces[3], tmp_path / "steps")
        trace_table.gather(tmp_path / "steps", order)
    assert trace_table.kept(tmp_path / "once") == trace_table.kept(tmp_path / "steps") == order
    files = [tmp_path / name / trace_table.FILE for name in ("once", "steps")]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert events(trace_table.read(tmp_path / "steps", order[4])) == traces[4].rows()


def test_a_part_that_does_not_belong_there_is_dropped(lesson: Trace, tmp_path: Path) -> None:
    folder = part_of(lesson, tmp_path)
    trace_table.gather(folder, [])
    assert list(folder.iterdir()) == []


def test_a_policy_may_be_named_like_a_path(tmp_path: Path) -> None:
    trace = three_tours()
    for policy in ("../up", "a/b", "a-5", "ü 1", "C:\\x"):
        trace.policy = policy
        part_of(trace, tmp_path)
    assert sorted(policy for policy, *_ in trace_table.in_parts(tmp_path)) == ["../up", "C:\\x", "a-5", "a/b", "ü 1"]
    assert [path.name for path in tmp_path.iterdir()] == [trace_table.PARTS]
