"""Figures of results: coverage and incidents against troops and day by day, response times, comparisons, and a map.

Only this part draws. Each function takes results and returns a figure that shows itself in a notebook, carries the
table it draws (`figure.table`) and describes itself in words (`figure.alt_text`). Nothing global is changed: neither
pyplot nor its settings are used. :func:`write_figures` writes every figure that suits the results, and
:func:`write_figures_of_comparison` those of a comparison. :func:`theatre_map` draws snapshots of a trace
(:func:`sim.responses.take_snapshot`); :func:`write_map` writes what it draws.
"""

from sim.plots.cost import cost_against_loss
from sim.plots.forest import forest, forest_of_responses
from sim.plots.incidents import incidents_against_troops, timeline_of_incidents
from sim.plots.losses import losses_over_time
from sim.plots.map import theatre_map
from sim.plots.map_files import write_map
from sim.plots.openings import gates_opened
from sim.plots.page import Plot
from sim.plots.response_times import response_times
from sim.plots.sweep import coverage_against_troops, coverage_by_sector
from sim.plots.timeline import timeline
from sim.plots.writing import write_figures, write_figures_of_comparison

__all__ = [
    "Plot",
    "cost_against_loss",
    "coverage_against_troops",
    "coverage_by_sector",
    "forest",
    "forest_of_responses",
    "gates_opened",
    "incidents_against_troops",
    "losses_over_time",
    "response_times",
    "theatre_map",
    "timeline",
    "timeline_of_incidents",
    "write_figures",
    "write_figures_of_comparison",
    "write_map",
]
