"""What is left out of a page that would be too large, the least missed first, and what is said of it.

A page is first cut to what a reader could read, whatever its size; then it is made to fit. What is left out is named,
with where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sim.report.views import View
from sim.report.words import counted, cut

MOST_COMMANDS = 20
_MOST_TITLE, _MOST_TEXT, _MOST_PARAGRAPH, _MOST_CELL = 300, 3_000, 5_000, 600
_FEW_SOURCES = 200
_FEW_ROWS = 20


def readable(content: dict[str, Any]) -> dict[str, Any]:
    """The content of a page, each text no longer than a reader could read."""
    commands = content["commands"]
    short = {
        **content,
        "title": cut(content["title"], _MOST_TITLE),
        "commands": commands[:MOST_COMMANDS],
        "n_more_commands": len(commands[MOST_COMMANDS:]),
        "parts": [_readable_part(part) for part in content["parts"]],
    }
    for name in ("descriptions", "questions", "answers"):
        short[name] = [cut(text, _MOST_TEXT) for text in content[name]]
    return short


def smaller(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The content again and again, each time with less in it, and with what was left out in `cuts`."""
    for step in _STEPS:
        content, said = step(content)
        if said:
            content = {**content, "cuts": [*content["cuts"], said]}
            yield content


def _readable_part(part: dict[str, Any]) -> dict[str, Any]:
    rows = [replace(row, value=cut(row.value, _MOST_CELL), source=cut(row.source, _MOST_CELL)) for row in part["rows"]]
    items = [
        replace(item, paragraphs=tuple(cut(text, _MOST_PARAGRAPH) for text in item.paragraphs))
        for item in part["items"]
    ]
    facts = [(name, cut(value, _MOST_TEXT)) for name, value in part["facts"]]
    return {**part, "rows": rows, "items": items, "facts": facts}


def _few_sources(content: dict[str, Any]) -> tuple[dict[str, Any], str]:
    parts = [{**part, "rows": part["rows"][:_FEW_SOURCES]} for part in content["parts"]]
    n = sum(len(part["rows"]) for part in content["parts"]) - sum(len(part["rows"]) for part in parts)
    said = f"{n:,} numbers and their sources, which `peacesim sources FILE` lists" if n else ""
    return {**content, "parts": parts}, said


def _no_log(content: dict[str, Any]) -> tuple[dict[str, Any], str]:
    log = content["log"]
    return {**content, "log": None}, f"the log, which `{log.command}` lists" if log is not None else ""


def _few_rows(content: dict[str, Any]) -> tuple[dict[str, Any], str]:
    views: list[View] = content["tables"]
    n = sum(max(len(view.rows) - _FEW_ROWS, 0) for view in views)
    short = [replace(view, rows=view.rows[:_FEW_ROWS]) for view in views]
    said = f"{counted(n, 'row')} of the tables, which the CSV files in the folder of the results have" if n else ""
    return {**content, "tables": short}, said


def _one_part(content: dict[str, Any]) -> tuple[dict[str, Any], str]:
    first, *others = content["parts"]
    names = ", ".join(cut(part["scenario"].title, _MOST_TITLE) for part in others[:MOST_COMMANDS])
    said = f"sources and model of {counted(len(others), 'scenario')} ({names})" if others else ""
    return {**content, "parts": [first]}, said


def _no_charts(content: dict[str, Any]) -> tuple[dict[str, Any], str]:
    is_interactive = content["bundle"] is not None
    return {**content, "bundle": None}, "interactive charts" if is_interactive else ""


_STEPS: tuple[Callable[[dict[str, Any]], tuple[dict[str, Any], str]], ...] = (
    _few_sources,
    _no_log,
    _few_rows,
    _one_part,
    _no_charts,
)
