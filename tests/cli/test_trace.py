"""`peacesim trace` and `peacesim run --trace`: rows are those of the trace, run or kept, filtered as asked."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.cli.trace import KINDS
from sim.experiment import Results
from sim.model import replicate
from sim.processes.gates import Finding
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


def test_the_help_says_what_the_value_of_each_kind_is() -> None:
    words = re.findall(r"[a-z_]+(?:\.{3})?", call("--help").stdout.partition("The value, by kind:")[2])
    groups = [word.removesuffix("...") for word in words if word.endswith("_...")]
    for kind in KINDS:
        assert kind in words or any(kind.startswith(group) for group in groups), kind


def test_the_reason_of_a_review_is_behind_its_place() -> None:
    arguments = ("--kind", "gate_reviewed", "--policy", "conditions", "--until", "2010-06-01")
    listed = rows(str(Path(LESSON).with_name("kfor-gates-conditions.toml")), *arguments)
    assert listed
    for row in listed:
        place, _, finding = row["place"].partition("/")
        assert place and Finding(finding)


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


SHORT = ("--set", "experiment.sweep_days=3", "--set", "horizon.warm_up_h=24")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["run", LESSON, *SHORT, "-j", "1", "--no-figures", *arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Results with two traces at each of two troop levels and of the own stages."""
    folder = str(tmp_path_factory.mktemp("results"))
    for choice in (
        ("--set", "experiment.troops=[100, 300]", "--trace", "2"),
        ("--troops", "100,300", "--trace", "0,2"),
    ):
        result = run("-n", "3", "--out", folder, *choice)
        assert result.exit_code == 0, result.output
        assert f"Traces: {folder}/trace.parquet (`peacesim trace {folder}` lists rows)" in result.stdout
    return folder


@pytest.mark.parametrize(
    "choice",
    [
        ("--replication", "2"),
        ("--troops", "300"),
        ("--troops", "100", "--replication", "2", "--kind", "shift_changes", "--kind", "post_manned"),
        ("--replication", "2", "--entity", "second-00", "--policy", "two-stages"),
        ("--replication", "2", "--since", "2001-02-03T04:05:06", "--until", "2001-02-05"),
        ("--troops", "300", "--until", "1999-01-01"),
    ],
)
def test_a_folder_lists_what_the_file_lists(folder: str, choice: tuple[str, ...]) -> None:
    for form in ((), ("--csv",)):
        kept, made = call(folder, *choice, *form), call(LESSON, *SHORT, *choice, *form)
        assert (kept.exit_code, made.exit_code) == (0, 0)
        assert (kept.stdout, kept.stderr) == (made.stdout, made.stderr)
    assert len(rows(folder, *choice)) > 5 or "1999-01-01" in choice


def test_a_trace_that_is_not_kept_is_named_with_those_that_are(folder: str) -> None:
    result = call(folder)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"{folder} holds no trace of replication 0 of policy two-stages with its own stages; it has those of\n"
        "  replication 2 of policy two-stages with its own stages\n"
        "  replication 0 of policy two-stages with 100 troops\n"
        "  replication 2 of policy two-stages with 100 troops\n"
        "  replication 0 of policy two-stages with 300 troops\n"
        "  replication 2 of policy two-stages with 300 troops\n"
    )


def test_many_kept_traces_are_not_all_named(tmp_path: Path) -> None:
    assert (
        run("-n", "11", "--troops", "60", "--out", str(tmp_path), "--trace", ",".join(map(str, range(11)))).exit_code
        == 0
    )
    lines = call(str(tmp_path)).stderr.splitlines()
    assert (len(lines), lines[-1]) == (10, "  3 more")


@pytest.mark.parametrize("arguments", [("--seed", "3"), ("--set", "force.section_size=8")])
def test_what_has_been_run_cannot_be_changed(folder: str, arguments: tuple[str, ...]) -> None:
    result = call(folder, "--replication", "2", *arguments)
    assert result.exit_code == 2
    assert "--seed and --set are for a FILE" in result.stderr


def test_folders_without_traces_are_a_sentence(tmp_path: Path) -> None:
    result = call(str(tmp_path))
    assert (result.exit_code, result.stderr) == (2, f"{tmp_path} holds no results\n")
    without = run("-n", "1", "--troops", "60", "--out", str(tmp_path))
    assert "Traces:" not in without.stdout
    result = call(str(tmp_path), "--troops", "60")
    assert result.exit_code == 2
    assert "`peacesim run FILE --trace R` keeps traces" in result.stderr


@pytest.mark.parametrize(
    ("trace", "words"),
    [
        (("--trace", "3"), "trace: 3 is not run; replications 0 to 2 are"),
        (("--trace", "0", "--trace", "17"), "trace: 17 is not run"),
        (("--trace", "-1"), "is not the number of a replication"),
        (("--trace", "0:2"), "is not the number of a replication"),
        (("--trace", ""), "is not the number of a replication"),
        (("--trace", "0.5"), "is not the number of a replication"),
        (("--trace", "٣"), "is not the number of a replication"),
    ],
)
def test_traces_that_cannot_be_kept_are_refused_and_nothing_is_written(
    tmp_path: Path, trace: tuple[str, ...], words: str
) -> None:
    result = run("-n", "3", "--troops", "60", "--out", str(tmp_path / "out"), *trace)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "out").exists()


def test_traces_may_be_named_in_several_ways(tmp_path: Path) -> None:
    for name, trace in (("a", ("--trace", "0, 2")), ("b", ("--trace", "2", "--trace", "0", "--trace", "2,0"))):
        assert run("-n", "3", "--troops", "60", "--out", str(tmp_path / name), *trace).exit_code == 0
    assert (tmp_path / "a" / "trace.parquet").read_bytes() == (tmp_path / "b" / "trace.parquet").read_bytes()


def test_a_trace_that_could_not_be_kept_ends_with_1_and_is_named(tmp_path: Path) -> None:
    run("-n", "1", "--troops", "60", "--out", str(tmp_path))
    (tmp_path / "trace.parts" / "0-60-two-stages.parquet").mkdir(parents=True)
    result = run("-n", "1", "--troops", "60", "--out", str(tmp_path), "--trace", "0")
    assert result.exit_code == 1
    assert "two-stages, 60 troops, replication 0: trace: IsADirectoryError" in result.stderr
    assert "Traces:" not in result.stdout
    assert Results.read(tmp_path).n_replications == 1
    assert run("-n", "1", "--troops", "60", "--out", str(tmp_path), "--trace", "0").exit_code == 0
