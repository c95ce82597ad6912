"""Comparisons at their edges: endless pairs, hardly a replication, questions that make no sense."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.experiment import Comparison, DesignError, Verdict, compare
from sim.experiment.tables import records
from sim.scenario import load
from tests.experiment.comparisons import LESSON, N, compared, lesson, run
from tests.scenarios import FOLDER


def changed(found: Comparison, values: dict[tuple[str, int], float], response: str = "coverage") -> Comparison:
    """The comparison with some values of the theatre replaced, by policy and replication."""
    (results,) = found.results
    table = results.responses.copy()
    for (policy, replication), value in values.items():
        rows = table["policy"].eq(policy) & table["replication"].eq(replication) & table["response"].eq(response)
        table.loc[rows & table["sector"].eq("all"), "value"] = value
    return dataclasses.replace(found, results=(dataclasses.replace(results, responses=table),))


def test_endless_pairs_are_counted_and_never_called_not_worse() -> None:
    found = dataclasses.replace(
        compared("hold", "two-stages", baseline="hold", delta=0.9), response="patrol_fill", also=()
    )
    assert list(found.decision()["verdict"]) == [Verdict.NOT_WORSE]
    mine = changed(found, {("two-stages", 2): np.inf}, "patrol_fill")
    (row,) = records(mine.decision())
    assert (row["n"], row["n_endless"], row["p_not_worse"], row["verdict"]) == (N - 1, 1, 1.0, Verdict.OPEN)
    (row,) = records(mine.differences())
    assert (row["n"], row["n_endless"]) == (N - 1, 1)
    assert list(mine.effort().set_index("alternative").loc[["two-stages", "hold"], "n_pairs"]) == [N - 1, N]
    assert mine.means().set_index("alternative").loc["two-stages", "mean"] == np.inf
    # A pair that is endless for the baseline alone is one that it lost: left out, it makes nobody better.
    its = changed(found, {("hold", 2): np.inf}, "patrol_fill")
    (row,) = records(its.decision())
    assert (row["n"], row["n_endless"], row["verdict"]) == (N - 1, 1, Verdict.NOT_WORSE)
    for plot in (sim.plots.forest(mine), sim.plots.cost_against_loss(mine)):
        assert plot.image("png")


def test_a_baseline_without_a_value_loses_nothing_and_is_on_no_frontier() -> None:
    found = compared("hold", "two-stages", baseline="hold", delta=0.9)
    mine = changed(found, {("hold", replication): np.nan for replication in range(N)})
    effort = mine.effort().set_index("alternative")
    assert effort["lost"].isna().all()
    assert not effort["is_on_frontier"].any()
    assert list(mine.decision()["verdict"]) == [Verdict.OPEN]


@pytest.mark.parametrize("n", [0, 1])
def test_a_policy_with_hardly_a_replication_is_a_row_all_the_same(n: int, tmp_path: Path) -> None:
    found = compared("hold", "two-stages", baseline="hold", delta=0.1)
    (results,) = found.results
    kept = results.only([key for key in results.finished() if key[0] == "hold" or key[2] < n])
    mine = dataclasses.replace(found, results=(kept,))
    means = mine.means().set_index(["alternative", "response"])
    assert list(means["n"]) == [n, n, N, N]
    assert means["half_width"].isna().tolist() == [True, True, False, False]
    assert mine.effort().set_index("alternative").loc["two-stages", "n"] == n
    assert list(mine.decision()["verdict"]) == [Verdict.OPEN]
    assert len(mine.write(tmp_path)) == 8
    assert (n == 0) == (not any(path.name == "comparison-decision.png" for path in figures_of(mine, tmp_path)))


def figures_of(found: Comparison, folder: Path) -> list[Path]:
    return sim.plots.write_figures_of_comparison(found, folder / "figures")


def test_one_replication_each_is_shown_without_intervals(tmp_path: Path) -> None:
    code, output = run("-j", "1", "--set", "experiment.replications=1", "--delta", "0.1", "--out", str(tmp_path))
    assert code == 0, output
    assert "not shown" in output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--delta", "nan"], "delta is nan"),
        (["--delta", "inf"], "delta is inf"),
        (["--delta", "2"], "did you mean 0.02"),
        (["--baseline", "hold", "--policies", "two-stages,twin"], "no baseline 'hold'"),
    ],
)
def test_a_wrong_question_is_refused_before_the_run(options: list[str], words: str, tmp_path: Path) -> None:
    code, output = run(*options, "--out", str(tmp_path / "none"))
    assert code == 2
    assert words in output
    assert not (tmp_path / "none").exists()


def test_nothing_is_no_study() -> None:
    with pytest.raises(DesignError, match="no scenario is given"):
        compare([])
    with pytest.raises(DesignError, match="confidence is 2"):
        compare(lesson(), confidence=2)


def test_yardsticks_must_agree(tmp_path: Path) -> None:
    other = tmp_path / "wide-window.toml"
    (tmp_path / "sources.toml").write_text((FOLDER / "sources.toml").read_text())
    text = f'extends = "{LESSON}"\n[coverage]\nwindow_h = 24\n[sources]\ncoverage = "assumption: a wider window"\n'
    other.write_text(text)
    with pytest.raises(DesignError, match=r"yardsticks differ\. What differs: coverage\.window_h"):
        sim.compare([load(LESSON), load(other)], replications=2)
