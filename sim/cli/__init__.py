"""The command line: `peacesim` and its commands.

Modules here import click and the standard library only; whatever is heavy is imported by the command that needs it, so
that help comes at once.
"""

from __future__ import annotations

import click

from sim import __version__
from sim.cli.animate import animate
from sim.cli.compare import compare
from sim.cli.map import map_
from sim.cli.minimum_force import minimum_force
from sim.cli.report import report
from sim.cli.run import run
from sim.cli.schema import schema
from sim.cli.sources import sources
from sim.cli.status import status
from sim.cli.trace import trace
from sim.cli.validate import validate

EPILOG = """\b
Examples:
  peacesim run scenarios/lesson.toml
  peacesim validate scenarios/*.toml
  peacesim sources scenarios/lesson.toml --assumptions

\b
Exit codes: 0 done, 1 replications failed, 2 bad input or a folder that cannot be written, 130 stopped by Ctrl-C,
143 stopped by SIGTERM.
"""


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="peacesim")
def main() -> None:
    """How few troops can keep a peace: simulate a peacekeeping force, task by task."""


main.add_command(run)
main.add_command(compare)
main.add_command(minimum_force)
main.add_command(validate)
main.add_command(sources)
main.add_command(schema)
main.add_command(trace)
main.add_command(map_)
main.add_command(animate)
main.add_command(status)
main.add_command(report)
