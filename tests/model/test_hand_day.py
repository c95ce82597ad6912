"""One day of one sector and two sections, its whole trace written out by hand before the model was run.

Two areas lie 10 and 20 km east of the base, on a straight road. A tour leaves, drives 15 min (10 km at 40 km/h), stays
4 h, drives 30 min (10 km at 20 km/h), stays 4 h, and drives home 30 min (20 km at 40 km/h): 9 h 15 min, plus an hour to
turn round. Checkpoint first, patrol second, site last; the crossing point gets nothing.

* 00:00 two sections: checkpoint and a tour.
* 08:00 one section is still out: checkpoint only.
* 09:15 the tour is home, at 10:15 its section is free.
* 16:00 two sections: checkpoint and a tour, out until 01:15.
* 24:00 nine soldiers remain, one section: the checkpoint. The old bridge, never guarded, passes to the police.
* 25:15 the tour that was out at the change of strength comes home complete.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sim.model import Execution, layout_of, replicate
from sim.responses import measure
from sim.scenario import load
from sim.theatre import Layout
from sim.trace import Event, EventKind

SCENARIO = load(Path(__file__).parents[1] / "verification" / "hand-day.toml")

H = 3600
M = 60


def straight_road() -> Layout:
    """The lesson valley with two areas instead of twelve, 10 and 20 km east of the base."""
    layout = layout_of(SCENARIO)
    return dataclasses.replace(
        layout,
        base_km=np.array([[0.0, 0.0]]),
        area_km=np.array([[10.0, 0.0], [20.0, 0.0]]) / SCENARIO.theatre.detour_factor,
        area_sector=np.array([0, 0]),
        area_municipality=np.array([0, 0]),
        area_population=np.array([300.0, 100.0]),
        area_risk=np.array([1.0, 1.0]),
        area_boundary_km=np.array([1.0, 1.0]),
        circuits=(np.array([0, 1]),),
    )


def allocation(time_s: int, **sections: float) -> list[Event]:
    """What the headquarters gives to each task, in the trace's order of names."""
    tasks = ("checkpoints", "crossing_points", "patrols", "reserve", "sites")
    return [Event(time_s, EventKind.SHIFT_CHANGES, "valley", task, sections.get(task, 0.0)) for task in tasks]


@pytest.mark.parametrize("execution", list(Execution))
def test_trace_is_the_hand_written_one_row_by_row(execution: Execution) -> None:
    checkpoint = layout_of(SCENARIO).checkpoint_keys[0]
    first, second = "one-001", "one-002"
    expected = [
        Event(0, EventKind.STRENGTH_CHANGES, "start", "all", 18.0),
        *allocation(0, checkpoints=1.0, patrols=1.0),
        Event(0, EventKind.POST_MANNED, checkpoint, "valley/checkpoints", 9.0),
        Event(0, EventKind.TOUR_DEPARTS, second, "valley/tour", 1.0),
        Event(15 * M, EventKind.AREA_VISITED, second, "area-000", 1.0),
        Event(4 * H + 45 * M, EventKind.AREA_VISITED, second, "area-001", 1.0),
        *allocation(8 * H, checkpoints=1.0),
        Event(9 * H + 15 * M, EventKind.TOUR_ENDS, second, "valley", 2.0),
        *allocation(16 * H, checkpoints=1.0, patrols=1.0),
        Event(16 * H, EventKind.TOUR_DEPARTS, second, "valley/tour", 1.0),
        Event(16 * H + 15 * M, EventKind.AREA_VISITED, second, "area-000", 1.0),
        Event(20 * H + 45 * M, EventKind.AREA_VISITED, second, "area-001", 1.0),
        Event(24 * H, EventKind.STRENGTH_CHANGES, "Last stage", "all", 9.0),
        Event(24 * H, EventKind.SITE_HANDED_OVER, "old-bridge", "valley/sites", 5.0),
        *allocation(24 * H, checkpoints=1.0),
        Event(25 * H + 15 * M, EventKind.TOUR_ENDS, second, "valley", 2.0),
        *allocation(32 * H, checkpoints=1.0),
        *allocation(40 * H, checkpoints=1.0),
    ]
    trace = replicate(
        SCENARIO, "by-hand", troops=None, seed=1, replication=0, layout=straight_road(), execution=execution
    )
    assert trace.names.sections == (first, second)
    assert trace.rows() == expected


def test_responses_are_the_hand_computed_ones() -> None:
    layout = straight_road()
    trace = replicate(SCENARIO, "by-hand", troops=None, seed=1, replication=0, layout=layout)
    value = {
        (sector, response): value for sector, response, _, value in measure(SCENARIO, trace, layout=layout).responses
    }
    # Each area is visited twice, more than 6 h apart: 4 visits cover 6 h each of 2 areas in 48 h.
    assert value["all", "patrol_coverage"] == pytest.approx(4 * 6 / (2 * 48))
    # Ages: area 0 is visited at 0:15 and 16:15, area 1 at 4:45 and 20:45; an age grows to g in g^2 / 2.
    gaps_h = [16, 48 - 16.25, 16, 48 - 20.75]
    visited_h = (48 - 0.25) + (48 - 4.75)
    assert value["all", "revisit_age_h"] == pytest.approx(sum(gap**2 / 2 for gap in gaps_h) / visited_h)
    assert value["all", "unvisited_share"] == pytest.approx((0.25 + 4.75) / (2 * 48))
    assert value["all", "patrols_per_day"] == pytest.approx(2 / 2)
    assert value["all", "patrol_fill"] == pytest.approx(2 / 6)
    assert value["all", "checkpoint_fill"] == pytest.approx(1.0)
    assert value["all", "crossing_fill"] == pytest.approx(0.0)
    # The site is KFOR's and unguarded on the first day, the police's at level 0.5 on the second.
    assert value["all", "site_guard_fill"] == pytest.approx(0.0)
    assert value["all", "site_protection"] == pytest.approx(0.5 * 24 / 48)
    assert value["all", "coverage"] == pytest.approx((0.25 + 0.25 + 1.0 + 0.0) / 4)
    # Sections: 2 for a day, then 1. Available: 2, 1, 2, 1, 1, 1 in six shifts, all of them used when on a task:
    # at 08:00 one section mans the checkpoint; nothing is idle. Asked for: checkpoint, crossing, patrol and, until it
    # is handed over, the site: 4, 4, 4, 3, 3, 3.
    assert value["all", "troops_to_task"] == pytest.approx((2 + 1 + 2 + 1 + 1 + 1) / (4 + 4 + 4 + 3 + 3 + 3))
    assert value["all", "utilisation"] == pytest.approx(1.0)
    # On duty: eight section-shifts of 8 h, and two tours that take until 2 h 15 min after their shift.
    assert value["all", "duty_h_per_soldier_week"] == pytest.approx(168 * (8 * 8 + 2 * 2.25) / (2 * 24 + 24))
