"""Closed forms of operations research that the simulation is verified against.

Each is a public function with its domain, its source and a check value. They are approximations of the operational
model only where that model leaves their assumptions; within them they are exact, and the simulation must agree.
Arguments are numbers or arrays that broadcast, times are hours; what lies outside a domain is a ``ValueError`` that
names the argument, its value and what is allowed.

* :mod:`sim.theory.patrols`: posts, visits, search, patrols out, the nearest unit.
* :mod:`sim.theory.queues`: loss, delay, priorities, Little's law.
* :mod:`sim.theory.incidents`: thinning and self-excitation.
"""

from sim.theory.incidents import hawkes_dispersion, hawkes_mean_rate, rescaled_times, thinned_mean_count
from sim.theory.patrols import (
    Metric,
    coverage_of_n_visits,
    koopman_detection,
    mean_age_random,
    mean_age_systematic,
    nearest_unit_distance,
    patrols_out,
    patrols_out_quantile,
    post_factor,
    window_coverage_random,
    window_coverage_systematic,
)
from sim.theory.queues import (
    all_busy_hypercube,
    erlang_b,
    erlang_c,
    littles_law_population,
    mg1_wait,
    mmc_wait,
    two_priority_times_preemptive,
    two_priority_waits_nonpreemptive,
)

__all__ = [
    "Metric",
    "all_busy_hypercube",
    "coverage_of_n_visits",
    "erlang_b",
    "erlang_c",
    "hawkes_dispersion",
    "hawkes_mean_rate",
    "koopman_detection",
    "littles_law_population",
    "mean_age_random",
    "mean_age_systematic",
    "mg1_wait",
    "mmc_wait",
    "nearest_unit_distance",
    "patrols_out",
    "patrols_out_quantile",
    "post_factor",
    "rescaled_times",
    "thinned_mean_count",
    "two_priority_times_preemptive",
    "two_priority_waits_nonpreemptive",
    "window_coverage_random",
    "window_coverage_systematic",
]
