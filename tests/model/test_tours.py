"""Slots and tours: the same luck in every policy and at every troop level, and times that add up."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.model import layout_of, replicate
from sim.policies.circuits import Circuits, make_circuits
from sim.policies.routing import UniformRouter
from sim.scenario.schema import Departures, Routing, Scenario, Task
from sim.statistics import within_interval
from sim.streams import Streams
from sim.tasks import TASK_INDEX
from sim.tours import Slots, TourPlanner, tours_tasked_per_day
from sim.trace import NOT_YET, Trace
from tests.scenarios import shipped

SHIFT_S = 8 * 3600
N_SHIFTS = 300


def planner_of(scenario: Scenario) -> TourPlanner:
    return TourPlanner(scenario, make_circuits(scenario, layout_of(scenario)))


def draw(scenario: Scenario, n_shifts: int = N_SHIFTS, seed: int = 31) -> list[Slots]:
    router = UniformRouter(make_circuits(scenario, layout_of(scenario)))
    return list(itertools.islice(planner_of(scenario).slots_by_shift(Streams(seed, 0), router), n_shifts))


def busy(departures: Departures, per_day: float = 60) -> Scenario:
    return shipped(
        "lesson",
        tasks__patrols__departures=departures.value,
        tasks__patrols__per_day=per_day,
        tasks__patrols__departure_window_h=8 if departures is Departures.POISSON else 4,
    )


# Slots ---------------------------------------------------------------------------------------------------------------


def test_tours_tasked_are_shared_out_by_weight() -> None:
    """100 a day over weights that need not add up to one; a sector that is not named gets none."""
    scenario = shipped("kfor-2001")
    sectors = list(scenario.theatre.sectors)
    patrols = scenario.tasks.patrols

    def tasked(weights: dict[str, float], per_day: float) -> dict[str, float]:
        changed = patrols.model_copy(update={"per_day": per_day, "sector_weights": weights})
        tasks = scenario.tasks.model_copy(update={"patrols": changed})
        found = tours_tasked_per_day(scenario.model_copy(update={"tasks": tasks}))
        return dict(zip(sectors, found.tolist(), strict=True))

    named = dict(zip(sectors[:4], [3, 1.5, 0, 0.5], strict=True))
    assert list(tasked(named, 100).values()) == pytest.approx([60, 30, 0, 10, 0])
    assert set(tasked(named, 0).values()) == {0}
    assert set(tasked({}, 0).values()) == set(tasked(dict.fromkeys(sectors, 0.0), 0).values()) == {0}


def test_slots_of_a_month_are_as_many_as_are_tasked_in_every_sector() -> None:
    scenario = shipped("kfor-2001")
    sectors = np.concatenate([slots.sector for slots in draw(scenario, n_shifts=90)])
    for sector, per_day in enumerate(tours_tasked_per_day(scenario).tolist()):
        assert 0 <= 30 * per_day - (sectors == sector).sum() < 1


@pytest.mark.parametrize("departures", list(Departures))
def test_departures_lie_in_the_window_in_order(departures: Departures) -> None:
    window_s = SHIFT_S if departures is Departures.POISSON else 4 * 3600
    latest = 0
    for shift, slots in enumerate(draw(busy(departures))):
        since_start_s = slots.depart_s - shift * SHIFT_S
        assert ((since_start_s >= 0) & (since_start_s < window_s)).all()
        assert (np.diff(slots.depart_s) >= 0).all()
        latest = max([latest, *since_start_s.tolist()])
    assert latest > 0.9 * window_s


@pytest.mark.parametrize("departures", list(Departures))
def test_slots_are_numbered_and_ranked_without_gaps(departures: Departures) -> None:
    for slots in draw(busy(departures, per_day=20), n_shifts=50):
        assert sorted(slots.slot.tolist()) == sorted(slots.rank.tolist()) == list(range(len(slots)))
        assert ((slots.where >= 0) & (slots.where < 1)).all()
        stops = np.where(slots.kind == 0, 2, 5)
        assert ((slots.dwell_s > 0) == (np.arange(5) < stops[:, None])).all()


def test_even_departures_by_hand() -> None:
    slots = draw(busy(Departures.EVEN, per_day=9), n_shifts=2)
    assert slots[1].depart_s.tolist() == [SHIFT_S, SHIFT_S + 4800, SHIFT_S + 9600]


@pytest.mark.parametrize("departures", [Departures.UNIFORM, Departures.POISSON])
def test_random_departures_are_uniform_over_their_window(departures: Departures) -> None:
    window_s = SHIFT_S if departures is Departures.POISSON else 4 * 3600
    all_slots = draw(busy(departures))
    since_s = np.concatenate([slots.depart_s - shift * SHIFT_S for shift, slots in enumerate(all_slots)])
    assert len(since_s) > 5000
    assert stats.kstest((since_s + 0.5) / window_s, "uniform").pvalue > 0.001


@given(per_day=st.floats(0, 40), departures=st.sampled_from([Departures.UNIFORM, Departures.EVEN]))
def test_fixed_numbers_of_tours_never_drift_from_the_rate(per_day: float, departures: Departures) -> None:
    lesson = shipped("lesson")
    patrols = lesson.tasks.patrols.model_copy(update={"per_day": per_day, "departures": departures})
    scenario = lesson.model_copy(update={"tasks": lesson.tasks.model_copy(update={"patrols": patrols})})
    n = np.cumsum([len(slots) for slots in draw(scenario, n_shifts=12)])
    asked = per_day / 3 * np.arange(1, 13)
    assert (n <= asked + 1e-6).all()
    assert (n > asked - 1).all()


@given(
    per_day=st.floats(3, 60),
    more=st.integers(1, 4) | st.floats(0.1, 4),
    departures=st.sampled_from([Departures.UNIFORM, Departures.POISSON]),
)
def test_a_longer_task_list_adds_slots_and_changes_none(per_day: float, more: float, departures: Departures) -> None:
    """`more` tours a shift on top: when the others go, in which order, where to and how long they stay is as before."""
    few, many = draw(busy(departures, per_day), n_shifts=30), draw(busy(departures, per_day + 3 * more), n_shifts=30)
    if departures is Departures.UNIFORM and isinstance(more, int):
        assert [len(slots) for slots in many] == [len(slots) + more for slots in few]
    for one, other in zip(few, many, strict=True):
        mine, theirs = np.argsort(one.slot), np.argsort(other.slot)
        n = min(len(one), len(other))
        for column in ("kind", "depart_s", "where", "dwell_s"):
            assert (getattr(one, column)[mine][:n] == getattr(other, column)[theirs][:n]).all()
        shared = np.isin(other.slot, one.slot)
        assert (np.diff(other.rank[theirs][:n][np.argsort(one.rank[mine][:n])]) > 0).all() or not shared.any()


def test_poisson_numbers_of_tours_are_poisson() -> None:
    """Total and dispersion of the numbers of tours a shift, 99.9 %."""
    n = np.array([len(slots) for slots in draw(busy(Departures.POISSON, per_day=60))])
    low, high = stats.poisson.interval(0.999, 20 * N_SHIFTS)
    assert low <= n.sum() <= high
    low, high = stats.chi2.interval(0.999, N_SHIFTS)
    assert low <= ((n - 20) ** 2 / 20).sum() <= high


def test_kinds_have_their_share() -> None:
    kinds = np.concatenate([slots.kind for slots in draw(busy(Departures.UNIFORM))])
    low, high = stats.binom.interval(0.999, len(kinds), 0.4)
    assert low <= (kinds == 0).sum() <= high


def test_stays_have_their_mean_by_kind() -> None:
    all_slots = draw(busy(Departures.UNIFORM))
    for kind, n_stops, mean_s in ((0, 2, 1800), (1, 5, 900)):
        stays = np.concatenate([slots.dwell_s[slots.kind == kind, :n_stops].ravel() for slots in all_slots])
        assert within_interval(stays, mean_s)


def test_who_goes_when_sections_lack_has_nothing_to_do_with_when_or_what() -> None:
    """Mean rank of the earliest slot, and of foot patrols, over shifts: the middle."""
    all_slots = draw(busy(Departures.UNIFORM, per_day=30))
    assert {len(slots) for slots in all_slots} == {10}
    assert within_interval([float(slots.rank[0]) for slots in all_slots], 4.5)
    assert within_interval([float(slots.rank[-1]) for slots in all_slots], 4.5)
    foot = [float(slots.rank[slots.kind == 0].mean()) for slots in all_slots if (slots.kind == 0).any()]
    assert within_interval(foot, 4.5)
    assert within_interval([float(slots.where[slots.rank == 0][0]) for slots in all_slots], 0.5)


# Common random numbers -----------------------------------------------------------------------------------------------

Key = tuple[int, int, int]


def tours(trace: Trace) -> dict[Key, tuple[int, int, list[int], list[int], int]]:
    """(shift, sector, slot) to kind, departure, areas, visits and return of every tour sent out."""
    found = {}
    for block in trace.tours:
        for row in range(len(block)):
            found[block.shift, int(block.sector[row]), int(block.tour_id[row])] = (
                int(block.kind[row]),
                int(block.depart_s[row]),
                block.area[row].tolist(),
                block.visit_s[row].tolist(),
                int(block.end_s[row]),
            )
    return found


def two_policies() -> Scenario:
    scenario = shipped("lesson", experiment__sweep_days=20, tasks__patrols__per_day=24)
    first = scenario.policy["two-stages"]
    other = {"priority": first.priority[::-1], "weight": dict.fromkeys(Task, 1.0)}
    policies = {
        "first": first,
        "other": first.model_copy(update=other),
        "round": first.model_copy(update={**other, "routing": Routing.SYSTEMATIC}),
    }
    return scenario.model_copy(update={"policy": policies})


@pytest.fixture(scope="module")
def traces() -> dict[tuple[str, int], Trace]:
    scenario = two_policies()
    return {
        (policy, troops): replicate(scenario, policy, troops=troops, seed=12, replication=3)
        for policy in scenario.policy
        for troops in (150, 240, 330, 500)
    }


def test_tasked_tours_are_the_same_in_every_policy_and_at_every_troop_level(
    traces: dict[tuple[str, int], Trace],
) -> None:
    reference = traces["first", 150].tasked
    for trace in traces.values():
        for (sector, depart_s), (its_sector, its_depart_s) in zip(reference, trace.tasked, strict=True):
            assert sector.tolist() == its_sector.tolist()
            assert depart_s.tolist() == its_depart_s.tolist()


def test_a_slot_is_the_same_tour_wherever_it_is_taken(traces: dict[tuple[str, int], Trace]) -> None:
    reference = tours(traces["first", 500])
    for (policy, _), trace in traces.items():
        mine = tours(trace)
        shared = reference.keys() & mine.keys()
        assert len(shared) > 50
        same = 2 if policy == "round" else 5  # routing that remembers goes elsewhere: kind and departure only
        for key in shared:
            assert mine[key][:same] == reference[key][:same]


def test_more_sections_add_tours_and_change_none(traces: dict[tuple[str, int], Trace]) -> None:
    """In every shift the tours of the run with fewer patrol sections are among those of the one with more."""
    index = TASK_INDEX[Task.PATROLS]
    n_compared = 0
    for one in traces.values():
        for other in traces.values():
            for few, many in zip(one.tours, other.tours, strict=True):
                n = [int(trace.shifts[few.shift].allocated[0, index]) for trace in (one, other)]
                assert [len(few), len(many)] == n
                if 0 < n[0] < n[1]:
                    assert set(few.tour_id.tolist()) < set(many.tour_id.tolist())
                    n_compared += 1
    assert n_compared > 500


@pytest.mark.parametrize("departures", ["even", "uniform"])
def test_tours_that_sections_allow_are_spread_over_the_window(departures: str) -> None:
    """Those that go out are no earlier, on average, than those that were tasked."""
    scenario = shipped(
        "lesson", experiment__sweep_days=50, tasks__patrols__per_day=24, tasks__patrols__departures=departures
    )
    trace = replicate(scenario, "two-stages", troops=240, seed=3, replication=0)
    places = []
    for block, (_, tasked_s) in zip(trace.tours, trace.tasked, strict=True):
        assert len(tasked_s) == 8
        if 0 < len(block) < 8:
            places.append(float(np.searchsorted(np.sort(tasked_s), block.depart_s).mean()))
    assert len(places) > 100
    assert within_interval(places, 3.5)


# Tours ---------------------------------------------------------------------------------------------------------------


def test_times_of_two_tours_by_hand() -> None:
    """Foot: 720 s/km on the way, 120 to it, stays of 600 and 300 s. Vehicle: 120 s/km, five stops on three areas."""
    scenario = shipped("lesson")
    way = {"step_km": [2.0, 4.0, 6.0], "approach_km": [10.0, 20.0, 5.0]}
    circuits = Circuits(
        area=np.array([7, 8, 9, 7, 8, 9]),
        step_km=np.array(way["step_km"] * 2),
        approach_km=np.array(way["approach_km"] * 2),
        offset=np.array([[0, 3]]),
        length=np.array([[3, 3]]),
        population=np.ones(6),
        risk=np.ones(6),
    )
    slots = Slots(
        sector=np.array([0, 0, 0]),
        slot=np.array([4, 2, 0]),
        kind=np.array([0, 0, 1]),
        depart_s=np.array([100, 200, 5000]),
        rank=np.array([1, 2, 0]),
        where=np.array([0.0, 0.9, 0.5]),
        dwell_s=np.array([[600.0, 300.0, 0, 0, 0], [1.0, 1.0, 0, 0, 0], [60.0] * 5]),
    )
    planner = TourPlanner(scenario, circuits)
    block = planner.make_tours(6, slots, np.array([0, 2]), np.array([11, 5]), UniformRouter(circuits))
    assert (block.shift, len(block)) == (6, 2)
    assert block.tour_id.tolist() == [4, 0]
    assert block.section.tolist() == [11, 5]
    assert block.kind.tolist() == [0, 1]
    assert block.depart_s.tolist() == [100, 5000]
    assert block.area.tolist() == [[7, 8, -1, -1, -1], [8, 9, 7, 8, 9]]
    # Foot: 10 km to the first, 2 km to the second, 20 km home. Vehicle: 20 km, then 4, 6, 2 and 4 km, 5 km home.
    assert block.visit_s.tolist() == [
        [100 + 1200, 1300 + 600 + 1440, -1, -1, -1],
        [5000 + 2400, 7400 + 60 + 480, 7940 + 60 + 720, 8720 + 60 + 240, 9020 + 60 + 480],
    ]
    assert block.end_s.tolist() == [3340 + 300 + 2400, 9560 + 60 + 600]
    assert block.free_s.tolist() == [6040 + 3600, 10220 + 3600]
    assert block.departed_s.tolist() == block.ended_s.tolist() == [NOT_YET, NOT_YET]


def test_no_tours_at_all() -> None:
    planner = planner_of(shipped("lesson", tasks__patrols__per_day=0))
    router = UniformRouter(make_circuits(shipped("lesson"), layout_of(shipped("lesson"))))
    slots = next(planner.slots_by_shift(Streams(1, 0), router))
    nobody = np.empty(0, dtype=np.int64)
    assert len(slots) == 0
    assert len(planner.make_tours(0, slots, nobody, nobody, router)) == 0


@pytest.fixture(scope="module")
def kfor() -> Trace:
    scenario = shipped("kfor-2001", experiment__sweep_days=2)
    return replicate(scenario, "balanced", troops=40_000, seed=5, replication=0)


def test_visits_lie_inside_the_tour_in_order_and_in_its_sector(kfor: Trace) -> None:
    scenario = shipped("kfor-2001")
    layout = layout_of(scenario)
    n_stops = np.array([kind.n_stops for kind in scenario.tasks.patrols.kinds.values()])
    sector, kind, depart_s, end_s, free_s, area, visit_s = kfor.tour_columns(
        "sector", "kind", "depart_s", "end_s", "free_s", "area", "visit_s"
    )
    assert len(sector) > 1500
    has_stop = np.arange(visit_s.shape[1]) < n_stops[kind][:, None]
    assert ((visit_s >= 0) == has_stop).all()
    assert ((area >= 0) == has_stop).all()
    assert (np.where(has_stop, visit_s, depart_s[:, None] + 1) > depart_s[:, None]).all()
    assert (np.where(has_stop, visit_s, 0) < end_s[:, None]).all()
    assert (np.diff(visit_s, axis=1)[has_stop[:, 1:]] >= 0).all()
    assert (free_s - end_s == 3600).all()
    assert (layout.area_sector[area] == sector[:, None])[has_stop].all()


def test_a_boundary_kind_visits_boundary_areas_only(kfor: Trace) -> None:
    boundary_km = layout_of(shipped("kfor-2001")).area_boundary_km
    kind, area = kfor.tour_columns("kind", "area")
    farthest = [float(boundary_km[area[kind == one][area[kind == one] >= 0]].max()) for one in range(3)]
    assert kfor.names.kinds[2] == "boundary"
    assert farthest[2] <= 7.5 < min(farthest[:2])


def test_consecutive_stops_are_neighbours_on_the_circuit_and_wrap() -> None:
    """A tour of 20 stops in a valley of 12 areas begins a second round."""
    scenario = shipped("lesson", experiment__sweep_days=2, tasks__patrols__kinds__vehicle__n_stops=20)
    layout = layout_of(scenario)
    trace = replicate(scenario, "two-stages", troops=450, seed=2, replication=0)
    kind, area = trace.tour_columns("kind", "area")
    after = dict(zip(layout.circuits[0].tolist(), np.roll(layout.circuits[0], -1).tolist(), strict=True))
    long_tours = area[kind == 1]
    assert len(long_tours) > 5
    for stops in long_tours.tolist():
        assert [after[one] for one in stops[:-1]] == stops[1:]
        assert stops[:8] == stops[12:]


def test_longer_ways_make_longer_tours_and_change_no_stop() -> None:
    """The detour factor stretches ways, not stays: durations grow by the ways alone."""
    near, far = (shipped("lesson", experiment__sweep_days=5, theatre__detour_factor=factor) for factor in (1.0, 2.0))
    layout = layout_of(near)
    one, other = (
        replicate(scenario, "two-stages", troops=600, seed=2, replication=0, layout=layout) for scenario in (near, far)
    )
    mine, theirs = tours(one), tours(other)
    shared = mine.keys() & theirs.keys()
    assert len(shared) > 20
    kinds = list(near.tasks.patrols.kinds.values())
    for key in shared:
        kind, depart_s, area, _, end_s = mine[key]
        assert theirs[key][:3] == (kind, depart_s, area)
        place = layout.area_km[[one for one in area if one >= 0]]
        between_km = np.hypot(*np.diff(place, axis=0).T).sum()
        approach_km = np.hypot(*(place[[0, -1]] - layout.base_km[0]).T).sum()
        way_s = 3600 * (between_km / kinds[kind].speed_km_h + approach_km / kinds[kind].approach_speed_km_h)
        assert theirs[key][4] - end_s == pytest.approx(way_s, abs=3)
