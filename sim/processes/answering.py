"""How incidents are answered under a policy: who leaves a task for one, how soon, at what pace, over which border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_HOUR, SECOND_PER_MINUTE
from sim.policies.command import crossing_delays_s
from sim.processes.post import POST_TASKS
from sim.processes.watch import Duty
from sim.scenario.schema import Answering, Policy, Scenario, Task
from sim.tasks import TASK_INDEX

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """How incidents are answered under a policy.

    Attributes
    ----------
    s_per_km
        Pace to the scene and home [s/km].
    turn_out_s
        Time before a section sets off, by duty: at base, or a crew at its post [s].
    turn_round_s
        From coming home to being free again [s].
    answers_with
        Tasks whose sections answer.
    posts_in_order
        Those of them that are posts, the first to be called first.
    crossing_delay_s
        Delay before a section of a sector (row) sets off into another (column) [s]; None if it may not.
    is_joint
        Whether a patrol kind crosses every boundary without delay.
    """

    s_per_km: float
    turn_out_s: dict[int, int]
    turn_round_s: int
    answers_with: frozenset[Task]
    posts_in_order: tuple[Task, ...]
    crossing_delay_s: list[list[int | None]]
    is_joint: Bools


def answer_rules(scenario: Scenario, policy: Policy, answering: Answering) -> AnswerRules:
    """Rules of a policy in a scenario.

    Parameters
    ----------
    scenario, policy
        The scenario and the policy.
    answering
        The scenario's pace and turn-out times.
    """
    turn_out_min = dict.fromkeys(POST_TASKS, answering.post_turn_out_min)
    turn_out_min |= {Task.RESERVE: answering.reserve_turn_out_min, Task.PATROLS: answering.standby_turn_out_min}
    turn_out_s = {TASK_INDEX[task]: round(minutes * SECOND_PER_MINUTE) for task, minutes in turn_out_min.items()}
    turn_out_s[Duty.STANDBY] = round(answering.standby_turn_out_min * SECOND_PER_MINUTE)
    return AnswerRules(
        s_per_km=SECOND_PER_HOUR / answering.speed_km_h,
        turn_out_s=turn_out_s,
        turn_round_s=round(scenario.tasks.patrols.turn_round_min * SECOND_PER_MINUTE),
        answers_with=frozenset(policy.answers_with),
        posts_in_order=tuple(
            task for task in reversed(policy.priority) if task in policy.answers_with and task in POST_TASKS
        ),
        crossing_delay_s=crossing_delays_s(policy.command, list(scenario.theatre.sectors)),
        is_joint=np.array([kind.joint for kind in scenario.tasks.patrols.kinds.values()]),
    )
