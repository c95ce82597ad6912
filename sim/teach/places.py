"""Where the scenarios are that notebooks use."""

from __future__ import annotations

import dataclasses
import functools
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.errors import Fault
    from sim.scenario.schema import Scenario

_OF_A_WHEEL = Path(__file__).parents[1] / "shipped_scenarios"
SCENARIOS = _OF_A_WHEEL if _OF_A_WHEEL.is_dir() else Path(__file__).parents[2] / "scenarios"
"""In the source tree, or in the package where that was installed from a wheel."""

OWN_FILE = "your-scenario.toml"
"""What a text is called that is loaded as a file."""


def scenario(name: str, settings: Sequence[str] = ()) -> Scenario:
    """Load a scenario that is shipped, wherever the notebook runs.

    Parameters
    ----------
    name : str
        Its file, without folder and ending: `lesson`, `kfor-2001`, `studies/drawdown-policies`.
    settings : sequence of str
        `KEY=VALUE` to change, as with `--set`.

    Raises
    ------
    FileNotFoundError
        If there is no such file; says which there are.

    Examples
    --------
    >>> scenario("lesson").name
    'lesson'
    """
    from sim.scenario import load

    path = SCENARIOS / f"{name}.toml"
    if not path.is_file():
        found = [*SCENARIOS.glob("*.toml"), *SCENARIOS.glob("studies/*.toml")]
        there = sorted(one.relative_to(SCENARIOS).with_suffix("").as_posix() for one in found if one.stem != "sources")
        raise FileNotFoundError(f"no scenario {name!r}; there are {', '.join(there)}")
    return load(path, settings=settings)


@functools.cache
def lesson() -> Scenario:
    """Load the valley of the lessons once: checks run it many times."""
    return scenario("lesson")


def scenario_from_text(text: str, settings: Sequence[str] = ()) -> Scenario:
    r"""Load a scenario from the text of a file, as if that lay among those that are shipped.

    Parameters
    ----------
    text : str
        TOML; `extends = "NAME.toml"` names a scenario that is shipped.
    settings : sequence of str
        `KEY=VALUE` to change, as with `--set`.

    Raises
    ------
    ScenarioError
        If it is not valid; says where, and calls the text `your-scenario.toml`.

    Examples
    --------
    >>> scenario_from_text("extends = 'lesson.toml'\nschema_version = 1\ntitle = 'Mine'").title
    'Mine'
    """
    from sim.scenario import ScenarioError, load

    with tempfile.TemporaryDirectory(prefix="peacesim-") as temporary:
        folder = Path(temporary) / "scenarios"
        shutil.copytree(SCENARIOS, folder, ignore=shutil.ignore_patterns("schema"))
        path = folder / OWN_FILE
        path.write_text(text, encoding="utf-8")
        try:
            return load(path, settings=settings)
        except ScenarioError as error:
            raise ScenarioError([_without(f"{folder}/", fault) for fault in error.faults]) from None


def _without(folder: str, fault: Fault) -> Fault:
    """A fault whose words name no folder that will be gone."""
    return dataclasses.replace(
        fault,
        file=fault.file.replace(folder, ""),
        found=fault.found.replace(folder, ""),
        allowed=fault.allowed.replace(folder, ""),
        nearest=fault.nearest and fault.nearest.replace(folder, ""),
    )
