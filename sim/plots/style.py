"""How figures look: one colour, marker and name a response, the same in every figure.

Colours are those of Okabe and Ito, which readers with any colour vision tell apart; markers tell the lines apart in
grey.

References
----------
Okabe, M. and Ito, K. (2008). Color Universal Design: how to make figures and presentations that are friendly to
colorblind people. https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.colors import to_hex, to_rgb


@dataclass(frozen=True, slots=True)
class Look:
    """How a response is drawn: its name in figures, colour, marker, and width of its line [pt]."""

    name: str
    colour: str
    marker: str
    width_pt: float = 1.4
    marker_pt: float = 4.6
    is_bold: bool = False


LOOKS = {
    "coverage": Look("Coverage", "#000000", "o", 2.4, is_bold=True),
    "patrol_coverage": Look("Patrol areas visited", "#0072B2", "s"),
    "site_protection": Look("Sites protected", "#D55E00", "^", marker_pt=5.6),
    "checkpoint_fill": Look("Checkpoints manned", "#009E73", "D", marker_pt=4.2),
    "crossing_fill": Look("Crossing points manned", "#CC79A7", "v", marker_pt=5.6),
}
"""The headline and its parts, in the order in which they are drawn in tables and keys."""

TASKED = Look("Tasked", "#8C8C8C", "P", marker_pt=5.2)
COMPLETED = Look("Completed", "#0072B2", "s")
AT_CHECKPOINTS = Look("At checkpoints", "#009E73", "D", marker_pt=4.2)
AT_CROSSING_POINTS = Look("At crossing points", "#CC79A7", "v", marker_pt=5.6)
WITH_FORCE = Look("Left to the force", "#DDD3C0", "s", marker_pt=6)
WITH_POLICE = Look("Handed to the police", "#7A6246", "s", marker_pt=6)
WITH_RESERVES = Look("With reserves", "#E69F00", "s", marker_pt=6)
TENSION = Look("Tension", "#000000", "o", 1.8)
ARISEN = Look("Incidents", "#0072B2", "s")
ESCALATED = Look("Escalations", "#D55E00", "^", marker_pt=5.6)
IN_TIME = Look("Met in time", "#000000", "o", 2.4, is_bold=True)
CONTAINED = Look("Contained", "#009E73", "D", marker_pt=4.2)
UNANSWERED = Look("Unanswered", "#D55E00", "v", marker_pt=5.6)
HALF_MET = Look("50 % met after", "#56B4E9", "s")
MOST_MET = Look("90 % met after", "#0072B2", "D", marker_pt=4.2)
TAKEN = Look("Together", "#000000", "o")
FROM_POSTS = Look("From posts", "#A8759A", "s", marker_pt=6)
FROM_RESERVE = Look("From the reserve", "#DDAC4C", "s", marker_pt=6)
WITHOUT_TASK = Look("Without a task", "#E4F0E6", "s", marker_pt=6)
FROM_PATROLS = Look("From patrols", "#2C5D87", "s", marker_pt=6)

INK = "#000000"
GREY = "#595959"
LINE_GREY = "#8C8C8C"
GRID = "#E3E3E3"
TEXT_PT = 8.0
TITLE_PT = 10.5
BAND_OPACITY = 0.22

_OURS: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so that a figure is the same everywhere
    "font.size": TEXT_PT,
    "axes.titlesize": TEXT_PT,
    "axes.labelsize": TEXT_PT,
    "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT,
    "legend.fontsize": TEXT_PT,
    "text.parse_math": False,  # a dollar sign in a scenario's title is a dollar sign
    "text.usetex": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",
    "svg.hashsalt": "peacesim",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}

_CONTRAST = 4.5
_OF_THE_SESSION = ("backend", "interactive", "toolbar", "date.epoch", "webagg", "figure.max_open_warning")


@contextlib.contextmanager
def our_style() -> Iterator[None]:
    """Matplotlib's defaults and our settings while the context lasts, whatever the user's are."""
    settings: Any = {name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith(_OF_THE_SESSION)}
    with mpl.rc_context(settings | _OURS):
        yield


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 (black) to 1 (white), as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def for_text(colour: str) -> str:
    """The colour, darkened until small text in it can be read on white (contrast 4.5, WCAG 2 AA)."""
    dark = colour
    while 1.05 / (luminance(dark) + 0.05) < _CONTRAST:
        red, green, blue = to_rgb(dark)
        dark = to_hex((0.95 * red, 0.95 * green, 0.95 * blue))
    return dark
