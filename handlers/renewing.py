"""Brings what a fallback tagged before the first choice, when that answers again.

All of it is in the database, so it outlives every process: which rows wait (noted before the fallback's tags are
written), and since when and until when the first choice is out. While it is, no row is listed but one that tries; so
an outage costs a call now and then, never one for each row that waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any

import structlog

from aura.errors import Failure, Transient
from aura.gateway.items import Item
from aura.gateway.work import WorkLedger
from aura.photos.identity import photo_identity
from aura.settings import AnalysisSettings
from aura.vision.analyzer import Analyzer
from aura.vision.chain import Chain, Link
from aura.vision.guarding.guard import QUOTA
from handlers.spent import ParkedElsewhere, Spent

log = structlog.get_logger(__name__)
ANSWERED = frozenset({"done", "no_garment"})


def renews(chain: Chain, settings: AnalysisSettings) -> str | None:
    """The first choice, for a process that has it renew what its fallbacks tag."""
    return chain.first.name if settings.reanalyze_fallback and len(chain.links) > 1 else None


def answer_on(item: Item) -> Mapping[str, Any] | None:
    """``ai_tags.source`` where the item's tags are an analyzer's answer about its current photo."""
    ai_tags = item.ai_tags or {}
    source = ai_tags.get("source")
    if not isinstance(source, Mapping) or ai_tags.get("status") not in ANSWERED:
        return None
    return source if source.get("photo") == photo_identity(item.image_url or "") else None


def must_wait(item: Item, chain: Chain) -> bool:
    """Whether the item has an answer, and all who could give a better one are left alone for now."""
    answered = answer_on(item)
    return answered is not None and all(link.refuses() for link in chain.links_for(answered, force=False))


class Renewals:
    """What one process tells the others about its analyzers: until when its first choice is out, for whatever reason,
    and until when the quota of any is spent, which then holds for all processes."""

    def __init__(self, ledger: WorkLedger, first: str | None) -> None:
        self._ledger = ledger
        self._first = first
        self._said: dict[str, datetime] = {}
        self._at_work: set[str] = set()

    async def note(self, item: Item, answered_by: Link) -> None:
        """Note that a fallback is about to tag the item.

        Raises:
            Transient: ``database_unavailable``; then the tags must not be written.
        """
        if self._first is not None and answered_by.fallback:
            await self._ledger.note_renewal(item.id, answered_by.analyzer.version, self._first)

    async def missed(self, link: Link, failure: Failure) -> None:
        """``link`` did not answer: if it is out for everybody, say until when."""
        name, until = link.analyzer.name, self._out_until(link, failure)
        if until is None or until == self._said.get(name):
            return
        self._at_work.discard(name)
        told_us = isinstance(failure, ParkedElsewhere)
        if told_us or await self._told(self._ledger.pause_analyzer(name, until, failure.code)):
            self._said[name] = until

    async def answered(self, analyzer: Analyzer, *, renewal: bool) -> None:
        """An analyzer answered, perhaps about something that it is to renew: if it was out, it is back."""
        name = analyzer.name
        if not (analyzer.paid or name == self._first) or (name in self._at_work and not renewal):
            return
        if await self._told(self._ledger.resume_analyzer(name)):
            self._said.pop(name, None)
            self._at_work.add(name)

    def _out_until(self, link: Link, failure: Failure) -> datetime | None:
        first = link.analyzer.name == self._first
        if isinstance(failure, Spent):
            return failure.at if failure.project and first else None
        if link.guard is None or not (first or failure.code == QUOTA):
            return None
        return link.guard.state.until

    async def _told(self, call: Awaitable[object]) -> bool:
        try:
            await call
        except Transient as error:  # who lists next asks the analyzer instead
            log.info("analyzer_state_not_told", code=error.code)
            return False
        return True
