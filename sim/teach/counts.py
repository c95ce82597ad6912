"""Answers that count something: runs, hours, soldiers. Their hints are about counts, not about units or sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.teach.checks import Exact


@dataclass(frozen=True, slots=True)
class Count(Exact):
    """A whole number of something, or several, worked out anew from the given; none may be off by one.

    Attributes
    ----------
    of
        What is counted, in the plural: `runs`.
    """

    whole: bool = True
    of: str = "of them"

    def _tell(self, found: float, right: float) -> str:
        """Say that it is too small or too large, or none that can be counted."""
        if found < 0:
            return f"{self.of} cannot be fewer than none"
        if not math.isclose(found, round(found), rel_tol=1e-9):
            return f"{self.of} come in whole numbers"
        return f"too {'many' if found > right else 'few'} {self.of}"
