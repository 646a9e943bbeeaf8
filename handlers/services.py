"""What handlers work with: one set of connections, clocks and limits for a whole process.

Handlers take everything from here, so a test gives them a fake clock or a counting analyzer and nothing
else changes. ``open_services`` builds the real set and closes it again.
"""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Protocol
from uuid import uuid4

from aura.gateway.catalog import Catalogue
from aura.gateway.rest import Gateway
from aura.gateway.work import WorkLedger
from aura.identity.minting import TokenMinter
from aura.settings import Settings
from aura.telemetry.metrics import Metrics
from aura.vision.analyzer import Analyzer
from aura.vision.chain import Chain
from handlers.guards import guards
from handlers.renewing import Renewals, renews
from handlers.work import Outcome, Work

DECODERS = 2
Clock = Callable[[], datetime]


class Fetcher(Protocol):
    """Gets a photo's bytes (``aura.photos.fetch.PhotoFetcher``)."""

    async def fetch(self, url: str, token: str | None = None) -> bytes:
        """The bytes at ``url``; ``token`` is the owner's, for private objects of the project's Storage."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a handler may use.

    ``clock`` returns the present moment (aware, UTC); ``random`` serves jitter alone; ``holder`` names
    this process in leases; photos are decoded on ``executor``, a few at a time: each may need 200 MB;
    ``catalogue`` is what the shop sells; ``chain`` has the analyzers, ``renewals`` brings what a fallback tagged
    before the first choice again.
    """

    settings: Settings
    gateway: Gateway
    ledger: WorkLedger
    minter: TokenMinter
    fetcher: Fetcher
    chain: Chain
    renewals: Renewals
    metrics: Metrics
    clock: Clock
    random: random.Random
    holder: str
    executor: Executor
    catalogue: Catalogue

    @property
    def analyzer(self) -> Analyzer:
        """The first choice; the others of the chain only stand in for it."""
        return self.chain.first


Handler = Callable[[Work, Services], Awaitable[Outcome]]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def holder_name() -> str:
    """A name for this process that no other has, readable in a lease: ``host:pid:random``."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@asynccontextmanager
async def open_services(settings: Settings, metrics: Metrics) -> AsyncIterator[Services]:
    """The services of one process, closed on the way out.

    Raises:
        ConfigurationError: a setting that they need is missing or wrong.
    """
    from aura.photos.fetch import PhotoFetcher
    from aura.vision.analyzer import build_analyzer, build_fallbacks

    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(Gateway.from_settings(settings, metrics))
        fetcher = await stack.enter_async_context(PhotoFetcher.from_settings(settings))
        rng = random.Random()  # noqa: S311 - jitter, not secrecy
        analyzers = (build_analyzer(settings), *build_fallbacks(settings))
        chain = Chain.of(analyzers, guards(settings.analysis, metrics, utc_now, rng))
        stack.push_async_callback(chain.aclose)
        ledger = WorkLedger(gateway, renews=renews(chain, settings.analysis))
        executor = stack.enter_context(ThreadPoolExecutor(DECODERS, thread_name_prefix="decode"))
        catalogue = Catalogue.from_settings(settings, gateway, time.monotonic)
        stack.push_async_callback(catalogue.aclose)
        executor.submit(import_module, "aura.vision.image")  # while the server is still being asked
        yield Services(
            settings=settings,
            gateway=gateway,
            ledger=ledger,
            minter=TokenMinter.from_settings(settings),
            fetcher=fetcher,
            chain=chain,
            renewals=Renewals(ledger, renews(chain, settings.analysis)),
            metrics=metrics,
            clock=utc_now,
            random=rng,
            holder=holder_name(),
            executor=executor,
            catalogue=catalogue,
        )
