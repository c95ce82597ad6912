"""Engines: every job has one outcome, whatever happens to the process that ran it."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import simpy

from sim import engines
from sim.engines import EngineError, Job, Outcome, Processes, Serial, Stage
from sim.scenario import Scenario
from sim.statistics import mean_interval
from sim.trace import Trace
from tests.experiment import work


def pid_of(outcome: Outcome) -> int:
    assert outcome.measured is not None
    return int(outcome.measured.responses[0][3])


def test_serial_keeps_order_and_process(short: Scenario) -> None:
    outcomes = list(Serial().run(work.answer, short, work.jobs(3)))
    assert [outcome.job.replication for outcome in outcomes] == [0, 1, 2]
    assert {pid_of(outcome) for outcome in outcomes} == {os.getpid()}


def test_processes_run_each_job_once_elsewhere_with_the_scenario(short: Scenario) -> None:
    outcomes = list(Processes(2).run(work.answer, short, work.jobs(20)))
    assert sorted(outcome.job.replication for outcome in outcomes) == list(range(20))
    assert os.getpid() not in {pid_of(outcome) for outcome in outcomes}
    assert {outcome.measured.responses[0][1] for outcome in outcomes if outcome.measured} == {"lesson"}


def test_no_jobs_start_no_workers(short: Scenario) -> None:
    assert list(Processes(2).run(work.answer, short, [])) == []


def test_jobs_of_a_killed_worker_are_run_again(short: Scenario, tmp_path: Path) -> None:
    outcomes = list(Processes(2).run(work.die_once, short, work.jobs(8, str(tmp_path))))
    assert (tmp_path / "died").exists()
    assert sorted(outcome.job.replication for outcome in outcomes) == list(range(8))
    assert all(outcome.measured for outcome in outcomes)


def test_a_job_that_kills_every_worker_fails_by_name_and_the_others_go_on(short: Scenario) -> None:
    outcomes = list(Processes(2).run(work.die_always, short, work.jobs(7)))
    assert sorted(outcome.job.replication for outcome in outcomes) == list(range(7))
    failed = [outcome for outcome in outcomes if outcome.measured is None]
    assert [(outcome.job.replication, outcome.stage) for outcome in failed] == [(1, Stage.WORKER)]
    assert "replication 1 of policy policy with its own stages" in failed[0].error


def test_an_exit_in_a_worker_is_a_failed_job(short: Scenario) -> None:
    outcomes = list(Processes(2).run(work.exit_worker, short, work.jobs(3)))
    failed = [outcome for outcome in outcomes if outcome.measured is None]
    assert [(o.job.replication, o.stage) for o in failed] == [(1, Stage.WORKER)]
    assert failed[0].error == "SystemExit: gone"


def test_closing_ends_the_workers_at_once(short: Scenario) -> None:
    with contextlib.closing(Processes(2).run(work.linger, short, work.jobs(4))) as outcomes:
        pid = pid_of(next(outcomes))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    lesson = Path(__file__).parents[2] / "scenarios" / "lesson.toml"
    script.write_text(f"import sim\nsim.run(sim.load({str(lesson)!r}), troops=[20], workers=2)\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert '`if __name__ == "__main__":`' in done.stderr.splitlines()[-1]


def test_observe_names_the_stage_that_failed(short: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("two-stages", 20, 0, 1)
    monkeypatch.setattr("sim.responses.Meter.close", lambda meter: 1 / 0)
    outcome = engines.observe(short, job)
    assert (outcome.measured, outcome.stage) == (None, Stage.MEASURE)
    assert outcome.error.startswith("ZeroDivisionError: division by zero (test_engines.py:")
    outcome = engines.observe(short, Job("two-stages", -1, 0, 1))
    assert outcome.stage is Stage.SIMULATE


def test_a_failure_in_a_process_of_the_model_names_the_line_that_raised_it(
    short: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def average(env: simpy.Environment) -> Generator[simpy.Event, None, None]:
        yield env.timeout(1)
        mean_interval([])

    def wait(env: simpy.Environment) -> Generator[simpy.Event, None, None]:
        yield env.process(average(env))

    def replicate(*arguments: object, **choices: object) -> None:
        env = simpy.Environment()
        env.process(wait(env))
        env.run()

    monkeypatch.setattr("sim.model.replicate", replicate)
    error = engines.observe(short, Job("two-stages", 20, 0, 1)).error
    assert re.fullmatch(r"ValueError: .+ \(sim/statistics\.py:\d+\)", error), error


def test_a_failure_below_the_model_names_the_line_that_called(short: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    def record(self: Trace, time_s: int, *arguments: object, **choices: object) -> None:
        if time_s > 0:
            raise RuntimeError("full")

    monkeypatch.setattr(Trace, "record", record)
    error = engines.observe(short, Job("two-stages", None, 0, 1)).error
    assert re.fullmatch(r"RuntimeError: full \(sim/(processes|tours|force)\S+\.py:\d+\)", error), error


@pytest.mark.parametrize(
    ("engine", "workers", "chosen"),
    [
        (None, 1, Serial()),
        (None, 3, Processes(3)),
        (None, None, Serial() if engines.n_cores() == 1 else Processes(engines.n_cores())),
        ("serial", 3, Serial()),
        ("processes", 1, Processes(1)),
    ],
)
def test_choice(engine: str | None, workers: int | None, chosen: engines.Engine) -> None:
    assert engines.choose(engine, workers) == chosen


@pytest.mark.parametrize(("engine", "workers"), [("threads", 1), (None, 0), ("serial", -1)])
def test_bad_choice(engine: str | None, workers: int) -> None:
    with pytest.raises(EngineError):
        engines.choose(engine, workers)
