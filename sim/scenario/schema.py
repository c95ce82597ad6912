"""What a scenario file may hold: one frozen pydantic model a table.

A *scenario* is data and runs no code. It names a *theatre* (where), a *force* of *contingents* (who), the *reference
task list* (what should be done, the same for every policy), one or more *policies* (who does what, and when the force
shrinks), and an *experiment* (what to run). Quantities carry their unit in their name; every table is keyed by a
short name, so that a scenario that extends another can change one number of it. A number that decides a result has no
default: it stands in a file, with its source.

Shapes and bounds are checked here, agreement between tables in :mod:`sim.scenario.agreement`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from sim.scenario.as_html import scenario_html
from sim.scenario.experiment_schema import Comparison, Experiment, Goal, GoalOf, Mark, Precision
from sim.scenario.incident_schema import (
    Answering,
    DatedIncident,
    IncidentKind,
    IncidentPlace,
    Incidents,
    Shock,
)
from sim.scenario.origin import Origin
from sim.scenario.policy_schema import Call, Command, Gate, Policy, Ramp, Routing, Stage, UnfixingRule
from sim.scenario.rule import DrawdownRule, fingerprint
from sim.scenario.task_schema import (
    Checkpoints,
    CrossingPoints,
    Departures,
    Duration,
    PatrolKind,
    Patrols,
    Reserve,
    Sites,
    Task,
    TaskChange,
    Tasks,
)
from sim.scenario.theatre_schema import Key, Positive, Share, Table, Theatre, Weight, Whole

__all__ = [
    "Answering",
    "Call",
    "Checkpoints",
    "Command",
    "Comparison",
    "Contingent",
    "Coverage",
    "CrossingPoints",
    "CrossingVehicles",
    "DatedIncident",
    "Departures",
    "Duration",
    "Experiment",
    "Force",
    "Gate",
    "Goal",
    "GoalOf",
    "Horizon",
    "IncidentKind",
    "IncidentPlace",
    "Incidents",
    "Mark",
    "PatrolKind",
    "Patrols",
    "Police",
    "Policy",
    "PostVehicles",
    "Precision",
    "Ramp",
    "Reserve",
    "ReserveForce",
    "Rotation",
    "Routing",
    "Scenario",
    "Shock",
    "Sites",
    "Stage",
    "Task",
    "TaskChange",
    "Tasks",
    "UnfixingRule",
    "VehicleRuns",
    "Vehicles",
]


class VehicleRuns(StrEnum):
    """Which runs simulate the vehicles at checkpoints and crossing points."""

    NONE = "none"
    TIMELINES = "timelines"
    ALL = "all"


class Horizon(Table):
    """The days that are simulated: [start, end), at midnight."""

    start: Annotated[dt.date, Field(description="First day of the run [date]")]
    end: Annotated[dt.date, Field(description="Day after the last day of the run [date]")]
    warm_up_h: Annotated[float, Field(ge=0, le=1e8, description="Hours cut off before responses are averaged [h]")]


class Force(Table):
    """How strength becomes sections on duty."""

    section_size: Annotated[float, Field(gt=0, le=1000, description="Soldiers in a section [soldiers]")]
    share_in_theatre: Annotated[Share, Field(description="Share of the strength inside the theatre [share]")]
    share_on_security_tasks: Annotated[Share, Field(description="Share of those that does security tasks [share]")]
    shift_h: Annotated[float, Field(gt=0, le=10_000, description="Length of a shift [h]")]
    n_shift_groups: Annotated[
        int, Field(ge=1, le=12, description="Groups that take turns, one on duty a shift [groups]")
    ]
    leave_days: Annotated[float, Field(ge=0, le=1e6, description="Days of leave in a leave cycle [d]")]
    leave_cycle_days: Annotated[float, Field(gt=0, le=1e6, description="Days from one leave to the next [d]")]
    absence_share: Annotated[Share, Field(description="Share of sections absent at random in a shift [share]")]


class Rotation(Table):
    """How often a contingent's soldiers are relieved, and what the *hand-over* that begins each tour costs."""

    tour_days: Annotated[float, Field(gt=0, le=1e6, description="Days that soldiers serve before the next come [d]")]
    hand_over_days: Annotated[
        float, Field(ge=0, le=1e6, description="Days that those who come and those who go spend side by side [d]")
    ]
    hand_over_output: Annotated[Share, Field(description="Share of the usual output in those days [share]")]


class Contingent(Table):
    """A nation's soldiers in one sector. Strengths under a stage are shared out in proportion to these.

    What its *caveats* rule out it does not do: tasks, and sectors that it may not be lent to.
    """

    nation: Annotated[str, Field(min_length=1, description="Nation, or nations, that its soldiers are of")]
    sector: Annotated[Key, Field(description="Sector of the theatre that it serves in")]
    strength: Annotated[int, Field(ge=0, le=10_000_000, description="Soldiers when the run starts [soldiers]")]
    rotation: Annotated[Key | None, Field(description="One of rotations; never relieved when left out")] = None
    will_not_do: Annotated[
        list[Annotated[Task, Field(strict=False)]], Field(description="Tasks that its caveats rule out")
    ] = []
    will_not_enter: Annotated[list[Key], Field(description="Sectors that it will not be lent to")] = []
    will_not_answer: Annotated[list[Key], Field(description="Kinds of incident that it will not be sent to")] = []


class ReserveForce(Table):
    """Soldiers outside the force who come when a policy calls them, and leave again."""

    nation: Annotated[str, Field(min_length=1, description="Nation, or nations, that its soldiers are of")]
    sector: Annotated[Key, Field(description="Sector of the theatre where it is based while it is there")]
    strength: Annotated[int, Field(ge=0, le=10_000_000, description="Soldiers [soldiers]")]
    lead_time_days: Annotated[float, Field(ge=0, le=1e6, description="From the call to its arrival [d]")]
    stays_days: Annotated[float, Field(gt=0, le=1e6, description="From its arrival to its departure [d]")]
    theatre_wide: Annotated[
        bool, Field(description="Answers incidents in every sector, after the sectors' own sections")
    ] = False
    will_not_do: Annotated[
        list[Annotated[Task, Field(strict=False)]], Field(description="Tasks that its caveats rule out")
    ] = []
    will_not_enter: Annotated[list[Key], Field(description="Sectors that it will not be sent or lent to")] = []
    will_not_answer: Annotated[list[Key], Field(description="Kinds of incident that it will not be sent to")] = []


class PostVehicles(Table):
    """The vehicles that come to each checkpoint, and how they are checked while it is manned."""

    per_day: Annotated[float, Field(ge=0, le=100_000, description="Vehicles that come to each post [1/day]")]
    by_hour: Annotated[
        list[Weight],
        Field(min_length=24, max_length=24, description="How they are spread over the hours of a day [weight]"),
    ]
    n_lanes: Annotated[int, Field(ge=1, le=8, description="Vehicles checked at a time at a manned post [lanes]")]
    check_min: Annotated[Duration, Field(description="Length of a check [min]")]


class CrossingVehicles(PostVehicles):
    """The same for crossing points; one that is not manned is closed."""

    per_day_of: Annotated[
        dict[Key, Annotated[float, Field(ge=0, le=100_000)]],
        Field(description="Vehicles that come to a crossing point of its own traffic [1/day]"),
    ] = {}


class Vehicles(Table):
    """Vehicles that are checked. They change nothing that troops do."""

    runs: Annotated[
        VehicleRuns,
        Field(strict=False, description="none, timelines (at a policy's own strength), or all (troop levels too)"),
    ]
    checkpoints: Annotated[PostVehicles | None, Field(description="None come to checkpoints when left out")] = None
    crossing_points: Annotated[
        CrossingVehicles | None, Field(description="None come to crossing points when left out")
    ] = None


class Coverage(Table):
    """What counts as covered."""

    window_h: Annotated[Positive, Field(description="An area is covered if visited within so long [h]")]
    weight_patrols: Annotated[Weight, Field(description="Weight of patrol_coverage in the headline [weight]")]
    weight_sites: Annotated[Weight, Field(description="Weight of site_protection in the headline [weight]")]
    weight_checkpoints: Annotated[Weight, Field(description="Weight of checkpoint_fill in the headline [weight]")]
    weight_crossing_points: Annotated[Weight, Field(description="Weight of crossing_fill in the headline [weight]")]


class Police(Table):
    """What the police give a site that was handed over."""

    protection_level: Annotated[Share, Field(description="Protection of a handed-over site; KFOR's guard is 1 [share]")]
    capacity_sites: Annotated[Whole, Field(description="Sites that the police can guard at a time [sites]")]


class Scenario(Table):
    """A whole scenario, validated and frozen. Made by :func:`sim.load`.

    Attributes beyond the tables: `name` (the file's stem), `provenance` (an :class:`Origin` for every number),
    `settings`, `run_length_h`, `warm_up_h`, `inputs_sha256`.
    """

    schema_version: Annotated[Literal[1], Field(description="Version of the file format")]
    title: Annotated[str, Field(min_length=1, description="Title, as tables and figures show it")]
    description: Annotated[str, Field(description="What it is about, in a few sentences")] = ""
    theatre: Theatre
    horizon: Horizon
    force: Force
    rotations: Annotated[dict[Key, Rotation], Field(description="How contingents are relieved")] = {}
    contingents: Annotated[dict[Key, Contingent], Field(description="Who serves where, by key")]
    reserves: Annotated[dict[Key, ReserveForce], Field(description="Who can be called in, by key")] = {}
    tasks: Tasks
    incidents: Annotated[Incidents | None, Field(description="No incidents when left out")] = None
    coverage: Coverage
    police: Police
    vehicles: Annotated[Vehicles | None, Field(description="No vehicles when left out")] = None
    policy: Annotated[dict[Key, Policy], Field(min_length=1, description="Policies to compare, by key")]
    marks: Annotated[dict[Key, Mark], Field(description="Troop levels worth a line in figures, by key")] = {}
    experiment: Experiment
    comparison: Annotated[Comparison | None, Field(description="How policies are compared; needed to compare them")] = (
        None
    )

    _name: str = PrivateAttr(default="")
    _provenance: tuple[Origin, ...] = PrivateAttr(default=())
    _settings: tuple[str, ...] = PrivateAttr(default=())
    _rules: dict[str, DrawdownRule] = PrivateAttr(default_factory=dict)

    @property
    def name(self) -> str:
        """Stem of the file it was read from."""
        return self._name

    @property
    def provenance(self) -> tuple[Origin, ...]:
        """Where each number comes from, in the order of the files."""
        return self._provenance

    @property
    def settings(self) -> tuple[str, ...]:
        """What was set from outside the file, as KEY=VALUE."""
        return self._settings

    @property
    def rules(self) -> Mapping[str, DrawdownRule]:
        """Drawdown rules, by the policy that they decide for; see :meth:`with_rule`."""
        return self._rules

    def with_rule(self, key: str, rule: DrawdownRule, *, like: str, title: str) -> Scenario:
        """The scenario with one more policy, whose strength a rule of one's own decides on.

        Parameters
        ----------
        key
            Of the new policy.
        rule
            What decides, instead of stages, ramp and gates; not asked at a troop level.
        like
            Policy of which it takes all else.
        title
            Its title, as figures show it.

        Raises
        ------
        KeyError
            If there is no policy to be like.
        ValueError
            If there is a policy of that key, or the source of the rule cannot be found.

        Examples
        --------
        >>> study = sim.load("scenarios/kfor-gates-conditions.toml")  # doctest: +SKIP
        >>> study = study.with_rule("when-calm", WhenCalm(), like="gates", title="Home when calm")  # doctest: +SKIP
        >>> sim.compare(study, policies=["gates", "when-calm"], delta=0.02).decision()  # doctest: +SKIP
        """
        if key in self.policy:
            raise ValueError(f"there is a policy {key!r} already")
        fingerprint(rule)
        plain: dict[str, object] = {"title": title, "like": like, "stages": {}, "gates": {}, "ramp": None}
        policies = {**self.policy, key: self.policy[like].model_copy(update=plain)}
        changed = self.model_copy(update={"policy": policies})
        changed._rules = {**self._rules, key: rule}
        return changed

    @property
    def run_length_h(self) -> float:
        """Length of the horizon [h]."""
        return (self.horizon.end - self.horizon.start).days * 24.0

    @property
    def warm_up_h(self) -> float:
        """Hours cut off before responses are averaged [h]."""
        return self.horizon.warm_up_h

    @property
    def strength(self) -> int:
        """Soldiers when the run starts: the sum over contingents."""
        return sum(contingent.strength for contingent in self.contingents.values())

    def _repr_html_(self) -> str:
        return scenario_html(self)

    @property
    def inputs_sha256(self) -> str:
        """Hash of every value that can change a replication, as 64 hexadecimal digits.

        Left out is what only chooses replications (how many, which troop levels and policies) or words them (title,
        description, marks, confidence) or compares them, so that a larger study tops up a smaller one.
        """
        chooses = {"replications", "timeline", "troops", "policies", "confidence", "precision"}
        words: dict[str, bool | set[str]] = {
            "title": True,
            "description": True,
            "marks": True,
            "experiment": chooses,
            "comparison": True,
            "theatre": {"title", "note", "attribution"},
        }
        values = self.model_dump_json(exclude=words)
        rules = "".join(f"\0{key}\0{fingerprint(rule)}" for key, rule in sorted(self._rules.items()))
        return hashlib.sha256(f"{values}{rules}".encode()).hexdigest()
