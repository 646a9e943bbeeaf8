"""A busy day: 150 changes a second for ten minutes, half as many again as Realtime lets through on average.

The server goes silent again and again, as the real one does over its limit. What is measured: that the daemon keeps
up all the same, and how soon after the end every photo is tagged and every style current; and what the bare consumer,
on a project of its own with the same crowd, never heard of.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.crowd import Crowd
from benchmarks.goals import figure
from benchmarks.journal import Journal
from benchmarks.programs import Footprint, watched
from benchmarks.report import Report, Table, progress
from benchmarks.settling import settled
from benchmarks.stage import Contestant, Stage, stage
from demo.report import percentile

RATE = 150.0
SECONDS, QUICK_SECONDS = 600.0, 60.0
CONVERGE_SECONDS = 300.0
_MOMENTS = "select id::text, extract(epoch from created_at)::float8 from clothing_items where name = 'new'"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``tagged_after`` and ``style_after``: seconds after the last change; ``waits``: from each commit to its tags."""

    crowd: Crowd
    untagged: int
    tagged_after: float | None
    style_after: float | None
    waits: Sequence[float]
    journal: Journal
    footprint: Footprint


async def run(quick: bool) -> Report:
    """Both programs, one after the other."""
    seconds = QUICK_SECONDS if quick else SECONDS
    aura, bare = await _measure("aura", seconds), await _measure("bare", seconds)
    crowd = aura.crowd
    parameters = {"changes": crowd.done, "photos": crowd.photos, "seconds": seconds, "late": round(crowd.late, 2)}
    return Report("steady", parameters, [Table("150 changes a second", _rows(aura, bare))])


async def _measure(contestant: Contestant, seconds: float) -> Outcome:
    progress(f"{contestant}: {RATE:g} changes a second for {seconds:g} s")
    async with stage() as at, at.program(contestant) as program:
        crowd = await Crowd.gather(at)
        await program.until_live()
        if contestant == "aura":
            await settled(at.marks, contestant, CONVERGE_SECONDS)
        async with watched(program) as footprint:
            await crowd.act(RATE, seconds)
            end = time.monotonic()
            tagged = await settled(at.untagged, contestant, CONVERGE_SECONDS)
            style = await settled(at.marks, contestant, CONVERGE_SECONDS) if contestant == "aura" else None
        journal = program.journal
        return Outcome(
            crowd,
            await at.untagged(),
            None if tagged is None else tagged - end,
            None if style is None else style - end,
            await _waits(at, journal),
            journal,
            footprint,
        )


async def _waits(at: Stage, journal: Journal) -> list[float]:
    moments = await at.rows(_MOMENTS)
    return [journal.written[item] - created for item, created in moments if item in journal.written]


def _rows(aura: Outcome, bare: Outcome) -> list[dict[str, Any]]:
    return [
        figure("new photos", aura.crowd.photos, bare.crowd.photos),
        figure("photos heard of", len(aura.journal.heard), len(bare.journal.heard)),
        figure("photos never tagged", aura.untagged, bare.untagged, exactly=0),
        figure("seconds after the end until all are tagged", aura.tagged_after, bare.tagged_after, at_most=15),
        figure("seconds after the end until style DNA is current", aura.style_after, at_most=15),
        figure("commit to tags, p50, s", percentile(aura.waits, 0.5), percentile(bare.waits, 0.5)),
        figure("commit to tags, p99, s", percentile(aura.waits, 0.99), percentile(bare.waits, 0.99)),
        figure("memory growth, MB", aura.footprint.growth_mb, bare.footprint.growth_mb),
        figure("processor, % of a core", aura.footprint.cpu_percent, bare.footprint.cpu_percent),
        figure("worst stall of the event loop, ms", 1000 * aura.footprint.worst_lag),
    ]
