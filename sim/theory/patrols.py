"""Posts, patrols and distances: what a force of a given size can cover.

*Window coverage* C(W) of a place is the probability that at least one visit fell within the last W hours; over many
places it is the share of them visited within W. *Age* is the time since the last visit. A *random* patrol visits a
place at the instants of a Poisson process, a *systematic* one at a fixed period. *Patrols out* is how many are under
way at one instant. All times are hours, all lengths kilometres.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from sim.theory._domain import Quantity, given_back, quantity, whole


class Metric(StrEnum):
    """How a distance is measured."""

    STRAIGHT = "straight"
    GRID = "grid"


def post_factor(covered_h: ArrayLike, net_h_per_soldier: ArrayLike) -> Quantity:
    """Soldiers that one post needs to be manned by one soldier throughout a period.

    Parameters
    ----------
    covered_h : array_like
        Hours of the period in which the post is manned [h], >= 0.
    net_h_per_soldier : array_like
        Hours of duty that one soldier gives in the period, leave and absence taken off [h], > 0.

    Returns
    -------
    float or ndarray
        Soldiers a post.

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Liebert, D. R. and Miller, R. (2003). Staffing Analysis Workbook for Jails, 2nd ed. National Institute of
    Corrections, Washington: the shift relief factor.

    Examples
    --------
    >>> round(post_factor(8760, 1850), 3)
    4.735
    >>> post_factor(168, 56)
    3.0
    """
    covered = quantity("covered_h", covered_h, "[0, inf)")
    return given_back(covered / quantity("net_h_per_soldier", net_h_per_soldier, "(0, inf)"))


def window_coverage_random(rate_per_h: ArrayLike, window_h: ArrayLike) -> Quantity:
    """Share of places visited within the last window when visits are Poisson: C(W) = 1 - exp(-r W).

    Parameters
    ----------
    rate_per_h : array_like
        Visits to one place an hour [1/h], >= 0.
    window_h : array_like
        Length of the window [h], >= 0.

    Returns
    -------
    float or ndarray
        Share, in [0, 1].

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Cox, D. R. (1962). Renewal Theory. Methuen, London: the backward recurrence time of a Poisson process.

    Examples
    --------
    38 places that share 100 visits a day:

    >>> [round(window_coverage_random(100 / 38 / 24, window_h), 5) for window_h in (24, 6)]
    [0.92804, 0.48206]
    """
    rate = quantity("rate_per_h", rate_per_h, "[0, inf)")
    return given_back(-np.expm1(-rate * quantity("window_h", window_h, "[0, inf)")))


def mean_age_random(rate_per_h: ArrayLike) -> Quantity:
    """Mean time since the last visit when visits are Poisson: 1 / r [h].

    Parameters
    ----------
    rate_per_h : array_like
        Visits to one place an hour [1/h], > 0: without visits the age has no mean.

    Returns
    -------
    float or ndarray
        Mean age [h].

    Raises
    ------
    ValueError
        If the rate is not positive.

    References
    ----------
    Cox, D. R. (1962). Renewal Theory. Methuen, London.

    Examples
    --------
    >>> round(mean_age_random(100 / 38 / 24), 2)
    9.12
    """
    return given_back(1 / quantity("rate_per_h", rate_per_h, "(0, inf)"))


def coverage_of_n_visits(n_visits: ArrayLike, n_places: ArrayLike) -> Quantity:
    """Expected share of places visited at least once by n visits, each to a place at random: 1 - (1 - 1/m)^n.

    Parameters
    ----------
    n_visits : array_like
        Visits, a whole number >= 0.
    n_places : array_like
        Places, a whole number >= 1.

    Returns
    -------
    float or ndarray
        Share, in [0, 1].

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Feller, W. (1968). An Introduction to Probability Theory and Its Applications, vol. 1, 3rd ed. Wiley, New York:
    the occupancy problem.

    Examples
    --------
    >>> round(coverage_of_n_visits(100, 38), 5)
    0.93053
    """
    visits = whole("n_visits", n_visits, "[0, inf)")
    return given_back(1 - (1 - 1 / whole("n_places", n_places, "[1, inf)")) ** visits)


def window_coverage_systematic(period_h: ArrayLike, window_h: ArrayLike) -> Quantity:
    """Share of places visited within the last window when each is visited every T hours: min(1, W / T).

    Parameters
    ----------
    period_h : array_like
        Time between two visits to one place [h], > 0.
    window_h : array_like
        Length of the window [h], >= 0.

    Returns
    -------
    float or ndarray
        Share, in [0, 1].

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Cox, D. R. (1962). Renewal Theory. Methuen, London: the backward recurrence time of a constant interval.

    Examples
    --------
    >>> window_coverage_systematic(8, 6)
    0.75
    """
    period = quantity("period_h", period_h, "(0, inf)")
    return given_back(np.minimum(1, quantity("window_h", window_h, "[0, inf)") / period))


def mean_age_systematic(period_h: ArrayLike) -> Quantity:
    """Mean time since the last visit when each place is visited every T hours: T / 2 [h].

    Parameters
    ----------
    period_h : array_like
        Time between two visits to one place [h], > 0.

    Returns
    -------
    float or ndarray
        Mean age [h].

    Raises
    ------
    ValueError
        If the period is not positive.

    References
    ----------
    Cox, D. R. (1962). Renewal Theory. Methuen, London.

    Examples
    --------
    Half the age of a random patrol of the same rate:

    >>> mean_age_systematic(9.12) / mean_age_random(1 / 9.12)
    0.5
    """
    return given_back(quantity("period_h", period_h, "(0, inf)") / 2)


def koopman_detection(
    sweep_width_km: ArrayLike, speed_km_per_h: ArrayLike, time_h: ArrayLike, area_km2: ArrayLike
) -> Quantity:
    """Probability that a random search finds a fixed target: 1 - exp(-w v t / A).

    Parameters
    ----------
    sweep_width_km : array_like
        Width that the searcher sweeps [km], >= 0.
    speed_km_per_h : array_like
        Speed of the searcher [km/h], >= 0.
    time_h : array_like
        Time searched [h], >= 0.
    area_km2 : array_like
        Area that holds the target [km2], > 0.

    Returns
    -------
    float or ndarray
        Probability, in [0, 1].

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Koopman, B. O. (1956). The theory of search II: target detection. Operations Research 4(5), 503-531.
    Koopman, B. O. (1980). Search and Screening. Pergamon, New York.

    Examples
    --------
    >>> round(koopman_detection(0.5, 30, 8, 200), 6)
    0.451188
    """
    width = quantity("sweep_width_km", sweep_width_km, "[0, inf)")
    speed = quantity("speed_km_per_h", speed_km_per_h, "[0, inf)")
    time = quantity("time_h", time_h, "[0, inf)")
    return given_back(-np.expm1(-width * speed * time / quantity("area_km2", area_km2, "(0, inf)")))


def patrols_out(rate_per_h: ArrayLike, mean_duration_h: ArrayLike) -> Quantity:
    """Mean number of patrols under way at once, when departures are Poisson and sections without limit (M/G/inf).

    The number out is Poisson with this mean, whatever the law of the duration.

    Parameters
    ----------
    rate_per_h : array_like
        Departures an hour [1/h], >= 0.
    mean_duration_h : array_like
        Mean duration of a patrol [h], >= 0.

    Returns
    -------
    float or ndarray
        Patrols out, rate times mean duration.

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Takacs, L. (1962). Introduction to the Theory of Queues. Oxford University Press, New York: infinitely many
    servers.

    Examples
    --------
    625 patrols a day of 4 hours:

    >>> round(patrols_out(625 / 24, 4), 2)
    104.17
    """
    rate = quantity("rate_per_h", rate_per_h, "[0, inf)")
    return given_back(rate * quantity("mean_duration_h", mean_duration_h, "[0, inf)"))


def patrols_out_quantile(rate_per_h: ArrayLike, mean_duration_h: ArrayLike, probability: ArrayLike) -> Quantity:
    """Least number that the patrols out do not exceed with the given probability: a quantile of the Poisson law.

    Parameters
    ----------
    rate_per_h, mean_duration_h : array_like
        As in :func:`patrols_out`.
    probability : array_like
        Probability, in (0, 1).

    Returns
    -------
    float or ndarray
        Patrols out, a whole number.

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Takacs, L. (1962). Introduction to the Theory of Queues. Oxford University Press, New York.

    Examples
    --------
    >>> patrols_out_quantile(625 / 24, 4, [0.05, 0.5, 0.95])
    array([ 88., 104., 121.])
    """
    from scipy.stats import poisson

    level = quantity("probability", probability, "(0, 1)")
    return given_back(poisson.ppf(level, patrols_out(rate_per_h, mean_duration_h)))


def nearest_unit_distance(n_units: ArrayLike, area_km2: ArrayLike, metric: Metric = Metric.STRAIGHT) -> Quantity:
    """Mean distance from a random place to the nearest of N units spread at random over an area.

    The square-root law: 0.5 sqrt(A / N) in a straight line, sqrt(pi / 8) sqrt(A / N) along a grid of roads. It neglects
    borders, which lengthen distances.

    Parameters
    ----------
    n_units : array_like
        Units that are free, or their mean, > 0.
    area_km2 : array_like
        Area that they serve [km2], > 0.
    metric : Metric
        How the distance is measured.

    Returns
    -------
    float or ndarray
        Mean distance [km].

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Kolesar, P. and Blum, E. H. (1973). Square root laws for fire engine response distances. Management Science 19(12),
    1368-1378.

    Examples
    --------
    >>> [round(nearest_unit_distance(100, 10_887, metric), 3) for metric in Metric]
    [5.217, 6.539]
    """
    factor = 0.5 if Metric(metric) is Metric.STRAIGHT else np.sqrt(np.pi / 8)
    spacing = quantity("area_km2", area_km2, "(0, inf)") / quantity("n_units", n_units, "(0, inf)")
    return given_back(factor * np.sqrt(spacing))
