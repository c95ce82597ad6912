"""How many incidents an incident brings: the branching ratio of the kinds of incident.

An incident of the base excites others (*triggers*), and if nobody meets it in time it can escalate to one of another
kind, which excites others of its own. The *branching ratio* is the mean number of incidents of the base that one of
them excites; in the *worst case* every one that can escalate does, down its whole *chain*. Below 1 a cluster of
incidents dies out, with 1 / (1 - ratio) incidents on average; at 1 or above it can go on for ever.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

KindT = TypeVar("KindT", bound=Hashable)
"""A kind's key or its index."""


def chain(kind: KindT, escalates_to: Mapping[KindT, KindT | None]) -> list[KindT]:
    """A kind and those that it escalates to, one after another, each once.

    >>> chain("crowd", {"crowd": "riot", "riot": "fire", "fire": None})
    ['crowd', 'riot', 'fire']
    """
    kinds: list[KindT] = []
    following: KindT | None = kind
    while following is not None and following not in kinds:
        kinds.append(following)
        following = escalates_to.get(following)
    return kinds


def circles(escalates_to: Mapping[str, str | None]) -> list[list[str]]:
    """Chains that end where they began, each once, from its first kind in the order of the mapping."""
    found: list[list[str]] = []
    for kind in escalates_to:
        kinds = chain(kind, escalates_to)
        if escalates_to.get(kinds[-1]) == kind and not any(kind in one for one in found):
            found.append(kinds)
    return found


def worst_triggers(triggers: Mapping[str, float], escalates_to: Mapping[str, str | None]) -> dict[str, float]:
    """Further incidents that one of each kind brings if it escalates as far as it can [incidents].

    Parameters
    ----------
    triggers
        Further incidents of the base that one of a kind excites on average [incidents].
    escalates_to
        Kind that one of a kind becomes if it is not met; None or left out: none.
    """
    return {kind: math.fsum(triggers[one] for one in chain(kind, escalates_to)) for kind in triggers}


def branching_ratio(
    weights: Mapping[str, float], triggers: Mapping[str, float], escalates_to: Mapping[str, str | None]
) -> float:
    """Mean number of incidents of the base that one of them excites, in the worst case [ratio].

    Parameters
    ----------
    weights
        Weight of each kind in the base [weight]. Without any weight the ratio is 0.
    triggers, escalates_to
        As for :func:`worst_triggers`. Without escalation (`{}`) it is the ratio if everything is met in time.
    """
    worst, total = worst_triggers(triggers, escalates_to), math.fsum(weights.values())
    return math.fsum(weights[kind] / total * worst[kind] for kind in weights) if total > 0 else 0.0
