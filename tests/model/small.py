"""The lesson valley made small, for incidents that are followed by hand: a straight road, a few sections.

Kilometres are those of the road, east of the base; west of it they are negative.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.model import Execution, layout_of, replicate
from sim.scenario import load
from sim.scenario.schema import Scenario
from sim.theatre import Layout
from sim.trace import Event, EventKind, Trace
from tests.scenarios import toml

FILE = Path(__file__).parents[1] / "verification" / "hand-call.toml"
START = dt.datetime(2001, 1, 1)

Row = tuple[str, str, str, str, float]
"""Time of day (hours may exceed 24), kind of event, who, where, and how much."""


def valley(*, dated: dict[str, tuple[str, str, str]] | None = None, **settings: object) -> Scenario:
    """The valley with settings, and incidents by name: kind, time "hh:mm" from the first midnight, and place."""
    begins = {
        name: (kind, START + dt.timedelta(hours=int(time[:-3]), minutes=int(time[-2:])), place)
        for name, (kind, time, place) in (dated or {}).items()
    }
    lines = [f"{key.replace('__', '.')}={toml(value)}" for key, value in settings.items()]
    lines += [
        f'incidents.dated.{name}={{kind = "{kind}", begins = {time.isoformat()}, place = "{place}"}}'
        for name, (kind, time, place) in begins.items()
    ]
    return load(FILE, settings=lines)


def road(
    scenario: Scenario,
    *,
    areas: tuple[float, float] = (10.0, 20.0),
    upper_town: float = 24.305,
    lower_town: float = 5.0,
    crossing: float = 12.0,
    checkpoints: tuple[float, ...] = (8.0, 6.0, 4.0, 2.0),
) -> Layout:
    """The valley along a straight road, with places at these road-kilometres from the base."""
    layout = layout_of(scenario)

    def at(*road_km: float) -> NDArray[np.float64]:
        return np.array([[one / scenario.theatre.detour_factor, 0.0] for one in road_km])

    return dataclasses.replace(
        layout,
        base_km=at(0.0),
        seat_km=at(upper_town, lower_town),
        area_km=at(*areas),
        area_sector=np.array([0, 0]),
        area_municipality=np.array([0, 0]),
        area_population=np.array([300.0, 100.0]),
        area_risk=np.array([1.0, 1.0]),
        area_boundary_km=np.array([1.0, 1.0]),
        crossing_km=at(crossing),
        checkpoint_km=at(*checkpoints),
        circuits=(np.array([0, 1]),),
    )


def run(scenario: Scenario, execution: Execution = Execution.TABLE, *, layout: Layout | None = None) -> Trace:
    """One replication under its one policy, on the straight road."""
    (policy,) = scenario.policy
    return replicate(
        scenario,
        policy,
        troops=None,
        seed=1,
        replication=0,
        execution=execution,
        keeps_roster=True,
        layout=layout or road(scenario),
    )


def rows(trace: Trace) -> list[Row]:
    """What happened, but for what the headquarters decided and how strong the force was."""
    left_out = (EventKind.SHIFT_CHANGES, EventKind.STRENGTH_CHANGES)
    return sorted(shown(row) for row in trace.rows() if row.kind not in left_out)


def timeline(table: str, *more: list[Row]) -> list[Row]:
    """Rows written as a table, a line each: time, kind, who, where, and how much (0 when left out); and more rows."""
    found = [row for rows in more for row in rows]
    for line in table.strip().splitlines():
        time, kind, who, where, *value = line.split()
        found.append((time, kind, who, where, float(value[0]) if value else 0.0))
    return sorted(found)


def whole_tour(section: str, time: str) -> list[Row]:
    """A tour that nobody interrupts: ten minutes to the first area, an hour there, twenty minutes on, an hour, home."""
    departs_min = int(time[:2]) * 60 + int(time[3:])
    stops = [(0, "TOUR_DEPARTS", "valley/tour", 1.0), (10, "AREA_VISITED", "area-000", 1.0)]
    stops += [(90, "AREA_VISITED", "area-001", 1.0), (170, "TOUR_ENDS", "valley", 2.0)]
    return [(clock((departs_min + after) * 60), kind, section, where, n) for after, kind, where, n in stops]


def shown(event: Event) -> Row:
    """An event as a row of a table, to a metre."""
    return clock(event.time_s), event.kind.name, event.entity, event.place, round(event.value, 3)


def clock(time_s: int) -> str:
    """Hours, minutes and seconds since the first midnight."""
    minutes, seconds = divmod(time_s, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"


def with_reserve(n_reserve: int, n_sections: int) -> dict[str, object]:
    return {"tasks__reserve__n_sections__valley": n_reserve, "contingents__one__strength": 9 * n_sections}


def stage(strength: int) -> dict[str, object]:
    """Two days, and so many soldiers on the second."""
    days = {"decided_on": dt.date(2001, 1, 1), "effective_on": dt.date(2001, 1, 2)}
    table = {"name": "Stage", "strength": strength, **days}
    return {"policy__by-hand__stages__last": table, "horizon__end": dt.date(2001, 1, 3)}
