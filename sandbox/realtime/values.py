"""PostgreSQL's text output of a value → the JSON text that the real server sends for it.

The real server casts wal2json's output to the column's type and the result to jsonb. What follows
from that is reproduced: numbers keep all digits and their scale, NaN and infinities are null,
char(n) is cut to one character (the cast has no length), times get an ISO "T" and a full offset,
bytea loses its prefix, jsonb's own text is passed through untouched. Written for speed: one lookup
of a converter per column and type, string work only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

Convert = Callable[[str], str]

INTEGER_TYPES = frozenset(("int2", "int4", "int8", "oid"))
FLOAT_TYPES = frozenset(("float4", "float8"))
NUMBER_TYPES = INTEGER_TYPES | FLOAT_TYPES | {"numeric"}
NOT_A_NUMBER = frozenset(("NaN", "Infinity", "-Infinity"))


def json_text(value: str) -> str:
    """A JSON string. PostgreSQL and orjson escape alike: quotes, backslash, control characters."""
    return orjson.dumps(value).decode()


def converter(type_name: str) -> Convert:
    """The function from text output to JSON text for a type of pg_type.typname (`_…` for arrays)."""
    if type_name.startswith("_"):
        return _array(type_name[1:])
    return _CONVERTERS.get(type_name, json_text)


def _number(text: str) -> str:
    return "null" if text in NOT_A_NUMBER else text


def _float(text: str) -> str:
    """jsonb holds numerics, so a float's exponent is written out."""
    if text in NOT_A_NUMBER:
        return "null"
    return format(Decimal(text), "f") if "e" in text else text


def _bool(text: str) -> str:
    return "true" if text == "t" else "false"


def _first(text: str) -> str:
    """`'ch'::character` is character(1)."""
    return json_text(text[:1])


def _timestamp(text: str) -> str:
    return f'"{text.replace(" ", "T", 1)}"' if text[0].isdigit() else f'"{text}"'


def _timestamptz(text: str) -> str:
    if not text[0].isdigit():
        return f'"{text}"'
    moment, space, era = text.partition(" BC")
    return f'"{moment.replace(" ", "T", 1)}:00{space}{era}"'


def _bytes(text: str) -> str:
    return f'"{text[2:]}"'


def _unquoted(text: str) -> str:
    return text


def _array(element: str) -> Convert:
    convert = _IN_ARRAYS.get(element) or _CONVERTERS.get(element, json_text)

    def converted(text: str) -> str:
        return _nested(parse_array(text), convert)

    return converted


def _nested(items: list[Any], convert: Convert) -> str:
    parts = (
        _nested(item, convert) if isinstance(item, list) else "null" if item is None else convert(item)
        for item in items
    )
    return "[" + ", ".join(parts) + "]"


TOKEN = re.compile(r'[{},]|"((?:[^"\\]|\\.)*)"|([^{},"]+)', re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def parse_array(text: str) -> list[Any]:
    """An array literal as nested lists of text and None. `[2:3]={…}` bounds are dropped, as jsonb drops them."""
    root: list[Any] = []
    stack = [root]
    for match in TOKEN.finditer(text, text.index("{")):
        part = match[0]
        if part == "{":
            stack[-1].append([])
            stack.append(stack[-1][-1])
        elif part == "}":
            stack.pop()
        elif part != ",":
            stack[-1].append(_item(match))
    return root[0]  # type: ignore[no-any-return]


def _item(match: re.Match[str]) -> str | None:
    quoted, plain = match.groups()
    if quoted is not None:
        return ESCAPE.sub(r"\1", quoted)
    return None if plain.upper() == "NULL" else ESCAPE.sub(r"\1", plain)


@lru_cache(maxsize=256)
def array_items(text: str) -> tuple[str | None, ...]:
    """The elements of a flat array literal."""
    return tuple(parse_array(text))


def jsonb_text(text: str) -> str:
    """JSON in jsonb's own spelling: keys by length then bytes, the last of duplicates, numbers written out."""
    return "".join(_jsonb(json.loads(text, parse_float=Decimal)))


def _jsonb(value: object) -> Iterator[str]:
    match value:
        case Mapping():
            pairs = [f"{json_text(key)}: {''.join(_jsonb(value[key]))}" for key in sorted(value, key=jsonb_order)]
            yield "{" + ", ".join(pairs) + "}"
        case list():
            yield "[" + ", ".join("".join(_jsonb(item)) for item in value) + "]"
        case str():
            yield json_text(value)
        case Decimal():
            yield format(value or abs(value), "f")
        case _:
            yield json.dumps(value)


def jsonb_order(key: str) -> tuple[int, bytes]:
    """The order of an object's keys in jsonb."""
    raw = key.encode()
    return len(raw), raw


_CONVERTERS: Mapping[str, Convert] = {
    **dict.fromkeys(INTEGER_TYPES, _unquoted),
    **dict.fromkeys(FLOAT_TYPES, _float),
    "numeric": _number,
    "bool": _bool,
    "bpchar": _first,
    "bit": _first,
    "timestamp": _timestamp,
    "timestamptz": _timestamptz,
    "bytea": _bytes,
    "jsonb": _unquoted,
    "json": jsonb_text,
}
# Inside an array no detour over wal2json's numbers is taken: to_jsonb writes NaN as a string.
_IN_ARRAYS: Mapping[str, Convert] = {
    "numeric": lambda text: json_text(text) if text in NOT_A_NUMBER else text,
    "float4": lambda text: json_text(text) if text in NOT_A_NUMBER else _float(text),
    "float8": lambda text: json_text(text) if text in NOT_A_NUMBER else _float(text),
}
