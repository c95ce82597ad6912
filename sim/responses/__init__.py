"""Responses: what a trace says about coverage and effort. All of them come from the trace and from nothing else."""

from sim.responses.measure import RESPONSES, Measured, measure

__all__ = ["RESPONSES", "Measured", "measure"]
