"""What tests of films in a browser share."""

from __future__ import annotations

from typing import Any

from sim.animation import film_of, page
from tests.animation.truth import Run

LONG_MS = 30_000


def text_of(run: Run) -> str:
    return page(film_of(run.trace, run.scenario, run.from_s, run.to_s))


def time(shown: Any) -> float:
    return float(shown.evaluate("peacesim.time()"))
