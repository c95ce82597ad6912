"""Incidents: response times with those never met, how they end, warm-up, and tension, from rows written by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.responses import RESPONSES, Measured, Meter, measure
from sim.responses.incidents import quantile
from sim.trace import NOT_YET, CallOut, IncidentEnd, IncidentRow, Trace
from tests.responses.answers import (
    END_S,
    ESCORT,
    INCIDENTS,
    LARGE,
    LESSON,
    RIOT,
    WARM_UP_S,
    D,
    H,
    M,
    lesson,
    trace_of,
    values_of,
)

OPEN, CONTAINED, ESCALATED, UNANSWERED = IncidentEnd
OF_INCIDENTS = list(RESPONSES)[list(RESPONSES).index("response_min_p50") :]


def incident(
    arises_s: int,
    met_s: int = NOT_YET,
    ended_s: int = NOT_YET,
    end: IncidentEnd = OPEN,
    *,
    kind: int = RIOT,
    source: str = "base",
    sector: int = 0,
) -> IncidentRow:
    name = f"{source}/{arises_s}"
    return IncidentRow(name, source, kind, sector, "area-003", arises_s, 2, met_s, ended_s, end)


def met_after(minutes: float, arises_s: int = 5 * D, *, kind: int = RIOT) -> IncidentRow:
    met_s = arises_s + round(minutes * M)
    return incident(arises_s, met_s, met_s + H, CONTAINED, kind=kind)


def measured(*rows: IncidentRow) -> Measured:
    return measure(LESSON, trace_of(LESSON, incidents=rows))


def values(*rows: IncidentRow) -> dict[str, float]:
    return values_of(measured(*rows))


@given(
    st.lists(st.integers(0, 5).map(float) | st.just(math.inf), min_size=1, max_size=12),
    st.sampled_from([50, 90, 1, 100]),
)
def test_a_quantile_is_the_first_time_by_which_so_many_are_met(times: list[float], percent: int) -> None:
    enough = [one for one in times if 100 * sum(other <= one for other in times) >= percent * len(times)]
    assert quantile(np.array(times), percent) == min(enough)


def test_those_never_met_are_the_slowest() -> None:
    """Ten: eight met after 1 to 8 minutes, one escalated and one unanswered. Half are met in 5, nine tenths never."""
    met = [met_after(minutes) for minutes in range(1, 9)]
    lost = [
        incident(5 * D, ended_s=5 * D + 30 * M, end=ESCALATED),
        incident(5 * D, ended_s=5 * D + 4 * H, end=UNANSWERED, kind=LARGE),
    ]
    found = values(*met, *lost)
    assert (found["response_min_p50"], found["response_min_p90"]) == (5, math.inf)
    assert found["response_within_target"] == 0.8
    assert values(*met, met_after(20), lost[0])["response_min_p90"] == 20
    assert values(lost[0])["response_min_p50"] == math.inf


def test_what_is_not_yet_due_at_the_end_is_left_out_of_response_times() -> None:
    """Due half an hour after they arise: at the end sharp is not yet, a second before it is."""
    fast = met_after(10)
    young, old = incident(END_S - 30 * M), incident(END_S - 30 * M - 1)
    found = values(fast, young)
    assert (found["response_min_p90"], found["response_within_target"]) == (10, 1)
    assert found["incidents_per_day"] == pytest.approx(2 / 12)
    assert found["contained_share"] == 0.5
    found = values(fast, old)
    assert (found["response_min_p50"], found["response_min_p90"]) == (10, math.inf)
    assert found["response_within_target"] == 0.5
    # Nor is one of which the end came too soon to say the contrary: to count it would count the quick ones.
    met = incident(END_S - 20 * M, END_S - 15 * M)
    assert math.isnan(values(met)["response_min_p50"])
    assert math.isnan(values(met)["response_within_target"])


def test_within_the_target_is_up_to_its_last_second() -> None:
    assert values(met_after(30), met_after(30 + 1 / 60), met_after(119, kind=LARGE))[
        "response_within_target"
    ] == pytest.approx(2 / 3)


def test_escorts_count_by_themselves() -> None:
    escorts = [met_after(59, kind=ESCORT), met_after(61, kind=ESCORT), incident(9 * D, 9 * D, kind=ESCORT)]
    found = values(*escorts, incident(END_S - 60 * M, kind=ESCORT))
    assert found["escorts_met"] == pytest.approx(2 / 3)
    assert found["incidents_per_day"] == found["escalations"] == 0
    shares = ("contained_share", "unanswered_share", "response_within_target", "response_min_p50")
    assert all(np.isnan(found[name]) for name in shares)
    assert np.isnan(values(met_after(5))["escorts_met"])
    assert values(met_after(5), *escorts)["response_within_target"] == 1


def test_response_times_are_counted_by_the_minute() -> None:
    met = [met_after(minutes) for minutes in (0, 59 / 60, 1, 12.5, 12 + 59 / 60, 239 + 59 / 60, 240, 300)]
    lost = [
        incident(5 * D, ended_s=5 * D + 30 * M, end=ESCALATED),
        incident(5 * D, ended_s=5 * D + 4 * H, end=UNANSWERED, kind=LARGE),
        incident(END_S - 30 * M - 1),  # open, and due a second before the end
    ]
    left_out = [
        incident(END_S - 30 * M),  # open, and due at the end
        met_after(12, kind=ESCORT),
        incident(WARM_UP_S - 1, WARM_UP_S + 10 * M, WARM_UP_S + H, CONTAINED),
    ]
    counted = [(0.0, 2), (1.0, 1), (12.0, 2), (239.0, 1), (240.0, 2), (math.inf, 3)]
    expected = [(sector, *row) for sector in ("valley", "all") for row in counted]
    assert measured(*left_out, *lost, *met).response_times == expected
    assert measured(*left_out).response_times == []


ROWS = st.lists(
    st.builds(
        lambda arises_s, kind, wait_s, end: incident(
            arises_s,
            arises_s + wait_s if end is CONTAINED and arises_s + wait_s < END_S else NOT_YET,
            NOT_YET if end is OPEN or arises_s + wait_s >= END_S else arises_s + wait_s,
            OPEN if arises_s + wait_s >= END_S else end,
            kind=kind,
        ),
        st.integers(0, END_S - 1),
        st.sampled_from([RIOT, LARGE]),
        st.integers(0, 5 * H),
        st.sampled_from(list(IncidentEnd)),
    ),
    max_size=12,
)


@given(ROWS)
def test_response_times_say_what_the_quantiles_and_shares_say(rows: list[IncidentRow]) -> None:
    result = measured(*rows)
    minutes = [minute for sector, minute, n in result.response_times if sector == "all" for _ in range(n)]
    for percent in (50, 90):
        told = values_of(result)[f"response_min_p{percent}"]
        counted = quantile(np.array(minutes), percent)
        assert np.array_equal(counted, min(np.floor(told), 240) if told < math.inf else told, equal_nan=True)


@given(ROWS)
def test_all_that_arise_are_contained_escalate_are_left_or_open(rows: list[IncidentRow]) -> None:
    found = values(*rows)
    late = [one for one in rows if one.arises_s >= WARM_UP_S]
    n = {end: sum(one.end is end for one in late) for end in IncidentEnd}
    assert found["incidents_per_day"] * 12 == pytest.approx(len(late))
    assert found["escalations"] * 12 == pytest.approx(
        sum(one.end is ESCALATED and one.ended_s >= WARM_UP_S for one in rows)
    )
    if late:
        assert found["contained_share"] * len(late) == pytest.approx(n[CONTAINED])
        assert found["unanswered_share"] * len(late) == pytest.approx(n[UNANSWERED])


def test_incidents_of_the_warm_up_count_no_more_than_for_tension() -> None:
    early = [incident(WARM_UP_S - 1, WARM_UP_S + 10 * M, WARM_UP_S + H, CONTAINED)] * 3
    found = values(*early, met_after(20, WARM_UP_S))
    assert found["incidents_per_day"] == pytest.approx(1 / 12)
    assert (found["response_min_p50"], found["contained_share"]) == (20, 1)
    assert found["peak_tension"] > 3 * values(met_after(20, WARM_UP_S))["peak_tension"]
    by_day = measured(*early).series["incidents_per_day"].reshape(-1, 2)
    assert by_day.tolist() == [[3.0 * (day == 1)] * 2 for day in range(14)]


def tension(rows: list[IncidentRow], at_s: np.ndarray) -> np.ndarray:
    """By its definition: each incident's further ones times beta exp(-beta age), over the base's rate."""
    beta = math.log(2) / INCIDENTS.tension_half_life_days
    triggers = [kind.triggers for kind in INCIDENTS.kinds.values()]
    total = np.zeros(len(at_s))
    for one in rows:
        age_days = (at_s - one.arises_s) / D
        total += np.where(age_days >= 0, triggers[one.kind] * beta * np.exp(-beta * np.maximum(age_days, 0)), 0)
    return total / INCIDENTS.per_day


def test_tension_by_its_definition_on_a_fine_grid() -> None:
    rows = [
        incident(arises_s, kind=kind)
        for arises_s, kind in (
            (D, RIOT),
            (3 * D + 5 * H, LARGE),
            (3 * D + 5 * H, RIOT),
            (4 * D, LARGE),
            (9 * D, ESCORT),
        )
    ]
    rows += [incident(10 * D + 600 * n, kind=LARGE) for n in range(12)]
    result = measured(*rows)
    found = values_of(result)
    step_s = 10
    at_s = np.arange(0, END_S, step_s) + step_s / 2
    path, late = tension(rows, at_s), at_s >= WARM_UP_S
    at_jumps = tension(rows, np.array([one.arises_s for one in rows]))
    assert found["peak_tension"] == pytest.approx(at_jumps.max(), rel=1e-9)
    days = len(at_s[late]) * step_s / D
    threshold, cap = INCIDENTS.threshold, INCIDENTS.max_tension
    assert 0 < (path[late] > threshold).mean() < 1
    assert 0 < (path[late] >= cap).mean() < 1
    assert found["days_above_threshold"] == pytest.approx((path[late] > threshold).mean() * days, abs=40 * step_s / D)
    assert found["at_cap_share"] == pytest.approx((path[late] >= cap).mean(), abs=1e-4)
    by_day = result.series["tension"].reshape(-1, 2)
    assert by_day[:, 0] == pytest.approx(path.reshape(14, -1).mean(axis=1), rel=1e-3)
    assert by_day[:, 1] == pytest.approx(by_day[:, 0])


def test_a_scenario_without_incidents_has_no_responses_of_them_and_no_series() -> None:
    scenario = lesson(None)
    result = measure(scenario, trace_of(scenario))
    assert all(np.isnan(values_of(result)[name]) for name in OF_INCIDENTS)
    assert len(OF_INCIDENTS) == 15
    assert not {*OF_INCIDENTS, "tension"} & result.series.keys()
    assert result.response_times == []
    quiet = measured()
    none = {name for name in OF_INCIDENTS if not np.isnan(values_of(quiet)[name])}
    assert none == {name for name in OF_INCIDENTS if RESPONSES[name] not in ("min", "share")} | {"at_cap_share"}
    of_run = {"response_min_p50", "response_min_p90", "peak_tension", "days_above_threshold", "at_cap_share"}
    assert {*OF_INCIDENTS, "tension"} - of_run - {"escorts_met"} == quiet.series.keys() - result.series.keys()


def busy_trace() -> Trace:
    """An incident and a call-out every five hours; every fourth is still open at the end of the run."""
    rows, calls = [], []
    for n, arises_s in enumerate(range(0, END_S, 5 * H)):
        ends_s = END_S + H if n % 4 == 0 else arises_s + 3 * H
        is_over = ends_s < END_S
        met_s = arises_s + n * M if n % 3 else NOT_YET
        end = (CONTAINED if met_s >= 0 else ESCALATED) if is_over else OPEN
        rows.append(incident(arises_s, met_s, ends_s if is_over else NOT_YET, end, kind=n % 3))
        home_s = ends_s + 20 * M if n % 7 else NOT_YET
        calls.append(CallOut(rows[-1].incident_id, n % 30, 0, n % 6, arises_s, arises_s + M, 2.0, home_s=home_s))
    return trace_of(LESSON, incidents=rows, call_outs=calls)


def test_pieces_add_up_to_the_whole() -> None:
    whole, growing = busy_trace(), trace_of(LESSON)
    meter = Meter(LESSON, END_S)
    n_in: list[int] = []
    last_s = 0
    for now_s in (4 * D, 9 * D, END_S):
        growing.incidents += [one for one in whole.incidents if last_s <= one.arises_s < now_s]
        growing.call_outs += [one for one in whole.call_outs if last_s <= one.called_s < now_s]
        last_s, record = now_s, growing.cut(now_s)
        n_in.append(len(record.incidents))
        meter.add(record, now_s)
    assert not growing.incidents
    assert not growing.call_outs
    assert min(n_in) > 5
    assert n_in[-1] > n_in[1] + 15
    assert sum(n_in) == len(whole.incidents)
    pieces, expected = meter.close(), measure(LESSON, whole)
    assert [row[3] for row in pieces.responses] == pytest.approx([row[3] for row in expected.responses], nan_ok=True)
    assert pieces.response_times == expected.response_times
    for name, column in expected.series.items():
        assert pieces.series[name] == pytest.approx(column, nan_ok=True), name
