"""The model, wired: one replication of a scenario under a policy, from streams to trace.

A *replication* is one run with its own random numbers. A *policy's own strength* follows its stages over the scenario's
whole horizon; a *troop level* holds the strength and the sites' guardians as they are on the first day, for the
warm-up and the days of a sweep.
"""

from __future__ import annotations

import contextlib
import copy
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
from sim.processes.drawdown import Asked, draw_down, follow_rule, seconds_from_start, strength_steps, unfix
from sim.processes.gates import GateStep, gate_steps, review_gates, strengths_to_come, unfix_when, unfixing_rule
from sim.processes.headquarters import SendOut, headquarters
from sim.processes.patrol import Patrols
from sim.processes.post import Orders, Posts, list_posts, post
from sim.processes.reserves import call_reserves, reserve_calls
from sim.processes.search import CutShort
from sim.processes.tour_table import cut_short, enter_tours
from sim.processes.violence import begin_violence
from sim.scenario.schema import Policy, Scenario
from sim.streams import Streams
from sim.task_list import task_list
from sim.tasks import TASKS, Allocator
from sim.theatre import Layout, lay_out
from sim.tours import TourPlanner
from sim.trace import EventKind, Names, Record, Trace
from sim.violence.candidates import CandidateSource
from sim.violence.tension import Tension

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


def calm(scenario: Scenario, layout: Layout) -> Tension:
    """Tension at the start, when there is none; without incidents there never is any."""
    incidents = scenario.incidents
    if incidents is None:
        return Tension([0.0] * len(layout.sector_keys), half_life_days=1.0, spill_share=0.0, max_tension=0.0)
    return Tension(
        CandidateSource(scenario, layout).base_per_day,
        half_life_days=incidents.tension_half_life_days,
        spill_share=incidents.spill_share,
        max_tension=incidents.max_tension,
    )


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
        If the rule asks for what it may not, `troops` is negative, or above 0 when every contingent's strength is 0.
    """
    if troops is not None and troops < 0:
        raise ValueError(f"troops = {troops} soldiers; a troop level is at least 0")
    chosen = scenario.policy[policy]
    layout = layout or layout_of(scenario)
    circuits: Circuits = make_circuits(scenario, layout)
    planner = TourPlanner(scenario, circuits)
    rule = copy.deepcopy(scenario.rules.get(policy)) if troops is None else None
    by_itself = troops is None and rule is None
    steps = strength_steps(scenario, chosen) if by_itself else []
    strength = scenario.strength if troops is None else troops
    streams = Streams(seed, replication)
    gates = gate_steps(scenario, chosen) if by_itself else []
    max_strength, withdrawing = strengths_to_come(strength, steps, gates)
    if rule is not None:
        max_strength = max(max_strength, rule.max_strength)
    force = Force(
        scenario,
        max_strength=max_strength,
        strength=strength,
        streams=streams,
        steps=withdrawing,
        leaves_first=chosen.leaves_first,
    )
    sectors = layout.sector_keys
    posts = Posts(list_posts(scenario, layout), sectors, scenario.force.section_size)
    trace = Trace(
        Names(
            sectors,
            planner.kinds,
            tuple(task.value for task in TASKS),
            force.names,
            tuple(scenario.incidents.kinds) if scenario.incidents is not None else (),
        ),
        run_length_s=run_length_s(scenario, troops),
        policy=policy,
        troops=troops,
        seed=seed,
        replication=replication,
        keeps_roster=keeps_roster,
    )
    trace.record(0, EventKind.STRENGTH_CHANGES, "start", force.place, float(strength))
    env = env or simpy.Environment(initial_time=0)
    orders = [Orders(env) for _ in posts.posts]
    for one, its_orders in zip(posts.posts, orders, strict=True):
        env.process(post(env, one, its_orders, trace))
    asked, tension = Asked(), calm(scenario, layout)
    env.process(draw_down(env, steps, force, asked, trace))
    if rule is not None:
        env.process(follow_rule(env, rule, scenario, force, tension, trace))
    hand_overs = sorted((seconds_from_start(scenario, day), key) for key, day in chosen.unfixing.items())
    if troops is not None:
        hand_overs = [(time_s, key) for time_s, key in hand_overs if time_s <= 0]
    env.process(unfix(env, hand_overs, posts, orders))
    if troops is None:
        _await_conditions(env, scenario, chosen, gates, force, asked, posts, orders, tension, trace)
    match execution:
        case Execution.PROCESSES:
            patrols = Patrols(env)
            send_out: SendOut = patrols.send_out
            cut_tour: CutShort = patrols.cut_short
        case Execution.TABLE:
            send_out = functools.partial(enter_tours, run_length_s=trace.run_length_s)
            cut_tour = cut_short
    dispatcher, incidents = None, scenario.incidents
    if incidents is not None:
        dispatcher = begin_violence(
            env,
            scenario,
            chosen,
            incidents,
            layout=layout,
            force=force,
            posts=posts,
            orders=orders,
            cut_short=cut_tour,
            tension=tension,
            streams=streams,
            trace=trace,
        )
    reserve = scenario.tasks.reserve.n_sections
    env.process(
        headquarters(
            env,
            shift_s=hours_to_s(scenario.force.shift_h),
            force=force,
            posts=posts,
            orders=orders,
            reserve_sections=np.array([reserve.get(key, 0) for key in sectors], dtype=np.int64),
            tasks=task_list(scenario, held=troops is not None),
            asked=asked,
            allocator=Allocator(chosen),
            lends=chosen.lends_sections,
            planner=planner,
            router=make_router(chosen.routing, circuits, planner.n_stops),
            send_out=send_out,
            dispatcher=dispatcher,
            streams=streams,
            trace=trace,
        )
    )
    _run(env, trace, digest)
    return trace


def _await_conditions(
    env: simpy.Environment,
    scenario: Scenario,
    policy: Policy,
    gates: list[GateStep],
    force: Force,
    asked: Asked,
    posts: Posts,
    orders: list[Orders],
    tension: Tension,
    trace: Trace,
) -> None:
    """Begin what waits for conditions: gates, calls of reserves, hand-overs of sites."""
    if gates:
        env.process(review_gates(env, gates, force, asked, tension, trace))
    call_reserves(env, reserve_calls(scenario, policy), scenario.reserves, force, tension, trace)
    rule = unfixing_rule(scenario, policy)
    if rule is not None:
        env.process(unfix_when(env, rule, posts, orders, tension))


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
