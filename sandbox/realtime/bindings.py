"""What a client asks to follow: the `postgres_changes` entries of a join, read and checked.

A binding is echoed in the join reply even when it makes no sense; only the subscription that
follows tells, by a system message, so reading (`Binding`) and judging (`request`) are two steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.realtime.elixir import inspect
from sandbox.realtime.filters import Filter, FilterSyntaxError, parse_filters
from sandbox.realtime.frames import to_json
from sandbox.realtime.ids import binding_id

EVENTS = frozenset(("INSERT", "UPDATE", "DELETE"))
ALL = "*"

NO_PARAMS = "No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: "
BAD_SELECT = 'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]'
SELECT_ON_WILDCARD = (
    "Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name."
)


class BindingRefused(ValueError):
    """A binding that can never be subscribed; the message is what the client is told."""


@dataclass(frozen=True, slots=True)
class Request:
    """A binding as the database is asked for it: `*` stands for all schemas, tables or events."""

    event: str
    schema: str
    table: str
    filters: tuple[Filter, ...]
    select: tuple[str, ...] | None

    def describe(self) -> str:
        """The parameters as error texts quote them."""
        filters = [(f.column, f.operator, f.value, f.negate) for f in self.filters]
        select = None if self.select is None else list(self.select)
        return (
            f"event: {self.event}, schema: {self.schema}, table: {self.table},"
            f" filters: {inspect(filters)}, select: {inspect(select)}"
        )


@dataclass(frozen=True, slots=True)
class Binding:
    """One entry of a join's list, with the id that the server gives it."""

    params: Mapping[str, Any]
    id: int

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Binding:
        return cls(params, binding_id(params))

    def echo(self) -> str:
        """The entry as the join reply repeats it: id first, the other keys sorted."""
        rest = to_json(dict(self.params))[1:]
        return f'{{"id":{self.id}' + (f",{rest}" if self.params else rest)


def join_bindings(payload: Mapping[str, Any], channel: str) -> tuple[Binding, ...]:
    """The bindings of a join: its config's list, or for the old API the parts of the topic.

    Raises TypeError for a config, or an entry, that the real server crashes on.
    """
    if "config" not in payload:
        return (Binding.of(dict(zip(("schema", "table", "filter"), channel.split(":", 2), strict=False))),)
    config = payload["config"]
    if config is not None and not isinstance(config, Mapping):
        raise TypeError("no function clause matching in Access.get/3")
    entries = (config or {}).get("postgres_changes")
    if not isinstance(entries, list):
        return ()
    return tuple(_binding(entry) for entry in entries if entry is not None)


def _binding(entry: object) -> Binding:
    if not isinstance(entry, Mapping):
        raise TypeError(f"expected a map, got: {inspect(entry)}")
    return Binding.of(entry)


def request(params: Mapping[str, Any]) -> Request:
    """What to ask the database for. Raises BindingRefused with the real server's words."""
    select = _select(params)
    schema, table = _target(params)
    filters = _filters(params)
    if select is not None and ALL in (schema, table):
        raise BindingRefused(SELECT_ON_WILDCARD)
    return Request(_event(params), schema, table, filters, select)


def _target(params: Mapping[str, Any]) -> tuple[str, str]:
    schema, table = params.get("schema"), params.get("table")
    if isinstance(schema, str) and isinstance(table, str):
        if "filter" not in params or isinstance(params["filter"], str):
            return schema, table
    elif "filter" not in params:
        if isinstance(schema, str) and "table" not in params:
            return schema, ALL
        if isinstance(table, str) and "schema" not in params:
            return "public", table
    raise BindingRefused(NO_PARAMS + inspect(params))


def _filters(params: Mapping[str, Any]) -> tuple[Filter, ...]:
    try:
        return parse_filters(params.get("filter", ""))
    except FilterSyntaxError as error:
        raise BindingRefused(f"Error parsing `filter` params: {error}") from None


def _select(params: Mapping[str, Any]) -> tuple[str, ...] | None:
    columns = params.get("select")
    if isinstance(columns, str):
        raise BindingRefused(BAD_SELECT)
    if not isinstance(columns, list):
        return None
    return tuple(column for column in columns if isinstance(column, str)) or None


def _event(params: Mapping[str, Any]) -> str:
    event = params.get("event")
    upper = event.upper() if isinstance(event, str) else ALL
    return upper if upper in EVENTS else ALL
