"""Stop runs by SIGTERM at one event after the other inside the libraries of threads and futures; print what they raise.

A process of its own: what goes wrong in here hangs, and the handler of a signal is everybody's.
"""

import concurrent.futures as cf
import contextlib
import os
import signal
import sys
import threading
from collections import Counter
from concurrent.futures import _base, process, thread
from types import FrameType

import sim
from sim.engines import Engine, Futures, Processes
from tests.experiment import work

LIBRARIES = {module.__file__ for module in (threading, _base, process, thread)}
SCENARIO = sim.load("scenarios/lesson.toml")


class Stop(KeyboardInterrupt):
    """What the handler raises."""


def stop(number: int, frame: FrameType | None) -> None:
    raise Stop


def raised_at(engine: Engine, nth: int) -> str:
    """What a run raises that gets the signal at its nth event; nothing if it has fewer."""
    n_events = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal n_events
        if frame.f_code.co_filename in LIBRARIES:
            n_events += 1
            if n_events == nth:
                os.kill(os.getpid(), signal.SIGTERM)

    try:
        with contextlib.closing(engine.run(work.answer, SCENARIO, work.jobs(6))) as outcomes:
            sys.setprofile(count)
            try:
                assert len(list(outcomes)) == 6
            finally:
                sys.setprofile(None)
    except BaseException as error:
        return repr(error)
    return "nothing"


def main() -> None:
    """Stop futures at every event, processes (which take longer to start) at every thirtieth."""
    signal.signal(signal.SIGTERM, stop)
    for engine, step in ((Futures(lambda: cf.ThreadPoolExecutor(2), 2), 1), (Processes(2), 30)):
        raised, nth = Counter[str](), 1
        while not raised["nothing"]:
            raised[raised_at(engine, nth)] += 1
            nth += step
        print(type(engine).__name__, *sorted(raised), raised["Stop()"])


if __name__ == "__main__":
    main()
