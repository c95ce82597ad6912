"""`peacesim trace` with `--against...`: equal, or the first row in which two runs differ, in words."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.cli.trace import EPILOG
from sim.scenario import load

LESSON = str(Path(__file__).parents[2] / "scenarios" / "lesson.toml")
GATES = str(Path(LESSON).with_name("kfor-gates-conditions.toml"))
SHORT = ("--set", "experiment.sweep_days=3", "--set", "horizon.warm_up_h=24")
OF_300 = ("--troops", "300")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trace", *arguments])


def folder_of(path: Path, *arguments: str) -> str:
    command = ["run", LESSON, *SHORT, "-n", "2", "-j", "1", "--no-figures", "--troops", "300", "--trace", "0,1"]
    result = CliRunner().invoke(main, [*command, "--out", str(path), *arguments])
    assert result.exit_code == 0, result.output
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return folder_of(tmp_path_factory.mktemp("results"))


def changed(folder: str, path: Path, change: pa.Table) -> str:
    """A copy of a folder with other traces."""
    path.mkdir()
    for name in ("manifest.json", "scenario.json"):
        (path / name).write_bytes((Path(folder) / name).read_bytes())
    pq.write_table(change, path / "trace.parquet")
    return str(path)


def first(folder: str) -> pa.Table:
    """The trace of replication 0."""
    table = pq.read_table(Path(folder) / "trace.parquet")
    return table.filter(pc.equal(table["replication"], 0))


@pytest.mark.parametrize(
    "against", [("--against", LESSON), ("--against-replication", "0"), ("--against-troops", "300")]
)
def test_a_run_equals_itself(against: tuple[str, ...]) -> None:
    result = call(LESSON, *SHORT, *OF_300, *against)
    assert (result.exit_code, result.stderr) == (0, "")
    who = f"{LESSON}: replication 0 of policy two-stages with 300 troops, seed 20010101, " + ", ".join(SHORT[1::2])
    listed = call(LESSON, *SHORT, *OF_300).stdout.splitlines()[-1].removesuffix(" rows")
    assert result.stdout == f"A  {who}\nB  {who}\n\nEqual: {listed} rows each.\n"


def test_a_file_and_folders_of_either_execution_are_equal(folder: str, tmp_path: Path) -> None:
    processes = folder_of(tmp_path / "processes", "--execution", "processes")
    for source, against, settings in ((folder, processes, ()), (LESSON, processes, SHORT), (folder, LESSON, SHORT)):
        result = call(source, "--against", against, *OF_300, *settings)
        assert result.exit_code == 0, result.output
        assert "Equal: " in result.stdout


def test_one_more_soldier_shows_at_once() -> None:
    result = call(LESSON, *SHORT, *OF_300, "--against-troops", "301")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "with 300 troops" in result.stdout and "with 301 troops" in result.stdout
    words = "At once, at 2001-01-01 00:00:00, the value of strength_changes start all is 300 in A and 301 in B."
    assert words in result.stdout
    found = re.findall(r"^ (both|A|B) ", result.stdout, re.MULTILINE)
    assert found == ["A", "B", "both", "both", "both", "both"]


def test_only_rows_asked_for_are_compared() -> None:
    arguments = (LESSON, *SHORT, *OF_300, "--against-replication", "1")
    assert call(*arguments).exit_code == 1
    result = call(*arguments, "--kind", "strength_changes")
    assert result.exit_code == 0 and result.stdout.endswith("Equal: 1 rows of those asked for each.\n")
    result = call(*arguments, "--entity", "no such name")
    assert result.exit_code == 0 and result.stdout.endswith("Equal: neither has a row as asked.\n")
    result = call(*arguments, "--kind", "tour_departs", "--since", "2001-01-02 12:00")
    assert result.exit_code == 1
    assert set(re.findall(r"(tour_\w+|post_\w+)", result.stdout)) == {"tour_departs"}
    assert min(re.findall(r"2001-01-\d\d \d\d:\d\d", result.stdout)) >= "2001-01-02 12:00"


def test_policies_and_settings_are_compared() -> None:
    result = call(GATES, "--policy", "conditions", "--against-policy", "gates", "--kind", "gate_opens")
    assert result.exit_code == 1, result.output
    assert "policy conditions" in result.stdout and "policy gates" in result.stdout
    result = call(LESSON, *SHORT, *OF_300, "--against-set", "force.section_size=8", "--kind", "shift_changes")
    assert result.exit_code == 1
    assert re.search(r"^B .*, force.section_size=8$", result.stdout, re.MULTILINE)
    assert "the value of shift_changes valley " in result.stdout


def test_what_is_set_for_one_alone_wins_over_what_both_share() -> None:
    only = ("--kind", "tour_departs")
    result = call(LESSON, *SHORT, *OF_300, *only, "--seed", "5", "--against-set", "experiment.seed=6")
    assert result.exit_code == 1, result.output
    a, b = result.stdout.splitlines()[:2]
    assert ", seed 5, " in a and ", seed 6, " in b and "seed 5" not in b
    # The seed of B is the one it is said to have.
    same = call(LESSON, *SHORT, *OF_300, *only, "--seed", "6", "--against-set", "experiment.seed=6")
    assert same.exit_code == 0 and "Equal: " in same.stdout
    for settings in (("--set", "force.section_size=9"), ("--set", "experiment.seed=7", "--seed", "5")):
        result = call(LESSON, *SHORT, *OF_300, *settings, "--against-set", "force.section_size=8")
        assert result.exit_code == 1 and result.stdout.splitlines()[1].endswith(", force.section_size=8")
        assert "seed 7" not in result.stdout


def test_a_changed_row_is_found_in_a_folder(folder: str, tmp_path: Path) -> None:
    whole = first(folder)
    values = whole["value"].to_pylist()
    values[100] += 1e-9
    planted = whole.set_column(whole.column_names.index("value"), "value", pa.array(values))
    result = call(folder, *OF_300, "--against", changed(folder, tmp_path / "other", planted))
    assert result.exit_code == 1
    row = whole.slice(100, 1).to_pylist()[0]
    assert "The first 100 rows are equal. Then, at 2001-01-0" in result.stdout
    assert f"the value of {row['kind']} {row['entity']} {row['place']} is {row['value']!r} in A" in result.stdout
    assert f"and {values[100]!r} in B." in result.stdout
    words = f"In all, A has {len(whole):,} rows and B {len(whole):,}; what follows the table is not compared.\n"
    assert result.stdout.endswith(words)


def test_a_row_too_many_is_found_on_either_side(folder: str, tmp_path: Path) -> None:
    whole = first(folder)
    less = pa.concat_tables([whole.slice(0, 50), whole.slice(51)])
    other = changed(folder, tmp_path / "other", less)
    row = whole.slice(50, 1).to_pylist()[0]
    what = f"{row['kind']} {row['entity']} {row['place']} {row['value']:g}."
    for sources, words in (
        ((folder, "--against", other), f"A has a row that B lacks: {what}"),
        ((other, "--against", folder), f"B has a row that A lacks: {what}"),
    ):
        result = call(*sources, *OF_300)
        assert result.exit_code == 1
        assert "The first 50 rows are equal." in result.stdout and words in result.stdout


def test_a_trace_that_is_the_beginning_of_the_other(folder: str, tmp_path: Path) -> None:
    whole = first(folder)
    other = changed(folder, tmp_path / "other", whole.slice(0, len(whole) - 2))
    result = call(other, *OF_300, "--against", folder)
    n_less = len(whole) - 2
    assert result.exit_code == 1
    assert f"The first {n_less:,} rows are equal." in result.stdout
    assert "B has a row that A lacks, which is over: " in result.stdout
    assert re.findall(r"^ (both|A|B) ", result.stdout, re.MULTILINE) == ["both"] * 3 + ["B"] * 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--against", "nosuch.toml"), "no such file"),
        (("--against-policy", "two-stage"), "did you mean two-stages"),
        (("--against-set", "force.section_siz=8"), "force.section_size"),
        (("--against-troops", "many"), "not a valid integer"),
        (
            ("--troops", "300", "--against-set", "policy.two-stages.stages.second.strength=250"),
            "has no effect: B has 300 soldiers throughout",
        ),
        (("--against-troops", "5", "--against-set", "policy.two-stages.stages={}"), "B has 5 soldiers throughout"),
        (("--seed", "5", "--against-set", "experiment.seed=-1"), "experiment.seed"),
        (("--against-troops", "5", "--csv"), "--csv lists one trace"),
        (("--against-set", "horizon.start=2001-01-02"), "begin on different days, 2001-01-01 and 2001-01-02"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], words: str) -> None:
    result = call(LESSON, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--against-replication", "1", "--seed", "3"), "--seed and --set are for a FILE"),
        (("--against-set", "force.section_size=8"), "--against-set is for a FILE"),
        (("--against-replication", "7"), "holds no trace of replication 7"),
        (("--against-troops", "301"), "it has those of\n  replication 0 of policy two-stages with 300 troops"),
    ],
)
def test_bad_input_of_folders(folder: str, arguments: tuple[str, ...], words: str) -> None:
    result = call(folder, *OF_300, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_examples_of_the_help_name_what_there_is() -> None:
    lines = [line.split() for line in EPILOG.splitlines() if line.startswith("  peacesim trace scenarios/")]
    compared = [line for line in lines if any(word.startswith("--against") for word in line)]
    assert len(compared) >= 5
    for line in compared:
        scenario = load(Path(LESSON).parents[1] / line[2])
        policies = [line[i + 1] for i, word in enumerate(line) if word in ("--policy", "--against-policy")]
        assert set(policies) <= set(scenario.policy), line
