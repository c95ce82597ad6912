"""Which gates of a drawdown are open, day by day."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.responses.integrals import Floats, Ints
from sim.scenario.schema import Scenario
from sim.trace import Event, EventKind

_PREFIX = "gate_open."
_IS_OPEN = {EventKind.GATE_OPENS: 1.0, EventKind.GATE_REVERSED: 0.0}


def column_of(gate: str) -> str:
    """Column of the daily series that tells whether a gate is open as a day ends: 1 or 0, of the theatre."""
    return f"{_PREFIX}{gate}"


class GateMeter:
    """Openings and reversals, from events that come piece by piece."""

    def __init__(self, scenario: Scenario) -> None:
        self._gates = list(dict.fromkeys(key for policy in scenario.policy.values() for key in policy.gates))
        self._changes: list[tuple[int, str, float]] = []

    def add(self, events: Iterable[Event]) -> None:
        """Take in events; they come in order of time."""
        if self._gates:
            self._changes += [(one.time_s, one.entity, _IS_OPEN[one.kind]) for one in events if one.kind in _IS_OPEN]

    def columns(self, day_ends_s: Ints, n_sectors: int) -> dict[str, Floats]:
        """A column a gate, with rows by day and in it by sector, the theatre's last; nan for the sectors.

        Parameters
        ----------
        day_ends_s
            End of each day [s].
        n_sectors
            Sectors, without the theatre.
        """
        columns = {}
        for gate in self._gates:
            mine = [(time_s, is_open) for time_s, key, is_open in self._changes if key == gate]
            states = np.array([0.0, *(is_open for _, is_open in mine)])
            n_before = np.searchsorted([time_s for time_s, _ in mine], day_ends_s, side="left")
            by_sector = np.full((len(day_ends_s), n_sectors + 1), np.nan)
            by_sector[:, -1] = states[n_before]
            columns[column_of(gate)] = by_sector.ravel()
        return columns
