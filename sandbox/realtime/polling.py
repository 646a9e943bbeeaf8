"""One poll's changes, from the log to the followers: catalog, filters, row level security, payloads.

All that is asked of the database is asked for the batch as a whole. If anything of it fails (a
policy that raises, a table renamed since), the whole batch is lost, as in the real server, whose
slot moves on although its query failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.realtime.catalog import Connection, describe_tables
from sandbox.realtime.changes import (
    Delivery,
    Limits,
    check_columns,
    deliveries,
    interested,
    passes_filters,
    shell_error,
)
from sandbox.realtime.filters import Verdict, judge
from sandbox.realtime.pgoutput import RowChange, Transaction
from sandbox.realtime.subscriptions import Followers, Subscription
from sandbox.realtime.table import Table
from sandbox.realtime.visibility import Key, Question, Viewer, decide, key_columns, visible_keys

SLICE = 100  # changes prepared between two turns of the event loop


class TableGone(LookupError):
    """A changed table is no longer there under its name: the real server's poll fails on it."""


@dataclass(slots=True)
class Candidate:
    """A change with those who asked for it; `passing` are the ones whose filters it passes."""

    change: RowChange
    table: Table
    transaction: Transaction
    followers: list[Subscription]
    passing: set[Subscription]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a change becomes: the payloads, and the kind of event for channels of the old API."""

    event: str
    deliveries: Sequence[Delivery[Subscription]]


def row_count(batch: Sequence[Transaction]) -> int:
    """The number of changed rows in a batch."""
    return sum(len(transaction.changes) for transaction in batch)


def cost(batch: Sequence[Transaction], with_rls: frozenset[tuple[str, str]], row_cost: float) -> float:
    """Seconds that the real server's SQL takes for a batch: a row of a table with RLS costs twice."""
    relations = (change.relation for transaction in batch for change in transaction.changes)
    return row_cost * sum(2 if (relation.schema, relation.table) in with_rls else 1 for relation in relations)


async def tables_of(
    connection: Connection, batch: Sequence[Transaction], followers: Followers
) -> dict[tuple[str, str], Table]:
    """The tables that a batch touches, as they are now. Raises TableGone."""
    names = {(c.relation.schema, c.relation.table) for t in batch for c in t.changes}
    roles = {follower.role for of_table in followers.values() for follower in of_table}
    tables = await describe_tables(connection, names, sorted(roles))
    if missing := names - tables.keys():
        raise TableGone(f"relation {'.'.join(min(missing))} does not exist")
    return tables


async def prepare(
    connection: Connection,
    batch: Sequence[Transaction],
    tables: Mapping[tuple[str, str], Table],
    followers: Followers,
    limits: Limits,
) -> list[Delivered]:
    """The payloads of a batch in commit order, judged now. Raises psycopg.Error, ColumnGone."""
    candidates = await _candidates(connection, batch, tables, followers)
    seen = await _visible(connection, candidates)
    prepared = []
    for at, candidate in enumerate(candidates):
        if at % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        made = list(_deliveries(candidate, seen, limits))
        if made:
            prepared.append(Delivered(_event(candidate.change), made))
    return prepared


async def _candidates(
    connection: Connection,
    batch: Sequence[Transaction],
    tables: Mapping[tuple[str, str], Table],
    followers: Followers,
) -> list[Candidate]:
    candidates = list(_followed(batch, tables, followers))
    open_questions: list[tuple[Candidate, Subscription]] = []
    for at, candidate in enumerate(candidates):
        if at % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        for follower in candidate.followers:
            verdict = passes_filters(candidate.change, candidate.table, follower)
            if verdict is Verdict.PASSES:
                candidate.passing.add(follower)
            elif verdict is Verdict.UNDECIDED:
                open_questions.append((candidate, follower))
    await _decide(connection, open_questions)
    return candidates


def _followed(
    batch: Sequence[Transaction], tables: Mapping[tuple[str, str], Table], followers: Followers
) -> Iterator[Candidate]:
    for transaction in batch:
        for change in transaction.changes:
            table = tables[change.relation.schema, change.relation.table]
            if interested_ones := interested(change, followers.get(table.oid, [])):
                check_columns(change, table)
                yield Candidate(change, table, transaction, interested_ones, set())


async def _decide(connection: Connection, pairs: Sequence[tuple[Candidate, Subscription]]) -> None:
    asked = [(candidate, follower, list(_questions(candidate, follower))) for candidate, follower in pairs]
    answers = await decide(connection, (question for *_, questions in asked for question in questions))
    for candidate, follower, questions in asked:
        if all(answers[question] for question in questions):
            candidate.passing.add(follower)


def _questions(candidate: Candidate, follower: Subscription) -> Iterator[Question]:
    row = candidate.change.new if candidate.change.new is not None else candidate.change.old or {}
    for condition in follower.filters_on(candidate.table.oid):
        value, type_name = row[condition.column], candidate.table.types[condition.column]
        if value is not None and judge(condition, value, type_name) is Verdict.UNDECIDED:
            yield Question(condition, value, type_name)


Seen = Mapping[tuple[int, Viewer], set[Key]]


async def _visible(connection: Connection, candidates: Sequence[Candidate]) -> Seen:
    """For tables with row level security: the keys that each viewer can select now."""
    wanted: dict[tuple[Table, Viewer], dict[Key, None]] = {}
    for candidate in candidates:
        if not candidate.table.rls or candidate.change.kind == "D":
            continue
        for viewer in {follower.viewer for follower in candidate.passing}:
            if shell_error(candidate.change, candidate.table, viewer.role) is None:
                wanted.setdefault((candidate.table, viewer), {})[_key(candidate)] = None
    return {
        (table.oid, viewer): await visible_keys(connection, table, viewer, keys)
        for (table, viewer), keys in wanted.items()
    }


def _key(candidate: Candidate) -> Key:
    new = candidate.change.new or {}
    return tuple(new.get(name) for name in key_columns(candidate.table))


def _deliveries(candidate: Candidate, seen: Seen, limits: Limits) -> Iterator[Delivery[Subscription]]:
    checked = candidate.table.rls and candidate.change.kind != "D"

    def sees(follower: Subscription) -> bool:
        if follower not in candidate.passing:
            return False
        return not checked or _key(candidate) in seen[candidate.table.oid, follower.viewer]

    return deliveries(
        candidate.change, candidate.table, candidate.transaction.committed_at, candidate.followers, sees, limits
    )


def _event(change: RowChange) -> str:
    return {"I": "INSERT", "U": "UPDATE", "D": "DELETE"}[change.kind]
