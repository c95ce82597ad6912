"""Waiting for workers such that Ctrl-C and SIGTERM end the wait and break nothing.

The handlers of these signals raise an exception wherever the main thread is. Inside a method of `threading.Condition`,
on which futures stand, it can leave a lock as nobody expects it, and the run ends with another error, or never. So
signals are *held* while the main thread calls what takes such locks, where that is short; and it waits in a queue whose
locks are not Python's.
"""

from __future__ import annotations

import concurrent.futures as cf
import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Generic, TypeVar

Result = TypeVar("Result")


@contextlib.contextmanager
def holding_signals() -> Iterator[None]:
    """Keep Ctrl-C and SIGTERM until this is left, and let their handlers act then."""
    if threading.current_thread() is threading.main_thread():
        with _holding(signal.SIGTERM), _holding(signal.SIGINT):
            yield
    else:  # no handler runs in another thread
        yield


@contextlib.contextmanager
def _holding(number: signal.Signals) -> Iterator[None]:
    handler = signal.getsignal(number)
    if not callable(handler):  # nothing is raised
        yield
        return
    held: list[FrameType | None] = []

    def hold(_: int, frame: FrameType | None) -> None:
        held.append(frame)

    signal.signal(number, hold)
    try:
        yield
    finally:
        signal.signal(number, handler)
        if held:
            handler(number, held[0])


class Ended(Generic[Result]):
    """Futures as they end."""

    def __init__(self) -> None:
        self._queue = queue.SimpleQueue[cf.Future[Result]]()

    def watch(self, future: cf.Future[Result]) -> None:
        """Give this future, too, when it has ended. Signals must be held."""
        future.add_done_callback(self._queue.put)

    def next(self) -> cf.Future[Result]:
        """Wait for the next future that ends."""
        return self._queue.get()

    def all(self, timeout_s: float) -> list[cf.Future[Result]]:
        """Wait for the next future that ends, if one does in that time, and give what has ended with it."""
        ended = []
        with contextlib.suppress(queue.Empty):
            ended.append(self._queue.get(timeout=timeout_s))
            while True:
                ended.append(self._queue.get_nowait())
        return ended


def wait_for(call: Callable[[], Result]) -> Result:
    """Call what may take long in a thread of its own, and wait for what it returns or raises."""
    future, ended = cf.Future[Result](), Ended[Result]()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    with holding_signals():
        ended.watch(future)
        threading.Thread(target=run, daemon=True).start()
    ended.next()
    with holding_signals():
        return future.result()
