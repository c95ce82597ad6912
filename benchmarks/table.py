"""Rows of the table: what was measured, what may be spent, and whether that is met."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Spread

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
HEADINGS = ("what", "measured", "from", "to", "budget", "verdict")


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    case
        Name of the case, as `--only` takes it.
    what
        What is measured.
    unit
        Of the value and the budget; "x" is a ratio.
    value, least, most
        Median, smallest and largest; None if it could not be measured, and a count has no spread.
    budget
        What the value may be at most, or must be at least where `is_floor`; None: reported only.
    note
        Why it was not measured or is not judged.
    """

    case: str
    what: str
    unit: str
    value: float | None
    least: float | None = None
    most: float | None = None
    budget: float | None = None
    is_floor: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """`met` or `not met`; nothing without a budget; the note where there is one."""
        if self.note:
            return self.note
        if self.budget is None or self.value is None:
            return ""
        is_met = self.value >= self.budget if self.is_floor else self.value <= self.budget
        return "met" if is_met else "not met"

    def cells(self) -> tuple[str, ...]:
        """Texts in the order of `HEADINGS`."""
        budget = ""
        if self.budget is not None:
            budget = f"at {'least' if self.is_floor else 'most'} {shown(self.budget, self.unit)}"
        numbers = (shown(one, self.unit) for one in (self.value, self.least, self.most))
        return (self.what, *numbers, budget, self.verdict)


def row_of(
    case: str,
    what: str,
    unit: str,
    value: Spread,
    *,
    budget: float | None = None,
    is_floor: bool = False,
    note: str = "",
) -> Row:
    """Row of a median with its spread."""
    return Row(case, what, unit, value.median, value.least, value.most, budget, is_floor, note)


def shown(value: float | None, unit: str) -> str:
    """Three digits and the unit.

    >>> shown(3.14159, "x"), shown(0.0921, "events"), shown(None, "x")
    ('3.14 x', '0.0921 events', '')
    """
    if value is None:
        return ""
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {unit}".strip()


def as_text(rows: Sequence[Row]) -> str:
    """The table for a terminal."""
    table = [HEADINGS, *(row.cells() for row in rows)]
    width = [max(len(cells[column]) for cells in table) for column in range(len(HEADINGS))]
    lines = []
    for cells in table:
        padded = [
            cell.rjust(wide) if column in (1, 2, 3) else cell.ljust(wide)
            for column, (cell, wide) in enumerate(zip(cells, width, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def as_markdown(rows: Iterable[Row]) -> str:
    """The table for a README."""
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---|--:|--:|--:|---|---|"]
    lines.extend("| " + " | ".join(row.cells()) + " |" for row in rows)
    return "\n".join(lines)


def as_records(rows: Iterable[Row]) -> list[dict[str, object]]:
    """The rows for JSON."""
    return [dataclasses.asdict(row) | {"verdict": row.verdict} for row in rows]


def write_between_markers(path: Path, text: str) -> None:
    """Replace what stands between the markers of a file.

    Raises
    ------
    ValueError
        If the file does not have both markers, once each and in order.
    """
    whole = path.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in after or END in after:
        raise ValueError(f"{path}: not one '{BEGIN}' with one '{END}' after it")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
