"""`peacesim report`: one page of what a folder of results has to say, to hand on."""

from __future__ import annotations

import click

from sim.cli.terminal import reports_errors

EPILOG = """\b
Examples:
  peacesim report results/lesson
  peacesim report results/drawdown-policies --out drawdown.html
  peacesim report results/lesson --no-interactive

\b
DIR is what run, compare or minimum-force has left, finished or not; the report says what is missing. The page needs
no network: it opens from disk, can be sent as a file, and prints. Figures are pictures, and with the extra `report`
(pip install 'peacesim[report]') interactive too. Exit code 2 if DIR holds no results.
"""


@click.command(epilog=EPILOG, short_help="Write one page of what a folder of results says.")
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option("--out", metavar="FILE", type=click.Path(), help="The file to write.  [default: report.html in DIR]")
@click.option("--no-interactive", is_flag=True, help="Pictures only.")
@reports_errors
def report(directory: str, out: str | None, no_interactive: bool) -> None:
    """Write the report of a folder DIR of results as one HTML file.

    It has the question, the answer with its interval, the figures and their tables, every number of the scenario with
    its source, the model by the items of STRESS-DES, what happened in a replication if a trace is kept, and how to run
    it again.
    """
    from sim.report import can_be_interactive, write

    path = write(directory, out, interactive=not no_interactive, progress=_say)
    click.echo(f"Report: {path}")
    if not no_interactive and not can_be_interactive():
        click.echo(
            "Pictures only; install peacesim[report] (or use `sh go report`) for charts that tell values and zoom.",
            err=True,
        )


def _say(step: str) -> None:
    click.echo(step, err=True)
