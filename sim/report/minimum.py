"""A search for the minimum force in words: what was asked, the bracket with what it guarantees, and what binds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.report.words import counted, listed, plain, spread

if TYPE_CHECKING:
    from sim.experiment import MinimumForce
    from sim.experiment.minimum_answer import MinimumAnswer, MinimumQuestion
    from sim.scenario.schema import Scenario

_TASKS = {
    "patrol_fill": "patrols",
    "site_guard_fill": "guards of sites",
    "checkpoint_fill": "checkpoints",
    "crossing_fill": "crossing points",
    "reserve_fill": "the reserve",
}
"""Tasks, by the response that says how much of each is done."""


def question(asked: MinimumQuestion, scenario: Scenario) -> str:
    """What was asked: what is good enough, where, and among which levels."""
    where = listed(_place(scenario, one) for one in asked.sectors)
    return (
        f"How few troops does it take to have {_aim(asked)} on average in {where}, of {_grid(asked)}, "
        f"{_held(scenario)}, if the work is shared out as “{_title(asked, scenario)}”?"
    )


def answers(answer: MinimumAnswer, scenario: Scenario) -> list[str]:
    """A sentence for each sector asked for."""
    return [_answer(one, answer.question, scenario) for one in answer.minima]


def basis(answer: MinimumAnswer) -> str:
    """What the brackets take for granted, and on how many replications they rest."""
    asked = answer.question
    n = {(one.sector, look.level): look.n_replications for one in answer.minima for look in one.found.looks}
    by_level: dict[int, int] = {}
    for (_, level), looked_at in n.items():
        by_level[level] = max(by_level.get(level, 0), looked_at)
    itself = ", for each sector by itself" if len(answer.minima) > 1 else ""
    return (
        f"Found by bisection over {counted(sum(by_level.values()), 'replication')} at "
        f"{counted(len(by_level), 'troop level')}, each in the same world; a bracket holds the minimum with "
        f"{_percent(asked)} confidence{itself}, if more troops do not make {_name(asked)} worse."
    )


def aims(asked: MinimumQuestion, scenario: Scenario) -> str:
    """The aim of the experiment, for the description of the model."""
    return (
        f"Minimum force: the fewest troops to have {_aim(asked)} on average in "
        f"{listed(_place(scenario, one) for one in asked.sectors)}, by bisection over {_grid(asked)}, "
        f"{_held(scenario)}, with {spread((asked.n_min, asked.n_max), 'replication')} at a level looked at; "
        f"{_percent(asked)} confidence that a minimum lies in its bracket."
    )


def _answer(one: MinimumForce, asked: MinimumQuestion, scenario: Scenario) -> str:
    found, sure = one.found, f"with {_percent(asked)} confidence"
    where = "" if one.sector == "all" else f" in {_place(scenario, one.sector)}"
    head = f"To have {_aim(asked)} on average{where}"
    if found.level is not None:
        own = "" if one.sector == "all" or one.soldiers is None else f" ({one.soldiers:,} of them in the sector)"
        said = f"{head}, {found.level:,} troops{own} are shown to suffice: {sure} "
        if found.low is not None:
            said += f"the fewest that do are more than {found.low:,} and at most {found.level:,}"
        else:
            said += f"the fewest that do are at most {found.level:,}"
            said += (
                ", the fewest looked for"
                if found.level == asked.between[0]
                else ", and no level is shown to fall short"
            )
    elif found.low is not None:
        said = f"{head}, no level looked at is shown to suffice: {sure} it takes more than {found.low:,} troops"
        said += ", the most looked for" if found.low == asked.between[1] else ""
    else:
        said = f"{head}, nothing is shown of any level from {asked.between[0]:,} to {asked.between[1]:,} troops"
    said += "" if math.isnan(found.estimate) else f" (estimate {found.estimate:,.0f})"
    return said + _undecided(one) + _binds(one) + "."


def _undecided(one: MinimumForce) -> str:
    from sim.experiment.minimum_answer import undecided

    levels = undecided(one)
    if not levels:
        return ""
    return f"; not decided after all replications: {listed(f'{level:,}' for level in levels)}"


def _binds(one: MinimumForce) -> str:
    """The task that is done least where the force falls short."""
    if one.binds is None or one.found.low is None:
        return ""
    response, share = one.binds
    return (
        f"; with {one.found.low:,} troops, what binds is {_TASKS.get(response, response)}, done to "
        f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
    )


def _aim(asked: MinimumQuestion) -> str:
    """What is good enough: `coverage at 90 % or more`."""
    from sim.plots.comparing import scale_of

    words, value = ("less", asked.at_most) if asked.at_least is None else ("more", asked.at_least)
    scale = scale_of(asked.response)
    unit = "%" if scale.factor == 100 else scale.words
    return f"{_name(asked)} at {plain(scale.factor * float(value or 0))}\N{NO-BREAK SPACE}{unit} or {words}"


def _name(asked: MinimumQuestion) -> str:
    from sim.plots.comparing import response_name

    name = response_name(asked.response)
    return name[0].lower() + name[1:]


def _grid(asked: MinimumQuestion) -> str:
    first, last = asked.between
    return f"the levels from {first:,} to {last:,} in steps of {asked.resolution:,}"


def _held(scenario: Scenario) -> str:
    return f"each held for {counted(scenario.experiment.sweep_days, 'day')} with the task list of the first day"


def _place(scenario: Scenario, sector: str) -> str:
    return "the whole theatre" if sector == "all" else scenario.theatre.sectors[sector].name


def _title(asked: MinimumQuestion, scenario: Scenario) -> str:
    return scenario.policy[asked.policy].title


def _percent(asked: MinimumQuestion) -> str:
    return f"{100 * asked.confidence:.6g}\N{NO-BREAK SPACE}%"
