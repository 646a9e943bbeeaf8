"""Sandboxes that tests run, known while they do: a test that fails shows what state they were in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psycopg

from aura.migrations import migrate
from sandbox import Sandbox
from sandbox.profiles import ProfileName

RUNNING: list[Sandbox] = []
SECONDS = 3
MEND_SECONDS = 90  # PostgreSQL's start included
WAL_AND_LOCKS = """
select coalesce((select string_agg(format('%s (%s bytes behind)', slot_name, behind), ', ')
                 from (select slot_name, pg_current_wal_lsn() - confirmed_flush_lsn as behind
                       from pg_replication_slots) slots), 'none'),
       (select count(*) from pg_locks where not granted),
       (select coalesce(max(now() - xact_start), '0') from pg_stat_activity where pid <> pg_backend_pid()
         and backend_type = 'client backend')"""


@contextmanager
def running_sandbox(profile: ProfileName, *, legacy_keys: bool = False) -> Iterator[Sandbox]:
    """A sandbox for the length of the block."""
    with Sandbox(profile=profile, legacy_keys=legacy_keys) as sandbox:
        RUNNING.append(sandbox)
        try:
            yield sandbox
        finally:
            RUNNING.remove(sandbox)


@contextmanager
def migrated_sandbox(profile: ProfileName, *, legacy_keys: bool = False) -> Iterator[Sandbox]:
    """One with the backend's migrations."""
    with running_sandbox(profile, legacy_keys=legacy_keys) as sandbox:
        asyncio.run(migrate(sandbox.db_url))
        yield sandbox


def states() -> str:
    """What can be said now about every running sandbox: what is broken, how its Realtime and its database are."""
    return "\n".join(f"{sandbox.url}: {_service(sandbox)}\n  {_database(sandbox)}" for sandbox in RUNNING)


def mend() -> None:
    """Ends every fault of the running sandboxes: what a failed test left broken makes no other one fail."""
    for sandbox in RUNNING:
        with suppress(httpx.HTTPError):  # said by `states`
            headers = {"apikey": sandbox.service_key}
            httpx.delete(f"{sandbox.url}/sandbox/v1/faults", headers=headers, timeout=MEND_SECONDS, trust_env=False)


def _service(sandbox: Sandbox) -> str:
    headers = {"apikey": sandbox.service_key}
    try:
        answer = httpx.get(f"{sandbox.url}/sandbox/v1/status", headers=headers, timeout=SECONDS, trust_env=False)
        return json.dumps(answer.raise_for_status().json())
    except httpx.HTTPError as error:
        return f"no status: {error!r}"


def _database(sandbox: Sandbox) -> str:
    try:
        with psycopg.connect(sandbox.db_url, connect_timeout=SECONDS) as connection:
            slots, waiting, oldest = connection.execute(WAL_AND_LOCKS).fetchone() or ("", 0, "")
    except psycopg.Error as error:
        return f"no database: {error}"
    return f"slots: {slots}; locks waited for: {waiting}; longest transaction: {oldest}"
