"""Queues against their check values, and against Markov chains solved numerically and direct sums."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from sim import theory

STATIONS = [(2, 1.0), (3, 2.0), (5, 3.0), (10, 8.0)]
Moves = Iterable[tuple[Hashable, float]]


def stationary(states: list[Hashable], moves: Callable[[Hashable], Moves]) -> NDArray[np.float64]:
    """Solve the balance equations of a Markov chain; moves to states that are not listed are blocked."""
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import spsolve

    index = {state: i for i, state in enumerate(states)}
    row, column, rate = [], [], []
    for i, state in enumerate(states):
        for target, rate_per_h in moves(state):
            if target in index:
                row += [index[target], i]
                column += [i, i]
                rate += [rate_per_h, -rate_per_h]
    balance = csc_array((rate, (row, column)), shape=(len(states), len(states))).tolil()
    balance[0, :] = 1.0
    total = np.zeros(len(states))
    total[0] = 1.0
    return np.asarray(spsolve(balance.tocsc(), total), dtype=np.float64)


@pytest.mark.parametrize(("station", "value"), list(zip(STATIONS, [0.2, 0.210526, 0.110054, 0.121661], strict=True)))
def test_erlang_b(station: tuple[int, float], value: float) -> None:
    n_servers, load = station
    terms = [load**k / math.factorial(k) for k in range(n_servers + 1)]
    assert theory.erlang_b(n_servers, load) == pytest.approx(value, abs=5e-7)
    assert theory.erlang_b(n_servers, load) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


@pytest.mark.parametrize(("station", "value"), list(zip(STATIONS, [1 / 3, 4 / 9, 0.236152, 0.409180], strict=True)))
def test_erlang_c(station: tuple[int, float], value: float) -> None:
    n_servers, load = station
    waiting = load**n_servers / math.factorial(n_servers) * n_servers / (n_servers - load)
    terms = [load**k / math.factorial(k) for k in range(n_servers)]
    assert theory.erlang_c(n_servers, load) == pytest.approx(value, abs=5e-7)
    assert theory.erlang_c(n_servers, load) == pytest.approx(waiting / (sum(terms) + waiting), rel=1e-12)


def test_erlang_edges_and_arrays() -> None:
    assert theory.erlang_b(0, 5.0) == 1.0
    assert theory.erlang_b(4, 0.0) == 0.0
    assert theory.erlang_c(4, 0.0) == 0.0
    servers, loads = np.arange(0, 30)[:, None], np.array([0.5, 7.0, 40.0])
    table = theory.erlang_b(servers, loads)
    assert isinstance(table, np.ndarray)
    assert table.shape == (30, 3)
    for i, j in itertools.product(range(30), range(3)):
        assert table[i, j] == theory.erlang_b(i, loads[j])


def test_erlang_b_does_not_overflow_where_the_direct_sum_does() -> None:
    # In heavy traffic the busy share of each server is nearly 1: a (1 - B) comes close to n.
    assert 5000 * (1 - float(theory.erlang_b(2000, 5000.0))) == pytest.approx(2000, rel=1e-3)


@pytest.mark.parametrize(("n_lanes", "arrivals", "services"), [(2, 30.0, 20.0), (1, 5.0, 9.0), (4, 17.0, 6.0)])
def test_mmc_wait_solves_the_balance_equations(n_lanes: int, arrivals: float, services: float) -> None:
    def moves(n: Hashable) -> Moves:
        assert isinstance(n, int)
        return [(n + 1, arrivals), (n - 1, services * min(n, n_lanes))]

    share = stationary(list(range(300)), moves)
    queue = np.maximum(np.arange(300) - n_lanes, 0) @ share
    assert theory.erlang_c(n_lanes, arrivals / services) == pytest.approx(share[n_lanes:].sum(), rel=1e-9)
    assert theory.mmc_wait(n_lanes, arrivals, services) == pytest.approx(queue / arrivals, rel=1e-9)


def test_checkpoint_check_values() -> None:
    wait_h = theory.mmc_wait(2, 30, 60 / 3)
    assert 60 * float(wait_h) == pytest.approx(3.857, abs=5e-4)
    assert theory.littles_law_population(30, wait_h) == pytest.approx(1.929, abs=5e-4)
    assert 60 * float(theory.mg1_wait(12, 3 / 60, (3 / 60) ** 2)) == pytest.approx(2.25)


def test_mg1_with_exponential_service_is_mm1() -> None:
    arrivals = np.array([0.0, 1.0, 6.0, 8.9])
    np.testing.assert_allclose(theory.mg1_wait(arrivals, 1 / 9, 2 / 81), theory.mmc_wait(1, arrivals, 9))


def test_mg1_with_constant_service_solves_the_chain_of_departures() -> None:
    arrivals, service_h, n_states = 12.0, 0.05, 80
    load = arrivals * service_h
    arriving = [math.exp(-load) * load**k / math.factorial(k) for k in range(n_states)]
    leave = np.zeros((n_states, n_states))
    for i, j in itertools.product(range(n_states), repeat=2):
        k = j - max(i - 1, 0)
        leave[i, j] = arriving[k] if k >= 0 else 0.0
    equations = leave.T - np.eye(n_states)
    equations[-1] = 1.0
    share = np.linalg.solve(equations, np.eye(n_states)[-1])
    time_in_system_h = np.arange(n_states) @ share / arrivals
    assert theory.mg1_wait(arrivals, service_h, service_h**2) == pytest.approx(time_in_system_h - service_h, rel=1e-9)


def test_priorities_check_values() -> None:
    assert theory.two_priority_waits_nonpreemptive(0.2, 0.3, 1) == pytest.approx((0.625, 1.25))
    assert theory.two_priority_times_preemptive(0.2, 0.3, 1) == pytest.approx((1.25, 2.5))


@pytest.mark.parametrize(("high", "low", "services"), [(0.2, 0.3, 1.0), (0.7, 0.5, 2.0)])
def test_preemptive_priorities_solve_the_balance_equations(high: float, low: float, services: float) -> None:
    states: list[Hashable] = list(itertools.product(range(25), range(60)))

    def moves(state: Hashable) -> Moves:
        assert isinstance(state, tuple)
        n, m = state
        return [((n + 1, m), high), ((n, m + 1), low), ((n - 1, m), services), ((n, m - 1), 0.0 if n else services)]

    present = stationary(states, moves) @ np.array(states)
    times_h = present / [high, low]
    assert theory.two_priority_times_preemptive(high, low, services) == pytest.approx(tuple(times_h), rel=1e-6)


@pytest.mark.parametrize(("high", "low", "services"), [(0.2, 0.3, 1.0), (0.7, 0.5, 2.0)])
def test_nonpreemptive_priorities_solve_the_balance_equations(high: float, low: float, services: float) -> None:
    idle, first, second = range(3)
    states: list[Hashable] = [(0, 0, idle), *itertools.product(range(25), range(60), (first, second))]

    def moves(state: Hashable) -> Moves:
        assert isinstance(state, tuple)
        n, m, served = state
        if served == idle:
            return [((0, 0, first), high), ((0, 0, second), low)]
        after = (n - 1, m, first) if n else (n, m - 1, second) if m else (0, 0, idle)
        return [((n + 1, m, served), high), ((n, m + 1, served), low), (after, services)]

    waiting = stationary(states, moves) @ np.array(states)[:, :2]
    waits_h = waiting / [high, low]
    assert theory.two_priority_waits_nonpreemptive(high, low, services) == pytest.approx(tuple(waits_h), rel=1e-6)


def test_hypercube_check_value_and_any_dispatch_rule() -> None:
    assert theory.all_busy_hypercube(3, 3) == pytest.approx(0.346154, abs=5e-7)
    # Larson's chain over which of three units are busy, two places that prefer different units.
    calls = {(0, 1, 2): 1.9, (2, 1, 0): 0.8}
    states: list[Hashable] = list(itertools.product((False, True), repeat=3))

    def moves(state: Hashable) -> Moves:
        assert isinstance(state, tuple)

        def turned(unit: int) -> tuple[bool, ...]:
            return tuple(busy != (i == unit) for i, busy in enumerate(state))

        for order, calls_per_h in calls.items():
            yield from ((turned(unit), calls_per_h) for unit in [u for u in order if not state[u]][:1])
        yield from ((turned(unit), 1.0) for unit in range(3) if state[unit])

    assert theory.all_busy_hypercube(3, 2.7) == pytest.approx(stationary(states, moves)[-1], rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.erlang_b(2.5, 1), r"n_servers is 2.5; allowed: whole numbers in \[0, inf\)"),
        (lambda: theory.erlang_b(2, -1), r"load is -1; allowed: \[0, inf\)"),
        (lambda: theory.erlang_c(0, 0), r"n_servers is 0; allowed: \[1, inf\)"),
        (lambda: theory.erlang_c(2, [1, 2]), r"utilisation is 1; allowed: \[0, 1\)"),
        (lambda: theory.mmc_wait(2, 50, 20), r"utilisation is 1.25; allowed: \[0, 1\)"),
        (lambda: theory.mmc_wait(2, 30, 0), r"services_per_h is 0; allowed: \(0, inf\)"),
        (lambda: theory.mg1_wait(20, 0.05, 0.0025), r"utilisation is 1; allowed: \[0, 1\)"),
        (lambda: theory.mg1_wait(12, 0.05, 0.002), r"variance of the service \[h2\] is -0.0005; allowed"),
        (lambda: theory.two_priority_waits_nonpreemptive(0.5, 0.5, 1), r"utilisation is 1; allowed: \[0, 1\)"),
        (lambda: theory.two_priority_times_preemptive(0.2, 1.0, 1), r"utilisation is 1.2; allowed: \[0, 1\)"),
        (lambda: theory.two_priority_times_preemptive(-0.2, 1.0, 1), r"arrivals_high_per_h is -0.2; allowed"),
        (lambda: theory.all_busy_hypercube(0, 1), r"n_units is 0; allowed: \[1, inf\)"),
        (lambda: theory.littles_law_population(1, math.nan), r"mean_time_h is nan; allowed"),
    ],
)
def test_outside_the_domain(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
