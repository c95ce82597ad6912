"""Soldiers of reserves by day: from each arrival until it leaves, in the sector where it is based."""

from __future__ import annotations

import numpy as np
import pytest

from sim.responses import Measured, measure
from sim.scenario.schema import ReserveForce
from sim.trace import EventKind
from tests.responses.answers import LESSON, D, H, trace_of

ARRIVES, LEAVES = EventKind.RESERVE_ARRIVES, EventKind.RESERVE_LEAVES
RESERVE = ReserveForce(nation="Horizon", sector="valley", strength=120, lead_time_days=1, stays_days=3)
SCENARIO = LESSON.model_copy(update={"reserves": {"near": RESERVE, "far": RESERVE}})


def by_day(*events: tuple[int, EventKind, str, float]) -> Measured:
    trace = trace_of(SCENARIO)
    for time_s, kind, key, soldiers in events:
        trace.record(time_s, kind, key, "valley", soldiers)
    return measure(SCENARIO, trace)


def test_a_day_has_the_mean_over_its_hours() -> None:
    """120 from noon of day 3, 80 more from day 5 at 6:00, both gone by the end of day 6 and the beginning of day 9."""
    result = by_day(
        (3 * D, EventKind.RESERVE_CALLED, "near", 120.0),
        (3 * D + 12 * H, ARRIVES, "near", 120.0),
        (5 * D + 6 * H, ARRIVES, "far", 80.0),
        (7 * D, LEAVES, "near", 120.0),
        (9 * D, LEAVES, "far", 80.0),
    )
    expected = np.zeros(14)
    expected[3:9] = [60, 120, 120 + 80 * 18 / 24, 200, 80, 80]
    for column in result.series["reserves"].reshape(-1, 2).T:
        assert column == pytest.approx(expected)


def test_strength_leaves_reserves_out_and_without_reserves_there_is_no_column() -> None:
    with_them = by_day((3 * D, ARRIVES, "near", 120.0)).series
    without = measure(LESSON, trace_of(LESSON)).series
    assert "reserves" not in without
    assert with_them.keys() - without.keys() == {"reserves"}
    assert with_them["strength"].tolist() == without["strength"].tolist()
    assert by_day().series["reserves"].tolist() == [0.0] * 28
