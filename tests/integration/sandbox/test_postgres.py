"""The sandbox's PostgreSQL starts, stops, crashes and dies as tests need it, and leaves nothing."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from sandbox.database import connect, prepare
from sandbox.errors import SandboxError
from sandbox.ports import is_free
from sandbox.postgres import PostgresServer, temporary_postgres
from sandbox.postgres_install import server_user
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[3]
HOLD = """
import asyncio
from sandbox.postgres import temporary_postgres
async def main():
    async with temporary_postgres() as server:
        print(server.pid, server.port, server.directory, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
START_AND_STOP = """
import asyncio
from sandbox.postgres import temporary_postgres
async def main():
    async with temporary_postgres():
        pass
asyncio.run(main())
"""


@pytest.fixture
async def server() -> AsyncIterator[PostgresServer]:
    async with temporary_postgres() as running:
        await prepare(running)
        yield running


async def _count(server: PostgresServer) -> int:
    async with await connect(server.dsn()) as connection:
        row = await (await connection.execute("select count(*) from users")).fetchone()
    assert row is not None
    return int(row[0])


async def _add_user(server: PostgresServer, email: str) -> None:
    async with await connect(server.dsn()) as connection:
        await connection.execute("insert into users (email) values (%s)", [email])


async def test_decodes_its_log_and_is_not_run_by_root(server: PostgresServer) -> None:
    async with await connect(server.superuser_dsn()) as connection:
        row = await (await connection.execute("show wal_level")).fetchone()
    assert row == ("logical",)
    assert server.pid is not None
    expected = server_user() or pwd.getpwuid(os.geteuid()).pw_name
    assert psutil.Process(server.pid).username() == expected


async def test_data_live_through_a_stop_and_a_crash(server: PostgresServer) -> None:
    await _add_user(server, "before-stop@example.com")
    await server.stop()
    assert not server.running
    with pytest.raises(psycopg.OperationalError):
        await connect(server.dsn())
    await server.start()
    await _add_user(server, "before-crash@example.com")
    await server.crash()
    await server.start()
    assert await _count(server) == 2


async def test_a_second_preparation_changes_nothing(server: PostgresServer) -> None:
    await _add_user(server, "kept@example.com")
    assert not await prepare(server)
    assert await _count(server) == 1


async def test_the_projects_owner_is_no_superuser(server: PostgresServer) -> None:
    async with await connect(server.dsn()) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("alter system set fsync = on")


async def test_needs_its_password_and_listens_only_here(server: PostgresServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        await connect(f"postgresql://postgres:wrong@127.0.0.1:{server.port}/postgres")
    assert server.pid is not None
    listening = [c.laddr.ip for c in psutil.Process(server.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]


async def test_nothing_is_left_of_a_temporary_server() -> None:
    async with temporary_postgres() as server:
        pid, directory = server.pid, server.directory
        assert pid is not None
    assert not psutil.pid_exists(pid)
    assert not directory.exists()


async def test_a_taken_port_is_said(server: PostgresServer) -> None:
    second = PostgresServer(Path(tempfile.mkdtemp(prefix="aura-postgres-")), port=server.port)
    second.directory.chmod(0o711)
    try:
        with pytest.raises(SandboxError, match="could not bind"):
            await second.start()
    finally:
        await second.remove()


async def test_it_dies_with_the_process_that_started_it() -> None:
    """Also when that is killed with -9, and then its port is free again."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert parent.stdout is not None
    pid, port, directory = (await parent.stdout.readline()).decode().split()
    assert psutil.pid_exists(int(pid))
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await wait_for(lambda: not psutil.pid_exists(int(pid)), what="the orphan's end")
    assert is_free(int(port))
    await _remove(Path(directory))


async def _remove(directory: Path) -> None:
    await PostgresServer(directory).remove()


@pytest.fixture
def empty_cache() -> Iterator[Path]:
    """A cache folder of its own, which the server's user can read."""
    with tempfile.TemporaryDirectory(prefix="aura-cache-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def test_two_may_start_at_once(empty_cache: Path) -> None:
    """Also on a machine whose cache of initialised folders is empty."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(empty_cache)}
    both = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", START_AND_STOP, cwd=ROOT, env=environment)
        for _ in range(2)
    ]
    assert [await process.wait() for process in both] == [0, 0]
    cached = await asyncio.to_thread(lambda: list((empty_cache / "aura-sandbox").iterdir()))
    assert len([path for path in cached if path.is_dir()]) == 1
