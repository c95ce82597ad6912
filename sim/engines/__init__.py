"""Who runs a replication: this process, worker processes, or workers of a cluster.

A *job* is one replication of one design point. An *engine* takes jobs and yields an *outcome* for each as it is
finished, in any order: what was measured, or the *stage* that failed and why. A failed job never stops the others, and
a job may be run twice where a worker died: all that counts is its outcome. Engines know neither terminal nor files; the
caller sorts, shows and keeps outcomes. A caller of several runs keeps the workers meanwhile (:func:`kept`).
"""

from sim.engines.choice import ENGINES, choose
from sim.engines.dask import Dask
from sim.engines.futures import Futures
from sim.engines.jobs import Engine, EngineError, Job, Outcome, Stage, Work, kept
from sim.engines.local import Processes, Serial, n_cores
from sim.engines.observing import EXECUTIONS, describe, observe

__all__ = [
    "ENGINES",
    "EXECUTIONS",
    "Dask",
    "Engine",
    "EngineError",
    "Futures",
    "Job",
    "Outcome",
    "Processes",
    "Serial",
    "Stage",
    "Work",
    "choose",
    "describe",
    "kept",
    "n_cores",
    "observe",
]
