"""The engine that is asked for by its name."""

from __future__ import annotations

import difflib
import importlib.util
import re

from sim.engines.dask import Dask
from sim.engines.jobs import Engine, EngineError
from sim.engines.local import Processes, Serial, n_cores

ENGINES = ("serial", "processes", "dask", "dask:ADDRESS", "dask:FILE.json")
"""What may be asked for."""


def choose(engine: str | Engine | None = None, workers: int | None = 1) -> Engine:
    """The engine asked for.

    Parameters
    ----------
    engine : str or Engine, optional
        `serial`, `processes`, `dask` (a scheduler and workers of its own on this machine), `dask:ADDRESS` (a scheduler
        at `tcp://HOST:PORT` or `tls://HOST:PORT`), `dask:FILE.json` (a scheduler that wrote this file), or any object
        with an engine's `run`. Left out: serial for one worker, else processes.
    workers : int, optional
        Workers on this machine, at least 1; None takes as many as there are cores to run on. A scheduler that is given
        has its own.

    Raises
    ------
    EngineError
        For an unknown name, fewer than one worker, or dask where it is not installed.
    """
    n_workers = n_cores() if workers is None else workers
    if n_workers < 1:
        raise EngineError(f"workers must be at least 1, not {n_workers}")
    if engine is None:
        return Serial() if n_workers == 1 else Processes(n_workers)
    if not isinstance(engine, str):
        return engine
    kind, colon, scheduler = engine.partition(":")
    if engine == "serial":
        return Serial()
    if engine == "processes":
        return Processes(n_workers)
    if kind != "dask" or (colon and not _is_scheduler(scheduler)):
        raise EngineError(f"unknown engine {engine!r}: {_hint(engine)}use {_listed(ENGINES)}")
    if importlib.util.find_spec("distributed") is None:
        raise EngineError(f"engine {engine!r} needs dask, which is not installed: pip install 'peacesim[cluster]'")
    return Dask(scheduler or None, n_workers)


def _is_scheduler(text: str) -> bool:
    if text.endswith(".json"):
        return "://" not in text
    return re.fullmatch(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}", text) is not None


def _hint(engine: str) -> str:
    kind, colon, rest = engine.partition(":")
    if kind == "dask" and colon:
        address = re.sub(r"^\w*:?/*", "", rest) if "//" in rest else rest
        with_scheme = f"tcp://{address if ':' in address else f'{address}:8786'}"
        if address and not address.startswith(":") and _is_scheduler(with_scheme):
            return f"did you mean 'dask:{with_scheme}'? Else "
        return ""
    near = difflib.get_close_matches(engine.lower(), ENGINES[:3], 1)
    return f"did you mean {near[0]!r}? Else " if near else ""


def _listed(names: tuple[str, ...]) -> str:
    quoted = [repr(name) for name in names]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
