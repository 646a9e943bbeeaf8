"""Who serves: the API as it ships, the same routes behind FastAPI and uvicorn, and a bare aiohttp handler.

FastAPI and uvicorn are no dependency of the project: their pinned packages (``requirements.lock`` beside this file)
are installed into a folder of their own for the time of the benchmark.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from aura.errors import AuraError
from benchmarks.report import progress
from benchmarks.serving.project import Project
from sandbox.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).with_name("requirements.lock")
READY_SECONDS = 60.0
# Answers at once and says nothing: any HTTP status means that the port is open.
PROBE = "/"


@dataclass(frozen=True, slots=True)
class Server:
    """A running contestant."""

    url: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """User and system time of the process with all its threads."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    async def body(self, path: str, token: str) -> str:
        """The body that it answers.

        Raises:
            AuraError: it answers anything but 200.
        """
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}", headers=headers) as answer:
            if answer.status != 200:
                raise AuraError(f"{path} answered {answer.status}: {await answer.text()}")
            return await answer.text()


@dataclass(frozen=True, slots=True)
class Contestant:
    """``arguments``: of Python; ``bare``: it has one route and no project behind it."""

    name: str
    arguments: tuple[str, ...]
    bare: bool = False

    @asynccontextmanager
    async def running(self, at: Project, site: Path, folder: Path, more: Mapping[str, str]) -> AsyncIterator[Server]:
        """One process of it on the first core, ready, until the block ends.

        Args:
            site: where ``packages`` installed what the project itself does not need.
            folder: its working directory: no ``.env`` and no ``config.yaml`` are there.
            more: further settings.
        """
        port = free_port()
        own = {**at.environment, "PORT": str(port), "AURA__OPS__PORT": "0", "AURA__OPS__HOST": "127.0.0.1", **more}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *self.arguments, cwd=folder, env=_environment(own, site)
        )
        try:
            server = Server(f"http://127.0.0.1:{port}", _pinned(process.pid))
            await _until_ready(server, process)
            yield server
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


CONTESTANTS = (
    Contestant("bare aiohttp", ("-m", "benchmarks.serving.bare_server"), bare=True),
    Contestant("FastAPI and uvicorn", ("-m", "benchmarks.serving.fastapi_server")),
    Contestant("aura", ("-c", "from aura.cli import main; main()", "run", "--roles", "api")),
)


async def packages(folder: Path) -> Path:
    """Install what only the contestants need; returns the folder to be put on Python's path.

    Raises:
        AuraError: the packages cannot be installed.
    """
    progress("installing FastAPI and uvicorn")
    site = folder / "site"
    uv = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable)
    process = await asyncio.create_subprocess_exec(*uv, "--target", str(site), "--require-hashes", "-r", str(LOCK))
    if await process.wait() != 0:
        raise AuraError("FastAPI and uvicorn could not be installed; the benchmark api needs a package index.")
    return site


def _environment(own: Mapping[str, str], site: Path) -> dict[str, str]:
    dropped = ("AURA_", "SUPABASE_", "GOOGLE_", "PORT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYTHONPATH": os.pathsep.join((str(ROOT), str(site))), **own}


def _pinned(pid: int) -> psutil.Process:
    process = psutil.Process(pid)
    if (psutil.cpu_count() or 1) > 1:
        process.cpu_affinity([0])
    return process


async def _until_ready(server: Server, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(READY_SECONDS), aiohttp.ClientSession() as session:
        while True:
            if process.returncode is not None:
                raise AuraError(f"A contestant ended with {process.returncode}, see above.")
            try:
                async with session.get(f"{server.url}{PROBE}"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
