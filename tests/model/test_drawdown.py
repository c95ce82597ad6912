"""Drawdown: strength changes on its day, shows at the next shift change, and what is out comes home."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import simpy

from sim.contingents import n_sections_of
from sim.force import Force
from sim.model import replicate
from sim.processes.drawdown import WHOLE, Asked, StrengthStep, draw_down, shares_of, strength_steps, unfix
from sim.processes.post import Order, Orders, Post, Posts
from sim.responses import measure
from sim.scenario.errors import ScenarioError
from sim.scenario.schema import Scenario, Task
from sim.streams import Streams
from sim.tasks import TASK_INDEX
from sim.trace import NOT_YET, EventKind, Names, ShiftRow, Trace
from tests.scenarios import shipped

DAY_S = 86_400
START = dt.date(2001, 1, 1)
STAGES = "policy.two-stages.stages"


def drawn_down(first: tuple[int, int], second: tuple[int, int], unfixed_on: int = 8, **settings: object) -> Scenario:
    """Ten days of the lesson valley: (day from 0, strength) of its two stages, day of the old bridge's hand-over."""
    changed: dict[str, object] = {
        "horizon.end": START + dt.timedelta(days=10),
        "horizon.warm_up_h": 0,
        "experiment.sweep_days": 1,
        "policy.two-stages.unfixing.old-bridge": START + dt.timedelta(days=unfixed_on),
    }
    for stage, (day, strength) in (("first", first), ("second", second)):
        on = START + dt.timedelta(days=day)
        changed |= {f"{STAGES}.{stage}.effective_on": on, f"{STAGES}.{stage}.strength": strength}
        changed[f"{STAGES}.{stage}.decided_on"] = on
    return shipped("lesson", **changed, **settings)


def run(scenario: Scenario, seed: int = 8) -> Trace:
    return replicate(scenario, "two-stages", troops=None, seed=seed, replication=0, keeps_roster=True)


def at(trace: Trace, day: float) -> ShiftRow:
    """What the headquarters saw at a shift change."""
    (row,) = [row for row in trace.shifts if row.time_s == round(day * DAY_S)]
    return row


def test_strength_shows_at_the_shift_change_of_its_day() -> None:
    scenario = drawn_down((3, 300), (6, 100))
    trace = run(scenario)
    changes = [event for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES]
    assert [(change.time_s / DAY_S, change.entity, change.value) for change in changes] == [
        (0, "start", 450),
        (3, "First stage", 300),
        (6, "Second stage", 100),
    ]
    for row in trace.shifts:
        strength = 450 if row.time_s < 3 * DAY_S else 300 if row.time_s < 6 * DAY_S else 100
        assert row.n_sections.tolist() == [n_sections_of(strength, scenario)]
    assert len(trace.shifts) == 30


def test_strength_that_changes_within_a_shift_shows_at_the_next() -> None:
    """Shifts of two days: what is decided for day 3 shows on day 4."""
    scenario = drawn_down((3, 0), (7, 450), force__shift_h=48, tasks__patrols__departure_window_h=4)
    trace = run(scenario)
    assert [row.time_s / DAY_S for row in trace.shifts] == [0, 2, 4, 6, 8]
    assert [int(row.n_sections[0]) for row in trace.shifts] == [37, 37, 0, 0, 37]
    unmanned = [event.time_s / DAY_S for event in trace.events if event.kind is EventKind.POST_UNMANNED]
    assert set(unmanned) == {4}


def test_everything_at_one_instant_in_its_turn() -> None:
    """A stage, a hand-over and a shift change at midnight: the allocation sees the first two done."""
    scenario = drawn_down((4, 150), (6, 100), unfixed_on=4, tasks__sites__crew_of={"old-bridge": 9})
    trace = run(scenario)
    rows = [row for row in trace.rows() if row.time_s == 4 * DAY_S]
    kinds = [row.kind for row in rows]
    assert kinds == sorted(kinds)
    assert [kind.name for kind in kinds[:3]] == ["STRENGTH_CHANGES", "SITE_HANDED_OVER", "SHIFT_CHANGES"]
    before, after = at(trace, 4 - 1 / 3), at(trace, 4)
    sites = TASK_INDEX[Task.SITES]
    # Five sites of 2 and one of 9 are 19 soldiers and three sections; without the nine, two.
    assert (before.demand[0, sites], after.demand[0, sites]) == (3, 2)
    assert (int(before.n_sections[0]), int(after.n_sections[0])) == (37, 12)


def test_tours_that_are_out_come_home_after_the_change() -> None:
    """All leave at day 4; who was out is home complete, later, and has no duty afterwards."""
    scenario = drawn_down((4, 0), (6, 0), tasks__patrols__kinds__vehicle__dwell_min__mean=120)
    trace = run(scenario)
    departed_s, ended_s, end_s, depart_s = trace.tour_columns("departed_s", "ended_s", "end_s", "depart_s")
    out = (departed_s < 4 * DAY_S) & (end_s > 4 * DAY_S)
    assert out.sum() >= 2
    assert (ended_s == end_s).all()
    assert (departed_s == depart_s).all()
    assert departed_s.max() < 4 * DAY_S
    area, visit_s = trace.visits()
    assert visit_s.max() > 4 * DAY_S
    assert len(area) == int((trace.tour_columns("visit_s")[0] >= 0).sum())


@pytest.mark.parametrize("day", range(10))
@pytest.mark.parametrize("unfixed_on", [0, 5, 9])
def test_everything_withdrawn_on_any_day_ends_cleanly(day: int, unfixed_on: int) -> None:
    scenario = drawn_down((day, 0), (day + 1, 0), unfixed_on=unfixed_on)
    trace = run(scenario)
    assert len(trace.shifts) == 30
    for row in trace.shifts:
        gone = row.time_s >= day * DAY_S
        assert (row.n_sections.sum() == 0) == gone
        assert not gone or row.allocated.sum() == 0
        assert (row.demand.sum(axis=1) > 0).all(), "the task list stays"
    last = {event.entity: event.kind for event in trace.events if "/" in event.place}
    assert EventKind.POST_MANNED not in last.values()
    assert last["old-bridge"] is EventKind.SITE_HANDED_OVER
    departed_s, ended_s, end_s = trace.tour_columns("departed_s", "ended_s", "end_s")
    assert (departed_s < day * DAY_S).all()
    assert (ended_s == np.where(end_s < trace.run_length_s, end_s, NOT_YET)).all()
    values = {name: value for sector, name, _, value in measure(scenario, trace).responses if sector == "all"}
    # The crossing point, first in priority, is open until the day and not after.
    assert values["crossing_fill"] == pytest.approx(day / 10)


def test_a_force_that_comes_back_mans_its_posts_again() -> None:
    trace = run(drawn_down((3, 0), (5, 450)))
    gate = [(event.time_s / DAY_S, event.kind.name) for event in trace.events if event.entity == "south-gate"]
    assert gate == [(0, "POST_MANNED"), (3, "POST_UNMANNED"), (5, "POST_MANNED")]


def test_stages_and_hand_overs_of_the_past_are_done_at_the_start() -> None:
    scenario = drawn_down((-20, 300), (-10, 200), unfixed_on=-5)
    trace = run(scenario)
    assert [event[:3] for event in trace.events[:4]] == [
        (0, EventKind.STRENGTH_CHANGES, "start"),
        (0, EventKind.STRENGTH_CHANGES, "First stage"),
        (0, EventKind.STRENGTH_CHANGES, "Second stage"),
        (0, EventKind.SITE_HANDED_OVER, "old-bridge"),
    ]
    assert {int(row.n_sections[0]) for row in trace.shifts} == {n_sections_of(200, scenario)}
    assert "old-bridge" not in {event.entity for event in trace.events if event.kind is EventKind.POST_MANNED}


def test_stages_after_the_end_never_happen() -> None:
    trace = run(drawn_down((10, 300), (400, 0), unfixed_on=10))
    assert {event.kind for event in trace.events} <= {
        EventKind.STRENGTH_CHANGES,
        EventKind.POST_MANNED,
        EventKind.POST_UNMANNED,
    }
    assert sum(event.kind is EventKind.STRENGTH_CHANGES for event in trace.events) == 1


@pytest.mark.parametrize(("unfixed_on", "handed_over"), [(-5, ["old-bridge"]), (0, ["old-bridge"]), (1, []), (4, [])])
def test_a_troop_level_stays_as_it_is_on_the_first_day(unfixed_on: int, handed_over: list[str]) -> None:
    """No stages, and no hand-overs but those up to the start: the days of a sweep are alike."""
    scenario = drawn_down((0, 100), (1, 0), unfixed_on=unfixed_on, experiment__sweep_days=6)
    trace = replicate(scenario, "two-stages", troops=450, seed=1, replication=0)
    assert {int(row.n_sections[0]) for row in trace.shifts} == {37}
    assert [event[::2] for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES] == [(0, "start", 450)]
    passed = [(event.time_s, event.entity) for event in trace.events if event.kind is EventKind.SITE_HANDED_OVER]
    assert passed == [(0, key) for key in handed_over]
    sites_kfor = measure(scenario, trace).series["sites_kfor"]
    assert set(sites_kfor.tolist()) == {6.0 - len(handed_over)}


def test_a_site_that_is_not_on_the_task_list_is_handed_over_without_effect_or_refused() -> None:
    """With no site on the list the old bridge is nobody's; the file may be refused, a replication may not fail."""
    try:
        scenario = drawn_down((3, 300), (6, 100), unfixed_on=2, tasks__sites__n=0)
    except ScenarioError as error:
        assert any("old-bridge" in str(fault) for fault in error.faults)  # noqa: PT017
        return
    assert "old-bridge" not in {event.entity for event in run(scenario).events}


def test_steps_are_sorted_by_time() -> None:
    scenario = drawn_down((3, 300), (6, 100))
    policy = scenario.policy["two-stages"]
    back = policy.model_copy(update={"stages": dict(reversed(policy.stages.items()))})
    steps = [StrengthStep("First stage", 3 * DAY_S, 300), StrengthStep("Second stage", 6 * DAY_S, 100)]
    assert strength_steps(scenario, back) == steps


def test_processes_alone() -> None:
    """Each by itself: the force at every step, and orders to the right posts at the right times."""
    env = simpy.Environment()
    trace = Trace(Names(("valley",), (), (), ()), run_length_s=100, policy="", troops=None, seed=0, replication=0)
    force = Force(shipped("lesson"), max_strength=450, strength=450, streams=Streams(0, 0))
    steps = [StrengthStep("a", 10, 300), StrengthStep("b", 10, 200)]
    env.process(draw_down(env, steps, force, Asked(), trace))
    posts = [Post(key, "valley", Task.SITES, 9.0) for key in "xyz"]
    board, orders = Posts(posts, ("valley",), 9.0), [Orders(env) for _ in posts]
    env.process(unfix(env, [(5, "z"), (10, "x")], board, orders))
    seen = []
    for until_s in (5, 6, 10, 11):
        env.run(until=until_s)
        seen.append((force.strength, int(board.demand[0, TASK_INDEX[Task.SITES]]), [len(one) for one in orders]))
    assert seen == [(450, 3, [0, 0, 0]), (450, 2, [0, 0, 1]), (450, 2, [0, 0, 1]), (200, 1, [1, 0, 1])]
    assert orders[0].next().value is Order.HAND_OVER
    assert [event[:3] for event in trace.events] == [
        (10, EventKind.STRENGTH_CHANGES, "a"),
        (10, EventKind.STRENGTH_CHANGES, "b"),
    ]


def test_a_stage_asks_for_a_share_of_the_tasks_until_the_next() -> None:
    env, asked = simpy.Environment(), Asked()
    trace = Trace(Names(("valley",), (), (), ()), run_length_s=100, policy="", troops=None, seed=0, replication=0)
    force = Force(shipped("lesson"), max_strength=450, strength=450, streams=Streams(0, 0))
    fewer = shares_of({Task.CHECKPOINTS: 0.0, Task.PATROLS: 0.5})
    env.process(
        draw_down(env, [StrengthStep("a", 10, 300, asks=fewer), StrengthStep("b", 20, 300)], force, asked, trace)
    )
    seen = []
    for until_s in (10, 11, 20, 21):
        env.run(until=until_s)
        seen.append(tuple(asked.share.tolist()))
    assert fewer == tuple({Task.CHECKPOINTS: 0.0, Task.PATROLS: 0.5}.get(task, 1.0) for task in Task)
    assert seen == [WHOLE, fewer, fewer, WHOLE]
