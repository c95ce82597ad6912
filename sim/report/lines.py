"""Interactive charts of lines: panels one below the other that share an axis, with choices, hover and zoom.

Charts have no width of their own: the page's script gives it, and takes `usermeta.beside`, the room [px] beside what
is drawn, off the page's width. Their data, `table`, is the figure's table as CSV, which the script puts in.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.report.panels import Panel

LEAST_N_OF_BAND = 3
_BESIDE = 64
_LINE_PX, _BOLD_PX = 1.8, 3.0
_RULE_COLOUR = "#8C8C8C"
_NAME_COLOUR = "#404040"
_NAME_PX, _NAME_FOOT_PX, _LETTER_PX = 13, 8, 5.8
_WIDTHS_PX = (520, 220)
"""Of a panel on a wide and on a narrow page, for which names are kept apart."""
_LAST_ON_THE_RIGHT = 0.55
"""Names of upright lines stand to the right of them, and from here on to the left."""
ZOOM = "zoom"
MEANS = (
    ("mean", "mean", ""),
    ("half_width", "±", ""),
    ("lowest", "lowest", ""),
    ("highest", "highest", ""),
    ("n", "replications", ",d"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader may choose: a signal of the chart, and its values, one at a time or any of them.

    An option is (value, words) or, where any may be chosen, (value, words, colour, shape).
    """

    signal: str
    label: str
    options: tuple[tuple[str, ...], ...]
    is_many: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis that the panels share: its column, `quantitative` or `temporal`, title, and how its values are told."""

    column: str
    type: str
    title: str
    format: str


def lines_chart(
    panels: Sequence[Panel],
    axis: Axis,
    choices: Sequence[Choice],
    *,
    series: str,
    description: str,
    marks: Sequence[Mapping[str, Any]] = (),
    value: str = "mean",
    with_theory: Sequence[str] = (),
    columns: Sequence[tuple[str, str, str]] = MEANS,
) -> dict[str, Any]:
    """A chart of lines, as Vega-Lite.

    Parameters
    ----------
    panels : sequence of Panel
        One below the other.
    axis : Axis
        That they share.
    choices : sequence of Choice
        Signals by which rows are filtered: the choice of `shown` is of lines, others of a column of their name.
    series : str
        Expression of a row that gives its line's key.
    description : str
        Alternative text.
    marks : sequence of mapping
        Upright lines, with `at` on the axis, `label`, and `share`, how far along the axis they stand.
    value : str
        Column that is drawn, with `half_width` around it.
    with_theory : sequence of str
        Keys of lines that have a dashed line of the column `expected`.
    columns : sequence of (str, str, str)
        Column, title and format (empty: that of the panel) of what is told on hover.

    Returns
    -------
    dict
        The specification, without widths and data.
    """
    import altair as alt

    charts = []
    for number, panel in enumerate(panels):
        is_last = number == len(panels) - 1
        chart = _panel_chart(panel, axis, choices, series, value, marks, with_theory, columns, number, is_last=is_last)
        charts.append(chart)
    with warnings.catch_warnings():
        # One zoom for all panels is meant.
        warnings.filterwarnings("ignore", "Automatically deduplicated", UserWarning)
        whole = alt.vconcat(*charts, spacing=14)
    whole = whole.resolve_scale(color="independent", shape="independent", x="shared")
    if marks:
        whole = whole.add_params(alt.param(name="is_narrow", value=False))
    for choice in choices:
        first = choice.options[0][0]
        default = [option[0] for option in choice.options] if choice.is_many else first
        whole = whole.add_params(alt.param(name=choice.signal, value=default))
    return finished(whole, description, beside=_BESIDE)


def finished(chart: Any, description: str, *, beside: int, narrow_height: int | None = None) -> dict[str, Any]:
    """A chart's specification in the report's style, checked against the schema of Vega-Lite.

    What stands beside it takes so many pixels; on a narrow page it may be of another height.
    """
    narrow = {} if narrow_height is None else {"narrowHeight": narrow_height}
    styled = chart.properties(
        description=description, usermeta={"beside": beside, **narrow}, autosize={"type": "pad", "contains": "padding"}
    )
    styled = (
        styled.configure(font="system-ui, sans-serif", background="transparent", padding=2)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor="#404040",
            titleColor="#404040",
            gridColor="#E3E3E3",
            domainColor="#8C8C8C",
            tickColor="#8C8C8C",
            labelLimit=170,
        )
        .configure_axisQuantitative(tickCount=8)
        .configure_title(
            anchor="start",
            frame="group",
            fontSize=13,
            fontWeight=600,
            color="#1a1a1a",
            offset=6,
            subtitleColor=_NAME_COLOUR,
            subtitleFontSize=12,
        )
        .configure_legend(disable=True)
    )
    spec: dict[str, Any] = styled.to_dict()
    spec.pop("$schema", None)
    return spec


def filters(choices: Sequence[Choice]) -> list[str]:
    """Expressions that keep the rows that a reader has chosen."""
    return [
        f"indexof({one.signal}, datum.line) >= 0" if one.is_many else f"datum.{one.signal} === {one.signal}"
        for one in choices
    ]


def _panel_chart(
    panel: Panel,
    axis: Axis,
    choices: Sequence[Choice],
    series: str,
    value: str,
    marks: Sequence[Mapping[str, Any]],
    with_theory: Sequence[str],
    columns: Sequence[tuple[str, str, str]],
    place: int,
    *,
    is_last: bool,
) -> Any:
    import altair as alt

    keys = [line.key for line in panel.lines]
    names = {line.key: line.name for line in panel.lines}
    kind = {"quantitative": "Q", "temporal": "T"}[axis.type]
    chosen = alt.Chart(alt.NamedData(name="table")).transform_calculate(line=series)
    chosen = chosen.transform_filter(f"indexof({quoted(keys)}, datum.line) >= 0 && isValid(datum.{value})")
    for expression in filters(choices):
        chosen = chosen.transform_filter(expression)
    x = alt.X(
        f"{axis.column}:{kind}",
        title=axis.title if is_last else None,
        scale=alt.Scale(zero=False, nice=True, padding=8) if axis.type == "quantitative" else alt.Undefined,
        axis=alt.Axis(grid=False, labelOverlap=True, labels=is_last, tickCount=6, format=_tick_format(axis)),
    )
    scale = alt.Scale(zero=True, domainMin=0) if value == "mean" else alt.Scale()
    if panel.is_share and value == "mean":
        scale = alt.Scale(domain=[0, 1.02], nice=False)
    y_axis = alt.Axis(format="%" if panel.is_share else alt.Undefined, tickCount=4, domain=False, ticks=False)
    y = alt.Y(f"{value}:Q", title=None, scale=scale, axis=y_axis)
    colour = alt.Color("line:N", scale=_scale(keys, [line.colour for line in panel.lines]))
    shape = alt.Shape("line:N", scale=_scale(keys, [line.shape for line in panel.lines]))
    interpolate: Any = "step-after" if panel.is_step else "linear"
    number = ".1%" if panel.is_share else ",.4~r"
    is_bold = f"indexof({quoted([line.key for line in panel.lines if line.is_bold])}, datum.line) >= 0"
    layers = [
        chosen.transform_filter(f"datum.n >= {LEAST_N_OF_BAND} && isValid(datum.half_width)")
        .transform_calculate(low=f"datum.{value} - datum.half_width", high=f"datum.{value} + datum.half_width")
        .mark_area(opacity=0.2, interpolate=interpolate, clip=True)
        .encode(x=x, y=alt.Y("low:Q", title=None, scale=scale, axis=y_axis), y2="high:Q", color=colour)
    ]
    if marks:
        inline = alt.InlineData([{"at": mark["at"], "label": mark["label"]} for mark in marks])
        rules = alt.Chart(inline).encode(x=alt.X(f"at:{kind}", title=axis.title if is_last else None))
        rules = rules.mark_rule(strokeDash=[3, 3], color=_RULE_COLOUR, clip=True)
        layers.append(
            rules.encode(
                tooltip=[
                    alt.Tooltip("label:N", title="mark"),
                    alt.Tooltip(f"at:{kind}", title=axis.title or axis.column, format=axis.format),
                ]
            )
        )
    for key in (one for one in with_theory if one in keys):
        theory = chosen.transform_filter(f"datum.line === {quoted(key)} && isValid(datum.expected)")
        dashed = theory.mark_line(strokeDash=[5, 4], strokeWidth=1.3, clip=True)
        layers.append(dashed.encode(x=x, y=alt.Y("expected:Q", title=None, scale=scale, axis=y_axis), color=colour))
    layers.append(
        chosen.mark_line(interpolate=interpolate, clip=True).encode(
            x=x, y=y, color=colour, strokeWidth=alt.condition(is_bold, alt.value(_BOLD_PX), alt.value(_LINE_PX))
        )
    )
    under = alt.selection_point(name=f"under_{place}", on="pointermove", clear="pointerout", nearest=True, empty=False)
    size = 55 if axis.column == "troops" else 0
    points = chosen.mark_point(filled=True, clip=True, opacity=1, stroke="white", strokeWidth=0.8).encode(
        x=x,
        y=y,
        color=colour,
        shape=shape,
        size=alt.condition(under, alt.value(95), alt.value(size)),
        tooltip=alt.value(alt.expr(_told(names, axis, columns, number))),
    )
    layers.append(
        points.add_params(
            under, alt.selection_interval(name=ZOOM, bind="scales", encodings=["x"], zoom="wheel![event.shiftKey]")
        )
    )
    if marks and place == 0:
        layers += _names_of_marks(marks, kind, panel.height)
    return alt.layer(*layers).properties(height=panel.height, title=panel.title)


def _names_of_marks(marks: Sequence[Mapping[str, Any]], kind: str, height: int) -> list[Any]:
    """Names beside upright lines, at the foot of a panel, in as many rows as keep them apart; each has a pale edge."""
    import altair as alt

    wide, narrow = (_rows_of_names(marks, width) for width in _WIDTHS_PX)
    layers = []
    for mark, row, narrow_row in zip(marks, wide, narrow, strict=True):
        is_left = mark["share"] > _LAST_ON_THE_RIGHT
        data = alt.Chart(alt.InlineData([{"at": mark["at"], "label": mark["label"]}]))
        at = [height - _NAME_FOOT_PX - _NAME_PX * one for one in (narrow_row, row)]
        place = {
            "x": alt.X(f"at:{kind}"),
            "y": alt.value(alt.expr(f"is_narrow ? {at[0]} : {at[1]}")),
            "text": "label:N",
        }
        align: Any = "right" if is_left else "left"
        look: dict[str, Any] = {"align": align, "dx": -4 if is_left else 4, "fontSize": 11, "clip": True}
        room = [round((mark["share"] if is_left else 1 - mark["share"]) * width) - 8 for width in _WIDTHS_PX]
        look["limit"] = alt.expr(f"is_narrow ? {room[1]} : {room[0]}")
        layers.append(data.mark_text(**look, stroke="white", strokeWidth=3, opacity=0.85).encode(**place))
        layers.append(data.mark_text(**look, color=_NAME_COLOUR).encode(**place))
    return layers


def _rows_of_names(marks: Sequence[Mapping[str, Any]], width_px: int) -> list[int]:
    """The row from the foot in which each name stands, on a panel of a width."""
    ends: list[list[tuple[float, float]]] = []
    rows = []
    for mark in marks:
        at, length = mark["share"] * width_px, _LETTER_PX * len(mark["label"]) + 8
        low, high = (at - length, at) if mark["share"] > _LAST_ON_THE_RIGHT else (at, at + length)
        free = (i for i, row in enumerate(ends) if all(high <= begin or end <= low for begin, end in row))
        row = next(free, len(ends))
        if row == len(ends):
            ends.append([])
        ends[row].append((low, high))
        rows.append(row)
    return rows


def _told(names: Mapping[str, str], axis: Axis, columns: Sequence[tuple[str, str, str]], number: str) -> str:
    """What is told of the point nearest to the pointer, as an expression; what has no value is not zero but a dash."""
    row = "(datum.datum || datum)"  # of the area around a point, the row stands a level lower
    at = f"{row}.{axis.column}"
    place = (
        f"timeFormat({at}, {quoted(axis.format)})"
        if axis.type == "temporal"
        else f"format({at}, {quoted(axis.format)})"
    )
    lines = {"line": f"{quoted(dict(names))}[{row}.line]", axis.title or axis.column: place}
    for column, title, form in columns:
        value = f"{row}.{column}"
        lines[title] = f"isValid({value}) ? format({value}, {quoted(form or number)}) : '–'"
    return f"{{{', '.join(f'{quoted(title)}: {value}' for title, value in lines.items())}}}"


def _scale(keys: Sequence[str], values: Sequence[str]) -> Any:
    import altair as alt

    return alt.Scale(domain=list(keys), range=list(values))


def _tick_format(axis: Axis) -> Any:
    import altair as alt

    return ",d" if axis.type == "quantitative" else alt.Undefined


def quoted(value: object) -> str:
    """A value as an expression of Vega."""
    return json.dumps(value, ensure_ascii=True)
