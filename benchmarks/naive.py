"""The same patrols as a newcomer to SimPy writes them: the tutorial's way, readable, and not slow on purpose.

A process a patrol; a timeout a leg and a stay; a `PriorityResource` of sections in each sector, which the posts'
guards hold for a shift at a time; numbers drawn one by one with Python's `random`; a visit is a tuple in a list, and
coverage is summed up afterwards in a loop. Time is in minutes.

It takes the scenario's data (tours, kinds, areas, posts, strength) and shares no code with the model's processes, tours
and responses, so that their agreement on coverage checks both. It leaves out what does not matter when there are
sections enough: shift groups, leave and absence (the resource has as many sections as are there on average), tours that
are dropped (they wait instead), policies and drawdown.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import simpy
from simpy.events import ProcessGenerator

from sim.contingents import sections_by_sector
from sim.model import layout_of
from sim.processes.post import POST_TASKS, list_posts
from sim.scenario.schema import Departures, PatrolKind, Scenario
from sim.tasks import sections_for
from sim.theatre import Layout

Point = tuple[float, float]
Visit = tuple[float, int]

MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 1440
POST_PRIORITY, PATROL_PRIORITY = 0, 1


@dataclass
class Sector:
    """What a sector has and has to do: sections on duty, sections on posts, tours a shift, and where tours can go."""

    base: Point
    n_sections: int
    n_on_posts: int
    tours_per_shift: float
    circuits: list[list[int]]


@dataclass
class World:
    """A scenario's data as lists of plain numbers."""

    sectors: list[Sector]
    kinds: list[PatrolKind]
    place: list[Point]
    detour: float
    shift: float
    departure_window: float
    turn_round: float
    window: float
    warm_up: float
    end: float

    def minutes(self, a: Point, b: Point, speed_km_h: float) -> float:
        """Time from one place to another [min]."""
        return math.dist(a, b) * self.detour / speed_km_h * MINUTES_PER_HOUR


def read_world(scenario: Scenario) -> World:
    """What the newcomer's model needs of a scenario, at the strength of its first day."""
    patrols, force = scenario.tasks.patrols, scenario.force
    if patrols.departures is not Departures.UNIFORM:
        raise ValueError("the naive model knows uniform departures only")
    layout = layout_of(scenario)
    posts = list_posts(scenario, layout)
    there = (1 - force.leave_days / force.leave_cycle_days) * (1 - force.absence_share) / force.n_shift_groups
    total_weight = sum(patrols.sector_weights.values())
    sectors = []
    for index, key in enumerate(layout.sector_keys):
        n_on_posts = scenario.tasks.reserve.n_sections.get(key, 0)
        for task in POST_TASKS:
            soldiers = sum(post.crew_soldiers for post in posts if post.sector == key and post.task is task)
            n_on_posts += sections_for(soldiers, force.section_size)
        tours_per_day = patrols.per_day * patrols.sector_weights.get(key, 0) / total_weight
        x, y = layout.base_km[index].tolist()
        sectors.append(
            Sector(
                base=(x, y),
                n_sections=int(sections_by_sector(scenario.strength, scenario)[index] * there),
                n_on_posts=n_on_posts,
                tours_per_shift=tours_per_day * force.shift_h / 24,
                circuits=[_circuit(layout, index, kind) for kind in patrols.kinds.values()],
            )
        )
    return World(
        sectors=sectors,
        kinds=list(patrols.kinds.values()),
        place=[(x, y) for x, y in layout.area_km.tolist()],
        detour=scenario.theatre.detour_factor,
        shift=force.shift_h * MINUTES_PER_HOUR,
        departure_window=patrols.departure_window_h * MINUTES_PER_HOUR,
        turn_round=patrols.turn_round_min,
        window=scenario.coverage.window_h * MINUTES_PER_HOUR,
        warm_up=scenario.horizon.warm_up_h * MINUTES_PER_HOUR,
        end=(scenario.horizon.end - scenario.horizon.start).days * MINUTES_PER_DAY,
    )


def _circuit(layout: Layout, sector: int, kind: PatrolKind) -> list[int]:
    """Areas that a kind of patrol goes to in a sector, in the order of the round trip."""
    areas: list[int] = layout.circuits[sector].tolist()
    if kind.within_km_of_boundary is None:
        return areas
    return [area for area in areas if layout.area_boundary_km[area] <= kind.within_km_of_boundary] or areas


def draw_stay(kind: PatrolKind, rng: random.Random) -> float:
    """How long a patrol stays in an area [min]."""
    dwell = kind.dwell_min
    if dwell.distribution != "gamma":
        raise ValueError("the naive model knows gamma stays only")
    return rng.gammavariate(dwell.cv**-2, dwell.mean * dwell.cv**2)


def patrol(
    env: simpy.Environment,
    world: World,
    sector: Sector,
    sections: simpy.PriorityResource,
    rng: random.Random,
    visits: list[Visit],
) -> ProcessGenerator:
    """One tour: wait for the departure and for a section, go from area to area, come home, turn round."""
    number = rng.choices(range(len(world.kinds)), [kind.share for kind in world.kinds])[0]
    kind, circuit = world.kinds[number], sector.circuits[number]
    yield env.timeout(rng.uniform(0, world.departure_window))
    with sections.request(priority=PATROL_PRIORITY) as section:
        yield section
        here, speed = sector.base, kind.approach_speed_km_h
        first = rng.randrange(len(circuit))
        for stop in range(kind.n_stops):
            area = circuit[(first + stop) % len(circuit)]
            yield env.timeout(world.minutes(here, world.place[area], speed))
            visits.append((env.now, area))
            yield env.timeout(draw_stay(kind, rng))
            here, speed = world.place[area], kind.speed_km_h
        yield env.timeout(world.minutes(here, sector.base, kind.approach_speed_km_h))
        yield env.timeout(world.turn_round)


def guard(env: simpy.Environment, sections: simpy.PriorityResource, shift: float) -> ProcessGenerator:
    """A section's worth of posts: one section after the other, each for a shift."""
    while True:
        with sections.request(priority=POST_PRIORITY) as section:
            yield section
            yield env.timeout(shift)


def headquarters(
    env: simpy.Environment,
    world: World,
    sector: Sector,
    sections: simpy.PriorityResource,
    rng: random.Random,
    visits: list[Visit],
) -> ProcessGenerator:
    """Start the tours of every shift."""
    for shift in itertools.count(1):
        n_tours = math.floor(shift * sector.tours_per_shift + 1e-9)
        n_tours -= math.floor((shift - 1) * sector.tours_per_shift + 1e-9)
        for _ in range(n_tours):
            env.process(patrol(env, world, sector, sections, rng, visits))
        yield env.timeout(world.shift)


def simulate(world: World, seed: int) -> list[Visit]:
    """All visits (time [min], area) of one run, in order of time."""
    env = simpy.Environment()
    rng = random.Random(seed)
    visits: list[Visit] = []
    for sector in world.sectors:
        sections = simpy.PriorityResource(env, capacity=max(1, sector.n_sections))
        for _ in range(sector.n_on_posts):
            env.process(guard(env, sections, world.shift))
        env.process(headquarters(env, world, sector, sections, rng, visits))
    env.run(until=world.end)
    return visits


def coverage(world: World, visits: list[Visit]) -> float:
    """Share of areas visited within the coverage window, averaged from the end of the warm-up to the end."""
    last: list[float | None] = [None] * len(world.place)
    covered = 0.0
    for time, area in itertools.chain(visits, _closing(world)):
        before = last[area]
        if before is not None:
            covered += max(0.0, min(before + world.window, time) - max(before, world.warm_up))
        last[area] = time
    return covered / (len(world.place) * (world.end - world.warm_up))


def _closing(world: World) -> Iterator[Visit]:
    """The end of the run, as it were a visit to every area."""
    return ((world.end, area) for area in range(len(world.place)))


def run_naive(scenario: Scenario, seed: int) -> float:
    """One replication, measured: patrol coverage [share]."""
    world = read_world(scenario)
    return coverage(world, simulate(world, seed))
