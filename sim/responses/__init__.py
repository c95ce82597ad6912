"""Responses: what a trace says about coverage and effort, measured against the scenario's task list."""

from sim.responses.measure import RESPONSES, Measured, Meter, measure

__all__ = ["RESPONSES", "Measured", "Meter", "measure"]
