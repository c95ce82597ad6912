"""Captions: numbers as a newspaper prints them, and what a picture's title says and its chart does not."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

import sim
from sim.plots.frame import TENSION_RATIO
from sim.plots.incident_panels import SUM
from sim.plots.incidents import _timeline_in_words
from sim.report.captions import means_in_words
from sim.report.exhibits import exhibits
from sim.report.subject import subject_of
from tests.report.pages import lesson


@pytest.mark.parametrize(
    ("called_out", "said"), [(2143.0, "2,100"), (99.6, "100"), (0.123, "0.12"), (3_456_789.0, "3,500,000")]
)
def test_peaks_are_numbers_without_powers_of_ten(called_out: float, said: str) -> None:
    values = {TENSION_RATIO: 1.26, "incidents_per_day": 12.4, SUM: called_out}
    table = pd.DataFrame({"response": list(values), "mean": list(values.values())})
    frame = SimpleNamespace(scenario=lesson(), policy="two-stages", sector="all")
    words = _timeline_in_words(table, frame)  # type: ignore[arg-type]
    assert words.endswith(
        f"tension at most 1.3, incidents at most 12 a day, at most {said} section-hours a day called out."
    )


def test_lines_that_are_means_of_days_are_said_to_be_in_the_caption() -> None:
    long = sim.run(lesson("horizon.end=2001-05-20", "experiment.troops=[]"), replications=1)
    shown, _ = exhibits(subject_of(long), room=10**6, is_interactive=False)
    caption = next(one for one in shown if one.heading == "Day by day").pictures[-1].caption
    assert "Lines are means of 7 days (strength and sites by day): they may begin to move before the day" in caption
    by_day = pd.DataFrame({"days": [1, 1]})
    assert means_in_words("timeline", by_day) == ""
    assert "means of 3 or 7 days" in means_in_words("timeline-of-incidents", pd.DataFrame({"days": [1, 3, 7]}))
    assert means_in_words("decision", by_day) == ""
