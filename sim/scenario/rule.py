"""A drawdown of one's own: a *rule*, written in Python, that is asked at intervals how strong the force should be.

A file is data and holds no rule; :meth:`sim.Scenario.with_rule` gives a scenario one. A rule sees the *situation*: the
day, the strength, and the tension, which anyone in the theatre can feel. It sees neither what will happen nor random
numbers. It may remember what it saw; each replication begins with a fresh copy.

>>> @dataclass
... class WhenCalm:
...     '''Send 500 home in every month that is calm, but keep 5,000.'''
...
...     review_every_days: int = 30
...     max_strength: int = 14_000
...
...     def strength(self, situation: Situation) -> int:
...         is_calm = situation.tension["all"] < 0.5
...         return max(5000, situation.strength - 500) if is_calm else situation.strength
>>> WhenCalm().strength(Situation(dt.date(2009, 7, 12), strength=14_000, tension={"all": 0.2}))
13500

Worker processes import the class, so that it must stand in a module; with `workers=1` a notebook cell will do.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Situation:
    """What a rule knows when it is asked.

    Attributes
    ----------
    date
        The day that begins.
    strength
        Soldiers now, without reserves.
    tension
        Excited rate of incidents over the base rate, by sector, and "all" for the theatre; 0 without incidents.
    """

    date: dt.date
    strength: int
    tension: Mapping[str, float]


class DrawdownRule(Protocol):
    """Anything that says how strong the force should be.

    Attributes
    ----------
    review_every_days
        Days from one question to the next; the first is asked on the first day.
    max_strength
        The most that it will ever ask for [soldiers].
    """

    review_every_days: int
    max_strength: int

    def strength(self, situation: Situation) -> int:
        """How strong the force should be from the next shift change on [soldiers]."""
        ...


def fingerprint(rule: DrawdownRule) -> str:
    """Hash of a rule's source and of what it looks like, so that results of two rules are never mixed.

    Raises
    ------
    ValueError
        If the source of its class cannot be found, as in a bare console.
    """
    try:
        source = inspect.getsource(type(rule))
    except (OSError, TypeError):
        name = type(rule).__qualname__
        raise ValueError(f"the source of {name} cannot be found: define it in a file or a notebook cell") from None
    return hashlib.sha256(f"{source}\0{rule!r}".encode()).hexdigest()
