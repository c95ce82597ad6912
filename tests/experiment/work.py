"""Jobs and works for tests of engines, in a module that worker processes can import."""

import os
import signal
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from sim.engines import Job, Outcome, Serial, Work
from sim.responses import Measured
from sim.scenario import Scenario


def answer(scenario: Scenario, job: Job) -> Outcome:
    """Tell the worker's process id and the scenario's name."""
    return Outcome(job, Measured([("all", scenario.name, "", float(os.getpid()))], {}))


def die_once(scenario: Scenario, job: Job) -> Outcome:
    """Kill the worker, for replication 1 and the first time only; the policy names a folder for the mark of it."""
    mark = Path(job.policy) / "died"
    if job.replication == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return answer(scenario, job)


def die_always(scenario: Scenario, job: Job) -> Outcome:
    """Kill the worker, for replication 1 whenever it is run."""
    if job.replication == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer(scenario, job)


def exit_worker(scenario: Scenario, job: Job) -> Outcome:
    """Leave by an exception that is no Exception."""
    if job.replication == 1:
        raise SystemExit("gone")
    return answer(scenario, job)


def linger(scenario: Scenario, job: Job) -> Outcome:
    """Answer for replication 0; take a minute for any other."""
    if job.replication:
        time.sleep(60)
    return answer(scenario, job)


def linger_later(scenario: Scenario, job: Job) -> Outcome:
    """Answer for the first eight; take a minute for any other."""
    if job.replication >= 8:
        time.sleep(60)
    return answer(scenario, job)


def mark(scenario: Scenario, job: Job) -> Outcome:
    """Take a fifth of a second, then leave a file of the replication's name in the folder that the policy names."""
    time.sleep(0.2)
    (Path(job.policy) / str(job.replication)).touch()
    return answer(scenario, job)


def jobs(n: int, policy: str = "policy") -> list[Job]:
    """Replications 0 to n - 1."""
    return [Job(policy, None, replication, 1) for replication in range(n)]


class Recording:
    """A serial engine that notes its jobs, and presses Ctrl-C after some of them if asked to."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.jobs: list[Job] = []
        self.stop_after = stop_after

    def run(self, work: Work, scenario: Scenario, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """As `Serial.run`."""
        for outcome in Serial().run(work, scenario, jobs):
            if len(self.jobs) == self.stop_after:
                raise KeyboardInterrupt
            self.jobs.append(outcome.job)
            yield outcome
