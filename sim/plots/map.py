"""A map of the theatre at an instant: where patrols have been, and which posts are manned.

Several snapshots stand side by side on one scale and share the colours, so that troop levels or days can be compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.experiment import as_asked
from sim.plots.map_key import (
    colours_height_in,
    counts_height_in,
    draw_colours,
    draw_counts,
    draw_sectors,
)
from sim.plots.map_panel import MARKS, NO_BREAK_SPACE, STATE_NAMES, Ground, draw_panel, lay_ground, share_words
from sim.plots.page import MARGIN_IN, WIDTH_IN, Page, Plot, make_page
from sim.plots.placing import line_height_in, shortened, wrapped
from sim.plots.provenance import Run
from sim.plots.style import GREY, INK, our_style
from sim.processes.post import PostState
from sim.responses.snapshot import Snapshot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.scenario.schema import Scenario
    from sim.theatre import Layout

MOST_PANELS = 6

_ROOM_IN = WIDTH_IN - 2 * MARGIN_IN
_GAP_IN = 0.2
_SIDE_IN = 2.3
_HEAD_IN = 2 * line_height_in() + 0.06
_MOST_ALONE_IN, _MOST_BESIDE_IN = 5.6, 4.4
_N_ACROSS = 2
ILLUSTRATIVE = "Positions are illustrative."


def theatre_map(scenario: Scenario, snapshots: Snapshot | Sequence[Snapshot]) -> Plot:
    """Patrol areas by time since the last visit, posts by state, and sectors with the share covered.

    Parameters
    ----------
    scenario : Scenario
        The scenario that was run.
    snapshots : Snapshot or sequence of Snapshot
        One, or up to six to be compared: of one scenario, seed and layout.

    Returns
    -------
    Plot
        A matplotlib figure; its `table` has a row an area and a row a post of each snapshot.

    Raises
    ------
    ValueError
        If there are no snapshots, more than six, or some of other seeds or layouts.
    """
    shown = [snapshots] if isinstance(snapshots, Snapshot) else list(snapshots)
    if not 1 <= len(shown) <= MOST_PANELS:
        raise ValueError(f"{len(shown)} snapshots; a map shows 1 to {MOST_PANELS}")
    first = shown[0]
    if any(one.seed != first.seed or not _is_same_ground(one.layout, first.layout) for one in shown):
        raise ValueError("snapshots of different seeds or layouts do not go on one map")
    if first.seed != scenario.experiment.seed:
        scenario = as_asked(scenario, seed=first.seed)
    is_alone = len(shown) == 1
    panel_in = _ROOM_IN - _SIDE_IN - _GAP_IN if is_alone else (_ROOM_IN - _GAP_IN) / _N_ACROSS
    ground = lay_ground(first.layout, panel_in, _MOST_ALONE_IN if is_alone else _MOST_BESIDE_IN)
    words = _small_print(scenario)
    small_in = len(words) * line_height_in() + 0.08
    with our_style():
        body_in = small_in + (_alone_height_in(shown, ground) if is_alone else _beside_height_in(shown, ground))
        notes = [*dict.fromkeys(f"replication {one.replication}" for one in shown)]
        page = make_page(
            Run(scenario, _ran(scenario, shown)), body_in, subtitle=_subtitle(scenario, shown), key=(), notes=notes
        )
        for index, line in enumerate(words):
            at_in = page.bottom_in + small_in - 0.08 - (index + 0.75) * line_height_in()
            page.figure.text(MARGIN_IN / WIDTH_IN, at_in / page.figure.get_size_inches()[1], line, color=GREY)
        draw = _draw_alone if is_alone else _draw_beside
        draw(page, scenario, shown, ground, small_in)
    page.figure.table = map_table(scenario, shown)
    page.figure.alt_text = _in_words(scenario, shown)
    return page.figure


def _ran(scenario: Scenario, shown: Sequence[Snapshot]) -> list[dict[str, object]]:
    """Which replication each map is of, and when."""
    return [
        {"policy": one.policy, "troops": one.troops, "replication": one.replication, "time": when(scenario, one.at_s)}
        for one in shown
    ]


def _is_same_ground(one: Layout, other: Layout) -> bool:
    return one is other or (
        one.sector_keys == other.sector_keys
        and np.array_equal(one.outline_km, other.outline_km)
        and np.array_equal(one.area_km, other.area_km)
        and np.array_equal(one.area_sector, other.area_sector)
    )


def map_table(scenario: Scenario, snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """What a map draws: for each snapshot its areas, then its posts.

    Returns
    -------
    DataFrame
        scenario, policy, troops (missing at the policy's own strength), replication, time, what (area or the post's
        task), key, sector, hours_since_visit (missing before the first), covered (areas), state (posts).
    """
    parts = []
    for one in snapshots:
        n_areas = len(one.since_visit_h)
        areas = {
            "what": ["area"] * n_areas,
            "key": [f"area-{index:03d}" for index in range(n_areas)],
            "sector": [one.layout.sector_keys[sector] for sector in one.layout.area_sector.tolist()],
            "hours_since_visit": one.since_visit_h.round(4),
            "covered": one.is_covered.tolist(),
        }
        posts = {
            "what": [post.task.value for post in one.posts],
            "key": [post.key for post in one.posts],
            "sector": [post.sector for post in one.posts],
            "state": [state.name.lower() for state in one.states],
        }
        run = {
            "scenario": scenario.name,
            "policy": one.policy,
            "troops": one.troops,
            "replication": one.replication,
            "time": when(scenario, one.at_s),
        }
        parts += [pd.DataFrame(table).assign(**run) for table in (areas, posts) if table["key"]]
    columns = "scenario policy troops replication time what key sector hours_since_visit covered state".split()
    rows = [row for part in parts for row in part.reindex(columns=columns).to_dict("records")]
    return pd.DataFrame(rows, columns=columns).astype(
        {"troops": "Int64", "covered": "boolean", "hours_since_visit": float}
    )


def when(scenario: Scenario, at_s: int) -> str:
    """An instant as date and time of day, with seconds if there are any."""
    time = dt.datetime.combine(scenario.horizon.start, dt.time()) + dt.timedelta(seconds=at_s)
    return time.isoformat(" ", "seconds" if time.second else "minutes")


def _alone_height_in(shown: Sequence[Snapshot], ground: Ground) -> float:
    side_in = counts_height_in(shown) + 0.25 + colours_height_in(shown, _SIDE_IN) + 0.2
    return max(_HEAD_IN + ground.frame.height_in, side_in)


def _beside_height_in(shown: Sequence[Snapshot], ground: Ground) -> float:
    n_down = -(-len(shown) // _N_ACROSS)
    return n_down * _row_height_in(shown, ground) + colours_height_in(shown, _ROOM_IN) + 0.06


def _row_height_in(shown: Sequence[Snapshot], ground: Ground) -> float:
    return _HEAD_IN + ground.frame.height_in + counts_height_in(shown) + 0.2


def _draw_alone(page: Page, scenario: Scenario, shown: Sequence[Snapshot], ground: Ground, bottom_in: float) -> None:
    (one,) = shown
    top_in = page.top_in - page.bottom_in
    width_in, height_in = ground.frame.width_in, ground.frame.height_in
    _write_head(page, scenario, shown, 0, MARGIN_IN, top_in, width_in)
    draw_panel(page.axes(MARGIN_IN, top_in - _HEAD_IN - height_in, width_in, height_in), scenario, one, ground)
    left_in = MARGIN_IN + width_in + _GAP_IN
    top_in -= counts_height_in(shown)
    draw_counts(_plain(page, left_in, top_in, _SIDE_IN, counts_height_in(shown)), shown, one, ground.cell_pt)
    height_in = colours_height_in(shown, _SIDE_IN)
    top_in -= 0.2 + height_in
    draw_colours(_plain(page, left_in, top_in, _SIDE_IN, height_in), scenario, shown)
    top_in -= 0.2
    draw_sectors(_plain(page, left_in, bottom_in, _SIDE_IN, top_in - bottom_in), scenario, one)


def _draw_beside(page: Page, scenario: Scenario, shown: Sequence[Snapshot], ground: Ground, bottom_in: float) -> None:
    width_in, height_in = ground.frame.width_in, ground.frame.height_in
    for index, one in enumerate(shown):
        down, across = divmod(index, _N_ACROSS)
        left_in = MARGIN_IN + across * (width_in + _GAP_IN)
        top_in = page.top_in - page.bottom_in - down * _row_height_in(shown, ground)
        _write_head(page, scenario, shown, index, left_in, top_in, width_in)
        top_in -= _HEAD_IN + height_in
        draw_panel(page.axes(left_in, top_in, width_in, height_in), scenario, one, ground)
        top_in -= counts_height_in(shown) + 0.06
        draw_counts(_plain(page, left_in, top_in, width_in, counts_height_in(shown)), shown, one, ground.cell_pt)
    colours_in = colours_height_in(shown, _ROOM_IN)
    draw_colours(_plain(page, MARGIN_IN, bottom_in, _ROOM_IN, colours_in), scenario, shown)


def _plain(page: Page, left_in: float, bottom_in: float, width_in: float, height_in: float) -> Axes:
    ax = page.axes(left_in, bottom_in, width_in, height_in)
    ax.set_xlim(0, width_in)
    ax.set_ylim(0, height_in)
    ax.set_axis_off()
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def _write_head(
    page: Page,
    scenario: Scenario,
    shown: Sequence[Snapshot],
    index: int,
    left_in: float,
    top_in: float,
    width_in: float,
) -> None:
    """Two lines above a panel: what it is of, with what tells it from the others, and how much is covered."""
    one = shown[index]
    width, height = page.figure.get_size_inches()
    baselines = [(page.bottom_in + top_in - (line + 0.75) * line_height_in()) / height for line in range(2)]
    if len(shown) > 1:
        page.figure.text(left_in / width, baselines[0], "abcdef"[index], fontweight="bold", color=INK)
        left_in, width_in = left_in + 0.18, width_in - 0.18
    of_it = [one.policy] * (len({other.policy for other in shown}) > 1)
    of_it += [f"replication {one.replication}"] * (len({other.replication for other in shown}) > 1)
    covered = f"{share_words(one.share_covered_in_all)} of the patrol areas covered"
    words = ", ".join([*of_it, covered, _tours_in_words(one)])
    head = shortened(_head(scenario, one), width_in, bold=True)
    page.figure.text(left_in / width, baselines[0], head, fontweight="bold", color=INK)
    page.figure.text(left_in / width, baselines[1], shortened(words, width_in), color=GREY)


def _tours_in_words(one: Snapshot) -> str:
    n = int(one.tours_out.sum())
    return f"{n:,} {'tour' if n == 1 else 'tours'} out"


def _subtitle(scenario: Scenario, shown: Sequence[Snapshot]) -> str:
    policies = dict.fromkeys(scenario.policy[one.policy].title for one in shown)
    replications = dict.fromkeys(f"{one.replication}" for one in shown)
    return (
        f"Policy: {'; '.join(policies)}. Replication {' and '.join(replications)}. Colours: time since the last visit "
        f"to a patrol area, which counts as covered for {scenario.coverage.window_h:g}{NO_BREAK_SPACE}h (W). "
        "Percentages: areas covered."
    )


def _small_print(scenario: Scenario) -> list[str]:
    """The theatre's own note and attribution, and that positions are illustrative if the note does not say so."""
    theatre = scenario.theatre
    note = theatre.note if ILLUSTRATIVE in theatre.note else f"{ILLUSTRATIVE} {theatre.note}"
    return wrapped(f"{note} {theatre.attribution}", _ROOM_IN)


def in_short(scenario: Scenario, snapshot: Snapshot) -> list[str]:
    """A snapshot in three lines: what it is of, areas and tours, posts."""
    return [
        f"{_head(scenario, snapshot)}, policy {snapshot.policy}, replication {snapshot.replication}",
        f"  areas covered: {share_words(snapshot.share_covered_in_all)} ({_sectors_in_words(scenario, snapshot)}); "
        f"tours out: {int(snapshot.tours_out.sum()):,}",
        f"  {posts_in_words(snapshot)}",
    ]


def _head(scenario: Scenario, snapshot: Snapshot) -> str:
    own = " (own strength)" if snapshot.troops is None else ""
    return f"{int(snapshot.strength.sum()):,} soldiers{own}, {when(scenario, snapshot.at_s)}"


def _sectors_in_words(scenario: Scenario, snapshot: Snapshot) -> str:
    sectors = scenario.theatre.sectors.values()
    shares = snapshot.share_covered.tolist()
    return ", ".join(f"{sector.name} {share_words(share)}" for sector, share in zip(sectors, shares, strict=True))


def posts_in_words(snapshot: Snapshot) -> str:
    """How many posts of each task are in which state; the police only where there are sites with them."""
    words = []
    for task, mark in MARKS.items():
        counts = {STATE_NAMES[state]: snapshot.n_posts(task, state) for state in STATE_NAMES}
        shown = [f"{n:,} {name}" for name, n in counts.items() if n or name != STATE_NAMES[PostState.POLICE]]
        words.append(f"{mark.name.lower()}: {', '.join(shown)}")
    return "; ".join(words)


def _in_words(scenario: Scenario, shown: Sequence[Snapshot]) -> str:
    parts = [
        f"{_head(scenario, one)}: {share_words(one.share_covered_in_all)} of the patrol areas covered "
        f"({_sectors_in_words(scenario, one)}); {posts_in_words(one)}"
        for one in shown
    ]
    return f"Map of {scenario.theatre.title}. {'. '.join(parts)}."
