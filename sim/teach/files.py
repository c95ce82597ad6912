"""Scenario files that students write: whether one changes what it is asked to change, and nothing else."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.teach.checks import Artefact, Values
from sim.teach.places import scenario

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

_OF_ITS_OWN = {"title", "description"}
"""What a file may say as it likes."""

NO_EXTENDS = "Perhaps `extends` is missing, or misspelt: without it a file must say everything, not only what differs."
_NO_THEATRE = "theatre: found nothing"
NOTHING_ELSE = "The file changes more than is asked for: perhaps lines of an example are still in it."


@dataclass(frozen=True, slots=True)
class Extension(Artefact):
    """A scenario that extends one that is shipped: one that extends none is told so, not all that it lacks."""

    def judge(self, answer: object, given: Values) -> str | None:
        """Look for what only a file that extends none lacks."""
        fault = Artefact.judge(self, answer, given)
        return NO_EXTENDS if fault is not None and _NO_THEATRE in fault else fault


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


@functools.lru_cache(maxsize=64)
def _asked_for(name: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return scenario(name, settings).model_dump(exclude=_OF_ITS_OWN)


def without_extends(text: str) -> str:
    """Take the line `extends = ...` out of the text of a file."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("extends"))
