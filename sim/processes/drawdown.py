"""Drawdown: the force changes strength stage by stage, and sites pass to the police, each on its day.

The rule for work in progress: a change of strength shows at the next shift change. Tours that are out come home,
posts are relieved, and the lowest priority goes unmanned first, because the next allocation has fewer sections to give.
"""

from __future__ import annotations

from dataclasses import dataclass

import simpy
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait
from sim.force import Force
from sim.processes.post import Order, Orders, Posts
from sim.trace import EventKind, Trace


@dataclass(frozen=True, slots=True)
class StrengthStep:
    """A stage as the model needs it: its name, when it takes effect [s], and the strength [soldiers]."""

    name: str
    time_s: int
    strength: int


def draw_down(env: simpy.Environment, steps: list[StrengthStep], force: Force, trace: Trace) -> ProcessGenerator:
    """Set the strength of `force` at each step, in order of time; steps of the past take effect at once."""
    for step in steps:
        yield Wait(env, max(0, step.time_s - int(env.now)), Turn.STRENGTH)
        force.set_strength(step.strength)
        trace.record(int(env.now), EventKind.STRENGTH_CHANGES, step.name, "all", float(step.strength))


def unfix(
    env: simpy.Environment, hand_overs: list[tuple[int, str]], posts: Posts, orders: list[Orders]
) -> ProcessGenerator:
    """Hand sites over to the police, each at its time [s], in order of time.

    `orders` are where the posts' orders arrive, in the order of the board.
    """
    for time_s, key in hand_overs:
        yield Wait(env, max(0, time_s - int(env.now)), Turn.HAND_OVER)
        orders[posts.hand_over(key)].give(Order.HAND_OVER)
