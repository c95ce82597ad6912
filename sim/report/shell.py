"""Commands as they stand in a page: files and folders named so that a shell takes them for nothing else."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path


def path_word(path: str | Path) -> str:
    """A file or folder as a word of a command, from the present directory.

    What lies in the present directory is named from there; the directory itself, and what lies elsewhere, by its last
    part alone, so that a page tells nothing of the machine it was made on. What begins with a dash gets `./` before it.
    """
    path = Path(path)
    resolved, here = path.resolve(), Path.cwd().resolve()
    is_within = resolved != here and resolved.is_relative_to(here)
    name = str(resolved.relative_to(here)) if is_within else resolved.name or str(resolved)
    return guarded(name)


def guarded(name: str) -> str:
    """A name that no command takes for an option."""
    return f"./{name}" if name.startswith("-") else name


def command(words: Iterable[str]) -> str:
    """Words as one line for a shell."""
    return shlex.join(words)
