"""Where every number of a scenario comes from, as rows of a table, and the sources in full."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.origin import Origin
    from sim.scenario.schema import Scenario

ASSUMED = "assumption:"
SET = "set for this run"
"""What is said of a number that no file gives, but a command's option or a caller in Python."""
MOST_ITEMS = 6


@dataclass(frozen=True, slots=True)
class Row:
    """A number or date: its key, value and unit, its source, where it is set, and what kind of source that is."""

    key: str
    value: str
    unit: str
    source: str
    where: str
    kind: str


def rows_of(scenario: Scenario) -> list[Row]:
    """Every number and date of a scenario, in the order of its files."""
    return [_row(one) for one in scenario.provenance]


def settings_of(scenario: Scenario, given: Sequence[str]) -> list[str]:
    """What was set for a run, as KEY=VALUE: the settings that were given, then the numbers that options have set."""
    by_key = {one.partition("=")[0].strip(): one for one in given}
    options = [
        f"{one.key}={json.dumps(one.value, default=str, ensure_ascii=False)}"
        for one in scenario.provenance
        if _kind(one) == "set" and not any(one.key == key or one.key.startswith(f"{key}.") for key in by_key)
    ]
    return [*by_key.values(), *options]


def references(scenario: Scenario) -> list[tuple[str, str, str]]:
    """Key, reference and address of each source that is used, in order of use.

    As far as the catalogues are where they were when it was run.
    """
    from sim.scenario import sources_of

    return [(one.key, one.reference, one.url) for one in sources_of(scenario.provenance).values()]


def assumptions(scenario: Scenario) -> list[Origin]:
    """What is assumed."""
    return [one for one in scenario.provenance if one.source.startswith(ASSUMED)]


def _row(one: Origin) -> Row:
    kind = _kind(one)
    return Row(
        one.key,
        _text(one.value),
        "" if one.unit == "date" else one.unit,
        SET if kind == "set" else one.source,
        one.file if one.line is None else f"{one.file}:{one.line}",
        kind,
    )


def _kind(one: Origin) -> str:
    return "assumed" if one.source.startswith(ASSUMED) else "sourced" if one.line is not None else "set"


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        shown = ", ".join(map(_text, value[:MOST_ITEMS]))
        return shown if len(value) <= MOST_ITEMS else f"{shown} and {len(value) - MOST_ITEMS} more"
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
