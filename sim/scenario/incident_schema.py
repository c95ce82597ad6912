"""Tables of incidents: how often they come, from where, and how many sections for how long each kind needs.

Incidents have *sources*: the *base*, which goes on all the time; *shocks*, which begin at an instant, stay at their
height and then decay; and *dated incidents*, one each. An incident also excites further ones of the base (*triggers*)
while its *tension* decays, and one that is not met in time can become one of another kind (*escalates*).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from sim.scenario.task_schema import Duration
from sim.scenario.theatre_schema import Key, Positive, Share, Table, Weight


class IncidentPlace(StrEnum):
    """The sort of place where incidents of a kind are."""

    AREA = "area"
    SITE = "site"
    CROSSING_POINT = "crossing_point"


def _whole_local_minute(instant: dt.datetime) -> dt.datetime:
    if instant.tzinfo is not None or instant.second or instant.microsecond:
        raise ValueError("a local time of whole minutes is wanted")
    return instant


LocalMinute = Annotated[
    dt.datetime,
    AfterValidator(_whole_local_minute),
    WithJsonSchema({"type": "string", "format": "date-time-local", "pattern": r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:00$"}),
]
"""Date and time as the theatre's clocks show it, without offset from UTC and of whole minutes."""


class IncidentKind(Table):
    """What an incident of a kind needs, and what comes of it if nobody is there in time."""

    at: Annotated[IncidentPlace, Field(strict=False, description="Sort of place where they are")]
    weight: Annotated[
        Weight,
        Field(
            description="Share of the base; 0: only by shock, date or escalation. What is planned comes beside the "
            "base, per_day times its weight over those of all kinds that are not planned [weight]"
        ),
    ]
    n_sections: Annotated[int, Field(ge=1, le=10_000, description="Needed there at once [sections]")]
    service_min: Annotated[Duration, Field(description="From enough sections there to its end [min]")]
    target_min: Annotated[float, Field(ge=0, le=1e6, description="Enough should be there within so long [min]")]
    burns_out_h: Annotated[
        float, Field(ge=0, le=1e6, description="It ends by itself if not met within so long, at least the target [h]")
    ]
    triggers: Annotated[
        float, Field(ge=0, lt=1, description="Further incidents of the base that each causes on average [incidents]")
    ]
    escalates_to: Annotated[
        Key | None, Field(description="Kind that it becomes if not met within the target; none when left out")
    ] = None
    planned: Annotated[bool, Field(description="Known before, like an escort; always happens, triggers nothing")] = (
        False
    )
    blocks: Annotated[bool, Field(description="Closes the crossing point where it is, while it lasts")] = False


class Shock(Table):
    """A wave of incidents that begins at an instant, stays at its height, and then decays."""

    begins: Annotated[LocalMinute, Field(description="When it begins, local time [date and time]")]
    lasts_h: Annotated[float, Field(gt=0, le=1e6, description="Time at its height [h]")]
    half_life_h: Annotated[
        float, Field(ge=0, le=1e6, description="Then it halves in so long; 0: it ends at once [h]")
    ] = 0.0
    per_day: Annotated[float, Field(ge=0, le=1_000_000, description="Incidents in the theatre at its height [1/day]")]
    sector_weights: Annotated[
        dict[Key, Weight], Field(description="How they are shared out; a sector left out has none [weight]")
    ]
    kinds: Annotated[
        dict[Key, Weight], Field(description="Weights of its kinds; those of the base when left out [weight]")
    ] = {}
    places: Annotated[
        list[Key], Field(description="Named sites and crossing points where they are; anywhere when left out")
    ] = []


class DatedIncident(Table):
    """One incident that happens at an instant and a place, whatever else happens."""

    kind: Annotated[Key, Field(description="One of incidents.kinds")]
    begins: Annotated[LocalMinute, Field(description="When it arises, local time [date and time]")]
    place: Annotated[Key, Field(description="Named site, crossing point or (for an area) municipality where it is")]
    service_h: Annotated[
        float | None,
        Field(gt=0, le=1e6, description="From enough sections there to its end; its kind's when left out [h]"),
    ] = None


class Answering(Table):
    """How sections get to an incident."""

    speed_km_h: Annotated[Positive, Field(description="Speed to the incident and home [km/h]")]
    reserve_turn_out_min: Annotated[
        float, Field(ge=0, le=1e6, description="From the call until a reserve section sets out [min]")
    ]
    standby_turn_out_min: Annotated[
        float, Field(ge=0, le=1e6, description="The same for a section on standby or a patrol at base [min]")
    ]
    post_turn_out_min: Annotated[
        float, Field(ge=0, le=1e6, description="The same for a section that leaves a post [min]")
    ]


class Incidents(Table):
    """Incidents: the base, what each kind needs, shocks and dated ones."""

    per_day: Annotated[
        float, Field(ge=0, le=1_000_000, description="Incidents of the base in the theatre, without tension [1/day]")
    ]
    sector_weights: Annotated[
        dict[Key, Weight], Field(description="How those are shared out; a sector left out has none [weight]")
    ]
    max_tension: Annotated[
        float, Field(ge=0, le=1e6, description="Cap: more tension does not raise the rate further [ratio]")
    ]
    tension_half_life_days: Annotated[Positive, Field(description="Tension halves in so long [d]")]
    spill_share: Annotated[Share, Field(description="Share of triggered incidents that is in other sectors [share]")]
    deterrence: Annotated[
        Share, Field(description="Share of incidents that a patrol prevents where it just was [share]")
    ]
    deterrence_half_life_h: Annotated[Positive, Field(description="Deterrence halves in so long [h]")]
    threshold: Annotated[
        float, Field(ge=0, le=1e9, description="Days on which tension is above this are counted [ratio]")
    ]
    answering: Answering
    kinds: Annotated[dict[Key, IncidentKind], Field(min_length=1, description="Kinds of incident, by key")]
    shocks: Annotated[dict[Key, Shock], Field(description="Waves of incidents, by key")] = {}
    dated: Annotated[dict[Key, DatedIncident], Field(description="Single incidents at an instant, by key")] = {}
