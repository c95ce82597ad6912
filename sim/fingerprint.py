"""What the program is, as far as that can change a result: hash of its code, version of NumPy."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

SHOWS_RESULTS = ("animation/", "cli/", "html/", "plots/", "report/", "teach/")
"""Parts of the package that cannot change a result."""


def code_sha256() -> str:
    """Hash of the package's Python files that can change a result, and of their names.

    What only shows results, or teaches, is left out, so that a new figure does not throw a study away.
    """
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in root.rglob("*.py")):
        if name.startswith(SHOWS_RESULTS):
            continue
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@functools.cache
def program() -> dict[str, str]:
    """What a process runs, by name: `code_sha256` and `numpy`, as they were when it was first asked."""
    import importlib.metadata

    return {"code_sha256": code_sha256(), "numpy": importlib.metadata.version("numpy")}
