"""Reserves: who they are in the force, and by hand when they are called, come, stay longer, and leave."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from sim.contingents import sections_by_reserve
from sim.force import Force, Muster, caveat_groups
from sim.processes.reserves import ReserveCall, call_reserves, reserve_calls
from sim.scenario.schema import Answering, Call, IncidentKind, Incidents, ReserveForce, Scenario, Task
from sim.statistics import within_interval
from sim.streams import Streams
from sim.trace import EventKind, Trace
from tests.model.unrest import Raises, calm_world, days, empty_trace, happened, stir_up
from tests.scenarios import shipped

KFOR = shipped("kfor-2001")
SECTORS = list(KFOR.theatre.sectors)
SHIFT_S = 8 * 3600
COUNTS = ("n_sections", "n_on_duty", "n_on_leave", "n_absent", "n_in_hand_over", "n_still_out")


def reserve(sector: str = "centre", strength: int = 600, **others: object) -> ReserveForce:
    return ReserveForce.model_validate(
        {"nation": "A", "sector": sector, "strength": strength, "lead_time_days": 3, "stays_days": 10, **others}
    )


def with_reserves(base: Scenario = KFOR, **reserves: ReserveForce) -> Scenario:
    return base.model_copy(update={"reserves": reserves})


def everyone(scenario: Scenario, strength: int = 20_000, seed: int = 1) -> Force:
    return Force(scenario, max_strength=strength, strength=strength, streams=Streams(seed, 0))


def members(force: Force) -> set[str]:
    return {force.names[index] for index in np.flatnonzero(force.in_force)}


def available(force: Force, muster: Muster) -> list[set[str]]:
    return [{force.names[index] for index in its} for its in muster.available]


def test_sections_by_hand() -> None:
    """600 x 0.75 / 9 = 50, all of them in the theatre; 11 soldiers are none, 12 are one."""
    assert (KFOR.force.share_on_security_tasks, KFOR.force.section_size) == (0.75, 9)
    scenario = with_reserves(a=reserve(), b=reserve(strength=11), c=reserve(strength=12, sector="east"))
    assert sections_by_reserve(scenario).tolist() == [50, 0, 1]
    force, plain = everyone(scenario), everyone(KFOR)
    n = len(plain.names)
    assert force.names[:n] == plain.names
    assert force.names[n:] == (*(f"a-{number:03d}" for number in range(1, 51)), "c-001")
    assert force.sector[n:].tolist() == [SECTORS.index("centre")] * 50 + [SECTORS.index("east")]
    assert members(force) == members(plain)


@given(
    strength=st.integers(0, 30_000),
    shift=st.integers(0, 2000),
    theatre_wide=st.booleans(),
    sector=st.sampled_from(SECTORS),
    there=st.booleans(),
)
def test_reserves_change_nothing_for_others(
    strength: int, shift: int, theatre_wide: bool, sector: str, there: bool
) -> None:
    """The force's own sections have the same names, group, leave and luck; away, a reserve is not noticed at all."""
    streams = Streams(2, 0)
    plain = everyone(KFOR, strength, 2)
    force = everyone(with_reserves(r=reserve(sector, theatre_wide=theatre_wide)), strength, 2)
    if there:
        force.bring("r")
    usual, muster = (one.muster(shift, shift * SHIFT_S, streams) for one in (plain, force))
    own = [{name for name in names if not name.startswith("r-")} for names in available(force, muster)]
    assert own == available(plain, usual)
    n_more = {count: (getattr(muster, count) - getattr(usual, count)).tolist() for count in COUNTS}
    is_counted = there and not theatre_wide
    assert n_more["n_sections"] == [50 if is_counted and one == sector else 0 for one in SECTORS]
    assert n_more["n_on_leave"] == n_more["n_in_hand_over"] == n_more["n_still_out"] == [0] * 5
    assert n_more["n_on_duty"][SECTORS.index(sector)] in ((16, 17) if is_counted else (0,))
    for index, its in enumerate(muster.available):
        assert set(force.sector[its].tolist()) <= {index}
    assert bool(len(muster.theatre_reserve)) == (there and theatre_wide)
    assert not set(muster.theatre_reserve.tolist()) & set(np.concatenate(muster.available).tolist())
    assert force.strength == strength


def test_bring_and_send_home() -> None:
    scenario = with_reserves(a=reserve(), b=reserve("east", 120))
    force = everyone(scenario)
    own = members(force)
    force.bring("b")
    assert members(force) - own == {f"b-{number:03d}" for number in range(1, 11)}
    force.bring("b")
    force.set_strength(0)
    assert members(force) == {f"b-{number:03d}" for number in range(1, 11)}
    force.bring("a")
    force.send_home("b")
    force.set_strength(20_000)
    assert len(members(force) - own) == 50
    force.send_home("a")
    assert members(force) == own


def test_a_reserve_takes_turns_and_has_no_leave() -> None:
    """Every section in one of three groups, 17, 17 and 16, and on duty whenever its group is, without absences."""
    scenario = with_reserves(shipped("kfor-2001", force__absence_share=0), r=reserve())
    force, streams = everyone(scenario), Streams(1, 0)
    force.bring("r")
    turns = [set().union(*available(force, force.muster(shift, shift * SHIFT_S, streams))) for shift in range(600)]
    groups = [{name for name in names if name.startswith("r-")} for names in turns]
    assert sorted(map(len, groups[:3])) == [16, 17, 17]
    assert len(set().union(*groups[:3])) == 50
    assert all(group == groups[shift % 3] for shift, group in enumerate(groups))


@pytest.mark.parametrize("theatre_wide", [False, True])
def test_a_reserve_is_absent_at_random_as_others_are(theatre_wide: bool) -> None:
    scenario = with_reserves(r=reserve(strength=3600, theatre_wide=theatre_wide))
    force, streams = everyone(scenario), Streams(77, 0)
    force.bring("r")
    shares = []
    for shift in range(300):
        muster = force.muster(shift, shift * SHIFT_S, streams)
        there = np.concatenate([*muster.available, muster.theatre_reserve])
        shares.append(sum(force.names[index].startswith("r-") for index in there.tolist()) / 100)
    assert within_interval(shares, 1 - scenario.force.absence_share)


def test_a_theatre_wide_section_that_is_out_is_not_mustered() -> None:
    scenario = with_reserves(shipped("kfor-2001", force__absence_share=0), r=reserve(theatre_wide=True))
    force, streams = everyone(scenario), Streams(1, 0)
    force.bring("r")
    mine = np.flatnonzero(force.theatre_wide)
    assert [force.names[index] for index in mine] == [f"r-{number:03d}" for number in range(1, 51)]
    before = force.muster(0, 0, streams).theatre_reserve
    force.free_s[before[:3]] = 3 * SHIFT_S + 1
    assert force.muster(3, 3 * SHIFT_S, streams).theatre_reserve.tolist() == before[3:].tolist()
    force.free_s[before[:3]] = 3 * SHIFT_S
    assert force.muster(3, 3 * SHIFT_S, streams).theatre_reserve.tolist() == before.tolist()


def kind(**others: object) -> IncidentKind:
    quantities = {"weight": 1, "n_sections": 1, "target_min": 10, "burns_out_h": 1, "triggers": 0.1}
    service = {"distribution": "constant", "mean": 30}
    return IncidentKind.model_validate({"at": "area", "service_min": service, **quantities, **others})


def test_caveats_of_reserves_and_of_contingents() -> None:
    """A reserve has caveats as a contingent does: tasks, sectors other than its own, kinds of incident."""
    answering = Answering(speed_km_h=40, reserve_turn_out_min=1, standby_turn_out_min=1, post_turn_out_min=1)
    incidents = Incidents(
        per_day=1,
        sector_weights={"centre": 1},
        max_tension=2,
        tension_half_life_days=1,
        spill_share=0,
        deterrence=0,
        deterrence_half_life_h=1,
        threshold=1,
        answering=answering,
        kinds={"minor": kind(), "riot": kind()},
    )
    scenario = with_reserves(
        a=reserve(will_not_do=[Task.PATROLS], will_not_enter=["north", "centre"]),
        b=reserve("east", will_not_answer=["riot"]),
    )
    key, one = next(iter(scenario.contingents.items()))
    careful = one.model_copy(update={"will_not_answer": ["minor"]})
    contingents = {**scenario.contingents, key: careful}
    scenario = scenario.model_copy(update={"contingents": contingents, "incidents": incidents})
    force = everyone(scenario)
    of = np.array([name.rsplit("-", 1)[0] for name in force.names])
    assert (force.answers(0) == (of != key)).all()
    assert (force.answers(1) == (of != "b")).all()
    assert force.answers(1) is force.answers(1)
    assert (force.enters(SECTORS.index("north")) == (of != "a")).all()
    assert force.enters(SECTORS.index("centre")).all(), "its own sector it may always enter"
    groups = caveat_groups(scenario)
    assert len(groups.of_contingent) == len(scenario.contingents) + 2
    assert not groups.can_do[groups.of_contingent[-2], list(Task).index(Task.PATROLS)]
    assert groups.answers[groups.of_contingent[-1]].tolist() == [True, False]
    assert groups.of_contingent[1] == 0
    assert (force.caveat_group[of == "a"] == groups.of_contingent[-2]).all()


CALLED, ARRIVES, LEAVES = EventKind.RESERVE_CALLED, EventKind.RESERVE_ARRIVES, EventKind.RESERVE_LEAVES


def called(
    calls: list[ReserveCall], raises: Raises, until: float, n_sectors: int = 1, **reserves: ReserveForce
) -> tuple[Trace, list[int]]:
    """What happens by a day, and on which days reserve "r" is there as it ends."""
    env, trace, tension = simpy.Environment(), empty_trace(), calm_world(n_sectors)
    scenario = with_reserves(KFOR, **({"r": reserve()} | reserves))
    force = everyone(scenario, 0)
    env.process(stir_up(env, tension, raises))
    call_reserves(env, calls, scenario.reserves, force, tension, trace)
    there = []
    for day in range(round(until)):
        env.run(until=days(day + 1))
        if any(name.startswith("r-") for name in members(force)):
            there.append(day)
    return trace, there


def test_a_reserve_called_on_a_day_arrives_and_leaves() -> None:
    trace, there = called([ReserveCall("r", called_s=days(5))], [], until=30)
    assert happened(trace) == [
        (5, "RESERVE_CALLED", "r", 600),
        (8, "RESERVE_ARRIVES", "r", 600),
        (18, "RESERVE_LEAVES", "r", 600),
    ]
    assert {event.place for event in trace.events} == {"centre"}
    assert there == list(range(8, 18))


@pytest.mark.parametrize(("second", "leaves"), [(6, 19), (8, 21), (17, 30), (5, 18)])
def test_a_second_call_while_it_is_called_or_there_makes_it_stay_longer(second: int, leaves: int) -> None:
    calls = [ReserveCall("r", called_s=days(second)), ReserveCall("r", called_s=days(5))]
    trace, there = called(calls, [], until=40)
    assert [row[0] for row in happened(trace, CALLED)] == [5, second]
    assert [row[0] for row in happened(trace, ARRIVES)] == [8]
    assert [row[0] for row in happened(trace, LEAVES)] == [leaves]
    assert there == list(range(8, leaves))


def test_one_that_has_left_comes_anew() -> None:
    """Called on the day it leaves it is gone first, and takes its lead time."""
    calls = [ReserveCall("r", called_s=days(5)), ReserveCall("r", called_s=days(18))]
    trace, there = called(calls, [], until=40)
    assert [row[0] for row in happened(trace, ARRIVES)] == [8, 21]
    assert there == [*range(8, 18), *range(21, 31)]


def test_one_without_lead_time_is_there_at_once() -> None:
    trace, there = called(
        [ReserveCall("r", called_s=days(2))], [], until=9, r=reserve(lead_time_days=0, stays_days=0.5)
    )
    assert [row[:2] for row in happened(trace)] == [
        (2, "RESERVE_CALLED"),
        (2, "RESERVE_ARRIVES"),
        (2.5, "RESERVE_LEAVES"),
    ]
    assert there == []


def test_a_reserve_called_by_tension_comes_again_if_it_is_high_after_it_left() -> None:
    """8 on day 3.5 is 5.7 at the next midnight. It is there until day 17; on day 20.9 it is called again."""
    raises = [(3.5, 0, 8.0), (9.0, 0, 50.0), (20.9, 0, 6.0)]
    trace, _ = called([ReserveCall("r", tension_above=5.0)], raises, until=30)
    assert [row[:2] for row in happened(trace)] == [
        (4, "RESERVE_CALLED"),
        (7, "RESERVE_ARRIVES"),
        (17, "RESERVE_LEAVES"),
        (21, "RESERVE_CALLED"),
        (24, "RESERVE_ARRIVES"),
    ]


def test_tension_high_on_the_day_it_leaves_calls_it_again() -> None:
    trace, _ = called([ReserveCall("r", tension_above=5.0)], [(3.5, 0, 8.0), (16.9, 0, 6.0)], until=30)
    assert [row[0] for row in happened(trace, CALLED)] == [4, 17]
    assert [row[0] for row in happened(trace, ARRIVES)] == [7, 20]


@pytest.mark.parametrize(("sector", "comes"), [(0, True), (1, False), (None, False)])
def test_tension_of_a_sector_or_of_the_theatre(sector: int | None, comes: bool) -> None:
    """8 in one of two sectors is 4 in the theatre."""
    call = ReserveCall("r", tension_above=5.0, sector=sector)
    trace, _ = called([call], [(3.99, 0, 8.0)], until=6, n_sectors=2)
    assert bool(happened(trace, CALLED)) == comes


def test_tension_at_the_threshold_calls_nobody() -> None:
    trace, _ = called([ReserveCall("r", tension_above=0.0)], [], until=6)
    assert happened(trace) == []


def test_a_call_by_tension_waits_while_it_is_called_on_a_day() -> None:
    calls = [ReserveCall("r", tension_above=5.0), ReserveCall("r", called_s=days(2))]
    trace, there = called(calls, [(2.5, 0, 100.0), (14.9, 0, 10.0)], until=25)
    assert [row[0] for row in happened(trace, CALLED)] == [2, 15]
    assert there == [*range(5, 15), *range(18, 25)]


def test_reserves_are_called_each_by_itself() -> None:
    calls = [ReserveCall("r", called_s=days(2)), ReserveCall("s", called_s=days(2))]
    trace, there = called(calls, [], until=25, s=reserve("east", lead_time_days=1, stays_days=2))
    assert [row[::2] for row in happened(trace, ARRIVES, LEAVES)] == [(3, "s"), (5, "r"), (5, "s"), (15, "r")]
    assert there == list(range(5, 15))


def test_calls_of_a_file() -> None:
    start = KFOR.horizon.start
    calls = {
        "first": Call(reserve="r", on=start + dt.timedelta(4)),
        "second": Call(reserve="r", tension_above=2.5, sector="north"),
    }
    name, policy = next(iter(KFOR.policy.items()))
    scenario = with_reserves(r=reserve()).model_copy(
        update={"policy": {name: policy.model_copy(update={"calls": calls})}}
    )
    assert reserve_calls(scenario, scenario.policy[name]) == [
        ReserveCall("r", called_s=days(4)),
        ReserveCall("r", tension_above=2.5, sector=SECTORS.index("north")),
    ]
