"""What keeps a reader from taking an answer for more than it is: what it is made of, and what intervals leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sim.report.sources import rows_of
from sim.report.words import plain

if TYPE_CHECKING:
    from sim.experiment import Results
    from sim.report.subject import Part, Subject
    from sim.scenario.schema import Scenario

_WEIGHTS = {
    "patrol_coverage": "weight_patrols",
    "site_protection": "weight_sites",
    "checkpoint_fill": "weight_checkpoints",
    "crossing_fill": "weight_crossing_points",
}
_COUNTS = ("none", "one", "two", "three", "four")
_ALL = 0.9995
"""A share that reads as 100 %."""
_NEARLY_ALL = 0.99
_NEAR = 0.02
_MOST_SCENARIOS = 3


def parts_of_coverage(subject: Subject) -> str:
    """What coverage is the mean of, and these parts where most troops are; empty if no answer is of coverage."""
    said = (_parts(*point) for point in _points(subject))
    return " ".join(list(dict.fromkeys(one for one in said if one))[:_MOST_SCENARIOS])


def limits(subject: Subject) -> str:
    """What intervals do not say, and how much of what is simulated is assumed."""
    n_runs = (row["n_replications"] for part in subject.parts for row in part.manifest["ran"])
    luck = (
        "Intervals show the luck of the simulation alone, not the uncertainty of what is assumed. "
        if max(n_runs, default=0) > 1
        else ""
    )
    assumed = {part.scenario.name: _assumed(part.scenario) for part in subject.parts}
    is_one = len(set(assumed.values())) == 1
    said = [one if is_one else f"{name}: {one}" for name, one in assumed.items()][: 1 if is_one else _MOST_SCENARIOS]
    rest = "" if is_one or len(assumed) <= _MOST_SCENARIOS else " Those of the other scenarios are in the tables below."
    return f"{luck}{' '.join(said)}{rest}"


def _assumed(scenario: Scenario) -> str:
    rows = rows_of(scenario)
    n = sum(row.kind == "assumed" for row in rows)
    if n in (0, len(rows)):
        return f"{'None' if n == 0 else 'Each'} of the scenario's {len(rows):,} numbers is an assumption."
    tasks = [row.kind == "assumed" for row in rows if row.key.startswith("tasks.")]
    among = f"all {len(tasks):,}" if all(tasks) else f"{sum(tasks):,} of the {len(tasks):,}"
    and_tasks = f", {among} of the task list among them" if any(tasks) else ""
    are = "is an assumption" if n == 1 else "are assumptions"
    return f"{n:,} of the scenario's {len(rows):,} numbers {are}{and_tasks}."


def _points(subject: Subject) -> Iterator[tuple[Results, str, int | None]]:
    """Where the parts are told: of the baseline, or at the highest level, or else of the first policy."""
    comparison = subject.comparison
    if comparison is not None:
        baseline = comparison.alternatives[comparison.baseline]
        if comparison.response == "coverage":
            yield comparison.results[baseline.scenario], baseline.policy, baseline.troops
        return
    for part in subject.parts:
        yield from _points_of_run(part)


def _points_of_run(part: Part) -> Iterator[tuple[Results, str, int | None]]:
    from sim.plots.data import policies

    results = part.results
    is_other = part.minimum is not None and (
        part.minimum.question.response != "coverage" or "all" not in part.minimum.question.sectors
    )
    for policy in policies(results, is_sweep=True):
        levels = sorted(
            int(row["troops"])
            for row in part.manifest["ran"]
            if row["policy"] == policy
            and row["troops"] is not None
            and not (is_other and part.is_of_the_search(policy, row["troops"]))
        )
        if levels:
            yield results, policy, levels[-1]
            return
    for policy in policies(results, is_sweep=False):
        yield results, policy, None
        return


def _parts(results: Results, policy: str, troops: int | None) -> str:
    scenario, table = results.scenario, results.summary()
    at = table["troops"].isna() if troops is None else table["troops"] == troops
    here = table[at & (table["policy"] == policy) & (table["sector"] == "all") & (table["n"] > 0)]
    means = dict(zip(here["response"], here["mean"], strict=True))
    there = [name for name, weight in _WEIGHTS.items() if name in means and getattr(scenario.coverage, weight) > 0]
    if not there:
        return ""
    where = "" if troops is None else f"at {troops:,} troops"
    if troops is None or len(scenario.policy) > 1:
        where += f"{' and ' if where else ''}with “{scenario.policy[policy].title}”"
    shares = ", ".join(f"{_name(name, scenario)} {_percent(means[name])}" for name in there)
    return f"Coverage is {_mean_of(scenario, there)}; {where}: {shares}.{_missed(results, policy, troops, means)}"


def _mean_of(scenario: Scenario, there: Sequence[str]) -> str:
    if len(there) == 1:
        return "here one share of the task list alone"
    weights = [getattr(scenario.coverage, _WEIGHTS[name]) for name in there]
    how = "equal weights" if len(set(weights)) == 1 else f"weights {' : '.join(map(plain, weights))}"
    return f"the mean, with the scenario's {how}, of {_COUNTS[len(there)]} shares of the task list"


def _missed(results: Results, policy: str, troops: int | None, means: Mapping[str, float]) -> str:
    """That patrols at random leave areas unvisited although all go out, where it is so."""
    from sim.scenario.policy_schema import Routing

    is_random = results.scenario.policy[policy].routing is Routing.RANDOM
    fill = means.get("patrol_fill", 0)
    if not is_random or fill < _NEARLY_ALL or means.get("patrol_coverage", 1) >= _ALL:
        return ""
    go_out = "All patrols go out there" if fill >= _ALL else f"Of the patrols {_percent(fill)} go out there"
    expected = results.expected
    law = expected[
        (expected["policy"] == policy)
        & (expected["troops"] == troops)
        & (expected["sector"] == "all")
        & (expected["response"] == "patrol_coverage")
    ]["value"].dropna()
    # Where law and simulation part, as in a small sector, the figure shows both: why takes more than a sentence.
    is_near = len(law) == 1 and abs(law.iloc[0] - means["patrol_coverage"]) <= _NEAR
    theory = f" (theory: {_percent(float(law.iloc[0]))} visited)" if is_near else ""
    return f" {go_out}, but to areas at random, so that some areas are missed{theory}."


def _name(response: str, scenario: Scenario) -> str:
    from sim.plots.comparing import response_name

    name = response_name(response).lower()
    return f"{name} in the last {plain(scenario.coverage.window_h)} h" if response == "patrol_coverage" else name


def _percent(share: float) -> str:
    tenths = round(100 * share, 1) if share >= _ALL else min(round(100 * share, 1), 99.9)
    return f"{plain(tenths)}\N{NO-BREAK SPACE}%"
