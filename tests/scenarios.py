"""Scenarios for tests: shipped files with some keys set, and the lesson valley turned into what a law assumes."""

from __future__ import annotations

from pathlib import Path

from sim.scenario import load
from sim.scenario.schema import Scenario

FOLDER = Path(__file__).parents[1] / "scenarios"


def shipped(name: str, **settings: object) -> Scenario:
    """A shipped scenario; a setting `force__shift_h=12` sets `force.shift_h`."""
    return load(
        FOLDER / f"{name}.toml",
        settings=[f"{key.replace('__', '.')}={toml(value)}" for key, value in settings.items()],
    )


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    return str(value)
