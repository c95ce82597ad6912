"""The headline tables: coverage and what it is made of, waits of vehicles, incidents; a row a design point, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COVERAGE = ("coverage", "patrol_coverage", "site_protection", "checkpoint_fill", "crossing_fill")
VEHICLES = ("checkpoint_wait_min", "crossing_wait_min", "vehicle_wait_p95_min", "vehicles_checked_share")
INCIDENTS = (
    "response_within_target",
    "response_min_p50",
    "response_min_p90",
    "incidents_per_day",
    "contained_share",
    "unanswered_share",
    "peak_tension",
)
_NO_DEMAND = (0, float("nan"), float("nan"))


def headings(responses: Sequence[str]) -> tuple[str, ...]:
    """Headings of the columns, with the unit of those that are no share."""
    return ("policy", "troops", "n", *(_HEADINGS.get(name, _in_words(name)) for name in responses))


_HEADINGS = {
    "response_within_target": "in time",
    "response_min_p50": "response p50 [min]",
    "response_min_p90": "response p90 [min]",
    "incidents_per_day": "incidents [1/day]",
    "unanswered_share": "not answered",
}


def _in_words(name: str) -> str:
    return name.replace("_min", " [min]").replace("_share", "").replace("_", " ")


def headline(summary: pd.DataFrame, responses: Sequence[str] = COVERAGE) -> list[tuple[str, ...]]:
    """Rows of a headline table.

    Parameters
    ----------
    summary : DataFrame
        As `Results.summary()` gives it.
    responses : sequence of str
        `COVERAGE`, or `VEHICLES` or `INCIDENTS`: of these only the design points in which there were any.

    Returns
    -------
    list of tuple of str
        A cell for each of `headings`: policy, troops ("own" for the policy's own strength), the smallest number of
        values behind a mean of the row, and mean ± half width over the theatre; a dash where there was no demand, ∞
        where incidents that nobody met are too many for a quantile of response times.
    """
    theatre = summary[(summary["sector"] == "all") & summary["response"].isin(responses)]
    rows: dict[tuple[str, str], dict[str, tuple[int, float, float]]] = {}
    for policy, troops, response, n, mean, half_width in zip(
        theatre["policy"],
        theatre["troops"].fillna(-1),
        theatre["response"],
        theatre["n"],
        theatre["mean"],
        theatre["half_width"],
        strict=True,
    ):
        level = "own" if troops < 0 else f"{int(troops):,}"
        rows.setdefault((policy, level), {})[response] = (int(n), mean, half_width)
    return [
        (
            *point,
            str(min((n for n, _, _ in cells.values() if n), default=0)),
            *(_cell(*cells.get(name, _NO_DEMAND), is_short=responses is INCIDENTS) for name in responses),
        )
        for point, cells in rows.items()
        if responses is COVERAGE or any(n for n, _, _ in cells.values())
    ]


def caption(confidence: float) -> str:
    """What the cells of the headline table say."""
    return (
        f"mean ± half width of the {100 * confidence:.6g}% confidence interval, each row and column by itself; "
        "n: the fewest values behind a mean; own: the policy's own strength, over the whole horizon; "
        "other rows: strength and task list held as on the first day"
    )


def _cell(n: int, mean: float, half_width: float, *, is_short: bool) -> str:
    if n == 0 or mean != mean:
        return "-"
    if mean == float("inf"):
        return "∞"
    # The table of incidents has more columns than the others, and numbers of more than one digit.
    digits = (2 if mean < 10 else 1) if is_short else 3
    return f"{mean:.{digits}f}" if half_width != half_width else f"{mean:.{digits}f}±{half_width:.{digits}f}"
