"""`peacesim schema`: what a file may hold, as JSON Schema for editors."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sim.cli.terminal import BAD_INPUT, reports_errors

KINDS = ("scenario", "theatre", "sources")
EPILOG = """\b
Examples:
  peacesim schema > scenario.json
  peacesim schema --extends --out scenario-extends.json
  peacesim schema theatre --out theatre.json
  peacesim schema sources --out sources.json

\b
An editor that knows JSON Schema for TOML (Tombi and Taplo, both for VS Code and others) reads the first line of a file:
  #:schema ./scenario.json
The path counts from the file. From then on the editor completes keys, shows what they mean, and marks unknown keys,
values out of bounds and what is missing. What several keys must agree on only `peacesim validate` checks.

\b
The schemas of the shipped files are in scenarios/schema/.
"""


@click.command(epilog=EPILOG, short_help="Print JSON Schema, with which editors help to write files.")
@click.argument("kind", type=click.Choice(KINDS), default=KINDS[0])
@click.option("--extends", is_flag=True, help="For a scenario that extends another: nothing else is required.")
@click.option("--out", type=click.Path(), metavar="FILE", help="File to write.  [default: standard output]")
@reports_errors
def schema(kind: str, extends: bool, out: str | None) -> None:
    """Print the JSON Schema of a KIND of file: scenario (the default), theatre or sources."""
    if extends and kind != "scenario":
        raise click.UsageError(f"--extends is for a scenario: a {kind} file cannot extend another")
    from sim.scenario.json_schema import File, as_text, schema_of

    text = as_text(schema_of(File(kind), extends=extends)).encode()
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        Path(out).write_bytes(text)
    except OSError as error:
        click.echo(f"cannot write to {out}: {error.strerror}", err=True)
        sys.exit(BAD_INPUT)
