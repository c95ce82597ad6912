"""The two executions of the one plan, a process a patrol and a row of a table, give equal traces and responses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import simpy
from simpy.events import ProcessGenerator

import sim.model
import sim.processes.patrol
from sim.clock import Turn, Wait
from sim.model import Execution, replicate
from sim.processes.tour_table import cut_short, enter_tours
from sim.responses import measure
from sim.scenario.schema import Gate, Scenario, Task
from sim.trace import EventKind, TourBlock, Trace
from tests.model.small import valley
from tests.scenarios import FOLDER, shipped

LENT = {
    "experiment__sweep_days": 6,
    "policy__balanced__lends_sections": True,
    "contingents__italy__will_not_do": ["patrols", "checkpoints"],
    "contingents__germany__will_not_enter": ["north"],
}


def both(scenario: Scenario, policy: str, troops: int | None) -> tuple[Trace, Trace]:
    processes, table = (
        replicate(scenario, policy, troops=troops, seed=9, replication=1, keeps_roster=True, execution=execution)
        for execution in (Execution.PROCESSES, Execution.TABLE)
    )
    return processes, table


def differ(scenario: Scenario, processes: Trace, table: Trace) -> bool:
    """Whether traces or responses differ anywhere."""
    if processes.rows() != table.rows():
        return True
    if processes.incidents != table.incidents or processes.call_outs != table.call_outs:
        return True
    columns = ("called", "departed_s", "ended_s")
    if not np.array_equal(processes.tour_columns(*columns), table.tour_columns(*columns)):
        return True
    first, second = measure(scenario, processes), measure(scenario, table)
    return repr(first.responses) != repr(second.responses) or any(
        not np.array_equal(first.series[column], second.series[column], equal_nan=True) for column in first.series
    )


@pytest.mark.parametrize(
    ("name", "policy", "troops", "settings"),
    [
        ("kfor-2001", "balanced", 15_000, {"experiment__sweep_days": 30}),
        ("kfor-gates", "gates", None, {}),
        ("lesson", "two-stages", None, {}),
        ("kfor-2001", "balanced", 25_000, LENT),
        ("lesson", "two-stages", 300, {"tasks__patrols__kinds__vehicle__dwell_min__mean": 400}),
    ],
)
def test_executions_are_equal(name: str, policy: str, troops: int | None, settings: dict[str, object]) -> None:
    scenario = shipped(name, **settings)
    processes, table = both(scenario, policy, troops)
    assert not differ(scenario, processes, table)
    assert all(np.array_equal(a, b) for a, b in zip(processes.rosters, table.rosters, strict=True))


def late_departure(tours: TourBlock, run_length_s: int) -> None:
    enter_tours(tours, run_length_s)
    tours.departed_s = np.where(tours.departed_s >= 0, tours.departed_s + 1, tours.departed_s)


def forgotten_end_of_run(tours: TourBlock, run_length_s: int) -> None:
    enter_tours(tours, run_length_s + 86_400)


def lost_tour(tours: TourBlock, run_length_s: int) -> None:
    enter_tours(tours, run_length_s)
    if tours.shift == 3:
        tours.departed_s[0] = tours.ended_s[0] = -1


@pytest.mark.parametrize("fault", [late_departure, forgotten_end_of_run, lost_tour])
def test_a_fault_in_one_execution_is_found(
    fault: Callable[[TourBlock, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim.model, "enter_tours", fault)
    scenario = shipped("lesson", tasks__patrols__kinds__vehicle__dwell_min__mean=200)
    assert differ(scenario, *both(scenario, "two-stages", None))


def has_incidents(name: str) -> bool:
    return name != "sources" and shipped(name).incidents is not None


WITH_INCIDENTS = [path.stem for path in sorted(FOLDER.glob("*.toml")) if has_incidents(path.stem)]
RIOTS = {
    "horizon__start": dt.date(2004, 3, 15),
    "horizon__end": dt.date(2004, 3, 21),
    "horizon__warm_up_h": 0,
    "experiment__sweep_days": 4,
}


@pytest.mark.parametrize("troops", [1_000, 12_000])
@pytest.mark.parametrize("name", WITH_INCIDENTS)
def test_executions_are_equal_with_incidents(name: str, troops: int) -> None:
    settings = RIOTS if "2004" in name else {"horizon__warm_up_h": 0, "experiment__sweep_days": 4}
    scenario = shipped(name, **settings)
    processes, table = both(scenario, list(scenario.policy)[-1], troops)
    assert table.incidents
    assert not differ(scenario, processes, table)


WINDOWS = [
    ("kfor-history", "history", dt.date(2004, 3, 10), 31),
    ("kfor-1999-entry", "separate-north", dt.date(1999, 6, 12), 14),
    ("kfor-gates-conditions", "gate-3-automatic", dt.date(2011, 7, 20), 21),
    ("kfor-north-2011", "by-tension", dt.date(2011, 7, 20), 31),
    ("kfor-2021-plates", None, dt.date(2021, 9, 18), 14),
    ("sfor-russian-brigade", None, None, 10),
]
"""File, policy (None: the last), first day and number of days of a run at the policy's own strength."""


def window(scenario: Scenario, first: dt.date | None, n_days: int, **policy: object) -> Scenario:
    """Some days of a scenario, with what happens in them; a policy's keys replaced."""
    start = first or scenario.horizon.start
    horizon = scenario.horizon.model_copy(update={"start": start, "end": start + dt.timedelta(n_days), "warm_up_h": 0})
    policies = {key: one.model_copy(update=policy) for key, one in scenario.policy.items()}
    return scenario.model_copy(update={"horizon": horizon, "policy": policies})


@pytest.mark.parametrize(("name", "policy", "first", "n_days"), WINDOWS)
def test_executions_are_equal_at_the_policys_own_strength(
    name: str, policy: str | None, first: dt.date | None, n_days: int
) -> None:
    """With the stages, gates, reserves, hand-overs and dated incidents of those days."""
    scenario = window(shipped(name), first, n_days)
    processes, table = both(scenario, policy or list(scenario.policy)[-1], None)
    assert table.incidents
    assert not differ(scenario, processes, table)


def test_executions_are_equal_while_gates_open_and_are_taken_back() -> None:
    """Reviews every day, delays of part of a day, sites handed over as they may, every task answering."""
    gate = Gate(
        name="Gate",
        strength=4000,
        earliest=dt.date(2011, 7, 20),
        review_every_days=1,
        tension_below=0.8,
        for_days=0.3,
        approval_delay_days=0.37,
        automatic=True,
        reverses_above=0.9,
        reversal_delay_days=0.21,
    )
    gates = {f"gate-{n}": gate.model_copy(update={"strength": n}) for n in (9000, 6000, 4000)}
    wild = {"gates": gates, "answers_with": list(Task), "lends_sections": True}
    scenario = window(shipped("kfor-gates-conditions"), dt.date(2011, 7, 20), 14, **wild)
    processes, table = both(scenario, "conditions", None)
    kinds = [event.kind for event in table.events]
    assert EventKind.GATE_OPENS in kinds
    assert EventKind.GATE_REVERSED in kinds
    assert not differ(scenario, processes, table)


DRAWN_DOWN: dict[str, Any] = {
    "horizon__end": dt.date(2001, 1, 6),
    "experiment__sweep_days": 5,
    "contingents__one__strength": 81,
    "tasks__patrols__per_day": 12,
    "tasks__checkpoints__n": 3,
    "tasks__reserve__n_sections__valley": 1,
    "incidents__per_day": 20,
    "incidents__kinds__crowd__weight": 1,
    "incidents__kinds__blockade__weight": 1,
    "policy__by-hand__stages__last": {
        "name": "Stage",
        "strength": 27,
        "decided_on": dt.date(2001, 1, 1),
        "effective_on": dt.date(2001, 1, 4),
    },
}


def called_away(scenario: Scenario) -> tuple[Trace, Trace]:
    return both(scenario, "by-hand", None)


def test_executions_are_equal_with_incidents_in_a_drawdown() -> None:
    scenario = valley(**DRAWN_DOWN)
    processes, table = called_away(scenario)
    called, departed_s = table.tour_columns("called", "departed_s")
    assert (called[departed_s < 0] == 1).any()
    assert (called[departed_s >= 0] == 1).any()
    assert not differ(scenario, processes, table)


def forgets_to_say_so(tours: TourBlock, row: int, now_s: int) -> None:
    cut_short(tours, row, now_s)
    tours.called[row] = False


def comes_home_all_the_same(tours: TourBlock, row: int, now_s: int) -> None:
    ended_s = tours.ended_s[row]
    cut_short(tours, row, now_s)
    if tours.departed_s[row] >= 0:
        tours.ended_s[row] = ended_s


def leaves_all_the_same(tours: TourBlock, row: int, now_s: int) -> None:
    cut_short(tours, row, now_s)
    if tours.depart_s[row] > now_s:
        tours.departed_s[row], tours.ended_s[row] = tours.depart_s[row], tours.end_s[row]


def ends_a_second_late(tours: TourBlock, row: int, now_s: int) -> None:
    cut_short(tours, row, now_s)
    tours.ended_s[row] += tours.ended_s[row] >= 0


@pytest.mark.parametrize("fault", [forgets_to_say_so, comes_home_all_the_same, leaves_all_the_same, ends_a_second_late])
def test_a_fault_of_the_table_is_found_when_tours_are_cut_short(
    fault: Callable[[TourBlock, int, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim.model, "cut_short", fault)
    scenario = valley(**DRAWN_DOWN)
    assert differ(scenario, *called_away(scenario))


def deaf_patrol(env: simpy.Environment, depart_s: int, end_s: int, row: int, tours: TourBlock) -> ProcessGenerator:
    """Goes on when its section is called away."""
    for time_s, column in ((depart_s, "departed_s"), (end_s, "ended_s")):
        turn = Turn.DEPARTURE if column == "departed_s" else Turn.TOUR_ENDS
        try:
            yield Wait(env, time_s - int(env.now), turn)
        except simpy.Interrupt:
            yield Wait(env, time_s - int(env.now), turn)
        getattr(tours, column)[row] = time_s


def test_a_process_that_ignores_its_interrupt_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim.processes.patrol, "patrol", deaf_patrol)
    scenario = valley(**DRAWN_DOWN)
    assert differ(scenario, *called_away(scenario))
