"""What the documents say, and what the shipped scenarios make of it. That 40,000 do the list is partly calibration."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.model import replicate
from sim.responses import measure
from sim.responses.measure import Measured
from sim.scenario.schema import Routing
from sim.statistics import paired_difference
from sim.trace import EventKind, Trace
from tests.scenarios import shipped

KFOR_2001 = shipped("kfor-2001", experiment__sweep_days=10)
GATES = shipped("kfor-gates")
FILLS = ("patrol_fill", "site_guard_fill", "checkpoint_fill", "crossing_fill")


def theatre(measured: Measured) -> dict[str, float]:
    return {response: value for sector, response, _, value in measured.responses if sector == "all"}


def at(troops: int, replication: int = 0) -> dict[str, float]:
    trace = replicate(KFOR_2001, "balanced", troops=troops, seed=31, replication=replication)
    return theatre(measure(KFOR_2001, trace))


def test_scenarios_hold_the_documents_figures() -> None:
    tasks = KFOR_2001.tasks
    assert KFOR_2001.strength == 40_000
    assert 500 <= tasks.patrols.per_day <= 750
    assert (tasks.sites.n, tasks.checkpoints.n, len(KFOR_2001.theatre.crossing_points)) == (550, 200, 8)
    russians = [one for one in KFOR_2001.contingents.values() if one.nation == "Russia"]
    assert sum(one.strength for one in russians) == 3_150
    assert {one.sector for one in russians} == {"north", "south", "east"}
    airport = KFOR_2001.theatre.named_sites["slatina-airport"]
    assert airport.shared_with == ["Russia"]
    assert GATES.strength == 14_000


def test_forty_thousand_do_the_whole_list() -> None:
    for replication in range(2):
        responses = at(40_000, replication)
        assert all(responses[fill] >= 0.99 for fill in FILLS), responses
        assert 500 <= responses["patrols_per_day"] <= 750


@pytest.mark.parametrize("troops", [10_200, 5_000])
def test_the_force_of_a_gate_does_not(troops: int) -> None:
    responses = at(troops)
    assert min(responses[fill] for fill in FILLS) < 0.5
    assert responses["patrols_per_day"] < 500


def test_coverage_never_falls_as_troops_rise() -> None:
    levels = KFOR_2001.experiment.troops
    means = [np.mean([at(troops, replication)["coverage"] for replication in range(2)]) for troops in levels]
    assert (np.diff(means) >= 0).all(), dict(zip(levels, means, strict=True))


@pytest.mark.parametrize("routing", list(Routing))
def test_more_troops_add_tours_and_change_none(routing: Routing) -> None:
    """Slots are the same with every routing; where tours go too, unless the routing remembers earlier tours."""
    scenario = shipped("kfor-2001", experiment__sweep_days=2, policy__balanced__routing=routing.value)
    remembers = routing in (Routing.SYSTEMATIC, Routing.LONGEST_UNVISITED)
    what = ("sector", "tour_id", "kind", "depart_s", *(() if remembers else ("end_s", "area", "visit_s")))

    def tours(troops: int) -> set[tuple[int, ...]]:
        trace = replicate(scenario, "balanced", troops=troops, seed=31, replication=0)
        columns = trace.tour_columns(*what)
        return {tuple(np.concatenate([np.atleast_1d(c[i]) for c in columns]).tolist()) for i in range(len(columns[0]))}

    few, more = tours(7_500), tours(15_000)
    assert few < more


@pytest.fixture(scope="module")
def gates() -> tuple[Trace, Measured]:
    trace = replicate(GATES, "gates", troops=None, seed=32, replication=0)
    return trace, measure(GATES, trace)


@pytest.fixture(scope="module")
def all_gates(gates: tuple[Trace, Measured]) -> list[Measured]:
    others = [replicate(GATES, "gates", troops=None, seed=32, replication=r) for r in range(1, 4)]
    return [gates[1], *(measure(GATES, trace) for trace in others)]


def daily(measured: Measured, column: str) -> NDArray[np.float64]:
    """Daily values for the theatre."""
    sector = measured.series["sector"]
    values: NDArray[np.float64] = np.asarray(measured.series[column], dtype=float)[sector == sector.max()]
    return values


def day(date: dt.date) -> int:
    return (date - GATES.horizon.start).days


GATE_ONE, GATE_2 = day(dt.date(2010, 2, 3)), day(dt.date(2011, 2, 28))


def test_gates_open_on_their_days_and_not_before(gates: tuple[Trace, Measured]) -> None:
    strength = daily(gates[1], "strength")
    assert strength[:GATE_ONE] == pytest.approx(14_000)
    assert strength[GATE_ONE:GATE_2] == pytest.approx(10_200)
    assert strength[GATE_2:] == pytest.approx(5_000)
    assert len(strength) == day(dt.date(2012, 6, 1))


def test_coverage_and_its_parts_step_down_at_the_gates(all_gates: list[Measured]) -> None:
    """Differences of means before and after a gate, paired by replication, at 99.9 %.

    At Gate One static tasks notice and patrols, which come first, hardly do; at Gate 2 all do but the crossing points.
    """
    periods = (slice(10, GATE_ONE), slice(GATE_ONE + 3, GATE_2), slice(GATE_2 + 3, None))

    def step(column: str, gate: int) -> tuple[float, float]:
        before, after = periods[gate], periods[gate + 1]
        means = [(daily(one, column)[before].mean(), daily(one, column)[after].mean()) for one in all_gates]
        fall = paired_difference([float(b) for b, _ in means], [float(a) for _, a in means], confidence=0.999)
        return fall.mean, fall.half_width

    for column in ("coverage", "site_protection", "checkpoint_fill"):
        fall, half_width = step(column, gate=0)
        assert half_width < fall < 0.1, (column, fall, half_width)
    for column in ("coverage", "patrol_coverage", "site_protection", "checkpoint_fill"):
        fall, half_width = step(column, gate=1)
        assert fall - half_width > 0.2, (column, fall, half_width)
    assert all(daily(one, "crossing_fill").min() == pytest.approx(1.0) for one in all_gates)


def test_patrols_and_reserve_stay_above_zero_at_gate_2(gates: tuple[Trace, Measured]) -> None:
    assert daily(gates[1], "patrols_completed")[GATE_2 + 1 :].min() > 0
    assert daily(gates[1], "reserve_fill")[GATE_2:].min() > 0


def test_seven_sites_change_guardian(gates: tuple[Trace, Measured]) -> None:
    trace, measured = gates
    handed_over = [event.entity for event in trace.events if event.kind is EventKind.SITE_HANDED_OVER]
    assert len(handed_over) == len(set(handed_over)) == 7
    assert all(GATES.theatre.named_sites[key].designated for key in handed_over)
    assert {"gazimestan", "gracanica", "zociste", "budisavci", "gorioc", "devic"} < set(handed_over)
    police = daily(measured, "sites_police")
    assert (police[0], police[-1]) == (0, 7)
    assert daily(measured, "sites_kfor")[-1] == 60 - 7
