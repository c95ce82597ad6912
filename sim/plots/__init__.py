"""Figures of results: coverage and incidents against troops and day by day, response times, and a map at an hour.

Only this part draws. Each function takes results and returns a figure that shows itself in a notebook, carries the
table it draws (`figure.table`) and describes itself in words (`figure.alt_text`). Nothing global is changed: neither
pyplot nor its settings are used. :func:`write_figures` writes every figure that suits the results. :func:`theatre_map`
draws snapshots of a trace (:func:`sim.responses.take_snapshot`); :func:`write_map` writes what it draws.
"""

from sim.plots.incidents import incidents_against_troops, timeline_of_incidents
from sim.plots.map import theatre_map
from sim.plots.map_files import write_map
from sim.plots.page import Plot
from sim.plots.response_times import response_times
from sim.plots.sweep import coverage_against_troops, coverage_by_sector
from sim.plots.timeline import timeline
from sim.plots.writing import write_figures

__all__ = [
    "Plot",
    "coverage_against_troops",
    "coverage_by_sector",
    "incidents_against_troops",
    "response_times",
    "theatre_map",
    "timeline",
    "timeline_of_incidents",
    "write_figures",
    "write_map",
]
