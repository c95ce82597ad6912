"""Real results, small: the lesson with its drawdown, the gates at two troop levels, the riots with their reserves."""

import datetime as dt

import pytest

from sim.experiment import Results, run
from tests.scenarios import shipped


@pytest.fixture(scope="session")
def lesson() -> Results:
    """Sweep and timeline of one sector."""
    return run(shipped("lesson", experiment__sweep_days=4), replications=3)


@pytest.fixture(scope="session")
def gates() -> Results:
    """Sweep over five sectors; both levels lie between marks of the scenario."""
    settings = {"experiment__sweep_days": 2, "experiment__timeline": False, "horizon__warm_up_h": 24}
    return run(shipped("kfor-gates", experiment__troops=[4500, 10000], **settings), replications=2)


@pytest.fixture(scope="session")
def riots() -> Results:
    """Sweep and timeline with incidents, a shock, and reserves that are called on a day."""
    settings = {"experiment__sweep_days": 20, "horizon__end": dt.date(2004, 5, 20)}
    return run(shipped("kfor-2004-riots", experiment__troops=[1500, 4000, 17500], **settings), replications=3)
