"""Options that several commands take: what is read, what is refused, and whose fault it is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.cli.options import load_as_asked
from sim.scenario import ScenarioError
from tests.scenarios import FOLDER

LESSON = str(FOLDER / "lesson.toml")


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["run", LESSON, "-j", "1", *arguments])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    return result.stderr


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("text", ["10,200", "5,500", "99,999", " 60,300 "])
def test_a_separator_of_thousands_is_not_two_levels(text: str) -> None:
    low, high = text.strip().split(",")
    said = f"reads like one number of {low}{high} troops; write {low}{high}, or {high},{low} for the two levels"
    assert said in " ".join(refused("--troops", text).split())


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("200,10", [10, 200]),
        ("10, 200", [10, 200]),
        ("60", [60]),
        ("150,300", [150, 300]),
        ("20,60", [20, 60]),
        ("60,300,450", [60, 300, 450]),
        ("60,1000", [60, 1000]),
        ("10200,40000", [10200, 40000]),
    ],
)
def test_lists_of_levels_are_lists(text: str, levels: list[int]) -> None:
    from sim.cli.options import levels as read

    assert read(None, None, text) == levels  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "begins", "says"),
    [
        (("--policies", "two-stage"), "--policies: experiment.policies: ", "did you mean 'two-stages'?"),
        (("--seed", "9223372036854775808"), "--seed: experiment.seed: ", "less than 9223372036854775808"),
        (("--troops", "10000001"), "--troops: experiment.troops[0]: ", "at most 10000000"),
        (("--set", "experiment.seed=-1"), "--set: experiment.seed: ", "at least 0"),
        (("--seed", "1", "--set", "experiment.policies=['x']"), "--set: experiment.policies: ", "two-stages"),
        (("--seed", "1", "--set", "force.shift_h=5"), "--set: force.shift_h: ", ""),
    ],
)
def test_a_fault_is_called_that_of_the_option_it_came_with(arguments: tuple[str, ...], begins: str, says: str) -> None:
    said = refused(*arguments)
    assert said.startswith(begins)
    assert says in said


def test_too_many_replications_are_those_of_the_option() -> None:
    assert "'--replications' / '-n': 100001 is not in the range 1<=x<=100000" in refused("-n", "100001")


def test_what_is_given_is_set_and_said_to_be() -> None:
    options = {"seed": 5, "troops": [60], "policies": None}
    scenario, changes = load_as_asked(LESSON, ["force.section_size=8"], options)
    assert changes == ["force.section_size=8", "experiment.seed=5", "experiment.troops=[60]"]
    assert (scenario.experiment.seed, scenario.experiment.troops, scenario.force.section_size) == (5, [60], 8)
    with pytest.raises(ScenarioError, match="lesson.toml"):
        load_as_asked("no/lesson.toml", [], {"seed": 1})
