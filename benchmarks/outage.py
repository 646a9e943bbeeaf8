"""What each fault costs: 100 photos are uploaded in the middle of it, and somebody waits for their tags.

For Aura: the seconds from the end of the fault until all of them are tagged (0 where that happened before its end).
For the bare consumer on its own project, under the same fault: how many of them it never tags, given a minute and a
quarter without any progress, and whether it still hears of the next row at all; where it does not, it is started again
for the next fault, as a person would have to. "none" is the calm case and gives the ratio of throughputs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.contest import Contest
from benchmarks.goals import figure
from benchmarks.outages import OUTAGES
from benchmarks.report import Report, Table, progress
from benchmarks.settling import settled
from benchmarks.stage import Contestant, stage

PHOTOS = 100
CONVERGE_SECONDS = 400.0
BARE_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """``converged``: seconds after the fault's end; ``waited``: after the upload; None: never."""

    lost: int
    converged: float | None
    rate: float | None
    hears: bool


async def run(quick: bool) -> Report:
    """Both programs side by side: what is measured is waiting, not work."""
    names = [name for name, outage in OUTAGES.items() if outage.quick or not quick]
    aura, bare = await asyncio.gather(_measure("aura", names), _measure("bare", names))
    tables = [Table(f"{PHOTOS} photos uploaded during a fault", [_row(name, aura[name], bare[name]) for name in names])]
    return Report("outage", {"photos": PHOTOS}, [*tables, _calm(aura["none"], bare["none"])])


async def _measure(contestant: Contestant, names: list[str]) -> Mapping[str, Outcome]:
    found = {}
    async with stage() as at:
        contest = Contest(at, contestant)
        await contest.start()
        try:
            await contest.program.until_live()
            for name in names:
                found[name] = await _suffer(contest, name)
        finally:
            await contest.stop()
    return found


async def _suffer(contest: Contest, name: str) -> Outcome:
    await contest.clean()
    progress(f"{contest.contestant}: {name}")
    await OUTAGES[name].play(contest, PHOTOS)
    ended = time.monotonic()
    done = await settled(contest.at.untagged, contest.contestant, CONVERGE_SECONDS, BARE_PATIENCE_SECONDS)
    lost = await contest.at.untagged()
    rate = _rate(contest)
    await contest.at.execute("delete from clothing_items")
    return Outcome(lost, None if done is None else done - ended, rate, await contest.hears())


def _rate(contest: Contest) -> float | None:
    """Of the last ``PHOTOS`` rows that were tagged, per second."""
    moments = sorted(contest.program.journal.written.values())[-PHOTOS:]
    return len(moments) / (moments[-1] - moments[0]) if len(moments) > 1 else None


def _row(name: str, aura: Outcome, bare: Outcome) -> dict[str, Any]:
    row = figure(name, aura.converged, bare.converged, at_most=15 if OUTAGES[name].ends else None)
    return {
        "fault": name,
        "aura: s until tagged": row["aura"],
        "target": row["target"],
        "held": row["held"],
        "aura: lost": aura.lost,
        "bare: lost": bare.lost,
        "bare: hears afterwards": "yes" if bare.hears else "no",
    }


def _calm(aura: Outcome, bare: Outcome) -> Table:
    ratio = aura.rate / bare.rate if aura.rate and bare.rate else None
    return Table("calm", [figure("photos tagged a second", aura.rate, bare.rate), figure("ratio", ratio)])
