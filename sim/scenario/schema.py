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
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, field_validator

from sim.scenario.origin import Origin
from sim.scenario.theatre_schema import Key, Positive, Share, Table, Theatre, Weight, Whole


class Task(StrEnum):
    """The five tasks that a sector's headquarters mans, in no order."""

    CROSSING_POINTS = "crossing_points"
    RESERVE = "reserve"
    SITES = "sites"
    CHECKPOINTS = "checkpoints"
    PATROLS = "patrols"


class Routing(StrEnum):
    """Rule by which a tour's patrol areas are chosen."""

    RANDOM = "random"
    SYSTEMATIC = "systematic"
    BY_POPULATION = "by_population"
    BY_RISK = "by_risk"
    LONGEST_UNVISITED = "longest_unvisited"


class Departures(StrEnum):
    """How the departures of a shift's tours are spread over its departure window."""

    UNIFORM = "uniform"
    EVEN = "even"
    POISSON = "poisson"


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


class Duration(Table):
    """A random or constant length of time; see :mod:`sim.distributions`."""

    distribution: Annotated[
        Literal["constant", "exponential", "gamma", "lognormal"],
        Field(description="Distribution that it is drawn from; constant is always the mean"),
    ]
    mean: Annotated[Positive, Field(description="Mean, in the unit of the key that holds it")]
    cv: Annotated[float, Field(ge=0, le=10, description="Standard deviation over mean (gamma, lognormal) [ratio]")] = (
        0.0
    )


class PatrolKind(Table):
    """Foot, vehicle, boundary: how far a tour goes and how long it stays."""

    share: Annotated[Share, Field(description="Share of the tours tasked [share]")]
    n_stops: Annotated[int, Field(ge=1, le=64, description="Patrol areas drawn for a tour [areas]")]
    dwell_min: Annotated[Duration, Field(description="Stay in an area [min]")]
    speed_km_h: Annotated[Positive, Field(description="Speed from area to area [km/h]")]
    approach_speed_km_h: Annotated[Positive, Field(description="Speed from the base to the first area and home [km/h]")]
    within_km_of_boundary: Annotated[
        float | None, Field(gt=0, le=1e5, description="Only areas at most so far from the theatre's outline [km]")
    ] = None


class Patrols(Table):
    """The tours that are tasked, whether or not there are sections for them."""

    per_day: Annotated[float, Field(ge=0, le=1_000_000, description="Tours tasked in the theatre [1/day]")]
    sector_weights: Annotated[
        dict[Key, Weight], Field(description="How tours are shared out; a sector left out has none [weight]")
    ]
    departures: Annotated[Departures, Field(strict=False)] = Departures.UNIFORM
    departure_window_h: Annotated[
        float,
        Field(
            gt=0,
            le=10_000,
            description="Tours leave within so long of the shift's start, at most the shift; poisson: the shift [h]",
        ),
    ]
    turn_round_min: Annotated[float, Field(ge=0, le=1e6, description="From coming home to being free again [min]")]
    kinds: Annotated[dict[Key, PatrolKind], Field(min_length=1, description="Kinds of patrol, by key; shares sum to 1")]


class Sites(Table):
    """Key sites guarded: the theatre's named sites first, then its others in their order."""

    n: Annotated[Whole, Field(description="Sites on the task list [sites]")]
    crew: Annotated[Positive, Field(description="Soldiers on guard at a time at a site [soldiers]")]
    crew_of: Annotated[dict[Key, Positive], Field(description="The same for a named site [soldiers]")] = {}


class Checkpoints(Table):
    """Vehicle checkpoints manned, in the theatre's order."""

    n: Annotated[Whole, Field(description="Checkpoints on the task list [checkpoints]")]
    crew: Annotated[Positive, Field(description="Soldiers at a time at a checkpoint [soldiers]")]


class CrossingPoints(Table):
    """Crossing points manned: all of the theatre's."""

    crew: Annotated[Positive, Field(description="Soldiers at a time at a crossing point [soldiers]")]


class Reserve(Table):
    """Quick reaction force kept in each sector."""

    n_sections: Annotated[
        dict[Key, Whole], Field(description="At readiness in a sector, by sector; one left out has none [sections]")
    ]


class Tasks(Table):
    """The reference task list: what should be done. Denominators of responses come from it."""

    patrols: Patrols
    sites: Sites
    checkpoints: Checkpoints
    crossing_points: CrossingPoints
    reserve: Reserve


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


class Stage(Table):
    """A step of a drawdown: from `effective_on`, at the next shift change, the force has `strength`."""

    name: Annotated[str, Field(min_length=1, description="Name, as figures show it")]
    strength: Annotated[int, Field(ge=0, le=10_000_000, description="Soldiers in all [soldiers]")]
    decided_on: Annotated[dt.date, Field(description="Day of the decision [date]")]
    effective_on: Annotated[dt.date, Field(description="Day on which the strength is reached [date]")]
    withdrawn: Annotated[
        list[Key],
        Field(description="Contingents that are gone until the next stage; the others share the strength"),
    ] = []


class Policy(Table):
    """Who does what with the sections there are, and how the force is drawn down."""

    title: Annotated[str, Field(min_length=1, description="Title, as figures show it")]
    routing: Annotated[Routing, Field(strict=False)] = Routing.RANDOM
    priority: Annotated[
        list[Annotated[Task, Field(strict=False)]],
        Field(min_length=5, max_length=5, description="First is manned first"),
    ]
    floor: Annotated[
        dict[Annotated[Task, Field(strict=False)], Share],
        Field(description="Share of a task's demand met first, in order of priority; 0 when left out [share]"),
    ]
    weight: Annotated[
        dict[Annotated[Task, Field(strict=False)], Weight],
        Field(description="Share of what remains above the floors; 0 when left out [weight]"),
    ]
    lends_sections: Annotated[
        bool, Field(description="Sections without a task in their sector help one that is short, caveats allowing")
    ] = False
    stages: Annotated[dict[Key, Stage], Field(description="In the order of their days")] = {}
    unfixing: Annotated[
        dict[Key, dt.date], Field(description="Named site: day on which its guard passes to the police [date]")
    ] = {}

    @field_validator("floor", "weight")
    @classmethod
    def _complete(cls, shares: dict[Task, float]) -> dict[Task, float]:
        return {task: shares.get(task, 0.0) for task in Task}


class Mark(Table):
    """A troop level worth a vertical line in figures."""

    label: Annotated[str, Field(min_length=1, description="Words at the line")]
    troops: Annotated[Whole, Field(description="Soldiers [soldiers]")]


class Experiment(Table):
    """What `peacesim run` does with the file."""

    replications: Annotated[
        int, Field(ge=1, le=100_000, description="Replications of each design point [replications]")
    ]
    seed: Annotated[int, Field(ge=0, lt=2**63, description="Root of every random stream [seed]")]
    timeline: Annotated[bool, Field(description="Run each policy at its own strength over the whole horizon")] = True
    troops: Annotated[
        list[Annotated[int, Field(ge=0, le=10_000_000)]],
        Field(description="Troop levels of the sweep, each held constant [soldiers]"),
    ] = []
    sweep_days: Annotated[int, Field(ge=1, le=4_000_000, description="Days after the warm-up at each troop level [d]")]
    policies: Annotated[list[Key], Field(description="Policies to run; all when empty")] = []
    confidence: Annotated[float, Field(gt=0, lt=1, description="Confidence of intervals [share]")]


class Scenario(Table):
    """A whole scenario, validated and frozen. Made by :func:`sim.load`.

    Attributes beyond the tables: `name` (the file's stem), `provenance` (an :class:`Origin` for every number),
    `run_length_h`, `warm_up_h`, `inputs_sha256`.
    """

    schema_version: Annotated[Literal[1], Field(description="Version of the file format")]
    title: Annotated[str, Field(min_length=1, description="Title, as tables and figures show it")]
    description: Annotated[str, Field(description="What it is about, in a few sentences")] = ""
    theatre: Theatre
    horizon: Horizon
    force: Force
    rotations: Annotated[dict[Key, Rotation], Field(description="How contingents are relieved")] = {}
    contingents: Annotated[dict[Key, Contingent], Field(description="Who serves where, by key")]
    tasks: Tasks
    coverage: Coverage
    police: Police
    vehicles: Annotated[Vehicles | None, Field(description="No vehicles when left out")] = None
    policy: Annotated[dict[Key, Policy], Field(min_length=1, description="Policies to compare, by key")]
    marks: Annotated[dict[Key, Mark], Field(description="Troop levels worth a line in figures, by key")] = {}
    experiment: Experiment

    _name: str = PrivateAttr(default="")
    _provenance: tuple[Origin, ...] = PrivateAttr(default=())

    @property
    def name(self) -> str:
        """Stem of the file it was read from."""
        return self._name

    @property
    def provenance(self) -> tuple[Origin, ...]:
        """Where each number comes from, in the order of the files."""
        return self._provenance

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

    @property
    def inputs_sha256(self) -> str:
        """Hash of every value that can change a replication, as 64 hexadecimal digits.

        Left out is what only chooses replications (how many, which troop levels and policies) or words them (title,
        description, marks, confidence), so that a larger study tops up a smaller one.
        """
        chooses = {"replications", "timeline", "troops", "policies", "confidence"}
        words: dict[str, bool | set[str]] = {
            "title": True,
            "description": True,
            "marks": True,
            "experiment": chooses,
            "theatre": {"title", "note", "attribution"},
        }
        return hashlib.sha256(self.model_dump_json(exclude=words).encode()).hexdigest()
