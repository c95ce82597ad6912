"""The project's own files, as a clone or an unpacked source folder holds them."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

_MADE_HERE = {"results", "build", "dist", "__pycache__"}  # by use of the project
_TEXT = {".py", ".toml", ".md", ".txt", ".cff", ".ipynb", ".html", ".jinja", ".j2", ".css", ".js", ".json", ".csv", ""}


def text_files() -> Iterator[Path]:
    """Every text file of the project, in order; not what using it makes (environments, caches, results)."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in _MADE_HERE and _is_ours(name))
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix in _TEXT and _is_ours(name))


def _is_ours(name: str) -> bool:
    return not name.startswith(".") or name in {".ci", ".gitignore", ".editorconfig"}
