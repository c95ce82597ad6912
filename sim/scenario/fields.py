"""What the file format allows at a place: walks the pydantic models along a dotted key.

A *name* stands for the key of an entry that a file names itself (a sector, a policy) where a pattern of keys is meant.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario.errors import Loc, nearest
from sim.scenario.schema import Scenario

FILE_KEYS = ("extends", "sources")
_UNIT = re.compile(r"\[([^\[\]]+)\]$")


def _bare(annotation: Any) -> tuple[Any, str]:
    """The type under Annotated and Optional, with the description met on the way."""
    description = ""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *extras = get_args(annotation)
            found = [extra.description for extra in extras if isinstance(extra, FieldInfo) and extra.description]
            description = found[-1] if found else description
        elif origin in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        else:
            return annotation, description


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _step(kind: Any, part: str | int) -> tuple[Any, str] | None:
    """The type one key further down and its description, or None if there is no such key."""
    if _is_table(kind):
        field = kind.model_fields.get(part)
        if field is None:
            return None
        bare, description = _bare(field.annotation)
        return bare, field.description or description
    if get_origin(kind) is dict and isinstance(part, str):
        return _bare(get_args(kind)[1])
    if get_origin(kind) is list and isinstance(part, int):
        return _bare(get_args(kind)[0])
    return None


def type_at(loc: Loc) -> Any:
    """The type that the format wants at a place, or None if the format has no such place."""
    kind: Any = Scenario
    for part in loc:
        step = _step(kind, part)
        if step is None:
            return None
        kind = step[0]
    return kind


def unit_at(loc: Loc) -> str:
    """Unit of a number: the `[unit]` that ends its description, or else that of the nearest table that holds it."""
    kind: Any = Scenario
    unit = ""
    for part in loc:
        step = _step(kind, part)
        if step is None:
            break
        kind, description = step
        found = _UNIT.search(description)
        unit = found.group(1) if found else unit
    return unit


def allowed_at(loc: Loc) -> tuple[str, ...] | None:
    """The keys that the table at a place may have; None where a file names them itself or there is no table."""
    kind = type_at(loc)
    if _is_table(kind):
        return (*kind.model_fields, *(() if loc else FILE_KEYS))
    if get_origin(kind) is dict:
        names = _bare(get_args(kind)[0])[0]
        if isinstance(names, type) and issubclass(names, StrEnum):
            return tuple(names)
    return None


def holds_tables(loc: Loc) -> bool:
    """Whether the place is a table of tables that the file names itself, like `contingents`."""
    kind = type_at(loc)
    return get_origin(kind) is dict and _is_table(_bare(get_args(kind)[1])[0])


def wanted(loc: Loc) -> str:
    """What the format wants at a place, in words."""
    kind = type_at(loc)
    if get_origin(kind) is Literal:
        return " or ".join(str(choice) for choice in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of " + ", ".join(kind)
    if loc == ("theatre",):
        return 'the path of a theatre file, like "theatres/kosovo.toml"'
    if _is_table(kind) or get_origin(kind) is dict:
        return "a table"
    names = {"str": "text in quotes", "int": "a whole number", "float": "a number", "bool": "true or false"}
    names["date"] = "a date like 2001-01-31, without quotes"
    names["datetime"] = "a local time of whole minutes like 2001-01-31T06:00:00, without quotes or offset"
    return names.get(getattr(kind, "__name__", ""), "a list")


def _patterns(kind: Any, loc: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if _is_table(kind):
        for key, field in kind.model_fields.items():
            yield (*loc, key)
            yield from _patterns(_bare(field.annotation)[0], (*loc, key))
    elif get_origin(kind) is dict:
        yield from _patterns(_bare(get_args(kind)[1])[0], (*loc, "NAME"))


@cache
def patterns() -> tuple[tuple[str, ...], ...]:
    """Every key of the format, top down, with NAME for what a file names itself."""
    return tuple(_patterns(Scenario, ()))


def nearest_key(loc: Loc) -> str | None:
    """The valid key most like an unknown one: in the same table, or else the same word elsewhere."""
    name, table = str(loc[-1]), loc[:-1]
    here = nearest(name, allowed_at(table) or ())
    if here is not None:
        return ".".join([*(str(part) for part in table), here])
    there = nearest(name, [pattern[-1] for pattern in patterns()])
    return next((".".join(pattern) for pattern in patterns() if pattern[-1] == there), None)
