"""Tables of the reference task list: what should be done, the same for every policy until a change on a day."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.theatre_schema import Key, Positive, Share, Table, Weight, Whole


class Task(StrEnum):
    """The five tasks that a sector's headquarters mans, in no order."""

    CROSSING_POINTS = "crossing_points"
    RESERVE = "reserve"
    SITES = "sites"
    CHECKPOINTS = "checkpoints"
    PATROLS = "patrols"


class Departures(StrEnum):
    """How the departures of a shift's tours are spread over its departure window."""

    UNIFORM = "uniform"
    EVEN = "even"
    POISSON = "poisson"


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
    joint: Annotated[
        bool, Field(description="Soldiers of both commands: crosses a separate sector's boundary without delay")
    ] = False


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


class TaskChange(Table):
    """The reference task list from a day on, as shares of what it was at first."""

    on: Annotated[dt.date, Field(description="Day from whose midnight it holds [date]")]
    share: Annotated[
        dict[Annotated[Task, Field(strict=False)], Share],
        Field(description="Share of a task's first demand; a task left out keeps the share of before [share]"),
    ]


class Tasks(Table):
    """The reference task list: what should be done. Denominators of responses come from it."""

    patrols: Patrols
    sites: Sites
    checkpoints: Checkpoints
    crossing_points: CrossingPoints
    reserve: Reserve
    changes: Annotated[
        dict[Key, TaskChange],
        Field(description="How the list changes, in the order of their days; it stays when left out"),
    ] = {}
