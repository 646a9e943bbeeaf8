"""From the commit of an upload to its tags in the database, one upload at a time, the real server's delays on.

Uploads go the app's way: the photo into a private bucket and the row through the official client, at random distances
so that they fall anywhere between two of Realtime's polls. The clock starts at the inserting transaction's own time
(so its commit is included) and stops when the writer has the answer to its PATCH. "Ours" starts when the event's
frame comes off the daemon's socket: reading it, queueing, fetching and decoding the photo, lease, cache and write.
The bare consumer re-reads the row and writes; it does not even look at the photo.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.goals import figure
from benchmarks.photo_host import sample_photos
from benchmarks.report import Report, Table, progress
from benchmarks.stage import Contestant, Stage, stage, until
from demo.people import Person
from demo.report import percentile

UPLOADS, QUICK_UPLOADS = 120, 20
PAUSE_SECONDS = (0.2, 1.2)
TAGGED_WITHIN = 30.0
PARTS = ("commit to tags", "commit to event", "event to tags")
Parts = Mapping[str, Sequence[float]]


async def run(quick: bool) -> Report:
    """Both programs, one after the other."""
    uploads = QUICK_UPLOADS if quick else UPLOADS
    aura, bare = await _measure("aura", uploads), await _measure("bare", uploads)
    rows = [row for part in PARTS for row in _rows(part, aura[part], bare[part])]
    return Report("latency", {"uploads": uploads}, [Table("latency, milliseconds", rows)])


async def _measure(contestant: Contestant, uploads: int) -> Parts:
    progress(f"{contestant}: {uploads} uploads, one at a time")
    async with stage() as at, at.program(contestant) as program:
        person = await Person.sign_up("ada", at.sandbox.url, at.sandbox.publishable_key)
        await program.until_live()
        await asyncio.sleep(2.0)  # what follows a start, for either contestant, is no part of what an upload takes
        items = await _upload(at, person, uploads)
        await until(lambda: _all_tagged(at), seconds=TAGGED_WITHIN)
        journal = program.journal
    committed = {item: items[item] for item in items if item in journal.heard and item in journal.written}
    return {
        PARTS[0]: [journal.written[item] - at for item, at in committed.items()],
        PARTS[1]: [journal.heard[item] - at for item, at in committed.items()],
        PARTS[2]: [journal.written[item] - journal.heard[item] for item in committed],
    }


async def _upload(at: Stage, person: Person, uploads: int) -> Mapping[str, float]:
    """Upload; returns when each item's transaction began (Unix time), by the database's clock."""
    spacing, photos = random.Random(1), sample_photos()
    for number in range(uploads):
        await person.upload(photos[number % len(photos)])
        await asyncio.sleep(spacing.uniform(*PAUSE_SECONDS))
    rows = await at.rows("select id::text, extract(epoch from created_at)::float8 from clothing_items")
    return dict(rows)


async def _all_tagged(at: Stage) -> bool:
    return await at.untagged() == 0


def _rows(part: str, aura: Sequence[float], bare: Sequence[float]) -> list[dict[str, Any]]:
    targets = {"commit to tags": {0.5: 1000.0, 0.99: 2000.0}, "event to tags": {0.5: 30.0}}.get(part, {})
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return [
        figure(
            f"{part}, {name}",
            1000 * percentile(aura, share),
            1000 * percentile(bare, share),
            at_most=targets.get(share),
        )
        for name, share in shares.items()
    ]
