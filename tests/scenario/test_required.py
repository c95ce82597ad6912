"""Numbers that decide a result have no default: they stand in a file, with a source."""

from __future__ import annotations

import datetime as dt
from typing import Any, get_origin

import pytest
from pydantic import BaseModel

from sim.model import replicate
from sim.scenario.fields import patterns, type_at
from sim.scenario.schema import Task
from tests.scenario.conftest import Files
from tests.scenario.faults import the_fault
from tests.scenarios import shipped

VALLEY, THEATRE_FILE = "valley.toml", "theatres/valley.toml"

# What may be left out, and what is then meant: no spread, no limit to the boundary, an end at once, never.
OPTIONAL = {
    ("tasks", "patrols", "kinds", "NAME", "dwell_min", "cv"): 0.0,
    ("tasks", "patrols", "kinds", "NAME", "within_km_of_boundary"): None,
    ("incidents", "kinds", "NAME", "service_min", "cv"): 0.0,
    ("incidents", "shocks", "NAME", "half_life_h"): 0.0,
    ("incidents", "dated", "NAME", "service_h"): None,
    ("policy", "NAME", "command", "separate_delay_min"): None,
    ("policy", "NAME", "command", "liaison_halves_at"): None,
    ("policy", "NAME", "gates", "NAME", "approved_on"): None,
    ("policy", "NAME", "gates", "NAME", "reverses_above"): None,
    ("policy", "NAME", "gates", "NAME", "reversal_delay_days"): 0.0,
    ("policy", "NAME", "calls", "NAME", "on"): None,
    ("policy", "NAME", "calls", "NAME", "tension_above"): None,
    ("vehicles", "checkpoints", "check_min", "cv"): 0.0,
    ("vehicles", "crossing_points", "check_min", "cv"): 0.0,
    ("experiment", "precision", "goals", "NAME", "half_width"): None,
    ("experiment", "precision", "goals", "NAME", "relative"): None,
    ("comparison", "first_day"): None,
    ("comparison", "last_day"): None,
    ("comparison", "cost_per_soldier_day"): None,
}


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        (VALLEY, "weight_patrols = 1\n", "coverage.weight_patrols"),
        (VALLEY, "weight_sites = 1\n", "coverage.weight_sites"),
        (VALLEY, "weight_checkpoints = 1\n", "coverage.weight_checkpoints"),
        (VALLEY, "weight_crossing_points = 1\n", "coverage.weight_crossing_points"),
        (VALLEY, "sweep_days = 60\n", "experiment.sweep_days"),
        (VALLEY, "confidence = 0.95\n", "experiment.confidence"),
        (THEATRE_FILE, "risk = 1.0\n", "theatre.municipalities.town.risk"),
        (THEATRE_FILE, "share_of_people_at_seat = 0.4\n", "theatre.share_of_people_at_seat"),
    ],
)
def test_left_out_is_a_fault(files: Files, name: str, text: str, key: str) -> None:
    files.change(text, "", name)
    if "seat" in key:
        files.change('share_of_people_at_seat = "assumption: made up"\n', "", name)
    fault = the_fault(files.scenario)
    assert (fault.file, fault.key, fault.found) == (str(files.folder / name), key, "nothing")
    assert fault.message.startswith("missing")


def test_no_number_of_the_format_has_a_default_of_its_own() -> None:
    defaults: dict[tuple[str, ...], Any] = {}
    for loc in patterns():
        table = type_at(loc[:-1])
        if (
            type_at(loc) in {int, float, dt.date, dt.datetime}
            and isinstance(table, type)
            and issubclass(table, BaseModel)
        ):
            field = table.model_fields[loc[-1]]
            if not field.is_required():
                defaults[loc] = field.default
    assert defaults == OPTIONAL


def test_no_list_or_table_of_numbers_is_filled_by_default() -> None:
    filled = []
    for loc in patterns():
        kind, table = type_at(loc), type_at(loc[:-1])
        of_words = get_origin(kind) is list and type_at((*loc, 0)) in {str, Task}
        if get_origin(kind) in {list, dict} and not of_words and issubclass(table, BaseModel):
            field = table.model_fields[loc[-1]]
            if not field.is_required() and field.default:
                filled.append(loc)
    assert filled == []


def test_lesson_is_short_and_keeps_patrols_in_its_last_stage() -> None:
    """Under 500 days of simulated time in all: a second of machine time has room for twice as many."""
    scenario = shipped("lesson")
    experiment = scenario.experiment
    sweep_days = scenario.warm_up_h / 24 + experiment.sweep_days
    assert scenario.run_length_h == 60 * 24
    days = experiment.replications * (scenario.run_length_h / 24 + len(experiment.troops) * sweep_days)
    assert 400 < days <= 500
    policy = scenario.policy["two-stages"]
    last = list(policy.stages.values())[-1]
    trace = replicate(scenario, "two-stages", troops=last.strength, seed=experiment.seed, replication=0)
    n_tours = sum(len(block) for block in trace.tours)
    assert n_tours / sweep_days > 1
