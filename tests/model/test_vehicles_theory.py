"""Queues at checkpoints and crossing points against theory, through the model: manned by troops, measured from a trace.

Intervals are at 99.9 % over replications, at seeds that nobody tuned.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from sim.model import layout_of, replicate
from sim.processes.post import list_posts
from sim.responses.queues import Closing, queue_waits
from sim.responses.traffic import Traffic
from sim.responses.vehicles import QueueSums, VehicleSums, open_times, simulate_vehicles
from sim.scenario import load
from sim.scenario.schema import Scenario, Task
from sim.statistics import paired_difference, within_interval
from sim.streams import Streams
from sim.theory import erlang_c, littles_law_population, mg1_wait, mmc_wait
from sim.trace import Trace

FOLDER = Path(__file__).parents[1] / "verification"
CONFIDENCE = 0.999
N_REPLICATIONS = 60
KINDS = ["checkpoints", "crossing_points"]


@functools.cache
def run(name: str, n: int = N_REPLICATIONS, seed: int = 501) -> tuple[Scenario, list[Trace], list[VehicleSums]]:
    """Replications with bins [0, warm-up, end)."""
    scenario = load(FOLDER / f"{name}.toml")
    troops = scenario.experiment.troops[0]
    traces = [replicate(scenario, "all", troops=troops, seed=seed, replication=r) for r in range(n)]
    edges_s = np.array([0, round(scenario.warm_up_h * 3600), traces[0].run_length_s])
    return (
        scenario,
        traces,
        [
            simulate_vehicles(
                scenario, layout_of(scenario), trace.events, Streams(trace.seed, trace.replication), edges_s
            )
            for trace in traces
        ],
    )


def mean_waits_min(sums: list[VehicleSums], kind: str) -> list[float]:
    of_kind: list[QueueSums] = [getattr(one, kind) for one in sums]
    return [float(one.wait_s[0, 1] / one.checked[0, 1] / 60) for one in of_kind]


@pytest.mark.parametrize("kind", KINDS)
def test_m_m_c(kind: str) -> None:
    _, _, sums = run("vehicles-mmc")
    law_min = 60 * float(mmc_wait(2, 30, 20))
    assert law_min == pytest.approx(3.857, abs=5e-4)
    assert within_interval(mean_waits_min(sums, kind), law_min, CONFIDENCE)
    assert all(getattr(one, kind).checked.sum() >= 0.999 * getattr(one, kind).arrived.sum() for one in sums)


@pytest.mark.parametrize("kind", KINDS)
def test_quantile_of_m_m_c(kind: str) -> None:
    """P(W > t) = C exp(-(c mu - lambda) t); counted waits are rounded down, by half a second on average."""
    _, _, sums = run("vehicles-mmc")
    law_s = 3600 * np.log(float(erlang_c(2, 1.5)) / 0.05) / (2 * 20 - 30)
    found_s = [float(getattr(one, kind).wait_counts.quantile_s(0.95)[-1]) + 0.5 for one in sums]
    assert within_interval(found_s, float(law_s), CONFIDENCE)


@pytest.mark.parametrize("kind", KINDS)
def test_m_g_1(kind: str) -> None:
    _, _, sums = run("vehicles-mg1")
    law_min = 60 * float(mg1_wait(12, 3 / 60, (3 / 60) ** 2))
    assert law_min == pytest.approx(2.25)
    assert within_interval(mean_waits_min(sums, kind), law_min, CONFIDENCE)


def test_another_number_of_lanes_fails_the_law() -> None:
    """The tests above can fail: the same vehicles in three lanes do not wait as in two."""
    scenario = load(FOLDER / "vehicles-mmc.toml", settings=["vehicles.checkpoints.n_lanes=3"])
    _, traces, _ = run("vehicles-mmc")
    edges_s = np.array([0, round(scenario.warm_up_h * 3600), traces[0].run_length_s])
    sums = [
        simulate_vehicles(scenario, layout_of(scenario), trace.events, Streams(trace.seed, trace.replication), edges_s)
        for trace in traces[:5]
    ]
    assert not within_interval(mean_waits_min(sums, "checkpoints"), 60 * float(mmc_wait(2, 30, 20)), CONFIDENCE)
    assert within_interval(mean_waits_min(sums, "checkpoints"), 60 * float(mmc_wait(3, 30, 20)), CONFIDENCE)


def test_littles_law() -> None:
    """The queue's mean length, from when each vehicle joins and leaves it, is the rate times the mean wait."""
    scenario, traces, sums = run("vehicles-mmc")
    assert scenario.vehicles is not None
    assert scenario.vehicles.checkpoints is not None
    posts = [post for post in list_posts(scenario, layout_of(scenario)) if post.task is Task.CHECKPOINTS]
    begin_s, end_s = scenario.warm_up_h * 3600, traces[0].run_length_s
    lengths = []
    for trace in traces:
        traffic = Traffic(scenario.vehicles.checkpoints, Streams(trace.seed, trace.replication), end_s)
        length = 0.0
        for post, times in zip(posts, open_times(posts, trace.events), strict=True):
            joins_s, check_s = traffic.draw(post.key)
            wait_s = queue_waits(
                joins_s, check_s, n_lanes=2, open_times_s=times, closing=Closing.WAVES_THROUGH, end_s=end_s
            )
            leaves_s = np.minimum(joins_s + wait_s, end_s)
            when_s = np.concatenate([joins_s, leaves_s, [begin_s, end_s]])
            step = np.concatenate([np.ones(len(joins_s)), -np.ones(len(leaves_s)), [0, 0]])
            order = np.argsort(when_s, kind="stable")
            when_s, n_queueing = when_s[order], np.cumsum(step[order])[:-1]
            counts = when_s[:-1] >= begin_s
            length += float((n_queueing * np.diff(when_s))[counts].sum()) / (end_s - begin_s)
        lengths.append(length / len(posts))
    waits_h = [wait_min / 60 for wait_min in mean_waits_min(sums, "checkpoints")]
    gap = paired_difference(lengths, [float(littles_law_population(30, wait_h)) for wait_h in waits_h], CONFIDENCE)
    assert abs(gap.mean) <= gap.half_width < 0.03
    assert within_interval(lengths, float(littles_law_population(30, mmc_wait(2, 30, 20))), CONFIDENCE)


def test_a_peak_above_capacity_builds_and_clears() -> None:
    """As a fluid, the queue grows by 500 an hour for an hour and shrinks by 500 an hour for another.

    Vehicles of 08:00 to 09:00 wait from 0 to 30 min, those of the next hour from 30 to 0: 15 min on average in both. In
    all they wait the triangle of 500 vehicles and 2 h, 500 vehicle hours a day; what chance adds to that is of the
    order of the variance of the peak's arrivals over the square of the queue, 1,500 / 500**2. From run to run the mean
    wait of the hour after the peak goes up and down by 1.3 %.
    """
    scenario = load(FOLDER / "vehicles-peak.toml")
    trace = replicate(scenario, "all", troops=scenario.experiment.troops[0], seed=77, replication=0)
    hours_s = np.arange(0, trace.run_length_s + 1, 3600)
    its = simulate_vehicles(
        scenario, layout_of(scenario), trace.events, Streams(trace.seed, trace.replication), hours_s
    ).checkpoints
    by_hour = [of[0].reshape(-1, 24).sum(axis=0) for of in (its.wait_s / 60, its.checked)]
    wait_min = by_hour[0] / by_hour[1]
    assert wait_min[8] == pytest.approx(15, rel=0.02)
    assert wait_min[9] == pytest.approx(15, rel=0.05)
    assert wait_min[[*range(8), *range(11, 24)]].max() < 0.05
    n_posts, n_days = 4, len(hours_s) // 24
    assert its.wait_s.sum() / 3600 / n_posts / n_days == pytest.approx(500, rel=0.03)
