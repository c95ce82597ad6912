"""A film as a page: columns packed into bytes, and how everything on it looks.

The colours of areas and the shapes of posts are those of the still map. Sections, incidents and who answers them are
told apart by shape too: circles on tour, diamonds when sent, bursts for incidents. A mark stands on every colour that
an area can have, so that it is its edge, its halo or its fill, whichever differs most, by which it is seen.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import sim
from sim.animation.film import ReserveState
from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR
from sim.processes.post import PostState
from sim.record import NOT_YET, EventKind
from sim.scenario.schema import Task

if TYPE_CHECKING:
    from sim.animation.film import Column, Film

TOUR, CALL, INCIDENT = "#D55E00", "#7A1259", "#F0E442"
"""Sections on tour, and sent; incidents not met yet."""

MET_BAR = "#767066"
"""An incident on the time line, once it is met."""

_LONG_DAYS = 14
_TRAIL_MIN = (4, 8, 12, 16)
_PX_PER_PT = 96 / 72
_SHAPES = {"o": "circle", "s": "square", "^": "triangle"}
_INTEGERS = (np.uint8, np.int8, np.uint16, np.int16, np.int32)
_CODES = {"float32": "f4", "uint8": "u1", "int8": "i1", "uint16": "u2", "int16": "i2", "int32": "i4"}
_ALIGNED = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """How a mark is drawn: its fill, its edge and that edge's width [CSS pixels], and a halo around it, if any."""

    fill: str
    edge: str
    width: float
    halo: str | None = None


def marks() -> dict[str, Mark]:
    """The marks of the map, by what they stand for."""
    from sim.plots.map_panel import LOOK_OF_BASE
    from sim.plots.style import INK, WITH_POLICE

    white = "#ffffff"
    return {
        "tour": Mark(TOUR, INK, 0.8, white),
        "sent": Mark(CALL, white, 1.2),
        "back": Mark(white, CALL, 1.6, white),
        "waiting": Mark(INCIDENT, INK, 1.3),
        "met": Mark(white, INK, 1.3),
        "manned": Mark(INK, white, 0.6),
        "unmanned": Mark(white, INK, 0.9),
        "police": Mark(WITH_POLICE.colour, INK, 0.8, white),
        "base": Mark(LOOK_OF_BASE["markerfacecolor"], INK, 0.9),
    }


def page(film: Film, still: bytes | None = None) -> str:
    """The page of a film, a whole HTML file. Equal films make equal pages, with one version of zlib.

    Parameters
    ----------
    film
        What it shows.
    still
        A picture, as PNG, for readers who allow no scripts: the map at :func:`still_of`.
    """
    from sim.html import environment

    places, content = pack(film.columns)
    facts = film.facts | {
        "fromS": film.from_s,
        "toS": film.to_s,
        "markKinds": {int(kind): kind.name.lower() for kind in EventKind},
    }
    template = environment("sim.animation").get_template("animation.html.j2")
    return template.render(
        film={"facts": facts, "names": film.names, "look": _look(film), "places": places},
        columns=content,
        facts=facts,
        names=film.names,
        span=_span(film),
        force=_force(film),
        still=None if still is None else base64.b64encode(still).decode(),
        still_at=_time(film, still_of(film)),
        incidents=_incidents(film),
        marks=marks(),
        window_h=f"{film.facts['windowS'] / 3600:g}",
        has_police=_has_police(film),
        steps=_steps(film.facts["windowS"]),
        is_long=film.to_s - film.from_s > _LONG_DAYS * SECOND_PER_DAY,
        has_incidents=bool(film.names["incident"]),
        version=sim.__version__,
    )


def pack(columns: dict[str, Column]) -> tuple[list[tuple[str, str, int, int]], bytes]:
    """Columns as bytes, little-endian, each number in as few as it needs, positions in four.

    Returns
    -------
    places
        Name, type, offset [bytes] and length [numbers] of each column.
    content
        The bytes.

    Raises
    ------
    ValueError
        If a whole number needs more than 32 bits.
    """
    places, parts, at = [], [], 0
    for name, column in columns.items():
        kind = _type_of(name, column)
        content = column.astype(kind.newbyteorder("<")).tobytes()
        content += b"\0" * (-len(content) % _ALIGNED)
        places.append((name, _CODES[kind.name], at, int(column.size)))
        parts.append(content)
        at += len(content)
    return places, b"".join(parts)


def _type_of(name: str, column: Column) -> np.dtype[Any]:
    if column.dtype.kind == "f":
        return np.dtype(np.float32)
    least, most = (int(column.min()), int(column.max())) if column.size else (0, 0)
    for kind in _INTEGERS:
        if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max:
            return np.dtype(kind)
    raise ValueError(f"column {name} has numbers from {least} to {most}: more than 32 bits")


def _look(film: Film) -> dict[str, Any]:
    """Colours, shapes and sizes [CSS pixels] for the scripts."""
    from sim.plots.map_labels import round_length_km
    from sim.plots.map_panel import HATCH_COLOUR, MARKS, NEVER, STEP_COLOURS, steps_h
    from sim.plots.style import GREY, GRID, INK, LOOKS, WITH_RESERVES

    tasks = [Task(task) for task in film.names["task"]]
    posts = [
        {
            "shape": _SHAPES[MARKS[task].marker],
            "ofCell": MARKS[task].of_cell,
            "least": MARKS[task].least_pt * _PX_PER_PT,
            "most": MARKS[task].most_pt * _PX_PER_PT,
        }
        for task in tasks
    ]
    order = [tasks.index(task) for task in (Task.CHECKPOINTS, Task.SITES, Task.CROSSING_POINTS)]
    width_km = float(np.ptp(film.columns["outline.km"][:, 0]))
    n_areas = len(film.columns["area.km"])
    return {
        "steps": STEP_COLOURS,
        "endsS": [hours * 3600 for hours in steps_h(film.facts["windowS"] / 3600)],
        "never": NEVER,
        "hatch": HATCH_COLOUR,
        "posts": posts,
        "order": order,
        "cellKm": (_ring_area(film.columns["outline.km"]) / n_areas) ** 0.5,
        "barKm": round_length_km(0.2 * width_km),
        "trailS": [60 * minutes for minutes in _TRAIL_MIN],
        "ink": INK,
        "grey": GREY,
        "grid": GRID,
        "ground": "#EFEDE8",
        "accent": "#00558A",
        "marks": {name: asdict(mark) for name, mark in marks().items()},
        "waiting": TOUR,
        "met": MET_BAR,
        "flag": CALL,
        "reserves": WITH_RESERVES.colour,
        "covered": LOOKS["patrol_coverage"].colour,
        "manned": INK,
        "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif",
    }


def _ring_area(ring: Column) -> float:
    from sim.theatre.geometry import ring_area

    return ring_area(ring)


def _steps(window_s: int) -> list[dict[str, Any]]:
    """The colours of areas, each with the hours from which it holds, and whether the area is covered then."""
    from sim.plots.map_panel import STEP_COLOURS, steps_h

    window_h = window_s / 3600
    begins = [0.0, *steps_h(window_h)]
    return [
        {"colour": colour, "from_h": f"{round(begin, 1):g}", "is_covered": begin < window_h}
        for colour, begin in zip(STEP_COLOURS, begins, strict=True)
    ]


def _has_police(film: Film) -> bool:
    states = np.concatenate([film.columns["post.state"], film.columns["change.state"]])
    return bool((states == PostState.POLICE).any())


def _span(film: Film) -> str:
    """The days shown, such as 30 January to 5 February 2010."""
    start = dt.datetime.fromisoformat(film.facts["start"])
    first, last = (start + dt.timedelta(seconds=at_s) for at_s in (film.from_s, film.to_s))
    if last.hour == last.minute == 0 and film.to_s - film.from_s >= SECOND_PER_DAY:
        last -= dt.timedelta(days=1)
    end = f"{last.day} {last:%B} {last.year}"
    if first.date() == last.date():
        return end
    begin = f"{first.day}"
    if (first.year, first.month) != (last.year, last.month):
        begin += f" {first:%B}" + (f" {first.year}" if first.year != last.year else "")
    return f"{begin} to {end}"


def force_in_words(film: Film) -> str:
    """The strength at both ends of a film, its least and its most where these are others, and the most with reserves.

    Parameters
    ----------
    film
        What is shown.

    Examples
    --------
    >>> import sim
    >>> from sim.animation import animate
    >>> force_in_words(animate(sim.load("scenarios/lesson.toml"), from_s=19 * 86_400, days=4).film)
    '450 soldiers, 300 in the end'
    """
    troops = film.facts["troops"]
    if troops is not None:
        return f"{troops:,} soldiers throughout"
    levels = film.columns["strength.soldiers"].sum(axis=1).tolist()
    first, last = levels[0], levels[-1]
    parts = [f"{first:,} soldiers"]
    if min(levels) < min(first, last):
        parts.append(f"{min(levels):,} at the least")
    if max(levels) > max(first, last):
        parts.append(f"{max(levels):,} at the most")
    if len(set(levels)) > 1:
        parts.append(f"{last:,} in the end")
    reserves = _with_reserves(film)
    if max(reserves) > max(levels):
        parts.append(f"with reserves up to {max(reserves):,}")
    return ", ".join(parts)


def _with_reserves(film: Film) -> list[int]:
    """Soldiers of contingents and reserves together, at the film's beginning and whenever one of the two changes."""
    columns = film.columns
    times_s = columns["strength.time_s"].tolist()
    moves = list(zip(*(columns[f"move.{name}"].tolist() for name in ("time_s", "reserve", "state")), strict=True))
    levels = []
    for at_s in sorted({*times_s, *(time_s for time_s, _, _ in moves if time_s > film.from_s)}):
        row = int(np.searchsorted(columns["strength.time_s"], at_s, side="right")) - 1
        states = {reserve: state for time_s, reserve, state in moves if time_s <= at_s}
        here = [columns["reserve.soldiers"][one] for one, state in states.items() if state == ReserveState.HERE]
        levels.append(int(columns["strength.soldiers"][row].sum() + sum(here)))
    return levels


def _force(film: Film) -> str:
    words = force_in_words(film)
    is_still = film.facts["troops"] is None and not film.has_stage
    return f"{words}: no stage, gate or reserve falls within these days" if is_still else words


def still_of(film: Film) -> int:
    """The instant [s] that stands for the film where it cannot move: halfway, to the hour."""
    halfway_s = (film.from_s + film.to_s) // 2
    return max(film.from_s, halfway_s - halfway_s % SECOND_PER_HOUR)


def _time(film: Film, at_s: int) -> str:
    time = dt.datetime.fromisoformat(film.facts["start"]) + dt.timedelta(seconds=at_s)
    return f"{time:%H:%M} on {time.day} {time:%B} {time.year}"


def happening(film: Film) -> NDArray[np.bool_]:
    """Which of a film's incidents happen in it: of others only the way back of those sent to them is seen."""
    ended_s = film.columns["incident.ended_s"]
    shown: NDArray[np.bool_] = (ended_s == NOT_YET) | (ended_s > film.from_s)
    return shown


def _incidents(film: Film) -> str:
    """How many incidents there are, of which kinds; nothing if there cannot be any."""
    if not film.facts["hasIncidents"]:
        return ""
    kinds = film.columns["incident.kind"][happening(film)].tolist()
    by_kind = Counter(film.names["incident.kind"][kind].replace("-", " ") for kind in kinds)
    parts = ", ".join(f"{kind} {n:,}" for kind, n in by_kind.most_common())
    return f"{len(kinds):,} incident{'' if len(kinds) == 1 else 's'}{f' ({parts})' if parts else ''}"
