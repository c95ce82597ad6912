"""Experiments: which replications to run, running them, and the tables of what came out.

A *design point* is a policy at a troop level, or at its own strength over the horizon (a *timeline*). An experiment
runs some replications of each of its design points.
"""

from sim.experiment.comparing import compare
from sim.experiment.comparison import Comparison, Verdict
from sim.experiment.minimum import minimum_force
from sim.experiment.minimum_answer import MinimumForce
from sim.experiment.points import DesignError, DesignPoint, as_asked, check_layout, design
from sim.experiment.precise import Precise, run_to_precision
from sim.experiment.results import Results
from sim.experiment.running import Interrupted, run
from sim.experiment.spell import over_days

__all__ = [
    "Comparison",
    "DesignError",
    "DesignPoint",
    "Interrupted",
    "MinimumForce",
    "Precise",
    "Results",
    "Verdict",
    "as_asked",
    "check_layout",
    "compare",
    "design",
    "minimum_force",
    "over_days",
    "run",
    "run_to_precision",
]
