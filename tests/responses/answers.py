"""The lesson valley with incidents, and traces of it that are written by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.responses import Measured
from sim.scenario.schema import Answering, Duration, IncidentKind, IncidentPlace, Incidents, Scenario, Task
from sim.trace import CallOut, IncidentRow, Names, ShiftRow, TourBlock, Trace
from tests.scenarios import shipped

M, H, D = 60, 3600, 86_400
SHIFT_S = 8 * H
RIOT, ESCORT, LARGE = 0, 1, 2
"""Kinds: due within half an hour, an hour, and two hours."""
WARM_UP_S, END_S = 2 * D, 14 * D


def kind(target_min: float, **changes: object) -> IncidentKind:
    table: dict[str, object] = {
        "at": IncidentPlace.AREA,
        "weight": 1.0,
        "n_sections": 2,
        "service_min": Duration(distribution="constant", mean=60.0),
        "target_min": target_min,
        "burns_out_h": 4.0,
        "triggers": 0.2,
        **changes,
    }
    return IncidentKind.model_validate(table)


INCIDENTS = Incidents(
    per_day=0.5,
    sector_weights={"valley": 1.0},
    max_tension=3.0,
    tension_half_life_days=2.0,
    spill_share=0.3,
    deterrence=0.5,
    deterrence_half_life_h=24.0,
    threshold=0.1,
    answering=Answering(speed_km_h=30, reserve_turn_out_min=10, standby_turn_out_min=30, post_turn_out_min=15),
    kinds={
        "riot": kind(30.0, escalates_to="large"),
        "escort": kind(60.0, planned=True, triggers=0.0),
        "large": kind(120.0, weight=0.0, triggers=0.5),
    },
)


def lesson(incidents: Incidents | None = INCIDENTS, **settings: object) -> Scenario:
    """Two days of warm-up and twelve of measuring at a troop level, in one sector, the valley."""
    scenario = shipped("lesson", experiment__sweep_days=12, **settings)
    return scenario.model_copy(update={"incidents": incidents})


def trace_of(
    scenario: Scenario,
    *,
    incidents: Sequence[IncidentRow] = (),
    call_outs: Sequence[CallOut] = (),
    tours: Sequence[TourBlock] = (),
    shifts: Sequence[ShiftRow] = (),
    tasked: Sequence[tuple[np.ndarray, np.ndarray]] = (),
) -> Trace:
    """A trace of fourteen days at some troop level."""
    names = Names(
        tuple(scenario.theatre.sectors),
        tuple(scenario.tasks.patrols.kinds),
        tuple(Task),
        tuple(f"first-{n:03d}" for n in range(30)),
        tuple(scenario.incidents.kinds) if scenario.incidents else (),
    )
    trace = Trace(names, run_length_s=END_S, policy="two-stages", troops=300, seed=1, replication=0)
    trace.incidents, trace.call_outs, trace.tours = list(incidents), list(call_outs), list(tours)
    trace.shifts, trace.tasked = list(shifts), list(tasked)
    return trace


def values_of(measured: Measured, sector: str = "all") -> dict[str, float]:
    """The responses of a sector, by name."""
    return {response: value for its, response, _, value in measured.responses if its == sector}


LESSON = lesson()
