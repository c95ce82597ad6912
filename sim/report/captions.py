"""What is said of a figure: its alternative text, which names the kind of picture, and its caption, the finding.

Both are true of the picture and of the chart that takes its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sim.plots.comparing import names_of, response_name, scale_of
from sim.plots.cost import of_size
from sim.report.words import capital, counted, cut, difference_in_words, listed
from sim.response_list import LOWER_IS_BETTER

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison
    from sim.plots import Plot

HEADINGS = {
    "coverage-against-troops": "What a force of each size does of the task list",
    "coverage-by-sector": "The same, sector by sector",
    "incidents-against-troops": "How a force of each size answers incidents",
    "response-times": "How soon incidents are met",
    "timeline": "Day by day",
    "timeline-of-incidents": "Incidents, day by day",
    "decision": "Which are worse, and which are not",
    "cost": "What each used, and what it lost",
    "losses": "What each lost over time",
    "responses": "The other responses",
    "gates": "When gates opened",
}
_WITHOUT_VERDICT = "How each differs from the baseline"
_PICTURES = {
    "coverage-against-troops": "Line chart: coverage and its parts against troops",
    "coverage-by-sector": "Small line charts, one a sector: coverage and its parts against troops",
    "incidents-against-troops": "Line charts: how incidents end, and how many there are, against troops",
    "response-times": "Curves: share of incidents met, against minutes",
    "timeline": "Line charts over time: strength, coverage and its parts",
    "timeline-of-incidents": "Line charts over time: incidents, how they end, and sections called out",
    "decision": "Forest plot: a row a policy, with its difference from the baseline",
    "cost": "Scatter plot: a point a policy, what it lost against what it used",
    "losses": "Small line charts, one a policy: what it lost over time",
    "responses": "Forest plots, one a response: a row a policy, with its difference from the baseline",
    "gates": "Rows of replications over time, coloured by the last gate that is open",
}
_MOST_NAMED = 6
_MOST_CHARACTERS = 1_000
WORDS_OF_SIGNS = {
    "not worse": "better",
    "not shown": "neither shown",
    "other": "other, neither better nor worse",
}
"""What it is called where an interval only says on which side of 0 a difference lies."""


def heading(kind: str, comparison: Comparison | None) -> str:
    """What a figure shows: of a comparison of which no verdict was asked, differences."""
    is_undecided = kind == "decision" and comparison is not None and comparison.delta is None
    return _WITHOUT_VERDICT if is_undecided else HEADINGS[kind]


def alt_text(kind: str, of: str = "") -> str:
    """What kind of picture it is, and of what; its values are in the caption and the table."""
    return f"{_PICTURES[kind]}{f' ({of})' if of else ''}."


def caption(kind: str, plot: Plot, comparison: Comparison | None, of: str = "") -> str:
    """The finding, in a sentence or two."""
    if comparison is not None and kind in _FINDINGS:
        return cut(_FINDINGS[kind](comparison, plot.table), _MOST_CHARACTERS)
    # A figure's text says what is drawn, here as a list after a colon, then what it shows.
    ends = r"\. " if kind == "incidents-against-troops" else r": |\. "
    found = re.split(ends, plot.alt_text, maxsplit=1)[-1]
    return cut(f"{of}: {found}" if of else capital(found), _MOST_CHARACTERS)


def means_in_words(kind: str, table: pd.DataFrame) -> str:
    """That lines over time are means of blocks of days, if they are; it follows a caption."""
    by_day = {"timeline": " (strength and sites by day)", "timeline-of-incidents": " (strength by day)", "losses": ""}
    days = sorted({int(one) for one in table["days"].unique() if one > 1}) if kind in by_day else []
    if not days:
        return ""
    n = " or ".join(map(str, days))
    return f" Lines are means of {n} days{by_day[kind]}: they may begin to move before the day of a change."


def worse_by(comparison: Comparison) -> str:
    """The delta of a comparison with its unit: `1 percentage point`."""
    scale = scale_of(comparison.response)
    value = float(f"{scale.factor * (comparison.delta or 0):.12g}")
    unit = re.sub(r"s\b", "", scale.words, count=1) if value == 1 else scale.words
    return f"{value:,.6g} {unit}"


ONE_SIDED = (
    "that a policy is “not worse” rests on a one-sided test, so that its two-sided interval may reach beyond the limit"
)
"""What is said where a verdict stands beside an interval."""


def below_zero(response: str) -> str:
    """What a loss below 0 is."""
    return f"below 0: {_lost(response, -1)}"


def loss_words(response: str) -> tuple[str, str]:
    """Words for a loss above 0, and for one below."""
    return _lost(response, 1), _lost(response, -1)


def used_in(table: pd.DataFrame, currency: str | None) -> tuple[str, float, str]:
    """The column of what was used, the factor by which it is short, and its unit, as the figure has them."""
    column = "soldier_days" if currency is None else "cost"
    factor, words = of_size(float(table[column].max()))
    return column, factor, f"{words} {currency or 'soldier-days'}".lstrip()


def currency_of(comparison: Comparison, table: pd.DataFrame) -> str | None:
    """The currency of the cost, if all have one."""
    said = comparison.results[0].scenario.comparison
    return said.currency if said is not None and bool(table["cost"].notna().all()) else None


def _lost(response: str, sign: int) -> str:
    more, less = ("added", "saved") if response in LOWER_IS_BETTER else ("lost", "gained")
    return more if sign >= 0 else less


def _decision(comparison: Comparison, table: pd.DataFrame) -> str:
    names = names_of(comparison)
    if comparison.delta is not None:
        groups: dict[str, list[str]] = {}
        for label, verdict in zip(table["alternative"], table["verdict"], strict=True):
            groups.setdefault(str(verdict), []).append(f"“{names[label]}”")
        order = ("not worse", "worse", "not shown")
        words = {"not shown": "Not shown either way"}
        return " ".join(f"{words.get(one, capital(one))}: {_few(groups[one])}." for one in order if one in groups)
    scale = scale_of(comparison.response)
    there = table[table["difference"].notna()]
    said = [
        f"“{names[label]}” {difference_in_words(value, half, scale.factor)}"
        for label, value, half in zip(
            there["alternative"], there["difference"], there["simultaneous_half_width"], strict=True
        )
    ]
    return f"{response_name(comparison.response)}, {scale.words} more or less (−) than the baseline: {_few(said)}."


def _cost(comparison: Comparison, table: pd.DataFrame) -> str:
    names, scale = names_of(comparison), scale_of(comparison.response)
    column, factor, unit = used_in(table, currency_of(comparison, table))
    front = table[table["is_on_frontier"]].sort_values(column, kind="stable")
    said = [
        f"“{names[label]}” ({_amount(comparison.response, scale.factor * lost)} for {factor * used:,.4g})"
        for label, lost, used in zip(front["alternative"], front["lost"], front[column], strict=True)
    ]
    beaten = len(table) - len(front)
    rest = f" {beaten:,} of {len(table):,} are beaten by another." if beaten else ""
    where = f"On the frontier, where no other lost as little for as little, {scale.in_words} for {unit}"
    return f"{where}: {_few(said)}.{rest}"


def _losses(comparison: Comparison, table: pd.DataFrame) -> str:
    effort = comparison.effort().sort_values("lost", kind="stable")
    names, scale = names_of(comparison), scale_of(comparison.response)
    drawn = set(table["alternative"])
    said = [
        f"“{names[label]}” {_amount(comparison.response, scale.factor * lost)}"
        for label, lost in zip(effort["alternative"], effort["lost"], strict=True)
        if label in drawn and lost == lost
    ]
    name = response_name(comparison.response).lower()
    return f"Of all days together, by {name}, {scale.in_words}: {_few(said)}."


def _responses(comparison: Comparison, table: pd.DataFrame) -> str:
    said = []
    for response, rows in table.groupby("response", sort=False):
        counts = Counter(rows["shown"])
        parts = [
            f"{counts[one]} {words}" for one, words in (("worse", "worse"), ("not worse", "better")) if one in counts
        ]
        said.append(f"{response_name(str(response))} {', '.join(parts) or 'none'}")
    n = len(comparison.others)
    return f"Shown to be worse or better than the baseline, of {counted(n, 'policy', 'policies')}: {'; '.join(said)}."


_FINDINGS = {"decision": _decision, "cost": _cost, "losses": _losses, "responses": _responses}


def _amount(response: str, value: float) -> str:
    return f"{_lost(response, -1 if value < 0 else 1)} {abs(value):.3g}"


def _few(said: Iterable[str]) -> str:
    given = list(said)
    if len(given) <= _MOST_NAMED + 1:
        return listed(given)
    return f"{', '.join(given[:_MOST_NAMED])} and {len(given) - _MOST_NAMED} more"
