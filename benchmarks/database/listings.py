"""Times each listing of outstanding work, and notes which scans its plan used."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.errors import Diagnostic

from benchmarks.database.load import Connection, first
from benchmarks.report import milliseconds, spread

REPEATS = 30
LISTINGS = {
    "aura_outstanding_items(200)": "select * from aura_outstanding_items(200)",
    "aura_due_summary()": "select * from aura_due_summary()",
    "aura_dirty_users(200)": "select * from aura_dirty_users(200)",
}
_NEXT_PAGE = "select created_at, id from aura_outstanding_items(1000, now(), %s, %s) order by 1, 2"
_SCAN = re.compile(r"(Seq Scan on|Index Scan using|Index Only Scan using|Bitmap Index Scan on) (\w+)")


@dataclass(frozen=True)
class Dsn:
    """How to reach one database: as the app's owner, and as the superuser who may load auto_explain."""

    owner: str
    superuser: str


async def measure_listings(dsn: Dsn, state: str, listings: Mapping[str, str] = LISTINGS) -> list[dict[str, Any]]:
    """One row for each listing: rows found, times of its first page, scans of its plan."""
    measured = []
    for name, query in listings.items():
        async with await psycopg.AsyncConnection.connect(dsn.owner, autocommit=True) as connection:
            await connection.execute("set role service_role")
            rows, seconds = await _timed(connection, query, REPEATS)
        scans = await _scans(dsn.superuser, query)
        measured.append({"outstanding": state, "listing": name, "rows": rows, **spread(seconds), "scans": scans})
    return measured


async def measure_call(connection: Connection, name: str, query: str) -> dict[str, Any]:
    """One function called once."""
    started = time.monotonic()
    answer = await first(connection, query)
    return {"call": name, "answer": str(answer), "ms": milliseconds(time.monotonic() - started)}


async def measure_walk(connection: Connection, state: str) -> dict[str, Any]:
    """All pages of 1,000, one after the other."""
    started, after, found, pages = time.monotonic(), (None, None), 0, 0
    while page := await (await connection.execute(_NEXT_PAGE, after)).fetchall():
        after, found, pages = page[-1], found + len(page), pages + 1
    return {"outstanding": state, "rows": found, "pages": pages, "ms": milliseconds(time.monotonic() - started)}


async def measure_without_index(connection: Connection) -> dict[str, Any]:
    """The baseline: the same page read from the table, as it would be without the partial index."""
    query = (
        "select id from clothing_items, aura_installation where image_url <> '' and created_at >= installed_at "
        "and (ai_tags -> 'source' ->> 'photo') is distinct from aura_photo_identity(image_url) "
        "order by created_at, id limit 200"
    )
    rows, seconds = await _timed(connection, query, 3)
    return {"listing": "the same page without the index", "rows": rows, **spread(seconds)}


async def _timed(connection: Connection, query: str, repeats: int) -> tuple[int, list[float]]:
    seconds = []
    for _ in range(repeats + 1):  # the first one reads the catalogs
        started = time.monotonic()
        rows = await (await connection.execute(query.encode())).fetchall()
        seconds.append(time.monotonic() - started)
    return len(rows), seconds[1:]


async def _scans(superuser: str, query: str) -> str:
    """The scans that the planner chose, nested functions included, as auto_explain tells them."""
    told: list[str] = []

    def listen(notice: Diagnostic) -> None:
        told.append(notice.message_primary or "")

    async with await psycopg.AsyncConnection.connect(superuser, autocommit=True) as connection:
        connection.add_notice_handler(listen)
        await connection.execute(
            "load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; "
            "set client_min_messages = log"
        )
        await connection.execute(query.encode())
    found = {
        f"{kind.removesuffix(' using').removesuffix(' on')} {name}" for kind, name in _SCAN.findall("\n".join(told))
    }
    return ", ".join(sorted(found))
