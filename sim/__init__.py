"""peacesim: how few troops can keep a peace, as a discrete-event simulation of NATO's Kosovo Force.

>>> import sim
>>> results = sim.run(sim.load("scenarios/lesson.toml"), replications=5)  # doctest: +SKIP
>>> results.summary()  # doctest: +SKIP

Names are imported when first used, so that `import sim` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sim import animation, expectation, model, plots, report, responses, statistics, teach, theory
    from sim.experiment import (
        Comparison,
        DesignPoint,
        Interrupted,
        MinimumForce,
        Precise,
        Results,
        compare,
        design,
        minimum_force,
        over_days,
        run,
        run_to_precision,
    )
    from sim.experiment.progress import notebook_progress
    from sim.scenario import Policy, Scenario, ScenarioError, load

__all__ = [
    "Comparison",
    "DesignPoint",
    "Interrupted",
    "MinimumForce",
    "Policy",
    "Precise",
    "Results",
    "Scenario",
    "ScenarioError",
    "__version__",
    "animation",
    "compare",
    "design",
    "expectation",
    "load",
    "minimum_force",
    "model",
    "notebook_progress",
    "over_days",
    "plots",
    "report",
    "responses",
    "run",
    "run_to_precision",
    "statistics",
    "teach",
    "theory",
]

_HOME = {
    "Comparison": "sim.experiment",
    "DesignPoint": "sim.experiment",
    "Interrupted": "sim.experiment",
    "MinimumForce": "sim.experiment",
    "Policy": "sim.scenario.schema",
    "Precise": "sim.experiment",
    "Results": "sim.experiment",
    "Scenario": "sim.scenario.schema",
    "ScenarioError": "sim.scenario",
    "compare": "sim.experiment",
    "design": "sim.experiment",
    "load": "sim.scenario",
    "minimum_force": "sim.experiment",
    "notebook_progress": "sim.experiment.progress",
    "over_days": "sim.experiment",
    "run": "sim.experiment",
    "run_to_precision": "sim.experiment",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in __all__:
        return importlib.import_module(f"sim.{name}")
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
