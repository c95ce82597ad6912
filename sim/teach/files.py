"""Scenario files that students write: whether one changes what it is asked to change, and nothing else."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.teach.checks import Artefact, Values
from sim.teach.places import scenario, scenario_from_text

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

_OF_ITS_OWN = {"title", "description"}
"""What a file may say as it likes."""

NO_EXTENDS = "Perhaps `extends` is missing, or misspelt: without it a file must say everything, not only what differs."
NO_LIKE = (
    "A policy in it does not say what it is `like`, and lacks what it would take from there: perhaps that line is "
    "missing, or the policy's name is not the same in every table."
)
NO_SOURCE = (
    "A number needs a source: a table [sources] with a line for what is yours, `assumption: why` if you make it up."
)
_SIGNS = (
    ("theatre: found nothing", NO_EXTENDS),
    (".priority: found nothing", NO_LIKE),
    ("without a source", NO_SOURCE),
)
"""Words that only one cause brings about, in a file that is not valid, and what is said of it instead."""
NOTHING_ELSE = "The file changes more than is asked for: perhaps lines of an example are still in it."


@dataclass(frozen=True, slots=True)
class Extension(Artefact):
    """A scenario that extends one that is shipped: of one that lacks much at once, the cause is told."""

    def judge(self, answer: object, given: Values) -> str | None:
        """Look for what a single line brings about that is missing."""
        fault = Artefact.judge(self, answer, given)
        return next((hint for sign, hint in _SIGNS if fault is not None and sign in fault), fault)


def changes_only(found: Scenario, name: str, *settings: str) -> bool:
    """Whether a scenario is one that is shipped with these changes, whatever its title says.

    Parameters
    ----------
    found : Scenario
        That of the student.
    name : str
        The one that is shipped, `lesson` for instance.
    *settings : str
        `KEY=VALUE` that differ.
    """
    return found.model_dump(exclude=_OF_ITS_OWN) == _asked_for(name, settings)


def says_the_same(found: Scenario, text: str) -> bool:
    """Whether a scenario is that of another text, whatever the two call themselves, their policies and stages.

    Parameters
    ----------
    found : Scenario
        That of the student.
    text : str
        Of a file that changes what is asked for, and nothing else.
    """
    return _without_names(found) == _meant_by(text)


@functools.lru_cache(maxsize=64)
def _asked_for(name: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return scenario(name, settings).model_dump(exclude=_OF_ITS_OWN)


@functools.lru_cache(maxsize=64)
def _meant_by(text: str) -> dict[str, Any]:
    return _without_names(scenario_from_text(text))


def _without_names(found: Scenario) -> dict[str, Any]:
    """What a scenario says, its stages in the order of their days."""
    said = found.model_dump(exclude=_OF_ITS_OWN)
    for policy in said["policy"].values():
        del policy["title"]
        policy["stages"] = sorted(policy["stages"].values(), key=lambda stage: stage["effective_on"])
        for stage in policy["stages"]:
            del stage["name"]
    return said


def without_extends(text: str) -> str:
    """Take the line `extends = ...` out of the text of a file."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("extends"))
