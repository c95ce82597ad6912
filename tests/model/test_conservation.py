"""Conservation: whatever the drawdown, no section is lost, doubled or in two places, and no post is manned by nobody.

Random scenarios of a week in the lesson valley, and of three days in five sectors that lend each other sections as far
as random caveats allow, are run in either execution with their rosters kept; every law is checked from the trace at
every shift change.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clock import SECOND_PER_DAY
from sim.contingents import n_sections_of
from sim.model import Execution, replicate
from sim.processes.watch import Duty
from sim.responses import measure
from sim.scenario.schema import Departures, Rotation, Routing, Scenario, Stage, Task
from sim.trace import EventKind
from tests.model.laws import ALL, Run, check_responses, check_rosters
from tests.scenarios import shipped

# A failing example holds a whole scenario; that it is long is no fault of its own.
pytestmark = pytest.mark.filterwarnings("default:Generating overly large repr")

LESSON = shipped("lesson", horizon__end=dt.date(2001, 1, 8), horizon__warm_up_h=0, experiment__sweep_days=7)
N_DAYS = 7


def changed(
    *,
    stages: list[tuple[int, int, list[str]]],
    unfixed_on: int | None,
    force: dict[str, object],
    patrols: dict[str, object],
    routing: Routing,
    priority: list[Task],
    caveats: list[Task] | None = None,
    rotation: Rotation | None = None,
) -> Scenario:
    start = LESSON.horizon.start
    policy = LESSON.policy["two-stages"].model_copy(
        update={
            "stages": {
                f"stage-{day}": Stage(
                    name=f"Stage of day {day}",
                    strength=strength,
                    decided_on=start,
                    effective_on=start + dt.timedelta(days=day),
                    withdrawn=withdrawn,
                )
                for day, strength, withdrawn in stages
            },
            "unfixing": {} if unfixed_on is None else {"old-bridge": start + dt.timedelta(days=unfixed_on)},
            "routing": routing,
            "priority": priority,
        }
    )
    if patrols.get("departures") is Departures.POISSON:
        patrols = {**patrols, "departure_window_h": force["shift_h"]}
    tasks = LESSON.tasks.model_copy(update={"patrols": LESSON.tasks.patrols.model_copy(update=patrols)})
    return LESSON.model_copy(
        update={
            "policy": {"one": policy},
            "force": LESSON.force.model_copy(update=force),
            "contingents": {
                key: one.model_copy(
                    update={
                        "will_not_do": caveats or [] if key == "second" else [],
                        "rotation": "one" if rotation else None,
                    }
                )
                for key, one in LESSON.contingents.items()
            },
            "rotations": {"one": rotation} if rotation else {},
            "tasks": tasks,
        }
    )


ROTATIONS = st.builds(
    Rotation,
    tour_days=st.sampled_from([3.5, 7.0, 100.0]),
    hand_over_days=st.sampled_from([0.5, 2.0, 3.5]),
    hand_over_output=st.sampled_from([0.0, 0.4, 1.0]),
)
WITHDRAWN = st.sampled_from([[], [], ["first"], ["second"]])
STAGES = st.tuples(st.integers(-2, 8), st.integers(0, 900), WITHDRAWN) | st.tuples(
    st.integers(-2, 8), st.just(0), st.just(["second", "first"])
)
SCENARIOS = st.builds(
    changed,
    stages=st.lists(STAGES, unique_by=lambda stage: stage[0], max_size=5),
    unfixed_on=st.none() | st.integers(-1, 8),
    force=st.fixed_dictionaries(
        {
            "shift_h": st.sampled_from([4, 6, 8, 12, 24, 36.5, 200]),
            "n_shift_groups": st.integers(1, 4),
            "absence_share": st.sampled_from([0.0, 0.1, 0.6]),
            "leave_days": st.sampled_from([0, 18, 90]),
            "section_size": st.sampled_from([4, 9, 12.5]),
        }
    ),
    patrols=st.fixed_dictionaries(
        {
            "per_day": st.sampled_from([0, 5, 9, 40.5]),
            "departures": st.sampled_from(list(Departures)),
            "departure_window_h": st.sampled_from([0.5, 4]),
            "turn_round_min": st.sampled_from([0, 60, 400]),
        }
    ),
    routing=st.sampled_from(list(Routing)),
    priority=st.permutations(list(Task)),
    caveats=st.lists(st.sampled_from(list(Task)), unique=True, max_size=4),
    rotation=st.none() | ROTATIONS,
)
EXECUTIONS = st.sampled_from(list(Execution))
RUNS = st.builds(
    lambda scenario, troops, seed, execution: Run(
        scenario,
        replicate(scenario, "one", troops=troops, seed=seed, replication=1, keeps_roster=True, execution=execution),
    ),
    SCENARIOS,
    st.none() | st.sampled_from([0, 1, 60, 451]),
    st.integers(0, 1000),
    EXECUTIONS,
)

KFOR = shipped("kfor-2001", horizon__warm_up_h=0, experiment__sweep_days=3)
SECTORS = list(KFOR.theatre.sectors)


def with_caveats(not_done: list[list[Task]], not_entered: list[list[str]], lends: bool, weights: list[int]) -> Scenario:
    """Five sectors; caveats of the first so many contingents; patrols asked for by weight."""
    contingents = dict(KFOR.contingents)
    for key, tasks, sectors in zip(list(contingents)[::3], not_done, not_entered, strict=True):
        entered = [sector for sector in sectors if sector != contingents[key].sector]
        contingents[key] = contingents[key].model_copy(update={"will_not_do": tasks, "will_not_enter": entered})
    policy = KFOR.policy["balanced"].model_copy(update={"lends_sections": lends})
    patrols = KFOR.tasks.patrols.model_copy(update={"sector_weights": dict(zip(SECTORS, weights, strict=True))})
    return KFOR.model_copy(
        update={
            "contingents": contingents,
            "policy": {"one": policy},
            "tasks": KFOR.tasks.model_copy(update={"patrols": patrols}),
        }
    )


N_WITH_CAVEATS = len(range(0, len(KFOR.contingents), 3))
RUNS_OF_FIVE = st.builds(
    lambda scenario, troops, seed, execution: Run(
        scenario,
        replicate(scenario, "one", troops=troops, seed=seed, replication=0, keeps_roster=True, execution=execution),
    ),
    st.builds(
        with_caveats,
        st.lists(
            st.lists(st.sampled_from(list(Task)), unique=True, max_size=2),
            min_size=N_WITH_CAVEATS,
            max_size=N_WITH_CAVEATS,
        ),
        st.lists(
            st.lists(st.sampled_from(SECTORS), unique=True, min_size=2),
            min_size=N_WITH_CAVEATS,
            max_size=N_WITH_CAVEATS,
        ),
        st.sampled_from([True, True, False]),
        st.permutations([1, 1, 1, 5, 20]),
    ),
    st.sampled_from([45_000, 25_000, 12_000]),
    st.integers(0, 1000),
    EXECUTIONS,
)


@settings(max_examples=150)
@given(run=RUNS)
def test_laws_hold_whatever_the_drawdown(run: Run) -> None:
    for check in ALL:
        check(run)


@settings(max_examples=25)
@given(run=RUNS_OF_FIVE)
def test_laws_hold_in_five_sectors_with_caveats(run: Run) -> None:
    for check in ALL:
        check(run)


@pytest.mark.parametrize("execution", list(Execution))
def test_no_troops(execution: Execution) -> None:
    trace = replicate(LESSON, "two-stages", troops=0, seed=1, replication=0, keeps_roster=True, execution=execution)
    check_responses(Run(LESSON, trace))
    assert {row.kind.name for row in trace.rows()} == {"STRENGTH_CHANGES", "SHIFT_CHANGES"}
    values = {name: value for sector, name, _, value in measure(LESSON, trace).responses if sector == "all"}
    for name in ("coverage", "patrol_coverage", "patrol_fill", "site_protection", "crossing_fill", "troops_to_task"):
        assert values[name] == 0
    assert np.isnan(values["utilisation"])
    assert np.isnan(values["revisit_age_h"])
    assert values["unvisited_share"] == 1


@pytest.mark.parametrize("execution", list(Execution))
def test_no_tasks(execution: Execution) -> None:
    """Without anything to do everyone stands by, and what has no demand is nan."""
    scenario = changed(
        stages=[], unfixed_on=None, force={}, patrols={"per_day": 0}, routing=Routing.RANDOM, priority=list(Task)
    )
    theatre = scenario.theatre.model_copy(update={"crossing_points": {}})
    tasks = scenario.tasks.model_copy(
        update={
            "sites": scenario.tasks.sites.model_copy(update={"n": 0}),
            "checkpoints": scenario.tasks.checkpoints.model_copy(update={"n": 0}),
            "reserve": scenario.tasks.reserve.model_copy(update={"n_sections": {}}),
        }
    )
    scenario = scenario.model_copy(update={"theatre": theatre, "tasks": tasks})
    trace = replicate(scenario, "one", troops=None, seed=1, replication=0, keeps_roster=True, execution=execution)
    for check in ALL:
        check(Run(scenario, trace))
    duties = {Duty(int(duty)) for roster in trace.rosters for duty in roster}
    assert duties == {Duty.STANDBY, Duty.NOT_ON_DUTY}
    values = {name: value for sector, name, _, value in measure(scenario, trace).responses if sector == "all"}
    effort = {"patrols_per_day": 0, "utilisation": 0}
    assert {name: value for name, value in values.items() if not np.isnan(value)} == effort | {
        "duty_h_per_soldier_week": values["duty_h_per_soldier_week"]
    }
    assert 0 < values["duty_h_per_soldier_week"] < 168 / 3


@pytest.mark.parametrize("execution", list(Execution))
def test_a_shift_longer_than_the_run(execution: Execution) -> None:
    """One allocation for the whole week; stages within it never show."""
    scenario = changed(
        stages=[(2, 0, [])],
        unfixed_on=3,
        force={"shift_h": 1000},
        patrols={},
        routing=Routing.RANDOM,
        priority=list(Task),
    )
    run = Run(
        scenario,
        replicate(scenario, "one", troops=None, seed=1, replication=0, keeps_roster=True, execution=execution),
    )
    for check in ALL:
        check(run)
    assert len(run.trace.shifts) == 1
    departed_s, ended_s = run.trace.tour_columns("departed_s", "ended_s")
    assert len(departed_s) > 2
    assert (ended_s > 0).all()


@pytest.mark.parametrize("execution", list(Execution))
@pytest.mark.parametrize("day", range(-1, N_DAYS + 1))
def test_everyone_withdrawn_on_any_day_ends_cleanly(day: int, execution: Execution) -> None:
    """Tours that are out come home, posts are left at the next shift change, and nothing happens after that."""
    scenario = changed(
        stages=[(day, 0, [])], unfixed_on=None, force={}, patrols={}, routing=Routing.RANDOM, priority=list(Task)
    )
    trace = replicate(scenario, "one", troops=None, seed=3, replication=0, keeps_roster=True, execution=execution)
    for check in ALL:
        check(Run(scenario, trace))
    begins_s = max(0, day) * SECOND_PER_DAY
    departed_s, ended_s, end_s = trace.tour_columns("departed_s", "ended_s", "end_s")
    assert (departed_s < begins_s).all()
    assert (ended_s == np.where(end_s < trace.run_length_s, end_s, -1)).all()
    assert (len(departed_s) > 0) is (day > 0)
    manned = [event for event in trace.events if event.kind is EventKind.POST_MANNED]
    left = [event for event in trace.events if event.kind is EventKind.POST_UNMANNED]
    assert all(event.time_s < begins_s for event in manned)
    if day < N_DAYS:
        assert len(manned) == len(left)


@pytest.mark.parametrize("execution", list(Execution))
@pytest.mark.parametrize("strength", [450, 0])
@pytest.mark.parametrize("day", range(-1, N_DAYS + 2))
def test_a_contingent_withdrawn_on_any_day_comes_home(day: int, strength: int, execution: Execution) -> None:
    """Its tours end as planned, none departs after the shift change, and the other contingent takes its soldiers."""
    scenario = changed(
        stages=[(day, strength, ["first"])],
        unfixed_on=None,
        force={},
        patrols={"per_day": 120, "departure_window_h": LESSON.force.shift_h},
        routing=Routing.RANDOM,
        priority=list(Task)[::-1],
    )
    trace = replicate(scenario, "one", troops=None, seed=3, replication=0, keeps_roster=True, execution=execution)
    for check in ALL:
        check(Run(scenario, trace))
    is_first = np.array([name.startswith("first-") for name in trace.names.sections])
    section, departed_s, ended_s, end_s = trace.tour_columns("section", "departed_s", "ended_s", "end_s")
    mine = is_first[section]
    from_s = max(0, day) * SECOND_PER_DAY
    assert (departed_s[mine] < from_s).all()
    assert mine.any() == (day > 0)
    assert (ended_s[mine] == np.where(end_s[mine] < trace.run_length_s, end_s[mine], -1)).all()
    if 0 < day < N_DAYS - 1:
        assert (end_s[mine] > from_s).any(), "some are out when their contingent is withdrawn"
    if day < N_DAYS and strength:
        assert (~is_first).sum() == n_sections_of(strength, scenario)
        assert (departed_s[~mine] >= from_s).any()


def test_a_contingent_that_the_next_stage_does_not_withdraw_is_back() -> None:
    scenario = changed(
        stages=[(2, 450, ["first"]), (4, 450, ["second"]), (5, 450, [])],
        unfixed_on=None,
        force={},
        patrols={},
        routing=Routing.RANDOM,
        priority=list(Task),
    )
    trace = replicate(scenario, "one", troops=None, seed=3, replication=0, keeps_roster=True)
    check_rosters(Run(scenario, trace))
    is_first = np.array([name.startswith("first-") for name in trace.names.sections])
    here = [
        [int((roster[mine] != Duty.NOT_IN_FORCE).sum()) for mine in (is_first, ~is_first)] for roster in trace.rosters
    ]
    # 450 x 0.75 / 9 = 37.5 sections; two thirds are the first contingent's. Three shifts a day.
    assert here == [[25, 12]] * 6 + [[0, 37]] * 6 + [[37, 0]] * 3 + [[25, 12]] * 6
    places = [event.place for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES]
    assert places == ["all", "all but first", "all but second", "all"]
