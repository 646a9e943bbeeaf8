"""Reads path and query parameters: text that a URL carries, typed without guessing.

``?limit=+5``, ``5.0`` or ``1_0`` are no integers and ``yes`` is no boolean: what a link means must not depend on the
generosity of one parser. A parameter that is not known or given twice is refused and named, because a misspelt
``?forse=true`` that is silently ignored does the wrong thing. Whatever is wrong is told at once, not one by one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping
from functools import cache
from typing import Any, TypeVar, cast

import orjson
from multidict import MultiMapping
from pydantic import BaseModel, ValidationError

from http_api.problems import FieldError, Problem
from http_api.validation import MAX_ERRORS, clean, invalid_request

Model = TypeVar("Model", bound=BaseModel)
Value = TypeVar("Value")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
# As JSON writes numbers, and so every client: also with all of a float's digits, and small ones with an exponent.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,3})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # pydantic also takes seconds since 1970, as in ``?day=0``
_BOOLEANS = {"true": True, "false": False}
_DETAIL = "Some parameters are not valid."


def parse_query(model: type[Model], query: MultiMapping[str]) -> Model:
    """The query string as ``model``.

    Raises:
        Problem: ``invalid_request`` naming every parameter that is unknown, repeated or not valid, each once.
    """
    texts = {name: query.getall(name)[0] for name in _kinds(model) if name in query}
    repeated = [FieldError(name, "This parameter is given twice.") for name in texts if len(query.getall(name)) > 1]
    value, wrong = _read(model, texts)
    return _settled(value, [*_unknown(query, _kinds(model)), *repeated, *wrong])


def refuse_query(query: MultiMapping[str]) -> None:
    """For operations without parameters.

    Raises:
        Problem: ``invalid_request`` when there are any.
    """
    _settled(None, _unknown(query, ()))


def parse_path(model: type[Model], parts: Mapping[str, str]) -> Model:
    """The path's parameters as ``model``.

    Raises:
        Problem: ``invalid_request`` naming those that are not valid.
    """
    return _settled(*_read(model, parts))


def _unknown(query: MultiMapping[str], known: Container[str]) -> list[FieldError]:
    names = (name for name in dict.fromkeys(query) if name not in known)
    return [FieldError(clean(name), "This parameter is not known here.") for name in names]


def _settled(value: Value | None, errors: list[FieldError]) -> Value:
    """The value if nothing is wrong; of several complaints about one parameter the first is told."""
    if errors:
        first = {error.field: error for error in reversed(errors)}
        told = [error for error in errors if first[error.field] is error]
        raise Problem("invalid_request", _DETAIL, errors=told[:MAX_ERRORS])
    return cast("Value", value)


def _read(model: type[Model], texts: Mapping[str, str]) -> tuple[Model | None, list[FieldError]]:
    """The model, or what is wrong with the texts; broken ones are left out of what the model sees."""
    kinds = _kinds(model)
    broken = [FieldError(name, "This text is not valid Unicode.") for name, text in texts.items() if _broken(text)]
    values = {name: _typed(kinds[name], text) for name, text in texts.items() if not _broken(text)}
    try:
        return model.model_validate_json(orjson.dumps(values), strict=True), broken
    except ValidationError as error:
        return None, [*broken, *invalid_request(error, _DETAIL, names=True).errors]


def _broken(text: str) -> bool:
    """Bytes that are no UTF-8 arrive as half surrogates or replacement characters."""
    return any("\ud800" <= char <= "\udfff" or char in "\0\N{REPLACEMENT CHARACTER}" for char in text)


def _typed(kind: str, text: str) -> Any:
    """The JSON value that a text stands for; where it stands for none, what the model will refuse."""
    if kind == "integer":
        return int(text) if _INTEGER.fullmatch(text) else text
    if kind == "number":
        return _number(text)
    if kind == "boolean":
        return _BOOLEANS.get(text, text)
    if kind == "uuid":
        return text if _UUID.fullmatch(text) else ""
    if kind == "date":
        return text if _DATE.fullmatch(text) else ""
    return text


def _number(text: str) -> float | str:
    """What is too large for a float stays a text, for JSON has no infinity."""
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else text


@cache
def _kinds(model: type[BaseModel]) -> Mapping[str, str]:
    """Each parameter's kind, as the model's JSON schema tells it: integer, number, boolean, uuid, date or string."""
    properties = model.model_json_schema()["properties"] if model.model_fields else {}
    return {name: _kind(schema) for name, schema in properties.items()}


def _kind(schema: Mapping[str, Any]) -> str:
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    chosen = options[0]
    named = chosen.get("format")
    return str(named) if named in ("uuid", "date") else str(chosen.get("type", "string"))
