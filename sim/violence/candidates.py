"""Candidates: incidents that could happen, with all their luck drawn beforehand.

A *source* is the *base*, which goes on all the time; what is *planned*, escorts and convoys; or a *shock* or *dated*
incident of the scenario. Each source draws, for each sector and day, candidates at the largest rate that it can have on
that day, and all that each will need: when and where it would be, of what kind, its luck, and how long it would take. A
candidate happens if its luck times that largest rate is at most the rate at its time. No policy and no strength stands
in a key: all of them meet the same candidates, and only tension and deterrence decide which of them happen.
"""

from __future__ import annotations

import bisect
import datetime as dt
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR, SECOND_PER_MINUTE
from sim.distributions import make_distribution
from sim.scenario.branching import chain
from sim.scenario.schema import IncidentPlace, Incidents, Scenario, Shock
from sim.streams import Streams
from sim.theatre import Layout

BASE, PLANNED = "base", "planned"

_N_DRAWS = 6
_DAYS_PER_BLOCK = 32
_NEGLIGIBLE_PER_DAY = 1e-6
_INSCRIBED = math.sqrt(3) / 2


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of incident in the scenario's order; all but `keys` have an entry a kind.

    Attributes
    ----------
    keys, at
        Key, and the sort of place where they are.
    n_sections
        Sections needed there at once.
    target_s, burns_out_s
        Time in which enough should be there, and in which it ends by itself if they are not [s].
    triggers
        Further incidents that each causes on average.
    escalates_to
        Index of the kind that it becomes if not met in time; -1 if it becomes none.
    planned, blocks
        Whether it is known before; whether it closes the crossing point where it is.
    """

    keys: tuple[str, ...]
    at: tuple[IncidentPlace, ...]
    n_sections: tuple[int, ...]
    target_s: tuple[int, ...]
    burns_out_s: tuple[int, ...]
    triggers: tuple[float, ...]
    escalates_to: tuple[int, ...]
    planned: tuple[bool, ...]
    blocks: tuple[bool, ...]

    def chain(self, kind: int) -> list[int]:
        """A kind, what it can escalate to, what that can, and so on."""
        following = {one: None if after < 0 else after for one, after in enumerate(self.escalates_to)}
        return chain(kind, following)


def kinds_of(scenario: Scenario) -> Kinds:
    """Kinds of incident of a scenario; none if it has no incidents."""
    kinds = scenario.incidents.kinds if scenario.incidents is not None else {}
    keys, every = tuple(kinds), list(kinds.values())
    return Kinds(
        keys=keys,
        at=tuple(one.at for one in every),
        n_sections=tuple(one.n_sections for one in every),
        target_s=tuple(round(one.target_min * SECOND_PER_MINUTE) for one in every),
        burns_out_s=tuple(round(one.burns_out_h * SECOND_PER_HOUR) for one in every),
        triggers=tuple(one.triggers for one in every),
        escalates_to=tuple(-1 if one.escalates_to is None else keys.index(one.escalates_to) for one in every),
        planned=tuple(one.planned for one in every),
        blocks=tuple(one.blocks for one in every),
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An incident that could happen.

    Attributes
    ----------
    incident_id
        Its name: source, sector, day, and number in that day.
    source, sector, time_s, kind
        Where it comes from, where and when it would be [s], and of what kind (indices).
    place, area, km
        Key of the post or patrol area, index of the patrol area it is in or nearest to, and position [km].
    luck, max_per_day
        It happens if luck times max_per_day is at most the rate at its time [1/day].
    service_s
        How long it would take, once met: of its kind, and of each kind that it can escalate to in turn [s].
    """

    incident_id: str
    source: str
    sector: int
    time_s: int
    kind: int
    place: str
    area: int
    km: tuple[float, float]
    luck: float
    max_per_day: float
    service_s: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """A source: its kinds by weight, its largest rate of each day and sector, and the places it keeps to."""

    key: str
    kinds: list[int]
    kind_edges: list[float]
    shares: list[float]
    per_day: float
    shock: Shock | None
    places: tuple[str, ...]


class CandidateSource:
    """Draws the candidates of a scenario, day by day.

    Parameters
    ----------
    scenario
        A scenario with incidents.
    layout
        Where its areas and posts are.

    Attributes
    ----------
    base_per_day
        Rate of incidents in each sector without tension and shocks, what is planned left out [1/day].
    """

    def __init__(self, scenario: Scenario, layout: Layout) -> None:
        incidents = scenario.incidents
        if incidents is None:
            raise ValueError(f"scenario {scenario.name} has no incidents")
        self._start = dt.datetime.combine(scenario.horizon.start, dt.time())
        self._kinds = kinds_of(scenario)
        self._sectors = tuple(scenario.theatre.sectors)
        self._max_tension = incidents.max_tension
        self._chains = [self._kinds.chain(kind) for kind in range(len(self._kinds.keys))]
        self._service = [make_distribution(**one.service_min.model_dump()) for one in incidents.kinds.values()]
        self._scenario, self._layout = scenario, layout
        self._sources = list(self._make_sources(incidents))
        self._of_key = {source.key: source for source in self._sources}
        self._dated = incidents.dated
        self._counts: dict[str, tuple[Streams, int, list[list[tuple[int, int]]]]] = {}
        base = self._of_key[BASE]
        self.base_per_day = [base.per_day * share for share in base.shares]

    @functools.cached_property
    def _places(self) -> _Places:
        """Where incidents can be: made when the first is drawn, since rates are asked for without."""
        return _Places(self._scenario, self._layout)

    def _make_sources(self, incidents: Incidents) -> list[_Source]:
        planned = [index for index, one in enumerate(self._kinds.planned) if one]
        others = [index for index, one in enumerate(self._kinds.planned) if not one]
        weights = {key: one.weight for key, one in incidents.kinds.items()}
        total = math.fsum(weights[self._kinds.keys[index]] for index in others)
        of_planned = math.fsum(weights[self._kinds.keys[index]] for index in planned)
        per_planned = incidents.per_day * of_planned / total if total > 0 else 0.0
        sources = [
            self._source(BASE, others, weights, incidents.sector_weights, incidents.per_day, None),
            self._source(PLANNED, planned, weights, incidents.sector_weights, per_planned, None),
        ]
        for key, shock in incidents.shocks.items():
            its = shock.kinds or {self._kinds.keys[index]: weights[self._kinds.keys[index]] for index in others}
            kinds = [self._kinds.keys.index(one) for one in its]
            sources.append(self._source(key, kinds, its, shock.sector_weights, shock.per_day, shock))
        return sources

    def _source(
        self,
        key: str,
        kinds: list[int],
        weights: dict[str, float],
        sector_weights: dict[str, float],
        per_day: float,
        shock: Shock | None,
    ) -> _Source:
        edges = np.cumsum([weights[self._kinds.keys[kind]] for kind in kinds], dtype=np.float64)
        of_sectors = np.array([sector_weights.get(one, 0.0) for one in self._sectors])
        has_any = len(edges) > 0 and edges[-1] > 0 and of_sectors.sum() > 0
        return _Source(
            key,
            kinds,
            (edges / edges[-1]).tolist() if has_any else [],
            (of_sectors / of_sectors.sum()).tolist() if has_any else [0.0] * len(self._sectors),
            per_day if has_any else 0.0,
            shock,
            tuple(shock.places) if shock is not None else (),
        )

    def shock_rate_per_day(self, source: str, sector: int, time_s: int) -> float:
        """Rate of a shock in a sector at a time [s], deterrence apart [1/day]."""
        its = self._of_key[source]
        if its.shock is None:
            raise ValueError(f"'{source}' is no shock")
        return its.shares[sector] * self._height(its.shock, time_s)

    def _height(self, shock: Shock, time_s: float) -> float:
        since_h = (time_s - self._seconds(shock.begins)) / SECOND_PER_HOUR
        if since_h < 0:
            return 0.0
        if since_h < shock.lasts_h:
            return shock.per_day
        return shock.per_day * 2 ** -((since_h - shock.lasts_h) / shock.half_life_h) if shock.half_life_h > 0 else 0.0

    def _seconds(self, when: dt.datetime) -> int:
        return round((when - self._start).total_seconds())

    def _max_per_day(self, source: _Source, day: int) -> float:
        """Largest rate that a source can have in the theatre on a day [1/day]."""
        if source.key == BASE:
            return source.per_day * (1 + self._max_tension)
        if source.shock is None:
            return source.per_day
        begins_s = self._seconds(source.shock.begins)
        if begins_s >= (day + 1) * SECOND_PER_DAY:
            return 0.0
        return self._height(source.shock, max(begins_s, day * SECOND_PER_DAY))

    def on_day(self, day: int, streams: Streams) -> list[Candidate]:
        """Candidates of a day, from 0, in order of time and name.

        Streams `incident/count`, a block some days, `incident/candidate` and `incident/service`, a block a day, each
        keyed by source and sector.
        """
        found: list[Candidate] = []
        for source in self._sources:
            for sector, n in self._counts_on(source, day, streams):
                most = self._max_per_day(source, day) * source.shares[sector]
                found += self._draw(source, sector, n, most, day, streams)
        found += self._dated_on(day, streams)
        return sorted(found, key=lambda one: (one.time_s, one.incident_id))

    def _counts_on(self, source: _Source, day: int, streams: Streams) -> list[tuple[int, int]]:
        """Sectors in which a source has candidates on a day, each with their number."""
        block, at = divmod(day, _DAYS_PER_BLOCK)
        known = self._counts.get(source.key)
        if known is None or known[0] is not streams or known[1] != block:
            known = streams, block, self._count_block(source, block, streams)
            self._counts[source.key] = known
        return known[2][at]

    def _count_block(self, source: _Source, block: int, streams: Streams) -> list[list[tuple[int, int]]]:
        days = range(block * _DAYS_PER_BLOCK, (block + 1) * _DAYS_PER_BLOCK)
        most = [self._max_per_day(source, day) for day in days]
        found: list[list[tuple[int, int]]] = [[] for _ in days]
        if max(most) <= _NEGLIGIBLE_PER_DAY:
            return found
        for sector, share in enumerate(source.shares):
            if share > 0:
                generator = streams.at("incident/count", source.key, self._sectors[sector], block=block)
                for at, n in enumerate(generator.poisson([one * share for one in most]).tolist()):
                    if n > 0 and most[at] > _NEGLIGIBLE_PER_DAY:
                        found[at].append((sector, n))
        return found

    def _draw(
        self, source: _Source, sector: int, n: int, max_per_day: float, day: int, streams: Streams
    ) -> list[Candidate]:
        name = self._sectors[sector]
        drawn = streams.at("incident/candidate", source.key, name, block=day).random((n, _N_DRAWS)).tolist()
        kinds = [
            source.kinds[min(bisect.bisect_right(source.kind_edges, row[2]), len(source.kinds) - 1)] for row in drawn
        ]
        service_s = self._service_s(source.key, name, kinds, day, streams)
        found = []
        for number, (row, kind) in enumerate(zip(drawn, kinds, strict=True)):
            place, area, km = self._places.draw(sector, self._kinds.at[kind], row[3:], source.places)
            found.append(
                Candidate(
                    incident_id=f"{source.key}/{name}/{day:05d}/{number:02d}",
                    source=source.key,
                    sector=sector,
                    time_s=day * SECOND_PER_DAY + int(row[0] * SECOND_PER_DAY),
                    kind=kind,
                    place=place,
                    area=area,
                    km=km,
                    luck=row[1],
                    max_per_day=max_per_day,
                    service_s=tuple(service_s[one][number] for one in self._chains[kind]),
                )
            )
        return found

    def _service_s(
        self, source: str, sector: str, kinds: list[int], day: int, streams: Streams
    ) -> dict[int, list[int]]:
        """Of each kind that one of these can be or become, how long each would take [s]."""
        needed = sorted({one for kind in kinds for one in self._chains[kind]})
        generator, found = streams.at("incident/service", source, sector, block=day), {}
        for kind in needed:
            minutes = self._service[kind].draw(generator, (len(kinds),)).tolist()
            found[kind] = [round(one * SECOND_PER_MINUTE) for one in minutes]
        return found

    def _dated_on(self, day: int, streams: Streams) -> list[Candidate]:
        found = []
        for key, dated in self._dated.items():
            time_s = self._seconds(dated.begins)
            if time_s // SECOND_PER_DAY == day:
                kind = self._kinds.keys.index(dated.kind)
                sector, area, km, place = self._places.named(dated.place, self._kinds.at[kind])
                drawn = self._service_s(key, self._sectors[sector], [kind], day, streams)
                service_s = [drawn[one][0] for one in self._chains[kind]]
                if dated.service_h is not None:
                    service_s[0] = round(dated.service_h * SECOND_PER_HOUR)
                found.append(Candidate(key, key, sector, time_s, kind, place, area, km, 0.0, 0.0, tuple(service_s)))
        return found


class _Places:
    """Where incidents can be: patrol areas by risk, sites on the task list, crossing points."""

    def __init__(self, scenario: Scenario, layout: Layout) -> None:
        self._layout = layout
        self._area_km: list[list[float]] = layout.area_km.tolist()
        self._radius_km = layout.cell_radius_km * _INSCRIBED
        self._sector_of = [layout.sector_keys.index(one.sector) for one in scenario.theatre.municipalities.values()]
        self._cells: list[tuple[list[int], list[float]]] = []
        self._posts: dict[tuple[int, IncidentPlace], list[str]] = {}
        self._named: dict[tuple[IncidentPlace, str], tuple[int, int, tuple[float, float]]] = {}
        for sector in range(len(layout.sector_keys)):
            areas = np.flatnonzero(layout.area_sector == sector)
            weights = layout.area_risk[areas]
            weights = weights if weights.sum() > 0 else np.ones(len(areas))
            self._cells.append((areas.tolist(), (np.cumsum(weights) / weights.sum()).tolist()))
        n_sites = scenario.tasks.sites.n
        posts = [
            (IncidentPlace.SITE, layout.site_keys[:n_sites], layout.site_sector[:n_sites], layout.site_km[:n_sites]),
            (IncidentPlace.CROSSING_POINT, layout.crossing_keys, layout.crossing_sector, layout.crossing_km),
        ]
        for at, keys, sectors, places_km in posts:
            for key, sector, km in zip(keys, sectors.tolist(), places_km, strict=True):
                self._posts.setdefault((sector, at), []).append(key)
                self._named[at, key] = sector, self._nearest_area(km), (float(km[0]), float(km[1]))

    def _nearest_area(self, km: NDArray[np.float64]) -> int:
        return int(np.argmin(np.hypot(*(self._layout.area_km - km).T)))

    def draw(
        self, sector: int, at: IncidentPlace, luck: Sequence[float], among: tuple[str, ...]
    ) -> tuple[str, int, tuple[float, float]]:
        """Place, patrol area and position [km] from three random numbers, among some posts if any of them suits."""
        if at is not IncidentPlace.AREA:
            posts = self._posts.get((sector, at), [])
            chosen = [key for key in among if key in posts] or posts
            if chosen:
                key = chosen[int(luck[0] * len(chosen))]
                return key, *self._named[at, key][1:]
        areas, edges = self._cells[sector]
        area = areas[min(bisect.bisect_right(edges, luck[0]), len(areas) - 1)]
        radius = self._radius_km * math.sqrt(luck[1])
        x, y = self._area_km[area]
        angle = 2 * math.pi * luck[2]
        return f"area-{area:03d}", area, (x + radius * math.cos(angle), y + radius * math.sin(angle))

    def named(self, key: str, at: IncidentPlace) -> tuple[int, int, tuple[float, float], str]:
        """Sector, patrol area, position [km] and place of a site, a crossing point or a municipality's seat."""
        if at is not IncidentPlace.AREA:
            return *self._named[at, key], key
        municipality = self._layout.municipality_keys.index(key)
        mine = np.flatnonzero(self._layout.area_municipality == municipality)
        mine = mine if len(mine) else np.flatnonzero(self._layout.area_sector == self._sector_of[municipality])
        seat_km = self._layout.seat_km[municipality]
        area = int(mine[np.argmin(np.hypot(*(self._layout.area_km[mine] - seat_km).T))])
        km = float(seat_km[0]), float(seat_km[1])
        return self._sector_of[municipality], area, km, f"area-{area:03d}"
