"""Theatre files as tables, without the loader."""

import tomllib
from pathlib import Path
from typing import Any

from sim.scenario.theatre_schema import Theatre

FOLDER = Path(__file__).parents[2] / "scenarios"


def table(name: str) -> dict[str, Any]:
    """A theatre file as it stands, with [sources]."""
    return tomllib.loads((FOLDER / "theatres" / f"{name}.toml").read_text(encoding="utf-8"))


def theatre(name: str, **changed: object) -> Theatre:
    """A theatre, with some of its top-level keys changed."""
    content = {key: value for key, value in table(name).items() if key != "sources"}
    return Theatre.model_validate(content | changed)
