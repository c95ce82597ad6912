"""Statistics of what replications show.

* :mod:`sim.statistics.intervals`: means and paired differences with their intervals, tables of them.
* :mod:`sim.statistics.quantiles`: quantiles with intervals that hold for any distribution.
* :mod:`sim.statistics.comparisons`: alternatives against a baseline or each other; what is shown to be not worse.
* :mod:`sim.statistics.precision`: how many replications a stated precision takes.
* :mod:`sim.statistics.bisection`: the smallest level that suffices.
"""

from sim.statistics.bisection import Ending, Look, MinimumLevel, Verdict, find_minimum_level, look_sizes
from sim.statistics.comparisons import PairedDifference, all_pairs, compare_pairs, holm, not_worse, variance_ratio
from sim.statistics.intervals import (
    BAND_KEYS,
    SUMMARY_KEYS,
    Interval,
    band,
    half_widths,
    mean_interval,
    paired_difference,
    summarise,
    within_interval,
)
from sim.statistics.precision import Goal, look_ahead_size, next_n, replications_needed
from sim.statistics.quantiles import QuantileInterval, interval_ranks, quantile_interval

__all__ = [
    "BAND_KEYS",
    "SUMMARY_KEYS",
    "Ending",
    "Goal",
    "Interval",
    "Look",
    "MinimumLevel",
    "PairedDifference",
    "QuantileInterval",
    "Verdict",
    "all_pairs",
    "band",
    "compare_pairs",
    "find_minimum_level",
    "half_widths",
    "holm",
    "interval_ranks",
    "look_ahead_size",
    "look_sizes",
    "mean_interval",
    "next_n",
    "not_worse",
    "paired_difference",
    "quantile_interval",
    "replications_needed",
    "summarise",
    "variance_ratio",
    "within_interval",
]
