"""Counts of response times: kept, topped up and read back as responses are, and only where there are incidents."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.experiment import Results, run
from sim.experiment.tables import RESPONSE_TIMES
from sim.scenario import Scenario
from sim.store import StoreError
from tests.experiment.work import Recording
from tests.scenarios import shipped

FILE = "response_times.parquet"


@pytest.fixture(scope="module")
def riots() -> Scenario:
    """Three levels of a scenario with incidents, without its timeline."""
    settings = {"experiment__sweep_days": 12, "experiment__timeline": False, "experiment__replications": 2}
    return shipped("kfor-2004-riots", experiment__troops=[1500, 17500], **settings)


@pytest.fixture(scope="module")
def results(riots: Scenario) -> Results:
    return run(riots)


def test_same_bytes_with_one_worker_and_two(riots: Scenario, results: Results, tmp_path: Path) -> None:
    for workers in (1, 2):
        run(riots, workers=workers, out=tmp_path / str(workers))
    assert (tmp_path / "1" / FILE).read_bytes() == (tmp_path / "2" / FILE).read_bytes()
    pd.testing.assert_frame_equal(Results.read(tmp_path / "1").response_times, results.response_times)


def test_a_folder_is_topped_up_to_the_same_bytes(riots: Scenario, results: Results, tmp_path: Path) -> None:
    run(riots, replications=1, out=tmp_path / "grown")
    engine = Recording()
    grown = run(riots, engine=engine, out=tmp_path / "grown")
    assert [job.replication for job in engine.jobs] == [1, 1]
    results.write(tmp_path / "fresh")
    assert (tmp_path / "grown" / FILE).read_bytes() == (tmp_path / "fresh" / FILE).read_bytes()
    pd.testing.assert_frame_equal(grown.response_times, results.response_times)


def test_only_what_was_asked_for_comes_back(riots: Scenario, results: Results, tmp_path: Path) -> None:
    results.write(tmp_path)
    one = run(riots, troops=[1500], replications=1, out=tmp_path).response_times
    all_of_it = results.response_times
    expected = all_of_it[(all_of_it["troops"] == 1500) & (all_of_it["replication"] == 0)]
    pd.testing.assert_frame_equal(one, expected.reset_index(drop=True))


def test_columns_and_types(results: Results) -> None:
    table = results.response_times
    assert list(table) == list(RESPONSE_TIMES)
    assert (str(table["troops"].dtype), str(table["n"].dtype)) == ("Int64", "int64")
    assert (table["n"] > 0).all()
    minutes = table["minute"].to_numpy()
    assert set(minutes) <= {*range(241), np.inf}
    by_sector = table[table["sector"] != "all"].groupby(["troops", "replication", "minute"])["n"].sum()
    of_all = table[table["sector"] == "all"].set_index(["troops", "replication", "minute"])["n"]
    assert by_sector.to_dict() == of_all.to_dict()


def test_a_replication_cut_off_between_two_tables_has_no_counts(results: Results, tmp_path: Path) -> None:
    """Counts are written first: what is in them alone is not there yet, and is run again."""
    results.write(tmp_path)
    less = results.only([key for key in results.finished() if key[2] == 0])
    less.write(tmp_path / "less")
    (tmp_path / "less" / FILE).write_bytes((tmp_path / FILE).read_bytes())
    pd.testing.assert_frame_equal(Results.read(tmp_path / "less").response_times, less.response_times)


def test_without_the_file_there_are_no_results(results: Results, tmp_path: Path) -> None:
    results.write(tmp_path)
    (tmp_path / FILE).unlink()
    with pytest.raises(StoreError, match="holds no results"):
        Results.read(tmp_path)


def test_a_scenario_without_incidents_has_none(short: Scenario, tmp_path: Path) -> None:
    found = run(short, troops=[60], replications=1, out=tmp_path)
    assert found.response_times.empty and list(found.response_times) == list(RESPONSE_TIMES)
    assert not (tmp_path / FILE).exists()
