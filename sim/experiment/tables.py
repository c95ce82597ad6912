"""Tables of replications: built from outcomes, joined, cut down, always in the same order.

Rows are ordered by policy as in the scenario file, by troop level with the policy's own strength (missing `troops`)
first, by replication, and within one as measured: sectors as in the file with "all" last, responses as defined. A
*key* is (policy, troops or None, replication).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.engines import Job, Outcome

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.schema import Scenario

Key = tuple[str, int | None, int]

RESPONSES = ("scenario", "policy", "troops", "replication", "sector", "response", "unit", "value")
SERIES = ("scenario", "policy", "troops", "replication", "date", "sector")
RESPONSE_TIMES = ("scenario", "policy", "troops", "replication", "sector", "minute", "n")
EXPECTED = ("scenario", "policy", "troops", "sector", "response", "value")
FAILURES = ("policy", "troops", "replication", "stage", "error")
TEXT = ("scenario", "policy", "sector", "response", "unit", "stage", "error")
MISSING = ("policy", "troops", "replication")


def key_of(job: Job) -> Key:
    """The key of a job's replication."""
    return job.policy, job.troops, job.replication


def tabulate_responses(scenario: Scenario, outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Responses of finished replications, long: a row a replication, sector and response."""
    done = [(o.job, o.measured) for o in outcomes if o.measured is not None]
    rows = [(scenario.name, *key_of(job), *row) for job, measured in done for row in measured.responses]
    return frame(rows, RESPONSES)


def tabulate_response_times(scenario: Scenario, outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """How soon incidents of finished replications were met, long: a row a replication, sector and minute with any."""
    done = [(o.job, o.measured) for o in outcomes if o.measured is not None]
    rows = [(scenario.name, *key_of(job), *row) for job, measured in done for row in measured.response_times]
    return frame(rows, RESPONSE_TIMES)


def tabulate_series(scenario: Scenario, outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Daily series of finished replications, wide: a row a replication, day and sector."""
    import numpy as np
    import pandas as pd

    done = [(o.job, o.measured.series) for o in outcomes if o.measured is not None]
    if not done:
        return frame([], SERIES)
    jobs, series = [job for job, _ in done], [columns for _, columns in done]
    n_rows = [len(columns["day"]) for columns in series]

    # A table of one replication each, joined, would take several times the memory and time.
    def label(codes: Any, labels: Sequence[str]) -> Any:
        return pd.array(labels, dtype="str").take(codes)

    policies = list(scenario.policy)
    troops = pd.array([job.troops for job in jobs], dtype="Int64")
    days = np.concatenate([columns["day"] for columns in series]).astype("timedelta64[D]")
    table = {
        "scenario": label(np.zeros(len(days), dtype=np.intp), [scenario.name]),
        "policy": label(np.repeat([policies.index(job.policy) for job in jobs], n_rows), policies),
        "troops": troops.take(np.repeat(np.arange(len(jobs)), n_rows)),
        "replication": np.repeat([job.replication for job in jobs], n_rows),
        "date": (np.datetime64(scenario.horizon.start, "D") + days).astype("datetime64[us]"),
        "sector": label(np.concatenate([columns["sector"] for columns in series]), [*scenario.theatre.sectors, "all"]),
    }
    quantities = {name: None for columns in series for name in columns if name not in ("day", "sector")}
    for name in quantities:
        table[name] = np.concatenate([np.asarray(columns[name], dtype=np.float64) for columns in series])
    return typed(pd.DataFrame(table, copy=False))


def frame(rows: Sequence[Sequence[object]] | Sequence[Mapping[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    """Make a table with the column types of all our tables, from rows or records."""
    import pandas as pd

    return typed(pd.DataFrame(list(rows), columns=list(columns)))


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """Give columns their types: text, nullable whole troops, whole numbers, dates to the microsecond, floats."""
    types: dict[str, Any] = dict.fromkeys(TEXT, "str")
    types |= {"troops": "Int64", "replication": "int64", "n": "int64", "date": "datetime64[us]"}
    return table.astype({name: types.get(name, "float64") for name in table.columns})


def keys(table: pd.DataFrame) -> list[Key]:
    """Keys of a table in order of their first row."""
    found = table[list(MISSING)].drop_duplicates()
    return [
        (policy, None if troops < 0 else int(troops), int(replication))
        for policy, troops, replication in zip(
            found["policy"], found["troops"].fillna(-1), found["replication"], strict=True
        )
    ]


def only(table: pd.DataFrame, wanted: Iterable[Key]) -> pd.DataFrame:
    """The rows whose key is wanted, in their order."""
    import pandas as pd

    troops = table["troops"].fillna(-1).astype("int64")
    index = pd.MultiIndex.from_arrays([table["policy"], troops, table["replication"]])
    allowed = [(policy, -1 if troops is None else troops, replication) for policy, troops, replication in wanted]
    if not allowed or table.empty:
        return table.iloc[:0]
    is_wanted = index.isin(allowed)
    return table if is_wanted.all() else table[is_wanted].reset_index(drop=True)


def joined(scenario: Scenario, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Both tables in the order of all tables; where a key is in both, its rows of `new` stand."""
    import pandas as pd

    renewed = set(keys(new))
    parts = [only(old, [key for key in keys(old) if key not in renewed]), new]
    parts = [part for part in parts if not part.empty]
    if len(parts) < 2:
        return ordered(scenario, parts[0]) if parts else new
    return ordered(scenario, typed(pd.concat(parts, ignore_index=True)))


def ordered(scenario: Scenario, table: pd.DataFrame) -> pd.DataFrame:
    """Sort by policy, troops and replication; rows of one replication keep their order."""
    rank = {policy: i for i, policy in enumerate(scenario.policy)}
    if table.empty:
        return table
    order = (
        table[["troops", "replication"]]
        .assign(policy=table["policy"].map(rank), troops=table["troops"].fillna(-1))
        .sort_values(["policy", "troops", "replication"], kind="stable")
        .index
    )
    return table if order.is_monotonic_increasing else table.loc[order].reset_index(drop=True)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain records, a missing `troops` as None."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def to_ranges(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Keys by design point, runs of replications written as `3-9`."""
    points: dict[tuple[str, int | None], list[list[int]]] = {}
    for policy, troops, replication in keys(table):
        runs = points.setdefault((policy, troops), [])
        if runs and replication == runs[-1][1] + 1:
            runs[-1][1] = replication
        else:
            runs.append([replication, replication])
    return [
        {
            "policy": policy,
            "troops": troops,
            "replications": ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs),
        }
        for (policy, troops), runs in points.items()
    ]


def from_ranges(points: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Undo :func:`to_ranges`."""
    rows = []
    for point in points:
        for run in point["replications"].split(", "):
            first, _, last = run.partition("-")
            rows += [(point["policy"], point["troops"], r) for r in range(int(first), int(last or first) + 1)]
    return frame(rows, MISSING)
