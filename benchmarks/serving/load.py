"""Puts a server under load from another process, and takes the server's own time."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from demo.report import percentile

WARM_UP_SECONDS = 1.0


class Served(Protocol):
    """A server under load."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    def cpu_seconds(self) -> float:
        """Processor time of its process so far."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """Requests to one route: as many connections as there are ``tokens``; POST where there is a ``body``."""

    path: str
    tokens: Sequence[str]
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What the load saw. ``cpu_ms``: the server's processor time for each request."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    refused: int


async def measure(server: Served, case: Case, seconds: float) -> Measured:
    """Put a server under load for so many seconds, after a warm-up."""
    await _loaded(server.url, case, WARM_UP_SECONDS)
    before = server.cpu_seconds()
    found = await _loaded(server.url, case, seconds)
    took = server.cpu_seconds() - before
    latencies: list[float] = found["latencies"]
    return Measured(
        per_second=len(latencies) / seconds,
        p50_ms=1000 * percentile(latencies, 0.5),
        p99_ms=1000 * percentile(latencies, 0.99),
        cpu_ms=1000 * took / max(1, len(latencies)),
        refused=found["refused"],
    )


async def _loaded(url: str, case: Case, seconds: float) -> dict[str, Any]:
    told = json.dumps({"url": url, "seconds": seconds, "case": asdict(case)})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.serving.generator",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await process.communicate(told.encode())
    if process.returncode != 0:
        raise RuntimeError(f"the load generator ended with {process.returncode}")
    found: dict[str, Any] = json.loads(answer)
    return found
