"""Drawdown by date or by a rule of one's own: strength, who is withdrawn, what is asked for; sites pass to the police.

The rule for work in progress: what a stage changes shows at the next shift change. Tours that are out come home,
posts are relieved, and the lowest priority goes unmanned first, because the next allocation has fewer sections to give.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import ProcessGenerator

from sim.clock import SECOND_PER_DAY, Turn, Wait
from sim.force import Force
from sim.processes.post import Order, Orders, Posts
from sim.scenario.rule import DrawdownRule, Situation
from sim.scenario.schema import Policy, Ramp, Scenario, Task
from sim.tasks import TASKS
from sim.trace import EventKind, Trace
from sim.violence.tension import Tension

Shares = tuple[float, ...]
"""A share for each task, in the order of TASKS."""

WHOLE: Shares = (1.0,) * len(TASKS)


def shares_of(asks: Mapping[Task, float]) -> Shares:
    """Share of each task that is asked for; all of it where none is given."""
    return tuple(asks.get(task, 1.0) for task in TASKS)


def seconds_from_start(scenario: Scenario, day: dt.date) -> int:
    """Midnight of a day, from that of the scenario's first [s]; before it less than 0."""
    return (day - scenario.horizon.start).days * SECOND_PER_DAY


class Asked:
    """What the policy asks for now, as shares of the reference task list.

    Attributes
    ----------
    share
        By task, in the order of TASKS; the headquarters reads it at shift changes.
    """

    def __init__(self) -> None:
        self.set(WHOLE)

    def set(self, shares: Shares) -> None:
        """Ask for these shares from now on."""
        self.share: NDArray[np.float64] = np.array(shares, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class StrengthStep:
    """A step of a drawdown, as the model needs it.

    Attributes
    ----------
    name
        Its name.
    time_s
        When it takes effect [s].
    strength
        Soldiers from then on.
    withdrawn
        Contingents that are withdrawn.
    asks
        Share of each task that is asked for.
    """

    name: str
    time_s: int
    strength: int
    withdrawn: tuple[str, ...] = ()
    asks: Shares = WHOLE


def strength_steps(scenario: Scenario, policy: Policy) -> list[StrengthStep]:
    """A policy's stages, or the steps of its ramp, in order of time."""
    steps = [
        StrengthStep(
            stage.name,
            seconds_from_start(scenario, stage.effective_on),
            stage.strength,
            tuple(stage.withdrawn),
            shares_of(stage.asks),
        )
        for stage in policy.stages.values()
    ]
    if policy.ramp is not None:
        steps += _ramp_steps(scenario, policy.ramp)
    return sorted(steps, key=lambda step: step.time_s)


def _ramp_steps(scenario: Scenario, ramp: Ramp) -> list[StrengthStep]:
    n_days, way = (ramp.ends - ramp.begins).days, ramp.strength - scenario.strength
    days = [*range(ramp.every_days, n_days, ramp.every_days), n_days]
    begins_s = seconds_from_start(scenario, ramp.begins)
    return [
        StrengthStep(
            f"step {number}",
            begins_s + day * SECOND_PER_DAY,
            scenario.strength + round(way * (day / n_days) ** ramp.curve),
        )
        for number, day in enumerate(days, 1)
    ]


def draw_down(
    env: simpy.Environment, steps: list[StrengthStep], force: Force, asked: Asked, trace: Trace
) -> ProcessGenerator:
    """Take each step, in order of time; steps of the past at once.

    Parameters
    ----------
    env
        The environment.
    steps
        What changes when.
    force, asked
        What they change.
    trace
        The record.
    """
    for step in steps:
        yield Wait(env, max(0, step.time_s - int(env.now)), Turn.STRENGTH)
        force.set_strength(step.strength, step.withdrawn)
        asked.set(step.asks)
        trace.record(int(env.now), EventKind.STRENGTH_CHANGES, step.name, force.place, float(step.strength))


def follow_rule(
    env: simpy.Environment, rule: DrawdownRule, scenario: Scenario, force: Force, tension: Tension, trace: Trace
) -> ProcessGenerator:
    """Ask a rule at its intervals how strong the force should be, and make it so.

    Parameters
    ----------
    env
        The environment.
    rule
        The rule; it may change itself.
    scenario
        For its days and sectors.
    force, tension
        What it changes, and what it goes by.
    trace
        The record.

    Raises
    ------
    ValueError
        If it asks for more soldiers than it said, for fewer than none, or for a part of one.
    """
    sectors = list(scenario.theatre.sectors)
    every_s = rule.review_every_days * SECOND_PER_DAY
    for review in itertools.count():
        yield Wait(env, every_s if review else 0, Turn.GATE)
        now_s = int(env.now)
        felt = {key: tension.of_sector(index, now_s) for index, key in enumerate(sectors)}
        felt["all"] = tension.of_theatre(now_s)
        date = scenario.horizon.start + dt.timedelta(seconds=now_s)
        wanted = rule.strength(Situation(date, force.strength, felt))
        if wanted != int(wanted) or not 0 <= wanted <= rule.max_strength:
            raise ValueError(f"{rule!r} asks for {wanted} soldiers on {date}; allowed: 0 to {rule.max_strength}")
        if wanted != force.strength:
            force.set_strength(int(wanted))
            trace.record(now_s, EventKind.STRENGTH_CHANGES, "rule", force.place, float(wanted))


def unfix(
    env: simpy.Environment, hand_overs: list[tuple[int, str]], posts: Posts, orders: list[Orders]
) -> ProcessGenerator:
    """Hand sites over to the police, each at its time [s], in order of time.

    `orders` are where the posts' orders arrive, in the order of the board.
    """
    for time_s, key in hand_overs:
        yield Wait(env, max(0, time_s - int(env.now)), Turn.HAND_OVER)
        orders[posts.hand_over(key)].give(Order.HAND_OVER)
