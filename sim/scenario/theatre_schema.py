"""What a theatre file may hold: sectors, municipalities, crossing points, named sites, and how many posts to lay out.

Positions are in degrees (WGS 84), areas in km2, populations in people. The layout of patrol areas and of the sites and
checkpoints that have no name is made from these numbers by :mod:`sim.theatre`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e9)]
Weight = Annotated[float, Field(ge=0, le=1e9)]
Whole = Annotated[int, Field(ge=0, le=1_000_000)]
Latitude = Annotated[float, Field(ge=-90, le=90, description="Latitude, WGS 84 [degrees]")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Longitude, WGS 84 [degrees]")]


class Table(BaseModel):
    """A table of a scenario file: strict, frozen, no unknown keys, no nan or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Sector(Table):
    """A brigade's or task force's area."""

    name: Annotated[str, Field(min_length=1, description="Name of the sector")]
    lead_nation: Annotated[str, Field(description="Nation that leads it")]
    base: Annotated[str, Field(description="Place of its base, from which patrols set out; at lat and lon")]
    lat: Latitude
    lon: Longitude


class Municipality(Table):
    """A municipality; patrol areas and posts are shared out over municipalities."""

    name_sq: Annotated[str, Field(description="Name in Albanian")]
    name_sr: Annotated[str, Field(description="Name in Serbian")]
    sector: Annotated[Key, Field(description="Sector that it belongs to")]
    lat: Latitude
    lon: Longitude
    area_km2: Annotated[Positive, Field(description="Area [km2]")]
    population: Annotated[Whole, Field(le=100_000_000, description="People [people]")]
    risk: Annotated[Positive, Field(description="Relative weight for patrols by risk [weight]")]


class CrossingPoint(Table):
    """A border or boundary crossing point."""

    name: Annotated[str, Field(min_length=1, description="Name of the crossing point")]
    sector: Annotated[Key, Field(description="Sector that mans it")]
    lat: Latitude
    lon: Longitude
    neighbour: Annotated[str, Field(description="Who is on the other side")]


class NamedSite(Table):
    """A key site with a name of its own; `designated`: a Property with Designated Special Status."""

    name: Annotated[str, Field(min_length=1, description="Name of the site")]
    municipality: Annotated[Key, Field(description="Municipality that it lies in")]
    lat: Latitude
    lon: Longitude
    designated: Annotated[bool, Field(description="A Property with Designated Special Status")] = False
    shared_with: Annotated[list[str], Field(description="Others whose soldiers are there too")] = []


class Theatre(Table):
    """Where a scenario takes place."""

    schema_version: Annotated[Literal[1], Field(description="Version of the file format")]
    title: Annotated[str, Field(min_length=1, description="Title of the theatre")]
    note: Annotated[str, Field(description="What to know about its figures, positions and names")] = ""
    attribution: Annotated[str, Field(description="Whose data its figures and outline are, as maps say it")] = ""
    area_km2: Annotated[Positive, Field(description="Area of the theatre [km2]")]
    n_patrol_areas: Annotated[int, Field(ge=1, le=20_000, description="Patrol areas to lay out [areas]")]
    n_sites: Annotated[Whole, Field(description="Key sites to lay out, named ones included [sites]")]
    n_checkpoints: Annotated[Whole, Field(description="Checkpoints to lay out [checkpoints]")]
    share_of_people_at_seat: Annotated[
        Share, Field(description="Share of a municipality's people in the patrol area of its seat [share]")
    ]
    detour_factor: Annotated[float, Field(ge=1, le=10, description="Way by road over straight line [ratio]")]
    outline: Annotated[
        list[Annotated[list[Annotated[float, Field(ge=-180, le=180)]], Field(min_length=2, max_length=2)]],
        Field(min_length=3, description="Ring of [longitude, latitude] [degrees]"),
    ]
    sectors: Annotated[dict[Key, Sector], Field(min_length=1, description="Sectors, by key")]
    municipalities: Annotated[dict[Key, Municipality], Field(min_length=1, description="Municipalities, by key")]
    crossing_points: Annotated[dict[Key, CrossingPoint], Field(description="Crossing points, by key")] = {}
    named_sites: Annotated[dict[Key, NamedSite], Field(description="Sites with a name of their own, by key")] = {}
