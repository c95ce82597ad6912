"""Tours: the slots that the task list asks for, and what becomes of a slot when a section takes it.

A *slot* is a tasked tour: sector, patrol kind, departure, stays, and luck, all drawn in arrays, manned or not, so that
slot 12 of a shift is the same tour in every policy and at every troop level. When sections lack, slots are taken in a
random order of their own. A *tour* is a slot that a section takes: routing says where it goes, speeds say when. With a
routing that uses only the slot's own luck, more troops add tours and change none; one that remembers earlier tours
(systematic, longest unvisited) sends the same slots out, to other areas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_HOUR, hours_to_s
from sim.distributions import make_distribution
from sim.policies.circuits import Circuits
from sim.policies.routing import Router
from sim.scenario.schema import Departures, Scenario
from sim.streams import Streams
from sim.trace import NOT_YET, TourBlock

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SECOND_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Slots:
    """Slots of one shift and sector, in order of departure.

    Attributes
    ----------
    slot
        Number of the slot, counted from 0 in the order in which slots are drawn.
    kind
        Index of the patrol kind.
    depart_s
        Departure [s].
    rank
        Place in the order in which slots are taken when sections lack, from 0.
    where
        Random number in [0, 1) that routing may use.
    dwell_s
        Stay at each stop [s], shape (n, largest number of stops); 0 beyond the kind's stops.
    """

    slot: Ints
    kind: Ints
    depart_s: Ints
    rank: Ints
    where: Floats
    dwell_s: Floats

    def __len__(self) -> int:
        return len(self.slot)


def tours_tasked_per_day(scenario: Scenario) -> Floats:
    """Mean number of tours that the task list asks for in each sector [1/day], in the theatre's order."""
    patrols = scenario.tasks.patrols
    weights = np.array([patrols.sector_weights.get(key, 0.0) for key in scenario.theatre.sectors])
    total = weights.sum()
    return np.asarray(patrols.per_day * weights / total) if total > 0 else np.zeros(len(weights))


class TourPlanner:
    """Draws slots and makes tours of them, for one scenario.

    Parameters
    ----------
    scenario
        The scenario.
    circuits
        Its circuits.
    """

    def __init__(self, scenario: Scenario, circuits: Circuits) -> None:
        patrols = scenario.tasks.patrols
        self.kinds = tuple(patrols.kinds)
        kinds = list(patrols.kinds.values())
        self.n_stops = np.array([kind.n_stops for kind in kinds])
        self._circuits = circuits
        self._departures = patrols.departures
        self._sectors = tuple(scenario.theatre.sectors)
        self._shift_s = hours_to_s(scenario.force.shift_h)
        self._window_s = hours_to_s(patrols.departure_window_h)
        self._turn_round_s = round(patrols.turn_round_min * _SECOND_PER_MINUTE)
        self._kind_edges = np.cumsum([kind.share for kind in kinds])[:-1]
        self._dwell = [make_distribution(**kind.dwell_min.model_dump()) for kind in kinds]
        self._step_s_per_km = np.array([SECOND_PER_HOUR / kind.speed_km_h for kind in kinds])
        self._approach_s_per_km = np.array([SECOND_PER_HOUR / kind.approach_speed_km_h for kind in kinds])
        self.mean_slots_per_shift = tours_tasked_per_day(scenario) * scenario.force.shift_h / 24

    def draw_slots(self, sector: int, shift: int, streams: Streams) -> Slots:
        """The slots of a shift in a sector.

        Streams `patrol/count`, `patrol/slot` and `patrol/dwell`, keyed by sector and shift (dwell by kind too).
        """
        name = self._sectors[sector]
        mean = float(self.mean_slots_per_shift[sector])
        if self._departures is Departures.POISSON:
            n = int(streams.at("patrol/count", name, block=shift).poisson(mean))
        else:
            n = math.floor((shift + 1) * mean + 1e-9) - math.floor(shift * mean + 1e-9)
        departure, kind_draw, order, where = streams.at("patrol/slot", name, block=shift).random((n, 4)).T
        if self._departures is Departures.EVEN:
            departure = np.arange(n) / max(n, 1)
        kind = np.searchsorted(self._kind_edges, kind_draw, side="right")
        dwell_s = np.zeros((n, int(self.n_stops.max())))
        for index, key in enumerate(self.kinds):
            mine = np.flatnonzero(kind == index)
            if len(mine):
                shape = (len(mine), int(self.n_stops[index]))
                drawn = self._dwell[index].draw(streams.at("patrol/dwell", name, key, block=shift), shape)
                dwell_s[mine, : shape[1]] = drawn * _SECOND_PER_MINUTE
        window_s = self._shift_s if self._departures is Departures.POISSON else self._window_s
        depart_s = shift * self._shift_s + np.floor(departure * window_s).astype(np.int64)
        rank = np.empty(n, dtype=np.int64)
        rank[np.argsort(order, kind="stable")] = np.arange(n)
        by_departure = np.argsort(depart_s, kind="stable")
        return Slots(
            slot=by_departure,
            kind=kind[by_departure],
            depart_s=depart_s[by_departure],
            rank=rank[by_departure],
            where=where[by_departure],
            dwell_s=dwell_s[by_departure],
        )

    def make_tours(self, shift: int, taken: list[tuple[int, Slots, Ints, Ints]], router: Router) -> TourBlock:
        """Tours of one shift, all sectors in one pass.

        Parameters
        ----------
        shift
            Number of the shift.
        taken
            For each sector: its index, its slots, the rows of them that are taken in order of departure, and as many
            indices of sections.
        router
            The policy's routing.
        """
        sector = np.concatenate([np.full(len(rows), index) for index, _, rows, _ in taken])
        slot, kind, depart_s, where, dwell_s = (
            np.concatenate([getattr(slots, column)[rows] for _, slots, rows, _ in taken])
            for column in ("slot", "kind", "depart_s", "where", "dwell_s")
        )
        section = np.concatenate([sections for *_, sections in taken])
        n_stops = self.n_stops[kind]
        first = router.first_stops(sector, kind, where, depart_s)
        position = self._circuits.stops(sector, kind, first, dwell_s.shape[1])
        leg_s = np.empty(position.shape)
        approach_s = self._circuits.approach_km[position] * self._approach_s_per_km[kind][:, None]
        leg_s[:, 0] = approach_s[:, 0]
        leg_s[:, 1:] = self._circuits.step_km[position[:, :-1]] * self._step_s_per_km[kind][:, None]
        leg_s[:, 1:] += dwell_s[:, :-1]
        visit_s = np.rint(depart_s[:, None] + np.cumsum(leg_s, axis=1)).astype(np.int64)
        row, last = np.arange(len(sector)), n_stops - 1
        end_s = np.rint(visit_s[row, last] + dwell_s[row, last] + approach_s[row, last]).astype(np.int64)
        beyond = np.arange(dwell_s.shape[1]) >= n_stops[:, None]
        return TourBlock(
            shift=shift,
            tour_id=slot,
            sector=sector,
            kind=kind,
            section=section,
            depart_s=depart_s,
            end_s=end_s,
            free_s=end_s + self._turn_round_s,
            area=np.where(beyond, NOT_YET, self._circuits.area[position]).astype(np.int32),
            visit_s=np.where(beyond, NOT_YET, visit_s).astype(np.int32),
        )
