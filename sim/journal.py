"""A journal: records added to a file one by one, on the disk before long, and checked when they are read.

A *record* is a *head*, which is plain JSON, and a *payload*, which is bytes. In the file it is a mark with the number
of the format, the length of its body, a checksum of length and body, and the body: the length of the head, the head,
the payload. Reading one runs no code of the file's.

A record is *whole* if its checksum is right. After the last whole one the file may be *cut off* (a kill, a power cut):
what stands there was not finished and is left out. Where a whole record stands behind one that is not, the file is
*damaged*: that is an error, since leaving out the rest would lose it, and :func:`mend` brings together what is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.files import replacing, sync_folder, write_atomically

MARK = b"\x89PSJ1\r\n\x1a"
SYNC_S = 0.2
"""Records that come within so long a time [s] go to the disk together: it is what a power cut can take at most."""

_FRAME = struct.Struct("<8sQ16s")
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Record:
    """What a record says: `head` in words and numbers, `payload` as bytes."""

    head: dict[str, Any]
    payload: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """The whole records of a file, and the byte at which it was cut off (None: it was not)."""

    records: list[Record]
    cut_off_at: int | None


class DamagedError(Exception):
    """A file in which whole records stand behind a damaged one.

    Attributes
    ----------
    offset : int
        The byte at which the damaged one begins.
    n_before, n_behind : int
        Whole records before and behind it.
    """

    def __init__(self, path: Path, offset: int, n_before: int, n_behind: int) -> None:
        self.offset, self.n_before, self.n_behind = offset, n_before, n_behind
        super().__init__(
            f"{path} is damaged at byte {offset:,}: {n_before} whole records stand before it and {n_behind} behind it"
        )


class Journal:
    """A new file that records are added to. Every write is of one record, whole or taken back.

    Killing the process takes no record that was added. Another thread asks the system to put records on the disk, at
    most every SYNC_S seconds, so that adding one does not wait for the disk.

    Parameters
    ----------
    path : Path
        A file that does not exist yet.

    Raises
    ------
    OSError
        If it exists or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o666)
        try:
            sync_folder(path.parent)
        except OSError:
            os.close(self._file)
            raise
        self.size = 0
        """Bytes written."""
        self._error: OSError | None = None
        self._has_news, self._ends = threading.Event(), threading.Event()
        self._syncing = threading.Thread(target=self._sync_now_and_then, name="journal", daemon=True)
        self._syncing.start()

    def append(self, head: Mapping[str, object], payload: bytes) -> None:
        """Add a record.

        Raises
        ------
        OSError
            If it, or one before it, cannot be written; the file then ends with the last whole record.
        """
        if self._error is not None:
            raise self._error
        data = pack(head, payload)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            self.size += len(data)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self.size)
            raise
        self._has_news.set()

    def close(self) -> None:
        """Put all records on the disk and end; once is enough.

        Raises
        ------
        OSError
            If one cannot be written.
        """
        if self._file < 0:
            return
        self._ends.set()
        self._has_news.set()
        self._syncing.join()
        file, self._file = self._file, -1
        try:
            os.fsync(file)
        finally:
            os.close(file)
        if self._error is not None:
            raise self._error

    def _sync_now_and_then(self) -> None:
        while not self._ends.is_set():
            self._has_news.wait()
            self._has_news.clear()
            try:
                os.fsync(self._file)
            except OSError as error:
                self._error = error
                return
            self._ends.wait(SYNC_S)


def pack(head: Mapping[str, object], payload: bytes) -> bytes:
    """The bytes that stand for a record in a file."""
    text = json.dumps(head, separators=(",", ":")).encode()
    body = _LENGTH.pack(len(text)) + text + payload
    return _FRAME.pack(MARK, len(body), _checksum(body)) + body


def read(path: Path) -> Content:
    """Read the records of a file, none if there is no such file.

    Raises
    ------
    DamagedError
        If a record that is not whole stands before one that is.
    OSError
        If the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Content([], None)
    records: list[Record] = []
    offset = 0
    while offset < len(data):
        end = _end_of_whole(data, offset)
        if end is None:
            n_behind = sum(1 for _ in _whole(data, offset + 1))
            if n_behind:
                raise DamagedError(path, offset, len(records), n_behind)
            return Content(records, offset)
        records.append(_unpack(data, offset, end))
        offset = end
    return Content(records, None)


def mend(path: Path) -> tuple[int, Path]:
    """Leave in a file its whole records alone, and put the file as it was aside.

    Returns
    -------
    tuple of int and Path
        Whole records, and the file set aside: `journal.damaged`, or `journal.damaged-2` and so on if there is one.

    Raises
    ------
    OSError
        If a file cannot be read or written; the file is then as it was.
    """
    data = path.read_bytes()
    names = itertools.chain([f"{path.name}.damaged"], (f"{path.name}.damaged-{i}" for i in itertools.count(2)))
    aside = next(other for other in map(path.with_name, names) if not other.exists())
    write_atomically(aside, data)
    n_whole = 0
    with replacing(path) as file:
        for offset, end in _whole(data, 0):
            file.write(data[offset:end])
            n_whole += 1
    return n_whole, aside


def _whole(data: bytes, offset: int) -> Iterator[tuple[int, int]]:
    """Where whole records begin and end, wherever they stand."""
    while (offset := data.find(MARK, offset)) >= 0:
        end = _end_of_whole(data, offset)
        if end is not None:
            yield offset, end
        offset = offset + 1 if end is None else end


def _end_of_whole(data: bytes, offset: int) -> int | None:
    """Where the whole record that begins here ends, or None if there is none."""
    begin = offset + _FRAME.size
    if begin > len(data):
        return None
    mark, length, checksum = _FRAME.unpack_from(data, offset)
    if mark != MARK or length > len(data) - begin:
        return None
    return begin + length if _checksum(memoryview(data)[begin : begin + length]) == checksum else None


def _unpack(data: bytes, offset: int, end: int) -> Record:
    begin = offset + _FRAME.size
    (n,) = _LENGTH.unpack_from(data, begin)
    begin += _LENGTH.size
    return Record(json.loads(data[begin : begin + n]), data[begin + n : end])


def _checksum(body: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(len(body).to_bytes(8, "little"), digest_size=16)
    digest.update(body)
    return digest.digest()
