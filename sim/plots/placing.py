"""Where labels go: pure functions that keep text from lying on text. Lengths are in inches, font sizes in points."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from sim.plots.style import TEXT_PT

POINTS_PER_INCH = 72
LINE_SPACING = 1.3


@functools.lru_cache(maxsize=10_000)
def text_width_in(text: str, size_pt: float = TEXT_PT, *, bold: bool = False) -> float:
    """Width of one line of text [in]."""
    font = FontProperties(family="DejaVu Sans", size=size_pt, weight="bold" if bold else "normal")
    width_pt: float = text_to_path.get_text_width_height_descent(text, font, False)[0]
    return width_pt / POINTS_PER_INCH


def line_height_in(size_pt: float = TEXT_PT) -> float:
    """Distance between lines of text [in]."""
    return LINE_SPACING * size_pt / POINTS_PER_INCH


def shortened(text: str, width_in: float, size_pt: float = TEXT_PT, *, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis."""
    if text_width_in(text, size_pt, bold=bold) <= width_in:
        return text
    kept = text
    while kept and text_width_in(f"{kept}…", size_pt, bold=bold) > width_in:
        kept = kept[:-1].rstrip()
    return f"{kept}…"


def wrapped(text: str, width_in: float, size_pt: float = TEXT_PT, *, bold: bool = False) -> list[str]:
    """The text in lines that fit the width, broken between words; a longer word is shortened."""
    lines: list[str] = []
    for word in filter(None, re.split(r"[ \t\r\n]+", text)):  # a no-break space does not end a word
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_in(longer, size_pt, bold=bold) <= width_in:
            lines[-1] = longer
        else:
            lines.append(shortened(word, width_in, size_pt, bold=bold))
    return lines


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart, in the order of `wanted` and as near to it as least squares can.

    Parameters
    ----------
    wanted : sequence of float
        Where labels would be, in ascending order.
    gap, low, high : float
        Least distance, and the bounds; if there is no room for all, they begin at `low` and go beyond `high`.

    References
    ----------
    Barlow, R. E. et al. (1972). Statistical Inference under Order Restrictions. Wiley: pooling adjacent violators.

    Examples
    --------
    >>> spread([0.5, 0.5, 0.9], 0.1, 0, 1)
    [0.45, 0.55, 0.9]
    """
    if not wanted:
        return []
    blocks: list[tuple[float, int]] = []  # mean and size, means ascending
    for index, position in enumerate(wanted):
        mean, size = position - index * gap, 1
        while blocks and blocks[-1][0] > mean:
            other, n = blocks.pop()
            mean, size = (mean * size + other * n) / (size + n), size + n
        blocks.append((mean, size))
    free = np.repeat([mean for mean, _ in blocks], [size for _, size in blocks])
    room = max(high - low - (len(wanted) - 1) * gap, 0.0)
    return [round(float(x), 9) for x in np.clip(free, low, low + room) + gap * np.arange(len(wanted))]


def stagger(left: Sequence[float], width: Sequence[float], gap: float) -> list[int]:
    """Rows for texts above their marks, 0 the lowest, so that no text lies on a text or on another mark's line.

    A text begins at its mark; the mark's line rises to its row. So whatever stands under a text must be in a lower row.

    Parameters
    ----------
    left, width : sequence of float
        Where each text begins, and its width.
    gap : float
        Least distance between texts of a row.

    Examples
    --------
    >>> stagger([0.0, 0.5, 3.0], [1.0, 1.0, 1.0], 0.1)
    [1, 0, 0]
    """
    rows = [0] * len(left)
    order = sorted(range(len(left)), key=lambda i: (left[i], i), reverse=True)
    for place, i in enumerate(order):
        covered = [rows[j] for j in order[:place] if left[j] < left[i] + width[i] + gap]
        rows[i] = max(covered, default=-1) + 1
    return rows
