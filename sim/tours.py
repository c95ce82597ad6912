"""Tours: the slots that the task list asks for, and what becomes of a slot when a section takes it.

A *slot* is a tasked tour: sector, patrol kind, departure, stays, and luck, all drawn in arrays, manned or not, so that
slot 12 of a shift is the same tour in every policy and at every troop level. When sections lack, slots are taken in a
random order of their own. A *tour* is a slot that a section takes: routing says where it goes, speeds say when. With a
routing that uses only the slot's own luck, more troops add tours and change none; one that remembers earlier tours
(systematic, longest unvisited) sends the same slots out, to other areas.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

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
_BLOCK_H = 168


@dataclass(frozen=True, slots=True)
class Itineraries:
    """Patrol areas and times [s] of n tours' stops, as in :class:`sim.trace.TourBlock`, and their returns [s]."""

    area: NDArray[np.int32]
    visit_s: NDArray[np.int32]
    end_s: Ints

    def take(self, rows: Ints | slice) -> Itineraries:
        """Those in some rows."""
        return Itineraries(self.area[rows], self.visit_s[rows], self.end_s[rows])


@dataclass(frozen=True, slots=True)
class Slots:
    """Slots of one shift: by sector, and in a sector in order of departure.

    Attributes
    ----------
    sector
        Index of the sector.
    slot
        Number of the slot in its shift and sector, counted from 0 in the order in which slots are drawn.
    kind
        Index of the patrol kind.
    depart_s
        Departure [s].
    rank
        Place in the order in which a sector's slots are taken when sections lack, from 0.
    where
        Random number in [0, 1) that routing may use.
    dwell_s
        Stay at each stop [s], shape (n, largest number of stops); 0 beyond the kind's stops.
    itineraries
        Where each slot's tour goes, if that is known before it is known which slots go out.
    """

    sector: Ints
    slot: Ints
    kind: Ints
    depart_s: Ints
    rank: Ints
    where: Floats
    dwell_s: Floats
    itineraries: Itineraries | None = None

    def __len__(self) -> int:
        return len(self.slot)

    def take(self, rows: Ints | slice) -> Slots:
        """The slots in some rows."""
        return Slots(
            sector=self.sector[rows],
            slot=self.slot[rows],
            kind=self.kind[rows],
            depart_s=self.depart_s[rows],
            rank=self.rank[rows],
            where=self.where[rows],
            dwell_s=self.dwell_s[rows],
            itineraries=None if self.itineraries is None else self.itineraries.take(rows),
        )


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
        self._shifts_per_block = max(1, round(_BLOCK_H / scenario.force.shift_h))
        self.mean_slots_per_shift = tours_tasked_per_day(scenario) * scenario.force.shift_h / 24

    def slots_by_shift(self, streams: Streams, router: Router) -> Iterator[Slots]:
        """The slots of shift 0, of shift 1, and so on without end.

        Streams `patrol/count`, `patrol/slot` and `patrol/dwell`, keyed by sector (dwell by kind too), a block a week of
        shifts. In a block a slot's numbers stand before those of all slots of a higher number: a longer task list adds
        slots. Unless `router` remembers earlier tours, itineraries are made for all of a week's slots at a time.
        """
        for block in itertools.count():
            slots, sizes = self._draw_block(block, streams)
            if not router.remembers:
                slots = replace(slots, itineraries=self._plan(slots, router))
            for begin, end in itertools.pairwise([0, *np.cumsum(sizes).tolist()]):
                yield slots.take(slice(begin, end))

    def _draw_block(self, block: int, streams: Streams) -> tuple[Slots, Ints]:
        """The slots of a block, shift by shift, and the number of them in each shift."""
        n_shifts = self._shifts_per_block
        parts = [self._draw_sector(sector, block, streams) for sector in range(len(self._sectors))]
        sector = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
        shift, slot, kind, depart_s, order, where, dwell_s = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        group = shift * len(parts) + sector
        size = np.bincount(group, minlength=n_shifts * len(parts))
        rank = np.empty(len(group), dtype=np.int64)
        in_order = np.argsort(group + order, kind="stable")
        rank[in_order] = np.arange(len(group)) - np.repeat(np.cumsum(size) - size, size)
        in_shift_s = depart_s - (block * n_shifts + shift) * self._shift_s
        by_departure = np.argsort(group * self._shift_s + in_shift_s, kind="stable")
        slots = Slots(sector, slot, kind, depart_s, rank, where, dwell_s)
        return slots.take(by_departure), size.reshape(n_shifts, len(parts)).sum(axis=1)

    def _draw_sector(
        self, sector: int, block: int, streams: Streams
    ) -> tuple[Ints, Ints, Ints, Ints, Floats, Floats, Floats]:
        """Shift in the block, slot, kind, departure, order, where and stays of a sector's slots, in order of slot."""
        name, n_shifts = self._sectors[sector], self._shifts_per_block
        n = self._count_slots(sector, block, streams)
        # Numbers are drawn for every slot number up to the largest in every shift, also where a shift has no such slot.
        shift, slot = (one.ravel() for one in np.broadcast_arrays(np.arange(n_shifts), np.arange(n.max())[:, None]))
        drawn = streams.at("patrol/slot", name, block=block).random((len(slot), 4))
        departure, kind_draw, order, where = drawn.T
        if self._departures is Departures.EVEN:
            departure = slot / np.maximum(n[shift], 1)
        kind = np.searchsorted(self._kind_edges, kind_draw, side="right")
        dwell_s = np.zeros((len(slot), int(self.n_stops.max())))
        for index, key in enumerate(self.kinds):
            mine = np.flatnonzero(kind == index)
            if len(mine):
                shape = (len(mine), int(self.n_stops[index]))
                minutes = self._dwell[index].draw(streams.at("patrol/dwell", name, key, block=block), shape)
                dwell_s[mine, : shape[1]] = minutes * _SECOND_PER_MINUTE
        window_s = self._shift_s if self._departures is Departures.POISSON else self._window_s
        starts_s = (block * n_shifts + shift) * self._shift_s
        depart_s = starts_s + np.floor(departure * window_s).astype(np.int64)
        exists = slot < n[shift]
        columns = (shift, slot, kind, depart_s, order, where, dwell_s)
        return tuple(column[exists] for column in columns)

    def _count_slots(self, sector: int, block: int, streams: Streams) -> Ints:
        """Number of slots in each shift of a block."""
        mean = float(self.mean_slots_per_shift[sector])
        if self._departures is Departures.POISSON:
            generator = streams.at("patrol/count", self._sectors[sector], block=block)
            return np.asarray(generator.poisson(mean, self._shifts_per_block))
        shift = block * self._shifts_per_block + np.arange(self._shifts_per_block + 1)
        return np.asarray(np.diff(np.floor(shift * mean + 1e-9)), dtype=np.int64)

    def make_tours(self, shift: int, slots: Slots, rows: Ints, sections: Ints, router: Router) -> TourBlock:
        """Tours of one shift, all sectors in one pass.

        Parameters
        ----------
        shift
            Number of the shift.
        slots
            Its slots.
        rows
            Rows of the slots that are taken, in their order.
        sections
            Indices of as many sections.
        router
            The policy's routing.
        """
        everything = len(rows) == len(slots)
        if slots.itineraries is None:
            taken = slots if everything else slots.take(rows)
            itineraries = self._plan(taken, router)
        else:
            itineraries = slots.itineraries if everything else slots.itineraries.take(rows)
        end_s = itineraries.end_s
        return TourBlock(
            shift=shift,
            tour_id=slots.slot[rows],
            sector=slots.sector[rows],
            kind=slots.kind[rows],
            section=sections,
            depart_s=slots.depart_s[rows],
            end_s=end_s,
            free_s=end_s + self._turn_round_s,
            area=itineraries.area,
            visit_s=itineraries.visit_s,
        )

    def _plan(self, slots: Slots, router: Router) -> Itineraries:
        """Where the tours of slots go, and when."""
        circuits, kind, dwell_s = self._circuits, slots.kind, slots.dwell_s
        first = router.first_stops(slots.sector, kind, slots.where, slots.depart_s)
        position = circuits.stops(slots.sector, kind, first, dwell_s.shape[1])
        approach_s_per_km = self._approach_s_per_km[kind]
        time_s = np.empty(position.shape)
        time_s[:, 0] = slots.depart_s + circuits.approach_km[position[:, 0]] * approach_s_per_km
        np.multiply(circuits.step_km[position[:, :-1]], self._step_s_per_km[kind][:, None], out=time_s[:, 1:])
        time_s[:, 1:] += dwell_s[:, :-1]
        np.rint(np.cumsum(time_s, axis=1, out=time_s), out=time_s)
        n_stops = self.n_stops[kind]
        last = np.arange(len(slots)), n_stops - 1
        end_s = np.rint(time_s[last] + dwell_s[last] + circuits.approach_km[position[last]] * approach_s_per_km)
        beyond = np.arange(dwell_s.shape[1]) >= n_stops[:, None]
        area, visit_s = circuits.area[position].astype(np.int32), time_s.astype(np.int32)
        area[beyond] = visit_s[beyond] = NOT_YET
        return Itineraries(area, visit_s, end_s.astype(np.int64))
