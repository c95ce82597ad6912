"""A film as a GIF, or one picture of it: still maps, each with the sections that are on tour or sent then.

For slides and messages; the page shows more. Frames share one palette, so that equal films make equal bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.animation.page import CALL, INCIDENT, TOUR, still_of
from sim.animation.positions import Positions
from sim.files import write_atomically

if TYPE_CHECKING:
    from PIL.Image import Image

    from sim.animation.animation import Animation
    from sim.animation.film import Film
    from sim.plots.map_panel import Ground
    from sim.scenario.schema import Scenario
    from sim.trace import Trace

MOST_FRAMES = 57
"""A week in steps of three hours."""

_HOUR_S = 3600
_STEPS_H = (0.5, 1, 2, 3, 6, 12, 24, 48, 96, 168)
_COLOURS = 128  # which leaves one free for "as in the frame before"
_ABOVE_NAMES = 10
_FRAME_MS = 250
_WIDTH_PX = 720
PANEL_IN = (4.4, 4.6)
"""Width of the map, and its height at most [in]."""

_SIDE_IN, _GAP_IN = 2.3, 0.2


def write_gif(animation: Animation, path: Path, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Write a film as a GIF, whole or not at all.

    Parameters
    ----------
    animation
        What it is of.
    path
        The file.
    progress
        Called with the number of frames drawn and in all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    from PIL import Image as Pillow

    instants = instants_of(animation.film)
    draw = _Frames(animation)
    frames: list[Image] = []
    for n_done, at_s in enumerate(instants):
        if progress is not None:
            progress(n_done, len(instants))
        frames.append(draw.at(at_s))
    palette = _palette(frames)
    drawn = [frame.quantize(palette=palette, dither=Pillow.Dither.NONE) for frame in frames]
    file = io.BytesIO()
    drawn[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=drawn[1:],
        duration=_FRAME_MS,
        loop=0,
        disposal=1,
        optimize=True,
        comment=draw.source,
    )
    write_atomically(path, file.getvalue())
    if progress is not None:
        progress(len(instants), len(instants))


def still(animation: Animation) -> bytes:
    """One frame as a PNG, that of :func:`sim.animation.page.still_of`, for a page whose scripts may not run."""
    from PIL import Image as Pillow

    frame = _Frames(animation).at(still_of(animation.film))
    file = io.BytesIO()
    frame.quantize(palette=_palette([frame]), dither=Pillow.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def instants_of(film: Film) -> list[int]:
    """Instants [s] of the frames: steps of a round length from the film's beginning, no more than MOST_FRAMES."""
    span_s = film.to_s - film.from_s
    step_s = next(
        (round(hours * _HOUR_S) for hours in _STEPS_H if span_s / (hours * _HOUR_S) <= MOST_FRAMES - 1),
        -(-span_s // (MOST_FRAMES - 1)),
    )
    return list(range(film.from_s, film.to_s + 1, step_s))


def _palette(frames: list[Image]) -> Image:
    """One palette for all: that of a few frames side by side."""
    from PIL import Image as Pillow

    some = frames[:: max(1, len(frames) // 4)]
    width, height = frames[0].size
    strip = Pillow.new("RGB", (width, height * len(some)))
    for index, frame in enumerate(some):
        strip.paste(frame, (0, index * height))
    return strip.quantize(_COLOURS, method=Pillow.Quantize.FASTOCTREE)


class _Frames:
    """Draws the frames of a film."""

    def __init__(self, animation: Animation) -> None:
        from sim.model import layout_of
        from sim.plots.map_panel import lay_ground
        from sim.plots.provenance import Run

        self._scenario: Scenario = animation.scenario
        self._trace: Trace = animation.trace
        self._positions = Positions(animation.scenario, animation.trace, animation.film)
        trace = animation.trace
        ran = {"policy": trace.policy, "troops": trace.troops, "replication": trace.replication}
        self._run = Run(animation.scenario, [ran])
        self._ground: Ground = lay_ground(layout_of(self._scenario), *PANEL_IN)

    @property
    def source(self) -> bytes:
        """The run, as figures have it in their metadata."""
        from sim.plots.provenance import in_full

        return in_full([self._run]).encode()

    def at(self, at_s: int) -> Image:
        """The frame of an instant [s]."""
        from PIL import Image as Pillow

        from sim.plots.map import when
        from sim.plots.map_key import colours_height_in, counts_height_in, draw_colours, draw_counts
        from sim.plots.map_panel import draw_mark, draw_panel
        from sim.plots.page import MARGIN_IN, make_page
        from sim.plots.placing import line_height_in
        from sim.plots.style import GREY, INK, our_style
        from sim.responses.snapshot import take_snapshot

        snapshot, frame = take_snapshot(self._scenario, self._trace, at_s), self._ground.frame
        find = self._positions
        tours, sent, incidents = (frame.place(one) for one in (find.tours(at_s), find.sent(at_s), find.incidents(at_s)))
        counts_in, colours_in = counts_height_in([snapshot]), colours_height_in([snapshot], _SIDE_IN)
        words = f"{when(self._scenario, at_s)}, {int(snapshot.strength.sum()):,} soldiers"
        with our_style():
            page = make_page(
                self._run,
                max(frame.height_in, 3.8),
                subtitle=words,
                key=(),
                notes=[f"policy {snapshot.policy}", f"replication {snapshot.replication}"],
            )
            panel = page.axes(MARGIN_IN, 0, frame.width_in, frame.height_in)
            draw_panel(panel, self._scenario, snapshot, self._ground)
            for gid, marker, size_pt, look, at in (
                ("sections on tour", "o", 3.6, {"markerfacecolor": TOUR, "markeredgecolor": INK}, tours),
                ("incidents", "D", 8.0, {"markerfacecolor": INCIDENT, "markeredgecolor": INK}, incidents),
                ("sections sent", "D", 4.6, {"markerfacecolor": CALL, "markeredgecolor": "white"}, sent),
            ):
                if len(at):
                    draw_mark(panel, at, marker, size_pt, {**look, "markeredgewidth": 0.6}, gid)
                    panel.lines[-1].set_zorder(_ABOVE_NAMES)
            left_in, top_in = MARGIN_IN + frame.width_in + _GAP_IN, page.top_in - page.bottom_in
            side = page.axes(left_in, top_in - counts_in, _SIDE_IN, counts_in)
            _plain(side, _SIDE_IN, counts_in)
            draw_counts(side, [snapshot], snapshot, self._ground.cell_pt)
            top_in -= counts_in + 0.2 + colours_in
            side = page.axes(left_in, top_in, _SIDE_IN, colours_in)
            _plain(side, _SIDE_IN, colours_in)
            draw_colours(side, self._scenario, [snapshot])
            top_in -= 0.25
            rows = [(f"{len(tours):,} sections on tour", "o", TOUR, INK)]
            if self._scenario.incidents is not None:
                rows.append((f"{len(sent):,} sections sent to incidents", "D", CALL, "white"))
                rows.append((f"{len(incidents):,} open incidents", "D", INCIDENT, INK))
            height_in = len(rows) * 1.3 * line_height_in()
            side = page.axes(left_in, top_in - height_in, _SIDE_IN, height_in)
            _plain(side, _SIDE_IN, height_in)
            for index, (text, marker, fill, edge) in enumerate(rows):
                y = height_in - (index + 0.6) * 1.3 * line_height_in()
                look = {"markerfacecolor": fill, "markeredgecolor": edge}
                draw_mark(side, np.array([[0.06, y]]), marker, 5.0, look, f"key of {text}")
                side.text(0.2, y, text, va="center", color=GREY)
        page.figure.title, page.figure.alt_text = self._scenario.title, words
        with Pillow.open(io.BytesIO(page.figure.image("png"))) as image:
            height = round(image.height * _WIDTH_PX / image.width)
            return image.convert("RGB").resize((_WIDTH_PX, height), Pillow.Resampling.LANCZOS)


def _plain(ax: Any, width_in: float, height_in: float) -> None:
    ax.set_xlim(0, width_in)
    ax.set_ylim(0, height_in)
    ax.set_axis_off()
