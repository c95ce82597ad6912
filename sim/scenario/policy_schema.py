"""Tables of a policy: who does what, who answers incidents, and on which day or condition the force changes.

A *gate* is a step of a drawdown that waits for calm: it is reviewed at intervals, and opens when tension has been low
for long enough and whoever must approve has done so. A *call* brings a reserve force in, on a day or when tension is
high. Tension is the rate of incidents that earlier ones have excited, over the base rate.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from sim.scenario.task_schema import Task
from sim.scenario.theatre_schema import Key, Positive, Share, Table, Weight, Whole


class Routing(StrEnum):
    """Rule by which a tour's patrol areas are chosen."""

    RANDOM = "random"
    SYSTEMATIC = "systematic"
    BY_POPULATION = "by_population"
    BY_RISK = "by_risk"
    LONGEST_UNVISITED = "longest_unvisited"


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
    asks: Annotated[
        dict[Annotated[Task, Field(strict=False)], Share],
        Field(description="Share of a task's demand that the policy still asks for; 1 when left out [share]"),
    ] = {}


class Ramp(Table):
    """A gradual drawdown, in steps: at day t of T the strength has gone the share (t / T) ^ `curve` of its way."""

    begins: Annotated[dt.date, Field(description="Day from which strength falls; the first step comes later [date]")]
    ends: Annotated[dt.date, Field(description="Day of the last step [date]")]
    every_days: Annotated[int, Field(ge=1, le=100_000, description="Days from one step to the next [d]")]
    strength: Annotated[int, Field(ge=0, le=10_000_000, description="Soldiers in all after the last step [soldiers]")]
    curve: Annotated[
        float,
        Field(gt=0, le=100, description="1: even steps; below 1: large steps first; above 1: large steps last [power]"),
    ]


class Command(Table):
    """How soon sectors help each other with incidents.

    From one sector to another it takes `coordination_delay_min`. If one of the two is *separate*, under a command of
    its own, it takes `separate_delay_min` x 2^(-n / `liaison_halves_at`), with n the liaison soldiers of the separate
    ones of the two; liaison makes it no shorter than `coordination_delay_min`.
    """

    coordination_delay_min: Annotated[
        float, Field(ge=0, le=1e6, description="Before a section of one sector sets out to another [min]")
    ]
    separate_sectors: Annotated[list[Key], Field(description="Sectors under a command of their own")] = []
    separate_delay_min: Annotated[
        float | None,
        Field(ge=0, le=1e6, description="The same to or from a separate sector; nobody crosses when left out [min]"),
    ] = None
    liaison_soldiers: Annotated[
        dict[Key, Whole], Field(description="Liaison soldiers with a separate sector, by sector [soldiers]")
    ] = {}
    liaison_halves_at: Annotated[
        Positive | None, Field(description="So many liaison soldiers halve the delay [soldiers]")
    ] = None


class Gate(Table):
    """A step of a drawdown that waits for calm. Gates are reviewed one after another, in their order."""

    name: Annotated[str, Field(min_length=1, description="Name, as figures show it")]
    strength: Annotated[int, Field(ge=0, le=10_000_000, description="Soldiers in all once it is open [soldiers]")]
    earliest: Annotated[dt.date, Field(description="Day of its first review [date]")]
    review_every_days: Annotated[int, Field(ge=1, le=100_000, description="Days from one review to the next [d]")]
    tension_below: Annotated[
        float, Field(gt=0, le=1e9, description="It opens if tension is at most this at a review [ratio]")
    ]
    for_days: Annotated[float, Field(ge=0, le=1e6, description="Tension must have been that low for so long [d]")]
    sector: Annotated[Key, Field(description="Sector whose tension is looked at; `all`: the theatre's")] = "all"
    approval_delay_days: Annotated[
        float, Field(ge=0, le=1e6, description="From the review that finds calm to the step [d]")
    ]
    automatic: Annotated[bool, Field(description="Whether it opens by itself; else it needs approved_on")]
    approved_on: Annotated[
        dt.date | None, Field(description="Day of the approval; one that needs it and has none never opens [date]")
    ] = None
    reverses_above: Annotated[
        float | None,
        Field(
            gt=0,
            le=1e9,
            description="The step is taken back if tension at a review is more; never when left out [ratio]",
        ),
    ] = None
    reversal_delay_days: Annotated[float, Field(ge=0, le=1e6, description="From that review to the reversal [d]")] = 0.0
    asks: Annotated[
        dict[Annotated[Task, Field(strict=False)], Share],
        Field(description="Share of a task's demand that the policy still asks for; 1 when left out [share]"),
    ] = {}


class Call(Table):
    """When a reserve force is called in: on a day, or whenever tension is high at a midnight and it is not there."""

    reserve: Annotated[Key, Field(description="One of reserves")]
    on: Annotated[dt.date | None, Field(description="Day of the call; or else tension_above [date]")] = None
    tension_above: Annotated[
        float | None, Field(ge=0, le=1e9, description="Called when tension is more; or else on [ratio]")
    ] = None
    sector: Annotated[Key, Field(description="Sector whose tension is looked at; `all`: the theatre's")] = "all"


class UnfixingRule(Table):
    """Sites handed to the police one after another while it is calm, no more than police.capacity_sites in all."""

    sites: Annotated[list[Key], Field(min_length=1, description="Named sites, in the order of their hand-over")]
    earliest: Annotated[dt.date, Field(description="First day on which one may be handed over [date]")]
    tension_below: Annotated[Positive, Field(description="Handed over if tension is at most this [ratio]")]
    for_days: Annotated[float, Field(ge=0, le=1e6, description="Tension must have been that low for so long [d]")]
    days_apart: Annotated[float, Field(gt=0, le=1e6, description="From one hand-over to the next [d]")]


class Policy(Table):
    """Who does what with the sections there are, and how the force is drawn down."""

    title: Annotated[str, Field(min_length=1, description="Title, as figures show it")]
    like: Annotated[
        Key | None,
        Field(description="Policy of which it takes each key, but the title, that it does not give; tables as a whole"),
    ] = None
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
    ramp: Annotated[Ramp | None, Field(description="A gradual drawdown instead of stages and gates")] = None
    unfixing: Annotated[
        dict[Key, dt.date], Field(description="Named site: day on which its guard passes to the police [date]")
    ] = {}
    answers_with: Annotated[
        list[Annotated[Task, Field(strict=False)]],
        Field(description="Tasks whose sections are sent to incidents"),
    ] = [Task.PATROLS, Task.RESERVE, Task.CHECKPOINTS]
    command: Annotated[Command | None, Field(description="Sectors do not help each other when left out")] = None
    gates: Annotated[dict[Key, Gate], Field(description="Steps that wait for calm, one after another")] = {}
    calls: Annotated[dict[Key, Call], Field(description="When reserve forces are called in, by key")] = {}
    unfixing_when: Annotated[
        UnfixingRule | None, Field(description="Sites handed over while it is calm; none when left out")
    ] = None
    leaves_first: Annotated[
        list[Key],
        Field(description="Contingents that leave whole, in this order, as strength falls; the others keep theirs"),
    ] = []

    @field_validator("floor", "weight")
    @classmethod
    def _complete(cls, shares: dict[Task, float]) -> dict[Task, float]:
        return {task: shares.get(task, 0.0) for task in Task}
