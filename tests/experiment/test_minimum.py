"""Minimum force: the bracket of the lesson valley against its curve, sector by sector, and what cannot be asked."""

from __future__ import annotations

import concurrent.futures as cf
from pathlib import Path

import pytest

from sim.contingents import sector_of_contingents, strength_by_contingent
from sim.engines import Futures
from sim.experiment import DesignError, design, minimum_force, run
from sim.experiment.minimum import FILLS, FILLS_OF, MOST_TROOPS
from sim.response_list import RESPONSES
from tests.scenarios import shipped

LESSON = shipped("lesson", vehicles__runs="none", experiment__sweep_days=5)


def test_the_bracket_holds_the_crossing_of_the_curve(tmp_path: Path) -> None:
    """The curve is run by itself, with more replications than the search used."""
    (found,) = minimum_force(LESSON, at_least=0.9, resolution=20, out=tmp_path)
    low, level = found.found.low, found.found.level
    assert low is not None
    assert level is not None
    assert low < level
    curve = run(LESSON, troops=[low, level], replications=40).summary()
    theatre = curve[(curve["sector"] == "all") & (curve["response"] == "coverage")].set_index("troops")["mean"]
    assert theatre[low] < 0.9 <= theatre[level]
    assert found.soldiers == level
    fills = curve[(curve["sector"] == "all") & (curve["troops"] == low)].set_index("response")["mean"]
    assert found.binds is not None
    name, share = found.binds
    assert name == "checkpoint_fill"
    assert share == pytest.approx(fills[name], abs=0.1)
    again = minimum_force(LESSON, at_least=0.9, resolution=20, out=tmp_path)
    assert again[0].found == found.found


def test_every_sector_has_a_minimum_of_its_own() -> None:
    scenario = shipped("kfor-gates", experiment__sweep_days=2, horizon__warm_up_h=24)
    minima = minimum_force(
        scenario,
        response="crossing_fill",
        at_least=0.99,
        sector="each",
        resolution=500,
        between=(500, 4000),
        n_min=4,
        n_max=8,
    )
    assert [one.sector for one in minima] == [*scenario.theatre.sectors, "all"]
    for index, one in enumerate(minima[:-1]):
        if one.found.level is not None:
            shares = strength_by_contingent(one.found.level, scenario)
            assert one.soldiers == shares[sector_of_contingents(scenario) == index].sum()
    assert len({one.found.level for one in minima}) > 1


def test_where_less_is_better() -> None:
    (found,) = minimum_force(LESSON, response="revisit_age_h", at_most=9, resolution=50, n_max=20)
    low, level = found.found.low, found.found.level
    assert low is not None
    assert level is not None
    values = run(LESSON, troops=[low, level], replications=20).responses
    ages = values[(values["response"] == "revisit_age_h") & (values["sector"] == "all")].groupby("troops")["value"]
    assert ages.mean()[low] > 9 >= ages.mean()[level]


def test_nowhere_and_everywhere() -> None:
    (nowhere,) = minimum_force(LESSON, at_least=0.999, between=(0, 100), n_max=10)
    assert (nowhere.found.level, nowhere.found.low, nowhere.soldiers) == (None, 100, None)
    (everywhere,) = minimum_force(LESSON, at_least=0.01, between=(400, 450), n_max=10)
    assert (everywhere.found.level, everywhere.found.low, everywhere.binds) == (400, None, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "say what is good enough"),
        ({"at_least": 0.9, "at_most": 1}, "say what is good enough"),
        ({"at_most": 0.9}, "of coverage more is better"),
        ({"response": "revisit_age_h", "at_least": 1}, "of revisit_age_h less is better"),
        ({"response": "utilisation", "at_least": 1}, "of utilisation neither more nor less is better"),
        ({"response": "cover", "at_least": 1}, "no response 'cover'"),
        ({"at_least": 90}, "coverage of 90 is asked for: a share is between 0 and 1; did you mean 0.9?"),
        ({"at_least": 300}, r"a share is between 0 and 1$"),
        ({"at_least": -0.1}, r"a share is between 0 and 1$"),
        ({"at_least": float("nan")}, "a share is between 0 and 1"),
        ({"response": "unvisited_share", "at_most": 20}, "did you mean 0.2?"),
        ({"response": "revisit_age_h", "at_most": float("nan")}, "target is nan"),
        ({"at_least": 0.9, "between": (5, 4)}, "is 5 to 4 troops; allowed: two levels from 0"),
        ({"at_least": 0.9, "between": (-1, 4)}, "is -1 to 4 troops"),
        ({"at_least": 0.9, "between": (0, MOST_TROOPS + 1)}, "is 0 to 10,000,001 troops; allowed: .*10,000,000"),
        ({"at_least": 0.9, "sector": "south"}, "no sector 'south'; allowed: valley, all, each"),
        ({"at_least": 0.9, "policy": "none"}, "no policy 'none'"),
        ({"response": "response_within_target", "at_least": 0.9}, "has no value with"),
    ],
)
def test_what_cannot_be_asked(options: dict[str, object], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        minimum_force(LESSON, n_max=10, **options)  # type: ignore[arg-type]


def test_the_most_troops_are_those_of_an_experiment() -> None:
    assert design(LESSON, troops=[MOST_TROOPS])
    with pytest.raises(DesignError, match="troops"):
        design(LESSON, troops=[MOST_TROOPS + 1])


@pytest.mark.parametrize(
    ("response", "at_least", "task"),
    [
        ("coverage", 0.7, "checkpoint_fill"),
        ("patrol_coverage", 0.7, "patrol_fill"),
        ("site_protection", 0.9, "site_guard_fill"),
        ("crossing_fill", 0.9, "crossing_fill"),
        ("reserve_fill", 0.9, "reserve_fill"),
    ],
)
def test_what_binds_is_a_task_that_the_response_is_about(response: str, at_least: float, task: str) -> None:
    choices = {"between": (0, 260), "resolution": 65, "n_min": 8, "n_max": 8}
    (found,) = minimum_force(LESSON, response=response, at_least=at_least, **choices)  # type: ignore[arg-type]
    low = found.found.low
    assert low is not None
    assert found.binds is not None
    values = run(LESSON, troops=[low], replications=8).summary()
    fills = values[(values["sector"] == "all") & (values["n"] > 0)].set_index("response")["mean"]
    name, share = found.binds
    assert name == task
    assert share == pytest.approx(fills[task])
    if response == "coverage":
        assert fills[task] == min(fills[name] for name in FILLS)


def test_every_response_has_tasks_that_may_bind() -> None:
    assert set(FILLS_OF) <= set(RESPONSES)
    assert {fill for fills in FILLS_OF.values() for fill in fills} == set(FILLS)


class Titled:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def begin(self, title: str) -> None:
        self.said.append(title)

    def __call__(self, n_done: int, n_jobs: int) -> None:
        self.said.append((n_done, n_jobs))


def test_progress_is_told_the_level() -> None:
    progress = Titled()
    minimum_force(LESSON, at_least=0.9, between=(100, 2_000), resolution=1_900, n_min=2, n_max=2, progress=progress)
    first, last = ([f"{level} troops", (0, 2), (1, 2), (2, 2)] for level in ("100", "2,000"))
    assert progress.said == [*first, *last]


def test_workers_are_kept_from_level_to_level(tmp_path: Path) -> None:
    opened = []

    def open_pool() -> cf.Executor:
        opened.append(cf.ThreadPoolExecutor(1))
        return opened[-1]

    choices = {"at_least": 0.9, "resolution": 100, "n_min": 4, "n_max": 8}
    found = minimum_force(LESSON, engine=Futures(open_pool, 1), **choices)  # type: ignore[arg-type]
    assert len(opened) == 1
    assert len({look.level for look in found[0].found.looks}) > 1
    assert found == minimum_force(LESSON, **choices)  # type: ignore[arg-type]
