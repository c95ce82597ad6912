"""Command: delays between sectors by hand: coordination, a separate sector, liaison, nobody crosses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sim.policies.command import crossing_delays_s
from sim.scenario.schema import Command

SECTORS = ["north", "centre", "south"]


def test_without_command_nobody_crosses() -> None:
    assert crossing_delays_s(None, SECTORS) == [[0, None, None], [None, 0, None], [None, None, 0]]


def test_coordination_takes_the_same_between_all_sectors() -> None:
    command = Command(coordination_delay_min=7.5)
    assert crossing_delays_s(command, SECTORS) == [[0, 450, 450], [450, 0, 450], [450, 450, 0]]


def test_nobody_crosses_the_boundary_of_a_separate_sector_without_a_delay_for_it() -> None:
    command = Command(coordination_delay_min=10, separate_sectors=["north"])
    assert crossing_delays_s(command, SECTORS) == [[0, None, None], [None, 0, 600], [None, 600, 0]]


def test_to_and_from_a_separate_sector_it_takes_longer() -> None:
    command = Command(coordination_delay_min=10, separate_sectors=["north"], separate_delay_min=60)
    assert crossing_delays_s(command, SECTORS) == [[0, 3600, 3600], [3600, 0, 600], [3600, 600, 0]]


def test_liaison_with_the_separate_sectors_of_the_two_halves_the_delay() -> None:
    """Ten soldiers halve: 60 min become 30 with ten, 60 x 2^-0.5 = 42.43 with five, 21.21 with both; others' do not."""
    command = Command(
        coordination_delay_min=10,
        separate_sectors=["north", "south"],
        separate_delay_min=60,
        liaison_soldiers={"north": 10, "south": 5, "centre": 1000},
        liaison_halves_at=10,
    )
    assert crossing_delays_s(command, SECTORS) == [[0, 1800, 1273], [1800, 0, 2546], [1273, 2546, 0]]


@given(
    separate=st.sets(st.sampled_from(SECTORS)),
    delay_min=st.none() | st.floats(0, 1e4),
    liaison=st.dictionaries(st.sampled_from(SECTORS), st.integers(0, 100)),
    more=st.integers(0, 100),
)
def test_delays_are_the_same_both_ways_and_liaison_never_lengthens_one(
    separate: set[str], delay_min: float | None, liaison: dict[str, int], more: int
) -> None:
    command = Command(
        coordination_delay_min=5,
        separate_sectors=sorted(separate),
        separate_delay_min=delay_min,
        liaison_soldiers=liaison,
        liaison_halves_at=20,
    )
    delays = crossing_delays_s(command, SECTORS)
    larger = command.model_copy(update={"liaison_soldiers": {key: n + more for key, n in liaison.items()}})
    for home, to, after in ((h, t, crossing_delays_s(larger, SECTORS)) for h in range(3) for t in range(3)):
        before, now = delays[home][to], after[home][to]
        assert before == delays[to][home]
        assert (before is None) == (now is None)
        assert before is None or now is None or now <= before
        if now is not None and delay_min is not None and home != to and {SECTORS[home], SECTORS[to]} & separate:
            assert now >= round(min(5, delay_min) * 60), "liaison makes two commands no quicker than one"
