"""An answer as a notebook shows it: its headline, the numbers, what was shortened, and the two pictures."""

from __future__ import annotations

import base64
import html
import io
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.plots import Plot
    from sim.teach.quick_answer import Answer

_DPI = 120
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def answer_html(answer: Answer) -> str:
    """All of an answer, for a page."""
    head = f"<p><b>{html.escape(answer.headline)}</b></p>"
    pictures = f"{picture_html(answer.figure)}{picture_html(answer.map)}"
    return f"{head}{numbers_html(answer)}{words_html(answer)}{pictures}"


def numbers_html(answer: Answer) -> str:
    """Its table, for a page."""
    from sim.plots.style import LOOKS

    rows = [
        (
            LOOKS[row["response"]].name if row["response"] in LOOKS else "Patrols a day, sent out",
            _number(row["mean"], row["unit"]),
            f"±{_NO_BREAK_SPACE}{_number(row['half_width'], row['unit'])}",
            f"{row['n']}",
            _number(row["expected"], row["unit"]),
        )
        for row in answer.table.to_dict("records")
    ]
    confidence = f"{answer.table['confidence'].iloc[0]:.0%} interval"
    heads = ("Share of the task done", "simulated", confidence, "n", "theory")
    head = "".join(_cell("th", one, scope="col", is_name=one is heads[0]) for one in heads)
    body = "".join(
        f"<tr>{_cell('th', name, scope='row', is_name=True)}{''.join(_cell('td', cell) for cell in cells)}</tr>"
        for name, *cells in rows
    )
    return (
        '<table style="font-variant-numeric:tabular-nums;line-height:1.4;border-collapse:collapse">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def words_html(answer: Answer) -> str:
    """What is shortened, for a page."""
    return f'<p style="max-width:70em;line-height:1.4"><small>{html.escape(answer.words)}</small></p>'


def picture_html(plot: Plot) -> str:
    """A figure as an image with its words, for a page."""
    file = io.BytesIO()
    plot.savefig(file, format="png", dpi=_DPI)
    data = base64.b64encode(file.getvalue()).decode()
    width_px = round(plot.get_size_inches()[0] * _DPI)
    return (
        f'<img src="data:image/png;base64,{data}" alt="{html.escape(plot.alt_text)}" '
        f'style="width:100%;max-width:{width_px}px;height:auto">'
    )


def _cell(tag: str, text: str, *, scope: str = "", is_name: bool = False) -> str:
    """A cell of a table: names to the left, numbers to the right."""
    align = "left" if is_name else "right"
    scope = f' scope="{scope}"' if scope else ""
    return f'<{tag}{scope} style="text-align:{align};padding:2px 10px">{html.escape(text)}</{tag}>'


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.3f}" if unit == "share" else f"{value:.1f}"
