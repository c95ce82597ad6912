"""What was asked of a search for the minimum force and what it found, as a folder of its replications keeps them.

Replications alone do not say what was good enough, nor how sure a bracket is: the *question* and the *minima* do, in
one file beside them. The file depends on nothing but the inputs, so that the same search writes the same bytes again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.files import write_atomically
from sim.response_list import LOWER_IS_BETTER, RESPONSES

if TYPE_CHECKING:
    from sim.statistics import Look, MinimumLevel

FILE = "minimum-force.json"


@dataclass(frozen=True, slots=True)
class MinimumForce:
    """The minimum force of a sector, or of the theatre ("all").

    Attributes
    ----------
    sector
        Whose response must be good enough.
    found
        The bracket, in soldiers of the whole theatre.
    soldiers
        The sector's own soldiers at `found.level`; None if no level suffices.
    binds
        Response of the task that is done least of those that the response is about
        (:data:`sim.experiment.minimum.FILLS_OF`), and its mean where the force falls short; None if it never does, or
        if no such task is asked for.
    """

    sector: str
    found: MinimumLevel
    soldiers: int | None
    binds: tuple[str, float] | None


@dataclass(frozen=True, slots=True)
class MinimumQuestion:
    """What a search was asked.

    Attributes
    ----------
    scenario, scenario_sha256
        Name of the scenario, and hash of its inputs.
    seed
        Root of every random stream.
    policy
        That shares out the troops.
    response, unit
        What must be good enough, and its unit.
    at_least, at_most
        What is good enough, in that unit; one of them None.
    confidence
        That a minimum lies in its bracket.
    sectors
        Whose minimum was asked for; "all" is the theatre.
    between, resolution
        Smallest and largest troop level considered, and the step of the grid [soldiers].
    n_min, n_max
        Replications of the first look at a level, and of the last.
    """

    scenario: str
    scenario_sha256: str
    seed: int
    policy: str
    response: str
    unit: str
    at_least: float | None
    at_most: float | None
    confidence: float
    sectors: tuple[str, ...]
    between: tuple[int, int]
    resolution: int
    n_min: int
    n_max: int


@dataclass(frozen=True, slots=True)
class MinimumAnswer:
    """What a search was asked, and what it found, for each sector asked for."""

    question: MinimumQuestion
    minima: tuple[MinimumForce, ...]

    @property
    def levels(self) -> set[int]:
        """Troop levels looked at."""
        return {look.level for one in self.minima for look in one.found.looks}


def undecided(one: MinimumForce) -> list[int]:
    """Levels inside the bracket that were looked at to the last and stayed undecided, the smallest first."""
    from sim.statistics import Ending

    if one.found.ending is not Ending.MAX_REPLICATIONS:
        return []
    low, high = one.found.low, one.found.level
    levels = sorted({look.level for look in one.found.looks})
    return [level for level in levels if (low is None or low < level) and (high is None or level < high)]


def question_in(directory: str | Path) -> dict[str, Any] | None:
    """The question whose answer is in a folder, as it stands there; None if there is none that can be read."""
    try:
        question = json.loads((Path(directory) / FILE).read_text(encoding="utf-8"))["question"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return question if isinstance(question, dict) else None


def write_answer(directory: str | Path, answer: MinimumAnswer) -> Path:
    """Write an answer to a folder, in place of any that is there, and return the file.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    from sim.store import StoreError

    path = Path(directory) / FILE
    question = answer.question
    content = {"question": asdict(question), "minima": [_as_json(one, _sign(question)) for one in answer.minima]}
    try:
        write_atomically(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    return path


def read_answer(directory: str | Path) -> MinimumAnswer | None:
    """Read the answer in a folder; None if there is none.

    Raises
    ------
    StoreError
        If it cannot be read, or is none.
    """
    from sim.store import StoreError

    path = Path(directory) / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        asked = content["question"]
        question = MinimumQuestion(
            **{**asked, "sectors": tuple(asked["sectors"]), "between": (asked["between"][0], asked["between"][1])}
        )
        if RESPONSES[question.response] != question.unit:
            raise ValueError(f"the unit of {question.response} is {RESPONSES[question.response]}")
        if (question.at_least is None) == (question.at_most is None):
            raise ValueError("what is good enough is not said")
        minima = tuple(_of_json(one, question) for one in content["minima"])
        if tuple(one.sector for one in minima) != question.sectors:
            raise ValueError("it is of other sectors than were asked for")
        return MinimumAnswer(question, minima)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise StoreError(f"{path} is not the answer of a search for the minimum force ({error})") from error


def _sign(question: MinimumQuestion) -> int:
    """Of the response, with which it grows with troops: the search is for more."""
    return -1 if question.response in LOWER_IS_BETTER else 1


def _as_json(one: MinimumForce, sign: int) -> dict[str, Any]:
    found = one.found
    return {
        "sector": one.sector,
        "level": found.level,
        "low": found.low,
        "estimate": _number(found.estimate),
        "soldiers": one.soldiers,
        "binds": None if one.binds is None else {"response": one.binds[0], "mean": one.binds[1]},
        "ending": found.ending.value,
        "n_levels": found.n_levels,
        "n_looks": found.n_looks,
        "n_replications": found.n_replications,
        "looks": [
            {
                "level": look.level,
                "n_replications": look.n_replications,
                "n": look.interval.n,
                "mean": _number(sign * look.interval.mean),
                "half_width": _number(look.interval.half_width),
                "confidence": look.interval.confidence,
                "verdict": look.verdict.value,
            }
            for look in found.looks
        ],
    }


def _of_json(row: Mapping[str, Any], question: MinimumQuestion) -> MinimumForce:
    from sim.statistics import Ending, MinimumLevel

    sign = _sign(question)
    good_enough = question.at_most if question.at_least is None else question.at_least
    found = MinimumLevel(
        level=row["level"],
        low=row["low"],
        estimate=_value(row["estimate"]),
        target=sign * float(good_enough or 0),
        confidence=question.confidence,
        n_levels=row["n_levels"],
        n_looks=row["n_looks"],
        n_replications=row["n_replications"],
        ending=Ending(row["ending"]),
        looks=_looks(row["looks"], sign),
    )
    binds = row["binds"]
    return MinimumForce(
        row["sector"], found, row["soldiers"], None if binds is None else (binds["response"], binds["mean"])
    )


def _looks(rows: Sequence[Mapping[str, Any]], sign: int) -> tuple[Look, ...]:
    from sim.statistics import Interval, Look, Verdict

    return tuple(
        Look(
            row["level"],
            row["n_replications"],
            Interval(row["n"], sign * _value(row["mean"]), _value(row["half_width"]), row["confidence"]),
            Verdict(row["verdict"]),
        )
        for row in rows
    )


def _number(value: float) -> float | None:
    """A number as JSON has it, which has no nan."""
    return None if math.isnan(value) else value


def _value(number: float | None) -> float:
    return math.nan if number is None else float(number)
