"""What timelines share: dates, a policy's changes of strength and their key, panels one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.plots.changes import (
    RESERVES,
    Opening,
    gate_labels,
    gate_openings,
    is_called_by_tension,
    reserve_labels,
    reserve_stays,
    shut_in_words,
)
from sim.plots.curves import key_of_uncertainty, name_lines, names_width_in
from sim.plots.data import MEDIAN_STRENGTH, THEATRE, n_in_key, notes, sector_name, warm_up_days, with_intervals
from sim.plots.dates import date_ticks, day_number
from sim.plots.incident_panels import draw_tension
from sim.plots.page import MARGIN_IN, WIDTH_IN, Page, Plot, make_page
from sim.plots.panels import (
    DatedLabel,
    Panel,
    Span,
    draw_guides,
    draw_labels,
    draw_line,
    draw_strength,
    fewer_stages,
    lanes_height_in,
    stage_labels,
)
from sim.plots.provenance import run_of
from sim.plots.style import INK, LINE_GREY, LOOKS, our_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist

    from sim.experiment import Results
    from sim.scenario.schema import Scenario

TENSION_RATIO = "tension"
"""Column of the daily series."""

_LEFT_IN = MARGIN_IN + 0.52
_HEAD_IN = 0.32
_TITLE_AT_IN = 0.1
_GAP_IN = 0.12
_BELOW_IN = 0.4
_STEADY_IN = 0.45
_LETTERS = "abcdefgh"
_OF_STAGES = ("stage decided on", "effective on")
_OF_RESERVES = ("reserve called", "arrives")
_DOT: dict[str, Any] = {"linestyle": "none", "markersize": 4.6, "mec": INK}


@dataclass(frozen=True, slots=True)
class Frame:
    """A policy at its own strength in a sector: the dates along its panels, and what changes its strength."""

    results: Results
    policy: str
    sector: str
    span: Span
    stages: Sequence[DatedLabel]
    n_stages: int
    openings: Sequence[Opening]
    gates: Sequence[DatedLabel]
    reserves: Sequence[DatedLabel]

    @classmethod
    def of(cls, results: Results, policy: str, sector: str) -> Frame:
        """The frame of a policy of these results."""
        scenario = results.scenario
        right_in = names_width_in(LOOKS.values()) + MARGIN_IN
        room_in = WIDTH_IN - _LEFT_IN - MARGIN_IN
        openings = gate_openings(results, policy)
        span = Span(scenario.horizon.start, scenario.horizon.end, room_in + MARGIN_IN - right_in, room_in)
        stages, gates = stage_labels(scenario, policy, sector), gate_labels(openings, sector)
        reserves = reserve_labels(scenario, reserve_stays(scenario, policy, sector))
        shown = fewer_stages(scenario, policy, stages, [*gates, *reserves], span)
        return cls(results, policy, sector, span, shown, len(stages), openings, gates, reserves)

    @property
    def scenario(self) -> Scenario:
        """The scenario of the results."""
        return self.results.scenario

    @property
    def labels(self) -> list[DatedLabel]:
        """All changes of strength."""
        return [*self.stages, *self.gates, *self.reserves]

    @property
    def heading(self) -> str:
        """The sector, if it is not the theatre, and the policy."""
        place = "" if self.sector == THEATRE else f"{sector_name(self.scenario, self.sector)}. "
        return f"{place}Policy: {self.scenario.policy[self.policy].title}. "

    @property
    def changes_in_words(self) -> str:
        """Changes of strength that have no label."""
        called = " Reserves that tension calls in are shown as the mean of replications, without labels."
        n, n_shown = self.n_stages, len(self.stages)
        small = f" The {n_shown} stages that change strength most, of {n}, have labels." if n_shown < n else ""
        is_called = is_called_by_tension(self.scenario, self.policy)
        return shut_in_words(self.openings) + small + (called if is_called else "")

    def cut_in_words(self, what: str) -> str:
        """That something begins after the warm-up, if there is one."""
        is_cut = warm_up_days(self.scenario) > 0
        return f" {what} after the warm-up of {self.scenario.warm_up_h:g} h." if is_cut else ""

    def strength_panel(self, table: pd.DataFrame) -> Panel:
        """Strength, reserves, and the labels of what changes them."""
        strength, median, reserves = (
            table[table["response"] == name] for name in ("strength", MEDIAN_STRENGTH, RESERVES)
        )
        is_steady = reserves.empty and strength["lowest"].min() == strength["highest"].max()
        height_in, n_most = (_STEADY_IN, 2) if is_steady else (1.0, 5)
        end = self.scenario.horizon.end
        rows, what = (strength, "") if median.empty else (median, ": median and range of the replications")
        draw = partial(draw_strength, rows=rows, reserves=reserves, end=end, n_most=n_most)
        return Panel(f"Strength, soldiers{what}", height_in, draw, self.labels)

    def tension_panel(self, table: pd.DataFrame, labels: Sequence[DatedLabel] = ()) -> list[Panel]:
        """Tension, if the table has any."""
        rows = table[table["response"] == TENSION_RATIO]
        if rows.empty or self.scenario.incidents is None:
            return []
        draw = partial(draw_tension, table=rows, line=draw_line, threshold=self.scenario.incidents.threshold)
        title = f"Tension: rate that incidents excite over the base rate{means_in_words(rows) or ', by day'}"
        return [Panel(title, 0.9, draw, labels)]

    def compose(self, table: pd.DataFrame, panels: Sequence[Panel], subtitle: str) -> Plot:
        """A figure of these panels, which draw this table."""
        with our_style():
            page = make_page(
                run_of(self.results, self.policy, is_sweep=False),
                _BELOW_IN + sum(self._height_in(panel) for panel in panels),
                subtitle=subtitle,
                key=self._key(table),
                notes=notes(self.results, self.policy, table["n"], is_sweep=False),
            )
            self._draw(page, panels)
        page.figure.table = table
        return page.figure

    def _height_in(self, panel: Panel) -> float:
        return panel.height_in + lanes_height_in(panel.labels, self.span) + _HEAD_IN + _GAP_IN

    def _draw(self, page: Page, panels: Sequence[Panel]) -> None:
        span, figure = self.span, page.figure
        ticks = date_ticks(span.start, span.end)
        top_in = _BELOW_IN + sum(self._height_in(panel) for panel in panels)
        for index, panel in enumerate(panels):
            lanes_in = lanes_height_in(panel.labels, span)
            bottom_in = top_in - _HEAD_IN - lanes_in - panel.height_in
            ax = page.axes(_LEFT_IN, bottom_in, span.width_in, panel.height_in)
            ax.set_xlim(day_number(span.start), day_number(span.end))
            ends = panel.draw(ax)
            name_lines(ax, ends, size_in=(span.width_in, panel.height_in))
            draw_guides(ax, self.labels)
            draw_labels(ax, panel.labels, span, panel.height_in)
            ax.set_xticks([day_number(date) for date, _ in ticks], [label for _, label in ticks])
            ax.tick_params(labelbottom=index == len(panels) - 1)
            width, height = figure.get_size_inches()
            at = (page.bottom_in + top_in - _HEAD_IN + _TITLE_AT_IN) / height
            figure.text(MARGIN_IN / width, at, _LETTERS[index], fontweight="bold", color=INK)
            figure.text(_LEFT_IN / width, at, panel.title, fontweight="bold", color=INK)
            top_in = bottom_in - _GAP_IN

    def _key(self, table: pd.DataFrame) -> list[Artist]:
        key = key_of_uncertainty(
            confidence=float(table["confidence"].iloc[0]),
            n=n_in_key(table),
            has_band=bool(with_intervals(table)["half_width"].notna().any()),
            has_range=False,
            has_theory=False,
        )
        strength = table[table["response"] == "strength"]
        if (strength["highest"] > strength["lowest"]).any():
            key.append(Patch(color=LINE_GREY, alpha=0.3, linewidth=0, label="range of strength"))
        long = {
            words: [label for label in labels if label.has_length]
            for words, labels in ((_OF_STAGES, self.stages), (_OF_RESERVES, self.reserves))
        }
        begins = [begin for (begin, _), labels in long.items() if any(label.is_begin_shown for label in labels)]
        ends = [end for (_, end), labels in long.items() if labels]
        for face, words in (("white", begins), (INK, ends)):
            if words:
                key.append(Line2D([], [], marker="o", mfc=face, label=", ".join(words), **_DOT))
        if self.gates:
            look: dict[str, Any] = {**_DOT, "linestyle": "-", "linewidth": 2.5, "color": LINE_GREY}
            key.append(Line2D([], [], marker="D", mfc=INK, label="gate opens: median, range", **look))
        return key


def n_days(scenario: Scenario) -> int:
    """Days of the horizon."""
    return (scenario.horizon.end - scenario.horizon.start).days


def means_in_words(rows: pd.DataFrame) -> str:
    """How many days a point averages, for the title of a panel; nothing if it is one."""
    days = int(rows["days"].max())
    return f", means of {days} days" if days > 1 else ""
