"""Kosovo with a table of incidents made for tests: a base in four sectors, a shock, dated and planned incidents."""

from __future__ import annotations

import copy
import datetime as dt
import functools
from collections.abc import Iterable
from typing import Any

from sim.model import layout_of
from sim.scenario.schema import Incidents, Scenario
from sim.streams import Streams
from sim.theatre import Layout
from sim.violence.candidates import Candidate, CandidateSource
from tests.scenarios import shipped

CONFIDENCE = 0.999
SECTORS = ("north", "centre", "west", "south", "east")
_AT_ONCE = {"n_sections": 1, "target_min": 30, "burns_out_h": 6, "triggers": 0.0}
TABLE: dict[str, Any] = {
    "per_day": 8.0,
    "sector_weights": {"north": 4, "centre": 2, "west": 1, "south": 1},
    "max_tension": 2.0,
    "tension_half_life_days": 3.0,
    "spill_share": 0.2,
    "deterrence": 0.3,
    "deterrence_half_life_h": 12.0,
    "threshold": 0.5,
    "answering": {
        "speed_km_h": 40,
        "reserve_turn_out_min": 15,
        "standby_turn_out_min": 30,
        "post_turn_out_min": 10,
    },
    "kinds": {
        "crowd": _AT_ONCE
        | {
            "at": "area",
            "weight": 5,
            "service_min": {"distribution": "gamma", "mean": 90, "cv": 0.5},
            "escalates_to": "riot",
            "triggers": 0.25,
        },
        "riot": _AT_ONCE
        | {"at": "area", "weight": 0, "service_min": {"distribution": "exponential", "mean": 240}, "n_sections": 6},
        "threat": _AT_ONCE | {"at": "site", "weight": 2, "service_min": {"distribution": "constant", "mean": 45}},
        "roadblock": _AT_ONCE
        | {
            "at": "crossing_point",
            "weight": 1,
            "service_min": {"distribution": "exponential", "mean": 600},
            "blocks": True,
        },
        "escort": _AT_ONCE
        | {"at": "area", "weight": 4, "service_min": {"distribution": "constant", "mean": 120}, "planned": True},
    },
    "shocks": {
        "march": {
            "begins": dt.datetime(2001, 1, 3, 12),
            "lasts_h": 24.0,
            "half_life_h": 12.0,
            "per_day": 40.0,
            "sector_weights": {"north": 3, "east": 1},
        }
    },
    "dated": {
        "market": {
            "kind": "crowd",
            "begins": dt.datetime(2001, 1, 5, 6, 30),
            "place": "prishtine",
            "service_h": 3.0,
        }
    },
}
"""In the base 8 a day, 1 each in the west and south; 4 escorts; at the height of the shock 40, three quarters north."""


def table(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The table with some entries changed, named by their dotted keys; None takes an entry away."""
    changed = copy.deepcopy(TABLE)
    for name, value in (changes or {}).items():
        *path, last = name.split(".")
        inner = functools.reduce(lambda found, key: found[key], path, changed)
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return changed


@functools.cache
def plain() -> Scenario:
    """Kosovo in 2001 without incidents."""
    return shipped("kfor-2001")


@functools.cache
def layout() -> Layout:
    """Where its areas and posts are."""
    return layout_of(plain())


def world(changes: dict[str, Any] | None = None) -> Scenario:
    """Kosovo in 2001 with the table, some entries changed."""
    return plain().model_copy(update={"incidents": Incidents.model_validate(table(changes))})


def source_of(changes: dict[str, Any] | None = None, ground: Layout | None = None) -> CandidateSource:
    """The candidates of such a world."""
    return CandidateSource(world(changes), ground or layout())


def drawn(source: CandidateSource, days: Iterable[int], seed: int = 1, replication: int = 0) -> list[Candidate]:
    """All candidates of some days."""
    streams = Streams(seed, replication)
    return [one for day in days for one in source.on_day(day, streams)]
