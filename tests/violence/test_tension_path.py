"""Tension over bins of time against a sum over all incidents, on a grid ten times as fine as a second."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY
from sim.violence.tension import Tension, TensionPath, tension_path

Floats = NDArray[np.float64]

LN2 = math.log(2)
BASE = [2.0, 0.0, 1.0]
HALF_LIFE_S = 60
SPILL, CAP, THRESHOLD = 0.3, 400.0, 90.0
PER_SECOND = 10
Incidents = list[tuple[int, int, float]]
"""Time [s], sector, number triggered."""


def path_of(
    incidents: Incidents,
    edges_s: list[int],
    *,
    base: list[float] = BASE,
    half_life_s: float = HALF_LIFE_S,
    cap: float = CAP,
    threshold: float = THRESHOLD,
) -> TensionPath:
    incidents = sorted(incidents, key=lambda one: one[0])
    return tension_path(
        base,
        np.array([one[0] for one in incidents], dtype=np.int64),
        np.array([one[1] for one in incidents], dtype=np.int64),
        np.array([one[2] for one in incidents], dtype=np.float64),
        np.array(edges_s, dtype=np.int64),
        half_life_days=half_life_s / SECOND_PER_DAY,
        spill_share=SPILL,
        max_tension=cap,
        threshold=threshold,
    )


def levels(incidents: Incidents, time_s: Floats) -> Floats:
    """Tension of the three sectors and the theatre at some times."""
    shares = {0: (0.7, 0, 0.3), 1: (0.15, 0, 0.15), 2: (0.3, 0, 0.7)}
    excited = np.zeros((3, len(time_s)))
    for at_s, sector, n in incidents:
        since = np.where(time_s >= at_s, 2 ** -(np.maximum(0, time_s - at_s) / HALF_LIFE_S), 0)
        excited += np.outer(shares[sector], n * LN2 * SECOND_PER_DAY / HALF_LIFE_S * since)
    return np.vstack([excited[0] / 2, excited[1], excited[2], excited.sum(axis=0) / 3])


def test_by_hand() -> None:
    """One incident at second 60 that triggers 0.5: 360 ln 2 = 249.5 at once in its sector and in the other active."""
    path = path_of([(60, 0, 0.5 / 0.7)], [0, 60, 120, 180])
    height = 0.5 * LN2 * 1440 / 2
    assert path.peak[0] == pytest.approx([0, height, height / 2])
    assert path.integral_s[0] == pytest.approx([0, height * 30 / LN2, height * 15 / LN2])
    assert path.above_s[0] == pytest.approx([0, 60, 60 * math.log2(height / 90) - 60])
    assert (path.integral_s[1] == 0).all()
    assert (path.peak[1] == 0).all()
    assert path.peak[2] == pytest.approx(path.peak[0] * 2 * 0.3 / 0.7)
    assert path.integral_s[3] == pytest.approx((2 * path.integral_s[0] + path.integral_s[2]) / 3)


def test_time_at_the_cap_by_hand() -> None:
    """It falls from three times the cap in log2(3) half-lives, 95 s; next door from 2.57 times, in 82 s."""
    height = 3 * CAP
    path = path_of([(60, 0, height * 2 / (0.7 * LN2 * 1440))], [0, 60, 120, 180])
    assert path.at_cap_s[0] == pytest.approx([0, 60, 60 * (math.log2(3) - 1)])
    other = height * 2 * 0.3 / 0.7
    assert path.at_cap_s[2] == pytest.approx([0, 60, 60 * (math.log2(other / CAP) - 1)])
    assert path.at_cap_s[1].tolist() == [0, 0, 0]
    assert path.at_cap_s[3] == pytest.approx((path.at_cap_s[0] + path.at_cap_s[2]) / 2)


def test_without_incidents_and_without_a_base() -> None:
    for base in (BASE, [0.0, 0.0, 0.0]):
        quiet = path_of([], [0, 50, 200], base=base)
        for values in (quiet.integral_s, quiet.peak, quiet.above_s, quiet.at_cap_s):
            assert values.shape == (4, 2)
            assert (values == 0).all()
    stirred = path_of([(3, 1, 0.5)], [0, 50, 200], base=[0.0, 0.0, 0.0])
    assert (stirred.integral_s == 0).all()


def test_with_a_cap_of_0_it_is_always_at_the_cap() -> None:
    path = path_of([(70, 0, 0.5)], [0, 50, 200], cap=0.0)
    assert path.at_cap_s.tolist() == [[50, 150], [0, 0], [50, 150], [50, 150]]


def test_above_0_from_the_first_incident_on() -> None:
    path = path_of([(70, 0, 0.5)], [0, 50, 200], threshold=0.0)
    assert path.above_s.tolist() == [[0, 130], [0, 0], [0, 130], [0, 130]]


incidents_lists = st.lists(
    st.tuples(st.integers(0, 599), st.integers(0, 2), st.floats(0, 0.95, allow_subnormal=False)), max_size=12
)
edges_lists = st.sets(st.integers(1, 599), max_size=5).map(lambda inner: [0, *sorted(inner), 600])


@given(incidents_lists, edges_lists)
def test_against_a_fine_grid(incidents: Incidents, edges_s: list[int]) -> None:
    path = path_of(incidents, edges_s)
    begins_s = np.arange(600 * PER_SECOND) / PER_SECOND
    at_begin = levels(incidents, begins_s)
    in_middle = levels(incidents, begins_s + 0.5 / PER_SECOND)
    for bin_, (begin_s, end_s) in enumerate(itertools.pairwise(edges_s)):
        mine = slice(begin_s * PER_SECOND, end_s * PER_SECOND)
        assert path.peak[:, bin_] == pytest.approx(at_begin[:, mine].max(axis=1), rel=1e-9, abs=1e-9)
        assert path.integral_s[:, bin_] == pytest.approx(
            in_middle[:, mine].sum(axis=1) / PER_SECOND, rel=1e-6, abs=1e-9
        )
        # Between incidents it falls through a bound once at most, and each time the grid errs by less than a step.
        error_s = (len(incidents) + 1) / PER_SECOND
        above_s = (in_middle[:, mine] > THRESHOLD).sum(axis=1) / PER_SECOND
        assert path.above_s[:, bin_] == pytest.approx(above_s, abs=error_s)
        at_cap_s = (in_middle[:3, mine] >= CAP).sum(axis=1) / PER_SECOND
        assert path.at_cap_s[:3, bin_] == pytest.approx(at_cap_s, abs=error_s)
        assert path.at_cap_s[3, bin_] == pytest.approx((path.at_cap_s[0, bin_] + path.at_cap_s[2, bin_]) / 2)


@given(incidents_lists, edges_lists)
def test_bins_add_up(incidents: Incidents, edges_s: list[int]) -> None:
    fine, whole = path_of(incidents, edges_s), path_of(incidents, [0, 600])
    for name in ("integral_s", "above_s", "at_cap_s"):
        assert getattr(fine, name).sum(axis=1) == pytest.approx(getattr(whole, name)[:, 0], rel=1e-9, abs=1e-6)
    assert fine.peak.max(axis=1) == pytest.approx(whole.peak[:, 0], rel=1e-12)


@given(incidents_lists)
def test_peaks_are_those_of_tension_step_by_step(incidents: Incidents) -> None:
    path = path_of(incidents, [0, 600])
    tension = Tension(BASE, half_life_days=HALF_LIFE_S / SECOND_PER_DAY, spill_share=SPILL, max_tension=CAP)
    peaks = [0.0] * 4
    for at_s, sector, n in sorted(incidents, key=lambda one: one[0]):
        tension.raise_by(sector, n, at_s)
        now = [*(tension.of_sector(one, at_s) for one in range(3)), tension.of_theatre(at_s)]
        peaks = [max(pair) for pair in zip(peaks, now, strict=True)]
    assert path.peak[:, 0] == pytest.approx(peaks, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("half_life_days", [0.01, 7.0, 2000.0])
def test_in_the_end_each_brings_what_it_triggers(half_life_days: float) -> None:
    """Excited rates add up to the numbers triggered, whatever the half-life: here of 1000 incidents in a day."""
    generator = np.random.default_rng(41)
    n_triggered = generator.random(1000) * 0.9
    path = tension_path(
        BASE,
        np.sort(generator.integers(0, SECOND_PER_DAY, 1000)),
        np.where(generator.random(1000) < 0.5, 0, 2),
        n_triggered,
        np.array([0, SECOND_PER_DAY, SECOND_PER_DAY * round(100 * half_life_days + 2)]),
        half_life_days=half_life_days,
        spill_share=SPILL,
        max_tension=CAP,
        threshold=THRESHOLD,
    )
    assert path.integral_s[3].sum() * sum(BASE) / SECOND_PER_DAY == pytest.approx(n_triggered.sum(), rel=1e-9)
