"""Words on a map lie on nothing, or are left out; scale bars are round."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.plots.map_labels import Box, Frame, fit, free_corner, label_regions, name_points, round_length_km
from sim.theatre.geometry import inside


def polygon(n: int, stretch: float) -> NDArray[np.float64]:
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([10 * np.cos(angle), 10 * stretch * np.sin(angle)])


@given(st.integers(3, 12), st.floats(0.2, 5), st.integers(0, 2**32 - 1))
def test_words_lie_on_no_word_mark_or_land(n: int, stretch: float, seed: int) -> None:
    outline_km = polygon(n, stretch)
    frame = fit(outline_km, 4.0, 4.0)
    frame, corner = free_corner(frame, outline_km, outline_km, 1.0, 0.4)
    outline = frame.place(outline_km)
    assert corner.is_in(frame.box) and not inside(corner.grid(), outline).any()
    rng = np.random.default_rng(seed)
    marks = outline[rng.permutation(n)[: min(n, 5)]]
    names = ["Gate", "Long name / Other long name", "Bridge (gate 3)", "A crossing", "X"][: len(marks)]
    words = name_points(names, marks, frame=frame, outline=outline, taken=[corner], marks=marks)
    boxes = [corner, *(one.box for one in words.values())]
    for index, box in enumerate(boxes):
        assert box.is_in(frame.box)
        assert not any(box.overlaps(other) for other in boxes[:index])
    for one in words.values():
        assert not one.box.holds(marks).any() and not inside(one.box.grid(), outline).any()


def test_regions_without_room_stay_without_label() -> None:
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    centres = np.array([[0.5, 1.0], [1.5, 1.0]])
    none = np.empty((0, 2))
    frame = Frame(2.0, 2.0, 1.0, (0.0, 0.0))

    def place(*labels: tuple[str, str], marks: NDArray[np.float64] = none) -> list[int]:
        region = np.arange(2)
        return sorted(
            label_regions(
                labels, frame=frame, centres=centres, region=region, outline=square, taken=[], posts=none, marks=marks
            )
        )

    assert place(("West", "1 %"), ("East", "2 %")) == [0, 1]
    assert place(("West", "1 %"), ("A name far too long for a square inch", "2 %")) == [0]
    assert place(("West", "1 %"), ("East", "2 %"), marks=centres[:1]) == [1]


def test_scale_bars_are_round() -> None:
    assert [round_length_km(km) for km in (0.7, 1, 3.2, 19.99, 20, 740)] == [0.5, 1, 2, 10, 20, 500]


def test_boxes() -> None:
    box = Box(0, 0, 2, 1)
    assert box.overlaps(Box(1, 0.5, 5, 5)) and not box.overlaps(Box(2, 0, 1, 1))
    assert Box(0.5, 0.2, 1, 0.5).is_in(box) and not Box(1.5, 0, 1, 1).is_in(box)
    assert box.holds(np.array([[1, 0.5], [2.05, 1]]), 0.1).tolist() == [True, True]
    assert box.holds(np.array([[1, 0.5], [2.05, 1]])).tolist() == [True, False]
