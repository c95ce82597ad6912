"""Where the scenarios are that notebooks use: in the source tree that the package runs from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"


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
        there = sorted(one.stem for one in SCENARIOS.glob("*.toml") if one.stem != "sources")
        raise FileNotFoundError(f"no scenario {name!r}; there are {', '.join(there)}")
    return load(path, settings=settings)
