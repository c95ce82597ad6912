"""Figures for any eye and any printer, and nothing global touched."""

import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import pytest

from sim.experiment import Results
from sim.plots import coverage_against_troops
from sim.plots.incident_panels import ENDS, NUMBERS, PARTS, TIMES
from sim.plots.style import COMPLETED, LOOKS, TASKED, WITH_FORCE, WITH_POLICE, WITH_RESERVES, Look, for_text, luminance


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@pytest.mark.parametrize(
    "together",
    [list(LOOKS.values()), [TASKED, COMPLETED], *(list(looks.values()) for looks in (ENDS, NUMBERS, TIMES))],
)
def test_lines_of_a_panel_differ_in_grey(together: list[Look]) -> None:
    for one, other in combinations(together, 2):
        assert one.marker != other.marker
        assert one.colour != other.colour


def test_areas_of_a_panel_differ_in_grey() -> None:
    for one, other in combinations(PARTS.values(), 2):
        assert contrast(luminance(one.colour), luminance(other.colour)) > 1.7
    assert contrast(luminance(WITH_FORCE.colour), luminance(WITH_POLICE.colour)) > 3


def test_luminance_by_hand() -> None:
    assert luminance("#000000") == 0
    assert luminance("#FFFFFF") == pytest.approx(1)
    assert luminance("#808080") == pytest.approx(0.2159, abs=1e-4)  # ((128/255 + 0.055) / 1.055)^2.4


@pytest.mark.parametrize(
    "look",
    [
        *LOOKS.values(),
        *ENDS.values(),
        *NUMBERS.values(),
        *TIMES.values(),
        *PARTS.values(),
        TASKED,
        WITH_FORCE,
        WITH_POLICE,
        WITH_RESERVES,
    ],
)
def test_names_can_be_read(look: Look) -> None:
    assert contrast(luminance(for_text(look.colour)), 1) >= 4.5


def test_settings_stay_as_they_were(lesson: Results) -> None:
    with mpl.rc_context({"font.size": 31.0, "text.parse_math": True, "svg.hashsalt": None, "lines.linewidth": 9.0}):
        before = dict(mpl.rcParams)
        plain = coverage_against_troops(lesson).image("svg")
        assert dict(mpl.rcParams) == before
    assert coverage_against_troops(lesson).image("svg") == plain


def test_pyplot_stays_out() -> None:
    code = "import sys, sim.plots; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
