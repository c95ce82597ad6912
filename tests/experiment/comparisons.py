"""The lesson valley under three policies, compared: what several tests look at."""

from __future__ import annotations

import functools
from pathlib import Path

from click.testing import CliRunner

from sim.cli import main
from sim.experiment import Comparison, compare
from sim.scenario import Scenario, load
from tests.scenarios import FOLDER

LESSON = str(FOLDER / "lesson.toml")
POLICIES = str(Path(__file__).parents[1] / "verification" / "lesson-policies.toml")
N = 6


def lesson(*settings: str) -> Scenario:
    return load(POLICIES, settings=settings)


@functools.cache
def compared(*policies: str, **options: object) -> Comparison:
    study = lesson()
    return compare(study, policies=policies, replications=N, also=["patrol_fill"], **options)  # type: ignore[arg-type]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["compare", POLICIES, *arguments])
    return result.exit_code, result.output
