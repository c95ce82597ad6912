"""What commands share: exit codes, error messages without tracebacks, tables for the terminal."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec

import click

if TYPE_CHECKING:
    from rich.console import Console

FAILED = 1
BAD_INPUT = 2
STOPPED = 130
WIDTH_WHEN_PIPED = 100

P = ParamSpec("P")


def reports_errors(command: Callable[P, None]) -> Callable[P, None]:
    """End a command with a message and an exit code where the user's input is at fault or Ctrl-C was pressed."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            sys.exit(STOPPED)
        except Exception as error:
            if not is_input_error(error):
                raise
            click.echo(str(error), err=True)
            sys.exit(BAD_INPUT)

    return guarded


def is_input_error(error: Exception) -> bool:
    """Whether an error is the input's and not the program's."""
    from sim.engines import EngineError
    from sim.experiment import DesignError
    from sim.scenario import ScenarioError
    from sim.store import StoreError

    return isinstance(error, ScenarioError | StoreError | DesignError | EngineError)


def console() -> Console:
    """Standard output for tables; wide enough for them when it is not a terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH_WHEN_PIPED, highlight=False, markup=False)
