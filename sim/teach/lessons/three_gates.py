"""The check of the notebook on troop levels that asks for a scenario: a policy with a third gate after the two."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sim.teach.checks import Check, Given, Mistake, Rule, Values
from sim.teach.files import NO_EXTENDS, NO_LIKE, NO_SOURCE, NOTHING_ELSE, Extension, says_the_same, without_extends

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.policy_schema import Stage
    from sim.scenario.schema import Scenario

_OWN_POLICY = "three-gates"
_GATES = (
    (10_200, dt.date(2009, 6, 12), dt.date(2010, 2, 3)),
    (5000, dt.date(2010, 10, 29), dt.date(2011, 2, 28)),
)
"""Soldiers, day of the decision and day on which they are reached, as the notebook gives them."""


def _third_gate(luck: np.random.Generator) -> dict[str, Given]:
    days = [dt.date(2011, month, 1) for month in range(6, 13)]
    return {
        "strength": Given(100 * int(luck.integers(26, 46)), "soldiers", "strength from Gate 3 on"),
        "decided_on": Given(dt.date(2011, 4, int(luck.integers(1, 29))).isoformat(), "date", "day of the decision"),
        "effective_on": Given(days[int(luck.integers(len(days)))].isoformat(), "date", "day on which it is reached"),
    }


def _stages(found: Scenario) -> list[Stage]:
    """Stages of the student's policy, in the order of their days."""
    return sorted(found.policy[_OWN_POLICY].stages.values(), key=lambda one: one.effective_on)


def _keeps_gates(found: Scenario, given: Values) -> bool:
    """Whether Gate One and Gate 2 are there as they were."""
    return tuple((one.strength, one.decided_on, one.effective_on) for one in _stages(found)[:-1]) == _GATES


def _toml(given: Values, *, policy: str = _OWN_POLICY, before: bool = True, more: str = "", **own: object) -> str:
    """Text of a scenario with a third gate, and the two before it unless left out."""
    last = {**given, **own}
    gates = "".join(
        f"""
[policy.{policy}.stages.gate-{number}]
name = "Gate {number}"
strength = {strength}
decided_on = {decided_on}
effective_on = {effective_on}
"""
        for number, (strength, decided_on, effective_on) in enumerate(_GATES, 1)
    )
    return f"""schema_version = 1
extends = "kfor-gates.toml"
title = "KFOR 2009-2012, with a third gate"

[policy.{policy}]
like = "gates"
title = "Three gates"
{gates if before else ""}
[policy.{policy}.stages.gate-3]
name = "Gate 3"
strength = {last["strength"]}
decided_on = {last["decided_on"]}
effective_on = {last["effective_on"]}
{more}
[sources]
"policy.{policy}" = "assumption: an exercise"
"""


_EXAMPLE = """
[policy.one-gate]
like = "gates"
title = "Gate One only"
"""

_NO_POLICY = f"There is no policy {_OWN_POLICY!r}: give it a table of its own, and leave `gates` as it was."
_NOT_ALL = (
    "It should have the two gates that there were, and one more. A policy takes a table of the one that it is like as "
    "a whole or not at all: all three gates must be written down."
)
_OTHER_GATES = "Gate One and Gate 2 are to be as they were: look at the strength and at both days of each."
_OTHER_STRENGTH = "The last strength is not yours. It is how many soldiers there are from then on, not how many leave."
_OTHER_DAYS = "Look at the two days: the strength is reached on `effective_on`, which is after `decided_on`."

OWN_GATE = Check(
    "6g",
    f"the text, between three quotes, of a scenario that extends kfor-gates.toml with a policy {_OWN_POLICY}",
    Extension(
        (
            Rule(lambda found, given: _OWN_POLICY in found.policy, _NO_POLICY),
            Rule(lambda found, given: len(_stages(found)) == len(_GATES) + 1, _NOT_ALL),
            Rule(_keeps_gates, _OTHER_GATES),
            Rule(lambda found, given: _stages(found)[-1].strength == given["strength"], _OTHER_STRENGTH),
            Rule(
                lambda found, given: (
                    _stages(found)[-1].decided_on.isoformat() == given["decided_on"]
                    and _stages(found)[-1].effective_on.isoformat() == given["effective_on"]
                ),
                _OTHER_DAYS,
            ),
            Rule(lambda found, given: says_the_same(found, _toml(given)), NOTHING_ELSE),
        ),
        _toml,
    ),
    (
        Mistake("changes the policy that is there", lambda given: _toml(given, policy="gates"), _NO_POLICY),
        Mistake("one gate only", lambda given: _toml(given, before=False), _NOT_ALL),
        Mistake("how many leave", lambda given: _toml(given, strength=5000 - given["strength"]), _OTHER_STRENGTH),
        Mistake(
            "reached when decided",
            lambda given: _toml(given, effective_on=given["decided_on"]),
            _OTHER_DAYS,
        ),
        Mistake(
            "Gate 2 decided when it was reached",
            lambda given: _toml(given).replace("2010-10-29", "2011-02-28"),
            _OTHER_GATES,
        ),
        Mistake("no extends", lambda given: without_extends(_toml(given)), NO_EXTENDS),
        Mistake("the example is still there", lambda given: _toml(given, more=_EXAMPLE), NOTHING_ELSE),
        Mistake("no like", lambda given: _toml(given).replace('like = "gates"\n', ""), NO_LIKE),
        Mistake("no source", lambda given: _toml(given).split("[sources]")[0], NO_SOURCE),
    ),
    _third_gate,
)
"""A policy in a file of one's own."""
