"""Settings: single keys changed from outside the file, `--set force.shift_h=12`; `--set KEY={}` empties a table."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence

from sim.scenario.errors import Fault, Loc, ScenarioError, dotted, listed, nearest, shorten, show
from sim.scenario.fields import FILE_KEYS, holds_tables, nearest_key, type_at, wanted
from sim.scenario.layers import SETTINGS, Layers
from sim.scenario.read import MAX_DEPTH, control_characters, depth

Settings = Mapping[str, object] | Sequence[str]


def parse_value(text: str) -> object:
    """Read a value as TOML does; what is not TOML is text.

    >>> parse_value("12"), parse_value("[1, 2]"), parse_value("by_risk"), parse_value("2001-01-31")
    (12, [1, 2], 'by_risk', datetime.date(2001, 1, 31))
    """
    try:
        data = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return data["value"] if list(data) == ["value"] and depth(data) <= MAX_DEPTH else text


def as_texts(settings: Settings) -> tuple[str, ...]:
    """Settings as KEY=VALUE.

    >>> as_texts({"vehicles.runs": "all", "experiment.troops": [100, 300]})
    ('vehicles.runs=all', 'experiment.troops=[100, 300]')
    """
    if not isinstance(settings, Mapping):
        return (settings,) if isinstance(settings, str) else tuple(settings)
    plain = (str, dt.date, dt.time)
    return tuple(
        f"{key}={value if isinstance(value, plain) else json.dumps(value, default=str)}"
        for key, value in settings.items()
    )


def _fault(loc: Loc, found: str, allowed: str, near: str | None = None) -> Fault:
    hint = f"; did you mean '{near}'?" if near else f"; allowed is {allowed}"
    return Fault(SETTINGS, None, dotted(loc), found, allowed, near, found + hint)


def _pairs(settings: Settings, faults: list[Fault]) -> Iterator[tuple[str, object]]:
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield key, parse_value(value) if isinstance(value, str) else value
        return
    for text in [settings] if isinstance(settings, str) else settings:
        key, equals, value = text.partition("=")
        if equals:
            yield key.strip(), parse_value(value.strip())
        else:
            faults.append(_fault((), f"'{shorten(text)}' without '='", "KEY=VALUE"))


def _refused(parts: tuple[str, ...], value: object, data: dict[str, object]) -> Fault | None:
    """Why a key cannot be set: a setting may change what there is, or add a key that the format knows."""
    if len(parts) > MAX_DEPTH or not all(parts):
        return _fault(parts[:MAX_DEPTH], "not a dotted key", "a key like force.shift_h")
    table: object = data
    for at, part in enumerate(parts):
        loc, last = parts[: at + 1], at == len(parts) - 1
        if not isinstance(table, dict):
            return _fault(parts, f"'{dotted(parts[:at])}' is no table but {show(table)}", wanted(parts[:at]))
        if type_at(loc) is None:
            near = nearest_key(loc)
            return _fault(
                loc, "unknown key", "a key that a scenario's tables may have", near if near not in FILE_KEYS else None
            )
        if part not in table and holds_tables(parts[:at]) and not (last and isinstance(value, dict)):
            near = nearest(part, table)
            near = dotted((*parts[:at], near)) if near else None
            return _fault(loc, f"nothing in [{dotted(parts[:at])}] has this name", f"one of {listed(table)}", near)
        table = table.get(part, {})
    return None


def read_settings(settings: Settings, layers: Layers) -> Iterator[tuple[dict[str, object], Loc]]:
    """Turn settings into tables, one after the other, each to be laid over `layers` before the next is asked for.

    Parameters
    ----------
    settings
        `{"force.shift_h": "12"}` or `["force.shift_h=12"]`. Text is read as TOML, or else taken as it is.
    layers
        What the settings change.

    Yields
    ------
    tuple
        Nested tables that hold one value, and that value's place.

    Raises
    ------
    ScenarioError
        When all are read: those that have no `=`, name no valid key or hold control characters.
    """
    faults: list[Fault] = []
    for key, value in _pairs(settings, faults):
        parts = tuple(part.strip() for part in key.split("."))
        unfit = [*control_characters({key: None}), *control_characters(value, parts)]
        if unfit:
            faults.extend(_fault(*one) for one in unfit)
            continue
        refused = _refused(parts, value, layers.data)
        if refused is not None:
            faults.append(refused)
            continue
        data: object = value
        for part in reversed(parts):
            data = {part: data}
        assert isinstance(data, dict)
        yield data, parts
    if faults:
        raise ScenarioError(faults)
