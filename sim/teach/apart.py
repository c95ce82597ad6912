"""Given numbers by which mistakes are told apart: drawn until each comes to an answer of its own, and none is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sim.teach.checks import Given, Kind, Mistake, Values

if TYPE_CHECKING:
    import numpy as np

Draw = Callable[["np.random.Generator"], dict[str, Given]]
"""How the given numbers of a check are drawn."""

_MOST_DRAWS = 10_000


def drawn_apart(draw: Draw, kind: Kind, mistakes: Sequence[Mistake]) -> Draw:
    """Draw again and again, until :func:`are_apart`.

    Parameters
    ----------
    draw : callable
        Of which most draws, or a good part of them, tell the mistakes apart.
    kind, mistakes
        Those of the check.

    Returns
    -------
    callable
        Raises RuntimeError if no draw ever does.
    """

    def given(luck: np.random.Generator) -> dict[str, Given]:
        for _ in range(_MOST_DRAWS):
            found = draw(luck)
            if are_apart(kind, mistakes, {name: one.value for name, one in found.items()}):
                return found
        raise RuntimeError(f"no numbers of {_MOST_DRAWS:,} that were drawn tell all mistakes apart")

    return given


def are_apart(kind: Kind, mistakes: Sequence[Mistake], given: Values) -> bool:
    """Whether no mistake is taken for right, and none for another one that has another hint."""
    wrongs: list[tuple[str, object]] = []
    for mistake in mistakes:
        wrong = mistake.wrong(given)
        if kind.judge(wrong, given) is None or any(
            mistake.hint != hint and kind.same(wrong, other, given) for hint, other in wrongs
        ):
            return False
        wrongs.append((mistake.hint, wrong))
    return True
