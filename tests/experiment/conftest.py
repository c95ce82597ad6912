"""A scenario small enough to run a replication in some milliseconds."""

from pathlib import Path

import pytest

from sim.scenario import Scenario, load

LESSON = Path(__file__).parents[2] / "scenarios" / "lesson.toml"
SHORT = (
    "experiment.sweep_days=3",
    "experiment.replications=2",
    "experiment.troops=[100, 300]",
    "horizon.warm_up_h=24",
)


@pytest.fixture(scope="session")
def short() -> Scenario:
    """The lesson with three days a troop level."""
    return load(LESSON, settings=SHORT)
