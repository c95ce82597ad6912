"""Cases and who was sent to them: the state that incidents, dispatch and tours share.

A *case* is an incident that is open, its escalations included. A section that is *sent* is on its way to the scene, on
the scene, or, once released, on its way back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.scenario.schema import Task
from sim.trace import NOT_YET, CallOut, IncidentRow
from sim.violence.candidates import Candidate

Floats = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Sent:
    """A section that was sent to an incident.

    Attributes
    ----------
    call_out
        Its row in the trace.
    shift
        The shift in which it was called.
    start_km, end_km
        The way it is on, or was last.
    sets_off_s, there_s
        When that way begins and ends [s].
    crew_of
        The task whose post it left; None if it came from elsewhere.
    is_late
        Whether it was called from a tour of an earlier shift.
    """

    call_out: CallOut
    shift: int
    start_km: Floats
    end_km: Floats
    sets_off_s: int
    there_s: int
    crew_of: Task | None = None
    is_late: bool = False

    def is_there(self, now_s: int) -> bool:
        """Whether it has arrived at the scene by `now_s` [s]."""
        return self.call_out.arrives_s <= now_s

    def share_of_way(self, now_s: int) -> float:
        """How much of its way it has gone, from 0 to 1."""
        return min(1.0, max(0.0, (now_s - self.sets_off_s) / max(1, self.there_s - self.sets_off_s)))


@dataclass(slots=True, eq=False)
class Case:
    """An open incident: its row in the trace, where it came from, and who was sent.

    Attributes
    ----------
    row
        The incident as it is now; a new one after each escalation.
    candidate
        What it arose from.
    sent
        Sections on their way or on the scene, in the order in which they were called.
    n_escalations
        How often it has escalated.
    contained_s
        When it will be contained [s], once it is met.
    process
        Its process, once sections have been looked for.
    """

    row: IncidentRow
    candidate: Candidate
    sent: list[Sent] = field(default_factory=list)
    n_escalations: int = 0
    contained_s: int = NOT_YET
    process: simpy.Process | None = None

    @property
    def key(self) -> str:
        """The same before and after an escalation."""
        return self.candidate.incident_id

    @property
    def scene_km(self) -> Floats:
        """Where it is [km]."""
        return np.array(self.candidate.km)

    @property
    def is_met(self) -> bool:
        """Whether enough sections have come."""
        return self.row.met_s != NOT_YET

    def n_there(self, now_s: int) -> int:
        """Sections on the scene at `now_s` [s]."""
        return sum(sent.is_there(now_s) for sent in self.sent)

    def enough_s(self) -> int | None:
        """When enough sections will be there, if those that were sent suffice [s]."""
        if len(self.sent) < self.row.n_needed:
            return None
        return sorted(sent.call_out.arrives_s for sent in self.sent)[self.row.n_needed - 1]
