"""Reports of small studies for tests, and what a page says when it is read as a browser reads it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import sim
from sim.experiment import Results
from sim.scenario import load
from sim.scenario.schema import Scenario
from tests.scenarios import FOLDER

EVIL = "<script>alert(1)</script>"
QUOTED = "\"><img src=x onerror=alert(1)> 'it' \\ & </style>"
SHORT = ["experiment.sweep_days=2", "experiment.troops=[150, 450]", 'vehicles.runs="none"']


def lesson(*settings: str) -> Scenario:
    """The lesson valley with short runs."""
    return load(FOLDER / "lesson.toml", settings=[*SHORT, *settings])


def evil_lesson() -> Scenario:
    """The lesson valley whose title is a script tag and whose names are quotes and angle brackets."""
    keys = ["description", "policy.two-stages.title", "theatre.sectors.valley.name", "theatre.title"]
    keys += ["policy.two-stages.stages.first.name", "marks.start.label", "contingents.first.nation"]
    texts = {"title": EVIL, **dict.fromkeys(keys, QUOTED)}
    return lesson(*(f"{key}={json.dumps(text)}" for key, text in texts.items()))


def run_in(folder: Path, scenario: Scenario, *, replications: int = 3) -> Results:
    """Run what a scenario says into a folder, with a trace of each first replication."""
    return sim.run(scenario, replications=replications, out=folder, trace=[0])


class Page(HTMLParser):
    """The elements of a page, and the text that is shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.shown = ""
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.shown += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        """Attributes of the elements of some names, in order."""
        return [attributes for tag, attributes in self.elements if tag in tags]
