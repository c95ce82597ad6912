"""Where every number of a scenario comes from, as rows of a table, and the sources in full."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.origin import Origin
    from sim.scenario.schema import Scenario

ASSUMED = "assumption:"
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
    return [
        Row(
            one.key,
            _text(one.value),
            "" if one.unit == "date" else one.unit,
            one.source,
            one.file if one.line is None else f"{one.file}:{one.line}",
            "assumed" if one.source.startswith(ASSUMED) else "sourced" if one.line is not None else "set",
        )
        for one in scenario.provenance
    ]


def references(scenario: Scenario) -> list[tuple[str, str, str]]:
    """Key, reference and address of each source that is used, in order of use.

    As far as the catalogues are where they were when it was run.
    """
    from sim.scenario import sources_of

    return [(one.key, one.reference, one.url) for one in sources_of(scenario.provenance).values()]


def assumptions(scenario: Scenario) -> list[Origin]:
    """What is assumed."""
    return [one for one in scenario.provenance if one.source.startswith(ASSUMED)]


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        shown = ", ".join(map(_text, value[:MOST_ITEMS]))
        return shown if len(value) <= MOST_ITEMS else f"{shown} and {len(value) - MOST_ITEMS} more"
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
