"""An outcome as a record of a journal, and back: text and shapes as JSON, numbers as their 64 bits.

The head says whose outcome it is and what failed, so that a journal can be listed without its payloads. The payload,
empty if nothing was measured, is the length of a JSON text, the text (names and shapes), and little-endian floats in
its order: values of responses, columns of the series, minutes and counts of response times. All of them come back bit
for bit; so do whole numbers, which are far below 2**53.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sim.engines import Job, Outcome, Stage
from sim.journal import Record

if TYPE_CHECKING:
    from sim.responses import Measured

_LENGTH_BYTES = 4
_WHOLE_NUMBERS = ("day", "sector")


def to_record(outcome: Outcome) -> Record:
    """Make a record of an outcome."""
    job = outcome.job
    head = {
        "policy": job.policy,
        "troops": job.troops,
        "replication": job.replication,
        "seed": job.seed,
        "stage": None if outcome.stage is None else str(outcome.stage),
        "error": outcome.error,
    }
    return Record(head, b"" if outcome.measured is None else _pack(outcome.measured))


def from_record(record: Record) -> Outcome:
    """Make an outcome of its record.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is none.
    """
    head = record.head
    job = Job(head["policy"], head["troops"], head["replication"], head["seed"])
    stage = None if head["stage"] is None else Stage(head["stage"])
    return Outcome(job, _unpack(record.payload) if record.payload else None, stage, head["error"])


def _pack(measured: Measured) -> bytes:
    import numpy as np

    responses, series, times = measured.responses, measured.series, measured.response_times
    names = {
        "responses": [row[:3] for row in responses],
        "series": [*series],
        "n_rows": len(next(iter(series.values()), ())),
        "response_times": [sector for sector, _, _ in times],
    }
    text = json.dumps(names, separators=(",", ":")).encode()
    numbers = [
        np.array([value for *_, value in responses], dtype="<f8"),
        *(np.asarray(column, dtype="<f8") for column in series.values()),
        np.array([minute for _, minute, _ in times], dtype="<f8"),
        np.array([n for *_, n in times], dtype="<f8"),
    ]
    return b"".join([len(text).to_bytes(_LENGTH_BYTES, "little"), text, *(block.tobytes() for block in numbers)])


def _unpack(payload: bytes) -> Measured:
    import numpy as np

    from sim.responses import Measured

    begin = _LENGTH_BYTES + int.from_bytes(payload[:_LENGTH_BYTES], "little")
    names = json.loads(payload[_LENGTH_BYTES:begin])
    n_responses, n_times, n_rows = len(names["responses"]), len(names["response_times"]), names["n_rows"]
    lengths = [n_responses, *([n_rows] * len(names["series"])), n_times, n_times]
    # A copy, since an array over bytes cannot be written to.
    numbers = np.frombuffer(payload, "<f8", sum(lengths), begin).astype(np.float64)
    values, *columns, minutes, counts = np.split(numbers, np.cumsum(lengths)[:-1])
    series = {
        name: column.astype(np.int64) if name in _WHOLE_NUMBERS else column
        for name, column in zip(names["series"], columns, strict=True)
    }
    return Measured(
        [(*row, value) for row, value in zip(names["responses"], values.tolist(), strict=True)],
        series,
        [
            (sector, minute, int(n))
            for sector, minute, n in zip(names["response_times"], minutes.tolist(), counts.tolist(), strict=True)
        ],
    )
