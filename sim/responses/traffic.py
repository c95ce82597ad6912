"""Traffic: the vehicles that come to posts, the same whatever the troops do.

Vehicles arrive as a Poisson process whose rate goes by the hour of the day. They are drawn by post and by *blocks* of
ten days, from the first day of the run: the same under every policy and at every troop level, and a shorter run meets
the first vehicles of a longer one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR
from sim.distributions import Distribution, make_distribution
from sim.scenario.schema import CrossingVehicles, PostVehicles
from sim.streams import Streams

Floats = NDArray[np.float64]

DAYS_PER_BLOCK = 10
SECOND_PER_BLOCK = DAYS_PER_BLOCK * SECOND_PER_DAY

_SECOND_PER_MINUTE = 60

_N_PLACES = 2**32
"""Places of a block on which a vehicle may arrive, a fifth of a millisecond apart if all hours are alike."""


class Traffic:
    """The vehicles that come to the posts of a kind.

    Parameters
    ----------
    vehicles
        What the scenario says of them.
    streams
        The replication's random streams.
    run_length_s
        Vehicles come in [0, run_length_s) [s].
    """

    def __init__(self, vehicles: PostVehicles, streams: Streams, run_length_s: int) -> None:
        self._per_day = vehicles.per_day
        self._per_day_of = vehicles.per_day_of if isinstance(vehicles, CrossingVehicles) else {}
        self._streams = streams
        self._run_length_s = run_length_s
        check = vehicles.check_min
        self._check_s: Distribution = make_distribution(check.distribution, check.mean * _SECOND_PER_MINUTE, check.cv)
        in_day = np.append(0.0, np.cumsum(vehicles.by_hour))
        days = np.arange(DAYS_PER_BLOCK)[:, None] + in_day[:-1] / in_day[-1]
        self._edges = np.rint(np.append(days.ravel(), DAYS_PER_BLOCK) * (_N_PLACES / DAYS_PER_BLOCK))
        n_places = np.diff(self._edges)
        self._s_per_place = np.divide(SECOND_PER_HOUR, n_places, out=np.zeros_like(n_places), where=n_places > 0)
        hours_s = np.arange(24.0 * DAYS_PER_BLOCK) * SECOND_PER_HOUR
        self._first_s = hours_s - (self._edges[:-1] - 0.5) * self._s_per_place

    @property
    def n_blocks(self) -> int:
        """Blocks that the run takes, the last perhaps in part."""
        return -(-self._run_length_s // SECOND_PER_BLOCK)

    def per_day(self, key: str) -> float:
        """Vehicles that come to a post [1/day]."""
        return self._per_day_of.get(key, self._per_day)

    def arrivals_s(self, key: str, block: int) -> Floats:
        """Arrivals at a post in a block, in order [s].

        Given their number, which is Poisson, arrivals are independent of each other: each falls on a place of the
        block with the same chance. The block's places are shared out to its hours by their rates.
        """
        generator = self._streams.at("vehicle/arrival", key, block=block)
        n = int(generator.poisson(self.per_day(key) * DAYS_PER_BLOCK))
        # Two places from each number drawn.
        places = generator.bit_generator.random_raw(n // 2 + 1).view(np.uint32)[:n]
        places.sort()
        arrival_s = places.astype(np.float64)
        n_in_hour = np.diff(np.searchsorted(arrival_s, self._edges))
        arrival_s *= np.repeat(self._s_per_place, n_in_hour)
        begin_s = block * SECOND_PER_BLOCK
        arrival_s += np.repeat(begin_s + self._first_s, n_in_hour)
        is_cut = begin_s + SECOND_PER_BLOCK > self._run_length_s
        return arrival_s[: np.searchsorted(arrival_s, self._run_length_s)] if is_cut else arrival_s

    def checks_s(self, key: str, block: int, n: int) -> Floats:
        """Lengths of the checks of the first `n` vehicles of a block [s]."""
        return self._check_s.draw(self._streams.at("vehicle/service", key, block=block), (n,))

    def draw(self, key: str) -> tuple[Floats, Floats]:
        """Arrivals and lengths of the checks of all vehicles at a post [s]."""
        arrivals_s = [self.arrivals_s(key, block) for block in range(self.n_blocks)]
        checks_s = [self.checks_s(key, block, len(one)) for block, one in enumerate(arrivals_s)]
        return np.concatenate(arrivals_s), np.concatenate(checks_s)
