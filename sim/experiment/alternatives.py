"""Alternatives: the policies of one or more scenarios, lined up replication by replication.

An *alternative* is a policy of a scenario, at its own strength or at a troop level. It is named by its policy, or
`file:policy` where several scenarios are compared, or by its file alone where each of those has one policy. The same
replication of two alternatives is a *pair*: they share random numbers, since streams are keyed by purpose and entity,
never by policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.differences import differences
from sim.experiment.points import DesignError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sim.experiment.results import Results
    from sim.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of those that are compared.

    Attributes
    ----------
    label
        Its name in tables and figures.
    title
        The policy's title.
    scenario
        Number of its scenario among those that are compared.
    policy
        Key of its policy.
    troops
        Its troop level [soldiers]; None: the policy's own strength.
    """

    label: str
    title: str
    scenario: int
    policy: str
    troops: int | None


def alternatives_of(scenarios: Sequence[Scenario], troops: int | None) -> list[Alternative]:
    """What is compared: the policies that the scenarios' experiments run, in the order of files and policies.

    Raises
    ------
    DesignError
        If there are fewer than two, or scenarios are of different worlds.
    """
    run = [
        [key for key in one.policy if not one.experiment.policies or key in one.experiment.policies]
        for one in scenarios
    ]
    found = []
    for number, (scenario, policies) in enumerate(zip(scenarios, run, strict=True)):
        for key in policies:
            label = key if len(scenarios) == 1 else f"{scenario.name}:{key}"
            if len(scenarios) > 1 and all(len(one) == 1 for one in run):
                label = scenario.name
            found.append(Alternative(label, scenario.policy[key].title, number, key, troops))
    if len(found) < 2:
        raise DesignError(
            "nothing to compare: there is one policy; give another, or another scenario (docs/comparing.md says how)"
        )
    labels = [one.label for one in found]
    for label in labels:
        if labels.count(label) > 1:
            raise DesignError(f"two alternatives are called {label!r}: compare files of different names")
    for other in scenarios[1:]:
        _check_worlds(scenarios[0], other, is_held=troops is not None)
    return found


_WORLD: Any = {
    "horizon": True,
    "coverage": True,
    "theatre": {
        "area_km2": True,
        "outline": True,
        "n_patrol_areas": True,
        "share_of_people_at_seat": True,
        "sectors": {"__all__": {"lat", "lon"}},
        "municipalities": {"__all__": {"sector", "lat", "lon", "area_km2", "population", "risk"}},
    },
}
"""What two scenarios must share for their replications to be pairs; posts and tasks may be what is compared, not
how coverage is reckoned."""


def _check_worlds(one: Scenario, other: Scenario, *, is_held: bool) -> None:
    """See that two scenarios are of the same days and areas; at a troop level, that it is held as long.

    Raises
    ------
    DesignError
        If not; says which files, and in which keys.
    """
    include = _WORLD | ({"experiment": {"sweep_days"}} if is_held else {})
    first, second = (scenario.model_dump(mode="json", include=include) for scenario in (one, other))
    found = differences(first, second, 3, (f"in {one.name}", f"in {other.name}"))
    if found:
        raise DesignError(
            f"{one.name} and {other.name} cannot be compared replication by replication: their days, areas "
            f"or yardsticks differ. What differs: {', '.join(found)}"
        )


def aligned(
    results: Sequence[Results], alternatives: Sequence[Alternative], response: str, sector: str
) -> NDArray[np.float64]:
    """Values of a response, shape (alternatives, replications); nan where a replication has none.

    Columns are replications from 0 up to the last that any alternative has.
    """
    import numpy as np

    columns = []
    for one in alternatives:
        rows = of_alternative(results[one.scenario].responses, one, sector)
        columns.append(rows.loc[rows["response"] == response, ["replication", "value"]].to_numpy(dtype=np.float64))
    n = max((int(column[:, 0].max(initial=-1)) + 1 for column in columns), default=0)
    table = np.full((len(columns), n), np.nan)
    for row, column in enumerate(columns):
        table[row, column[:, 0].astype(np.int64)] = column[:, 1]
    return table


def of_alternative(table: pd.DataFrame, one: Alternative, sector: str) -> pd.DataFrame:
    """The rows of a table of results that are of an alternative, in a sector ("all": the theatre)."""
    level = table["troops"].isna() if one.troops is None else table["troops"].eq(one.troops).fillna(False)
    return table[(table["policy"] == one.policy) & level & (table["sector"] == sector)]


def daily(results: Results, one: Alternative, column: str, sector: str = "all") -> pd.DataFrame:
    """A column of the daily series of an alternative: a row a replication, a column a day."""
    return of_alternative(results.series, one, sector).pivot(index="replication", columns="date", values=column)
