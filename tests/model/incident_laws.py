"""Laws of conservation with incidents on, each a function that checks a run from its trace."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import numpy as np

from sim.clock import hours_to_s
from sim.model import layout_of
from sim.processes.headquarters import Duty
from sim.processes.post import POST_TASKS, list_posts
from sim.scenario.schema import Scenario, Task
from sim.tasks import TASK_INDEX, posts_manned
from sim.trace import NOT_YET, CallOut, EventKind, IncidentEnd, Trace
from sim.violence.candidates import kinds_of
from tests.model.laws import Run

Interval = tuple[int, int, str]


def check_incidents(run: Run) -> None:
    """Arrivals = contained + escalated + unanswered + open, and each incident keeps its kind's times."""
    trace, kinds = run.trace, kinds_of(run.scenario)
    ends = Counter(row.end for row in trace.incidents)
    assert sum(ends.values()) == len(trace.incidents)
    ids = [row.incident_id for row in trace.incidents]
    assert len(set(ids)) == len(ids)
    arisen_of = {(row.place, row.arises_s, row.kind) for row in trace.incidents if row.source == "escalation"}
    assert len([row for row in trace.incidents if row.source == "escalation"]) == ends[IncidentEnd.ESCALATED]
    for row in trace.incidents:
        assert 0 <= row.arises_s < trace.run_length_s
        assert row.n_needed == kinds.n_sections[row.kind]
        target_s, burns_out_s = int(kinds.target_s[row.kind]), int(kinds.burns_out_s[row.kind])
        if row.end is IncidentEnd.OPEN:
            assert row.ended_s == NOT_YET
            continue
        assert row.arises_s <= row.ended_s < trace.run_length_s
        if row.end is IncidentEnd.CONTAINED:
            assert row.arises_s <= row.met_s <= row.ended_s
        else:
            assert row.met_s == NOT_YET
            waited_s = target_s if row.end is IncidentEnd.ESCALATED else burns_out_s
            assert row.ended_s == row.arises_s + waited_s
        if row.end is IncidentEnd.ESCALATED:
            assert (row.place, row.ended_s, int(kinds.escalates_to[row.kind])) in arisen_of
        if row.end is IncidentEnd.UNANSWERED:
            assert kinds.escalates_to[row.kind] < 0


def check_call_outs(run: Run) -> None:
    """Call-outs go through their stages in order, and whoever meets an incident was there, enough of them."""
    trace = run.trace
    incidents = {row.incident_id: row for row in trace.incidents}
    first_of = defaultdict[str, list[CallOut]](list)
    for one in trace.call_outs:
        row = incidents[one.incident_id]
        assert row.arises_s <= one.called_s <= one.arrives_s
        assert one.arrived_s in (NOT_YET, one.arrives_s)
        if one.released_s == NOT_YET:
            assert one.home_s == NOT_YET
            assert one.arrived_s != NOT_YET or one.arrives_s >= trace.run_length_s
        else:
            assert max(one.called_s, one.arrived_s) <= one.released_s <= one.home_s
            assert one.arrived_s != NOT_YET or one.released_s <= one.arrives_s
        first_of[one.incident_id.split("+")[0]].append(one)
    for row in trace.incidents:
        sent = first_of[row.incident_id.split("+")[0]]
        if row.met_s != NOT_YET:
            ends_s = row.ended_s if row.ended_s != NOT_YET else trace.run_length_s
            instants_s = {row.met_s, *(one.released_s for one in sent), *(one.arrived_s for one in sent)}
            for now_s in (now_s for now_s in instants_s if row.met_s <= now_s < ends_s):
                n_there = sum(_is_there(one, now_s) for one in sent)
                assert n_there >= row.n_needed, (row, now_s)
        for one in sent:
            if one.released_s == NOT_YET:
                assert incidents_open(trace, row.incident_id)


def incidents_open(trace: Trace, incident_id: str) -> bool:
    """Whether the last of an incident and those it escalated into is open."""
    root = incident_id.split("+")[0]
    return any(row.incident_id.split("+")[0] == root and row.end is IncidentEnd.OPEN for row in trace.incidents)


def _is_there(one: CallOut, now_s: int) -> bool:
    """Arrived by `now_s` and not released before or at it."""
    return one.arrived_s != NOT_YET and one.arrived_s <= now_s and (one.released_s == NOT_YET or one.released_s > now_s)


def intervals(trace: Trace) -> dict[int, list[Interval]]:
    """When each section is on tour or called out [s], in order of time."""
    found = defaultdict[int, list[Interval]](list)
    section, departed_s, ended_s = trace.tour_columns("section", "departed_s", "ended_s")
    for one, begin_s, end_s in zip(section.tolist(), departed_s.tolist(), ended_s.tolist(), strict=True):
        if begin_s != NOT_YET:
            found[one].append((begin_s, end_s if end_s != NOT_YET else trace.run_length_s, "tour"))
    for out in trace.call_outs:
        home_s = out.home_s if out.home_s != NOT_YET else trace.run_length_s
        found[out.section].append((out.called_s, home_s, "call-out"))
    return {one: sorted(its) for one, its in found.items()}


def check_somewhere_once(run: Run) -> None:
    """Every section is somewhere exactly once: no tour or call-out begins before the last one is over.

    A section called out has, in the shift in which it is called, the duty that the call-out says, or is still on a tour
    of an earlier shift, or of a theatre-wide reserve. In no shift is a section given a duty while it is on tour or called
    out.
    """
    scenario, trace = run.scenario, run.trace
    shift_s = hours_to_s(scenario.force.shift_h)
    for section, its in intervals(trace).items():
        for (_, end_s, _), (begin_s, _, what) in itertools.pairwise(its):
            assert end_s <= begin_s, (trace.names.sections[section], its)
            assert what in ("tour", "call-out")
    for out in trace.call_outs:
        duty = int(trace.rosters[out.called_s // shift_s][out.section])
        assert duty == out.duty or (duty > Duty.STANDBY and out.duty in (Duty.PATROLS, Duty.STANDBY))
    busy = intervals(trace)
    for shift, roster in enumerate(trace.rosters):
        now_s = shift * shift_s
        for section in np.flatnonzero(roster <= Duty.STANDBY).tolist():
            assert not any(begin_s < now_s < end_s for begin_s, end_s, _ in busy.get(section, ()))


def check_on_duty_adds_up(run: Run) -> None:
    """On duty = at posts + on patrol + in reserve + answering + without a task, at many instants, by roster and times.

    Crews at posts are those given to the task less those called out and not back; posts manned are what they can man.
    """
    scenario, trace = run.scenario, run.trace
    shift_s = hours_to_s(scenario.force.shift_h)
    posts = list_posts(scenario, layout_of(scenario))
    instants_s = sorted({out.called_s for out in trace.call_outs} | {out.home_s for out in trace.call_outs} - {NOT_YET})
    manned_at = _manned_at(trace, [now_s for now_s in instants_s if now_s < trace.run_length_s])
    blocked = _blocked(scenario, trace)
    police = {event.entity: event.time_s for event in trace.events if event.kind is EventKind.SITE_HANDED_OVER}
    for now_s, manned in manned_at.items():
        shift = now_s // shift_s
        row = trace.shifts[shift]
        for sector, name in enumerate(trace.names.sectors):
            for task in POST_TASKS:
                away = [
                    out
                    for out in trace.call_outs
                    if out.sector == sector
                    and out.duty == TASK_INDEX[task]
                    and out.called_s // shift_s == shift
                    and out.called_s <= now_s
                    and not (out.back_at_post and out.home_s <= now_s)
                ]
                n_there = int(row.allocated[sector, TASK_INDEX[task]]) - len(away)
                assert n_there >= 0
                mine = [post for post in posts if (post.sector, post.task) == (name, task) and post.key not in police]
                can_man = posts_manned(np.array([p.crew_soldiers for p in mine]), n_there, scenario.force.section_size)
                expected = {p.key for p in mine[:can_man]} - {k for k, a, b in blocked if a <= now_s < b}
                if task is not Task.SITES or not police:
                    assert {p.key for p in mine if p.key in manned} == expected, (now_s, name, task)


def _manned_at(trace: Trace, instants_s: list[int]) -> dict[int, set[str]]:
    """Posts manned once all that happens at each instant has happened."""
    manned: set[str] = set()
    found, at = dict[int, set[str]](), 0
    for now_s in instants_s:
        while at < len(trace.events) and trace.events[at].time_s <= now_s:
            event = trace.events[at]
            if event.kind is EventKind.POST_MANNED:
                manned.add(event.entity)
            elif event.kind in (EventKind.POST_UNMANNED, EventKind.SITE_HANDED_OVER):
                manned.discard(event.entity)
            at += 1
        found[now_s] = set(manned)
    return found


def _blocked(scenario: Scenario, trace: Trace) -> list[tuple[str, int, int]]:
    blocks = kinds_of(scenario).blocks
    return [
        (row.place, row.arises_s, row.ended_s if row.ended_s != NOT_YET else trace.run_length_s)
        for row in trace.incidents
        if blocks[row.kind]
    ]


INCIDENT_LAWS = (check_incidents, check_call_outs, check_somewhere_once, check_on_duty_adds_up)
