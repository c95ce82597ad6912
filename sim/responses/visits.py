"""From visits to coverage: how long areas were covered, and how long ago the last visit was.

An area is *covered* at an instant if it was visited within the last W, the coverage window. Its *age* is the time since
its last visit. Before its first visit an area is not covered and has no age: the share of areas not visited yet is
reported beside the mean age of the others, since a mean that counted them would grow with the length of the run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.responses.hourly import Floats, Ints, Steps


@dataclass(frozen=True, slots=True)
class VisitIntegrals:
    """Integrals from 0 to each full hour, by sector, shape (n_sectors, hours + 1).

    `covered_s`: areas covered [area s]; `covered_population_s`: people in them [people s]; `visited_s`: areas that have
    been visited at all [area s]; `age_s2`: sum of those areas' ages [area s2].
    """

    covered_s: Floats
    covered_population_s: Floats
    visited_s: Floats
    age_s2: Floats


def integrate_visits(
    area: NDArray[np.integer],
    visit_s: NDArray[np.integer],
    *,
    window_s: int,
    area_sector: Ints,
    area_population: Floats,
    n_sectors: int,
    run_length_s: int,
) -> VisitIntegrals:
    """Coverage and age of all areas from the visits to them.

    Parameters
    ----------
    area, visit_s
        Index of the area and time [s] of each visit, in any order, before the end of the run.
    window_s
        Coverage window W [s].
    area_sector, area_population
        Sector and people of each area.
    n_sectors, run_length_s
        Number of sectors; length of the run [s].
    """
    of_visit = area_sector[area]
    parts = []
    for sector in range(n_sectors):
        mine = of_visit == sector
        parts.append(_integrate_one_sector(area[mine], visit_s[mine], window_s, area_population, run_length_s))
    return VisitIntegrals(*(np.vstack(columns) for columns in zip(*parts, strict=True)))


def _integrate_one_sector(
    area: NDArray[np.integer], visit_s: NDArray[np.integer], window_s: int, area_population: Floats, run_length_s: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Fields of :class:`VisitIntegrals`, one row each; a sector at a time keeps memory low."""
    place, time_s = _sort_by_area_and_time(area, visit_s, run_length_s)
    is_first = np.append(True, place[1:] != place[:-1])[: len(place)]
    next_s = np.append(time_s[1:], run_length_s)
    next_s[np.append(is_first[1:], True)[: len(place)]] = run_length_s

    def steps(at_s: Ints) -> Steps:
        return Steps(at_s, np.zeros(len(at_s), dtype=np.int64), n_sectors=1, run_length_s=run_length_s)

    visits, uncovered = steps(time_s), steps(np.minimum(next_s, time_s + window_s))
    first, later = steps(time_s[is_first]), steps(time_s[~is_first])
    one, people = np.ones(len(place)), area_population[place]
    since_last_s = np.diff(time_s, prepend=0)[~is_first]
    return (
        visits.integrate(one) - uncovered.integrate(one),
        visits.integrate(people) - uncovered.integrate(people),
        first.integrate(one[is_first]),
        first.integrate_ramps() - later.integrate(since_last_s),
    )


def _sort_by_area_and_time(
    area: NDArray[np.integer], time_s: NDArray[np.integer], run_length_s: int
) -> tuple[Ints, Ints]:
    """One sort of one integer key does for two: a time is smaller than the run length."""
    key = area.astype(np.int64) * run_length_s + time_s
    key.sort()
    place: NDArray[np.int64] = key // run_length_s
    return place, key - place * run_length_s
