"""A folder of results opened by one run: adding to its journal, compacting it, keeping others out."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sim import journal, trace_table
from sim.files import locked, remove_leftovers, replacing, sync_folder, write_atomically
from sim.scenario.as_json import scenario_to_json
from sim.store.manifest import (
    StoreError,
    as_store_error,
    count_ran,
    inputs_of,
    now,
    read_manifest,
    reading_traces,
    refuse_other_inputs,
    sha256_of,
    versions,
    write_manifest,
)
from sim.store.reading import JOURNAL, TABLES, Kept, all_traces, read_kept, table_file, tables_of, traces

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

COMPACT_BYTES = 256 * 2**20
"""A journal larger than this, and than the tables, is compacted while the run goes on: reading it takes its memory."""
_OTHER_FILES = (JOURNAL, "summary.csv", "scenario.json", trace_table.FILE, trace_table.PARTS)
_FILES = (*(f"{name}.parquet" for name in TABLES), *_OTHER_FILES)
_TEXT = ("scenario", "policy", "sector", "response", "unit")


class Folder:
    """A folder opened for one run's inputs; see :func:`open_folder`."""

    def __init__(self, path: Path, scenario: Scenario, settings: Sequence[str], created: str) -> None:
        self.path = path
        self.inputs = inputs_of(scenario)
        self.settings = settings
        self.created = created
        self.tables = tables_of(scenario)
        self._journal: journal.Journal | None = None

    def read(self) -> Kept | None:
        """Return what is there, or None if no replication has been kept yet.

        Raises
        ------
        StoreError
            If it cannot be read.
        """
        kept = read_kept(self.path)
        if kept is not None and kept.cut_off_at is not None:
            logging.getLogger(__name__).warning(
                "%s was cut off at byte %d, in its last record: the replication that it was of is run again",
                self.path / JOURNAL,
                kept.cut_off_at,
            )
        return kept

    @property
    def has_journal(self) -> bool:
        """Whether there is a journal that is not compacted."""
        return (self.path / JOURNAL).exists()

    @property
    def is_due(self) -> bool:
        """Whether the journal has grown so large that it should be compacted now."""
        if self._journal is None or self._journal.size <= COMPACT_BYTES:
            return False
        tables = [table_file(self.path, name) for name in self.tables]
        return self._journal.size > sum(table.stat().st_size for table in tables if table.exists())

    def append(self, record: journal.Record) -> None:
        """Add a replication to the journal, which must have been compacted if it is an earlier run's.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        with self._writing("the journal"):
            if self._journal is None:
                self._journal = journal.Journal(self.path / JOURNAL)
            self._journal.append({"inputs": sha256_of(self.inputs), **record.head}, record.payload)

    def close(self) -> None:
        """Put the journal on the disk.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        if self._journal is not None:
            with self._writing("the journal"):
                self._journal.close()

    def plan(
        self,
        scenario: Scenario,
        tables: Mapping[str, pd.DataFrame],
        failures: Sequence[Mapping[str, object]],
        missing: Sequence[Mapping[str, object]],
    ) -> None:
        """Say what is going to be run, before it is: all that is `missing`.

        Raises
        ------
        StoreError
            If a file cannot be written.
        """
        with self._writing("the manifest"):
            self._write_table("expected", tables)
            self._describe(scenario, count_ran(tables["responses"]), failures, missing, finished=not missing)

    def write(
        self,
        scenario: Scenario,
        tables: Mapping[str, pd.DataFrame],
        summary: pd.DataFrame,
        failures: Sequence[Mapping[str, object]],
        missing: Sequence[Mapping[str, object]],
    ) -> None:
        """Replace the folder's tables, summary, scenario and manifest, then remove the journal.

        What the journal holds must be in the tables.

        Raises
        ------
        StoreError
            If a file cannot be written.
        """
        self.close()
        with self._writing("the tables"):
            for name in self.tables:
                self._write_table(name, tables)
            write_atomically(self.path / "summary.csv", summary.to_csv(index=False, lineterminator="\n").encode())
            self._describe(scenario, count_ran(tables["responses"]), failures, missing, finished=not missing)
            (self.path / JOURNAL).unlink(missing_ok=True)
            sync_folder(self.path)
            self._journal = None

    def _write_table(self, name: str, tables: Mapping[str, pd.DataFrame]) -> None:
        with replacing(table_file(self.path, name)) as file:
            _write_parquet(tables[name], file)

    @contextlib.contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"cannot write {what} in {self.path}: {error.strerror or error}. What was finished before is kept "
                "there; the same command goes on from it once this is mended"
            ) from error

    def traced(self) -> set[trace_table.Key]:
        """Replications, as (policy, troops or None, replication), whose trace is there.

        Raises
        ------
        StoreError
            If what holds them cannot be read.
        """
        return all_traces(self.path)

    def make_parts(self) -> Path:
        """Make the folder for the traces of single replications, and return its path, which holds anywhere.

        Raises
        ------
        StoreError
            If it cannot be made.
        """
        with self._writing("traces"):
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
        with reading_traces(self.path), self._writing("the traces"):
            trace_table.gather(self.path, order)
            write_manifest(self.path, (read_manifest(self.path) or {}) | {"traces": self._traces()})

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
            "versions": versions(),
            "settings": [*self.settings],
            "ran": ran,
            "failures": failures,
            "missing": missing,
            "traces": self._traces(),
            "created": self.created,
            "finished": now() if finished else None,
        }
        # A folder with a scenario and no manifest would be of unknown origin.
        if not (self.path / "manifest.json").exists():
            write_manifest(self.path, manifest)
        write_atomically(self.path / "scenario.json", scenario_to_json(scenario).encode())
        write_manifest(self.path, manifest)


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
        with as_store_error(path, "write to"):
            path.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_held(path))
            manifest = read_manifest(path)
            folder = Folder(path, scenario, settings, now() if manifest is None else str(manifest["created"]))
            if manifest is None:
                strangers = [file.name for file in map(path.joinpath, _FILES) if file.exists()]
                if strangers:
                    raise StoreError(f"{path} holds {strangers[0]} but no manifest.json: choose another folder (--out)")
                remove_leftovers(path)
                folder._describe(scenario, [], [], [], finished=False)
                sync_folder(path.parent)
            else:
                refuse_other_inputs(path, manifest, folder.inputs, scenario)
                traces(path)
                with folder._writing("the manifest"):
                    remove_leftovers(path)
                    write_atomically(path / "manifest.json", (path / "manifest.json").read_bytes())
                    if not (path / "scenario.json").exists():
                        write_atomically(path / "scenario.json", scenario_to_json(scenario).encode())
        try:
            yield folder
        finally:
            with contextlib.suppress(StoreError):
                folder.close()


def mend_journal(directory: str | Path) -> tuple[int, Path]:
    """Leave in a folder's journal its whole records alone, as :func:`sim.journal.mend` does.

    Raises
    ------
    StoreError
        If there is none, a run is under way, or a file cannot be read or written.
    """
    path = Path(directory)
    with as_store_error(path, "mend the journal in"), _held(path):
        return journal.mend(path / JOURNAL)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(path))
        except BlockingIOError:
            raise StoreError(f"{path} is in use by another run: wait, or choose another folder with --out") from None
        yield


def _write_parquet(frame: pd.DataFrame, file: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = dict.fromkeys(_TEXT, pa.string()) | dict.fromkeys(("troops", "replication", "n"), pa.int64())
    types["date"] = pa.timestamp("us")
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in frame.columns])
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), file, compression="zstd")
