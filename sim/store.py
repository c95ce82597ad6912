"""Where results are kept: a folder that a later run with the same inputs can add to.

A *folder* holds `manifest.json` (what it is, and the only place with times), `scenario.json` (the scenario with the
origin of every number), the tables `responses.parquet`, `series.parquet` and `expected.parquet`, and `summary.csv`.
Its *inputs* are the scenario's values, the program's code, the seed and the version of NumPy, whose random variates
may differ from one version to the next. Results of other inputs are never mixed in: opening the folder with them is an
error that says what differs. Every file is replaced whole or not at all, and equal tables make equal bytes.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import importlib.metadata
import json
import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sim.scenario.origin import Origin

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

TABLES = ("responses", "series", "expected")
_FILES = (*(f"{name}.parquet" for name in TABLES), "summary.csv", "scenario.json")
_LIBRARIES = ("numpy", "scipy", "simpy", "pandas", "pyarrow", "pydantic")
_TEXT = ("scenario", "policy", "sector", "response", "unit")
_WORDS_AND_CHOICES = (
    "title",
    "description",
    "marks.",
    "experiment.replications",
    "experiment.timeline",
    "experiment.troops",
    "experiment.policies",
    "experiment.confidence",
)


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

    def read(self) -> Kept | None:
        """Return what is there, or None if no replication has been kept yet."""
        return read(self.path) if all(_table(self.path, name).exists() for name in TABLES) else None

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
            for name in TABLES:
                with _replacing(_table(self.path, name)) as file:
                    _write_parquet(tables[name], file)
            write_atomically(self.path / "summary.csv", summary.to_csv(index=False, lineterminator="\n").encode())
            self._describe(scenario, _ran(tables["responses"]), failures, missing, finished=not missing)

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
            "created": self.created,
            "finished": _now() if finished else None,
        }
        write_atomically(self.path / "scenario.json", scenario_to_json(scenario).encode())
        write_atomically(self.path / "manifest.json", (json.dumps(manifest, indent=2, default=str) + "\n").encode())


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
            stack.enter_context(_locked(path))
            inputs = inputs_of(scenario)
            manifest = _manifest(path)
            if manifest is None:
                strangers = [file.name for file in map(path.joinpath, _FILES) if file.exists()]
                if strangers:
                    raise StoreError(f"{path} holds {strangers[0]} but no manifest.json: choose another folder (--out)")
                folder = Folder(path, inputs, settings, _now())
                folder._describe(scenario, [], [], [], finished=False)
            else:
                _refuse_other_inputs(path, manifest, inputs, scenario)
                folder = Folder(path, inputs, settings, str(manifest["created"]))
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
    manifest = _manifest(path)
    if manifest is None or not all(_table(path, name).exists() for name in TABLES):
        raise StoreError(f"{path} holds no results")
    try:
        with _as_store_error(path, "read"):
            scenario = scenario_from_json((path / "scenario.json").read_text(encoding="utf-8"))
            tables = {name: pq.read_table(_table(path, name)).to_pandas() for name in TABLES}
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise StoreError(f"the results in {path} are damaged ({reason}): remove the folder") from error
    return Kept(scenario, tables, manifest["failures"], manifest["missing"])


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


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that its name always stands for the old content or the new, even after a crash."""
    with _replacing(path) as file:
        file.write(content)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def scenario_to_json(scenario: Scenario) -> str:
    """The scenario with its name and the origin of every number, as JSON."""
    content = {
        "name": scenario.name,
        "scenario": scenario.model_dump(mode="json"),
        "provenance": [asdict(origin) for origin in scenario.provenance],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n"


def scenario_from_json(text: str) -> Scenario:
    """The scenario that :func:`scenario_to_json` wrote."""
    from sim.scenario.schema import Scenario

    content = json.loads(text)
    scenario = Scenario.model_validate_json(json.dumps(content["scenario"]))
    scenario._name = content["name"]
    scenario._provenance = tuple(
        Origin(**{**origin, "value": _as_origin_value(origin["value"])}) for origin in content["provenance"]
    )
    return scenario


def _refuse_other_inputs(
    path: Path, manifest: Mapping[str, Any], inputs: Mapping[str, object], scenario: Scenario
) -> None:
    differ = []
    if manifest.get("seed") != inputs["seed"]:
        differ.append(f"the seed ({manifest.get('seed')} there, {inputs['seed']} here)")
    if manifest.get("scenario_sha256") != inputs["scenario_sha256"]:
        try:
            there = json.loads((path / "scenario.json").read_text(encoding="utf-8"))["scenario"]
            differ += _differences(there, scenario.model_dump(mode="json"))
        except (OSError, ValueError, KeyError):
            differ.append("the scenario")
    if manifest.get("code_sha256") != inputs["code_sha256"]:
        differ.append("the program's code")
    if manifest.get("numpy") != inputs["numpy"]:
        differ.append(f"NumPy ({manifest.get('numpy')} there, {inputs['numpy']} here)")
    if differ:
        what = ", ".join(differ)
        raise StoreError(
            f"{path} holds results of other inputs; what differs: {what}. "
            "Choose another folder with --out, or remove this one"
        )


def _differences(there: object, here: object, n_shown: int = 4) -> list[str]:
    """Keys whose values differ, the first few with both values; choices and words left out, and the seed."""
    old, new = dict(_leaves(there)), dict(_leaves(here))
    keys = [
        key
        for key in [*new, *(key for key in old if key not in new)]
        if old.get(key, "nothing") != new.get(key, "nothing")
        and not key.startswith(_WORDS_AND_CHOICES)
        and key != "experiment.seed"
    ]
    shown = [
        f"{key} ({_short(old.get(key, 'nothing'))} there, {_short(new.get(key, 'nothing'))} here)"
        for key in keys[:n_shown]
    ]
    return [*shown, f"and {len(keys) - n_shown} more"] if len(keys) > n_shown else shown


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else name)
    else:
        yield key, value


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _write_parquet(frame: pd.DataFrame, file: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {**dict.fromkeys(_TEXT, pa.string()), **dict.fromkeys(("troops", "replication"), pa.int64())}
    types["date"] = pa.timestamp("us")
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in frame.columns])
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), file, compression="zstd")


def _table(path: Path, name: str) -> Path:
    return path / f"{name}.parquet"


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


def _as_origin_value(value: object) -> object:
    """Undo what JSON does to the value of an origin: dates become text there, and tuples lists."""
    if isinstance(value, list):
        return tuple(_as_origin_value(item) for item in value)
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


@contextlib.contextmanager
def _as_store_error(path: Path, doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot {doing} {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the folder's lock, which ends with the process; file systems without locks are used without."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"{path} is in use by another run: wait, or choose another folder with --out") from None
        except OSError:
            pass
        yield
    finally:
        os.close(descriptor)
