"""An incident as a process: from its report to its end, woken by sections that arrive, by deadlines and by relief.

An incident needs so many sections there at once. When they are there it is *met*, and *contained* a service time later.
If it is not met by its target and its kind can escalate, it ends as *escalated*, and one of the next kind arises in its
place, which inherits the sections on the scene and on their way. If it is not met before it burns out it ends
*unanswered*. Whoever was sent is released when it ends.
"""

from __future__ import annotations

import simpy
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait
from sim.processes.case import Case
from sim.processes.dispatch import Dispatcher
from sim.processes.unrest import Unrest
from sim.trace import IncidentEnd, IncidentRow, Trace
from sim.violence.candidates import Candidate, Kinds


def report(candidate: Candidate, kinds: Kinds, trace: Trace, now_s: int) -> Case:
    """Open a case: a candidate becomes an incident, reported as it arises."""
    row = IncidentRow(
        incident_id=candidate.incident_id,
        source=candidate.source,
        kind=candidate.kind,
        sector=candidate.sector,
        place=candidate.place,
        arises_s=now_s,
        n_needed=kinds.n_sections[candidate.kind],
    )
    trace.incidents.append(row)
    return Case(row, candidate)


def incident(
    env: simpy.Environment, case: Case, *, kinds: Kinds, dispatcher: Dispatcher, unrest: Unrest, trace: Trace
) -> ProcessGenerator:
    """Live through an incident, from when the first sections were looked for.

    Parameters
    ----------
    env
        The environment.
    case
        The incident. An interrupt tells that more sections are on their way.
    kinds
        Kinds of incident.
    dispatcher, unrest, trace
        Who sends sections, what an escalation stirs up, and the record.
    """
    while True:
        try:
            yield Wait(env, _next_s(case, kinds, dispatcher, int(env.now)) - int(env.now), Turn.TOUR_ENDS)
        except simpy.Interrupt:
            # A section that is there at once may let one of an earlier shift go.
            dispatcher.relieve(case, int(env.now))
            continue
        now_s, row = int(env.now), case.row
        dispatcher.relieve(case, now_s)
        if not case.is_met and case.n_there(now_s) >= row.n_needed:
            row.met_s = now_s
            case.contained_s = now_s + case.candidate.service_s[case.n_escalations]
        if case.is_met:
            if now_s >= case.contained_s:
                dispatcher.close(case, IncidentEnd.CONTAINED, now_s)
                return
        elif kinds.escalates_to[row.kind] >= 0 and now_s >= row.arises_s + kinds.target_s[row.kind]:
            _escalate(case, kinds, trace, now_s)
            dispatcher.call(case, now_s, was=row.kind)
            unrest.add(row.sector, kinds.triggers[case.row.kind], now_s)
        elif now_s >= row.arises_s + kinds.burns_out_s[row.kind]:
            dispatcher.close(case, IncidentEnd.UNANSWERED, now_s)
            return


def _next_s(case: Case, kinds: Kinds, dispatcher: Dispatcher, now_s: int) -> int:
    """When something happens to a case next, unless more sections are sent [s]."""
    next_s = case.contained_s
    if not case.is_met:
        kind, enough_s = case.row.kind, case.enough_s()
        patience_s = kinds.target_s[kind] if kinds.escalates_to[kind] >= 0 else kinds.burns_out_s[kind]
        next_s = case.row.arises_s + patience_s
        next_s = next_s if enough_s is None else min(next_s, max(enough_s, now_s))
    relief_s = dispatcher.next_relief_s(case, now_s)
    return next_s if relief_s is None else min(next_s, relief_s)


def _escalate(case: Case, kinds: Kinds, trace: Trace, now_s: int) -> None:
    row = case.row
    row.ended_s, row.end = now_s, IncidentEnd.ESCALATED
    case.n_escalations += 1
    kind = kinds.escalates_to[row.kind]
    case.row = IncidentRow(
        incident_id=f"{case.candidate.incident_id}+{case.n_escalations}",
        source="escalation",
        kind=kind,
        sector=row.sector,
        place=row.place,
        arises_s=now_s,
        n_needed=kinds.n_sections[kind],
    )
    trace.incidents.append(case.row)
