"""`peacesim trace`: rows are those of the trace, filtered as asked."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.cli.trace import KINDS
from sim.model import replicate
from sim.scenario import load
from sim.trace import EventKind

HAND_DAY = str(Path(__file__).parents[1] / "verification" / "hand-day.toml")
LESSON = str(Path(__file__).parents[2] / "scenarios" / "lesson.toml")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trace", *arguments])


def rows(*arguments: str) -> list[dict[str, str]]:
    result = call(*arguments, "--csv")
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_kinds_are_those_of_the_trace() -> None:
    assert tuple(kind.name.lower() for kind in EventKind) == KINDS


def test_all_rows_of_the_trace_are_listed() -> None:
    scenario = load(LESSON)
    events = replicate(scenario, "two-stages", troops=300, seed=scenario.experiment.seed, replication=2).rows()
    listed = rows(LESSON, "--troops", "300", "--replication", "2")
    assert [(row["kind"], row["entity"], row["place"], float(row["value"])) for row in listed] == [
        (event.kind.name.lower(), event.entity, event.place, event.value) for event in events
    ]


def test_filters_by_time_kind_and_entity() -> None:
    changes = rows(HAND_DAY, "--kind", "strength_changes", "--kind", "site_handed_over")
    assert [(row["time"], row["entity"]) for row in changes] == [
        ("2001-01-01 00:00:00", "start"),
        ("2001-01-02 00:00:00", "Last stage"),
        ("2001-01-02 00:00:00", "old-bridge"),
    ]
    second_day = rows(HAND_DAY, "--since", "2001-01-02")
    assert second_day == [row for row in rows(HAND_DAY) if row["time"] >= "2001-01-02"]
    morning = rows(HAND_DAY, "--until", "2001-01-01T08:00:00")
    assert morning == [row for row in rows(HAND_DAY) if row["time"] < "2001-01-01 08"]
    mine = rows(HAND_DAY, "--entity", "one-002")
    assert mine
    assert {row["entity"] for row in mine} == {"one-002"}


def test_table_shows_rows_and_counts_them() -> None:
    result = call(HAND_DAY, "--kind", "tour_departs")
    assert "one-002" in result.stdout
    assert result.stdout.rstrip().endswith("2 rows")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nosuch.toml",), "no such file"),
        ((HAND_DAY, "--policy", "by-hnd"), "did you mean by-hand"),
        ((HAND_DAY, "--kind", "tour"), "is not one of"),
        ((HAND_DAY, "--since", "yesterday"), "does not match"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], words: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
