"""How incidents end, at the last second and at blocked crossing points, each timeline written out by hand beforehand.

The scene, the ways and the names of sections are those of `test_dispatch_by_hand.py`.
"""

from __future__ import annotations

import pytest

from sim.model import Execution, layout_of
from sim.trace import IncidentEnd
from tests.model.small import Row, road, rows, run, stage, timeline, valley, whole_tour, with_reserve

BOTH = pytest.mark.parametrize("execution", list(Execution))
CHECKPOINT = layout_of(valley()).checkpoint_keys[0]
GATE = "00:00:00 POST_MANNED south-gate valley/crossing_points 9"

CREW_TOO_LATE = {"tasks__checkpoints__n": 1, "incidents__answering__post_turn_out_min": 30}
"""The crew of the post at 8 km needs 30 min and 16:18: it is at the scene 6:18 after a crowd's 40 minutes."""


@BOTH
@pytest.mark.parametrize(
    ("n_riot", "ends"),
    [
        # Two suffice for the riot: met when the crew comes, contained two hours later.
        (
            2,
            """
            01:46:18 INCIDENT_MET        a+1     area-001 2
            03:46:18 INCIDENT_CONTAINED  a+1     area-001 2
            03:46:18 SECTION_RELEASED    one-001 a
            03:46:18 SECTION_RELEASED    one-002 a
            04:02:36 SECTION_RETURNS     one-002 a 1
            04:10:36 SECTION_RETURNS     one-001 a
            """,
        ),
        # Three are needed and do not come: it burns out four hours after it arose, with two of them there.
        (
            3,
            """
            05:40:00 INCIDENT_UNANSWERED a+1     area-001 3
            05:40:00 SECTION_RELEASED    one-001 a
            05:40:00 SECTION_RELEASED    one-002 a
            05:56:18 SECTION_RETURNS     one-002 a 1
            06:04:18 SECTION_RETURNS     one-001 a
            """,
        ),
    ],
)
def test_a_riot_inherits_who_was_sent(n_riot: int, ends: str, execution: Execution) -> None:
    """At 1:40 one of two is there, the other on its way: the crowd riots."""
    settings = with_reserve(1, 2) | CREW_TOO_LATE | {"incidents__kinds__riot__n_sections": n_riot}
    crew_back = "04:02:36" if n_riot == 2 else "05:56:18"
    expected = timeline(
        f"""
        00:00:00 POST_MANNED        {CHECKPOINT} valley/checkpoints 9
        01:00:00 INCIDENT_ARISES    a       valley/crowd/area-001 2
        01:00:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        01:00:00 SECTION_CALLED     one-002 valley/checkpoints/a 16.305
        01:00:00 POST_UNMANNED      {CHECKPOINT} valley/checkpoints 9
        01:29:18 SECTION_ARRIVES    one-001 a
        01:40:00 INCIDENT_ESCALATES a       area-001 2
        01:40:00 INCIDENT_ARISES    a+1     valley/riot/area-001 {n_riot}
        01:46:18 SECTION_ARRIVES    one-002 a
        {crew_back} POST_MANNED     {CHECKPOINT} valley/checkpoints 9
        """,
        timeline(ends),
    )
    scenario = valley(dated={"a": ("crowd", "01:00", "upper-town")}, **settings)
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_a_riot_calls_for_more(execution: Execution) -> None:
    """Two of the reserve turn out in 20 min, too late by 4:18. The riot needs a third: the crew, called at 1:40."""
    settings = with_reserve(2, 3) | {"incidents__answering__reserve_turn_out_min": 20, "tasks__checkpoints__n": 1}
    expected = timeline(
        f"""
        00:00:00 POST_MANNED        {CHECKPOINT} valley/checkpoints 9
        01:00:00 INCIDENT_ARISES    a       valley/crowd/area-001 2
        01:00:00 SECTION_CALLED     one-001 valley/reserve/a 24.305
        01:00:00 SECTION_CALLED     one-002 valley/reserve/a 24.305
        01:40:00 INCIDENT_ESCALATES a       area-001 2
        01:40:00 INCIDENT_ARISES    a+1     valley/riot/area-001 3
        01:40:00 SECTION_CALLED     one-003 valley/checkpoints/a+1 16.305
        01:40:00 POST_UNMANNED      {CHECKPOINT} valley/checkpoints 9
        01:44:18 SECTION_ARRIVES    one-001 a
        01:44:18 SECTION_ARRIVES    one-002 a
        02:11:18 SECTION_ARRIVES    one-003 a+1
        02:11:18 INCIDENT_MET       a+1     area-001 3
        04:11:18 INCIDENT_CONTAINED a+1     area-001 3
        04:11:18 SECTION_RELEASED   one-001 a
        04:11:18 SECTION_RELEASED   one-002 a
        04:11:18 SECTION_RELEASED   one-003 a+1
        04:27:36 SECTION_RETURNS    one-003 a+1 1
        04:27:36 POST_MANNED        {CHECKPOINT} valley/checkpoints 9
        04:35:36 SECTION_RETURNS    one-001 a
        04:35:36 SECTION_RETURNS    one-002 a
        """
    )
    scenario = valley(dated={"a": ("crowd", "01:00", "upper-town")}, **settings)
    assert rows(run(scenario, execution)) == expected


@BOTH
@pytest.mark.parametrize(("km", "what"), [(35.0, ["ARISES", "MET", "CONTAINED"]), (35.01, ["ARISES", "ESCALATES"])])
def test_at_the_last_second_a_crowd_is_met(km: float, what: list[str], execution: Execution) -> None:
    """Five minutes and 35 km are the 40 minutes of a crowd; ten metres more are a second too late."""
    scenario = valley(dated={"a": ("crowd", "01:00", "upper-town")}, **with_reserve(2, 2))
    trace = run(scenario, execution, layout=road(scenario, upper_town=km))
    assert [row[1].removeprefix("INCIDENT_") for row in rows(trace) if row[2] == "a"] == what


@BOTH
@pytest.mark.parametrize(("km", "n_called"), [(175.0, 1), (175.01, 0)])
def test_who_would_come_too_late_is_not_called(km: float, n_called: int, execution: Execution) -> None:
    """Five minutes and 175 km are the three hours after which a brawl is over by itself."""
    scenario = valley(dated={"a": ("brawl", "01:00", "upper-town")}, **with_reserve(1, 1))
    trace = run(scenario, execution, layout=road(scenario, upper_town=km))
    assert len(trace.call_outs) == n_called
    assert [row.end for row in trace.incidents] == [IncidentEnd.CONTAINED if n_called else IncidentEnd.UNANSWERED]


@BOTH
def test_a_blockade_closes_the_crossing_point(execution: Execution) -> None:
    """Twelve kilometres out, while its crew is there all the time."""
    expected = timeline(
        f"""
        {GATE}
        01:00:00 INCIDENT_ARISES    a       valley/blockade/south-gate 1
        01:00:00 POST_UNMANNED      south-gate valley/crossing_points 9
        01:00:00 SECTION_CALLED     one-002 valley/reserve/a 12
        01:17:00 SECTION_ARRIVES    one-002 a
        01:17:00 INCIDENT_MET       a       south-gate 1
        02:17:00 INCIDENT_CONTAINED a       south-gate 1
        02:17:00 SECTION_RELEASED   one-002 a
        02:17:00 POST_MANNED        south-gate valley/crossing_points 9
        02:29:00 SECTION_RETURNS    one-002 a
        """
    )
    scenario = valley(dated={"a": ("blockade", "01:00", "south-gate")}, **with_reserve(1, 2))
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_two_blockades_at_once_close_it_once(execution: Execution) -> None:
    dated = {"a": ("blockade", "01:00", "south-gate"), "b": ("blockade", "01:30", "south-gate")}
    table = rows(run(valley(dated=dated, **with_reserve(2, 3)), execution))
    assert [row[:2] for row in table if row[2] == "south-gate"] == [
        ("00:00:00", "POST_MANNED"),
        ("01:00:00", "POST_UNMANNED"),
        ("02:47:00", "POST_MANNED"),
    ]


@BOTH
def test_a_crossing_point_that_lost_its_crew_stays_closed_after_a_blockade(execution: Execution) -> None:
    """At 8:00 the reserve is out, so the crew becomes the reserve, and relieves it."""
    expected = timeline(
        f"""
        {GATE}
        07:30:00 INCIDENT_ARISES    a       valley/blockade/south-gate 1
        07:30:00 POST_UNMANNED      south-gate valley/crossing_points 9
        07:30:00 SECTION_CALLED     one-002 valley/reserve/a 12
        07:47:00 SECTION_ARRIVES    one-002 a
        07:47:00 INCIDENT_MET       a       south-gate 1
        08:00:00 SECTION_CALLED     one-001 valley/reserve/a 12
        08:17:00 SECTION_ARRIVES    one-001 a
        08:17:00 SECTION_RELEASED   one-002 a
        08:29:00 SECTION_RETURNS    one-002 a
        08:47:00 INCIDENT_CONTAINED a       south-gate 1
        08:47:00 SECTION_RELEASED   one-001 a
        08:59:00 SECTION_RETURNS    one-001 a
        16:00:00 POST_MANNED        south-gate valley/crossing_points 9
        """
    )
    scenario = valley(dated={"a": ("blockade", "07:30", "south-gate")}, **with_reserve(1, 2))
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_a_crossing_point_that_got_a_crew_opens_after_a_blockade(execution: Execution) -> None:
    """One section, the reserve; on the second day three, so that the crossing point gets a crew while it is blocked."""
    expected = timeline(
        """
        23:30:00 INCIDENT_ARISES    a       valley/blockade/south-gate 1
        23:30:00 SECTION_CALLED     one-001 valley/reserve/a 12
        23:47:00 SECTION_ARRIVES    one-001 a
        23:47:00 INCIDENT_MET       a       south-gate 1
        24:00:00 SECTION_CALLED     one-003 valley/reserve/a 12
        24:17:00 SECTION_ARRIVES    one-003 a
        24:17:00 SECTION_RELEASED   one-001 a
        24:29:00 SECTION_RETURNS    one-001 a
        24:47:00 INCIDENT_CONTAINED a       south-gate 1
        24:47:00 SECTION_RELEASED   one-003 a
        24:47:00 POST_MANNED        south-gate valley/crossing_points 9
        24:59:00 SECTION_RETURNS    one-003 a
        """
    )
    settings = with_reserve(1, 1) | stage(27)
    scenario = valley(dated={"a": ("blockade", "23:30", "south-gate")}, **settings)
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_escorts_take_standby_first_then_the_reserve_then_who_waits_for_a_tour(execution: Execution) -> None:
    """Nobody turns out: they were told before. A patrol on the road is never called, only once it is turned round.

    Sections: crossing point, reserve, a tour at 0:00, one at 4:00, standby.
    """
    dated = {f"e{n}": ("escort", time, "upper-town") for n, time in enumerate(("01:00", "01:10", "01:20", "01:30"))}
    settings = with_reserve(1, 5) | {"tasks__patrols__per_day": 6}
    table = rows(run(valley(dated=dated, **settings), execution))
    early = [row for row in table if row[0] < "05:00:00" and row[1] in ("SECTION_CALLED", "INCIDENT_MET")]
    called: list[Row] = timeline(
        """
        01:00:00 SECTION_CALLED one-005 valley/standby/e0 24.305
        01:10:00 SECTION_CALLED one-002 valley/reserve/e1 24.305
        01:20:00 SECTION_CALLED one-004 valley/patrols/e2 24.305
        01:24:18 INCIDENT_MET   e0      area-001 1
        01:34:18 INCIDENT_MET   e1      area-001 1
        01:44:18 INCIDENT_MET   e2      area-001 1
        03:20:00 SECTION_CALLED one-003 valley/patrols/e3 24.305
        03:44:18 INCIDENT_MET   e3      area-001 1
        """
    )
    assert early == called
    tours = [row for row in table if row[0] < "08:00:00" and row[2] in ("one-003", "one-004") and "e" not in row[3][:1]]
    of_patrols = [row for row in tours if row[1] in ("TOUR_DEPARTS", "AREA_VISITED", "TOUR_ENDS")]
    assert of_patrols == whole_tour("one-003", "00:00")
