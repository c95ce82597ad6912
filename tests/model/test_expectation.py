"""Simulation against mean-value theory (:mod:`sim.expectation`) in the operational scenarios."""

from __future__ import annotations

import numpy as np
import pytest

from sim.expectation import expected_responses
from sim.model import replicate
from sim.responses import measure
from sim.scenario.schema import Scenario
from sim.statistics import mean_interval
from tests.scenarios import shipped

FILLS = ("patrol_fill", "site_guard_fill", "checkpoint_fill", "crossing_fill", "reserve_fill")
CONFIDENCE = 0.999


def simulated(scenario: Scenario, troops: int, n: int) -> dict[tuple[str, str], list[float]]:
    values: dict[tuple[str, str], list[float]] = {}
    for replication in range(n):
        trace = replicate(scenario, next(iter(scenario.policy)), troops=troops, seed=77, replication=replication)
        for sector, response, _, value in measure(scenario, trace).responses:
            values.setdefault((sector, response), []).append(value)
    return values


@pytest.mark.parametrize("troops", [3000, 5000, 10200])
def test_fills_meet_theory(troops: int) -> None:
    """Means over 20 days and 12 replications; leave is planned, not random, so theory may be off by its rounding."""
    scenario = shipped("kfor-gates", experiment__sweep_days=20)
    theory = {key[:2]: key[2] for key in expected_responses(scenario, "gates", troops)}
    values = simulated(scenario, troops, n=12)
    for response in FILLS:
        interval = mean_interval(values["all", response], CONFIDENCE)
        assert abs(interval.mean - theory["all", response]) <= interval.half_width + 0.005, response


@pytest.mark.parametrize("troops", [5000, 20000, 40000])
def test_window_law_nearly_holds_in_operation(troops: int) -> None:
    """Shift starts and varying numbers move patrol coverage by less than 0.015 from the Poisson law."""
    scenario = shipped("kfor-2001", experiment__sweep_days=10)
    theory = {key[:2]: key[2] for key in expected_responses(scenario, "balanced", troops)}
    covered = np.mean(simulated(scenario, troops, n=3)["all", "patrol_coverage"])
    assert covered == pytest.approx(theory["all", "patrol_coverage"], abs=0.015)


@pytest.mark.parametrize("name", ["kfor-2001", "kfor-gates", "lesson"])
def test_expected_fills_never_fall_as_troops_rise(name: str) -> None:
    scenario = shipped(name)
    policy = next(iter(scenario.policy))
    top = 2 * max(scenario.experiment.troops)
    levels = np.linspace(0, top, 41).astype(int).tolist()
    table = [{key[:2]: key[2] for key in expected_responses(scenario, policy, troops)} for troops in levels]
    for response in (*FILLS, "coverage", "patrol_coverage"):
        column = np.array([row["all", response] for row in table])
        assert (np.diff(column) >= -1e-9).all(), response
        assert column[0] == pytest.approx(0.0)
    assert column[-1] > 0.5


def test_systematic_routing_is_expected_to_cover_more() -> None:
    random = expected_responses(shipped("kfor-2001"), "balanced", 10200)
    systematic = expected_responses(shipped("kfor-2001", policy__balanced__routing="systematic"), "balanced", 10200)
    at = {key[:2]: key[2] for key in random}["all", "patrol_coverage"]
    assert {key[:2]: key[2] for key in systematic}["all", "patrol_coverage"] > at


def test_no_demand_is_nan() -> None:
    scenario = shipped("lesson", tasks__checkpoints__n=0)
    values = {key[:2]: key[2] for key in expected_responses(scenario, "two-stages", 300)}
    assert np.isnan(values["all", "checkpoint_fill"])
    assert 0 < values["all", "coverage"] < 1
