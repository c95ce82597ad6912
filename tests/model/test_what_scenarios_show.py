"""What the scenarios of violence say they show, run and looked at.

A shape that the file itself draws (when a shock begins, when a reserve comes) is checked for having been drawn; what
comes out of the model (who is there in time, what caveats cost) is checked as a paired difference or a fit.
"""

from __future__ import annotations

import datetime as dt
import functools

import numpy as np
import pytest

from sim.clock import SECOND_PER_DAY
from sim.contingents import sections_by_sector, shared_at
from sim.model import replicate
from sim.scenario import load
from sim.scenario.schema import Scenario
from sim.statistics import mean_interval, paired_difference
from sim.trace import EventKind, IncidentRow, Trace
from tests.scenarios import FOLDER, shipped

MARCH = {"horizon__start": dt.date(2004, 2, 20), "horizon__end": dt.date(2004, 4, 10), "experiment__sweep_days": 20}
N = 12
CAVEAT_FILES = ("kfor-2004-riots", "kfor-2004-no-caveats")


@functools.cache
def march(name: str) -> tuple[Scenario, list[Trace]]:
    scenario = shipped(name, **MARCH)
    policy = next(iter(scenario.policy))
    return scenario, [replicate(scenario, policy, troops=None, seed=4, replication=r) for r in range(N)]


def day_of(scenario: Scenario, day: dt.date) -> int:
    return (day - scenario.horizon.start).days


def violent(scenario: Scenario, trace: Trace) -> list[IncidentRow]:
    """Incidents that are not planned."""
    assert scenario.incidents is not None
    planned = [kind.planned for kind in scenario.incidents.kinds.values()]
    return [row for row in trace.incidents if not planned[row.kind]]


def share_in_time(scenario: Scenario, rows: list[IncidentRow]) -> float:
    assert scenario.incidents is not None
    target_s = [kind.target_min * 60 for kind in scenario.incidents.kinds.values()]
    return float(np.mean([row.met_s >= 0 and row.met_s - row.arises_s <= target_s[row.kind] for row in rows]))


def by_day(scenario: Scenario, trace: Trace) -> list[list[IncidentRow]]:
    n_days = (scenario.horizon.end - scenario.horizon.start).days
    days: list[list[IncidentRow]] = [[] for _ in range(n_days)]
    for row in violent(scenario, trace):
        days[row.arises_s // SECOND_PER_DAY].append(row)
    return days


def flat(days: list[list[IncidentRow]]) -> list[IncidentRow]:
    return [row for day in days for row in day]


def test_march_2004_is_a_burst_of_two_days() -> None:
    """Put in: 33 riots in 48 hours. Out: the force meets few of them in time, and a week later it is as before."""
    scenario, traces = march("kfor-2004-riots")
    first = day_of(scenario, dt.date(2004, 3, 17))
    n_by_day = np.array([[len(day) for day in by_day(scenario, trace)] for trace in traces])
    usual = n_by_day[:, 2 : first - 1].mean()
    assert n_by_day[:, first : first + 2].mean() > 3 * usual
    shocks = [sum(row.source == "march-2004" for row in trace.incidents) for trace in traces]
    riots = mean_interval(shocks, 0.999)
    assert riots.mean - riots.half_width < 33 < riots.mean + riots.half_width
    burst, later = (
        np.array([share_in_time(scenario, flat(by_day(scenario, trace)[begin:end])) for trace in traces])
        for begin, end in ((first, first + 3), (first + 7, first + 21))
    )
    lost = paired_difference(later, burst, 0.999)
    assert lost.mean - lost.half_width > 0.1
    before = np.array([share_in_time(scenario, flat(by_day(scenario, trace)[2:first])) for trace in traces])
    back = paired_difference(later, before, 0.999)
    assert back.mean - back.half_width > -lost.mean / 2, "more than half of the loss is made good"


def test_reinforcements_of_2004_come_from_the_second_day() -> None:
    scenario, traces = march("kfor-2004-riots")
    first = day_of(scenario, dt.date(2004, 3, 17))
    arrivals = [
        (event.time_s // SECOND_PER_DAY - first, int(event.value))
        for event in traces[0].events
        if event.kind is EventKind.RESERVE_ARRIVES
    ]
    assert [day for day, _ in arrivals] == sorted(day for day, _ in arrivals)
    total = np.cumsum([soldiers for _, soldiers in arrivals])
    assert (arrivals[0][0], total[0]) == (1, 350)
    assert dict(zip([day for day, _ in arrivals], total.tolist(), strict=True))[2] == 1000
    assert total[-1] == 2500


def test_caveats_make_march_2004_measurably_worse() -> None:
    """The same candidates with and without caveats: riots met in time, a paired interval that excludes zero."""
    shares = []
    for name in CAVEAT_FILES:
        scenario, traces = march(name)
        shares.append(
            [
                share_in_time(scenario, [row for row in trace.incidents if row.source == "march-2004"])
                for trace in traces
            ]
        )
    riots = [
        [[row.incident_id for row in trace.incidents if row.source == "march-2004"] for trace in march(name)[1]]
        for name in CAVEAT_FILES
    ]
    assert riots[0] == riots[1]
    gain = paired_difference(shares[1], shares[0], 0.999)
    assert gain.mean - gain.half_width > 0


def test_the_reserve_of_2011_comes_fifteen_days_after_the_onset_and_gate_3_stays_shut() -> None:
    scenario = shipped("kfor-north-2011")
    trace = replicate(scenario, "as-it-was", troops=None, seed=4, replication=0)
    onset = day_of(scenario, dt.date(2011, 7, 25))
    arrivals = [event for event in trace.events if event.kind is EventKind.RESERVE_ARRIVES]
    assert (arrivals[0].time_s // SECOND_PER_DAY - onset, arrivals[0].value) == (15, 600.0)
    assert arrivals[1].time_s // SECOND_PER_DAY < day_of(scenario, dt.date(2012, 5, 6))
    reviews = [event for event in trace.events if event.kind is EventKind.GATE_REVIEWED and event.entity == "gate-3"]
    assert len(reviews) >= 10
    assert not [event for event in trace.events if event.kind is EventKind.GATE_OPENS and event.entity == "gate-3"]
    tense = max(event.value for event in reviews if onset < event.time_s // SECOND_PER_DAY < onset + 130)
    calm = float(np.median([event.value for event in reviews if event.time_s // SECOND_PER_DAY < onset]))
    assert tense > 2 * calm


def test_offences_of_1999_halve_in_about_eight_weeks() -> None:
    """A log-linear fit to weekly numbers after the height; the wave is put in, its scatter and excitation are not."""
    scenario = shipped("kfor-1999-entry", horizon__end=dt.date(1999, 12, 1), experiment__sweep_days=20)
    policy = "unified"
    weeks = np.arange(2, 24)
    counts = np.zeros((6, len(weeks)))
    for r in range(6):
        trace = replicate(scenario, policy, troops=None, seed=4, replication=r)
        week = np.array([row.arises_s // (7 * SECOND_PER_DAY) for row in violent(scenario, trace)])
        counts[r] = [(week == one).sum() for one in weeks]
    slope, height = np.polyfit(weeks, np.log(counts.mean(axis=0)), 1)
    assert 250 < np.exp(height + 2 * slope) < 350
    assert 7 < -np.log(2) / slope < 10


@pytest.mark.parametrize(("early", "late"), [(dt.date(2010, 2, 3), dt.date(2010, 5, 1))])
def test_who_only_withdraws_later_never_has_fewer_sections(early: dt.date, late: dt.date) -> None:
    runs = []
    for effective_on in (early, late):
        setting = f"policy.gates.stages.gate-one.effective_on={effective_on}"
        scenario = load(FOLDER / "kfor-gates-conditions.toml", settings=[setting])
        trace = replicate(scenario, "gates", troops=None, seed=4, replication=0)
        changes = [event for event in trace.events if event.kind is EventKind.STRENGTH_CHANGES]
        days = range((scenario.horizon.end - scenario.horizon.start).days)
        by_day = []
        for day in days:
            now = [event for event in changes if event.time_s <= day * SECOND_PER_DAY][-1]
            by_day.append(sections_by_sector(int(now.value), scenario, *shared_at(now.place)))
        runs.append((np.array(by_day), np.array([row.n_sections for row in trace.shifts])))
    for sooner, later in zip(*runs, strict=True):
        assert (later >= sooner).all()
        assert (later > sooner).any()


SHARED = {
    "kfor-gates-conditions": set(),
    "kfor-2004-riots": {"riot"},
    "sfor-russian-brigade": set(),
}


@pytest.mark.parametrize("name", SHARED)
def test_kinds_that_files_repeat_agree(name: str) -> None:
    """But for their weights, which say how often, and those that a file sets on purpose."""
    here, there = shipped(name).incidents, shipped("kfor-2001-incidents").incidents
    assert here is not None
    assert there is not None
    for key in (here.kinds.keys() & there.kinds.keys()) - SHARED[name]:
        assert here.kinds[key].model_dump(exclude={"weight"}) == there.kinds[key].model_dump(exclude={"weight"})
