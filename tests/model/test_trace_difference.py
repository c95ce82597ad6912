"""The first difference of two traces: the row that a list of both shows, whatever the batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import trace_table
from sim.model import Execution, replicate
from sim.trace import Event, EventKind, Trace
from sim.trace_difference import N_AFTER, N_BEFORE, Difference, Holder, Row, first_difference
from tests.scenarios import shipped

LESSON = shipped("lesson", experiment__sweep_days=3, horizon__warm_up_h=24)


def run(troops: int | None = 300, replication: int = 0, execution: Execution = Execution.TABLE) -> Trace:
    return replicate(LESSON, "two-stages", troops=troops, seed=1, replication=replication, execution=execution)


def batches(rows: Sequence[Event], sizes: Sequence[int] = (1000,)) -> Iterator[Any]:
    """Rows in batches of these sizes, over and over."""
    at, turn = 0, 0
    while at < len(rows):
        part = rows[at : at + sizes[turn % len(sizes)]]
        at, turn = at + len(part), turn + 1
        names = ([event.kind.name.lower() for event in part], [e.entity for e in part], [e.place for e in part])
        n = len(part)
        yield pa.record_batch(
            [
                pa.array(["p"] * n).dictionary_encode(),
                pa.array([3] * n, pa.int64()),
                pa.array([0] * n, pa.int64()),
                pa.array([event.time_s for event in part], pa.int64()),
                *(pa.array(one).dictionary_encode() for one in names),
                pa.array([event.value for event in part], pa.float64()),
            ],
            schema=trace_table.schema(),
        )


def as_rows(events: Sequence[Event]) -> tuple[Row, ...]:
    return tuple(Row(event.time_s, event.kind.name.lower(), *event[2:]) for event in events)


def by_hand(one: Sequence[Event], other: Sequence[Event]) -> Difference | None:
    """The same from lists."""
    if list(one) == list(other):
        return None
    pairs = enumerate(zip(one, other, strict=False))
    index = next((i for i, (mine, its) in pairs if mine != its), min(len(one), len(other)))
    mine, its = (as_rows(rows[index : index + N_AFTER]) for rows in (one, other))
    before = as_rows(one[max(index - N_BEFORE, 0) : index])
    return Difference(index, before, mine, its, together(one[index:], other[index:]), (len(one), len(other)))


def together(one: Sequence[Event], other: Sequence[Event]) -> tuple[tuple[Holder, Row], ...]:
    """The first rows of both, of all that there are, with who has each."""
    found: list[tuple[Holder, Row]] = []
    i = j = 0
    while len(found) < N_AFTER and (i < len(one) or j < len(other)):
        is_mine = j == len(other) or (i < len(one) and one[i] <= other[j])
        is_its = i == len(one) or (j < len(other) and other[j] <= one[i])
        holder = Holder.BOTH if is_mine and is_its else Holder.ONE if is_mine else Holder.OTHER
        (row,) = as_rows([one[i] if is_mine else other[j]])
        found.append((holder, row))
        i, j = i + is_mine, j + is_its
    return tuple(found)


@pytest.fixture(scope="module")
def rows() -> list[Event]:
    return run().rows()


@pytest.mark.parametrize("execution", list(Execution))
def test_a_run_equals_itself_however_it_is_carried_out(execution: Execution) -> None:
    one, other = run(execution=execution), run()
    assert first_difference(trace_table.tabulate(one), trace_table.tabulate(other)) is None


@pytest.mark.parametrize("other", [{"troops": 340}, {"troops": None}, {"replication": 1}])
def test_runs_part_where_their_lists_do(other: dict[str, Any], rows: list[Event]) -> None:
    kinds = ("tour_departs", "post_unmanned", "area_visited")
    traces = run(), run(**other)
    selected = [trace_table.select(trace_table.tabulate(trace), kinds=kinds) for trace in traces]
    lists = [[row for row in trace.rows() if row.kind.name.lower() in kinds] for trace in traces]
    found = first_difference(*selected)
    assert found is not None and found == by_hand(*lists)


PLANTED = st.sampled_from(["value", "entity", "place", "time_s", "kind", "twice", "missing", "end"])
SIZES = st.lists(st.integers(1, 50), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(index=st.integers(0, 299), n=st.integers(1, 180), what=PLANTED, sizes=st.tuples(SIZES, SIZES))
def test_a_planted_difference_is_found(
    rows: list[Event], index: int, n: int, what: str, sizes: tuple[list[int], list[int]]
) -> None:
    one, index = rows[:n], index % n
    row = one[index]
    changed = {
        "value": [row._replace(value=row.value + 1e-9)],
        "entity": [row._replace(entity=f"{row.entity}x")],
        "place": [row._replace(place=f"{row.place}x")],
        "time_s": [row._replace(time_s=row.time_s + 1)],
        "kind": [row._replace(kind=EventKind.RESERVE_LEAVES)],
        "twice": [row, row],
        "missing": [],
        "end": [],
    }[what]
    other = [*one[:index], *changed, *([] if what == "end" else one[index + 1 :])]
    found = first_difference(batches(one, sizes[0]), batches(other, sizes[1]))
    assert found == by_hand(one, other)
    assert found is not None
    assert found.is_of_value == (what == "value")
    if what in ("entity", "place", "time_s", "missing", "end"):
        assert found.is_in_one
        turned = first_difference(batches(other, sizes[1]), batches(one, sizes[0]))
        assert turned is not None and not turned.is_in_one
        assert (turned.index, turned.one, turned.other) == (found.index, found.other, found.one)


def test_a_row_that_both_have_is_marked_as_such(rows: list[Event]) -> None:
    less = [*rows[:20], *rows[23:]]
    found = first_difference(batches(rows, [7]), batches(less, [5]))
    assert found is not None
    assert [holder for holder, _ in found.after] == [Holder.ONE] * 3 + [Holder.BOTH] * (N_AFTER - 3)
    assert tuple(row for _, row in found.after) == as_rows(rows[20 : 20 + N_AFTER])


def test_nothing_equals_nothing_and_differs_from_something(rows: list[Event]) -> None:
    assert first_difference([], []) is None
    assert first_difference(batches([]), batches(rows)) == by_hand([], rows)
    assert first_difference(batches(rows), []) == by_hand(rows, [])


def test_names_that_a_trace_does_not_have_keep_their_meaning() -> None:
    """The same codes with other labels, other codes with the same labels, labels that no row uses."""
    row = Event(5, EventKind.POST_MANNED, "a", "x", 1.0)
    other = Event(5, EventKind.POST_MANNED, "b", "x", 1.0)
    assert first_difference(batches([row]), batches([other])) == by_hand([row], [other])
    tables = [list(batches([row, other])), list(batches([row, other], [1]))]
    assert first_difference(*tables) is None
    assert first_difference(tables[0], [one.slice(0, 1) for one in tables[0]]) == by_hand([row, other], [row])


def test_no_more_than_a_batch_of_each_is_held(rows: list[Event]) -> None:
    """What was read of one trace when a row is asked of the other."""
    n_read = [0, 0]

    def watched(side: int) -> Iterator[Any]:
        for batch in batches(rows[:100], [10]):
            n_read[side] += len(batch)
            assert abs(n_read[0] - n_read[1]) <= 10
            yield batch

    assert first_difference(watched(0), watched(1)) is None
    assert n_read == [100, 100]
