"""Posts: every order in every state, and the board that gives orders."""

from __future__ import annotations

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from simpy.events import ProcessGenerator

from sim.model import layout_of
from sim.processes.post import Order, Orders, Post, Posts, list_posts, post
from sim.scenario.schema import Task
from sim.tasks import TASK_INDEX
from sim.trace import Event, EventKind, Names, Trace
from tests.scenarios import shipped

SITE = Post("old-bridge", "valley", Task.SITES, 2.0)
CHECKPOINT = Post("valley-checkpoint-001", "valley", Task.CHECKPOINTS, 5.0)
CROSSING = Post("south-gate", "valley", Task.CROSSING_POINTS, 9.0)

INTO = {
    "UNMANNED": [],
    "MANNED": [Order.MAN],
    "POLICE": [Order.HAND_OVER],
    "BLOCKED_UNMANNED": [Order.BLOCK],
    "BLOCKED_MANNED": [Order.BLOCK, Order.MAN],
}
ONLY = {"POLICE": SITE, "BLOCKED_UNMANNED": CROSSING, "BLOCKED_MANNED": CROSSING}
HAPPENS: dict[tuple[str, Order], EventKind | None] = {
    ("UNMANNED", Order.MAN): EventKind.POST_MANNED,
    ("UNMANNED", Order.HAND_OVER): EventKind.SITE_HANDED_OVER,
    ("MANNED", Order.LEAVE): EventKind.POST_UNMANNED,
    ("MANNED", Order.HAND_OVER): EventKind.SITE_HANDED_OVER,
    ("UNMANNED", Order.BLOCK): None,
    ("MANNED", Order.BLOCK): EventKind.POST_UNMANNED,
    ("BLOCKED_UNMANNED", Order.MAN): None,
    ("BLOCKED_UNMANNED", Order.UNBLOCK): None,
    ("BLOCKED_MANNED", Order.LEAVE): None,
    ("BLOCKED_MANNED", Order.UNBLOCK): EventKind.POST_MANNED,
}
SUITS = {Order.HAND_OVER: Task.SITES, Order.BLOCK: Task.CROSSING_POINTS}


def empty_trace() -> Trace:
    names = Names(("valley",), ("foot",), ("sites",), ())
    return Trace(names, run_length_s=1000, policy="p", troops=None, seed=1, replication=0)


def obey(one: Post, orders: list[Order]) -> list[Event]:
    """Give the orders ten seconds apart, the first at 10 s; return what happened."""
    env, trace = simpy.Environment(), empty_trace()
    store = Orders(env)

    def headquarters() -> ProcessGenerator:
        for order in orders:
            yield env.timeout(10)
            store.give(order)

    env.process(post(env, one, store, trace))
    env.process(headquarters())
    env.run(until=1000)
    return trace.events


CASES = [
    (one, state, order)
    for one in (SITE, CHECKPOINT, CROSSING)
    for state in INTO
    for order in Order
    if ONLY.get(state, one) is one  # only a site can become the police's, only a crossing point be blocked
]


@pytest.mark.parametrize(("one", "state", "order"), CASES)
def test_every_order_in_every_state(one: Post, state: str, order: Order) -> None:
    orders = [*INTO[state], order]
    time_s = 10 * len(orders)
    if (state, order) in HAPPENS and SUITS.get(order, one.task) is one.task:
        happened, kind = obey(one, orders), HAPPENS[state, order]
        if kind is None:
            assert not happened or happened[-1].time_s < time_s
            return
        place = f"valley/{one.task.value}"
        assert happened[-1] == Event(time_s, kind, one.key, place, one.crew_soldiers)
    else:
        with pytest.raises(ValueError, match=f"^{one.key} at {time_s} s: {order.name} while {state}$"):
            obey(one, orders)


def test_a_post_can_be_manned_and_left_again_and_again() -> None:
    happened = obey(SITE, [Order.MAN, Order.LEAVE] * 3 + [Order.HAND_OVER])
    assert [event.kind.name for event in happened] == ["POST_MANNED", "POST_UNMANNED"] * 3 + ["SITE_HANDED_OVER"]


def sites(*crews: float) -> list[Post]:
    return [Post(f"site-{number}", "valley", Task.SITES, crew) for number, crew in enumerate(crews)]


def test_the_board_by_hand() -> None:
    """Sections of 9; crews 4, 5, 6, 3, 2: two sections man three posts, three all, and only changes are ordered."""
    board = Posts([*sites(4, 5, 6, 3, 2), CHECKPOINT], ("valley",), 9.0)
    assert board.demand[0, TASK_INDEX[Task.SITES]] == 3
    assert board.demand[0, TASK_INDEX[Task.CHECKPOINTS]] == 1
    assert board.demand[0, TASK_INDEX[Task.CROSSING_POINTS]] == 0
    assert board.man(0, Task.SITES, 2) == [(0, Order.MAN), (1, Order.MAN), (2, Order.MAN), (3, Order.MAN)]
    assert board.man(0, Task.SITES, 2) == []
    assert board.man(0, Task.SITES, 1) == [(2, Order.LEAVE), (3, Order.LEAVE)]
    assert board.man(0, Task.SITES, 5) == [(2, Order.MAN), (3, Order.MAN), (4, Order.MAN)]
    assert board.man(0, Task.CHECKPOINTS, 1) == [(5, Order.MAN)]
    assert board.man(0, Task.SITES, 0) == [(row, Order.LEAVE) for row in range(5)]


def test_a_site_handed_over_frees_its_crew_for_good() -> None:
    """Crews 4, 5, 6, 3: without the 6, 12 soldiers and so two sections; one section's soldiers go to the first two."""
    board = Posts(sites(4, 5, 6, 3), ("valley",), 9.0)
    assert board.demand[0, TASK_INDEX[Task.SITES]] == 2
    board.man(0, Task.SITES, 1)
    assert board.hand_over("site-0") == 0
    assert board.hand_over("site-2") == 2
    assert board.demand[0, TASK_INDEX[Task.SITES]] == 1
    # The 4 soldiers of the first man the last, and nobody is told to leave what is the police's.
    assert board.man(0, Task.SITES, 1) == [(3, Order.MAN)]
    assert board.man(0, Task.SITES, 0) == [(1, Order.LEAVE), (3, Order.LEAVE)]
    board.hand_over("site-1")
    board.hand_over("site-3")
    assert board.demand[0, TASK_INDEX[Task.SITES]] == 0
    assert board.man(0, Task.SITES, 4) == []


def test_sectors_do_not_man_each_others_posts() -> None:
    posts = [Post("a", "west", Task.SITES, 9), Post("b", "east", Task.SITES, 9), Post("c", "west", Task.SITES, 9)]
    board = Posts(posts, ("east", "west"), 9.0)
    assert [board.demand[sector, TASK_INDEX[Task.SITES]] for sector in (0, 1)] == [1, 2]
    assert board.man(0, Task.SITES, 7) == [(1, Order.MAN)]
    assert board.man(1, Task.SITES, 1) == [(0, Order.MAN)]


CREWS = st.lists(st.sampled_from([1.0, 2.0, 2.5, 9.0, 12.0]), min_size=1, max_size=8)
STEPS = st.lists(st.one_of(st.integers(0, 8), st.sampled_from("abcdefgh")), max_size=20)


@given(crews=CREWS, steps=STEPS)
def test_orders_of_the_board_are_always_legal_and_known_to_the_posts(
    crews: list[float], steps: list[int | str]
) -> None:
    """Whatever the sections and hand-overs, posts end up in the state that the board believes and soldiers allow."""
    posts = sites(*crews)
    board = Posts(posts, ("valley",), 9.0)
    env, trace = simpy.Environment(), empty_trace()
    stores = [Orders(env) for _ in posts]
    for one, store in zip(posts, stores, strict=True):
        env.process(post(env, one, store, trace))
    police: set[int] = set()
    for time_s, step in enumerate(steps, 1):
        if isinstance(step, str):
            site = "abcdefgh".index(step) % len(posts)
            if site not in police:
                police.add(site)
                stores[board.hand_over(posts[site].key)].give(Order.HAND_OVER)
            n_sections = None
        else:
            n_sections = step
            for row, order in board.man(0, Task.SITES, n_sections):
                stores[row].give(order)
        env.run(until=time_s)
        kfor = [row for row in range(len(posts)) if row not in police]
        last = {event.entity: event.kind for event in trace.events}
        manned = [row for row in range(len(posts)) if last.get(posts[row].key) is EventKind.POST_MANNED]
        assert not set(manned) & police
        assert board.demand[0, TASK_INDEX[Task.SITES]] == int(np.ceil(sum(crews[row] for row in kfor) / 9))
        if n_sections is not None:
            fits = [row for place, row in enumerate(kfor) if sum(crews[r] for r in kfor[: place + 1]) <= 9 * n_sections]
            assert manned == fits


def test_posts_of_a_scenario() -> None:
    """Crossing points, sites, checkpoints, as many as the task list has, and a crew of its own for a named site."""
    scenario = shipped("lesson", tasks__sites__n=2, tasks__checkpoints__n=1, tasks__sites__crew_of={"old-bridge": 6})
    layout = layout_of(scenario)
    assert list_posts(scenario, layout) == [
        Post("south-gate", "valley", Task.CROSSING_POINTS, 9.0),
        Post("old-bridge", "valley", Task.SITES, 6.0),
        Post(layout.site_keys[1], "valley", Task.SITES, 2.0),
        Post(layout.checkpoint_keys[0], "valley", Task.CHECKPOINTS, 5.0),
    ]


def test_a_blocked_crossing_point_is_closed_whoever_is_there() -> None:
    orders = [Order.MAN, Order.BLOCK, Order.LEAVE, Order.MAN, Order.UNBLOCK, Order.LEAVE, Order.BLOCK, Order.UNBLOCK]
    happened = [(event.time_s, event.kind.name) for event in obey(CROSSING, orders)]
    assert happened == [(10, "POST_MANNED"), (20, "POST_UNMANNED"), (50, "POST_MANNED"), (60, "POST_UNMANNED")]


def test_what_one_section_more_adds() -> None:
    board = Posts(sites(5, 5, 3, 9), ("valley",), section_size=9)
    # One section mans the first, two the first three, three all but the last as yet, four all.
    assert [board.added_by_one_more(0, Task.SITES, n) for n in range(4)] == [0, 1, 3, None]
    assert (board.row_of("site-2"), board.row_of("nowhere")) == (2, None)
