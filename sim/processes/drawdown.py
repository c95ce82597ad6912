"""Drawdown: stage by stage the force changes strength and contingents are withdrawn; sites pass to the police.

The rule for work in progress: what a stage changes shows at the next shift change. Tours that are out come home,
posts are relieved, and the lowest priority goes unmanned first, because the next allocation has fewer sections to give.
"""

from __future__ import annotations

from dataclasses import dataclass

import simpy
from simpy.events import ProcessGenerator

from sim.clock import Turn, Wait
from sim.contingents import place_without
from sim.force import Force
from sim.processes.post import Order, Orders, Posts
from sim.trace import EventKind, Trace


@dataclass(frozen=True, slots=True)
class StrengthStep:
    """A stage as the model needs it: name, when it takes effect [s], strength [soldiers], contingents withdrawn."""

    name: str
    time_s: int
    strength: int
    withdrawn: tuple[str, ...] = ()


def draw_down(env: simpy.Environment, steps: list[StrengthStep], force: Force, trace: Trace) -> ProcessGenerator:
    """Set the strength of `force` at each step, in order of time; steps of the past take effect at once."""
    for step in steps:
        yield Wait(env, max(0, step.time_s - int(env.now)), Turn.STRENGTH)
        force.set_strength(step.strength, step.withdrawn)
        place = place_without(step.withdrawn)
        trace.record(int(env.now), EventKind.STRENGTH_CHANGES, step.name, place, float(step.strength))


def unfix(
    env: simpy.Environment, hand_overs: list[tuple[int, str]], posts: Posts, orders: list[Orders]
) -> ProcessGenerator:
    """Hand sites over to the police, each at its time [s], in order of time.

    `orders` are where the posts' orders arrive, in the order of the board.
    """
    for time_s, key in hand_overs:
        yield Wait(env, max(0, time_s - int(env.now)), Turn.HAND_OVER)
        orders[posts.hand_over(key)].give(Order.HAND_OVER)
