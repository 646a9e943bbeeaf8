"""Asks the database, at the moment of a poll, what a subscriber may see of the changed rows.

Row level security is judged by the table's *current* content: a row is visible if selecting it by
its primary key, as the subscriber's role and with its claims, finds it. So a row that was deleted
meanwhile is seen by nobody. Each key is looked up by itself: a policy that raises then does so for
the rows that changed, not for whatever else a scan would pass.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from psycopg import sql

from sandbox.realtime.catalog import Connection
from sandbox.realtime.filters import Filter
from sandbox.realtime.table import Table

Key = tuple[str | None, ...]  # the primary key's values as text, columns in the table's order

CHUNK = 500  # keys looked up by one statement
SYMBOLS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "like": "~~", "ilike": "~~*", "match": "~", "imatch": "~*"}


@dataclass(frozen=True, slots=True)
class Viewer:
    """As whom to look: a database role, and the token's claims as JSON text."""

    role: str
    claims: str


def key_columns(table: Table) -> tuple[str, ...]:
    """The primary key's columns, in the order of `Key`."""
    return tuple(column.name for column in table.columns if column.is_key)


async def visible_keys(connection: Connection, table: Table, viewer: Viewer, keys: Collection[Key]) -> set[Key]:
    """Those of the keys whose rows the viewer can select now. Raises psycopg.Error as policies do."""
    query = _lookup(table)
    found: set[Key] = set()
    async with connection.transaction():
        await connection.execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
            [viewer.role, viewer.claims],
        )
        for chunk in _chunks(keys):
            arrays = [list(column) for column in zip(*chunk, strict=True)]
            rows = await (await connection.execute(query, arrays)).fetchall()
            found.update(chunk[number - 1] for (number,) in rows)
    return found


def _chunks(keys: Collection[Key]) -> Iterator[list[Key]]:
    remaining = iter(keys)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _lookup(table: Table) -> sql.Composed:
    names = key_columns(table)
    arrays = sql.SQL(", ").join(sql.SQL("%s::text[]") for _ in names)
    aliases = sql.SQL(", ").join(sql.Identifier(f"k{at}") for at in range(len(names)))
    conditions = sql.SQL(" and ").join(
        sql.SQL("t.{} = wanted.{}::{}").format(sql.Identifier(name), sql.Identifier(f"k{at}"), _type(table, name))
        for at, name in enumerate(names)
    )
    return sql.SQL(
        "select wanted.number from unnest({}) with ordinality as wanted({}, number)"
        " cross join lateral (select 1 from {} t where {} limit 1) seen"
    ).format(arrays, aliases, sql.Identifier(table.schema, table.name), conditions)


def _type(table: Table, name: str) -> sql.Identifier:
    """Types outside pg_catalog are found by the search path, as the real server's casts find them."""
    return sql.Identifier(next(column.type_name for column in table.columns if column.name == name))


@dataclass(frozen=True, slots=True)
class Question:
    """A condition on a value that only the database's own operators can judge."""

    condition: Filter
    value: str
    type_name: str


async def decide(connection: Connection, questions: Iterable[Question]) -> Mapping[Question, bool]:
    """The answers, as the operators of the values' types give them."""
    asked: Sequence[Question] = list(dict.fromkeys(questions))
    if not asked:
        return {}
    query = sql.SQL("select {}").format(sql.SQL(", ").join(map(_comparison, asked)))
    row = await (await connection.execute(query)).fetchone()
    answers = row or ()
    return {
        question: answer is not None and answer != question.condition.negate
        for question, answer in zip(asked, answers, strict=True)
    }


def _comparison(question: Question) -> sql.Composed:
    type_name = sql.Identifier(question.type_name)
    symbol = sql.SQL(SYMBOLS[question.condition.operator])
    operand = sql.Literal(question.condition.value)
    return sql.SQL("{}::{} {} ({}::{})").format(sql.Literal(question.value), type_name, symbol, operand, type_name)
