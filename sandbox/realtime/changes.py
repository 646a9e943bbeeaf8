"""Which payloads a changed row becomes, and for which followers: the real server's `apply_rls`.

Followers are taken role by role and, within a role, by their selection of columns; every such
group gets one payload. Pure: the catalog's view of the table and the answers about visibility are
given, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from sandbox.realtime.filters import Filter, Verdict
from sandbox.realtime.filters import verdict as filter_verdict
from sandbox.realtime.frames import to_json
from sandbox.realtime.pgoutput import RowChange, Values
from sandbox.realtime.table import Shape, Table, shape

EVENT_NAMES = {"I": "INSERT", "U": "UPDATE", "D": "DELETE"}
NO_KEY = "Error 400: Bad Request, no primary key"
UNAUTHORIZED = "Error 401: Unauthorized"
TOO_LARGE = "Error 413: Payload Too Large"
WAL_OVERHEAD, WAL_COLUMN_OVERHEAD = 110, 55  # bytes of wal2json around a row and a value
LONGEST_ESCAPE = 6  # one byte can become \u0001


class Follower(Protocol):
    """A live subscription of one binding."""

    @property
    def event(self) -> str:
        """`*`, INSERT, UPDATE or DELETE."""

    @property
    def role(self) -> str:
        """The database role of its token."""

    @property
    def select(self) -> tuple[str, ...] | None:
        """The selected columns, sorted; None for all."""

    def filters_on(self, oid: int) -> tuple[Filter, ...]:
        """The binding's filters, their values in the spelling of the table's types."""


F = TypeVar("F", bound=Follower)


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes: of a whole change, and of a value that survives in a change above that."""

    record: int
    small_value: int


@dataclass(frozen=True, slots=True)
class Delivery(Generic[F]):
    """One payload (JSON text) and those who get it."""

    payload: str
    followers: Sequence[F]


class ColumnGone(LookupError):
    """A logged column is no longer in the table: the real server's poll fails on it."""


def interested(change: RowChange, followers: Sequence[F]) -> list[F]:
    """The followers of the table that asked for this kind of event."""
    event = EVENT_NAMES[change.kind]
    return [follower for follower in followers if follower.event in ("*", event)]


def logged_names(change: RowChange) -> set[str]:
    """The columns that the log holds for this change."""
    return {*(change.new or ()), *(change.old or ())}


def check_columns(change: RowChange, table: Table) -> None:
    """Raises ColumnGone when the table has lost, or renamed, a column of this row."""
    if gone := logged_names(change) - table.types.keys():
        raise ColumnGone(f"column {min(gone)} of {table.schema}.{table.name} does not exist")


def passes_filters(change: RowChange, table: Table, follower: Follower) -> Verdict:
    """A filter sees the new row, for a DELETE what was logged of the old one."""
    filters = follower.filters_on(table.oid)
    row = change.new if change.new is not None else change.old
    return filter_verdict(filters, row or {}, table.types)


def shell_error(change: RowChange, table: Table, role: str) -> str | None:
    """Why a role gets an empty shell in place of the row."""
    if change.kind == "D":
        return None
    keys = [column for column in table.columns if column.is_key and column.name in (change.new or ())]
    if not keys:
        return NO_KEY
    return None if all(role in column.readers for column in keys) else UNAUTHORIZED


def deliveries(
    change: RowChange,
    table: Table,
    committed_at: datetime,
    followers: Sequence[F],
    sees: Callable[[F], bool],
    limits: Limits,
) -> Iterator[Delivery[F]]:
    """The payloads of one change. `followers` are the interested ones, `sees` tells whether filters
    and row level security let one have this row; it is not asked for shells."""
    too_large = exceeds(change, table, limits.record)
    for role, of_role in _by_role(followers):
        error = shell_error(change, table, role)
        for select, group in _by_selection(of_role):
            if error:
                yield Delivery(_shell(change, table, error), group)
            elif visible := [follower for follower in group if sees(follower)]:
                shown = shape(table, role, select)
                yield Delivery(_payload(change, table, shown, committed_at, limits, too_large), visible)


def _by_role(followers: Sequence[F]) -> Iterator[tuple[str, list[F]]]:
    ordered = sorted(followers, key=lambda follower: follower.role)
    for role, group in groupby(ordered, key=lambda follower: follower.role):
        yield role, list(group)


def _by_selection(followers: Sequence[F]) -> Iterator[tuple[tuple[str, ...] | None, list[F]]]:
    ordered = sorted(followers, key=lambda follower: ",".join(follower.select or ()))
    for select, group in groupby(ordered, key=lambda follower: follower.select):
        yield select, list(group)


def _shell(change: RowChange, table: Table, error: str) -> str:
    old = '"old_record":{},' if change.kind == "U" else ""
    return (
        f'{{"columns":[],"commit_timestamp":null,"errors":[{to_json(error)}],{old}"record":{{}},'
        f'"schema":{to_json(table.schema)},"table":{to_json(table.name)},"type":"{EVENT_NAMES[change.kind]}"}}'
    )


def _payload(
    change: RowChange, table: Table, shown: Shape, committed_at: datetime, limits: Limits, too_large: bool
) -> str:
    longest = limits.small_value if too_large else None
    old = identity(change)
    records = ""
    if change.kind != "I":
        hidden = change.kind == "D" and table.rls
        records += f'"old_record":{_record(old, shown, longest, table.keys if hidden else None)},'
    if change.kind != "D":
        records += f'"record":{_record(_filled(change, too_large), shown, longest, None)},'
    errors = f"[{to_json(TOO_LARGE)}]" if too_large else "null"
    return (
        f'{{"columns":{shown.columns},"commit_timestamp":"{timestamp(committed_at)}","errors":{errors},{records}'
        f'"schema":{to_json(table.schema)},"table":{to_json(table.name)},"type":"{EVENT_NAMES[change.kind]}"}}'
    )


def timestamp(moment: datetime) -> str:
    """A commit's time as payloads have it: UTC, rounded to milliseconds as PostgreSQL's to_char cuts it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def identity(change: RowChange) -> Values:
    """The old values: as logged or, where the key did not change and so was not logged, the new row's."""
    if change.old is not None:
        return change.old
    new = change.new or {}
    return {name: value for name, value in new.items() if name in change.relation.keys}


def _filled(change: RowChange, too_large: bool) -> Values:
    """The new row, its unchanged TOASTed values taken from the old one where that was logged whole."""
    new = change.new or {}
    return new if too_large or not change.old else {**change.old, **new}


def _record(values: Values, shown: Shape, longest: int | None, only: frozenset[str] | None) -> str:
    parts = []
    for name, key, convert in shown.fields:
        if name not in values or (only is not None and name not in only):
            continue
        value = values[name]
        text = "null" if value is None else convert(value)
        if longest is None or (value is not None and len(text.encode()) <= longest):
            parts.append(key + text)
    return "{" + ", ".join(parts) + "}" if parts else "null"


def exceeds(change: RowChange, table: Table, limit: int) -> bool:
    """Whether wal2json's text of this change, as jsonb, is longer than the limit in bytes."""
    if change.size * LONGEST_ESCAPE < limit // 2:
        return False
    return wal_bytes(change, table) > limit


def wal_bytes(change: RowChange, table: Table) -> int:
    """The length of wal2json's text of a change, reckoned from its values."""
    total = WAL_OVERHEAD + len(table.schema) + len(table.name)
    for values in (change.new or {}, identity(change)):
        for name, value in values.items():
            text = 4 if value is None else len(to_json(value))
            total += WAL_COLUMN_OVERHEAD + len(name) + len(table.types[name]) + text
    return total
