"""Tables of an experiment: what is run, how precise it must be, and how policies are compared.

A *goal* is a half width that the confidence interval of a response should have at most, of its mean or of its paired
difference from the *baseline*, the policy that the others are compared with. *Delta* is how much worse than the
baseline a policy may be and still be called *not worse*.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from sim.scenario.theatre_schema import Key, Positive, Table, Whole

ResponseName = Annotated[str, Field(min_length=1, max_length=64, description="Name of a response")]


class Mark(Table):
    """A troop level worth a vertical line in figures."""

    label: Annotated[str, Field(min_length=1, description="Words at the line")]
    troops: Annotated[Whole, Field(description="Soldiers [soldiers]")]


class GoalOf(StrEnum):
    """What an interval is of."""

    MEAN = "mean"
    DIFFERENCE = "difference"


class Goal(Table):
    """How narrow the interval of a response should be, at every design point of the policies' own strength or level."""

    of: Annotated[
        GoalOf,
        Field(strict=False, description="mean, or difference: the paired one from the comparison's baseline"),
    ] = GoalOf.MEAN
    half_width: Annotated[
        Positive | None, Field(description="At most this, in the unit of the response; or else relative [unit]")
    ] = None
    relative: Annotated[
        Positive | None, Field(description="At most this share of the mean; or else half_width [share]")
    ] = None
    sector: Annotated[Key, Field(description="Sector it is of; `all`: the theatre")] = "all"


class Precision(Table):
    """Replications are added until all goals are met, and stay met for `look_ahead` replications more."""

    goals: Annotated[dict[ResponseName, Goal], Field(min_length=1, description="Goals, by response")]
    max_replications: Annotated[
        int, Field(ge=2, le=100_000, description="Stop here if goals are still not met [replications]")
    ]
    look_ahead: Annotated[
        int,
        Field(
            ge=0,
            le=1000,
            description="They must stay met for so many more; above 100 for so many percent more [replications]",
        ),
    ]


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
    precision: Annotated[
        Precision | None, Field(description="Go on until results are this precise; replications alone when left out")
    ] = None


class Comparison(Table):
    """How `peacesim compare` compares the experiment's policies."""

    baseline: Annotated[Key, Field(description="Policy that the others are compared with")]
    response: Annotated[ResponseName, Field(description="Response that decides whether a policy is not worse")]
    delta: Annotated[
        float,
        Field(ge=0, le=1e9, description="Worse by less than this is not worse, in the unit of the response [unit]"),
    ]
    also: Annotated[list[ResponseName], Field(description="Other responses to compare")] = []
    first_day: Annotated[
        dt.date | None, Field(description="First day that is compared; the whole run when left out [date]")
    ] = None
    last_day: Annotated[dt.date | None, Field(description="Last day that is compared [date]")] = None
    cost_per_soldier_day: Annotated[
        float | None, Field(ge=0, le=1e9, description="Cost of a soldier in theatre for a day [currency/d]")
    ] = None
    currency: Annotated[str, Field(min_length=1, max_length=12, description="Currency of the cost")] = "EUR"

    @property
    def days(self) -> tuple[dt.date, dt.date] | None:
        """First and last day that are compared; None: the whole run."""
        return None if self.first_day is None or self.last_day is None else (self.first_day, self.last_day)
