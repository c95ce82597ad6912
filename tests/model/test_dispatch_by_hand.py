"""Who is sent to incidents, relieved and released, each timeline written out by hand before the model was run.

The scene is 24.305 km from the base unless said otherwise, 24:18 at a kilometre a minute. A reserve turns out in five
minutes, a crew in fifteen. Sections are numbered in the order in which they get tasks: crossing points, reserve,
checkpoints, patrols, then those without a task.
"""

from __future__ import annotations

import datetime as dt

import pytest

from sim.model import Execution, layout_of
from sim.trace import NOT_YET, IncidentEnd
from tests.model.small import Row, road, rows, run, timeline, valley, whole_tour

BOTH = pytest.mark.parametrize("execution", list(Execution))
CHECKPOINT = layout_of(valley()).checkpoint_keys[0]
GATE = "00:00:00 POST_MANNED south-gate valley/crossing_points 9"


def with_reserve(n_reserve: int, n_sections: int) -> dict[str, object]:
    return {"tasks__reserve__n_sections__valley": n_reserve, "contingents__one__strength": 9 * n_sections}


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
    """Sections 1 and 4 are a shift group, 2 and 3 the other. At 8:00 the reserve of the second sets out, and at 8:29:18 lets that of the first go."""
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


def stage(strength: int) -> dict[str, object]:
    """Two days, and so many soldiers on the second."""
    days = {"decided_on": dt.date(2001, 1, 1), "effective_on": dt.date(2001, 1, 2)}
    table = {"name": "Stage", "strength": strength, **days}
    return {"policy__by-hand__stages__last": table, "horizon__end": dt.date(2001, 1, 3)}


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
