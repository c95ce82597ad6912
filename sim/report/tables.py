"""The tables of a report: headline means, and what a comparison says; differences of shares in percentage points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.report.captions import ONE_SIDED, loss_words, worse_by
from sim.report.views import View, bounded
from sim.report.words import PERCENT, difference_in_words, plain

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison, Results
    from sim.report.subject import Subject


SIGN = "a minus: less than the baseline"


def tables(subject: Subject) -> list[View]:
    """Tables of the comparison, if there is one, then the headline tables of each scenario."""
    found = [] if subject.comparison is None else _of_comparison(subject.comparison)
    for part in subject.parts:
        where = f" ({part.scenario.name})" if len(subject.parts) > 1 else ""
        found += [bounded(view, "summary.csv") for view in _headlines(part.results, where)]
    return found


def _headlines(results: Results, where: str) -> list[View]:
    from sim.experiment.headline import COVERAGE, INCIDENTS, VEHICLES, caption, headings, headline

    summary = results.summary()
    note = caption(results.scenario.experiment.confidence)
    kinds = (("Coverage, and what it is the mean of", COVERAGE), ("Vehicles", VEHICLES), ("Incidents", INCIDENTS))
    views = []
    for title, responses in kinds:
        rows = headline(summary, responses)
        if rows:
            spaced = tuple(tuple(cell.replace("±", " ± ") for cell in row) for row in rows)
            views.append(View(f"{title}{where}", headings(responses), spaced, 1, note))
    return views


def _of_comparison(comparison: Comparison) -> list[View]:
    from sim.experiment.tables import records
    from sim.plots.comparing import names_of, response_name, scale_of

    names, scale = names_of(comparison), scale_of(comparison.response)
    percent = f"{100 * comparison.confidence:.6g} %"
    views = []
    if comparison.delta is not None:
        rows = [
            (
                names[row["alternative"]],
                row["verdict"],
                _n(row),
                _pair(row, "difference", "simultaneous_half_width", scale.factor),
                "<0.001" if row["p_not_worse"] < 0.0005 else f"{row['p_not_worse']:.3f}",
            )
            for row in records(_by_loss(comparison))
        ]
        note = (
            f"{SIGN}; ± half width of {percent} intervals that hold for all together; p, one-sided: how likely a "
            f"difference as good as this or better is of a policy that is worse by {worse_by(comparison)} or more, "
            "raised as several are decided on at once (Holm's adjustment): a small p shows not worse; "
            f"{ONE_SIDED}"
        )
        headings = ("policy", "verdict", "n", f"difference, {scale.words}", "p")
        views.append(View(f"Decision by {response_name(comparison.response).lower()}", headings, tuple(rows), 2, note))
    rows_of = records(comparison.differences())
    shown = tuple(
        (
            response_name(row["response"]),
            names[row["alternative"]],
            scale_of(row["response"]).words,
            _n(row),
            _pair(row, "difference", "half_width", scale_of(row["response"]).factor),
            _ratio(row["variance_ratio"]),
        )
        for row in rows_of
    )
    note = (
        f"{SIGN}; ± half width of the {percent} interval by itself; n: pairs; ratio: how many times more replications "
        "independent random numbers would take"
    )
    head = ("response", "policy", "unit", "n", "difference", "ratio")
    views.append(View("Differences from the baseline", head, shown, 3, note))
    views.append(_efforts(comparison, names, percent))
    return [bounded(view, "the files comparison-*.csv") for view in views]


def _by_loss(comparison: Comparison) -> pd.DataFrame:
    from sim.response_list import loss_sign

    table = comparison.decision()
    order = (loss_sign(comparison.response) * table["difference"]).sort_values(kind="stable").index
    return table.loc[order]


def _efforts(comparison: Comparison, names: dict[str, str], percent: str) -> View:
    from sim.experiment.tables import records
    from sim.plots.comparing import response_name, scale_of

    scale = scale_of(comparison.response)
    effort = comparison.effort().sort_values("lost", kind="stable")
    said = comparison.results[0].scenario.comparison
    has_cost = said is not None and bool(effort["cost"].notna().any())
    rows = []
    for row in records(effort):
        cost = [_amount(row, "cost", 1e-6)] if has_cost else []
        front = "yes" if row["is_on_frontier"] else ""
        lost = _pair(row, "lost", "lost_half_width", scale.factor)
        rows.append((names[row["alternative"]], str(row["n"]), _amount(row, "soldier_days", 1), *cost, lost, front))
    cost_head = [f"cost, million {said.currency}"] if has_cost and said is not None else []
    more, less = loss_words(comparison.response)
    name = response_name(comparison.response).lower()
    note = (
        f"{more}: {name}, a minus: {less}; mean ± half width of the {percent} interval by itself; on "
        "the frontier: no other lost as little for as few soldier-days, by the means"
    )
    headings = ("policy", "n", "soldier-days", *cost_head, f"{more}, {scale.words} (−: {less})", "on the frontier")
    return View("What each used, and what it lost", headings, tuple(rows), 1, note)


def _n(row: dict[str, Any]) -> str:
    return f"{row['n']:,}" + (f" ({row['n_endless']} endless)" if row["n_endless"] else "")


def _pair(row: dict[str, Any], name: str, half_width: str, factor: float) -> str:
    nan = float("nan")
    value, half = (nan if row[key] is None else row[key] for key in (name, half_width))
    # What is no share keeps digits: a table is read for them.
    digits = 1 if factor == PERCENT else 4
    return "–" if value != value else difference_in_words(value, half, factor, least_digits=digits)


def _amount(row: dict[str, Any], name: str, factor: float) -> str:
    value, half = row[name], row[f"{name}_half_width"]
    if value is None:
        return "–"
    return f"{factor * value:,.0f}" + ("" if half is None else f" ± {factor * half:,.0f}")


def _ratio(value: float | None) -> str:
    return "–" if value is None else plain(round(value, 1))
