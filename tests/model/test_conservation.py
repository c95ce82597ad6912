"""Conservation: whatever the drawdown, no section is lost, doubled or in two places, and no post is manned by nobody.

Random scenarios of a week in the lesson valley, and of three days in five sectors that lend each other sections as far
as random caveats allow, are run in either execution with their rosters kept; every law is checked from the trace at
every shift change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clock import SECOND_PER_DAY, hours_to_s
from sim.force import sections_by_sector
from sim.model import Execution, layout_of, replicate
from sim.processes.headquarters import Duty
from sim.processes.post import POST_TASKS, Post, list_posts
from sim.responses import RESPONSES, measure
from sim.scenario.schema import Departures, Rotation, Routing, Scenario, Stage, Task
from sim.tasks import TASK_INDEX, TASKS, posts_manned
from sim.trace import EventKind, Trace
from tests.scenarios import shipped

# A failing example holds a whole scenario; that it is long is no fault of its own.
pytestmark = pytest.mark.filterwarnings("default:Generating overly large repr")

LESSON = shipped("lesson", horizon__end=dt.date(2001, 1, 8), horizon__warm_up_h=0, experiment__sweep_days=7)
N_DAYS = 7


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


def changed(
    *,
    stages: list[tuple[int, int]],
    unfixed_on: int | None,
    force: dict[str, object],
    patrols: dict[str, object],
    routing: Routing,
    priority: list[Task],
    caveats: list[Task] | None = None,
    rotation: Rotation | None = None,
) -> Scenario:
    start = LESSON.horizon.start
    policy = LESSON.policy["two-stages"].model_copy(
        update={
            "stages": {
                f"stage-{day}": Stage(
                    name=f"Stage of day {day}",
                    strength=strength,
                    decided_on=start,
                    effective_on=start + dt.timedelta(days=day),
                )
                for day, strength in stages
            },
            "unfixing": {} if unfixed_on is None else {"old-bridge": start + dt.timedelta(days=unfixed_on)},
            "routing": routing,
            "priority": priority,
        }
    )
    if patrols.get("departures") is Departures.POISSON:
        patrols = {**patrols, "departure_window_h": force["shift_h"]}
    tasks = LESSON.tasks.model_copy(update={"patrols": LESSON.tasks.patrols.model_copy(update=patrols)})
    return LESSON.model_copy(
        update={
            "policy": {"one": policy},
            "force": LESSON.force.model_copy(update=force),
            "contingents": {
                key: one.model_copy(
                    update={
                        "will_not_do": caveats or [] if key == "second" else [],
                        "rotation": "one" if rotation else None,
                    }
                )
                for key, one in LESSON.contingents.items()
            },
            "rotations": {"one": rotation} if rotation else {},
            "tasks": tasks,
        }
    )


ROTATIONS = st.builds(
    Rotation,
    tour_days=st.sampled_from([3.5, 7.0, 100.0]),
    hand_over_days=st.sampled_from([0.5, 2.0, 3.5]),
    hand_over_output=st.sampled_from([0.0, 0.4, 1.0]),
)
SCENARIOS = st.builds(
    changed,
    stages=st.lists(st.tuples(st.integers(-2, 8), st.integers(0, 900)), unique_by=lambda stage: stage[0], max_size=5),
    unfixed_on=st.none() | st.integers(-1, 8),
    force=st.fixed_dictionaries(
        {
            "shift_h": st.sampled_from([4, 6, 8, 12, 24, 36.5, 200]),
            "n_shift_groups": st.integers(1, 4),
            "absence_share": st.sampled_from([0.0, 0.1, 0.6]),
            "leave_days": st.sampled_from([0, 18, 90]),
            "section_size": st.sampled_from([4, 9, 12.5]),
        }
    ),
    patrols=st.fixed_dictionaries(
        {
            "per_day": st.sampled_from([0, 5, 9, 40.5]),
            "departures": st.sampled_from(list(Departures)),
            "departure_window_h": st.sampled_from([0.5, 4]),
            "turn_round_min": st.sampled_from([0, 60, 400]),
        }
    ),
    routing=st.sampled_from(list(Routing)),
    priority=st.permutations(list(Task)),
    caveats=st.lists(st.sampled_from(list(Task)), unique=True, max_size=4),
    rotation=st.none() | ROTATIONS,
)
EXECUTIONS = st.sampled_from(list(Execution))
RUNS = st.builds(
    lambda scenario, troops, seed, execution: Run(
        scenario,
        replicate(scenario, "one", troops=troops, seed=seed, replication=1, keeps_roster=True, execution=execution),
    ),
    SCENARIOS,
    st.none() | st.sampled_from([0, 1, 60, 451]),
    st.integers(0, 1000),
    EXECUTIONS,
)

KFOR = shipped("kfor-2001", horizon__warm_up_h=0, experiment__sweep_days=3)
SECTORS = list(KFOR.theatre.sectors)


def with_caveats(not_done: list[list[Task]], not_entered: list[list[str]], lends: bool, weights: list[int]) -> Scenario:
    """Five sectors; caveats of the first so many contingents; patrols asked for by weight."""
    contingents = dict(KFOR.contingents)
    for key, tasks, sectors in zip(list(contingents)[::3], not_done, not_entered, strict=True):
        entered = [sector for sector in sectors if sector != contingents[key].sector]
        contingents[key] = contingents[key].model_copy(update={"will_not_do": tasks, "will_not_enter": entered})
    policy = KFOR.policy["balanced"].model_copy(update={"lends_sections": lends})
    patrols = KFOR.tasks.patrols.model_copy(update={"sector_weights": dict(zip(SECTORS, weights, strict=True))})
    return KFOR.model_copy(
        update={
            "contingents": contingents,
            "policy": {"one": policy},
            "tasks": KFOR.tasks.model_copy(update={"patrols": patrols}),
        }
    )


N_WITH_CAVEATS = len(range(0, len(KFOR.contingents), 3))
RUNS_OF_FIVE = st.builds(
    lambda scenario, troops, seed, execution: Run(
        scenario,
        replicate(scenario, "one", troops=troops, seed=seed, replication=0, keeps_roster=True, execution=execution),
    ),
    st.builds(
        with_caveats,
        st.lists(
            st.lists(st.sampled_from(list(Task)), unique=True, max_size=2),
            min_size=N_WITH_CAVEATS,
            max_size=N_WITH_CAVEATS,
        ),
        st.lists(
            st.lists(st.sampled_from(SECTORS), unique=True, min_size=2),
            min_size=N_WITH_CAVEATS,
            max_size=N_WITH_CAVEATS,
        ),
        st.sampled_from([True, True, False]),
        st.permutations([1, 1, 1, 5, 20]),
    ),
    st.sampled_from([45_000, 25_000, 12_000]),
    st.integers(0, 1000),
    EXECUTIONS,
)


def check_rosters(run: Run) -> None:
    """Every numbered section has one duty in every shift, and counts of duties are what the headquarters saw."""
    scenario, trace = run.scenario, run.trace
    sectors = list(scenario.theatre.sectors)
    home = [scenario.contingents[name.rsplit("-", 1)[0]].sector for name in trace.names.sections]
    sector_of = np.array([sectors.index(one) for one in home], dtype=np.int64)
    lends = scenario.policy[trace.policy].lends_sections
    strengths = [event for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES]
    assert len(set(trace.names.sections)) == len(trace.names.sections)
    assert len(trace.rosters) == len(trace.shifts) == len(trace.tours) == len(trace.tasked)
    for row, roster, tours in zip(trace.shifts, trace.rosters, trace.tours, strict=True):
        assert len(roster) == len(trace.names.sections)
        n_duty = np.array([np.bincount(sector_of[roster == duty], minlength=len(sectors)) for duty in Duty])
        assert n_duty.sum() == len(roster)
        assert n_duty[: Duty.STANDBY].sum(axis=1).tolist() == row.allocated.sum(axis=0).tolist()
        assert n_duty[: Duty.STANDBY].sum(axis=0).tolist() == row.n_at_work.tolist()
        if not lends:
            assert n_duty[: Duty.STANDBY].T.tolist() == row.allocated.tolist()
        on_duty = [row.n_on_leave, row.n_absent, row.n_in_hand_over, row.n_still_out, row.n_available]
        assert np.sum(on_duty, axis=0).tolist() == row.n_on_duty.tolist()
        assert n_duty[Duty.STANDBY].tolist() == (row.n_available - row.n_at_work).tolist()
        assert n_duty[: Duty.NOT_IN_FORCE].sum(axis=0).tolist() == row.n_sections.tolist()
        strength = int([event.value for event in strengths if event.time_s <= row.time_s][-1])
        assert row.n_sections.tolist() == sections_by_sector(strength, scenario).tolist()
        on_tour = np.flatnonzero(roster == TASK_INDEX[Task.PATROLS])
        assert sorted(tours.section.tolist()) == on_tour.tolist()
        for count in (*on_duty, row.allocated, row.demand):
            assert (count >= 0).all()
        assert (row.allocated <= row.demand).all()
        assert (row.n_at_work <= row.n_available).all()


def check_caveats(run: Run) -> None:
    """Nobody does or enters what a caveat rules out, nor works away from home unless sections are lent."""
    scenario, trace = run.scenario, run.trace
    keys = [name.rsplit("-", 1)[0] for name in trace.names.sections]
    lends = scenario.policy[trace.policy].lends_sections
    for roster, tours in zip(trace.rosters, trace.tours, strict=True):
        for key, duty in zip(keys, roster.tolist(), strict=True):
            assert duty >= Duty.STANDBY or TASKS[duty] not in scenario.contingents[key].will_not_do
        for section, sector in zip(tours.section.tolist(), tours.sector.tolist(), strict=True):
            one = scenario.contingents[keys[section]]
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
        free_s[tours.section] = tours.free_s
    section, depart_s, end_s, departed_s, ended_s = trace.tour_columns(
        "section", "depart_s", "end_s", "departed_s", "ended_s"
    )
    assert (departed_s == np.where(depart_s < trace.run_length_s, depart_s, -1)).all()
    assert (ended_s == np.where(end_s < trace.run_length_s, end_s, -1)).all()
    order = np.lexsort((depart_s, section))
    same = np.diff(section[order]) == 0
    assert (end_s[order][:-1][same] <= depart_s[order][1:][same]).all()


def manned_at_shifts(trace: Trace, posts: list[Post]) -> Iterator[tuple[int, set[str], set[str]]]:
    """For each shift its number, the posts manned and those that are the police's, once all at its start is done."""
    keys = {post.key for post in posts}
    events = [event for event in trace.events if event.entity in keys]
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
    # After the last shift change nothing happens to posts but what the drawdown does within that shift.
    assert {event.kind for event in events[at:]} <= {EventKind.SITE_HANDED_OVER}


def check_posts(run: Run) -> None:
    """Posts manned are those that the sections given to them can man, the first on the list first."""
    scenario, trace = run.scenario, run.trace
    posts = list_posts(scenario, layout_of(scenario))
    size = scenario.force.section_size
    for shift, manned, police in manned_at_shifts(trace, posts):
        row = trace.shifts[shift]
        for sector, name in enumerate(trace.names.sectors):
            for task in POST_TASKS:
                mine = [post for post in posts if (post.sector, post.task) == (name, task) and post.key not in police]
                crews = [post.crew_soldiers for post in mine]
                n_sections = int(row.allocated[sector, TASK_INDEX[task]])
                can_man = posts_manned(np.array(crews), n_sections, size)
                assert [post.key for post in mine if post.key in manned] == [post.key for post in mine[:can_man]]
                assert sum(post.crew_soldiers for post in mine if post.key in manned) <= n_sections * size + 1e-9
                assert row.demand[sector, TASK_INDEX[task]] == int(np.ceil(sum(crews) / size))


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
    sector, ended_s = run.trace.tour_columns("sector", "ended_s")
    for index, name in enumerate([*run.trace.names.sectors, "all"]):
        is_mine = (sector == index) | (name == "all")
        completed = np.bincount(ended_s[is_mine & (ended_s >= 0)] // SECOND_PER_DAY, minlength=n_days)
        assert daily["patrols_completed"][:, index] == pytest.approx(completed)
        day = {response: column[warm_up_days:, index] for response, column in daily.items()}
        same = np.ones(n_days - warm_up_days)
        weights = dict.fromkeys(("patrol_coverage", "patrol_coverage_population", "unvisited_share"), same)
        weights |= {"revisit_age_h": 1 - day["unvisited_share"]}
        weights |= dict.fromkeys(("patrols_per_day", "site_protection", "checkpoint_fill", "crossing_fill"), same)
        weights |= {"patrol_fill": day["patrols_tasked"], "site_guard_fill": day["sites_kfor"]}
        for response, weight in weights.items():
            asked = weight > 0
            mean = np.average(day[response][asked], weights=weight[asked]) if asked.any() else np.nan
            assert mean == pytest.approx(total[name, response], nan_ok=True), (name, response)


ALL = (check_rosters, check_caveats, check_tours, check_posts, check_order, check_responses)


@settings(max_examples=150)
@given(run=RUNS)
def test_laws_hold_whatever_the_drawdown(run: Run) -> None:
    for check in ALL:
        check(run)


@settings(max_examples=25)
@given(run=RUNS_OF_FIVE)
def test_laws_hold_in_five_sectors_with_caveats(run: Run) -> None:
    for check in ALL:
        check(run)


def test_no_troops() -> None:
    trace = replicate(LESSON, "two-stages", troops=0, seed=1, replication=0, keeps_roster=True)
    check_responses(Run(LESSON, trace))
    assert {row.kind.name for row in trace.rows()} == {"STRENGTH_CHANGES", "SHIFT_CHANGES"}
    values = {name: value for sector, name, _, value in measure(LESSON, trace).responses if sector == "all"}
    for name in ("coverage", "patrol_coverage", "patrol_fill", "site_protection", "crossing_fill", "troops_to_task"):
        assert values[name] == 0
    assert np.isnan(values["utilisation"])
    assert np.isnan(values["revisit_age_h"])
    assert values["unvisited_share"] == 1


def test_no_tasks() -> None:
    """Without anything to do everyone stands by, and what has no demand is nan."""
    scenario = changed(
        stages=[], unfixed_on=None, force={}, patrols={"per_day": 0}, routing=Routing.RANDOM, priority=list(Task)
    )
    theatre = scenario.theatre.model_copy(update={"crossing_points": {}})
    tasks = scenario.tasks.model_copy(
        update={
            "sites": scenario.tasks.sites.model_copy(update={"n": 0}),
            "checkpoints": scenario.tasks.checkpoints.model_copy(update={"n": 0}),
            "reserve": scenario.tasks.reserve.model_copy(update={"n_sections": {}}),
        }
    )
    scenario = scenario.model_copy(update={"theatre": theatre, "tasks": tasks})
    trace = replicate(scenario, "one", troops=None, seed=1, replication=0, keeps_roster=True)
    for check in ALL:
        check(Run(scenario, trace))
    duties = {Duty(int(duty)) for roster in trace.rosters for duty in roster}
    assert duties == {Duty.STANDBY, Duty.NOT_ON_DUTY}
    values = {name: value for sector, name, _, value in measure(scenario, trace).responses if sector == "all"}
    effort = {"patrols_per_day": 0, "utilisation": 0}
    assert {name: value for name, value in values.items() if not np.isnan(value)} == effort | {
        "duty_h_per_soldier_week": values["duty_h_per_soldier_week"]
    }
    assert 0 < values["duty_h_per_soldier_week"] < 168 / 3


def test_a_shift_longer_than_the_run() -> None:
    """One allocation for the whole week; stages within it never show."""
    scenario = changed(
        stages=[(2, 0)],
        unfixed_on=3,
        force={"shift_h": 1000},
        patrols={},
        routing=Routing.RANDOM,
        priority=list(Task),
    )
    run = Run(scenario, replicate(scenario, "one", troops=None, seed=1, replication=0, keeps_roster=True))
    for check in ALL:
        check(run)
    assert len(run.trace.shifts) == 1
    departed_s, ended_s = run.trace.tour_columns("departed_s", "ended_s")
    assert len(departed_s) > 2
    assert (ended_s > 0).all()
