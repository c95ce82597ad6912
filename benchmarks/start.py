"""What `peacesim --help` costs, and whether it imports what it does not need."""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.plans import ROOT
from benchmarks.timing import Spread, spread

HEAVY = ("numpy", "simpy")


def help_cpu_ms(n_runs: int) -> Spread:
    """CPU time of a process that prints the help, interpreter included [ms]."""
    values = []
    for _ in range(n_runs):
        before_s = _children_s()
        subprocess.run([sys.executable, "-m", "sim", "--help"], cwd=ROOT, capture_output=True, check=True)
        values.append(1000 * (_children_s() - before_s))
    return spread(values)


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def heavy_imports_of_help() -> list[str]:
    """Those of `HEAVY` that are imported when the help is printed."""
    code = (
        "import sys; from sim.cli import main; main(['--help'], standalone_mode=False);"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()
