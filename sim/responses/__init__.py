"""Responses: what a trace says about coverage and effort, measured against the scenario's task list."""

from sim.response_list import LOWER_IS_BETTER, RESPONSES
from sim.responses.measure import Measured, Meter, measure
from sim.responses.snapshot import Snapshot, take_snapshot
from sim.responses.vehicles import simulates_vehicles

__all__ = [
    "LOWER_IS_BETTER",
    "RESPONSES",
    "Measured",
    "Meter",
    "Snapshot",
    "measure",
    "simulates_vehicles",
    "take_snapshot",
]
