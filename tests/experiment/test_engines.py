"""Engines: every job has one outcome, whatever happens to the process that ran it."""

import concurrent.futures as cf
import contextlib
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from sim import engines
from sim.engines import Dask, EngineError, Futures, Job, Outcome, Processes, Serial, Stage
from sim.engines.chunks import MAX_JOBS, ChunkSizes
from sim.fingerprint import program
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


HALF = """
import contextlib, os, signal, sys, time
from multiprocessing.connection import Connection
from pathlib import Path
from sim.engines import Job, Outcome, Processes, Stage

MARK = Path(sys.argv[1])

def large(scenario, job):
    if job.replication == 1 and not MARK.exists():
        whole = Connection._send
        def half(self, content, *write):
            if len(content) < 2**20:
                return whole(self, content, *write)
            whole(self, content[: len(content) // 2], *write)
            MARK.touch()
            after_half()
        Connection._send = half
    return Outcome(job, None, Stage.WORKER, "x" * 2**23)

def run():
    return contextlib.closing(Processes(2).run(large, None, [Job("policy", None, r, 1) for r in range(4)]))
"""
"""A run of which one worker writes half of its 8 MB, while the pool's thread reads them, and then does `after_half`."""


def output_of(script: str, folder: Path) -> str:
    (folder / "half.py").write_text(HALF + script)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(folder / "half.py"), str(folder / "half_written")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "half_written").exists()
    return done.stdout


def test_closing_does_not_wait_for_the_rest_of_a_result_that_was_being_written(tmp_path: Path) -> None:
    script = """
def after_half():
    time.sleep(600)

if __name__ == "__main__":
    with run() as outcomes:
        next(outcomes)
        while not MARK.exists():
            time.sleep(0.01)
    print("ended")
"""
    assert output_of(script, tmp_path) == "ended\n"


def test_a_worker_that_is_killed_while_it_writes_a_result_holds_nobody_up(tmp_path: Path) -> None:
    script = """
def after_half():
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    with run() as outcomes:
        print(sorted((outcome.job.replication, len(outcome.error)) for outcome in outcomes))
"""
    assert output_of(script, tmp_path) == f"{[(r, 2**23) for r in range(4)]}\n"


def test_a_signal_ends_a_run_with_what_its_handler_raises_wherever_it_comes() -> None:
    command = [sys.executable, "-m", "tests.experiment.stopped_anywhere"]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = re.fullmatch(r"Futures Stop\(\) nothing (\d+)\nProcesses Stop\(\) nothing (\d+)\n", done.stdout)
    assert said, done.stdout
    assert int(said[1]) > 100
    assert int(said[2]) > 10


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
    assert re.fullmatch(r"ValueError: .+ \(sim/statistics/\w+\.py:\d+\)", error), error


def test_a_failure_below_the_model_names_the_line_that_called(short: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    def record(self: Trace, time_s: int, *arguments: object, **choices: object) -> None:
        if time_s > 0:
            raise RuntimeError("full")

    monkeypatch.setattr(Trace, "record", record)
    error = engines.observe(short, Job("two-stages", None, 0, 1)).error
    assert re.fullmatch(r"RuntimeError: full \(sim/(processes|tours|force)\S+\.py:\d+\)", error), error


def test_every_job_has_one_outcome_from_any_executor(short: Scenario) -> None:
    outcomes = list(Futures(lambda: cf.ThreadPoolExecutor(3), 3).run(work.answer, short, work.jobs(700)))
    assert sorted(outcome.job.replication for outcome in outcomes) == list(range(700))
    assert {outcome.measured.responses[0][1] for outcome in outcomes if outcome.measured} == {"lesson"}


def open_pool() -> cf.ProcessPoolExecutor:
    return cf.ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))


def test_an_executor_that_breaks_is_left_for_another(short: Scenario) -> None:
    outcomes = list(Futures(open_pool, 2).run(work.die_always, short, work.jobs(7)))
    assert sorted(outcome.job.replication for outcome in outcomes) == list(range(7))
    (failed,) = [outcome for outcome in outcomes if outcome.measured is None]
    assert (failed.job.replication, failed.stage) == (1, Stage.WORKER)
    assert failed.error.startswith("replication 1 of policy policy with its own stages: the worker died twice")


def test_a_chunk_that_cannot_be_sent_fails_job_by_job(short: Scenario) -> None:
    with open_pool() as pool:
        outcomes = list(Futures(lambda: pool, 2).run(lambda scenario, job: Outcome(job, None), short, work.jobs(2)))
    assert [outcome.stage for outcome in outcomes] == [Stage.WORKER] * 2
    assert "ickle" in outcomes[0].error


def test_a_worker_of_another_program_runs_nothing(short: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    there = dict(program()) | {"numpy": "1.0"}
    monkeypatch.setattr("sim.engines.futures.program", lambda: there)
    with pytest.raises(EngineError, match=r"runs another numpy than this program: results would mix. Install the same"):
        list(Futures(lambda: cf.ThreadPoolExecutor(1), 1).run(work.answer, short, work.jobs(3)))


def test_chunks_take_about_a_second_once_jobs_are_known() -> None:
    sizes = ChunkSizes()
    assert sizes.next(10_000, 4) == 1
    sizes.learn(1, 2.1)  # the first of a worker, which imports everything
    assert sizes.next(10_000, 4) == 1
    for _ in range(20):
        sizes.learn(1, 0.1)
    assert sizes.next(10_000, 4) == 8  # eight times the largest so far, at most
    sizes.learn(8, 0.8)
    assert sizes.next(10_000, 4) == 10
    assert sizes.next(40, 4) == 5  # two for each of four
    assert sizes.next(3, 4) == 1


@given(
    learnt=st.lists(st.tuples(st.integers(1, 600), st.floats(0, 1e6)), max_size=5),
    n_waiting=st.integers(1, 10**6),
    n_slots=st.integers(1, 10**4),
)
def test_chunks_are_bounded(learnt: list[tuple[int, float]], n_waiting: int, n_slots: int) -> None:
    sizes = ChunkSizes()
    for n_jobs, busy_s in learnt:
        sizes.learn(n_jobs, busy_s)
    assert 1 <= sizes.next(n_waiting, n_slots) <= min(n_waiting, MAX_JOBS)


def test_importing_engines_imports_nothing_heavy() -> None:
    code = "import sys, sim.engines; print({'numpy', 'pandas', 'distributed', 'dask'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("engine", "workers", "chosen"),
    [
        (None, 1, Serial()),
        (None, 3, Processes(3)),
        (None, None, Serial() if engines.n_cores() == 1 else Processes(engines.n_cores())),
        ("serial", 3, Serial()),
        ("processes", 1, Processes(1)),
        ("dask", 3, Dask(None, 3)),
        ("dask:tcp://10.0.0.1:8786", 1, Dask("tcp://10.0.0.1:8786")),
        ("dask:tls://[fe80::1]:8786", 1, Dask("tls://[fe80::1]:8786")),
        ("dask:jobs/scheduler.json", 1, Dask("jobs/scheduler.json")),
    ],
)
def test_choice(engine: str | None, workers: int | None, chosen: engines.Engine) -> None:
    assert engines.choose(engine, workers) == chosen


@pytest.mark.parametrize(
    ("engine", "workers", "said"),
    [
        ("threads", 1, "unknown engine 'threads': use 'serial', 'processes', 'dask', "),
        ("proceses", 1, "did you mean 'processes'? Else use 'serial'"),
        ("Dask", 1, "did you mean 'dask'?"),
        ("serial:2", 1, "did you mean 'serial'?"),
        ("dask:", 1, "use 'serial', 'processes', 'dask', 'dask:ADDRESS' or 'dask:FILE.json'"),
        ("dask:node7:8786", 1, "did you mean 'dask:tcp://node7:8786'?"),
        ("dask:tcp://node7", 1, "did you mean 'dask:tcp://node7:8786'?"),
        ("dask:http://node7:8786", 1, "did you mean 'dask:tcp://node7:8786'?"),
        ("dask:no such host:1", 1, "use 'serial'"),
        (None, 0, "at least 1, not 0"),
        ("serial", -1, "at least 1, not -1"),
    ],
)
def test_bad_choice(engine: str | None, workers: int, said: str) -> None:
    with pytest.raises(EngineError, match=re.escape(said)):
        engines.choose(engine, workers)


def test_dask_that_is_not_installed_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineError, match=re.escape("pip install 'peacesim[cluster]'")):
        engines.choose("dask")


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    """Killed with SIGKILL, it can tell them nothing. Its output ends when all who hold it have ended, workers too."""
    lesson = str(Path(__file__).parents[2] / "scenarios" / "lesson.toml")
    environment = {**os.environ, "PEACESIM_TEST_PIDS": str(tmp_path)}
    command = [sys.executable, "-m", "tests.experiment.orphans", lesson]
    running = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE)
    try:
        until_s = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 2:
            assert running.poll() is None
            assert time.monotonic() < until_s
            time.sleep(0.05)
    finally:
        running.kill()
    try:
        output, _ = running.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        for path in tmp_path.iterdir():
            os.kill(int(path.name), signal.SIGKILL)
        pytest.fail("workers went on")
    assert output == b""
