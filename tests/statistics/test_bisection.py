"""Minimum level: its guarantee on responses of known answer, its ends, and what luck and caches may not change."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom

from sim.statistics import Ending, MinimumLevel, Verdict, bisection, find_minimum_level, look_sizes, mean_interval

SEED = 20010105
N_STUDIES, N_DOCUMENTED = 1000, 4000
ROOT = 40.5  # where the mean of a noisy response reaches the target
LUCK = {"common": (1.0, 0.0), "own": (0.0, 1.0), "both": (0.6, 0.6)}  # standard deviations
NAN = math.nan
Sample = Callable[[int, int], NDArray[np.float64]]


def straight(level: int, n: int) -> NDArray[np.float64]:
    """Return values without luck, a hundredth of the level each."""
    return np.full(n, level / 100)


def noisy(rng: np.random.Generator, slope: float, common: float, own: float, n_max: int = 80) -> Sample:
    """Return a response that rises by the slope a level, with luck that levels share and luck of their own."""
    shared = common * rng.normal(0, 1, n_max)
    seed = int(rng.integers(2**32))

    @functools.cache
    def run(level: int) -> NDArray[np.float64]:
        alone = np.random.default_rng((seed, level)).normal(0, own, n_max) if own else 0.0
        return slope * level + shared + alone

    def sample(level: int, n: int) -> NDArray[np.float64]:
        return run(level)[:n]

    return sample


def holds(found: MinimumLevel, truth: int) -> bool:
    return (found.low is None or found.low < truth) and (found.level is None or truth <= found.level)


def documented() -> list[tuple[float, str, float, float, float]]:
    """Return the rows of the table in the module's docstring."""
    rows = [line.split() for line in (bisection.__doc__ or "").splitlines()]
    found = [row for row in rows if len(row) == 5 and row[1] in LUCK]
    return [(float(c), luck, float(rise), float(missed), float(width)) for c, luck, rise, missed, width in found]


def test_the_table_has_all_rows() -> None:
    assert {row[1] for row in documented()} == set(LUCK)
    assert len(documented()) == 4


@pytest.mark.parametrize(("confidence", "luck", "rise", "missed", "width"), documented())
def test_the_guarantee_holds_and_is_what_the_docstring_says(
    confidence: float, luck: str, rise: float, missed: float, width: float
) -> None:
    rng = np.random.default_rng(SEED)
    studies = [
        find_minimum_level(
            noisy(rng, rise, *LUCK[luck]), ROOT * rise, 0, 100, confidence=confidence, n_min=10, n_max=80
        )
        for _ in range(N_STUDIES)
    ]
    n_missed = sum(not holds(found, math.ceil(ROOT)) for found in studies)
    assert n_missed <= binom.ppf(0.999, N_STUDIES, 1 - confidence)
    # The share is known from as many studies, not exactly.
    unsure = 3.2905 * math.sqrt(missed * (1 - missed) / N_DOCUMENTED) + 1 / N_DOCUMENTED
    assert n_missed >= binom.ppf(0.0005, N_STUDIES, max(0.0, missed - unsure))
    assert n_missed <= binom.ppf(0.9995, N_STUDIES, missed + unsure)
    widths = [found.level - found.low for found in studies if found.level is not None and found.low is not None]
    assert len(widths) == N_STUDIES
    error = mean_interval(widths, 0.999).half_width * math.sqrt(1 + N_STUDIES / N_DOCUMENTED)
    assert np.mean(widths) == pytest.approx(width, abs=error + 0.05)
    assert np.mean([found.estimate for found in studies]) == pytest.approx(ROOT, abs=2)


def test_without_the_split_the_guarantee_would_be_missed() -> None:
    # One look at a time with all of the error: why it is shared out.
    rng, n_studies = np.random.default_rng(SEED), 400
    n_missed = 0
    for _ in range(n_studies):
        sample = noisy(rng, 0.05, 0.0, 1.0)
        low, high = -1, 101
        while high - low > 1:
            middle = (low + high) // 2
            for n in look_sizes(10, 80):
                found = mean_interval(sample(middle, n), 0.95)
                if abs(found.mean - 40.5 * 0.05) > found.half_width:
                    break
            low, high = (low, middle) if found.mean >= 40.5 * 0.05 else (middle, high)
        n_missed += high != 41
    assert n_missed > binom.ppf(0.999, n_studies, 0.05)


@settings(deadline=None)
@given(st.integers(-20, 20), st.integers(0, 60), st.integers(1, 9), st.integers(-30, 90))
def test_without_luck_it_is_the_first_level_that_suffices(low: int, width: int, resolution: int, root: int) -> None:
    grid = sorted({*range(low, low + width, resolution), low + width})
    found = find_minimum_level(straight, root / 100, low, low + width, resolution=resolution)
    assert found.level == next((level for level in grid if level >= root), None)
    assert found.low == max((level for level in grid if level < root), default=None)
    assert found.ending is Ending.RESOLUTION
    assert len(found.looks) <= found.n_levels == math.ceil(math.log2(len(grid) + 1))
    assert found.n_replications == 10 * len(found.looks)
    if found.level is not None:
        assert (found.low or low) <= found.estimate <= found.level


def test_the_ends_are_results() -> None:
    everywhere = find_minimum_level(straight, -1.0, 0, 100)
    assert (everywhere.level, everywhere.low, everywhere.estimate) == (0, None, 0)
    nowhere = find_minimum_level(straight, 2.0, 0, 100)
    assert (nowhere.level, nowhere.low) == (None, 100)
    assert math.isnan(nowhere.estimate)
    for found in (everywhere, nowhere):
        assert found.ending is Ending.RESOLUTION
    single = find_minimum_level(straight, 0.07, 7, 7)
    assert (single.level, single.low, single.n_levels) == (7, None, 1)


def test_equal_values_at_the_target_suffice() -> None:
    found = find_minimum_level(straight, 0.3, 0, 100)
    assert (found.level, found.low, found.estimate) == (30, 29, 30)
    plateau = find_minimum_level(lambda level, n: np.full(n, min(level, 40) // 10 / 10), 0.4, 0, 100)
    assert (plateau.level, plateau.low) == (40, 39)


def test_undecided_levels_are_closed_in_on_from_both_sides() -> None:
    # Levels 40 to 60 have a mean at the target and a spread, the others none: only those stay undecided.
    def sample(level: int, n: int) -> NDArray[np.float64]:
        if 40 <= level <= 60:
            return 0.5 + 0.1 * np.where(np.arange(n) % 2, 1.0, -1.0)
        return np.full(n, 0.0 if level < 40 else 1.0)

    found = find_minimum_level(sample, 0.5, 0, 100, n_min=4, n_max=16)
    assert (found.level, found.low, found.ending) == (61, 39, Ending.MAX_REPLICATIONS)
    assert found.n_looks == 3
    assert 39 <= found.estimate <= 61
    undecided = [look for look in found.looks if look.level == 50]
    assert [(look.n_replications, look.verdict) for look in undecided] == [(n, Verdict.UNDECIDED) for n in (4, 8, 16)]
    last = {look.level: look.n_replications for look in found.looks}
    assert found.n_replications == sum(last.values())


def test_nothing_is_shown_where_nothing_can_be() -> None:
    found = find_minimum_level(lambda level, n: np.full(n, NAN), 0.5, 0, 100)
    assert (found.level, found.low, found.ending) == (None, None, Ending.MAX_REPLICATIONS)
    assert math.isnan(found.estimate)
    once = find_minimum_level(lambda level, n: np.array([0.0, *[NAN] * (n - 1)]), 0.5, 0, 10)
    assert (once.level, once.low) == (None, None)
    some = find_minimum_level(lambda level, n: np.where(np.arange(n) % 3, level / 100, NAN), 0.5, 0, 100)
    assert (some.level, some.low, some.looks[0].interval.n) == (50, 49, 6)


def test_each_look_has_its_share_of_the_error_and_says_what_its_interval_shows() -> None:
    found = find_minimum_level(noisy(np.random.default_rng(SEED), 0.05, 0.5, 0.5), 2.0, 0, 100, n_min=10, n_max=80)
    assert (found.n_levels, found.n_looks) == (7, 4)
    for look in found.looks:
        assert look.interval.confidence == pytest.approx(1 - 0.05 / 28)
        low, high = look.interval.mean - look.interval.half_width, look.interval.mean + look.interval.half_width
        assert (look.verdict is Verdict.SUFFICES) == (low >= 2.0)
        assert (look.verdict is Verdict.FALLS_SHORT) == (high < 2.0)
        assert look.verdict is not Verdict.UNDECIDED or look.n_replications in (10, 20, 40, 80)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.floats(0, 0.2), st.floats(0, 2), st.randoms(use_true_random=False))
def test_the_order_in_which_levels_were_run_before_changes_nothing(
    seed: int, slope: float, own: float, random: object
) -> None:
    sample = noisy(np.random.default_rng(seed), slope, 0.3, own)
    asked: list[int] = []

    def fresh(level: int, n: int) -> NDArray[np.float64]:
        asked.append(level)
        return sample(level, n)

    expected = find_minimum_level(fresh, 1.0, 0, 30, n_max=40)
    order = list(range(31))
    getattr(random, "shuffle")(order)  # noqa: B009
    kept: dict[int, NDArray[np.float64]] = {}
    for level in order[: len(order) // 2]:  # half of the levels, with more replications than will be asked for
        kept[level] = sample(level, 80)

    def cached(level: int, n: int) -> NDArray[np.float64]:
        kept.setdefault(level, sample(level, n))
        if kept[level].size < n:
            kept[level] = sample(level, n)
        return kept[level][:n]

    assert repr(find_minimum_level(cached, 1.0, 0, 30, n_max=40)) == repr(expected)
    assert repr(find_minimum_level(cached, 1.0, 0, 30, n_max=40)) == repr(expected)
    # The means need not rise in this luck: still an interval, and levels that were decided are not asked again.
    assert (expected.low if expected.low is not None else -1) < (31 if expected.level is None else expected.level)
    assert len(asked) == len(expected.looks)
    assert len({(look.level, look.n_replications) for look in expected.looks}) == len(expected.looks)


def test_a_response_that_falls_still_ends() -> None:
    found = find_minimum_level(lambda level, n: np.full(n, 1 - level / 100), 0.5, 0, 100)
    assert found.level == 0  # the middle suffices, and so does every level below that is looked at
    rng = np.random.default_rng(SEED)
    wild = {level: rng.normal(0, 1, 160) for level in range(101)}
    found = find_minimum_level(lambda level, n: wild[level][:n], 0.0, 0, 100)
    assert found.low is None or found.level is None or found.low < found.level


def test_look_sizes_double_up_to_the_last() -> None:
    assert look_sizes(10, 160) == [10, 20, 40, 80, 160]
    assert look_sizes(10, 100) == [10, 20, 40, 80, 100]
    assert look_sizes(7, 7) == [7]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"target": NAN}, "target is nan; allowed: a finite number"),
        ({"lowest": 5, "highest": 4}, "lowest is 5 and highest 4; allowed: lowest <= highest"),
        ({"resolution": 0}, "resolution is 0; allowed: 1 or more"),
        ({"n_min": 1}, "n_min is 1 and n_max 160; allowed: 2 <= n_min <= n_max"),
        ({"n_min": 20, "n_max": 10}, "n_min is 20 and n_max 10"),
        ({"confidence": 1.0}, r"confidence is 1.0; allowed: \(0, 1\)"),
        ({"sample": lambda level, n: np.zeros(n + 1)}, r"sample\(4, 10\) has shape \(11,\); allowed: \(10,\)"),
        ({"sample": lambda level, n: np.full(n, math.inf)}, "values has 10 infinite of 10"),
    ],
)
def test_what_is_refused(choices: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"sample": straight, "target": 0.5, "lowest": 0, "highest": 9, **choices}
    with pytest.raises(ValueError, match=message):
        find_minimum_level(**arguments)  # type: ignore[arg-type]
