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
        in_days = np.arange(DAYS_PER_BLOCK)[:, None] + in_day[:-1] / in_day[-1]
        self._days_at = np.append(in_days.ravel(), DAYS_PER_BLOCK)
        share = np.diff(self._days_at)
        self._hours_of: dict[tuple[float, int], tuple[Floats, Floats]] = {}
        self._s_per_day = np.divide(SECOND_PER_HOUR, share, out=np.zeros_like(share), where=share > 0)

    @property
    def n_blocks(self) -> int:
        """Blocks that the run takes, the last perhaps in part."""
        return -(-self._run_length_s // SECOND_PER_BLOCK)

    def per_day(self, key: str) -> float:
        """Vehicles that come to a post [1/day]."""
        return self._per_day_of.get(key, self._per_day)

    def arrivals_s(self, key: str, block: int) -> Floats:
        """Arrivals at a post in a block, in order [s].

        A Poisson process of constant rate, in days, is stretched so that each hour gets its share of the day: the same
        as one whose rate goes by the hour.
        """
        per_day = self.per_day(key)
        if not per_day:
            return np.empty(0)
        begin_s = block * SECOND_PER_BLOCK
        n_hours = min(-(-(self._run_length_s - begin_s) // SECOND_PER_HOUR), 24 * DAYS_PER_BLOCK)
        hours_s = begin_s + np.arange(n_hours + 1) * float(SECOND_PER_HOUR)
        n_by, slope = self._hours(per_day, n_hours)
        time = self._unit_process(key, block, n_by[-1])
        ends = np.searchsorted(time, n_by[1:])
        n = ends.copy()
        n[1:] -= ends[:-1]
        time = time[: ends[-1]]
        time *= np.repeat(slope, n)
        time += np.repeat(hours_s[:-1] - n_by[:-1] * slope, n)
        # Rounding must not put an hour's first or last vehicle into another hour.
        hour = np.flatnonzero(n)
        last = ends[hour] - 1
        first = last - n[hour] + 1
        time[first] = np.maximum(time[first], hours_s[hour])
        time[last] = np.minimum(time[last], np.nextafter(hours_s[hour + 1], 0))
        return time if time[-1:] < self._run_length_s else time[time < self._run_length_s]

    def _hours(self, per_day: float, n_hours: int) -> tuple[Floats, Floats]:
        """Expected vehicles from a block's start to each hour, and seconds for each in the hour, at a post."""
        key = per_day, n_hours
        if key not in self._hours_of:
            slope = self._s_per_day[:n_hours] / per_day
            self._hours_of[key] = self._days_at[: n_hours + 1] * per_day, slope
        return self._hours_of[key]

    def _unit_process(self, key: str, block: int, until: float) -> Floats:
        """A Poisson process of rate 1, up to `until` and somewhat further."""
        generator = self._streams.at("vehicle/arrival", key, block=block)
        gaps = generator.standard_exponential(int(until + 6 * until**0.5 + 10))
        time = np.cumsum(gaps)
        while time[-1] < until:
            gaps = np.append(gaps, generator.standard_exponential(len(gaps)))
            time = np.cumsum(gaps)
        return time

    def checks_s(self, key: str, block: int, n: int) -> Floats:
        """Lengths of the checks of the first `n` vehicles of a block [s]."""
        return self._check_s.draw(self._streams.at("vehicle/service", key, block=block), (n,))

    def draw(self, key: str) -> tuple[Floats, Floats]:
        """Arrivals and lengths of the checks of all vehicles at a post [s]."""
        arrivals_s = [self.arrivals_s(key, block) for block in range(self.n_blocks)]
        checks_s = [self.checks_s(key, block, len(one)) for block, one in enumerate(arrivals_s)]
        return np.concatenate(arrivals_s), np.concatenate(checks_s)
