"""Builds an index on one of the app's tables while the app goes on writing.

CREATE INDEX CONCURRENTLY can be cut off, and then leaves an index behind that is kept up to date and never
used; such a one is dropped and built again.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from aura.errors import AuraError
from aura.migrations.files import Index
from aura.migrations.session import Connection, Say

# It waits for every transaction that is older than itself; nobody waits for it meanwhile.
PATIENCE = "10min"


async def build_index(connection: Connection, index: Index, say: Say) -> bool:
    """Builds ``index`` unless it is there and usable; True when it was built now."""
    usable = await _usable(connection, index)
    if usable:
        return False
    say(f"Building the index {index.name} on {index.table} (the app can go on writing).")
    await connection.execute(sql.SQL("set lock_timeout = {}").format(PATIENCE))
    try:
        if usable is False:
            await _drop(connection, index)
        await connection.execute(index.statement.encode())
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        await _drop(connection, index)
        raise AuraError(
            f"The index {index.name} was not built: a transaction has been open for more than ten minutes "
            "(see pg_stat_activity). Nothing was changed; run aura migrate again later."
        ) from None
    finally:
        if not connection.closed:
            await connection.execute("set lock_timeout = '500ms'")
    return True


async def _usable(connection: Connection, index: Index) -> bool | None:
    """None when there is no such index, False when a failed build left it behind."""
    cursor = await connection.execute(
        "select indisvalid from pg_catalog.pg_index where indexrelid = to_regclass(%s)", [f"public.{index.name}"]
    )
    row = await cursor.fetchone()
    return None if row is None else bool(row[0])


async def _drop(connection: Connection, index: Index) -> None:
    await connection.execute(
        sql.SQL("drop index concurrently if exists {}").format(sql.Identifier("public", index.name))
    )
