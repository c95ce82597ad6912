"""Post-hours from event lists written by hand, and whom the police can protect."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from sim.processes.post import Post
from sim.responses.integrals import Grid
from sim.responses.posts import ListChanges, PostIntegrals, PostMeter
from sim.scenario.schema import Police, Task
from sim.task_list import TaskList
from sim.tasks import TASKS
from sim.trace import Event, EventKind

MANNED, UNMANNED, HANDED_OVER = EventKind.POST_MANNED, EventKind.POST_UNMANNED, EventKind.SITE_HANDED_OVER
POSTS = [
    Post("gate", "south", Task.CROSSING_POINTS, 9.0),
    Post("bridge", "north", Task.SITES, 2.0),
    Post("church", "north", Task.SITES, 2.0),
    Post("dam", "south", Task.SITES, 2.0),
    Post("road", "north", Task.CHECKPOINTS, 5.0),
]
H = 3600
NORTH, SOUTH = 0, 1


def integrals(
    *events: tuple[int, EventKind, str],
    level: float = 0.5,
    capacity: int = 10,
    posts: list[Post] = POSTS,
    changes: ListChanges | None = None,
) -> PostIntegrals:
    """Of a run of four hours; the last event comes by itself."""
    grid = Grid(np.arange(5) * H, n_sectors=2)
    police = Police(protection_level=level, capacity_sites=capacity)
    meter = PostMeter(grid, posts, police, ("north", "south"), changes)
    rows = [Event(time_s, kind, entity, "", 0.0) for time_s, kind, entity in events]
    for part in (rows[:-1], rows[-1:]):
        meter.add(part)
    return meter.close()


def test_nothing_manned() -> None:
    found = integrals()
    assert found.sites_s.tolist() == [[0, 2 * H, 4 * H, 6 * H, 8 * H], [0, H, 2 * H, 3 * H, 4 * H]]
    assert found.checkpoints_s.tolist() == [[0, H, 2 * H, 3 * H, 4 * H], [0] * 5]
    assert found.crossings_s.tolist() == [[0] * 5, [0, H, 2 * H, 3 * H, 4 * H]]
    assert found.kfor_sites_s.tolist() == found.sites_s.tolist()
    for nothing in (found.guarded_s, found.protected_s, found.police_sites_s):
        assert not nothing.any()
    assert not found.checkpoints_manned_s.any()
    assert not found.crossings_open_s.any()


def test_manned_and_left_each_in_its_own_column() -> None:
    """The bridge from 0:00 to 1:30 and from 2:00 on, the road from 1:00 to 3:00, the gate from 0:15 on."""
    found = integrals(
        (0, MANNED, "bridge"),
        (H // 4, MANNED, "gate"),
        (H, MANNED, "road"),
        (3 * H // 2, UNMANNED, "bridge"),
        (2 * H, MANNED, "bridge"),
        (3 * H, UNMANNED, "road"),
    )
    assert (found.guarded_s[NORTH] / H).tolist() == [0, 1, 1.5, 2.5, 3.5]
    assert (found.checkpoints_manned_s[NORTH] / H).tolist() == [0, 0, 1, 2, 2]
    assert (found.crossings_open_s[SOUTH] / H).tolist() == [0, 0.75, 1.75, 2.75, 3.75]
    assert not found.guarded_s[SOUTH].any()
    assert not found.checkpoints_manned_s[SOUTH].any()
    assert not found.crossings_open_s[NORTH].any()
    assert found.protected_s.tolist() == found.guarded_s.tolist()


def test_a_site_handed_over_is_the_polices_whether_it_was_guarded_or_not() -> None:
    """The bridge, guarded, passes at 1:00; the church, unguarded, at 2:30. The police give 0.4."""
    found = integrals((0, MANNED, "bridge"), (H, HANDED_OVER, "bridge"), (5 * H // 2, HANDED_OVER, "church"), level=0.4)
    assert (found.guarded_s[NORTH] / H).tolist() == [0, 1, 1, 1, 1]
    assert (found.police_sites_s[NORTH] / H).tolist() == [0, 0, 1, 2.5, 4.5]
    assert (found.kfor_sites_s[NORTH] / H).tolist() == [0, 2, 3, 3.5, 3.5]
    assert (found.protected_s[NORTH] / H).tolist() == pytest.approx([0, 1, 1.4, 2.0, 2.8])
    # What should be guarded is the task list's, whoever does it.
    assert (found.sites_s[NORTH] / H).tolist() == [0, 2, 4, 6, 8]


@pytest.mark.parametrize(("capacity", "protected_h"), [(0, 0), (1, 0.5 * 3), (2, 0.5 * 5), (3, 0.5 * 6), (9, 0.5 * 6)])
def test_police_protect_as_many_as_they_can_the_first_to_come_first(capacity: int, protected_h: float) -> None:
    """Sites of both sectors at 1:00, 2:00 and 3:00: 3, 2 and 1 hours until the end."""
    found = integrals(
        (H, HANDED_OVER, "church"), (2 * H, HANDED_OVER, "dam"), (3 * H, HANDED_OVER, "bridge"), capacity=capacity
    )
    assert found.protected_s[:, -1].sum() / H == pytest.approx(protected_h)
    assert found.police_sites_s[:, -1].sum() / H == 6


def test_what_is_no_post_of_the_list_does_not_count() -> None:
    found = integrals((0, MANNED, "bridge"), (0, MANNED, "elsewhere"), posts=POSTS[:1] + POSTS[2:])
    assert not found.guarded_s.any()
    assert found.sites_s[NORTH, -1] == 4 * H


def on_list(*shares: tuple[int, float], shift_s: int = 1) -> ListChanges:
    """The whole list until the first of the times [s], then that share of the sites, and so on; sections of two."""
    table = np.ones((len(shares) + 1, len(TASKS)))
    table[1:, TASKS.index(Task.SITES)] = [share for _, share in shares]
    return ListChanges(TaskList([0, *(from_s for from_s, _ in shares)], table), section_size=2.0, shift_s=shift_s)


def test_a_list_that_never_changes_is_the_list() -> None:
    events = (0, MANNED, "bridge"), (H, HANDED_OVER, "bridge"), (2 * H, MANNED, "gate")
    for field, column in asdict(integrals(*events)).items():
        assert column.tolist() == asdict(integrals(*events, changes=on_list()))[field].tolist(), field


def test_posts_on_the_list_are_those_that_its_sections_can_man() -> None:
    """North: ten sections for seven sites of one and, sixth, one of three; half from 1:00, a fifth from 2:00.

    Five sections man five sites, two man two. From 3:00 the first site is the police's: of nine a fifth is two still.
    """
    sites = [Post(f"site-{n}", "north", Task.SITES, 2.0 if n < 5 else 6.0) for n in range(6)]
    found = integrals(
        (0, MANNED, "site-0"),
        (3 * H, HANDED_OVER, "site-0"),
        posts=[*sites, *POSTS],
        changes=on_list((H, 0.5), (2 * H, 0.2)),
    )
    assert (found.kfor_sites_s[NORTH] / H).tolist() == [0, 8, 8 + 5, 8 + 5 + 2, 8 + 5 + 2 + 2]
    assert (found.sites_s[NORTH] / H).tolist() == [0, 8, 13, 15, 15 + 2 + 1]
    # A fifth of the south's one section is a whole one.
    assert (found.sites_s[SOUTH] / H).tolist() == [0, 1, 2, 3, 4]
    assert (found.checkpoints_s[NORTH] / H).tolist() == [0, 1, 2, 3, 4]


def test_a_list_changes_at_the_next_shift_change() -> None:
    found = integrals((0, MANNED, "bridge"), changes=on_list((H + 1, 0.5), shift_s=2 * H))
    assert (found.sites_s[NORTH] / H).tolist() == [0, 2, 4, 5, 6]


def test_a_stage_may_have_the_name_of_a_post() -> None:
    """Names of stages are free text; a change of strength is no change of a post."""
    others = [kind for kind in EventKind if kind not in (MANNED, UNMANNED, HANDED_OVER)]
    found = integrals((0, MANNED, "gate"), *((2 * H, kind, name) for kind in others for name in ("gate", "bridge")))
    assert found.crossings_open_s[SOUTH, -1] / H == 4
    assert not found.guarded_s.any()
    assert not found.police_sites_s.any()
