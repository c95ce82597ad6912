"""Workers kept from run to run: the same ones, with each run's own scenario, and new ones for those that died."""

from __future__ import annotations

import concurrent.futures as cf
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from sim.engines import Dask, Engine, Futures, Job, Processes, Serial, Stage, Work, kept
from sim.experiment import run
from sim.scenario import Scenario
from tests.experiment import work
from tests.experiment.conftest import LESSON
from tests.experiment.test_engines import open_pool

KEEPERS = [Processes(2), Futures(open_pool, 2), Dask(None, 2)]


def answers(engine: Engine, what: Work, scenario: Scenario, jobs: Sequence[Job]) -> tuple[set[int], set[str]]:
    """The processes that answered, and the scenarios they were given; each job answered once."""
    outcomes = list(engine.run(what, scenario, jobs))
    assert sorted(outcome.job.replication for outcome in outcomes) == [job.replication for job in jobs]
    rows = [outcome.measured.responses[0] for outcome in outcomes if outcome.measured]
    assert len(rows) == len(jobs)
    return {int(pid) for *_, pid in rows}, {name for _, name, *_ in rows}


def has_ended(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return False
    return True


def named(scenario: Scenario, name: str) -> Scenario:
    copy = scenario.model_copy()
    copy._name = name
    return copy


@pytest.mark.parametrize("engine", KEEPERS, ids=lambda engine: type(engine).__name__)
def test_the_same_workers_run_several_scenarios_and_end_with_the_context(engine: Engine, short: Scenario) -> None:
    seen: set[int] = set()
    with kept(engine) as workers:
        for name in ("one", "two", "one", "three", "four"):
            pids, names = answers(workers, work.answer, named(short, name), work.jobs(12))
            assert names == {name}
            seen |= pids
        assert os.getpid() not in seen
        assert 1 <= len(seen) <= 2
    assert all(map(has_ended, seen))


def test_without_keeping_each_run_has_its_own(short: Scenario) -> None:
    one, other = (answers(Processes(1), work.answer, short, work.jobs(2))[0] for _ in range(2))
    assert not one & other


def test_an_engine_without_workers_is_given_as_it_is(short: Scenario) -> None:
    recording = work.Recording()
    with kept(recording) as one, kept(Serial()) as other:
        assert one is recording
        assert other == Serial()
        assert answers(other, work.answer, short, work.jobs(1))[0] == {os.getpid()}
    with kept(Processes(1)) as workers, kept(workers) as again:
        assert again is workers


def test_no_jobs_open_no_workers(short: Scenario) -> None:
    def refuse() -> cf.Executor:
        raise AssertionError("opened")

    for engine in (Futures(refuse, 1), Dask("tcp://127.0.0.1:9"), Processes(2)):
        with kept(engine) as workers:
            assert list(workers.run(work.answer, short, [])) == []


def test_workers_that_die_between_runs_are_replaced(short: Scenario) -> None:
    with kept(Processes(2)) as workers:
        before, _ = answers(workers, work.answer, short, work.jobs(8))
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        after, _ = answers(workers, work.answer, short, work.jobs(8))
        assert not before & after


def test_a_job_that_kills_its_workers_fails_by_name_and_the_next_run_goes_on(short: Scenario, tmp_path: Path) -> None:
    with kept(Processes(2)) as workers:
        outcomes = list(workers.run(work.die_always, short, work.jobs(7)))
        assert sorted(outcome.job.replication for outcome in outcomes) == list(range(7))
        (failed,) = [outcome for outcome in outcomes if outcome.measured is None]
        assert (failed.job.replication, failed.stage) == (1, Stage.WORKER)
        answers(workers, work.die_once, short, work.jobs(8, str(tmp_path)))
        assert (tmp_path / "died").exists()
        answers(workers, work.answer, short, work.jobs(3))


def test_a_run_that_is_given_up_ends_its_workers_and_the_next_has_new_ones(short: Scenario) -> None:
    with kept(Processes(2)) as workers:
        with contextlib.closing(workers.run(work.linger, short, work.jobs(4))) as outcomes:
            measured = next(outcomes).measured
        assert measured is not None
        assert has_ended(int(measured.responses[0][3]))
        answers(workers, work.answer, short, work.jobs(3))


def test_leaving_in_the_middle_of_a_run_waits_for_nothing(short: Scenario) -> None:
    with kept(Processes(2)) as workers:
        outcomes = workers.run(work.linger, short, work.jobs(4))
        measured = next(outcomes).measured
    assert measured is not None
    assert has_ended(int(measured.responses[0][3]))
    outcomes.close()


def test_several_runs_give_the_bytes_of_one_by_one(short: Scenario, tmp_path: Path) -> None:
    with kept(Processes(2)) as workers:
        for n in (1, 3):
            run(short, replications=n, engine=workers, out=tmp_path / "kept")
    run(short, replications=3, out=tmp_path / "alone")
    for name in ("responses.parquet", "series.parquet", "expected.parquet", "summary.csv"):
        assert (tmp_path / "kept" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes(), name


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(f"import sim\nsim.minimum_force(sim.load({str(LESSON)!r}), at_least=0.9, workers=2)\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert '`if __name__ == "__main__":`' in done.stderr.splitlines()[-1]


def test_kept_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    """Between two runs, killed with SIGKILL: its output ends when all who hold it have ended, workers too."""
    script = tmp_path / "waits.py"
    script.write_text(f"""
import time
from pathlib import Path
from sim.engines import Processes, kept
from sim.scenario import load
from tests.experiment import work
if __name__ == "__main__":
    with kept(Processes(2)) as workers:
        list(workers.run(work.answer, load({str(LESSON)!r}), work.jobs(20)))
        Path({str(tmp_path / "ran")!r}).touch()
        time.sleep(600)
""")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    running = subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE)
    try:
        until_s = time.monotonic() + 60
        while not (tmp_path / "ran").exists():
            assert running.poll() is None
            assert time.monotonic() < until_s
            time.sleep(0.05)
    finally:
        running.kill()
    output, _ = running.communicate(timeout=60)
    assert output == b""
