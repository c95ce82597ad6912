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

    name: Annotated[str, Field(min_length=1)]
    lead_nation: str
    base: str
    lat: Latitude
    lon: Longitude


class Municipality(Table):
    """A municipality; patrol areas and posts are shared out over municipalities."""

    name_sq: str
    name_sr: str
    sector: Key
    lat: Latitude
    lon: Longitude
    area_km2: Annotated[Positive, Field(description="Area [km2]")]
    population: Annotated[Whole, Field(le=100_000_000, description="People [people]")]
    risk: Annotated[Positive, Field(description="Relative weight for patrols by risk [weight]")]


class CrossingPoint(Table):
    """A border or boundary crossing point."""

    name: Annotated[str, Field(min_length=1)]
    sector: Key
    lat: Latitude
    lon: Longitude
    neighbour: str


class NamedSite(Table):
    """A key site with a name of its own; `designated`: a Property with Designated Special Status."""

    name: Annotated[str, Field(min_length=1)]
    municipality: Key
    lat: Latitude
    lon: Longitude
    designated: bool = False
    shared_with: list[str] = []


class Theatre(Table):
    """Where a scenario takes place."""

    schema_version: Literal[1]
    title: Annotated[str, Field(min_length=1)]
    note: str = ""
    area_km2: Annotated[Positive, Field(description="Area of the theatre [km2]")]
    n_patrol_areas: Annotated[int, Field(ge=1, le=20_000, description="Patrol areas to lay out [areas]")]
    n_sites: Annotated[Whole, Field(description="Key sites to lay out, named ones included [sites]")]
    n_checkpoints: Annotated[Whole, Field(description="Checkpoints to lay out [checkpoints]")]
    share_of_people_at_seat: Annotated[
        Share, Field(description="Share of a municipality's people in the patrol area of its seat [share]")
    ]
    detour_factor: Annotated[float, Field(ge=1, le=10, description="Way by road over straight line [ratio]")]
    outline: Annotated[
        list[Annotated[list[Longitude], Field(min_length=2, max_length=2)]],
        Field(min_length=3, description="Ring of [longitude, latitude] [degrees]"),
    ]
    sectors: Annotated[dict[Key, Sector], Field(min_length=1)]
    municipalities: Annotated[dict[Key, Municipality], Field(min_length=1)]
    crossing_points: dict[Key, CrossingPoint] = {}
    named_sites: dict[Key, NamedSite] = {}
