"""Figures as a page shows them: pictures that need no script, the table they draw, and an interactive chart.

The pictures are those that the command line writes: SVG, or a PNG of few colours where the SVG is large. They, the
tables and the charts share what room a page has: figures come in order of weight, and those that find no room are
named instead of shown.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.html import image_address, packed_element
from sim.plots.comparing import response_name
from sim.plots.page import PNG_DPI
from sim.plots.writing import Drawing, drawings, drawings_of_comparison
from sim.report.captions import WORDS_OF_SIGNS, alt_text, caption, heading, means_in_words
from sim.report.panels import NAMES
from sim.report.views import View, view_of_plot
from sim.response_list import RESPONSES

if TYPE_CHECKING:
    import pandas as pd

    from sim.plots import Plot
    from sim.report.charts import Chart
    from sim.report.subject import Subject

_LARGE_SVG = 150_000
_LEAST_ROOM = 60_000
"""With less left, no figure is drawn to see whether it fits."""
_COLOURS = 96
_CELL_BYTES = 40
_FOR_THE_LAST_CHART_BYTES = 120_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A static picture: address, size [CSS px], alternative text, caption, what it is of where there are several."""

    address: str
    width: int
    height: int
    alt_text: str
    caption: str
    of: str


@dataclass(frozen=True, eq=False)
class Exhibit:
    """Figures of one kind, one a policy.

    Attributes
    ----------
    id
        Of its element.
    heading
        What it shows.
    pictures, views
        A picture and its table, one a figure.
    rows
        Those of the chart, as JSON by column; days are midnights where the reader is. Empty if there is no chart.
    chart
        The interactive one, if there is one.
    """

    id: str
    heading: str
    pictures: tuple[Picture, ...]
    views: tuple[View, ...]
    rows: bytes
    chart: Chart | None


def exhibits(
    subject: Subject, *, room: int, is_interactive: bool, progress: Callable[[str], None] | None = None
) -> tuple[list[Exhibit], list[str]]:
    """Every figure that suits a subject and finds room, and the names of those that do not.

    Parameters
    ----------
    subject : Subject
        What is drawn.
    room : int
        Bytes that pictures, and rows of charts, may take in the page.
    is_interactive : bool
        Whether there are charts.
    progress : callable, optional
        Told which figure is drawn.
    """
    say = progress or (lambda _: None)
    groups = list(_groups(subject))
    n_figures = sum(len(group) for _, group, _ in groups)
    n = 0
    made: list[Exhibit] = []
    left_out: list[str] = []
    kept_free = _FOR_THE_LAST_CHART_BYTES if is_interactive else 0
    room -= kept_free
    for kind, group, chart in groups:
        figures = []
        for drawing in group:
            n += 1
            made_now = None
            if room >= _LEAST_ROOM:
                say(f"Figure {n} of {n_figures}: {drawing.name}")
                made_now = _figure(subject, drawing, has_several=len(group) > 1)
            if made_now is None or made_now.n_bytes > room:
                left_out.append(drawing.name)
                continue
            room -= made_now.n_bytes
            figures.append(made_now)
        if figures:
            title = heading(kind, subject.comparison)
            made.append(_exhibit(f"figure-{len(made) + 1}", title, figures, chart if is_interactive else None))
            if _n_bytes_of_chart(made[-1]) > room + kept_free:
                made[-1] = replace(made[-1], rows=b"", chart=None)
            room -= _n_bytes_of_chart(made[-1])
    return made, left_out


@dataclass(frozen=True, eq=False)
class _Figure:
    """One figure of an exhibit: as it is drawn, as a picture, and its table; and what it takes in the page."""

    drawing: Drawing
    plot: Plot
    picture: Picture
    view: View

    @property
    def n_bytes(self) -> int:
        cells = (cell for row in (self.view.headings, *self.view.rows) for cell in row)
        return (
            len(self.picture.address) + 3 * len(self.picture.caption) + sum(len(cell) + _CELL_BYTES for cell in cells)
        )


def _n_bytes_of_chart(exhibit: Exhibit) -> int:
    if exhibit.chart is None:
        return 0
    return len(packed_element("", exhibit.rows)) + 2 * len(json.dumps(exhibit.chart.spec))


_MakeChart = Callable[[Sequence[Drawing], "pd.DataFrame", str], "Chart"]


def _groups(subject: Subject) -> Iterator[tuple[str, list[Drawing], _MakeChart]]:
    """Figures by kind and scenario, with what makes their chart; those of a comparison first."""
    comparison = subject.comparison
    if comparison is not None:
        for drawing in drawings_of_comparison(comparison):
            yield drawing.kind, [drawing], _of_comparison(subject)
    for part in subject.parts:
        kinds: dict[str, list[Drawing]] = {}
        for drawing in drawings(part.results):
            kinds.setdefault(drawing.kind, []).append(drawing)
        for kind, group in kinds.items():
            named = [replace(one, name=f"{part.scenario.name}: {one.name}") for one in group]
            yield kind, named if len(subject.parts) > 1 else group, _of_results(part.results)


def _of_comparison(subject: Subject) -> _MakeChart:
    from sim.report.charts import chart_of_comparison

    comparison = subject.comparison
    assert comparison is not None

    def make(group: Sequence[Drawing], table: pd.DataFrame, description: str) -> Chart:
        return chart_of_comparison(group[0].kind, comparison, table, description)

    return make


def _of_results(results: Any) -> _MakeChart:
    from sim.report.charts import chart_of_results

    def make(group: Sequence[Drawing], table: pd.DataFrame, description: str) -> Chart:
        policies = [one.policy for one in group if one.policy is not None]
        return chart_of_results(group[0].kind, results, policies, table, description)

    return make


def _figure(subject: Subject, drawing: Drawing, *, has_several: bool) -> _Figure:
    """Draw a figure."""
    plot = drawing.make()
    of = _of(subject, drawing) if has_several else ""
    responses = plot.table.get("response", ())
    names = (
        {"met_within": "met within"} | {name: response_name(name) for name in responses if name in RESPONSES} | NAMES
    )
    title = heading(drawing.kind, subject.comparison)
    view = view_of_plot(
        _readable(plot.table, subject), f"{title}{f': {of}' if of else ''}", names, every=_file_of(subject, drawing)
    )
    said = caption(drawing.kind, plot, subject.comparison, of)
    return _Figure(drawing, plot, _picture(plot, of, alt_text(drawing.kind, of), said), view)


def _readable(table: pd.DataFrame, subject: Subject) -> pd.DataFrame:
    """A figure's table without verdicts that nobody asked for, and with words for what no verdict is."""
    if subject.comparison is not None and subject.comparison.delta is None:
        table = table.drop(columns=["p_not_worse", "verdict"], errors="ignore")
    return table.assign(shown=table["shown"].replace(WORDS_OF_SIGNS)) if "shown" in table else table


def _file_of(subject: Subject, drawing: Drawing) -> str:
    """Where all rows of a figure's table are."""
    name = drawing.name.rpartition(": ")[2]
    file = Path("figures") / f"{name}.csv"
    folders = [subject.folder, *(part.folder for part in subject.parts)]
    if any(folder is not None and (folder / file).exists() for folder in folders):
        return f"{file.as_posix()} in the folder of the results"
    return f"{name}.csv, which sim.plots.write_figures writes"


def _exhibit(key: str, title: str, figures: Sequence[_Figure], make_chart: _MakeChart | None) -> Exhibit:
    import pandas as pd

    *others, last = (one.picture for one in figures)
    means = means_in_words(figures[-1].drawing.kind, figures[-1].plot.table)
    pictures = (*others, replace(last, caption=last.caption + means))
    views = tuple(one.view for one in figures)
    if make_chart is None:
        return Exhibit(key, title, pictures, views, b"", None)
    table = pd.concat([one.plot.table for one in figures], ignore_index=True)
    chart = make_chart([one.drawing for one in figures], table, alt_text(figures[0].drawing.kind))
    return Exhibit(key, title, pictures, views, _by_column(chart.table), chart)


def _by_column(table: pd.DataFrame) -> bytes:
    """A table as JSON: a list a column, numbers to six digits, what is missing or infinite as null."""
    columns = {}
    for name in map(str, table):
        values = table[name].astype(object).where(table[name].notna(), None).tolist()
        columns[name] = [_in_json(value) for value in values]
    return json.dumps(columns, separators=(",", ":"), allow_nan=False).encode()


def _in_json(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return f"{value:%Y-%m-%d}T00:00"
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def _of(subject: Subject, drawing: Drawing) -> str:
    if drawing.policy is None:
        return ""
    titles = [
        part.scenario.policy[drawing.policy].title for part in subject.parts if drawing.policy in part.scenario.policy
    ]
    return titles[0] if titles else drawing.policy


def _picture(plot: Plot, of: str, alt: str, said: str) -> Picture:
    """The figure as it needs least room: as SVG while that is small, else as PNG of few colours."""
    width, height = (round(96 * inches) for inches in plot.get_size_inches())
    svg = _without_needless_digits(plot.image("svg").decode()).encode()
    address = image_address(svg, "svg")
    if len(svg) > _LARGE_SVG:
        address = min(address, image_address(_of_few_colours(plot.image("png")), "png"), key=len)
    return Picture(address, width, height, alt, said, of)


def _without_needless_digits(svg: str) -> str:
    """The same SVG with coordinates of paths to a hundredth of a point, and without line breaks."""

    def shorter(path: re.Match[str]) -> str:
        numbers = re.sub(r"-?\d+\.\d{3,}", lambda one: f"{float(one[0]):.2f}".rstrip("0").rstrip("."), path[1])
        return f' d="{numbers.strip()}"'

    return re.sub(r"\s+", " ", re.sub(r' d="([^"]*)"', shorter, svg))


def _of_few_colours(png: bytes) -> bytes:
    """The same PNG with a palette, and with what it says of itself."""
    from PIL import Image, PngImagePlugin

    image = Image.open(io.BytesIO(png))
    said = PngImagePlugin.PngInfo()
    for key, text in getattr(image, "text", {}).items():
        said.add_itxt(key, text)
    few = image.convert("RGB").quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, format="png", optimize=True, pnginfo=said, dpi=(PNG_DPI, PNG_DPI))
    return file.getvalue()
