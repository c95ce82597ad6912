"""The cases, and the rows that come of them.

A *case* is one line of the budgets, or a few figures that belong together. Cases that are timed run interleaved with
the bare loop (`benchmarks.timing`); the others are counts, memory, or processes of their own.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from benchmarks.bare import n_sections_on_patrol, run_bare_loop, run_bare_loop_of_one
from benchmarks.events import count_events
from benchmarks.memory import peak_bytes
from benchmarks.naive import run_naive
from benchmarks.plans import SEED, Plan, replicate_and_measure, responses_of
from benchmarks.start import heavy_imports_of_help, help_cpu_ms
from benchmarks.table import Row, row_of
from benchmarks.timing import BARE, Progress, Times, Work, spread, time_cases
from benchmarks.workers import measure_speedup
from sim.model import layout_of
from sim.scenario import load
from sim.scenario.schema import Scenario

CASES = {
    "bare": "the base: SimPy with one timeout a patrol and nothing else",
    "table": "one replication, tours as rows of a table",
    "incidents": "the same with incidents",
    "vehicles": "the same with vehicles at every checkpoint and crossing point",
    "processes": "one replication, a process a patrol",
    "naive": "the same patrols as a newcomer writes them",
    "events": "kernel events a patrol, counted",
    "memory": "peak memory above import",
    "horizon": "1999 to 2021",
    "history": "the scenario of 1999 to 2021, incidents, reserves and all",
    "patrols": "growth of time with the number of patrols",
    "sites": "growth of time with the number of sites",
    "workers": "two workers against one",
    "help": "peacesim --help",
}
"""Names of the cases, as `--only` takes them, in the order of the table."""

_TIMED = {
    "bare": ("one",),
    "table": ("table",),
    "incidents": ("incidents", "table"),
    "vehicles": ("vehicles", "table"),
    "processes": ("processes", "table"),
    "naive": ("naive", "table"),
    "horizon": ("horizon", "table"),
    "history": ("history", "incidents"),
    "patrols": ("patrols", "patrols, large force", "patrols x 10"),
    "sites": ("sites", "sites x 100"),
}
_TIMES_PATROLS, _TIMES_SITES = 10, 100
_N_HELP_RUNS, _MOST_WORKER_ROUNDS = 11, 3
_BYTES_PER_MB = 1e6


@dataclass
class Cases:
    """The cases asked for, on a plan.

    Attributes
    ----------
    plan
        What is run.
    names
        Cases asked for, of `CASES`.
    n_rounds
        Rounds of the timed ones.
    progress
        Told what was finished.
    """

    plan: Plan
    names: Collection[str]
    n_rounds: int
    progress: Progress
    _responses: dict[str, dict[str, float]] = field(default_factory=dict)

    def rows(self) -> list[Row]:
        """Measure, and make the rows in the order of `CASES`."""
        asked = [name for name in CASES if name in self.names]
        counted: dict[str, Callable[[], Iterator[Row]]] = {
            "events": self._events,
            "memory": self._memory,
            "workers": self._workers,
            "help": self._help,
        }
        rows = {}
        for name in asked:
            if name not in counted:
                continue
            self.progress(f"{name}: {CASES[name]}")
            rows[name] = list(counted[name]())
        if any(name in _TIMED for name in asked):
            times = self._time(asked)
            rows |= {name: list(self._timed_rows(name, times)) for name in asked if name in _TIMED}
        return [self._judged(row) for name in asked for row in rows[name]]

    def _judged(self, row: Row) -> Row:
        """The row, marked where its run is too short for the budgets."""
        if self.plan.is_short and row.budget is not None and row.case != "help" and not row.note:
            return dataclasses.replace(row, note="not judged: too short")
        return row

    def _time(self, asked: list[str]) -> Times:
        wanted = {case for name in asked for case in _TIMED.get(name, ())}
        year = self.plan.load()
        cases: dict[str, Work] = {BARE: functools.partial(run_bare_loop, year)}
        scenarios = [year]

        def add(
            case: str, scenario: Scenario, troops: int | None = None, execution: str = "table", policy: str = ""
        ) -> None:
            scenarios.append(scenario)
            cases[case] = functools.partial(self._replicate, case, scenario, troops, execution, policy)

        few, many = self.plan.growth_troops
        if "one" in wanted:
            cases["one"] = functools.partial(run_bare_loop_of_one, year)
        if "table" in wanted:
            add("table", year)
        if "incidents" in wanted:
            add("incidents", self.plan.load(incidents=True), policy=self.plan.with_incidents[1])
        if "history" in wanted:
            path, policy = self.plan.history
            add("history", load(path), policy=policy)
        if "vehicles" in wanted:
            try:
                add("vehicles", self.plan.load(vehicles=True))
            except LookupError as reason:
                self.progress(f"vehicles: {reason}")
        if "processes" in wanted:
            add("processes", year, execution="processes")
        if "naive" in wanted:
            cases["naive"] = functools.partial(run_naive, year, SEED)
        if "horizon" in wanted:
            add("horizon", self.plan.load_horizon())
        if "patrols" in wanted:
            add("patrols", self.plan.load_patrols(1), few)
            add("patrols, large force", self.plan.load_patrols(1), many)
            add("patrols x 10", self.plan.load_patrols(_TIMES_PATROLS), many)
        if "sites" in wanted:
            add("sites", self.plan.load_sites(1))
            add("sites x 100", self.plan.load_sites(_TIMES_SITES))
        self.progress("preparing: layouts and imports, which a study needs once")
        for scenario in scenarios:
            layout_of(scenario)
        for execution in ("table", "processes"):
            replicate_and_measure(self.plan.load(self.plan.worker_days), self.plan.policy, None, execution)
        return time_cases(cases, self.n_rounds, self.progress)

    def _replicate(self, case: str, scenario: Scenario, troops: int | None, execution: str, policy: str) -> None:
        measured = replicate_and_measure(scenario, policy or self.plan.policy, troops, execution)
        self._responses[case] = responses_of(measured)

    def _timed_rows(self, name: str, times: Times) -> Iterator[Row]:
        days = f"{self.plan.n_days} days"
        match name:
            case "bare":
                n = n_sections_on_patrol(self.plan.load())
                what = f"bare SimPy, one timeout a patrol, {n} processes, {days}"
                yield row_of(name, what, "s", times.of(BARE))
                yield row_of(name, "the same timeouts in one process / bare", "x", times.ratio("one", BARE))
            case "table":
                yield row_of(name, f"`table`, {days} / bare", "x", times.ratio(name, BARE), budget=3)
            case "incidents":
                per_day = self._responses[name]["incidents_per_day"]
                what = f"`table` with {per_day:.2g} incidents a day and escorts, {days} / bare"
                yield row_of(name, what, "x", times.ratio(name, BARE), budget=3)
                yield row_of(name, "with incidents / without", "x", times.ratio(name, "table"))
            case "vehicles":
                what = f"`table` with all vehicles, {days} / bare"
                if name not in times:
                    note = f"{self.plan.path.name} has no vehicles"
                    yield Row(name, what, "x", None, budget=15, note=note)
                elif self._responses[name].keys() == self._responses["table"].keys():
                    yield Row(name, what, "x", None, budget=15, note="vehicles were asked for, but none were measured")
                else:
                    yield row_of(name, what, "x", times.ratio(name, BARE), budget=15)
            case "processes":
                yield row_of(name, f"`processes`, {days} / bare", "x", times.ratio(name, BARE), budget=9)
                yield row_of(name, "`processes` / `table`", "x", times.ratio(name, "table"))
            case "naive":
                yield row_of(name, f"naive SimPy, {days} / bare", "x", times.ratio(name, BARE))
                yield row_of(name, "naive SimPy / `table`", "x", times.ratio(name, "table"))
            case "horizon":
                start, end = (day.year for day in self.plan.horizon)
                yield row_of(name, f"{start} to {end} / {days}", "x", times.ratio(name, "table"), budget=20)
            case "history":
                what = f"{self.plan.history[0].name}, whole / the year with incidents"
                yield row_of(name, what, "x", times.ratio(name, "incidents"), budget=20)
            case "patrols":
                few, many = self.plan.growth_troops
                for base, begin, budget in ((name, few, 0.9), ("patrols, large force", many, None)):
                    more = self._tours(base, "patrols x 10")
                    what = f"patrols x {more:.3g}, soldiers {begin:,} and {many:,}: exponent of time, {days}"
                    yield self._exponent(name, what, times.ratios("patrols x 10", base), more, budget)
            case "sites":
                what = f"sites x {_TIMES_SITES}: exponent of time, {days}"
                yield self._exponent(name, what, times.ratios("sites x 100", name), _TIMES_SITES, 0.3)

    def _tours(self, few: str, many: str) -> float:
        """How many times as many tours came home."""
        return self._responses[many]["patrols_per_day"] / self._responses[few]["patrols_per_day"]

    @staticmethod
    def _exponent(name: str, what: str, ratios: list[float], factor: float, budget: float | None) -> Row:
        exponents = [math.log(ratio) / math.log(factor) for ratio in ratios]
        return row_of(name, what, "", spread(exponents), budget=budget)

    def _events(self) -> Iterator[Row]:
        scenario = self.plan.load()
        for execution, budget in (("table", 0.2), ("processes", None)):
            n_events, n_tours = count_events(scenario, self.plan.policy, execution)
            what = f"kernel events a patrol, `{execution}`, {self.plan.n_days} days"
            yield Row("events", what, "events", n_events / n_tours, budget=budget)

    def _memory(self) -> Iterator[Row]:
        year, horizon, policy = self.plan.load(), self.plan.load_horizon(), self.plan.policy
        start, end = (day.year for day in self.plan.horizon)
        days = f"{self.plan.n_days} days"
        for what, scenario in ((days, year), (f"{start} to {end}", horizon)):
            peak_mb = peak_bytes(scenario, policy) / _BYTES_PER_MB
            yield Row("memory", f"peak resident memory above import, {what}", "MB", peak_mb, budget=100)
        peak_mb = peak_bytes(year, policy, traced=True) / _BYTES_PER_MB
        yield Row("memory", f"peak allocations that tracemalloc sees, {days}", "MB", peak_mb)

    def _workers(self) -> Iterator[Row]:
        scenario = self.plan.load(self.plan.worker_days)
        n = self.plan.n_replications
        measured = [
            measure_speedup(scenario, self.plan.growth_troops[0], n)
            for _ in range(min(self.n_rounds, _MOST_WORKER_ROUNDS))
        ]
        note = ""
        if not all(one.cores_were_idle for one in measured):
            others = [one.others for one in measured if one.others is not None]
            note = f"not judged: others used {max(others):.1f} cores" if others else "not judged: load unknown"
        what = f"2 workers against 1, {n} replications of {self.plan.worker_days} days, wall clock"
        ratios = spread([one.ratio for one in measured])
        yield row_of("workers", what, "x", ratios, budget=1.6, is_floor=True, note=note)

    def _help(self) -> Iterator[Row]:
        yield row_of("help", "CPU of `peacesim --help`", "ms", help_cpu_ms(_N_HELP_RUNS), budget=150)
        heavy = heavy_imports_of_help()
        what = "NumPy and SimPy imported by it" + (f" ({', '.join(heavy)})" if heavy else "")
        yield Row("help", what, "packages", len(heavy), budget=0)
