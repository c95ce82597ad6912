"""The trace: append-only, sorted when shown, and the same in its columns, its visits and its rows."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest

from sim.model import replicate
from sim.trace import NOT_YET, CallOut, Event, EventKind, IncidentEnd, IncidentRow, Names, TourBlock, Trace
from tests.scenarios import shipped

NAMES = Names(
    ("north", "south"), ("foot", "vehicle"), ("sites", "patrols"), ("a-001", "a-002", "b-001"), ("crowd", "riot")
)


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
    assert tours.called.tolist() == [False, False]


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


def with_incidents() -> Trace:
    """A crowd that becomes a riot while one section waits and another is on its way, and one crowd nobody went to.

    Section 0 is called from a patrol and section 2 from a post, to which it goes back; section 1, on standby, is called
    twice, the second time as it drives home, and is not back before the run ends.
    """
    trace = empty()
    crowd = IncidentRow("base/north/00000/00", "base", 0, 0, "area-004", 100, 2)
    crowd.ended_s, crowd.end = 400, IncidentEnd.ESCALATED
    riot = IncidentRow("base/north/00000/00+1", "escalation", 1, 0, "area-004", 400, 3, 500, 700, IncidentEnd.CONTAINED)
    alone = IncidentRow("blast", "blast", 0, 1, "bridge", 300, 2, ended_s=900, end=IncidentEnd.UNANSWERED)
    last = IncidentRow("base/south/00000/01", "base", 0, 1, "bridge", 750, 1)
    trace.incidents += [crowd, riot, alone, last]
    trace.call_outs += [
        CallOut(crowd.incident_id, 0, 1, 1, 100, 250, 2.5, 250, 700, 850),
        CallOut(crowd.incident_id, 1, 0, 2, 100, 450, 5.0, 450, 700, 750),
        CallOut(riot.incident_id, 2, 0, 0, 400, 500, 1.0, 500, 700, 800, back_at_post=True),
        CallOut(last.incident_id, 1, 0, 2, 750, 990, 4.0, 990, 995, 1100),
    ]
    return trace


def test_rows_of_incidents_by_hand() -> None:
    first, second, last = "base/north/00000/00", "base/north/00000/00+1", "base/south/00000/01"
    assert with_incidents().rows() == [
        Event(100, EventKind.INCIDENT_ARISES, first, "north/crowd/area-004", 2.0),
        Event(100, EventKind.SECTION_CALLED, "a-001", f"south/patrols/{first}", 2.5),
        Event(100, EventKind.SECTION_CALLED, "a-002", f"north/standby/{first}", 5.0),
        Event(250, EventKind.SECTION_ARRIVES, "a-001", first, 0.0),
        Event(300, EventKind.INCIDENT_ARISES, "blast", "south/crowd/bridge", 2.0),
        Event(400, EventKind.INCIDENT_ESCALATES, first, "area-004", 2.0),
        Event(400, EventKind.INCIDENT_ARISES, second, "north/riot/area-004", 3.0),
        Event(400, EventKind.SECTION_CALLED, "b-001", f"north/sites/{second}", 1.0),
        Event(450, EventKind.SECTION_ARRIVES, "a-002", first, 0.0),
        Event(500, EventKind.SECTION_ARRIVES, "b-001", second, 0.0),
        Event(500, EventKind.INCIDENT_MET, second, "area-004", 3.0),
        Event(700, EventKind.INCIDENT_CONTAINED, second, "area-004", 3.0),
        Event(700, EventKind.SECTION_RELEASED, "a-001", first, 0.0),
        Event(700, EventKind.SECTION_RELEASED, "a-002", first, 0.0),
        Event(700, EventKind.SECTION_RELEASED, "b-001", second, 0.0),
        Event(750, EventKind.SECTION_RETURNS, "a-002", first, 0.0),
        Event(750, EventKind.INCIDENT_ARISES, last, "south/crowd/bridge", 1.0),
        Event(750, EventKind.SECTION_CALLED, "a-002", f"north/standby/{last}", 4.0),
        Event(800, EventKind.SECTION_RETURNS, "b-001", second, 1.0),
        Event(850, EventKind.SECTION_RETURNS, "a-001", first, 0.0),
        Event(900, EventKind.INCIDENT_UNANSWERED, "blast", "bridge", 2.0),
        Event(990, EventKind.SECTION_ARRIVES, "a-002", last, 0.0),
        Event(995, EventKind.SECTION_RELEASED, "a-002", last, 0.0),
    ]


def test_what_is_still_open_or_out_is_not_cut_off() -> None:
    """At 800 s sharp a section that is home then may still be called; at the end of the run nothing is left."""
    trace, whole = with_incidents(), with_incidents()
    record = trace.cut(800)
    assert [one.incident_id for one in record.incidents] == ["base/north/00000/00", "base/north/00000/00+1"]
    assert [one.home_s for one in record.call_outs] == [750]
    assert [one.incident_id for one in trace.incidents] == ["blast", "base/south/00000/01"]
    assert [one.home_s for one in trace.call_outs] == [850, 800, 1100]
    rest = trace.cut(1000)
    assert [len(rest.incidents), len(rest.call_outs), trace.incidents, trace.call_outs] == [2, 3, [], []]
    trace.incidents, trace.call_outs = record.incidents + rest.incidents, record.call_outs + rest.call_outs
    assert trace.rows() == whole.rows()


def test_a_tour_called_away_makes_the_visits_up_to_then_and_one_called_before_it_leaves_none() -> None:
    trace = empty()
    trace.tours.append(
        block(
            [[3, 1, 3], [5, 6, 7]],
            [[150, 200, 300], [200, 300, 301]],
            [100, NOT_YET],
            [200, NOT_YET],
            [400, 500],
        )
    )
    trace.tours[0].called[:] = True
    area, visit_s = trace.visits()
    assert list(zip(area.tolist(), visit_s.tolist(), strict=True)) == [(3, 150), (1, 200)]
    assert trace.rows() == [
        Event(100, EventKind.TOUR_DEPARTS, "a-002", "south/vehicle", 1.0),
        Event(150, EventKind.AREA_VISITED, "a-002", "area-003", 1.0),
        Event(200, EventKind.TOUR_ENDS, "a-002", "south", 2.0),
        Event(200, EventKind.AREA_VISITED, "a-002", "area-001", 1.0),
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
