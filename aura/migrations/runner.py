"""Applies what is missing, file by file, each file in one transaction together with its booking.

A file that finds a table busy gives way within its short ``lock_timeout`` and is tried again a moment later,
because a lock that is waited for makes the app's writes wait behind it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import dropwhile

import psycopg

from aura.errors import AuraError
from aura.migrations.booking import book, booked_versions, prepare_booking
from aura.migrations.files import Migration, concurrent_indexes, load_migrations, own_tables
from aura.migrations.indexes import build_index
from aura.migrations.session import Connection, Say, exclusive_session, reason

BUSY_SECONDS = 120.0
PAUSE_SECONDS = (0.2, 0.6)


@dataclass(frozen=True)
class Report:
    """What was done: titles of migrations (``<version>_<name>``) and names of indexes.

    ``applied`` is what a dry run would apply.
    """

    applied: tuple[str, ...]
    present: tuple[str, ...]
    indexes: tuple[str, ...]
    dry_run: bool


def _silent(_: str) -> None:
    """For callers that want no progress."""


async def migrate(db_url: str | None, *, dry_run: bool = False, say: Say = _silent) -> Report:
    """Applies the missing migrations to the database at ``db_url`` (a direct or session-pooler connection).

    ``say`` is told each step, for people. Raises ConfigurationError when the database cannot be used, AuraError
    when a migration failed: nothing of that file is kept, the files before it are, and the next run goes on there.
    """
    migrations = await asyncio.to_thread(load_migrations)
    async with exclusive_session(db_url, say) as connection:
        due = _due(migrations, await booked_versions(connection))
        built = () if dry_run else await _apply_all(connection, due, own_tables(migrations), say)
    present = tuple(each.title for each in migrations if each not in due)
    return Report(tuple(each.title for each in due), present, built, dry_run)


def _due(migrations: Sequence[Migration], booked: Collection[str]) -> tuple[Migration, ...]:
    """From the first that is missing on, all: a later file may define anew what an earlier one does, and that must not
    come after it. Every file can be applied again without harm."""
    return tuple(dropwhile(lambda each: each.version in booked, migrations))


async def _apply_all(
    connection: Connection, missing: tuple[Migration, ...], own: frozenset[str], say: Say
) -> tuple[str, ...]:
    built: list[str] = []
    for migration in missing:
        try:
            built += await _apply(connection, migration, own, say)
        except psycopg.Error as error:
            raise AuraError(_explain(migration, error)) from error
    return tuple(built)


async def _apply(connection: Connection, migration: Migration, own: frozenset[str], say: Say) -> list[str]:
    indexes = concurrent_indexes(migration, own)
    built = [index.name for index in indexes if await build_index(connection, index, say)]
    await prepare_booking(connection)
    say(f"Applying {migration.title}.")
    await _apply_when_free(connection, migration, say)
    return built


async def _apply_when_free(connection: Connection, migration: Migration, say: Say) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while not await _apply_once(connection, migration, give_up=time.monotonic() > deadline):
        say(f"A table is busy; trying {migration.title} again.")
        await asyncio.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - only to stagger the tries


async def _apply_once(connection: Connection, migration: Migration, *, give_up: bool) -> bool:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql.encode())
            await book(connection, migration)
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        if give_up:
            raise
        return False
    return True


def _explain(migration: Migration, error: psycopg.Error) -> str:
    return f"{reason(error)}\n{migration.title} was not applied; what came before it is. Run aura migrate again."
