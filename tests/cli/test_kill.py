"""Runs that are killed, and disks that fill up: the same command goes on, to the bytes of an undisturbed run."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim import journal
from sim.cli import main
from sim.experiment import Results
from sim.store import JOURNAL, NoResultsError
from sim.trace_table import PARTS

LESSON = str(Path(__file__).parents[2] / "scenarios" / "lesson.toml")
N = 50
CHEAP = ("-j", "1", "--no-figures", "--troops", "60", "--set", "experiment.sweep_days=3")
COMMAND = ("run", LESSON, *CHEAP, "-n", str(N), "--trace", "0", "--out")
TABLES = ("responses.parquet", "series.parquet", "summary.csv")

chance = random.Random(20010101)
MOMENTS = [(phase, chance.random()) for phase, n in (("opens", 8), ("runs", 32), ("compacts", 10)) for _ in range(n)]
"""Phases of a run, and what share of its time from there on goes by before it is killed."""


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def wait_until(is_so: Callable[[], bool], running: subprocess.Popen[bytes]) -> float:
    """Wait until it is so or the process has ended; return the time [s]."""
    while running.poll() is None and not is_so():
        time.sleep(0.0005)
    return time.monotonic()


def has_begun(phase: str, folder: Path) -> bool:
    """Whether the folder has been made, replications are run, or the first table is being written."""
    if phase == "compacts":
        return folder.exists() and any("responses.parquet" in path.name for path in folder.iterdir())
    return (folder / PARTS if phase == "runs" else folder).exists()


class Undisturbed:
    """The command run to its end, and how long its folder changed from each phase on [s]."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with start(folder) as running:
            began_s = {
                phase: wait_until(lambda: has_begun(phase, folder), running)  # noqa: B023
                for phase in ("opens", "runs", "compacts")
            }
            ended_s = wait_until(lambda: not (folder / PARTS).exists(), running)
            assert running.wait() == 0
        self.lasts_s = {phase: ended_s - time_s for phase, time_s in began_s.items()}


@contextlib.contextmanager
def start(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "sim", *COMMAND, str(folder)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("undisturbed") / "out")


def assert_goes_on(folder: Path, undisturbed: Undisturbed) -> None:
    """The same command runs what is missing alone, and ends in the same bytes."""
    n_left = N
    with contextlib.suppress(NoResultsError):
        n_left -= Results.read(folder).n_replications
    done = call(*COMMAND, str(folder))
    assert done.exit_code == 0, done.output
    said = f"{n_left} of {n_left} replications run" if n_left else "Nothing to run"
    assert said in done.stderr
    assert_same(folder, undisturbed)


def assert_same(folder: Path, undisturbed: Undisturbed) -> None:
    for name in (*TABLES, "trace.parquet", "expected.parquet"):
        assert (folder / name).read_bytes() == (undisturbed.folder / name).read_bytes(), name
    assert {path.name for path in folder.iterdir()} == {path.name for path in undisturbed.folder.iterdir()}


@pytest.mark.parametrize(("phase", "share"), MOMENTS)
def test_killed_at_any_moment(phase: str, share: float, undisturbed: Undisturbed, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with start(folder) as running:
        wait_until(lambda: has_begun(phase, folder), running)
        time.sleep(share * undisturbed.lasts_s[phase])
        running.send_signal(signal.SIGKILL)
    assert_goes_on(folder, undisturbed)


# Each child is killed before its nth step that changes a file, or half-way through it if it is a write to the journal;
# then another runs to its end. They are forked, so that nothing is imported twice.
AT_EVERY_STEP = """
import os, pathlib, shutil, signal, sys
import pandas, pyarrow.parquet, sim.model, sim.responses, sim.expectation, sim.experiment.running, sim.statistics
from sim.experiment import run
from sim.scenario import load

lesson, there, undisturbed = sys.argv[1:]
scenario = load(lesson, settings=["experiment.sweep_days=2", "horizon.warm_up_h=24", "experiment.timeline=false"])
choices = dict(troops=[60], replications=2, trace=[0])
sim.model.layout_of(scenario)

def kill_at(step):
    left = [step]

    def counted(name):
        whole = getattr(os, name)

        def call(*arguments, **others):
            left[0] -= 1
            if left[0] == 0:
                if name == "write":
                    whole(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(*arguments, **others)

        setattr(os, name, call)

    for name in ("replace", "unlink", "rmdir", "mkdir", "write"):
        counted(name)

def fork(folder, step=None):
    child = os.fork()
    if not child:
        if step is not None:
            kill_at(step)
        run(scenario, out=folder, **choices)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def files(folder):
    return {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir() if path.name != "manifest.json"}

assert fork(undisturbed) == 0
step = 0
while True:
    step += 1
    shutil.rmtree(there, ignore_errors=True)
    ended = fork(there, step)
    assert fork(there) == 0, step
    assert files(there) == files(undisturbed), step
    if ended == 0:
        break
    assert ended == -signal.SIGKILL
print(step)
"""


def test_killed_at_every_step_that_changes_a_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", AT_EVERY_STEP, LESSON, str(tmp_path / "there"), str(tmp_path / "undisturbed")]
    one_thread = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(command, env=one_thread, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    # The folder, seven files that are replaced, some twice, two records, the journal, traces.
    assert int(done.stdout) > 20


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from sim.cli import main
main(sys.argv[2:])
"""


def run_limited(n_bytes: int, *command: str) -> subprocess.CompletedProcess[str]:
    """Run where no file may become longer than so many bytes."""
    pytest.importorskip("resource")
    arguments = [sys.executable, "-c", LIMITED, str(n_bytes), *command]
    return subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)


def assert_told(done: subprocess.CompletedProcess[str], what: str, folder: Path, why: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        f"cannot write {what} in {folder}: {why}. What was finished before is kept there; the same command goes on "
        "from it once this is mended"
    )
    assert "Traceback" not in done.stderr


def test_a_journal_that_cannot_grow_is_a_sentence_and_loses_nothing(undisturbed: Undisturbed, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = run_limited(100_000, *COMMAND, str(folder))
    assert_told(done, "the journal", folder, "File too large")
    content = journal.read(folder / JOURNAL)
    assert content.cut_off_at is None
    assert 5 < len(content.records) < N
    assert f"{len(content.records)} of {N} replications run" in done.stderr
    assert_goes_on(folder, undisturbed)


def test_tables_that_cannot_be_written_are_a_sentence_and_lose_nothing(tmp_path: Path) -> None:
    folder, fresh = tmp_path / "out", tmp_path / "fresh"
    command = ("run", LESSON, *CHEAP[:-1], "experiment.sweep_days=58", "--troops", "300", "--out")
    call(*command, str(fresh), "-n", "8")
    call(*command, str(folder), "-n", "7")
    series = (folder / "series.parquet").read_bytes()
    assert len(series) > 1.2 * (folder / "scenario.json").stat().st_size
    for said in ("1 of 1 replications run", None):
        done = run_limited(len(series) - 100, *command, str(folder), "-n", "8")
        assert_told(done, "the tables", folder, "File too large")
        assert said is None or said in done.stderr
        assert (folder / "series.parquet").read_bytes() == series
        assert Results.read(folder).n_replications == 8
    assert "Nothing to run" in call(*command, str(folder), "-n", "8").stderr
    for name in TABLES:
        assert (folder / name).read_bytes() == (fresh / name).read_bytes(), name


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a third of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None or not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("mounting a small disk is not permitted")
    options = ("-t", "tmpfs", "-o", "size=320k", "tmpfs", str(disk))
    if subprocess.run([mount, *options], capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small disk is not permitted")
    try:
        yield disk
    finally:
        subprocess.run([umount, str(disk)], check=True)


def test_a_full_disk_is_a_sentence_and_loses_nothing(undisturbed: Undisturbed, small_disk: Path) -> None:
    folder, ballast = small_disk / "out", small_disk / "ballast"
    ballast.write_bytes(bytes(100_000))
    command = [sys.executable, "-m", "sim", *COMMAND, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert_told(done, "the journal", folder, "No space left on device")
    there = Results.read(folder)
    assert 0 < there.n_replications < N
    ballast.unlink()
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        file.write(bytes(10**6))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert_told(done, "the manifest", folder, "No space left on device")
    assert Results.read(folder).n_replications >= there.n_replications
    ballast.unlink()
    shutil.copytree(folder, small_disk.parent / "out")
    assert_goes_on(small_disk.parent / "out", undisturbed)
