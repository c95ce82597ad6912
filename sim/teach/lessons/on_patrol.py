"""The check of a run in the notebook *Troops to task*: how many of the soldiers of KFOR are on patrol at a time."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from sim.teach.apart import drawn_apart
from sim.teach.checks import Check, Exact, Given, Mistake, Values
from sim.teach.places import scenario

if TYPE_CHECKING:
    import numpy as np

    from sim.record import ShiftRow
    from sim.scenario.schema import Scenario

_SHORT_RUN = ("horizon.warm_up_h=24", "experiment.sweep_days=1")
_EXAMPLE_RUN = {"troops": 40_000, "seed": 1}
"""The notebook's own run. Its force is large enough for all that is asked for."""


def _a_short_run(luck: np.random.Generator) -> dict[str, Given]:
    return {
        "troops": Given(500 * int(luck.integers(18, 57)), "soldiers", "strength, held all the time"),
        "seed": Given(int(luck.integers(1000, 10_000)), "", "the root of all random numbers"),
    }


@functools.lru_cache(maxsize=1024)
def _shifts(troops: int, seed: int) -> tuple[ShiftRow, ...]:
    from sim.model import replicate

    return tuple(replicate(_kosovo(), "balanced", troops=troops, seed=seed, replication=0).shifts)


@functools.cache
def _kosovo() -> Scenario:
    return scenario("kfor-2001", _SHORT_RUN)


def _n_on(given: Values, task: str = "patrols", *, what: str = "allocated", shifts: slice = slice(None)) -> float:
    """Sections on a task, of all sectors, mean over shifts."""
    from sim.scenario.schema import Task
    from sim.tasks import TASKS

    column, rows = TASKS.index(Task(task)), _shifts(given["troops"], given["seed"])[shifts]
    return sum(float(getattr(row, what)[:, column].sum()) for row in rows) / len(rows)


def _on_patrol(given: Values, task: str = "patrols", **instead: Any) -> float:
    """Soldiers on a task, as a share of the strength."""
    return _n_on(given, task, **instead) * _kosovo().force.section_size / float(given["troops"])


def _on_patrol_of(given: Values, of: str) -> float:
    """Sections on patrol, as a share of so many of the sections."""
    shifts = _shifts(given["troops"], given["seed"])
    return _n_on(given) / (sum(float(getattr(row, of).sum()) for row in shifts) / len(shifts))


_ONE_SHIFT = "Perhaps that is one change of shift: take the mean over all entries of `trace.shifts`."
_OLD_TRACE = (
    "Perhaps that is what was asked for, or what the force of the cells above gave: take what was allocated in a trace "
    "of your own."
)

_MISTAKES_ON_PATROL = (
    Mistake(
        "sections for soldiers",
        lambda given: _on_patrol(given) / _kosovo().force.section_size,
        "The trace counts sections, the strength counts soldiers: how many soldiers has a section?",
    ),
    Mistake(
        "soldiers",
        lambda given: _on_patrol(given) * given["troops"],
        "Perhaps those are the soldiers on patrol: divide by your troops.",
    ),
    Mistake("sections", _n_on, "Perhaps those are the sections on patrol: how many soldiers, and of how many?"),
    Mistake(
        "all shifts together",
        lambda given: _on_patrol(given) * len(_shifts(given["troops"], given["seed"])),
        "Perhaps you added the shifts up: take their mean.",
    ),
    Mistake("the first shift", lambda given: _on_patrol(given, shifts=slice(1)), _ONE_SHIFT),
    Mistake("the last shift", lambda given: _on_patrol(given, shifts=slice(-1, None)), _ONE_SHIFT),
    Mistake(
        "mean of sectors",
        lambda given: _on_patrol(given) / len(_kosovo().theatre.sectors),
        "Perhaps that is the mean over sectors, too: in each shift, add the sectors up.",
    ),
    Mistake(
        "strength of the example",
        lambda given: _on_patrol(given) * given["troops"] / _EXAMPLE_RUN["troops"],
        "Perhaps you divided by the troops of the example: divide by yours.",
    ),
    Mistake(
        "trace of the example",
        lambda given: _on_patrol(_EXAMPLE_RUN) * _EXAMPLE_RUN["troops"] / given["troops"],
        _OLD_TRACE,
    ),
    Mistake("seed of the example", lambda given: _on_patrol({**given, "seed": _EXAMPLE_RUN["seed"]}), _OLD_TRACE),
    Mistake("the example itself", lambda given: _on_patrol(_EXAMPLE_RUN), _OLD_TRACE),
    Mistake(
        "checkpoints",
        lambda given: _on_patrol(given, "checkpoints"),
        "Perhaps that is the column of the checkpoints, as above: which one has the patrols?",
    ),
    Mistake("tasked", lambda given: _on_patrol(given, what="demand"), _OLD_TRACE),
    Mistake(
        "of those on duty",
        lambda given: _on_patrol_of(given, "n_on_duty"),
        "Perhaps that is the share of those on duty: take the share of the whole strength.",
    ),
    Mistake(
        "of those with a task",
        lambda given: _on_patrol_of(given, "n_at_work"),
        "Perhaps that is the share of those with a task: take the share of the whole strength.",
    ),
)
_SHARE_ON_PATROL = Exact(_on_patrol)

ON_PATROL = Check(
    "2g",
    "the share of all soldiers that are on patrol, mean over the shifts of the run: "
    "a number between 0 and 1, like 0.123",
    _SHARE_ON_PATROL,
    _MISTAKES_ON_PATROL,
    drawn_apart(_a_short_run, _SHARE_ON_PATROL, _MISTAKES_ON_PATROL),
)
