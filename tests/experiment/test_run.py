"""Runs: the same results however they are run, nothing run twice, nothing lost."""

import dataclasses
import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from sim import model
from sim.expectation import expected_responses
from sim.experiment import Interrupted, Results, run
from sim.experiment.headline import INCIDENTS, headings, headline
from sim.experiment.results import write_to
from sim.experiment.tables import EXPECTED, frame, keys
from sim.scenario import Scenario, load
from sim.store import JOURNAL, StoreError, read_journal
from sim.trace import Trace
from tests.experiment.conftest import LESSON, SHORT
from tests.experiment.work import Recording

TABLES = ("responses", "series", "expected", "failures", "missing")


def assert_same(one: Results, other: Results) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_same_bytes_with_one_worker_and_two(short: Scenario, tmp_path: Path) -> None:
    for workers in (1, 2):
        run(short, workers=workers, out=tmp_path / str(workers))
    for name in ("responses.parquet", "series.parquet", "expected.parquet", "summary.csv", "scenario.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


def test_same_bytes_whatever_python_hashes_to(tmp_path: Path) -> None:
    code = f"import sim; sim.run(sim.load({str(LESSON)!r}, settings={SHORT!r}), replications=1, out={{!r}})"
    tables = []
    for seed in ("0", "4711"):
        folder = tmp_path / seed
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code.format(str(folder))], env=environment, check=True, timeout=60)
        tables.append([(folder / f"{name}.parquet").read_bytes() for name in ("responses", "series")])
    assert tables[0] == tables[1]


def test_a_replication_is_the_same_however_many_are_run(short: Scenario) -> None:
    few, many = (run(short, troops=[60], replications=n) for n in (4, 40))
    assert_same(few.only([("two-stages", 60, 3)]), many.only([("two-stages", 60, 3)]))
    values = many.responses[many.responses["response"] == "coverage"].groupby("replication")["value"].first()
    assert values.nunique() > 1


def test_the_seed_matters(short: Scenario) -> None:
    one, other = (run(short, troops=[300], seed=seed) for seed in (1, 2))
    assert not one.responses["value"].equals(other.responses["value"])


def test_tables_are_ordered_and_typed(short: Scenario) -> None:
    results = run(short)
    assert list(results.responses) == [
        "scenario",
        "policy",
        "troops",
        "replication",
        "sector",
        "response",
        "unit",
        "value",
    ]
    assert list(results.series)[:6] == ["scenario", "policy", "troops", "replication", "date", "sector"]
    assert results.finished() == [("two-stages", troops, r) for troops in (None, 100, 300) for r in (0, 1)]
    assert results.responses["troops"].dtype == "Int64"
    assert set(results.responses["scenario"]) == {"lesson"}
    assert list(dict.fromkeys(results.responses["sector"])) == ["valley", "all"]
    first_days = results.series.groupby("replication")["date"].min()
    assert set(first_days) == {pd.Timestamp(short.horizon.start)}
    own = results.series[results.series["troops"].isna() & (results.series["sector"] == "all")]
    days = (short.horizon.end - short.horizon.start).days
    assert len(own) == 2 * days
    assert own["date"].max() == pd.Timestamp(short.horizon.end) - pd.Timedelta(days=1)


def test_summary_follows_the_experiments_confidence(short: Scenario) -> None:
    results = run(short, troops=[60])
    summary = results.summary()
    assert set(summary["confidence"]) == {short.experiment.confidence}
    assert set(summary["n"]) <= {0, 2}
    row = summary[(summary["sector"] == "all") & (summary["response"] == "coverage")].iloc[0]
    values = results.responses.query("sector == 'all' and response == 'coverage'")["value"]
    assert row["mean"] == pytest.approx(values.mean())
    assert set(results.summary(0.5)["confidence"]) == {0.5}


def test_expected_values_are_of_every_troop_level(short: Scenario) -> None:
    results = run(short, replications=1)
    assert list(results.expected) == ["scenario", "policy", "troops", "sector", "response", "value"]
    rows = [
        (sector, response, value)
        for troops in (100, 300)
        for sector, response, value in expected_responses(short, "two-stages", troops)
    ]
    assert list(results.expected[["sector", "response", "value"]].itertuples(index=False, name=None)) == rows


def test_a_folder_is_topped_up_to_the_same_bytes(short: Scenario, tmp_path: Path) -> None:
    run(short, replications=1, out=tmp_path / "grown")
    engine = Recording()
    grown = run(short, replications=3, engine=engine, out=tmp_path / "grown")
    assert sorted({job.replication for job in engine.jobs}) == [1, 2]
    assert len(engine.jobs) == 6
    fresh = run(short, replications=3, out=tmp_path / "fresh")
    assert_same(grown, fresh)
    for name in ("responses.parquet", "series.parquet", "expected.parquet", "summary.csv"):
        assert (tmp_path / "grown" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes(), name


def test_the_same_again_runs_nothing(short: Scenario, tmp_path: Path) -> None:
    first = run(short, out=tmp_path)
    engine = Recording()
    again = run(short, engine=engine, out=tmp_path)
    assert engine.jobs == []
    assert_same(first, again)


def test_other_levels_are_added_and_only_what_was_asked_comes_back(short: Scenario, tmp_path: Path) -> None:
    run(short, replications=2, out=tmp_path)
    results = run(short, troops=[60, 100], replications=1, out=tmp_path)
    assert results.finished() == [("two-stages", 60, 0), ("two-stages", 100, 0)]
    assert set(results.expected["troops"]) <= {60, 100}
    kept = Results.read(tmp_path)
    assert [key[1] for key in kept.finished()] == [None, None, 60, 100, 100, 300, 300]
    assert kept.complete


def test_other_inputs_need_another_folder(short: Scenario, tmp_path: Path) -> None:
    run(short, troops=[60], replications=1, out=tmp_path)
    with pytest.raises(StoreError, match="the seed"):
        run(short, troops=[60], replications=1, seed=99, out=tmp_path)


def test_results_come_back_from_a_folder(short: Scenario, tmp_path: Path) -> None:
    results = run(short)
    results.write(tmp_path)
    back = Results.read(tmp_path)
    assert_same(results, back)
    assert back.scenario == results.scenario


def test_a_failed_replication_is_a_row_and_is_tried_again(
    short: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.replicate

    def broken(scenario: Scenario, policy: str, *, troops: int | None, replication: int, **others: Any) -> Trace:
        if (troops, replication) == (100, 1):
            raise RuntimeError("section lost")
        return whole(scenario, policy, troops=troops, replication=replication, **others)

    with monkeypatch.context() as patched:
        patched.setattr(model, "replicate", broken)
        results = run(short, out=tmp_path)
    assert not results.complete
    assert results.n_replications == 5
    row = results.failures.iloc[0]
    assert (row["policy"], row["troops"], row["replication"], row["stage"]) == ("two-stages", 100, 1, "simulate")
    assert row["error"].startswith("RuntimeError: section lost (test_run.py:")
    assert Results.read(tmp_path).failures.equals(results.failures)
    engine = Recording()
    healed = run(short, engine=engine, out=tmp_path)
    assert [(job.troops, job.replication) for job in engine.jobs] == [(100, 1)]
    assert healed.complete
    assert_same(healed, run(short))


def test_a_run_in_which_everything_fails_is_still_written(
    short: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "replicate", lambda *arguments, **choices: 1 / 0)
    monkeypatch.setattr("sim.experiment.running._expected", lambda scenario, points: frame([], EXPECTED))
    results = run(short, troops=[60], out=tmp_path)
    assert results.n_replications == 0
    assert list(results.failures["stage"]) == ["simulate", "simulate"]
    assert len(results.summary()) == 0
    assert_same(Results.read(tmp_path), results)


def test_ctrl_c_keeps_what_is_finished(short: Scenario, tmp_path: Path) -> None:
    with pytest.raises(Interrupted) as stop:
        run(short, engine=Recording(stop_after=3), out=tmp_path)
    kept = stop.value.results
    assert (kept.n_replications, len(kept.missing), kept.complete) == (3, 3, False)
    assert_same(Results.read(tmp_path), kept)
    engine = Recording()
    rest = run(short, engine=engine, out=tmp_path)
    assert len(engine.jobs) == 3
    assert rest.complete
    assert_same(rest, run(short))


def test_finished_work_can_be_read_while_the_run_goes_on(short: Scenario, tmp_path: Path) -> None:
    n_kept = []

    def look(n_done: int, n_jobs: int) -> None:
        there = Results.read(tmp_path)
        n_kept.append((there.n_replications, len(there.missing)))

    run(short, out=tmp_path, progress=look)
    assert n_kept == [(n, 6 - n) for n in range(7)]
    assert not (tmp_path / JOURNAL).exists()


def test_a_large_journal_is_compacted_while_the_run_goes_on(
    short: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(short, replications=5, out=tmp_path / "at once")
    monkeypatch.setattr("sim.store.folder.COMPACT_BYTES", 1)
    in_journal = []

    def look(n_done: int, n_jobs: int) -> None:
        content = read_journal(tmp_path / "bit by bit")
        in_journal.append(len(content.records))

    run(short, replications=5, out=tmp_path / "bit by bit", progress=look)
    n_compacted = sum(later <= sooner for sooner, later in itertools.pairwise(in_journal[1:]))
    assert 2 <= n_compacted < 15
    for name in ("responses.parquet", "series.parquet", "expected.parquet", "summary.csv", "scenario.json"):
        assert (tmp_path / "at once" / name).read_bytes() == (tmp_path / "bit by bit" / name).read_bytes(), name


def test_a_folder_remembers_what_is_missing_whatever_is_run_in_it_next(short: Scenario, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run(short, troops=[60], replications=10, engine=Recording(stop_after=3), out=tmp_path)
    other = run(short, troops=[100], replications=1, out=tmp_path)
    assert other.complete
    kept = Results.read(tmp_path)
    assert not kept.complete
    assert keys(kept.missing) == [("two-stages", 60, replication) for replication in range(3, 10)]
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["missing"] == [{"policy": "two-stages", "troops": 60, "replications": "3-9"}]
    assert manifest["finished"] is None
    run(short, troops=[60], replications=5, out=tmp_path)
    assert [replication for _, _, replication in keys(Results.read(tmp_path).missing)] == [5, 6, 7, 8, 9]
    run(short, troops=[60], replications=10, out=tmp_path)
    assert Results.read(tmp_path).complete


def test_what_failed_is_not_missing_too(short: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Interrupted):
        run(short, troops=[60], replications=2, engine=Recording(stop_after=1), out=tmp_path)
    monkeypatch.setattr(model, "replicate", lambda *arguments, **choices: 1 / 0)
    run(short, troops=[60], replications=2, out=tmp_path)
    kept = Results.read(tmp_path)
    assert (kept.n_replications, len(kept.failures), len(kept.missing)) == (1, 1, 0)


def test_ctrl_c_while_the_last_is_written_loses_nothing(
    short: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_writes = 0

    def write(*arguments: object) -> None:
        nonlocal n_writes
        n_writes += 1
        if n_writes == 1:
            raise KeyboardInterrupt
        write_to(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("sim.experiment.running.write_to", write)
    with pytest.raises(Interrupted):
        run(short, troops=[60], replications=2, out=tmp_path)
    assert Results.read(tmp_path).n_replications == 2


def test_the_table_counts_the_fewest_values_of_a_row() -> None:
    rows = [
        ("lesson", "balanced", troops, "all", response, "share", n, 0.5, 0.1, 0.95)
        for troops, response, n in (
            (10, "coverage", 9),
            (10, "patrol_coverage", 7),
            (10, "site_protection", 0),
            (20, "coverage", 0),
        )
    ]
    columns = "scenario policy troops sector response unit n mean half_width confidence".split()
    table = headline(pd.DataFrame(rows, columns=columns))
    assert [row[:3] for row in table] == [("balanced", "10", "7"), ("balanced", "20", "0")]
    assert table[0][3:] == ("0.500±0.100", "0.500±0.100", "-", "-", "-")


def test_the_table_of_incidents_has_the_points_that_had_any() -> None:
    rows = [
        ("lesson", policy, pd.NA, "all", response, "min", n, mean, 0.25, 0.95)
        for policy, n, mean in (("calm", 0, math.nan), ("riots", 4, math.inf))
        for response in ("coverage", "response_min_p50", "response_min_p90")
    ]
    columns = "scenario policy troops sector response unit n mean half_width confidence".split()
    summary = pd.DataFrame(rows, columns=columns)
    summary.loc[4, "mean"] = 12.0
    table = headline(summary, INCIDENTS)
    assert table == [("riots", "own", "4", "-", "12.0±0.2", "∞", "-", "-", "-", "-")]
    assert len(table[0]) == len(headings(INCIDENTS))
    assert headings(INCIDENTS)[3:7] == ("in time", "response p50 [min]", "response p90 [min]", "incidents [1/day]")


def test_progress_counts_what_is_run(short: Scenario) -> None:
    calls: list[tuple[int, int]] = []
    run(short, replications=1, progress=lambda *call: calls.append(call))
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_results_are_frozen_and_shown_escaped(short: Scenario) -> None:
    results = run(short.model_copy(update={"title": "<b>bold & bad</b>"}), troops=[60], replications=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        results.scenario = short  # type: ignore[misc]
    page = results._repr_html_()
    assert "&lt;b&gt;bold &amp; bad&lt;/b&gt;" in page
    assert "<b>" not in page
    assert page.count("<tr>") == 2
    assert "2 replications" in repr(results)


def test_names_of_the_package_are_those_of_its_parts() -> None:
    assert sim.run is run
    assert sim.Results is Results
    assert sim.load is load
    assert set(sim.__all__) <= set(dir(sim))
    with pytest.raises(AttributeError, match="nothing_here"):
        sim.nothing_here  # noqa: B018
