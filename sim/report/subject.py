"""What a report is of: results, alone or compared, and what the folder they are kept in says of them."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.experiment import Comparison, Results
    from sim.experiment.alternatives import Alternative
    from sim.experiment.minimum_answer import MinimumAnswer
    from sim.experiment.state import State
    from sim.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class Part:
    """Results of one scenario.

    Attributes
    ----------
    results
        All that the folder holds, or those that were given.
    manifest
        As in `manifest.json`; of results that are in no folder, what a folder of them would say now.
    state
        What the folder lacks, and whether it is stale; None of results that are in no folder.
    folder
        Where they are kept, if they are.
    minimum
        What a search for the minimum force was asked and found, if the folder has it.
    """

    results: Results
    manifest: Mapping[str, Any]
    state: State | None = None
    folder: Path | None = None
    minimum: MinimumAnswer | None = None

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was run last."""
        return self.results.scenario

    def is_of_the_search(self, policy: str, troops: int | None) -> bool:
        """Whether a design point is a level at which the minimum force was looked for, and no answer by itself."""
        search = self.minimum
        return search is not None and policy == search.question.policy and troops in search.levels

    @property
    def file(self) -> str:
        """The scenario's file, as it was named when it was run."""
        # A theatre's file may have the same stem; one that only extends another may set no number.
        files = [origin.file for origin in self.scenario.provenance if not origin.key.startswith("theatre.")]
        beside = Path(next((file for file in files if file.endswith(".toml")), "")).with_name(
            f"{self.scenario.name}.toml"
        )
        return next((file for file in files if Path(file).stem == self.scenario.name), str(beside))


@dataclass(frozen=True, eq=False)
class Subject:
    """What a report is of: parts, and how they are compared if they are."""

    parts: tuple[Part, ...]
    comparison: Comparison | None = None
    folder: Path | None = None

    @property
    def title(self) -> str:
        """Titles of the scenarios."""
        return "; ".join(dict.fromkeys(part.scenario.title for part in self.parts))


def subject_of(what: Results | Comparison | str | Path) -> Subject:
    """Find out what a report is of.

    Parameters
    ----------
    what : Results, Comparison, str or Path
        Results, or the folder that a run, a comparison or a search for the minimum force has left.

    Raises
    ------
    StoreError
        If the folder holds no results, or they or what was asked of them cannot be read.
    """
    from sim.experiment import Comparison, Results

    if isinstance(what, Results):
        return Subject((_in_memory(what),))
    if isinstance(what, Comparison):
        return Subject(tuple(_in_memory(one) for one in what.results), what)
    return _in_folder(Path(what))


def _in_memory(results: Results) -> Part:
    from sim import store
    from sim.experiment.tables import records, to_ranges
    from sim.store.manifest import count_ran, versions

    manifest = {
        **store.inputs_of(results.scenario),
        "versions": versions(),
        "settings": list(results.scenario.settings),
        "ran": count_ran(results.responses),
        "failures": records(results.failures),
        "missing": to_ranges(results.missing),
        "created": None,
        "finished": None,
    }
    return Part(results, manifest)


def _in_folder(folder: Path) -> Subject:
    from sim import store
    from sim.experiment import Results
    from sim.experiment.state import state_of

    parts = []
    for one in store.folders(folder):
        state = state_of(one)
        results = Results.read(one)
        parts.append(Part(results, state.manifest, state, one, _minimum_in(one, results.scenario)))
    comparison = _comparison_in(folder, parts)
    if comparison is not None:
        order = [one.scenario.name for one in comparison.results]
        parts = sorted(
            (part for part in parts if part.scenario.name in order), key=lambda part: order.index(part.scenario.name)
        )
    return Subject(tuple(parts), comparison, folder)


def _minimum_in(folder: Path, scenario: Scenario) -> MinimumAnswer | None:
    """The answer of a search for the minimum force that is in a folder of results; None if there is none."""
    from sim.experiment.minimum_answer import FILE, read_answer
    from sim.store import StoreError

    answer = read_answer(folder)
    if answer is None:
        return None
    asked = answer.question
    is_known = asked.policy in scenario.policy and {*asked.sectors} <= {*scenario.theatre.sectors, "all"}
    if asked.scenario_sha256 != scenario.inputs_sha256 or not is_known:
        raise StoreError(f"{folder / FILE} is not an answer of the results beside it")
    return answer


def _comparison_in(folder: Path, parts: Sequence[Part]) -> Comparison | None:
    """The comparison whose question is in a folder, of its replications; None if there is none, or none of these."""
    from sim.experiment.comparison import QUESTION, Comparison
    from sim.experiment.spell import days_of_run, over_days
    from sim.store import StoreError

    file = folder / QUESTION
    if not file.exists():
        return None
    try:
        question = json.loads(file.read_text(encoding="utf-8"))
        by_name = {part.scenario.name: part for part in parts}
        compared = [by_name[name] for name in question["scenarios"]]
        days = tuple(dt.date.fromisoformat(question[key]) for key in ("first_day", "last_day"))
        troops = question["troops"]
        alternatives = [_named(label, compared, troops) for label in question["alternatives"]]
        n = _n_compared(folder)
        results = [_first(part.results, n) for part in compared]
        is_some_days = days != days_of_run(results[0].scenario, is_held=troops is not None)
        return Comparison(
            tuple(over_days(one, *days) if is_some_days else one for one in results),
            tuple(alternatives),
            question["alternatives"].index(question["baseline"]),
            question["response"],
            question["delta"],
            tuple(question["also"]),
            question["confidence"],
            days=(days[0], days[1]) if is_some_days else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{file} is not the question of a comparison of the results beside it ({error})") from error


def _named(label: str, compared: Sequence[Part], troops: int | None) -> Alternative:
    """The alternative of a label, as :mod:`sim.experiment.alternatives` makes labels."""
    from sim.experiment.alternatives import Alternative

    for number, part in enumerate(compared):
        scenario = part.scenario
        chosen = scenario.experiment.policies or list(scenario.policy)
        for key, policy in scenario.policy.items():
            is_alone = label == scenario.name and key in chosen
            is_meant = label == key if len(compared) == 1 else label == f"{scenario.name}:{key}" or is_alone
            if is_meant:
                return Alternative(label, policy.title, number, key, troops)
    raise KeyError(label)


def _n_compared(folder: Path) -> int | None:
    """How many replications were compared: the folder may hold more since."""
    try:
        with (folder / "comparison-means.csv").open(encoding="utf-8", newline="") as file:
            return max((int(row["n"]) for row in csv.DictReader(file)), default=None)
    except (OSError, ValueError, KeyError):
        return None


def _first(results: Results, n: int | None) -> Results:
    """The first n replications of each design point."""
    from sim.experiment.tables import keys

    if n is None:
        return results
    every = [*results.finished(), *keys(results.failures), *keys(results.missing)]
    return results.only([key for key in every if key[2] < n])
