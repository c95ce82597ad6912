"""The headline table: coverage and what it is made of, a row a design point, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

RESPONSES = ("coverage", "patrol_coverage", "site_protection", "checkpoint_fill", "crossing_fill")
_NO_DEMAND = (0, float("nan"), float("nan"))
HEADINGS = ("policy", "troops", "n", *(name.replace("_", " ") for name in RESPONSES))


def headline(summary: pd.DataFrame) -> list[tuple[str, ...]]:
    """Rows of the headline table.

    Parameters
    ----------
    summary : DataFrame
        As `Results.summary()` gives it.

    Returns
    -------
    list of tuple of str
        A cell for each of `HEADINGS`: policy, troops ("own" for the policy's own strength), the smallest number of
        values behind a mean of the row, and mean ± half width over the theatre; a dash where there was no demand.
    """
    theatre = summary[(summary["sector"] == "all") & summary["response"].isin(RESPONSES)]
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
            *(_cell(*cells.get(name, _NO_DEMAND)) for name in RESPONSES),
        )
        for point, cells in rows.items()
    ]


def caption(confidence: float) -> str:
    """What the cells of the headline table say."""
    return (
        f"mean ± half width of the {100 * confidence:.6g}% confidence interval, each row and column by itself; "
        "n: the fewest values behind a mean; own: the policy's own strength, over the whole horizon; "
        "other rows: strength and task list held as on the first day"
    )


def _cell(n: int, mean: float, half_width: float) -> str:
    if n == 0 or mean != mean:
        return "-"
    return f"{mean:.3f}" if half_width != half_width else f"{mean:.3f}±{half_width:.3f}"
