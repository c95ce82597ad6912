"""Reports of a search for the minimum force answer what it was asked, with its guarantee and what binds."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from pathlib import Path

import pytest

import sim
from sim.experiment import MinimumForce, minimum_force
from sim.experiment.minimum import FILLS
from sim.experiment.minimum_answer import FILE, MinimumAnswer, MinimumQuestion
from sim.report import answer, minimum, render, stress
from sim.report.subject import subject_of
from sim.statistics import Ending, Interval, Look, MinimumLevel, Verdict
from sim.store import StoreError
from tests.report.pages import Page, lesson

SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MinimumForce]:
    folder = tmp_path_factory.mktemp("minimum")
    (found,) = minimum_force(lesson(), at_least=0.9, resolution=100, n_max=20, out=folder)
    return folder, found


def test_the_answer_is_the_bracket_with_its_guarantee_and_what_binds(searched: tuple[Path, MinimumForce]) -> None:
    folder, one = searched
    found = one.found
    assert one.binds is not None
    assert one.binds[0] == "checkpoint_fill"
    assert 400 in [look.level for look in found.looks if look.verdict is Verdict.UNDECIDED]
    said = (
        f"To have coverage at 90{SPACE}% or more on average, {found.level:,} troops are shown to suffice: with "
        f"95{SPACE}% confidence the fewest that do are more than {found.low:,} and at most {found.level:,} (estimate "
        f"{found.estimate:,.0f}); not decided after all replications: 400; with {found.low:,} troops, what binds is "
        f"checkpoints, done to {100 * one.binds[1]:.0f}{SPACE}%."
    )
    subject = subject_of(folder)
    assert answer.answers(subject) == [said]
    assert answer.question(subject)[0].startswith(f"How few troops does it take to have coverage at 90{SPACE}% or more")
    assert answer.basis(subject).endswith("if more troops do not make coverage worse.")
    assert f"over {found.n_replications} replications at 4 troop levels" in answer.basis(subject)
    page = Page(render(folder, interactive=False)).shown
    assert said in page
    assert "levels looked at whose interval" not in page


def test_the_aims_of_the_model_are_those_of_the_search(searched: tuple[Path, MinimumForce]) -> None:
    (part,) = subject_of(searched[0]).parts
    assert part.minimum is not None
    (aims,) = (one for one in stress.items(part.scenario, part.manifest, part.minimum) if one.number == "1.3")
    assert aims.paragraphs == (minimum.aims(part.minimum.question, part.scenario),)
    assert "in steps of 100" in aims.paragraphs[0]
    assert "with 10 to 20 replications at a level looked at" in aims.paragraphs[0]


def test_levels_and_policies_that_are_run_beside_it_are_answers_too(
    searched: tuple[Path, MinimumForce], tmp_path: Path
) -> None:
    folder = shutil.copytree(searched[0], tmp_path / "copy")
    sim.run(lesson("experiment.troops=[150, 200]"), replications=2, out=folder)
    subject = subject_of(folder)
    search, levels, policies = answer.answers(subject)
    assert search == answer.answers(subject_of(searched[0]))[0]
    assert levels.startswith("A force of 150 does ")
    assert policies.startswith("From ")
    assert len(answer.question(subject)) == 3
    assert "over 2 replications each" in answer.basis(subject)
    (part,) = subject.parts
    (aims,) = (one for one in stress.items(part.scenario, part.manifest, part.minimum) if one.number == "1.3")
    assert "150 and 200 soldiers" in " ".join(aims.paragraphs)


@pytest.mark.parametrize("key", ["scenario_sha256", "policy", "sectors", "unit", "at_least"])
def test_an_answer_of_other_results_is_refused(searched: tuple[Path, MinimumForce], tmp_path: Path, key: str) -> None:
    folder = shutil.copytree(searched[0], tmp_path / "copy")
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    content["question"][key] = {"sectors": ["other"], "at_least": None}.get(key, "other")
    (folder / FILE).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(StoreError, match="is not (an answer of the results beside|the answer of a search)"):
        render(folder)


@pytest.mark.parametrize(
    ("level", "low", "said"),
    [
        (400, None, "400 troops are shown to suffice: with 95~% confidence the fewest that do are at most 400, the "),
        (420, None, "the fewest that do are at most 420, and no level is shown to fall short (estimate 410)."),
        (None, 450, "no level looked at is shown to suffice: with 95~% confidence it takes more than 450 troops, the "),
        (None, 430, "it takes more than 430 troops; with 430 troops, what binds is patrols, done to 12~%."),
        (None, None, "nothing is shown of any level from 400 to 450 troops."),
    ],
)
def test_brackets_that_are_open(level: int | None, low: int | None, said: str) -> None:
    look = Look(410, 10, Interval(10, 8.0, 1.0, 0.99), Verdict.UNDECIDED)
    estimate = math.nan if level is None else 410.0
    found = MinimumLevel(level, low, estimate, -9.0, 0.95, 3, 2, 20, Ending.RESOLUTION, (look,))
    one = MinimumForce("all", found, level, None if low is None else ("patrol_fill", 0.123))
    scenario = lesson()
    asked = MinimumQuestion(
        scenario="lesson",
        scenario_sha256=scenario.inputs_sha256,
        seed=1,
        policy="two-stages",
        response="revisit_age_h",
        unit="h",
        at_least=None,
        at_most=9.0,
        confidence=0.95,
        sectors=("all",),
        between=(400, 450),
        resolution=10,
        n_min=10,
        n_max=20,
    )
    (sentence,) = minimum.answers(MinimumAnswer(asked, (one,)), scenario)
    assert sentence.startswith(f"To have age of the last visit at 9{SPACE}hours or less on average, ")
    assert said.replace("~", SPACE) in sentence
    of_a_sector = MinimumAnswer(
        dataclasses.replace(asked, sectors=("valley",)), (dataclasses.replace(one, sector="valley"),)
    )
    name = scenario.theatre.sectors["valley"].name
    assert f"on average in {name}, " in minimum.answers(of_a_sector, scenario)[0]


def test_every_task_that_may_bind_has_a_word() -> None:
    assert set(minimum._TASKS) == set(FILLS)
