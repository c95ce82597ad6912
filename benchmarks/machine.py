"""On what and with what the table was measured."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.plans import ROOT
from sim.engines import n_cores

PACKAGES = ("simpy", "numpy", "scipy", "pandas", "pydantic")


def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, system, versions, commit, garbage collector."""
    return {
        "processor": _processor(),
        "cores": str(n_cores()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: version(name) for name in PACKAGES},
        "commit": _commit(),
        "garbage collector": f"{'on' if gc.isenabled() else 'off'}, thresholds {gc.get_threshold()}",
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text(encoding="utf-8").splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.processor() or "unknown"


def _memory() -> str:
    try:
        n_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return "unknown"
    return f"{n_bytes / 2**30:.0f} GiB"


def _commit() -> str:
    """Short name of the commit, and whether files differ from it; unknown without git."""
    try:
        name = _git("rev-parse", "--short", "HEAD")
        return f"{name} with changes" if _git("status", "--porcelain", "--untracked-files=no") else name
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    # Without optional locks a status does not write into the repository.
    command = ["git", "--no-optional-locks", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
