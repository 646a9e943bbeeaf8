"""Elixir's `inspect/1` for JSON values: some of the real server's error texts are made with it."""

from __future__ import annotations

import re
from collections.abc import Mapping

ESCAPED = re.compile(r'["\\\n\r\t]|#(?=\{)')
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "#": "\\#"}


def inspect(value: object) -> str:
    """The value as Elixir source: %{"key" => nil, …}, with a map's keys sorted."""
    match value:
        case None:
            return "nil"
        case bool():
            return str(value).lower()
        case str():
            return '"' + ESCAPED.sub(lambda match: ESCAPES[match[0]], value) + '"'
        case tuple():
            return "{" + ", ".join(map(inspect, value)) + "}"
        case list():
            return "[" + ", ".join(map(inspect, value)) + "]"
        case Mapping():
            return "%{" + ", ".join(f"{inspect(key)} => {inspect(value[key])}" for key in sorted(value)) + "}"
    return str(value)
