"""Experiments: which replications to run, running them, and the tables of what came out.

A *design point* is a policy at a troop level, or at its own strength over the horizon (a *timeline*). An experiment
runs some replications of each of its design points.
"""

from sim.experiment.points import DesignError, DesignPoint, as_asked, check_layout, design
from sim.experiment.results import Results
from sim.experiment.running import Interrupted, run

__all__ = ["DesignError", "DesignPoint", "Interrupted", "Results", "as_asked", "check_layout", "design", "run"]
