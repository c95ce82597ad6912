"""A run measured piece by piece gives what its whole trace gives, and leaves no trace behind."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from sim.model import Execution, replicate
from sim.responses import Measured, Meter, measure, simulates_vehicles
from sim.scenario.schema import Scenario
from sim.streams import Streams
from sim.trace import Record, Trace
from tests.scenarios import shipped

# Departures at 0:00, 8:00 and 16:00, a stay of 8 h and no way at all.
AT_MIDNIGHT = {
    "experiment__sweep_days": 50,
    "tasks__patrols__per_day": 3,
    "tasks__patrols__departures": "even",
    "tasks__patrols__kinds__foot__n_stops": 1,
    "tasks__patrols__kinds__foot__share": 1.0,
    "tasks__patrols__kinds__foot__dwell_min": {"distribution": "constant", "mean": 480, "cv": 0.0},
    "tasks__patrols__kinds__foot__approach_speed_km_h": 1e9,
    "tasks__patrols__kinds__vehicle__share": 0.0,
}


def in_pieces(
    scenario: Scenario, policy: str, troops: int | None, run_length_s: int, execution: Execution
) -> tuple[Measured, Trace]:
    streams = Streams(4, 2) if simulates_vehicles(scenario, troops) else None
    meter = Meter(scenario, run_length_s, vehicles=streams)
    trace = replicate(scenario, policy, troops=troops, seed=4, replication=2, execution=execution, digest=meter.add)
    return meter.close(), trace


def check_equal(one: Measured, other: Measured) -> None:
    assert [row[:3] for row in one.responses] == [row[:3] for row in other.responses]
    mine, theirs = ([row[3] for row in measured.responses] for measured in (one, other))
    assert mine == pytest.approx(theirs, rel=1e-9, nan_ok=True)
    assert one.response_times == other.response_times
    assert list(one.series) == list(other.series)
    for name, column in one.series.items():
        assert column == pytest.approx(other.series[name], rel=1e-9, abs=1e-12, nan_ok=True), name


@pytest.mark.parametrize(
    ("name", "policy", "troops", "settings"),
    [
        ("kfor-2001", "balanced", 15_000, {"experiment__sweep_days": 70}),
        ("lesson", "two-stages", None, {}),
        ("lesson", "two-stages", 0, {}),
        ("lesson", "two-stages", 450, {"experiment__sweep_days": 40, "tasks__patrols__per_day": 0}),
        # Tours that last about ten days, and some about two months: visits of one piece are known in a later one.
        ("lesson", "two-stages", None, {"tasks__patrols__kinds__vehicle__dwell_min__mean": 3000}),
        ("lesson", "two-stages", None, {"tasks__patrols__kinds__vehicle__dwell_min__mean": 18_000}),
        # Tours that end at midnight sharp, when a piece is cut off: one round of the valley's shortest circuit.
        ("lesson", "two-stages", 450, AT_MIDNIGHT),
        ("kfor-gates", "gates", None, {"horizon__end": dt.date(2010, 8, 1)}),
    ],
)
@pytest.mark.parametrize("execution", list(Execution))
def test_pieces_add_up_to_the_whole(
    name: str, policy: str, troops: int | None, settings: dict[str, object], execution: Execution
) -> None:
    scenario = shipped(name, **settings)
    whole = replicate(scenario, policy, troops=troops, seed=4, replication=2)
    pieces, left = in_pieces(scenario, policy, troops, whole.run_length_s, execution)
    check_equal(pieces, measure(scenario, whole))
    if settings is AT_MIDNIGHT:
        assert (whole.tour_columns("ended_s")[0] % 86_400 == 0).sum() > 30
    assert whole.events
    assert [left.events, left.shifts, left.tours, left.tasked, left.incidents, left.call_outs] == [[]] * 6


def test_records_come_in_order_and_hold_what_is_over() -> None:
    """Every twenty days and at the end; together they are the trace."""
    scenario = shipped("lesson", horizon__end=dt.date(2001, 4, 11))
    records: list[tuple[Record, int]] = []
    trace = replicate(
        scenario, "two-stages", troops=None, seed=4, replication=2, digest=lambda *one: records.append(one)
    )
    whole = replicate(scenario, "two-stages", troops=None, seed=4, replication=2)
    piece_s = 20 * 86_400
    assert len(records) == 5
    assert [until_s for _, until_s in records] == sorted(until_s for _, until_s in records)
    assert records[-1][1] == trace.run_length_s == 100 * 86_400
    for index, (record, complete_until_s) in enumerate(records[:-1], start=1):
        assert complete_until_s <= index * piece_s
        assert max(event.time_s for event in record.events) < index * piece_s
        assert all((block.end_s < index * piece_s).all() for block in record.tours)
        later = [block for after, _ in records[index:] for block in after.tours]
        assert min(int(block.visit_s[block.visit_s >= 0].min()) for block in later if len(block)) >= complete_until_s
    assert [event for record, _ in records for event in record.events] == whole.events
    blocks = [block for record, _ in records for block in record.tours]
    assert [block.shift for block in blocks] == [block.shift for block in whole.tours]
    for mine, theirs in zip(blocks, whole.tours, strict=True):
        assert np.array_equal(mine.visit_s, theirs.visit_s)
        assert np.array_equal(mine.ended_s, theirs.ended_s)


def test_many_tours_make_shorter_pieces() -> None:
    """KFOR's 625 tours a day are six thousand in ten days."""
    pieces: list[tuple[int, int]] = []
    replicate(
        shipped("kfor-2001", experiment__sweep_days=27),
        "balanced",
        troops=40_000,
        seed=4,
        replication=2,
        digest=lambda record, _: pieces.append((record.shifts[0].time_s // 86_400, sum(map(len, record.tours)))),
    )
    assert [day for day, _ in pieces] == [0, 10, 20]
    assert sum(n for _, n in pieces) > 0.99 * 625 * 30
