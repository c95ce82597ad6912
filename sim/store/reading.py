"""Reading a folder of results, also while a run goes on in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import journal, trace_table
from sim.fingerprint import program
from sim.scenario.as_json import scenario_from_json
from sim.store.manifest import (
    INPUTS,
    NoResultsError,
    StoreError,
    as_store_error,
    manifest_of,
    read_manifest,
    reading,
    reading_traces,
    sha256_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

TABLES = ("response_times", "responses", "series", "expected")
"""In the order in which they are written: replications are there once `responses` and `series` have them."""
JOURNAL = "journal"


@dataclass(frozen=True, eq=False)
class Kept:
    """What a folder holds.

    Attributes
    ----------
    scenario : Scenario
        As it was run last.
    tables : dict of str to DataFrame
        By name; not all of them if the first are just being written.
    records : list of Record
        Of the journal; each may be in the tables too.
    cut_off_at : int or None
        The byte at which the journal is cut off, if it is.
    program : dict of str to str
        What made them, as :func:`sim.fingerprint.program` names it.
    failures, missing : list of dict
        Replications that failed, and those that are neither in the tables nor, unless its records have them, run.
    """

    scenario: Scenario
    tables: dict[str, pd.DataFrame]
    records: list[journal.Record]
    cut_off_at: int | None
    program: dict[str, str]
    failures: list[dict[str, Any]]
    missing: list[dict[str, Any]]


def folders(directory: str | Path) -> list[Path]:
    """The folders of results that a folder is or has in it, as that of a comparison of several files has; by name.

    Raises
    ------
    NoResultsError
        If there is none.
    StoreError
        If it cannot be read.
    """
    path = Path(directory)
    if read_manifest(path) is not None:
        return [path]
    with as_store_error(path, "read"):
        inside = sorted(one.parent for one in path.glob("*/manifest.json"))
    if not inside:
        raise NoResultsError(path)
    return inside


def read(directory: str | Path) -> Kept:
    """Read a folder of results.

    Raises
    ------
    StoreError
        If it holds none, or they cannot be read.
    """
    kept = read_kept(path := Path(directory))
    if kept is None:
        raise NoResultsError(path)
    return kept


def read_kept(path: Path) -> Kept | None:
    """What a folder holds, or None if it is nothing yet."""
    # In this order, a run that compacts meanwhile takes nothing from what is read.
    scenario = read_scenario(path)
    content = read_journal(path)
    manifest = manifest_of(path)
    files = {name: table_file(path, name) for name in tables_of(scenario)}
    are_there = all(file.exists() for file in files.values())
    if not are_there and not content.records and (manifest["ran"] or not manifest["missing"]):
        return None
    tables = {name: _table(file) for name, file in files.items() if file.exists()}
    made_by = {name: str(manifest[name]) for name in program()}
    return Kept(
        scenario, tables, content.records, content.cut_off_at, made_by, manifest["failures"], manifest["missing"]
    )


def read_keys(directory: str | Path) -> list[pd.DataFrame]:
    """Read (policy, troops, replication) of the rows of `responses` and of `series`, nothing if one is not there yet.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    path = Path(directory)
    files = [table_file(path, name) for name in ("responses", "series")]
    if not all(file.exists() for file in files):
        return []
    return [_table(file, ["policy", "troops", "replication"]) for file in files]


def read_journal(directory: str | Path) -> journal.Content:
    """Read the journal of a folder of results, which has no records if there is no such file.

    Raises
    ------
    StoreError
        If it is damaged or cannot be read, or has records of other inputs than the folder's.
    """
    path = Path(directory)
    try:
        with as_store_error(path, "read"):
            content = journal.read(path / JOURNAL)
    except journal.DamagedError as error:
        raise StoreError(
            f"{error}. `peacesim status {path} --mend` keeps all of these, and the damaged file under another name; "
            "what was damaged is then run again"
        ) from None
    manifest = read_manifest(path) or {}
    inputs = sha256_of({key: manifest.get(key) for key in INPUTS})
    if any(record.head.get("inputs") != inputs for record in content.records):
        raise StoreError(f"{path / JOURNAL} has records of other inputs than the folder's: move it elsewhere")
    return content


def read_scenario(directory: str | Path) -> Scenario:
    """Read the scenario that a folder of results is of.

    Raises
    ------
    StoreError
        If it holds none, or it cannot be read.
    """
    path = Path(directory)
    if read_manifest(path) is None or not (path / "scenario.json").exists():
        raise NoResultsError(path)
    with reading(path):
        return scenario_from_json((path / "scenario.json").read_text(encoding="utf-8"))


def traces(directory: str | Path) -> list[trace_table.Key]:
    """Replications, as (policy, troops or None, replication), whose trace a folder of results holds, in order.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    with reading_traces(path := Path(directory)):
        return trace_table.kept(path)


def all_traces(directory: str | Path) -> set[trace_table.Key]:
    """As :func:`traces`, with those that a run, or one that was killed, has not gathered yet.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    with reading_traces(path := Path(directory)):
        return {*trace_table.kept(path), *trace_table.in_parts(path)}


def read_trace(
    directory: str | Path, key: trace_table.Key, *, since_s: float | None = None, until_s: float | None = None
) -> Iterator[Any]:
    """Read one of :func:`traces`, as :func:`sim.trace_table.read` does.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    with reading_traces(path := Path(directory)):
        yield from trace_table.read(path, key, since_s=since_s, until_s=until_s)


def tables_of(scenario: Scenario) -> list[str]:
    """Those of TABLES that the results of a scenario have."""
    return [name for name in TABLES if name != "response_times" or scenario.incidents is not None]


def table_file(path: Path, name: str) -> Path:
    """The file of one of TABLES."""
    return path / f"{name}.parquet"


def _table(file: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table, or some columns of it.

    Raises
    ------
    StoreError
        If it is damaged or another program's; says which others in the folder are, and what to do.
    """
    table = _table_or_none(file, columns)
    if table is not None:
        return table
    others = [other for name in TABLES if (other := table_file(file.parent, name)) != file and other.exists()]
    bad = sorted([file.name, *(other.name for other in others if _table_or_none(other) is None)])
    damaged, it = f"{' and '.join(bad)} in {file.parent}", "it" if len(bad) == 1 else "them"
    damaged += " is damaged, and the other tables there are not" if len(bad) == 1 else " are damaged"
    raise StoreError(
        f"{damaged}: remove {it} and run with the same command as before; what is then missing is run again, and "
        "comes out the same"
    )


def _table_or_none(file: Path, columns: list[str] | None = None) -> pd.DataFrame | None:
    """A table of results, or some columns of it; None if the file holds none."""
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file, columns=columns).to_pandas()
    except OSError as error:
        # Arrow raises the same of damaged content, then without a number.
        if error.errno is not None:
            raise StoreError(f"cannot read {file}: {error.strerror or error}") from error
        return None
    except (ValueError, KeyError, TypeError):
        return None
    return table if {"policy", "troops"} <= {*table.columns} else None
