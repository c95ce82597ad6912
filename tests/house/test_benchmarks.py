"""The benchmarks: every case gives a row, counts are exact, and the naive model agrees with the model.

Nothing here looks at a clock: what a replication costs is measured by the command, not by a test.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import README, main
from benchmarks.bare import n_patrols, n_sections_on_patrol, run_bare
from benchmarks.cases import CASES, Cases
from benchmarks.events import count_events, counted_environments
from benchmarks.naive import World, coverage, read_world, simulate
from benchmarks.plans import FULL, Plan
from benchmarks.table import BEGIN, END, Row, as_markdown, as_text, row_of, write_between_markers
from benchmarks.timing import BARE, Spread, Times, Work, time_cases
from sim.model import replicate
from sim.responses import measure
from sim.statistics import paired_difference
from tests.house.files import ROOT
from tests.scenarios import shipped

CONFIDENCE = 0.999
TINY = Plan(
    path=ROOT / "scenarios" / "lesson.toml",
    policy="two-stages",
    with_incidents=(ROOT / "scenarios" / "kfor-2001-incidents.toml", "balanced"),
    history=(ROOT / "scenarios" / "lesson.toml", "two-stages"),
    n_days=4,
    horizon=(dt.date(2001, 12, 31), dt.date(2002, 1, 31)),
    growth_troops=(600, 6000),
    site_crew=0.02,
    worker_days=4,
    n_replications=4,
)
BUDGETS = {
    ("table", 3),
    ("incidents", 3),
    ("history", 20),
    ("vehicles", 15),
    ("processes", 9),
    ("events", 0.2),
    ("memory", 100),
    ("horizon", 20),
    ("patrols", 0.9),
    ("sites", 0.3),
    ("workers", 1.6),
    ("help", 150),
    ("help", 0),
}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return Cases(TINY, list(CASES), n_rounds=2, progress=lambda words: None).rows()


def test_every_case_gives_rows_with_its_budget(rows: list[Row]) -> None:
    assert list(dict.fromkeys(row.case for row in rows)) == list(CASES)
    assert {(row.case, row.budget) for row in rows if row.budget is not None} == BUDGETS
    measured = [row for row in rows if row.value is not None]
    assert {row.case for row in rows} - {row.case for row in measured} <= {"vehicles"}
    for row in measured:
        assert row.value is not None and math.isfinite(row.value)
        if row.least is not None and row.most is not None:
            assert row.least <= row.value <= row.most


def test_short_runs_are_not_judged(rows: list[Row]) -> None:
    assert {row.case for row in rows if row.verdict in ("met", "not met")} <= {"help"}


def test_help_imports_nothing_heavy(rows: list[Row]) -> None:
    (imported,) = [row for row in rows if row.case == "help" and row.unit == "packages"]
    assert (imported.value, imported.verdict) == (0, "met")


def test_growth_is_in_the_patrols_that_went_out(rows: list[Row]) -> None:
    growth, same_force = [row for row in rows if row.case == "patrols"]
    assert "patrols x 10," in growth.what and "patrols x 10," in same_force.what
    assert growth.value != same_force.value


def test_bare_loop_has_a_timeout_a_patrol() -> None:
    year = FULL.load()
    assert (n_patrols(year), n_sections_on_patrol(year)) == (625 * 365, 625)
    for n_timeouts, n_processes in ((100, 7), (100, 1), (3, 7)):
        with counted_environments() as made:
            env = run_bare(n_timeouts, n_processes, delay_s=60)
        # SimPy adds an event at the beginning and at the end of each process.
        assert sum(one.n_events for one in made) == n_timeouts + 2 * n_processes
        assert env.now > 0


def test_kernel_events_a_patrol_are_within_the_budget() -> None:
    n_events, n_tours = count_events(FULL.load(), FULL.policy, "table")
    assert n_tours > 0.99 * 625 * 365
    assert 0 < n_events / n_tours <= 0.2


def test_a_process_a_patrol_takes_four_events_more() -> None:
    scenario = TINY.load()
    by_table, n_tours = count_events(scenario, TINY.policy, "table")
    by_processes, n_same = count_events(scenario, TINY.policy, "processes")
    assert n_tours == n_same > 0
    # Beginning, departure, return, end; a tour that is out when the run ends lacks the last ones.
    assert 0 <= 4 * n_tours - (by_processes - by_table) <= 0.2 * n_tours


@dataclasses.dataclass(frozen=True)
class Compared:
    """Both models on one scenario: patrol coverage and number of visits, replication by replication.

    Sections to spare in both, so that every tour leaves when it is tasked to.
    """

    world: World
    visits: list[list[tuple[float, int]]]
    naive: list[tuple[float, int]]
    model: list[tuple[float, int]]


@pytest.fixture(scope="module")
def compared() -> Compared:
    scenario = shipped(
        "kfor-2001",
        force__share_in_theatre=1.0,
        horizon__warm_up_h=24,
        horizon__end=dt.date(2001, 1, 6),
        experiment__sweep_days=4,
    )
    world = read_world(scenario)
    naive, visits, model = [], [], []
    for replication in range(20):
        visits.append(simulate(world, seed=replication))
        naive.append((coverage(world, visits[-1]), len(visits[-1])))
        trace = replicate(scenario, "balanced", troops=None, seed=2001, replication=replication)
        of_theatre = {name: value for sector, name, _, value in measure(scenario, trace).responses if sector == "all"}
        assert of_theatre["patrol_fill"] == 1
        model.append((of_theatre["patrol_coverage"], len(trace.visits()[0])))
    return Compared(world, visits, naive, model)


def agree(a: list[float], b: list[float]) -> bool:
    """Whether 0 is in the interval of the mean difference; replications of the two are independent."""
    difference = paired_difference(a, b, CONFIDENCE)
    return abs(difference.mean) <= difference.half_width


@pytest.mark.parametrize("quantity", [0, 1], ids=["coverage", "visits"])
def test_naive_model_and_model_agree(compared: Compared, quantity: int) -> None:
    assert agree([one[quantity] for one in compared.naive], [one[quantity] for one in compared.model])


def test_agreement_would_notice_a_difference(compared: Compared) -> None:
    """A coverage window a quarter of an hour shorter, or one visit in twenty left out."""
    model = [one[0] for one in compared.model]
    shorter = dataclasses.replace(compared.world, window=compared.world.window - 15)
    assert not agree([coverage(shorter, visits) for visits in compared.visits], model)
    fewer = [coverage(compared.world, [v for i, v in enumerate(visits) if i % 20]) for visits in compared.visits]
    assert not agree(fewer, model)


def test_naive_coverage_by_hand() -> None:
    """Window 10, counted from 5 to 100: 5 to 12 and 50 to 60 of one area, 95 to 100 of the other."""
    world = dataclasses.replace(read_world(TINY.load()), place=[(0, 0), (1, 1)], window=10, warm_up=5, end=100)
    assert coverage(world, [(2.0, 0), (50.0, 0), (95.0, 1)]) == pytest.approx((7 + 10 + 5) / (2 * 95))


def test_cases_are_interleaved_with_the_bare_loop() -> None:
    calls: list[str] = []

    def work(name: str) -> Work:
        return lambda: calls.append(name)

    said: list[str] = []
    times = time_cases({name: work(name) for name in (BARE, "a", "b", "c")}, n_rounds=3, progress=said.append)
    assert len(calls) == 3 * 7
    for number in range(3):
        one_round = calls[7 * number : 7 * number + 7]
        assert one_round[::2] == [BARE] * 4
        assert sorted(one_round[1::2]) == ["a", "b", "c"]
    assert len(said) == 9
    assert "a" in times and "d" not in times


def test_a_ratio_is_taken_round_by_round() -> None:
    times = Times({"a": [2.0, 30.0, 4.0], BARE: [1.0, 10.0, 4.0]})
    assert times.ratio("a", BARE) == Spread(2.0, 1.0, 3.0)
    assert times.of("a") == Spread(4.0, 2.0, 30.0)


@pytest.mark.parametrize(
    ("value", "budget", "is_floor", "note", "verdict"),
    [
        (3.0, 3.0, False, "", "met"),
        (3.1, 3.0, False, "", "not met"),
        (1.6, 1.6, True, "", "met"),
        (1.5, 1.6, True, "", "not met"),
        (1.5, 1.6, True, "not judged", "not judged"),
        (9.0, None, False, "", ""),
    ],
)
def test_verdict(value: float, budget: float | None, is_floor: bool, note: str, verdict: str) -> None:
    row = row_of("table", "what", "x", Spread(value, value, value), budget=budget, is_floor=is_floor, note=note)
    assert row.verdict == verdict
    assert as_text([row]).splitlines()[1].startswith("what")
    assert as_markdown([row]).splitlines()[2].count("|") == 7


def test_writing_keeps_what_is_outside_the_markers(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_between_markers(path, "new")
    assert path.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    for faulty in ("no markers", f"{END} {BEGIN}", f"{BEGIN} {END} {BEGIN} {END}"):
        path.write_text(faulty, encoding="utf-8")
        with pytest.raises(ValueError, match="README"):
            write_between_markers(path, "new")
        assert path.read_text(encoding="utf-8") == faulty


def test_readme_has_the_table_and_every_budget() -> None:
    readme = README.read_text(encoding="utf-8")
    assert readme.count(BEGIN) == readme.count(END) == 1
    table = readme[readme.index(BEGIN) : readme.index(END)]
    budgets = [cells.split("|")[5].strip() for cells in table.splitlines() if cells.startswith("|")]
    assert sum(one.startswith("at ") for one in budgets) == len(BUDGETS) + 1  # memory has two rows


def test_command_prints_the_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ratios.json"
    assert main(["--quick", "--only", "events", "--json", str(path)]) == 0
    printed = capsys.readouterr()
    assert "kernel events a patrol" in printed.out
    assert "events" in printed.err
    written = json.loads(path.read_text(encoding="utf-8"))
    assert [row["case"] for row in written["rows"]] == ["events", "events"]
    assert {"python", "simpy", "numpy", "commit", "garbage collector"} <= set(written["machine"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--write", "--quick"], "--write needs every case"),
        (["--write", "--only", "help"], "--write needs every case"),
        (["--only", "nothing"], "invalid choice"),
        (["--rounds", "0"], "a whole number from 1"),
        (["--rounds", "x"], "a whole number from 1"),
        (["--json", "no/such/folder/x.json"], "No such file"),
    ],
)
def test_bad_arguments_are_refused(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


def test_the_package_does_not_know_the_benchmarks() -> None:
    code = "import sys, sim.cli.run, sim.plots, sim.experiment, sim.model; print('benchmarks' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
