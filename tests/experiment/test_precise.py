"""A run to a precision: every mean of every design point, however the run was cut up, and what cannot be reached."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray
from scipy import stats

from sim import model
from sim.cli import main
from sim.experiment import DesignError, Results, compare, run
from sim.experiment.precise import Precise, run_to_precision
from sim.scenario import Scenario, load
from sim.trace import Trace
from tests.experiment.conftest import LESSON, SHORT
from tests.experiment.test_minimum import Titled
from tests.scenarios import FOLDER
from tests.statistics.test_precision import DRAWS, N_DOCUMENTED
from tests.statistics.test_precision import documented as precision_table

WIDTH, SHARE, AHEAD, FEWEST = 0.02, 0.05, 3, 4
GOALS = f"coverage = {{ half_width = {WIDTH} }}, duty_h_per_soldier_week = {{ relative = {SHARE} }}"


def precise(goals: str = GOALS, most: int = 100, *settings: str) -> Scenario:
    table = f"{{ max_replications = {most}, look_ahead = {AHEAD}, goals = {{ {goals} }} }}"
    own = ["vehicles.runs=none", f"experiment.replications={FEWEST}", f"experiment.precision={table}"]
    return load(LESSON, settings=[*SHORT, *own, *settings])


def values_of(results: Results, response: str) -> list[NDArray[np.float64]]:
    """The values of each design point, by replication."""
    rows = results.responses.query("sector == 'all' and response == @response").fillna({"troops": -1})
    return [one.sort_values("replication")["value"].to_numpy() for _, one in rows.groupby("troops")]


def is_met(results: Results, n: int) -> bool:
    """Whether the first n replications of every design point meet both goals, by the formula of the t interval."""
    for response, width, is_relative in (("coverage", WIDTH, False), ("duty_h_per_soldier_week", SHARE, True)):
        for values in values_of(results, response):
            half_width = stats.t.ppf(0.975, n - 1) * values[:n].std(ddof=1) / math.sqrt(n)
            if half_width > width * (values[:n].mean() if is_relative else 1):
                return False
    return True


def assert_same(one: Results, other: Results) -> None:
    for name in ("responses", "series", "expected"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.scenario.experiment == other.scenario.experiment


def test_every_design_point_meets_every_goal_from_the_first_such_number_on(tmp_path: Path) -> None:
    results, found = run_to_precision(precise(), out=tmp_path)
    n = found.n
    assert n is not None
    assert n > FEWEST
    assert found.n_run == n + AHEAD
    assert {len(values) for values in values_of(results, "coverage")} == {n + AHEAD}
    assert len(values_of(results, "coverage")) == 3
    met = [is_met(results, m) for m in range(FEWEST, n + AHEAD + 1)]
    assert all(met[n - FEWEST :])
    assert not any(all(met[m : m + AHEAD + 1]) for m in range(n - FEWEST))
    whole = Results.read(tmp_path)
    assert whole.complete
    assert whole.n_replications >= results.n_replications


def test_the_number_does_not_depend_on_how_the_run_was_cut_up(tmp_path: Path) -> None:
    levels = [100, 300]
    at_once = run_to_precision(precise(), troops=levels)
    run(precise(), troops=[300], replications=45, out=tmp_path)
    run(precise(), troops=[100], replications=7, out=tmp_path)
    later = run_to_precision(precise(), troops=levels, out=tmp_path, workers=2)
    assert at_once[1] == later[1]
    assert_same(at_once[0], later[0])
    assert at_once[0].scenario.experiment.replications == at_once[1].n_run


def test_it_stops_at_the_most_replications() -> None:
    results, found = run_to_precision(precise("coverage = { half_width = 1e-6 }", 9))
    assert (found.n, found.n_run) == (None, 9)
    assert "of ±1e-06 asked for" in found.widest
    assert str(found).startswith("not reached with 9 replications; coverage of ")
    assert results.n_replications == 27


def test_of_a_response_that_nothing_asks_for_somewhere_only_the_rest_counts() -> None:
    """Vehicles are simulated at the policy's own strength only."""
    with_vehicles = precise("checkpoint_wait_min = { half_width = 100 }", 100, "vehicles.runs=timelines")
    assert run_to_precision(with_vehicles)[1] == Precise(FEWEST, FEWEST + AHEAD)
    with pytest.raises(
        DesignError, match=r"precision of checkpoint_wait_min \(all\) cannot be reached: it has no value"
    ):
        run_to_precision(with_vehicles, troops=[300])


def test_goals_of_differences_are_not_looked_at() -> None:
    comparison = 'comparison={ baseline = "two-stages", response = "coverage", delta = 0.1 }'
    both = 'coverage = { half_width = 0.3 }, patrol_coverage = { of = "difference", half_width = 1e-9 }'
    assert run_to_precision(precise(both, 100, comparison))[1].n == FEWEST
    alone = 'patrol_coverage = { of = "difference", half_width = 1e-9 }'
    with pytest.raises(DesignError, match="no precision of a mean is asked for"):
        run_to_precision(precise(alone, 100, comparison))


def failing(monkeypatch: pytest.MonkeyPatch, *, first: int) -> None:
    whole = model.replicate

    def replicate(scenario: Scenario, policy: str, *, replication: int, **others: object) -> Trace:
        if replication >= first:
            raise RuntimeError("section lost")
        return whole(scenario, policy, replication=replication, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(model, "replicate", replicate)


@pytest.mark.parametrize("first", [0, 5])
def test_replications_that_fail_do_not_keep_it_going(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, first=first)
    most = 12
    results, found = run_to_precision(precise("coverage = { half_width = 1e-6 }", most), troops=[100])
    n_run = most if first else FEWEST
    assert (found.n, found.n_run) == (None, n_run)
    assert (results.n_replications, len(results.failures)) == (first, n_run - first)
    assert not results.complete


def test_failures_show_in_a_comparison_to_a_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, first=5)
    study = load(
        Path(__file__).parents[1] / "verification" / "lesson-policies.toml",
        settings=[
            "experiment.sweep_days=2",
            "experiment.precision={max_replications=8, look_ahead=1, goals={coverage={half_width=1e-9}}}",
        ],
    )
    assert not compare(study, policies=["hold", "two-stages"], troops=100).complete


def test_progress_is_told_the_round() -> None:
    progress = Titled()
    run_to_precision(precise(), troops=[100], progress=progress)
    titles = [said for said in progress.said if isinstance(said, str)]
    assert titles == [f"round {number}" for number in range(1, len(titles) + 1)]
    assert len(titles) > 1
    counts = [said for said in progress.said if isinstance(said, tuple)]
    assert sum(n_done == 0 for n_done, _ in counts) == len(titles)
    assert all(later[0] in (0, sooner[0] + 1) for sooner, later in itertools.pairwise(counts))


def test_progress_of_a_comparison_is_told_the_file_and_the_round() -> None:
    policies = Path(__file__).parents[1] / "verification" / "lesson-policies.toml"
    studies = [precise("coverage = { half_width = 1e-9 }", 6), load(policies, settings=SHORT)]
    choices = {"policies": ["two-stages"], "troops": 100}
    for replications, rounds in ((None, [", round 1", ", round 2"]), (2, [""])):
        progress = Titled()
        compare(studies, replications=replications, progress=progress, **choices)  # type: ignore[arg-type]
        titles = [said for said in progress.said if isinstance(said, str)]
        assert titles == [f"{one.name}{words}" for words in rounds for one in studies]
    alone = Titled()
    compare(studies[1], replications=2, policies=["hold", "two-stages"], troops=100, progress=alone)
    assert not [said for said in alone.said if isinstance(said, str)]


def call(file: Path, *arguments: str) -> Result:
    options = ["--no-figures", "-j", "1", "--troops", "100,300"]
    result = CliRunner().invoke(main, ["run", str(file), *options, *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lesson with a goal of a mean and one of a difference."""
    monkeypatch.chdir(tmp_path)
    settings = dict(setting.split("=", 1) for setting in SHORT)
    (tmp_path / "sources.toml").write_text((FOLDER / "sources.toml").read_text())
    (tmp_path / "precise.toml").write_text(f"""
extends = "{LESSON}"
[horizon]
warm_up_h = {settings["horizon.warm_up_h"]}
[experiment]
sweep_days = {settings["experiment.sweep_days"]}
replications = {FEWEST}
[experiment.precision]
max_replications = 100
look_ahead = {AHEAD}
goals.coverage = {{ half_width = {WIDTH} }}
goals.patrol_fill = {{ of = "difference", half_width = 0.1 }}
[comparison]
baseline = "two-stages"
response = "coverage"
delta = 0.1
[sources]
experiment = "assumption: run control"
comparison = "assumption: run control"
horizon = "assumption: short"
""")
    return tmp_path / "precise.toml"


def rows_of(result: Result) -> list[list[str]]:
    return [line.split() for line in result.stdout.splitlines() if line.strip().startswith("two-stages")]


def test_the_command_runs_to_the_precision_of_the_file(file: Path) -> None:
    results, found = run_to_precision(load(file), troops=[100, 300])
    result = call(file)
    assert result.exit_code == 0
    assert f"Precision: reached with {found.n} replications, {found.n_run} are used" in result.stdout
    assert "not looked at here for differences (patrol_fill); `peacesim compare` does" in result.stdout
    summary = results.summary().query("sector == 'all' and response == 'coverage'")
    shown = [f"{mean:.3f}±{half_width:.3f}" for mean, half_width in zip(summary["mean"], summary["half_width"])]  # noqa: B905
    assert [row[2:4] for row in rows_of(result)] == [[str(found.n_run), text] for text in shown]
    n_more = str(found.n_run + 5)
    more = call(file, "-n", n_more)
    assert [row[2] for row in rows_of(more)] == [n_more, n_more]
    assert "Precision" not in more.stdout
    again = call(file)
    assert again.stdout == result.stdout
    assert "Nothing to run" in again.stderr


def test_other_design_points_of_the_folder_are_shown_whole(file: Path) -> None:
    call(file, "-n", "45")
    result = call(file, "--troops", "300", "--trace", "0")
    (first, second) = rows_of(result)
    assert first[1:3] == ["100", "45"]
    assert second[1] == "300"
    assert int(second[2]) < 45
    assert Path("results/precise/trace.parquet").exists()


def test_a_number_of_replications_above_the_most_is_run_all_the_same(file: Path) -> None:
    result = call(file, "-n", "101", "--troops", "100")
    assert result.exit_code == 0
    assert [row[2] for row in rows_of(result)] == ["101"]


def test_goals_of_differences_alone_leave_the_replications_as_they_are(file: Path) -> None:
    text = file.read_text().replace("goals.coverage = {", 'goals.coverage = { of = "difference",')
    file.write_text(text)
    result = call(file)
    assert [row[2] for row in rows_of(result)] == [str(FEWEST)] * 2
    said = [line for line in result.stdout.splitlines() if line.startswith("Precision")]
    assert said == ["Precision: not looked at here for differences (coverage, patrol_fill); `peacesim compare` does"]


def test_the_help_quotes_what_was_measured_and_its_example_loads(file: Path) -> None:
    text = " ".join(CliRunner().invoke(main, ["run", "--help"]).output.split())
    shares = {name: [ahead for row, *_, ahead in precision_table() if row == name] for name in DRAWS}
    near = [round(100 * share) for share in (*shares["normal"], *shares["uniform"])]
    far = [round(100 * share) for share in shares["exponential"]]
    assert f"{min(near)} to {max(near)} % did for normal and uniform values" in text
    assert f"{min(far)} to {max(far)} % for exponential ones ({N_DOCUMENTED:,} synthetic studies each" in text
    lines = CliRunner().invoke(main, ["run", "--help"]).output.splitlines()
    begin = lines.index("    [experiment.precision]")
    snippet = "\n".join(itertools.takewhile(str.strip, lines[begin:]))
    head = f'extends = "{LESSON}"\n[sources]\nexperiment = "assumption: run control"\n'
    file.write_text(head + snippet)
    found = load(file).experiment.precision
    assert found is not None
    assert set(found.goals) == {"coverage", "revisit_age_h"}
