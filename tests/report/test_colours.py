"""The colours of pages can be read: contrast as WCAG 2 reckons it, and the lines of charts are apart for all eyes."""

from __future__ import annotations

import itertools
import re

import pytest

from sim.html import resource
from sim.plots.style import luminance
from sim.report import differences
from sim.report.lines import _NAME_COLOUR, _RULE_COLOUR
from sim.report.panels import COLOURS, PANELS

_TEXT = 4.5
_MARKS = 3.0
SHEETS = {name: resource(package, name) for package, name in (("sim.html", "page.css"), ("sim.report", "report.css"))}
VARIABLES = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", SHEETS["page.css"]))

# Viénot, Brettel and Mollon (1999): what those without red or green cones see, on linear RGB.
_WITHOUT = {
    "red": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "green": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["ink", "soft", "accent", "warning"])
@pytest.mark.parametrize("ground", ["paper", "faint"])
def test_text_can_be_read(name: str, ground: str) -> None:
    assert contrast(VARIABLES[name], VARIABLES[ground]) >= _TEXT


def test_text_has_no_other_colour() -> None:
    for sheet in SHEETS.values():
        used = re.findall(r"[^-]color: ([^;]+);", sheet)
        assert used
        assert {one for one in used if one != "inherit"} <= {
            f"var(--{name})" for name in ("ink", "soft", "accent", "warning")
        }


def test_controls_have_a_visible_edge() -> None:
    assert "border: 1px solid var(--soft)" in SHEETS["page.css"]
    assert contrast(VARIABLES["soft"], VARIABLES["paper"]) >= _MARKS
    assert re.search(r":focus-visible \{\s*outline: 3px solid var\(--accent\)", SHEETS["page.css"])


def _seen(colour: str, without: str) -> tuple[float, ...]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    seen = (sum(a * b for a, b in zip(row, linear, strict=True)) for row in _WITHOUT[without])
    return tuple(max(one, 0.0) ** (1 / 2.2) for one in seen)


@pytest.mark.parametrize("without", [*_WITHOUT])
def test_lines_of_a_panel_differ_by_colour_or_shape_to_all(without: str) -> None:
    panels = [panel.lines for kind in PANELS.values() for panel in kind]
    for lines in panels:
        for one, other in itertools.combinations(lines, 2):
            a, b = _seen(one.colour, without), _seen(other.colour, without)
            apart = sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5
            assert apart > 0.15 or one.shape != other.shape, (one.name, other.name)


def test_colours_of_what_has_none_of_its_own_are_all_different() -> None:
    assert len(set(COLOURS)) == len(COLOURS)


def test_no_mark_is_too_pale_to_be_seen() -> None:
    colours = {line.colour for kind in PANELS.values() for panel in kind for line in panel.lines} | {*COLOURS}
    colours |= {*differences._SHADES, *differences._VERDICTS.values(), _RULE_COLOUR, _NAME_COLOUR}
    assert {one for one in colours if contrast(one, "#ffffff") < _MARKS} == set()


def test_neighbouring_shades_of_strengths_differ() -> None:
    for paler, darker in itertools.pairwise(differences._SHADES):
        assert contrast(paler, darker) > 1.5
