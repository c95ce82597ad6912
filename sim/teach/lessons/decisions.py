"""Checks of the notebook `fair_comparison` about what is decided: verdicts, the frontier, a policy of one's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.teach.checks import Check, Given, Mistake, Property, Rule, Values
from sim.teach.files import NO_EXTENDS, NO_LIKE, NO_SOURCE, NOTHING_ELSE, Extension, says_the_same, without_extends
from sim.teach.lessons.factors import student_factor
from sim.teach.texts import read_letters, read_texts

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario.policy_schema import Ramp
    from sim.scenario.schema import Scenario

_POLICIES = "ABCDEF"
NOT_WORSE, WORSE, NOT_SHOWN = "not worse", "worse", "not shown"


_CASES = {  # of delta: difference, half width of the simultaneous interval
    "within": (-0.45, 0.25),
    "wide": (-0.2, 1.5),
    "beyond": (-2.2, 0.8),
    "edge": (-1.1, 0.6),
}
_SHOWN = {"within": NOT_WORSE, "wide": NOT_SHOWN, "beyond": WORSE, "edge": NOT_SHOWN}
_N = 30


def _four_differences(luck: np.random.Generator) -> dict[str, Given]:
    from scipy.special import stdtr

    from sim.statistics import holm

    delta = float(luck.choice([1.0, 1.5, 2.0, 2.5]))
    cases = [str(one) for one in luck.permutation(list(_CASES))]
    rows, p = [], []
    for difference, half_width in (_CASES[one] for one in cases):
        row = [round(delta * one * luck.uniform(0.95, 1.05), 2) for one in (difference, half_width)]
        error = row[1] / student_factor(_N, 0.05 / len(_CASES))
        p.append(float(stdtr(_N - 1, -(row[0] + delta) / error)))
        rows.append(row)
    given = {"delta": Given(delta, "points", "how much worse is still not worse")}
    for letter, row, adjusted in zip(_POLICIES, rows, holm(p), strict=False):
        words = f"of policy {letter}"
        given[f"difference_{letter}"] = Given(float(row[0]), "points", f"mean difference {words} from the baseline")
        given[f"half_width_{letter}"] = Given(float(row[1]), "points", f"of the interval {words}, all four together")
        given[f"p_{letter}"] = Given(max(0.0001, round(float(adjusted), 4)), "", f"p-value {words} after Holm")
    return given


def _case(given: Values, letter: str) -> str:
    low, high = (given[f"difference_{letter}"] + sign * given[f"half_width_{letter}"] for sign in (-1, 1))
    if high >= 0:
        return "wide"
    if high < -given["delta"]:
        return "beyond"
    return "within" if low > -given["delta"] else "edge"


def _decided(given: Values, *, wide: str = NOT_SHOWN, edge: str = NOT_SHOWN, within: str = NOT_WORSE) -> list[str]:
    shown = _SHOWN | {"wide": wide, "edge": edge, "within": within}
    return [shown[_case(given, letter)] for letter in _POLICIES[:4]]


def _four_verdicts(answer: object) -> list[str]:
    found = read_texts(answer)
    if len(found) != 4 or {*found} - {NOT_WORSE, WORSE, NOT_SHOWN}:
        raise ValueError("other verdicts")
    return found


def _is(case: str, *verdicts: str) -> Rule:
    """No policy of a case is called so."""
    return Rule(
        lambda answer, given: all(
            one not in verdicts for one, letter in zip(answer, _POLICIES, strict=False) if _case(given, letter) == case
        ),
        _HINTS[case, verdicts[0]],
    )


_HINTS = {
    (
        "within",
        WORSE,
    ): "One that you call worse has an interval without 0: there is a difference. But is it as large as delta?",
    ("within", NOT_SHOWN): "One of them has a p-value of 0.05 or less, and you do not call it not worse.",
    (
        "wide",
        NOT_WORSE,
    ): "You call the one with the widest interval not worse. How much worse could it be? And what is its p-value?",
    (
        "wide",
        WORSE,
    ): "You call the one with the widest interval worse. Could it be better than delta says? Look at its upper end.",
    (
        "beyond",
        NOT_WORSE,
    ): "One of them is worse by more than delta wherever in its interval the truth lies, and you do not call it so.",
    ("edge", NOT_WORSE): "One that you call not worse has a p-value above 0.05.",
    ("edge", WORSE): "One that you call worse may have lost less than delta: its interval reaches to both sides of it.",
}

_DECISION = Check(
    "7e",
    "what is shown of A, B, C and D, in this order",
    Property(
        "four of 'not worse', 'worse' and 'not shown', such as ['worse', 'worse', 'worse', 'not worse']",
        _four_verdicts,
        (
            _is("within", WORSE),
            _is("wide", NOT_WORSE),
            _is("wide", WORSE),
            _is("beyond", NOT_WORSE, NOT_SHOWN),
            _is("edge", WORSE),
            _is("edge", NOT_WORSE),
            _is("within", NOT_SHOWN),
        ),
        lambda given: _decided(given),
    ),
    (
        Mistake(
            "is 0 in the interval?",
            lambda given: _decided(given, wide=NOT_WORSE, edge=WORSE, within=WORSE),
            _HINTS["within", WORSE],
        ),
        Mistake(
            "by the means",
            lambda given: _decided(given, wide=NOT_WORSE, edge=WORSE),
            _HINTS["wide", NOT_WORSE],
        ),
        Mistake(
            "two verdicts only",
            lambda given: _decided(given, wide=WORSE, edge=WORSE),
            _HINTS["wide", WORSE],
        ),
        Mistake("worse by the mean", lambda given: _decided(given, edge=WORSE), _HINTS["edge", WORSE]),
    ),
    _four_differences,
)


# The frontier ------------------------------------------------------------------------------------------------------


def _six_policies(luck: np.random.Generator) -> dict[str, Given]:
    """Four on the frontier, and two that one of these beats, the second by a little in one of the two only."""
    import numpy as np

    days = np.cumsum(luck.integers(12, 25, 4)) + 150  # hundreds of soldier-days
    lost = np.cumsum(luck.integers(15, 45, 4))[::-1] + luck.integers(0, 10)  # tenths of a point
    beaten, also = luck.permutation(4)[:2]
    points = [*zip(days, lost, strict=True)]
    points += [(days[beaten] + luck.integers(3, 9), lost[beaten] + luck.integers(3, 9))]
    points += [(days[also], lost[also] + luck.integers(2, 8))]
    given = {}
    for letter, place in zip(_POLICIES, luck.permutation(len(points)), strict=True):
        used, worse = points[place]
        given[f"soldier_days_{letter}"] = Given(int(used) * 100, "soldier-days", f"what policy {letter} uses")
        given[f"lost_{letter}"] = Given(int(worse) / 10, "points", f"coverage that policy {letter} loses")
    return given


def _at(given: Values, letter: str) -> tuple[float, float]:
    return given[f"soldier_days_{letter}"], given[f"lost_{letter}"]


def _is_beaten(given: Values, letter: str) -> bool:
    mine = _at(given, letter)
    others = [_at(given, other) for other in _POLICIES]
    return any(one != mine and one[0] <= mine[0] and one[1] <= mine[1] for one in others)


def _frontier(given: Values) -> str:
    return "".join(letter for letter in _POLICIES if not _is_beaten(given, letter))


def _without_dearest(given: Values) -> str:
    return _frontier(given).replace(min(_POLICIES, key=lambda one: _at(given, one)[1]), "")


def _ends(given: Values) -> str:
    return "".join({min(_POLICIES, key=lambda one: _at(given, one)[::step]) for step in (1, -1)})


def _letters(answer: object) -> set[str]:
    return read_letters(answer, _POLICIES)


_LEFT_OUT = "One that you leave out is beaten by no other: each other uses more soldier-days, or loses more."
_BEATEN = (
    "One that you name is beaten: another uses no more soldier-days and loses no more, and less of one of the two."
)

_FRONTIER = Check(
    "7f",
    "which of your six policies are on the frontier",
    Property(
        "letters from A to F, as a text such as 'AF'",
        _letters,
        (
            Rule(lambda answer, given: not any(_is_beaten(given, one) for one in answer), _BEATEN),
            Rule(lambda answer, given: answer >= {*_frontier(given)}, _LEFT_OUT),
        ),
        _frontier,
    ),
    (
        Mistake("the ends only", _ends, _LEFT_OUT),
        Mistake("without the one that loses least", _without_dearest, _LEFT_OUT),
        Mistake("all", lambda given: _POLICIES, _BEATEN),
        Mistake("those that are beaten", lambda given: "".join({*_POLICIES} - {*_frontier(given)}), _BEATEN),
    ),
    _six_policies,
)


# A policy of one's own ---------------------------------------------------------------------------------------------


def _ramp(luck: np.random.Generator) -> dict[str, Given]:
    last = dt.date(2001, 2, 12) + dt.timedelta(days=int(luck.integers(0, 13)))
    return {
        "strength": Given(int(luck.integers(30, 39)) * 10, "soldiers", "strength after the last step"),
        "every_days": Given(int(luck.choice([3, 4, 5, 6, 7])), "d", "days from one step to the next"),
        "begins": Given("2001-01-08", "date", "day from which strength falls"),
        "ends": Given(last.isoformat(), "date", "day of the last step"),
    }


def _text(given: Values, *, stages: str = "stages = {}", curve: float = 0.5, more: str = "") -> str:
    return f"""
extends = "lesson.toml"
schema_version = 1
title = "A way of my own"

[policy.mine]
title = "Mine"
like = "two-stages"
{stages}

[policy.mine.ramp]
begins = {given["begins"]}
ends = {given["ends"]}
every_days = {given["every_days"]}
strength = {given["strength"]}
curve = {curve}
{more}
[sources]
"policy.mine" = "assumption: an exercise"
"""


def _ramp_of(scenario: Scenario) -> Ramp | None:
    mine = scenario.policy.get("mine")
    return None if mine is None else mine.ramp


def _has(name: str) -> Callable[[Scenario, Values], bool]:
    """Whether the ramp has a key as it is given."""

    def is_so(scenario: Scenario, given: Values) -> bool:
        return str(getattr(_ramp_of(scenario), name)) == str(given[name])

    return is_so


def _has_nothing_else(scenario: Scenario, given: Values) -> bool:
    """Whether it is what is asked for, with the curve that is chosen."""
    ramp = _ramp_of(scenario)
    return ramp is not None and says_the_same(scenario, _text(given, curve=ramp.curve))


_EXAMPLE = """
[policy.hold]
title = "Hold at 450"
like = "two-stages"
stages = {}
"""

_NAME = "The file has no policy whose table is [policy.mine]."
_STRENGTH = "The ramp's strength is not yours. It is how many are left after the last step, not how many leave."
_DAYS = (
    "Look at begins, ends and every_days again: when strength begins to fall, when it has fallen, and how many days "
    "are between steps."
)
_CURVE = "Large steps should come first. With curve = 1 they are even; with 2, only a quarter has left at half time."

_OWN = Check(
    "7g",
    "the text, between three quotes, of a scenario that extends lesson.toml, with a policy 'mine' and its ramp",
    Extension(
        (
            Rule(lambda one, given: "mine" in one.policy, _NAME),
            Rule(lambda one, given: _ramp_of(one) is not None, "Your policy has no ramp: [policy.mine.ramp]."),
            Rule(_has("strength"), _STRENGTH),
            Rule(lambda one, given: all(_has(name)(one, given) for name in ("begins", "ends", "every_days")), _DAYS),
            Rule(lambda one, given: one.policy["mine"].ramp.curve < 1, _CURVE),
            Rule(
                lambda one, given: one.policy["mine"].priority == one.policy["two-stages"].priority,
                "Who gives way first is to be as in two-stages.",
            ),
            Rule(_has_nothing_else, NOTHING_ELSE),
        ),
        _text,
    ),
    (
        Mistake("large steps last", lambda given: _text(given, curve=2.0), _CURVE),
        Mistake("even steps", lambda given: _text(given, curve=1.0), _CURVE),
        Mistake("how many leave", lambda given: _text({**given, "strength": 450 - given["strength"]}), _STRENGTH),
        Mistake("every day", lambda given: _text({**given, "every_days": 1}), _DAYS),
        Mistake("no extends", lambda given: without_extends(_text(given)), NO_EXTENDS),
        Mistake("no like", lambda given: _text(given).replace('like = "two-stages"\n', ""), NO_LIKE),
        Mistake("no source", lambda given: _text(given).split("[sources]")[0], NO_SOURCE),
        Mistake(
            "another routing", lambda given: _text(given, stages='stages = {}\nrouting = "systematic"'), NOTHING_ELSE
        ),
        Mistake("the example is still there", lambda given: _text(given, more=_EXAMPLE), NOTHING_ELSE),
        Mistake("another name", lambda given: _text(given).replace(".mine", ".ramp"), _NAME),
    ),
    _ramp,
)

CHECKS = (_DECISION, _FRONTIER, _OWN)
"""In the order of the exercises."""
