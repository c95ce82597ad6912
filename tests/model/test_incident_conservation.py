"""Conservation with incidents: whatever happens, every section is somewhere exactly once, and no incident is lost.

Random variants of the riots of March 2004, of the year 2001 and of a small valley that is never calm are run in either
execution. Every law, those of runs without incidents too, is checked from the trace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.model import Execution, replicate
from sim.scenario.schema import Command, Scenario, Stage, Task
from sim.tasks import TASK_INDEX
from sim.trace import NOT_YET, CallOut, IncidentEnd, Trace
from tests.model.incident_laws import INCIDENT_LAWS, incidents_of
from tests.model.laws import ALL, Run
from tests.model.small import valley
from tests.scenarios import shipped

# A failing example holds a whole scenario; that it is long is no fault of its own.
pytestmark = pytest.mark.filterwarnings("default:Generating overly large repr")

RIOTS = shipped(
    "kfor-2004-riots",
    horizon__start=dt.date(2004, 3, 15),
    horizon__end=dt.date(2004, 3, 21),
    horizon__warm_up_h=0,
    experiment__sweep_days=5,
)
YEAR_2001 = shipped(
    "kfor-2001-incidents", horizon__end=dt.date(2001, 1, 6), horizon__warm_up_h=0, experiment__sweep_days=5
)
UNREST: dict[str, object] = {
    "horizon__end": dt.date(2001, 1, 6),
    "experiment__sweep_days": 5,
    "contingents__one__strength": 90,
    "tasks__patrols__per_day": 9,
    "tasks__checkpoints__n": 3,
    "tasks__sites__n": 4,
    "tasks__reserve__n_sections__valley": 2,
    "policy__by-hand__answers_with": ["patrols", "reserve", "checkpoints", "sites", "crossing_points"],
    "incidents__per_day": 8,
    "incidents__max_tension": 3,
    "incidents__deterrence": 0.3,
    "incidents__kinds__brawl__triggers": 0.4,
    "incidents__kinds__crowd__weight": 1,
    "incidents__kinds__blockade__weight": 1,
    "incidents__kinds__escort__weight": 0.5,
}
SMALL = valley(
    dated={
        "a": ("crowd", "30:00", "lower-town"),
        "b": ("crowd", "30:00", "upper-town"),
        "c": ("riot", "30:00", "lower-town"),
    },
    **UNREST,
)
SCENARIOS = {"riots": RIOTS, "2001": YEAR_2001, "small": SMALL}
TROOPS = {
    "riots": [None, None, 17_500, 6_000, 900],
    "2001": [None, 40_000, 9_000, 2_000],
    "small": [None, 180, 45, 9, 0],
}


def varied(
    scenario: Scenario,
    *,
    force: dict[str, object],
    turn_round_min: float,
    stages: list[tuple[int, float]],
    policy: dict[str, object],
    separate: bool,
    refuse: list[int],
    stay: list[int],
    answering: dict[str, object],
) -> Scenario:
    """The scenario with some of its tables changed; `refuse` and `stay` choose contingents that get caveats."""
    (key,) = scenario.policy
    start, sectors = scenario.horizon.start, list(scenario.theatre.sectors)
    command = policy.get("command")
    if isinstance(command, Command) and separate:
        command = command.model_copy(update={"separate_sectors": sectors[:1], "separate_delay_min": 90.0})
    shares = {
        f"stage-{day}": Stage(
            name=f"Stage of day {day}",
            strength=round(share * scenario.strength),
            decided_on=start,
            effective_on=start + dt.timedelta(days=day),
        )
        for day, share in stages
    }
    units: dict[str, dict[str, Any]] = {"contingents": dict(scenario.contingents), "reserves": dict(scenario.reserves)}
    names = [(table, one) for table, of in units.items() for one in of]
    kinds = list(incidents_of(scenario).kinds)
    for number, (table, one) in enumerate(names):
        unit = units[table][one]
        caveats: dict[str, object] = {}
        if number in refuse:
            caveats["will_not_answer"] = kinds[:2]
        if number in stay:
            caveats["will_not_enter"] = [sector for sector in sectors if sector != unit.sector]
        units[table][one] = unit.model_copy(update=caveats)
    window_h = min(scenario.tasks.patrols.departure_window_h, scenario.force.model_copy(update=force).shift_h)
    patrols = scenario.tasks.patrols.model_copy(
        update={"turn_round_min": turn_round_min, "departure_window_h": window_h}
    )
    incidents = incidents_of(scenario)
    changed = {
        "force": scenario.force.model_copy(update=force),
        "tasks": scenario.tasks.model_copy(update={"patrols": patrols}),
        "policy": {key: scenario.policy[key].model_copy(update={**policy, "command": command, "stages": shares})},
        "incidents": incidents.model_copy(update={"answering": incidents.answering.model_copy(update=answering)}),
    }
    return scenario.model_copy(update=changed | units)


def runs_of(name: str) -> st.SearchStrategy[Run]:
    """Random runs of one of the scenarios."""
    (key,) = SCENARIOS[name].policy
    command = Command(coordination_delay_min=45.0)
    scenarios = st.builds(
        varied,
        st.just(SCENARIOS[name]),
        force=st.fixed_dictionaries(
            {
                "shift_h": st.sampled_from([8, 8, 4, 12, 36.5]),
                "n_shift_groups": st.integers(1, 3),
                "absence_share": st.sampled_from([0.0, 0.1]),
            }
        ),
        turn_round_min=st.sampled_from([0, 60]),
        stages=st.lists(
            st.tuples(st.integers(1, 4), st.sampled_from([0, 0.3, 1.5])), unique_by=lambda one: one[0], max_size=2
        ),
        policy=st.fixed_dictionaries(
            {
                "priority": st.permutations(list(Task)),
                "answers_with": st.lists(st.sampled_from(list(Task)), unique=True, min_size=1),
                "lends_sections": st.booleans(),
                "command": st.sampled_from([command, command, None]),
            }
        ),
        separate=st.booleans(),
        refuse=st.lists(st.integers(0, 12), max_size=4),
        stay=st.lists(st.integers(0, 12), max_size=4),
        answering=st.fixed_dictionaries({"speed_km_h": st.sampled_from([40.0, 23.7])}),
    )
    return st.builds(
        lambda scenario, troops, seed, execution: Run(
            scenario,
            replicate(scenario, key, troops=troops, seed=seed, replication=0, keeps_roster=True, execution=execution),
        ),
        scenarios,
        st.sampled_from(TROOPS[name]),
        st.integers(0, 1000),
        st.sampled_from(list(Execution)),
    )


def check(run: Run) -> None:
    for law in (*ALL, *INCIDENT_LAWS):
        law(run)


@settings(max_examples=12)
@given(run=runs_of("riots"))
def test_laws_hold_in_the_riots_of_2004(run: Run) -> None:
    check(run)


@settings(max_examples=6)
@given(run=runs_of("2001"))
def test_laws_hold_in_2001(run: Run) -> None:
    check(run)


@settings(max_examples=60)
@given(run=runs_of("small"))
def test_laws_hold_in_a_valley_that_is_never_calm(run: Run) -> None:
    check(run)


@pytest.fixture
def run() -> Run:
    """The valley with a crowd and a riot at one minute, as its file has it."""
    return Run(SMALL, replicate(SMALL, "by-hand", troops=None, seed=4, replication=0, keeps_roster=True))


def test_incidents_of_one_minute_take_different_sections(run: Run) -> None:
    called = [out for out in run.trace.call_outs if out.called_s == 30 * 3600]
    assert {out.incident_id for out in called} == {"a", "b", "c"}
    assert len(called) == len({out.section for out in called}) == 2 + 2 + 3


def back_at_their_base(trace: Trace) -> list[CallOut]:
    """Call-outs that went to their end, of sections that had no post."""
    home = [out for out in trace.call_outs if out.duty != TASK_INDEX[Task.CHECKPOINTS] and out.home_s != NOT_YET]
    return [out for out in home if out.arrived_s != NOT_YET]


def one_section_twice(trace: Trace) -> None:
    first, second = [out for out in trace.call_outs if out.called_s == 30 * 3600][:2]
    second.section = first.section


def a_second_late(trace: Trace) -> None:
    back_at_their_base(trace)[0].arrives_s += 1


def home_too_late(trace: Trace) -> None:
    """So late that its section has had another task for days."""
    back_at_their_base(trace)[0].home_s += 3 * 86_400


def released_before_it_is_over(trace: Trace) -> None:
    out = back_at_their_base(trace)[0]
    out.released_s = out.arrived_s


def another_duty(trace: Trace) -> None:
    out = next(out for out in trace.call_outs if out.duty == TASK_INDEX[Task.RESERVE])
    out.duty = TASK_INDEX[Task.PATROLS]


def lost_incident(trace: Trace) -> None:
    del trace.incidents[next(row for row, one in enumerate(trace.incidents) if one.end is IncidentEnd.CONTAINED)]


def lost_call_out(trace: Trace) -> None:
    trace.call_outs.remove(back_at_their_base(trace)[0])


def contained_a_second_late(trace: Trace) -> None:
    next(row for row in trace.incidents if row.end is IncidentEnd.CONTAINED).ended_s += 1


def still_open(trace: Trace) -> None:
    row = next(row for row in trace.incidents if row.end is IncidentEnd.CONTAINED)
    row.end, row.ended_s = IncidentEnd.OPEN, NOT_YET


def met_without_anyone(trace: Trace) -> None:
    row = next(row for row in trace.incidents if row.met_s != NOT_YET)
    row.met_s -= 1


def a_post_kept_its_crew(trace: Trace) -> None:
    """A crew left and no post was unmanned."""
    crew = next(out for out in trace.call_outs if TASK_INDEX[Task.CHECKPOINTS] == out.duty and out.back_at_post)
    trace.events = [event for event in trace.events if event.time_s not in (crew.called_s, crew.home_s)]


def a_tour_that_went_on(trace: Trace) -> None:
    block = next(block for block in trace.tours if (block.called & (block.departed_s != NOT_YET)).any())
    row = int((block.called & (block.departed_s != NOT_YET)).argmax())
    block.ended_s[row] = block.end_s[row]


FAULTS = (
    one_section_twice,
    a_second_late,
    home_too_late,
    released_before_it_is_over,
    another_duty,
    lost_incident,
    lost_call_out,
    contained_a_second_late,
    still_open,
    met_without_anyone,
    a_post_kept_its_crew,
    a_tour_that_went_on,
)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_breaks_a_law_of_incidents(fault: Callable[[Trace], None], run: Run) -> None:
    check(run)
    fault(run.trace)
    broken = []
    for law in INCIDENT_LAWS:
        try:
            law(run)
        except (AssertionError, KeyError):
            broken.append(law.__name__)
    assert broken
