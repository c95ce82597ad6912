"""Minimum force: the bracket of the lesson valley against its curve, sector by sector, and what cannot be asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.contingents import sector_of_contingents, strength_by_contingent
from sim.experiment import DesignError, minimum_force, run
from tests.scenarios import FOLDER, shipped

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
        ({"response": "cover", "at_least": 1}, "no response 'cover'"),
        ({"at_least": 0.9, "sector": "south"}, "no sector 'south'; allowed: valley, all, each"),
        ({"at_least": 0.9, "policy": "none"}, "no policy 'none'"),
        ({"response": "response_within_target", "at_least": 0.9}, "has no value with"),
    ],
)
def test_what_cannot_be_asked(options: dict[str, object], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        minimum_force(LESSON, n_max=10, **options)  # type: ignore[arg-type]


def test_the_command(tmp_path: Path) -> None:
    settings = ["--set", "vehicles.runs=none", "--set", "experiment.sweep_days=5"]
    options = ["--at-least", "0.9", "--resolution", "50", "-j", "1", "--out", str(tmp_path), *settings]
    result = CliRunner().invoke(main, ["minimum-force", str(FOLDER / "lesson.toml"), *options])
    assert result.exit_code == 0
    (row,) = [line.split() for line in result.stdout.splitlines() if line.strip().startswith("all")]
    (found,) = minimum_force(LESSON, at_least=0.9, resolution=50)
    assert row[1] == f"{found.found.level}"
    assert not np.isnan(found.found.estimate)
    bad = CliRunner().invoke(
        main, ["minimum-force", str(FOLDER / "lesson.toml"), "--at-least", "0.9", "--between", "9:1"]
    )
    assert bad.exit_code == 2
