"""``aura run`` as ops runs it, for tests: a process of its own, given settings alone, seen through its ops port.

The port is the one that the process chose itself (0 picks one), read from its log. Whatever was started is
killed at the end of the test, and a failing test shows the end of the log.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from sandbox import Sandbox
from tests.support.waiting import wait_for

RUN = ("-m", "aura", "run", "--roles", "consumer,worker")
ROOT = str(Path(__file__).resolve().parents[2])
START_SECONDS = 90.0
STOP_SECONDS = 40.0


def daemon_environment(sandbox: Sandbox, **more: str) -> dict[str, str]:
    """Settings of a daemon on this sandbox, as environment variables."""
    return {
        "AURA_ENVIRONMENT": "development",
        "AURA__ANALYSIS__ANALYZER": "palette",  # tags any picture, also the noise that tests upload
        "AURA__OPS__PORT": "0",
        "AURA__API__PORT": "0",
        "AURA__LOG__FORMAT": "json",
        "SUPABASE_URL": sandbox.url,
        "SUPABASE_PUBLISHABLE_KEY": sandbox.publishable_key,
        "SUPABASE_SECRET_KEY": sandbox.secret_key,
        "SUPABASE_JWT_SECRET": sandbox.jwt_secret,
        **more,
    }


@dataclass
class DaemonProcess:
    """One daemon; start it with ``start``. ``folder`` is its working directory and holds its log."""

    environment: Mapping[str, str]
    folder: Path
    command: Sequence[str] = RUN
    log: Path = field(init=False)
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.log = self.folder / "daemon.log"

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The process; it was started."""
        assert self._process is not None
        return self._process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; returns at once."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AURA", "SUPABASE_"))}
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.command,
                cwd=self.folder,
                env={**kept, "PYTHONPATH": ROOT, **self.environment},
                stdout=log,
                stderr=log,
            )

    async def ended(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end; the exit code (negative: the signal that killed it)."""
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    def assert_running(self) -> None:
        """Fail, with the end of the log, if it has ended by itself."""
        assert self.running, f"the daemon ended with {self.process.returncode}:\n{self.tail()}"

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.running:
            self.process.kill()
        await self.process.wait()

    def lines(self) -> list[dict[str, Any]]:
        """Its log so far; lines that are no JSON (a complaint, a trace) under ``text``."""
        return [_line(text) for text in self.log.read_text(encoding="utf-8", errors="replace").splitlines()]

    def said(self, event: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        return [line for line in self.lines() if line.get("event") == event]

    def tail(self) -> str:
        """The end of the log, for people."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])

    async def ops_url(self) -> str:
        """Where its ops port is; waits until it is open."""
        started: list[dict[str, Any]] = await wait_for(self._started, seconds=START_SECONDS, what="the daemon's start")
        return f"http://127.0.0.1:{started[0]['ops_port']}"

    async def api_url(self) -> str:
        """Where its public port is; waits until it is open."""
        await self.ops_url()

        def listening() -> list[dict[str, Any]]:
            self.assert_running()
            return self.said("api_listening")

        opened: list[dict[str, Any]] = await wait_for(listening, seconds=START_SECONDS, what="the API's port")
        return f"http://127.0.0.1:{opened[0]['port']}"

    def _started(self) -> list[dict[str, Any]]:
        self.assert_running()
        return self.said("started")

    async def get(self, path: str) -> httpx.Response:
        """An answer of the ops port."""
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            return await client.get(await self.ops_url() + path)

    async def readiness(self) -> dict[str, Any]:
        """What ``/readyz`` says."""
        told: dict[str, Any] = (await self.get("/readyz")).json()
        return told

    async def until_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until every role can do its job."""

        async def ready() -> bool:
            self.assert_running()
            try:
                return bool((await self.readiness())["ready"])
            except httpx.TransportError:  # it is ending: said with its log when it has
                return False

        try:
            await wait_for(ready, seconds=seconds, what="the daemon's readiness")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{await self.readiness() if self.running else ''}\n{self.tail()}") from None

    async def metric(self, name: str, **labels: str) -> float:
        """A metric's value, summed over the labels that are not given."""
        return sum(value for _, value in await self.samples(name, **labels))

    async def samples(self, name: str, **labels: str) -> list[tuple[Mapping[str, str], float]]:
        """The samples of a metric that have these labels."""
        families = text_string_to_metric_families((await self.get("/metrics")).text)
        found = [sample for family in families for sample in family.samples if sample.name == name]
        return [(each.labels, each.value) for each in found if labels.items() <= each.labels.items()]


def _line(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return {"text": text}
    return parsed if isinstance(parsed, dict) else {"text": text}


@asynccontextmanager
async def running(daemon: DaemonProcess) -> AsyncIterator[DaemonProcess]:
    """The daemon, started; killed on the way out if it still runs."""
    await daemon.start()
    try:
        yield daemon
    finally:
        await daemon.kill()
