"""Tension by hand, as a plain sum of exponentials, and second by second."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.clock import SECOND_PER_DAY
from sim.violence.tension import Tension, spread_matrix

DAY = SECOND_PER_DAY
LN2 = math.log(2)
HALF_LIFE_S = 60
BASE = [2.0, 0.0, 1.0, 0.5]
SPILL = 0.3

Raises = list[tuple[int, int, float]]
"""Seconds since the one before, sector, number triggered."""


def tension_of(base: list[float], spill: float = 0.0, cap: float = 10.0, half_life_days: float = 1.0) -> Tension:
    return Tension(base, half_life_days=half_life_days, spill_share=spill, max_tension=cap)


def test_one_sector_by_hand() -> None:
    """Half an incident more at a base of 2 a day: 0.5 ln 2 / 2 = 0.1733, and half of that a day later."""
    tension = tension_of([2.0])
    assert tension.of_sector(0, 5 * DAY) == 0
    tension.raise_by(0, 0.5, now_s=DAY)
    found = [tension.of_sector(0, round(day * DAY)) for day in (1, 1.5, 2, 4)]
    assert found == pytest.approx([0.173287, 0.122532, 0.0866434, 0.0216608], rel=1e-5)
    assert tension.rate_per_day(0, DAY) == pytest.approx(2 * 1.173287)
    tension.raise_by(0, 0.25, now_s=2 * DAY)
    assert tension.of_sector(0, 2 * DAY) == pytest.approx(0.173287, rel=1e-5)
    assert tension.of_theatre(3 * DAY) == pytest.approx(0.0866434, rel=1e-5)


def test_several_sectors_by_hand() -> None:
    """Of 0.6 triggered in the first of three, 30 % go to the two others that have a base, half each."""
    tension = tension_of([2.0, 0.0, 1.0, 0.5], SPILL)
    tension.raise_by(0, 0.6, now_s=0)
    excited = [0.42 * LN2, 0, 0.09 * LN2, 0.09 * LN2]
    assert [tension.of_sector(sector, 0) for sector in range(4)] == pytest.approx(
        [excited[0] / 2, 0, excited[2], excited[3] / 0.5]
    )
    assert tension.of_theatre(0) == pytest.approx(0.6 * LN2 / 3.5)
    assert tension.of_theatre(DAY) == pytest.approx(0.3 * LN2 / 3.5)
    assert tension.rate_per_day(1, 0) == 0


def test_where_what_is_triggered_happens() -> None:
    shares = [[0.7, 0, 0.15, 0.15], [0.1, 0, 0.1, 0.1], [0.15, 0, 0.7, 0.15], [0.15, 0, 0.15, 0.7]]
    for row, expected in zip(spread_matrix([2, 0, 1, 0.5], 0.3), shares, strict=True):
        assert row == pytest.approx(expected)
    assert spread_matrix([2, 0], 0.3) == [[1, 0], [0.3, 0]]
    assert spread_matrix([0, 0], 0.3) == [[0, 0], [0, 0]]
    assert spread_matrix([1, 1], 1) == [[0, 1], [1, 0]]


def test_the_rate_stops_at_the_cap_and_tension_does_not() -> None:
    tension = tension_of([1.0], cap=0.5)
    tension.raise_by(0, 0.9, now_s=0)
    assert tension.of_sector(0, 0) == pytest.approx(0.9 * LN2)
    assert tension.rate_per_day(0, 0) == 1.5
    assert tension.rate_per_day(0, DAY) == pytest.approx(1 + 0.45 * LN2)


def test_without_a_base_there_is_never_any_tension() -> None:
    tension = tension_of([0.0, 0.0], SPILL)
    tension.watch(0.0)
    tension.raise_by(0, 0.9, now_s=10)
    assert (tension.of_sector(0, 10), tension.of_theatre(10), tension.rate_per_day(1, 10)) == (0, 0, 0)
    assert tension.below_since_s(0.0, 20) == 0


def test_since_when_it_is_low_by_hand() -> None:
    """From 0.6 ln 2 = 0.4159 down to 0.2 it takes log2(0.4159 / 0.2) = 1.0562 days."""
    tension = tension_of([1.0, 1.0])
    for sector in (0, 1, None):
        tension.watch(0.2, sector)
    assert tension.below_since_s(0.2, 0, 0) == 0
    tension.raise_by(0, 0.6, now_s=DAY)
    reached_s = math.ceil(DAY * (1 + math.log2(0.6 * LN2 / 0.2)))
    assert reached_s == DAY + 91_256
    assert tension.below_since_s(0.2, reached_s - 1, 0) is None
    assert tension.below_since_s(0.2, reached_s, 0) == reached_s
    assert tension.below_since_s(0.2, 9 * DAY, 0) == reached_s
    assert tension.below_since_s(0.2, 9 * DAY, 1) == 0
    assert tension.below_since_s(0.2, DAY + 4856, None) == DAY + 4856  # 0.2079 in the mean, 0.0562 days above
    assert tension.below_since_s(0.2, DAY + 4855, None) is None
    tension.raise_by(0, 0.1, now_s=3 * DAY)  # stays under it
    assert tension.below_since_s(0.2, 9 * DAY, 0) == reached_s
    tension.watch(0.2, 0)  # a second who asks does not make it forget
    assert tension.below_since_s(0.2, 9 * DAY, 0) == reached_s


def test_tension_never_falls_to_nothing() -> None:
    tension = tension_of([1.0])
    tension.watch(0.0)
    assert tension.below_since_s(0.0, 100) == 0
    tension.raise_by(0, 0.1, now_s=200)
    assert tension.below_since_s(0.0, 10_000 * DAY) is None


raises = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), st.floats(0, 0.9)), max_size=8)


def at_once(given_raises: Raises) -> list[tuple[int, int, float]]:
    """Raises with their time [s] instead of the time since the one before."""
    times = itertools.accumulate(gap for gap, _, _ in given_raises)
    return [(time_s, sector, n) for time_s, (_, sector, n) in zip(times, given_raises, strict=True)]


def by_hand(given_raises: Raises, sector: int | None, time_s: int) -> float:
    """Tension as the sum over all raises up to a time, with a half-life of a minute."""
    active = [one for one, base in enumerate(BASE) if base > 0]
    wanted, excited = active if sector is None else [sector], 0.0
    for at_s, source, n in at_once(given_raises):
        for one in wanted:
            if at_s > time_s or BASE[one] == 0:
                continue
            share = 1 - SPILL if one == source else SPILL / len([other for other in active if other != source])
            excited += share * n * LN2 * DAY / HALF_LIFE_S * 2 ** -((time_s - at_s) / HALF_LIFE_S)
    base = math.fsum(BASE) if sector is None else BASE[sector]
    return excited / base if base > 0 else 0.0


@given(raises, st.sampled_from([0, 1, 2, 3, None]), st.integers(0, 400))
def test_tension_is_a_sum_of_exponentials(given_raises: Raises, sector: int | None, later_s: int) -> None:
    tension, now_s = tension_of(BASE, SPILL, half_life_days=HALF_LIFE_S / DAY), 0
    for now_s, source, n in at_once(given_raises):
        tension.raise_by(source, n, now_s)
    found = tension.of_theatre(now_s + later_s) if sector is None else tension.of_sector(sector, now_s + later_s)
    assert found == pytest.approx(by_hand(given_raises, sector, now_s + later_s), rel=1e-9, abs=1e-12)


@given(raises, st.sampled_from([0, 1, 2, 3, None]), st.floats(1, 2000), st.integers(0, 600))
def test_since_when_it_is_low_second_by_second(
    given_raises: Raises, sector: int | None, threshold: float, later_s: int
) -> None:
    """It jumps at whole seconds and falls in between: above in a second means above at its beginning."""
    tension, now_s = tension_of(BASE, SPILL, half_life_days=HALF_LIFE_S / DAY), 0
    tension.watch(threshold, sector)
    for now_s, source, n in at_once(given_raises):
        tension.raise_by(source, n, now_s)
    now_s += later_s
    grid = [by_hand(given_raises, sector, time_s) for time_s in range(now_s + 1)]
    assume(all(abs(one / threshold - 1) > 1e-9 for one in grid))
    above = [time_s for time_s, one in enumerate(grid) if one > threshold]
    expected = None if grid[-1] > threshold else above[-1] + 1 if above else 0
    assert tension.below_since_s(threshold, now_s, sector) == expected
