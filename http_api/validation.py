"""Reads JSON as strictly as the rest of the system needs it, and turns pydantic's complaints into field errors.

JSON parsers disagree about what is not quite JSON: the last of two equal keys or the first, ``NaN``, half a
surrogate pair, a NUL that PostgreSQL refuses later. Whatever two of them could read in two ways is refused here,
before anything is decided by it. No complaint repeats what was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from http_api.problems import FieldError, Problem

Model = TypeVar("Model", bound=BaseModel)
MAX_DEPTH = 32
MAX_ERRORS = 20
_NAME_LENGTH = 60
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def parse_body(model: type[Model], raw: bytes) -> Model:
    """The body as ``model``, with no conversion that JSON does not force (a ``"5"`` is no number).

    Raises:
        Problem: ``invalid_json`` when it is not one unambiguous JSON text, ``invalid_request`` naming the fields
            when it is another one than the model's.
    """
    check_json(raw)
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise invalid_request(error, "Some fields of the body are not valid.") from None


def check_json(raw: bytes) -> None:
    """Refuse what is not one unambiguous JSON text.

    orjson refuses what is not UTF-8, a byte order mark, ``NaN``, numbers too large for a double and lone
    surrogates; the rest is looked for here.

    Raises:
        Problem: ``invalid_json``.
    """
    if not raw.strip():
        raise Problem("invalid_json", "The body is empty; a JSON object is needed.")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem("invalid_json", f"The body is not valid JSON: {_reason(error)}.") from None
    _check_values(value)
    _DECODER.decode(raw.decode())


def invalid_request(error: ValidationError, detail: str, *, names: bool = False) -> Problem:
    """The problem that lists what a model complains of.

    Args:
        names: whether fields are named plainly (parameters) and not by JSON pointer (bodies).
    """
    details = error.errors(include_url=False, include_context=False, include_input=False)
    fields = [FieldError(_place(one["loc"], names=names), _message(one)) for one in details[:MAX_ERRORS]]
    return Problem("invalid_request", detail, errors=fields)


def clean(text: str) -> str:
    """What a caller sent as a name, fit to be shown: short and printable."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text[:_NAME_LENGTH])


def _reason(error: orjson.JSONDecodeError) -> str:
    """The parser's reason; its messages name places and kinds, never content."""
    return clean(error.msg) if error.msg else "it cannot be parsed"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem("invalid_json", f'The key "{clean(twice)}" appears more than once in one object.')
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


def _check_values(value: Any) -> None:
    """Depth and NUL characters, level by level: no recursion that a hostile body could exhaust."""
    level, depth = [value], 0
    while level:
        if any(isinstance(one, str) and "\0" in one for one in level):
            raise Problem("invalid_json", "A text holds the character U+0000, which is not allowed.")
        level = [inner for one in level for inner in _inside(one)]
        depth += 1
        if depth > MAX_DEPTH:
            raise Problem("invalid_json", f"The body is nested deeper than {MAX_DEPTH} levels.")


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _place(location: Sequence[int | str], *, names: bool) -> str:
    if names:
        return clean(str(location[0])) if location else ""
    return "".join(f"/{clean(str(part)).replace('~', '~0').replace('/', '~1')}" for part in location)


def _message(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "This field is not known here."
    if error["type"] == "uuid_parsing":
        return "This is no UUID as in 6f9619ff-8b86-4d01-b42d-00cf4fc964ff."
    return error["msg"].removeprefix("Value error, ")
