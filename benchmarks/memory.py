"""Peak memory of a replication, in a process of its own.

*Above import* means above what the process holds once it has run and measured the first days of the same scenario:
the interpreter, every module that a run imports (NumPy, SimPy, pydantic, SciPy for the layout), the scenario and the
laid-out theatre. Resident memory is the system's high-water mark of the process; on Linux it is read from /proc,
because `ru_maxrss` there begins with the memory of the process that started this one. Allocations are those that
`tracemalloc` sees; that makes a run slower and larger, so resident memory is measured without it.
"""

from __future__ import annotations

import datetime as dt
import math
import pickle
import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path

from benchmarks.plans import ROOT, replicate_and_measure
from sim.scenario.schema import Scenario

_STATUS = Path("/proc/self/status")


def peak_bytes(scenario: Scenario, policy: str, *, traced: bool = False) -> int:
    """Peak memory above import of one replication at the policy's own strength, run in a process of its own [bytes].

    Parameters
    ----------
    scenario, policy
        What is run.
    traced
        Allocations that `tracemalloc` sees instead of resident memory.

    Raises
    ------
    RuntimeError
        If the process failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory"],
        input=pickle.dumps((scenario, policy, traced)),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"a replication in a process of its own: {done.stderr.decode().strip()}")
    return int(done.stdout)


def peak_bytes_here(scenario: Scenario, policy: str, *, traced: bool) -> int:
    """The same in this process, which must have run nothing else."""
    horizon = scenario.horizon
    first_days = {"end": horizon.start + dt.timedelta(days=1 + math.ceil(horizon.warm_up_h / 24))}
    replicate_and_measure(scenario.model_copy(update={"horizon": horizon.model_copy(update=first_days)}), policy)
    if traced:
        tracemalloc.start()
        replicate_and_measure(scenario, policy)
        return tracemalloc.get_traced_memory()[1]
    before = _resident_bytes("VmRSS")
    replicate_and_measure(scenario, policy)
    return _resident_bytes("VmHWM") - before


def _resident_bytes(key: str) -> int:
    if not _STATUS.exists():
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    asked_scenario, asked_policy, asked_traced = pickle.load(sys.stdin.buffer)
    print(peak_bytes_here(asked_scenario, asked_policy, traced=asked_traced))
