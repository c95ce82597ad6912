"""The model, wired: one replication of a scenario under a policy, from streams to trace.

A *replication* is one run with its own random numbers. A *policy's own strength* follows its stages over the scenario's
whole horizon; a *troop level* holds the strength and the sites' guardians as they are on the first day, for the
warm-up and the days of a sweep.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import gc
import math
from collections.abc import Callable, Iterator
from enum import StrEnum

import numpy as np
import simpy

from sim.clock import SECOND_PER_DAY, hours_to_s
from sim.force import Force
from sim.policies.circuits import Circuits, make_circuits
from sim.policies.routing import make_router
from sim.processes.drawdown import StrengthStep, draw_down, unfix
from sim.processes.headquarters import SendOut, headquarters
from sim.processes.patrol import send_patrols
from sim.processes.post import Orders, Posts, list_posts, post
from sim.processes.tour_table import enter_tours
from sim.scenario.schema import Policy, Scenario
from sim.streams import Streams
from sim.tasks import TASKS, Allocator
from sim.theatre import Layout, lay_out
from sim.tours import TourPlanner
from sim.trace import EventKind, Names, Record, Trace

Digest = Callable[[Record, int], None]
_DIGEST_DAYS, _DIGEST_TOURS = 20, 6000


class Execution(StrEnum):
    """How tours are carried out: each a SimPy process, to read and teach from, or a row of a table, for studies."""

    PROCESSES = "processes"
    TABLE = "table"


def run_length_s(scenario: Scenario, troops: int | None) -> int:
    """Length of a run [s]: the horizon at the policy's own strength, warm-up and sweep at a troop level."""
    if troops is None:
        return (scenario.horizon.end - scenario.horizon.start).days * SECOND_PER_DAY
    return hours_to_s(scenario.horizon.warm_up_h) + scenario.experiment.sweep_days * SECOND_PER_DAY


@functools.lru_cache(maxsize=8)
def _lay_out_json(theatre_json: str) -> Layout:
    from sim.scenario.theatre_schema import Theatre

    return lay_out(Theatre.model_validate_json(theatre_json))


def layout_of(scenario: Scenario) -> Layout:
    """Layout of the scenario's theatre; the last few are remembered."""
    return _lay_out_json(scenario.theatre.model_dump_json())


def strength_steps(scenario: Scenario, policy: Policy) -> list[StrengthStep]:
    """A policy's stages in order of time, as the model needs them."""
    return sorted(
        (
            StrengthStep(
                stage.name,
                _seconds_from_start(scenario, stage.effective_on),
                stage.strength,
                tuple(stage.withdrawn),
            )
            for stage in policy.stages.values()
        ),
        key=lambda step: step.time_s,
    )


def _seconds_from_start(scenario: Scenario, day: dt.date) -> int:
    return (day - scenario.horizon.start).days * SECOND_PER_DAY


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause Python's search for garbage in cycles: a run makes none, and the search would walk over all its processes.

    It would take a twelfth of the time with a process a patrol, and half of it with 55,000 posts.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_collector_paused()
def replicate(
    scenario: Scenario,
    policy: str,
    *,
    troops: int | None,
    seed: int,
    replication: int,
    execution: Execution = Execution.TABLE,
    keeps_roster: bool = False,
    layout: Layout | None = None,
    digest: Digest | None = None,
    env: simpy.Environment | None = None,
) -> Trace:
    """Run one replication.

    Parameters
    ----------
    scenario
        The scenario.
    policy
        Key of one of its policies.
    troops
        Constant strength [soldiers], or None for the policy's own stages.
    seed
        Root seed.
    replication
        Number of the replication, from 0: the same numbers whatever else is run.
    execution
        How tours are carried out; every execution gives the same trace.
    keeps_roster
        Keep what every section did in every shift, for traces and conservation checks.
    layout
        Where areas and posts are, instead of the layout of the scenario's theatre.
    digest
        Called every twenty days, or sooner if there were many tours, and at the end, with what was cut off from the
        trace and the time [s] before which no visit is still to come. The trace that is returned then holds no more
        than its header and rosters, and a run of any length takes little memory.
    env
        Environment at time 0 to run in, such as one that counts or shows its events.

    Returns
    -------
    Trace
        What happened in [0, run length).

    Raises
    ------
    KeyError
        If the scenario has no such policy.
    ValueError
        If `troops` is negative, or above 0 when every contingent's strength is 0.
    """
    if troops is not None and troops < 0:
        raise ValueError(f"troops = {troops} soldiers; a troop level is at least 0")
    chosen = scenario.policy[policy]
    layout = layout or layout_of(scenario)
    circuits: Circuits = make_circuits(scenario, layout)
    planner = TourPlanner(scenario, circuits)
    steps = strength_steps(scenario, chosen) if troops is None else []
    strength = scenario.strength if troops is None else troops
    streams = Streams(seed, replication)
    force = Force(
        scenario,
        max_strength=max([strength, *(step.strength for step in steps if not step.withdrawn)]),
        strength=strength,
        streams=streams,
        steps=[(step.strength, step.withdrawn) for step in steps if step.withdrawn],
    )
    sectors = layout.sector_keys
    posts = Posts(list_posts(scenario, layout), sectors, scenario.force.section_size)
    trace = Trace(
        Names(sectors, planner.kinds, tuple(task.value for task in TASKS), force.names),
        run_length_s=run_length_s(scenario, troops),
        policy=policy,
        troops=troops,
        seed=seed,
        replication=replication,
        keeps_roster=keeps_roster,
    )
    trace.record(0, EventKind.STRENGTH_CHANGES, "start", "all", float(strength))
    env = env or simpy.Environment(initial_time=0)
    orders = [Orders(env) for _ in posts.posts]
    for one, its_orders in zip(posts.posts, orders, strict=True):
        env.process(post(env, one, its_orders, trace))
    env.process(draw_down(env, steps, force, trace))
    hand_overs = sorted((_seconds_from_start(scenario, day), key) for key, day in chosen.unfixing.items())
    if troops is not None:
        hand_overs = [(time_s, key) for time_s, key in hand_overs if time_s <= 0]
    env.process(unfix(env, hand_overs, posts, orders))
    match execution:
        case Execution.PROCESSES:
            send_out: SendOut = functools.partial(send_patrols, env)
        case Execution.TABLE:
            send_out = functools.partial(enter_tours, run_length_s=trace.run_length_s)
    reserve = scenario.tasks.reserve.n_sections
    env.process(
        headquarters(
            env,
            shift_s=hours_to_s(scenario.force.shift_h),
            force=force,
            posts=posts,
            orders=orders,
            reserve_sections=np.array([reserve.get(key, 0) for key in sectors], dtype=np.int64),
            allocator=Allocator(chosen),
            lends=chosen.lends_sections,
            planner=planner,
            router=make_router(chosen.routing, circuits, planner.n_stops),
            send_out=send_out,
            streams=streams,
            trace=trace,
        )
    )
    _run(env, trace, digest)
    return trace


def _run(env: simpy.Environment, trace: Trace, digest: Digest | None) -> None:
    """Run to the end, and hand on what is over: pieces that neither take much memory nor are many."""
    if digest is not None:
        digested_s = 0
        for now_s in range(SECOND_PER_DAY, trace.run_length_s, SECOND_PER_DAY):
            env.run(until=now_s)
            n_tours = sum(len(block) for block in trace.tours)
            if n_tours >= _DIGEST_TOURS or now_s - digested_s >= _DIGEST_DAYS * SECOND_PER_DAY:
                digested_s = now_s
                record = trace.cut(now_s)
                digest(record, min([now_s, *(int(block.depart_s.min()) for block in trace.tours if len(block))]))
    env.run(until=trace.run_length_s)
    if digest is not None:
        digest(trace.cut(math.inf), trace.run_length_s)
