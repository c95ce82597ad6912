"""Troops to task: the laws of the allocation, against exact arithmetic and an example by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.apportion import sainte_lague
from sim.scenario.schema import Task
from sim.tasks import TASK_INDEX, TASKS, AllocationTable, Allocator, allocation_order, posts_manned, sections_for
from tests.scenarios import shipped

DEMAND = st.lists(st.integers(0, 12), min_size=5, max_size=5)
TENTHS = st.lists(st.integers(0, 10), min_size=5, max_size=5)
WEIGHTS = st.lists(st.integers(0, 9), min_size=5, max_size=5)
PRIORITY = st.permutations(TASKS)


def table(demand: list[int], floor: list[int], weight: list[int], priority: list[Task]) -> AllocationTable:
    floors = {task: tenths / 10 for task, tenths in zip(TASKS, floor, strict=True)}
    weights = {task: float(one) for task, one in zip(TASKS, weight, strict=True)}
    return AllocationTable(allocation_order(demand, floors, weights, priority))


def floors_of(demand: list[int], floor: list[int]) -> list[int]:
    return [math.ceil(Fraction(tenths, 10) * asked) for asked, tenths in zip(demand, floor, strict=True)]


def next_task(
    given_: list[int], demand: list[int], floor: list[int], weight: list[int], priority: list[Task]
) -> int | None:
    """The rule in exact arithmetic, one section at a time; None when the section stays idle."""
    ranked = [TASK_INDEX[task] for task in priority]
    floors = floors_of(demand, floor)
    for task in ranked:
        if given_[task] < floors[task]:
            return task
    claims = [
        (Fraction(weight[task], 2 * (given_[task] - floors[task]) + 1), -rank, task)
        for rank, task in enumerate(ranked)
        if given_[task] < demand[task] and weight[task] > 0
    ]
    return max(claims)[2] if claims else None


@given(demand=DEMAND, floor=TENTHS, weight=WEIGHTS, priority=PRIORITY)
def test_every_number_of_sections_against_the_rule_in_exact_arithmetic(
    demand: list[int], floor: list[int], weight: list[int], priority: list[Task]
) -> None:
    allocation = table(demand, floor, weight, priority)
    expected = [0] * 5
    for n in range(sum(demand) + 3):
        assert allocation.allocate(n).tolist() == expected, n
        task = next_task(expected, demand, floor, weight, priority)
        if task is not None:
            expected[task] += 1


@given(demand=DEMAND, floor=TENTHS, weight=WEIGHTS, priority=PRIORITY)
def test_one_more_section_goes_to_one_task_or_stays_idle(
    demand: list[int], floor: list[int], weight: list[int], priority: list[Task]
) -> None:
    allocation = table(demand, floor, weight, priority)
    allocated = np.array([allocation.allocate(n) for n in range(sum(demand) + 3)])
    step = np.diff(allocated, axis=0)
    assert (step >= 0).all()
    assert (step.sum(axis=1) <= 1).all()
    # A task without weight gets its floor and no more.
    wanted = np.where(np.array(weight) > 0, demand, floors_of(demand, floor))
    assert (allocated <= demand).all()
    assert allocated[-1].tolist() == wanted.tolist()
    n = np.arange(len(allocated))
    assert allocated.sum(axis=1).tolist() == np.minimum(n, wanted.sum()).tolist()


@given(demand=DEMAND, floor=TENTHS, weight=WEIGHTS, priority=PRIORITY, n=st.integers(0, 60))
def test_floors_are_met_first_in_order_of_priority(
    demand: list[int], floor: list[int], weight: list[int], priority: list[Task], n: int
) -> None:
    allocated = table(demand, floor, weight, priority).allocate(n)
    floors = floors_of(demand, floor)
    left = n
    for task in priority:
        index = TASK_INDEX[task]
        if left < floors[index]:
            assert allocated[index] == left
        else:
            assert allocated[index] >= floors[index]
        left = max(0, left - floors[index])
    if n <= sum(floors):
        assert allocated.sum() == n


@given(weight=WEIGHTS.filter(any), priority=PRIORITY, n=st.integers(0, 40))
def test_weights_share_as_sainte_lague_does(weight: list[int], priority: list[Task], n: int) -> None:
    allocated = table([50] * 5, [0] * 5, weight, priority).allocate(n)
    ranked = [TASK_INDEX[task] for task in priority]
    assert allocated[ranked].tolist() == sainte_lague(n, [float(weight[index]) for index in ranked]).tolist()


def test_example_by_hand() -> None:
    """Demands 1, 1, 4, 4, 6; floors all, all, a half, a quarter, none; weights sites 2, checkpoints 1, patrols 3.

    Floors: crossing point, reserve, two sites, one checkpoint. Then claims, highest first: patrols 3/1, sites 2/1,
    patrols 3/3 before checkpoints 1/1 (a tie, and patrols have priority), sites 2/3, patrols 3/5 and 3/7,
    checkpoints 1/3 after patrols 3/9 (a tie again), patrols 3/11 (sites are full), checkpoints 1/5.
    """
    priority = [Task.CROSSING_POINTS, Task.RESERVE, Task.SITES, Task.PATROLS, Task.CHECKPOINTS]
    floor = {Task.CROSSING_POINTS: 1.0, Task.RESERVE: 1.0, Task.SITES: 0.5, Task.CHECKPOINTS: 0.25}
    order = allocation_order([1, 1, 4, 4, 6], floor, {Task.SITES: 2, Task.CHECKPOINTS: 1, Task.PATROLS: 3}, priority)
    short = {"X": Task.CROSSING_POINTS, "R": Task.RESERVE, "S": Task.SITES, "C": Task.CHECKPOINTS, "P": Task.PATROLS}
    assert [TASKS[index] for index in order] == [short[letter] for letter in "XRSSCPSPCSPPPCPC"]


def test_order_of_tasks_is_that_of_the_schema() -> None:
    assert [task.value for task in TASKS] == ["crossing_points", "reserve", "sites", "checkpoints", "patrols"]


@given(demand=DEMAND, n=st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_what_is_remembered_is_what_would_be_computed(demand: list[int], n: list[int]) -> None:
    policy = shipped_policy
    fresh = AllocationTable(allocation_order(demand, policy.floor, policy.weight, policy.priority))
    allocator.allocate((1, 2, 3, 4, 5), 7)
    for sections in n:
        assert allocator.allocate(tuple(demand), sections).tolist() == fresh.allocate(sections).tolist()


shipped_policy = shipped("lesson").policy["two-stages"]
allocator = Allocator(shipped_policy)


CREWS = st.lists(st.sampled_from([0.5, 1.0, 2.0, 2.5, 5.0, 9.0, 18.0, 1 / 3]), max_size=30)
SIZES = st.sampled_from([1.0, 4.5, 6.0, 9.0, 12.0])


@given(crews=CREWS, size=SIZES, n_sections=st.integers(0, 60))
def test_posts_manned_is_the_longest_prefix_that_the_soldiers_can_man(
    crews: list[float], size: float, n_sections: int
) -> None:
    n_posts = posts_manned(np.array(crews), n_sections, size)
    exact = [Fraction(crew).limit_denominator(6) for crew in crews]
    soldiers = n_sections * Fraction(size)
    assert sum(exact[:n_posts]) <= soldiers
    assert n_posts == len(crews) or sum(exact[: n_posts + 1]) > soldiers


@given(crews=CREWS, size=SIZES)
def test_sections_for_posts_are_as_many_as_man_them_all_and_no_more(crews: list[float], size: float) -> None:
    n_sections = sections_for(sum(crews), size)
    assert posts_manned(np.array(crews), n_sections, size) == len(crews)
    if crews:
        assert posts_manned(np.array(crews), n_sections - 1, size) < len(crews)
    else:
        assert n_sections == 0


@pytest.mark.parametrize(
    ("crew_soldiers", "size", "n_sections"),
    [(0, 9, 0), (0.1, 9, 1), (9, 9, 1), (9.1, 9, 2), (20, 9, 3), (0.1 + 0.2, 0.3, 1), (2 * 550, 9, 123)],
)
def test_sections_for(crew_soldiers: float, size: float, n_sections: int) -> None:
    assert sections_for(crew_soldiers, size) == n_sections


def test_a_post_too_large_for_the_sections_keeps_those_after_it_unmanned() -> None:
    assert posts_manned(np.array([2.0, 2.0, 6.0, 1.0]), 1, 9.0) == 2
