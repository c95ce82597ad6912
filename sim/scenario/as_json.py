"""A scenario as JSON and back, with its name and the origin of every number: as it was when its results were made."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict

from sim.scenario.origin import Origin
from sim.scenario.schema import Scenario


def scenario_to_json(scenario: Scenario) -> str:
    """The scenario with its name and the origin of every number, as JSON."""
    content = {
        "name": scenario.name,
        "scenario": scenario.model_dump(mode="json"),
        "settings": [*scenario.settings],
        "provenance": [asdict(origin) for origin in scenario.provenance],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n"


def scenario_from_json(text: str) -> Scenario:
    """The scenario that :func:`scenario_to_json` wrote."""
    content = json.loads(text)
    scenario = Scenario.model_validate_json(json.dumps(content["scenario"]))
    scenario._name = content["name"]
    scenario._settings = tuple(content.get("settings", ()))  # folders of older versions have none
    scenario._provenance = tuple(
        Origin(**{**origin, "value": _as_origin_value(origin["value"])}) for origin in content["provenance"]
    )
    return scenario


def _as_origin_value(value: object) -> object:
    """Undo what JSON does to the value of an origin: dates and times become text there, and tuples lists."""
    if isinstance(value, list):
        return tuple(_as_origin_value(item) for item in value)
    if isinstance(value, str):
        for read in (dt.date.fromisoformat, dt.datetime.fromisoformat):
            try:
                return read(value)
            except ValueError:
                continue
    return value
