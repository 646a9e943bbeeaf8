"""What the server asks the database's catalog: is this binding possible, what is this table now.

The checks of a new subscription are the real server's, with PostgreSQL's own error messages, which
clients see word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql

from sandbox.realtime.bindings import BindingRefused, Request
from sandbox.realtime.filters import Filter
from sandbox.realtime.table import Column, Table

Connection = AsyncConnection[tuple[Any, ...]]

MOST_IN_VALUES = 100
KEYWORDS = ("null", "true", "false", "unknown")

PUBLISHED = """
    select c.oid::int8, p.schemaname, p.tablename
    from pg_publication_tables p
    join pg_namespace n on n.nspname = p.schemaname
    join pg_class c on c.relnamespace = n.oid and c.relname = p.tablename
    where p.pubname = %(publication)s
      and p.schemaname like (case %(schema)s::text when '*' then '%%' else %(schema)s end) escape ''
      and p.tablename like (case %(table)s::text when '*' then '%%' else %(table)s end) escape ''
"""
READABLE = """
    select a.attname, a.atttypid::regtype::text, t.typname, coalesce(b.typname, t.typname)
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_type b on b.oid = nullif(t.typbasetype, 0)
    where a.attrelid = %(oid)s and a.attnum > 0
      and has_column_privilege(%(role)s::text, a.attrelid, a.attnum, 'SELECT')
"""
TABLES = """
    select c.oid::int8, n.nspname, c.relname, c.relrowsecurity,
           a.attname, t.typname, coalesce(b.typname, t.typname), coalesce(a.attnum = any(k.conkey), false),
           array(select r from unnest(%(roles)s::text[]) r where has_column_privilege(r, c.oid, a.attnum, 'SELECT'))
    from unnest(%(schemas)s::text[], %(names)s::text[]) as wanted(schema, name)
    join pg_namespace n on n.nspname = wanted.schema
    join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    join pg_type t on t.oid = a.atttypid
    left join pg_type b on b.oid = nullif(t.typbasetype, 0)
    left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
    order by c.oid, a.attnum
"""
HAS_OPERATOR = """
    select exists (select from pg_operator
                   where oprname = %(name)s and oprleft = %(type)s::regtype and oprresult = 'boolean'::regtype)
"""


@dataclass(frozen=True, slots=True)
class Readable:
    """A column that the subscriber's role may read; `regtype` is its type as SQL spells it."""

    regtype: str
    base_type: str


async def resolve(
    connection: Connection, publication: str, request: Request, role: str
) -> Mapping[int, tuple[Filter, ...]]:
    """The published tables that a binding follows, by oid, each with its filters made ready.

    Raises BindingRefused with the message for the client; psycopg.OperationalError when the
    database cannot be asked.
    """
    try:
        return await _resolve(connection, publication, request, role)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise _unable(request, describe_error(error)) from None
    except _Raised as error:
        raise _unable(request, f"ERROR P0001 (raise_exception) {error}") from None


async def _resolve(
    connection: Connection, publication: str, request: Request, role: str
) -> Mapping[int, tuple[Filter, ...]]:
    target = {"publication": publication, "schema": request.schema, "table": request.table}
    tables = await (await connection.execute(PUBLISHED, target)).fetchall()
    if not tables:
        raise BindingRefused(
            "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given"
            f" connect parameters: [{request.describe()}]"
        )
    return {oid: await _checked(connection, oid, request, role) for oid, *_ in tables}


async def _checked(connection: Connection, oid: int, request: Request, role: str) -> tuple[Filter, ...]:
    rows = await (await connection.execute(READABLE, {"oid": oid, "role": role})).fetchall()
    columns = {name: Readable(regtype, base) for name, regtype, _, base in rows}
    filters = []
    for condition in request.filters:
        if condition.column not in columns:
            raise _Raised(f"invalid column for filter {condition.column}")
        filters.append(await _ready(connection, condition, columns[condition.column]))
    for name in request.select or ():
        if name not in columns:
            raise _Raised(f"invalid column for select {name}")
    return tuple(filters)


async def _ready(connection: Connection, condition: Filter, column: Readable) -> Filter:
    """The filter with its value in the type's spelling; raises when value or operator do not fit the type."""
    match condition.operator:
        case "is":
            _check_keyword(condition.value, column)
            return condition
        case "like" | "ilike":
            await _check_operator(connection, condition.operator, "~~", column)
            return condition
        case "match" | "imatch":
            await _check_operator(
                connection, condition.operator, "~*" if condition.operator == "imatch" else "~", column
            )
            await _check_pattern(connection, condition)
            return condition
        case "in":
            return await _ready_list(connection, condition, column)
    value = await _cast(connection, condition.value, column.regtype)
    return replace(condition, value=value)


async def _ready_list(connection: Connection, condition: Filter, column: Readable) -> Filter:
    array = await _cast(connection, condition.value, column.regtype + "[]")
    count = await (await connection.execute("select cardinality(%s::text[])", [array])).fetchone()
    if count and (count[0] or 0) > MOST_IN_VALUES:
        raise _Raised(f"too many values for `in` filter. Maximum {MOST_IN_VALUES}")
    return replace(condition, value=array)


async def _cast(connection: Connection, value: str, regtype: str) -> str:
    query = sql.SQL("select ({}::{})::text").format(sql.Literal(value), sql.SQL(regtype))
    row = await (await connection.execute(query)).fetchone()
    return str(row[0]) if row else value


def _check_keyword(value: str, column: Readable) -> None:
    if value not in KEYWORDS:
        raise _Raised("invalid value for is filter: must be null, true, false, or unknown")
    if value != "null" and column.base_type != "bool":
        raise _Raised(f"is {value} filter requires a boolean column, got {column.regtype}")


async def _check_operator(connection: Connection, operator: str, symbol: str, column: Readable) -> None:
    row = await (await connection.execute(HAS_OPERATOR, {"name": symbol, "type": column.regtype})).fetchone()
    if not row or not row[0]:
        raise _Raised(f"operator {operator} requires a text-compatible column type, got {column.regtype}")


async def _check_pattern(connection: Connection, condition: Filter) -> None:
    try:
        await connection.execute("select '' ~ %s", [condition.value])
    except psycopg.errors.InvalidRegularExpression as error:
        text = error.diag.message_primary
        raise _Raised(f"invalid regular expression for {condition.operator} filter: {text}") from None


class _Raised(Exception):
    """A check that the real server makes in PL/pgSQL, by `raise exception`."""


def _unable(request: Request, exception: str) -> BindingRefused:
    return BindingRefused(
        "Unable to subscribe to changes with given parameters. An exception happened so please check your connect"
        f" parameters: [{request.describe()}]. Exception: {exception}"
    )


def describe_error(error: psycopg.Error) -> str:
    """A database error as the real server's driver words it: ERROR code (condition_name) message;
    a broken connection says so itself."""
    if error.sqlstate is None:
        return str(error).strip()
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    return f"{error.diag.severity} {error.sqlstate} ({name}) {error.diag.message_primary}"


async def published_tables(connection: Connection, publication: str) -> frozenset[tuple[int, str, str]]:
    """All tables of the publication: oid, schema, name."""
    everything = {"publication": publication, "schema": "*", "table": "*"}
    rows = await (await connection.execute(PUBLISHED, everything)).fetchall()
    return frozenset((oid, schema, name) for oid, schema, name in rows)


async def describe_tables(
    connection: Connection, names: Iterable[tuple[str, str]], roles: Sequence[str]
) -> dict[tuple[str, str], Table]:
    """The named tables as they are now, with what each of the roles may read; missing ones are left out."""
    wanted = list(names)
    parameters = {
        "schemas": [schema for schema, _ in wanted],
        "names": [name for _, name in wanted],
        "roles": list(roles),
    }
    rows = await (await connection.execute(TABLES, parameters)).fetchall()
    columns: dict[tuple[int, str, str, bool], list[Column]] = {}
    for oid, schema, name, rls, column, type_name, base_type, is_key, readers in rows:
        described = Column(column, type_name, base_type, is_key, frozenset(readers))
        columns.setdefault((oid, schema, name, rls), []).append(described)
    return {(key[1], key[2]): Table(*key, tuple(listed)) for key, listed in columns.items()}
