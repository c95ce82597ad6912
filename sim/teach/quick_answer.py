"""What if: one troop level of a scenario with a few numbers changed, answered while somebody waits.

An *answer* has the curve of coverage against troops that theory expects, a few short replications at the level asked
for, and the map at an hour of the first of them. What is shortened against the file stands in its `words`. Nothing
here needs a notebook; :mod:`sim.teach.widget` puts sliders in front of it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, SupportsFloat

from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.layers import SETTINGS
from sim.scenario.schema import VehicleRuns
from sim.teach import places

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Results
    from sim.plots import Plot

DEFAULT = "kfor-2001"
N_DAYS, WARM_UP_H, MAP_AT_H = 5, 48.0, 60
"""What is run at most: days after the warm-up [d] and its length [h]; and when the map is drawn [h]."""

LEAST_N, MOST_N = 4, 20
_SOLDIERS = 100_000
"""Soldiers in all replications together: small forces cost less and vary more, and get more replications."""

_MOST_LEVELS, _LEAST_LEVELS = 12, 8


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """What a force of one size does; a notebook shows it by itself.

    Attributes
    ----------
    figure : Plot
        Coverage against troops by theory, the level simulated on top of it.
    drawn_map : callable
        Draws `map`.
    table : DataFrame
        A row a response of the theatre: response, unit, n, mean, half_width, confidence, expected (by theory; nan
        where there is no law).
    headline : str
        What was asked, and the coverage, in a sentence.
    words : str
        What is shortened against the file.
    """

    figure: Plot
    drawn_map: Callable[[], Plot]
    table: pd.DataFrame
    headline: str
    words: str

    @functools.cached_property
    def map(self) -> Plot:
        """The theatre at an hour of the first replication; drawn when first asked for, as it takes longest."""
        return self.drawn_map()

    def __repr__(self) -> str:
        return f"{self.headline}\n{self.table.to_string(index=False)}\n{self.words}"

    def _repr_html_(self) -> str:
        from sim.teach.answer_html import answer_html

        return answer_html(self)


@dataclass(frozen=True, slots=True)
class Range:
    """What a slider may be set to, and where it begins."""

    start: float
    lowest: float
    highest: float
    step: float


@dataclass(frozen=True, slots=True)
class Ranges:
    """Where the sliders of a scenario begin and end.

    Attributes
    ----------
    troops : Range
        [soldiers]
    patrols_per_day : Range
        [1/day]
    window_h : Range
        [h]
    routing : str
        As the file has it.
    """

    troops: Range
    patrols_per_day: Range
    window_h: Range
    routing: str


def answer(
    scenario: str | Path | Scenario,
    troops: int,
    patrols_per_day: float | None = None,
    window_h: float | None = None,
    routing: str | None = None,
) -> Answer:
    """What a force of one size does, with some numbers of the task list changed.

    Parameters
    ----------
    scenario : str, Path or Scenario
        Name of a scenario that is shipped, path of a file, or what was loaded from one. Its first policy is run.
    troops : int
        Strength, held constant [soldiers].
    patrols_per_day : float, optional
        Tours tasked in the theatre [1/day]; as in the file when left out, like all that follows.
    window_h : float, optional
        A patrol area is covered while its last visit is at most so long ago [h].
    routing : str
        How the areas of a tour are chosen: random, systematic, by_population, by_risk or longest_unvisited.

    Returns
    -------
    Answer
        The same for the same arguments.

    Raises
    ------
    ScenarioError
        If a number is not one that the file could have, or the file cannot be used.
    DesignError
        If the troop level is out of bounds or the theatre cannot be laid out.
    RuntimeError
        If a replication fails.
    TypeError
        If the strength is no whole number.

    Examples
    --------
    >>> answer("lesson", 300, window_h=8).table["response"].to_list()[:2]
    ['coverage', 'patrol_coverage']
    """
    import sim.experiment
    from sim.plots.what_if import coverage_at_a_level

    troops = _whole(troops)
    path, own = _file_of(scenario)
    given = load(path, settings=own)
    policy, levels = _policy_of(given), _levels(given)
    asked = {
        "tasks.patrols.per_day": patrols_per_day,
        "coverage.window_h": window_h,
        f"policy.{policy}.routing": routing,
    }
    settings = {key: value for key, value in asked.items() if value is not None}
    changed = load(path, settings=own | _shortened(given, window_h) | settings)
    n = min(max(_SOLDIERS // max(levels), LEAST_N), MOST_N)
    results = sim.experiment.run(changed, troops=[troops], replications=n, policies=[policy])
    if not results.failures.empty:
        raise RuntimeError(f"a replication failed: {results.failures['error'].iloc[0]}")
    law = _law(changed.model_copy(update={"horizon": given.horizon, "experiment": given.experiment}), policy, levels)
    table = _table(results)
    return Answer(
        figure=coverage_at_a_level(results, law, _law(given, policy, levels)),
        drawn_map=functools.partial(_map, changed, policy, troops),
        table=table,
        headline=_headline(changed, policy, troops, table),
        words=_words(given, results.scenario),
    )


def _whole(troops: object) -> int:
    if isinstance(troops, bool) or not isinstance(troops, SupportsFloat) or not float(troops).is_integer():
        raise TypeError(f"troops are a whole number of soldiers, like 300; found {troops!r}")
    return round(float(troops))


def ranges(scenario: str | Path | Scenario) -> Ranges:
    """Where sliders for a scenario begin and end.

    Raises
    ------
    ScenarioError
        If the file cannot be used.
    """
    path, own = _file_of(scenario)
    given = load(path, settings=own)
    patrols, window_h = given.tasks.patrols.per_day, given.coverage.window_h
    most_patrols, most_h = 2.0 * patrols or 10.0, max(24.0, 2 * window_h)
    top = max(_levels(given))
    return Ranges(
        troops=Range(min(given.strength, top), 0, top, max(1, _round_step(top / 250))),
        patrols_per_day=Range(patrols, 0, most_patrols, _round_step(most_patrols / 250)),
        window_h=Range(window_h, 0.5, most_h, 0.5),
        routing=given.policy[_policy_of(given)].routing.value,
    )


def in_a_sentence(error: Exception) -> str:
    """What went wrong, for somebody who moved a slider."""
    if isinstance(error, ScenarioError):
        return "; ".join(": ".join(filter(None, (one.key, one.message))) for one in error.faults) + "."
    return f"{str(error) or type(error).__name__}."


def _file_of(scenario: str | Path | Scenario) -> tuple[Path, dict[str, object]]:
    """The file of a scenario and the settings it was loaded with."""
    if isinstance(scenario, str) and not scenario.endswith(".toml"):
        path = places.SCENARIOS / f"{scenario}.toml"
        if not path.is_file():
            places.scenario(scenario)  # raises, and says which there are
        return path, {}
    if isinstance(scenario, str | Path):
        return Path(scenario), {}
    if not isinstance(scenario, Scenario):
        raise TypeError(f"{scenario!r} is neither the name of a scenario, nor the path of a file, nor a scenario")
    files = [
        origin.file
        for origin in scenario.provenance
        if Path(origin.file).stem == scenario.name and not origin.key.startswith("theatre.")
    ]
    own = {
        origin.key: list(origin.value) if isinstance(origin.value, tuple) else origin.value
        for origin in scenario.provenance
        if origin.file == SETTINGS
    }
    if not files or load(files[0], settings=own).inputs_sha256 != scenario.inputs_sha256:
        raise TypeError("no file has this scenario as it is now; give the path of a file that says what it is")
    return Path(files[0]), own


def _policy_of(scenario: Scenario) -> str:
    """The first policy that the experiment runs."""
    return next(iter(scenario.experiment.policies or scenario.policy))


def _shortened(given: Scenario, window_h: float | None) -> dict[str, object]:
    """Settings for runs that are over at once; a warm-up is never shorter than twice the window, if the file's is."""
    window_h = given.coverage.window_h if window_h is None else window_h
    settings: dict[str, object] = {
        "horizon.warm_up_h": min(given.warm_up_h, max(WARM_UP_H, 2 * window_h)),
        "experiment.sweep_days": min(given.experiment.sweep_days, N_DAYS),
    }
    return settings if given.vehicles is None else settings | {"vehicles.runs": VehicleRuns.NONE.value}


def _levels(scenario: Scenario) -> list[int]:
    """Troop levels of the curve, from 0: those of the file if there are enough, thinned if there are many."""
    own = sorted({0, *scenario.experiment.troops})
    if len(own) < _LEAST_LEVELS:
        top = max(own[-1], scenario.strength, 10)
        return [round(top * step / _MOST_LEVELS) for step in range(_MOST_LEVELS + 1)]
    n_kept = min(len(own), _MOST_LEVELS + 1)
    return [own[round(index * (len(own) - 1) / (n_kept - 1))] for index in range(n_kept)]


@dataclass(frozen=True, slots=True)
class _Inputs:
    """A scenario, equal to another if all is that can change a replication."""

    sha256: str
    scenario: Scenario = field(compare=False, repr=False)


def _law(scenario: Scenario, policy: str, levels: Sequence[int]) -> pd.DataFrame:
    """What theory expects in the theatre at each level: troops, response, value."""
    return _law_of(_Inputs(scenario.inputs_sha256, scenario), policy, tuple(levels))


@functools.lru_cache(maxsize=100)
def _law_of(inputs: _Inputs, policy: str, levels: tuple[int, ...]) -> pd.DataFrame:
    """The law: most of an answer's time, and the same while only troops change."""
    import pandas as pd

    from sim.expectation import expected_responses

    rows = [
        (troops, response, value)
        for troops in levels
        for sector, response, value in expected_responses(inputs.scenario, policy, troops)
        if sector == "all"
    ]
    return pd.DataFrame(rows, columns=["troops", "response", "value"])


def _table(results: Results) -> pd.DataFrame:
    """The headline, what it is made of, and the tours sent out, with what theory expects of each."""
    from sim.plots.style import LOOKS

    names = [*LOOKS, "patrols_per_day"]
    summary, expected = results.summary(), results.expected
    rows = summary[(summary["sector"] == "all") & summary["response"].isin(names)].set_index("response")
    law = expected[expected["sector"] == "all"].set_index("response")["value"]
    table = rows.loc[[name for name in names if name in rows.index and rows.loc[name, "n"]]].reset_index()
    table["expected"] = table["response"].map(law)
    return table[["response", "unit", "n", "mean", "half_width", "confidence", "expected"]]


def _map(scenario: Scenario, policy: str, troops: int) -> Plot:
    """The theatre at an hour of replication 0, as it was measured."""
    from sim.model import replicate
    from sim.plots import theatre_map
    from sim.responses.snapshot import ending_after, take_snapshot

    at_s = MAP_AT_H * 3600
    beginning = ending_after(scenario, at_s)
    trace = replicate(beginning, policy, troops=troops, seed=scenario.experiment.seed, replication=0)
    return theatre_map(scenario, take_snapshot(scenario, trace, at_s))


def _headline(scenario: Scenario, policy: str, troops: int, table: pd.DataFrame) -> str:
    row = table[table["response"] == "coverage"].iloc[0] if "coverage" in set(table["response"]) else None
    found = "" if row is None else f": coverage {row['mean']:.3f} ± {row['half_width']:.3f}"
    return (
        f"{troops:,} soldiers, {scenario.tasks.patrols.per_day:g} patrols a day, window {scenario.coverage.window_h:g} "
        f"h, routing {scenario.policy[policy].routing.replace('_', ' ')}{found}"
    )


def _words(given: Scenario, run: Scenario) -> str:
    """What was run, against what the file asks for."""
    from sim.plots.map import when

    there, here = given.experiment, run.experiment
    asked = f"{there.replications} replications of {there.sweep_days} days after {given.warm_up_h:g} h"
    done = f"{here.replications} replications of {here.sweep_days} days after a warm-up of {run.warm_up_h:g} h"
    is_less = here.replications * here.sweep_days < there.replications * there.sweep_days
    wider = "; so its intervals are wider" if is_less else ""
    no_traffic = given.vehicles is not None and given.vehicles.runs is VehicleRuns.ALL
    traffic = ", without the vehicles at posts" if no_traffic else ""
    return (
        f"To answer at once, this ran {done}{traffic}. For a troop level the file {given.name} asks for {asked}"
        f"{wider}. The map is replication 0 at {when(run, MAP_AT_H * 3600)}. Seed {here.seed}: the same question gets "
        "the same answer."
    )


def _round_step(step: float) -> float:
    """The least of 1, 2, 5, 10, 20, 50 and so on, or their tenths, that is no less.

    Examples
    --------
    >>> [_round_step(step) for step in (200, 64, 2.4, 0.072)]
    [200.0, 100.0, 5.0, 0.1]
    """
    unit = 10.0 ** math.floor(math.log10(step))
    return round(next(unit * one for one in (1, 2, 5, 10) if unit * one >= step * (1 - 1e-9)), 9)
