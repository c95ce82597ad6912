"""Tables that are too long for a page say truly which of their rows are shown, and where all of them are."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from sim.report.views import MOST_ROWS, View, bounded, view_of_plot
from sim.report.words import during, ordinal

EVERY = "figures/it.csv"


def table_of(n: int, *, n_full: int) -> pd.DataFrame:
    """A response a day, and another on the first so many days."""
    days = pd.date_range("2001-01-01", periods=n)
    rows = [("strength", day, 5.0, 0.1) for day in days]
    rows += [(name, day, 0.5, 0.1) for name in ("coverage", "fill") for day in days[:n_full]]
    return pd.DataFrame(rows, columns=["response", "date", "mean", "half_width"])


def test_a_long_table_has_every_so_manieth_row_and_says_of_how_many() -> None:
    view = view_of_plot(table_of(1_085, n_full=1_085), "", {}, EVERY)
    assert len(view.rows) == 109
    assert view.note.endswith(f"every tenth row of 1,085; all are in {EVERY}")
    assert view.rows[1][0] == "2001-01-11"


def test_rows_with_few_values_go_first_and_are_counted() -> None:
    view = view_of_plot(table_of(1_085, n_full=154), "", {}, EVERY)
    assert len(view.rows) == 77
    assert f"every second of the 154 rows with most of the values, of 1,085 in all; all are in {EVERY}" in view.note
    assert all(all(row) for row in view.rows)
    view = view_of_plot(table_of(1_085, n_full=90), "", {}, EVERY)
    assert len(view.rows) == 90
    assert "; the 90 rows with most of the values, of 1,085 in all;" in view.note


def test_a_table_that_is_short_has_all_rows() -> None:
    view = view_of_plot(table_of(MOST_ROWS, n_full=3), "", {}, EVERY)
    assert len(view.rows) == MOST_ROWS
    assert EVERY not in view.note


def test_a_table_of_text_is_bounded_too() -> None:
    rows = tuple((str(i),) for i in range(5_000))
    view = bounded(View("", ("n",), rows, 1, "note"), "summary.csv")
    assert view.rows == rows[:MOST_ROWS]
    assert "the first 120 rows of 5,000; all are in summary.csv" in view.note
    short = View("", ("n",), rows[:5])
    assert bounded(short, "summary.csv") is short


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (2, "second"),
        (3, "third"),
        (10, "tenth"),
        (11, "11th"),
        (12, "12th"),
        (21, "21st"),
        (22, "22nd"),
        (113, "113th"),
    ],
)
def test_ordinals(n: int, said: str) -> None:
    assert ordinal(n) == said


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (dt.date(2001, 6, 1), "on 1 June 2001"),
        (dt.date(2001, 7, 31), "from 1 June to 31 July 2001"),
        (dt.date(2002, 1, 2), "from 1 June 2001 to 2 January 2002"),
    ],
)
def test_spans_of_days(last: dt.date, said: str) -> None:
    assert during(dt.date(2001, 6, 1), last) == said
