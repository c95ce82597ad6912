"""Film: all that a moving map shows of one replication between two instants, as plain columns and names.

It holds states as they are when it begins, and every change from then to its end; the page works out the state at any
instant from these, as :mod:`sim.responses.snapshot` does from the trace. Columns have a name `table.column`; positions
are km east and north of the theatre's middle, times seconds from the start of the run, and `NOT_YET` stands for what
has not happened. Tables, with a row each:

- `area`: patrol area; position, sector, municipality, last visit until the film begins. `cell`: corners of all areas'
  cells, `cell.n` of each. `border`: an edge between sectors. `outline`, `base`: vertices, and a base a sector.
- `post`: position, sector, task, crew, and state (:class:`sim.processes.post.PostState`) when it begins; `change`: a
  post enters a state.
- `tour`: section, sector, kind, departure, end, planned end, whether it is called away, number of stops; `stop`: area
  and time of each planned stop, tour by tour.
- `incident`: kind, sector, position, post (-1: none), area (-1: a post's), sections needed, when it arises, is met and
  ends, and how (:class:`sim.trace.IncidentEnd`).
- `call`: a section sent to an incident (row); section, sector, duty, times, and its ways: see
  :class:`sim.animation.ways.Way`.
- `section`: its reserve (-1: none). `reserve`: sector where it is based, soldiers; `move`: a reserve enters a state
  (:class:`ReserveState`), also before the film begins.
- `strength`: soldiers of each sector's contingents from a time on, the first row from the beginning.
- `mark`: a gate, a reserve or a step of strength: when, what (:class:`sim.trace.EventKind`), and how much.
- `shift`: when shifts change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_HOUR, hours_to_s
from sim.fingerprint import program
from sim.model import layout_of
from sim.processes.post import POST_TASKS, Post, post_positions_km
from sim.record import NOT_YET, EventKind, tour_columns
from sim.responses.snapshot import ENTERS, Snapshot, take_snapshot
from sim.tours import tours_tasked_per_day

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.theatre import Layout
    from sim.trace import Trace

Column = NDArray[Any]

_MARKS = (
    EventKind.STRENGTH_CHANGES,
    EventKind.RESERVE_CALLED,
    EventKind.RESERVE_ARRIVES,
    EventKind.RESERVE_LEAVES,
    EventKind.GATE_REVIEWED,
    EventKind.GATE_OPENS,
    EventKind.GATE_REVERSED,
)


class ReserveState(IntEnum):
    """Where a reserve is."""

    AWAY = 1
    CALLED = 2
    HERE = 3


_COMES = {
    EventKind.RESERVE_CALLED: ReserveState.CALLED,
    EventKind.RESERVE_ARRIVES: ReserveState.HERE,
    EventKind.RESERVE_LEAVES: ReserveState.AWAY,
}


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A replication between two instants.

    Attributes
    ----------
    from_s, to_s
        First and last instant shown [s].
    facts
        What was run, in words and numbers.
    names
        What indices in columns stand for, and texts that go with rows.
    columns
        By `table.column`; see the module.
    """

    from_s: int
    to_s: int
    facts: dict[str, Any]
    names: dict[str, list[str]]
    columns: dict[str, Column]

    @property
    def has_stage(self) -> bool:
        """Whether strength changes, a gate opens or is reversed, or a reserve is called or moves within it."""
        return bool((self.columns["mark.kind"] != EventKind.GATE_REVIEWED).any())


def film_of(trace: Trace, scenario: Scenario, from_s: int, to_s: int, *, layout: Layout | None = None) -> Film:
    """Make the film of a trace.

    Parameters
    ----------
    trace
        What happened, up to `to_s` at least.
    scenario
        The scenario that was run.
    from_s, to_s
        First and last instant [s].
    layout
        The layout it was run on, if it was not that of the scenario's theatre.

    Raises
    ------
    ValueError
        If these are not 0 <= from_s < to_s < end of the run.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load("scenarios/lesson.toml")
    >>> trace = sim.model.replicate(scenario, "two-stages", troops=300, seed=1, replication=0)
    >>> film = film_of(trace, scenario, 48 * 3600, 72 * 3600)
    >>> film.columns["strength.soldiers"].tolist()
    [[300]]
    """
    if not 0 <= from_s < to_s < trace.run_length_s:
        raise ValueError(f"a film from {from_s} s to {to_s} s is not in the run, [0, {trace.run_length_s}) s")
    layout = layout or layout_of(scenario)
    begin = take_snapshot(scenario, trace, from_s, layout=layout)
    columns, names = _ground(scenario, layout, begin.posts)
    since_s = np.rint(begin.since_visit_h * SECOND_PER_HOUR)
    columns["area.last_s"] = np.where(np.isnan(since_s), NOT_YET, from_s - since_s).astype(np.int64)
    columns |= _posts(scenario, begin, trace, to_s)
    columns |= _tours(trace, from_s, to_s)
    for part_columns, part_names in (
        _answers(scenario, begin, trace, to_s),
        _reserves(scenario, trace, to_s),
        _strengths(scenario, layout, trace, from_s, to_s),
    ):
        columns |= part_columns
        names |= part_names
    names |= {"section": list(trace.names.sections), "kind": list(trace.names.kinds)}
    return Film(from_s, to_s, _facts(scenario, layout, trace), names, columns)


def _facts(scenario: Scenario, layout: Layout, trace: Trace) -> dict[str, Any]:
    kinds = scenario.tasks.patrols.kinds.values()
    return {
        "title": scenario.title,
        "scenario": scenario.name,
        "theatre": scenario.theatre.title,
        "note": scenario.theatre.note,
        "attribution": scenario.theatre.attribution,
        "policy": trace.policy,
        "policyTitle": scenario.policy[trace.policy].title,
        "troops": trace.troops,
        "replication": trace.replication,
        "seed": trace.seed,
        "inputs": scenario.inputs_sha256,
        "code": program()["code_sha256"],
        "start": scenario.horizon.start.isoformat(),
        "windowS": hours_to_s(scenario.coverage.window_h),
        "detourFactor": scenario.theatre.detour_factor,
        "periodKm": layout.period_km,
        "speedKmH": [kind.speed_km_h for kind in kinds],
        "approachKmH": [kind.approach_speed_km_h for kind in kinds],
        "answerKmH": None if scenario.incidents is None else scenario.incidents.answering.speed_km_h,
        "isPatrolled": [bool(one > 0) for one in tours_tasked_per_day(scenario)],
        "hasReserves": trace.troops is None and bool(scenario.policy[trace.policy].calls),
        "hasIncidents": scenario.incidents is not None,
    }


def _ground(
    scenario: Scenario, layout: Layout, posts: Sequence[Post]
) -> tuple[dict[str, Column], dict[str, list[str]]]:
    from sim.plots.cells import make_cells

    theatre = scenario.theatre
    cells, borders = make_cells(layout.area_km, layout.outline_km, layout.area_sector)
    columns = {
        "outline.km": layout.outline_km,
        "base.km": layout.base_km,
        "area.km": layout.area_km,
        "area.sector": layout.area_sector,
        "area.municipality": layout.area_municipality,
        "cell.n": np.array([len(cell) for cell in cells], dtype=np.int64),
        "cell.km": np.vstack(cells),
        "border.km": np.array(borders, dtype=np.float64).reshape(-1, 2, 2),
    }
    places = [
        one.name_sq if one.name_sq == one.name_sr else f"{one.name_sq} / {one.name_sr}"
        for one in theatre.municipalities.values()
    ]
    named = {key: point.name for key, point in theatre.crossing_points.items()}
    named |= {key: site.name for key, site in theatre.named_sites.items()}
    of_key = dict(zip(theatre.municipalities, places, strict=True))
    names = {
        "sector": [sector.name for sector in theatre.sectors.values()],
        "base": [sector.base for sector in theatre.sectors.values()],
        "municipality": places,
        "task": [task.value for task in POST_TASKS],
        "post": [named.get(post.key) or _post_name(post.key, of_key) for post in posts],
    }
    return columns, names


def _post_name(key: str, municipalities: dict[str, str]) -> str:
    """A name for a post without one: `podujeve-site-003` is site 3 of its municipality."""
    place, what, number = key.rsplit("-", 2)
    return f"{what.capitalize()} {int(number)}, {municipalities[place]}"


def _posts(scenario: Scenario, begin: Snapshot, trace: Trace, to_s: int) -> dict[str, Column]:
    posts, sectors = begin.posts, list(begin.layout.sector_keys)
    row_of = {post.key: row for row, post in enumerate(posts)}
    changes = [
        (event.time_s, row_of[event.entity], int(ENTERS[event.kind]))
        for event in trace.events
        if begin.at_s < event.time_s <= to_s and event.kind in ENTERS and event.entity in row_of
    ]
    time_s, row, state = np.array(changes, dtype=np.int64).reshape(-1, 3).T
    return {
        "post.km": post_positions_km(scenario, begin.layout),
        "post.sector": np.array([sectors.index(post.sector) for post in posts], dtype=np.int64),
        "post.task": np.array([POST_TASKS.index(post.task) for post in posts], dtype=np.int64),
        "post.crew": np.array([post.crew_soldiers for post in posts], dtype=np.float64),
        "post.state": np.array([int(its) for its in begin.states], dtype=np.int64),
        "change.time_s": time_s,
        "change.post": row,
        "change.state": state,
    }


def _tours(trace: Trace, from_s: int, to_s: int) -> dict[str, Column]:
    names = ("section", "sector", "kind", "departed_s", "ended_s", "end_s", "called")
    tours = dict(zip(names, tour_columns(trace.tours, *names), strict=True))
    area, visit_s = tour_columns(trace.tours, "area", "visit_s")
    departed_s, ended_s = tours["departed_s"], tours["ended_s"]
    shown = (departed_s != NOT_YET) & (departed_s <= to_s) & ((ended_s == NOT_YET) | (ended_s > from_s))
    rows = np.flatnonzero(shown)
    rows = rows[np.argsort(departed_s[rows], kind="stable")]
    is_stop = visit_s[rows] != NOT_YET
    columns: dict[str, Column] = {f"tour.{name}": tours[name][rows] for name in names}
    return columns | {
        "tour.n_stops": is_stop.sum(axis=1),
        "stop.area": area[rows][is_stop],
        "stop.visit_s": visit_s[rows][is_stop],
    }


def _answers(
    scenario: Scenario, begin: Snapshot, trace: Trace, to_s: int
) -> tuple[dict[str, Column], dict[str, list[str]]]:
    """Incidents that are open at some time, those whose sections are still under way, and these sections."""
    from sim.animation.ways import WayFinder, scenes_km

    from_s, layout = begin.at_s, begin.layout
    calls = [
        at
        for at, one in enumerate(trace.call_outs)
        if one.called_s <= to_s and (one.home_s == NOT_YET or one.home_s > from_s)
    ]
    needed = {trace.call_outs[at].incident_id for at in calls}
    rows = [
        row
        for row in trace.incidents
        if row.arises_s <= to_s and (row.ended_s == NOT_YET or row.ended_s > from_s or row.incident_id in needed)
    ]
    row_of = {row.incident_id: at for at, row in enumerate(rows)}
    scene = scenes_km(scenario, layout, trace)
    ways = WayFinder(scenario, layout, trace).ways(trace.call_outs) if calls else {}
    post_of = {post.key: at for at, post in enumerate(begin.posts)}
    area_of = {f"area-{area:03d}": area for area in range(len(layout.area_sector))}
    shown = [trace.call_outs[at] for at in calls]
    columns: dict[str, Column] = {
        f"incident.{name}": np.array([int(getattr(row, name)) for row in rows], dtype=np.int64)
        for name in ("kind", "sector", "arises_s", "n_needed", "met_s", "ended_s", "end")
    }
    columns |= {
        "incident.km": np.array([scene[row.incident_id] for row in rows], dtype=np.float64).reshape(-1, 2),
        "incident.post": np.array([post_of.get(row.place, -1) for row in rows], dtype=np.int64),
        "incident.area": np.array([area_of.get(row.place, -1) for row in rows], dtype=np.int64),
        "call.incident": np.array([row_of[one.incident_id] for one in shown], dtype=np.int64),
        "call.sets_off_s": np.array([ways[at].sets_off_s for at in calls], dtype=np.int64),
    }
    columns |= {
        f"call.{name}": np.array([int(getattr(one, name)) for one in shown], dtype=np.int64)
        for name in ("section", "sector", "duty", "called_s", "arrives_s", "arrived_s", "released_s", "home_s")
    }
    columns |= {
        f"call.{name}": np.array([getattr(ways[at], name) for at in calls], dtype=np.float64).reshape(-1, 2)
        for name in ("start_km", "scene_km", "back_km", "end_km")
    }
    names = {
        "incident": [row.incident_id for row in rows],
        "incident.kind": list(trace.names.incident_kinds),
        "duty": [*trace.names.tasks, "standby"],
    }
    return columns, names


def _reserves(scenario: Scenario, trace: Trace, to_s: int) -> tuple[dict[str, Column], dict[str, list[str]]]:
    keys, sectors = list(scenario.reserves), list(scenario.theatre.sectors)
    # A section is named after its contingent or reserve, with a number.
    of = [name.rpartition("-")[0] for name in trace.names.sections]
    moves = [
        (one.time_s, keys.index(one.entity), int(_COMES[one.kind]))
        for one in trace.events
        if one.time_s <= to_s and one.kind in _COMES
    ]
    time_s, reserve, state = np.array(moves, dtype=np.int64).reshape(-1, 3).T
    columns = {
        "section.reserve": np.array(
            [keys.index(one) if one in scenario.reserves else -1 for one in of], dtype=np.int64
        ),
        "reserve.sector": np.array([sectors.index(one.sector) for one in scenario.reserves.values()], dtype=np.int64),
        "reserve.soldiers": np.array([one.strength for one in scenario.reserves.values()], dtype=np.int64),
        "move.time_s": time_s,
        "move.reserve": reserve,
        "move.state": state,
    }
    return columns, {"reserve": keys}


def _strengths(
    scenario: Scenario, layout: Layout, trace: Trace, from_s: int, to_s: int
) -> tuple[dict[str, Column], dict[str, list[str]]]:
    changes = [one.time_s for one in trace.events if one.kind is EventKind.STRENGTH_CHANGES]
    times_s = [from_s, *sorted({time_s for time_s in changes if from_s < time_s <= to_s})]
    soldiers = [take_snapshot(scenario, trace, time_s, layout=layout).strength for time_s in times_s]
    marks = [one for one in trace.events if one.kind in _MARKS and from_s <= one.time_s <= to_s and one.time_s > 0]
    gates = {key: gate.name for key, gate in scenario.policy[trace.policy].gates.items()}
    columns = {
        "strength.time_s": np.array(times_s, dtype=np.int64),
        "strength.soldiers": np.array(soldiers, dtype=np.int64),
        "mark.time_s": np.array([one.time_s for one in marks], dtype=np.int64),
        "mark.kind": np.array([int(one.kind) for one in marks], dtype=np.int64),
        "mark.value": np.array([one.value for one in marks], dtype=np.float64),
        "shift.time_s": np.array([row.time_s for row in trace.shifts if from_s <= row.time_s <= to_s], dtype=np.int64),
    }
    names = {
        "mark": [gates.get(one.entity, one.entity) for one in marks],
        "mark.place": [one.place for one in marks],
        "mark.kind": [kind.name.lower() for kind in EventKind],
    }
    return columns, names
