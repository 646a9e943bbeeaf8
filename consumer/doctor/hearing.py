"""Realtime with the daemon's own subscription: join, write a canary, and see it come round."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from consumer.changes import Change
from consumer.doctor.context import Context
from consumer.doctor.findings import Finding, failure, ok, warning
from consumer.router import CANARY_TABLE, canary_beat
from consumer.subscription import Address, Subscription

CANARIES = 2  # of one alone it could not be told whether it was lost or nothing is heard


class Ear:
    """A subscription's listener that waits for canaries."""

    def __init__(self) -> None:
        self.subscribed = asyncio.Event()
        self._beat = 0
        self._came = asyncio.Event()

    def joined(self) -> None:
        """The channel was accepted; only ``system_ok`` means something."""

    def system_ok(self) -> None:
        """The server follows the tables."""
        self.subscribed.set()

    def change(self, change: Change) -> None:
        """A row changed."""
        self._beat = max(self._beat, canary_beat(change) or 0)
        self._came.set()

    async def heard(self, beat: int) -> None:
        """Wait until this beat, or a later one, has come round."""
        while self._beat < beat:
            self._came.clear()
            await self._came.wait()


async def realtime(context: Context) -> list[Finding]:
    """Whether changes are heard: a join, and a canary's round trip."""
    canary, ear = str(uuid4()), Ear()
    subscription = Subscription(Address.of(context.settings, "aura-doctor", canary), ear)
    listening = asyncio.create_task(subscription.run(), name="doctor")
    subscribed = asyncio.create_task(ear.subscribed.wait())
    try:
        await asyncio.wait((listening, subscribed), return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            doubt = listening.result()
            return [failure(f"Realtime cannot be joined: {doubt.detail}.", doubt.remedy or "See Realtime's own logs.")]
        return [await _round_trip(context, ear, canary)]
    finally:
        listening.cancel()
        subscribed.cancel()
        await asyncio.wait((listening, subscribed))
        service = context.gateway.as_service()
        await service.write(service.table(CANARY_TABLE).delete().eq("id", canary), "the doctor's canary")


async def _round_trip(context: Context, ear: Ear, canary: str) -> Finding:
    late = context.settings.realtime.canary_late_seconds
    for attempt in range(CANARIES):
        began = time.monotonic()
        beat = await context.ledger.beat(canary)
        try:
            async with asyncio.timeout(late):
                await ear.heard(beat)
        except TimeoutError:
            continue
        return _judge(attempt, time.monotonic() - began)
    remedy = (
        "Look at Realtime's status and at its messages per second in the dashboard; work is found by polling meanwhile."
    )
    return failure(f"Realtime was joined, and {CANARIES} canaries in a row did not come back in {late:g} s.", remedy)


def _judge(lost: int, seconds: float) -> Finding:
    if lost:
        return warning("Realtime lost the first canary and brought the second.", "Run this again; look at its limits.")
    return ok(f"A canary came back over Realtime in {seconds:.2f} s.")
