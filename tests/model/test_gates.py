"""Gates by hand: reviews on their days, calm for long enough, approval, steps in order and taken back; sites too."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import simpy

from sim.contingents import place_of
from sim.force import Force
from sim.processes.drawdown import WHOLE, Asked, StrengthStep, draw_down, shares_of
from sim.processes.gates import (
    Calm,
    GateStep,
    Unfixing,
    gate_steps,
    review_gates,
    strengths_to_come,
    unfix_when,
    unfixing_rule,
)
from sim.processes.post import Order, Orders, Post, Posts
from sim.scenario.schema import Gate, Scenario, Task, UnfixingRule
from sim.streams import Streams
from sim.trace import EventKind, Trace
from tests.model.unrest import Raises, calm_world, days, empty_trace, happened, stir_up
from tests.scenarios import shipped

LESSON = shipped("lesson")
REVIEWED, OPENS, REVERSED = EventKind.GATE_REVIEWED, EventKind.GATE_OPENS, EventKind.GATE_REVERSED
GATE = GateStep(
    key="one",
    name="Gate One",
    place="all",
    strength=300,
    earliest_s=days(10),
    every_s=days(5),
    calm=Calm(1.5, days(3)),
    approval_s=days(2),
)
TWO = dataclasses.replace(GATE, key="two", name="Gate Two", strength=200, approval_s=0)
ONE_THAT_REVERSES = dataclasses.replace(GATE, approval_s=0, reverses_above=2.0, reversal_s=days(1))


def reviewed(
    steps: list[GateStep],
    raises: Raises,
    until: float,
    stages: list[StrengthStep] | None = None,
    n_sectors: int = 1,
) -> tuple[Trace, Force, Asked]:
    """What happens to gates by a day when tension is raised by hand; 450 soldiers at the start."""
    env, trace, asked, tension = simpy.Environment(), empty_trace(), Asked(), calm_world(n_sectors)
    stages = stages or []
    most, others = strengths_to_come(450, stages, steps)
    force = Force(LESSON, max_strength=most, strength=450, streams=Streams(0, 0), steps=others)
    env.process(stir_up(env, tension, raises))
    env.process(review_gates(env, steps, force, asked, tension, trace))
    env.process(draw_down(env, stages, force, asked, trace))
    env.run(until=days(until) + 1)
    return trace, force, asked


def test_a_gate_opens_once_it_has_been_calm_for_long_enough() -> None:
    """Tension 4 on day 8 is 1.5 on day 9.415: on day 10 calm for too short a time, on day 15 for long enough."""
    trace, force, _ = reviewed([GATE], [(8, 0, 4.0)], until=60)
    assert happened(trace) == [
        (10, "GATE_REVIEWED", "one", pytest.approx(1.0)),
        (15, "GATE_REVIEWED", "one", pytest.approx(2**-5)),
        (17, "STRENGTH_CHANGES", "Gate One", 300),
        (17, "GATE_OPENS", "one", 300),
    ]
    assert [event.time_s for event in trace.events] == [days(day) for day in (10, 15, 17, 17)]
    assert [event.place for event in trace.events] == ["all/calm-too-short", "all/decided", "all", "all"]
    assert force.strength == 300


@pytest.mark.parametrize(("raised_on", "opens_on"), [(11.5, 17), (11.6, 22), (16.9, 17), (9.9, 17)])
def test_so_long_is_counted_to_the_second_and_a_decision_stands(raised_on: float, opens_on: int) -> None:
    """1.5 again 0.415 days after tension 2: three days before day 15 if raised by day 11.585, whatever comes later."""
    gate = dataclasses.replace(GATE, earliest_s=days(15))
    trace, _, _ = reviewed([gate], [(raised_on, 0, 2.0)], until=40)
    assert [row[0] for row in happened(trace, OPENS)] == [opens_on]


def test_a_review_tells_what_keeps_a_gate_shut() -> None:
    """Tension 8 on day 9.5 is 5.7 on day 10, and 1.5 on day 11.9; 16 on day 14 is 1.5 on day 17.4."""
    never_approved = dataclasses.replace(GATE, approved_s=None)
    trace, _, _ = reviewed([never_approved], [(9.5, 0, 8.0), (14, 0, 16.0)], until=25)
    assert [(event.time_s / days(1), event.place) for event in trace.events] == [
        (10, "all/too-tense"),
        (15, "all/too-tense"),
        (20, "all/calm-too-short"),
        (25, "all/not-approved"),
    ]


def test_before_the_run_it_was_calm() -> None:
    gate = dataclasses.replace(GATE, earliest_s=days(0), calm=Calm(0.001, days(365)), approval_s=0)
    trace, _, _ = reviewed([gate], [], until=5)
    assert [row[:2] for row in happened(trace)] == [(0, "GATE_REVIEWED"), (0, "STRENGTH_CHANGES"), (0, "GATE_OPENS")]


@pytest.mark.parametrize(("earliest", "first"), [(-12, 3), (-10, 0), (-1, 4), (7, 7)])
def test_reviews_of_the_past_are_over(earliest: int, first: int) -> None:
    """Every five days from the earliest on, those before the run left out."""
    gate = dataclasses.replace(GATE, earliest_s=days(earliest), approved_s=None)
    trace, _, _ = reviewed([gate], [], until=20)
    assert [row[0] for row in happened(trace)] == list(range(first, 21, 5))


@pytest.mark.parametrize(("approved", "opens_on"), [(-5.0, 12), (12.0, 12), (13.0, 13), (40.0, 40), (None, None)])
def test_a_gate_that_needs_approval(approved: float | None, opens_on: float | None) -> None:
    gate = dataclasses.replace(GATE, approved_s=None if approved is None else days(approved))
    trace, force, _ = reviewed([gate], [], until=50)
    assert [row[0] for row in happened(trace, OPENS)] == ([] if opens_on is None else [opens_on])
    assert [row[0] for row in happened(trace, REVIEWED)] == (list(range(10, 51, 5)) if opens_on is None else [10])
    findings = {event.place for event in trace.events if event.kind is REVIEWED}
    assert findings == {"all/not-approved" if opens_on is None else "all/decided"}
    assert force.strength == (450 if opens_on is None else 300)


def test_gates_are_taken_in_their_order() -> None:
    """The second would have been reviewed since day 4, but waits for the first: its next day after 12 is 14."""
    second = dataclasses.replace(TWO, earliest_s=days(4))
    trace, force, _ = reviewed([GATE, second], [], until=30)
    assert [row[:3] for row in happened(trace, REVIEWED, OPENS)] == [
        (10, "GATE_REVIEWED", "one"),
        (12, "GATE_OPENS", "one"),
        (14, "GATE_REVIEWED", "two"),
        (14, "GATE_OPENS", "two"),
    ]
    assert force.strength == 200


def test_two_steps_are_not_taken_at_one_review() -> None:
    first = dataclasses.replace(GATE, approval_s=0)
    trace, _, _ = reviewed([first, TWO], [], until=30)
    assert [(row[0], row[2]) for row in happened(trace, OPENS)] == [(10, "one"), (15, "two")]


def test_a_step_is_taken_back_when_tension_is_high_and_taken_again() -> None:
    """16 on day 14.5 is 11.3 on day 15, and 1.5 on day 17.915: on day 20 calm for too short a time, on day 25 not."""
    trace, force, asked = reviewed([ONE_THAT_REVERSES], [(14.5, 0, 16.0)], until=31)
    assert [row[:2] for row in happened(trace, REVIEWED, OPENS, REVERSED)] == [
        (10, "GATE_REVIEWED"),
        (10, "GATE_OPENS"),
        (15, "GATE_REVIEWED"),
        (16, "GATE_REVERSED"),
        (20, "GATE_REVIEWED"),
        (25, "GATE_REVIEWED"),
        (25, "GATE_OPENS"),
        (30, "GATE_REVIEWED"),
    ]
    findings = [event.place.removeprefix("all/") for event in trace.events if event.kind is REVIEWED]
    assert findings == ["decided", "to-be-reversed", "calm-too-short", "decided", "stays-open"]
    assert [row[0::3] for row in happened(trace, REVERSED)] == [(16, 450)]
    changes = happened(trace, EventKind.STRENGTH_CHANGES)
    names = ("Gate One", "Gate One taken back", "Gate One")
    steps = zip((10, 16, 25), names, (300, 450, 300), strict=True)
    assert changes == [(day, "STRENGTH_CHANGES", name, n) for day, name, n in steps]
    assert happened(trace, REVIEWED)[1][3] == pytest.approx(16 * 2**-0.5)
    assert (force.strength, tuple(asked.share.tolist())) == (300, WHOLE)


def test_tension_that_is_not_higher_reverses_nothing() -> None:
    trace, _, _ = reviewed([ONE_THAT_REVERSES], [(14.5, 0, 2.8)], until=20)
    assert happened(trace, REVERSED) == []


def test_with_a_gate_all_later_ones_are_taken_back_and_reviewed_anew() -> None:
    second = dataclasses.replace(TWO, asks=shares_of({Task.PATROLS: 0.5}))
    first = dataclasses.replace(ONE_THAT_REVERSES, asks=shares_of({Task.PATROLS: 0.7}))
    trace, force, asked = reviewed([first, second], [(19.5, 0, 16.0)], until=24)
    assert [(row[0], row[2]) for row in happened(trace, OPENS)] == [(10, "one"), (15, "two")]
    assert happened(trace, REVERSED) == [(21, "GATE_REVERSED", "two", 300), (21, "GATE_REVERSED", "one", 450)]
    assert happened(trace, EventKind.STRENGTH_CHANGES)[-1] == (21, "STRENGTH_CHANGES", "Gate One taken back", 450)
    assert (force.strength, tuple(asked.share.tolist())) == (450, WHOLE)
    trace, _, asked = reviewed([first, second], [(19.5, 0, 16.0)], until=36)
    assert [(row[0], row[2]) for row in happened(trace, OPENS)][2:] == [(30, "one"), (35, "two")]
    assert asked.share.tolist() == [0.5 if task is Task.PATROLS else 1.0 for task in Task]


def test_a_decided_gate_is_called_off_when_the_one_before_is_taken_back() -> None:
    second = dataclasses.replace(TWO, approval_s=days(7))
    trace, _, _ = reviewed([ONE_THAT_REVERSES, second], [(19.5, 0, 16.0)], until=26)
    assert [(row[0], row[2]) for row in happened(trace, REVIEWED)] == [
        (10, "one"),
        (15, "one"),
        (15, "two"),
        (20, "one"),
        (25, "one"),
    ]
    assert [(row[0], row[2]) for row in happened(trace, OPENS)] == [(10, "one")]


def test_a_gate_looks_at_its_sector_alone() -> None:
    """Tension 100 in one of two sectors is 50 in the theatre."""
    gates = {sector: dataclasses.replace(GATE, calm=Calm(1.5, 0, sector)) for sector in (0, 1, None)}
    raised = {
        sector: happened(reviewed([gate], [(9.999, 0, 100.0)], until=10, n_sectors=2)[0], REVIEWED)[0][3]
        for sector, gate in gates.items()
    }
    assert raised == {0: pytest.approx(100, rel=1e-3), 1: 0.0, None: pytest.approx(50, rel=1e-3)}
    opened = [
        bool(happened(reviewed([gate], [(9.999, 0, 100.0)], until=14, n_sectors=2)[0], OPENS))
        for gate in gates.values()
    ]
    assert opened == [False, True, False]


def test_who_is_withdrawn_by_a_stage_stays_away_at_a_gate() -> None:
    stage = StrengthStep("stage", days(10), 400, ("first",), shares_of({Task.SITES: 0.5}))
    gate = dataclasses.replace(ONE_THAT_REVERSES, asks=shares_of({Task.SITES: 0.2}))
    trace, force, asked = reviewed([gate], [(14.5, 0, 16.0)], until=18, stages=[stage])
    places = [event.place for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES]
    assert places == [place_of(["first"])] * 3
    assert (force.strength, force.withdrawn) == (400, ("first",)), "the stage's, taken before the gate of that day"
    assert asked.share.tolist() == [0.5 if task is Task.SITES else 1.0 for task in Task]


def test_strengths_to_come() -> None:
    stages = [StrengthStep("a", 0, 400), StrengthStep("b", 9, 500, ("first",)), StrengthStep("c", 10, 600)]
    assert strengths_to_come(450, stages, []) == (600, [(500, ("first",))])
    assert strengths_to_come(450, stages[:2], []) == (450, [(500, ("first",))])
    larger = dataclasses.replace(GATE, strength=550)
    assert strengths_to_come(450, stages[:2], [larger]) == (550, [(550, ("first",))])
    assert strengths_to_come(700, stages[:2], [larger]) == (700, [(550, ("first",))])
    back = dataclasses.replace(larger, reverses_above=1.0)
    assert strengths_to_come(700, stages[:2], [back]) == (700, [(700, ("first",))])


def with_gates() -> Scenario:
    """The lesson with two gates and a rule for sites."""
    start = LESSON.horizon.start
    common = {"review_every_days": 7, "tension_below": 1.5, "for_days": 2.5, "approval_delay_days": 0.5}
    gates = {
        "one": Gate.model_validate(
            {**common, "name": "Gate One", "strength": 300, "earliest": start + dt.timedelta(2), "automatic": True}
        ),
        "two": Gate.model_validate(
            {
                **common,
                "name": "Gate Two",
                "strength": 200,
                "earliest": start - dt.timedelta(2),
                "automatic": False,
                "approved_on": start + dt.timedelta(9),
                "sector": "valley",
                "reverses_above": 3.0,
                "reversal_delay_days": 1.5,
                "asks": {Task.PATROLS: 0.5},
            }
        ),
        "three": Gate.model_validate(
            {**common, "name": "Gate Three", "strength": 0, "earliest": start, "automatic": False}
        ),
    }
    rule = UnfixingRule(sites=["x", "y"], earliest=start + dt.timedelta(3), tension_below=0.5, for_days=1, days_apart=2)
    changed = LESSON.policy["two-stages"].model_copy(update={"gates": gates, "unfixing_when": rule})
    return LESSON.model_copy(update={"policy": {"two-stages": changed}})


def test_gates_of_a_file() -> None:
    scenario = with_gates()
    one, two, three = gate_steps(scenario, scenario.policy["two-stages"])
    calm = Calm(1.5, days(2.5))
    assert one == GateStep("one", "Gate One", "all", 300, days(2), days(7), calm, days(0.5), 0)
    assert two == GateStep(
        key="two",
        name="Gate Two",
        place="valley",
        strength=200,
        earliest_s=days(-2),
        every_s=days(7),
        calm=dataclasses.replace(calm, sector=0),
        approval_s=days(0.5),
        approved_s=days(9),
        reverses_above=3.0,
        reversal_s=days(1.5),
        asks=shares_of({Task.PATROLS: 0.5}),
    )
    assert three.approved_s is None


def handed_over(rule: Unfixing, raises: Raises, until: int) -> list[tuple[int, str]]:
    """Day and site of each hand-over, seen at the end of every day."""
    env, tension = simpy.Environment(), calm_world()
    posts = [Post(key, "valley", Task.SITES, 9.0) for key in "xyz"]
    board, orders = Posts(posts, ("valley",), 9.0), [Orders(env) for _ in posts]
    env.process(stir_up(env, tension, raises))
    env.process(unfix_when(env, rule, board, orders, tension))
    seen: list[tuple[int, str]] = []
    for day in range(until):
        env.run(until=days(day) + 1)
        passed = {post.key for post, one in zip(posts, orders, strict=True) if len(one)}
        seen += [(day, key) for key in sorted(passed - {key for _, key in seen})]
    assert all(one.next().value is Order.HAND_OVER for one in orders if len(one))
    return seen


RULE = Unfixing(("z", "x", "y"), earliest_s=days(3), apart_s=days(2.5), calm=Calm(1.5, days(1)), n_at_most=9)


def test_sites_are_handed_over_one_by_one_at_midnight() -> None:
    assert handed_over(RULE, [], until=20) == [(3, "z"), (6, "x"), (9, "y")]


def test_no_more_sites_than_the_police_have_room_for() -> None:
    assert handed_over(dataclasses.replace(RULE, n_at_most=2), [], until=20) == [(3, "z"), (6, "x")]
    assert handed_over(dataclasses.replace(RULE, n_at_most=0), [], until=20) == []


def test_sites_are_handed_over_only_while_it_is_calm() -> None:
    """Tension 4 on day 5.2 is 1.5 on day 6.615, calm for a day on 7.615: the second site passes on day 8."""
    assert handed_over(RULE, [(5.2, 0, 4.0)], until=20) == [(3, "z"), (8, "x"), (11, "y")]


def test_sites_of_the_past_are_handed_over_at_the_start() -> None:
    rule = dataclasses.replace(RULE, earliest_s=days(-30), apart_s=days(1))
    assert handed_over(rule, [], until=5) == [(0, "z"), (1, "x"), (2, "y")]


def test_room_with_the_police_is_kept_for_sites_handed_over_by_date() -> None:
    scenario = with_gates()
    policy = scenario.policy["two-stages"]
    rule = unfixing_rule(scenario, policy)
    n_by_date = sum(day < scenario.horizon.end for day in policy.unfixing.values())
    assert n_by_date > 0
    n_left = max(0, scenario.police.capacity_sites - n_by_date)
    assert rule == Unfixing(("x", "y"), days(3), days(2), Calm(0.5, days(1)), n_left)
    assert unfixing_rule(LESSON, LESSON.policy["two-stages"]) is None
