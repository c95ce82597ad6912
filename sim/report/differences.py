"""Interactive charts of a comparison: differences from the baseline, cost against loss, and gates."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.plots.comparing import BAD, GOOD, OPEN, lost_words, response_name, scale_of
from sim.report.captions import ONE_SIDED, WORDS_OF_SIGNS, below_zero, currency_of, loss_words, used_in, worse_by
from sim.report.lines import LEAST_N_OF_BAND, Choice, filters, finished, quoted
from sim.report.names import Spot, place_names
from sim.report.words import NO_VERDICT, capital
from sim.response_list import loss_sign

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison

_ROW_PX = 30
_LINE_PX = 14
_WIDE, _NARROW = 25, 19
"""Characters of a name in a line beside the chart, on a wide and on a narrow page."""
_BESIDE_NAMES = 200
_BESIDE = 70
_COST_PX = 320
_PADDING_PX = (30, 24)
_WIDTHS_PX = (600, 250)
"""Of the plot of costs on a wide and on a narrow page, for which names are placed; more width takes them apart."""
_VERDICTS = {"not worse": GOOD, "equal": GOOD, "worse": BAD, "other": BAD, "not shown": OPEN}
_WORDS = {
    "verdict": {"not shown": "not shown either way"},
    "shown": WORDS_OF_SIGNS,
}
"""What verdicts are called, where they are of a decision and where they only say on which side of 0 it is."""
_SHADES = ("#569AC7", "#2975B0", "#19528E", "#08306B")
"""Of strengths, the least first: more troops, more ink; the palest still stands out from white."""


def differences_chart(
    comparison: Comparison,
    table: pd.DataFrame,
    names: Mapping[str, str],
    choices: Sequence[Choice],
    delta: float | None,
    description: str,
) -> dict[str, Any]:
    """A row an alternative: its difference, the interval by itself, and that for all together.

    Parameters
    ----------
    comparison : Comparison
        That is drawn.
    table : DataFrame
        With response, alternative, difference, half_width, simultaneous_half_width, and verdict or shown.
    names : mapping of str to str
        What alternatives are called.
    choices : sequence of Choice
        Of the response, if there are several.
    delta : float or None
        How much worse is still not worse: what lies beyond is shaded.
    description : str
        Alternative text.
    """
    import altair as alt

    factors = {one: scale_of(one).factor for one in dict.fromkeys(table["response"])}
    chosen = alt.Chart(alt.NamedData(name="table"))
    chosen = chosen.transform_calculate(named=f"{quoted(dict(names))}[datum.alternative]")
    chosen = chosen.transform_calculate(by=f"{quoted(factors)}[datum.response]")
    for expression in filters(choices):
        chosen = chosen.transform_filter(expression)
    verdict = _verdict_in(table)
    has_verdict = comparison.delta is not None or verdict == "shown"
    for name, column in (("one", "half_width"), ("all", "simultaneous_half_width")):
        chosen = chosen.transform_calculate(
            **{f"low_{name}": f"datum.by * (datum.difference - datum.{column})"},
            **{f"high_{name}": f"datum.by * (datum.difference + datum.{column})"},
        )
    chosen = chosen.transform_calculate(
        at="datum.by * datum.difference",
        ours="datum.by * datum.half_width",
        together="datum.by * datum.simultaneous_half_width",
    )
    is_one = len(factors) == 1
    title = f"Difference, {scale_of(comparison.response).words}" if is_one else "Difference (shares: % points)"
    order = [names[one] for one in dict.fromkeys(table["alternative"])]
    wide, narrow = ({one: textwrap.wrap(one, width) or [""] for one in order} for width in (_WIDE, _NARROW))
    labels = f"(is_narrow ? {quoted(narrow)} : {quoted(wide)})[datum.label]"
    axis = alt.Axis(domain=False, ticks=False, grid=True, labelExpr=labels, labelLineHeight=_LINE_PX)
    y = alt.Y("named:N", title=None, sort=order, axis=axis)
    verdicts = [one for one in _VERDICTS if one in set(table[verdict])]
    colour = alt.Color(
        f"{verdict}:N",
        scale=alt.Scale(domain=verdicts, range=[_VERDICTS[one] for one in verdicts]),
        title=None,
    )
    tooltip = [
        alt.Tooltip("named:N", title="policy"),
        alt.Tooltip("at:Q", title="difference", format="+,.4~r"),
        alt.Tooltip("ours:Q", title="± by itself", format=",.3~r"),
        alt.Tooltip("together:Q", title="± for all together", format=",.3~r"),
        alt.Tooltip("n:Q", title="pairs"),
    ]
    if has_verdict:
        chosen = chosen.transform_calculate(told=f"({quoted(_WORDS[verdict])})[datum.{verdict}] || datum.{verdict}")
        tooltip.append(alt.Tooltip("told:N", title="verdict" if verdict == "verdict" else "against the baseline"))
    layers = []
    if delta:
        factor, sign = scale_of(comparison.response).factor, loss_sign(comparison.response)
        limit = alt.Chart(alt.InlineData([{"at": sign * factor * delta}]))
        rule = limit.mark_rule(color=BAD, strokeDash=[4, 3], clip=True)
        layers.append(rule.encode(x=alt.X("at:Q", title=title), tooltip=[alt.Tooltip("at:Q", title="delta")]))
    several = chosen.transform_filter(f"datum.n >= {LEAST_N_OF_BAND}")
    zero = alt.Chart(alt.InlineData([{"at": 0}])).mark_rule(color="#1a1a1a").encode(x=alt.X("at:Q", title=title))
    x_all, x_one = alt.X("low_all:Q", title=title), alt.X("low_one:Q", title=title)
    layers += [
        zero,
        several.mark_rule(strokeWidth=1.2, clip=True).encode(y=y, x=x_all, x2="high_all:Q", color=colour),
        several.mark_rule(strokeWidth=3.4, clip=True).encode(y=y, x=x_one, x2="high_one:Q", color=colour),
        chosen.mark_point(filled=True, size=110, opacity=1, stroke="white", clip=True).encode(
            y=y, x=alt.X("at:Q", title=title), color=colour, tooltip=tooltip
        ),
    ]
    whole = alt.layer(*layers).properties(height=_height(wide)).add_params(alt.param(name="is_narrow", value=False))
    for choice in choices:
        whole = whole.add_params(alt.param(name=choice.signal, value=choice.options[0][0]))
    return finished(whole, description, beside=_BESIDE_NAMES, narrow_height=_height(narrow))


def cost_chart(
    comparison: Comparison, table: pd.DataFrame, names: Mapping[str, str], description: str
) -> dict[str, Any]:
    """A point an alternative: what it used, in soldier-days or money, and what it lost.

    Parameters
    ----------
    comparison : Comparison
        That is drawn.
    table : DataFrame
        As `Comparison.effort` gives it.
    names : mapping of str to str
        What alternatives are called.
    description : str
        Alternative text.
    """
    import altair as alt

    response = comparison.response
    scale, currency = scale_of(response), currency_of(comparison, table)
    used, factor, unit = used_in(table, currency)
    title = alt.Title(lost_words(response), subtitle=f"{capital(scale.words)}; {below_zero(response)}")
    lost, gained = loss_words(response)
    size = (
        "format(abs(datum.loss), ',.3~r') + (isValid(datum.loss_half) ? ' ± ' + format(datum.loss_half, ',.2~r') : '')"
    )
    shown = (
        alt.Chart(alt.NamedData(name="table"))
        .transform_calculate(named=f"{quoted(dict(names))}[datum.alternative]")
        .transform_calculate(
            used=f"{factor!r} * datum.{used}",
            used_half=f"{factor!r} * datum.{used}_half_width",
            loss=f"{scale.factor} * datum.lost",
            loss_half=f"{scale.factor} * datum.lost_half_width",
        )
        .transform_calculate(
            used_low="datum.used - datum.used_half",
            used_high="datum.used + datum.used_half",
            loss_low="datum.loss - datum.loss_half",
            loss_high="datum.loss + datum.loss_half",
            told=f"(datum.loss < 0 ? {quoted(gained)} : {quoted(lost)}) + ' ' + {size}",
            front="datum.is_on_frontier ? 'yes' : 'no, another beats it'",
        )
    )
    used_title = f"{'Cost' if currency else 'Used'}, {unit}"
    x = alt.X("used:Q", title=used_title, scale=alt.Scale(zero=False, nice=False, padding=_PADDING_PX[0]))
    y = alt.Y("loss:Q", title=None, scale=alt.Scale(zero=False, nice=False, padding=_PADDING_PX[1]))
    colour = alt.condition("datum.is_on_frontier === true", alt.value(GOOD), alt.value(BAD))
    tooltip = [
        alt.Tooltip("named:N", title="policy"),
        alt.Tooltip("used:Q", title=unit, format=",.4~r"),
        alt.Tooltip("used_half:Q", title="±", format=",.3~r"),
        alt.Tooltip("told:N", title=f"{response_name(response)}, {scale.words}"),
        alt.Tooltip("front:N", title="on the frontier"),
    ]
    point = shown.mark_point(filled=True, size=130, opacity=1, stroke="white", clip=True)
    zoom = alt.selection_interval(name="zoom", bind="scales", zoom="wheel![event.shiftKey]")
    several = shown.transform_filter(f"datum.n >= {LEAST_N_OF_BAND}")
    layers = [
        several.mark_rule(clip=True).encode(
            x=alt.X("used_low:Q", title=used_title), x2="used_high:Q", y=y, color=colour
        ),
        several.mark_rule(clip=True).encode(x=x, y=alt.Y("loss_low:Q", title=None), y2="loss_high:Q", color=colour),
        point.encode(x=x, y=y, color=colour, tooltip=tooltip).add_params(zoom),
    ]
    # The most important first: they take the best places.
    order = table[table["lost"].notna()].sort_values(["is_on_frontier", used], ascending=[False, True], kind="stable")
    spots = zip(*(_spots_of_names(order, used, names, width) for width in _WIDTHS_PX), strict=True)
    for label, (wide, narrow) in zip(order["alternative"], spots, strict=True):
        on_wide, on_narrow = _look_of_name(wide), _look_of_name(narrow)
        look: dict[str, Any] = {
            key: alt.expr(f"is_narrow ? {quoted(on_narrow[key])} : {quoted(on_wide[key])}") for key in on_wide
        }
        name = shown.transform_filter(f"datum.alternative === {quoted(label)}")
        layers.append(
            name.mark_text(baseline="middle", fontSize=12, clip=True, **look).encode(x=x, y=y, text="named:N")
        )
    whole = alt.layer(*layers).add_params(alt.param(name="is_narrow", value=False))
    return finished(whole.properties(height=_COST_PX, title=title), description, beside=_BESIDE)


def _look_of_name(spot: Spot | None) -> dict[str, Any]:
    if spot is None:
        return {"align": "left", "dx": 0, "dy": 0, "opacity": 0}
    return {"align": "right" if spot.is_left else "left", "dx": spot.dx, "dy": spot.dy, "opacity": 1}


def _spots_of_names(order: pd.DataFrame, used: str, names: Mapping[str, str], width: float) -> list[Spot | None]:
    """Where names of points stand on a chart of a width [px]."""
    has_interval = order["n"] >= LEAST_N_OF_BAND
    x, x_half = order[used], order[f"{used}_half_width"].where(has_interval, 0).fillna(0)
    y, y_half = order["lost"], order["lost_half_width"].where(has_interval, 0).fillna(0)
    low, high = (x - x_half).min(), (x + x_half).max()
    least, most = (y - y_half).min(), (y + y_half).max()
    by_x = (width - 2 * _PADDING_PX[0]) / ((high - low) or 1)
    by_y = (_COST_PX - 2 * _PADDING_PX[1]) / ((most - least) or 1)
    points, lines = [], []
    for a, a_half, b, b_half in zip(x, x_half, y, y_half, strict=True):
        left, top = _PADDING_PX[0] + by_x * (a - low), _PADDING_PX[1] + by_y * (most - b)
        points.append((left, top))
        lines.append((left - by_x * a_half, top - 1, left + by_x * a_half, top + 1))
        lines.append((left - 1, top - by_y * b_half, left + 1, top + by_y * b_half))
    return place_names([names[one] for one in order["alternative"]], points, (width, _COST_PX), lines)


def gates_chart(table: pd.DataFrame, names: Mapping[str, str], description: str) -> dict[str, Any]:
    """A row a replication, coloured by the strength of the last gate that is open on each day.

    Parameters
    ----------
    table : DataFrame
        As `sim.plots.openings.gate_spells` gives it.
    names : mapping of str to str
        What alternatives are called.
    description : str
        Alternative text.
    """
    import altair as alt

    shades = _shades(table)
    charts = []
    for label in dict.fromkeys(table["alternative"]):
        n = int(table.loc[table["alternative"] == label, "replication"].nunique())
        row = alt.Chart(alt.NamedData(name="table")).transform_filter(f"datum.alternative === {quoted(label)}")
        row = row.transform_calculate(open="datum.gate || 'none yet'")
        bar = row.mark_bar(clip=True).encode(
            x=alt.X("begins:T", title=None, axis=alt.Axis(grid=False, tickCount=6)),
            x2="ends:T",
            y=alt.Y("replication:O", title=None, axis=None),
            color=alt.Color("strength:O", scale=alt.Scale(domain=[*shades], range=[*shades.values()])),
            tooltip=[
                alt.Tooltip("replication:O", title="replication"),
                alt.Tooltip("open:N", title="last gate open"),
                alt.Tooltip("strength:Q", title="strength", format=",d"),
                alt.Tooltip("begins:T", title="from", format="%d %B %Y"),
                alt.Tooltip("ends:T", title="to before", format="%d %B %Y"),
            ],
        )
        charts.append(bar.properties(height=max(40, min(160, 7 * n)), title=names[label]))
    whole = alt.vconcat(*charts, spacing=10).resolve_scale(x="shared", y="independent")
    return finished(whole, description, beside=_BESIDE // 2)


def key_of_differences(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """What colours mean in :func:`differences_chart`: words, colour, shape."""
    column = _verdict_in(table)
    there = set(table[column])
    return [(_WORDS[column].get(one, one), colour, "circle") for one, colour in _VERDICTS.items() if one in there]


def note_of_differences(comparison: Comparison, *, is_decision: bool) -> str:
    """What the lines of :func:`differences_chart` mean."""
    said = "Thick: the interval by itself; thin: for all together; from three pairs on."
    delta = comparison.delta
    if not is_decision:
        return said
    if delta is None:
        return f"{said} {NO_VERDICT}"
    side = "right" if loss_sign(comparison.response) > 0 else "left"
    limit = f"To the {side} of the dashed line: worse by {worse_by(comparison)} or more."
    return f"{said} {limit} {capital(ONE_SIDED)}."


def key_of_gates(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """What shades mean in :func:`gates_chart`: words, colour, shape."""
    return [(f"{strength:,} soldiers", shade, "square") for strength, shade in _shades(table).items()]


def _height(lines_of: Mapping[str, Sequence[str]]) -> int:
    """Of a chart whose rows have names of so many lines [px]."""
    return len(lines_of) * max(_ROW_PX, _LINE_PX * max(map(len, lines_of.values())) + 8)


def _shades(table: pd.DataFrame) -> dict[int, str]:
    strengths = sorted({int(one) for one in table["strength"]})
    last = len(_SHADES) - 1
    return {one: _SHADES[round(i * last / max(len(strengths) - 1, 1))] for i, one in enumerate(strengths)}


def _verdict_in(table: pd.DataFrame) -> str:
    return "verdict" if "verdict" in table else "shown"
