"""Running one job: a replication simulated and measured, and an exception made a failed outcome."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from sim.engines.jobs import Job, Outcome, Stage

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.trace import Record

EXECUTIONS = ("table", "processes")
"""How tours may be carried out: the values of :class:`sim.model.Execution`, the default first."""


def observe(
    scenario: Scenario, job: Job, execution: str = EXECUTIONS[0], *, parts: str | Path | None = None
) -> Outcome:
    """Run a replication and measure its responses; an exception becomes a failed outcome.

    With `parts`, a folder, its whole trace is written there too.
    """
    from sim import model, responses, trace_table
    from sim.streams import Streams

    stage, measured = Stage.SIMULATE, None
    kept: list[Record] = []

    def digest(record: Record, complete_until_s: int) -> None:
        nonlocal stage
        stage = Stage.MEASURE
        meter.add(record, complete_until_s)
        stage = Stage.SIMULATE
        if parts is not None:
            kept.append(record)

    try:
        streams = Streams(job.seed, job.replication) if responses.simulates_vehicles(scenario, job.troops) else None
        run_length_s, is_held = model.run_length_s(scenario, job.troops), job.troops is not None
        meter = responses.Meter(scenario, run_length_s, vehicles=streams, holds_list=is_held)
        rest = model.replicate(
            scenario,
            job.policy,
            troops=job.troops,
            seed=job.seed,
            replication=job.replication,
            execution=model.Execution(execution),
            digest=digest,
        )
        stage = Stage.MEASURE
        measured = meter.close()
        if parts is not None:
            stage = Stage.TRACE
            trace_table.write_part(rest, Path(parts), kept)
        return Outcome(job, measured)
    except Exception as error:
        return Outcome(job, measured, stage, describe(error))


def describe(error: BaseException) -> str:
    """The error in one line, with the line of the model that raised it, or that called what raised it."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    # SimPy raises a copy of what a process raised, whose own traceback ends in SimPy's loop.
    cause = error.__cause__
    while cause is not None and type(cause) is type(error) and str(cause) == str(error):
        error, cause = cause, cause.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return text
    here = Path(__file__).parent
    package = here.parent
    ours = [frame for frame in frames if package in (path := Path(frame.filename)).parents and here not in path.parents]
    if not ours:
        return f"{text} ({Path(frames[-1].filename).name}:{frames[-1].lineno})"
    where = Path(ours[-1].filename).relative_to(package.parent).as_posix()
    return f"{text} ({where}:{ours[-1].lineno})"
