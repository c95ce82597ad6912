"""Whether gates are open, day by day, by hand."""

from __future__ import annotations

import numpy as np

from sim.model import replicate
from sim.responses import measure
from sim.responses.gates import GateMeter, column_of
from sim.trace import Event, EventKind
from tests.scenarios import shipped

DAY_S = 86_400


def test_a_day_ends_with_a_gate_open_or_not() -> None:
    scenario = shipped("kfor-gates-conditions")
    meter = GateMeter(scenario)
    meter.add([Event(0, EventKind.GATE_OPENS, "gate-one", "all", 10_200.0)])
    meter.add(
        [
            Event(2 * DAY_S, EventKind.GATE_OPENS, "gate-2", "all", 5_000.0),
            Event(3 * DAY_S, EventKind.GATE_REVERSED, "gate-2", "all", 10_200.0),
        ]
    )
    columns = meter.columns(np.arange(1, 6) * DAY_S, 5)
    by_day = {key: column.reshape(5, 6) for key, column in columns.items()}
    assert list(by_day) == [column_of(key) for key in ("gate-one", "gate-2", "gate-3")]
    assert all(np.isnan(one[:, :-1]).all() for one in by_day.values())
    assert by_day[column_of("gate-one")][:, -1].tolist() == [1, 1, 1, 1, 1]
    assert by_day[column_of("gate-2")][:, -1].tolist() == [0, 0, 1, 0, 0]
    assert by_day[column_of("gate-3")][:, -1].tolist() == [0, 0, 0, 0, 0]


def test_the_series_agrees_with_the_trace() -> None:
    """One replication of the counterfactual: the column is 1 from each opening to the next reversal."""
    scenario = shipped("kfor-gates-conditions")
    trace = replicate(scenario, "gate-3-automatic", troops=None, seed=5, replication=0)
    series = measure(scenario, trace).series
    n_sectors = len(scenario.theatre.sectors)
    for key in ("gate-one", "gate-2", "gate-3"):
        found = series[column_of(key)].reshape(-1, n_sectors + 1)[:, -1]
        expected = np.zeros(len(found))
        for event in trace.events:
            if event.entity == key and event.kind in (EventKind.GATE_OPENS, EventKind.GATE_REVERSED):
                expected[event.time_s // DAY_S :] = event.kind is EventKind.GATE_OPENS
        assert found.tolist() == expected.tolist()
        assert expected.any()
