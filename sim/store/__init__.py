"""Where results are kept: a folder that a later run with the same inputs can add to.

A *folder* holds `manifest.json` (what it is, and the only place with times), `scenario.json` (the scenario with the
origin of every number), the tables `responses.parquet`, `series.parquet`, `expected.parquet` and, of a scenario with
incidents, `response_times.parquet`, then `summary.csv`, and `trace.parquet` if traces were asked for. Its *inputs* are
the scenario's values, the program's code, the seed and the version of NumPy, whose random variates may differ from one
version to the next. Results of other inputs are never mixed in: opening the folder with them is an error that says what
differs. Every file is replaced whole or not at all, and equal tables make equal bytes.

While a run goes on, each replication is added to the folder's `journal` (see :mod:`sim.journal`) as soon as it is
finished, and one that failed with its stage and error. When the run ends, is stopped or the journal has grown large, it
is *compacted*: the tables are written with what it holds, then the manifest, and only then is it removed. So killing a
run, or a full disk, takes nothing that was finished: tables and journal are read together, what stands in both counts
once, and the next run in the folder compacts first and runs what is missing. A power cut can take what was finished
in the last moment (:data:`sim.journal.SYNC_S`).
"""

from sim.fingerprint import code_sha256
from sim.store.folder import Folder, mend_journal, open_folder
from sim.store.manifest import NoResultsError, StoreError, inputs_of, manifest_of
from sim.store.reading import (
    JOURNAL,
    TABLES,
    Kept,
    all_traces,
    folders,
    read,
    read_journal,
    read_keys,
    read_scenario,
    read_trace,
    tables_of,
    traces,
)

__all__ = [
    "JOURNAL",
    "TABLES",
    "Folder",
    "Kept",
    "NoResultsError",
    "StoreError",
    "all_traces",
    "code_sha256",
    "folders",
    "inputs_of",
    "manifest_of",
    "mend_journal",
    "open_folder",
    "read",
    "read_journal",
    "read_keys",
    "read_scenario",
    "read_trace",
    "tables_of",
    "traces",
]
