"""CPU time of cases, interleaved in random order with the bare loop in one process.

A *round* runs every case once, in an order of its own, and the bare loop before the first and after each. Other work on
the machine then disturbs a case and its base alike, and a ratio is taken within a round. What is reported is the median
over rounds, with the smallest and the largest.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Progress = Callable[[str], None]
Work = Callable[[], object]
BARE = "bare"


@dataclass(frozen=True)
class Spread:
    """Median, smallest and largest of one value a round."""

    median: float
    least: float
    most: float


def spread(values: list[float]) -> Spread:
    """Of at least one value."""
    return Spread(statistics.median(values), min(values), max(values))


class Times:
    """CPU times by case, one a round [s].

    Parameters
    ----------
    cpu_s
        For each case its times, all cases in the same order of rounds.
    """

    def __init__(self, cpu_s: Mapping[str, list[float]]) -> None:
        self._cpu_s = cpu_s

    def __contains__(self, case: str) -> bool:
        return case in self._cpu_s

    def of(self, case: str) -> Spread:
        """CPU time of a case [s]."""
        return spread(self._cpu_s[case])

    def ratio(self, case: str, base: str) -> Spread:
        """CPU time of a case over that of another, taken round by round."""
        return spread(self.ratios(case, base))

    def ratios(self, case: str, base: str) -> list[float]:
        """One ratio a round."""
        return [a / b for a, b in zip(self._cpu_s[case], self._cpu_s[base], strict=True)]


def cpu_s(work: Work) -> float:
    """CPU time of this process for one call [s], user and system, on a heap without garbage; collection stays on."""
    gc.collect()
    begin_s = time.process_time()
    work()
    return time.process_time() - begin_s


def time_cases(cases: Mapping[str, Work], n_rounds: int, progress: Progress) -> Times:
    """Time cases against the bare loop.

    Parameters
    ----------
    cases
        What to run, by name; `BARE` must be one of them. The time of a round's bare loop is the median of its runs.
    n_rounds
        Rounds, at least 1.
    progress
        Told what was finished.
    """
    names = [name for name in cases if name != BARE]
    times: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(n_rounds):
        order = random.Random(number).sample(names, len(names))
        bare_s = [cpu_s(cases[BARE])]
        for name in order:
            times[name].append(cpu_s(cases[name]))
            bare_s.append(cpu_s(cases[BARE]))
            progress(f"round {number + 1} of {n_rounds}: {name}, {times[name][-1]:.2f} s")
        times[BARE].append(statistics.median(bare_s))
    return Times(times)
