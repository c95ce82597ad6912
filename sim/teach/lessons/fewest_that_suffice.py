"""Checks of the notebook on troop levels that are about finding the fewest that suffice.

A level *suffices* if the mean response there reaches the target. A *look* at a level runs some replications; its
interval shows that the level suffices, that it falls short, or neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.statistics import find_minimum_level
from sim.statistics.bisection import Verdict
from sim.teach.checks import Check, Given, Mistake, Property, Rule, Values
from sim.teach.counts import Count
from sim.teach.texts import read_texts

if TYPE_CHECKING:
    import numpy as np

# By halves ---------------------------------------------------------------------------------------------------------


def _grid(luck: np.random.Generator) -> dict[str, Given]:
    n, step, lowest = int(luck.choice([10, 12, 14])), 50 * int(luck.integers(2, 11)), 500 * int(luck.integers(2, 11))
    enough = lowest + step * int(luck.integers(1, n - 1)) - int(luck.integers(1, step))
    return {
        "lowest": Given(lowest, "soldiers", "lowest level of the grid"),
        "step": Given(step, "soldiers", "from one level to the next"),
        "n_levels": Given(n, "levels", "levels of the grid"),
        "enough": Given(enough, "soldiers", "a level suffices if it is at least this; only the runs know"),
    }


def _levels_of(given: Values) -> list[int]:
    return [given["lowest"] + i * given["step"] for i in range(given["n_levels"])]


def _bisected(given: Values) -> list[int]:
    """The first three levels that are looked at, and the level that is found."""
    import numpy as np

    levels = _levels_of(given)
    found = find_minimum_level(
        lambda level, n: np.full(n, float(level)),
        given["enough"],
        levels[0],
        levels[-1],
        resolution=given["step"],
        n_min=2,
        n_max=2,
    )
    assert found.level is not None
    return [*(look.level for look in found.looks[:3]), found.level]


def _searched(given: Values, *, rounds_up: bool = False, is_turned: bool = False) -> list[int]:
    """As a bisection that rounds the middle up, or goes on in the wrong half."""
    levels = _levels_of(given)
    seen: list[int] = []
    low, high = -1, len(levels)
    while high - low > 1 and len(seen) < 3:
        middle = (low + high + rounds_up) // 2
        seen.append(levels[middle])
        if (levels[middle] >= given["enough"]) != is_turned:
            high = middle
        else:
            low = middle
    return [*seen, _bisected(given)[-1]]


def _one_by_one(given: Values) -> list[int]:
    return [*_levels_of(given)[:3], _bisected(given)[-1]]


def _by_number(given: Values) -> list[int]:
    return [(level - given["lowest"]) // given["step"] for level in _bisected(given)]


# Verdicts ----------------------------------------------------------------------------------------------------------

_SUFFICES, _FALLS_SHORT, _UNDECIDED = (one.value for one in (Verdict.SUFFICES, Verdict.FALLS_SHORT, Verdict.UNDECIDED))


def _looks(luck: np.random.Generator) -> dict[str, Given]:
    target = int(luck.integers(70, 93)) / 100
    halves = [int(one) / 1000 for one in luck.integers(12, 40, size=4)]
    # Below, above, and on both sides with the mean below and with the mean above.
    away = (-luck.uniform(1.2, 2.0), luck.uniform(1.2, 2.0), -luck.uniform(0.3, 0.8), luck.uniform(0.3, 0.8))
    looks = [f"{target + far * half:.3f} ± {half:.3f}" for far, half in zip(away, halves, strict=True)]
    return {
        "target": Given(target, "share", "coverage that suffices"),
        "looks": Given("; ".join(looks[i] for i in luck.permutation(4)), "share", "four looks: mean ± half width"),
    }


def _pairs(given: Values) -> list[tuple[float, float]]:
    return [(float(one.split("±")[0]), float(one.split("±")[1])) for one in str(given["looks"]).split(";")]


def _verdicts(given: Values, widths: float = 1.0) -> list[str]:
    """Verdict of each look, with its half width times `widths`."""
    verdicts = []
    for mean, half in _pairs(given):
        is_above, is_below = mean - widths * half >= given["target"], mean + widths * half < given["target"]
        verdicts.append(_SUFFICES if is_above else _FALLS_SHORT if is_below else _UNDECIDED)
    return verdicts


def _read_verdicts(answer: Any) -> list[str]:
    words = read_texts(answer)
    if len(words) != 4 or not {*words} <= {_SUFFICES, _FALLS_SHORT, _UNDECIDED}:
        raise ValueError("other words")
    return words


def _agrees_where(which: str) -> Callable[[list[str], Values], bool]:
    """Whether the answer has the right word for all looks of which it is the right one."""

    def agrees(words: list[str], given: Values) -> bool:
        return all(mine == right for mine, right in zip(words, _verdicts(given), strict=True) if right == which)

    return agrees


def _instead(given: Values, which: str, other: str) -> list[str]:
    """The right words, but another for one of them."""
    return [other if one == which else one for one in _verdicts(given)]


def _turned(given: Values) -> list[str]:
    other = {_SUFFICES: _FALLS_SHORT, _FALLS_SHORT: _SUFFICES, _UNDECIDED: _UNDECIDED}
    return [other[one] for one in _verdicts(given)]


_ON_BOTH_SIDES = (
    "One look has the target inside its interval: its mean may lie on one side, but the truth may lie on the other."
)
_ALL_ABOVE = "One interval lies above the target as a whole, its lower end too: what does that show?"
_ALL_BELOW = "One interval lies below the target as a whole, its upper end too: what does that show?"


BY_HALVES = Check(
    "6e",
    "four levels in soldiers: the first three looked at, in order, and the one found, such as [100, 300, 200, 200]",
    Count(_bisected, of="soldiers"),
    (
        Mistake(
            "one by one",
            _one_by_one,
            "Perhaps that is a search from the bottom, level by level. By halves one begins in the middle.",
        ),
        Mistake(
            "the wrong half",
            lambda given: _searched(given, is_turned=True),
            "Perhaps it goes on in the wrong half. Where a level suffices, go on below it; where it falls short, "
            "above.",
        ),
        Mistake(
            "middle rounded up",
            lambda given: _searched(given, rounds_up=True),
            "Perhaps the middle is rounded up. Number the levels from 0, begin with -1 and n, and round down.",
        ),
        Mistake(
            "the largest that falls short",
            lambda given: [*_bisected(given)[:3], _bisected(given)[3] - given["step"]],
            "The last one is the largest level that falls short: the one to be found is the smallest that suffices.",
        ),
        Mistake(
            "numbers of the levels",
            _by_number,
            "Perhaps these are the numbers of the levels, counted from 0. How many soldiers does each have?",
        ),
        Mistake(
            "what is enough",
            lambda given: [*_bisected(given)[:3], given["enough"]],
            "The last one is what is enough. The search finds a level of the grid.",
        ),
    ),
    _grid,
)
"""A bisection by hand."""

VERDICTS = Check(
    "6f",
    "what each of the four looks shows, in order",
    Property(
        "four of 'suffices', 'falls short' and 'undecided', such as ['suffices', 'suffices', 'suffices', 'undecided']",
        _read_verdicts,
        (
            Rule(_agrees_where(_UNDECIDED), _ON_BOTH_SIDES),
            Rule(_agrees_where(_SUFFICES), _ALL_ABOVE),
            Rule(_agrees_where(_FALLS_SHORT), _ALL_BELOW),
        ),
        _verdicts,
    ),
    (
        Mistake("by the mean alone", lambda given: _verdicts(given, 0), _ON_BOTH_SIDES),
        Mistake("never sure", lambda given: [_UNDECIDED] * 4, _ALL_ABOVE),
        Mistake("unsure below", lambda given: _instead(given, _FALLS_SHORT, _UNDECIDED), _ALL_BELOW),
        Mistake("turned", _turned, _ALL_ABOVE),
    ),
    _looks,
)
"""What looks show."""
