"""A real Prometheus for tests: what ``deploy/`` ships, sped up, scraping processes of the test.

Two things are changed of what is shipped, and nothing else (``sped_up``, ``rules_file``, ``configuration``): every
duration (intervals, the alerts' ``for``, the ranges in brackets) is divided by ``PACE``, and the names of
deploy/compose.yaml are replaced by addresses on this machine. Thresholds and expressions stay, so what fires here is
what would fire in production ``PACE`` times later.

The programs are Debian's package ``prometheus``, installed or fetched by ``make prometheus``.
"""

from __future__ import annotations

import asyncio
import math
import re
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from sandbox.ports import free_port
from tests.support.monitoring import ALERTS, DEPLOY, ROOT
from tests.support.waiting import wait_for

PACE = 30
FETCHED = ROOT / ".tools" / "prometheus" / "usr" / "bin"
WHY_NOT = "is neither installed nor fetched (Debian: apt-get install prometheus, or make prometheus)"
_DURATION = re.compile(r"(\d+)(ms|[smhdw])")
_RANGE = re.compile(r"(?<=\[)[\dsmhdw]+(?=\])")
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def program(name: str) -> str | None:
    """Where ``prometheus`` or ``promtool`` is; None where it is not."""
    return shutil.which(name) or shutil.which(name, path=str(FETCHED))


def sped_up(duration: str) -> str:
    """A duration as Prometheus writes it (``2m``, ``1h30m``), divided by ``PACE``."""
    parts = _DURATION.findall(duration)
    assert parts, duration
    return f"{sum(int(count) * _MILLISECONDS[unit] for count, unit in parts) // PACE}ms"


def sped_up_query(expression: str) -> str:
    """A PromQL expression whose ranges are sped up."""
    return _RANGE.sub(lambda found: sped_up(found[0]), expression)


def rules_file() -> str:
    """The shipped alerts, sped up."""
    shipped = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    for group in shipped["groups"]:
        for rule in group["rules"]:
            rule["expr"] = sped_up_query(rule["expr"])
            if "for" in rule:
                rule["for"] = sped_up(rule["for"])
    return yaml.safe_dump(shipped)


def configuration(targets: Sequence[str]) -> str:
    """The shipped configuration, sped up, with these addresses in place of service names."""
    shipped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    shipped["global"] = {name: sped_up(value) for name, value in shipped["global"].items()}
    (job,) = shipped["scrape_configs"]
    del job["dns_sd_configs"]
    job["static_configs"] = [{"targets": list(targets)}]
    return yaml.safe_dump(shipped)


@dataclass(frozen=True)
class Prometheus:
    """A running one, asked over its own API."""

    url: str
    log: Path

    async def series(self, expression: str) -> list[dict[str, Any]]:
        """What an expression is now: (labels, value) of each series."""
        found: list[dict[str, Any]] = await self._ask("query", query=expression)
        return found

    async def history(self, expression: str, *, seconds: float, step: float = 0.5) -> list[list[float]]:
        """The values of each series of an expression within the last ``seconds``, those that are numbers."""
        now = time.time()
        found = await self._ask("query_range", query=expression, start=f"{now - seconds}", end=f"{now}", step=f"{step}")
        values = ([float(value) for _, value in each["values"]] for each in found)
        return [[value for value in series if math.isfinite(value)] for series in values]

    async def firing(self, alert: str) -> bool:
        """Whether an alert fires now."""
        return bool(await self.series(f'ALERTS{{alertname="{alert}", alertstate="firing"}}'))

    async def until_firing(self, alert: str) -> None:
        """Wait until it fires."""
        await wait_for(lambda: self.firing(alert), what=f"{alert} firing")

    async def until_resolved(self, alert: str) -> None:
        """Wait until it fires no more."""

        async def resolved() -> bool:
            return not await self.firing(alert)

        await wait_for(resolved, what=f"{alert} resolved")

    async def ready(self) -> bool:
        """Whether it takes questions."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            try:
                return (await client.get(f"{self.url}/-/ready")).is_success
            except httpx.TransportError:
                return False

    async def _ask(self, kind: str, **asked: str) -> Any:
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            answer = await client.post(f"{self.url}/api/v1/{kind}", data=asked)
        assert answer.is_success, f"{asked}: {answer.text}"
        return answer.json()["data"]["result"]


@asynccontextmanager
async def running_prometheus(folder: Path, targets: Sequence[str]) -> AsyncIterator[Prometheus]:
    """Scrapes ``targets`` (host:port) for the length of the block; everything it keeps is in ``folder``."""
    found = program("prometheus")
    assert found is not None, WHY_NOT
    (folder / "alerts.yaml").write_text(rules_file(), encoding="utf-8")
    (folder / "prometheus.yml").write_text(configuration(targets), encoding="utf-8")
    address, log = f"127.0.0.1:{free_port()}", folder / "prometheus.log"
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            found,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
            stdout=said,
            stderr=said,
        )
    prometheus = Prometheus(f"http://{address}", log)
    try:
        await wait_for(prometheus.ready, what="Prometheus's start")
        yield prometheus
    finally:
        process.kill()
        await process.wait()
