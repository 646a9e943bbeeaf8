"""Services of one daemon for tests: everything real but the analyzer, the clock and the jitter."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aura.gateway.catalog import Catalogue
from aura.gateway.rest import Gateway
from aura.gateway.work import WorkLedger
from aura.identity.minting import TokenMinter
from aura.photos.fetch import PhotoFetcher
from aura.settings import Settings
from aura.telemetry.metrics import Metrics
from aura.vision.analyzer import Analyzer
from aura.vision.chain import Chain
from handlers.guards import guards
from handlers.renewing import Renewals, renews
from handlers.services import Clock, Services, holder_name
from sandbox import Sandbox


@dataclass
class FakeClock:
    """A clock that only tests move; it begins at the present, because the database has its own."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


def raw_settings(sandbox: Sandbox, *, sign: bool = True, **sections: dict[str, Any]) -> dict[str, Any]:
    """Settings of a daemon on this sandbox; ``sign`` false leaves it with the service key alone."""
    supabase = {"url": sandbox.url, "anon_key": sandbox.anon_key, "service_key": sandbox.service_key}
    if sign:
        supabase["jwt_secret"] = sandbox.jwt_secret
    return {**sections, "supabase": {**supabase, **sections.get("supabase", {})}}


def settings_for(sandbox: Sandbox, *, sign: bool = True, **sections: dict[str, Any]) -> Settings:
    """The same, validated."""
    return Settings.model_validate(raw_settings(sandbox, sign=sign, **sections))


@asynccontextmanager
async def services_for(
    sandbox: Sandbox,
    analyzer: Analyzer,
    *fallbacks: Analyzer,
    clock: FakeClock | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[Services]:
    """The services of one daemon on this sandbox."""
    async with services_with(settings or settings_for(sandbox), analyzer, *fallbacks, clock=clock) as services:
        yield services


@asynccontextmanager
async def services_with(
    settings: Settings, analyzer: Analyzer, *fallbacks: Analyzer, clock: Clock | None = None
) -> AsyncIterator[Services]:
    """The services of one daemon."""
    metrics, clock, rng = Metrics(), clock or FakeClock(), random.Random(1)
    chain = Chain.of((analyzer, *fallbacks), guards(settings.analysis, metrics, clock, rng))
    renewing = renews(chain, settings.analysis)
    with ThreadPoolExecutor(1) as executor:
        async with Gateway.from_settings(settings, metrics) as gateway, PhotoFetcher.from_settings(settings) as fetcher:
            ledger = WorkLedger(gateway, renews=renewing)
            yield Services(
                settings=settings,
                gateway=gateway,
                ledger=ledger,
                minter=TokenMinter.from_settings(settings),
                fetcher=fetcher,
                chain=chain,
                renewals=Renewals(ledger, renewing),
                metrics=metrics,
                clock=clock,
                random=rng,
                holder=holder_name(),
                executor=executor,
                catalogue=Catalogue.from_settings(settings, gateway, time.monotonic),
            )
