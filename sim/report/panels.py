"""What interactive charts draw: panels of lines, in the colours, shapes and names of the figures.

A *line* is one response, sector, level or policy; a *panel* has lines of one scale, one below the other in a chart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.plots import style
from sim.plots.changes import RESERVES
from sim.plots.data import MEDIAN_STRENGTH
from sim.plots.frame import TENSION_RATIO
from sim.plots.incident_panels import ENDS, NUMBERS, PARTS, SUM, TIMES

if TYPE_CHECKING:
    from sim.plots.style import Look

_SHAPES = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "v": "triangle-down",
    "D": "diamond",
    "P": "cross",
    "": "circle",
}
LEAST_CONTRAST = 3.0
"""Of a mark with white, as WCAG 2 asks for."""
_KINDS_OF_SHAPE = ("circle", "square", "triangle-up", "diamond", "cross")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its key in the table, its name, colour, and the shape of its points."""

    key: str
    name: str
    colour: str
    shape: str
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines on one scale: shares from 0 to 1, or numbers; strengths and sites are steps."""

    title: str
    lines: tuple[Line, ...]
    is_share: bool = False
    is_step: bool = False
    height: int = 130


def contrast_on_white(colour: str) -> float:
    """Contrast of a colour with white, 1 to 21, as WCAG 2 defines it."""
    return 1.05 / (style.luminance(colour) + 0.05)


def dark_enough(colour: str) -> str:
    """The colour, darkened until a mark in it stands out from white."""
    while contrast_on_white(colour) < LEAST_CONTRAST:
        channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        colour = "#" + "".join(f"{int(0.97 * one):02x}" for one in channels)
    return colour


COLOURS = tuple(map(dark_enough, ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")))
"""Of Okabe and Ito, for what has no colour of its own; what comes after the last has another shape."""


def line_of(key: str, look: Look) -> Line:
    """A line that looks as in the figures; what is too pale for a line is darkened."""
    return Line(key, look.name, dark_enough(look.colour), _SHAPES[look.marker], look.is_bold)


def lines_of(names: Mapping[str, str]) -> tuple[Line, ...]:
    """Lines of what has no look of its own, by key and name."""
    n = len(COLOURS)
    return tuple(
        Line(key, name, COLOURS[i % n], _KINDS_OF_SHAPE[i // n % len(_KINDS_OF_SHAPE)])
        for i, (key, name) in enumerate(names.items())
    )


def _panel(title: str, looks: Mapping[str, Look], **choices: bool | int) -> Panel:
    lines = tuple(line_of(key, look) for key, look in looks.items())
    is_share, is_step = bool(choices.get("is_share")), bool(choices.get("is_step"))
    return Panel(title, lines, is_share, is_step, int(choices.get("height", 130)))


_STRENGTH = _panel(
    "Soldiers",
    {
        "strength": style.Look("Strength", style.INK, "o"),
        MEDIAN_STRENGTH: style.Look("Median strength", style.LINE_GREY, "o"),
        RESERVES: style.WITH_RESERVES,
    },
    is_step=True,
)
_TENSION = _panel("Tension, as a multiple of the base rate", {TENSION_RATIO: style.TENSION})
_SHARES = _panel("Share of the task list done", style.LOOKS, is_share=True, height=260)
_PATROLS = {
    "patrols_tasked": replace(style.TASKED, name="Patrols tasked"),
    "patrols_completed": replace(style.COMPLETED, name="Patrols completed"),
}
_WAITS = {
    "checkpoint_wait_min": replace(style.AT_CHECKPOINTS, name="Wait at checkpoints"),
    "crossing_wait_min": replace(style.AT_CROSSING_POINTS, name="Wait at crossing points"),
}
_SITES = {
    "sites_kfor": replace(style.WITH_RESERVES, name="Sites left to the force"),
    "sites_police": replace(style.WITH_POLICE, name="Sites handed to the police"),
}
_ENDINGS = _panel("Share of incidents", ENDS, is_share=True, height=180)
_NUMBERS = _panel("Incidents a day", NUMBERS)
# Areas there, and lines here, which take a shape each.
_PARTS = {key: replace(look, marker=marker) for (key, look), marker in zip(PARTS.items(), "os^Dv", strict=False)}
_TAKEN = _panel("Section-hours called out a day", {**_PARTS, SUM: style.TAKEN})

PANELS: dict[str, tuple[Panel, ...]] = {
    "coverage-against-troops": (_SHARES,),
    "incidents-against-troops": (_ENDINGS, _panel("Minutes until they are met", TIMES), _NUMBERS, _TAKEN),
    "timeline": (
        _STRENGTH,
        _TENSION,
        _SHARES,
        _panel("Patrols a day", _PATROLS),
        _panel("Vehicles' wait to be checked, minutes", _WAITS),
        _panel("Sites by responsibility", _SITES, is_step=True),
    ),
    "timeline-of-incidents": (_STRENGTH, _TENSION, _NUMBERS, _ENDINGS, _TAKEN),
}
"""Of the figures that have a row a response, by their kind; lines without a value are left out."""

NAMES = {line.key: line.name for panels in PANELS.values() for panel in panels for line in panel.lines}
"""What the responses of these figures are called."""


def panels_with(kind: str, there: Iterable[str]) -> tuple[Panel, ...]:
    """The panels of a kind of figure, with the lines that are there."""
    keys = set(there)
    shown = []
    for panel in PANELS[kind]:
        lines = tuple(line for line in panel.lines if line.key in keys)
        if lines:
            shown.append(Panel(panel.title, lines, panel.is_share, panel.is_step, panel.height))
    return tuple(shown)
