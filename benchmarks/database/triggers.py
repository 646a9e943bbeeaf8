"""Times the app's statements with and without this backend's triggers, alternating, each rolled back."""

from __future__ import annotations

import statistics
import time
from typing import Any

from benchmarks.database.load import Connection

REPEATS = {1: 200, 100: 40, 10_000: 5}
_TRIGGERS = "select tgrelid::regclass::text, tgname from pg_trigger where tgname ~ '^aura_'"
_SOME = "(select md5('i' || n)::uuid from generate_series(1, {rows}) n)"
STATEMENTS = {
    "insert items": (
        "insert into clothing_items (user_id, name, image_url) "
        "select md5('u' || n % {users} + 1)::uuid, 'new', 'https://x/' || n from generate_series(1, {rows}) n"
    ),
    "change their colour": f"update clothing_items set color = 'red' where id in {_SOME}",
    "change their notes": f"update clothing_items set notes = 'x' where id in {_SOME}",
    "replace their photo": f"update clothing_items set image_url = image_url || 'b' where id in {_SOME}",
    "insert likes": (
        "insert into likes (user_id, combination_id) "
        "select md5('u' || n % {users} + 1)::uuid, md5('c' || n * 11 % 97 + 1)::uuid from generate_series(1, {rows}) n "
        "on conflict do nothing"
    ),
}


async def measure_triggers(connection: Connection, largest: int, users: int) -> list[dict[str, Any]]:
    """One row for each statement and size: medians without and with the triggers, and the difference a row."""
    names = await (await connection.execute(_TRIGGERS)).fetchall()
    disable = "".join(f"alter table {table} disable trigger {name};" for table, name in names)
    return [
        await _compare(connection, statement, rows, STATEMENTS[statement].format(rows=rows, users=users), disable)
        for statement in STATEMENTS
        for rows in REPEATS
        if rows <= largest
    ]


async def _compare(connection: Connection, statement: str, rows: int, query: str, disable: str) -> dict[str, Any]:
    without, beside = [], []
    for _ in range(REPEATS[rows]):
        without.append(await _once(connection, query, disable))
        beside.append(await _once(connection, query, ""))
    low, high = statistics.median(without) * 1000, statistics.median(beside) * 1000
    return {
        "statement": statement,
        "rows": rows,
        "without_ms": round(low, 3),
        "with_ms": round(high, 3),
        "added_us_per_row": round((high - low) * 1000 / rows, 2),
        "ratio": round(high / low, 2),
    }


async def _once(connection: Connection, query: str, prepare: str) -> float:
    """Seconds of one statement; a first one in a savepoint has it planned and its pages read."""
    async with connection.transaction(force_rollback=True):
        if prepare:
            await connection.execute(prepare.encode())
        async with connection.transaction(force_rollback=True):
            await connection.execute(query.encode())
        started = time.monotonic()
        await connection.execute(query.encode())
        return time.monotonic() - started
