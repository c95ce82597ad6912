"""The trace: append-only, sorted when shown, and the same in its columns, its visits and its rows."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest

from sim.model import replicate
from sim.trace import NOT_YET, Event, EventKind, Names, TourBlock, Trace
from tests.scenarios import shipped

NAMES = Names(("north", "south"), ("foot", "vehicle"), ("sites", "patrols"), ("a-001", "a-002", "b-001"))


def empty(run_length_s: int = 1000) -> Trace:
    return Trace(NAMES, run_length_s=run_length_s, policy="p", troops=5, seed=1, replication=2)


def block(
    area: list[list[int]], visit_s: list[list[int]], departed_s: list[int], ended_s: list[int], end_s: list[int]
) -> TourBlock:
    """Tours of sections 2, 1, 0 from the south, of the kind vehicle."""
    n = len(area)
    tours = TourBlock(
        shift=0,
        tour_id=np.arange(n),
        sector=np.ones(n, dtype=int),
        kind=np.ones(n, dtype=int),
        section=np.arange(n)[::-1],
        depart_s=np.array(departed_s),
        end_s=np.array(end_s),
        free_s=np.array(end_s) + 60,
        area=np.array(area),
        visit_s=np.array(visit_s),
    )
    tours.departed_s, tours.ended_s = np.array(departed_s), np.array(ended_s)
    return tours


def test_a_new_block_has_not_happened_yet() -> None:
    zero, stops = np.zeros(2, dtype=int), np.zeros((2, 1), dtype=int)
    tours = TourBlock(0, zero, zero, zero, zero, zero, zero, zero, area=stops, visit_s=stops)
    assert [len(tours), *tours.departed_s, *tours.ended_s] == [2, *[NOT_YET] * 4]


def test_nothing_is_recorded_before_what_was_recorded() -> None:
    trace = empty()
    trace.record(7, EventKind.POST_MANNED, "gate", "north/crossing_points", 9.0)
    trace.record(7, EventKind.STRENGTH_CHANGES, "start")
    with pytest.raises(ValueError, match="POST_UNMANNED of gate at 6 s comes before 7 s"):
        trace.record(6, EventKind.POST_UNMANNED, "gate")
    assert trace.events == [
        Event(7, EventKind.POST_MANNED, "gate", "north/crossing_points", 9.0),
        Event(7, EventKind.STRENGTH_CHANGES, "start", "", 0.0),
    ]


def three_tours() -> Trace:
    """One that never left, one home at 400 s, one cut short at 300 s, one still out at the end."""
    trace = empty()
    trace.tours.append(
        block(
            [[1, 2, -1], [3, 1, 3], [5, 6, 7]],
            [[10, 20, -1], [150, 150, 400], [200, 300, 301]],
            [NOT_YET, 100, 120],
            [NOT_YET, 400, 300],
            [40, 400, 500],
        )
    )
    trace.tours.append(block([[8, 9, 8]], [[0, 999, 1000]], [0], [NOT_YET], [1200]))
    return trace


def test_visits_are_those_of_tours_while_they_are_out() -> None:
    """The visit at the very end of a tour counts, those after it was cut short or after the run do not."""
    area, visit_s = three_tours().visits()
    assert list(zip(area.tolist(), visit_s.tolist(), strict=True)) == [
        (3, 150), (1, 150), (3, 400), (5, 200), (6, 300), (8, 0), (9, 999),
    ]  # fmt: skip


def test_rows_of_tours_by_hand() -> None:
    trace = three_tours()
    trace.record(300, EventKind.POST_MANNED, "x", "north/sites", 2.0)
    assert trace.rows() == [
        Event(0, EventKind.TOUR_DEPARTS, "a-001", "south/vehicle", 1.0),
        Event(0, EventKind.AREA_VISITED, "a-001", "area-008", 1.0),
        Event(100, EventKind.TOUR_DEPARTS, "a-002", "south/vehicle", 1.0),
        Event(120, EventKind.TOUR_DEPARTS, "a-001", "south/vehicle", 1.0),
        Event(150, EventKind.AREA_VISITED, "a-002", "area-001", 1.0),
        Event(150, EventKind.AREA_VISITED, "a-002", "area-003", 1.0),
        Event(200, EventKind.AREA_VISITED, "a-001", "area-005", 1.0),
        Event(300, EventKind.TOUR_ENDS, "a-001", "south", 2.0),
        Event(300, EventKind.POST_MANNED, "x", "north/sites", 2.0),
        Event(300, EventKind.AREA_VISITED, "a-001", "area-006", 1.0),
        Event(400, EventKind.TOUR_ENDS, "a-002", "south", 3.0),
        Event(400, EventKind.AREA_VISITED, "a-002", "area-003", 1.0),
        Event(999, EventKind.AREA_VISITED, "a-001", "area-009", 1.0),
    ]


def test_columns_of_tours_are_joined_over_shifts() -> None:
    shift_less = empty()
    assert [column.shape for column in shift_less.tour_columns("sector", "area", "visit_s", "ended_s")] == [
        (0,), (0, 1), (0, 1), (0,),
    ]  # fmt: skip
    ended_s, area = three_tours().tour_columns("ended_s", "area")
    assert ended_s.tolist() == [NOT_YET, 400, 300, NOT_YET]
    assert area.tolist() == [[1, 2, -1], [3, 1, 3], [5, 6, 7], [8, 9, 8]]


@pytest.fixture(scope="module")
def lesson() -> Trace:
    scenario = shipped("lesson", experiment__sweep_days=12)
    return replicate(scenario, "two-stages", troops=400, seed=4, replication=1, keeps_roster=True)


def test_rows_are_sorted_by_time_kind_and_entity(lesson: Trace) -> None:
    keys = [(row.time_s, row.kind, row.entity) for row in lesson.rows()]
    assert keys == sorted(keys)
    assert len({key[0] for key in keys}) < len(keys)


def test_as_many_rows_as_things_that_happened(lesson: Trace) -> None:
    count = Counter(row.kind for row in lesson.rows())
    departed_s, ended_s = lesson.tour_columns("departed_s", "ended_s")
    _, visit_s = lesson.visits()
    assert count[EventKind.TOUR_DEPARTS] == (departed_s >= 0).sum() > 50
    assert count[EventKind.TOUR_ENDS] == (ended_s >= 0).sum() > 50
    assert count[EventKind.AREA_VISITED] == len(visit_s) > 200
    assert count[EventKind.SHIFT_CHANGES] == 5 * len(lesson.shifts)
    others = Counter(event.kind for event in lesson.events)
    assert {kind: count[kind] for kind in others} == others
    assert sum(count.values()) == len(lesson.rows())


def test_rows_and_columns_say_the_same_visits(lesson: Trace) -> None:
    area, visit_s = lesson.visits()
    rows = [(row.time_s, row.place) for row in lesson.rows() if row.kind is EventKind.AREA_VISITED]
    columns = zip(visit_s.tolist(), area.tolist(), strict=True)
    assert sorted(rows) == sorted((time_s, f"area-{one:03d}") for time_s, one in columns)


def test_visits_take_four_bytes_each(lesson: Trace) -> None:
    for trace in (lesson, empty()):
        assert [column.dtype for column in trace.visits()] == [np.int32] * 2
    assert [len(column) for column in empty().visits()] == [0, 0]


def test_nothing_happens_outside_the_run(lesson: Trace) -> None:
    times_s = [row.time_s for row in lesson.rows()]
    assert min(times_s) == 0
    assert max(times_s) < lesson.run_length_s


def test_a_trace_can_be_sent_to_another_process(lesson: Trace) -> None:
    copy = pickle.loads(pickle.dumps(lesson))
    assert copy.rows() == lesson.rows()
    assert [one.tolist() for one in copy.rosters] == [one.tolist() for one in lesson.rosters]


def test_rosters_are_kept_on_request_only(lesson: Trace) -> None:
    assert len(lesson.rosters) == len(lesson.shifts)
    scenario = shipped("lesson", experiment__sweep_days=12)
    without = replicate(scenario, "two-stages", troops=400, seed=4, replication=1)
    assert without.rosters == []
    assert without.rows() == lesson.rows()
