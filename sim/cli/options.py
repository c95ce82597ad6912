"""Values of options that several commands take, and a scenario loaded as options ask for."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.scenario import Scenario


def load_as_asked(file: str, settings: Sequence[str], options: Mapping[str, object]) -> tuple[Scenario, list[str]]:
    """Load a scenario file with the values of `--set`, and with those that options give keys of its experiment.

    Parameters
    ----------
    file : str
        Its path.
    settings : sequence of str
        `KEY=VALUE`.
    options : mapping
        Values by the option's name, which is that of the key of `experiment` too; None: not given.

    Returns
    -------
    scenario : Scenario
        As asked for.
    settings : list of str
        All of it as `KEY=VALUE`.

    Raises
    ------
    ScenarioError
        If something is wrong; a fault of what an option gave is called that option's.
    """
    from sim.scenario import ScenarioError, load

    given = {key: value for key, value in options.items() if value is not None}
    # JSON writes these values as TOML does.
    changes = [*settings, *(f"experiment.{key}={json.dumps(value)}" for key, value in given.items())]
    try:
        return load(file, settings=changes), changes
    except ScenarioError as error:
        faults = [
            dataclasses.replace(fault, file=f"--{key[1]}")
            if fault.file == "--set" and (key := re.match(r"experiment\.(\w+)", fault.key)) and key[1] in given
            else fault
            for fault in error.faults
        ]
        raise ScenarioError(faults) from None


def levels(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    """Read `A:B:N`, N levels from A to B, or `A,B,C`, these levels.

    Two levels, the first below 100 and the second of three digits, are refused: `10,200` is too often meant as one
    number. In the other order, or with a blank between them, they are two.
    """
    if value is None:
        return None
    text = value.strip()
    if re.search(r"(^|,)\s*0\d", text):
        raise click.BadParameter(f"{text!r} has a number that begins with 0; a thousand is 1000, without a comma")
    if re.fullmatch(r"\d{1,2},\d{3}", text):
        whole, (low, high) = text.replace(",", ""), text.split(",")
        raise click.BadParameter(
            f"{text!r} reads like one number of {whole} troops; write {whole}, or {high},{low} for the two levels"
        )
    if re.fullmatch(r"\d{1,9}(,\s*\d{1,9})*", text):
        return sorted({int(part) for part in text.split(",")})
    spread = re.fullmatch(r"(\d{1,9}):(\d{1,9}):(\d{1,9})", text)
    if spread is None:
        raise click.BadParameter(f"{text!r} is neither A:B:N, like 5000:40000:8, nor A,B,C, like 5000,10000,40000")
    first, last, n = map(int, spread.groups())
    if not (first < last and 2 <= n <= 1000):
        raise click.BadParameter(f"{text}: A:B:N needs A below B, and N from 2 to 1000")
    return sorted({first + round((last - first) * i / (n - 1)) for i in range(n)})


def keys(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    """Read `A,B`, at least one."""
    if value is None:
        return None
    found = [key.strip() for key in value.split(",") if key.strip()]
    if not found:
        raise click.BadParameter(f"{value!r} names nothing; leave it out to take what the file says")
    return found


WORKERS = click.option(
    "--workers", "-j", type=click.IntRange(1), metavar="N", help="Worker processes.  [default: all cores]"
)
SEED = click.option("--seed", type=click.IntRange(0), metavar="N", help="Root of every random stream.")
SETTINGS = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of the scenario, or empty a table with KEY={}; may be repeated.",
)
OUT = click.option("--out", type=click.Path(), help="Folder for the results.  [default: results/NAME OF FILE]")
ENGINE = click.option(
    "--engine",
    metavar="NAME",
    help="What runs replications: serial, processes, dask (workers of its own), dask:ADDRESS of a scheduler, or "
    "dask:FILE.json that it wrote.  [default: serial for one worker, else processes]",
)
