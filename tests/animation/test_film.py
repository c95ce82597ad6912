"""A film says of every instant what its trace says."""

from __future__ import annotations

import numpy as np
import pytest

from sim.animation import film_of
from sim.animation.film import Film
from sim.animation.positions import Positions, rows_open, rows_sent
from sim.animation.ways import WayFinder
from sim.clock import SECOND_PER_HOUR
from sim.model import layout_of
from sim.positions import Ground, TourPositions
from sim.trace import NOT_YET, EventKind
from tests.animation.truth import (
    WEEKS,
    Run,
    last_visits_at,
    open_incidents,
    rows_out,
    run_of,
    sections_on_tour,
    sections_sent,
    snapshot,
    soldiers_at,
    states_at,
    tours_of,
)

METRE_KM = 1e-3


def film(run: Run) -> Film:
    return film_of(run.trace, run.scenario, run.from_s, run.to_s)


@pytest.mark.parametrize("name", WEEKS)
def test_every_instant_is_as_in_the_trace(name: str) -> None:
    run = run_of(name)
    shown = film(run)
    layout = layout_of(run.scenario)
    positions = TourPositions(run.scenario, layout, Ground(layout, run.scenario.theatre.detour_factor))
    drawn, tours = Positions(run.scenario, run.trace, shown), tours_of(shown)
    n_on_tour = n_open = 0
    for at_s in run.instants(12, seed=7):
        truth = snapshot(run, at_s)
        last_s = last_visits_at(shown, at_s)
        since_h = np.where(last_s == NOT_YET, np.nan, (at_s - last_s) / SECOND_PER_HOUR)
        np.testing.assert_allclose(since_h, truth.since_visit_h)
        assert states_at(shown, at_s).tolist() == [int(state) for state in truth.states]
        assert soldiers_at(shown, at_s).tolist() == truth.strength.tolist()
        on_tour = sections_on_tour(run, at_s)
        rows = rows_out(shown, at_s)
        assert sorted(shown.columns["tour.section"][rows].tolist()) == sorted(on_tour)
        assert np.bincount(shown.columns["tour.sector"][rows], minlength=len(truth.tours_out)).tolist() == (
            truth.tours_out.tolist()
        )
        found_km = positions.at(tours, rows, at_s) if len(rows) else np.empty((0, 2))
        for section, at_km in zip(shown.columns["tour.section"][rows].tolist(), found_km, strict=True):
            assert np.hypot(*(at_km - on_tour[section])) < METRE_KM
        assert sorted(map(tuple, drawn.tours(at_s))) == sorted(map(tuple, on_tour.values()))
        names = {shown.names["incident"][row] for row in rows_open(shown, at_s).tolist()}
        assert names == open_incidents(run, at_s)
        assert sorted(shown.columns["call.section"][rows_sent(shown, at_s)].tolist()) == sections_sent(run, at_s)
        n_on_tour += len(rows)
        n_open += len(names)
    assert n_on_tour > 0 and (n_open > 0) == (name in ("riots", "north", "battalion"))


@pytest.mark.parametrize("name", ["riots", "north"])
def test_ways_are_as_long_as_the_trace_says(name: str) -> None:
    run = run_of(name)
    layout, incidents = layout_of(run.scenario), run.scenario.incidents
    assert incidents is not None
    ground, s_per_km = Ground(layout, run.scenario.theatre.detour_factor), 3600 / incidents.answering.speed_km_h
    calls = run.trace.call_outs
    ways = WayFinder(run.scenario, layout, run.trace).ways(calls)
    next_called = {(one.section, one.called_s) for one in calls}
    n_home = 0
    for index, one in enumerate(calls):
        way = ways[index]
        assert float(ground.way_km(way.start_km, way.scene_km)) == pytest.approx(one.km, abs=1e-9)
        if one.home_s == NOT_YET or (one.section, one.home_s) in next_called:
            continue
        takes_s = round(float(ground.way_km(way.back_km, way.end_km)) * s_per_km)
        assert one.home_s - one.released_s == takes_s
        n_home += 1
    assert n_home > 30


def test_a_crew_sets_out_from_a_post_of_its_task_and_goes_back_to_one() -> None:
    run = run_of("north")
    layout = layout_of(run.scenario)
    ways = WayFinder(run.scenario, layout, run.trace).ways(run.trace.call_outs)
    crews = [at for at, one in enumerate(run.trace.call_outs) if one.back_at_post]
    assert crews
    for at in crews:
        one = run.trace.call_outs[at]
        assert run.trace.names.tasks[one.duty] == "checkpoints"
        posts_km = layout.checkpoint_km[layout.checkpoint_sector == one.sector]
        for at_km in (ways[at].start_km, ways[at].end_km):
            assert np.hypot(*(posts_km - at_km).T).min() == 0


def test_sections_that_are_sent_move_without_jumps() -> None:
    run = run_of("riots")
    shown = film(run)
    sent_at = Positions(run.scenario, run.trace, shown).sent
    fastest_km_s = shown.facts["answerKmH"] / 3600
    n_moved = 0
    for at_s in run.instants(25, seed=3)[3:]:
        before = dict(zip(rows_sent(shown, at_s).tolist(), sent_at(at_s), strict=True))
        after = dict(zip(rows_sent(shown, at_s + 5).tolist(), sent_at(at_s + 5), strict=True))
        for row in before.keys() & after.keys():
            moved_km = float(np.hypot(*(after[row] - before[row])))
            assert moved_km <= 5 * fastest_km_s + METRE_KM
            n_moved += moved_km > 0
    assert n_moved > 0


def test_sections_at_a_scene_are_where_its_incident_is() -> None:
    run = run_of("riots")
    shown = film(run)
    call, drawn = shown.columns, Positions(run.scenario, run.trace, shown)
    there = np.flatnonzero(call["call.arrived_s"] != NOT_YET)
    assert len(there) > 100
    for row in there[::10].tolist():
        at_s = int(call["call.arrived_s"][row])
        position = drawn.sent(at_s)[rows_sent(shown, at_s).tolist().index(row)]
        assert position == pytest.approx(call["incident.km"][call["call.incident"][row]])
    assert len(drawn.incidents(run.from_s + 4 * 86_400)) == len(rows_open(shown, run.from_s + 4 * 86_400)) > 0


def test_gates_and_steps_of_strength_are_marked() -> None:
    shown = film(run_of("gate"))
    assert "Gate One" in shown.names["mark"]
    strengths = shown.columns["strength.soldiers"].sum(axis=1).tolist()
    assert (strengths[0], strengths[-1]) == (14_000, 10_200)


def test_a_film_in_which_the_force_changes_says_so() -> None:
    assert film(run_of("gate")).has_stage and film(run_of("riots")).has_stage
    assert not film(run_of("lesson")).has_stage


def test_reserves_are_where_the_trace_says() -> None:
    run = run_of("battalion")
    shown = film(run)
    assert shown.names["reserve"] == list(run.scenario.reserves)
    moves = [one for one in run.trace.events if one.kind.name.startswith("RESERVE") and one.time_s <= run.to_s]
    states = {EventKind.RESERVE_LEAVES: 1, EventKind.RESERVE_CALLED: 2, EventKind.RESERVE_ARRIVES: 3}
    assert moves and shown.columns["move.time_s"].tolist() == [one.time_s for one in moves]
    assert shown.columns["move.state"].tolist() == [states[one.kind] for one in moves]
    for section, reserve in zip(run.trace.names.sections, shown.columns["section.reserve"].tolist(), strict=True):
        of = section.rpartition("-")[0]
        assert of == shown.names["reserve"][reserve] if reserve >= 0 else of not in run.scenario.reserves


def test_a_film_beyond_its_run_is_refused() -> None:
    run = run_of("lesson")
    for from_s, to_s in ((-1, 10), (10, 10), (run.from_s, run.trace.run_length_s)):
        with pytest.raises(ValueError, match="is not in the run"):
            film_of(run.trace, run.scenario, from_s, to_s)
