"""What theory expects of a force held at one troop level: the dashed lines beside the simulated ones.

Absences make the number of available sections binomial; the policy's rule turns each number into posts manned and
tours sent out; the mean over the binomial is exact but for tours still out at a shift change. Visits then follow the
window law (:mod:`sim.theory`): random routings make an area's visits close to a Poisson process, systematic ones of one
patrol kind close to periodic; an area is uncovered when no kind covers it. Longest unvisited follows no law here: nan.

Where simulation and theory part, the difference is what the law leaves out. A tour visits an area at most once and the
number of tours a shift is nearly fixed, so that visits are more even than Poisson and cover more: by 0.01 or less where
a tour sees a tenth of its sector (KFOR), by 0.05 where it sees two fifths (the lesson valley). Tours leave in the first
part of a shift rather than at any time, and their number varies when sections lack: both cover a little less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from sim.force import sections_by_sector, strength_by_contingent
from sim.model import layout_of
from sim.policies.circuits import Circuits, make_circuits
from sim.policies.routing import WeightedRouter, make_router
from sim.processes.headquarters import Allocator
from sim.processes.post import POST_TASKS, Post, list_posts
from sim.responses.measure import headline
from sim.scenario.schema import Departures, Policy, Routing, Scenario, Task
from sim.tasks import TASK_INDEX, TASKS, posts_manned, sections_for
from sim.theory import window_coverage_random, window_coverage_systematic
from sim.tours import TourPlanner

Floats = NDArray[np.float64]

_NEGLIGIBLE = 1e-12

FILLS = {
    Task.CROSSING_POINTS: "crossing_fill",
    Task.RESERVE: "reserve_fill",
    Task.SITES: "site_guard_fill",
    Task.CHECKPOINTS: "checkpoint_fill",
    Task.PATROLS: "patrol_fill",
}


def expected_responses(scenario: Scenario, policy: str, troops: int) -> list[tuple[str, str, float]]:
    """Expected responses of a policy at a constant troop level, from theory alone.

    Parameters
    ----------
    scenario
        The scenario, with its task list as it stands at the start of the run.
    policy
        Key of one of its policies.
    troops
        Constant strength [soldiers], at least 0.

    Returns
    -------
    list of (sector, response, value)
        For each sector and "all": the fills, `patrol_coverage`, `site_protection`, `coverage`, `patrols_per_day`.
        nan where there is no demand, or no law.
    """
    chosen = scenario.policy[policy]
    layout = layout_of(scenario)
    circuits = make_circuits(scenario, layout)
    planner = TourPlanner(scenario, circuits)
    posts = list_posts(scenario, layout)
    handed_over = [
        key for day, key in sorted((day, key) for key, day in chosen.unfixing.items()) if day <= scenario.horizon.start
    ]
    kept = [post for post in posts if post.key not in handed_over]
    done, demand = _expected_work(scenario, chosen, troops, kept, planner)
    tours = done[:, TASK_INDEX[Task.PATROLS]]
    parts = {FILLS[task]: _share(done[:, TASK_INDEX[task]], demand[:, TASK_INDEX[task]]) for task in TASKS}
    covered = _expected_covered_areas(scenario, chosen, circuits, planner, tours, layout.area_sector)
    patrolled = planner.mean_slots_per_shift > 0
    n_areas = np.where(patrolled, np.bincount(layout.area_sector, minlength=len(layout.sector_keys)), 0.0)
    parts["patrol_coverage"] = _share(covered, n_areas)
    parts["site_protection"] = _expected_protection(scenario, posts, handed_over, done[:, TASK_INDEX[Task.SITES]])
    parts["coverage"] = headline(scenario, parts)
    if chosen.routing is Routing.LONGEST_UNVISITED:
        parts["coverage"] = parts["coverage"] * np.nan
    per_day = tours * 24 / scenario.force.shift_h
    parts["patrols_per_day"] = np.append(per_day, per_day.sum())
    sectors = [*layout.sector_keys, "all"]
    return [
        (sector, name, float(value))
        for name, values in parts.items()
        for sector, value in zip(sectors, values, strict=True)
    ]


def _expected_protection(scenario: Scenario, posts: list[Post], handed_over: list[str], guarded: Floats) -> Floats:
    """Share of all sites that is guarded, those handed over before the start at the police's level."""
    sector_index = {key: index for index, key in enumerate(scenario.theatre.sectors)}
    by_police = handed_over[: scenario.police.capacity_sites]
    n_sites, protected = np.zeros(len(sector_index)), guarded.copy()
    for post in posts:
        if post.task is Task.SITES:
            n_sites[sector_index[post.sector]] += 1
            if post.key in by_police:
                protected[sector_index[post.sector]] += scenario.police.protection_level
    return _share(protected, n_sites)


@dataclass(frozen=True, slots=True)
class Balance:
    """Troops to task in a sector at the start of a run: soldiers, and sections on duty and asked for at a time."""

    sector: str
    soldiers: int
    n_available: float
    n_asked: float

    @property
    def ratio(self) -> float:
        """Sections available over sections asked for; nan when nothing is asked for."""
        return self.n_available / self.n_asked if self.n_asked else math.nan


def supply_and_demand(scenario: Scenario, troops: int) -> list[Balance]:
    """What a force has and what the reference task list asks, by sector and, last, for the theatre ("all").

    Parameters
    ----------
    scenario
        The scenario, with its task list as it stands at the start.
    troops
        Strength [soldiers], at least 0.
    """
    layout = layout_of(scenario)
    posts = list_posts(scenario, layout)
    slots = TourPlanner(scenario, make_circuits(scenario, layout)).mean_slots_per_shift
    contingents = list(scenario.contingents.values())
    soldiers = strength_by_contingent(troops, scenario).tolist()
    rows = [
        Balance(
            sector,
            sum(n for n, one in zip(soldiers, contingents, strict=True) if one.sector == sector),
            float(supply.n_sections @ supply.probability),
            float(_posts_and_reserve(scenario, sector, _crews(posts, sector)).sum() + mean_slots),
        )
        for sector, supply, mean_slots in zip(layout.sector_keys, _supply(scenario, troops), slots, strict=True)
    ]
    total = [
        sum(column) for column in zip(*((row.soldiers, row.n_available, row.n_asked) for row in rows), strict=True)
    ]
    return [*rows, Balance("all", int(total[0]), *total[1:])]


def _crews(posts: list[Post], sector: str) -> dict[Task, Floats]:
    """Crews [soldiers] of a sector's posts by task."""
    return {
        task: np.array(
            [post.crew_soldiers for post in posts if post.sector == sector and post.task is task], dtype=float
        )
        for task in POST_TASKS
    }


def _posts_and_reserve(scenario: Scenario, sector: str, crews: dict[Task, Floats]) -> NDArray[np.int64]:
    """Sections that all tasks but patrols ask for in a sector, in the order of TASKS."""
    demand = np.zeros(len(TASKS), dtype=np.int64)
    for task, crew in crews.items():
        demand[TASK_INDEX[task]] = sections_for(float(crew.sum()), scenario.force.section_size)
    demand[TASK_INDEX[Task.RESERVE]] = scenario.tasks.reserve.n_sections.get(sector, 0)
    return demand


@dataclass(frozen=True, slots=True)
class _Supply:
    """Distribution of the number of available sections in a sector: values and probabilities."""

    n_sections: NDArray[np.int64]
    probability: Floats


def _expected_work(
    scenario: Scenario, policy: Policy, troops: int, posts: list[Post], planner: TourPlanner
) -> tuple[Floats, Floats]:
    """Posts manned, sections ready and tours sent out in a shift, by sector and task; and the same asked for."""
    sectors = tuple(scenario.theatre.sectors)
    done, asked = np.zeros((len(sectors), len(TASKS))), np.zeros((len(sectors), len(TASKS)))
    allocator = Allocator(policy)
    size = scenario.force.section_size
    for s, (sector, supply) in enumerate(zip(sectors, _supply(scenario, troops), strict=True)):
        crews = _crews(posts, sector)
        demand = _posts_and_reserve(scenario, sector, crews)
        for task, crew in crews.items():
            asked[s, TASK_INDEX[task]] = len(crew)
        asked[s, TASK_INDEX[Task.RESERVE]] = demand[TASK_INDEX[Task.RESERVE]]
        mean_slots = float(planner.mean_slots_per_shift[s])
        asked[s, TASK_INDEX[Task.PATROLS]] = mean_slots
        for n_slots, share in _slot_counts(mean_slots, scenario.tasks.patrols.departures):
            demand[TASK_INDEX[Task.PATROLS]] = n_slots
            for n_sections, probability in zip(supply.n_sections.tolist(), supply.probability.tolist(), strict=True):
                work = allocator.allocate(tuple(demand.tolist()), n_sections).astype(float)
                for task, crew in crews.items():
                    work[TASK_INDEX[task]] = posts_manned(crew, int(work[TASK_INDEX[task]]), size)
                done[s] += share * probability * work
    return done, asked


def _slot_counts(mean: float, departures: Departures) -> list[tuple[int, float]]:
    """Numbers of tours tasked in a shift, and how often each occurs."""
    if departures is Departures.POISSON:
        n = np.arange(math.ceil(mean + 10 * math.sqrt(mean) + 10))
        probability = np.exp(n * math.log(mean) - mean - gammaln(n + 1)) if mean > 0 else (n == 0).astype(float)
        return [(int(k), float(p)) for k, p in zip(n, probability, strict=True) if p > _NEGLIGIBLE]
    more = mean - math.floor(mean)
    return [(math.floor(mean), 1 - more), (math.ceil(mean), more)]


def _supply(scenario: Scenario, troops: int) -> list[_Supply]:
    """Binomial numbers of available sections, mixed over the shift groups, for each sector."""
    force = scenario.force
    present = 1 - force.absence_share
    not_on_leave = 1 - min(1.0, force.leave_days / force.leave_cycle_days)
    supplies = []
    for n_in_sector in sections_by_sector(troops, scenario).tolist():
        probability = np.zeros(1 + n_in_sector)
        for group in range(force.n_shift_groups):
            there = len(range(group, n_in_sector, force.n_shift_groups)) * not_on_leave
            for n, share in ((math.floor(there), 1 - there % 1), (math.ceil(there), there % 1)):
                probability[: n + 1] += share / force.n_shift_groups * _binomial(n, present)
        values = np.flatnonzero(probability > _NEGLIGIBLE)
        supplies.append(_Supply(values, probability[values]))
    return supplies


def _binomial(n: int, p: float) -> Floats:
    """Probabilities of 0 to n successes."""
    k = np.arange(n + 1)
    if p in (0.0, 1.0):
        return np.where(k == n * p, 1.0, 0.0)
    log = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p)
    return np.asarray(np.exp(log))


def _expected_covered_areas(
    scenario: Scenario,
    policy: Policy,
    circuits: Circuits,
    planner: TourPlanner,
    tours_per_shift: Floats,
    area_sector: NDArray[np.int64],
) -> Floats:
    """Expected number of covered areas by sector: an area is uncovered when no kind of patrol has been there."""
    uncovered = np.ones(len(area_sector))
    router = make_router(policy.routing, circuits, planner.n_stops)
    window_h = scenario.coverage.window_h
    shares = [kind.share for kind in scenario.tasks.patrols.kinds.values()]
    for sector, kind in np.ndindex(*circuits.offset.shape):
        begin, length = int(circuits.offset[sector, kind]), int(circuits.length[sector, kind])
        starts = np.full(length, 1 / length)
        if isinstance(router, WeightedRouter):
            starts = router.start_probabilities(sector, kind)
        n_stops = int(planner.n_stops[kind])
        passes = np.array([starts[(np.arange(length) - back) % length] for back in range(n_stops)]).sum(axis=0)
        visits_per_h = passes * tours_per_shift[sector] * shares[kind] / scenario.force.shift_h
        uncovered[circuits.area[begin : begin + length]] *= 1 - _covered(policy.routing, visits_per_h, window_h)
    by_sector = np.bincount(area_sector, weights=1 - uncovered, minlength=len(tours_per_shift))
    return np.asarray(by_sector, dtype=np.float64)


def _covered(routing: Routing, visits_per_h: Floats, window_h: float) -> Floats:
    """Window law of each area for the visits of one patrol kind; longest unvisited follows none."""
    covered = np.zeros(len(visits_per_h))
    visited = visits_per_h > 0
    match routing:
        case Routing.SYSTEMATIC:
            covered[visited] = window_coverage_systematic(1 / visits_per_h[visited], window_h)
        case Routing.LONGEST_UNVISITED:
            covered[visited] = np.nan
        case _:
            covered[visited] = window_coverage_random(visits_per_h[visited], window_h)
    return covered


def _share(done: Floats, asked: Floats) -> Floats:
    """By sector and, last, for the theatre."""
    done, asked = np.append(done, done.sum()), np.append(asked, asked.sum())
    return np.asarray(done / np.where(asked > 0, asked, np.nan))
