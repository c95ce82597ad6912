"""Design points: what an experiment runs, in the order in which its results are listed."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.engines import Job
from sim.response_list import RESPONSES
from sim.scenario.origin import Origin

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


class DesignError(ValueError):
    """An experiment that cannot be run as asked."""


@dataclass(frozen=True, slots=True)
class DesignPoint:
    """`n_replications` of `policy` with `troops` soldiers, or at the policy's own strength when `troops` is None."""

    policy: str
    troops: int | None
    n_replications: int


def design(
    scenario: Scenario,
    troops: Iterable[int] | None = None,
    replications: int | None = None,
    policies: Iterable[str] | None = None,
) -> list[DesignPoint]:
    """List the design points of a scenario's experiment.

    Parameters
    ----------
    scenario : Scenario
        Its `experiment` says what to run.
    troops : iterable of int, optional
        Troop levels [soldiers] instead of the experiment's; no policy is then run at its own strength.
    replications : int, optional
        Replications of each design point instead of the experiment's.
    policies : iterable of str, optional
        Policies instead of the experiment's.

    Returns
    -------
    list of DesignPoint
        Policies in the order of the file; within a policy its own strength first, then troop levels upwards.

    Raises
    ------
    DesignError
        If a policy is unknown, a number is out of bounds, or nothing is left to run.
    """
    scenario = as_asked(scenario, troops=troops, replications=replications, policies=policies)
    experiment = scenario.experiment
    chosen = [key for key in scenario.policy if not experiment.policies or key in experiment.policies]
    levels: list[int | None] = [*([None] if experiment.timeline else []), *sorted(set(experiment.troops))]
    if not levels:
        raise DesignError("nothing to run: the experiment has neither a timeline nor troop levels")
    if scenario.strength == 0 and any(levels):
        raise DesignError("troops cannot be shared out: every contingent's strength is 0")
    return [DesignPoint(policy, level, experiment.replications) for policy in chosen for level in levels]


def as_asked(
    scenario: Scenario,
    *,
    troops: Iterable[int] | None = None,
    replications: int | None = None,
    policies: Iterable[str] | None = None,
    seed: int | None = None,
    timeline: bool | None = None,
) -> Scenario:
    """Return the scenario with its experiment changed as asked; the changes are recorded as the caller's.

    Raises
    ------
    DesignError
        If a policy is unknown or a number is out of bounds.
    """
    changes: dict[str, object] = {}
    if troops is not None:
        changes |= {"troops": _whole("troops", troops), "timeline": False}
    if timeline is not None:
        changes["timeline"] = timeline
    if replications is not None:
        changes["replications"] = replications
    if policies is not None:
        changes["policies"] = [policies] if isinstance(policies, str) else list(policies)
        if not changes["policies"]:
            raise DesignError("nothing to run: no policy is named")
    if seed is not None:
        changes["seed"] = seed
    changed = _with_experiment(scenario, changes) if changes else scenario
    for key in changed.experiment.policies:
        if key not in scenario.policy:
            allowed = ", ".join(scenario.policy)
            where = f" in {scenario.name}" if scenario.name else ""
            raise DesignError(f"no policy {key!r}{where}; allowed: {allowed}{nearest(key, scenario.policy)}")
    return changed


def check_response(name: str) -> None:
    """See that there is a response of a name.

    Raises
    ------
    DesignError
        If there is none; the nearest name is told.
    """
    if name not in RESPONSES:
        raise DesignError(f"no response {name!r}; allowed: {', '.join(RESPONSES)}{nearest(name, RESPONSES)}")


def nearest(name: str, names: Iterable[str]) -> str:
    """What a message about an unknown name ends with: the name that may have been meant, or nothing."""
    by_lower_case = {one.lower(): one for one in names}
    near = difflib.get_close_matches(name.lower(), by_lower_case, 1)
    return f"; did you mean {by_lower_case[near[0]]}?" if near else ""


def check_layout(scenario: Scenario) -> None:
    """Lay out the scenario's theatre.

    Raises
    ------
    DesignError
        If it cannot be laid out: an outline without area, a sector too small for a patrol area.
    """
    from sim.model import layout_of

    try:
        layout_of(scenario)
    except ValueError as error:
        raise DesignError(f"the theatre of {scenario.name} cannot be laid out: {error}") from None


def jobs_of(scenario: Scenario, points: Sequence[DesignPoint]) -> list[Job]:
    """Jobs of the design points, in the order of their results."""
    seed = scenario.experiment.seed
    return [Job(p.policy, p.troops, replication, seed) for p in points for replication in range(p.n_replications)]


def in_rounds(jobs: Iterable[Job]) -> list[Job]:
    """Order jobs for running: round after round of replications, in each the timelines, then the highest troop levels.

    Rounds give every design point its share should the run be stopped, and make the time that is left foreseeable; in
    a round long jobs come first, since those that start last leave the other cores idle.
    """
    return sorted(jobs, key=lambda job: (job.replication, job.troops is not None, -(job.troops or 0)))


def traced(scenario: Scenario, replications: Iterable[int]) -> frozenset[int]:
    """Check the replications of each design point whose trace is to be kept.

    Raises
    ------
    DesignError
        If one is not among those of the scenario's experiment.
    """
    numbers = _whole("trace", replications)
    n_run = scenario.experiment.replications
    for number in numbers:
        if not 0 <= number < n_run:
            run = "only replication 0 is" if n_run == 1 else f"replications 0 to {n_run - 1} are"
            raise DesignError(f"trace: {number} is not run; {run}")
    return frozenset(numbers)


def _whole(name: str, values: Iterable[int]) -> list[int]:
    numbers = [values] if isinstance(values, int) else list(values)
    for number in numbers:
        if number != int(number):
            raise DesignError(f"{name}: {number} is not a whole number")
    return [int(number) for number in numbers]


def _with_experiment(scenario: Scenario, changes: Mapping[str, object]) -> Scenario:
    from pydantic import ValidationError

    from sim.scenario.schema import Experiment

    values: dict[str, Any] = scenario.experiment.model_dump()
    try:
        experiment = Experiment.model_validate(values | dict(changes))
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise DesignError("; ".join(faults)) from None
    changed = scenario.model_copy(update={"experiment": experiment})
    replaced = {f"experiment.{name}" for name in changes}
    changed._settings = tuple(one for one in scenario.settings if one.partition("=")[0].strip() not in replaced)
    changed._provenance = (
        *(origin for origin in scenario.provenance if origin.key not in replaced),
        *(_origin(scenario, key, value) for key, value in changes.items()),
    )
    return changed


def _origin(scenario: Scenario, name: str, value: object) -> Origin:
    key = f"experiment.{name}"
    shown = tuple(value) if isinstance(value, list) else value
    before = [origin for origin in scenario.provenance if origin.key == key]
    blank = before[0] if before else Origin(key, shown, "", "", "", None)
    return dataclasses.replace(blank, value=shown, source="set by the caller", file="", line=None)
