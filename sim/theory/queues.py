"""Queues: what waits for a lane, a section or a reserve, and for how long.

*Load* a is arrivals times mean service time, in Erlangs; *utilisation* rho is load a server. A *loss* system turns
away who finds all servers busy (Erlang B), a *delay* system lets them wait (Erlang C). *Wait* is the time in the queue,
*time in system* adds the service. All times are hours, all rates an hour; arrivals are Poisson throughout.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.theory._domain import Array, Quantity, given_back, quantity, whole


def erlang_b(n_servers: ArrayLike, load: ArrayLike) -> Quantity:
    """Probability that all servers of a loss system are busy, by B_k = a B_(k-1) / (k + a B_(k-1)), B_0 = 1.

    Parameters
    ----------
    n_servers : array_like
        Servers, a whole number >= 0.
    load : array_like
        Offered load [Erlang], >= 0.

    Returns
    -------
    float or ndarray
        Probability, also the share of arrivals lost.

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Erlang, A. K. (1917). Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges. Elektroteknikeren 13, 5-13.

    Examples
    --------
    >>> erlang_b([2, 3, 5, 10], [1, 2, 3, 8]).round(6)
    array([0.2     , 0.210526, 0.110054, 0.121661])
    """
    servers, offered = np.broadcast_arrays(
        whole("n_servers", n_servers, "[0, inf)"), quantity("load", load, "[0, inf)")
    )
    blocked: Array = np.ones(servers.shape)
    for k in range(1, int(servers.max(initial=0)) + 1):
        blocked = np.where(k <= servers, offered * blocked / (k + offered * blocked), blocked)
    return given_back(blocked)


def erlang_c(n_servers: ArrayLike, load: ArrayLike) -> Quantity:
    """Probability that an arrival at a delay system must wait: C = B / (1 - rho (1 - B)).

    Parameters
    ----------
    n_servers : array_like
        Servers, a whole number >= 1.
    load : array_like
        Offered load [Erlang], >= 0 and less than the servers.

    Returns
    -------
    float or ndarray
        Probability.

    Raises
    ------
    ValueError
        If an argument lies outside its domain, or the utilisation is 1 or more.

    References
    ----------
    Erlang, A. K. (1917), as in :func:`erlang_b`.

    Examples
    --------
    >>> erlang_c([2, 3, 5, 10], [1, 2, 3, 8]).round(6)
    array([0.333333, 0.444444, 0.236152, 0.40918 ])
    """
    servers, offered = whole("n_servers", n_servers, "[1, inf)"), quantity("load", load, "[0, inf)")
    utilisation = quantity("utilisation", offered / servers, "[0, 1)")
    blocked = erlang_b(servers, offered)
    return given_back(blocked / (1 - utilisation * (1 - blocked)))


def mmc_wait(n_servers: ArrayLike, arrivals_per_h: ArrayLike, services_per_h: ArrayLike) -> Quantity:
    """Mean wait at a checkpoint with exponential checks in c lanes (M/M/c): Wq = C / (c mu - lambda) [h].

    Parameters
    ----------
    n_servers : array_like
        Lanes, a whole number >= 1.
    arrivals_per_h : array_like
        Arrivals, lambda [1/h], >= 0.
    services_per_h : array_like
        Services that one busy lane completes, mu [1/h], > 0.

    Returns
    -------
    float or ndarray
        Mean wait over all arrivals [h].

    Raises
    ------
    ValueError
        If an argument lies outside its domain, or the utilisation is 1 or more.

    Notes
    -----
    The recursion of Kiefer and Wolfowitz, run with exponential gaps and services, converges to a law with this mean.

    References
    ----------
    Erlang, A. K. (1917), as in :func:`erlang_b`.
    Kiefer, J. and Wolfowitz, J. (1955). On the theory of queues with many servers. Transactions of the American
    Mathematical Society 78(1), 1-18.

    Examples
    --------
    30 vehicles an hour, 2 lanes, 3 minutes a check; then the mean queue:

    >>> round(60 * mmc_wait(2, 30, 20), 3)
    3.857
    >>> round(littles_law_population(30, mmc_wait(2, 30, 20)), 3)
    1.929
    """
    servers = whole("n_servers", n_servers, "[1, inf)")
    arrivals = quantity("arrivals_per_h", arrivals_per_h, "[0, inf)")
    services = quantity("services_per_h", services_per_h, "(0, inf)")
    return given_back(erlang_c(servers, arrivals / services) / (servers * services - arrivals))


def mg1_wait(arrivals_per_h: ArrayLike, mean_service_h: ArrayLike, mean_square_service_h2: ArrayLike) -> Quantity:
    """Mean wait in a single lane, whatever the law of the service (M/G/1): Wq = lambda E[S^2] / (2 (1 - rho)) [h].

    Parameters
    ----------
    arrivals_per_h : array_like
        Arrivals, lambda [1/h], >= 0.
    mean_service_h : array_like
        Mean service time, E[S] [h], >= 0.
    mean_square_service_h2 : array_like
        Mean of the squared service time, E[S^2] [h2], at least the square of the mean.

    Returns
    -------
    float or ndarray
        Mean wait over all arrivals [h].

    Raises
    ------
    ValueError
        If an argument lies outside its domain, or the utilisation is 1 or more.

    References
    ----------
    Pollaczek, F. (1930). Ueber eine Aufgabe der Wahrscheinlichkeitstheorie. Mathematische Zeitschrift 32, 64-100.
    Khintchine, A. (1932). Mathematical theory of a stationary queue. Matematicheskii Sbornik 39(4), 73-84.

    Examples
    --------
    12 vehicles an hour, 3 minutes each:

    >>> round(60 * mg1_wait(12, 3 / 60, (3 / 60) ** 2), 6)
    2.25
    """
    arrivals = quantity("arrivals_per_h", arrivals_per_h, "[0, inf)")
    service = quantity("mean_service_h", mean_service_h, "[0, inf)")
    mean_square = quantity("mean_square_service_h2", mean_square_service_h2, "[0, inf)")
    # A constant service has variance zero, which rounding may make slightly negative.
    quantity("variance of the service [h2]", mean_square * (1 + 1e-9) - service**2, "[0, inf)")
    utilisation = quantity("utilisation", arrivals * service, "[0, 1)")
    return given_back(arrivals * mean_square / (2 * (1 - utilisation)))


def two_priority_waits_nonpreemptive(
    arrivals_high_per_h: ArrayLike, arrivals_low_per_h: ArrayLike, services_per_h: ArrayLike
) -> tuple[Quantity, Quantity]:
    """Mean waits of two classes at one exponential server, when a service once begun is finished.

    With W0 = rho / mu, the mean work left of the service under way: W0 / (1 - rho1) and W0 / ((1 - rho1) (1 - rho)).

    Parameters
    ----------
    arrivals_high_per_h, arrivals_low_per_h : array_like
        Arrivals of the class that goes first and of the other [1/h], >= 0.
    services_per_h : array_like
        Services that the busy server completes, alike for both [1/h], > 0.

    Returns
    -------
    tuple of float or ndarray
        Mean wait of the high class and of the low class [h].

    Raises
    ------
    ValueError
        If an argument lies outside its domain, or the utilisation by both is 1 or more.

    References
    ----------
    Cobham, A. (1954). Priority assignment in waiting line problems. Operations Research 2(1), 70-76.

    Examples
    --------
    >>> two_priority_waits_nonpreemptive(0.2, 0.3, 1)
    (0.625, 1.25)
    """
    services, high, both = _two_classes(arrivals_high_per_h, arrivals_low_per_h, services_per_h)
    left = both / services
    return given_back(left / (1 - high)), given_back(left / ((1 - high) * (1 - both)))


def two_priority_times_preemptive(
    arrivals_high_per_h: ArrayLike, arrivals_low_per_h: ArrayLike, services_per_h: ArrayLike
) -> tuple[Quantity, Quantity]:
    """Mean times in system of two classes at one exponential server, when the high class interrupts (resume).

    1 / (mu (1 - rho1)) and 1 / (mu (1 - rho1) (1 - rho)): waits and interruptions are one time here, so the wait alone
    is not given.

    Parameters
    ----------
    arrivals_high_per_h, arrivals_low_per_h : array_like
        Arrivals of the class that goes first and of the other [1/h], >= 0.
    services_per_h : array_like
        Services that the busy server completes, alike for both [1/h], > 0.

    Returns
    -------
    tuple of float or ndarray
        Mean time in system of the high class and of the low class [h].

    Raises
    ------
    ValueError
        If an argument lies outside its domain, or the utilisation by both is 1 or more.

    References
    ----------
    White, H. and Christie, L. S. (1958). Queuing with preemptive priorities or with breakdown. Operations Research
    6(1), 79-95.

    Examples
    --------
    >>> two_priority_times_preemptive(0.2, 0.3, 1)
    (1.25, 2.5)
    """
    services, high, both = _two_classes(arrivals_high_per_h, arrivals_low_per_h, services_per_h)
    first = 1 / (services * (1 - high))
    return given_back(first), given_back(first / (1 - both))


def all_busy_hypercube(n_units: ArrayLike, load: ArrayLike) -> Quantity:
    """Probability that all units are out, when calls that find none free are lost (zero-line hypercube).

    With units alike it is Erlang B, whichever unit is sent first to which place.

    Parameters
    ----------
    n_units : array_like
        Units, a whole number >= 1.
    load : array_like
        Calls an hour times mean hours a call, over all places [Erlang], >= 0.

    Returns
    -------
    float or ndarray
        Probability, also the share of calls unanswered.

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Larson, R. C. (1974). A hypercube queuing model for facility location and redistricting in urban emergency
    services. Computers and Operations Research 1(1), 67-95.

    Examples
    --------
    >>> round(all_busy_hypercube(3, 3), 6)
    0.346154
    """
    return erlang_b(whole("n_units", n_units, "[1, inf)"), load)


def littles_law_population(arrivals_per_h: ArrayLike, mean_time_h: ArrayLike) -> Quantity:
    """Mean number present in any stationary system: L = lambda W.

    Parameters
    ----------
    arrivals_per_h : array_like
        Arrivals that enter [1/h], >= 0.
    mean_time_h : array_like
        Mean time that one of them stays [h], >= 0.

    Returns
    -------
    float or ndarray
        Mean number present.

    Raises
    ------
    ValueError
        If an argument lies outside its domain.

    References
    ----------
    Little, J. D. C. (1961). A proof for the queuing formula: L = lambda W. Operations Research 9(3), 383-387.

    Examples
    --------
    >>> littles_law_population(30, 0.5)
    15.0
    """
    arrivals = quantity("arrivals_per_h", arrivals_per_h, "[0, inf)")
    return given_back(arrivals * quantity("mean_time_h", mean_time_h, "[0, inf)"))


def _two_classes(high_per_h: ArrayLike, low_per_h: ArrayLike, services_per_h: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the service rate, the utilisation by the high class and that by both."""
    services = quantity("services_per_h", services_per_h, "(0, inf)")
    high = quantity("arrivals_high_per_h", high_per_h, "[0, inf)") / services
    low = quantity("arrivals_low_per_h", low_per_h, "[0, inf)") / services
    return services, high, quantity("utilisation", high + low, "[0, 1)")
