"""JSON Schema of the files that peacesim reads, for editors: completion, hints and faults while a file is written.

A schema describes a file *as it is written*: `theatre` of a scenario is a path or a table, `[sources]` stands in the
file, and a file that *extends* another may leave out what that one gives. Names, types, bounds, units and descriptions
are those of the pydantic models. What several keys must agree on is not in it: `peacesim validate` has the last word.

References are replaced by what they stand for, so that each place has its own words and unit; the unit is also given
by itself, as `x-unit`. TOML dates are text of the format `date`, dates with a time of `date-time-local`, as editors for
TOML expect.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sim.scenario.errors import Loc
from sim.scenario.fields import allowed_at, unit_at
from sim.scenario.schema import Scenario
from sim.scenario.theatre_schema import Table, Theatre

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class File(StrEnum):
    """The kinds of file that have a schema."""

    SCENARIO = "scenario"
    THEATRE = "theatre"
    SOURCES = "sources"


_WORDS = ("$schema", "title", "description", "x-unit", "default", "type")
"""Keywords that come first; the others follow as pydantic gives them."""

_EXTENDS: Schema = {
    "description": "Path, from this file, of the scenario that this one is laid over",
    "type": "string",
    "minLength": 1,
}
_THEATRE_PATH: Schema = {
    "description": 'Path, from this file, of a theatre file, like "theatres/kosovo.toml"',
    "type": "string",
    "minLength": 1,
}
_A_SOURCE = "Source: a key of sources.toml, or `assumption: why`"
_SOURCES: Schema = {
    "description": "Source of each number and date that this file sets, by dotted key, of its own or of a table around",
    "type": "object",
    "additionalProperties": {"$ref": "#/$defs/source"},
}
_SOURCE: Schema = {
    "description": _A_SOURCE,
    "anyOf": [
        {"description": _A_SOURCE, "type": "string", "pattern": r"^(assumption:\s*\S|(?!assumption).)"},
        {
            "description": "Sources of the keys of this table",
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/source"},
        },
    ],
}
_CATALOGUE_ENTRY: Schema = {
    "description": "A document or another place where figures were seen; its key stands in [sources] of other files",
    "type": "object",
    "properties": {
        "title": {"description": "Its title", "type": "string", "minLength": 1},
        "reference": {"description": "The whole reference: who, what, when", "type": "string", "minLength": 1},
        "url": {"description": "Where it can be read", "type": "string"},
        "note": {"description": "What it says, and how it was read", "type": "string"},
    },
    "required": ["title", "reference"],
    "additionalProperties": False,
}


def schema_of(file: File, *, extends: bool = False) -> Schema:
    """Make the JSON Schema, draft 2020-12, of a kind of file.

    Parameters
    ----------
    file
        The kind of file.
    extends
        Whether the file extends another and may leave out what that one gives; only a scenario can.

    Returns
    -------
    dict
        Ready for :func:`json.dumps`, made anew; keys in the order of the models.

    Raises
    ------
    ValueError
        `extends` is asked of a file that cannot extend another.
    """
    if extends and file is not File.SCENARIO:
        raise ValueError(f"a {file} file cannot extend another; only a scenario can")
    if file is File.SCENARIO:
        made = _scenario(extends=extends)
    else:
        made = _theatre() if file is File.THEATRE else _catalogue()
    return copy.deepcopy(made)


def as_text(schema: Schema) -> str:
    """A schema as the text of a file, with a line end at its end."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _scenario(*, extends: bool) -> Schema:
    table = _table_of(Scenario)
    theatre = table["properties"]["theatre"]
    table["properties"]["theatre"] = {
        "description": "Path of a theatre file, or a table with what such a file holds",
        "anyOf": [_THEATRE_PATH, theatre],
    }
    if not extends:
        return _file(table, "peacesim scenario", "A scenario that stands by itself", {})
    words = "A scenario that extends another: what it leaves out is that one's"
    file = _file(_without_required(table), "peacesim scenario that extends another", words, {"extends": _EXTENDS})
    return {**file, "required": ["extends"]}


def _theatre() -> Schema:
    return _file(_table_of(Theatre, ("theatre",)), "peacesim theatre", "Where a scenario takes place", {})


def _catalogue() -> Schema:
    words = "Catalogue of sources: a table each, under the key that scenarios and theatres name"
    entry: Schema = {"type": "object", "additionalProperties": _CATALOGUE_ENTRY}
    return {"$schema": DIALECT, "title": "peacesim catalogue of sources", "description": words, **entry}


def _file(table: Schema, title: str, description: str, first: Mapping[str, Schema]) -> Schema:
    """The schema of a file whose tables are those of a model, with what only files have."""
    properties = {**first, **table["properties"], "sources": _SOURCES}
    about = {"$schema": DIALECT, "title": title, "description": description}
    return _ordered({**table, **about, "properties": properties, "$defs": {"source": _SOURCE}})


def _table_of(model: type[Table], loc: Loc = ()) -> Schema:
    made = model.model_json_schema()
    return _inlined(made, made.get("$defs", {}), loc)


def _inlined(schema: Schema, defs: Mapping[str, Schema], loc: Loc, around: str = "") -> Schema:
    """What pydantic gives for a place, without references, titles and null; `around` describes the holder."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            found = defs[schema["$ref"].rpartition("/")[2]]
        else:
            (found,) = (one for one in schema["anyOf"] if one != {"type": "null"})  # TOML has no null: it is left out
        schema = {**found, **{word: value for word, value in schema.items() if word not in {"$ref", "anyOf"}}}
    unwanted = {"title", "$defs", "propertyNames"}
    result = {word: _plain(value) for word, value in schema.items() if word not in unwanted}
    if result.get("default", "") in (None, "", [], {}):  # says no more than that the key may be left out
        result.pop("default", None)
    description = _first_paragraph(result.get("description", "")) or around
    if description:
        result["description"] = description
    if result.get("type") == "integer" and "exclusiveMaximum" in result:  # 2**63 is beyond what editors can read
        result["maximum"] = result.pop("exclusiveMaximum") - 1
    if result.get("type") in {"number", "integer"} or result.get("format") in {"date", "date-time-local"}:
        unit = unit_at(loc)
        result |= {"x-unit": unit} if unit else {}
    if result.get("type") == "number":
        result["type"] = ["number", "integer"]  # the same, but without it Tombi shows nothing for a 9 without a point
    if "properties" in schema:
        result["properties"] = {key: _inlined(one, defs, (*loc, key)) for key, one in schema["properties"].items()}
    elif result.get("type") == "object":
        result |= _entries(schema, defs, loc, description)
    if "items" in schema:
        result["items"] = _inlined(schema["items"], defs, (*loc, 0), description)
    return _ordered(result)


def _entries(schema: Schema, defs: Mapping[str, Schema], loc: Loc, around: str) -> Schema:
    """Keywords for a table whose keys are no model's: they are names of a pattern, or the members of an Enum."""
    result: Schema = {"propertyNames": schema["propertyNames"]} if "propertyNames" in schema else {}
    if "patternProperties" in schema:
        ((pattern, entry),) = schema["patternProperties"].items()
        of_pattern = {pattern: _inlined(entry, defs, (*loc, "NAME"), around)}
        return {**result, "patternProperties": of_pattern, "additionalProperties": False}
    entry, members = schema["additionalProperties"], allowed_at(loc)
    if members is None:
        return {**result, "additionalProperties": _inlined(entry, defs, (*loc, "NAME"), around)}
    of_member = {member: _inlined(entry, defs, (*loc, member), around) for member in map(str, members)}
    return {"properties": of_member, "additionalProperties": False}


def _plain(value: Any) -> Any:
    """The same number whichever way pydantic writes it: 1 for 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _first_paragraph(text: str) -> str:
    """The first paragraph of a docstring or a description, on one line."""
    return " ".join(inspect.cleandoc(text).partition("\n\n")[0].split())


def _ordered(schema: Schema) -> Schema:
    first = {word: schema[word] for word in _WORDS if word in schema}
    return {**first, **schema}


def _without_required(schema: Schema) -> Schema:
    """The same where everything may be left out, and is then what the extended file says."""
    result = {word: value for word, value in schema.items() if word not in {"required", "minProperties", "default"}}
    for word in ("properties", "patternProperties"):
        if word in result:
            result[word] = {key: _without_required(one) for key, one in result[word].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(result.get(word), dict):
            result[word] = _without_required(result[word])
    if "anyOf" in result:
        result["anyOf"] = [_without_required(one) for one in result["anyOf"]]
    return result
