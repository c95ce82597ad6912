"""What happens on a day: gates open, reserves come and go, shocks and dated incidents begin.

The daily strength leaves reserves out; their soldiers have a column of their own. Those called on a day have labels,
since the scenario tells when they arrive; those that tension calls in come on days that differ by replication.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.plots.data import THEATRE, daily_table, in_horizon, strength_words
from sim.plots.panels import DatedLabel
from sim.responses.gates import column_of
from sim.scenario.incident_schema import IncidentPlace

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Results
    from sim.scenario.incident_schema import DatedIncident
    from sim.scenario.schema import Scenario

_MOST_DATED = 6
_DAY_S = 86_400
RESERVES = "reserves"
"""Column of the daily series, and response of its rows: soldiers of reserves that are there."""


@dataclass(frozen=True, slots=True)
class Opening:
    """When a gate first opened: the days, ascending, in those of `n` replications in which it did.

    In `n_reversed` of them its step was taken back, for a time or for good.
    """

    key: str
    name: str
    strength: int
    dates: tuple[dt.date, ...]
    n: int
    n_reversed: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """A reserve called on a day: when it arrives, and when it leaves."""

    key: str
    name: str
    strength: int
    called: dt.date
    arrives: dt.date
    leaves: dt.date


def gate_openings(results: Results, policy: str) -> list[Opening]:
    """When each gate of a policy at its own strength opened."""
    series = results.series
    series = series[(series["policy"] == policy) & series["troops"].isna() & (series["sector"] == THEATRE)]
    found = []
    for key, gate in results.scenario.policy[policy].gates.items():
        states = [rows.set_index("date")[column_of(key)] for _, rows in series.groupby("replication")]
        dates = sorted(one.index[one == 1][0].date() for one in states if (one == 1).any())
        n_reversed = sum(bool((one.diff() < 0).any()) for one in states)
        found.append(Opening(key, gate.name, gate.strength, tuple(dates), len(states), n_reversed))
    return found


def gate_labels(openings: Iterable[Opening], sector: str = THEATRE) -> list[DatedLabel]:
    """Gates that opened, from the first replication to the last, with the median."""
    return [
        DatedLabel(
            f"gate {one.key}",
            one.dates[0],
            one.dates[-1],
            f"{one.name}  {strength_words(one.strength, sector)}"
            + (f"  in {len(one.dates)} of {one.n} replications" if len(one.dates) < one.n else "")
            + (f", taken back in {one.n_reversed}" if one.n_reversed else ""),
            middle=one.dates[(len(one.dates) - 1) // 2],
        )
        for one in openings
        if one.dates
    ]


def shut_in_words(openings: Iterable[Opening]) -> str:
    """A sentence on the gates that opened in no replication; nothing if there is none."""
    shut = [f"{one.name} ({one.strength:,})" for one in openings if not one.dates]
    return f" {' and '.join(shut)} {'opens' if len(shut) == 1 else 'open'} in no replication." if shut else ""


def reserve_stays(scenario: Scenario, policy: str, sector: str) -> list[Stay]:
    """Reserves of a sector that a policy calls on a day; called again before it leaves, one stays as much longer.

    Whether it has left is counted to the second, as :mod:`sim.processes.reserves` does; a Stay has the days.
    """
    stays: list[Stay] = []
    last: dict[str, tuple[int, dt.datetime]] = {}
    calls = [(call.on, key, call.reserve) for key, call in scenario.policy[policy].calls.items() if call.on is not None]
    for called, key, name in sorted(calls):
        reserve = scenario.reserves[name]
        if sector not in (THEATRE, reserve.sector):
            continue
        midnight = dt.datetime.combine(called, dt.time())
        arrives = midnight + dt.timedelta(seconds=round(reserve.lead_time_days * _DAY_S))
        leaves = arrives + dt.timedelta(seconds=round(reserve.stays_days * _DAY_S))
        at, leaves_before = last.get(name, (0, midnight))
        if midnight < leaves_before:
            stays[at] = replace(stays[at], leaves=leaves.date())
        else:
            at = len(stays)
            stays.append(Stay(key, reserve.nation, reserve.strength, called, arrives.date(), leaves.date()))
        last[name] = at, leaves
    return sorted(stays, key=lambda stay: (stay.called, stay.key))


def reserve_labels(scenario: Scenario, stays: Iterable[Stay]) -> list[DatedLabel]:
    """Reserves that arrive in the horizon, from the call to the arrival."""
    horizon = scenario.horizon
    return [
        DatedLabel(
            f"reserve {stay.key}",
            max(stay.called, horizon.start),
            stay.arrives,
            f"{stay.name}  {stay.strength:,}",
            is_begin_shown=stay.called >= horizon.start,
        )
        for stay in stays
        if horizon.start <= stay.arrives < horizon.end
    ]


def reserve_rows(results: Results, policy: str, sector: str) -> pd.DataFrame:
    """Soldiers of reserves by day; empty if none is ever there."""
    rows = daily_table(results, policy, sector, [RESERVES] if results.scenario.reserves else [])
    return rows if rows["mean"].any() else rows.iloc[:0]


def is_called_by_tension(scenario: Scenario, policy: str) -> bool:
    """Whether tension calls reserves in."""
    return any(call.tension_above is not None for call in scenario.policy[policy].calls.values())


def incident_labels(scenario: Scenario, sector: str) -> list[DatedLabel]:
    """Shocks and dated incidents of a sector, where they begin."""
    return [*shock_labels(scenario, sector), *dated_labels(scenario, sector)]


def dated_labels(scenario: Scenario, sector: str) -> list[DatedLabel]:
    """Dated incidents of a sector in the horizon, those of a kind and day together.

    Of more than six such days only the first of each kind has a label, which says how many there are.
    """
    groups: dict[tuple[dt.date, str], list[str]] = {}
    incidents = scenario.incidents
    for dated in incidents.dated.values() if incidents is not None else ():
        name, where = _place_of(scenario, dated)
        if in_horizon(scenario, dated.begins.date()) and sector in (THEATRE, where):
            groups.setdefault((dated.begins.date(), dated.kind), []).append(name)
    first: dict[str, DatedLabel] = {}
    labels = []
    for date, kind in sorted(groups):
        words = kind.replace("-", " ").capitalize()
        gid = f"dated {kind} {date}"
        n = sum(other == kind for _, other in groups)
        names = ", ".join(groups[date, kind])
        labels.append(DatedLabel(gid, date, date, f"{words}: {names}"))
        first.setdefault(kind, DatedLabel(gid, date, date, f"{words}, first of {n} days" if n > 1 else words))
    return labels if len(labels) <= _MOST_DATED else list(first.values())


def _place_of(scenario: Scenario, dated: DatedIncident) -> tuple[str, str]:
    """Name and sector of the place of a dated incident."""
    assert scenario.incidents is not None
    theatre, at = scenario.theatre, scenario.incidents.kinds[dated.kind].at
    if at is IncidentPlace.CROSSING_POINT:
        point = theatre.crossing_points[dated.place]
        return point.name.split(" (")[0], point.sector  # without the number of the gate
    if at is IncidentPlace.SITE:
        site = theatre.named_sites[dated.place]
        return site.name, theatre.municipalities[site.municipality].sector
    municipality = theatre.municipalities[dated.place]
    return f"{municipality.name_sq}/{municipality.name_sr}", municipality.sector


def shock_labels(scenario: Scenario, sector: str) -> list[DatedLabel]:
    """The days of the horizon on which shocks of a sector begin, named by their keys."""
    if scenario.incidents is None:
        return []
    return [
        DatedLabel(f"shock {key}", shock.begins.date(), shock.begins.date(), key.replace("-", " ").capitalize())
        for key, shock in scenario.incidents.shocks.items()
        if in_horizon(scenario, shock.begins.date()) and (sector == THEATRE or shock.sector_weights.get(sector, 0) > 0)
    ]
