"""Labels: apart, in order, near what they name; and dates that are round."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.plots.dates import date_ticks
from sim.plots.placing import shortened, spread, stagger, text_width_in, wrapped

shares = st.floats(0, 1)


@given(st.lists(shares, max_size=8).map(sorted), st.floats(0.01, 0.12))
def test_spread_keeps_order_gap_and_bounds(wanted: list[float], gap: float) -> None:
    placed = spread(wanted, gap, 0, 1)
    assert len(placed) == len(wanted)
    assert all(b - a >= gap - 1e-8 for a, b in pairwise(placed))
    assert all(-1e-8 <= place <= 1 + 1e-8 for place in placed)
    if all(b - a >= gap for a, b in pairwise(wanted)):
        assert placed == pytest.approx(wanted, abs=1e-8)


def test_spread_by_hand() -> None:
    # Less their gaps, 0.30 0.32 0.33 are 0.30 0.22 0.13, mean 13/60; 0.80 0.81 are 0.50 0.41, mean 0.455.
    placed = spread([0.30, 0.32, 0.33, 0.80, 0.81], 0.1, 0, 1)
    assert placed == pytest.approx([13 / 60, 13 / 60 + 0.1, 13 / 60 + 0.2, 0.755, 0.855])


def test_spread_without_room_begins_at_the_bottom() -> None:
    assert spread([0.5] * 4, 0.5, 0, 1) == [0, 0.5, 1, 1.5]


@given(st.lists(st.tuples(st.floats(0, 7), st.floats(0.2, 3)), max_size=7))
def test_stagger_lays_no_text_on_a_text_or_a_line(labels: list[tuple[float, float]]) -> None:
    left, width = [x for x, _ in labels], [w for _, w in labels]
    rows = stagger(left, width, 0.1)
    for i, row in enumerate(rows):
        for j, other in enumerate(rows):
            if i == j:
                continue
            apart = left[i] + width[i] < left[j] or left[j] + width[j] < left[i]
            assert apart or row != other
            is_crossed = left[i] < left[j] < left[i] + width[i] and other >= row
            assert not is_crossed


def test_stagger_uses_no_more_rows_than_it_must() -> None:
    assert stagger([0, 2, 4], [1, 1, 1], 0.1) == [0, 0, 0]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60), st.floats(0.3, 4))
def test_wrapped_lines_fit(text: str, width_in: float) -> None:
    lines = wrapped(text, width_in)
    assert all(text_width_in(one) <= width_in for one in lines)


def test_wrapped_keeps_words_and_binds_no_break_spaces() -> None:
    text = "Vertical lines, from the left: Gate\N{NO-BREAK SPACE}2\N{NO-BREAK SPACE}5,000."
    lines = wrapped(text, 2.0)
    assert " ".join(lines) == text
    assert any("Gate\N{NO-BREAK SPACE}2\N{NO-BREAK SPACE}5,000." in one for one in lines)


def test_shortened_ends_with_an_ellipsis_only_if_it_must() -> None:
    assert shortened("Gate 2", 2) == "Gate 2"
    cut = shortened("A very long name of a stage", 0.8)
    assert cut.endswith("…") and text_width_in(cut) <= 0.8


@given(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)), st.integers(1, 15_000))
def test_date_ticks_are_few_distinct_and_inside(start: dt.date, n_days: int) -> None:
    end = start + dt.timedelta(days=n_days)
    ticks = date_ticks(start, end)
    days = [day for day, _ in ticks]
    assert 1 <= len(days) <= 10
    assert days == sorted(set(days))
    assert all(start <= day <= end for day in days)
    year = None
    for day, label in ticks:
        assert str(day.year) in label or day.year == year
        year = day.year
