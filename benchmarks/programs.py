"""The measured programs as processes of their own, and what they cost in memory and processor time.

Memory is the resident set (RSS) as the system counts it, shared libraries included; processor time is user and
system time of the process with all its threads.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from aura.errors import AuraError
from benchmarks.journal import VARIABLE, Journal, read_journal
from demo.daemon import Daemon, Samples
from sandbox.processes import end

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1024 * 1024
LIVE_SECONDS = 60.0
STOP_SECONDS = 30.0
SAMPLE_SECONDS = 0.25
# The worst lag is kept for a minute: looking this often sees every one.
LAG_SECONDS = 20.0


@dataclass(slots=True)
class Footprint:
    """Memory in MB and processor seconds of a process while it was watched."""

    start_mb: float
    start_cpu: float
    start_at: float
    peak_mb: float
    end_mb: float = 0.0
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    worst_lag: float = 0.0

    @property
    def growth_mb(self) -> float:
        """By how much the resident set grew at its largest."""
        return self.peak_mb - self.start_mb

    @property
    def cpu_percent(self) -> float:
        """Of one core."""
        return 100 * self.cpu_seconds / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Program:
    """One running program; ``daemon`` is its ops port, where it has one."""

    name: str
    process: asyncio.subprocess.Process
    journal_path: Path
    log: Path
    spawned_at: float
    daemon: Daemon | None = None

    @property
    def journal(self) -> Journal:
        """What it noted so far."""
        return read_journal(self.journal_path)

    async def until_live(self) -> float:
        """Wait until it hears changes; returns the seconds since it was spawned.

        Raises:
            AuraError: it ended, or was not live in time.
        """
        try:
            async with asyncio.timeout(LIVE_SECONDS):
                while not await self.is_live():
                    if self.process.returncode is not None:
                        raise AuraError(f"{self.name} ended with {self.process.returncode}: {self._tail()}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AuraError(f"{self.name} was not live after {LIVE_SECONDS:g} s: {self._tail()}") from None
        return time.time() - self.spawned_at

    async def is_live(self) -> bool:
        """Whether it says that it hears changes."""
        if self.daemon is not None:
            return await self.daemon.state() == "live"
        return bool(self.journal.live)

    async def samples(self) -> Samples:
        """Its metrics, where it has an ops port."""
        return [] if self.daemon is None else await self.daemon.samples()

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])


@asynccontextmanager
async def running(
    name: str,
    module: str,
    environment: Mapping[str, str],
    folder: Path,
    cache: Path,
    ops_port: int | None = None,
    arguments: Sequence[str] = (),
) -> AsyncIterator[Program]:
    """``python -m module`` with ``arguments`` until the block ends; then SIGTERM.

    Args:
        folder: a new folder; becomes the working directory and holds journal and log.
        cache: where ``compile_programs`` put the bytecode.
        ops_port: the port that the program answers on, if it does.
    """
    journal, log = _files(folder)
    variables = _environment({**environment, VARIABLE: str(journal)}, cache)
    process = await _spawn((module, *arguments), variables, folder, log)
    spawned = time.time()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        daemon = None if ops_port is None else Daemon(process, f"http://127.0.0.1:{ops_port}", log, http)
        try:
            yield Program(name, process, journal, log, spawned, daemon)
        finally:
            await end(process, STOP_SECONDS)


def _files(folder: Path) -> tuple[Path, Path]:
    folder.mkdir(parents=True)
    journal, log = folder / "journal", folder / "log"
    journal.touch()
    return journal, log


async def compile_programs(modules: Iterable[str], cache: Path) -> None:
    """Have Python compile the programs' sources beforehand, as the installer of a package or an image does.

    Args:
        cache: a folder for the bytecode, to be given to ``running`` too.

    Raises:
        AuraError: a program cannot be imported.
    """
    statement = f"import {', '.join(modules)}"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", statement, env=_environment({}, cache))
    if await process.wait() != 0:
        raise AuraError(f"`{statement}` failed, see above.")


def _environment(own: Mapping[str, str], cache: Path) -> dict[str, str]:
    dropped = ("AURA_", "SUPABASE_", "GOOGLE_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(cache), **own}


async def _spawn(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> asyncio.subprocess.Process:
    with log.open("wb") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, cwd=folder, env=environment, stdout=output, stderr=output
        )


@dataclass(slots=True)
class Watcher:
    """Samples a program's memory, and the worst lag of its event loop where it tells."""

    program: Program
    lag: bool
    footprint: Footprint = field(init=False)
    _process: psutil.Process = field(init=False)

    def __post_init__(self) -> None:
        self._process = psutil.Process(self.program.process.pid)
        now = self._megabytes()
        self.footprint = Footprint(now, self._cpu(), time.monotonic(), now)

    async def run(self) -> None:
        """Watch until cancelled."""
        looked = 0.0
        while self.program.process.returncode is None:
            self.footprint.peak_mb = max(self.footprint.peak_mb, self._megabytes())
            if self.lag and time.monotonic() - looked >= LAG_SECONDS:
                await self.look_at_lag()
                looked = time.monotonic()
            await asyncio.sleep(SAMPLE_SECONDS)

    async def finish(self) -> Footprint:
        """The last readings."""
        if self.lag:
            await self.look_at_lag()
        found = self.footprint
        found.end_mb = self._megabytes()
        found.peak_mb = max(found.peak_mb, found.end_mb)
        found.cpu_seconds = self._cpu() - found.start_cpu
        found.seconds = time.monotonic() - found.start_at
        return found

    async def look_at_lag(self) -> None:
        """Read the worst lag of the last minute."""
        try:
            samples = await self.program.samples()
        except (aiohttp.ClientError, TimeoutError):
            return  # too busy to answer: the next look still sees the minute's worst
        lags = [value for name, _, value in samples if name == "aura_event_loop_lag_max_seconds"]
        self.footprint.worst_lag = max([self.footprint.worst_lag, *lags])

    def _megabytes(self) -> float:
        return float(self._process.memory_info().rss) / MEGABYTE

    def _cpu(self) -> float:
        spent = self._process.cpu_times()
        return float(spent.user + spent.system)


@asynccontextmanager
async def watched(program: Program, *, lag: bool = True) -> AsyncIterator[Footprint]:
    """Watch a program during the block; the footprint is complete when the block has ended.

    Args:
        lag: also ask for the event loop's lag, which costs the program a scrape now and then.
    """
    watcher = Watcher(program, lag)
    task = asyncio.create_task(watcher.run())
    try:
        yield watcher.footprint
    finally:
        task.cancel()
        await watcher.finish()
