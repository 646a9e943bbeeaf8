"""A lease is taken while other things are done: who waits for it may give up, and the others still get it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aura.gateway.work_rows import Lease
from aura.settings import Settings
from handlers.leases import HeldLease
from handlers.services import Services

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class SlowLedger:
    """Gives leases once its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked = self.released = 0

    async def open_analysis(
        self, item: str, photo: str, holder: str, seconds: float, **_: object
    ) -> tuple[Lease, dict[str, Any]]:
        return await self.take_lease(item, photo, holder, seconds), {}

    async def release_lease(self, _item: str, _holder: str) -> bool:
        self.released += 1
        return True

    async def take_lease(self, _item: str, _photo: str, holder: str, seconds: float) -> Lease:
        self.asked += 1
        await self.gate.wait()
        return Lease(True, holder, NOW + timedelta(seconds=seconds))


@pytest.fixture
def ledger() -> SlowLedger:
    return SlowLedger()


def lease_with(ledger: SlowLedger) -> HeldLease:
    given: Any = SimpleNamespace(ledger=ledger, settings=Settings(), holder="me", clock=lambda: NOW)
    return HeldLease("item", "photo", cast("Services", given))


async def test_who_gives_up_waiting_does_not_take_it_from_the_others(ledger: SlowLedger) -> None:
    lease = lease_with(ledger)
    lease.begin(1.0)
    impatient = asyncio.create_task(lease.ensure(1.0))
    while ledger.asked == 0:
        await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    ledger.gate.set()
    await lease.ensure(0.0)
    assert ledger.asked == 1


async def test_a_lease_that_is_on_its_way_is_given_back_too(ledger: SlowLedger) -> None:
    lease = lease_with(ledger)
    opening = asyncio.create_task(lease.open(1.0, "sha256:0", ["v"]))
    while ledger.asked == 0:
        await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    releasing = asyncio.create_task(lease.release())
    await asyncio.sleep(0)
    ledger.gate.set()
    await releasing
    assert ledger.released == 1
