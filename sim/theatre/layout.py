"""Layout: where a theatre's patrol areas and posts are, as arrays.

*Patrol areas* are equal hexagonal cells that tile the outline. They are shared out over municipalities by area
(Sainte-Lague) and given to the nearest seats under those counts: the least sum of distances. Such regions are
star-shaped around their seats (an additively weighted Voronoi diagram), so that each municipality is one piece where
the outline has no deep bays; squared distances would let a small one lie away from its seat. A municipality too small
for a cell of its own lives in the cell of its sector that is nearest to its seat; that cell stays the other's.

*People*: a share of a municipality's people, the theatre's `share_of_people_at_seat`, is in the cell nearest to its
seat; the others are spread evenly over all its cells.

*Posts* are sites and checkpoints. Those without a name are shared out over municipalities by population and over a
municipality's cells by people, both in the order in which Sainte-Lague gives out seats: wherever the list is cut, what
stands before the cut is fair. Inside a cell they are spread evenly over the inscribed circle and drawn towards the
centre where that leaves the outline. Positions are illustrative.

Everything here follows from the theatre's numbers alone: nothing is random.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from sim.apportion import award_order, sainte_lague
from sim.scenario.theatre_schema import Theatre
from sim.theatre.circuits import circuit
from sim.theatre.geometry import Floats, Ints, distance_to_ring, hexagons, in_disc, inside, project, ring_area

_MAX_AREA_ERROR = 0.05
"""An outline is simplified, so that its area may differ from the theatre's by this share; beyond, one is wrong."""

_PHASE = {"site": 0.25, "checkpoint": 0.75}


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Positions [km east, km north of the theatre's middle] and indices; arrays are read-only.

    S sectors, A patrol areas, V vertices of the outline. Every `*_sector` array indexes `sector_keys`, every
    `*_municipality` array `municipality_keys`, both in the file's order.
    """

    sector_keys: tuple[str, ...]
    municipality_keys: tuple[str, ...]
    base_km: Floats
    """(S, 2): bases."""
    seat_km: Floats
    """Seats of the municipalities, shape (M, 2)."""
    outline_km: Floats
    """(V, 2): ring, the first vertex not repeated."""
    area_km: Floats
    """(A, 2): centres of the patrol areas."""
    area_sector: Ints
    area_municipality: Ints
    area_population: Floats
    """(A,): people."""
    area_risk: Floats
    """(A,): relative weight."""
    area_boundary_km: Floats
    """(A,): distance to the outline [km]."""
    cell_radius_km: float
    """Circumradius of a cell: a hexagon with two vertical sides [km]."""
    site_keys: tuple[str, ...]
    """Named sites first, then MUNICIPALITY-site-001 and so on, in order of manning."""
    site_km: Floats
    site_sector: Ints
    site_municipality: Ints
    checkpoint_keys: tuple[str, ...]
    """MUNICIPALITY-checkpoint-001 and so on, in order of manning."""
    checkpoint_km: Floats
    checkpoint_sector: Ints
    crossing_keys: tuple[str, ...]
    crossing_km: Floats
    crossing_sector: Ints
    circuits: tuple[Ints, ...]
    """Of each sector: its areas in the order of a short closed tour from the one nearest to the base."""
    period_km: tuple[float, float] | None = None
    """Width and height [km] after which the ground repeats itself, as on a torus; None: it ends."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            for array in value if isinstance(value, tuple) else (value,):
                if isinstance(array, np.ndarray):
                    array.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Cells of the lattice and who has them."""

    km: Floats
    spacing_km: float
    municipality: Ints
    boundary_km: Floats
    people: Floats
    """(M, A): people of each municipality in each cell."""


def lay_out(theatre: Theatre) -> Layout:
    """Lay a theatre out: exactly `n_patrol_areas` areas, `n_sites` sites, `n_checkpoints` checkpoints.

    Deterministic; about 0.2 s of CPU for Kosovo, so keep the result. Time and memory grow with the square of
    `n_patrol_areas` and more.

    Parameters
    ----------
    theatre
        A validated theatre.

    Returns
    -------
    The layout.

    Raises
    ------
    ValueError
        If the outline's area differs from `area_km2` by more than 5 %, a name refers to no sector or municipality, a
        sector would get no patrol area, there are more named sites than sites, or posts but no people.
    """
    lon, lat = np.array(theatre.outline, dtype=np.float64).T
    middle = (float(lat.min() + lat.max()) / 2, float(lon.min() + lon.max()) / 2)

    def positions(*places: tuple[float, float]) -> Floats:
        degrees = np.array(places, dtype=np.float64).reshape(-1, 2)
        return project(degrees[:, 0], degrees[:, 1], middle)

    outline = project(lat, lon, middle)
    if np.array_equal(outline[0], outline[-1]):
        outline = outline[:-1]
    area_km2 = ring_area(outline)
    if abs(area_km2 - theatre.area_km2) > _MAX_AREA_ERROR * theatre.area_km2:
        raise ValueError(
            f"the outline has an area of {area_km2:.6g} km2, area_km2 is {theatre.area_km2:g}; "
            f"they may differ by {_MAX_AREA_ERROR:.0%}"
        )
    towns = theatre.municipalities.values()
    crossings = theatre.crossing_points.values()
    named = theatre.named_sites.values()
    sector_of = _indices(theatre.sectors, [town.sector for town in towns], "sector")
    seats = positions(*((town.lat, town.lon) for town in towns))
    cells = _share_out_cells(theatre, outline, seats, sector_of)
    area_sector = sector_of[cells.municipality]
    bases = positions(*((sector.lat, sector.lon) for sector in theatre.sectors.values()))

    n_unnamed = theatre.n_sites - len(theatre.named_sites)
    if n_unnamed < 0:
        raise ValueError(f"n_sites is {theatre.n_sites}, fewer than the {len(theatre.named_sites)} named sites")
    site_keys, site_town, site_km = _place_posts("site", n_unnamed, theatre, cells, outline)
    named_town = _indices(theatre.municipalities, [site.municipality for site in named], "municipality")
    site_municipality = np.concatenate([named_town, site_town])
    checkpoint_keys, checkpoint_town, checkpoint_km = _place_posts(
        "checkpoint", theatre.n_checkpoints, theatre, cells, outline
    )
    circuits = []
    for sector, base in enumerate(bases):
        areas = np.flatnonzero(area_sector == sector)
        circuits.append(areas[circuit(cells.km[areas], base)])
    return Layout(
        sector_keys=tuple(theatre.sectors),
        municipality_keys=tuple(theatre.municipalities),
        base_km=bases,
        seat_km=seats,
        outline_km=outline,
        area_km=cells.km,
        area_sector=area_sector,
        area_municipality=cells.municipality,
        area_population=cells.people.sum(axis=0),
        area_risk=np.array([town.risk for town in towns], dtype=np.float64)[cells.municipality],
        area_boundary_km=cells.boundary_km,
        cell_radius_km=cells.spacing_km / 3**0.5,
        site_keys=(*theatre.named_sites, *site_keys),
        site_km=np.concatenate([positions(*((site.lat, site.lon) for site in named)), site_km]),
        site_sector=sector_of[site_municipality],
        site_municipality=site_municipality,
        checkpoint_keys=checkpoint_keys,
        checkpoint_km=checkpoint_km,
        checkpoint_sector=sector_of[checkpoint_town],
        crossing_keys=tuple(theatre.crossing_points),
        crossing_km=positions(*((crossing.lat, crossing.lon) for crossing in crossings)),
        crossing_sector=_indices(theatre.sectors, [crossing.sector for crossing in crossings], "sector"),
        circuits=tuple(circuits),
    )


def _indices(keys: Iterable[str], wanted: list[str], what: str) -> Ints:
    """Position of each wanted key among the keys."""
    index = {key: i for i, key in enumerate(keys)}
    for key in wanted:
        if key not in index:
            raise ValueError(f"no {what} {key!r}; there are: {', '.join(index)}")
    return np.array([index[key] for key in wanted], dtype=np.int64)


def _share_out_cells(theatre: Theatre, outline: Floats, seats: Floats, sector_of: Ints) -> _Cells:
    """Tile the outline, give cells to municipalities and people to cells."""
    from scipy.optimize import linear_sum_assignment

    towns = list(theatre.municipalities.values())
    km, spacing = hexagons(outline, theatre.n_patrol_areas)
    n_cells = sainte_lague(len(km), [town.area_km2 for town in towns])
    for sector, key in enumerate(theatre.sectors):
        if not n_cells[sector_of == sector].any():
            raise ValueError(f"sector {key!r} gets no patrol area: give it a municipality or raise n_patrol_areas")
    to_seat = np.hypot(*(km[:, None, :] - seats).transpose(2, 0, 1))
    slots = np.repeat(np.arange(len(towns)), n_cells)
    _, slot = linear_sum_assignment(to_seat[:, slots])
    municipality = slots[slot]

    people = np.zeros((len(towns), len(km)))
    for i, town in enumerate(towns):
        own = municipality == i
        home = own if own.any() else sector_of[municipality] == sector_of[i]
        at_seat = np.argmin(np.where(home, to_seat[:, i], np.inf))
        people[i, at_seat] = town.population
        if own.any():
            people[i, at_seat] *= theatre.share_of_people_at_seat
            people[i, own] += (1 - theatre.share_of_people_at_seat) * town.population / n_cells[i]
    return _Cells(km, spacing, municipality, distance_to_ring(km, outline), people)


def _place_posts(
    kind: str, n: int, theatre: Theatre, cells: _Cells, outline: Floats
) -> tuple[tuple[str, ...], Ints, Floats]:
    """Keys, municipalities and positions of n posts, in order of manning."""
    town_keys = list(theatre.municipalities)
    town_of = award_order(n, [town.population for town in theatre.municipalities.values()])
    number = np.zeros(n, dtype=np.int64)
    cell_of = np.zeros(n, dtype=np.int64)
    for town in range(len(town_keys)):
        mine = town_of == town
        number[mine] = np.arange(mine.sum())
        cell_of[mine] = award_order(int(mine.sum()), cells.people[town])
    rank = np.zeros(n, dtype=np.int64)
    for cell in range(len(cells.km)):
        here = cell_of == cell
        rank[here] = np.arange(here.sum())
    centre = cells.km[cell_of]
    from_centre = cells.spacing_km / 2 * in_disc(rank, _PHASE[kind])
    doubtful = np.flatnonzero(cells.boundary_km[cell_of] < cells.spacing_km / 2)
    # Halving ends: the centre is inside, so a small enough disc around it is.
    while (doubtful := doubtful[~inside(centre[doubtful] + from_centre[doubtful], outline)]).size:
        from_centre[doubtful] /= 2
    keys = tuple(f"{town_keys[town]}-{kind}-{i + 1:03d}" for town, i in zip(town_of, number, strict=True))
    return keys, town_of, centre + from_centre
