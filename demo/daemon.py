"""The daemon as ops runs it: its own process, given nothing but settings, watched through its ops port."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from aura.errors import AuraError
from sandbox.processes import end

START_SECONDS = 30.0
STOP_SECONDS = 30.0
RUN = ("run", "--roles", "consumer,worker")
Samples = list[tuple[str, Mapping[str, str], float]]


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running ``aura run`` and its ops port."""

    process: asyncio.subprocess.Process
    ops_url: str
    log: Path
    http: aiohttp.ClientSession

    async def state(self) -> str:
        """What the daemon says of itself: ``live``, or the reasons why not."""
        try:
            async with self.http.get(f"{self.ops_url}/readyz") as answer:
                told = await answer.json()
        except aiohttp.ClientError:
            return "starting" if self.process.returncode is None else "ended"
        reasons = [reason for role in told["roles"].values() for reason in role["reasons"]]
        return "live" if told["ready"] else "; ".join(reasons) or "starting"

    async def samples(self) -> Samples:
        """Every sample of ``/metrics``: name, labels, value."""
        async with self.http.get(f"{self.ops_url}/metrics") as answer:
            text = await answer.text()
        return [(s.name, s.labels, s.value) for family in text_string_to_metric_families(text) for s in family.samples]

    async def wait_until_live(self) -> None:
        """Wait for the first moment at which changes are provably heard.

        Raises:
            AuraError: the daemon ended or was not live in time; the message ends with its last log lines.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                while await self.state() != "live":
                    if self.process.returncode is not None:
                        raise AuraError(f"The daemon ended with code {self.process.returncode}.\n{self.last_lines()}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            said = f"The daemon was not live after {START_SECONDS:.0f} s: {await self.state()}."
            raise AuraError(f"{said}\n{self.last_lines()}") from None

    def last_lines(self) -> str:
        """The end of the daemon's log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])


def total(samples: Samples, name: str) -> int:
    """The sum of a counter over its labels."""
    return int(sum(value for sample, _, value in samples if sample == name))


def by_label(samples: Samples, name: str, label: str) -> dict[str, int]:
    """A counter's values by one label, without zeros."""
    return {labels[label]: int(value) for sample, labels, value in samples if sample == name and value}


async def run_aura(*arguments: str, environment: Mapping[str, str], folder: Path) -> None:
    """Run one ``aura`` command to its end.

    Raises:
        AuraError: it failed; the message is what it printed.
    """
    process = await _aura(*arguments, environment=environment, folder=folder, output=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise AuraError(f"aura {' '.join(arguments)} failed:\n{output.decode(errors='replace').strip()}")


@asynccontextmanager
async def running_daemon(environment: Mapping[str, str], ops_port: int, folder: Path) -> AsyncIterator[Daemon]:
    """``aura run`` as a process of its own, stopped with SIGTERM on the way out."""
    log = folder / "daemon.log"
    variables = {**environment, "AURA__OPS__PORT": str(ops_port)}
    with log.open("wb") as output:
        process = await _aura(*RUN, environment=variables, folder=folder, output=output.fileno())
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        try:
            yield Daemon(process, f"http://127.0.0.1:{ops_port}", log, http)
        finally:
            await end(process, STOP_SECONDS)


async def _aura(
    *arguments: str, environment: Mapping[str, str], folder: Path, output: int
) -> asyncio.subprocess.Process:
    # The working directory is an empty folder: a config.yaml or .env of the caller's must not mix in.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AURA_", "SUPABASE_", "GOOGLE_"))}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aura", *arguments, cwd=folder, env={**kept, **environment}, stdout=output, stderr=output
    )
