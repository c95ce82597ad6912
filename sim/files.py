"""Files that are replaced whole or not at all, and folders that one process at a time may use."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file so that its name always stands for the old content or the new, even after a crash or a power cut."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file of this content as :func:`replacing` does."""
    with replacing(path) as file:
        file.write(content)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes had begun to write into a folder; nobody else may be writing there."""
    for path in folder.glob(".*.tmp"):
        if re.fullmatch(r"\..+\.[0-9]+\.tmp", path.name):
            path.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Put a folder's names on the disk: after that, files that were made, replaced or removed stay so."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot do this for folders; they are used without.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a folder's lock, which ends with the process; file systems without locks are used without.

    Raises
    ------
    BlockingIOError
        If another process holds it, and for longer than :func:`is_locked` takes to look.
    """
    for wait_s in (0.02, 0.1, 0.5, None):
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(_lock(path, exclusive=True))
            except BlockingIOError:
                if wait_s is None:
                    raise
                time.sleep(wait_s)
                continue
            yield
            return


def is_locked(path: Path) -> bool:
    """Whether a process, this one too, holds a folder's lock."""
    try:
        with _lock(path, exclusive=False):
            return False
    except BlockingIOError:
        return True


@contextlib.contextmanager
def _lock(path: Path, *, exclusive: bool) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            pass
        yield
    finally:
        os.close(descriptor)
