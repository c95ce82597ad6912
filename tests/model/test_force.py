"""The force: a larger one has the same sections and more, groups are alike, leave is spread, absences are binomial."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.apportion import award_order, sainte_lague
from sim.clock import SECOND_PER_DAY
from sim.contingents import n_sections_of, sections_by_sector, strength_by_contingent
from sim.force import Force, Muster
from sim.model import replicate
from sim.scenario.schema import Scenario, Task
from sim.statistics import within_interval
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


def everyone(scenario: Scenario, strength: int, streams: Streams | None = None) -> Force:
    return Force(scenario, max_strength=strength, strength=strength, streams=streams or Streams(1, 0))


def share_on_leave(scenario: Scenario) -> float:
    return scenario.force.leave_days / scenario.force.leave_cycle_days


def never_relieved(name: str = "kfor-2001", /, **settings: object) -> Scenario:
    """A shipped force without rotations."""
    scenario = shipped(name, **settings)
    contingents = {key: one.model_copy(update={"rotation": None}) for key, one in scenario.contingents.items()}
    return scenario.model_copy(update={"contingents": contingents})


def one_group(**settings: object) -> Scenario:
    """The 2001 force with everybody on duty in every shift, never relieved."""
    return never_relieved(force__n_shift_groups=1, **settings)


def test_sections_by_hand() -> None:
    # 40,000 x 0.85 x 0.75 / 9 = 2833.3; a whole number is not lost to rounding: 450 x 0.75 / 9 = 37.5, 600: 50.
    assert n_sections_of(40_000, KFOR) == 2833
    lesson = shipped("lesson")
    assert [n_sections_of(strength, lesson) for strength in (0, 11, 12, 450, 600)] == [0, 0, 1, 37, 50]
    assert sections_by_sector(450, lesson).tolist() == [37]
    assert strength_by_contingent(450, lesson).tolist() == [300, 150]
    # Claims 300, 150, 100, 60, 50, 43 ...: the first contingent gets a section, the second, and the first two more.
    assert everyone(lesson, 48).names == ("first-001", "second-001", "first-002", "first-003")
    assert n_sections_of(30, shipped("lesson", force__share_on_security_tasks=0.3, force__section_size=3)) == 3


@given(strength=STRENGTHS, more=st.integers(0, 2000))
def test_more_soldiers_never_cost_a_contingent_any(strength: int, more: int) -> None:
    for share_out in (sections_by_sector, strength_by_contingent):
        assert (share_out(strength + more, KFOR) >= share_out(strength, KFOR)).all()
    assert strength_by_contingent(strength, KFOR).sum() == strength
    assert sections_by_sector(strength, KFOR).sum() == n_sections_of(strength, KFOR)


@given(strength=st.integers(0, 50_000))
def test_sections_of_a_sector_are_those_of_its_contingents(strength: int) -> None:
    weights = [one.strength for one in KFOR.contingents.values()]
    by_contingent = sainte_lague(n_sections_of(strength, KFOR), weights).tolist()
    expected = dict.fromkeys(KFOR.theatre.sectors, 0)
    for one, n in zip(KFOR.contingents.values(), by_contingent, strict=True):
        expected[one.sector] += n
    assert sections_by_sector(strength, KFOR).tolist() == list(expected.values())
    named = Counter(name.rsplit("-", 1)[0] for name in everyone(KFOR, strength).names)
    assert [named[key] for key in KFOR.contingents] == by_contingent


@given(low=STRENGTHS, high=STRENGTHS, shift=st.integers(0, 2000), seed=st.integers(0, 5), room=st.booleans())
def test_a_larger_force_has_the_same_sections_and_more(low: int, high: int, shift: int, seed: int, room: bool) -> None:
    """Sector by sector, in every shift, with the same group, leave and absences, however the force is numbered."""
    low, high = min(low, high), max(low, high)
    streams = Streams(seed, 0)
    small = Force(KFOR, max_strength=high if room else low, strength=low, streams=streams)
    large = everyone(KFOR, high, streams)
    assert members(small) <= members(large)
    there, more = (one.muster(shift, shift * SHIFT_S, streams) for one in (small, large))
    for mine, theirs in zip(names(small, there), names(large, more), strict=True):
        assert mine == theirs & members(small)
    for count in ("n_sections", "n_on_duty", "n_on_leave", "n_absent", "n_in_hand_over"):
        assert (getattr(there, count) <= getattr(more, count)).all()


def test_counts_of_a_muster_add_up() -> None:
    force = everyone(KFOR, 40_000)
    streams = Streams(3, 1)
    force.send_out(np.arange(0, len(force.names), 7), np.full(len(force.names[::7]), 10 * SHIFT_S + 1))
    for shift in range(20):
        muster = force.muster(shift, shift * SHIFT_S, streams)
        out = muster.n_on_leave + muster.n_absent + muster.n_in_hand_over + muster.n_still_out
        assert [len(available) for available in muster.available] == (muster.n_on_duty - out).tolist()
        assert muster.n_sections.sum() == n_sections_of(40_000, KFOR)
        assert (muster.n_still_out > 0).all() == (shift <= 10)
        for sector, available in enumerate(muster.available):
            assert set(force.sector[available].tolist()) == {sector}


def test_every_section_is_in_one_shift_group_and_groups_are_alike() -> None:
    force = everyone(never_relieved(force__leave_days=0, force__absence_share=0), 40_000)
    streams = Streams(1, 0)
    on_duty = [set().union(*names(force, force.muster(shift, shift * SHIFT_S, streams))) for shift in range(6)]
    assert on_duty[:3] == on_duty[3:]
    assert sorted(name for group in on_duty[:3] for name in group) == sorted(force.names)


@given(strength=STRENGTHS, room=st.integers(0, 5000), n_groups=st.integers(1, 5))
def test_groups_of_a_sector_differ_by_one_section_at_most_at_every_strength(
    strength: int, room: int, n_groups: int
) -> None:
    scenario = KFOR.model_copy(update={"force": KFOR.force.model_copy(update={"n_shift_groups": n_groups})})
    streams = Streams(1, 0)
    force = Force(scenario, max_strength=strength + room, strength=strength, streams=streams)
    on_duty = np.array([force.muster(shift, shift * SHIFT_S, streams).n_on_duty for shift in range(n_groups)])
    assert (on_duty.max(axis=0) - on_duty.min(axis=0) <= 1).all()
    assert on_duty.sum(axis=0).tolist() == sections_by_sector(strength, scenario).tolist()


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
    share = share_on_leave(scenario)
    days_off = on_leave.sum(axis=0)
    assert (np.abs(days_off - scenario.force.leave_days) <= 1).all()
    assert on_leave.mean() == pytest.approx(share, abs=0.001)
    # One leave a cycle: each section goes and comes back once, the cycle closed.
    assert ((on_leave != np.roll(on_leave, 1, axis=0)).sum(axis=0) == 2).all()


@pytest.mark.parametrize("strength", [1000, 3000, 10_000, 40_000])
def test_leave_is_spread_evenly_over_every_sector_and_shift(strength: int) -> None:
    """In no shift are three sections of a sector too many or too few away; by chance it would be ten of 200."""
    scenario = never_relieved(force__absence_share=0)
    streams = Streams(1, 0)
    force = everyone(scenario, strength, streams)
    for shift in range(0, 540, 7):
        muster = force.muster(shift, shift * SHIFT_S, streams)
        too_many = muster.n_on_leave - muster.n_on_duty * share_on_leave(scenario)
        assert np.abs(too_many).max() < 3, shift


@pytest.mark.parametrize("replication", range(5))
def test_contingents_of_a_sector_do_not_go_on_leave_together(replication: int) -> None:
    """Five sections of a group, a ninth of the cycle on leave each: never two at once, whoever's they are."""
    scenario = never_relieved(force__absence_share=0)
    streams = Streams(6, replication)
    force = everyone(scenario, 1000, streams)
    assert 0.1 < share_on_leave(scenario) < 0.146, "the least gap between five multiples of the golden ratio"
    homes = [{name.rsplit("-", 1)[0] for name in np.array(force.names)[force.sector == one]} for one in range(5)]
    assert min(map(len, homes)) >= 2, "every sector has sections of several contingents"
    seen = np.zeros(5, dtype=bool)
    for shift in range(540):
        muster = force.muster(shift, shift * SHIFT_S, streams)
        small = muster.n_on_duty <= 5
        seen |= small & (muster.n_on_leave == 1)
        assert (muster.n_on_leave[small] <= 1).all(), shift
    assert seen.sum() >= 3


def test_sections_go_on_leave_for_their_share_of_replications() -> None:
    """Leave begins at random: at any one time their share is away, averaged over replications."""
    scenario = never_relieved(force__absence_share=0)
    for strength, shift in itertools.product((500, 3000), (0, 31)):
        shares = []
        for replication in range(300):
            streams = Streams(2, replication)
            muster = everyone(scenario, strength, streams).muster(shift, shift * SHIFT_S, streams)
            shares.append(float(muster.n_on_leave.sum() / muster.n_on_duty.sum()))
        assert within_interval(shares, share_on_leave(scenario)), (strength, shift)


def first_days_of_leave(scenario: Scenario, streams: Streams) -> NDArray[np.int64]:
    """Day of the cycle on which one section of each shift group and sector goes on leave, shape (3, 5)."""
    force, n_days = everyone(scenario, 400, streams), round(scenario.force.leave_cycle_days)
    days = np.empty((3, 5), dtype=np.int64)
    for group in range(3):
        seen = np.zeros((n_days, len(force.names)), dtype=bool)
        for day in range(n_days):
            shift = 3 * day + group
            seen[day, np.concatenate(force.muster(shift, shift * SHIFT_S, streams).available)] = True
        leaves = np.roll(seen, 1, axis=0) & ~seen
        for sector in range(5):
            days[group, sector] = np.argmax(leaves[:, seen.any(axis=0) & (force.sector == sector)][:, 0])
    return days


def test_leave_begins_at_random_in_every_replication_sector_and_group() -> None:
    """Any day of the cycle is as likely as any other, and so is any number of days between two of them."""
    scenario = never_relieved(force__absence_share=0)
    days = np.array([first_days_of_leave(scenario, Streams(4, replication)) for replication in range(12)])
    n_days = round(scenario.force.leave_cycle_days)
    between = [np.diff(days, axis=axis) % n_days for axis in range(3)]
    for found in (days, *between):
        assert stats.kstest((found.ravel() + 0.5) / n_days, "uniform").pvalue > 0.001
    assert days[3].tolist() == first_days_of_leave(scenario, Streams(4, 3)).tolist()


def test_leave_is_the_same_in_every_policy_and_differs_between_replications() -> None:
    scenario = shipped("lesson", experiment__sweep_days=30, force__absence_share=0)
    first = scenario.policy["two-stages"]
    other = first.model_copy(update={"priority": first.priority[::-1], "weight": dict.fromkeys(Task, 1.0)})
    scenario = scenario.model_copy(update={"policy": {"first": first, "other": other}})

    def on_leave(policy: str, replication: int) -> list[int]:
        trace = replicate(scenario, policy, troops=450, seed=3, replication=replication)
        return [int(row.n_on_leave[0]) for row in trace.shifts]

    assert on_leave("first", 0) == on_leave("other", 0)
    assert on_leave("first", 1) == on_leave("other", 1)
    assert on_leave("first", 0) != on_leave("first", 1)


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
    force = everyone(
        never_relieved("lesson", force__n_shift_groups=1, force__leave_days=0, force__absence_share=0), 120
    )
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


@given(
    low=st.integers(0, 30_000),
    withdrawn=st.lists(st.sampled_from(list(KFOR.contingents)), unique=True, max_size=len(KFOR.contingents) - 1),
    shift=st.integers(0, 2000),
)
def test_the_others_share_the_strength_and_stay_the_same(low: int, withdrawn: list[str], shift: int) -> None:
    """Whoever is withdrawn, the others have their usual sections, or more, each with its group, leave and luck."""
    streams = Streams(3, 0)
    plain = everyone(KFOR, low, streams)
    force = Force(KFOR, max_strength=low, strength=low, streams=streams, steps=[(low, withdrawn)])
    before = force.muster(shift, shift * SHIFT_S, streams)
    assert names(force, before) == names(plain, plain.muster(shift, shift * SHIFT_S, streams))
    force.set_strength(low, withdrawn)
    weights = [0 if key in withdrawn else one.strength for key, one in KFOR.contingents.items()]
    by_contingent = sainte_lague(n_sections_of(low, KFOR), weights).tolist()
    named = Counter(name.rsplit("-", 1)[0] for name in members(force))
    assert [named[key] for key in KFOR.contingents] == by_contingent
    stay = {name for name in members(plain) if name.rsplit("-", 1)[0] not in withdrawn}
    assert stay <= members(force)
    after = force.muster(shift, shift * SHIFT_S, streams)
    for mine, usual in zip(names(force, after), names(force, before), strict=True):
        assert mine & stay == usual & stay
    assert strength_by_contingent(low, KFOR, withdrawn).tolist() == sainte_lague(low, weights).tolist()
    assert after.n_sections.tolist() == sections_by_sector(low, KFOR, withdrawn).tolist()


@given(
    strength=st.integers(0, 5000),
    weights=st.lists(st.sampled_from([0, 1, 50, 150, 200, 300, 10_000_000]), min_size=1, max_size=5).filter(any),
)
def test_sections_are_numbered_in_the_order_of_their_award(strength: int, weights: list[int]) -> None:
    lesson = shipped("lesson")
    one = lesson.contingents["first"]
    contingents = {f"c{i}": one.model_copy(update={"strength": weight}) for i, weight in enumerate(weights)}
    scenario = lesson.model_copy(update={"contingents": contingents})
    order = award_order(n_sections_of(strength, scenario), weights).tolist()
    assert [name.rsplit("-", 1)[0] for name in everyone(scenario, strength).names] == [f"c{one}" for one in order]


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
    assert sections_by_sector(0, nobody).tolist() == [0]
    with pytest.raises(ValueError, match="every contingent's strength in the scenario is 0"):
        sections_by_sector(100, nobody)
    with pytest.raises(ValueError, match="withdrawn"):
        sections_by_sector(100, lesson, list(lesson.contingents))
