"""Provenance: the runs that a figure is of, for its metadata and its footer.

A *run* is a scenario and the design points of it that the figure draws. What is said of it has the names of a folder's
`manifest.json`, so that a figure can be found in the folder that it is of, and the other way round.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sim
from sim.fingerprint import program
from sim.store.manifest import count_ran

if TYPE_CHECKING:
    from sim.experiment import Comparison, Results
    from sim.scenario.schema import Scenario

_SHORT = 10
_MOST_SETTINGS, _MOST_LETTERS = 3, 48
_CHOICES = tuple(
    f"experiment.{name}"
    for name in ("replications", "timeline", "troops", "policies", "confidence", "precision", "seed")
)
"""Settings that the rest of a footer tells."""


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario, which of its design points were run, each as `ran` of a manifest has it, and by which program."""

    scenario: Scenario
    ran: Sequence[Mapping[str, object]]
    program: Mapping[str, str] = field(default_factory=program)


def run_of(results: Results, policy: str, *, is_sweep: bool | None = None) -> Run:
    """What was run of a policy: at troop levels if `is_sweep`, at its own strength if not, both if it is None."""
    rows = results.responses
    rows = rows[rows["policy"] == policy]
    if is_sweep is not None:
        rows = rows[rows["troops"].notna() == is_sweep]
    return Run(results.scenario, count_ran(rows), results.program)


def runs_of(comparison: Comparison) -> list[Run]:
    """What was run of each scenario that is compared."""
    runs = []
    for number, results in enumerate(comparison.results):
        points = {(one.policy, one.troops) for one in comparison.alternatives if one.scenario == number}
        ran = [one for one in count_ran(results.responses) if (one["policy"], one["troops"]) in points]
        runs.append(Run(results.scenario, ran, results.program))
    return runs


def in_full(runs: Sequence[Run]) -> str:
    """All of it, as JSON in ASCII: the program that draws, then each run."""
    content: dict[str, Any] = {
        "peacesim": sim.__version__,
        "runs": [
            {
                "scenario": run.scenario.name,
                "title": run.scenario.title,
                "scenario_sha256": run.scenario.inputs_sha256,
                "seed": run.scenario.experiment.seed,
                **run.program,
                "settings": [*run.scenario.settings],
                "ran": [*run.ran],
            }
            for run in runs
        ],
    }
    return json.dumps(content, default=str)


def in_a_sentence(runs: Sequence[Run]) -> str:
    """What it is of, for people: scenarios, seed, settings, hashes."""
    settings = [f"set {', '.join(_all_settings(runs))}"] if _all_settings(runs) else []
    hashes = ", ".join(run.scenario.inputs_sha256 for run in runs)
    words = [_names(runs), f"seed {_seed(runs)}", *settings, f"inputs sha256 {hashes}"]
    return ", ".join([*words, f"code sha256 {', '.join(_codes(runs))}"])


def in_short(runs: Sequence[Run], notes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Parts of a footer, and parts that may be left out of it if there is no room.

    Parameters
    ----------
    runs : sequence of Run
        What it is of.
    notes : sequence of str
        What comes after the names of the scenarios.
    """
    settings = [_shortened(one) for one in _all_settings(runs) if not one.startswith(_CHOICES)]
    n_more = len(settings) - _MOST_SETTINGS
    shown = [*settings[:_MOST_SETTINGS], *([f"{n_more} more"] if n_more > 0 else [])]
    inputs = ", ".join(run.scenario.inputs_sha256[:_SHORT] for run in runs)
    parts = [_names(runs), *([f"set: {', '.join(shown)}"] if shown else []), *notes]
    parts += [f"seed {_seed(runs)}", f"inputs {inputs}", f"peacesim {sim.__version__}"]
    return parts, [f"code {', '.join(code[:_SHORT] for code in _codes(runs))}"]


def _names(runs: Sequence[Run]) -> str:
    return ", ".join(run.scenario.name for run in runs)


def _seed(runs: Sequence[Run]) -> int:
    return runs[0].scenario.experiment.seed


def _codes(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(run.program["code_sha256"] for run in runs))


def _all_settings(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(setting for run in runs for setting in run.scenario.settings))


def _shortened(setting: str) -> str:
    return setting if len(setting) <= _MOST_LETTERS else f"{setting[: _MOST_LETTERS - 1]}…"
