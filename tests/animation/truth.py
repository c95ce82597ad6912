"""What a trace says of an instant, by the paths that have nothing to do with films; and the runs that tests film."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.model import layout_of, replicate
from sim.positions import Ground, TourPositions
from sim.responses.snapshot import Snapshot, ending_after, take_snapshot
from sim.scenario.schema import Scenario
from sim.trace import NOT_YET, Trace
from tests.scenarios import shipped

DAY_S = 86_400
WEEKS = {
    "lesson": ("lesson", None, 2),
    "few": ("kfor-2001", 5000, 3),
    "riots": ("kfor-2004-riots", None, 43),
    "gate": ("kfor-gates", None, 232),
    "north": ("kfor-north-2011", None, 52),
}
"""By name: scenario, troop level, and the day on which the film begins; the gate opens on day 236."""


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
    file, troops, first_day = WEEKS[name]
    scenario = shipped(file)
    from_s, to_s = first_day * DAY_S, (first_day + days) * DAY_S
    trace = replicate(
        ending_after(scenario, to_s),
        next(iter(scenario.policy)),
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
