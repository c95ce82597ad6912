"""Results: the tables of an experiment, with the scenario that they are of."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim import store
from sim.engines import Outcome, Stage
from sim.experiment import tables
from sim.experiment.headline import COVERAGE, caption, headings, headline
from sim.experiment.outcomes import from_record
from sim.fingerprint import program

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """What an experiment gave.

    Attributes
    ----------
    scenario : Scenario
        As it was run.
    responses : DataFrame
        Long: scenario, policy, troops (missing: the policy's own strength over the horizon), replication, sector
        ("all": the theatre), response, unit, value (nan: no demand).
    series : DataFrame
        Daily, wide: scenario, policy, troops, replication, date, sector, then a column a response or quantity.
    response_times : DataFrame
        How soon incidents that were not planned were met, long: scenario, policy, troops, replication, sector, minute,
        n (how many were met in [minute, minute + 1) minutes; at 240 all that were met later, at inf those never met).
        Only rows with any; empty without incidents.
    expected : DataFrame
        What theory expects at each troop level: scenario, policy, troops, sector, response, value.
    failures : DataFrame
        Replications that failed: policy, troops, replication, stage, error. Those that failed at stage `trace` have
        responses and no trace.
    missing : DataFrame
        Replications that were asked for, of this run or an earlier one in the same folder, and have not been run:
        policy, troops, replication.
    program : mapping
        What made them: `code_sha256` and `numpy`, of this process or as the folder has it.
    """

    scenario: Scenario
    responses: pd.DataFrame
    series: pd.DataFrame
    response_times: pd.DataFrame
    expected: pd.DataFrame
    failures: pd.DataFrame
    missing: pd.DataFrame
    program: Mapping[str, str] = field(default_factory=program)

    @property
    def complete(self) -> bool:
        """Whether every replication asked for is there."""
        return self.failures.empty and self.missing.empty

    @property
    def n_replications(self) -> int:
        """Replications there are, over all design points."""
        return len(self.finished())

    def finished(self) -> list[tables.Key]:
        """(policy, troops or None, replication) of every replication there is, in the order of the tables."""
        with_series = set(tables.keys(self.series))
        return [key for key in tables.keys(self.responses) if key in with_series]

    def summary(self, confidence: float | None = None) -> pd.DataFrame:
        """Means over replications with half widths of their confidence intervals.

        Parameters
        ----------
        confidence : float, optional
            In (0, 1), instead of the experiment's.

        Returns
        -------
        DataFrame
            scenario, policy, troops, sector, response, unit, n (nan values are left out), mean, half_width, confidence.
        """
        from sim.statistics import summarise

        return summarise(self.responses, self.scenario.experiment.confidence if confidence is None else confidence)

    def only(self, wanted: Iterable[tables.Key]) -> Results:
        """The results of the wanted replications alone."""
        keys = list(wanted)
        return replace(
            self,
            responses=tables.only(self.responses, keys),
            series=tables.only(self.series, keys),
            response_times=tables.only(self.response_times, keys),
            failures=tables.only(self.failures, keys),
            missing=tables.only(self.missing, keys),
        )

    def joined(self, newer: Results) -> Results:
        """These results and newer ones of the same inputs; what either misses and neither has run is missing."""
        scenario = newer.scenario
        responses = tables.joined(scenario, self.responses, newer.responses)
        series = tables.joined(scenario, self.series, newer.series)
        run_again = set(newer.finished())
        still_failed = tables.only(self.failures, [key for key in tables.keys(self.failures) if key not in run_again])
        failures = tables.joined(scenario, still_failed, newer.failures)
        finished = set(tables.keys(responses))
        untraced = set(tables.keys(failures[failures["stage"] == str(Stage.TRACE)]))
        failed = [key for key in tables.keys(failures) if key not in finished or key in untraced]
        missing = tables.joined(scenario, self.missing, newer.missing)
        run = finished.union(failed)
        return Results(
            scenario,
            responses.assign(scenario=scenario.name),
            series.assign(scenario=scenario.name),
            tables.joined(scenario, self.response_times, newer.response_times).assign(scenario=scenario.name),
            _joined_expected(scenario, self.expected, newer.expected),
            tables.only(failures, failed),
            tables.only(missing, [key for key in tables.keys(missing) if key not in run]),
            self.program,
        )

    def write(self, directory: str | Path) -> None:
        """Write the results to a folder, joined to those of the same inputs that it may hold.

        Raises
        ------
        StoreError
            If it holds results of other inputs or cannot be written.
        """
        with store.open_folder(directory, self.scenario) as folder:
            kept = folder.read()
            write_to(folder, self if kept is None else from_kept(kept).joined(self))

    @classmethod
    def read(cls, directory: str | Path) -> Results:
        """Read the results that a folder holds, also while a run goes on in it or after one was killed.

        Raises
        ------
        StoreError
            If it holds none, or they cannot be read.
        """
        return from_kept(store.read(directory))

    def __repr__(self) -> str:
        state = "" if self.complete else f", {len(self.failures)} failed, {len(self.missing)} missing"
        return f"<Results of {self.scenario.title!r}: {self.n_replications} replications{state}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in headings(COVERAGE))
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in headline(self.summary()))
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        note = "" if self.complete else f"<p>{len(self.failures)} failed, {len(self.missing)} missing</p>"
        return (
            f"<table><caption>{html.escape(self.scenario.title)}: "
            f"{caption(self.scenario.experiment.confidence)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
        )


def write_to(folder: store.Folder, results: Results) -> None:
    """Write results to an open folder, in place of what it holds."""
    folder.write(
        results.scenario,
        {name: getattr(results, name) for name in store.TABLES},
        results.summary(),
        tables.records(results.failures),
        tables.to_ranges(results.missing),
    )


def plan_in(folder: store.Folder, results: Results) -> None:
    """Say in an open folder what is there and what is missing, before a run."""
    folder.plan(
        results.scenario,
        {name: getattr(results, name) for name in store.TABLES},
        tables.records(results.failures),
        tables.to_ranges(results.missing),
    )


def from_kept(kept: store.Kept) -> Results:
    """Results from what a folder holds.

    Replications of the tables that were cut off between two of them are left out; those of the journal are added.

    Raises
    ------
    StoreError
        If the journal holds what is no outcome.
    """
    names = ("responses", "series", "response_times", "expected")
    columns = (tables.RESPONSES, tables.SERIES, tables.RESPONSE_TIMES, tables.EXPECTED)
    found = {
        name: tables.typed(kept.tables[name]) if name in kept.tables else tables.frame([], columns_of)
        for name, columns_of in zip(names, columns, strict=True)
    }
    failures, missing = tables.frame(kept.failures, tables.FAILURES), tables.from_ranges(kept.missing)
    results = Results(kept.scenario, **found, failures=failures, missing=missing, program=kept.program)
    whole = results.finished()
    results = replace(
        results,
        responses=tables.only(results.responses, whole),
        series=tables.only(results.series, whole),
        response_times=tables.only(results.response_times, whole),
    )
    if not kept.records:
        return results
    try:
        outcomes = [from_record(record) for record in kept.records]
    except (ValueError, KeyError, TypeError) as error:
        raise store.StoreError(f"the {store.JOURNAL} of results holds what is no outcome ({error})") from error
    return results.joined(of_outcomes(kept.scenario, outcomes, held=set(whole)))


def of_outcomes(scenario: Scenario, outcomes: Sequence[Outcome], held: Collection[tables.Key]) -> Results:
    """Results of outcomes alone, without what theory expects; `held` has the replications there were before.

    What was held and was run again, for its trace, lacks nothing but that if it failed.
    """
    failed = [
        (*tables.key_of(o.job), str(Stage.TRACE if tables.key_of(o.job) in held else o.stage), o.error)
        for o in outcomes
        if o.stage is not None
    ]
    return Results(
        scenario,
        tables.tabulate_responses(scenario, outcomes),
        tables.tabulate_series(scenario, outcomes),
        tables.tabulate_response_times(scenario, outcomes),
        tables.frame([], tables.EXPECTED),
        tables.frame(failed, tables.FAILURES),
        tables.frame([], tables.MISSING),
    )


def _joined_expected(scenario: Scenario, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    both = [table.assign(replication=0) for table in (old, new)]
    return tables.joined(scenario, *both).drop(columns="replication").assign(scenario=scenario.name)
