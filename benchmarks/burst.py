"""A bulk import: 10,000 rows with photos inserted as fast as the API takes them, the server's limits on.

Realtime lets the first seconds of it through and then says nothing for up to a minute, as the real server does. What
is measured: that all rows are tagged nevertheless, each photo analysed once; how long that takes; memory and the
worst stall of the event loop meanwhile. Beside it, on a project of its own, what the bare consumer makes of the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.goals import figure
from benchmarks.journal import Journal
from benchmarks.programs import Footprint, watched
from benchmarks.report import Report, Table, progress
from benchmarks.settling import settled
from benchmarks.stage import Contestant, Stage, stage

ROWS, QUICK_ROWS = 10_000, 1_500
CHUNK = 100  # rows of one request
PEOPLE = 20
CONVERGE_SECONDS = 1_200.0
STYLE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contestant made of the burst; seconds count from the first insert."""

    inserted_after: float
    tagged: int
    tagged_after: float | None
    style_after: float | None
    journal: Journal
    footprint: Footprint


async def run(quick: bool) -> Report:
    """Both programs, one after the other."""
    rows = QUICK_ROWS if quick else ROWS
    aura, bare = await _measure("aura", rows), await _measure("bare", rows)
    parameters = {"rows": rows, "inserted_after_seconds": round(aura.inserted_after, 1)}
    return Report("burst", parameters, [_table(rows, aura, bare)])


async def _measure(contestant: Contestant, rows: int) -> Outcome:
    progress(f"{contestant}: {rows} rows in one burst")
    async with stage() as at, at.program(contestant) as program:
        await program.until_live()
        async with watched(program) as footprint:
            began = time.monotonic()
            await import_rows(at, rows)
            inserted = time.monotonic() - began
            tagged = await settled(at.untagged, contestant, CONVERGE_SECONDS)
            style = await settled(at.marks, contestant, STYLE_SECONDS) if contestant == "aura" else None
        left = await at.untagged()
        return Outcome(
            inserted,
            rows - left,
            None if tagged is None else tagged - began,
            None if style is None else style - began,
            program.journal,
            footprint,
        )


async def import_rows(at: Stage, rows: int) -> None:
    """Insert ``rows`` items in requests of ``CHUNK``: half of them one person's, the others spread over twenty."""
    people = await at.people(PEOPLE)
    owners = [people[0] if n % 2 == 0 else people[n // 2 % PEOPLE] for n in range(rows)]
    headers = {"apikey": at.sandbox.secret_key, "Prefer": "return=minimal"}
    async with httpx.AsyncClient(base_url=f"{at.sandbox.url}/rest/v1", headers=headers, timeout=60) as http:
        for start in range(0, rows, CHUNK):
            items = [_item(at, owner) for owner in owners[start : start + CHUNK]]
            (await http.post("/clothing_items", json=items)).raise_for_status()


def _item(at: Stage, owner: str) -> dict[str, str]:
    return {"user_id": owner, "name": "imported", "image_url": at.photos.new_photo()}


def _table(rows: int, aura: Outcome, bare: Outcome) -> Table:
    return Table("a burst", [*_results(rows, aura, bare), *_costs(aura, bare)])


def _results(rows: int, aura: Outcome, bare: Outcome) -> list[dict[str, Any]]:
    analysed = aura.journal.analysed
    return [
        figure("rows heard of", len(aura.journal.heard), len(bare.journal.heard)),
        figure("rows tagged", aura.tagged, bare.tagged, exactly=rows),
        figure("rows lost", rows - aura.tagged, rows - bare.tagged, exactly=0),
        figure("analyses beyond one a photo", analysed.total() - len(analysed), exactly=0),
        figure("seconds until all are tagged", aura.tagged_after, bare.tagged_after),
        figure("seconds until style DNA is current", aura.style_after),
    ]


def _costs(aura: Outcome, bare: Outcome) -> list[dict[str, Any]]:
    return [
        figure("rows a second", _rate(aura), _rate(bare)),
        figure("processor, ms a tagged row", _each(aura), _each(bare)),
        figure("memory before, MB", aura.footprint.start_mb, bare.footprint.start_mb),
        figure("memory growth, MB", aura.footprint.growth_mb, bare.footprint.growth_mb, at_most=100),
        figure("worst stall of the event loop, ms", 1000 * aura.footprint.worst_lag, at_most=250),
    ]


def _rate(outcome: Outcome) -> float | None:
    """Rows tagged in the time between the first and the last of them."""
    moments = sorted(outcome.journal.written.values())
    return len(moments) / (moments[-1] - moments[0]) if len(moments) > 1 else None


def _each(outcome: Outcome) -> float | None:
    return 1000 * outcome.footprint.cpu_seconds / outcome.tagged if outcome.tagged else None
