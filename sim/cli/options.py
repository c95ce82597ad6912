"""Values of options that several commands take."""

from __future__ import annotations

import re

import click


def levels(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    """Read `A:B:N`, N levels from A to B, or `A,B,C`, these levels."""
    if value is None:
        return None
    text = value.strip()
    if re.search(r"(^|,)\s*0\d", text):
        raise click.BadParameter(f"{text!r} has a number that begins with 0; a thousand is 1000, without a comma")
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
    help="Change a value of the scenario; may be repeated.",
)
OUT = click.option("--out", type=click.Path(), help="Folder for the results.  [default: results/NAME OF FILE]")
ENGINE = click.option(
    "--engine",
    metavar="NAME",
    help="What runs replications: serial, processes, dask (workers of its own), dask:ADDRESS of a scheduler, or "
    "dask:FILE.json that it wrote.  [default: serial for one worker, else processes]",
)
