"""A run on two worker processes that never ends by itself, for a test that kills it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sim.engines import Job, Outcome, Processes
from sim.scenario import Scenario, load


def lasting(scenario: Scenario, job: Job) -> Outcome:
    Path(os.environ["PEACESIM_TEST_PIDS"], str(os.getpid())).touch()
    time.sleep(600)
    return Outcome(job, None)


if __name__ == "__main__":
    jobs = [Job("two-stages", None, number, 1) for number in range(2)]
    for _ in Processes(2).run(lasting, load(sys.argv[1]), jobs):
        pass
