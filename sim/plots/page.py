"""A page: the figure with its title above, its key and provenance below, and what it says of itself.

All lengths are inches from the page's lower left corner.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

import sim
from sim.plots.placing import POINTS_PER_INCH, line_height_in, text_width_in, wrapped
from sim.plots.provenance import Run, in_a_sentence, in_full, in_short
from sim.plots.style import GREY, TEXT_PT, TITLE_PT, our_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase

WIDTH_IN = 7.2
MARGIN_IN = 0.1
PNG_DPI = 200
_SHOWN_DPI = 110
_KEY_HEIGHT_IN = 0.22
_HANDLE_EM = 2.0
_BETWEEN_EM = 1.6
_BEFORE_TEXT_EM = 0.8


class Plot(Figure):
    """A matplotlib figure that shows itself in a notebook, with the table that it draws and words for it.

    An SVG or PNG file of it, however it is written, has in its metadata what it shows and the run that it is of:
    `Title`, `Description`, the program (`Creator` of an SVG, `Software` of a PNG), `Identifier` for people, and
    `Source` for programs, JSON as :func:`sim.plots.provenance.in_full` makes it.

    Attributes
    ----------
    table : DataFrame
        What is drawn.
    title, alt_text : str
        What it is, and what it shows, for readers who do not see it.
    identity : str
        The run it is of, for people: scenario, seed, settings, hashes of inputs and code.
    source : str
        The same as JSON, with what was run of each policy.
    """

    table: pd.DataFrame
    title: str
    alt_text: str
    identity: str
    source: str

    def draw(self, renderer: RendererBase) -> None:
        """Draw in our style, whatever the settings are by then."""
        with our_style():
            super().draw(renderer)

    def image(self, kind: str) -> bytes:
        """The figure as a file: `png` or `svg`. Equal figures make equal bytes."""
        file = io.BytesIO()
        with our_style():
            self.savefig(file, format=kind, dpi=PNG_DPI)
        return file.getvalue()

    def savefig(self, fname: Any, **options: Any) -> None:
        """As matplotlib's, with our metadata; those given in `metadata` come before ours."""
        kind = options.get("format")
        if kind is None and isinstance(fname, str | os.PathLike):
            kind = Path(fname).suffix[1:]
        ours = self._metadata(str(kind or mpl.rcParams["savefig.format"]).lower())
        if ours:
            options["metadata"] = ours | dict(options.get("metadata") or {})
        super().savefig(fname, **options)

    def _metadata(self, kind: str) -> dict[str, Any]:
        program = f"peacesim {sim.__version__}"
        ours = {"Title": self.title, "Description": self.alt_text, "Identifier": self.identity, "Source": self.source}
        of_kind: dict[str, dict[str, Any]] = {
            "svg": {**ours, "Creator": program, "Date": None},
            "png": {**ours, "Software": program},
        }
        return of_kind.get(kind, {})

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        width, height = self.get_size_inches()
        return self.image("png"), {"width": round(width * _SHOWN_DPI), "height": round(height * _SHOWN_DPI)}


@dataclass(frozen=True)
class Page:
    """A figure and the room on it that is still free, from `bottom_in` to `top_in`."""

    figure: Plot
    bottom_in: float
    top_in: float

    def axes(self, left_in: float, bottom_in: float, width_in: float, height_in: float, **properties: Any) -> Axes:
        """Add axes; `bottom_in` counts from the free room's bottom."""
        width, height = self.figure.get_size_inches()
        box = (left_in / width, (self.bottom_in + bottom_in) / height, width_in / width, height_in / height)
        return self.figure.add_axes(box, **properties)


def make_page(
    runs: Run | Sequence[Run],
    body_in: float,
    *,
    subtitle: str,
    key: Sequence[Artist],
    notes: Sequence[str],
) -> Page:
    """A page with free room of the given height.

    Parameters
    ----------
    runs : Run or sequence of Run
        What the figure is of, for its title, footer and metadata; several, of one seed, are all named.
    body_in : float
        Height of the free room [in].
    subtitle : str
        What is shown; wrapped.
    key : sequence of Artist
        What line styles mean, in one row, or two if it is too long for one.
    notes : sequence of str
        Parts of the line at the bottom, after the scenario's name and what was set.
    """
    width_in = WIDTH_IN - 2 * MARGIN_IN
    given = [runs] if isinstance(runs, Run) else list(runs)
    title = "; ".join(one.scenario.title for one in given)
    heads = wrapped(title, width_in, TITLE_PT, bold=True)
    lines = wrapped(subtitle, width_in)
    parts, if_there_is_room = in_short(given, notes)
    feet, longer = (wrapped(" · ".join(one), width_in) for one in (parts, [*parts, *if_there_is_room]))
    feet = longer if len(longer) == len(feet) else feet
    n_rows = 1 if _key_width_in(key) <= width_in else 2
    head_in = MARGIN_IN + len(heads) * line_height_in(TITLE_PT) + len(lines) * line_height_in() + 0.08
    foot_in = MARGIN_IN + len(feet) * line_height_in() + (_KEY_HEIGHT_IN * n_rows if key else 0) + 0.04
    height_in = head_in + body_in + foot_in
    figure = Plot(figsize=(WIDTH_IN, height_in), dpi=_SHOWN_DPI)
    figure.title = title
    figure.identity, figure.source = in_a_sentence(given), in_full(given)
    _write_lines(figure, heads, height_in - MARGIN_IN, TITLE_PT, fontweight="bold")
    below = height_in - MARGIN_IN - len(heads) * line_height_in(TITLE_PT) - 0.02
    _write_lines(figure, lines, below, TEXT_PT, color=GREY)
    _write_lines(figure, feet, MARGIN_IN + len(feet) * line_height_in(), TEXT_PT, color=GREY)
    if key:
        figure.legend(
            handles=list(key),
            loc="lower left",
            bbox_to_anchor=(MARGIN_IN / WIDTH_IN, (MARGIN_IN + len(feet) * line_height_in() + 0.06) / height_in),
            ncols=-(-len(key) // n_rows),
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            handlelength=_HANDLE_EM,
            columnspacing=_BETWEEN_EM,
        )
    return Page(figure, foot_in, height_in - head_in)


def _key_width_in(key: Sequence[Artist]) -> float:
    """Width of a key in one row [in]."""
    em_in = TEXT_PT / POINTS_PER_INCH
    texts = sum(text_width_in(str(artist.get_label())) for artist in key)
    return texts + len(key) * (_HANDLE_EM + _BEFORE_TEXT_EM) * em_in + (len(key) - 1) * _BETWEEN_EM * em_in


def _write_lines(figure: Plot, lines: Sequence[str], top_in: float, size_pt: float, **properties: Any) -> None:
    height_in = figure.get_size_inches()[1]
    for index, line in enumerate(lines):
        y = (top_in - (index + 1) * line_height_in(size_pt) + 0.3 * size_pt / 72) / height_in
        figure.text(MARGIN_IN / WIDTH_IN, y, line, fontsize=size_pt, va="baseline", ha="left", **properties)
