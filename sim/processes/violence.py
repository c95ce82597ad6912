"""Violence, put together: candidates that happen become incidents, raise tension, and are answered."""

from __future__ import annotations

import simpy

from sim.clock import SECOND_PER_HOUR
from sim.force import Force
from sim.positions import Ground, TourPositions
from sim.processes.answering import answer_rules
from sim.processes.case import Case
from sim.processes.dispatch import Dispatcher
from sim.processes.incident import incident, report
from sim.processes.post import Orders, Posts, post_positions_km
from sim.processes.search import CutShort, Search
from sim.processes.unrest import Unrest, last_visit_s, let_happen
from sim.scenario.schema import Incidents, Policy, Scenario
from sim.streams import Streams
from sim.theatre import Layout
from sim.trace import Trace
from sim.violence.candidates import BASE, PLANNED, Candidate, CandidateSource, kinds_of
from sim.violence.tension import Tension

_HALF_LIVES = 20
"""A visit so many half-lives ago deters no more."""


def _keeps_tours_s(incidents: Incidents) -> int:
    """For how long a visit may deter [s]."""
    return round(incidents.deterrence_half_life_h * SECOND_PER_HOUR * _HALF_LIVES) if incidents.deterrence > 0 else 0


def begin_violence(
    env: simpy.Environment,
    scenario: Scenario,
    policy: Policy,
    incidents: Incidents,
    *,
    layout: Layout,
    force: Force,
    posts: Posts,
    orders: list[Orders],
    cut_short: CutShort,
    tension: Tension,
    streams: Streams,
    trace: Trace,
) -> Dispatcher:
    """Let incidents happen from now on; return who answers them, for the headquarters to tell who is on duty.

    Parameters
    ----------
    env
        The environment.
    scenario, policy, incidents
        The scenario, the policy, and the scenario's incidents.
    layout
        Where areas, bases and posts are.
    force, posts, orders
        The pool of sections; the board of posts, and where their orders arrive.
    cut_short
        The execution: ends a row of tours at an instant [s] because its section is called away.
    tension
        Tension, which incidents raise.
    streams, trace
        Randomness and record of the replication.
    """
    kinds, source = kinds_of(scenario), CandidateSource(scenario, layout)
    ground = Ground(layout, scenario.theatre.detour_factor)
    unrest = Unrest(env, tension)
    search = Search(
        answer_rules(scenario, policy, incidents.answering),
        kinds,
        base_km=layout.base_km,
        post_km=post_positions_km(scenario, layout),
        ground=ground,
        positions=TourPositions(scenario, layout, ground),
        force=force,
        posts=posts,
        cut_short=cut_short,
    )
    dispatcher = Dispatcher(
        env,
        search=search,
        kinds=kinds,
        force=force,
        posts=posts,
        orders=orders,
        keeps_tours_s=_keeps_tours_s(incidents),
        live=lambda answering, case: incident(env, case, kinds=kinds, dispatcher=answering, unrest=unrest, trace=trace),
        trace=trace,
    )

    def is_certain(one: Candidate) -> bool:
        return one.source == PLANNED or one.source in incidents.dated

    def rate_per_day(one: Candidate, time_s: int) -> float:
        if one.source == BASE:
            return tension.rate_per_day(one.sector, time_s)
        return one.max_per_day if is_certain(one) else source.shock_rate_per_day(one.source, one.sector, time_s)

    def deterrence(one: Candidate, now_s: int) -> float:
        if incidents.deterrence == 0 or is_certain(one) or kinds.planned[one.kind]:
            return 0.0
        oldest_s = now_s - _keeps_tours_s(incidents)
        # The area nearest to a post near a boundary can be another sector's.
        its_tours = dispatcher.recent_tours(int(layout.area_sector[one.area]), oldest_s)
        visited_s = last_visit_s(its_tours, one.area, now_s)
        if visited_s is None or visited_s < oldest_s:
            return 0.0
        half_lives = (now_s - visited_s) / (incidents.deterrence_half_life_h * SECOND_PER_HOUR)
        return float(incidents.deterrence * 2**-half_lives)

    def happens(one: Candidate, now_s: int) -> None:
        case: Case = report(one, kinds, trace, now_s)
        unrest.add(one.sector, kinds.triggers[one.kind], now_s)
        dispatcher.call(case, now_s)

    unrest.process = env.process(
        let_happen(
            env, source=source, rate_per_day=rate_per_day, deterrence=deterrence, happens=happens, streams=streams
        )
    )
    return dispatcher
