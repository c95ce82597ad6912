"""What a trace says of an instant, and what the columns of a film say of it; and the runs that tests film.

The two take different paths: of a trace, that of the responses and of the model; of a film, that of the page's script.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.animation.film import Film
from sim.model import layout_of, replicate
from sim.positions import Ground, TourPositions
from sim.responses.snapshot import Snapshot, ending_after, take_snapshot
from sim.scenario.schema import Scenario
from sim.trace import NOT_YET, TourBlock, Trace
from tests.scenarios import shipped

DAY_S = 86_400
WEEKS = {
    "lesson": ("lesson", None, None, 2),
    "few": ("kfor-2001", None, 5000, 3),
    "riots": ("kfor-2004-riots", None, None, 43),
    "gate": ("kfor-gates", None, None, 232),
    "north": ("kfor-north-2011", None, None, 52),
    "battalion": ("kfor-north-2011", "as-it-was", None, 66),
}
"""By name: scenario, policy (the first if None), troop level, and the day on which the film begins.

The gate opens on day 236, and the battalion arrives on day 69.
"""


@dataclass(frozen=True)
class Run:
    """A replication run up to the end of a film, and the film's first and last instant."""

    scenario: Scenario
    trace: Trace
    from_s: int
    to_s: int

    def instants(self, n: int, seed: int) -> list[int]:
        """Random instants of the film, its ends and the shift changes' first among them."""
        drawn = np.random.default_rng(seed).integers(self.from_s, self.to_s, n).tolist()
        return [self.from_s, self.to_s, self.from_s + DAY_S, *drawn]


@functools.cache
def run_of(name: str, days: int = 7) -> Run:
    file, policy, troops, first_day = WEEKS[name]
    scenario = shipped(file)
    from_s, to_s = first_day * DAY_S, (first_day + days) * DAY_S
    trace = replicate(
        ending_after(scenario, to_s),
        policy or next(iter(scenario.policy)),
        troops=troops,
        seed=scenario.experiment.seed,
        replication=0,
    )
    return Run(scenario, trace, from_s, to_s)


def sections_on_tour(run: Run, at_s: int) -> dict[int, NDArray[np.float64]]:
    """Section and position [km] of every tour that is out."""
    layout = layout_of(run.scenario)
    ground = Ground(layout, run.scenario.theatre.detour_factor)
    positions = TourPositions(run.scenario, layout, ground)
    found: dict[int, NDArray[np.float64]] = {}
    for block in run.trace.tours:
        departed_s, ended_s = np.asarray(block.departed_s), np.asarray(block.ended_s)
        out = (departed_s != NOT_YET) & (departed_s <= at_s) & ((ended_s == NOT_YET) | (ended_s > at_s))
        rows = np.flatnonzero(out)
        if len(rows):
            at_km = positions.at(block, rows, at_s)
            found |= dict(zip(block.section[rows].tolist(), at_km, strict=True))
    return found


def open_incidents(run: Run, at_s: int) -> set[str]:
    return {
        row.incident_id
        for row in run.trace.incidents
        if row.arises_s <= at_s and (row.ended_s == NOT_YET or row.ended_s > at_s)
    }


def sections_sent(run: Run, at_s: int) -> list[int]:
    return sorted(
        one.section
        for one in run.trace.call_outs
        if one.called_s <= at_s and (one.home_s == NOT_YET or one.home_s > at_s)
    )


def snapshot(run: Run, at_s: int) -> Snapshot:
    return take_snapshot(run.scenario, run.trace, at_s)


Ints = NDArray[np.int64]


def rows_out(film: Film, at_s: int) -> Ints:
    """Rows of `tour` that are out: they have departed and not ended."""
    departed_s, ended_s = film.columns["tour.departed_s"], film.columns["tour.ended_s"]
    return np.flatnonzero((departed_s <= at_s) & ((ended_s == NOT_YET) | (ended_s > at_s)))


def tours_of(film: Film) -> TourBlock:
    """The tours of a film as the model has them."""
    columns, n_stops = film.columns, film.columns["tour.n_stops"]
    area = np.full((len(n_stops), int(n_stops.max(initial=1))), -1, dtype=np.int32)
    visit_s = area.copy()
    first = np.cumsum(n_stops) - n_stops
    for row, (begin, n) in enumerate(zip(first.tolist(), n_stops.tolist(), strict=True)):
        area[row, :n] = columns["stop.area"][begin : begin + n]
        visit_s[row, :n] = columns["stop.visit_s"][begin : begin + n]
    numbers = np.arange(len(n_stops))
    departed_s, end_s = columns["tour.departed_s"], columns["tour.end_s"]
    sector, kind, section = (columns[f"tour.{name}"] for name in ("sector", "kind", "section"))
    return TourBlock(0, numbers, sector, kind, section, departed_s, end_s, end_s, area, visit_s)


def states_at(film: Film, at_s: int) -> Ints:
    """State of each post."""
    states: Ints = film.columns["post.state"].copy()
    is_past = film.columns["change.time_s"] <= at_s
    # Changes are in order of time, so that the last to be written stands.
    for post, state in zip(film.columns["change.post"][is_past], film.columns["change.state"][is_past], strict=True):
        states[post] = state
    return states


def last_visits_at(film: Film, at_s: int) -> Ints:
    """Time of the last visit to each area, NOT_YET before the first."""
    columns = film.columns
    last_s: Ints = columns["area.last_s"].copy()
    ended_s = np.repeat(columns["tour.ended_s"], columns["tour.n_stops"])
    visit_s = columns["stop.visit_s"]
    made = (visit_s <= at_s) & ((ended_s == NOT_YET) | (visit_s <= ended_s))
    np.maximum.at(last_s, columns["stop.area"][made], visit_s[made])
    return last_s


def soldiers_at(film: Film, at_s: int) -> Ints:
    """Soldiers of each sector's contingents."""
    row = int(np.searchsorted(film.columns["strength.time_s"], at_s, side="right")) - 1
    soldiers: Ints = film.columns["strength.soldiers"][row]
    return soldiers
