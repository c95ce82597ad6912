"""Tables made ready to be read: cells of text, few enough rows for a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sim.report.words import ordinal, plain, with_interval

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 120
_KEYS = ("policy", "troops", "sector", "date", "minute", "alternative", "replication")
_LEFT_OUT = ("scenario", "confidence", "unit")
_Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A table for a reader.

    Attributes
    ----------
    caption
        What it says.
    headings
        Of its columns.
    rows
        A cell a column.
    n_text
        How many of the first columns are text and stand at the left; the others are numbers.
    note
        What its cells mean, or what was left out.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_text: int = 1
    note: str = ""


def view_of_plot(table: pd.DataFrame, caption: str, names: Mapping[str, str], every: str) -> View:
    """The table of a figure: responses side by side where it has them below each other, thinned if it is long.

    Parameters
    ----------
    table : DataFrame
        As `Plot.table` is.
    caption : str
        What it is of.
    names : mapping of str to str
        What responses are called.
    every : str
        Where all rows are, in words.
    """
    keys = [key for key in _KEYS if key in table]
    is_long = {"response", "mean", "half_width"} <= set(table)
    headings, every_row, n_text = _side_by_side(table, keys, names) if is_long else _as_it_is(table)
    rows, which = _thinned(every_row, n_text)
    notes = ["mean ± half width of the interval; a blank: no value there"] if is_long else []
    notes += [f"{which}; all are in {every}"] if which else []
    return View(caption, headings, tuple(rows), n_text, "; ".join(notes))


def bounded(view: View, every: str) -> View:
    """A table of which only the first rows are kept if they are many; `every` says in which file all are."""
    if len(view.rows) <= MOST_ROWS:
        return view
    which = f"the first {MOST_ROWS} rows of {len(view.rows):,}; all are in {every} in the folder of the results"
    return replace(view, rows=view.rows[:MOST_ROWS], note=f"{view.note}; {which}")


def _thinned(rows: Sequence[_Row], n_text: int) -> tuple[Sequence[_Row], str]:
    """Few enough rows, and which they are of all; those with half of the values of the fullest come first."""
    if len(rows) <= MOST_ROWS:
        return rows, ""
    n_values = [sum(map(bool, row[n_text:])) for row in rows]
    full = [row for row, n in zip(rows, n_values, strict=True) if 2 * n >= max(n_values)]
    step = math.ceil(len(full) / MOST_ROWS)
    if len(full) == len(rows):
        return full[::step], f"every {ordinal(step)} row of {len(rows):,}"
    which = f"every {ordinal(step)} of the" if step > 1 else "the"
    return full[::step], f"{which} {len(full):,} rows with most of the values, of {len(rows):,} in all"


def _side_by_side(
    table: pd.DataFrame, keys: Sequence[str], names: Mapping[str, str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]], int]:
    """A row for each of the keys that differ, a column a response."""
    used = [key for key in keys if table[key].nunique(dropna=False) > 1] or list(keys[:1])
    responses = list(dict.fromkeys(table["response"]))
    found: dict[tuple[Any, ...], dict[str, str]] = {}
    for *key, response, mean, half_width in table[[*used, "response", "mean", "half_width"]].itertuples(index=False):
        place = tuple(_cell(name, one) for name, one in zip(used, key, strict=True))
        digits = 3 if abs(mean) <= 1 and mean != round(mean) else 0
        text = "" if mean != mean else with_interval(mean, half_width or math.nan, least_digits=digits)
        found.setdefault(place, {})[str(response)] = text
    rows = [(*place, *(cells.get(one, "") for one in responses)) for place, cells in found.items()]
    return (*used, *(names.get(one, one.replace("_", " ")) for one in responses)), rows, len(used)


def _as_it_is(table: pd.DataFrame) -> tuple[tuple[str, ...], list[tuple[str, ...]], int]:
    shown = [str(name) for name in table if name not in _LEFT_OUT]
    rows = [tuple(_cell(name, one) for name, one in zip(shown, row, strict=True)) for row in _rows(table[shown])]
    return tuple(name.replace("_", " ") for name in shown), rows, 1


def _rows(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    plain_values = table.astype(object).where(table.notna(), None)
    return list(plain_values.itertuples(index=False, name=None))


def _cell(name: str, value: Any) -> str:
    """A value as text: days without their midnight, troops with commas, no troops as the policy's own strength."""
    if value is None or value != value:
        return "own" if name == "troops" else ""
    if hasattr(value, "isoformat"):
        return str(value.date() if hasattr(value, "date") else value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if name == "replication":
        return str(value)
    number = float(value)
    return plain(number if not math.isfinite(number) or number == round(number) else float(f"{number:.4g}"))
