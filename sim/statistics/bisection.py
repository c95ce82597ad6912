"""The smallest level that suffices, by bisection on common random numbers.

A *level* is one of a grid, of troops for instance; it *suffices* if the mean response there is at least the target. The
mean is assumed not to fall with the level. A *look* runs the first n replications of a level and takes the t interval
of their mean: the level suffices if all of the interval reaches the target, falls short if none does, and is otherwise
looked at again with twice as many, up to a maximum; after that it stays undecided.

Two bisections start with all levels between their ends and try the middle. One looks for the smallest level *shown to
suffice*: from every other it goes up. One looks for the largest level *shown to fall short*: from every other it goes
down. They are the same until a level stays undecided, and from there close in on what is undecided from both sides.

Guarantee. Both are right together with probability at least the confidence: the smallest level that suffices lies above
``low`` and is not above ``level``. The first search goes below a level that suffices only by showing that it does, and
from one that it did not show it never comes back; so the levels that fall short and that it can be wrong about are
among the levels, at most K, that a bisection which knows the truth would visit, and the second search mirrors this.
Those levels are fixed by the truth, not by luck. Each of their J looks has an interval that misses with probability
(1 - confidence) / (K J), half of it on each side, and K J of those add up to no more than 1 - confidence, however
levels and looks depend on each other. A level can be wrong on one side only, which leaves a reserve of a factor 2. All
this takes means of n_min values and more as normal, as t intervals do.

Bonferroni is cautious. Shares of 4,000 synthetic studies a row in which the right level lay outside (low, level], and
the mean width of it (101 levels, 10 to 80 normal values a level; luck of standard deviation 1 that levels share
(common) or do not (own), or 0.6 of each (both); rise: of the mean from level to level):

==========  ======  =====  ======  =====
confidence  luck    rise   missed  width
==========  ======  =====  ======  =====
0.95        common  0.05   0.0033  15.1
0.95        own     0.05   0.0003  15.3
0.50        both    0.05   0.0200   9.5
0.95        both    1.00   0.0000   1.0
==========  ======  =====  ======  =====

(``tests/statistics/test_bisection.py`` measures each again over 1,000 studies, and compares.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from sim.statistics.intervals import Interval, check_share, mean_interval


class Verdict(Enum):
    """What a look shows of a level."""

    SUFFICES = "suffices"
    FALLS_SHORT = "falls short"
    UNDECIDED = "undecided"


class Ending(Enum):
    """Why a search ended."""

    RESOLUTION = "resolution"
    MAX_REPLICATIONS = "max replications"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one level.

    Attributes
    ----------
    level : int
        The level.
    n_replications : int
        Replications looked at, from the first.
    interval : Interval
        Of the mean of their values that are not nan.
    verdict : Verdict
        What it shows.
    """

    level: int
    n_replications: int
    interval: Interval
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class MinimumLevel:
    """What a search for the smallest level that suffices found.

    Attributes
    ----------
    level : int or None
        Smallest level shown to suffice; None if none was. If ``low`` then is the highest level, none does.
    low : int or None
        Largest level shown to fall short; None if none was. If ``level`` then is the lowest level, every one suffices.
    estimate : float
        Where the means of the levels looked at, made monotone, cross the target, straight lines between; no less than
        ``low`` and no more than ``level``; nan if none was shown to suffice and none of the means reaches the target.
    target : float
        Mean that suffices.
    confidence : float
        Least probability that the smallest level that suffices lies in (low, level]; a None leaves that side open.
    n_levels, n_looks : int
        Levels and looks at each, at most, that the error was split over.
    n_replications : int
        Replications used, summed over levels.
    ending : Ending
        RESOLUTION if low and level are neighbours, or one is at its end of the grid; else MAX_REPLICATIONS.
    looks : tuple of Look
        All looks, in the order in which they were taken.
    """

    level: int | None
    low: int | None
    estimate: float
    target: float
    confidence: float
    n_levels: int
    n_looks: int
    n_replications: int
    ending: Ending
    looks: tuple[Look, ...]


def find_minimum_level(
    sample: Callable[[int, int], NDArray[np.float64]],
    target: float,
    lowest: int,
    highest: int,
    *,
    resolution: int = 1,
    confidence: float = 0.95,
    n_min: int = 10,
    n_max: int = 160,
) -> MinimumLevel:
    """Find the smallest level whose mean response is at least the target.

    Parameters
    ----------
    sample : callable
        ``sample(level, n)`` gives the values, shape (n,), of the first n replications at a level: the same replications
        at every level, and for a greater n the same values and more. nan, where there was no demand, is left out.
    target : float
        Mean that suffices, in the response's unit.
    lowest, highest : int
        Ends of the grid, lowest <= highest.
    resolution : int
        Step of the grid, >= 1; the last step, to ``highest``, may be shorter.
    confidence : float
        Of the whole result, in (0, 1).
    n_min, n_max : int
        Replications of the first look and of the last, 2 <= n_min <= n_max; looks between double.

    Returns
    -------
    MinimumLevel
        With a level that suffices, one that falls short, and the looks that show it.

    Raises
    ------
    ValueError
        If an argument lies outside its domain, or sample gives another shape or an infinite value.

    References
    ----------
    Law, A. M. (2015). Simulation Modeling and Analysis, 5th ed. McGraw-Hill, New York, section 9.7: Bonferroni.
    Barlow, R. E., et al. (1972). Statistical Inference under Order Restrictions. Wiley, London: monotone means.

    Examples
    --------
    >>> found = find_minimum_level(lambda level, n: np.full(n, level / 100), 0.425, 0, 100, resolution=10)
    >>> found.low, found.level, found.estimate, found.n_replications
    (40, 50, 42.5, 40)
    """
    _check(target, lowest, highest, resolution, n_min, n_max)
    check_share("confidence", confidence)
    grid = [*range(lowest, highest, resolution), highest]
    n_levels = len(grid).bit_length()  # that bisection visits at most: it tells len(grid) + 1 answers apart
    sizes = look_sizes(n_min, n_max)
    each = 1 - (1 - confidence) / (n_levels * len(sizes))
    looks: list[Look] = []
    verdicts: dict[int, Verdict] = {}

    def judge(level: int) -> Verdict:
        for n in sizes if level not in verdicts else ():
            look = _look(level, n, sample(level, n), target, each)
            looks.append(look)
            verdicts[level] = look.verdict
            if look.verdict is not Verdict.UNDECIDED:
                break
        return verdicts[level]

    above = _first(len(grid), lambda i: judge(grid[i]) is Verdict.SUFFICES)
    below = _first(len(grid), lambda i: judge(grid[i]) is not Verdict.FALLS_SHORT) - 1
    level = grid[above] if above < len(grid) else None
    low = grid[below] if below >= 0 else None
    last = {look.level: look for look in looks}
    return MinimumLevel(
        level=level,
        low=low,
        estimate=_crossing(list(last.values()), target, low, level),
        target=target,
        confidence=confidence,
        n_levels=n_levels,
        n_looks=len(sizes),
        n_replications=sum(look.n_replications for look in last.values()),
        ending=Ending.RESOLUTION if above - below == 1 else Ending.MAX_REPLICATIONS,
        looks=tuple(looks),
    )


def look_sizes(n_min: int, n_max: int) -> list[int]:
    """Replications of each look: doubled from the first, up to the last.

    Parameters
    ----------
    n_min, n_max : int
        Of the first and the last look, 1 <= n_min <= n_max.

    Returns
    -------
    list of int
        Ascending.

    Examples
    --------
    >>> look_sizes(10, 50)
    [10, 20, 40, 50]
    """
    sizes = [n_min]
    while sizes[-1] < n_max:
        sizes.append(min(2 * sizes[-1], n_max))
    return sizes


def _first(n: int, holds: Callable[[int], bool]) -> int:
    """Return the first of n indices that holds, by bisection: n if none does."""
    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def _look(level: int, n: int, values: NDArray[np.float64], target: float, confidence: float) -> Look:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (n,):
        raise ValueError(f"sample({level}, {n}) has shape {array.shape}; allowed: ({n},)")
    kept = array[~np.isnan(array)]
    interval = mean_interval(kept, confidence) if kept.size else Interval(0, np.nan, np.nan, confidence)
    # One value or none has no half width; comparisons with nan are false, and the level stays undecided.
    if interval.mean - interval.half_width >= target:
        verdict = Verdict.SUFFICES
    elif interval.mean + interval.half_width < target:
        verdict = Verdict.FALLS_SHORT
    else:
        verdict = Verdict.UNDECIDED
    return Look(level, n, interval, verdict)


def _crossing(last: list[Look], target: float, low: int | None, level: int | None) -> float:
    """Return where the monotone means of the levels from low to level cross the target."""
    from scipy.optimize import isotonic_regression

    near = sorted(
        (look.level, look.interval.mean, look.interval.n)
        for look in last
        if look.interval.n and (low is None or look.level >= low) and (level is None or look.level <= level)
    )
    if not near:
        return np.nan
    levels, means, weights = (np.array(column, dtype=np.float64) for column in zip(*near, strict=True))
    monotone = isotonic_regression(means, weights=weights).x
    reached = np.flatnonzero(monotone >= target)
    if reached.size == 0:
        return np.nan if level is None else float(level)
    i = int(reached[0])
    if i == 0:
        return float(levels[0])
    share = (target - monotone[i - 1]) / (monotone[i] - monotone[i - 1])
    return float(levels[i - 1] + share * (levels[i] - levels[i - 1]))


def _check(target: float, lowest: int, highest: int, resolution: int, n_min: int, n_max: int) -> None:
    if not np.isfinite(target):
        raise ValueError(f"target is {target}; allowed: a finite number")
    if lowest > highest:
        raise ValueError(f"lowest is {lowest} and highest {highest}; allowed: lowest <= highest")
    if resolution < 1:
        raise ValueError(f"resolution is {resolution}; allowed: 1 or more")
    if not 2 <= n_min <= n_max:
        raise ValueError(f"n_min is {n_min} and n_max {n_max}; allowed: 2 <= n_min <= n_max")
