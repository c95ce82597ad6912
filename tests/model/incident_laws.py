"""Laws of conservation with incidents on, each a function that checks a run from its trace."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR, hours_to_s
from sim.contingents import contingents_and_reserves
from sim.model import layout_of
from sim.policies.command import crossing_delays_s
from sim.processes.post import POST_TASKS, list_posts
from sim.processes.watch import Duty
from sim.scenario.schema import Incidents, ReserveForce, Scenario, Task
from sim.streams import Streams
from sim.tasks import TASK_INDEX, TASKS, posts_manned
from sim.trace import NOT_YET, CallOut, EventKind, IncidentEnd, IncidentRow, TourBlock, Trace
from sim.violence.candidates import CandidateSource, kinds_of
from tests.model.laws import Run, blockades, blocked_at, crews_called

_PATROLS = TASK_INDEX[Task.PATROLS]


def incidents_of(scenario: Scenario) -> Incidents:
    """The scenario's table of incidents."""
    assert scenario.incidents is not None
    return scenario.incidents


def first_id(incident_id: str) -> str:
    """Name of what an incident escalated from, or its own."""
    return incident_id.split("+")[0]


def check_incidents(run: Run) -> None:
    """Arrivals = contained + escalated + unanswered + open, and each incident keeps its kind's times."""
    trace, kinds = run.trace, kinds_of(run.scenario)
    ends = Counter(row.end for row in trace.incidents)
    assert sum(ends[end] for end in IncidentEnd) == len(trace.incidents)
    by_id = {row.incident_id: row for row in trace.incidents}
    assert len(by_id) == len(trace.incidents)
    assert sum(row.source == "escalation" for row in trace.incidents) == ends[IncidentEnd.ESCALATED]
    for row in trace.incidents:
        assert 0 <= row.arises_s < trace.run_length_s
        assert row.n_needed == kinds.n_sections[row.kind]
        target_s, burns_out_s = kinds.target_s[row.kind], kinds.burns_out_s[row.kind]
        can_escalate = kinds.escalates_to[row.kind] >= 0
        gives_up_s = row.arises_s + (target_s if can_escalate else burns_out_s)
        if row.met_s != NOT_YET:
            assert row.end in (IncidentEnd.CONTAINED, IncidentEnd.OPEN)
            assert row.arises_s <= row.met_s <= gives_up_s
        if row.end is IncidentEnd.OPEN:
            assert row.ended_s == NOT_YET
            assert row.met_s != NOT_YET or gives_up_s >= trace.run_length_s
            continue
        assert row.arises_s <= row.ended_s < trace.run_length_s
        if row.end is IncidentEnd.CONTAINED:
            assert NOT_YET < row.met_s <= row.ended_s
            continue
        assert row.met_s == NOT_YET
        assert row.ended_s == gives_up_s
        assert row.end is (IncidentEnd.ESCALATED if can_escalate else IncidentEnd.UNANSWERED)
        if can_escalate:
            first, _, n_before = row.incident_id.partition("+")
            after = by_id[f"{first}+{int(n_before or 0) + 1}"]
            assert (after.source, after.place, after.sector) == ("escalation", row.place, row.sector)
            assert (after.arises_s, after.kind) == (row.ended_s, kinds.escalates_to[row.kind])


def check_candidates(run: Run) -> None:
    """Each incident is a candidate, with its time, place and service; what is planned or dated all happens."""
    scenario, trace = run.scenario, run.trace
    source, streams = CandidateSource(scenario, layout_of(scenario)), Streams(trace.seed, trace.replication)
    n_days = -(-trace.run_length_s // SECOND_PER_DAY)
    candidates = {one.incident_id: one for day in range(n_days) for one in source.on_day(day, streams)}
    for row in trace.incidents:
        first, _, n_before = row.incident_id.partition("+")
        one = candidates[first]
        assert (row.sector, row.place) == (one.sector, one.place)
        if not n_before:
            assert (row.source, row.arises_s, row.kind) == (one.source, one.time_s, one.kind)
        if row.end is IncidentEnd.CONTAINED:
            assert row.ended_s == row.met_s + one.service_s[int(n_before or 0)]
        elif row.met_s != NOT_YET:
            assert trace.run_length_s <= row.met_s + one.service_s[int(n_before or 0)]
    certain = {
        one.incident_id
        for one in candidates.values()
        if one.time_s < trace.run_length_s and one.source in ("planned", *incidents_of(scenario).dated)
    }
    assert certain <= {row.incident_id for row in trace.incidents}


def check_call_outs(run: Run) -> None:
    """Call-outs go through their stages; an incident is met when, and as long as, enough sections are there."""
    trace, shift_s = run.trace, hours_to_s(run.scenario.force.shift_h)
    rows_of, sent_to = defaultdict[str, list[IncidentRow]](list), defaultdict[str, list[CallOut]](list)
    incidents = {row.incident_id: row for row in trace.incidents}
    for row in trace.incidents:
        rows_of[first_id(row.incident_id)].append(row)
    for out in trace.call_outs:
        its = incidents[out.incident_id]
        assert its.arises_s <= out.called_s <= out.arrives_s
        assert its.ended_s == NOT_YET or out.called_s < its.ended_s
        assert out.called_s < trace.run_length_s
        if out.released_s == NOT_YET:
            assert out.home_s == NOT_YET
            assert not out.back_at_post
            assert rows_of[first_id(out.incident_id)][-1].end is IncidentEnd.OPEN
            assert out.arrived_s == (out.arrives_s if out.arrives_s < trace.run_length_s else NOT_YET)
        else:
            assert out.called_s <= out.released_s <= out.home_s
            assert out.arrived_s == (out.arrives_s if out.arrives_s <= out.released_s else NOT_YET)
        sent_to[first_id(out.incident_id)].append(out)
    for first, rows in rows_of.items():
        sent = sent_to[first]
        instants_s = {time_s for out in sent for time_s in (out.called_s, out.arrived_s, out.released_s)} - {NOT_YET}
        for row in rows:
            ends_s = row.ended_s if row.ended_s != NOT_YET else trace.run_length_s
            for now_s in sorted(time_s for time_s in instants_s | {row.met_s} if row.arises_s <= time_s < ends_s):
                n_there = sum(_is_there(out, now_s) for out in sent)
                assert (n_there >= row.n_needed) == (NOT_YET < row.met_s <= now_s), (row, now_s)
                begins_s = now_s // shift_s * shift_s
                n_of_shift = sum(begins_s <= out.called_s <= now_s and not _is_released(out, now_s) for out in sent)
                assert n_of_shift <= row.n_needed, (row, now_s)
        for number, out in enumerate(sent if trace.keeps_roster else ()):
            n_sent = sum(not _is_released(other, out.called_s) for other in sent[:number])
            row = [row for row in rows if row.arises_s <= out.called_s][-1]
            assert n_sent < row.n_needed or _is_fresh(run, out), (row, out, "relief of an earlier shift")
        last = rows[-1]
        if last.ended_s != NOT_YET:
            assert all(NOT_YET < out.released_s <= last.ended_s for out in sent)


def _is_fresh(run: Run, out: CallOut) -> bool:
    """Whether who was called was on duty in that shift, not on the tour of an earlier one."""
    roster = run.trace.rosters[out.called_s // hours_to_s(run.scenario.force.shift_h)]
    contingent = run.trace.names.sections[out.section].rsplit("-", 1)[0]
    its = run.scenario.reserves.get(contingent)
    return bool(roster[out.section] <= Duty.STANDBY) or (its is not None and its.theatre_wide)


def _is_there(out: CallOut, now_s: int) -> bool:
    return out.arrived_s != NOT_YET and out.arrived_s <= now_s and not _is_released(out, now_s)


def _is_released(out: CallOut, now_s: int) -> bool:
    """Released before a time or at it."""
    return out.released_s != NOT_YET and out.released_s <= now_s


@dataclass(frozen=True)
class Stay:
    """What a section does from a time up to another [s]: a tour, by block and row, or a call-out."""

    begin_s: int
    end_s: int
    tour: tuple[TourBlock, int] | None = None
    call_out: CallOut | None = None


def stays(trace: Trace) -> dict[int, list[Stay]]:
    """When each section is on tour or called out, in order of time."""
    found, end_s = defaultdict[int, list[Stay]](list), trace.run_length_s
    for block in trace.tours:
        for row, times_s in enumerate(zip(block.departed_s.tolist(), block.ended_s.tolist(), strict=True)):
            if times_s[0] != NOT_YET:
                until_s = times_s[1] if times_s[1] != NOT_YET else end_s
                found[int(block.section[row])].append(Stay(times_s[0], until_s, tour=(block, row)))
    for out in trace.call_outs:
        found[out.section].append(Stay(out.called_s, end_s if out.home_s == NOT_YET else out.home_s, call_out=out))
    return {one: sorted(its, key=lambda stay: (stay.begin_s, stay.end_s)) for one, its in found.items()}


def check_somewhere_once(run: Run) -> None:
    """Every section is somewhere exactly once, at every instant.

    No tour or call-out begins before the last one is over, and turned round after unless it ended at a post, except
    that the section may be called from it on the road. Who is called has, in that shift, the duty that the call-out
    says, or is on the road from an earlier shift, or of a theatre-wide reserve. Nobody is given a duty while busy.
    """
    scenario, trace = run.scenario, run.trace
    shift_s = hours_to_s(scenario.force.shift_h)
    turn_round_s = round(scenario.tasks.patrols.turn_round_min * 60)
    wide = {key for key, one in scenario.reserves.items() if one.theatre_wide}
    keys = [name.rsplit("-", 1)[0] for name in trace.names.sections]
    busy_until_s = np.zeros(len(keys), dtype=np.int64)
    every = stays(trace)
    for section, its in every.items():
        for before, after in itertools.pairwise([None, *its]):
            assert after is not None
            out = after.call_out
            from_road = before is not None and out is not None and _called_on_the_road(before, out)
            if before is not None and not from_road:
                assert _free_s(before, turn_round_s) <= after.begin_s, (keys[section], its)
            if before is not None and from_road:
                assert before.end_s == after.begin_s
            if out is not None:
                duty = int(trace.rosters[out.called_s // shift_s][section])
                if duty > Duty.STANDBY:
                    assert from_road or (keys[section] in wide and out.duty == Duty.STANDBY)
                    assert duty == Duty.NOT_ON_DUTY or from_road
                else:
                    assert duty == out.duty, (keys[section], its)
    for shift, roster in enumerate(trace.rosters):
        now_s, at = shift * shift_s, np.flatnonzero(roster <= Duty.STANDBY)
        busy_until_s[:] = 0
        for section, its in every.items():
            begun = [stay for stay in its if stay.begin_s < now_s]
            if begun:
                busy_until_s[section] = _free_s(begun[-1], turn_round_s)
        assert (busy_until_s[at] <= now_s).all()


def _free_s(stay: Stay, turn_round_s: int) -> int:
    """When a section could be sent again: who came back to a post is at work at once, who came home turns round."""
    is_back = stay.call_out is not None and stay.call_out.back_at_post
    return stay.end_s + (0 if is_back else turn_round_s)


def _called_on_the_road(before: Stay, out: CallOut) -> bool:
    """Whether a section was called from a tour that was under way, or while it drove home from another incident."""
    if before.tour is not None:
        block, row = before.tour
        return bool(block.called[row]) and int(block.ended_s[row]) == out.called_s
    assert before.call_out is not None
    return NOT_YET < before.call_out.released_s <= before.call_out.home_s == out.called_s


def check_answers(run: Run) -> None:
    """Only those answer who may, and each arrives after its way, its turn-out and coordination."""
    scenario, trace = run.scenario, run.trace
    policy, answering = scenario.policy[trace.policy], incidents_of(scenario).answering
    of, kinds = contingents_and_reserves(scenario), list(incidents_of(scenario).kinds.values())
    kind_keys, sectors = list(incidents_of(scenario).kinds), list(scenario.theatre.sectors)
    joint = [kind.joint for kind in scenario.tasks.patrols.kinds.values()]
    delays_s = crossing_delays_s(policy.command, sectors)
    incidents = {row.incident_id: row for row in trace.incidents}
    turn_out_min = [answering.post_turn_out_min] * len(TASKS) + [answering.standby_turn_out_min]
    turn_out_min[TASK_INDEX[Task.RESERVE]] = answering.reserve_turn_out_min
    turn_out_min[_PATROLS] = answering.standby_turn_out_min
    for section, its in stays(trace).items():
        one, key = of[trace.names.sections[section].rsplit("-", 1)[0]], trace.names.sections[section]
        for before, after in itertools.pairwise([None, *its]):
            assert after is not None
            out = after.call_out
            if out is None:
                continue
            row = incidents[out.incident_id]
            kind, there = kinds[row.kind], trace.names.sectors[row.sector]
            is_wide = isinstance(one, ReserveForce) and one.theatre_wide
            assert kind_keys[row.kind] not in one.will_not_answer, (key, out)
            assert out.duty == Duty.STANDBY or TASKS[out.duty] in policy.answers_with or kind.planned
            from_road = before is not None and _called_on_the_road(before, out)
            may_set_off_s = {out.called_s} if kind.planned else {out.called_s + round(turn_out_min[out.duty] * 60)}
            if from_road:
                may_set_off_s.add(out.called_s)
            if out.sector != row.sector:
                assert there not in one.will_not_enter or there == one.sector, (key, out)
                assert not kind.planned
                assert Task(TASKS[out.duty]) not in POST_TASKS if out.duty != Duty.STANDBY else True
                if not is_wide:
                    delay_s = delays_s[out.sector][row.sector]
                    is_joint = before is not None and before.tour is not None and from_road
                    is_joint = is_joint and before is not None and joint[int(_kind_of(before))]
                    assert delay_s is not None or is_joint, (key, out)
                    may_set_off_s = {time_s + (0 if is_joint else delay_s or 0) for time_s in may_set_off_s}
            way_s = round(out.km * SECOND_PER_HOUR / answering.speed_km_h)
            assert out.arrives_s - way_s in may_set_off_s, (key, out)
            latest_s = row.arises_s + round(kind.burns_out_h * SECOND_PER_HOUR)
            assert out.arrives_s <= latest_s or NOT_YET < row.met_s <= out.called_s


def _kind_of(stay: Stay) -> int:
    assert stay.tour is not None
    return int(stay.tour[0].kind[stay.tour[1]])


def check_on_duty_adds_up(run: Run) -> None:
    """Crews at posts are those given to the task less those called out and not back, and man what they can.

    Checked whenever a crew leaves or comes back, and when a blockade begins or ends or a site is handed over.
    """
    scenario, trace = run.scenario, run.trace
    shift_s = hours_to_s(scenario.force.shift_h)
    posts = list_posts(scenario, layout_of(scenario))
    crews_out = crews_called(run)
    police = {event.entity: event.time_s for event in trace.events if event.kind is EventKind.SITE_HANDED_OVER}
    instants_s = {time_s for out in crews_out for time_s in (out.called_s, out.home_s)} | set(police.values())
    instants_s |= {time_s for _, *times_s in blockades(run) for time_s in times_s}
    in_run = sorted(time_s for time_s in instants_s if 0 <= time_s < trace.run_length_s)
    for now_s, manned in _manned_at(trace, in_run).items():
        shift = now_s // shift_s
        away = Counter(
            (out.sector, out.duty)
            for out in crews_out
            if out.called_s // shift_s == shift
            and out.called_s <= now_s
            and not (out.back_at_post and out.home_s <= now_s)
        )
        blocked = blocked_at(run, now_s)
        for sector, name in enumerate(trace.names.sectors):
            for task in POST_TASKS:
                duty = TASK_INDEX[task]
                n_there = int(trace.shifts[shift].allocated[sector, duty]) - away[sector, duty]
                assert n_there >= 0
                of_task = [post for post in posts if (post.sector, post.task) == (name, task)]
                mine = [post for post in of_task if police.get(post.key, now_s + 1) > now_s]
                crews = np.array([post.crew_soldiers for post in mine])
                first = {
                    post.key for post in mine[: posts_manned(crews, n_there, scenario.force.section_size)]
                } - blocked
                has = {post.key for post in mine if post.key in manned}
                passed_within = any(shift * shift_s < police.get(post.key, -1) <= now_s for post in of_task)
                assert has <= first if passed_within else has == first, (now_s, name, task)


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


INCIDENT_LAWS = (
    check_incidents,
    check_candidates,
    check_call_outs,
    check_somewhere_once,
    check_answers,
    check_on_duty_adds_up,
)
