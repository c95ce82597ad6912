"""From visits to coverage: how long areas were covered, and how long ago the last visit was.

An area is *covered* at an instant if it was visited within the last W, the coverage window. Its *age* is the time since
its last visit. Before its first visit an area is not covered, and its age counts from the start of the run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_HOUR
from sim.responses.hourly import Floats, Ints, Steps


@dataclass(frozen=True, slots=True)
class VisitIntegrals:
    """Integrals from 0 to each full hour, by sector, shape (n_sectors, hours + 1).

    `covered_s`: areas covered [area s]; `covered_population_s`: people in them [people s]; `age_s2`: sum of the areas'
    ages [area s2].
    """

    covered_s: Floats
    covered_population_s: Floats
    age_s2: Floats


def integrate_visits(
    area: Ints,
    visit_s: Ints,
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
    place, time_s = _sort_by_area_and_time(area, visit_s, run_length_s)
    is_first = np.append(True, place[1:] != place[:-1])[: len(place)]
    since_last_s = np.diff(time_s, prepend=0)
    since_last_s[is_first] = time_s[is_first]
    next_s = np.append(time_s[1:], run_length_s)
    next_s[np.append(is_first[1:], True)[: len(place)]] = run_length_s
    sector = area_sector[place]
    visits = Steps(time_s, sector, n_sectors=n_sectors, run_length_s=run_length_s)
    uncovered = Steps(np.minimum(next_s, time_s + window_s), sector, n_sectors=n_sectors, run_length_s=run_length_s)
    one, people = np.ones(len(place)), area_population[place]
    last_visit_s2 = visits.integrate(since_last_s)
    n_areas = np.bincount(area_sector, minlength=n_sectors)
    hours_s = np.arange(last_visit_s2.shape[1]) * float(SECOND_PER_HOUR)
    return VisitIntegrals(
        covered_s=visits.integrate(one) - uncovered.integrate(one),
        covered_population_s=visits.integrate(people) - uncovered.integrate(people),
        age_s2=n_areas[:, None] * hours_s**2 / 2 - last_visit_s2,
    )


def _sort_by_area_and_time(area: Ints, time_s: Ints, run_length_s: int) -> tuple[Ints, Ints]:
    """One sort of one integer key does for two: a time is smaller than the run length."""
    key = area * np.int64(run_length_s) + time_s
    key.sort()
    place: NDArray[np.int64] = key // run_length_s
    return place, key - place * run_length_s
