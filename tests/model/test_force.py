"""The force: a larger one has the same sections and more, leave is spread, absences are binomial."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.clock import SECOND_PER_DAY
from sim.force import Force, Muster, n_sections_of, sections_by_contingent, strength_by_contingent
from sim.scenario.schema import Scenario
from sim.streams import Streams
from tests.scenarios import shipped

KFOR = shipped("kfor-2001")
SHIFT_S = 8 * 3600
STRENGTHS = st.integers(0, 60_000)


def names(force: Force, muster: Muster) -> list[set[str]]:
    """Names of the sections available, by sector."""
    return [{force.names[index] for index in available} for available in muster.available]


def members(force: Force) -> set[str]:
    return {force.names[index] for index in np.flatnonzero(force.in_force)}


def everyone(scenario: Scenario, strength: int) -> Force:
    return Force(scenario, max_strength=strength, strength=strength)


def one_group(**settings: object) -> Scenario:
    """The 2001 force with everybody on duty in every shift."""
    return shipped("kfor-2001", force__n_shift_groups=1, **settings)


def test_sections_by_hand() -> None:
    # 40,000 x 0.85 x 0.75 / 9 = 2833.3; a whole number is not lost to rounding: 450 x 0.75 / 9 = 37.5, 600: 50.
    assert n_sections_of(40_000, KFOR) == 2833
    lesson = shipped("lesson")
    assert [n_sections_of(strength, lesson) for strength in (0, 11, 12, 450, 600)] == [0, 0, 1, 37, 50]
    # Sainte-Lague of 37 over 300 and 150: 24.67 and 12.33.
    assert sections_by_contingent(450, lesson).tolist() == [25, 12]
    assert strength_by_contingent(450, lesson).tolist() == [300, 150]
    assert n_sections_of(30, shipped("lesson", force__share_on_security_tasks=0.3, force__section_size=3)) == 3


@given(strength=STRENGTHS, more=st.integers(0, 2000))
def test_more_soldiers_never_cost_a_contingent_any(strength: int, more: int) -> None:
    for share_out in (sections_by_contingent, strength_by_contingent):
        assert (share_out(strength + more, KFOR) >= share_out(strength, KFOR)).all()
    assert strength_by_contingent(strength, KFOR).sum() == strength
    assert sections_by_contingent(strength, KFOR).sum() == n_sections_of(strength, KFOR)


@given(low=STRENGTHS, high=STRENGTHS, shift=st.integers(0, 2000), seed=st.integers(0, 5), room=st.booleans())
def test_a_larger_force_has_the_same_sections_and_more(low: int, high: int, shift: int, seed: int, room: bool) -> None:
    """Sector by sector, in every shift, with the same group, leave and absences, however the force is numbered."""
    low, high = min(low, high), max(low, high)
    small = Force(KFOR, max_strength=high if room else low, strength=low)
    large = everyone(KFOR, high)
    streams = Streams(seed, 0)
    there, more = (one.muster(shift, shift * SHIFT_S, streams) for one in (small, large))
    for mine, theirs in zip(names(small, there), names(large, more), strict=True):
        assert mine == theirs & members(small)
    for count in ("n_sections", "n_on_duty", "n_on_leave", "n_absent"):
        assert (getattr(there, count) <= getattr(more, count)).all()


def test_counts_of_a_muster_add_up() -> None:
    force = everyone(KFOR, 40_000)
    streams = Streams(3, 1)
    force.send_out(np.arange(0, len(force.names), 7), np.full(len(force.names[::7]), 10 * SHIFT_S + 1))
    for shift in range(20):
        muster = force.muster(shift, shift * SHIFT_S, streams)
        out = muster.n_on_leave + muster.n_absent + muster.n_still_out
        assert [len(available) for available in muster.available] == (muster.n_on_duty - out).tolist()
        assert muster.n_sections.sum() == n_sections_of(40_000, KFOR)
        assert (muster.n_still_out > 0).all() == (shift <= 10)
        for sector, available in enumerate(muster.available):
            assert set(force.sector[available].tolist()) == {sector}


def test_every_section_is_in_one_shift_group_and_groups_are_alike() -> None:
    force = everyone(shipped("kfor-2001", force__leave_days=0, force__absence_share=0), 40_000)
    streams = Streams(1, 0)
    on_duty = [set().union(*names(force, force.muster(shift, shift * SHIFT_S, streams))) for shift in range(6)]
    assert on_duty[:3] == on_duty[3:]
    assert sorted(name for group in on_duty[:3] for name in group) == sorted(force.names)
    for contingent in KFOR.contingents:
        sizes = [sum(name.rsplit("-", 1)[0] == contingent for name in group) for group in on_duty[:3]]
        assert max(sizes) - min(sizes) <= 1


def available_by_day(force: Force, days: int) -> NDArray[np.bool_]:
    """Whether each section can be given a task at midnight of each day."""
    streams = Streams(9, 0)
    seen = np.zeros((days, len(force.names)), dtype=bool)
    for day in range(days):
        seen[day, np.concatenate(force.muster(3 * day, day * SECOND_PER_DAY, streams).available)] = True
    return seen


def test_leave_takes_its_share_of_everyones_cycle_in_one_piece_and_of_every_day() -> None:
    scenario = one_group(force__absence_share=0)
    on_leave = ~available_by_day(everyone(scenario, 20_000), days=180)
    share = scenario.force.leave_days / scenario.force.leave_cycle_days
    days_off = on_leave.sum(axis=0)
    assert (np.abs(days_off - scenario.force.leave_days) <= 1).all()
    assert on_leave.mean() == pytest.approx(share, abs=0.001)
    # One leave a cycle: each section goes and comes back once, the cycle closed.
    assert ((on_leave != np.roll(on_leave, 1, axis=0)).sum(axis=0) == 2).all()


def test_leave_is_spread_evenly_over_every_contingent_and_shift() -> None:
    """On no shift are more than three sections of a contingent too many or too few away; by chance it would be ten."""
    scenario = shipped("kfor-2001", force__absence_share=0)
    force, streams = everyone(scenario, 40_000), Streams(1, 0)
    nobody_away = everyone(shipped("kfor-2001", force__absence_share=0, force__leave_days=0), 40_000)
    share = scenario.force.leave_days / scenario.force.leave_cycle_days

    def by_contingent(one: Force, shift: int) -> Counter[str]:
        there = set().union(*names(one, one.muster(shift, shift * SHIFT_S, streams)))
        return Counter(name.rsplit("-", 1)[0] for name in there)

    for shift in range(0, 540, 7):
        there, on_duty = by_contingent(force, shift), by_contingent(nobody_away, shift)
        for contingent, n in on_duty.items():
            assert abs(n - there[contingent] - n * share) < 3, (contingent, shift)


def test_leave_comes_back_after_a_cycle() -> None:
    seen = available_by_day(everyone(one_group(force__absence_share=0, force__leave_cycle_days=30), 5000), days=60)
    assert (seen[:30] == seen[30:]).all()
    assert not seen[:30].all()


def test_absences_are_binomial() -> None:
    """99.9 % intervals for the total and for the variance between shifts."""
    scenario = one_group(force__leave_days=0)
    force, streams = everyone(scenario, 9000), Streams(1234, 0)
    p, n, n_shifts = scenario.force.absence_share, n_sections_of(9000, scenario), 400
    absent = np.array([force.muster(shift, shift * SHIFT_S, streams).n_absent.sum() for shift in range(n_shifts)])
    low, high = stats.binom.interval(0.999, n * n_shifts, p)
    assert low <= absent.sum() <= high
    dispersion = ((absent - n * p) ** 2 / (n * p * (1 - p))).sum()
    low, high = stats.chi2.interval(0.999, n_shifts)
    assert low <= dispersion <= high


def test_absences_of_a_section_are_independent_of_the_next() -> None:
    scenario = one_group(force__leave_days=0, force__absence_share=0.5)
    seen = available_by_day(everyone(scenario, 2000), days=200).astype(float)
    n_pairs = seen[:, 1:].size
    for one, other in ((seen[:, :-1], seen[:, 1:]), (seen[:-1], seen[1:])):
        agree = int((one == other).sum())
        low, high = stats.binom.interval(0.999, one.size, 0.5)
        assert low <= agree <= high
    assert n_pairs > 10_000


def test_those_on_leave_are_not_absent_too() -> None:
    force = everyone(one_group(force__absence_share=1, force__leave_days=90), 9000)
    muster = force.muster(0, 0, Streams(1, 0))
    assert (muster.n_on_leave + muster.n_absent == muster.n_on_duty).all()
    assert (muster.n_on_leave > 0).all()


def test_a_section_still_out_is_not_mustered_until_it_is_free() -> None:
    force = everyone(shipped("lesson", force__n_shift_groups=1, force__leave_days=0, force__absence_share=0), 120)
    streams = Streams(1, 0)
    force.send_out(np.array([2, 5]), np.array([1000, 1001]))
    muster = force.muster(1, 1000, streams)
    assert muster.available[0].tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert muster.n_still_out.tolist() == [1]
    assert force.muster(2, 1001, streams).n_still_out.tolist() == [0]


def test_a_change_of_strength_shows_at_the_next_muster_and_can_be_taken_back() -> None:
    force, streams = everyone(KFOR, 30_000), Streams(4, 0)
    before = force.muster(5, 5 * SHIFT_S, streams)
    all_of_them = members(force)
    force.set_strength(0)
    nobody = force.muster(5, 5 * SHIFT_S, streams)
    assert force.strength == 0
    assert nobody.n_sections.sum() == nobody.n_on_duty.sum() == 0
    assert [len(available) for available in nobody.available] == [0] * 5
    force.set_strength(10_000)
    assert len(members(force)) == n_sections_of(10_000, KFOR)
    assert members(force) < all_of_them
    force.set_strength(30_000)
    after = force.muster(5, 5 * SHIFT_S, streams)
    assert names(force, after) == names(force, before)


def test_a_force_of_nobody() -> None:
    muster = everyone(KFOR, 0).muster(0, 0, Streams(1, 0))
    assert muster.n_on_duty.tolist() == [0] * 5
    assert [len(available) for available in muster.available] == [0] * 5


def test_a_scenario_without_contingents_has_nobody_absent() -> None:
    """A file may leave the table of contingents empty, as long as it asks for no troops."""
    nobody = shipped("lesson").model_copy(update={"contingents": {}})
    assert nobody.force.absence_share > 0
    assert everyone(nobody, 0).muster(0, 0, Streams(1, 0)).n_absent.tolist() == [0]


def test_no_one_to_share_out_over() -> None:
    lesson = shipped("lesson")
    none = {key: one.model_copy(update={"strength": 0}) for key, one in lesson.contingents.items()}
    nobody = lesson.model_copy(update={"contingents": none})
    assert sections_by_contingent(0, nobody).tolist() == [0, 0]
    with pytest.raises(ValueError, match="every contingent's strength in the scenario is 0"):
        sections_by_contingent(100, nobody)
