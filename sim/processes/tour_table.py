"""Tours as rows of a table: the execution for studies, without a process for a tour that nothing disturbs.

A tour that no one interrupts departs and ends as planned, so its row is filled in when it is sent out; whoever calls
its section away amends the row. It gives the same trace as a process a patrol (:mod:`sim.processes.patrol`), which a
test keeps equal.
"""

from __future__ import annotations

import numpy as np

from sim.trace import NOT_YET, TourBlock


def enter_tours(tours: TourBlock, run_length_s: int) -> None:
    """Enter departures and returns of a shift's tours, those at or after the end of the run [s] left open."""
    tours.departed_s = np.where(tours.depart_s < run_length_s, tours.depart_s, NOT_YET)
    tours.ended_s = np.where(tours.end_s < run_length_s, tours.end_s, NOT_YET)


def cut_short(tours: TourBlock, row: int, now_s: int) -> None:
    """End a tour now [s], because its section is called away; one that has not departed never does."""
    tours.called[row] = True
    if tours.depart_s[row] > now_s:
        tours.departed_s[row] = tours.ended_s[row] = NOT_YET
    else:
        tours.ended_s[row] = now_s
