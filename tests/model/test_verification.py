"""The model against theory, each law in a scenario that meets its assumptions, at 99.9 % and untuned seeds.

Patrols run as processes here; that rows of a table give the same is shown in test_executions.py.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sim.model import Execution, layout_of, replicate
from sim.responses import measure
from sim.scenario import load
from sim.scenario.schema import Scenario
from sim.statistics import mean_interval, within_interval
from sim.theory import (
    mean_age_random,
    mean_age_systematic,
    patrols_out,
    window_coverage_random,
    window_coverage_systematic,
)
from sim.trace import Trace

FOLDER = Path(__file__).parents[1] / "verification"
CONFIDENCE = 0.999
N_REPLICATIONS = 20


def run(scenario: Scenario, n: int, seed: int) -> list[Trace]:
    troops = scenario.experiment.troops[0]
    return [
        replicate(scenario, "all", troops=troops, seed=seed, replication=r, execution=Execution.PROCESSES)
        for r in range(n)
    ]


def response(scenario: Scenario, traces: list[Trace], name: str) -> list[float]:
    return [
        next(v for sector, r, _, v in measure(scenario, trace).responses if (sector, r) == ("all", name))
        for trace in traces
    ]


@pytest.fixture(scope="module")
def poisson_traces() -> list[Trace]:
    return run(load(FOLDER / "window-law.toml"), N_REPLICATIONS, seed=101)


@pytest.mark.parametrize("window_h", [6, 24])
def test_random_patrols_meet_the_window_law(poisson_traces: list[Trace], window_h: int) -> None:
    scenario = load(FOLDER / "window-law.toml", settings=[f"coverage.window_h={window_h}"])
    rate_per_h = scenario.tasks.patrols.per_day / scenario.theatre.n_patrol_areas / 24
    law = float(window_coverage_random(rate_per_h, window_h))
    assert 0.1 < law < 0.99
    assert within_interval(response(scenario, poisson_traces, "patrol_coverage"), law, CONFIDENCE)
    weighted = response(scenario, poisson_traces, "patrol_coverage_population")
    assert within_interval(weighted, law, CONFIDENCE)


def test_age_of_random_patrols(poisson_traces: list[Trace]) -> None:
    scenario = load(FOLDER / "window-law.toml")
    rate_per_h = scenario.tasks.patrols.per_day / scenario.theatre.n_patrol_areas / 24
    ages = response(scenario, poisson_traces, "revisit_age_h")
    assert within_interval(ages, float(mean_age_random(rate_per_h)), CONFIDENCE)


def test_patrols_out_are_m_g_inf(poisson_traces: list[Trace]) -> None:
    """Mean and variance of the number out: sampled once a day, far apart beside tours of three to four hours."""
    scenario = load(FOLDER / "window-law.toml")
    layout = layout_of(scenario)
    kind = scenario.tasks.patrols.kinds["tour"]
    ways_km = np.hypot(*(layout.area_km - layout.base_km[0]).T) * scenario.theatre.detour_factor
    mean_duration_h = kind.dwell_min.mean / 60 + 2 * ways_km.mean() / kind.approach_speed_km_h
    mean_out = float(patrols_out(scenario.tasks.patrols.per_day / 24, mean_duration_h))
    instants_s = (np.arange(10, 200) * 24 + 11) * 3600
    out = []
    for trace in poisson_traces:
        departed_s, ended_s = trace.tour_columns("departed_s", "ended_s")
        ended_s = np.where(ended_s < 0, trace.run_length_s, ended_s)
        began = np.searchsorted(np.sort(departed_s), instants_s, side="right")
        ended = np.searchsorted(np.sort(ended_s), instants_s, side="right")
        out.append(began - ended)
    assert within_interval([float(one.mean()) for one in out], mean_out, CONFIDENCE)
    assert within_interval([float(((one - mean_out) ** 2).mean()) for one in out], mean_out, CONFIDENCE)


@pytest.mark.parametrize("window_h", [6, 12, 24])
def test_systematic_patrols_meet_their_law(window_h: int) -> None:
    """No randomness is left, so the law holds to the second, over a whole number of periods of 16 h."""
    scenario = load(FOLDER / "systematic.toml", settings=[f"coverage.window_h={window_h}"])
    period_h = 24 * scenario.theatre.n_patrol_areas / scenario.tasks.patrols.per_day
    assert (24 * scenario.experiment.sweep_days) % period_h == 0
    (trace,) = run(scenario, 1, seed=7)
    law = float(window_coverage_systematic(period_h, window_h))
    assert response(scenario, [trace], "patrol_coverage") == [pytest.approx(law, abs=1e-6)]
    assert response(scenario, [trace], "revisit_age_h") == [
        pytest.approx(float(mean_age_systematic(period_h)), rel=1e-4)
    ]


def test_systematic_is_half_as_old_as_random_at_the_same_rate() -> None:
    systematic = load(FOLDER / "systematic.toml")
    random = load(FOLDER / "window-law.toml", settings=["tasks.patrols.per_day=18"])
    (old,) = response(systematic, run(systematic, 1, seed=3), "revisit_age_h")
    ages = mean_interval(response(random, run(random, 10, seed=3), "revisit_age_h"), CONFIDENCE)
    assert abs(ages.mean - 2 * old) <= ages.half_width


def test_a_biased_router_fails_the_window_law() -> None:
    """The test above can fail: patrols that prefer populous areas miss the uniform law by far."""
    scenario = load(FOLDER / "window-law.toml", settings=['policy.all.routing="by_population"'])
    rate_per_h = scenario.tasks.patrols.per_day / scenario.theatre.n_patrol_areas / 24
    covered = response(scenario, run(scenario, 5, seed=101), "patrol_coverage")
    assert not within_interval(covered, float(window_coverage_random(rate_per_h, 6)), CONFIDENCE)


def test_operational_shift_starts_lower_the_variance_of_patrols_out() -> None:
    """Where the operational scenario departs from M/G/inf: a fixed number of tours a shift varies less than Poisson."""
    poisson = load(FOLDER / "window-law.toml")
    uniform = load(FOLDER / "window-law.toml", settings=['tasks.patrols.departures="uniform"'])
    instants_s = (np.arange(10, 200) * 24 + 11) * 3600

    def variance(scenario: Scenario) -> float:
        counts = []
        for trace in run(scenario, 5, seed=11):
            departed_s, ended_s = trace.tour_columns("departed_s", "ended_s")
            ended_s = np.where(ended_s < 0, trace.run_length_s, ended_s)
            out = np.searchsorted(np.sort(departed_s), instants_s) - np.searchsorted(np.sort(ended_s), instants_s)
            counts.append(out)
        return float(np.var(np.concatenate(counts)))

    assert variance(uniform) < variance(poisson)


def test_layout_is_replaceable() -> None:
    """A notebook may place areas by hand: with all areas at the base, tours are stays and nothing else."""
    scenario = load(FOLDER / "systematic.toml")
    layout = layout_of(scenario)
    at_base = dataclasses.replace(layout, area_km=np.repeat(layout.base_km, len(layout.area_km), axis=0))
    trace = replicate(scenario, "all", troops=9000, seed=1, replication=0, layout=at_base)
    departed_s, ended_s = trace.tour_columns("departed_s", "ended_s")
    done = ended_s >= 0
    assert set((ended_s - departed_s)[done].tolist()) == {15 * 60}
