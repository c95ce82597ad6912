"""Candidates that are kept as the rate says: Poisson with the rate of a shock, self-exciting with tension (Hawkes)."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.clock import SECOND_PER_HOUR
from sim.statistics import within_interval
from sim.streams import Streams
from sim.theory import hawkes_dispersion, hawkes_mean_rate
from sim.violence.tension import Tension
from tests.violence.world import CONFIDENCE, source_of

Floats = NDArray[np.float64]

BEGINS_H = 60.0
N_SHOCKS = 200


def passed_h(time_h: Floats, lasts_h: float, half_life_h: float) -> Floats:
    """Hours at the height that would have brought as many incidents of the shock up to a time [h]."""
    since_h = np.maximum(0, time_h - BEGINS_H)
    decaying_h = np.maximum(0, since_h - lasts_h)
    tail_h = half_life_h / math.log(2) * (1 - 2 ** -(decaying_h / half_life_h)) if half_life_h > 0 else 0 * since_h
    return np.asarray(np.minimum(since_h, lasts_h) + tail_h)


@functools.cache
def kept_of_shock(half_life_h: float) -> tuple[list[int], list[int], Floats, Floats]:
    """Numbers in the north and the east of each replication; times kept, and times of all candidates [h]."""
    source = source_of({"per_day": 0.0, "shocks.march.half_life_h": half_life_h, "dated.market": None})
    in_north, in_east, kept_h, all_h = list[int](), list[int](), list[float](), list[float]()
    for replication in range(N_SHOCKS):
        streams, sectors = Streams(31, replication), list[int]()
        for one in (candidate for day in range(9) for candidate in source.on_day(day, streams)):
            all_h.append(one.time_s / SECOND_PER_HOUR)
            rate_per_day = source.shock_rate_per_day(one.source, one.sector, one.time_s)
            assert rate_per_day <= one.max_per_day
            if one.luck * one.max_per_day <= rate_per_day:
                sectors.append(one.sector)
                kept_h.append(all_h[-1])
        in_north.append(sectors.count(0))
        in_east.append(sectors.count(4))
        assert len(sectors) == in_north[-1] + in_east[-1]
    return in_north, in_east, np.array(kept_h), np.array(all_h)


@pytest.mark.parametrize("half_life_h", [0.0, 9.0])
def test_a_shock_is_a_poisson_process_of_its_rate(half_life_h: float) -> None:
    """Its number has the integral of its rate as mean and variance; its times, by that integral, are uniform."""
    in_north, in_east, kept_h, all_h = kept_of_shock(half_life_h)
    total_h = float(passed_h(np.array(9 * 24.0), 24.0, half_life_h))
    for counts, per_day in ((in_north, 30), (in_east, 10)):
        mean = per_day / 24 * total_h
        low, high = stats.poisson(mean * N_SHOCKS).interval(CONFIDENCE)
        assert low <= sum(counts) <= high
        assert within_interval((np.array(counts) - mean) ** 2, mean, CONFIDENCE)
    assert abs(np.corrcoef(in_north, in_east)[0, 1]) < stats.norm.ppf((1 + CONFIDENCE) / 2) / math.sqrt(N_SHOCKS)
    rescaled = passed_h(kept_h, 24.0, half_life_h) / total_h
    assert stats.kstest(rescaled, "uniform").pvalue > 1 - CONFIDENCE
    # Neither all candidates nor another rate would do.
    assert stats.kstest(passed_h(all_h, 24.0, half_life_h) / total_h, "uniform").pvalue < 1e-9
    assert stats.kstest(passed_h(kept_h, 20.0, half_life_h) / total_h, "uniform").pvalue < 1e-9


RATIO, HALF_LIFE_DAYS, CAP = 0.4, 0.5, 4.0
N_RUNS, WARM_UP_DAYS, WINDOW_DAYS, N_WINDOWS = 50, 12, 20, 4
PER_DAY = {"north": 4.0, "centre": 2.0, "south": 2.0}


@functools.cache
def counts_of_hawkes(spill: float) -> Floats:
    """Incidents of each run, window and active sector, if each triggers 0.4 further ones."""
    source = source_of(
        {
            "per_day": sum(PER_DAY.values()),
            "sector_weights": PER_DAY,
            "max_tension": CAP,
            "shocks.march": None,
            "dated.market": None,
            "kinds.escort.weight": 0,
        }
    )
    counts = np.zeros((N_RUNS, N_WINDOWS, 5))
    for run in range(N_RUNS):
        streams = Streams(32, run)
        tension = Tension(source.base_per_day, half_life_days=HALF_LIFE_DAYS, spill_share=spill, max_tension=CAP)
        for day in range(WARM_UP_DAYS + N_WINDOWS * WINDOW_DAYS):
            for one in source.on_day(day, streams):
                assert tension.of_sector(one.sector, one.time_s) < CAP
                if one.luck * one.max_per_day <= tension.rate_per_day(one.sector, one.time_s):
                    tension.raise_by(one.sector, RATIO, one.time_s)
                    if day >= WARM_UP_DAYS:
                        counts[run, (day - WARM_UP_DAYS) // WINDOW_DAYS, one.sector] += 1
    assert (counts[..., [2, 4]] == 0).all()
    return np.asarray(counts[..., [0, 1, 3]])


@pytest.mark.parametrize("spill", [0.0, 0.5])
def test_tension_makes_a_hawkes_process(spill: float) -> None:
    """Of the theatre: however much spills over, its incidents are one process with base mu and branching ratio n.

    Its mean rate is mu / (1 - n), and the variance of counts over their mean 1 / (1 - n)^2 in long windows, less what
    a window of 28 decay times leaves out.
    """
    of_window = counts_of_hawkes(spill).sum(axis=2)
    per_day = float(hawkes_mean_rate(sum(PER_DAY.values()), RATIO))
    mean = per_day * WINDOW_DAYS
    assert within_interval(of_window.mean(axis=1), mean, CONFIDENCE)
    decays = WINDOW_DAYS * math.log(2) / HALF_LIFE_DAYS
    dispersion = float(hawkes_dispersion(RATIO, decays))
    assert dispersion == pytest.approx(1 / (1 - RATIO) ** 2, rel=0.05)
    found = ((of_window - mean) ** 2).mean(axis=1) / mean
    assert within_interval(found, dispersion, CONFIDENCE)
    for other in (0.0, 0.2):
        assert not within_interval(found, float(hawkes_dispersion(other, decays)), CONFIDENCE)


@pytest.mark.parametrize("spill", [0.0, 0.5])
def test_what_spills_over_raises_the_other_sectors(spill: float) -> None:
    """The mean rates m of the sectors solve m = mu + n S' m, where S says where what one triggers happens."""
    own, other = RATIO * (1 - spill), RATIO * spill / 2
    branching = np.full((3, 3), other) + (own - other) * np.eye(3)
    rates = np.linalg.solve(np.eye(3) - branching.T, list(PER_DAY.values()))
    assert rates.sum() == pytest.approx(float(hawkes_mean_rate(8, RATIO)))
    means = counts_of_hawkes(spill).mean(axis=1) / WINDOW_DAYS
    for sector, rate in enumerate(rates.tolist()):
        assert within_interval(means[:, sector], rate, CONFIDENCE)
