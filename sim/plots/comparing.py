"""What figures of comparisons share: names of alternatives and responses, units, colours of verdicts, the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.plots.data import count_words
from sim.plots.page import Page, make_page
from sim.plots.provenance import runs_of
from sim.plots.style import LINE_GREY, LOOKS
from sim.response_list import LOWER_IS_BETTER, NEITHER_IS_BETTER, RESPONSES

if TYPE_CHECKING:
    from matplotlib.artist import Artist

    from sim.experiment import Comparison

GOOD, BAD, OPEN = "#0072B2", "#D55E00", LINE_GREY
"""Not worse, or better; worse; nothing shown."""

_NAMES = {name: look.name for name, look in LOOKS.items()} | {
    "response_within_target": "Incidents met in time",
    "incidents_per_day": "Incidents a day",
    "escalations": "Escalations a day",
    "patrols_per_day": "Patrols a day",
    "patrol_fill": "Patrols that went out",
    "site_guard_fill": "Site guards posted",
    "reserve_fill": "Reserve kept",
    "contained_share": "Incidents contained",
    "unanswered_share": "Incidents unanswered",
    "revisit_age_h": "Age of the last visit",
    "unvisited_share": "Areas not visited",
    "response_min_p50": "Half are met after",
    "response_min_p90": "90 % are met after",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """How values of a unit are written: times a factor, in words."""

    factor: float
    words: str

    @property
    def in_words(self) -> str:
        """The unit as a sentence says it: `in minutes`, `per day`, `as a ratio`."""
        if self.words.startswith("per "):
            return self.words
        return "as a ratio" if self.words == "ratio" else f"in {self.words}"


def scale_of(response: str) -> Scale:
    """Differences of shares are written in percentage points, others in their unit."""
    unit = RESPONSES[response]
    if unit == "share":
        return Scale(100, "percentage points")
    return Scale(
        1, {"1/day": "per day", "min": "minutes", "h": "hours", "d": "days", "h/day": "hours a day"}.get(unit, unit)
    )


def response_name(response: str) -> str:
    """A response in words."""
    return _NAMES.get(response, response.replace("_", " ").capitalize())


def lost_words(response: str) -> str:
    """What a loss of a response is called."""
    return f"{response_name(response)} {'added' if response in LOWER_IS_BETTER else 'lost'}"


def better_words(response: str) -> str:
    """On which side of 0 an alternative does better."""
    if response in NEITHER_IS_BETTER:
        return "neither more nor less is better"
    return "less is better" if response in LOWER_IS_BETTER else "more is better"


def names_of(comparison: Comparison) -> dict[str, str]:
    """What each alternative is called, by its label: its title, if these differ and are of one file."""
    titles = [one.title for one in comparison.alternatives]
    is_one_file = len(comparison.results) == 1 and len(set(titles)) == len(titles)
    return {one.label: one.title if is_one_file else one.label for one in comparison.alternatives}


def in_order(comparison: Comparison) -> list[str]:
    """Labels of all but the baseline, those that lost least by the deciding response first."""
    effort = comparison.effort()
    baseline = comparison.alternatives[comparison.baseline].label
    rows = effort[effort["alternative"] != baseline].sort_values("lost", kind="stable", na_position="last")
    return [str(label) for label in rows["alternative"]]


def period_words(comparison: Comparison) -> str:
    """What days are compared."""
    first, last = comparison.period
    troops = comparison.alternatives[0].troops
    return f"{first} to {last}" + ("" if troops is None else f", held at {troops:,} troops")


def page_of(
    comparison: Comparison, body_in: float, *, subtitle: str, key: Sequence[Artist], n: Sequence[int], of: str = "pairs"
) -> Page:
    """The page of a figure of a comparison that rests on so many pairs, or replications."""
    short = sum(len(one.failures) + len(one.missing) for one in comparison.results)
    notes = [period_words(comparison), f"n = {count_words(n)} {of}"]
    notes += [f"{short} replications failed or missing"] if short else []
    return make_page(runs_of(comparison), body_in, subtitle=subtitle, key=key, notes=notes)
