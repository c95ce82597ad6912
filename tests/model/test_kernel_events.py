"""How many events SimPy handles: few, each a real decision, and exactly as many as can be counted from the trace."""

from __future__ import annotations

import pytest
import simpy

from sim.model import Execution, layout_of, replicate
from sim.processes.post import list_posts
from sim.scenario.schema import Scenario
from sim.trace import NOT_YET, EventKind, Trace
from tests.scenarios import shipped

POST_EVENTS = (EventKind.POST_MANNED, EventKind.POST_UNMANNED, EventKind.SITE_HANDED_OVER)


class CountingEnvironment(simpy.Environment):
    """Counts the events it handles."""

    n_events = 0

    def step(self) -> None:
        """Handle the next event; the one that ends a run raises, and is not counted."""
        super().step()
        self.n_events += 1


def run(scenario: Scenario, policy: str, troops: int | None, execution: Execution) -> tuple[int, Trace]:
    env = CountingEnvironment()
    trace = replicate(scenario, policy, troops=troops, seed=5, replication=0, execution=execution, env=env)
    return env.n_events, trace


def patrols_of(trace: Trace) -> int:
    return int((trace.tour_columns("departed_s")[0] != NOT_YET).sum())


def n_expected(scenario: Scenario, trace: Trace, execution: Execution) -> int:
    """Count of events, from what happened.

    A process begins with one event and ends with one; posts and the headquarters never end. A step of strength and a
    hand-over are a wait each, as is a shift change, and an order is an event. A patrol as a process waits for its
    departure and for its return.
    """
    n_posts = len(list_posts(scenario, layout_of(scenario)))
    n_steps = sum(event.kind is EventKind.STRENGTH_CHANGES for event in trace.events) - 1
    n_hand_overs = sum(event.kind is EventKind.SITE_HANDED_OVER for event in trace.events)
    n_orders = sum(event.kind in POST_EVENTS for event in trace.events)
    n_events = n_posts + 1 + (2 + n_steps) + (2 + n_hand_overs) + len(trace.shifts) + n_orders
    if execution is Execution.PROCESSES:
        departed_s, ended_s = trace.tour_columns("departed_s", "ended_s")
        # Of a patrol that the end of the run overtakes, only what lies before it.
        n_events += len(departed_s) + int((departed_s != NOT_YET).sum()) + 2 * int((ended_s != NOT_YET).sum())
    return n_events


@pytest.mark.parametrize("execution", list(Execution))
@pytest.mark.parametrize(
    ("name", "policy", "troops"), [("kfor-2001", "balanced", 40_000), ("kfor-2001", "balanced", 15_000)]
)
def test_events_are_those_of_shifts_posts_and_patrols(
    name: str, policy: str, troops: int | None, execution: Execution
) -> None:
    scenario = shipped(name, experiment__sweep_days=20)
    n_events, trace = run(scenario, policy, troops, execution)
    assert n_events == n_expected(scenario, trace, execution)


@pytest.mark.parametrize("execution", list(Execution))
def test_events_of_a_drawdown(execution: Execution) -> None:
    scenario = shipped("lesson")
    n_events, trace = run(scenario, "two-stages", None, execution)
    assert n_events == n_expected(scenario, trace, execution)


def test_a_patrol_costs_a_fifth_of_an_event_at_most() -> None:
    """KFOR 2001 at full strength over two months, the first manning of 758 posts included."""
    n_events, trace = run(shipped("kfor-2001"), "balanced", 40_000, Execution.TABLE)
    n_patrols = patrols_of(trace)
    assert n_patrols > 0.99 * 625 * 63
    assert n_events / n_patrols <= 0.2


@pytest.mark.parametrize("execution", list(Execution))
@pytest.mark.parametrize("troops", [40_000, 15_000, 4_000])
def test_events_of_incidents_are_bounded(troops: int, execution: Execution) -> None:
    """Beyond what a run without them has: one a day, four an incident and two a call-out, stale waits included.

    An incident is waited for, looked for by the dispatcher, begins and ends as a process; a call-out wakes it as the
    section sets out and arrives. What many of them share pays for interrupts. A patrol as a process is told that it is
    called away, and leaves a wait behind.
    """
    scenario = shipped("kfor-2001-incidents", experiment__sweep_days=20)
    n_events, trace = run(scenario, "balanced", troops, execution)
    n_of_incidents = n_events - n_expected(scenario, trace, execution)
    n_days = trace.run_length_s // 86_400
    n_called = int(trace.tour_columns("called")[0].sum()) if execution is Execution.PROCESSES else 0
    bound = n_days + 1 + 4 * len(trace.incidents) + 2 * len(trace.call_outs) + 2 * n_called
    assert 2 * len(trace.incidents) < n_of_incidents <= bound


def test_a_patrol_costs_a_fifth_of_an_event_at_most_with_incidents() -> None:
    n_events, trace = run(shipped("kfor-2001-incidents"), "balanced", 40_000, Execution.TABLE)
    assert trace.call_outs
    assert n_events / patrols_of(trace) <= 0.2
