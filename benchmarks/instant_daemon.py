"""``aura run`` with an analyzer that answers at once, so that everything but the analyzer's own time is measured.

``python -m benchmarks.instant_daemon [ROLES]``, the daemon's where none are given. It is otherwise the product: its
command, its settings, its process, its decoding of photos, its cache. Two clock readings are added: when a frame comes
off the socket, and when a row's tags are written.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import aura.cli
import aura.gateway.items
import aura.vision.analyzer
import consumer.hearing
import consumer.subscription
import handlers.writing
from aura.gateway.items import Item
from aura.gateway.rest import Access
from aura.settings import Settings
from aura.vision.analyzer import Analysis, Photo, version_of
from aura.vision.garment import GarmentColour, GarmentTags, Judged
from aura.vision.vocabulary import Category, Colour, Material, Pattern, Season
from benchmarks.journal import JournalWriter
from consumer.attempt import Attempt
from consumer.changes import Change
from consumer.realtime_client import FencedClient

TAGS = GarmentTags(
    category=Judged[Category](value=Category.TOPS, confidence=0.9),
    subcategory=Judged[str](value="shirt", confidence=0.9),
    colors=(GarmentColour(name=Colour.LIGHT_BLUE, hex="#a0c0ff", share=1.0, confidence=0.9),),
    pattern=Judged[Pattern](value=Pattern.STRIPED, confidence=0.8),
    material=Judged[Material](value=Material.COTTON, confidence=0.7),
    seasons=(Judged[Season](value=Season.SUMMER, confidence=0.6),),
)


class InstantAnalyzer:
    """Says the same of every photo, at once and for nothing, and notes which photo it was asked about."""

    name = "instant"
    model = "1"
    version = version_of(name, model)
    paid = False
    timeout = 30.0

    def __init__(self, journal: JournalWriter) -> None:
        self._journal = journal

    async def analyze(self, photo: Photo) -> Analysis:
        """A striped shirt."""
        self._journal.note("analysed", photo.content_hash)
        return Analysis("done", TAGS)

    async def aclose(self) -> None:
        """Nothing to close."""


class Stopwatch:
    """Remembers when the frame that is being handled came off the socket."""

    def __init__(self, journal: JournalWriter) -> None:
        self._journal = journal
        self._frame_at = 0.0

    def clocked_client(self) -> type[FencedClient]:
        """The daemon's client, with a look at the clock before each frame is read."""
        watch = self

        class ClockedClient(FencedClient):
            def _hear(self, frame: str | bytes) -> None:
                watch._frame_at = time.time()
                super()._hear(frame)

        return ClockedClient

    def heard(self, change: Change) -> None:
        """Note the frame's time for a new row that has a photo to tag."""
        if change.table == "clothing_items" and change.type == "INSERT":
            self._journal.note("heard", str(change.record.get("id")), self._frame_at)


def install(journal: JournalWriter) -> None:
    """Put the analyzer and the clock readings in place; everything that is replaced is then called as before."""
    watch = Stopwatch(journal)
    hear, write = consumer.hearing.Hearing.heard, aura.gateway.items.update_item

    def heard(self: consumer.hearing.Hearing, attempt: Attempt, change: Change) -> None:
        watch.heard(change)
        hear(self, attempt, change)

    async def update_item(access: Access, item: Item, changes: Mapping[str, Any]) -> bool:
        written = await write(access, item, changes)
        if written:
            journal.note("written", item.id)
        return written

    def build_analyzer(_settings: Settings) -> InstantAnalyzer:
        return InstantAnalyzer(journal)

    for owner, name, replacement in (
        (consumer.subscription, "FencedClient", watch.clocked_client()),
        (consumer.hearing.Hearing, "heard", heard),
        (handlers.writing, "update_item", update_item),
        (aura.vision.analyzer, "build_analyzer", build_analyzer),
    ):
        setattr(owner, name, replacement)


if __name__ == "__main__":
    install(JournalWriter())
    sys.argv = ["aura", "run", "--roles", *(sys.argv[1:] or ["consumer,worker"])]
    aura.cli.main()
