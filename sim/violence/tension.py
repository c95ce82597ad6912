"""Tension: each incident makes further ones likely, a likelihood that decays (a Hawkes process).

An incident that *triggers* n further ones on average adds n beta exp(-beta t) to the rate of incidents, t after it,
most of it in its own sector, where beta is ln 2 over the half-life. A sector's *tension* is that excited rate over its
base rate: at tension 1 there are twice as many incidents as usual. The theatre's is the sum of the excited rates over
the sum of the base rates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def spread_matrix(base_per_day: Sequence[float], spill_share: float) -> list[list[float]]:
    """Where what an incident in a sector (row) triggers happens (column), as shares."""
    active = [one > 0 for one in base_per_day]
    rows = []
    for sector in range(len(active)):
        others = [one for one in range(len(active)) if active[one] and one != sector]
        row = [0.0] * len(active)
        if active[sector]:
            row[sector] = 1 - spill_share if others else 1.0
        for one in others:
            row[one] = spill_share / len(others)
        rows.append(row)
    return rows


class Tension:
    """Tension of all sectors, in order of time.

    Parameters
    ----------
    base_per_day
        Base rate of each sector [1/day]; a sector with 0 has no tension.
    half_life_days
        Time in which tension halves [d].
    spill_share
        Share of what an incident triggers that happens in the other sectors.
    max_tension
        Tension above which the rate grows no more.

    Examples
    --------
    >>> tension = Tension([1.0, 1.0], half_life_days=1.0, spill_share=0.0, max_tension=10.0)
    >>> tension.raise_by(0, 0.5, now_s=0)
    >>> round(tension.of_sector(0, 0), 4), round(tension.of_sector(0, 86_400), 4), tension.of_sector(1, 0)
    (0.3466, 0.1733, 0.0)
    """

    def __init__(
        self, base_per_day: Sequence[float], *, half_life_days: float, spill_share: float, max_tension: float
    ) -> None:
        self._base = [float(one) for one in base_per_day]
        self._sum = math.fsum(self._base)
        self._beta_per_day = math.log(2) / half_life_days
        self._spread = spread_matrix(self._base, spill_share)
        self._max_tension = max_tension
        self._rates = [0.0] * len(self._base)
        self._since_s = 0
        self._above: dict[tuple[float, int | None], float] = {}

    def raise_by(self, sector: int, n_triggered: float, now_s: int) -> None:
        """An incident in a sector triggers `n_triggered` further ones on average, from `now_s` [s] on."""
        decay = self._decay(now_s)
        for other, share in enumerate(self._spread[sector]):
            self._rates[other] = self._rates[other] * decay + share * n_triggered * self._beta_per_day
        self._since_s = now_s
        for threshold, where in self._above:
            self._above[threshold, where] = max(
                self._above[threshold, where], self._falls_to_s(threshold, where, now_s)
            )

    def of_sector(self, sector: int, now_s: int) -> float:
        """Tension of a sector at a time [s] not before the last incident, if none comes in between."""
        base = self._base[sector]
        return self._rates[sector] * self._decay(now_s) / base if base > 0 else 0.0

    def of_theatre(self, now_s: int) -> float:
        """Tension of the theatre, likewise."""
        return math.fsum(self._rates) * self._decay(now_s) / self._sum if self._sum > 0 else 0.0

    def rate_per_day(self, sector: int, now_s: int) -> float:
        """Rate of incidents in a sector, deterrence apart [1/day]: base times (1 + tension), at most at the cap."""
        return self._base[sector] * (1 + min(self.of_sector(sector, now_s), self._max_tension))

    def watch(self, threshold: float, sector: int | None = None) -> None:
        """Remember from now on when tension was above a threshold; to be called before the first incident."""
        self._above.setdefault((threshold, sector), 0.0)

    def below_since_s(self, threshold: float, now_s: int, sector: int | None = None) -> int | None:
        """Since when tension has been at or under a threshold that is watched [s]; None if it is above it now.

        0 if it always was. A sector's tension, or the theatre's if `sector` is None.
        """
        until_s = self._above[threshold, sector]
        return math.ceil(until_s) if until_s <= now_s else None

    def _decay(self, now_s: int) -> float:
        return math.exp(-self._beta_per_day * (now_s - self._since_s) / SECOND_PER_DAY)

    def _falls_to_s(self, threshold: float, sector: int | None, now_s: int) -> float:
        """When tension will have fallen to a threshold if nothing more happens; 0 if it is not above it."""
        tension = self.of_theatre(now_s) if sector is None else self.of_sector(sector, now_s)
        if tension <= threshold:
            return 0.0
        if threshold <= 0:
            return math.inf
        return now_s + math.log(tension / threshold) / self._beta_per_day * SECOND_PER_DAY


@dataclass(frozen=True, slots=True)
class TensionPath:
    """Tension over bins of time; arrays of shape (sectors + 1, bins), the theatre in the last row.

    Attributes
    ----------
    integral_s
        Integral over each bin [s].
    peak
        Largest in each bin.
    above_s, at_cap_s
        Time above the threshold, and at the cap [s]; the theatre's time at the cap is the mean over its sectors with
        a base rate.
    """

    integral_s: Floats
    peak: Floats
    above_s: Floats
    at_cap_s: Floats


def tension_path(
    base_per_day: Sequence[float],
    times_s: Ints,
    sectors: Ints,
    n_triggered: Floats,
    edges_s: Ints,
    *,
    half_life_days: float,
    spill_share: float,
    max_tension: float,
    threshold: float,
) -> TensionPath:
    """Tension from all incidents of a run, exactly.

    Parameters
    ----------
    base_per_day, half_life_days, spill_share, max_tension
        As for :class:`Tension`.
    times_s, sectors, n_triggered
        Of each incident, shape (n,), in order of time.
    edges_s
        Edges of the bins [s], the first at 0.
    threshold
        Tension above which time is counted.
    """
    n_bins, base = len(edges_s) - 1, np.array(base_per_day, dtype=np.float64)
    is_active = base > 0
    weights = np.vstack([spread_matrix(list(base), spill_share)]).T / np.where(is_active, base, 1.0)[:, None]
    total = base.sum()
    beta_per_s = math.log(2) / half_life_days / SECOND_PER_DAY
    # Steps begin at incidents and at the edges; within one, tension decays undisturbed.
    starts_s = np.concatenate([edges_s[:-1], times_s]).astype(np.int64)
    order = np.argsort(starts_s, kind="stable")
    starts_s = starts_s[order]
    jump = np.concatenate([np.zeros(n_bins), n_triggered * math.log(2) / half_life_days])[order]
    where = np.concatenate([np.zeros(n_bins, dtype=np.int64), sectors])[order]
    lasts_s = np.diff(np.append(starts_s, edges_s[-1])).astype(np.float64)
    bins = np.clip(np.searchsorted(edges_s, starts_s, side="right") - 1, 0, n_bins - 1)
    decay = np.exp(-beta_per_s * lasts_s)
    rows = [jump * weights[sector, where] for sector in range(len(base))]
    rows.append((np.array(rows).T @ base) / total if total > 0 else np.zeros(len(starts_s)))
    caps = [max_tension] * len(base)
    sums = np.zeros((4, len(base) + 1, n_bins))
    for row, jumps in enumerate(rows):
        level = _levels(jumps, decay)
        sums[0, row] = np.bincount(bins, level * (1 - decay) / beta_per_s, n_bins)
        np.maximum.at(sums[1, row], bins, level)
        sums[2, row] = np.bincount(bins, _time_above(level, threshold, lasts_s, beta_per_s, strict=True), n_bins)
        if row < len(base):
            at_cap_s = _time_above(level, caps[row], lasts_s, beta_per_s, strict=False)
            sums[3, row] = np.bincount(bins, at_cap_s, n_bins) * is_active[row]
    sums[3, -1] = sums[3, :-1].sum(axis=0) / max(1, int(is_active.sum()))
    return TensionPath(*sums)


def _levels(jumps: Floats, decay: Floats) -> Floats:
    """Level just after the beginning of each step."""
    levels, level = [], 0.0
    before = np.concatenate([[1.0], decay[:-1]]).tolist()
    for jump, factor in zip(jumps.tolist(), before, strict=True):
        level = level * factor + jump
        levels.append(level)
    return np.array(levels)


def _time_above(level: Floats, bound: float, lasts_s: Floats, beta_per_s: float, *, strict: bool) -> Floats:
    """Time of each step in which the level is above a bound, or at it too [s]."""
    is_above = level > bound if strict else level >= bound
    if bound <= 0:
        return np.where(is_above, lasts_s, 0.0)
    falls_s = np.log(np.where(is_above, level, bound) / bound) / beta_per_s
    return np.asarray(np.minimum(falls_s, lasts_s))
