"""Dask, with a real scheduler and real workers: the same bytes as elsewhere, and a sentence for all that goes wrong."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim import engines
from sim.engines import Dask, EngineError, Outcome, Stage
from sim.experiment import Results, run
from sim.scenario import Scenario
from tests.experiment import work

ROOT = Path(__file__).parents[2]
FILES = ("responses.parquet", "series.parquet", "expected.parquet", "summary.csv", "trace.parquet")
LOOPBACK = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")


class Cluster:
    """A scheduler that was started by a shell command, and its workers."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.file = folder / "scheduler.json"
        self.log = folder / "log.txt"
        self.settings = settings
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--port", "0")
        wait_until(self.file.exists)

    def add_worker(self, *options: str, **settings: str) -> None:
        self.workers.append(self._start("worker", "--nthreads", "1", "--no-dashboard", *options, **settings))

    def _start(self, what: str, *options: str, **settings: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", what, "--scheduler-file", str(self.file), *LOOPBACK, *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT)} | self.settings | settings
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.file.parent, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, for the nanny of a worker too."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(is_so: Any) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it never was so")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers that gives up on a task when two of them died."""
    with contextlib.closing(Cluster(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1")) as one:
        yield one


def outcomes_of(engine: Dask, what: engines.Work, scenario: Scenario, n: int, policy: str = "policy") -> list[Outcome]:
    return list(engine.run(what, scenario, work.jobs(n, policy)))


def test_same_bytes_as_elsewhere_though_a_worker_is_killed(short: Scenario, cluster: Cluster, tmp_path: Path) -> None:
    for _ in range(2):
        cluster.add_worker()
    killed_at: list[int] = []

    def kill_one(n_done: int, n_jobs: int) -> None:
        if n_done > 2 and not killed_at:
            killed_at.append(n_done)
            kill(cluster.workers[0])

    for name, engine, progress in (
        ("serial", "serial", None),
        ("processes", "processes", None),
        ("dask", f"dask:{cluster.file}", kill_one),
    ):
        run(short, replications=20, workers=2, engine=engine, out=tmp_path / name, trace=[1], progress=progress)
    assert killed_at and killed_at[0] < 60
    for name in FILES:
        serial = (tmp_path / "serial" / name).read_bytes()
        assert serial == (tmp_path / "processes" / name).read_bytes() == (tmp_path / "dask" / name).read_bytes(), name
    results = Results.read(tmp_path / "dask")
    assert (results.n_replications, len(results.failures), len(results.missing)) == (60, 0, 0)


def test_same_bytes_with_a_scheduler_of_its_own(short: Scenario, tmp_path: Path) -> None:
    for engine in ("serial", "dask"):
        run(short, workers=2, engine=engine, out=tmp_path / engine, trace=[1])
    for name in FILES:
        assert (tmp_path / "serial" / name).read_bytes() == (tmp_path / "dask" / name).read_bytes(), name


def test_closing_ends_own_workers(short: Scenario) -> None:
    with contextlib.closing(Dask(None, 1).run(work.linger_later, short, work.jobs(12))) as outcomes:
        measured = next(outcomes).measured
    assert measured is not None
    with pytest.raises(ProcessLookupError):
        os.kill(int(measured.responses[0][3]), 0)


def test_a_job_that_kills_every_worker_fails_by_name_and_the_others_go_on(short: Scenario, cluster: Cluster) -> None:
    for _ in range(2):
        cluster.add_worker()
    outcomes = outcomes_of(Dask(str(cluster.file)), work.die_always, short, 7)
    assert sorted(outcome.job.replication for outcome in outcomes) == list(range(7))
    (failed,) = [outcome for outcome in outcomes if outcome.measured is None]
    assert (failed.job.replication, failed.stage) == (1, Stage.WORKER)
    assert failed.error.startswith("replication 1 of policy policy with its own stages: 2 workers died while they ran")


def test_closing_cancels_what_has_not_begun(short: Scenario, cluster: Cluster, tmp_path: Path) -> None:
    cluster.add_worker()
    (tmp_path / "marks").mkdir()
    jobs = work.jobs(40, str(tmp_path / "marks"))
    with contextlib.closing(Dask(str(cluster.file)).run(work.mark, short, jobs)) as outcomes:
        next(outcomes)
    distributed: Any = importlib.import_module("distributed")
    with distributed.Client(scheduler_file=str(cluster.file), set_as_default=False) as client:
        wait_until(lambda: not client.run_on_scheduler(n_tasks))
    assert 1 <= len(list((tmp_path / "marks").iterdir())) < 40


def n_tasks(dask_scheduler: Any) -> int:
    return len(dask_scheduler.tasks)


def test_workers_of_another_program_are_refused(short: Scenario, cluster: Cluster, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sim", tmp_path / "other" / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "other" / "sim" / "clock.py").open("a") as file:
        file.write("# changed\n")
    cluster.add_worker(PYTHONPATH=str(tmp_path / "other"))
    with pytest.raises(EngineError, match=r"runs other code of peacesim than this program: results would mix\. "):
        outcomes_of(Dask(str(cluster.file)), engines.observe, short, 3)


@pytest.mark.parametrize("lacks", ["scheduler", "worker"])
def test_whoever_lacks_the_program_is_named(lacks: str, short: Scenario, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sim.py").touch()
    has = {"scheduler": str(ROOT), "worker": str(ROOT), lacks: str(tmp_path / "other")}
    with contextlib.closing(Cluster(tmp_path, PYTHONPATH=has["scheduler"])) as cluster:
        cluster.add_worker(PYTHONPATH=has["worker"])
        with pytest.raises(
            EngineError, match=rf"the {lacks} .*cannot import what it is sent: .+ Install the same wheel"
        ):
            outcomes_of(Dask(str(cluster.file)), engines.observe, short, 3)


def test_workers_that_do_not_come_or_go_for_good_are_not_waited_for(short: Scenario, cluster: Cluster) -> None:
    engine = Dask(str(cluster.file), patience_s=0.5)
    with pytest.raises(
        EngineError, match=r"no worker came to the scheduler at tcp://127\S+ within 0.5 s; start some: "
    ):
        outcomes_of(engine, work.answer, short, 3)
    cluster.add_worker()
    with contextlib.closing(Dask(str(cluster.file)).run(work.linger_later, short, work.jobs(12))) as outcomes:
        next(outcomes)  # until it is there
    outcomes = engine.run(work.linger_later, short, work.jobs(12))
    next(outcomes)
    kill(cluster.workers[0])
    with pytest.raises(EngineError, match=r"has had no worker for 0.5 s"):
        list(outcomes)


def test_a_scheduler_that_is_lost_ends_the_run_and_what_is_finished_is_kept(
    short: Scenario, cluster: Cluster, tmp_path: Path
) -> None:
    cluster.add_worker()
    n_finished = [0]

    def kill_scheduler(n_done: int, n_jobs: int) -> None:
        n_finished[0] = n_done
        if n_done == 3:
            kill(cluster.scheduler)

    with pytest.raises(EngineError, match="was lost"):
        run(short, replications=200, engine=f"dask:{cluster.file}", out=tmp_path / "out", progress=kill_scheduler)
    assert 3 <= n_finished[0] < 600
    assert Results.read(tmp_path / "out").n_replications == n_finished[0]


def test_an_address_where_no_scheduler_is_is_a_sentence(short: Scenario) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(EngineError, match=f"no dask scheduler answers at {address}: "):
            outcomes_of(Dask(address, patience_s=0.5), work.answer, short, 1)


def test_certificates_that_lack_are_a_sentence(short: Scenario) -> None:
    with pytest.raises(EngineError, match="at tls://127.0.0.1:9 asks for certificates"):
        outcomes_of(Dask("tls://127.0.0.1:9"), work.answer, short, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "came within 0.2 s"),
        ("{", "is not a scheduler's file"),
        ('{"a": 1}', "is not"),
        ("[]", "is not"),
        ('{"address": "ucx://a:1"}', "ucx"),
    ],
)
def test_a_bad_file_of_a_scheduler_is_a_sentence(text: str | None, said: str, short: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(EngineError, match=said):
        outcomes_of(Dask(str(file), patience_s=0.2), work.answer, short, 1)


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_a_bad_time_in_the_environment_is_a_sentence(
    text: str, short: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEACESIM_WORKER_TIMEOUT_S", text)
    with pytest.raises(EngineError, match=f"PEACESIM_WORKER_TIMEOUT_S={text} is not a time"):
        outcomes_of(Dask(), work.answer, short, 1)


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    lesson = ROOT / "scenarios" / "lesson.toml"
    script.write_text(f"import sim\nsim.run(sim.load({str(lesson)!r}), troops=[20], engine='dask')\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert '`if __name__ == "__main__":`' in done.stderr.splitlines()[-1]


def test_no_jobs_start_nothing(short: Scenario) -> None:
    assert outcomes_of(Dask("tcp://127.0.0.1:9"), work.answer, short, 0) == []
