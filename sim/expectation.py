"""What theory expects of a force held at one troop level: the dashed lines beside the simulated ones.

Leave and hand-overs, from their random beginnings, say how many sections there could be at a time; absences thin them,
and the number available is a mixture of sums of binomials. The policy's rule turns each number, by what caveats let
sections do, into posts manned and tours sent out; the mean is exact but for tours still out at a shift change, and for
hand-overs of one sector in rotations of different length, which are taken to meet as if by chance. A policy that lends
sections ties all sectors together: no law is given, and everything is nan; so it is in a sector with so many different
caveats or rotations that their combinations are too many to go through. Visits then follow the
window law (:mod:`sim.theory`): random routings make an area's visits close to a Poisson process, systematic ones of one
patrol kind close to periodic; an area is uncovered when no kind covers it. Longest unvisited follows no law here: nan.

Where simulation and theory part, the difference is what the law leaves out. A tour visits an area at most once and the
number of tours a shift is nearly fixed, so that visits are more even than Poisson and cover more: by 0.01 or less where
a tour sees a tenth of its sector (KFOR), by 0.05 where it sees two fifths (the lesson valley). Tours leave in the first
part of a shift rather than at any time, and their number varies when sections lack: both cover a little less.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from sim.contingents import strength_by_contingent
from sim.force import CaveatGroups, ToursOfDuty, caveat_groups, number_sections, tours_of_duty
from sim.model import layout_of
from sim.policies.circuits import Circuits, make_circuits
from sim.policies.routing import WeightedRouter, make_router
from sim.processes.post import POST_TASKS, Post, list_posts
from sim.responses.measure import headline
from sim.scenario.schema import Departures, Policy, Routing, Scenario, Task
from sim.tasks import TASK_INDEX, TASKS, Allocator, posts_manned, sections_able, sections_for
from sim.theory import window_coverage_random, window_coverage_systematic
from sim.tours import TourPlanner

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NEGLIGIBLE = 1e-12
_MANY = 50_000
"""Combinations of numbers of sections of a sector, or of its contingents in hand-over, gone through at most."""

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
        nan where there is no demand, or no law: for a policy that lends sections, and for what depends on a sector of
        very many different caveats or rotations.
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
    parts["coverage"][np.isnan(np.append(tours, tours.sum()))] = np.nan
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
    available = _mean_available(scenario, troops)
    rows = [
        Balance(
            sector,
            sum(n for n, one in zip(soldiers, contingents, strict=True) if one.sector == sector),
            float(available[s]),
            float(_posts_and_reserve(scenario, sector, _crews(posts, sector)).sum() + slots[s]),
        )
        for s, sector in enumerate(layout.sector_keys)
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
    """Distribution of the available sections in a sector.

    `n_sections`, shape (n, groups), holds the numbers of sections of each group that does the same tasks, `probability`
    how often each row occurs, `can_do` which tasks a group does.
    """

    n_sections: Ints
    probability: Floats
    can_do: Bools


def _expected_work(
    scenario: Scenario, policy: Policy, troops: int, posts: list[Post], planner: TourPlanner
) -> tuple[Floats, Floats]:
    """Posts manned, sections ready and tours sent out in a shift, by sector and task; and the same asked for."""
    sectors = tuple(scenario.theatre.sectors)
    done, asked = np.zeros((len(sectors), len(TASKS))), np.zeros((len(sectors), len(TASKS)))
    allocator = Allocator(policy)
    size = scenario.force.section_size
    lends = policy.lends_sections and len(sectors) > 1
    supplies = [None] * len(sectors) if lends else _supply(_Provider.of(scenario), troops, tuple(policy.leaves_first))
    for s, (sector, supply) in enumerate(zip(sectors, supplies, strict=True)):
        crews = _crews(posts, sector)
        demand = _posts_and_reserve(scenario, sector, crews)
        for task, crew in crews.items():
            asked[s, TASK_INDEX[task]] = len(crew)
        asked[s, TASK_INDEX[Task.RESERVE]] = demand[TASK_INDEX[Task.RESERVE]]
        mean_slots = float(planner.mean_slots_per_shift[s])
        asked[s, TASK_INDEX[Task.PATROLS]] = mean_slots
        if supply is None:
            done[s] = np.nan
            continue
        n_able = sections_able(supply.n_sections, supply.can_do)
        manned = {
            TASK_INDEX[task]: np.array(
                [posts_manned(crew, n, size) for n in range(1 + int(demand[TASK_INDEX[task]]))], dtype=float
            )
            for task, crew in crews.items()
        }
        for n_slots, share in _slot_counts(mean_slots, scenario.tasks.patrols.departures):
            demand[TASK_INDEX[Task.PATROLS]] = n_slots
            allocated = allocator.table(tuple(demand.tolist())).allocate_able(n_able)
            work = allocated.astype(float)
            for task_index, n_posts in manned.items():
                work[:, task_index] = n_posts[allocated[:, task_index]]
            done[s] += share * supply.probability @ work
    return done, asked


def _slot_counts(mean: float, departures: Departures) -> list[tuple[int, float]]:
    """Numbers of tours tasked in a shift, and how often each occurs."""
    if departures is Departures.POISSON:
        n = np.arange(math.ceil(mean + 10 * math.sqrt(mean) + 10))
        probability = np.exp(n * math.log(mean) - mean - gammaln(n + 1)) if mean > 0 else (n == 0).astype(float)
        return [(int(k), float(p)) for k, p in zip(n, probability, strict=True) if p > _NEGLIGIBLE]
    more = mean - math.floor(mean)
    return [(math.floor(mean), 1 - more), (math.ceil(mean), more)]


def _mean_available(scenario: Scenario, troops: int) -> Floats:
    """Mean number of sections available, by sector."""
    sections, tours, force = number_sections(troops, scenario), tours_of_duty(scenario), scenario.force
    present = (1 - min(1.0, force.leave_days / force.leave_cycle_days)) * (1 - force.absence_share)
    output = 1 - tours.hand_over_share * (1 - tours.hand_over_output)
    n_sectors = len(scenario.theatre.sectors)
    by_sector = np.bincount(sections.sector, weights=output[sections.contingent], minlength=n_sectors)
    return np.asarray(by_sector * present / force.n_shift_groups)


@dataclass(frozen=True, slots=True)
class _Provider:
    """A scenario as far as it decides how many sections are available: equal to another if all of that is."""

    key: str
    scenario: Scenario = field(compare=False, repr=False)

    @classmethod
    def of(cls, scenario: Scenario) -> _Provider:
        return cls(scenario.model_dump_json(exclude={"tasks", "coverage", "policy"}), scenario)


@functools.lru_cache(maxsize=64)
def _supply(provider: _Provider, troops: int, leaves_first: tuple[str, ...]) -> tuple[_Supply | None, ...]:
    """Distribution of available sections in each sector, mixed over shift groups; None where there are too many.

    It takes most of the time and is the same for every task list and policy: the last few are remembered.
    """
    scenario = provider.scenario
    sections, tours = number_sections(troops, scenario, leaves_first), tours_of_duty(scenario)
    caveats, force = caveat_groups(scenario), scenario.force
    leave_share = min(1.0, force.leave_days / force.leave_cycle_days)
    supplies: list[_Supply | None] = []
    for sector in range(len(scenario.theatre.sectors)):
        is_mine = sections.sector == sector
        contingents, of = np.unique(sections.contingent[is_mine], return_inverse=True)
        turns = []
        for group in range(force.n_shift_groups):
            on_duty = sections.shift_group[is_mine] == group
            turns.append(
                _not_on_leave(of[on_duty], len(contingents), sections.leave_offset[is_mine][on_duty], leave_share)
            )
        there, share = (np.concatenate(parts) for parts in zip(*turns, strict=True))
        supplies.append(_mix(there, share / len(turns), contingents, tours, caveats, 1 - force.absence_share))
    return tuple(supplies)


def _not_on_leave(contingent: Ints, n_contingents: int, offset: Floats, leave_share: float) -> tuple[Ints, Floats]:
    """Sections of a shift group that are not on leave, shape (n, contingents), and how much of the cycle each row is.

    A section is on leave for `leave_share` of the cycle from the instant at which the group's phase and its own offset
    make a whole cycle.
    """
    begins = np.modf(1 - offset)[0]
    is_of = contingent[:, None] == np.arange(n_contingents)
    instants = np.concatenate([begins, np.modf(begins + leave_share)[0]])
    in_turn = np.argsort(instants, kind="stable")
    leaves = np.concatenate([is_of, -is_of.astype(np.int64)])[in_turn]
    at_first = is_of[begins + leave_share >= 1].sum(axis=0)
    on_leave = at_first + np.concatenate([np.zeros((1, n_contingents), dtype=np.int64), np.cumsum(leaves, axis=0)])
    return is_of.sum(axis=0) - on_leave, np.diff(instants[in_turn], prepend=0.0, append=1.0)


def _mix(
    there: Ints, share: Floats, contingents: Ints, tours: ToursOfDuty, caveats: CaveatGroups, present: float
) -> _Supply | None:
    """Distribution of a sector's available sections from those on duty and not on leave, and how often each row is."""
    if not len(contingents):
        return _Supply(np.zeros((1, 1), dtype=np.int64), np.ones(1), np.ones((1, len(TASKS)), dtype=bool))
    can_do, ability = np.unique(caveats.can_do[caveats.of_contingent[contingents]], axis=0, return_inverse=True)
    ability = ability.reshape(-1)
    most = [int(there[:, ability == one].sum(axis=1).max()) for one in range(len(can_do))]
    hand_overs = _hand_overs(contingents, tours)
    if hand_overs is None or math.prod(n + 1 for n in most) > _MANY:
        return None
    joint = np.zeros([n + 1 for n in most])
    for state_share, in_hand_over in hand_overs:
        output = np.where(in_hand_over, tours.hand_over_output[contingents], 1.0)
        classes, of_class = np.unique(np.stack([ability, present * output]), axis=1, return_inverse=True)
        in_class = of_class.reshape(-1)[:, None] == np.arange(classes.shape[1])
        rows, of_row = np.unique(there @ in_class, axis=0, return_inverse=True)
        weights = np.bincount(of_row.reshape(-1), weights=share) * state_share
        for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
            chances = [np.ones(1)] * len(can_do)
            for one, chance, n in zip(classes[0].astype(int).tolist(), classes[1].tolist(), row, strict=True):
                chances[one] = np.convolve(chances[one], _binomial(n, chance))
            joint[tuple(slice(len(one)) for one in chances)] += weight * functools.reduce(np.multiply.outer, chances)
    likely = np.argwhere(joint > _NEGLIGIBLE)
    return _Supply(likely, joint[tuple(likely.T)], can_do)


def _hand_overs(contingents: Ints, tours: ToursOfDuty) -> list[tuple[float, Bools]] | None:
    """Which of a sector's contingents are in hand-over, for what share of the time; None if that is too much to say."""
    begins, share = tours.begins[contingents], tours.hand_over_share[contingents]
    tour_days = tours.tour_days[contingents]
    rotations = []
    for one in np.unique(tour_days[share > 0]):
        relieved = (tour_days == one) & (share > 0)
        edges = np.unique(np.concatenate([[0.0, 1.0], begins[relieved], (begins + share)[relieved] % 1]))
        middles = (edges[1:] + edges[:-1]) / 2
        states = ((middles[:, None] - begins) % 1 < share) & relieved
        rotations.append(list(zip(np.diff(edges).tolist(), states, strict=True)))
    if math.prod(map(len, rotations)) * len(contingents) > _MANY:
        return None
    together: dict[tuple[bool, ...], float] = {}
    for states in itertools.product(*rotations):
        key = tuple(np.any([state for _, state in states], axis=0).tolist()) if states else (False,) * len(contingents)
        together[key] = together.get(key, 0.0) + math.prod(part for part, _ in states)
    return [(part, np.array(state)) for state, part in together.items()]


@functools.lru_cache(maxsize=4096)
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
    uncovered = np.where(np.isnan(tours_per_shift), np.nan, 1.0)[area_sector]
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
