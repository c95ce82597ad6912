"""The clock: who acts first at one instant is decided by turns, not by who scheduled first."""

from __future__ import annotations

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait, hours_to_s

ORDER = ["TOUR_ENDS", "STRENGTH", "GATE", "HAND_OVER", "ALLOCATION", "DEPARTURE", "INCIDENT", "DISPATCH"]


def happen(waits: list[tuple[int, Turn]], start_s: int = 0) -> list[tuple[int, Turn, int]]:
    """Schedule the waits in that order; return (time, turn, place in the list) as they happen."""
    env = simpy.Environment(initial_time=start_s)
    happened = []

    def process(delay_s: int, turn: Turn, place: int) -> ProcessGenerator:
        yield Wait(env, delay_s, turn)
        happened.append((int(env.now), turn, place))

    for place, (delay_s, turn) in enumerate(waits):
        env.process(process(delay_s, turn, place))
    env.run()
    return happened


@given(order=st.permutations(list(Turn)))
def test_turns_of_one_instant_come_in_order_whoever_was_first(order: list[Turn]) -> None:
    happened = happen([(60, turn) for turn in order], start_s=100)
    assert [(time_s, turn.name) for time_s, turn, _ in happened] == [(160, name) for name in ORDER]


@given(waits=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(list(Turn))), max_size=30))
def test_time_first_then_turn_then_age(waits: list[tuple[int, Turn]]) -> None:
    expected = sorted((delay_s, turn, place) for place, (delay_s, turn) in enumerate(waits))
    assert happen(waits) == expected


def test_turns_do_not_depend_on_how_long_one_waited() -> None:
    """A departure that was planned hours ago still comes after an allocation decided on just now."""
    env = simpy.Environment()
    happened = []

    def early() -> ProcessGenerator:
        yield Wait(env, 100, Turn.DEPARTURE)
        happened.append("departure")

    def late() -> ProcessGenerator:
        yield Wait(env, 99, Turn.TOUR_ENDS)
        yield Wait(env, 1, Turn.ALLOCATION)
        happened.append("allocation")
        yield Wait(env, 0, Turn.ALLOCATION)
        happened.append("allocation again")

    env.process(early())
    env.process(late())
    env.run()
    assert happened == ["allocation", "allocation again", "departure"]


def test_an_order_given_in_a_turn_is_obeyed_before_the_next_turn() -> None:
    """A site handed over at a shift change is off the board before sections are allocated."""
    env = simpy.Environment()
    store = simpy.Store(env)
    happened = []

    def obeys() -> ProcessGenerator:
        happened.append((yield store.get()))

    def allocates() -> ProcessGenerator:
        yield Wait(env, 5, Turn.ALLOCATION)
        happened.append("allocation")

    def orders() -> ProcessGenerator:
        yield Wait(env, 5, Turn.HAND_OVER)
        store.put("hand over")

    for process in (allocates(), obeys(), orders()):
        env.process(process)
    env.run()
    assert happened == ["hand over", "allocation"]


def test_nothing_at_the_end_of_a_run_still_happens() -> None:
    """A run is [0, end): what is due at the end itself is left."""
    env = simpy.Environment()
    waits = [Wait(env, delay_s, turn) for delay_s in (9, 10) for turn in Turn]
    env.run(until=10)
    assert [wait.processed for wait in waits] == [True] * len(Turn) + [False] * len(Turn)


def test_a_wait_is_not_negative() -> None:
    with pytest.raises(ValueError, match="delay_s = -1 s"):
        Wait(simpy.Environment(), -1, Turn.STRENGTH)


@pytest.mark.parametrize(("hours", "seconds"), [(0, 0), (8, 28_800), (0.5, 1800), (1 / 3, 1200), (1e-4, 0)])
def test_hours_to_seconds(hours: float, seconds: int) -> None:
    assert hours_to_s(hours) == seconds
