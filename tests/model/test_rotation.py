"""Rotation: contingents hand over one after another, and nothing but their output changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.clock import SECOND_PER_DAY
from sim.expectation import supply_and_demand
from sim.force import Force, Muster, tours_of_duty
from sim.model import replicate
from sim.scenario.schema import Rotation, Scenario, Task
from sim.statistics import within_interval
from sim.streams import Streams
from tests.scenarios import shipped

SHIFT_S = 8 * 3600
KFOR = shipped("kfor-2001")


def rotating(
    *, tour_days: float = 60, hand_over_days: float = 5, output: float = 0.5, scenario: Scenario = KFOR
) -> Scenario:
    """All contingents in one rotation."""
    one = Rotation(tour_days=tour_days, hand_over_days=hand_over_days, hand_over_output=output)
    contingents = {key: it.model_copy(update={"rotation": "one"}) for key, it in scenario.contingents.items()}
    return scenario.model_copy(update={"rotations": {"one": one}, "contingents": contingents})


def everyone(scenario: Scenario, streams: Streams, strength: int = 40_000) -> Force:
    return Force(scenario, max_strength=strength, strength=strength, streams=streams)


def lost(scenario: Scenario, n_days: int, seed: int = 1, replication: int = 0) -> NDArray[np.int64]:
    """Sections in hand-over at the first shift of each day, by contingent, shape (days, contingents)."""
    streams = Streams(seed, replication)
    force = everyone(scenario, streams)
    before = everyone(scenario.model_copy(update={"rotations": {}, "contingents": never(scenario)}), streams)
    counts = np.zeros((n_days, len(scenario.contingents)), dtype=np.int64)
    for day in range(n_days):
        usual = np.concatenate(before.muster(3 * day, day * SECOND_PER_DAY, streams).available)
        muster = force.muster(3 * day, day * SECOND_PER_DAY, streams)
        gone = np.setdiff1d(usual, np.concatenate(muster.available))
        assert muster.n_in_hand_over.tolist() == np.bincount(force.sector[gone], minlength=5).tolist()
        counts[day] = np.bincount(force.contingent[gone], minlength=len(scenario.contingents))
    return counts


def never(scenario: Scenario) -> dict[str, object]:
    return {key: one.model_copy(update={"rotation": None}) for key, one in scenario.contingents.items()}


def test_tours_of_a_sector_begin_one_after_another() -> None:
    tours = tours_of_duty(rotating())
    of_north = [index for index, one in enumerate(KFOR.contingents.values()) if one.sector == "north"]
    assert tours.begins[of_north].tolist() == [0, 0.2, 0.4, 0.6, 0.8]
    assert set(tours.hand_over_share.tolist()) == {5 / 60}
    some = KFOR.model_copy(update={"contingents": KFOR.contingents | {k: KFOR.contingents[k].model_copy(
        update={"rotation": None}) for k in ("france", "denmark")}})  # fmt: skip
    tours = tours_of_duty(some)
    assert tours.begins[of_north].tolist() == pytest.approx([0, 0, 0, 1 / 3, 2 / 3])
    assert (tours.hand_over_share[of_north] > 0).tolist() == [False, True, False, True, True]


def test_each_contingent_hands_over_once_a_tour_for_its_days_and_never_two_of_a_sector_at_once() -> None:
    scenario = rotating(output=0.0)
    gone = lost(scenario, n_days=120) > 0
    of_sector = [list(KFOR.theatre.sectors).index(one.sector) for one in KFOR.contingents.values()]
    # A contingent of no section on duty and not on leave shows nothing; all have some here.
    assert (np.abs(gone.sum(axis=0) - 10) <= 1).all()
    starts = gone & ~np.roll(gone, 1, axis=0)
    assert starts.sum(axis=0).tolist() == [2] * 25
    for sector in range(5):
        mine = gone[:, [index for index, one in enumerate(of_sector) if one == sector]]
        assert (mine.sum(axis=1) <= 1).all(), sector
        n = mine.shape[1]
        first = np.sort(np.argmax(starts[:60, [i for i, one in enumerate(of_sector) if one == sector]], axis=0))
        gaps = np.diff(first, append=first[0] + 60)
        assert (np.abs(gaps - 60 / n) <= 1).all(), (sector, first)


def test_output_of_nothing_empties_a_contingent_and_of_everything_changes_nothing() -> None:
    streams = Streams(3, 0)
    whole = lost(rotating(output=1.0), n_days=60)
    assert not whole.any()
    force = everyone(rotating(output=0.0), streams)
    for day in range(60):
        muster = force.muster(3 * day, day * SECOND_PER_DAY, streams)
        there = force.contingent[np.concatenate(muster.available)]
        handing_over = 25 - len(set(there.tolist()))
        assert (handing_over > 0) == bool(muster.n_in_hand_over.any())


def test_hand_over_takes_its_share_of_those_who_would_be_there() -> None:
    """Binomial at 99.9 %: of the sections that would be available, 1 - output are not."""
    scenario = rotating(tour_days=30, hand_over_days=30, output=0.7)
    streams = Streams(77, 0)
    force = everyone(scenario, streams)
    musters = [force.muster(shift, shift * SHIFT_S, streams) for shift in range(300)]
    n_lost = sum(int(one.n_in_hand_over.sum()) for one in musters)
    n_there = n_lost + sum(len(available) for one in musters for available in one.available)
    low, high = stats.binom.interval(0.999, n_there, 0.3)
    assert low <= n_lost <= high
    assert n_there > 100_000


def test_nothing_else_moves() -> None:
    """Leave, absences and who is there when no one hands over are those of a force that is never relieved."""
    scenario = rotating(output=0.2)
    streams = Streams(5, 2)
    force = everyone(scenario, streams)
    other = everyone(scenario.model_copy(update={"contingents": never(scenario)}), streams)
    for shift in range(0, 400, 3):
        mine, theirs = (one.muster(shift, shift * SHIFT_S, streams) for one in (force, other))
        for count in ("n_sections", "n_on_duty", "n_on_leave", "n_absent"):
            assert getattr(mine, count).tolist() == getattr(theirs, count).tolist()
        for less, more, n in zip(mine.available, theirs.available, mine.n_in_hand_over.tolist(), strict=True):
            assert set(less.tolist()) <= set(more.tolist())
            assert len(more) - len(less) == n


@given(low=st.integers(0, 40_000), high=st.integers(0, 40_000), shift=st.integers(0, 2000))
def test_a_larger_force_hands_over_at_the_same_times(low: int, high: int, shift: int) -> None:
    low, high = min(low, high), max(low, high)
    scenario, streams = rotating(), Streams(8, 1)

    def there(strength: int) -> tuple[Muster, set[str], set[str]]:
        force = everyone(scenario, streams, strength)
        muster = force.muster(shift, shift * SHIFT_S, streams)
        return muster, {force.names[i] for i in np.concatenate(muster.available)}, set(force.names)

    small, mine, members = there(low)
    large, theirs, _ = there(high)
    assert mine == theirs & members
    assert (small.n_in_hand_over <= large.n_in_hand_over).all()


def test_hand_overs_are_the_same_in_every_policy_and_differ_between_replications() -> None:
    scenario = rotating(scenario=shipped("lesson", experiment__sweep_days=58))
    first = scenario.policy["two-stages"]
    other = first.model_copy(update={"priority": first.priority[::-1], "weight": dict.fromkeys(Task, 1.0)})
    scenario = scenario.model_copy(update={"policy": {"first": first, "other": other}})

    def shares(policy: str, replication: int) -> list[int]:
        trace = replicate(scenario, policy, troops=450, seed=3, replication=replication)
        # Sections out on a tour hide behind hand-over; what is counted before them is the same.
        streams = Streams(3, replication)
        force = everyone(scenario, streams, 450)
        counts = [int(force.muster(n, n * SHIFT_S, streams).n_in_hand_over[0]) for n in range(len(trace.shifts))]
        on_duty = [int(row.n_on_duty[0] - row.n_on_leave[0] - row.n_absent[0]) for row in trace.shifts]
        most = [int(row.allocated[0].sum()) for row in trace.shifts]
        assert all(used <= there - gone for used, there, gone in zip(most, on_duty, counts, strict=True))
        assert sum(counts) > 0
        return counts

    assert shares("first", 0) == shares("other", 0)
    assert shares("first", 0) != shares("first", 1)


def test_a_sector_begins_its_tours_at_random_in_every_replication() -> None:
    scenario = rotating(output=0.0, tour_days=100, hand_over_days=10)
    first = []
    for replication in range(60):
        gone = lost(scenario, n_days=101, seed=2, replication=replication)
        starts = (gone[1:, ::6] > 0) & (gone[:-1, ::6] == 0)
        first.append(np.argmax(starts, axis=0))
    assert stats.kstest((np.ravel(first) + 0.5) / 100, "uniform").pvalue > 0.001


@pytest.mark.parametrize("name", ["kfor-2001", "kfor-gates", "lesson"])
def test_mean_of_sections_available_meets_theory(name: str) -> None:
    """At any one time, averaged over replications at 99.9 %, in every sector of the shipped scenarios."""
    scenario = shipped(name)
    troops = scenario.strength
    expected = [row.n_available for row in supply_and_demand(scenario, troops)]
    counts = []
    for replication in range(400):
        streams = Streams(12, replication)
        force = everyone(scenario, streams, troops)
        day, n_groups = 11, scenario.force.n_shift_groups
        turns = [force.muster(3 * day + n, day * SECOND_PER_DAY, streams) for n in range(n_groups)]
        counts.append([np.mean([len(turn.available[s]) for turn in turns]) for s in range(len(expected) - 1)])
    for sector, mean in enumerate(expected[:-1]):
        assert within_interval([float(row[sector]) for row in counts], mean, 1 - 0.001 / len(expected)), sector
    assert sum(expected[:-1]) == pytest.approx(expected[-1])


def test_a_hand_over_shows_at_shift_changes_and_moves_with_time_only() -> None:
    scenario, streams = rotating(), Streams(1, 0)
    one, other = everyone(scenario, streams), everyone(scenario, streams)
    later = [one.muster(shift, shift * SHIFT_S, streams).n_in_hand_over.tolist() for shift in range(150)]
    order = list(range(150))[::-1]
    back = {shift: other.muster(shift, shift * SHIFT_S, streams).n_in_hand_over.tolist() for shift in order}
    assert later == [back[shift] for shift in range(150)]
    assert (
        other.muster(7, 7 * SHIFT_S, Streams(1, 1)).n_absent.tolist()
        != one.muster(7, 7 * SHIFT_S, streams).n_absent.tolist()
    ), "numbers of one replication are not taken for another's"
