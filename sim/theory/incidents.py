"""Incidents: how many there are, and how much they bunch.

Candidates of a constant rate that are kept with probability rate / maximum, *thinning*, are a Poisson process of the
kept rate. In a *self-exciting* (Hawkes) process every incident raises the rate for a while; the *branching ratio* is
how many further incidents one triggers directly, on average. *Dispersion* is variance over mean of the count in a
window: 1 for Poisson, more when incidents bunch. All times are hours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.theory._domain import Array, Quantity, given_back, quantity


def thinned_mean_count(edges_h: ArrayLike, rates_per_h: ArrayLike) -> float:
    """Mean, and variance, of the Poisson count of a process by thinning: the integral of its rate.

    Parameters
    ----------
    edges_h : array_like, shape (k + 1,)
        Instants between which the rate is constant, rising [h].
    rates_per_h : array_like, shape (k,)
        Rate from each edge to the next [1/h], >= 0.

    Returns
    -------
    float
        Mean count from the first edge to the last.

    Raises
    ------
    ValueError
        If an argument lies outside its domain or the shapes do not fit.

    References
    ----------
    Lewis, P. A. W. and Shedler, G. S. (1979). Simulation of nonhomogeneous Poisson processes by thinning. Naval
    Research Logistics Quarterly 26(3), 403-413.

    Examples
    --------
    Two quiet days, then one of unrest:

    >>> thinned_mean_count([0, 48, 72], [0.5, 4])
    120.0
    """
    return float(_integrated(edges_h, rates_per_h)[1][-1])


def rescaled_times(times_h: ArrayLike, edges_h: ArrayLike, rates_per_h: ArrayLike) -> Array:
    """Share of the whole integrated rate that had passed at each event: uniform on [0, 1] if the rate is the true one.

    Parameters
    ----------
    times_h : array_like, shape (n,)
        Instants of the events [h], between the first edge and the last.
    edges_h, rates_per_h : array_like
        As in :func:`thinned_mean_count`; the integral must be positive.

    Returns
    -------
    ndarray, shape (n,)
        Rescaled times, in [0, 1].

    Raises
    ------
    ValueError
        If an argument lies outside its domain or the shapes do not fit.

    References
    ----------
    Cox, D. R. and Lewis, P. A. W. (1966). The Statistical Analysis of Series of Events. Methuen, London.

    Examples
    --------
    >>> rescaled_times([24, 60], [0, 48, 72], [0.5, 4])
    array([0.1, 0.6])
    """
    edges, integral = _integrated(edges_h, rates_per_h)
    times = quantity("times_h", times_h, f"[{edges[0]}, {edges[-1]}]")
    total = quantity("integral of rates_per_h", integral[-1], "(0, inf)")
    return np.asarray(np.interp(times, edges, integral / total), dtype=np.float64)


def hawkes_mean_rate(background_per_h: ArrayLike, branching_ratio: ArrayLike) -> Quantity:
    """Mean rate of a stationary self-exciting process: mu / (1 - n) [1/h].

    Parameters
    ----------
    background_per_h : array_like
        Rate of incidents that no other triggered, mu [1/h], >= 0.
    branching_ratio : array_like
        Incidents that one triggers directly, n, in [0, 1).

    Returns
    -------
    float or ndarray
        Mean rate [1/h].

    Raises
    ------
    ValueError
        If an argument lies outside its domain: at a branching ratio of 1 the process explodes.

    References
    ----------
    Hawkes, A. G. (1971). Spectra of some self-exciting and mutually exciting point processes. Biometrika 58(1), 83-90.

    Examples
    --------
    >>> round(hawkes_mean_rate(1, 0.4), 3)
    1.667
    """
    background = quantity("background_per_h", background_per_h, "[0, inf)")
    return given_back(background / (1 - quantity("branching_ratio", branching_ratio, "[0, 1)")))


def hawkes_dispersion(branching_ratio: ArrayLike, window_decays: ArrayLike = np.inf) -> Quantity:
    """Variance over mean of the incidents in one window of a stationary self-exciting process.

    1 / (1 - n)^2 for a long window, whatever the law of the delay. For a finite one of x decay times, the delay being
    exponential: 1 + n (2 - n) / (1 - n)^2 (1 - (1 - exp(-y)) / y) with y = (1 - n) x.

    Parameters
    ----------
    branching_ratio : array_like
        Incidents that one triggers directly, n, in [0, 1).
    window_decays : array_like
        Length of the window over the mean delay from an incident to one that it triggers, > 0; endless by default.

    Returns
    -------
    float or ndarray
        Dispersion, at least 1.

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Hawkes, A. G. (1971), as in :func:`hawkes_mean_rate`: the integral of its covariance density.

    Examples
    --------
    >>> round(hawkes_dispersion(0.4), 3)
    2.778
    >>> round(hawkes_dispersion(0.4, window_decays=10), 3)
    2.482
    """
    ratio = quantity("branching_ratio", branching_ratio, "[0, 1)")
    relaxations = (1 - ratio) * quantity("window_decays", window_decays, "(0, inf]")
    reached = 1 + np.expm1(-relaxations) / relaxations
    return given_back(1 + ratio * (2 - ratio) / (1 - ratio) ** 2 * reached)


def _integrated(edges_h: ArrayLike, rates_per_h: ArrayLike) -> tuple[Array, Array]:
    """Return the edges, and the integral of the rate up to each of them."""
    edges, rates = quantity("edges_h", edges_h, "(-inf, inf)"), quantity("rates_per_h", rates_per_h, "[0, inf)")
    if edges.ndim != 1 or rates.shape != (edges.size - 1,):
        raise ValueError(f"rates_per_h has shape {rates.shape}, edges_h {edges.shape}; allowed: (k,) and (k + 1,)")
    steps = quantity("step of edges_h", np.diff(edges), "(0, inf)")
    return edges, np.concatenate([[0.0], np.cumsum(rates * steps)])
