"""Queues the plain way: one vehicle after the other, with a heap of lanes."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from sim.responses.lanes import OpenTimes
from sim.responses.queues import Closing


def waits_by_heap(
    arrival_s: Sequence[float],
    service_s: Sequence[float],
    n_lanes: int,
    times: OpenTimes,
    closing: Closing,
    end_s: float,
) -> list[float]:
    """One vehicle after the other, by the rules as they are written."""
    lanes = [-math.inf] * n_lanes
    waits = []
    for arrives, service in zip(arrival_s, service_s, strict=True):
        starts = max(arrives, lanes[0])
        if closing is Closing.HOLDS:
            starts = next((max(starts, opens) for opens, closes in times if starts < closes), math.inf)
        else:
            closes = next((closes for opens, closes in times if opens <= arrives < closes), -math.inf)
            if starts >= closes and closes < end_s:
                waits.append(math.nan)
                continue
        if starts >= end_s:
            waits.append(math.inf)
            continue
        heapq.heapreplace(lanes, starts + service)
        waits.append(starts - arrives)
    return waits
