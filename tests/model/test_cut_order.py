"""The cut order: who leaves first leaves whole, the others keep theirs, and more troops never cost anyone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from sim.apportion import sainte_lague
from sim.clock import SECOND_PER_DAY
from sim.contingents import (
    n_sections_of,
    place_of,
    sections_by_contingent,
    sections_by_sector,
    shared_at,
    strength_by_contingent,
)
from sim.force import Force, number_sections
from sim.processes.drawdown import Asked, StrengthStep, draw_down
from sim.scenario.schema import Scenario
from sim.streams import Streams
from sim.trace import Names, Trace
from tests.scenarios import shipped

KFOR = shipped("kfor-2001")
KEYS = list(KFOR.contingents)
ORDERS = st.lists(st.sampled_from(KEYS), unique=True)
SOME = st.lists(st.sampled_from(KEYS), unique=True, max_size=len(KEYS) - 1)


def lesson(**strengths: int) -> Scenario:
    """The lesson's force with contingents of these strengths; nine soldiers make a section, all on security tasks."""
    scenario = shipped("lesson", force__share_on_security_tasks=1, force__share_in_theatre=1, force__section_size=9)
    one = scenario.contingents["first"]
    contingents = {key: one.model_copy(update={"strength": n}) for key, n in strengths.items()}
    return scenario.model_copy(update={"contingents": contingents})


@pytest.mark.parametrize(
    ("strength", "soldiers", "sections"),
    [
        (900, [450, 270, 180], [50, 30, 20]),
        (1800, [900, 540, 360], [100, 60, 40]),  # above the file: in proportion
        (891, [450, 270, 171], [50, 30, 19]),  # "c" leaves first
        (720, [450, 270, 0], [50, 30, 0]),
        (630, [360, 270, 0], [40, 30, 0]),  # then "a", and only it
        (270, [0, 270, 0], [0, 30, 0]),
        (90, [0, 90, 0], [0, 10, 0]),  # last those that nobody named
        (0, [0, 0, 0], [0, 0, 0]),
    ],
)
def test_by_hand(strength: int, soldiers: list[int], sections: list[int]) -> None:
    scenario = lesson(a=450, b=270, c=180)
    assert strength_by_contingent(strength, scenario, (), ["c", "a"]).tolist() == soldiers
    assert sections_by_contingent(strength, scenario, (), ["c", "a"]).tolist() == sections
    assert sections_by_sector(strength, scenario, (), ["c", "a"]).tolist() == [sum(sections)]


def test_the_others_share_what_is_less_than_theirs() -> None:
    """Without "a" there are 450: 350 is 100 less than "b" and "c" have; 150 and 100 in three is 210 and 140."""
    scenario = lesson(a=450, b=270, c=180)
    assert strength_by_contingent(350, scenario, (), ["a"]).tolist() == [0, 210, 140]
    assert strength_by_contingent(450, scenario, (), ["a"]).tolist() == [0, 270, 180]


def test_a_contingent_that_is_withdrawn_is_not_cut_again() -> None:
    """Without "c" the file has 720; 630 are 90 fewer, all of "b"'s."""
    scenario = lesson(a=450, b=270, c=180)
    assert strength_by_contingent(630, scenario, ["c"], ["c", "b"]).tolist() == [450, 180, 0]
    assert (
        strength_by_contingent(900, scenario, ["c"], ["c", "b"]).tolist() == sainte_lague(900, [450, 270, 0]).tolist()
    )


@given(strength=st.integers(0, 60_000), more=st.integers(0, 2000), withdrawn=SOME, order=ORDERS)
def test_more_soldiers_never_cost_a_contingent_any(
    strength: int, more: int, withdrawn: list[str], order: list[str]
) -> None:
    for share_out in (strength_by_contingent, sections_by_contingent):
        few, many = (share_out(n, KFOR, withdrawn, order) for n in (strength, strength + more))
        assert (many >= few).all()
    assert strength_by_contingent(strength, KFOR, withdrawn, order).sum() == strength
    assert sections_by_contingent(strength, KFOR, withdrawn, order).sum() == n_sections_of(strength, KFOR)


@given(strength=st.integers(0, 60_000), order=ORDERS)
def test_each_leaves_whole_before_the_next_and_others_keep_theirs(strength: int, order: list[str]) -> None:
    soldiers = dict(zip(KEYS, strength_by_contingent(strength, KFOR, (), order).tolist(), strict=True))
    in_file = {key: one.strength for key, one in KFOR.contingents.items()}
    if strength >= KFOR.strength:
        assert all(soldiers[key] >= in_file[key] for key in KEYS)
        return
    cut = [key for key in order if soldiers[key] < in_file[key]]
    assert cut == order[: len(cut)]
    assert all(soldiers[key] == 0 for key in cut[:-1])
    if any(soldiers[key] > 0 for key in order):
        assert all(soldiers[key] == in_file[key] for key in KEYS if key not in cut)


def test_no_order_is_in_proportion() -> None:
    weights = [one.strength for one in KFOR.contingents.values()]
    assert strength_by_contingent(12_345, KFOR).tolist() == sainte_lague(12_345, weights).tolist()


@given(withdrawn=SOME, order=ORDERS)
def test_a_trace_says_who_shares_a_strength(withdrawn: list[str], order: list[str]) -> None:
    place = place_of(withdrawn, order)
    assert shared_at(place) == (tuple(withdrawn), tuple(order))
    assert "/" not in place


def test_where_a_strength_holds() -> None:
    assert place_of([]) == "all"
    assert place_of(["a", "b"]) == "all but a,b"
    assert place_of([], ["c"]) == "all; c leave first"


@given(strength=st.integers(0, 60_000), low=st.integers(0, 60_000), withdrawn=SOME, order=ORDERS)
def test_a_force_follows_the_order(strength: int, low: int, withdrawn: list[str], order: list[str]) -> None:
    most = max(strength, low)
    force = Force(
        KFOR, max_strength=most, strength=strength, streams=Streams(1, 0), steps=[(low, withdrawn)], leaves_first=order
    )
    for now, gone in ((strength, []), (low, withdrawn), (low, [])):
        force.set_strength(now, gone)
        named = Counter(force.names[index].rsplit("-", 1)[0] for index in np.flatnonzero(force.in_force))
        assert [named[key] for key in KEYS] == sections_by_contingent(now, KFOR, gone, order).tolist()
        assert force.place == place_of(gone, order)
        assert shared_at(force.place) == (force.withdrawn, tuple(order))
    assert len(number_sections(low, KFOR, order).sector) == n_sections_of(low, KFOR)


def sections_by_day(steps: list[StrengthStep], order: list[str], n_days: int) -> list[set[str]]:
    """Who is in the force at the end of each day."""
    env = simpy.Environment()
    trace = Trace(Names((), (), (), ()), run_length_s=1, policy="", troops=None, seed=0, replication=0)
    force = Force(
        KFOR,
        max_strength=KFOR.strength,
        strength=KFOR.strength,
        streams=Streams(0, 0),
        steps=[(step.strength, step.withdrawn) for step in steps],
        leaves_first=order,
    )
    env.process(draw_down(env, steps, force, Asked(), trace))
    there = []
    for day in range(1, n_days + 1):
        env.run(until=day * SECOND_PER_DAY)
        there.append({force.names[index] for index in np.flatnonzero(force.in_force)})
    return there


@given(
    falls=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 20_000), st.integers(0, 4)), min_size=1, max_size=4),
    order=ORDERS,
    leaving=SOME,
)
def test_who_only_delays_withdrawal_never_has_fewer_sections_on_any_day(
    falls: list[tuple[int, int, int]], order: list[str], leaving: list[str]
) -> None:
    """The same steps down, each as late or later; without withdrawals nobody is missing either."""
    day, late, strength, early_steps, late_steps = 0, 0, KFOR.strength, [], []
    for number, (days, fewer, delay) in enumerate(falls):
        day, strength = day + days, max(0, strength - fewer)
        late = max(late, day) + delay
        gone = tuple(leaving[:number])
        early_steps.append(StrengthStep(str(number), day * SECOND_PER_DAY, strength, gone))
        late_steps.append(StrengthStep(str(number), late * SECOND_PER_DAY, strength, gone))
    n_days = late + 2
    soon, later = (sections_by_day(steps, order, n_days) for steps in (early_steps, late_steps))
    assert all(len(few) <= len(many) for few, many in zip(soon, later, strict=True))
    if not any(step.withdrawn for step in early_steps):
        assert all(few <= many for few, many in zip(soon, later, strict=True))
