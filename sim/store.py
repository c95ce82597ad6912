"""Where results are kept: a folder that a later run with the same inputs can add to.

A *folder* holds `manifest.json` (what it is, and the only place with times), `scenario.json` (the scenario with the
origin of every number), the tables `responses.parquet`, `series.parquet`, `expected.parquet` and, of a scenario with
incidents, `response_times.parquet`, then `summary.csv`, and `trace.parquet` if traces were asked for. Its *inputs* are
the scenario's values, the program's code, the seed and the version of NumPy, whose random variates may differ from one
version to the next. Results of other inputs are never mixed in: opening the folder with them is an error that says what
differs. Every file is replaced whole or not at all, and equal tables make equal bytes.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import importlib.metadata
import json
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sim import trace_table
from sim.differences import differences_of_inputs
from sim.files import locked, replacing, write_atomically
from sim.scenario.as_json import scenario_from_json, scenario_to_json

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

TABLES = ("response_times", "responses", "series", "expected")
"""In the order in which they are written: replications are there once `responses` and `series` have them."""

_OTHER_FILES = ("summary.csv", "scenario.json", trace_table.FILE, trace_table.PARTS)
_FILES = (*(f"{name}.parquet" for name in TABLES), *_OTHER_FILES)
_LIBRARIES = ("numpy", "scipy", "simpy", "pandas", "pyarrow", "pydantic")
_TEXT = ("scenario", "policy", "sector", "response", "unit")


class StoreError(Exception):
    """A folder cannot be used: other inputs, no results, unreadable, unwritable, or in use."""


@dataclass(frozen=True, eq=False)
class Kept:
    """What a folder holds: the scenario, its tables by name, and the records of what failed and what is missing."""

    scenario: Scenario
    tables: dict[str, pd.DataFrame]
    failures: list[dict[str, Any]]
    missing: list[dict[str, Any]]


@dataclass(frozen=True)
class Folder:
    """A folder opened for one run's inputs; see :func:`open_folder`."""

    path: Path
    inputs: Mapping[str, object]
    settings: Sequence[str]
    created: str
    tables: Sequence[str]

    def read(self) -> Kept | None:
        """Return what is there, or None if no replication has been kept yet."""
        return read(self.path) if _are_there(self.path, self.tables) else None

    def write(
        self,
        scenario: Scenario,
        tables: Mapping[str, pd.DataFrame],
        summary: pd.DataFrame,
        failures: Sequence[Mapping[str, object]],
        missing: Sequence[Mapping[str, object]],
    ) -> None:
        """Replace the folder's tables, summary, scenario and manifest.

        Raises
        ------
        StoreError
            If a file cannot be written.
        """
        with _as_store_error(self.path, "write to"):
            for name in self.tables:
                with replacing(_table(self.path, name)) as file:
                    _write_parquet(tables[name], file)
            write_atomically(self.path / "summary.csv", summary.to_csv(index=False, lineterminator="\n").encode())
            self._describe(scenario, _ran(tables["responses"]), failures, missing, finished=not missing)

    def traced(self) -> set[trace_table.Key]:
        """Replications, as (policy, troops or None, replication), whose trace is there.

        Raises
        ------
        StoreError
            If what holds them cannot be read.
        """
        with _reading_traces(self.path):
            return {*trace_table.kept(self.path), *trace_table.in_parts(self.path)}

    def make_parts(self) -> Path:
        """Make the folder for the traces of single replications, and return its path, which holds anywhere.

        Raises
        ------
        StoreError
            If it cannot be made.
        """
        with _as_store_error(self.path, "write to"):
            parts = self.path.resolve() / trace_table.PARTS
            parts.mkdir(exist_ok=True)
            return parts

    def gather_traces(self, order: Sequence[trace_table.Key]) -> None:
        """Put the traces of single replications into the one file of traces, in order, and list them in the manifest.

        Raises
        ------
        StoreError
            If a file cannot be read or written.
        """
        if not (self.path / trace_table.PARTS).exists():
            return
        with _reading_traces(self.path), _as_store_error(self.path, "write to"):
            trace_table.gather(self.path, order)
            _write_manifest(self.path, (_manifest(self.path) or {}) | {"traces": self._traces()})

    def _traces(self) -> list[dict[str, object]]:
        points: dict[tuple[str, int | None], list[str]] = {}
        for policy, troops, replication in traces(self.path):
            points.setdefault((policy, troops), []).append(str(replication))
        return [
            {"policy": policy, "troops": troops, "replications": ", ".join(replications)}
            for (policy, troops), replications in points.items()
        ]

    def _describe(
        self,
        scenario: Scenario,
        ran: Sequence[Mapping[str, object]],
        failures: Sequence[Mapping[str, object]],
        missing: Sequence[Mapping[str, object]],
        *,
        finished: bool,
    ) -> None:
        manifest = {
            "format": 1,
            "title": scenario.title,
            "scenario": scenario.name,
            **self.inputs,
            "versions": _versions(),
            "settings": [*self.settings],
            "ran": ran,
            "failures": failures,
            "missing": missing,
            "traces": self._traces(),
            "created": self.created,
            "finished": _now() if finished else None,
        }
        write_atomically(self.path / "scenario.json", scenario_to_json(scenario).encode())
        _write_manifest(self.path, manifest)


@contextlib.contextmanager
def open_folder(directory: str | Path, scenario: Scenario, settings: Sequence[str] = ()) -> Iterator[Folder]:
    """Open a folder for the results of a scenario, and make it if need be; nobody else may open it meanwhile.

    Parameters
    ----------
    directory : str or Path
        The folder.
    scenario : Scenario
        With the seed that is run.
    settings : sequence of str
        `KEY=VALUE` that changed the scenario's files, for the manifest.

    Raises
    ------
    StoreError
        If it holds results of other inputs, or files of unknown origin, cannot be written, or is in use.
    """
    path = Path(directory)
    with contextlib.ExitStack() as stack:
        with _as_store_error(path, "write to"):
            path.mkdir(parents=True, exist_ok=True)
            try:
                stack.enter_context(locked(path))
            except BlockingIOError:
                raise StoreError(
                    f"{path} is in use by another run: wait, or choose another folder with --out"
                ) from None
            inputs = inputs_of(scenario)
            manifest = _manifest(path)
            if manifest is None:
                strangers = [file.name for file in map(path.joinpath, _FILES) if file.exists()]
                if strangers:
                    raise StoreError(f"{path} holds {strangers[0]} but no manifest.json: choose another folder (--out)")
                folder = Folder(path, inputs, settings, _now(), tables_of(scenario))
                folder._describe(scenario, [], [], [], finished=False)
            else:
                _refuse_other_inputs(path, manifest, inputs, scenario)
                traces(path)
                folder = Folder(path, inputs, settings, str(manifest["created"]), tables_of(scenario))
                write_atomically(path / "manifest.json", (path / "manifest.json").read_bytes())
        yield folder


def read(directory: str | Path) -> Kept:
    """Read a folder of results.

    Raises
    ------
    StoreError
        If it holds none, or they cannot be read.
    """
    import pyarrow.parquet as pq

    path = Path(directory)
    scenario, manifest = read_scenario(path), _manifest(path)
    names = tables_of(scenario)
    if manifest is None or not _are_there(path, names):
        raise StoreError(f"{path} holds no results")
    with _reading(path):
        tables = {name: pq.read_table(_table(path, name)).to_pandas() for name in names}
    return Kept(scenario, tables, manifest["failures"], manifest["missing"])


def read_scenario(directory: str | Path) -> Scenario:
    """Read the scenario that a folder of results is of.

    Raises
    ------
    StoreError
        If it holds none, or it cannot be read.
    """
    path = Path(directory)
    if _manifest(path) is None:
        raise StoreError(f"{path} holds no results")
    with _reading(path):
        return scenario_from_json((path / "scenario.json").read_text(encoding="utf-8"))


def traces(directory: str | Path) -> list[trace_table.Key]:
    """Replications, as (policy, troops or None, replication), whose trace a folder of results holds, in order.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    with _reading_traces(path := Path(directory)):
        return trace_table.kept(path)


def read_trace(
    directory: str | Path, key: trace_table.Key, *, since_s: float | None = None, until_s: float | None = None
) -> Iterator[Any]:
    """Read one of :func:`traces`, as :func:`sim.trace_table.read` does.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    with _reading_traces(path := Path(directory)):
        yield from trace_table.read(path, key, since_s=since_s, until_s=until_s)


def tables_of(scenario: Scenario) -> list[str]:
    """Those of TABLES that the results of a scenario have."""
    return [name for name in TABLES if name != "response_times" or scenario.incidents is not None]


def inputs_of(scenario: Scenario) -> dict[str, object]:
    """What decides the outcome of a replication: hashes of scenario and code, the seed, the version of NumPy."""
    return {
        "scenario_sha256": scenario.inputs_sha256,
        "code_sha256": code_sha256(),
        "seed": scenario.experiment.seed,
        "numpy": importlib.metadata.version("numpy"),
    }


def code_sha256() -> str:
    """Hash of the package's Python files that can change a result, and of their names.

    The command line and the figures only show results, so that a new figure does not throw a study away.
    """
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in root.rglob("*.py")):
        if name.startswith(("cli/", "plots/")):
            continue
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _refuse_other_inputs(
    path: Path, manifest: Mapping[str, Any], inputs: Mapping[str, object], scenario: Scenario
) -> None:
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


def _write_parquet(frame: pd.DataFrame, file: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = dict.fromkeys(_TEXT, pa.string()) | dict.fromkeys(("troops", "replication", "n"), pa.int64())
    types["date"] = pa.timestamp("us")
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in frame.columns])
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), file, compression="zstd")


def _table(path: Path, name: str) -> Path:
    return path / f"{name}.parquet"


def _are_there(path: Path, names: Sequence[str]) -> bool:
    return all(_table(path, name).exists() for name in names)


def _write_manifest(path: Path, manifest: Mapping[str, object]) -> None:
    write_atomically(path / "manifest.json", (json.dumps(manifest, indent=2, default=str) + "\n").encode())


def _manifest(path: Path) -> dict[str, Any] | None:
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


def _versions() -> dict[str, str]:
    from sim import __version__

    libraries = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {"peacesim": __version__, "python": platform.python_version(), **libraries}


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _ran(responses: pd.DataFrame) -> list[dict[str, object]]:
    """Replications there are of each design point."""
    found = responses[["policy", "troops", "replication"]].drop_duplicates()
    points = zip(found["policy"], found["troops"].fillna(-1), strict=True)
    counts = Counter((policy, None if troops < 0 else int(troops)) for policy, troops in points)
    return [{"policy": policy, "troops": troops, "n_replications": n} for (policy, troops), n in counts.items()]


@contextlib.contextmanager
def _as_store_error(path: Path, doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot {doing} {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def _reading(path: Path, what: str = "the results in {}", remedy: str = "the folder") -> Iterator[None]:
    try:
        with _as_store_error(path, "read"):
            yield
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise StoreError(f"{what.format(path)} are damaged ({reason}): remove {remedy}") from error


def _reading_traces(path: Path) -> contextlib.AbstractContextManager[None]:
    return _reading(path, "the traces in {}", f"{trace_table.FILE} and {trace_table.PARTS} there")
