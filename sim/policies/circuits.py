"""Circuits: a sector's patrol areas in the order of a short round trip.

A tour visits consecutive areas of its circuit, so that it stays in one part of the sector, and where it begins is the
routing's choice. A uniformly random beginning gives every area the same chance of a visit. A patrol kind that keeps to
the boundary has a circuit of its own, the areas near the outline; where a sector has none, the kind uses all its areas.

Circuits of all sectors and kinds stand behind one another in flat arrays; a *position* is an index into them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.theatre import Layout

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Circuits:
    """All circuits of a scenario.

    Attributes
    ----------
    area
        Patrol area at each position.
    step_km, approach_km
        Way to the next position of the circuit, and from the base, detours included [km].
    offset, length
        First position and number of positions of each circuit, sectors by kinds.
    population, risk
        Of the area at each position: people, relative weight.
    """

    area: Ints
    step_km: Floats
    approach_km: Floats
    offset: Ints
    length: Ints
    population: Floats
    risk: Floats

    def stops(self, sector: Ints, kind: Ints, first: Ints, n_stops: int) -> Ints:
        """Positions of n tours, shape (n, n_stops): consecutive on the circuit from position `first`."""
        offset, length = self.offset[sector, kind][:, None], self.length[sector, kind][:, None]
        positions = first[:, None] + np.arange(n_stops)
        # A remainder costs ten times a comparison, and a tour rarely goes round more than once.
        for _ in range(1 + n_stops // int(self.length.min())):
            np.subtract(positions, length, out=positions, where=positions >= offset + length)
        return positions

    def block_sums(self, values: Floats, n_stops: Ints) -> Floats:
        """For each position, the sum of `values` over the block of `n_stops[kind]` stops that begins there."""
        sums = np.empty_like(values)
        for sector, kind in np.ndindex(*self.offset.shape):
            begin, n = int(self.offset[sector, kind]), int(self.length[sector, kind])
            circuit = values[begin : begin + n]
            laps, rest = divmod(int(n_stops[kind]), n)
            total = np.concatenate([[0.0], np.cumsum(np.concatenate([circuit, circuit]))])
            sums[begin : begin + n] = laps * circuit.sum() + total[rest : rest + n] - total[:n]
        return sums


def make_circuits(scenario: Scenario, layout: Layout) -> Circuits:
    """Circuits of every sector and patrol kind of a scenario on its layout."""
    detour = scenario.theatre.detour_factor
    area, step_km, approach_km = [], [], []
    kinds = list(scenario.tasks.patrols.kinds.values())
    length = np.empty((len(layout.sector_keys), len(kinds)), dtype=np.int64)
    for sector, circuit in enumerate(layout.circuits):
        for index, kind in enumerate(kinds):
            near = circuit
            if kind.within_km_of_boundary is not None:
                at_boundary = circuit[layout.area_boundary_km[circuit] <= kind.within_km_of_boundary]
                near = at_boundary if len(at_boundary) else circuit
            place = layout.area_km[near]
            area.append(near)
            step_km.append(np.hypot(*(np.roll(place, -1, axis=0) - place).T) * detour)
            approach_km.append(np.hypot(*(place - layout.base_km[sector]).T) * detour)
            length[sector, index] = len(near)
    areas = np.concatenate(area).astype(np.int64)
    return Circuits(
        area=areas,
        step_km=np.concatenate(step_km),
        approach_km=np.concatenate(approach_km),
        offset=np.concatenate([[0], np.cumsum(length.ravel())[:-1]]).reshape(length.shape),
        length=length,
        population=layout.area_population[areas],
        risk=layout.area_risk[areas],
    )
