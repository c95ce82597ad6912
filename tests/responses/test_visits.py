"""Coverage and age, against a grid that looks at every second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.responses.integrals import Grid
from sim.responses.visits import VisitIntegrals, VisitMeter

RUN_S = 3 * 3600
HOURS = [0, 1, 2, 3]
SECTOR = np.array([1, 0, 1, 1])
PEOPLE = np.array([100.0, 7.0, 30.0, 0.0])


def integrate(visits: list[tuple[int, int]], window_s: int, cut_s: int = RUN_S) -> VisitIntegrals:
    """Taken in at once, or those before `cut_s` first, with some later ones among them."""
    grid = Grid(np.array(HOURS) * 3600, n_sectors=2)
    meter = VisitMeter(grid, window_s=window_s, area_sector=SECTOR, area_population=PEOPLE)
    early = [visit for visit in visits if visit[1] < cut_s or visit[0] == 2]
    for part, complete_until_s in ((early, cut_s), ([one for one in visits if one not in early], RUN_S)):
        area, visit_s = np.array(part, dtype=np.int64).reshape(-1, 2).T
        meter.add(area, visit_s, complete_until_s)
    return meter.close()


def on_a_grid(visits: list[tuple[int, int]], window_s: int) -> tuple[list[list[float]], ...]:
    """The same integrals, second by second: an instant is covered if its second began within W of a visit."""
    covered, visited, ages = np.zeros((4, RUN_S)), np.zeros((4, RUN_S)), np.zeros((4, RUN_S))
    second = np.arange(RUN_S)
    for area in range(4):
        last = np.full(RUN_S, -1)
        for at_s in sorted(when for where, when in visits if where == area):
            last[at_s:] = at_s
        covered[area] = (last >= 0) & (second - last < window_s)
        visited[area] = last >= 0
        ages[area] = np.where(last >= 0, second + 0.5 - last, 0)
    quantities = (covered, covered * PEOPLE[:, None], visited, ages)
    return tuple(
        [[float(one[sector == SECTOR, : 3600 * hour].sum()) for hour in HOURS] for sector in (0, 1)]
        for one in quantities
    )


SECONDS = st.integers(0, RUN_S - 1) | st.sampled_from([0, 1, 3599, 3600, 7200, RUN_S - 1])
VISITS = st.lists(st.tuples(st.integers(0, 3), SECONDS), max_size=12)
WINDOWS = st.integers(1, 2 * RUN_S) | st.sampled_from([1, 3600, RUN_S])


@given(visits=VISITS, window_s=WINDOWS, cut_s=SECONDS)
def test_integrals_are_those_of_a_grid(visits: list[tuple[int, int]], window_s: int, cut_s: int) -> None:
    """In any order, at the same second, with a window longer than the run, at once or in parts."""
    found = integrate(visits, window_s, cut_s)
    covered_s, people_s, visited_s, age_s2 = on_a_grid(visits, window_s)
    assert found.covered_s.tolist() == covered_s
    assert found.covered_population_s.tolist() == people_s
    assert found.visited_s.tolist() == visited_s
    assert found.age_s2.tolist() == age_s2


def test_by_hand() -> None:
    """Area 1 of sector 0 is visited at 0:30 and 1:00; W is 45 minutes: covered from 0:30 to 1:45."""
    found = integrate([(1, 3600), (1, 1800)], window_s=45 * 60)
    assert found.covered_s[0].tolist() == [0, 1800, 1800 + 2700, 4500]
    assert found.covered_population_s[0].tolist() == [0, 7 * 1800, 7 * 4500, 7 * 4500]
    # Without an age for 30 min; it grows to 30 min, then to 2 h.
    assert found.visited_s[0].tolist() == [0, 1800, 5400, 9000]
    assert found.age_s2[0, -1] == pytest.approx(1800**2 / 2 + 7200**2 / 2)
    for nothing in (found.covered_s, found.covered_population_s, found.visited_s, found.age_s2):
        assert nothing[1].tolist() == [0, 0, 0, 0]


def test_no_visits() -> None:
    found = integrate([], window_s=3600)
    assert not found.covered_s.any()
    assert not found.covered_population_s.any()
    assert not found.visited_s.any()
    assert not found.age_s2.any()
    assert found.age_s2.shape == found.visited_s.shape == (2, 4)


def test_a_visit_at_the_last_second_covers_one_second() -> None:
    found = integrate([(0, RUN_S - 1)], window_s=3600)
    assert found.covered_s[1].tolist() == [0, 0, 0, 1]
    assert found.visited_s[1].tolist() == [0, 0, 0, 1]
    assert found.age_s2[1].tolist() == [0, 0, 0, 0.5]


def test_four_byte_columns_do_not_overflow() -> None:
    """The key of one sort, area times run length, needs more than 32 bits."""
    n_areas, run_length_s = 500, 400 * 86_400
    area, visit_s = np.arange(n_areas, dtype=np.int32), np.full(n_areas, run_length_s - 7200, dtype=np.int32)
    meter = VisitMeter(
        Grid(np.array([0, run_length_s]), n_sectors=1),
        window_s=3600,
        area_sector=np.zeros(n_areas, dtype=np.int64),
        area_population=np.ones(n_areas),
    )
    meter.add(area, visit_s, run_length_s)
    found = meter.close()
    assert found.covered_s[0, -1] == 3600 * n_areas
    assert found.visited_s[0, -1] == 7200 * n_areas
    assert found.age_s2[0, -1] == pytest.approx(n_areas * 7200**2 / 2)


def test_a_window_without_end_covers_from_the_first_visit_to_the_end() -> None:
    found = integrate([(0, 1000), (0, 9000)], window_s=100 * RUN_S)
    assert found.covered_s[1, -1] == RUN_S - 1000


@given(visits=VISITS, window_s=WINDOWS, more=st.tuples(st.integers(0, 3), SECONDS))
def test_one_more_visit_covers_no_less_and_makes_nothing_older_that_had_an_age(
    visits: list[tuple[int, int]], window_s: int, more: tuple[int, int]
) -> None:
    before, after = integrate(visits, window_s), integrate([*visits, more], window_s)
    assert (np.diff(after.covered_s - before.covered_s) >= 0).all()
    area, at_s = more
    first_s = min([when for where, when in visits if where == area], default=RUN_S)
    assert (np.diff(after.visited_s - before.visited_s) >= 0).all()
    assert (after.visited_s - before.visited_s)[SECTOR[area], -1] == max(0, first_s - at_s)
    assert (after.age_s2 - before.age_s2)[1 - SECTOR[area]].tolist() == [0, 0, 0, 0]
    if first_s <= at_s:
        assert (np.diff(after.age_s2 - before.age_s2) <= 0).all()
    else:  # The area has an age from now on, and it grows until what was its first visit.
        assert (after.age_s2 - before.age_s2)[SECTOR[area], -1] == (first_s - at_s) ** 2 / 2
