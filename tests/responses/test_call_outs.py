"""Time of call-outs, second by second: what they take from tasks, and what of it is beyond the end of a shift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.responses import measure
from sim.responses.call_outs import CallOutIntegrals, CallOutMeter
from sim.responses.integrals import Grid
from sim.scenario.schema import Task
from sim.tasks import TASK_INDEX, TASKS
from sim.trace import NOT_YET, CallOut, Record, ShiftRow, TourBlock
from tests.responses.answers import END_S, LESSON, SHIFT_S, WARM_UP_S, D, H, M, trace_of, values_of

EDGES_S = np.array([0, 70, 100, 250, 400])
SHORT_SHIFT_S = 90
STANDBY = len(TASKS)


def call_out(
    called_s: int, home_s: int, duty: Task | None = Task.RESERVE, *, sector: int = 0, section: int = 0
) -> CallOut:
    index = STANDBY if duty is None else TASK_INDEX[duty]
    return CallOut("base/valley/00002/00", section, sector, index, called_s, called_s + 5, 3.0, home_s=home_s)


def tours(shift: int, rows: list[tuple[int, int, int, int, bool]], *, sector: int = 0) -> TourBlock:
    """Tours of (section, departed, planned end, ended, called) [s], free half an hour after their planned end."""
    section, departed_s, end_s, ended_s, called = (np.array(column) for column in zip(*rows, strict=True))
    n = len(rows)
    stops = np.full((n, 1), -1, dtype=np.int32)
    block = TourBlock(
        shift,
        np.arange(n),
        np.full(n, sector),
        np.zeros(n, dtype=int),
        section,
        np.where(departed_s == NOT_YET, end_s - 60, departed_s),
        end_s,
        end_s + 30 * M,
        stops,
        stops,
    )
    block.departed_s, block.ended_s, block.called = departed_s, ended_s, called.astype(bool)
    return block


def integrals(*records: Record) -> CallOutIntegrals:
    meter = CallOutMeter(Grid(EDGES_S, n_sectors=2), SHORT_SHIFT_S)
    for record in records:
        meter.add(record)
    return meter.close()


@st.composite
def call_outs(draw: st.DrawFn) -> list[tuple[CallOut, int]]:
    """Call-outs, each with the shift that its section is of: some were called from tours of an earlier one."""
    found = []
    for section in range(draw(st.integers(0, 8))):
        called_s = draw(st.integers(0, EDGES_S[-1] - 1))
        home_s = draw(st.just(NOT_YET) | st.integers(called_s, EDGES_S[-1] + 50))
        duty = draw(st.sampled_from([*TASKS, None]))
        shift = called_s // SHORT_SHIFT_S
        if duty is Task.PATROLS:
            shift -= draw(st.integers(0, shift))
        found.append((call_out(called_s, home_s, duty, sector=draw(st.integers(0, 1)), section=section), shift))
    return found


@given(call_outs(), st.booleans(), st.booleans())
def test_time_is_that_of_every_single_second(
    found: list[tuple[CallOut, int]], calls_first: bool, in_pieces: bool
) -> None:
    names = ("patrols_s", "reserve_s", "posts_s", "standby_s", "overtime_s")
    expected = {name: np.zeros((2, len(EDGES_S) - 1)) for name in names}
    groups = {TASK_INDEX[Task.PATROLS]: "patrols_s", TASK_INDEX[Task.RESERVE]: "reserve_s", STANDBY: "standby_s"}
    for one, shift in found:
        for second in range(one.called_s, EDGES_S[-1]):
            if one.home_s != NOT_YET and second >= one.home_s:
                break
            group = groups.get(one.duty, "posts_s") if second // SHORT_SHIFT_S == shift else "overtime_s"
            expected[group][one.sector, np.searchsorted(EDGES_S, second, side="right") - 1] += 1
    blocks = [
        tours(shift, [(one.section, max(0, one.called_s - 40), one.called_s + 1, one.called_s, True)])
        for one, shift in found
        if one.duty == TASK_INDEX[Task.PATROLS]
    ]
    rows = [one for one, _ in found]
    records = [Record([], [], blocks, []), Record([], [], [], [], call_outs=rows)]
    if in_pieces:
        records[1:] = [Record([], [], [], [], call_outs=[one]) for one in rows]
    measured = integrals(*(records[::-1] if calls_first else records))
    for name, by_bin in expected.items():
        assert np.diff(getattr(measured, name)).tolist() == by_bin.tolist(), name


def test_a_section_called_before_its_tour_is_of_the_shift_in_which_it_is_called() -> None:
    """And one whose tour ended as planned."""
    never, over = (7, NOT_YET, 150, NOT_YET, True), (8, 0, 80, 80, False)
    rows = [call_out(100, 200, Task.PATROLS, section=section) for section in (7, 8)]
    measured = integrals(Record([], [], [tours(1, [never]), tours(0, [over])], [], call_outs=rows))
    assert measured.patrols_s[0, -1] == 2 * 80
    assert measured.overtime_s[0, -1] == 2 * 20


def shift(time_s: int, n_reserve: int) -> ShiftRow:
    """Ten sections, four on duty, two asked for as a reserve."""

    def n(value: int) -> np.ndarray:
        return np.array([value])

    def of_reserve(value: int) -> np.ndarray:
        row = np.zeros((1, len(TASKS)), dtype=int)
        row[0, TASK_INDEX[Task.RESERVE]] = value
        return row

    return ShiftRow(time_s, n(10), n(4), n(0), n(0), n(0), n(0), of_reserve(2), of_reserve(n_reserve), n(n_reserve))


@given(
    st.lists(st.integers(1, 2), min_size=42, max_size=42),
    st.lists(st.tuples(st.integers(0, 42 * 8 * 60 - 1), st.integers(0, 12 * 60)), max_size=6),
    st.integers(0, 3),
)
def test_a_reserve_section_called_out_does_not_fill(
    n_reserve: list[int], spans_min: list[tuple[int, int]], n_open: int
) -> None:
    """On a grid of minutes, less than nobody notwithstanding; beyond its shift a call-out takes nothing."""
    rows = [
        call_out(begin * M, NOT_YET if number < n_open else (begin + length) * M)
        for number, (begin, length) in enumerate(spans_min)
    ]
    others = [call_out(5 * D, 6 * D, duty) for duty in (*set(Task) - {Task.RESERVE}, None)]
    trace = trace_of(
        LESSON,
        shifts=[shift(number * SHIFT_S, n) for number, n in enumerate(n_reserve)],
        call_outs=[*rows, *others],
    )
    there = np.repeat(n_reserve, 8 * 60)
    hours_out = np.zeros(len(there))
    for one in rows:
        ends_s = (one.called_s // SHIFT_S + 1) * SHIFT_S
        until_s = ends_s if one.home_s == NOT_YET else min(ends_s, one.home_s)
        hours_out[one.called_s // M : until_s // M] += 1 / 60
    late = slice(WARM_UP_S // M, END_S // M)
    measured = measure(LESSON, trace)
    values = values_of(measured)
    assert values["reserve_fill"] == pytest.approx((there[late] - 60 * hours_out[late]).mean() / 2)
    assert values["called_out_reserve_h_per_day"] == pytest.approx(hours_out[late].sum() / 12)
    by_day = measured.series["called_out_reserve_h_per_day"].reshape(-1, 2)
    assert by_day[:, 0] == pytest.approx(hours_out.reshape(-1, D // M).sum(axis=1))
    assert by_day[:, 1] == pytest.approx(by_day[:, 0])


def test_a_tour_that_is_called_away_neither_counts_nor_has_overtime_of_its_own() -> None:
    """By hand, on the sixth day: six tours tasked, two of them home as planned, three called away, one never sent.

    Shift 15 is over at 08:00. Its tours are free at 07:30 and 09:30, and one was called away at 08:30 until 10:00:
    overtime is 1.5 h and 2 h. A section called away at 06:00 is home at 09:00, one more. What is called before it
    leaves, until 07:00, has none.
    """
    day = 5 * D
    block = tours(
        15,
        [
            (0, day + 1 * H, day + 7 * H, day + 7 * H, False),
            (1, day + 2 * H, day + 9 * H, day + 9 * H, False),
            (2, day + 3 * H, day + 9 * H, day + 8 * H + 30 * M, True),
            (3, day + 3 * H, day + 9 * H, day + 6 * H, True),
            (4, NOT_YET, day + 6 * H, NOT_YET, True),
        ],
    )
    called = [(2, 8 * H + 30 * M, 10 * H), (3, 6 * H, 9 * H), (4, 5 * H, 7 * H)]
    trace = trace_of(
        LESSON,
        tours=[block],
        shifts=[shift(number * SHIFT_S, 2) for number in range(42)],
        call_outs=[
            call_out(day + from_s, day + until_s, Task.PATROLS, section=section) for section, from_s, until_s in called
        ],
        tasked=[(np.zeros(6, dtype=int), np.full(6, day))],
    )
    values = values_of(measure(LESSON, trace))
    assert values["patrol_fill"] == pytest.approx(2 / 6)
    assert values["patrols_per_day"] == pytest.approx(2 / 12)
    overtime_h = 1.5 + (0.5 + 1.5) + 1
    assert values["duty_h_per_soldier_week"] == pytest.approx(168 * (4 * 288 + overtime_h) / (10 * 288))
    assert values["called_out_patrols_h_per_day"] == pytest.approx((2 + 2) / 12)
    assert values["called_out_posts_h_per_day"] == 0
