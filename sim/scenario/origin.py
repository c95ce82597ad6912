"""Origin: where one number of a scenario comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A number or date of a scenario and its source.

    `key` is dotted (`force.section_size`), `source` the text given in `[sources]` (a key of `sources.toml`, or
    `assumption: why`), or `set on the command line`; `line` counts from 1.
    """

    key: str
    value: object
    unit: str
    source: str
    file: str
    line: int | None
