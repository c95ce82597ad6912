"""What commands share: exit codes, error messages without tracebacks, tables for the terminal."""

from __future__ import annotations

import contextlib
import functools
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, ParamSpec

import click

if TYPE_CHECKING:
    from rich.console import Console

FAILED = 1
BAD_INPUT = 2
STOPPED = 130
TERMINATED = 143
WIDTH_WHEN_PIPED = 100

P = ParamSpec("P")


class Terminated(KeyboardInterrupt):
    """SIGTERM, as batch systems and `timeout` send it."""


@contextlib.contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM stop what runs in here as Ctrl-C does, so that nothing finished is lost."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def exit_code_of(stop: BaseException | None) -> int:
    """Exit code of a command that Ctrl-C or SIGTERM stopped: 128 plus the number of the signal."""
    return TERMINATED if isinstance(stop, Terminated) else STOPPED


def reports_errors(command: Callable[P, None]) -> Callable[P, None]:
    """End a command with a message and an exit code where the user's input is at fault or it was stopped."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt as stop:
            click.echo("Stopped.", err=True)
            sys.exit(exit_code_of(stop))
        except Exception as error:
            if not is_input_error(error):
                raise
            click.echo(str(error), err=True)
            sys.exit(BAD_INPUT)

    return guarded


def program(path: str | None = None) -> str:
    """How this program is called from here: by name if a shell finds it, else by the path from the present folder.

    Parameters
    ----------
    path : str, optional
        Where it is; as it was called when left out.
    """
    called = Path(sys.argv[0] if path is None else path)
    if called.stem != "peacesim" or shutil.which("peacesim") == str(called.absolute()):
        return "peacesim"
    return str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called)


def is_input_error(error: Exception) -> bool:
    """Whether an error is the input's and not the program's."""
    from sim.engines import EngineError
    from sim.experiment import DesignError
    from sim.scenario import ScenarioError
    from sim.store import StoreError

    return isinstance(error, ScenarioError | StoreError | DesignError | EngineError)


def console(width_when_piped: int = WIDTH_WHEN_PIPED, *, at_least: int = WIDTH_WHEN_PIPED) -> Console:
    """Standard output for tables; at least so many characters wide, and so many when it is not a terminal.

    A narrower terminal wraps what does not fit: figures that are cut off would be false ones.
    """
    from rich.console import Console

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else width_when_piped
    return Console(width=max(width, at_least), highlight=False, markup=False)
