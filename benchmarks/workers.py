"""Two workers against one, by the clock, and whether anything else kept the cores busy meanwhile."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from sim.engines import n_cores
from sim.experiment import run
from sim.scenario.schema import Scenario

_STAT = Path("/proc/stat")
IDLE = 0.15
"""Cores that other processes may use on average while the cores still count as idle."""


@dataclass(frozen=True)
class Speedup:
    """Wall-clock time with one worker over that with two, and the cores that others used [cores]; None: unknown."""

    ratio: float
    others: float | None

    @property
    def cores_were_idle(self) -> bool:
        """Whether there were two cores and nothing else used them."""
        return n_cores() >= 2 and self.others is not None and self.others <= IDLE


def measure_speedup(scenario: Scenario, troops: int, n_replications: int) -> Speedup:
    """Time a study of one troop level with one worker and with two, starting the workers included."""
    wall_s, used_s = [], 0.0
    for n_workers in (1, 2):
        before_s, begin_s = _used_by_others_s(), time.perf_counter()
        results = run(scenario, troops=[troops], replications=n_replications, workers=n_workers)
        wall_s.append(time.perf_counter() - begin_s)
        used_s += _used_by_others_s() - before_s
        if results.n_replications != n_replications:
            raise RuntimeError(f"{results.n_replications} of {n_replications} replications finished")
    return Speedup(wall_s[0] / wall_s[1], used_s / sum(wall_s) if _STAT.exists() else None)


def _used_by_others_s() -> float:
    """CPU time that all processes but this one and its children used since the machine started [s]."""
    if not _STAT.exists():
        return 0.0
    user, nice, system, _, _, irq, softirq, steal = map(int, _STAT.read_text().split("\n", 1)[0].split()[1:9])
    ticks = user + nice + system + irq + softirq + steal
    return ticks / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])
