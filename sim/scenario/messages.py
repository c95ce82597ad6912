"""What pydantic finds wrong, in words for who wrote the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic_core import ErrorDetails

from sim.scenario.errors import MAX_FAULTS_SHOWN, Fault, Loc, dotted, listed, nearest, show
from sim.scenario.fields import allowed_at, nearest_key, type_at, wanted
from sim.scenario.layers import Layers

_BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "finite_number": "a finite number",
    "string_too_short": "text that is not empty",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "lower-case letters, digits, '_' and '-', a letter or digit first",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
}


def _unknown(loc: Loc, layers: Layers, *, suggest: bool) -> Fault:
    allowed = listed(allowed_at(loc[:-1]) or ())
    near = nearest_key(loc) if suggest else None
    return layers.fault(
        loc, f"unknown key '{dotted(loc[-1:])}'", allowed, near, f"unknown key; allowed here: {allowed}"
    )


def _wrong(error: ErrorDetails, loc: Loc, layers: Layers) -> Fault:
    value, kind = error["input"], type_at(loc)
    bound = _BOUNDS.get(error["type"])
    allowed = bound.format(**error.get("ctx", {})) if bound else wanted(loc)
    near = None
    if isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(value, str):
        near = nearest(value, kind)
    return layers.fault(loc, show(value), allowed, near)


def translate(errors: Sequence[ErrorDetails], layers: Layers, incomplete: set[Loc]) -> Iterator[tuple[Loc, Fault]]:
    """Turn pydantic's errors into faults.

    Parameters
    ----------
    errors
        As `ValidationError.errors()` gives them.
    layers
        The tables that were validated.
    incomplete
        Tables of which a part could not be read: nothing is missing there.

    Yields
    ------
    tuple
        Place of the value, and the fault.
    """
    explained = set()
    for error in errors[:MAX_FAULTS_SHOWN]:
        if error["type"] == "extra_forbidden":
            near = nearest(str(error["loc"][-1]), allowed_at(error["loc"][:-1]) or ())
            explained.add((*error["loc"][:-1], near))
    for number, error in enumerate(errors):
        loc = error["loc"]
        if loc and loc[-1] == "[key]":
            loc = loc[:-1]
            if error["type"] == "enum":
                yield loc, _unknown(loc, layers, suggest=True)
            else:
                allowed = f"a name of {_BOUNDS['string_pattern_mismatch']}, at most 64"
                yield loc, layers.fault(loc, f"the name '{dotted(loc[-1:])}'", allowed)
        elif error["type"] == "missing":
            if loc not in explained and not any(loc[: len(part)] == part for part in incomplete):
                allowed = wanted(loc)
                yield loc, layers.fault(loc, "nothing", allowed, None, f"missing; it needs {allowed}")
        elif error["type"] == "extra_forbidden":
            yield loc, _unknown(loc, layers, suggest=number < MAX_FAULTS_SHOWN)
        else:
            yield loc, _wrong(error, loc, layers)
