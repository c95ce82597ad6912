"""Routing: where on its circuit each tour begins.

Five rules. *Random*, *by population* and *by risk* use nothing but the tour's own random number, so that a tour goes to
the same areas in every policy that has the rule. *Systematic* begins where the last tour of that sector and kind
stopped, and *longest unvisited* where the sum of times since the last visit is greatest: both remember, so what a tour
does depends on which tours went out before it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.policies.circuits import Circuits
from sim.scenario.schema import Routing

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Router(Protocol):
    """Chooses where tours begin; if it `remembers`, what it chooses depends on the tours it was asked for before."""

    @property
    def remembers(self) -> bool:
        """Whether it remembers."""
        ...

    def first_stops(self, sector: Ints, kind: Ints, uniform: Floats, depart_s: Ints) -> Ints:
        """Position on the circuits where each of n tours begins.

        Parameters
        ----------
        sector, kind
            Indices, shape (n,).
        uniform
            The tours' own random numbers in [0, 1).
        depart_s
            Departures [s], in order within a sector.
        """


class UniformRouter:
    """Every position of the circuit with the same probability."""

    remembers = False

    def __init__(self, circuits: Circuits) -> None:
        self._circuits = circuits

    def first_stops(self, sector: Ints, kind: Ints, uniform: Floats, depart_s: Ints) -> Ints:
        """See :class:`Router`."""
        length = self._circuits.length[sector, kind]
        return np.asarray(self._circuits.offset[sector, kind] + (uniform * length).astype(np.int64))


class WeightedRouter:
    """A position with a probability in proportion to the weight of the block of stops that begins there."""

    remembers = False

    def __init__(self, circuits: Circuits, weight: Floats, n_stops: Ints) -> None:
        self._circuits = circuits
        block = circuits.block_sums(weight, n_stops)
        for sector, kind in np.ndindex(*circuits.offset.shape):
            begin, n = circuits.offset[sector, kind], circuits.length[sector, kind]
            if block[begin : begin + n].sum() == 0:
                block[begin : begin + n] = 1.0
        self._cumulative = np.concatenate([[0.0], np.cumsum(block)])

    def start_probabilities(self, sector: int, kind: int) -> Floats:
        """Probability of each position of a circuit to be where a tour begins."""
        begin, n = int(self._circuits.offset[sector, kind]), int(self._circuits.length[sector, kind])
        weight = np.diff(self._cumulative[begin : begin + n + 1])
        return np.asarray(weight / weight.sum())

    def first_stops(self, sector: Ints, kind: Ints, uniform: Floats, depart_s: Ints) -> Ints:
        """See :class:`Router`."""
        begin = self._circuits.offset[sector, kind]
        end = begin + self._circuits.length[sector, kind]
        low, high = self._cumulative[begin], self._cumulative[end]
        position = np.searchsorted(self._cumulative, low + uniform * (high - low), side="right") - 1
        return np.asarray(np.clip(position, begin, end - 1), dtype=np.int64)


class SystematicRouter:
    """The block of stops after the one that the last tour of this sector and kind visited."""

    remembers = True

    def __init__(self, circuits: Circuits, n_stops: Ints) -> None:
        self._circuits = circuits
        self._n_stops = n_stops
        self._along = np.zeros(circuits.offset.shape, dtype=np.int64)

    def first_stops(self, sector: Ints, kind: Ints, uniform: Floats, depart_s: Ints) -> Ints:
        """See :class:`Router`."""
        first = np.empty(len(sector), dtype=np.int64)
        for one_sector, one_kind in sorted(set(zip(sector.tolist(), kind.tolist(), strict=True))):
            mine = np.flatnonzero((sector == one_sector) & (kind == one_kind))
            length = self._circuits.length[one_sector, one_kind]
            along = self._along[one_sector, one_kind] + np.arange(len(mine) + 1) * self._n_stops[one_kind]
            first[mine] = self._circuits.offset[one_sector, one_kind] + along[:-1] % length
            self._along[one_sector, one_kind] = along[-1] % length
        return first


class LongestUnvisitedRouter:
    """The block of stops whose times since the last visit add up to most; ties go to the first on the circuit.

    An area counts as visited from the departure of the tour that will visit it, so that two tours of one shift do not
    go to the same block.
    """

    remembers = True

    def __init__(self, circuits: Circuits, n_stops: Ints, n_areas: int) -> None:
        self._circuits = circuits
        self._n_stops = n_stops
        self._visited_s = np.zeros(n_areas)

    def first_stops(self, sector: Ints, kind: Ints, uniform: Floats, depart_s: Ints) -> Ints:
        """See :class:`Router`."""
        circuits = self._circuits
        first = np.empty(len(sector), dtype=np.int64)
        for i, (s, k, t) in enumerate(zip(sector.tolist(), kind.tolist(), depart_s.tolist(), strict=True)):
            begin, n = int(circuits.offset[s, k]), int(circuits.length[s, k])
            areas = circuits.area[begin : begin + n]
            n_stops = min(int(self._n_stops[k]), n)
            age = t - self._visited_s[areas]
            total = np.concatenate([[0.0], np.cumsum(np.concatenate([age, age[: n_stops - 1]]))])
            best = int(np.argmax(total[n_stops:] - total[:-n_stops]))
            self._visited_s[areas[(best + np.arange(n_stops)) % n]] = t
            first[i] = begin + best
        return first


def make_router(routing: Routing, circuits: Circuits, n_stops: Ints) -> Router:
    """Router of a policy for one replication; `n_stops` by patrol kind."""
    match routing:
        case Routing.RANDOM:
            return UniformRouter(circuits)
        case Routing.SYSTEMATIC:
            return SystematicRouter(circuits, n_stops)
        case Routing.BY_POPULATION:
            return WeightedRouter(circuits, circuits.population, n_stops)
        case Routing.BY_RISK:
            return WeightedRouter(circuits, circuits.risk, n_stops)
        case Routing.LONGEST_UNVISITED:
            return LongestUnvisitedRouter(circuits, n_stops, n_areas=int(circuits.area.max()) + 1)
