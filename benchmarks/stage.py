"""What a benchmark stands on: a sandbox with the real server's delays and limits, migrated, and people in it.

Every contestant gets a stage of its own, so that neither works on the other's rows or spends the other's rate limit.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from aura.migrations import migrate
from benchmarks.photo_host import PhotoHost, photo_host
from benchmarks.programs import Program, compile_programs, running
from sandbox import Sandbox
from sandbox.ports import free_port

Contestant = Literal["aura", "bare"]
PROGRAMS: Mapping[Contestant, str] = {"aura": "benchmarks.instant_daemon", "bare": "benchmarks.bare_consumer"}
Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]
LOOK_SECONDS = 0.1
_UNTAGGED = "select count(*) from clothing_items where public.aura_photo_outstanding(image_url, ai_tags) = 1"
_SIGN_UP = "insert into users (id, email) select id, id || '@example.com' from unnest(%s::uuid[]) id"
_MARKS = "select count(*) from style_dirty"


@dataclass(frozen=True, slots=True)
class Stage:
    """A running project. ``pool``: connections of the project's owner, autocommit."""

    sandbox: Sandbox
    photos: PhotoHost
    pool: Pool
    folder: Path

    def program(self, contestant: Contestant) -> AbstractAsyncContextManager[Program]:
        """The contestant as a process; it is not waited for."""
        if contestant == "bare":
            folder = self.folder / f"bare-{uuid4().hex[:8]}"
            return running("bare", PROGRAMS["bare"], self._settings(), folder, self.folder)
        return self.aura("consumer,worker")

    def aura(self, roles: str, **settings: str) -> AbstractAsyncContextManager[Program]:
        """An Aura process with these roles, further settings as environment variables; it is not waited for."""
        port, folder = free_port(), self.folder / f"aura-{uuid4().hex[:8]}"
        environment = {**self._settings(), "AURA__OPS__PORT": str(port), "AURA__API__PORT": "0", **settings}
        return running("aura", PROGRAMS["aura"], environment, folder, self.folder, port, [roles])

    def shared(self) -> dict[str, str]:
        """Settings of processes that share a queue in this project's database."""
        return {"AURA__QUEUE__ENGINE": "procrastinate", "SUPABASE_DB_URL": self.sandbox.db_url}

    async def people(self, count: int) -> list[str]:
        """The ids of new people."""
        ids = [str(uuid4()) for _ in range(count)]
        await self.execute(
            "insert into users (id, email) select id, id || '@example.com' from unnest(%s::uuid[]) id", ids
        )
        return ids

    async def execute(self, statement: str, *arguments: object) -> None:
        """One statement, committed at once."""
        async with self.pool.connection() as connection:
            await connection.execute(statement.encode(), arguments)

    async def value(self, query: str, *arguments: object) -> Any:
        """The first column of the first row."""
        async with self.pool.connection() as connection:
            row = await (await connection.execute(query.encode(), arguments)).fetchone()
        return None if row is None else row[0]

    async def rows(self, query: str, *arguments: object) -> list[TupleRow]:
        """All rows."""
        async with self.pool.connection() as connection:
            return await (await connection.execute(query.encode(), arguments)).fetchall()

    async def untagged(self) -> int:
        """How many items are not tagged for their current photo."""
        return int(await self.value(_UNTAGGED))

    async def marks(self) -> int:
        """How many style marks wait."""
        return int(await self.value(_MARKS))

    def _settings(self) -> dict[str, str]:
        sandbox = self.sandbox
        return {
            "AURA__ANALYSIS__ANALYZER": "palette",  # must name one; the instant one takes its place
            "AURA__OPS__HOST": "127.0.0.1",
            "AURA__PHOTOS__ALLOWED_HOSTS": self.photos.origin,
            "AURA__PHOTOS__ALLOW_PRIVATE_HOSTS": "true",
            "SUPABASE_URL": sandbox.url,
            "SUPABASE_PUBLISHABLE_KEY": sandbox.publishable_key,
            "SUPABASE_SECRET_KEY": sandbox.secret_key,
            "SUPABASE_JWT_SECRET": sandbox.jwt_secret,
        }


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A fresh project, until the block ends."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aura-benchmark-")))
        await compile_programs(PROGRAMS.values(), folder)
        sandbox = await stack.enter_async_context(Sandbox())
        await migrate(sandbox.db_url)
        photos = await stack.enter_async_context(photo_host())
        pool = await stack.enter_async_context(_connections(sandbox.db_url))
        yield Stage(sandbox, photos, pool, folder)


def _connections(url: str) -> Pool:
    settings = {"autocommit": True}
    # Checked at each use: a benchmark that ends the database has its connections made anew.
    alive = AsyncConnectionPool.check_connection
    return AsyncConnectionPool(url, min_size=1, max_size=8, kwargs=settings, check=alive, open=False)


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float) -> bool:
    """Wait for a condition; whether it held in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if await holds():
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False
