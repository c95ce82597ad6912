"""The table of vehicles: what it may hold, that it may be left out, and what is told when it is wrong."""

from __future__ import annotations

import pytest

from sim.scenario import load
from sim.scenario.schema import VehicleRuns
from tests.scenario.conftest import Files
from tests.scenario.faults import faults_of, the_fault

BY_HOUR = "[" + ", ".join(["1"] * 24) + "]"
VEHICLES = f"""\
[vehicles]
runs = "timelines"
[vehicles.checkpoints]
per_day = 400
by_hour = {BY_HOUR}
n_lanes = 2
check_min = {{ distribution = "exponential", mean = 2.5 }}
[vehicles.crossing_points]
per_day = 900.5
per_day_of = {{ pass = 1200 }}
by_hour = {BY_HOUR.replace("[1", "[0.5")}
n_lanes = 3
check_min = {{ distribution = "gamma", mean = 1, cv = 0.5 }}
"""
SOURCE = 'police = "assumption: round numbers"\n'


@pytest.fixture
def with_vehicles(files: Files) -> Files:
    files.change("[policy.stay]\n", VEHICLES + "[policy.stay]\n")
    files.change(SOURCE, SOURCE + 'vehicles = "assumption: round numbers"\n')
    return files


def test_read(with_vehicles: Files) -> None:
    vehicles = load(with_vehicles.scenario).vehicles
    assert vehicles is not None
    assert vehicles.runs is VehicleRuns.TIMELINES
    assert vehicles.checkpoints is not None
    assert vehicles.crossing_points is not None
    assert (vehicles.checkpoints.per_day, vehicles.checkpoints.n_lanes) == (400, 2)
    assert vehicles.crossing_points.by_hour == [0.5] + [1.0] * 23
    assert vehicles.crossing_points.per_day_of == {"pass": 1200}
    assert vehicles.crossing_points.check_min.cv == 0.5


def test_left_out(files: Files, with_vehicles: Files) -> None:
    with_hash = load(with_vehicles.scenario).inputs_sha256
    files.change(VEHICLES, "")
    files.change('vehicles = "assumption: round numbers"\n', "")
    scenario = load(files.scenario)
    assert scenario.vehicles is None
    assert scenario.inputs_sha256 != with_hash
    assert scenario.inputs_sha256 == load(files.scenario).inputs_sha256


def test_one_kind_is_enough(with_vehicles: Files) -> None:
    with_vehicles.change(VEHICLES[VEHICLES.index("[vehicles.crossing_points]") :], "")
    vehicles = load(with_vehicles.scenario).vehicles
    assert vehicles is not None
    assert vehicles.crossing_points is None


@pytest.mark.parametrize("runs", list(VehicleRuns))
def test_runs_from_the_command_line(with_vehicles: Files, runs: VehicleRuns) -> None:
    scenario = load(with_vehicles.scenario, settings=[f"vehicles.runs={runs}"])
    assert scenario.vehicles is not None
    assert scenario.vehicles.runs is runs


def test_numbers_from_the_command_line(with_vehicles: Files) -> None:
    settings = ["vehicles.checkpoints.per_day=50", "vehicles.crossing_points.per_day_of.pass=7"]
    scenario = load(with_vehicles.scenario, settings=settings)
    assert scenario.vehicles is not None
    assert scenario.vehicles.checkpoints is not None
    assert scenario.vehicles.crossing_points is not None
    assert scenario.vehicles.checkpoints.per_day == 50
    assert scenario.vehicles.crossing_points.per_day_of == {"pass": 7}
    where = {origin.key: origin.source for origin in scenario.provenance}
    assert where["vehicles.checkpoints.per_day"] == "set on the command line"
    assert where["vehicles.checkpoints.n_lanes"] == "assumption: round numbers"


def test_extending_changes_one_number(with_vehicles: Files) -> None:
    with_vehicles.write(
        "child.toml",
        'extends = "valley.toml"\ntitle = "Child"\n[vehicles.checkpoints]\nn_lanes = 8\n'
        '[sources]\nvehicles = "assumption: wide roads"\n',
    )
    vehicles = load(with_vehicles.folder / "child.toml").vehicles
    assert vehicles is not None
    assert vehicles.checkpoints is not None
    assert (vehicles.checkpoints.n_lanes, vehicles.checkpoints.per_day) == (8, 400)


def test_figures_need_a_source(files: Files) -> None:
    files.change("[policy.stay]\n", VEHICLES + "[policy.stay]\n")
    faults = faults_of(files.scenario)
    assert "vehicles.checkpoints.by_hour" in {fault.key for fault in faults}
    assert all("without a source" in fault.found for fault in faults)


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('runs = "timelines"', 'runs = "sometimes"', "vehicles.runs", "one of none, timelines, all"),
        ('runs = "timelines"', "", "vehicles.runs", "missing"),
        ("n_lanes = 2", "n_lanes = 9", "vehicles.checkpoints.n_lanes", "8"),
        ("n_lanes = 2", "n_lanes = 0", "vehicles.checkpoints.n_lanes", "1"),
        ("n_lanes = 2", "n_lane = 2", "vehicles.checkpoints.n_lane", "vehicles.checkpoints.n_lanes"),
        ("per_day = 400", "per_day = -1", "vehicles.checkpoints.per_day", "0"),
        ("per_day = 400", "per_day = 100001", "vehicles.checkpoints.per_day", "100000"),
        ("per_day = 400", "", "vehicles.checkpoints.per_day", "missing"),
        (f"by_hour = {BY_HOUR}", "by_hour = [1, 2]", "vehicles.checkpoints.by_hour", "24"),
        (
            f"by_hour = {BY_HOUR}",
            f"by_hour = {BY_HOUR.replace('1', '0')}",
            "vehicles.checkpoints.by_hour",
            "a weight above 0 for some hour",
        ),
        (
            f"by_hour = {BY_HOUR}",
            f"by_hour = {BY_HOUR.replace('[1', '[-1')}",
            "vehicles.checkpoints.by_hour[0]",
            "0",
        ),
        ("{ pass = 1200 }", "{ pas = 1200 }", "vehicles.crossing_points.per_day_of.pas", "did you mean 'pass'"),
        ("{ pass = 1200 }", "{ pass = -2 }", "vehicles.crossing_points.per_day_of.pass", "0"),
        ("mean = 1, cv = 0.5", "mean = 1", "vehicles.crossing_points.check_min.cv", "more than 0 for gamma"),
        ("mean = 2.5", "mean = 2.5, cv = 0.5", "vehicles.checkpoints.check_min.cv", "no cv for exponential"),
        ("mean = 2.5", "mean = 0", "vehicles.checkpoints.check_min.mean", "0"),
        ("n_lanes = 2", "n_lanes = 2\nper_day_of = { pass = 3 }", "vehicles.checkpoints.per_day_of", "unknown"),
    ],
)
def test_faults(with_vehicles: Files, old: str, new: str, key: str, says: str) -> None:
    line = with_vehicles.change(old, new)
    faults = [fault for fault in faults_of(with_vehicles.scenario) if fault.key.startswith(key)]
    assert len(faults) >= 1
    fault = faults[0]
    assert fault.file == str(with_vehicles.scenario)
    assert fault.line is not None
    assert abs(fault.line - line) <= 3
    assert says in str(fault)


def test_vehicles_that_come_nowhere(with_vehicles: Files) -> None:
    with_vehicles.change(VEHICLES, '[vehicles]\nruns = "all"\n')
    with_vehicles.change('vehicles = "assumption: round numbers"\n', "")
    fault = the_fault(with_vehicles.scenario)
    assert fault.key == "vehicles.runs"
    assert "vehicles come nowhere" in fault.found


def test_runs_without_a_table(files: Files) -> None:
    fault = the_fault(files.scenario, ["vehicles.runs=all"])
    assert (fault.file, fault.key) == ("--set", "vehicles.runs")
    assert load(files.scenario, settings=["vehicles.runs=none"]).vehicles is not None
