"""The two executions of the one plan, a process a patrol and a row of a table, give equal traces and responses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import sim.model
from sim.model import Execution, replicate
from sim.processes.tour_table import enter_tours
from sim.responses import measure
from sim.scenario.schema import Scenario
from sim.trace import TourBlock, Trace
from tests.scenarios import shipped

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
