"""What a reader of a figure can see: its texts, where they stand, and its artists by name."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from sim.plots import Plot


def by_gid(plot: Plot, gid: str) -> Artist:
    found = [artist for artist in plot.findobj() if artist.get_gid() == gid]
    assert len(found) == 1, f"{len(found)} artists {gid!r}"
    return found[0]


def line(plot: Plot, gid: str) -> Line2D:
    artist = by_gid(plot, gid)
    assert isinstance(artist, Line2D)
    return artist


def gids(plot: Plot, beginning: str) -> list[str]:
    return sorted(str(a.get_gid()) for a in plot.findobj() if str(a.get_gid()).startswith(beginning))


def texts(plot: Plot) -> list[str]:
    return [text.get_text() for text, _ in _shown(plot)]


def x_values(one: Line2D) -> NDArray[np.float64]:
    return np.asarray(one.get_xdata(), dtype=float)


def y_values(one: Line2D) -> NDArray[np.float64]:
    return np.asarray(one.get_ydata(), dtype=float)


def assert_readable(plot: Plot) -> None:
    """No text on another, none beyond the page, none below 8 points."""
    shown = list(_shown(plot))
    assert len(shown) > 5
    page = plot.bbox
    for text, box in shown:
        assert float(text.get_fontsize()) >= 8
        assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{text.get_text()!r} is cut off"
        assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{text.get_text()!r} is cut off"
    for (one, a), (other, b) in combinations(shown, 2):
        overlap = Bbox.intersection(a, b)
        is_on_it = overlap is not None and min(overlap.width, overlap.height) > 1.0
        assert not is_on_it, f"{one.get_text()!r} lies on {other.get_text()!r}"


def _shown(plot: Plot) -> Iterator[tuple[Text, Bbox]]:
    canvas = FigureCanvasAgg(plot)
    canvas.draw()  # type: ignore[no-untyped-call]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    for artist in plot.findobj(Text):
        assert isinstance(artist, Text)
        if artist.get_visible() and artist.get_text() and _is_on_axis(artist, plot):
            box = artist.get_window_extent(renderer)
            if box.width > 0:
                yield artist, box


def _is_on_axis(text: Text, plot: Plot) -> bool:
    """Whether it is drawn: tick labels beyond the limits of their axis exist and are not."""
    for ax in plot.axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = sorted(limits)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if text in (tick.label1, tick.label2):
                    slack = 1e-9 * (high - low)
                    return low - slack <= tick.get_loc() <= high + slack
    return True
