"""The what-if widget: sliders for a force and its task list, and what that force does, as soon as one is moved.

:func:`sim.teach.quick_answer.answer` gives the answers, and can be called without any widget. Here only controls are
put in front of it. While an answer is worked out, a notebook holds back what its sliders send and then sends only
where each stands, so a slider that is moved quickly is answered where it stops.
"""

from __future__ import annotations

import html
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.teach.answer_html import numbers_html, picture_html, words_html
from sim.teach.quick_answer import DEFAULT, Range, answer, in_a_sentence, ranges

if TYPE_CHECKING:
    from sim.scenario import Scenario

_MISSING = "what_if needs ipywidgets: `sh go notebooks` installs it, or pip install '.[notebooks]' in peacesim's folder"
_WORKING = "Working it out …"
_LABEL = {"description_width": "12em"}


def what_if(scenario: str | Path | Scenario | None = None) -> Any:
    """Sliders for troops, patrols a day, coverage window and routing, and what such a force does.

    Parameters
    ----------
    scenario : str, Path or Scenario, optional
        Name of a scenario that is shipped, path of a file, or what was loaded from one; KFOR in 2001 when left out.

    Returns
    -------
    ipywidgets.VBox
        Shows itself in a notebook. A fault is shown in it as a sentence.

    Raises
    ------
    ImportError
        If ipywidgets is not installed.
    ScenarioError
        If the file cannot be used.

    Notes
    -----
    By keyboard: Tab goes from field to slider to field; in a field, type a number and Enter; on a slider, the arrow
    keys, Page Up and Page Down; on the list, a name's first letter, or the space bar, arrow keys and Enter.

    Examples
    --------
    >>> what_if("lesson")  # doctest: +SKIP
    """
    try:
        widgets = importlib.import_module("ipywidgets")
    except ImportError:
        raise ImportError(_MISSING) from None
    return _Panel(widgets, DEFAULT if scenario is None else scenario).box


class _Panel:
    """The controls, and the places for what they answer."""

    def __init__(self, widgets: Any, scenario: str | Path | Scenario) -> None:
        from sim.scenario import Routing

        self._scenario = scenario
        begin = ranges(scenario)
        lines = []
        self.troops, line = _number(widgets, "Troops", begin.troops)
        lines.append(line)
        self.patrols, line = _number(widgets, "Patrols a day", begin.patrols_per_day)
        lines.append(line)
        self.window, line = _number(widgets, "Coverage window [h]", begin.window_h)
        lines.append(line)
        self.routing = widgets.Dropdown(
            description="Routing",
            options=[(one.replace("_", " "), one.value) for one in Routing],
            value=begin.routing,
            style=_LABEL,
            layout=widgets.Layout(width="24em"),
        )
        self.status, self.words = widgets.HTML(), widgets.HTML()
        self.figure, self.map, self.numbers = widgets.HTML(), widgets.HTML(), widgets.HTML()
        wide = widgets.Layout(display="flex", flex_flow="row wrap", align_items="flex-start")
        # Beside each other where there is room for two, else below each other.
        half = widgets.Layout(flex="1 1 540px", min_width="0", max_width="864px")
        columns = [widgets.VBox(column, layout=half) for column in ([self.figure, self.numbers], [self.map])]
        self.box = widgets.VBox([*lines, self.routing, self.status, widgets.Box(columns, layout=wide), self.words])
        for control in (self.troops, self.patrols, self.window, self.routing):
            control.observe(lambda change: self.follow(), names="value")
        self.follow()

    def follow(self) -> None:
        """Answer what the controls ask now."""
        self.status.value = _status(_WORKING)
        try:
            found = answer(self._scenario, self.troops.value, self.patrols.value, self.window.value, self.routing.value)
            self.status.value = _status(found.headline)
            self.numbers.value, self.words.value = numbers_html(found), words_html(found)
            self.figure.value = picture_html(found.figure)
            self.map.value = picture_html(found.map)
        except Exception as error:
            # Whatever it is, somebody who moved a slider gets a sentence, and no old answer beside it.
            self.status.value = _status(in_a_sentence(error), is_fault=True)
            for place in (self.numbers, self.words, self.figure, self.map):
                place.value = ""


def _number(widgets: Any, name: str, range_: Range) -> tuple[Any, Any]:
    """A field for a number, and a line with it and a slider.

    The field is what has a label for a screen reader; the slider, which has none, says the same.
    """
    is_whole = all(float(one).is_integer() for one in (range_.start, range_.lowest, range_.highest, range_.step))
    kind, names = (int, ("BoundedIntText", "IntSlider")) if is_whole else (float, ("BoundedFloatText", "FloatSlider"))
    bounds = {
        "value": kind(range_.start),
        "min": kind(range_.lowest),
        "max": kind(range_.highest),
        "step": kind(range_.step),
        "continuous_update": False,
    }
    field = getattr(widgets, names[0])(description=name, style=_LABEL, layout=widgets.Layout(width="20em"), **bounds)
    slider = getattr(widgets, names[1])(readout=False, layout=widgets.Layout(width="20em"), **bounds)
    slider.tooltip = name
    widgets.link((field, "value"), (slider, "value"))
    return field, widgets.HBox([field, slider])


def _status(text: str, *, is_fault: bool = False) -> str:
    """A line that a screen reader reads out when it changes."""
    look = "color:#a63f00" if is_fault else "font-weight:bold"
    return f'<div role="status" aria-live="polite" style="line-height:1.4;{look}">{html.escape(text)}</div>'
