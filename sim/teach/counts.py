"""Answers that count something: runs, hours, soldiers. Their hints are about counts, not about units or sizes."""

from __future__ import annotations

from dataclasses import dataclass

from sim.teach.checks import Exact, Values


@dataclass(frozen=True, slots=True)
class Count(Exact):
    """A whole number of something, or several, worked out anew from the given.

    Attributes
    ----------
    of
        What is counted, in the plural: `runs`.
    """

    of: str = "of them"

    def judge(self, answer: object, given: Values) -> str | None:
        """Say which number is too small or too large, or none that can be counted."""
        if Exact.judge(self, answer, given) is None:
            return None
        found, right = flat(answer), flat(self.solve(given))
        wrong = next(i for i, pair in enumerate(zip(found, right, strict=True)) if not self._is_near(*pair))
        which = "" if len(right) == 1 else f"number {wrong + 1} of {len(right)}: "
        one, other = found[wrong], right[wrong]
        if one < 0:
            return f"{which}{self.of} cannot be fewer than none"
        if one != int(one):
            return f"{which}{self.of} come in whole numbers"
        return f"{which}too {'many' if one > other else 'few'} {self.of}"


def flat(answer: object) -> list[float]:
    """Numbers of an answer that a kind has been able to read.

    Examples
    --------
    >>> flat(3), flat((1, 2.5))
    ([3.0], [1.0, 2.5])
    """
    import numpy as np

    return [float(one) for one in np.ravel(np.asarray(answer, dtype=np.float64))]
