"""The task list over time: its shares day by day, and runs in which it gets shorter."""

from __future__ import annotations

import datetime as dt
import functools
import math

import numpy as np
import pytest

from sim.clock import SECOND_PER_DAY
from sim.model import replicate
from sim.processes.post import POST_TASKS
from sim.responses import Measured, measure
from sim.scenario.schema import Scenario, Task
from sim.task_list import of_demand, task_list
from sim.tasks import TASK_INDEX, TASKS
from sim.trace import EventKind, Trace
from tests.scenarios import shipped

DAY = SECOND_PER_DAY
N_DAYS, CHANGES_ON, TROOPS = 12, 6, 1050
HALVED = {"patrols": 0.5, "sites": 0.5, "checkpoints": 0.5, "crossing_points": 0.0, "reserve": 0.0}


def lesson(changes: dict[str, tuple[dt.date, dict[str, float]]], **settings: object) -> Scenario:
    """The lesson valley for twelve days, before its first stage, with a task list that changes and enough soldiers."""
    its = {f"tasks.changes.{key}": {"on": on, "share": share} for key, (on, share) in changes.items()}
    return shipped(
        "lesson",
        **{
            "horizon.end": dt.date(2001, 1, 1 + N_DAYS),
            "horizon.warm_up_h": 0,
            "contingents.first.strength": TROOPS - 150,
            **its,
            **settings,
        },
    )


def day(n: int) -> dt.date:
    return dt.date(2001, 1, 1) + dt.timedelta(days=n)


THREE = lesson(
    {
        "first": (day(2), {"patrols": 0.8, "sites": 0.5}),
        "second": (day(3), {"sites": 0.25}),
        "third": (day(9), {"patrols": 1.0, "reserve": 0.0}),
    }
)


@pytest.mark.parametrize(
    ("time_s", "shares"),
    [
        (0, {}),
        (2 * DAY - 1, {}),
        (2 * DAY, {Task.PATROLS: 0.8, Task.SITES: 0.5}),
        (3 * DAY - 1, {Task.PATROLS: 0.8, Task.SITES: 0.5}),
        (3 * DAY, {Task.PATROLS: 0.8, Task.SITES: 0.25}),
        (9 * DAY - 1, {Task.PATROLS: 0.8, Task.SITES: 0.25}),
        (9 * DAY, {Task.SITES: 0.25, Task.RESERVE: 0.0}),  # a share is of the first list: patrols are back
        (400 * DAY, {Task.SITES: 0.25, Task.RESERVE: 0.0}),
    ],
)
def test_shares_by_date(time_s: int, shares: dict[Task, float]) -> None:
    """A task that a change leaves out keeps its share."""
    assert task_list(THREE).at(time_s).tolist() == [shares.get(task, 1.0) for task in TASKS]
    assert task_list(lesson({})).at(time_s).tolist() == [1.0] * 5


def test_held_it_stays_as_on_the_first_day() -> None:
    assert task_list(THREE, held=True).at(10 * DAY).tolist() == [1.0] * 5
    at_once = lesson({"now": (day(0), {"patrols": 0.4}), "later": (day(1), {"patrols": 0.1})})
    assert task_list(at_once, held=True).at(0)[TASK_INDEX[Task.PATROLS]] == 0.4
    assert task_list(at_once, held=True).at(10 * DAY)[TASK_INDEX[Task.PATROLS]] == 0.4
    assert [task_list(at_once).at(n * DAY)[TASK_INDEX[Task.PATROLS]] for n in (0, 1)] == [0.4, 0.1]


def test_demand_is_rounded_up_as_in_exact_arithmetic() -> None:
    """Seven hundredths of a hundred are seven, although a computer's product is a little more; up to 500 sections."""
    assert 100 * 0.07 > 7
    n, thousandths = np.arange(501), np.arange(1001)
    found = of_demand(n[:, None], thousandths / 1000)
    assert (found == -(-n[:, None] * thousandths // 1000)).all()
    by_sector = of_demand(np.array([[3, 0, 7, 1, 9], [1, 1, 1, 1, 1]]), np.array([0.5, 0.5, 1.0, 0.0, 0.1]))
    assert by_sector.tolist() == [[2, 0, 7, 0, 1], [1, 1, 1, 0, 1]]


@functools.cache
def run(is_halved: bool, *, asks: float | None = None, troops: int | None = None) -> tuple[Scenario, Trace, Measured]:
    """A run, with a list that is halved on the seventh day or without; or with a stage that asks for less from then."""
    settings: dict[str, object] = {"experiment.sweep_days": N_DAYS}
    if asks is not None:
        stage = "policy.two-stages.stages.first"
        settings |= {f"{stage}.decided_on": day(CHANGES_ON), f"{stage}.effective_on": day(CHANGES_ON)}
        settings |= {f"{stage}.strength": TROOPS, f"{stage}.asks": {"patrols": asks, "checkpoints": asks}}
    scenario = lesson({"half": (day(CHANGES_ON), HALVED)} if is_halved else {}, **settings)
    trace = replicate(scenario, "two-stages", troops=troops, seed=5, replication=0)
    return scenario, trace, measure(scenario, trace)


def daily(measured: Measured, name: str) -> list[float]:
    """A column of the daily series of the theatre."""
    return list(measured.series[name][measured.series["sector"] == 1])


def on_each_side(before: float, after: float) -> list[float]:
    return [before] * CHANGES_ON + [after] * (N_DAYS - CHANGES_ON)


def test_sections_asked_for() -> None:
    """Three tours, 20 soldiers at four checkpoints, 12 at six sites, 9 at the crossing point, one section in reserve.

    In sections: three, three, two, one and one. Halved: two, two, one, none and none.
    """
    _, trace, _ = run(is_halved=True)
    before = {Task.PATROLS: 3, Task.CHECKPOINTS: 3, Task.SITES: 2, Task.CROSSING_POINTS: 1, Task.RESERVE: 1}
    after = {Task.PATROLS: 2, Task.CHECKPOINTS: 2, Task.SITES: 1, Task.CROSSING_POINTS: 0, Task.RESERVE: 0}
    assert len(trace.shifts) == 3 * N_DAYS
    for row in trace.shifts:
        wanted = before if row.time_s < CHANGES_ON * DAY else after
        assert row.demand.tolist() == [[wanted[task] for task in TASKS]]
        assert row.allocated.tolist() == row.demand.tolist()


def test_tours_tasked_are_some_of_those_without_the_change() -> None:
    """All before it, and then two of the three of each shift, not always the same ones."""
    _, with_it, _ = run(is_halved=True)
    _, without, _ = run(is_halved=False)
    left_out: set[int] = set()
    for shift, (mine, all_of_them) in enumerate(zip(with_it.tasked, without.tasked, strict=True)):
        assert len(all_of_them[1]) == 3
        if shift < 3 * CHANGES_ON:
            assert mine[1].tolist() == all_of_them[1].tolist()
        else:
            assert len(mine[1]) == 2
            missing = set(all_of_them[1].tolist()) - set(mine[1].tolist())
            assert len(missing) == 1
            left_out.add(all_of_them[1].tolist().index(missing.pop()))
            ids = [set(trace.tours[shift].tour_id.tolist()) for trace in (with_it, without)]
            assert ids[0] < ids[1]
    assert left_out == {0, 1, 2}


def test_posts_manned() -> None:
    """Two sections man three checkpoints of five soldiers, one mans four sites of two: the first on their lists."""
    scenario, trace, _ = run(is_halved=True)
    manned: dict[Task, list[str]] = {task: [] for task in POST_TASKS}
    seen: dict[int, dict[Task, list[str]]] = {}
    for event in trace.events:
        task = Task(event.place.split("/")[1]) if "/" in event.place else None
        if task is not None and event.kind is EventKind.POST_MANNED:
            manned[task].append(event.entity)
        elif task is not None and event.kind is EventKind.POST_UNMANNED:
            manned[task].remove(event.entity)
        seen[event.time_s] = {key: list(those) for key, those in manned.items()}
    assert sorted(seen) == [0, CHANGES_ON * DAY]
    first, then = seen[0], seen[CHANGES_ON * DAY]
    assert {task: len(those) for task, those in first.items()} == {
        Task.CROSSING_POINTS: 1,
        Task.SITES: scenario.tasks.sites.n,
        Task.CHECKPOINTS: scenario.tasks.checkpoints.n,
    }
    assert then == {
        Task.CROSSING_POINTS: [],
        Task.SITES: first[Task.SITES][:4],
        Task.CHECKPOINTS: first[Task.CHECKPOINTS][:3],
    }


def test_denominators_are_those_of_the_day() -> None:
    """Whoever does all that is on the list has done all, before and after; what is no longer on it has no share."""
    _, _, measured = run(is_halved=True)
    assert daily(measured, "patrols_tasked") == on_each_side(9, 6)
    assert daily(measured, "sites_kfor") == on_each_side(6, 4)
    for name in ("patrol_fill", "site_guard_fill", "site_protection", "checkpoint_fill"):
        assert daily(measured, name) == pytest.approx([1.0] * N_DAYS), name
    for name in ("crossing_fill", "reserve_fill"):
        assert daily(measured, name) == pytest.approx(on_each_side(1, math.nan), nan_ok=True), name
    before, after = (daily(measured, "troops_to_task")[at] for at in (0, -1))
    assert after > 1.5 * before  # five sections are asked for instead of ten
    over_the_run = {name: value for sector, name, _, value in measured.responses if sector == "all"}
    for name in ("patrol_fill", "checkpoint_fill", "crossing_fill", "reserve_fill"):
        assert over_the_run[name] == pytest.approx(1.0), name


def test_what_a_policy_no_longer_asks_for_stays_in_the_denominators() -> None:
    """The same half, but only the policy's: two of three tours a shift, and three checkpoints of four, are manned."""
    _, _, measured = run(is_halved=False, asks=0.5)
    assert daily(measured, "patrols_tasked") == on_each_side(9, 9)
    assert daily(measured, "patrol_fill") == pytest.approx(on_each_side(1, 2 / 3))
    assert daily(measured, "checkpoint_fill") == pytest.approx(on_each_side(1, 3 / 4))
    assert daily(measured, "crossing_fill") == [1.0] * N_DAYS


def test_both_at_once() -> None:
    """Half of half the list: one of its two tours a shift, and one section, one checkpoint, of the three on it."""
    _, _, measured = run(is_halved=True, asks=0.5)
    assert daily(measured, "patrols_tasked") == on_each_side(9, 6)
    assert daily(measured, "patrol_fill") == pytest.approx(on_each_side(1, 1 / 2))
    assert daily(measured, "checkpoint_fill") == pytest.approx(on_each_side(1, 1 / 3))


def test_at_a_troop_level_the_list_is_that_of_the_first_day() -> None:
    _, trace, measured = run(is_halved=True, troops=TROOPS)
    _, other, of_other = run(is_halved=False, troops=TROOPS)
    assert [row.demand.tolist() for row in trace.shifts] == [row.demand.tolist() for row in other.shifts]
    for one, same in zip(measured.responses, of_other.responses, strict=True):
        assert one[:3] == same[:3]
        assert one[3] == pytest.approx(same[3], rel=1e-12, nan_ok=True)
