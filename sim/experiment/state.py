"""What stands in a folder of results, and whether it is still what the program and a scenario would give."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import store
from sim.differences import differences_of_inputs
from sim.engines import Stage
from sim.experiment import tables
from sim.files import is_locked
from sim.fingerprint import program

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

MAX_DIFFERENCES = 20


@dataclass(frozen=True, slots=True)
class PointState:
    """Replications of a design point: finished, missing (asked for and not run), failed, and kept with their trace.

    One that only lacks its trace is finished and failed.
    """

    policy: str
    troops: int | None
    n_finished: int
    n_missing: int
    n_failed: int
    n_traces: int


@dataclass(frozen=True, slots=True)
class State:
    """What a folder holds.

    Attributes
    ----------
    scenario : Scenario
        As it was run last.
    manifest : dict
        With `seed`, and times `created` and `finished` (None: it is not).
    points : list of PointState
        In the order of the tables.
    failures : list of dict
        Of each replication that failed: policy, troops, replication, stage, error.
    n_only_in_journal : int
        Replications, failed ones among them, that the tables have not been written with yet.
    n_journal_bytes : int
        Length of the journal.
    cut_off_at : int or None
        The byte at which the journal is cut off; its last record is just being written if a run is under way.
    journal_fault : str
        What is wrong with the journal, if it cannot be read; it then counts as empty.
    is_in_use : bool
        Whether a run is under way in the folder.
    differences : list of str
        What differs between the inputs of the results and those they were compared with.
    """

    scenario: Scenario
    manifest: dict[str, Any]
    points: list[PointState]
    failures: list[dict[str, Any]]
    n_only_in_journal: int
    n_journal_bytes: int
    cut_off_at: int | None
    journal_fault: str
    is_in_use: bool
    differences: list[str]


def state_of(directory: str | Path, scenario: Scenario | None = None) -> State:
    """Look into a folder of results, and compare its inputs with the program's, and with a scenario's if one is given.

    Parameters
    ----------
    directory : str or Path
        The folder; a run may be under way in it.
    scenario : Scenario, optional
        With the seed that would be run.

    Raises
    ------
    StoreError
        If it holds no results, or its tables or traces cannot be read.
    """
    path = Path(directory)
    there = store.read_scenario(path)
    is_in_use = is_locked(path)
    # The journal first: what a run compacts meanwhile then counts in the tables.
    file = path / store.JOURNAL
    n_bytes = file.stat().st_size if file.exists() else 0
    content, fault = None, ""
    try:
        content = store.read_journal(path)
    except store.StoreError as error:
        fault = str(error)
    manifest = store.manifest_of(path)
    in_both = [set(tables.keys(table)) for table in store.read_keys(path)]
    in_tables = set.intersection(*in_both) if in_both else set()
    failures = {_key(row): row for row in manifest["failures"]}
    finished, n_only_in_journal = set(in_tables), 0
    for record in () if content is None else content.records:
        key, failed = _key(record.head), record.head["stage"] is not None
        n_only_in_journal += key not in in_tables
        finished |= {key} if record.payload else set()
        failures.pop(key, None)
        if failed:
            # As in the tables: what they hold and was run again for its trace lacks nothing but that.
            stage = str(Stage.TRACE) if key in in_tables else record.head["stage"]
            failures[key] = {name: record.head[name] for name in tables.FAILURES} | {"stage": stage}
    failures = {key: row for key, row in failures.items() if key not in finished or row["stage"] == Stage.TRACE}
    missing = [key for key in tables.keys(tables.from_ranges(manifest["missing"])) if key not in finished | {*failures}]
    traces = store.all_traces(path)
    counts = [Counter((policy, troops) for policy, troops, _ in keys) for keys in (finished, missing, failures, traces)]
    rank = {policy: i for i, policy in enumerate(there.policy)}
    points = sorted(
        {point for count in counts for point in count}, key=lambda p: (rank.get(p[0], len(rank)), p[1] or -1)
    )
    return State(
        there,
        manifest,
        [PointState(*point, *(count[point] for count in counts)) for point in points],
        [
            failures[key]
            for key in sorted(failures, key=lambda key: (rank.get(key[0], len(rank)), key[1] or -1, key[2]))
        ],
        n_only_in_journal,
        n_bytes,
        None if content is None else content.cut_off_at,
        fault,
        is_in_use,
        _differences(manifest, there, scenario),
    )


def _differences(manifest: dict[str, Any], there: Scenario, here: Scenario | None) -> list[str]:
    if here is None:
        return differences_of_inputs(manifest, manifest | program(), None, None)
    values = there.model_dump(mode="json"), here.model_dump(mode="json")
    return differences_of_inputs(manifest, store.inputs_of(here), *values, MAX_DIFFERENCES)


def _key(row: dict[str, Any]) -> tables.Key:
    return row["policy"], row["troops"], row["replication"]
