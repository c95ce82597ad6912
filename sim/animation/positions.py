"""Where everything that moves is at an instant of a film, by numpy; the page's script works it out the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.clock import SECOND_PER_HOUR
from sim.record import NOT_YET

if TYPE_CHECKING:
    from sim.animation.film import Column, Film

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_INSTANT_S = 1e-9


def rows_out(film: Film, at_s: float) -> Ints:
    """Rows of `tour` that are out at an instant [s]: they have departed and not ended."""
    departed_s, ended_s = film.columns["tour.departed_s"], film.columns["tour.ended_s"]
    return np.flatnonzero((departed_s <= at_s) & _lasts(ended_s, at_s))


def rows_sent(film: Film, at_s: float) -> Ints:
    """Rows of `call` that are called and not back at an instant [s]."""
    called_s, home_s = film.columns["call.called_s"], film.columns["call.home_s"]
    return np.flatnonzero((called_s <= at_s) & _lasts(home_s, at_s))


def rows_open(film: Film, at_s: float) -> Ints:
    """Rows of `incident` that are open at an instant [s]."""
    arises_s, ended_s = film.columns["incident.arises_s"], film.columns["incident.ended_s"]
    return np.flatnonzero((arises_s <= at_s) & _lasts(ended_s, at_s))


def tours_at(film: Film, at_s: float) -> Floats:
    """Positions [km] of the sections on tour, in the order of :func:`rows_out`, shape (n, 2)."""
    columns, facts = film.columns, film.facts
    rows = rows_out(film, at_s)
    n_stops = columns["tour.n_stops"]
    first = (np.cumsum(n_stops) - n_stops)[rows]
    last, kind = first + n_stops[rows], columns["tour.kind"][rows]
    visit_s, stop_area = columns["stop.visit_s"], columns["stop.area"]
    reached = first + np.array(
        [np.searchsorted(visit_s[begin:end], at_s, side="right") for begin, end in zip(first, last, strict=True)],
        dtype=np.int64,
    )
    base_km = columns["base.km"][columns["tour.sector"][rows]]
    goes_home, is_first = reached == last, reached == first
    ahead = np.minimum(reached, last - 1)
    start_km = np.where(is_first[:, None], base_km, columns["area.km"][stop_area[np.maximum(reached - 1, first)]])
    end_km = np.where(goes_home[:, None], base_km, columns["area.km"][stop_area[ahead]])
    arrives_s = np.where(goes_home, columns["tour.end_s"][rows], visit_s[ahead])
    speed = np.where(goes_home | is_first, np.array(facts["approachKmH"])[kind], np.array(facts["speedKmH"])[kind])
    way_s = np.maximum(_way_km(film, start_km, end_km) * SECOND_PER_HOUR / speed, _INSTANT_S)
    return _between(film, start_km, end_km, 1 - (arrives_s - at_s) / way_s)


def sent_at(film: Film, at_s: float) -> Floats:
    """Positions [km] of sections that are sent to incidents, in the order of :func:`rows_sent`, shape (n, 2)."""
    rows = rows_sent(film, at_s)
    one = {name.removeprefix("call."): column[rows] for name, column in film.columns.items() if name[:5] == "call."}
    is_released = (one["released_s"] != NOT_YET) & (one["released_s"] <= at_s)
    back_s = np.maximum(np.rint(_way_km(film, one["back_km"], one["end_km"]) * _s_per_km(film)), 1)
    back_km = _between(film, one["back_km"], one["end_km"], (at_s - one["released_s"]) / back_s)
    takes_s = np.maximum(one["arrives_s"] - one["sets_off_s"], 1)
    way_km = _between(film, one["start_km"], one["scene_km"], (at_s - one["sets_off_s"]) / takes_s)
    is_there = one["arrives_s"] <= at_s
    there_km = np.where(is_there[:, None], one["scene_km"], way_km)
    return np.where(is_released[:, None], back_km, there_km)


def incidents_at(film: Film, at_s: float) -> Floats:
    """Positions [km] of the open incidents, in the order of :func:`rows_open`, shape (n, 2)."""
    open_km: Floats = film.columns["incident.km"][rows_open(film, at_s)]
    return open_km


def states_at(film: Film, at_s: float) -> Ints:
    """State of each post at an instant [s]."""
    states: Ints = film.columns["post.state"].copy()
    is_past = film.columns["change.time_s"] <= at_s
    # Changes are in order of time, so that the last to be written stands.
    for post, state in zip(film.columns["change.post"][is_past], film.columns["change.state"][is_past], strict=True):
        states[post] = state
    return states


def last_visits_at(film: Film, at_s: float) -> Ints:
    """Time of the last visit to each area by an instant [s], NOT_YET before the first."""
    columns = film.columns
    last_s: Ints = columns["area.last_s"].copy()
    ended_s = np.repeat(columns["tour.ended_s"], columns["tour.n_stops"])
    visit_s = columns["stop.visit_s"]
    made = (visit_s <= at_s) & ((ended_s == NOT_YET) | (visit_s <= ended_s))
    np.maximum.at(last_s, columns["stop.area"][made], visit_s[made])
    return last_s


def soldiers_at(film: Film, at_s: float) -> Ints:
    """Soldiers of each sector's contingents at an instant [s]."""
    row = int(np.searchsorted(film.columns["strength.time_s"], at_s, side="right")) - 1
    soldiers: Ints = film.columns["strength.soldiers"][row]
    return soldiers


def _lasts(end_s: Column, at_s: float) -> NDArray[np.bool_]:
    return np.asarray((end_s == NOT_YET) | (end_s > at_s))


def _s_per_km(film: Film) -> float:
    speed = film.facts["answerKmH"]
    return SECOND_PER_HOUR / speed if speed else 0.0


def _line(film: Film, start_km: Floats, end_km: Floats) -> Floats:
    line = end_km - start_km
    period_km = film.facts["periodKm"]
    return line if period_km is None else line - np.array(period_km) * np.round(line / np.array(period_km))


def _way_km(film: Film, start_km: Floats, end_km: Floats) -> Floats:
    line = _line(film, start_km, end_km)
    return np.asarray(np.hypot(line[:, 0], line[:, 1]) * film.facts["detourFactor"])


def _between(film: Film, start_km: Floats, end_km: Floats, share: Floats) -> Floats:
    return np.asarray(start_km + _line(film, start_km, end_km) * np.clip(share, 0, 1)[:, None])
