"""``aura run`` as it is, but for an analyzer that answers by itself, with a journal of who worked on what and when.

``python -m tests.support.outages.watched_daemon JOURNAL HOLD ROLES``: the journal's file, for up to how many seconds
(by chance) the analyzer holds its answers back, so that things can happen between a read and its write, and the roles.
While a file ``JOURNAL.down`` exists, the analyzer is out of order. Everything else is the product: its
command, its settings, its process.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Mapping
from pathlib import Path

import structlog

import aura.cli
import aura.vision.analyzer
import handlers.table
from aura.errors import Transient
from aura.settings import Settings
from aura.vision.analyzer import Analysis, Photo, version_of
from handlers.services import Handler, Services
from handlers.work import Kind, Outcome, Work
from tests.support.instant import JEANS, SHIRT
from tests.support.outages.journal import Journal

TIMEOUT_SECONDS = 2.0


def answer_about(content_hash: str) -> Analysis:
    """What the analyzer says about a photo: one of two garments, by its hash."""
    return Analysis("done", SHIRT if int(content_hash[-1], 16) % 2 else JEANS)


class JournalingAnalyzer:
    """Notes each question in the journal, by the work that it is part of; by its photo where a request asks it."""

    name = "journaling"
    model = "1"
    version = version_of(name, model)
    paid = True
    timeout = TIMEOUT_SECONDS

    def __init__(self, journal: Journal, hold: float) -> None:
        self._journal = journal
        self._hold = hold
        self._down = down_file(journal)

    async def analyze(self, photo: Photo) -> Analysis:
        """The answer about this photo.

        Raises:
            Transient: ``analyzer_unavailable`` while it is out of order.
        """
        key = str(structlog.contextvars.get_contextvars().get("work_id", photo.content_hash))
        if self._down.exists():
            raise Transient("analyzer_unavailable", "The analyzer is out of order.")
        with self._journal.span("ask", key, photo.content_hash):
            await asyncio.sleep(random.uniform(0, self._hold))
            return answer_about(photo.content_hash)

    async def aclose(self) -> None:
        """Nothing to close."""


def down_file(journal: Journal) -> Path:
    """The file whose existence puts the analyzer out of order."""
    return journal.path.with_suffix(".down")


def journaled(handler: Handler, journal: Journal) -> Handler:
    """The handler, its runs noted."""

    async def run(work: Work, services: Services) -> Outcome:
        with journal.span("work", f"{work.kind}:{work.key}"):
            return await handler(work, services)

    return run


def main(path: str, hold: str, roles: str) -> None:
    """Run the daemon with these two seams, until a signal."""
    journal = Journal(Path(path))
    table: Mapping[Kind, Handler] = handlers.table.HANDLERS
    handlers.table.HANDLERS = {kind: journaled(handler, journal) for kind, handler in table.items()}

    def build(settings: Settings) -> JournalingAnalyzer:
        return JournalingAnalyzer(journal, float(hold))

    aura.vision.analyzer.build_analyzer = build
    sys.argv = ["aura", "run", "--roles", roles]
    aura.cli.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
