"""Comparing policies: pairs, verdicts, precision and effort, on the lesson valley and against plain arithmetic."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import sim
from sim.experiment import Comparison, DesignError, Verdict, compare
from sim.experiment.comparison import _frontier
from sim.experiment.tables import records
from sim.scenario import Scenario, load
from tests.experiment.comparisons import LESSON, POLICIES, N, compared, lesson, run
from tests.scenarios import FOLDER


def test_differences_are_those_of_pairs() -> None:
    found = compared("hold", "two-stages", baseline="hold")
    responses = found.results[0].responses
    assert responses["troops"].isna().all()
    for row in records(found.differences()):
        mine = responses[(responses["response"] == row["response"]) & (responses["sector"] == "all")]
        by_policy = mine.pivot(index="replication", columns="policy", values="value")
        a, b = by_policy["two-stages"].to_numpy(), by_policy["hold"].to_numpy()
        assert (row["alternative"], row["other"], row["n"], row["n_endless"]) == ("two-stages", "hold", N, 0)
        assert row["difference"] == pytest.approx((a - b).mean())
        half_width = stats.t.ppf(0.975, N - 1) * (a - b).std(ddof=1) / np.sqrt(N)
        assert row["half_width"] == pytest.approx(half_width)
        assert row["variance_ratio"] == pytest.approx((a.var() + b.var()) / (a - b).var())
    assert list(found.differences()["response"]) == ["coverage", "patrol_fill"]


def test_means_are_those_of_the_values() -> None:
    found = compared("hold", "two-stages", baseline="hold")
    rows = {(row["alternative"], row["response"]): row for row in records(found.means())}
    assert len(rows) == 4
    for number, one in enumerate(found.alternatives):
        for response in found.responses:
            values = found.values(response)[number]
            row = rows[one.label, response]
            assert (row["n"], row["unit"]) == (N, "share")
            assert row["mean"] == pytest.approx(values.mean())
            assert row["half_width"] == pytest.approx(stats.t.ppf(0.975, N - 1) * values.std(ddof=1) / np.sqrt(N))


def test_a_policy_that_is_another_by_name_differs_in_nothing() -> None:
    found = compared("two-stages", "twin", baseline="two-stages", delta=0.01)
    table = found.differences()
    assert (table["difference"] == 0).all()
    assert (table["half_width"] == 0).all()
    assert np.isinf(table["variance_ratio"]).all()
    assert list(found.decision()["verdict"]) == [Verdict.NOT_WORSE]


def test_the_verdict_follows_the_baseline() -> None:
    """Two stages of withdrawal lose coverage; holding against them loses none; a large delta forgives all."""
    verdicts = {
        (baseline, delta): list(compared("hold", "two-stages", baseline=baseline, delta=delta).decision()["verdict"])
        for baseline in ("hold", "two-stages")
        for delta in (0.01, 0.9)
    }
    assert verdicts == {
        ("hold", 0.01): [Verdict.WORSE],
        ("hold", 0.9): [Verdict.NOT_WORSE],
        ("two-stages", 0.01): [Verdict.NOT_WORSE],
        ("two-stages", 0.9): [Verdict.NOT_WORSE],
    }


def test_where_less_is_better_the_verdict_turns_round() -> None:
    found = compare(
        lesson(), policies=["hold", "two-stages"], replications=N, response="revisit_age_h", delta=0.1, baseline="hold"
    )
    (row,) = records(found.decision())
    assert row["difference"] > 0.1
    assert row["verdict"] == Verdict.WORSE


def test_what_is_lost_has_the_sign_of_the_response() -> None:
    study = lesson()
    options = {"policies": ["hold", "two-stages"], "replications": N, "baseline": "hold"}
    for response, sign in (("coverage", -1), ("revisit_age_h", 1)):
        found = compare(study, response=response, **options)  # type: ignore[arg-type]
        effort = found.effort().set_index("alternative")
        (row,) = records(found.differences())
        assert (
            effort.loc["two-stages", "lost"] == pytest.approx(sign * row["difference"]) and sign * row["difference"] > 0
        )
        assert effort.loc["two-stages", "lost_half_width"] == pytest.approx(row["half_width"])
        assert tuple(effort.loc["hold", ["lost", "lost_half_width"]]) == (0, 0)
        assert list(effort["is_on_frontier"]) == [True, True]
        by_block = found.losses(block_days=1).groupby("alternative")["lost"].mean()
        assert by_block["two-stages"] == pytest.approx(sign * row["difference"], rel=0.05)
        assert by_block["hold"] == 0


def test_a_policy_that_another_beats_is_not_on_the_frontier() -> None:
    used, lost = np.array([1.0, 2.0, 3.0, 3.0, 2.0, 4.0]), np.array([5.0, 3.0, 1.0, 1.0, 4.0, np.nan])
    assert _frontier(used, lost) == [True, True, True, True, False, False]


def test_quantiles_are_values_of_replications() -> None:
    found = compared("hold", "two-stages", baseline="hold")
    table = found.quantiles([0.5])
    assert list(table["alternative"]) == ["two-stages", "hold"] * 2
    for row in records(table):
        number = [one.label for one in found.alternatives].index(row["alternative"])
        values = np.sort(found.values(row["response"])[number])
        assert (row["n"], row["quantile"], row["value"]) == (N, 0.5, values[2])
        assert (row["low"], row["high"]) == (values[0], values[5]), "of 6 values, the least and the largest"


def test_variance_ratios_are_those_of_the_differences() -> None:
    found = compared("hold", "two-stages", "twin", baseline="hold")
    ratios = found.differences().set_index(["response", "alternative"])["variance_ratio"]
    for row in records(found.variance_ratios()):
        mine = ratios[row["response"]]
        assert (row["n"], row["lowest"], row["highest"]) == (2, mine.min(), mine.max())
        assert row["lowest"] <= row["median"] <= row["highest"]


def test_nothing_is_decided_without_delta() -> None:
    with pytest.raises(DesignError, match="how much worse is still not worse"):
        compared("hold", "two-stages", baseline="hold").decision()


def test_soldier_days_are_the_strength_over_the_days() -> None:
    scenario = lesson()
    table = compared("hold", "two-stages", baseline="hold").effort().set_index("alternative")
    horizon, stages = scenario.horizon, scenario.policy["two-stages"].stages.values()
    assert table.loc["hold", "soldier_days"] == scenario.strength * (horizon.end - horizon.start).days
    steps = [(horizon.start, scenario.strength), *((stage.effective_on, stage.strength) for stage in stages)]
    ends = [day for day, _ in steps[1:]] + [horizon.end]
    expected = sum(strength * (end - day).days for (day, strength), end in zip(steps, ends, strict=True))
    # A stage shows at the next shift change, which is that of its midnight.
    assert table.loc["two-stages", "soldier_days"] == pytest.approx(expected)
    assert np.isnan(table["cost"]).all()


def test_files_are_compared_under_their_names(tmp_path: Path) -> None:
    other = tmp_path / "small-sections.toml"
    (tmp_path / "sources.toml").write_text((FOLDER / "sources.toml").read_text())
    text = f'extends = "{LESSON}"\n[force]\nsection_size = 6\n[sources]\nforce = "assumption: smaller sections"\n'
    other.write_text(text)
    found = sim.compare([load(LESSON), load(other)], replications=3, out=tmp_path / "out")
    assert [one.label for one in found.alternatives] == ["lesson", "small-sections"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["lesson", "small-sections"]
    seeds = {results.scenario.experiment.seed for results in found.results}
    assert len(seeds) == 1
    by_policy = sim.compare([lesson(), load(other)], replications=2, baseline="small-sections:two-stages")
    assert [one.label for one in by_policy.alternatives] == [
        "lesson-policies:two-stages",
        "lesson-policies:hold",
        "small-sections:two-stages",
    ]
    assert by_policy.baseline == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"policies": ["hold"]}, "nothing to compare"),
        ({"baseline": "holt"}, "no baseline 'holt'; allowed: two-stages, hold"),
        ({"response": "covrage"}, "no response 'covrage'.*did you mean coverage"),
        ({"also": ["patrols"]}, "no response 'patrols'"),
        ({"troops": -1}, "troops"),
        ({"delta": 2}, "delta is 2, but coverage is a share, between 0 and 1; did you mean 0.02"),
        ({"delta": 0.1, "response": "utilisation"}, "of utilisation neither more nor less is better"),
        ({"delta": -0.1}, "must be 0 or more"),
        ({"delta": float("nan")}, "must be 0 or more"),
    ],
)
def test_what_cannot_be_compared(options: dict[str, object], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        compare(lesson(), replications=2, **options)  # type: ignore[arg-type]


def test_at_a_troop_level() -> None:
    found = compared("hold", "twin", baseline="hold", troops=200)
    assert set(found.results[0].responses["troops"]) == {200}
    assert (found.differences()["difference"] == 0).all(), "they differ by stages alone, and have none there"


PRECISION = """{ max_replications = MOST, look_ahead = 3, goals = { patrol_coverage = { half_width = WIDTH } } }"""


def precise(width: float, most: int = 60, replications: int = 3) -> Scenario:
    table = PRECISION.replace("MOST", str(most)).replace("WIDTH", str(width))
    return lesson(f"experiment.precision={table}", f"experiment.replications={replications}")


def narrow(found: Comparison, n: int, width: float) -> bool:
    """Whether the intervals of the first n replications are all narrow enough."""
    values = found.values("patrol_coverage")[:, :n]
    half_widths = stats.t.ppf(0.975, n - 1) * values.std(axis=1, ddof=1) / np.sqrt(n)
    return bool((half_widths <= width).all())


def test_replications_are_added_until_it_is_precise(tmp_path: Path) -> None:
    width = 0.008
    found = compare(precise(width), out=tmp_path)
    assert found.precision is not None
    n = found.precision.n
    assert n is not None
    assert n > 3
    assert found.precision.n_run == n + 3 == found.values("coverage").shape[1]
    assert all(narrow(found, m, width) for m in range(n, n + 4))
    assert not all(narrow(found, m, width) for m in range(n - 1, n + 3))
    again = compare(precise(width), out=tmp_path)
    assert again.precision == found.precision
    assert again.means().equals(found.means())
    without_folder = compare(precise(width))
    assert without_folder.means().equals(found.means())


def test_it_stops_at_the_most_replications() -> None:
    found = compare(precise(1e-6, most=7))
    assert found.precision is not None
    assert (found.precision.n, found.precision.n_run) == (None, 7)
    values = found.values("patrol_coverage")
    half_widths = stats.t.ppf(0.975, 6) * values.std(axis=1, ddof=1) / np.sqrt(7)
    widest = found.alternatives[int(half_widths.argmax())].label
    words = (
        f"not reached with 7 replications; patrol_coverage of {widest}: ±{half_widths.max():.3g} of ±1e-06 asked for"
    )
    assert str(found.precision).startswith(words)


def test_exactly_so_many_replications_if_they_are_asked_for() -> None:
    found = compare(precise(1e-6), replications=4)
    assert found.precision is None
    assert found.values("coverage").shape[1] == 4


def test_the_command_prints_and_writes_the_tables(tmp_path: Path) -> None:
    options = ["-n", "4", "-j", "1", "--baseline", "hold", "--delta", "0.01", "--out", str(tmp_path)]
    code, output = run(*options)
    assert code == 0
    assert "worse" in output
    assert "Decision by coverage" in output
    found = compare(lesson(), baseline="hold", delta=0.01, replications=4)
    frames = {
        "means": found.means(),
        "differences": found.differences(),
        "pairs": found.differences(every_pair=True),
        "decision": found.decision(),
        "effort": found.effort(),
        "quantiles": found.quantiles(),
        "variance-ratios": found.variance_ratios(),
    }
    for name, frame in frames.items():
        written = (tmp_path / f"comparison-{name}.csv").read_text()
        assert written == frame.to_csv(index=False, lineterminator="\n")
    figures = tmp_path / "figures"
    assert sorted(path.name for path in figures.glob("*.png")) == [
        "comparison-cost.png",
        "comparison-decision.png",
        "comparison-losses.png",
    ]
    assert "Days: 2001-01-03 to 2001-03-01. Baseline: hold" in output


def test_the_command_compares_some_days_and_draws_nothing_if_asked(tmp_path: Path) -> None:
    options = ["-n", "2", "-j", "1", "--days", "2001-02-01:2001-02-10", "--no-figures", "--out", str(tmp_path)]
    code, output = run(*options)
    assert code == 0
    assert "Days: 2001-02-01 to 2001-02-10. Baseline: two-stages" in output
    assert not (tmp_path / "figures").exists()
    code, output = run("--days", "2001-02-01", "--out", str(tmp_path / "none"))
    assert code == 2
    assert "not two days, DATE:DATE" in output


def test_another_question_replaces_the_tables_and_says_so(tmp_path: Path) -> None:
    options = ["-n", "2", "-j", "1", "--out", str(tmp_path)]
    code, output = run(*options, "--delta", "0.02", "--baseline", "hold")
    assert code == 0
    assert "were replaced" not in output
    asked = json.loads((tmp_path / "comparison.json").read_text())
    expected = ("hold", "coverage", "share", 0.02, "2001-01-03", "2001-03-01")
    assert tuple(asked[key] for key in ("baseline", "response", "unit", "delta", "first_day", "last_day")) == expected
    code, output = run(*options, "--no-figures")
    assert code == 0
    assert "No verdict, because no --delta was given. For example --delta 0.02:" in output
    assert "what differs: baseline (hold there, two-stages here), delta (0.02 there, None here)" in output
    assert not (tmp_path / "comparison-decision.csv").exists()
    assert list((tmp_path / "figures").iterdir()) == []
    assert "were replaced" not in run(*options, "--no-figures")[1]


def test_tables_stand_before_they_are_shown(tmp_path: Path) -> None:
    """A reader that closes the pipe after a line takes nothing from the folder."""
    command = [sys.executable, "-m", "sim", "compare", POLICIES, "-n", "2", "-j", "1", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=FOLDER.parent) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.wait(120)
    assert (tmp_path / "comparison-effort.csv").exists()
    assert (tmp_path / "figures" / "comparison-decision.png").exists()


def test_delta_belongs_to_the_response_of_the_file() -> None:
    table = '{ baseline = "hold", response = "coverage", delta = 0.02 }'
    scenario = lesson(f"comparison={table}", 'experiment.policies=["two-stages","hold"]')
    assert compare(scenario, replications=2).delta == 0.02
    assert compare(scenario, replications=2, response="patrols_per_day").delta is None
    assert compare(scenario, replications=2, response="patrols_per_day", delta=3.0).delta == 3.0
    with pytest.raises(DesignError, match="the baseline of lesson-policies is hold, which is not among"):
        compare(scenario, replications=2, policies=["two-stages", "twin"])


def test_bad_input_is_a_sentence(tmp_path: Path) -> None:
    code, output = run("--baseline", "holt", "--out", str(tmp_path / "none"))
    assert code == 2
    assert "no baseline 'holt'" in output
    assert not (tmp_path / "none").exists()
