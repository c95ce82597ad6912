"""Conservation with incidents: whatever happens, every section is somewhere exactly once, and no incident is lost.

Random variants of the riots of March 2004, of the year 2001 and of a small valley that is never calm are run in either
execution. Every law, those of runs without incidents too, is checked from the trace.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clock import SECOND_PER_DAY
from sim.model import Execution, replicate
from sim.processes.headquarters import Duty
from sim.scenario.schema import Command, IncidentKind, Scenario, Stage, Task
from sim.tasks import TASK_INDEX
from sim.trace import NOT_YET, CallOut, EventKind, Trace
from tests.model import incident_laws
from tests.model.incident_laws import INCIDENT_LAWS, incidents_of, stays
from tests.model.laws import ALL, Run, check_posts
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
