"""From shifts and tours to effort: sections there, asked for and at work, tours tasked and completed, strength.

A section's *overtime* is the part of its tour, or of the turn-round after it, that lies beyond the end of its shift; it
counts in the sector of the tour, all else about sections where they are at home. What a section does after it was
called away to an incident is not counted here but in :mod:`sim.responses.call_outs`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.clock import hours_to_s
from sim.contingents import shared_at, strength_by_contingent
from sim.responses.integrals import Count, Floats, Grid, StepIntegral
from sim.scenario.schema import Scenario, Task
from sim.tasks import TASK_INDEX
from sim.trace import NOT_YET, Event, EventKind, Record, ShiftRow, TourBlock, tour_columns


@dataclass(frozen=True, slots=True)
class EffortIntegrals:
    """Integrals and counts from 0 to each edge, by sector, shape (n_sectors, n_edges).

    Sections are [section s], `strength_s`, and `reserves_s`, which it leaves out, [soldier s]. Tours are numbers:
    those `tasked` to depart, those that `went_out` and were not cut short or called away, and those that came home
    `completed`.
    """

    sections_s: Floats
    available_s: Floats
    demand_s: Floats
    at_work_s: Floats
    reserve_s: Floats
    reserve_demand_s: Floats
    overtime_s: Floats
    strength_s: Floats
    reserves_s: Floats
    tasked: Floats
    went_out: Floats
    completed: Floats


_OF_SHIFTS = ("sections_s", "available_s", "demand_s", "at_work_s", "reserve_s", "reserve_demand_s")


class EffortMeter:
    """What the headquarters had, asked and gave, from records that come piece by piece.

    Parameters
    ----------
    grid
        Bins of time.
    scenario
        The scenario.
    """

    def __init__(self, grid: Grid, scenario: Scenario) -> None:
        self._scenario = scenario
        sectors = list(scenario.theatre.sectors)
        self._sectors = np.arange(len(sectors))
        self._of_contingent = np.array([sectors.index(one.sector) for one in scenario.contingents.values()], dtype=int)
        self._shifts = [StepIntegral(grid) for _ in _OF_SHIFTS]
        self._last_shift = np.zeros((len(_OF_SHIFTS), len(sectors)))
        self._strength, self._last_strength = StepIntegral(grid), np.zeros(len(sectors))
        self._reserves, self._sector_keys = StepIntegral(grid), sectors
        self._overtime = StepIntegral(grid)
        self._tasked, self._went_out, self._completed = Count(grid), Count(grid), Count(grid)

    def add(self, record: Record) -> None:
        """Take in a record; records come in order of time."""
        if record.shifts:
            self._add_shifts(record.shifts)
        for event in record.events:
            if event.kind is EventKind.STRENGTH_CHANGES:
                self._add_strength(event)
            elif event.kind in (EventKind.RESERVE_ARRIVES, EventKind.RESERVE_LEAVES):
                self._add_reserve(event)
        if record.tasked:
            sector, depart_s = (np.concatenate(column) for column in zip(*record.tasked, strict=True))
            self._tasked.add(depart_s, sector)
        if record.tours:
            self._add_tours(record.tours)

    def _add_shifts(self, shifts: list[ShiftRow]) -> None:
        time_s = np.repeat([row.time_s for row in shifts], len(self._sectors))
        sector = np.tile(self._sectors, len(shifts))
        values = np.array([_quantities(row) for row in shifts], dtype=np.float64)
        deltas = np.diff(values, axis=0, prepend=self._last_shift[None])
        self._last_shift = values[-1]
        for index, integral in enumerate(self._shifts):
            integral.add(time_s, sector, deltas[:, index].ravel())

    def _add_strength(self, event: Event) -> None:
        soldiers = strength_by_contingent(int(event.value), self._scenario, *shared_at(event.place))
        by_sector = np.bincount(self._of_contingent, weights=soldiers, minlength=len(self._sectors)).astype(float)
        self._strength.add(np.full(len(by_sector), event.time_s), self._sectors, by_sector - self._last_strength)
        self._last_strength = by_sector

    def _add_reserve(self, event: Event) -> None:
        soldiers = event.value if event.kind is EventKind.RESERVE_ARRIVES else -event.value
        self._reserves.add(
            np.array([event.time_s]), np.array([self._sector_keys.index(event.place)]), np.array([soldiers])
        )

    def _add_tours(self, tours: list[TourBlock]) -> None:
        sector, departed_s, ended_s, end_s, free_s, called = tour_columns(
            tours, "sector", "departed_s", "ended_s", "end_s", "free_s", "called"
        )
        went_out = (departed_s != NOT_YET) & ((ended_s == NOT_YET) | (ended_s == end_s)) & (called == 0)
        self._went_out.add(departed_s[went_out], sector[went_out])
        completed = (departed_s != NOT_YET) & (ended_s == end_s) & (called == 0)
        self._completed.add(ended_s[completed], sector[completed])
        shift = np.repeat([block.shift for block in tours], [len(block) for block in tours])
        shift_ends_s = (shift + 1) * hours_to_s(self._scenario.force.shift_h)
        until_s = np.where(called == 1, ended_s, free_s)
        late = (departed_s != NOT_YET) & (until_s > shift_ends_s)
        one = np.ones(int(late.sum()))
        self._overtime.add(shift_ends_s[late], sector[late], one)
        self._overtime.add(until_s[late], sector[late], -one)

    def close(self) -> EffortIntegrals:
        """The integrals of what was taken in."""
        return EffortIntegrals(
            **{name: one.at_edges() for name, one in zip(_OF_SHIFTS, self._shifts, strict=True)},
            overtime_s=self._overtime.at_edges(),
            strength_s=self._strength.at_edges(),
            reserves_s=self._reserves.at_edges(),
            tasked=self._tasked.at_edges(),
            went_out=self._went_out.at_edges(),
            completed=self._completed.at_edges(),
        )


def _quantities(row: ShiftRow) -> list[np.ndarray]:
    """By sector, in the order of _OF_SHIFTS."""
    reserve = TASK_INDEX[Task.RESERVE]
    return [
        row.n_sections,
        row.n_available,
        row.demand.sum(axis=1),
        row.n_at_work,
        row.allocated[:, reserve],
        row.demand[:, reserve],
    ]
