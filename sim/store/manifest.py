"""What a folder of results is: its manifest, its inputs, and how its errors are told."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import importlib.metadata
import json
import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import trace_table
from sim.differences import differences_of_inputs
from sim.files import write_atomically
from sim.fingerprint import program

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

_LIBRARIES = ("numpy", "scipy", "simpy", "pandas", "pyarrow", "pydantic")
INPUTS = ("scenario_sha256", "code_sha256", "seed", "numpy")
"""What decides the outcome of a replication, in the manifest."""


class StoreError(Exception):
    """A folder cannot be used: other inputs, no results, unreadable, unwritable, or in use."""


class NoResultsError(StoreError):
    """A folder holds no results, or none yet, or is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} holds no results" if path.exists() else f"{path} does not exist")


def inputs_of(scenario: Scenario) -> dict[str, object]:
    """What decides the outcome of a replication: hashes of scenario and code, the seed, the version of NumPy."""
    return {"scenario_sha256": scenario.inputs_sha256, "seed": scenario.experiment.seed, **program()}


def sha256_of(inputs: Mapping[str, object]) -> str:
    """Hash of inputs, by which a record of the journal is known to be the folder's."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def read_manifest(path: Path) -> dict[str, Any] | None:
    """Read a folder's manifest, None if there is none.

    Raises
    ------
    StoreError
        If it cannot be read or is none.
    """
    try:
        text = (path / "manifest.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        content = json.loads(text)
        if content["format"] != 1:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise StoreError(f"{path / 'manifest.json'} is not a manifest of results") from None
    return dict(content)


def manifest_of(path: Path) -> dict[str, Any]:
    """Read a folder's manifest.

    Raises
    ------
    StoreError
        If there is none, or it cannot be read.
    """
    manifest = read_manifest(path)
    if manifest is None:
        raise NoResultsError(path)
    return manifest


def write_manifest(path: Path, manifest: Mapping[str, object]) -> None:
    """Replace a folder's manifest."""
    write_atomically(path / "manifest.json", (json.dumps(manifest, indent=2, default=str) + "\n").encode())


def refuse_other_inputs(
    path: Path, manifest: Mapping[str, Any], inputs: Mapping[str, object], scenario: Scenario
) -> None:
    """Do nothing if a folder's manifest is of these inputs.

    Raises
    ------
    StoreError
        If it is of others; says what differs.
    """
    try:
        there = json.loads((path / "scenario.json").read_text(encoding="utf-8"))["scenario"]
    except (OSError, ValueError, KeyError):
        there = None
    differ = differences_of_inputs(manifest, inputs, there, scenario.model_dump(mode="json"))
    if differ:
        what = ", ".join(differ)
        raise StoreError(
            f"{path} holds results of other inputs; what differs: {what}. "
            "Choose another folder with --out, or remove this one"
        )


def count_ran(responses: pd.DataFrame) -> list[dict[str, object]]:
    """Replications there are of each design point."""
    found = responses[["policy", "troops", "replication"]].drop_duplicates()
    points = zip(found["policy"], found["troops"].fillna(-1), strict=True)
    counts = Counter((policy, None if troops < 0 else int(troops)) for policy, troops in points)
    return [{"policy": policy, "troops": troops, "n_replications": n} for (policy, troops), n in counts.items()]


def versions() -> dict[str, str]:
    """Versions of the program, of Python and of libraries."""
    from sim import __version__

    libraries = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {"peacesim": __version__, "python": platform.python_version(), **libraries}


def now() -> str:
    """The time, in words."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


@contextlib.contextmanager
def as_store_error(path: Path, doing: str) -> Iterator[None]:
    """Turn an error of the system into one of the store."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot {doing} {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def reading(path: Path, what: str = "the results in {}", remedy: str = "the folder") -> Iterator[None]:
    """Turn errors that reading may meet into one of the store."""
    try:
        with as_store_error(path, "read"):
            yield
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise StoreError(f"{what.format(path)} are damaged ({reason}): remove {remedy}") from error


def reading_traces(path: Path) -> contextlib.AbstractContextManager[None]:
    """As :func:`reading`, for traces."""
    return reading(path, "the traces in {}", f"{trace_table.FILE} and {trace_table.PARTS} there")
