"""Laws of conservation, each a function that checks a run from its trace, at every shift change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from sim.clock import SECOND_PER_DAY, hours_to_s
from sim.contingents import contingents_and_reserves, sections_by_sector, shared_at
from sim.model import layout_of
from sim.processes.post import POST_TASKS, Post, list_posts
from sim.processes.watch import Duty
from sim.responses import RESPONSES, measure
from sim.scenario.schema import Scenario, Task
from sim.tasks import TASK_INDEX, TASKS, posts_manned
from sim.trace import NOT_YET, CallOut, EventKind, Trace


@dataclass(frozen=True, repr=False)
class Run:
    """A scenario and what happened in it."""

    scenario: Scenario
    trace: Trace

    def __repr__(self) -> str:
        """What was run, short enough for a failing example."""
        policy = self.scenario.policy[self.trace.policy]
        parts = [self.trace.troops, self.trace.seed, self.scenario.force, policy.stages, policy.priority]
        caveats = {
            key: (one.will_not_do, one.will_not_enter)
            for key, one in self.scenario.contingents.items()
            if one.will_not_do or one.will_not_enter
        }
        return f"Run({parts}, {caveats})"


def check_rosters(run: Run) -> None:
    """Every numbered section has one duty in every shift, and counts of duties are what the headquarters saw."""
    scenario, trace = run.scenario, run.trace
    sectors = list(scenario.theatre.sectors)
    contingent_of = [name.rsplit("-", 1)[0] for name in trace.names.sections]
    wide = np.isin(contingent_of, [key for key, one in scenario.reserves.items() if one.theatre_wide])
    of = contingents_and_reserves(scenario)
    sector_of = np.array([sectors.index(of[key].sector) for key in contingent_of], dtype=np.int64)
    lends = scenario.policy[trace.policy].lends_sections
    strengths = [event for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES]
    assert len(set(trace.names.sections)) == len(trace.names.sections)
    assert len(trace.rosters) == len(trace.shifts) == len(trace.tours) == len(trace.tasked)
    for row, roster, tours in zip(trace.shifts, trace.rosters, trace.tours, strict=True):
        assert len(roster) == len(trace.names.sections)
        counted = [np.flatnonzero((roster == duty) & ~wide) for duty in Duty]
        n_duty = np.array([np.bincount(sector_of[one], minlength=len(sectors)) for one in counted])
        assert n_duty.sum() == len(roster) - wide.sum()
        assert n_duty[: Duty.STANDBY].sum(axis=1).tolist() == row.allocated.sum(axis=0).tolist()
        assert n_duty[: Duty.STANDBY].sum(axis=0).tolist() == row.n_at_work.tolist()
        if not lends:
            assert n_duty[: Duty.STANDBY].T.tolist() == row.allocated.tolist()
        on_duty = [row.n_on_leave, row.n_absent, row.n_in_hand_over, row.n_still_out, row.n_available]
        assert np.sum(on_duty, axis=0).tolist() == row.n_on_duty.tolist()
        assert n_duty[Duty.STANDBY].tolist() == (row.n_available - row.n_at_work).tolist()
        assert n_duty[: Duty.NOT_IN_FORCE].sum(axis=0).tolist() == row.n_sections.tolist()
        now = [event for event in strengths if event.time_s <= row.time_s][-1]
        withdrawn, leaves_first = shared_at(now.place)
        n_sections = sections_by_sector(int(now.value), scenario, withdrawn, leaves_first)
        here = reserves_here(trace, row.time_s)
        for key in here:
            if not scenario.reserves[key].theatre_wide:
                n_sections[sectors.index(scenario.reserves[key].sector)] += contingent_of.count(key)
        assert row.n_sections.tolist() == n_sections.tolist()
        away = np.isin(contingent_of, [*withdrawn, *(key for key in scenario.reserves if key not in here)])
        assert (roster[away] == Duty.NOT_IN_FORCE).all()
        assert (roster[wide & ~away] == Duty.NOT_ON_DUTY).all()
        on_tour = np.flatnonzero(roster == TASK_INDEX[Task.PATROLS])
        assert sorted(tours.section.tolist()) == on_tour.tolist()
        for count in (*on_duty, row.allocated, row.demand):
            assert (count >= 0).all()
        assert (row.allocated <= row.demand).all()
        assert (row.n_at_work <= row.n_available).all()


def reserves_here(trace: Trace, now_s: int) -> set[str]:
    """Reserves that have arrived and not left by a time [s]."""
    here = set[str]()
    for event in trace.events:
        if event.time_s <= now_s and event.kind is EventKind.RESERVE_ARRIVES:
            here.add(event.entity)
        elif event.time_s <= now_s and event.kind is EventKind.RESERVE_LEAVES:
            here.remove(event.entity)
    return here


def check_caveats(run: Run) -> None:
    """Nobody does or enters what a caveat rules out, nor works away from home unless sections are lent."""
    scenario, trace = run.scenario, run.trace
    keys, of = [name.rsplit("-", 1)[0] for name in trace.names.sections], contingents_and_reserves(scenario)
    lends = scenario.policy[trace.policy].lends_sections
    for roster, tours in zip(trace.rosters, trace.tours, strict=True):
        for key, duty in zip(keys, roster.tolist(), strict=True):
            assert duty >= Duty.STANDBY or TASKS[duty] not in of[key].will_not_do
        for section, sector in zip(tours.section.tolist(), tours.sector.tolist(), strict=True):
            one = of[keys[section]]
            working_in = trace.names.sectors[sector]
            assert working_in not in one.will_not_enter
            assert lends or working_in == one.sector


def check_tours(run: Run) -> None:
    """No section on two tours, or on a tour and another duty; tours leave in their shift and stay in its sector."""
    trace = run.trace
    shift_s = hours_to_s(run.scenario.force.shift_h)
    free_s = np.zeros(len(trace.names.sections), dtype=np.int64)
    for row, roster, tours in zip(trace.shifts, trace.rosters, trace.tours, strict=True):
        assert row.time_s == tours.shift * shift_s
        assert (free_s[roster <= Duty.STANDBY] <= row.time_s).all()
        assert ((tours.depart_s >= row.time_s) & (tours.depart_s < row.time_s + shift_s)).all()
        assert (tours.depart_s < tours.end_s).all()
        assert (tours.end_s <= tours.free_s).all()
        assert len(set(tours.section.tolist())) == len(tours)
        free_s[tours.section] = np.where(tours.called, 0, tours.free_s)  # who is called away: see the laws of incidents
    section, depart_s, end_s, departed_s, ended_s, called = trace.tour_columns(
        "section", "depart_s", "end_s", "departed_s", "ended_s", "called"
    )
    away = called.astype(bool)
    stays = away & (departed_s == -1)
    assert (departed_s == np.where((depart_s < trace.run_length_s) & ~stays, depart_s, -1)).all()
    assert (ended_s == np.where((end_s < trace.run_length_s) & ~stays, end_s, -1))[~away].all()
    assert (ended_s[stays] == -1).all()
    cut = away & ~stays
    assert ((depart_s <= ended_s) & (ended_s < end_s))[cut].all()
    end_s = np.where(cut, ended_s, end_s)
    section, depart_s, end_s = section[~stays], depart_s[~stays], end_s[~stays]
    order = np.lexsort((depart_s, section))
    same = np.diff(section[order]) == 0
    assert (end_s[order][:-1][same] <= depart_s[order][1:][same]).all()


def share_on_list(scenario: Scenario, task: Task, now_s: int) -> float:
    """Share of a task that is on the reference task list at a time [s]."""
    share = 1.0
    for change in scenario.tasks.changes.values():
        if (change.on - scenario.horizon.start).days * SECOND_PER_DAY <= now_s:
            share = change.share.get(task, share)
    return share


def blockades(run: Run) -> list[tuple[str, int, int]]:
    """Crossing points that incidents closed, with begin and end [s]; an escalation goes on without a gap."""
    kinds = list(run.scenario.incidents.kinds.values()) if run.scenario.incidents is not None else []
    return [
        (row.place, row.arises_s, row.ended_s if row.ended_s != NOT_YET else run.trace.run_length_s)
        for row in run.trace.incidents
        if kinds[row.kind].blocks
    ]


def blocked_at(run: Run, now_s: int) -> set[str]:
    """Crossing points that are blocked once all that happens at a time [s] has happened."""
    return {key for key, begin_s, end_s in blockades(run) if begin_s <= now_s < end_s}


def crews_called(run: Run) -> list[CallOut]:
    """Call-outs of crews of posts."""
    duties = [TASK_INDEX[task] for task in POST_TASKS]
    return [out for out in run.trace.call_outs if out.duty in duties]


def manned_at_shifts(run: Run, posts: list[Post]) -> Iterator[tuple[int, set[str], set[str]]]:
    """For each shift its number, the posts manned and those that are the police's, once all at its start is done.

    Within a shift nothing happens to posts but that crews are called away or come back, that blockades begin or end,
    and that sites are handed over.
    """
    trace, keys = run.trace, {post.key for post in posts}
    events = [event for event in trace.events if event.entity in keys]
    at_shifts_s = {row.time_s for row in trace.shifts}
    may_change_s = at_shifts_s | {out.called_s for out in crews_called(run)}
    may_change_s |= {out.home_s for out in crews_called(run) if out.back_at_post}
    may_change_s |= {time_s for _, *times_s in blockades(run) for time_s in times_s}
    manned: set[str] = set()
    police: set[str] = set()
    at = 0
    for shift, row in enumerate(trace.shifts):
        while at < len(events) and events[at].time_s <= row.time_s:
            event = events[at]
            assert event.entity not in police
            match event.kind:
                case EventKind.POST_MANNED:
                    assert event.entity not in manned
                    manned.add(event.entity)
                case EventKind.POST_UNMANNED:
                    manned.remove(event.entity)
                case EventKind.SITE_HANDED_OVER:
                    manned.discard(event.entity)
                    police.add(event.entity)
                case _:
                    raise AssertionError(event)
            at += 1
        yield shift, set(manned), set(police)
    assert all(event.time_s in may_change_s for event in events if event.kind is not EventKind.SITE_HANDED_OVER)


def check_posts(run: Run) -> None:
    """Posts manned are those that the sections given to them can man, the first on the list first.

    Crews that are called out at once leave theirs, and a blocked crossing point is manned by nobody.
    """
    scenario, trace = run.scenario, run.trace
    posts = list_posts(scenario, layout_of(scenario))
    size = scenario.force.section_size
    for shift, manned, police in manned_at_shifts(run, posts):
        row = trace.shifts[shift]
        blocked = blocked_at(run, row.time_s)
        for sector, name in enumerate(trace.names.sectors):
            for task in POST_TASKS:
                mine = [post for post in posts if (post.sector, post.task) == (name, task) and post.key not in police]
                crews = [post.crew_soldiers for post in mine]
                duty = TASK_INDEX[task]
                n_sections = int(row.allocated[sector, duty]) - sum(
                    (out.called_s, out.sector, out.duty) == (row.time_s, sector, duty) for out in crews_called(run)
                )
                first = [post.key for post in mine[: posts_manned(np.array(crews), n_sections, size)]]
                assert [post.key for post in mine if post.key in manned] == [key for key in first if key not in blocked]
                assert sum(post.crew_soldiers for post in mine if post.key in manned) <= n_sections * size + 1e-9
                asked_for = int(np.ceil(sum(crews) / size))
                on_list = int(np.ceil(asked_for * share_on_list(scenario, task, row.time_s) - 1e-9))
                assert row.demand[sector, duty] == on_list


def check_order(run: Run) -> None:
    """Time never goes back, and nothing happens outside the run."""
    trace = run.trace
    times_s = [event.time_s for event in trace.events]
    assert times_s == sorted(times_s)
    assert [row.time_s for row in trace.shifts] == sorted({row.time_s for row in trace.shifts})
    rows = trace.rows()
    assert 0 <= rows[0].time_s <= rows[-1].time_s < trace.run_length_s


def check_responses(run: Run) -> None:
    """Shares are shares; days add up to the whole."""
    measured = measure(run.scenario, run.trace)
    assert [one[1] for one in measured.responses[: len(RESPONSES)]] == list(RESPONSES)
    for sector, response, unit, value in measured.responses:
        assert unit == RESPONSES[response]
        assert np.isnan(value) or value >= -1e-9, (sector, response)
        if unit == "share":
            assert np.isnan(value) or value <= 1 + 1e-9, (sector, response)
    check_days(run, measured.series, {row[:2]: row[3] for row in measured.responses})


def check_days(run: Run, series: dict[str, np.ndarray], total: dict[tuple[str, str], float]) -> None:
    """A whole is the mean of its days, weighted by what each day asked for; tours of all days are the tours."""
    n_sectors = len(run.trace.names.sectors) + 1
    warm_up_days = round(run.scenario.horizon.warm_up_h / 24)
    daily = {name: column.reshape(-1, n_sectors) for name, column in series.items()}
    n_days = len(daily["day"])
    assert n_days == run.trace.run_length_s / SECOND_PER_DAY
    assert daily["day"][:, 0].tolist() == list(range(n_days))
    assert daily["sector"][0].tolist() == list(range(n_sectors))
    sector, ended_s, called = run.trace.tour_columns("sector", "ended_s", "called")
    ended_s = np.where(called == 1, NOT_YET, ended_s)
    for index, name in enumerate([*run.trace.names.sectors, "all"]):
        is_mine = (sector == index) | (name == "all")
        completed = np.bincount(ended_s[is_mine & (ended_s >= 0)] // SECOND_PER_DAY, minlength=n_days)
        assert daily["patrols_completed"][:, index] == pytest.approx(completed)
        day = {response: column[warm_up_days:, index] for response, column in daily.items()}
        same = np.ones(n_days - warm_up_days)
        weights = dict.fromkeys(("patrol_coverage", "patrol_coverage_population", "unvisited_share"), same)
        weights |= {"revisit_age_h": 1 - day["unvisited_share"]}
        weights |= {name: same for name in day if name.startswith("called_out_") or name == "incidents_per_day"}
        weights |= dict.fromkeys(("patrols_per_day", "site_protection", "checkpoint_fill", "crossing_fill"), same)
        weights |= {"patrol_fill": day["patrols_tasked"], "site_guard_fill": day["sites_kfor"]}
        for response, weight in weights.items():
            asked = weight > 0
            mean = np.average(day[response][asked], weights=weight[asked]) if asked.any() else np.nan
            assert mean == pytest.approx(total[name, response], nan_ok=True), (name, response)


def check_accounts(run: Run) -> None:
    """What is measured of effort and posts is what shifts and events add up to, second by second."""
    scenario, trace = run.scenario, run.trace
    value = {(sector, name): one for sector, name, _, one in measure(scenario, trace).responses}
    begin_s, end_s = hours_to_s(scenario.horizon.warm_up_h), trace.run_length_s
    starts_s = np.array([row.time_s for row in trace.shifts])
    length_s = np.clip(np.append(starts_s[1:], end_s), begin_s, None) - np.clip(starts_s, begin_s, None)
    on_duty = np.array([row.n_on_duty - row.n_on_leave - row.n_absent - row.n_still_out for row in trace.shifts])
    available_s = length_s @ (on_duty - np.array([row.n_in_hand_over for row in trace.shifts]))
    demand_s, at_work_s = (
        length_s @ np.array(rows)
        for rows in ([row.demand.sum(axis=1) for row in trace.shifts], [row.n_at_work for row in trace.shifts])
    )
    reserve = TASK_INDEX[Task.RESERVE]
    kept_s, asked_s = (
        length_s @ np.array(rows)
        for rows in (
            [row.allocated[:, reserve] for row in trace.shifts],
            [row.demand[:, reserve] for row in trace.shifts],
        )
    )
    ratios = {
        "troops_to_task": (available_s, demand_s),
        "utilisation": (at_work_s, available_s),
        "reserve_fill": (kept_s - _reserve_called_s(run, begin_s), asked_s),
        "checkpoint_fill": _post_s(run, Task.CHECKPOINTS, begin_s),
        "crossing_fill": _post_s(run, Task.CROSSING_POINTS, begin_s),
    }
    for name, (done, asked) in ratios.items():
        for index, sector in enumerate([*trace.names.sectors, "all"]):
            its_done, its_asked = (
                float(one.sum() if sector == "all" else one[index]) for one in (np.asarray(done), np.asarray(asked))
            )
            expected = its_done / its_asked if its_asked else np.nan
            assert value[sector, name] == pytest.approx(expected, nan_ok=True), (sector, name)


def _reserve_called_s(run: Run, begin_s: int) -> list[int]:
    """Section-seconds by sector that reserves spent on incidents within the shift they were in, after `begin_s`."""
    trace, shift_s = run.trace, hours_to_s(run.scenario.force.shift_h)
    called_s = [0] * len(trace.names.sectors)
    for out in trace.call_outs:
        if out.duty == TASK_INDEX[Task.RESERVE]:
            shift_ends_s = min((out.called_s // shift_s + 1) * shift_s, trace.run_length_s)
            until_s = shift_ends_s if out.home_s == NOT_YET else min(out.home_s, shift_ends_s)
            called_s[out.sector] += max(0, until_s - max(out.called_s, begin_s))
    return called_s


def _post_s(run: Run, task: Task, begin_s: int) -> tuple[list[float], list[float]]:
    """Post-seconds manned and required by sector, after `begin_s`."""
    trace, sectors = run.trace, run.trace.names.sectors
    posts = [post for post in list_posts(run.scenario, layout_of(run.scenario)) if post.task is task]
    manned = [0.0] * len(sectors)
    for post in posts:
        since_s: int | None = None
        for event in trace.events:
            if event.entity == post.key and event.kind is EventKind.POST_MANNED:
                since_s = event.time_s
            elif event.entity == post.key and event.kind is EventKind.POST_UNMANNED and since_s is not None:
                manned[sectors.index(post.sector)] += max(0, event.time_s - max(since_s, begin_s))
                since_s = None
        if since_s is not None:
            manned[sectors.index(post.sector)] += trace.run_length_s - max(since_s, begin_s)
    required, shift_s = [0.0] * len(sectors), hours_to_s(run.scenario.force.shift_h)
    for row in trace.shifts:
        length_s = min(row.time_s + shift_s, trace.run_length_s) - max(row.time_s, begin_s)
        for index, sector in enumerate(sectors):
            crews = np.array([post.crew_soldiers for post in posts if post.sector == sector])
            n_sections = int(row.demand[index, TASK_INDEX[task]])
            n_posts = posts_manned(crews, n_sections, run.scenario.force.section_size)
            required[index] += max(0, length_s) * n_posts
    return manned, required


ALL = (check_accounts, check_rosters, check_caveats, check_tours, check_posts, check_order, check_responses)
