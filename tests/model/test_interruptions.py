"""Tours and posts that sections are called away from, each timeline written out by hand before the model was run.

The road runs east from the base. Areas are 10 and 20 km out, the scene is at 24.305 km. A tour drives 10 min (10 km at
60 km/h), stays an hour, drives 20 min (10 km at 30 km/h), stays an hour, and drives home 20 min: it is at 10 km from
0:10 to 1:10, at 20 km from 1:30 to 2:30, and home at 2:50; at 3:20 it is turned round. Who is called drives a kilometre
a minute, rounded to the second: 24.305 km take 24:18.3, so 24:18.
"""

from __future__ import annotations

import pytest

from sim.model import Execution, layout_of
from tests.model.small import Row, road, rows, run, timeline, valley, whole_tour

BOTH = pytest.mark.parametrize("execution", list(Execution))


@BOTH
@pytest.mark.parametrize(
    ("time", "table"),
    [
        # Seven minutes out at 60 km/h: 7 km. 17.305 km are left to the scene, 17:18.3.
        (
            "00:07",
            """
            00:00:00 TOUR_DEPARTS       one-001 valley/tour 1
            00:07:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
            00:07:00 TOUR_ENDS          one-001 valley 0
            00:07:00 SECTION_CALLED     one-001 valley/patrols/a 17.305
            00:24:18 SECTION_ARRIVES    one-001 a
            00:24:18 INCIDENT_MET       a       area-001 1
            01:24:18 INCIDENT_CONTAINED a       area-001 1
            01:24:18 SECTION_RELEASED   one-001 a
            01:48:36 SECTION_RETURNS    one-001 a
            """,
        ),
        # At its first stop, 10 km out: 14.305 km to go.
        (
            "00:40",
            """
            00:00:00 TOUR_DEPARTS       one-001 valley/tour 1
            00:10:00 AREA_VISITED       one-001 area-000 1
            00:40:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
            00:40:00 TOUR_ENDS          one-001 valley 1
            00:40:00 SECTION_CALLED     one-001 valley/patrols/a 14.305
            00:54:18 SECTION_ARRIVES    one-001 a
            00:54:18 INCIDENT_MET       a       area-001 1
            01:54:18 INCIDENT_CONTAINED a       area-001 1
            01:54:18 SECTION_RELEASED   one-001 a
            02:18:36 SECTION_RETURNS    one-001 a
            """,
        ),
        # Half of the way from the first stop to the second: 15 km out.
        (
            "01:20",
            """
            00:00:00 TOUR_DEPARTS       one-001 valley/tour 1
            00:10:00 AREA_VISITED       one-001 area-000 1
            01:20:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
            01:20:00 TOUR_ENDS          one-001 valley 1
            01:20:00 SECTION_CALLED     one-001 valley/patrols/a 9.305
            01:29:18 SECTION_ARRIVES    one-001 a
            01:29:18 INCIDENT_MET       a       area-001 1
            02:29:18 INCIDENT_CONTAINED a       area-001 1
            02:29:18 SECTION_RELEASED   one-001 a
            02:53:36 SECTION_RETURNS    one-001 a
            """,
        ),
        # Half of the way home, 10 km out: both visits are made.
        (
            "02:40",
            """
            00:00:00 TOUR_DEPARTS       one-001 valley/tour 1
            00:10:00 AREA_VISITED       one-001 area-000 1
            01:30:00 AREA_VISITED       one-001 area-001 1
            02:40:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
            02:40:00 TOUR_ENDS          one-001 valley 2
            02:40:00 SECTION_CALLED     one-001 valley/patrols/a 14.305
            02:54:18 SECTION_ARRIVES    one-001 a
            02:54:18 INCIDENT_MET       a       area-001 1
            03:54:18 INCIDENT_CONTAINED a       area-001 1
            03:54:18 SECTION_RELEASED   one-001 a
            04:18:36 SECTION_RETURNS    one-001 a
            """,
        ),
        # Home at 2:50 and not yet turned round: nobody can come until 3:20, when it turns out from base in 10 min.
        (
            "03:00",
            """
            00:00:00 TOUR_DEPARTS       one-001 valley/tour 1
            00:10:00 AREA_VISITED       one-001 area-000 1
            01:30:00 AREA_VISITED       one-001 area-001 1
            02:50:00 TOUR_ENDS          one-001 valley 2
            03:00:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
            03:20:00 SECTION_CALLED     one-001 valley/patrols/a 24.305
            03:54:18 SECTION_ARRIVES    one-001 a
            03:54:18 INCIDENT_MET       a       area-001 1
            04:54:18 INCIDENT_CONTAINED a       area-001 1
            04:54:18 SECTION_RELEASED   one-001 a
            05:18:36 SECTION_RETURNS    one-001 a
            """,
        ),
    ],
)
def test_a_patrol_is_called(time: str, table: str, execution: Execution) -> None:
    scenario = valley(dated={"a": ("brawl", time, "upper-town")}, tasks__patrols__per_day=3)
    expected = timeline(table, whole_tour("one-001", "08:00"), whole_tour("one-001", "16:00"))
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_a_patrol_of_an_earlier_shift_is_called_on_the_road(execution: Execution) -> None:
    """Shifts of two hours. At 2:44 the tour of the first is at 6 km on its way home, a kilometre from the scene.

    The other section left at 2:00 and is at its first stop; it finishes its tour.
    """
    settings = {"force__shift_h": 2, "tasks__patrols__departure_window_h": 2, "tasks__patrols__per_day": 12}
    scenario = valley(dated={"a": ("brawl", "02:44", "lower-town")}, contingents__one__strength=18, **settings)
    expected = timeline(
        """
        00:00:00 POST_MANNED        south-gate valley/crossing_points 9
        00:00:00 TOUR_DEPARTS       one-002 valley/tour 1
        00:10:00 AREA_VISITED       one-002 area-000 1
        01:30:00 AREA_VISITED       one-002 area-001 1
        02:00:00 POST_UNMANNED      south-gate valley/crossing_points 9
        02:00:00 TOUR_DEPARTS       one-001 valley/tour 1
        02:10:00 AREA_VISITED       one-001 area-000 1
        02:44:00 INCIDENT_ARISES    a       valley/brawl/area-000 1
        02:44:00 TOUR_ENDS          one-002 valley 2
        02:44:00 SECTION_CALLED     one-002 valley/patrols/a 1
        02:45:00 SECTION_ARRIVES    one-002 a
        02:45:00 INCIDENT_MET       a       area-000 1
        03:30:00 AREA_VISITED       one-001 area-001 1
        03:45:00 INCIDENT_CONTAINED a       area-000 1
        03:45:00 SECTION_RELEASED   one-002 a
        03:50:00 SECTION_RETURNS    one-002 a
        """
    )
    assert [row for row in rows(run(scenario, execution)) if row[0] < "04:00:00"] == expected


TWO_TOURS = {"tasks__patrols__per_day": 6, "contingents__one__strength": 18}
"""Two sections, tours at 0:00 and 4:00 of each shift."""


@BOTH
def test_a_tour_that_has_not_departed_never_leaves(execution: Execution) -> None:
    """At 3:00 the first is home but turns round until 3:20; the second waits for 4:00 and turns out in 10 min."""
    scenario = valley(dated={"a": ("brawl", "03:00", "upper-town")}, **TWO_TOURS)
    table = """
        03:00:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        03:00:00 SECTION_CALLED     one-002 valley/patrols/a 24.305
        03:34:18 SECTION_ARRIVES    one-002 a
        03:34:18 INCIDENT_MET       a       area-001 1
        04:34:18 INCIDENT_CONTAINED a       area-001 1
        04:34:18 SECTION_RELEASED   one-002 a
        04:58:36 SECTION_RETURNS    one-002 a
        """
    tours: list[list[Row]] = [whole_tour("one-001", time) for time in ("00:00", "08:00", "16:00")]
    tours += [whole_tour("one-002", time) for time in ("12:00", "20:00")]
    trace = run(scenario, execution)
    assert rows(trace) == timeline(table, *tours)
    called, departed_s, ended_s = trace.tour_columns("called", "departed_s", "ended_s")
    assert (called.tolist(), departed_s.tolist()[:2], ended_s.tolist()[1]) == ([0, 1, 0, 0, 0, 0], [0, -1], -1)


@BOTH
def test_a_section_is_called_after_its_tour(execution: Execution) -> None:
    """At 3:30 the first is turned round: it goes, as the first of two alike, and the other leaves at 4:00."""
    scenario = valley(dated={"a": ("brawl", "03:30", "upper-town")}, **TWO_TOURS)
    table = """
        03:30:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        03:30:00 SECTION_CALLED     one-001 valley/patrols/a 24.305
        04:04:18 SECTION_ARRIVES    one-001 a
        04:04:18 INCIDENT_MET       a       area-001 1
        05:04:18 INCIDENT_CONTAINED a       area-001 1
        05:04:18 SECTION_RELEASED   one-001 a
        05:28:36 SECTION_RETURNS    one-001 a
        """
    tours: list[list[Row]] = [whole_tour("one-001", time) for time in ("00:00", "08:00", "16:00")]
    tours += [whole_tour("one-002", time) for time in ("04:00", "12:00", "20:00")]
    assert rows(run(scenario, execution)) == timeline(table, *tours)


CHECKPOINT = layout_of(valley()).checkpoint_keys[0]


@BOTH
def test_a_crew_leaves_its_post_and_comes_back(execution: Execution) -> None:
    """Fifteen minutes to turn out, 16.305 km from the post at 8 km; the same way back while its shift lasts."""
    scenario = valley(dated={"a": ("brawl", "03:00", "upper-town")}, tasks__checkpoints__n=1)
    expected = timeline(
        f"""
        00:00:00 POST_MANNED        {CHECKPOINT} valley/checkpoints 9
        03:00:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        03:00:00 POST_UNMANNED      {CHECKPOINT} valley/checkpoints 9
        03:00:00 SECTION_CALLED     one-001 valley/checkpoints/a 16.305
        03:31:18 SECTION_ARRIVES    one-001 a
        03:31:18 INCIDENT_MET       a       area-001 1
        04:31:18 INCIDENT_CONTAINED a       area-001 1
        04:31:18 SECTION_RELEASED   one-001 a
        04:47:36 SECTION_RETURNS    one-001 a 1
        04:47:36 POST_MANNED        {CHECKPOINT} valley/checkpoints 9
        """
    )
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_a_crew_that_comes_back_after_the_shift_change_has_no_post(execution: Execution) -> None:
    """Released at 7:51:18, it would be at its post at 8:07:36. At 8:00 the crew of the crossing point gets the post.

    At 16:00 both are there again.
    """
    scenario = valley(
        dated={"a": ("brawl", "06:20", "upper-town")}, tasks__checkpoints__n=1, contingents__one__strength=18
    )
    expected = timeline(
        f"""
        00:00:00 POST_MANNED        {CHECKPOINT} valley/checkpoints 9
        00:00:00 POST_MANNED        south-gate valley/crossing_points 9
        06:20:00 INCIDENT_ARISES    a       valley/brawl/area-001 1
        06:20:00 POST_UNMANNED      {CHECKPOINT} valley/checkpoints 9
        06:20:00 SECTION_CALLED     one-002 valley/checkpoints/a 16.305
        06:51:18 SECTION_ARRIVES    one-002 a
        06:51:18 INCIDENT_MET       a       area-001 1
        07:51:18 INCIDENT_CONTAINED a       area-001 1
        07:51:18 SECTION_RELEASED   one-002 a
        08:00:00 POST_MANNED        {CHECKPOINT} valley/checkpoints 9
        08:00:00 POST_UNMANNED      south-gate valley/crossing_points 9
        08:07:36 SECTION_RETURNS    one-002 a
        16:00:00 POST_MANNED        south-gate valley/crossing_points 9
        """
    )
    assert rows(run(scenario, execution)) == expected


@BOTH
def test_the_last_post_is_left_first(execution: Execution) -> None:
    """Posts at 8 and at 6 km, the scene at 5 km: the crew of the second post goes, one kilometre."""
    scenario = valley(
        dated={"a": ("brawl", "03:00", "lower-town")}, tasks__checkpoints__n=2, contingents__one__strength=18
    )
    trace, layout = run(scenario, execution), road(scenario)
    first, second = layout.checkpoint_keys[:2]
    expected = timeline(
        f"""
        00:00:00 POST_MANNED        {first} valley/checkpoints 9
        00:00:00 POST_MANNED        {second} valley/checkpoints 9
        03:00:00 INCIDENT_ARISES    a       valley/brawl/area-000 1
        03:00:00 POST_UNMANNED      {second} valley/checkpoints 9
        03:00:00 SECTION_CALLED     one-002 valley/checkpoints/a 1
        03:16:00 SECTION_ARRIVES    one-002 a
        03:16:00 INCIDENT_MET       a       area-000 1
        04:16:00 INCIDENT_CONTAINED a       area-000 1
        04:16:00 SECTION_RELEASED   one-002 a
        04:17:00 SECTION_RETURNS    one-002 a 1
        04:17:00 POST_MANNED        {second} valley/checkpoints 9
        """
    )
    assert rows(trace) == expected


@BOTH
def test_a_crew_that_would_come_too_late_is_passed_over(execution: Execution) -> None:
    """The last post is 35 km from the town, 50 minutes with the turn-out, and the brawl is over in 45: the first goes.

    Its crew is 3 km away; the other then mans the first post, and the last is empty.
    """
    scenario = valley(
        dated={"a": ("brawl", "03:00", "lower-town")},
        tasks__checkpoints__n=2,
        contingents__one__strength=18,
        incidents__kinds__brawl__burns_out_h=0.75,
    )
    trace = run(scenario, execution, layout=road(scenario, checkpoints=(8.0, 40.0)))
    called = [row for row in rows(trace) if row[1] in ("SECTION_CALLED", "INCIDENT_CONTAINED", "POST_UNMANNED")]
    last = layout_of(scenario).checkpoint_keys[1]
    assert called == timeline(
        f"""
        03:00:00 POST_UNMANNED      {last} valley/checkpoints 9
        03:00:00 SECTION_CALLED     one-001 valley/checkpoints/a 3
        04:18:00 INCIDENT_CONTAINED a      area-000 1
        """
    )
