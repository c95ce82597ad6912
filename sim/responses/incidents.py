"""From incidents to how soon they are met, how they end, and how high tension rises.

An incident counts where and when it arises. It is *judged* if it was due, by its kind's target, before the run ended.
The *response time* of one that is judged runs from its report until it is met; if it never was, it is infinite.
*Escorts* are the planned ones; they count by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_DAY, SECOND_PER_MINUTE
from sim.responses.integrals import Count, Floats, Grid, Ints, to_edges
from sim.scenario.schema import Incidents, Scenario
from sim.theatre import Layout
from sim.trace import NOT_YET, IncidentEnd, IncidentRow
from sim.violence.candidates import CandidateSource, kinds_of
from sim.violence.tension import TensionPath, tension_path

OF_RUN = ("response_min_p50", "response_min_p90", "peak_tension", "days_above_threshold", "at_cap_share")
"""The responses that are no ratios of sums, and have no daily series."""

LATER_MIN = 240
"""Response times are counted by the minute up to this one [min]."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class IncidentSums:
    """What was counted from 0 to each edge, by sector, shape (n_sectors, n_edges), and responses of the run.

    `judged`, `in_time`, `contained` and `unanswered` are numbers of those that `arose`; `escalated` counts when they
    did, and `escorts` are those judged. `tension_s` is the integral of tension [s] and `has_tension_s` the time where
    there is a base rate, both with the theatre's own in a last row. `of_run` holds the responses that are no ratio,
    over [warm-up, end), by sector and in the theatre. `by_minute` counts the response times of [warm-up, end) in
    [k, k+1) minutes for k below `LATER_MIN`, then those that are longer and last those that are infinite, by sector
    and in the theatre, shape (n_sectors + 1, LATER_MIN + 2).
    """

    arose: Floats
    judged: Floats
    in_time: Floats
    contained: Floats
    unanswered: Floats
    escalated: Floats
    escorts: Floats
    escorts_in_time: Floats
    tension_s: Floats
    has_tension_s: Floats
    of_run: dict[str, Floats]
    by_minute: Ints


class IncidentMeter:
    """What becomes of incidents, from rows that come piece by piece.

    Parameters
    ----------
    grid
        Bins of time; the last edge is the end of the run.
    scenario
        The scenario.
    incidents
        Its incidents.
    layout
        Where they are.
    warm_up_s
        End of the warm-up [s].
    """

    def __init__(self, grid: Grid, scenario: Scenario, incidents: Incidents, layout: Layout, warm_up_s: int) -> None:
        self._grid, self._incidents, self._warm_up_s = grid, incidents, warm_up_s
        self._base_per_day = CandidateSource(scenario, layout).base_per_day
        self._kinds = kinds_of(scenario)
        self._rows: list[tuple[int, int, int, int, int, int]] = []

    def add(self, incidents: list[IncidentRow]) -> None:
        """Take in incidents, in any order."""
        self._rows += [(one.sector, one.kind, one.arises_s, one.met_s, one.ended_s, one.end) for one in incidents]

    def close(self) -> IncidentSums:
        """What was taken in."""
        rows = np.array(self._rows, dtype=np.int64).reshape(-1, 6)
        # By all columns, so that the order in which rows of one instant came in makes no difference.
        sector, kind, arises_s, met_s, ended_s, end = rows[np.lexsort((*rows.T[::-1], rows[:, 2]))].T
        due_s = arises_s + np.asarray(self._kinds.target_s)[kind]
        is_met = met_s != NOT_YET
        # Whatever came of it: to count those met before the end and not the others would count the quick ones.
        is_judged = due_s < self._grid.edges_s[-1]
        is_in_time = is_judged & is_met & (met_s <= due_s)
        is_escort = np.asarray(self._kinds.planned)[kind]

        def count(which: Bools, time_s: Ints = arises_s) -> Floats:
            total = Count(self._grid)
            total.add(time_s[which], sector[which])
            return total.at_edges()

        counted = is_judged & ~is_escort & (arises_s >= self._warm_up_s)
        response_min = np.where(is_met, met_s - arises_s, np.inf)[counted] / SECOND_PER_MINUTE
        has_tension = np.array([*self._base_per_day, sum(self._base_per_day)]) > 0
        path = self._tension_path(arises_s, sector, np.asarray(self._kinds.triggers)[kind])
        of_run = {
            "response_min_p50": self._quantiles(response_min, sector[counted], 50),
            "response_min_p90": self._quantiles(response_min, sector[counted], 90),
        }
        return IncidentSums(
            arose=count(~is_escort),
            judged=count(is_judged & ~is_escort),
            in_time=count(is_in_time & ~is_escort),
            contained=count((end == IncidentEnd.CONTAINED) & ~is_escort),
            unanswered=count((end == IncidentEnd.UNANSWERED) & ~is_escort),
            escalated=count(end == IncidentEnd.ESCALATED, ended_s),
            escorts=count(is_judged & is_escort),
            escorts_in_time=count(is_in_time & is_escort),
            tension_s=to_edges(path.integral_s),
            has_tension_s=np.outer(has_tension, self._grid.edges_s).astype(np.float64),
            of_run=of_run | self._of_tension(path, has_tension),
            by_minute=self._by_minute(response_min, sector[counted]),
        )

    def _tension_path(self, arises_s: Ints, sector: Ints, n_triggered: Floats) -> TensionPath:
        return tension_path(
            self._base_per_day,
            arises_s,
            sector,
            n_triggered,
            self._grid.edges_s,
            half_life_days=self._incidents.tension_half_life_days,
            spill_share=self._incidents.spill_share,
            max_tension=self._incidents.max_tension,
            threshold=self._incidents.threshold,
        )

    def _of_tension(self, path: TensionPath, has_tension: Bools) -> dict[str, Floats]:
        """Responses of tension over [warm-up, end); nan without a base rate."""
        edges_s = self._grid.edges_s
        late = slice(int(np.searchsorted(edges_s, self._warm_up_s)), None)
        found = {
            "peak_tension": path.peak[:, late].max(axis=1),
            "days_above_threshold": path.above_s[:, late].sum(axis=1) / SECOND_PER_DAY,
            "at_cap_share": path.at_cap_s[:, late].sum(axis=1) / (edges_s[-1] - self._warm_up_s),
        }
        return {name: np.where(has_tension, values, np.nan) for name, values in found.items()}

    def _by_minute(self, response_min: Floats, sector: Ints) -> Ints:
        slot = np.where(np.isinf(response_min), LATER_MIN + 1, np.minimum(response_min, LATER_MIN)).astype(np.int64)
        shape = (self._grid.n_sectors, LATER_MIN + 2)
        n = np.bincount(sector * shape[1] + slot, minlength=shape[0] * shape[1]).reshape(shape)
        return np.vstack([n, n.sum(axis=0)])

    def _quantiles(self, values: Floats, sector: Ints, percent: int) -> Floats:
        """By sector and, last, of all."""
        by_sector = [values[sector == index] for index in range(self._grid.n_sectors)]
        return np.array([quantile(mine, percent) for mine in (*by_sector, values)])


def quantile(values: Floats, percent: int) -> float:
    """The smallest value with at least so many percent of all at or below it; nan of none.

    Examples
    --------
    >>> quantile(np.array([3.0, np.inf, 1.0, 2.0]), 50), quantile(np.array([3.0, np.inf, 1.0, 2.0]), 90)
    (2.0, inf)
    """
    if not len(values):
        return float("nan")
    return float(np.sort(values)[-(-len(values) * percent // 100) - 1])


def minutes_with_any(by_minute: Ints) -> list[tuple[float, int]]:
    """Minute and number where there are any, from the counts of one sector; those never met are at inf.

    Examples
    --------
    >>> minutes_with_any(np.array([0, 3, *[0] * (LATER_MIN - 2), 1, 2]))
    [(1.0, 3), (240.0, 1), (inf, 2)]
    """
    return [
        (float(slot) if slot <= LATER_MIN else float("inf"), int(by_minute[slot])) for slot in np.flatnonzero(by_minute)
    ]
