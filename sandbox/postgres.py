"""The sandbox's PostgreSQL: the real server, on a port and a folder of its own.

Tests stop it, kill it and start it again on the same data, as a hosted database goes away and
comes back, so the port and the folder are fixed for the server's life. It listens on the loopback
interface only, runs without root's rights, and ends with the process that started it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from sandbox.errors import SandboxError
from sandbox.launch import launch_command
from sandbox.ports import LOOPBACK, free_port
from sandbox.postgres_install import SUPERUSER, copy_for_server, programs, server_user, template
from sandbox.processes import end

START_SECONDS = 60.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.01
READY_LINE = 7  # of postmaster.pid, counted from 0; see PostgreSQL's src/include/utils/pidfile.h

# Logical decoding for Realtime; timezone as hosted projects have it.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "wal_level": "logical",
    "max_replication_slots": "10",
    "max_wal_senders": "5",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "autovacuum_naptime": "20s",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
# Thrown away at the end, so nothing need survive a power cut. synchronous_commit stays on: without
# it a commit becomes visible to logical decoding up to 0.2 s late, which a hosted project never shows.
THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


class PostgresServer:
    """One PostgreSQL server below `directory`; created at the first start, kept until `remove()`.

    `durable` keeps fsync on, for data that outlives the process.
    """

    def __init__(self, directory: Path, *, port: int | None = None, durable: bool = False) -> None:
        self.directory = directory
        self.port = port or free_port()
        self._durable = durable
        self._process: asyncio.subprocess.Process | None = None

    @property
    def data(self) -> Path:
        return self.directory / "pgdata"

    @property
    def log(self) -> Path:
        return self.directory / "postgres.log"

    @property
    def password(self) -> str:
        """The superuser's password; `sandbox.database.prepare` gives it to the other login roles."""
        return (self.directory / "postgres-password").read_text()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    def dsn(self, user: str = "postgres", database: str = "postgres") -> str:
        """A connection URL for a role of this server."""
        return f"postgresql://{user}:{quote(self.password, safe='')}@{LOOPBACK}:{self.port}/{database}"

    def superuser_dsn(self) -> str:
        """A connection URL for Supabase's own superuser, which the app's developers do not have."""
        return self.dsn(SUPERUSER)

    async def start(self) -> None:
        """Starts the server and returns when it accepts connections.

        Raises SandboxError, with the end of the server's log, when it does not come up.
        """
        if self.running:
            return
        if not self.data.exists():
            await asyncio.to_thread(self._create)
        self._process = await self._spawn()
        await self._until_ready(self._process)

    async def stop(self) -> None:
        """Ends the server as an administrator would: sessions are cut, the data are consistent."""
        await self._end(signal.SIGINT)

    async def crash(self) -> None:
        """Ends the server as a power cut would: the next start has to recover from the WAL."""
        await self._end(signal.SIGQUIT)

    async def remove(self) -> None:
        """Stops the server and deletes its folder."""
        await self._end(signal.SIGQUIT)
        await asyncio.to_thread(shutil.rmtree, self.directory)

    def _create(self) -> None:
        source = template()
        self.directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        password = self.directory / "postgres-password"
        password.touch(mode=0o600)
        password.write_text(source.password)
        unfinished = self.directory / "pgdata.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        copy_for_server(source.data, unfinished)
        unfinished.rename(self.data)

    async def _spawn(self) -> asyncio.subprocess.Process:
        settings = {**SETTINGS, **({} if self._durable else THROW_AWAY), "port": str(self.port)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        binary = await asyncio.to_thread(lambda: programs() / "postgres")
        command = launch_command(binary, "-D", str(self.data), *options, user=server_user(), death_signal=signal.SIGINT)
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                cwd="/",
                env={"PATH": os.defpath},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for the sandbox, which then stops us
            )

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while not self._says_ready(process.pid):
                    if process.returncode is not None:
                        raise SandboxError(f"PostgreSQL ended at its start: {self._log_tail()}")
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            await self.crash()
            raise SandboxError(f"PostgreSQL was not ready after {START_SECONDS:.0f} s: {self._log_tail()}") from None

    def _says_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # A server that was killed leaves its file behind, "ready" included: look whose it is.
        return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].strip() == "ready"

    def _log_tail(self, lines: int = 5) -> str:
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            await end(self._process, STOP_SECONDS, how)


@asynccontextmanager
async def temporary_postgres(parent: Path | None = None) -> AsyncIterator[PostgresServer]:
    """A started server, empty but for what initdb makes; stopped and deleted at the end."""
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="aura-postgres-", dir=parent)))
    server.directory.chmod(0o711)  # the server's user has to pass through
    try:
        await server.start()
        yield server
    finally:
        await server.remove()
