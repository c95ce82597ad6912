"""Common random numbers of incidents: no policy and no strength changes what could happen, and no source another's."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest

from sim.model import layout_of, replicate
from sim.scenario.schema import Scenario
from sim.streams import Streams
from sim.trace import Trace
from sim.violence.candidates import Candidate, CandidateSource
from tests.model.incident_laws import incidents_of
from tests.model.small import valley
from tests.scenarios import shipped

N_DAYS = 6
ENTRY = {"horizon__warm_up_h": 0, "experiment__sweep_days": N_DAYS}
POLICIES, LEVELS = ("balanced", "separate-with-liaison"), (30_000, 3_000)
CALM = {
    "incidents__deterrence": 0,
    **{f"incidents__kinds__{kind}__triggers": 0 for kind in incidents_of(shipped("kfor-1999-entry")).kinds},
}


def seen(
    scenario: Scenario, policy: str, troops: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Candidate], Trace]:
    """All candidates that a run went through, and its trace."""
    found: list[Candidate] = []
    on_day = CandidateSource.on_day

    def spy(source: CandidateSource, day: int, streams: Streams) -> list[Candidate]:
        found.extend(drawn := on_day(source, day, streams))
        return drawn

    with monkeypatch.context() as patched:
        patched.setattr(CandidateSource, "on_day", spy)
        trace = replicate(scenario, policy, troops=troops, seed=3, replication=2)
    return found, trace


def arisen(trace: Trace) -> set[tuple[str, int, int, str]]:
    """What arose by itself: name, time, kind and place."""
    return {
        (row.incident_id, row.arises_s, row.kind, row.place) for row in trace.incidents if row.source != "escalation"
    }


def test_policies_and_strengths_meet_the_same_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = shipped("kfor-1999-entry", **ENTRY)
    runs = [seen(scenario, *choice, monkeypatch) for choice in itertools.product(POLICIES, LEVELS)]
    first, _ = runs[0]
    assert len(first) > 100
    assert all(candidates == first for candidates, _ in runs[1:])
    # Tension by escalations and deterrence by patrols differ, and so do the incidents.
    assert any(arisen(trace) != arisen(runs[0][1]) for _, trace in runs[1:])


def test_without_triggers_and_deterrence_the_same_incidents_arise(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = shipped("kfor-1999-entry", **ENTRY, **CALM)
    traces = [seen(scenario, *choice, monkeypatch)[1] for choice in itertools.product(POLICIES, LEVELS)]
    assert len(arisen(traces[0])) > 50
    assert all(arisen(trace) == arisen(traces[0]) for trace in traces[1:])
    n_escalations = [sum(row.source == "escalation" for row in trace.incidents) for trace in traces]
    assert len(set(n_escalations)) > 1, "answers differ, and only they"


def test_another_replication_has_other_candidates() -> None:
    scenario = shipped("kfor-1999-entry", **ENTRY)
    first, second = (
        CandidateSource(scenario, layout_of(scenario)).on_day(1, Streams(3, replication)) for replication in (0, 1)
    )
    assert {one.luck for one in first}.isdisjoint({one.luck for one in second})


BASE: dict[str, Any] = {"incidents__per_day": 5, "incidents__max_tension": 2, "incidents__kinds__crowd__weight": 1}
SHOCK = {"begins": dt.datetime(2001, 1, 1, 6), "lasts_h": 12, "per_day": 40, "sector_weights": {"valley": 1}}
OTHER_SHOCK = SHOCK | {"half_life_h": 6, "kinds": {"riot": 1}}


def candidates_of(scenario: Scenario) -> list[Candidate]:
    source, streams = CandidateSource(scenario, layout_of(scenario)), Streams(8, 0)
    return [one for day in range(N_DAYS) for one in source.on_day(day, streams)]


def test_a_shock_changes_no_other_source() -> None:
    dated = {"a": ("crowd", "05:00", "lower-town")}
    without = candidates_of(valley(**BASE))
    with_one = candidates_of(valley(dated=dated, incidents__shocks__first=SHOCK, **BASE))
    with_two = candidates_of(
        valley(dated=dated, incidents__shocks__other=OTHER_SHOCK, incidents__shocks__first=SHOCK, **BASE)
    )
    assert {one.source for one in with_two} == {"base", "first", "other", "a"}
    assert [one for one in with_one if one.source == "base"] == without
    assert [one for one in with_two if one.source != "other"] == with_one
    assert len(without) > 20
    assert len([one for one in with_one if one.source == "first"]) > 5


def test_days_can_be_drawn_in_any_order() -> None:
    """A candidate's luck hangs on its own day alone."""
    scenario = valley(incidents__shocks__first=OTHER_SHOCK, **BASE)
    source, streams = CandidateSource(scenario, layout_of(scenario)), Streams(8, 0)
    by_day = {day: source.on_day(day, streams) for day in (4, 40, 0, 5, 3, 2, 1)}
    assert [one for day in range(N_DAYS) for one in by_day[day]] == candidates_of(scenario)
