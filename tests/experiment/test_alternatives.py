"""Alternatives: their names, and the files whose replications make no pairs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.experiment import DesignError
from sim.experiment.alternatives import alternatives_of
from sim.experiment.points import check_response, nearest
from sim.scenario import load
from tests.experiment.conftest import LESSON

SCENARIOS = Path(LESSON).parent


def labels(*files: str, troops: int | None = None) -> list[str]:
    return [one.label for one in alternatives_of([load(SCENARIOS / f"{file}.toml") for file in files], troops)]


@pytest.mark.parametrize(
    "files",
    [
        ("kfor-2004-riots", "kfor-2004-no-caveats"),
        ("sfor-russian-brigade", "sfor-russian-brigade-no-joint"),
    ],
)
def test_files_that_change_rules_alone_are_of_one_world(files: tuple[str, str]) -> None:
    assert {label.partition(":")[0] for label in labels(*files)} == {*files}


def test_files_of_other_days_are_refused_with_both_values() -> None:
    with pytest.raises(DesignError) as caught:
        labels("kfor-2001", "kfor-2001-incidents", "kfor-gates")
    said = str(caught.value)
    assert said.startswith("kfor-2001 and kfor-gates cannot be compared replication by replication")
    start, end = (load(SCENARIOS / f"{name}.toml").horizon.start for name in ("kfor-2001", "kfor-gates"))
    assert f"horizon.start ({start} in kfor-2001, {end} in kfor-gates)" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("horizon.warm_up_h=25", "horizon.warm_up_h (48.0 in lesson, 25.0 in other)"),
        ("theatre.n_patrol_areas=7", "theatre.n_patrol_areas (12 in lesson, 7 in other)"),
        ("theatre.municipalities.upper-town.risk=9", "theatre.municipalities.upper-town.risk (1.0 in lesson, 9.0 in"),
    ],
)
def test_a_key_of_the_world_is_named(change: str, said: str) -> None:
    other = load(LESSON, settings=[change])
    other._name = "other"
    with pytest.raises(DesignError) as caught:
        alternatives_of([load(LESSON), other], None)
    assert said in str(caught.value)
    assert str(caught.value).count(" in other)") == 1


def test_days_of_a_sweep_count_at_a_troop_level_alone() -> None:
    other = load(LESSON, settings=["experiment.sweep_days=9"])
    other._name = "other"
    assert len(alternatives_of([load(LESSON), other], None)) == 2
    with pytest.raises(DesignError, match=r"experiment.sweep_days \(.* in lesson, 9.* in other\)"):
        alternatives_of([load(LESSON), other], 60)


def test_posts_and_tasks_may_differ() -> None:
    other = load(LESSON, settings=["tasks.patrols.per_day=3", "theatre.n_checkpoints=1", "tasks.checkpoints.n=1"])
    other._name = "other"
    assert len(alternatives_of([load(LESSON), other], None)) == 2


def test_the_nearest_name_is_told_whatever_its_case() -> None:
    assert nearest("Kfor-Gate", ["lesson", "kfor-Gates"]) == "; did you mean kfor-Gates?"
    assert nearest("xyz", ["lesson", "kfor-gates"]) == ""
    with pytest.raises(DesignError, match=r"; did you mean coverage\?$"):
        check_response("Coverge")
