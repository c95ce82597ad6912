"""Streams: common random numbers by construction, whoever asks, in whatever order, in whatever process."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.model import replicate
from sim.responses import measure
from sim.streams import Streams
from tests.scenarios import shipped

KEYS = (
    ("patrol/count",),
    ("patrol/count", "north"),
    ("patrol/count", "south"),
    ("patrol/countnorth",),
    ("a", "b", "c"),
)
METHODS = ("random", "poisson", "standard_normal", "standard_gamma", "integers_of_32_bits")
Request = tuple[int, int, str, int]
REQUESTS = st.lists(
    st.tuples(st.integers(0, len(KEYS) - 1), st.integers(0, 5000), st.sampled_from(METHODS), st.integers(0, 9)),
    min_size=1,
    max_size=20,
)
SEED, REPLICATION = 20_240_611, 4


def draw(streams: Streams, request: Request) -> list[float]:
    key, block, method, n = request
    generator = streams.at(*KEYS[key], block=block)
    match method:
        case "poisson":
            drawn: NDArray[np.generic] = generator.poisson(3.5, n)
        case "standard_gamma":
            drawn = generator.standard_gamma(0.7, n)
        case "integers_of_32_bits":  # an odd number of them leaves half a word in the generator
            drawn = generator.integers(0, 2**31, n, dtype=np.int32)
        case _:
            drawn = getattr(generator, method)(n)
    return [float(value) for value in drawn]


@given(requests=REQUESTS)
def test_no_use_of_a_stream_changes_any_other_nor_itself(requests: list[Request]) -> None:
    shared = Streams(SEED, REPLICATION)
    for request in requests:
        assert draw(shared, request) == draw(Streams(SEED, REPLICATION), request)


@given(requests=REQUESTS, order=st.randoms(use_true_random=False))
def test_order_of_blocks_does_not_matter(requests: list[Request], order: random.Random) -> None:
    first, second = Streams(SEED, REPLICATION), Streams(SEED, REPLICATION)
    there = {request: draw(first, request) for request in requests}
    shuffled = list(there)
    order.shuffle(shuffled)
    back = {request: draw(second, request) for request in shuffled}
    assert back == there


def test_more_numbers_of_a_block_begin_with_the_fewer() -> None:
    """A larger force draws more absences and keeps those of the smaller."""
    streams = Streams(SEED, REPLICATION)
    few = streams.at("force/absence", "france", block=3).random(10)
    many = streams.at("force/absence", "france", block=3).random(1000)
    assert many[:10].tolist() == few.tolist()


def numbers(seed: int, replication: int, *key: str, block: int = 0) -> tuple[float, ...]:
    return tuple(Streams(seed, replication).at(*key, block=block).random(8).tolist())


def test_each_of_seed_replication_key_and_block_changes_the_numbers() -> None:
    different = {
        numbers(1, 0, "a", "b"),
        numbers(2, 0, "a", "b"),
        numbers(0, 1, "a", "b"),
        numbers(1, 1, "a", "b"),
        numbers(1, 2, "a", "b"),
        numbers(1, 0, "a", "b", block=1),
        numbers(1, 0, "b", "a"),
        numbers(1, 0, "ab"),
        numbers(1, 0, "a"),
        numbers(1, 0, "a", "b", ""),
    }
    assert len(different) == 10
    assert numbers(1, 0, "a", "b") == numbers(1, 0, "a", "b")


def test_a_block_begins_two_to_the_40_numbers_after_the_one_before() -> None:
    """Blocks cannot overlap: no run draws so many numbers."""
    streams = Streams(SEED, REPLICATION)
    bits = streams.at("patrol/slot", "north", block=6).bit_generator
    assert isinstance(bits, np.random.PCG64DXSM)
    bits.advance(2**40)
    going_on = np.random.Generator(bits).random(5).tolist()
    assert streams.at("patrol/slot", "north", block=7).random(5).tolist() == going_on


def test_blocks_and_neighbouring_streams_are_as_good_as_independent() -> None:
    """First numbers of 4000 blocks: uniform, and uncorrelated with the next block, stream, replication and seed."""
    n = 4000
    streams = Streams(SEED, REPLICATION)
    others = (streams, streams, Streams(SEED, REPLICATION + 1), Streams(SEED + 1, REPLICATION))
    names = ("north", "south", "north", "north")
    first = np.array(
        [
            [one.at("patrol/slot", name, block=block).random() for block in range(n)]
            for one, name in zip(others, names, strict=True)
        ]
    )
    # Eight tests at 99.9 % of numbers that no one chose: each would fail by chance once in a thousand seeds.
    for row in first:
        assert stats.kstest(row, "uniform").pvalue > 0.001
    pairs = [(first[0][:-1], first[0][1:]), *((first[0], row) for row in first[1:])]
    for one, other in pairs:
        assert stats.pearsonr(one, other).pvalue > 0.001


def test_hash_seed_of_python_changes_nothing() -> None:
    program = """
import hashlib
import sys
from sim.model import replicate
from sim.streams import Streams
from tests.scenarios import shipped
streams = Streams(seed=5, replication=2)
numbers = b"".join(streams.at("x", key, block=3).random(4).tobytes() for key in "pqr")
trace = replicate(shipped("lesson", experiment__sweep_days=4), "two-stages", troops=400, seed=5, replication=2)
print(hash("x"), hashlib.sha256(numbers + repr(trace.rows()).encode()).hexdigest())
"""
    outputs = []
    for hash_seed in ("0", "4321"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=root, env=environment, capture_output=True, text=True, check=True
        )
        outputs.append(done.stdout.split())
    assert outputs[0][0] != outputs[1][0], "the hash seed had no effect, so this test shows nothing"
    assert outputs[0][1] == outputs[1][1]


@pytest.mark.parametrize(("seed", "replication"), [(-1, 0), (0, -1)])
def test_seed_and_replication_are_not_negative(seed: int, replication: int) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        Streams(seed, replication)


@pytest.mark.parametrize(
    ("name", "policy", "settings"),
    [
        ("lesson", "two-stages", {"vehicles__runs": "all", "tasks__patrols__departures": "poisson",
                                  "tasks__patrols__departure_window_h": 8}),
        ("kfor-2001", "balanced", {"experiment__sweep_days": 20}),
    ],
)  # fmt: skip
def test_no_block_of_a_stream_serves_two_purposes(
    name: str, policy: str, settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a run with everything on, a block is asked for once, by one line of the program."""
    asked: dict[tuple[object, ...], list[str]] = {}
    whole = Streams.at

    def at(streams: Streams, purpose: str, *entity: str, block: int = 0) -> np.random.Generator:
        frame = sys._getframe(1)
        while frame.f_code.co_name.startswith("<"):  # a comprehension
            assert frame.f_back is not None
            frame = frame.f_back
        asked.setdefault((purpose, *entity, block), []).append(f"{frame.f_code.co_filename}:{frame.f_code.co_name}")
        return whole(streams, purpose, *entity, block=block)

    monkeypatch.setattr(Streams, "at", at)
    scenario = shipped(name, **settings)
    measure(scenario, replicate(scenario, policy, troops=None if name == "lesson" else 20_000, seed=1, replication=0))
    purposes = {key[0] for key in asked}
    assert {"force/leave", "force/rotation", "force/absence", "patrol/slot", "patrol/dwell"} <= purposes
    assert name != "lesson" or {"patrol/count", "vehicle/arrival", "vehicle/service"} <= purposes
    assert [key for key, places in asked.items() if len(places) > 1] == []
