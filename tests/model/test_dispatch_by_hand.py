"""Who is sent to incidents, relieved and released, each timeline written out by hand before the model was run.

The scene is 24.305 km from the base unless said otherwise, 24:18 at a kilometre a minute. A reserve turns out in five
minutes, a crew in fifteen. Sections are numbered in the order in which they get tasks: crossing points, reserve,
checkpoints, patrols, then those without a task.
"""

from __future__ import annotations

import pytest

from sim.model import Execution, layout_of
from sim.trace import NOT_YET, IncidentEnd
from tests.model.small import rows, run, stage, timeline, valley, with_reserve

BOTH = pytest.mark.parametrize("execution", list(Execution))
CHECKPOINT = layout_of(valley()).checkpoint_keys[0]
GATE = "00:00:00 POST_MANNED south-gate valley/crossing_points 9"


@BOTH
def test_the_reserve_turns_out(execution: Execution) -> None:
    scenario = valley(dated={"a": ("brawl", "01:00", "upper-town")}, **with_reserve(1, 1))
    expected = timeline(
        """
        01:00:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        01:00:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        01:29:18 SECTION_ARRIVES    one-001 a
        01:29:18 INCIDENT_MET       a       area-001 1
        02:29:18 INCIDENT_CONTAINED a       area-001 1
        02:29:18 SECTION_RELEASED   one-001 a
        02:53:36 SECTION_RETURNS    one-001 a
        """
    )
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_a_section_is_called_again_on_its_way_home(execution: Execution) -> None:
    """At 2:40 it has driven 642 of 1458 s, so it is 24.305 x 816 / 1458 = 13.6028 km out: 8.6028 km from the town.

    Those take 516.2 s.
    """
    dated = {"a": ("brawl", "01:00", "upper-town"), "b": ("brawl", "02:40", "lower-town")}
    expected = timeline(
        """
        01:00:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        01:00:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        01:29:18 SECTION_ARRIVES    one-001 a
        01:29:18 INCIDENT_MET       a       area-001 1
        02:29:18 INCIDENT_CONTAINED a       area-001 1
        02:29:18 SECTION_RELEASED   one-001 a
        02:40:00 SECTION_RETURNS    one-001 a
        02:40:00 INCIDENT_ARISES    b       valley/brawl/area-000 1
        02:40:00 SECTION_CALLED     one-001 valley/reserve/b 8.603
        02:48:36 SECTION_ARRIVES    one-001 b
        02:48:36 INCIDENT_MET       b       area-000 1
        03:48:36 INCIDENT_CONTAINED b       area-000 1
        03:48:36 SECTION_RELEASED   one-001 b
        03:53:36 SECTION_RETURNS    one-001 b
        """
    )
    assert rows(run(valley(dated=dated, **with_reserve(1, 1)), execution)) == expected


@BOTH
def test_two_incidents_at_one_minute_get_one_section_each(execution: Execution) -> None:
    dated = {"a": ("brawl", "01:00", "upper-town"), "b": ("brawl", "01:00", "upper-town")}
    called = [row for row in rows(run(valley(dated=dated, **with_reserve(2, 2)), execution)) if "CALLED" in row[1]]
    assert [(row[2], row[3]) for row in called] == [("one-001", "valley/reserve/a"), ("one-002", "valley/reserve/b")]


@BOTH
def test_the_second_of_two_waits_for_the_only_section(execution: Execution) -> None:
    """It is sent on as it is released at the first scene, 24.305 - 5 = 19.305 km from the second."""
    dated = {"a": ("brawl", "01:00", "upper-town"), "b": ("brawl", "01:00", "lower-town")}
    expected = timeline(
        """
        01:00:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        01:00:00 INCIDENT_ARISES    b       valley/brawl/area-000 1
        01:00:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        01:29:18 SECTION_ARRIVES    one-001 a
        01:29:18 INCIDENT_MET       a       area-001 1
        02:29:18 INCIDENT_CONTAINED a       area-001 1
        02:29:18 SECTION_RELEASED   one-001 a
        02:29:18 SECTION_RETURNS    one-001 a
        02:29:18 SECTION_CALLED     one-001 valley/reserve/b 19.305
        02:48:36 SECTION_ARRIVES    one-001 b
        02:48:36 INCIDENT_MET       b       area-000 1
        03:48:36 INCIDENT_CONTAINED b       area-000 1
        03:48:36 SECTION_RELEASED   one-001 b
        03:53:36 SECTION_RETURNS    one-001 b
        """
    )
    assert rows(run(valley(dated=dated, **with_reserve(1, 1)), execution)) == expected


@BOTH
def test_new_ones_relieve_the_old(execution: Execution) -> None:
    """Sections 1 and 4 are a shift group, 2 and 3 the other.

    At 8:00 the reserve of the second sets out, and at 8:29:18 lets that of the first go.
    """
    expected = timeline(
        """
        07:10:00 INCIDENT_ARISES    a       valley/crowd/area-001 2
        07:10:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        07:10:00 SECTION_CALLED     one-004 valley/reserve/a 24.305
        07:39:18 SECTION_ARRIVES    one-001 a
        07:39:18 SECTION_ARRIVES    one-004 a
        07:39:18 INCIDENT_MET       a       area-001 2
        08:00:00 SECTION_CALLED     one-002 valley/reserve/a 24.305
        08:00:00 SECTION_CALLED     one-003 valley/reserve/a 24.305
        08:29:18 SECTION_ARRIVES    one-002 a
        08:29:18 SECTION_ARRIVES    one-003 a
        08:29:18 SECTION_RELEASED   one-001 a
        08:29:18 SECTION_RELEASED   one-004 a
        08:39:18 INCIDENT_CONTAINED a       area-001 2
        08:39:18 SECTION_RELEASED   one-002 a
        08:39:18 SECTION_RELEASED   one-003 a
        08:53:36 SECTION_RETURNS    one-001 a
        08:53:36 SECTION_RETURNS    one-004 a
        09:03:36 SECTION_RETURNS    one-002 a
        09:03:36 SECTION_RETURNS    one-003 a
        """
    )
    settings = with_reserve(2, 4) | {"force__n_shift_groups": 2}
    scenario = valley(dated={"a": ("crowd", "07:10", "upper-town")}, **settings)
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_one_new_section_lets_one_of_two_go(execution: Execution) -> None:
    """All three are always on duty. At 8:00 only the crew of the crossing point is there: it becomes the reserve."""
    expected = timeline(
        f"""
        {GATE}
        07:10:00 INCIDENT_ARISES    a       valley/crowd/area-001 2
        07:10:00 SECTION_CALLED     one-002 valley/reserve/a 24.305
        07:10:00 SECTION_CALLED     one-003 valley/reserve/a 24.305
        07:39:18 SECTION_ARRIVES    one-002 a
        07:39:18 SECTION_ARRIVES    one-003 a
        07:39:18 INCIDENT_MET       a       area-001 2
        08:00:00 POST_UNMANNED      south-gate valley/crossing_points 9
        08:00:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        08:29:18 SECTION_ARRIVES    one-001 a
        08:29:18 SECTION_RELEASED   one-002 a
        08:39:18 INCIDENT_CONTAINED a       area-001 2
        08:39:18 SECTION_RELEASED   one-003 a
        08:39:18 SECTION_RELEASED   one-001 a
        08:53:36 SECTION_RETURNS    one-002 a
        09:03:36 SECTION_RETURNS    one-003 a
        09:03:36 SECTION_RETURNS    one-001 a
        16:00:00 POST_MANNED        south-gate valley/crossing_points 9
        """
    )
    scenario = valley(dated={"a": ("crowd", "07:10", "upper-town")}, **with_reserve(2, 3))
    assert rows(run(scenario, execution)) == expected


@BOTH
@pytest.mark.parametrize(
    ("time", "contained", "new_home", "old_home", "arrived"),
    [
        # Contained at 8:19:18: 858 of 1458 s on the road since 8:05, and as long back.
        ("06:50", "08:19:18", "08:33:36", "08:43:36", "07:19:18"),
        # Contained at 8:03:18, before the relief has set off: it stays at its base.
        ("06:34", "08:03:18", "08:03:18", "08:27:36", "07:03:18"),
    ],
)
def test_relief_is_called_off(
    time: str, contained: str, new_home: str, old_home: str, arrived: str, execution: Execution
) -> None:
    expected = timeline(
        f"""
        {time}:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        {time}:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        {arrived} SECTION_ARRIVES    one-001 a
        {arrived} INCIDENT_MET       a       area-001 1
        08:00:00 SECTION_CALLED      one-002 valley/reserve/a 24.305
        {contained} INCIDENT_CONTAINED a     area-001 1
        {contained} SECTION_RELEASED one-001 a
        {contained} SECTION_RELEASED one-002 a
        {new_home} SECTION_RETURNS   one-002 a
        {old_home} SECTION_RETURNS   one-001 a
        """
    )
    settings = with_reserve(1, 2) | {"force__n_shift_groups": 2}
    scenario = valley(dated={"a": ("brawl", time, "upper-town")}, **settings)
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_work_in_progress_is_finished_in_a_drawdown(execution: Execution) -> None:
    """The force leaves at midnight. Its section, on the scene since 23:29:18, stays until 24:29:18 and drives home."""
    expected = timeline(
        """
        23:00:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        23:00:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        23:29:18 SECTION_ARRIVES    one-001 a
        23:29:18 INCIDENT_MET       a       area-001 1
        24:29:18 INCIDENT_CONTAINED a       area-001 1
        24:29:18 SECTION_RELEASED   one-001 a
        24:53:36 SECTION_RETURNS    one-001 a
        26:00:00 INCIDENT_ARISES    b       valley/brawl/area-001 1
        29:00:00 INCIDENT_UNANSWERED b      area-001 1
        """
    )
    dated = {"a": ("brawl", "23:00", "upper-town"), "b": ("brawl", "26:00", "upper-town")}
    settings = with_reserve(1, 1) | stage(0)
    assert rows(run(valley(dated=dated, **settings), execution)) == expected


@BOTH
def test_open_at_the_end_of_the_run(execution: Execution) -> None:
    """One section is on the scene at midnight, the other still on its way to another."""
    dated = {"a": ("brawl", "23:10", "upper-town"), "b": ("brawl", "23:50", "upper-town")}
    trace = run(valley(dated=dated, **with_reserve(2, 2)), execution)
    expected = timeline(
        """
        23:10:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        23:10:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        23:39:18 SECTION_ARRIVES    one-001 a
        23:39:18 INCIDENT_MET       a       area-001 1
        23:50:00 INCIDENT_ARISES    b       valley/brawl/area-001 1
        23:50:00 SECTION_CALLED     one-002 valley/reserve/b 24.305
        """
    )
    assert rows(trace) == expected
    assert [row.end for row in trace.incidents] == [IncidentEnd.OPEN] * 2
    there, on_its_way = trace.call_outs
    assert (there.released_s, there.home_s, on_its_way.arrived_s) == (NOT_YET,) * 3
    assert on_its_way.arrives_s == (24 * 60 + 19) * 60 + 18
