"""A table as the catalog shows it at the moment of a poll, and what each role may read of it.

The real server looks at the catalog when it polls, not when the row was written; that is how an
added column shows up for older rows, and how a renamed one makes a poll fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from sandbox.realtime.frames import to_json
from sandbox.realtime.values import Convert, converter, jsonb_order


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `base_type` is the type behind a domain, `readers` the roles that may SELECT it."""

    name: str
    type_name: str
    base_type: str
    is_key: bool
    readers: frozenset[str]


@dataclass(frozen=True)
class Table:
    """One published table, its columns in the table's order."""

    oid: int
    schema: str
    name: str
    rls: bool
    columns: tuple[Column, ...]

    @cached_property
    def types(self) -> dict[str, str]:
        """The type behind each column."""
        return {column.name: column.base_type for column in self.columns}

    @cached_property
    def keys(self) -> frozenset[str]:
        """The primary key's columns."""
        return frozenset(column.name for column in self.columns if column.is_key)


@dataclass(frozen=True, slots=True)
class Shape:
    """What one role, with one selection of columns, is shown of a table.

    `columns` is JSON text; `fields` are name, the name as a JSON key, and the value's converter, in
    the order in which jsonb keeps an object's keys.
    """

    columns: str
    fields: tuple[tuple[str, str, Convert], ...]


@lru_cache(maxsize=512)
def shape(table: Table, role: str, select: tuple[str, ...] | None) -> Shape:
    """The part of a table that a role may read and a binding selected; the key is always shown."""
    shown = [
        column
        for column in table.columns
        if role in column.readers and (select is None or column.name in select or column.is_key)
    ]
    names = [f'{{"name": {to_json(column.name)}, "type": {to_json(column.type_name)}}}' for column in shown]
    ordered = sorted(shown, key=lambda column: jsonb_order(column.name))
    fields = tuple((column.name, f"{to_json(column.name)}: ", converter(column.base_type)) for column in ordered)
    return Shape("[" + ", ".join(names) + "]", fields)
